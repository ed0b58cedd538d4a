"""A real web server for tests: nginx on free ports of 127.0.0.1, plain and over TLS with a CA of its own.

    web = Nginx()                                  # starts; ends with the test program
    web.write("feed.xml", rss([...]))              # a file under web.root
    web.url("feed.xml")                            # https://127.0.0.1:PORT/feed.xml (tls=False: http)
    web.ca_file                                    # for a feed's ca_file
    web.log(), web.requests("/feed.xml")           # the access log: one dict a request
    web.configure(extra="location = /x { … }")     # further lines of the server block, and reload

Files have strong ETags (weak ones where gzip is asked for) and Last-Modified compared exactly. Fixed locations:
    /status/N         answers N                        /moved/P, /found/P   301, 302 to /P
    /limited          429, Retry-After: 120            /down                503, Retry-After: 300
    /loop             302 to itself                    /cached/P            file P, Cache-Control: max-age=600
    /asleep/P         file P at 100 bytes a second     /secret/P            file P behind Basic desk:pass-word
    /to-plain/P       302 to http: of the same P       /tagless/P           file P without validators
"""
import json, os, signal, socket, ssl, subprocess, time

from e2e import at_end, folder, free_port, need, wait_for, write

LOG_FIELDS = {
    "time": "$msec", "method": "$request_method", "uri": "$request_uri", "status": "$status", "host": "$http_host",
    "bytes": "$body_bytes_sent", "length": "$request_length", "if_none_match": "$http_if_none_match",
    "if_modified_since": "$http_if_modified_since", "user_agent": "$http_user_agent", "accept": "$http_accept",
    "accept_encoding": "$http_accept_encoding", "authorization": "$http_authorization", "cookie": "$http_cookie",
    "referer": "$http_referer", "range": "$http_range", "cache_control": "$http_cache_control",
    "pragma": "$http_pragma", "a_im": "$http_a_im", "encoding": "$sent_http_content_encoding",
    "etag": "$sent_http_etag", "connection": "$connection", "connection_requests": "$connection_requests",
    "scheme": "$scheme", "protocol": "$server_protocol", "tls": "$ssl_protocol", "tls_reused": "$ssl_session_reused",
}

CONF = r"""
%(user)s
daemon off;
worker_processes 1;
worker_shutdown_timeout 1s;
pid %(work)s/nginx.pid;
error_log %(work)s/error.log warn;
events { worker_connections 2048; }
http {
    types { application/rss+xml xml rss; application/atom+xml atom; application/feed+json json; text/html html; }
    default_type application/octet-stream;
    log_format all escape=json '{%(fields)s}';
    access_log %(work)s/access.log all;
    client_body_temp_path %(work)s/body; proxy_temp_path %(work)s/proxy; fastcgi_temp_path %(work)s/fastcgi;
    uwsgi_temp_path %(work)s/uwsgi; scgi_temp_path %(work)s/scgi;
    sendfile on;
    keepalive_timeout 75;
    gzip on; gzip_min_length 200; gzip_vary on;
    gzip_types application/rss+xml application/atom+xml application/feed+json;
    etag on; if_modified_since exact;
    ssl_certificate %(work)s/server.pem; ssl_certificate_key %(work)s/server.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:tls:1m;
    %(http_extra)s
    server {
        listen 127.0.0.1:%(port)d;
        listen 127.0.0.1:%(tls_port)d ssl http2;
        server_name _;
        root %(root)s;
        location ~ ^/status/(?<code>\d+)$ { %(codes)s return 400; }
        location ~ ^/moved/(?<to>.*)$ { return 301 $scheme://$http_host/$to; }
        location ~ ^/found/(?<to>.*)$ { return 302 $scheme://$http_host/$to; }
        location ~ ^/to-plain/(?<to>.*)$ { return 302 http://127.0.0.1:%(port)d/$to; }
        location = /loop { return 302 $scheme://$http_host/loop; }
        location = /limited { add_header Retry-After 120 always; return 429 "slow down\n"; }
        location = /down { add_header Retry-After 300 always; return 503 "later\n"; }
        location /cached/ { alias %(root)s/; add_header Cache-Control max-age=600; }
        location /asleep/ { alias %(root)s/; limit_rate 100; gzip off; }
        location /tagless/ { alias %(root)s/; etag off; add_header Last-Modified ""; }
        location /secret/ { alias %(root)s/; auth_basic desk; auth_basic_user_file %(work)s/users; }
        %(extra)s
    }
}
"""


class Nginx:
    def __init__(self, extra="", http_extra="", start=True):
        need("nginx", "openssl")
        self.work = folder("nginx")
        os.chmod(self.work, 0o755)
        self.root = os.path.join(self.work, "www")
        os.makedirs(self.root)
        self.port, self.tls_port = free_port(), free_port()
        self.conf = os.path.join(self.work, "nginx.conf")
        self.ca_file = os.path.join(self.work, "ca.pem")
        self.process = None
        self._make_certificates()
        write(os.path.join(self.work, "users"), "desk:{PLAIN}pass-word\n")
        self._write_conf(extra, http_extra)
        at_end(self.stop)
        if start:
            self.start()

    def url(self, name="", tls=True):
        scheme, port = ("https", self.tls_port) if tls else ("http", self.port)
        return f"{scheme}://127.0.0.1:{port}/{name.lstrip('/')}"

    def write(self, name, text):
        """A file under the root, with the time of now (nginx makes ETag and Last-Modified of size and second)."""
        path = os.path.join(self.root, name)
        write(path, text)
        os.chmod(path, 0o644)
        return self.url(name)

    def touch(self, name, seconds):
        """Sets the file's time (seconds since 1970), and with it both validators."""
        os.utime(os.path.join(self.root, name), (seconds, seconds))

    def log(self):
        """All requests so far, oldest first."""
        try:
            with open(os.path.join(self.work, "access.log")) as f:
                return [json.loads(line) for line in f if line.endswith("\n")]
        except FileNotFoundError:
            return []

    def requests(self, uri):
        return [r for r in self.log() if r["uri"] == uri]

    def wait_requests(self, uri, n=1, seconds=15):
        """Waits until uri was asked for n times, and returns those requests."""
        wait_for(lambda: len(self.requests(uri)) >= n, seconds, f"{n} requests of {uri}")
        return self.requests(uri)

    def configure(self, extra="", http_extra=""):
        """Replaces the additional lines and reloads; returns when the new workers answer."""
        self._write_conf(extra, http_extra)
        before = self._workers()
        self.process.send_signal(signal.SIGHUP)
        wait_for(lambda: self._workers() and not self._workers() & before and self._answers(), 10,
                 "nginx has new workers")

    def start(self):
        self.process = subprocess.Popen(["nginx", "-p", self.work, "-c", self.conf, "-e",
                                         os.path.join(self.work, "error.log")], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: self.process.poll() is not None or self._answers(), 10, "nginx answers")
        assert self.process.poll() is None, "nginx ended: " + self.error_log()
        return self

    def stop(self):
        """Ends the server; ports stay ours by number, so start() brings it back at the same addresses."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def error_log(self):
        try:
            with open(os.path.join(self.work, "error.log"), errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def certificate(self, name, addresses="IP:127.0.0.1,DNS:localhost", days=30):
        """NAME.pem and NAME.key in the work folder, signed by the CA (days < 0: one that has expired)."""
        at = lambda what: os.path.join(self.work, f"{name}.{what}")
        write(at("ext"), f"subjectAltName={addresses}\nbasicConstraints=CA:FALSE\n")
        self._openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                      "-keyout", at("key"), "-out", at("csr"), "-subj", f"/CN={name}.newsroom.test")
        self._openssl("x509", "-req", "-in", at("csr"), "-CA", self.ca_file, "-CAkey",
                      os.path.join(self.work, "ca.key"), "-CAcreateserial", "-days", str(days), "-extfile", at("ext"),
                      "-out", at("pem"))
        return at("pem"), at("key")

    def _make_certificates(self):
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                      os.path.join(self.work, "ca.key"), "-out", self.ca_file, "-days", "30", "-subj",
                      "/CN=Test authority of the newsroom", "-addext", "basicConstraints=critical,CA:TRUE")
        self.certificate("server", "IP:127.0.0.1,DNS:localhost,DNS:gazette.test")

    def _openssl(self, *args):
        r = subprocess.run(["openssl", *args], capture_output=True, text=True, cwd=self.work,
                           stdin=subprocess.DEVNULL)
        assert r.returncode == 0, f"openssl {args[0]}: {r.stderr}"

    def _write_conf(self, extra, http_extra):
        codes = " ".join(f"if ($code = {c}) {{ return {c}; }}"
                         for c in (200, 204, 205, 206, 300, 401, 403, 404, 405, 410, 429, 451, 500, 502, 503, 504))
        fields = ",".join(f'"{name}":"{value}"' for name, value in LOG_FIELDS.items())
        write(self.conf, CONF % dict(
            user="user root;" if os.geteuid() == 0 else "", work=self.work, root=self.root, port=self.port,
            tls_port=self.tls_port, fields=fields, codes=codes, extra=extra, http_extra=http_extra))

    def _workers(self):
        try:
            with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as f:
                return set(f.read().split())
        except OSError:
            return set()

    def _answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.tls_port), 2) as s:
                with ssl.create_default_context(cafile=self.ca_file).wrap_socket(s, server_hostname="localhost"):
                    return True
        except OSError:
            return False

"""A farm of hosts for the benches of polling: one nginx on all of 127.0.0.0/8, so that hosts are addresses and per-host
rules are real; and what is read of a process from /proc. Import e2e first: it knows where the build is."""
import contextlib, gzip, http.client, os, random, socket, subprocess, time

from e2e import at_end, folder, free_port, need, rss, write

TEMPLATES, ITEMS, A_HOST = 100, 25, 5
WORDS = "harbour council market bridge storm river school museum train mayor strike festival budget court".split()

NGINX = """
%(user)s
daemon off; worker_processes 1; pid %(work)s/nginx.pid; error_log %(work)s/error.log warn;
events { worker_connections 8192; }
http {
    types { application/rss+xml xml; }
    log_format short '$status';
    access_log %(work)s/access.log short;
    client_body_temp_path %(work)s/b; proxy_temp_path %(work)s/p; fastcgi_temp_path %(work)s/f;
    uwsgi_temp_path %(work)s/u; scgi_temp_path %(work)s/s;
    keepalive_timeout 75; keepalive_requests 100000; etag on; if_modified_since exact; gzip_static on; tcp_nopush on;
    server {
        listen %(port)d backlog=4096;
        root %(work)s/www;
        location ~ ^/feed[0-9]*(?<t>[0-9][0-9])\\.xml$ { try_files /t$t.xml =404; }
    }
}
"""


class Farm:
    def __init__(self):
        need("nginx")
        self.work, self.port = folder("farm"), free_port()
        os.chmod(self.work, 0o755)
        os.makedirs(os.path.join(self.work, "www"), mode=0o755)
        self.generation = 0
        self.advance()
        conf = write(os.path.join(self.work, "nginx.conf"),
                     NGINX % dict(work=self.work, port=self.port, user="user root;" if os.geteuid() == 0 else ""))
        self.process = subprocess.Popen(["nginx", "-p", self.work, "-c", conf], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        at_end(self.process.terminate)
        time.sleep(0.5)
        assert self.process.poll() is None, self.process.stderr.read().decode()

    def advance(self):
        """One new item in every document."""
        self.generation += 1
        now = time.time()
        for t in range(TEMPLATES):
            self.write(f"t{t:02}", t, self.generation, now + self.generation)

    def write(self, name, seed, generation, changed, title=None):
        """A document whose newest item is number generation + ITEMS of its seed, with a title of its own if one is given."""
        items = []
        for k in range(generation + ITEMS, generation, -1):
            dice = random.Random(seed * 1000003 + k)
            text = lambda n: " ".join(dice.choice(WORDS) + str(dice.randrange(50)) for _ in range(n))
            items.append({"title": text(8).capitalize(), "guid": f"t{seed}-{k}", "link": f"https://gazette.example/{seed}/{k}",
                          "description": text(200), "date": 60 * (generation + ITEMS - k + 1)})
        if title:
            items[0]["title"] = title
        path = os.path.join(self.work, "www", name + ".xml")
        body = rss(items, title=f"Invented Gazette {seed}").encode()
        for p, bytes_of_it in ((path + ".gz", gzip.compress(body, 6, mtime=0)), (path, body)):
            with open(p + ".new", "wb") as f:
                f.write(bytes_of_it)
            os.chmod(p + ".new", 0o644)
            os.utime(p + ".new", (changed, changed))
            os.replace(p + ".new", p)

    def host(self, h):
        return f"http://127.{10 + h // 65536}.{h // 256 % 256}.{h % 256}:{self.port}"

    def urls(self, n):
        return [f"{self.host(1 + i // A_HOST)}/feed{i:05}.xml" for i in range(n)]

    def served(self):
        try:
            return os.path.getsize(os.path.join(self.work, "access.log")) // 4
        except OSError:
            return 0


class Control(http.client.HTTPConnection):
    """The daemon's socket, without the start of a program in between."""

    def __init__(self):
        super().__init__("newsalertd")

    def connect(self, path=None):
        self.sock = socket.socket(socket.AF_UNIX)
        with contextlib.ExitStack() as stack:
            fd = os.open(os.path.dirname(path), os.O_PATH)
            stack.callback(os.close, fd)
            self.sock.connect(f"/proc/self/fd/{fd}/control")


def cpu_of(pid):
    """Seconds of all threads, to the nanosecond."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as f:
            total += int(f.read().split()[0])
    return total / 1e9


def rss_kb(pid):
    with open(f"/proc/{pid}/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGESIZE") // 1024

"""A real mail server on loopback: postfix (SMTP; STARTTLS and AUTH required) → LMTP → dovecot (Maildir), own CA.

    mail = Mail()          starts both within seconds; needs root, since both drop to users of their own
    mail.smtp, mail.smtps  smtp://localhost:PORT, smtps://localhost:PORT
    mail.ca, mail.user, mail.password, mail.token, mail.to
    mail.wait(2)           two messages, as email.message.EmailMessage, oldest first
    mail.source()          their bytes

Recipients to order: busy@news.test is answered 450, gone@news.test 550; a message over 1 MiB 552. Addresses of
other domains are taken and thrown away, so nothing leaves the machine. The system's own instances of both servers
are not touched: configuration, queue and data lie in a folder of the test. mail.token is a JWT that OAUTHBEARER
takes, mail.expired one that it refuses."""
import base64, email, email.policy, glob, hashlib, hmac, json, os, pwd, shutil, signal, socket, subprocess, time

from e2e import at_end, folder, free_port, need, need_root, wait_for, write

TOKEN_KEY = b"invented-token-key-0123456789abcdef"

DOVECOT = """base_dir = {w}/dovecot/run
state_dir = {w}/dovecot/run
log_path = {w}/dovecot/log
protocols = lmtp
listen = 127.0.0.1
ssl = no
auth_mechanisms = {mechanisms}
auth_username_format = %n
mail_location = maildir:{w}/box/%n
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
first_valid_gid = 1
passdb {{
  driver = passwd-file
  args = username_format=%n {w}/dovecot/passwd
}}
passdb {{
  driver = oauth2
  mechanisms = oauthbearer xoauth2
  args = {w}/dovecot/oauth2
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={w}/box/%n
}}
service auth {{
  unix_listener {w}/queue/private/auth {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
service lmtp {{
  unix_listener {w}/queue/private/lmtp-dovecot {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
service anvil {{
  # No waiting after a refused password: a test refuses on purpose.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
"""

MAIN_CF = """compatibility_level = 3.6
queue_directory = {w}/queue
data_directory = {w}/data
maillog_file_prefixes = {w}
maillog_file = {w}/log
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = localhost
mydomain = localdomain
mydestination = localhost, news.test
mynetworks =
alias_maps =
local_recipient_maps =
smtputf8_enable = yes
mailbox_transport = lmtp:unix:private/lmtp-dovecot
default_transport = discard:
relay_transport = discard:
message_size_limit = 1048576
smtpd_tls_cert_file = {w}/tls/server.pem
smtpd_tls_key_file = {w}/tls/server.key
smtpd_tls_security_level = {level}
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_recipient_restrictions = check_recipient_access inline:{{{{busy@news.test = 450 4.2.1 mailbox busy}}, {{gone@news.test = 550 5.1.1 no such user}}}}, permit_sasl_authenticated, reject
"""

MASTER_CF = """127.0.0.1:{smtp} inet n - n - - smtpd
127.0.0.1:{smtps} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
flush unix n - n 1000? 0 flush
showq unix n - n - - showq
postlog unix-dgram n - n - 1 postlogd
"""


def certificates(where, names=("localhost",)):
    """A CA and a server certificate made by it. Returns (ca, certificate, key)."""
    os.makedirs(where, exist_ok=True)
    path = lambda name: os.path.join(where, name)
    ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl = lambda *a: subprocess.run(["openssl", *a], check=True, capture_output=True, stdin=subprocess.DEVNULL)
    openssl("req", "-x509", *ec, "-keyout", path("ca.key"), "-out", path("ca.pem"), "-days", "30", "-subj",
            "/CN=invented test authority", "-addext", "basicConstraints=critical,CA:TRUE", "-addext",
            "keyUsage=critical,keyCertSign")
    openssl("req", *ec, "-keyout", path("server.key"), "-out", path("server.csr"), "-subj", "/CN=" + names[0])
    write(path("extensions"), "subjectAltName=" + ",".join(f"DNS:{n}" for n in names) + ",IP:127.0.0.1\n"
          "extendedKeyUsage=serverAuth\n")
    openssl("x509", "-req", "-in", path("server.csr"), "-CA", path("ca.pem"), "-CAkey", path("ca.key"),
            "-CAcreateserial", "-days", "30", "-extfile", path("extensions"), "-out", path("server.pem"))
    return path("ca.pem"), path("server.pem"), path("server.key")


def token(user, begins, ends):
    """A JSON Web Token (HS256), as dovecot checks it by itself."""
    part = lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=")
    text = part(b'{"alg":"HS256","typ":"JWT"}') + b"." + part(
        json.dumps({"sub": user, "iat": int(begins), "exp": int(ends)}).encode())
    return (text + b"." + part(hmac.new(TOKEN_KEY, text, hashlib.sha256).digest())).decode()


def _pid(path):
    try:
        with open(path) as f:
            return int(f.read().strip())
    except (OSError, ValueError):
        return 0


def _answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as s:
            return s.recv(3) == b"220"
    except OSError:
        return False


class Mail:
    def __init__(self, tls_level="encrypt", port=None, mechanisms="plain login oauthbearer xoauth2"):
        """tls_level: postfix's smtpd_tls_security_level; "none" offers no STARTTLS."""
        need_root()
        need("postfix", "/usr/sbin/dovecot", "/usr/lib/dovecot/lmtp", "openssl")
        self.work = w = folder("mail")
        os.chmod(w, 0o755)
        self.port, self.port_tls = port or free_port(), free_port()
        for name in ("tls", "box", "conf", "queue", "data", "dovecot/run", "dovecot/keys/default/HS256"):
            os.makedirs(os.path.join(w, name), exist_ok=True)
        self.ca, self.certificate, self.key = certificates(os.path.join(w, "tls"))
        nobody = pwd.getpwnam("nobody")
        os.chown(os.path.join(w, "box"), nobody.pw_uid, nobody.pw_gid)
        self.user, self.password, self.to = "news", "p4ss word:+", "news@news.test"
        now = time.time()
        self.token, self.expired = token("news", now - 60, now + 86400), token("news", now - 7200, now - 3600)
        # A colon parts fields of that file, so the password is kept as base64 there.
        write(f"{w}/dovecot/passwd", "news:{PLAIN.b64}" + base64.b64encode(self.password.encode()).decode() + "::::::\n")
        write(f"{w}/dovecot/keys/default/HS256/default", base64.b64encode(TOKEN_KEY))
        write(f"{w}/dovecot/oauth2", "introspection_mode = local\nlocal_validation_key_dict = "
              f"fs:posix:prefix={w}/dovecot/keys/\nusername_attribute = sub\n")
        write(f"{w}/dovecot/conf", DOVECOT.format(w=w, mechanisms=mechanisms, uid=nobody.pw_uid, gid=nobody.pw_gid))
        write(f"{w}/conf/main.cf", MAIN_CF.format(w=w, level=tls_level))
        write(f"{w}/conf/master.cf", MASTER_CF.format(smtp=self.port, smtps=self.port_tls))
        for root, folders, files in os.walk(f"{w}/dovecot"):
            for name in folders + files:
                os.chmod(os.path.join(root, name), 0o755)
        shutil.chown(f"{w}/data", "postfix")
        self.smtp, self.smtps = f"smtp://localhost:{self.port}", f"smtps://localhost:{self.port_tls}"
        at_end(self.stop)
        self.start()

    def _run(self, *command):
        # Both servers keep what they were started with: never a pipe, which its reader would wait on for ever.
        with open(f"{self.work}/started", "ab") as out:
            return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out).returncode

    def start(self):
        w = self.work
        self._run("postfix", "-c", f"{w}/conf", "check")
        assert self._run("/usr/sbin/dovecot", "-c", f"{w}/dovecot/conf") == 0, self.said()
        assert self._run("postfix", "-c", f"{w}/conf", "start") == 0, self.said()
        wait_for(lambda: _answers(self.port), 20, "postfix answers")

    def said(self):
        text = ""
        for name in ("started", "log", "dovecot/log"):
            if os.path.exists(f"{self.work}/{name}"):
                with open(f"{self.work}/{name}", errors="replace") as f:
                    text += f.read()
        return text

    def stop(self):
        """Both end, and their children with them. start() begins again on the same ports and mailbox."""
        for path in (f"{self.work}/queue/pid/master.pid", f"{self.work}/dovecot/run/master.pid"):
            pid = _pid(path)
            if not pid:
                continue
            try:
                os.kill(pid, signal.SIGTERM)
                for _ in range(100):
                    os.kill(pid, 0)
                    time.sleep(0.05)
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def files(self, user="news"):
        found = glob.glob(f"{self.work}/box/{user}/new/*") + glob.glob(f"{self.work}/box/{user}/cur/*")
        return sorted(found, key=os.path.getmtime)

    def source(self, user="news"):
        out = []
        for path in self.files(user):
            with open(path, "rb") as f:
                out.append(f.read())
        return out

    def messages(self, user="news"):
        return [email.message_from_bytes(b, policy=email.policy.default) for b in self.source(user)]

    def wait(self, n, seconds=20, user="news"):
        wait_for(lambda: len(self.files(user)) >= n, seconds, f"{n} mails in the mailbox: {self.said()[-2000:]}")
        return self.messages(user)

"""A network of its own for hostile servers, on the loopback device of a new network namespace, where every address can
be had: public ones, those that no feed may reach, and all of 127/8. Names are answered by a DNS server of ours.

    enter()                     this process and all that it starts live in there from now on; Skip where it cannot be
    servers = Servers(cases)    a process of its own; each case has an address, cases[i].url is the one to poll
    servers.log()               (t, case, first line, headers in small letters) of each request that was read
    servers.trapped()           (t, local address, port, first line) of each connection to a forbidden port: none is right

A case (hostile_cases.py) has `name`, `host` (set here), `play(connection, request, turn)`; its names are in `names`:
{name: [answers, …]}, the n-th question gets the n-th answer, the last one again and again. An answer is a list of
addresses, or a text: another name (CNAME).
"""
import collections, ctypes, ipaddress, json, os, selectors, socket, struct, subprocess, threading, time

from e2e import Skip, at_end, folder, need, run, wait_for, write

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET, MS_BIND, MS_REC, MS_PRIVATE = 0x20000, 0x10000000, 0x40000000, 4096, 16384, 1 << 18
PORT = 8080  # of what hostile servers offer
TARPITS = "127.68.0.{}"  # read a request, and never answer
TRAPS = (21, 22, 25, 70, 80, 443, 445, 6379)
PUBLIC = "192.88.99.{}"  # a block that nobody uses any more and that no rule forbids
FORBIDDEN = """10.0.0.7 172.16.0.7 172.31.255.254 192.168.0.7 169.254.1.1 169.254.169.254 169.254.170.2 169.254.170.23
    100.64.0.7 100.127.255.254 100.100.100.200 192.0.0.8 192.0.2.7 198.18.0.7 198.51.100.7 203.0.113.7 fe80::7 fc00::7
    fd12:3456:789a::7 fd00:ec2::254 fec0::7 ::7f00:1 ::ffff:0:7f00:1 64:ff9b::7f00:1 64:ff9b::a00:7 64:ff9b:1::7f00:1
    2002:7f00:1::1 2002:a00:7::1 2002:a9fe:a9fe::1 2001:0:808:808::7 2001:db8::7 100::7""".split()

_libc = ctypes.CDLL(None, use_errno=True)


def _do(call, what):
    if call:
        raise Skip(f"{what}: {os.strerror(ctypes.get_errno())}")


def _bind(what, where):
    _do(_libc.mount(what.encode(), where.encode(), None, MS_BIND, None), f"cannot put {where} in place")


def enter():
    need("ip")
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0:
        _do(_libc.unshare(CLONE_NEWNS | CLONE_NEWNET), "no namespaces here")
    else:
        _do(_libc.unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET), "no user namespaces here")
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
            with open("/proc/self/" + name, "w") as f:
                f.write(text)
    _do(_libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "no mount namespace here")
    where = folder("etc")
    for name, text in (("resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"), ("nsswitch.conf", "hosts: files dns\n"),
                       ("hosts", "127.0.0.1 localhost\n::1 localhost\n")):
        _bind(write(os.path.join(where, name), text), "/etc/" + name)
    # Nobody is at the last of the public ones.
    batch = "link set lo up\n" + "".join(f"address add {PUBLIC.format(n)}/32 dev lo\n" for n in range(1, 250))
    for a in FORBIDDEN:
        batch += f"address add {a}/{'128 nodad' if ':' in a else '32'} dev lo\n"
    r = run("ip", "-batch", "-", input=batch)
    assert r.returncode == 0, r.stderr


class Request(dict):
    """method, path, first, headers (names in small letters), lines."""

    def __getattr__(self, name):
        return self[name]


def read_request(reader):
    first = reader.readline(70000).decode("latin-1").strip()
    if not first:
        return None
    lines = []
    while (line := reader.readline(70000).decode("latin-1").rstrip("\r\n")):
        lines.append(line)
    method, path = (first.split(" ") + ["", ""])[:2]
    return Request(method=method, path=path, first=first, lines=lines,
                   headers={k.strip().lower(): v.strip() for k, _, v in (l.partition(":") for l in lines)})


class Servers:
    def __init__(self, cases, names=None):
        """Forks. `names`: further names that DNS knows."""
        self.cases = {c.host: c for c in cases}
        self.names = {name.lower(): answers for c in cases for name, answers in c.names.items()} | (names or {})
        where = folder("servers")
        self.log_path, self.trap_path = os.path.join(where, "log"), os.path.join(where, "trap")
        ready, told = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            try:
                self._serve(told)
            finally:
                os._exit(1)
        at_end(os.kill, self.pid, 9)
        os.close(told)
        assert os.read(ready, 1) == b"1", "the servers do not start"
        os.close(ready)

    def log(self):
        return self._lines(self.log_path)

    def trapped(self):
        return self._lines(self.trap_path)

    @staticmethod
    def _lines(path):
        with open(path) as f:
            return [json.loads(line) for line in f if line.endswith("\n")]

    # -- in the process of the servers

    def _serve(self, told):
        self.lock, self.turns, self.asked = threading.Lock(), collections.Counter(), collections.Counter()
        self.log_file, self.trap_file = open(self.log_path, "a", buffering=1), open(self.trap_path, "a", buffering=1)
        waiting = selectors.DefaultSelector()
        for port in (PORT, *TRAPS):
            s = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=1024)
            waiting.register(s, selectors.EVENT_READ, self._client if port == PORT else self._trap)
        dns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        dns.bind(("127.0.0.1", 53))
        threading.Thread(target=self._dns, args=(dns,), daemon=True).start()
        os.write(told, b"1")
        while True:
            for key, _ in waiting.select():
                connection, peer = key.fileobj.accept()
                threading.Thread(target=key.data, args=(connection,), daemon=True).start()

    def _note(self, file, *what):
        with self.lock:
            file.write(json.dumps([time.time(), *what]) + "\n")

    def _trap(self, connection):
        address, port = connection.getsockname()[:2]
        connection.settimeout(2)
        try:
            first = connection.makefile("rb").readline(1000).decode("latin-1").strip()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 24\r\nConnection: close\r\n\r\n<rss>the secret</rss>    ")
        except OSError:
            first = ""
        self._note(self.trap_file, address.removeprefix("::ffff:"), port, first)
        connection.close()

    def _tarpit(self, connection):
        request = read_request(connection.makefile("rb"))
        self._note(self.log_file, "tarpit", request and request.first, {})
        time.sleep(600)

    def _client(self, connection):
        address = connection.getsockname()[0].removeprefix("::ffff:")
        if address.startswith(TARPITS.format("")):
            return self._tarpit(connection)
        case = self.cases.get(address)
        if not case:
            return self._trap(connection)
        try:
            connection.settimeout(60)
            case.serve(connection, self)
        except (OSError, ValueError):
            pass
        finally:
            connection.close()

    def converse(self, connection, case):
        """Requests of one connection, until the play says that it is over."""
        reader = connection.makefile("rb")
        while (request := read_request(reader)):
            with self.lock:
                turn = self.turns[case.name]
                self.turns[case.name] += 1
            self._note(self.log_file, case.name, request.first, request.headers)
            if not case.play(connection, request, turn):
                return

    def _dns(self, s):
        while True:
            question, peer = s.recvfrom(2000)
            try:
                s.sendto(self._dns_answer(question), peer)
            except (ValueError, IndexError, struct.error, OSError):
                pass

    def _dns_answer(self, q):
        labels, at = [], 12
        while q[at]:
            labels.append(q[at + 1:at + 1 + q[at]].decode("latin-1"))
            at += 1 + q[at]
        name, kind = ".".join(labels).lower(), struct.unpack("!H", q[at + 1:at + 3])[0]
        question, answers, out = q[12:at + 5], self.names.get(name), b""
        if answers is None:
            return q[:2] + struct.pack("!HHHHH", 0x8583, 1, 0, 0, 0) + question
        said = answers[min(self.asked[name, kind], len(answers) - 1)]
        self.asked[name, kind] += 1
        alias, n = b"\xc0\x0c", 0
        if isinstance(said, str):
            alias = b"".join(bytes([len(l)]) + l.encode() for l in said.split(".")) + b"\0"
            out, n = b"\xc0\x0c" + struct.pack("!HHIH", 5, 1, 0, len(alias)) + alias, 1
            said = self.names[said][0]
        for a in map(ipaddress.ip_address, said):
            if (kind, a.version) in ((1, 4), (28, 6)):
                out += alias + struct.pack("!HHIH", kind, 1, 0, len(a.packed)) + a.packed
                n += 1
        return q[:2] + struct.pack("!HHHHH", 0x8580, 1, n, 0, 0) + question + out

"""Hostile servers behind TLS: certificates, versions and records that lie, and HTTP/2 that never ends."""
import functools, itertools, os, ssl, struct, subprocess, time

from hostile_cases import *

REFUSED = fails("certificate|TLS|SSL")
H2_DATA, H2_HEADERS, H2_RESET, H2_SETTINGS, H2_PUSH, H2_PING, H2_GOAWAY, H2_WINDOW, H2_CONTINUATION = 0, 1, 3, 4, 5, 6, 7, 8, 9
END_STREAM, END_HEADERS = 1, 4
OF_200 = b"\x88"  # :status: 200 in HPACK


def own(cert, version=None, ciphers=None, alpn=None):
    """TLS with this certificate: (web's work folder) -> wrap(connection)."""
    def make(work):
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        c.load_cert_chain(os.path.join(work, cert + ".pem"), os.path.join(work, cert + ".key"))
        if version:
            c.minimum_version = c.maximum_version = version
        if ciphers:
            c.set_ciphers(ciphers)
        if alpn:
            c.set_alpn_protocols(alpn)
        return functools.partial(c.wrap_socket, server_side=True)
    return make


def before_tls(play):
    """No TLS: plays on the bare connection after the client's first bytes."""
    def wrap(c):
        c.recv(1000)
        play(c, None, 0)
        raise OSError("over")
    return lambda work: wrap


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + struct.pack("!I", stream) + payload


class H2Case(Case):
    """The client's first frames are read; then `play` speaks on stream 1."""

    def serve(self, connection, servers):
        c = self.wrap(connection)
        c.sendall(frame(H2_SETTINGS, 0, 0))
        c.recv(4000)
        time.sleep(0.2)
        self.play(c, None, 0)


def h2_endless(make):
    return lambda c, r, turn: endless(b"", make)(c, r, turn)


def h2_begins(flags, block, *more):
    return frame(H2_HEADERS, flags, 1, OF_200 + block) + b"".join(more)


GOOD, H2 = own("hostile"), own("hostile", alpn=["h2"])
OLD = "ALL:@SECLEVEL=0"

# name, the TLS, what is sent in it, what must be seen
TLS = [
    ("tls as it should be", GOOD, page(), reads()),
    ("tls expired", own("expired"), page(), REFUSED),
    ("tls of another host", own("another"), page(), REFUSED),
    ("tls of no host", own("nohost"), page(), REFUSED),
    ("tls of any host", own("anyhost"), page(), REFUSED),
    ("tls signed by itself", own("alone"), page(), REFUSED),
    ("tls 1.0", own("hostile", ssl.TLSVersion.TLSv1, OLD), page(), REFUSED),
    ("tls 1.1", own("hostile", ssl.TLSVersion.TLSv1_1, OLD), page(), REFUSED),
    ("tls without secrecy", own("hostile", ssl.TLSVersion.TLSv1_2, "eNULL:@SECLEVEL=0"), page(), REFUSED),
    ("plain http where tls is asked", before_tls(sends(http("x"))), None, REFUSED),
    ("silence where tls is asked", before_tls(stalls(b"")), None, SLOW),
    ("tls a byte at a time", before_tls(drips(b"", b"\x16\x03\x03\x40\x00\x02" + b"\0" * 500)), None, SLOW),
    ("tls garbage", before_tls(sends(b"\x16\x03\x03\xff\xff" + b"\xff" * 70000)), None, REFUSED),
    ("tls alerts without end", before_tls(endless(b"", b"\x15\x03\x03\0\2\1\0" * 500)), None, REFUSED),
    ("tls records without end", before_tls(endless(b"", b"\x16\x03\x03\x40\x00\2\xff\xff\xff" + b"\0" * 16380)), None, REFUSED),
    ("tls closed at once", before_tls(sends(b"")), None, fails(".")),
    ("tls stall in the body", GOOD, stalls(lambda r: OK + b"Content-Length: 5000\r\n\r\n" + document(r)), both(SLOW, told("one"))),
    ("tls endless body", GOOD, endless(OPEN + HEAD, b"x" * 65536), fails("larger")),
    ("h2 silence", H2, stalls(b""), fails(".")),
    ("h2 headers without end", H2, endless(h2_begins(0, b""), frame(H2_CONTINUATION, 0, 1, b"\0\1x\x7f\x81\x07" + b"y" * 262) * 20), fails(".")),
    ("h2 settings without end", H2, endless(b"", frame(H2_SETTINGS, 0, 0) * 200), fails(".")),
    ("h2 pings without end", H2, endless(b"", frame(H2_PING, 0, 0, b"12345678") * 200), fails(".")),
    ("h2 empty data without end", H2, endless(h2_begins(END_HEADERS, b""), frame(H2_DATA, 0, 1) * 200), fails(".")),
    ("h2 data without end", H2, endless(h2_begins(END_HEADERS, b""), frame(H2_DATA, 0, 1, b"x" * 16000)), fails(".")),
    ("h2 early hints without end", H2, endless(b"", frame(H2_HEADERS, END_HEADERS, 1, b"\x08\x03103") * 100), fails(".")),
    ("h2 push", H2, sends(frame(H2_PUSH, END_HEADERS, 1, b"\0\0\0\2" + OF_200)), fails(".")),
    ("h2 garbage", H2, sends(b"\xff" * 5000), fails(".")),
    ("h2 goes away", H2, sends(frame(H2_GOAWAY, 0, 0, b"\0\0\0\0\0\0\0\1")), fails(".")),
    ("h2 reset", H2, sends(frame(H2_RESET, 0, 1, b"\0\0\0\x0b")), fails(".")),
    ("h2 window of nothing", H2, sends(frame(H2_WINDOW, 0, 0, b"\0\0\0\0")), fails(".")),
    ("h2 table bomb", H2, sends(h2_begins(END_HEADERS, b"\x40\1x\x7f\x81\x1e" + b"y" * 4000 + b"\xbe" * 12000)), fails(".")),
]


def tls_cases(web):
    """web: the Nginx whose authority signs."""
    hosts = [f"127.67.0.{n + 1}" for n in range(len(TLS))]
    all_of_them = ",".join("IP:" + h for h in hosts)
    web.certificate("hostile", all_of_them)
    web.certificate("expired", all_of_them, days=-1)
    web.certificate("another", "DNS:news.example,IP:192.0.2.9")
    web.certificate("nohost", "email:desk@newsroom.test")
    web.certificate("anyhost", "DNS:*,DNS:127.*,DNS:127.67.0.*")
    alone = os.path.join(web.work, "alone")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", alone + ".key",
                    "-out", alone + ".pem", "-subj", "/CN=\x1b[31mred", "-days", "9", "-addext", "subjectAltName=" + all_of_them],
                   check=True, capture_output=True)
    kinds = lambda name: H2Case if name.startswith("h2") else Case
    return [kinds(name)(name, play, judge, f"ca_file = {web.ca_file}\n", host=host, url="https://{host}:{port}/{name}", wrap=tls(web.work))
            for host, (name, tls, play, judge) in zip(hosts, TLS)]

"""What hostile servers do, as tables: a row a case with its name, what the server does, and what must be seen.

What the server does is a play, play(connection, request, turn) → True to go on with the connection; `turn` counts the
requests of this case. What must be seen is judged when all is over by judge(seen, case), which raises; `seen` is
hostile-servers' view of the daemon. Each case has an address of its own, so none waits for another by the rules of hosts.
"""
import base64, functools, gzip, itertools, re, time, zlib

from documents import HOSTILE
from e2e import rss
from hostile_world import PORT

MB = 1 << 20
_hosts = (f"127.66.{n // 250}.{n % 250 + 1}" for n in itertools.count())


def name_of(text):
    """As a feed's name and as a path."""
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-")


class Case:
    def __init__(self, name, play, judge, conf="", host=None, url=None, names=(), wrap=None):
        """conf: lines of the feed's section. names: that DNS knows. wrap(connection): the TLS of it."""
        self.name, self.play, self.judge, self.conf, self.wrap = name_of(name), play, judge, conf, wrap
        self.host, self.names = host or next(_hosts), dict(names)
        self.url = (url or "http://{host}:{port}/{name}").format(host=self.host, port=PORT, name=self.name)

    def serve(self, connection, servers):
        servers.converse(self.wrap(connection) if self.wrap else connection, self)


# -- what must be seen -----------------------------------------------------------------------------------------

def fails(words):
    """A failure, told in these words (a regular expression)."""
    def judge(seen, case):
        r = seen.row(case)
        assert r["failures"] and re.search(words, r["error"], re.I), r
    return judge


def reads(n=1):
    """Read without a failure, and each of its n items told once (None: none need be)."""
    def judge(seen, case):
        r = seen.row(case)
        assert not r["failures"] and not r.get("error"), r
        titles = seen.told(case)
        assert n is None or len(titles) == n and len(set(titles)) == n, titles
    return judge


def bounded(seen, case):
    """Read, or refused in words."""
    r = seen.row(case)
    assert r.get("last") and bool(r["failures"]) == bool(r.get("error")), r


def told(*names):
    """These items, each once; the feed may fail now and then."""
    def judge(seen, case):
        assert sorted(seen.told(case)) == sorted(f"Zebra {case.name} {n}" for n in names), seen.told(case)
    return judge


def both(*judges):
    def judge(seen, case):
        for j in judges:
            j(seen, case)
    return judge


# -- what a server does ----------------------------------------------------------------------------------------

def items(case, *names, **more):
    return [{"title": f"Zebra {case} {n}", "guid": f"{case}-{n}", "link": f"https://zoo.example/{case}/{n}", **more} for n in names]


def document(request, *names, **more):
    """A good feed of the case, which is what the path says."""
    return rss(items(request.path.strip("/"), *(names or ("one",)), **more)).encode()


def http(body, *lines, status="200 OK", length=True):
    body = body.encode() if isinstance(body, str) else body
    lines = [l if isinstance(l, bytes) else l.encode("latin-1") for l in lines]
    if length:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join([b"HTTP/1.1 " + status.encode("latin-1"), *lines, b"", body])


def sends(*parts):
    """These bytes (or what a part makes of the request), then the connection ends."""
    def play(c, r, turn):
        for p in parts:
            c.sendall(p(r) if callable(p) else p)
    return play


def page(*lines, status="200 OK", body=document, length=True):
    """An answer with the case's feed, or with `body`, and these header lines; the connection goes on."""
    def play(c, r, turn):
        c.sendall(http(body(r) if callable(body) else body, *lines, status=status, length=length))
        return length
    return play


def pages(*answers):
    """The n-th request gets the n-th answer, the last one again and again: functions of the request that make a body."""
    def play(c, r, turn):
        c.sendall(http(answers[min(turn, len(answers) - 1)](r)))
        return True
    return play


def endless(head, part):
    """head, and then part (bytes, or a function of the count) until the client has had enough, or 20 s."""
    def play(c, r, turn):
        c.sendall(head)
        end = time.monotonic() + 20
        for n in itertools.count():
            c.sendall(part(n) if callable(part) else part)
            if time.monotonic() > end:
                return
    return play


def drips(head, text, pause=0.25):
    """head at once, then text a byte at a time, for 20 s at most."""
    def play(c, r, turn):
        c.sendall(head)
        for n, b in enumerate(text(r) if callable(text) else text):
            c.sendall(bytes([b]))
            time.sleep(pause)
            if n * pause > 20:
                return
    return play


def stalls(*parts):
    """These bytes, then nothing for 20 s."""
    def play(c, r, turn):
        sends(*parts)(c, r, turn)
        c.settimeout(20)
        c.recv(1)
    return play


def chunk(data):
    return b"%x\r\n" % len(data) + data + b"\r\n"


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
OPEN = OK + b"\r\n"
HEAD = b'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>'


# -- bombs -----------------------------------------------------------------------------------------------------

@functools.cache
def flood(bits):
    """64 MB of one letter inside a title, compressed. bits: of zlib: 31 gzip, 15 zlib, -15 raw."""
    z = zlib.compressobj(9, zlib.DEFLATED, bits)
    return z.compress(HEAD + b"<item><title>") + b"".join(z.compress(b"x" * MB) for _ in range(64)) + z.flush()


@functools.cache
def gigabytes():
    """A gzip stream of 10 GB in about 10 MB: one block over and over."""
    z = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = z.compress(HEAD + b"<item><title>") + z.flush(zlib.Z_FULL_FLUSH)
    block = z.compress(b"x" * (16 * MB)) + z.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + head + block * 640


def zstd_flood():
    """64 MB by runs of 128 KiB, which take four bytes each."""
    run = ((128 << 10) << 3 | 2).to_bytes(3, "little") + b"x"
    return b"\x28\xb5\x2f\xfd\x00\x70" + run * 512


BROTLI_FLOOD = base64.b64decode("z///f/gdB+6+C0gERPv+VvL4zDWMjByeEnHpRk6p5TGNwA1PFET9MzESueX9//D//x9+CYA4LADQvf/n//8//BIAcVgEoHv"
                                "/z///f/glAOKwAED3/j9EAPBLAEQRAUAB")  # 64 MB


def packed(make, coding):
    return page(f"Content-Encoding: {coding}", body=lambda r: make() if callable(make) else make)


TOO_LARGE = fails("unpacks to more than 200 times|larger than 16 MiB")
BOMBS = [
    ("gzip of 64 MB", packed(lambda: flood(31), "gzip"), TOO_LARGE),
    ("gzip of 10 GB", packed(gigabytes, "gzip"), TOO_LARGE),
    ("zlib of 64 MB", packed(lambda: flood(15), "deflate"), TOO_LARGE),
    ("raw deflate of 64 MB", packed(lambda: flood(-15), "deflate"), TOO_LARGE),
    ("x-gzip of 64 MB", packed(lambda: flood(31), "x-gzip"), TOO_LARGE),
    ("brotli of 64 MB", packed(BROTLI_FLOOD, "br"), TOO_LARGE),
    ("zstd of 64 MB", packed(zstd_flood, "zstd"), fails(".")),
    ("gzip in gzip", packed(lambda: gzip.compress(flood(31)), "gzip, gzip"), TOO_LARGE),
    ("gzip in gzip in gzip", packed(lambda: gzip.compress(gzip.compress(flood(31))), "gzip, gzip, gzip"), TOO_LARGE),
    ("six codings", packed(lambda: flood(31), "gzip, gzip, gzip, gzip, gzip, gzip"), fails(".")),
    ("hundred codings", packed(lambda: flood(31), ", ".join(["gzip"] * 100)), fails(".")),
    ("brotli in gzip", packed(gzip.compress(BROTLI_FLOOD), "br, gzip"), TOO_LARGE),
    ("many gzip members", packed(gzip.compress(b"x" * 10000) * 20000, "gzip"), bounded),
    ("gzip with an endless name", endless(OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\0\0\0\0\0\xff", b"n" * 65536), fails(".")),
    ("gzip with a large extra field", packed(b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\xff\xff" + b"e" * 65535 + flood(-15), "gzip"), TOO_LARGE),
    ("gzip cut in half", packed(lambda: gzip.compress(rss([{"title": str(i)} for i in range(999)]).encode())[:6000], "gzip"), fails(".")),
    ("gzip with a wrong sum", page("Content-Encoding: gzip", body=lambda r: gzip.compress(document(r))[:-8] + b"12345678"), bounded),
    ("gzip and a tail", page("Content-Encoding: gzip", body=lambda r: gzip.compress(document(r)) + b"tail" * 1000), bounded),
    ("16 MB in one title", page(body=HEAD + b"<item><title>" + b"x" * (16 * MB - 1000) + b"</title></item></channel></rss>"), bounded),
    ("17 MB of spaces", page(body=lambda r: b" " * (17 * MB) + document(r)), fails("larger")),
    ("declared exabyte", sends(OK + b"Content-Length: 1152921504606846976\r\n\r\n<rss>"), fails("larger")),
] + [("document " + name, page(body=lambda r, name=name: hostile_document(name)), bounded) for name in HOSTILE]

scale = 16  # of the documents above: 1 is their full size


def hostile_document(name):
    make, n = HOSTILE[name]
    return make(n if name == "bomb" else max(n // scale, 1))[:16 * MB]


# -- slow drips ------------------------------------------------------------------------------------------------

SLOW = fails("in time|broke off|comes slowly")
DRIPS = [
    ("no answer", stalls(b""), SLOW),
    ("stall in the status line", stalls(b"HTTP/1.1 20"), SLOW),
    ("stall after the status line", stalls(OK), SLOW),
    ("stall in a header", stalls(OK + b"ETag: \"a"), SLOW),
    ("stall after the headers", stalls(OK + b"Content-Length: 5000\r\n\r\n"), SLOW),
    ("stall in the body", stalls(lambda r: OK + b"Content-Length: 5000\r\n\r\n" + document(r)[:-10]), both(SLOW, told("one"))),
    ("stall before the last byte", stalls(lambda r: http(document(r))[:-1]), both(SLOW, told("one"))),
    ("stall without a length", stalls(lambda r: OPEN + document(r)), both(SLOW, told("one"))),
    ("stall in a chunk size", stalls(CHUNKED + b"10"), SLOW),
    ("stall in a chunk", stalls(CHUNKED + b"1000\r\n<rss>"), SLOW),
    ("stall before the last chunk", stalls(lambda r: CHUNKED + chunk(document(r))), both(SLOW, told("one"))),
    ("stall in the trailers", stalls(lambda r: CHUNKED + chunk(document(r)) + b"0\r\nX: "), both(SLOW, told("one"))),
    ("stall in gzip", stalls(lambda r: OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(document(r))[:60]), SLOW),
    ("stall after 100 continue", stalls(b"HTTP/1.1 100 Continue\r\n\r\n"), SLOW),
    *((f"stall after a megabyte, {n} of 4", stalls(OPEN + HEAD + b"<item><title>" + b"x" * MB), SLOW) for n in range(4)),
    ("status a byte at a time", drips(b"", OK), SLOW),
    ("headers a byte at a time", drips(OK, b"X-Slow: " + b"y" * 500), SLOW),
    ("body a byte at a time", drips(OK + b"Content-Length: 5000\r\n\r\n", document), SLOW),
    ("chunks of one byte", drips(CHUNKED, b"1\r\nx\r\n" * 100, 0.1), SLOW),
    ("chunk extension a byte at a time", drips(CHUNKED + b"5;", b"e" * 500), SLOW),
    ("trailer a byte at a time", drips(CHUNKED + b"0\r\nX: ", b"e" * 500), SLOW),
    ("redirects a second apart", lambda c, r, turn: (time.sleep(1), c.sendall(http(b"", f"Location: {r.path}x", status="302 Found")))[0] is None,
     SLOW),
]


# -- endless everything ----------------------------------------------------------------------------------------

ENDLESS = [
    ("endless headers", endless(OK, lambda n: b"X-%d: %s\r\n" % (n, b"y" * 900)), fails("header")),
    ("endless equal headers", endless(OK, b"Set-Cookie: a=b; path=/\r\n" * 50), fails("header")),
    ("endless etags", endless(OK, lambda n: b'ETag: "%d"\r\n' % n * 40), fails("header")),
    ("one endless header", endless(OK + b"X: ", b"y" * 4096), fails("header")),
    ("one endless header name", endless(OK, b"y" * 4096), fails("header")),
    ("endless folding", endless(OK + b"X: y\r\n", b" more\r\n" * 500), fails("header")),
    ("endless status line", endless(b"HTTP/1.1 200 ", b"O" * 4096), fails("header")),
    ("endless 100 continue", endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100), fails("header")),
    ("endless 103 early hints", endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n" * 100), fails("header")),
    ("endless 102 processing", endless(b"", b"HTTP/1.1 102 Processing\r\n\r\n" * 100), fails("header")),
    ("endless body", endless(OPEN + HEAD, b"x" * 65536), fails("larger")),
    ("endless items", endless(OPEN + HEAD, lambda n: b"<item><title>i%d</title></item>" % n * 100), fails("larger")),
    ("endless comment", endless(OPEN + HEAD + b"<!--", b"x" * 65536), fails("larger")),
    ("endless chunks", endless(CHUNKED + chunk(HEAD), chunk(b"y" * 65000)), fails("larger")),
    ("endless chunk extension", endless(CHUNKED + b"5;", b"e" * 65536), fails(".")),
    ("endless chunk size", endless(CHUNKED, b"0" * 4096), fails(".")),
    ("huge chunk size", sends(CHUNKED + b"ffffffffffffffffff\r\n<rss>"), fails(".")),
    ("negative chunk size", sends(CHUNKED + b"-5\r\n<rss>"), fails(".")),
    ("endless trailers", endless(CHUNKED + b"0\r\n", lambda n: b"X-%d: %s\r\n" % (n, b"y" * 900)), fails(".")),
    ("endless error page", endless(b"HTTP/1.1 500 No\r\n\r\n", b"x" * 65536), fails("500")),
    ("endless body of a redirect", endless(b"HTTP/1.1 302 F\r\nLocation: /x\r\n\r\n", b"x" * 65536), fails("more than 5 redirects")),
    ("endless redirects", lambda c, r, turn: c.sendall(http(b"", f"Location: /{turn}", status="302 Found")), fails("more than 5 redirects")),
    ("redirects that grow", lambda c, r, turn: c.sendall(http(b"", "Location: " + r.path + "/" + "x" * 1000, status="302 Found")),
     fails("redirect|header|address")),
    ("redirect to itself", lambda c, r, turn: c.sendall(http(b"", "Location: " + r.path, status="308 There")), fails("more than 5 redirects")),
    ("endless after the end", endless(http(HEAD + b"</channel></rss>"), b"HTTP/1.1 200 OK\r\n\r\n" * 50), reads(0)),
    ("endless body of a 304", endless(b"HTTP/1.1 304 N\r\n\r\n", b"x" * 65536), bounded),
    ("endless body of a 204", endless(b"HTTP/1.1 204 N\r\n\r\n", b"x" * 65536), fails("204|no HTTP")),
]


# -- header tricks ---------------------------------------------------------------------------------------------

def never_sent(*needles):
    """None of these stands in the header of any request of the case."""
    def judge(seen, case):
        requests = seen.requests(case)
        assert len(requests) > 1, requests
        assert not any(n in f"{r[3]}".lower() for r in requests for n in needles), requests
    return judge


def declared(charset, body, *lines):
    return page(f"Content-Type: application/rss+xml; charset={charset}", *lines, body=body)


AGAIN = "every = 1s\n"
HEADERS = [
    ("two equal lengths", sends(lambda r: http(document(r), b"Content-Length: %d" % len(document(r)))), bounded),
    ("two lengths", sends(lambda r: http(document(r), "Content-Length: 7")), bounded),
    ("two lengths, the long one first", sends(lambda r: http(document(r), "Content-Length: 99999999")), bounded),
    ("negative length", sends(lambda r: http(document(r), "Content-Length: -5", length=False)), fails(".")),
    ("length that is a word", sends(lambda r: http(document(r), "Content-Length: many", length=False)), bounded),
    ("length beyond 64 bits", sends(lambda r: http(document(r), "Content-Length: 99999999999999999999999", length=False)), bounded),
    ("length and chunks", sends(lambda r: http(chunk(document(r)) + b"0\r\n\r\n", "Content-Length: 5", "Transfer-Encoding: chunked", length=False)),
     bounded),
    ("chunked twice", sends(lambda r: http(chunk(document(r)) + b"0\r\n\r\n", "Transfer-Encoding: chunked, chunked", length=False)), bounded),
    ("unknown transfer coding", sends(lambda r: http(document(r), "Transfer-Encoding: rot13", length=False)), bounded),
    ("transfer coding gzip", sends(lambda r: http(flood(31), "Transfer-Encoding: gzip", length=False)), TOO_LARGE),
    ("no reason", page(status="200"), reads()),
    ("no reason and no blank", sends(lambda r: b"HTTP/1.1 200\r\nContent-Length: %d\r\n\r\n" % len(document(r)) + document(r)), reads()),
    ("http 0.9", sends(document), fails(".")),
    ("http 1.0", sends(lambda r: b"HTTP/1.0 200 OK\r\n\r\n" + document(r)), reads()),
    ("http 9.9", sends(lambda r: b"HTTP/9.9 200 OK\r\n\r\n" + document(r)), bounded),
    ("icy", sends(lambda r: b"ICY 200 OK\r\n\r\n" + document(r)), bounded),
    ("small letters in http", sends(lambda r: b"http/1.1 200 ok\r\n\r\n" + document(r)), bounded),
    ("status 0", sends(lambda r: http(document(r), status="000 Zero")), fails(".")),
    ("status 99", sends(lambda r: http(document(r), status="099 Early")), fails(".")),
    ("status 299", page(status="299 Fine"), bounded),
    ("status 600", page(status="600 Six"), fails("600")),
    ("status 999", page(status="999 Denied"), fails("999")),
    ("status of four digits", sends(lambda r: http(document(r), status="2000 OK")), bounded),
    ("status of letters", sends(lambda r: http(document(r), status="OK OK")), fails(".")),
    ("switching protocols", sends(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"), fails(".")),
    ("garbage before the status", sends(lambda r: b"\0\xff\xfe" + http(document(r))), fails(".")),
    ("line feeds only", sends(lambda r: http(document(r)).replace(b"\r\n", b"\n")), reads()),
    ("carriage returns only", sends(lambda r: http(document(r)).replace(b"\r\n", b"\r")), fails(".")),
    ("header without a colon", page("Nonsense"), bounded),
    ("header without a name", page(": value"), bounded),
    ("blank before the colon", page('ETag : "x"', "Content-Length : 3"), bounded),
    ("nul in a header", page(b"X: a\0b"), bounded),
    ("high bytes in a header", page(b"X-\xff\xfe: \xe9\x80"), bounded),
    ("bare return in an etag", page(b'ETag: "a\rX-Smuggled: yes"'), both(bounded, never_sent("smuggled")), AGAIN),
    ("return and feed in an etag", page(b'ETag: "a\r\n\tX-Smuggled: yes"'), both(bounded, never_sent("x-smuggled: yes'", "\\nx-smuggled")), AGAIN),
    ("escape in an etag", page(b'ETag: "\x1b[2J"'), both(reads(), never_sent("\\x1b", "[2j")), AGAIN),
    ("etag of 40 KB", page('ETag: "' + "e" * 40000 + '"'), both(reads(), never_sent("eeeee")), AGAIN),
    ("bare return in last-modified", page(b"Last-Modified: Tue\rX-Smuggled: yes"), both(bounded, never_sent("smuggled")), AGAIN),
    ("last-modified of 40 KB", page("Last-Modified: " + "e" * 40000), both(reads(), never_sent("eeeee")), AGAIN),
    ("last-modified in the year 9999", page("Last-Modified: Fri, 31 Dec 9999 23:59:59 GMT"), reads(), AGAIN),
    ("last-modified that is no date", page("Last-Modified: yesterday"), reads(), AGAIN),
    ("validators in trailers", sends(lambda r: CHUNKED + chunk(document(r)) + b'0\r\nETag: "trailer"\r\nLocation: http://127.0.0.1/\r\n\r\n'),
     both(reads(), never_sent("trailer")), AGAIN),
    ("304 to a first question", sends(b"HTTP/1.1 304 Not Modified\r\n\r\n"), bounded),
    ("206 that nobody asked for", page("Content-Range: bytes 0-10/99999999", status="206 Partial"), fails("206")),
    ("content-range on a 200", page("Content-Range: bytes 5-10/99"), bounded),
    ("location on a 200", page("Location: http://127.0.0.1/"), reads()),
    ("refresh", page("Refresh: 0; url=http://127.0.0.1/"), reads()),
    ("redirect without a location", page(status="301 Moved"), fails("without saying where")),
    ("many locations", sends(http(b"", "Location: /a", "Location: http://127.0.0.1/", status="302 F")), fails("redirects|40|closed")),
    ("retry-after of words", page("Retry-After: soon", status="503 No"), fails("503")),
    ("retry-after below zero", page("Retry-After: -99", status="503 No"), fails("503")),
    ("retry-after beyond numbers", page("Retry-After: 99999999999999999999", status="503 No"), fails("503")),
    ("retry-after in the year 9999", page("Retry-After: Fri, 31 Dec 9999 23:59:59 GMT", "Date: Mon, 01 Jan 0001 00:00:00 GMT", status="429 No"),
     fails("429")),
    ("retry-after on a 200", page("Retry-After: 99999999"), reads()),
    ("max-age beyond numbers", page("Cache-Control: max-age=99999999999999999999, max-age=-1, =, ,,,"), reads()),
    ("answer of the year 1", page("Date: Mon, 01 Jan 0001 00:00:00 GMT", "Expires: Fri, 31 Dec 9999 23:59:59 GMT", "Age: -7"), reads()),
    ("cookies", page("Set-Cookie: id=7; path=/", "Set-Cookie2: id=8"), both(reads(), never_sent("cookie")), AGAIN),
    ("cookie of 60 KB", page("Set-Cookie: id=" + "c" * 60000), both(reads(), never_sent("cookie")), AGAIN),
    ("alternative service", page('Alt-Svc: h2="127.0.0.1:443"; ma=86400', "Strict-Transport-Security: max-age=99999999"), reads(), AGAIN),
    ("asks for a login", page("WWW-Authenticate: Negotiate", "WWW-Authenticate: NTLM", "WWW-Authenticate: Basic realm=\"x\"", status="401 No"),
     fails("401")),
    ("asks for a proxy login", page("Proxy-Authenticate: Basic realm=\"x\"", status="407 No"), fails("407")),
    ("use proxy", page("Location: http://127.0.0.1:80/", status="305 Use Proxy"), fails("305")),
    ("content type of a picture", page("Content-Type: image/png"), reads()),
    ("content type of a page", page("Content-Type: text/html"), reads()),
    ("content type of 60 KB", page("Content-Type: a/" + "b" * 60000), reads()),
    ("content type of commas", page("Content-Type: ,;,;=;;charset"), reads()),
    ("a picture as a feed", page("Content-Type: application/rss+xml", body=b"\x89PNG\r\n\x1a\n" + b"\0" * 5000), fails(".")),
    ("charset utf-7", declared("utf-7", document), bounded),
    ("charset that does not exist", declared("x-klingon", document), reads()),
    ("charset with a nul", page(b"Content-Type: text/xml; charset=ut\0f"), bounded),
    ("charset utf-16 for utf-8", declared("utf-16", document), bounded),
    ("charset utf-32 for utf-8", declared("utf-32", document), bounded),
    ("charset ebcdic for utf-8", declared("ibm037", document), bounded),
    ("charset utf-8 for utf-16", declared("utf-8", lambda r: document(r).decode().replace("UTF-8", "UTF-16").encode("utf-16")), bounded),
    ("charset against the declaration", declared("us-ascii", lambda r: document(r).replace(b"UTF-8", b"shift_jis")), bounded),
    ("odd number of utf-16 bytes", page(body=lambda r: b"\xff\xfe" + document(r).decode().encode("utf-16-le") + b"x"), bounded),
    ("gzip that is none", page("Content-Encoding: gzip"), fails(".")),
    ("brotli that is none", page("Content-Encoding: br"), fails(".")),
    ("deflate that is none", page("Content-Encoding: deflate"), fails(".")),
    ("gzip that is not told", page(body=lambda r: gzip.compress(document(r))), fails(".")),
    ("coding that does not exist", page("Content-Encoding: rot13"), bounded),
    ("coding of 60 KB", page("Content-Encoding: " + "x" * 60000), bounded),
    ("content-encoding identity", page("Content-Encoding: identity"), reads()),
    ("answer behind the answer", lambda c, r, turn: c.sendall(http(document(r)) + http(document(r, "smuggled"))) is None, reads(), AGAIN),
    ("answer before the question", lambda c, r, turn: (c.sendall(http(document(r))), time.sleep(0.2), c.sendall(http(document(r, "early"))))[0]
     is None, bounded, AGAIN),
    ("closes after each answer", sends(lambda r: http(document(r), "Connection: keep-alive")), reads(), AGAIN),
    ("reset after the answer", lambda c, r, turn: (c.sendall(http(document(r))), c.setsockopt(1, 13, b"\1\0\0\0\0\0\0\0"))[0], bounded, AGAIN),
    ("empty answer", sends(b""), fails(".")),
    ("empty body", page(body=b""), fails(".")),
    ("empty body and a type", page("Content-Type: application/rss+xml", body=b""), fails(".")),
    ("two answers in one connection", sends(lambda r: http(document(r)), lambda r: http(document(r, "second"))), reads()),
]


def cases(*tables):
    """The rows of these tables as cases; a fourth column is lines of the feed's section."""
    return [Case(name, play, judge, *more) for table in tables for name, play, judge, *more in table]

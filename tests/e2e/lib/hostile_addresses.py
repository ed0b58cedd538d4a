"""Hostile servers that want the daemon to ask where no feed may ask: by literals, names, redirects, documents, hubs. What
must be seen in all of them: nothing reached a trap (hostile_world.py). The feeds may not reach private addresses."""
import itertools

from hostile_cases import *
from hostile_world import PUBLIC

CLOSED = "allow_private = no\n"
_public = (PUBLIC.format(n) for n in itertools.count(1))
PRIVATE = r"private one"
NOT_FOUND = "resolve|private one|malformed"

# name of the case, the host of an address at port 80, the words
LITERALS = [
    ("127.0.0.1", "127.0.0.1", PRIVATE),
    ("two parts", "127.1", PRIVATE),
    ("three parts", "127.0.1", PRIVATE),
    ("decimal", "2130706433", PRIVATE),
    ("hex", "0x7f000001", PRIVATE),
    ("hex parts", "0x7f.0x0.0x0.0x1", PRIVATE),
    ("octal", "017700000001", PRIVATE),
    ("octal parts", "0177.0.0.01", PRIVATE),
    ("mixed parts", "0x7f.1", PRIVATE),
    ("octal with many zeros", "0000000000177.0.0.1", NOT_FOUND),
    ("beyond 32 bits", "4294967296", NOT_FOUND),
    ("dot at the end", "127.0.0.1.", NOT_FOUND),
    ("percent signs", "%31%32%37.0.0.1", NOT_FOUND),
    ("full width digits", "\uff11\uff12\uff17.0.0.1", NOT_FOUND),
    ("circled digits", "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460", NOT_FOUND),
    ("ideographic full stops", "127\u30020\u30020\u30021", NOT_FOUND),
    ("soft hyphen", "127.0.0\u00ad.1", NOT_FOUND),
    ("another loopback", "127.255.255.254", PRIVATE),
    ("zero", "0", PRIVATE),
    ("0.0.0.0", "0.0.0.0", PRIVATE),
    ("ten", "10.0.0.7", PRIVATE),
    ("ten in decimal", "167772167", PRIVATE),
    ("172.16", "172.16.0.7", PRIVATE),
    ("172.31", "172.31.255.254", PRIVATE),
    ("192.168", "192.168.0.7", PRIVATE),
    ("link local", "169.254.1.1", PRIVATE),
    ("metadata", "169.254.169.254", PRIVATE),
    ("metadata in decimal", "2852039166", PRIVATE),
    ("metadata in hex", "0xA9FEA9FE", PRIVATE),
    ("container credentials", "169.254.170.2", PRIVATE),
    ("pod credentials", "169.254.170.23", PRIVATE),
    ("carrier", "100.64.0.7", PRIVATE),
    ("end of the carrier's block", "100.127.255.254", PRIVATE),
    ("metadata in the carrier's block", "100.100.100.200", PRIVATE),
    ("protocol assignments", "192.0.0.8", PRIVATE),
    ("documentation", "203.0.113.7", PRIVATE),
    ("benchmarks", "198.18.0.7", PRIVATE),
    ("multicast", "224.0.0.1", PRIVATE),
    ("reserved", "240.0.0.1", PRIVATE),
    ("broadcast", "255.255.255.255", PRIVATE),
    ("v6 loopback", "[::1]", PRIVATE),
    ("v6 loopback in full", "[0000:0000:0000:0000:0000:0000:0000:0001]", PRIVATE),
    ("v6 loopback with a zone", "[::1%25lo]", PRIVATE),
    ("v6 unspecified", "[::]", PRIVATE),
    ("v4 mapped", "[::ffff:127.0.0.1]", PRIVATE),
    ("v4 mapped in hex", "[::ffff:7f00:1]", PRIVATE),
    ("v4 mapped in full", "[0:0:0:0:0:ffff:127.0.0.1]", PRIVATE),
    ("v4 mapped metadata", "[::ffff:169.254.169.254]", PRIVATE),
    ("v4 mapped ten", "[::ffff:a00:7]", PRIVATE),
    ("v4 compatible", "[::127.0.0.1]", PRIVATE),
    ("v4 translated", "[::ffff:0:127.0.0.1]", PRIVATE),
    ("nat64", "[64:ff9b::127.0.0.1]", PRIVATE),
    ("nat64 of ten", "[64:ff9b::a00:7]", PRIVATE),
    ("nat64 for local use", "[64:ff9b:1::7f00:1]", PRIVATE),
    ("6to4", "[2002:7f00:1::1]", PRIVATE),
    ("6to4 of ten", "[2002:a00:7::1]", PRIVATE),
    ("6to4 of metadata", "[2002:a9fe:a9fe::1]", PRIVATE),
    ("teredo", "[2001:0:808:808::7]", PRIVATE),
    ("v6 link local", "[fe80::7]", PRIVATE),
    ("v6 link local with a zone", "[fe80::7%25lo]", PRIVATE),
    ("v6 link local with a number as zone", "[fe80::7%251]", PRIVATE),
    ("v6 site local", "[fec0::7]", PRIVATE),
    ("v6 unique local", "[fc00::7]", PRIVATE),
    ("v6 unique local by chance", "[fd12:3456:789a::7]", PRIVATE),
    ("v6 metadata", "[fd00:ec2::254]", PRIVATE),
    ("v6 multicast", "[ff02::1]", PRIVATE),
    ("v6 discard", "[100::7]", PRIVATE),
    ("v6 documentation", "[2001:db8::7]", PRIVATE),
    ("user before the host", "news.example@127.0.0.1", PRIVATE),
    ("user and password before the host", "news.example:80@127.0.0.1", PRIVATE),
    ("zeros before the port", "127.0.0.1:00080", PRIVATE),
    ("mail's port", "127.0.0.1:25", PRIVATE),
    ("another service's port", "127.0.0.1:6379", PRIVATE),
]

# name of the case, what DNS answers to its name (the n-th time), the words
NAMES = [
    ("localhost by name", None, PRIVATE),
    ("name of loopback", [["127.0.0.1"]], PRIVATE),
    ("name of ten", [["10.0.0.7"]], PRIVATE),
    ("name of zero", [["0.0.0.0"]], PRIVATE),
    ("name of metadata", [["169.254.169.254"]], PRIVATE),
    ("name of v6 loopback", [["::1"]], PRIVATE),
    ("name of v4 mapped", [["::ffff:127.0.0.1"]], PRIVATE),
    ("name of nat64", [["64:ff9b::7f00:1"]], PRIVATE),
    ("name of 6to4", [["2002:7f00:1::1"]], PRIVATE),
    ("name of unique local", [["fd12:3456:789a::7"]], PRIVATE),
    ("name of link local", [["fe80::7"]], "private one|connect|invalid"),
    ("name of twenty private ones", [["10.0.0.7", "192.168.0.7", "::1", "fc00::7", "127.0.0.1"] * 4], PRIVATE),
    ("alias of localhost", ["localhost.zoo.test"], PRIVATE),
    ("name of nothing", [[]], "resolve"),
    # Nobody answers at the public one, so that the private one is what is left.
    ("public and private", [[PUBLIC.format(250), "127.0.0.1", "::1"]], PRIVATE),
    ("rebinding at the second look-up", [[PUBLIC.format(250)], ["127.0.0.1"]], "private one|connect"),
    ("rebinding at the first look-up", [["127.0.0.1"], [PUBLIC.format(250)]], "private one|connect"),
]

# name of the case, where a public server's redirect leads, the words
REDIRECTS = [
    ("redirect to loopback", "http://127.0.0.1/{name}", PRIVATE),
    ("redirect to a decimal", "http://2130706433/{name}", PRIVATE),
    ("redirect to octal", "http://0177.0.0.1/{name}", PRIVATE),
    ("redirect to v6 loopback", "http://[::1]/{name}", PRIVATE),
    ("redirect to v4 mapped", "http://[::ffff:7f00:1]/{name}", PRIVATE),
    ("redirect to nat64", "http://[64:ff9b::7f00:1]/{name}", PRIVATE),
    ("redirect to ten", "http://10.0.0.7/{name}", PRIVATE),
    ("redirect to metadata", "http://169.254.169.254/latest/meta-data/{name}", PRIVATE),
    ("redirect to a zone", "http://[fe80::7%25lo]/{name}", PRIVATE),
    ("redirect to localhost", "http://localhost/{name}", PRIVATE),
    ("redirect to a name of loopback", "http://name-of-loopback.zoo.test/{name}", PRIVATE),
    ("redirect without a scheme", "//127.0.0.1/{name}", PRIVATE),
    ("redirect with a user", "http://news.example@127.0.0.1/{name}", PRIVATE),
    ("redirect with a backslash", "http://127.0.0.1\\@news.example/{name}", "."),
    ("redirect with backslashes", "\\\\127.0.0.1\\{name}", "."),
    ("redirect with a fragment before the host", "http://127.0.0.1#@news.example/{name}", PRIVATE),
    ("redirect with three slashes", "http:///127.0.0.1/{name}", "."),
    ("redirect with one slash", "http:/127.0.0.1/{name}", "."),
    ("redirect with a tab", "http://127.0.\t0.1/{name}", "control characters"),
    ("redirect with a bare return", "http://127.0.0.1/{name}\rX-Smuggled: yes", "control characters"),
    ("redirect with a nul", "http://127.0.0.1/\0{name}", "."),
    ("redirect with an escape", "http://127.0.0.1/\x1b[2J{name}", "control characters"),
    ("redirect to high bytes", "http://127.0.0.1\xff/{name}", "."),
    ("redirect to https", "https://127.0.0.1/{name}", PRIVATE),
    ("redirect to file", "file:///etc/passwd", "no http or https"),
    ("redirect to file on a host", "file://127.0.0.1/etc/passwd", "no http or https"),
    ("redirect to gopher", "gopher://127.0.0.1:70/_x", "no http or https"),
    ("redirect to smb", "smb://127.0.0.1/share/x", "no http or https"),
    ("redirect to ftp", "ftp://127.0.0.1/x", "no http or https"),
    ("redirect to dict", "dict://127.0.0.1:6379/info", "no http or https"),
    ("redirect to ldap", "ldap://127.0.0.1:445/x", "no http or https"),
    ("redirect to scp", "scp://127.0.0.1/x", "no http or https"),
    ("redirect to telnet", "telnet://127.0.0.1:25", "no http or https"),
    ("redirect to data", "data:text/xml,<rss/>", "no http or https"),
    ("redirect to a script", "javascript:alert(1)", "no http or https"),
    ("redirect to capitals", "FILE:///etc/passwd", "no http or https"),
    ("redirect to a blank and file", " file:///etc/passwd", "no http or https"),
    ("redirect to url:http", "url:http://127.0.0.1/{name}", "."),
]

# name of the case, lines of the feed's section; each leads to a feed of the thief's, which must hear none of the secrets
SECRETS = [
    ("user and password", "user = desk\npassword = pass-w0rd\n"),
    ("token", "token = t0ken-7\n"),
    ("own header", "header = X-Key: k3y-of-ours\n"),
    ("own cookie", "header = Cookie: c00kie=1\n"),
    ("own authorization", "header = Authorization: Basic ZGVzazpvdXJz\n"),
    ("user and password in the address", ""),
]

XXE = '<?xml version="1.0"?><!DOCTYPE rss [{}]><rss version="2.0"><channel><title>t</title><item><title>Zebra {} one{}</title></item></channel></rss>'
AT_TRAP = "http://127.0.0.1/{}"

# name of the case, the document: {name} is the case's
DOCUMENTS = [
    ("entity of a file", XXE.format('<!ENTITY e SYSTEM "file:///etc/passwd">', "{name}", "&e;")),
    ("entity of an address", XXE.format('<!ENTITY e SYSTEM "http://127.0.0.1/{name}">', "{name}", "&e;")),
    ("public entity of an address", XXE.format('<!ENTITY e PUBLIC "x" "http://127.0.0.1/{name}">', "{name}", "&e;")),
    ("parameter entity", XXE.format('<!ENTITY % p SYSTEM "http://127.0.0.1/{name}"> %p;', "{name}", "")),
    ("entity that carries a file out", XXE.format('<!ENTITY % f SYSTEM "file:///etc/hostname"><!ENTITY % d "<!ENTITY s SYSTEM \'http://127.0.0.1/%f;\'>"> %d;',
                                                  "{name}", "&s;")),
    ("external document type", '<?xml version="1.0"?><!DOCTYPE rss SYSTEM "http://127.0.0.1/{name}.dtd"><rss version="2.0"><channel><title>t</title>'
                               "<item><title>Zebra {name} one</title></item></channel></rss>"),
    ("style sheet", '<?xml version="1.0"?><?xml-stylesheet href="http://127.0.0.1/{name}.xsl"?><rss version="2.0"><channel><title>t</title>'
                    "<item><title>Zebra {name} one</title></item></channel></rss>"),
    ("xinclude", '<rss version="2.0" xmlns:xi="http://www.w3.org/2001/XInclude"><channel><title>t</title><xi:include href="file:///etc/passwd" '
                 'parse="text"/><xi:include href="http://127.0.0.1/{name}"/><item><title>Zebra {name} one</title></item></channel></rss>'),
    ("addresses in a document", '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xml:base="http://127.0.0.1/"><channel><title>t</title>'
                                '<link>http://127.0.0.1/{name}</link><image><url>http://127.0.0.1/{name}.png</url></image>'
                                '<atom:link rel="self" href="http://127.0.0.1/{name}"/><atom:link rel="hub" href="http://127.0.0.1/{name}"/>'
                                '<cloud domain="127.0.0.1" port="80" path="/{name}" registerProcedure="" protocol="http-post"/>'
                                '<item><title>Zebra {name} one</title><link>http://127.0.0.1/{name}</link><comments>http://127.0.0.1/{name}</comments>'
                                '<enclosure url="http://127.0.0.1/{name}" type="audio/mpeg" length="1"/>'
                                '<description>&lt;img src="http://127.0.0.1/{name}"&gt;</description></item></channel></rss>'),
    ("redirects in a document", '<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><redirect><newLocation>http://127.0.0.1/'
                                "{name}</newLocation></redirect><channel><title>t</title><itunes:new-feed-url>http://127.0.0.1/{name}</itunes:new-feed-url>"
                                "<item><title>Zebra {name} one</title></item></channel></rss>"),
]


HUB = '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>t</title><atom:link rel="self" href="{self}"/>' \
      '<atom:link rel="hub" href="{hub}"/><item><title>Zebra {name} one</title></item></channel></rss>'

# name of the case, its hub ({here}: the server itself), what it says to a subscription, the words
HUBS = [
    ("hub at loopback", "http://127.0.0.1/{name}", None, "private"),
    ("hub at metadata", "http://169.254.169.254/{name}", None, "private"),
    ("hub at a name of loopback", "http://name-of-loopback.zoo.test/{name}", None, "private"),
    ("hub that redirects to loopback", "{here}", sends(http(b"", "Location: http://127.0.0.1/hub-that-redirects-to-loopback", status="307 T")), "private"),
    ("hub that redirects to a file", "{here}", sends(http(b"", "Location: file:///etc/passwd", status="308 P")), "308"),
    ("hub that redirects to itself", "{here}", lambda c, r, turn: c.sendall(http(b"", "Location: " + r.path, status="307 T")), "307"),
    ("hub that says no with an escape", "{here}", sends(http(b"\x1b[31mred\x1b[2J", status="403 No")), "403"),
    ("hub without an end", "{here}", endless(b"HTTP/1.1 500 No\r\n\r\n", b"x" * 65536), "500"),
    ("hub that is silent", "{here}", sends(b""), "hub"),
]


def hub_case(name, hub, answer, words):
    where, path = next(_public), name_of(name)
    here = f"http://{where}:{PORT}/{path}"
    text = HUB.replace("{self}", here).replace("{hub}", hub.replace("{here}", here)).replace("{name}", path).encode()

    def judge(seen, case):
        push = seen.row(case).get("push", "")
        assert re.search(words, push) and "\x1b" not in push, seen.row(case)
        seen.untrapped(case)
        seen.clean(case)
    return Case(name, lambda c, r, turn: answer(c, r, turn) if r.method == "POST" else page(body=text)(c, r, turn), judge, CLOSED, host=where)


def untrapped(judge):
    """Nothing in the traps has the case's name (that nothing at all is in them is a test of its own)."""
    return both(judge, lambda seen, case: seen.untrapped(case))


def kept(*secrets):
    """The thief was asked, and not for what is ours."""
    def judge(seen, case):
        heard = [r for r in seen.all_requests if r[1] == "thief" and case.name in r[2]]
        assert heard, "the redirect was not followed"
        for r in heard:
            assert not {"authorization", "cookie", "x-key", "referer"} & set(r[3]), r
    return judge


def address_cases():
    out = []
    for name, host, words in LITERALS:
        out.append(Case("to " + name, None, untrapped(fails(words)), CLOSED, url=f"http://{host}/{{name}}"))
    for name, answers, words in NAMES:
        host = "localhost" if answers is None else name_of(name) + ".zoo.test"
        out.append(Case(name, None, untrapped(fails(words)), CLOSED, url=f"http://{host}/{{name}}",
                        names={host: answers} if answers else {}))
    for name, to, words in REDIRECTS:
        to = to.replace("{name}", name_of(name))
        out.append(Case(name, sends(http(b"", b"Location: " + to.encode("latin-1"), status="302 Found")), untrapped(fails(words)), CLOSED,
                        host=next(_public)))
    out.append(Case("private at the second hop", lambda c, r, turn: c.sendall(http(b"", "Location: " + (
        "/2" if r.path != "/2" else "http://127.0.0.1/private-at-the-second-hop"), status="302 Found")), untrapped(fails(PRIVATE)), CLOSED,
        host=next(_public)))
    out.append(Case("private for good", lambda c, r, turn: c.sendall(http(b"", "Location: http://10.0.0.7/private-for-good", status="301 Moved")),
                    untrapped(fails(PRIVATE)), CLOSED, host=next(_public)))
    out.append(Case("good first and then private", lambda c, r, turn: c.sendall(http(document(r)) if not turn else http(
        b"", "Location: http://127.0.0.1/good-first-and-then-private", "Connection: close", status="307 There")), untrapped(both(fails(PRIVATE),
                    told("one"))), CLOSED + AGAIN, host=next(_public)))
    thief = Case("thief", page("Set-Cookie: thief=1"), reads(None), CLOSED, host=next(_public))
    out.append(thief)
    for name, conf in SECRETS:
        host = next(_public)
        url = f"http://desk:pass-w0rd@{host}:{PORT}/{{name}}" if "in the address" in name else None
        out.append(Case("thief after " + name, lambda c, r, turn: c.sendall(http(b"", f"Location: http://{thief.host}:{PORT}{r.path}",
                        "Set-Cookie: ours=1", status="302 Found")), kept(), CLOSED + AGAIN + conf, host=host, url=url))
    for name, text in DOCUMENTS:
        text = text.replace("{name}", name_of(name)).encode()
        out.append(Case(name, page(body=text), untrapped(bounded), CLOSED, host=next(_public)))
    out += [hub_case(*row) for row in HUBS]
    return out

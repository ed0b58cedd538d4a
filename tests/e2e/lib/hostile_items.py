"""Hostile documents: items that lie about who they are, from poll to poll, and words that want to be more than words."""
import json

from e2e import rss
from hostile_cases import *

# -- identity: polled every second; `turn` counts the polls ------------------------------------------------------


def turns(make):
    """make(name, turn) → what rss() takes, or bytes."""
    def play(c, r, turn):
        said = make(r.path.strip("/"), turn)
        c.sendall(http(said if isinstance(said, bytes) else rss(said)))
        return True
    return play


def one(name, what="one", **more):
    return items(name, what)[0] | more


def raw_items(*inside):
    return ('<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>' + "".join(f"<item>{i}</item>" for i in inside)
            + "</channel></rss>").encode()


def named(*names):
    return lambda n, t: items(n, *names)


MANY = 100000


@functools.cache
def many(name):
    return raw_items(*(f"<title>{f'Zebra {name} one' if i == 7 else f'Story {i}'}</title><guid>{i}</guid>" for i in range(MANY)))


ATOM = ('<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><title>Zebra {0} one</title><id>{0}-one</id>'
        '<link href="https://zoo.example/{0}/one"/><updated>2026-11-24T00:00:00Z</updated></entry></feed>')

IDENTITY = [
    ("ids made anew each time", turns(lambda n, t: [one(n, guid=f"{n}-{t}")]), told("one")),
    ("ids made anew and tracking", turns(lambda n, t: [one(n, guid=f"{n}-{t}", link=f"https://zoo.example/{n}?utm_source={t}&fbclid={t}")]), told("one")),
    ("ids of http and https by turns", turns(lambda n, t: [one(n, guid=f"http{'s' * (t % 2)}://zoo.example/{n}")]), told("one")),
    ("addresses of http and https by turns", turns(lambda n, t: [one(n, guid=f"{t}", link=f"http{'s' * (t % 2)}://zoo.example/{n}{'/' * (t % 3 == 1)}")]),
     told("one")),
    ("an item twice in a document", turns(lambda n, t: [one(n), one(n)]), told("one")),
    ("an item a thousand times", turns(lambda n, t: [one(n)] * 1000), told("one")),
    ("one id for two addresses", turns(lambda n, t: [one(n, "one", guid="same"), one(n, "two", guid="same")]), told("one", "two")),
    ("one id for all", turns(lambda n, t: [one(n, str(i), guid="0") for i in range(20)]), told(*map(str, range(20)))),
    ("id of another feed's item", turns(lambda n, t: [one(n, guid="ids-made-anew-each-time-one")]), told("one")),
    ("item of another feed whole", turns(lambda n, t: [one(n, link="https://zoo.example/ids-made-anew-each-time/one")]), told("one")),
    ("title changes each time", turns(lambda n, t: [one(n, title=f"Zebra {n} one" if not t else f"Zebra {n} one, again {t}")]), told("one")),
    ("date changes each time", turns(lambda n, t: [one(n, date=t)]), told("one")),
    ("text changes each time", turns(lambda n, t: [one(n, description=f"Zebra {t} " * 50)]), told("one")),
    ("order changes each time", turns(lambda n, t: items(n, "one", "two", "three")[:: -1 if t % 2 else 1]), told("one", "two", "three")),
    ("shrinks to nothing and comes back", turns(lambda n, t: [] if t % 2 else items(n, "one", "two")), told("one", "two")),
    ("shrinks to one and comes back", turns(lambda n, t: items(n, "one", "two")[:1 + t % 2]), told("one", "two")),
    ("becomes a page and comes back", turns(lambda n, t: b"<!doctype html><title>Parked</title>" if t % 2 else items(n, "one")), told("one")),
    ("becomes an error and comes back", lambda c, r, t: c.sendall(http(document(r), status="500 No" if t % 2 else "200 OK")) is None, told("one")),
    ("becomes another format and comes back", turns(lambda n, t: ATOM.format(n).encode() if t % 2 else items(n, "one")), told("one")),
    ("first cut and then whole", lambda c, r, t: c.sendall(http(document(r, "one", "two"), "Connection: close")[:-120 if not t else None]),
     told("one", "two")),
    ("first a 304 and then a feed", lambda c, r, t: c.sendall(http(document(r)) if t else b"HTTP/1.1 304 N\r\n\r\n") is None, told("one")),
    ("100,000 items", turns(lambda n, t: many(n)), told("one")),
    ("5,000 items under new ids", turns(lambda n, t: [one(n, guid=f"x{t}")] + [
        {"title": f"Story {i}", "guid": f"{t}-{i}", "link": f"https://zoo.example/{n}/{i}"} for i in range(5000)]), told("one")),
    ("id of 200 KB", turns(lambda n, t: [one(n, guid="g" * 200000), one(n, "two", guid="g" * 200000 + "h")]), told("one", "two")),
    ("empty id", turns(lambda n, t: [one(n, guid=""), one(n, "two", guid="  \n ")]), told("one", "two")),
    ("id of controls", turns(lambda n, t: raw_items(f"<title>Zebra {n} one</title><guid>&#27;[2J&#0;&#10;x</guid>")), told("one")),
    ("ids that differ in case", turns(lambda n, t: [one(n, guid="abc"), one(n, "two", guid="ABC")]), told("one", "two")),
    ("id that is SQL", turns(lambda n, t: [one(n, guid="'); DROP TABLE item; --"), one(n, "two", guid='" OR 1=1 --')]), told("one", "two")),
    ("id that is a format", turns(lambda n, t: [one(n, guid="%s%n%999999d")]), told("one")),
    ("neither id nor address", turns(lambda n, t: raw_items(f"<title>Zebra {n} one</title><pubDate>Tue, 24 Nov 2026 00:00:00 GMT</pubDate>")), told("one")),
    ("nothing but a title twice", turns(lambda n, t: raw_items(*[f"<title>Zebra {n} one</title>"] * 2)), told("one")),
    ("address of 100 KB", turns(lambda n, t: [one(n, link="https://zoo.example/" + "l" * 100000)]), told("one")),
    ("date in the year 1", turns(lambda n, t: items(n, "one", date="Mon, 01 Jan 0001 00:00:00 GMT")), told()),
    ("date in the year 9999", turns(lambda n, t: items(n, "one", date="Fri, 31 Dec 9999 23:59:59 GMT")), told()),
    ("date in the year 99999999", turns(lambda n, t: items(n, "one", date="Fri, 31 Dec 99999999 23:59:59 GMT")), bounded),
    ("date of 2038 and a bit", turns(lambda n, t: items(n, "one", date="Tue, 19 Jan 2038 03:14:09 GMT")), told()),
    ("date that is no day", turns(lambda n, t: items(n, "one", date="Tue, 99 Foo 2026 77:88:99 +9999")), bounded),
    ("date of 100 KB", turns(lambda n, t: items(n, "one", date="1" * 100000)), bounded),
    ("later item in the year 9999", turns(lambda n, t: items(n, "one") if not t else items(n, "one") + items(n, "two", date="Fri, 31 Dec 9999 23:59:59 GMT")),
     bounded),
    ("ttl and skips of nonsense", turns(lambda n, t: rss(items(n, "one")).replace("<channel>", "<channel><ttl>-999999999999999999999</ttl><skipHours>"
     + "<hour>99</hour>" * 1000 + "</skipHours><skipDays><day>Someday</day></skipDays>").encode()), told("one")),
]


# -- injection: words that come out at log, status, terminal, JSON, mail ------------------------------------------

OWN = "\x1b[31m"  # what must come out nowhere

# name, the title's tail, as JSON writes it
INJECTION = [
    ("escape sequences", r"\u001b[31mred\u001b[2J\u001b[H"),
    ("title of the window", r"\u001b]0;owned\u0007"),
    ("clipboard", r"\u001b]52;c;b3duZWQ=\u0007"),
    ("link of the terminal", r"\u001b]8;;http://evil.example/\u0007click\u001b]8;;\u0007"),
    ("c1 controls", r"\u009b31mred\u009d0;owned\u009c"),
    ("bell and backspace", r"\u0007\b\b\b\b\u007f"),
    ("return", r"hidden\rshown"),
    ("line feed and a log line", r"x\n2026-11-24 ERROR newsalertd: all is lost"),
    ("line feed and json", "x\\\"}\\n{\\\"feed\\\":\\\"forged\\\""),
    ("nul", r"x\u0000y"),
    ("next line and separators", r"x\u0085y\u2028z\u2029"),
    ("bidi override", r"\u202egnp.exe\u202c"),
    ("bidi isolates", r"\u2066\u2067\u2068x\u2069"),
    ("bidi marks", r"\u200e\u200f\u061cx"),
    ("lone surrogate", r"\ud800x\udfff"),
    ("tags of unicode", r"\udb40\udc41\udb40\udc42\udb40\udc7f"),
    ("mail header", r"x\r\nBcc: victim@mail.test\r\nX-Injected: yes"),
    ("mail body", r"x\r\n\r\n--boundary\r\nContent-Type: text/html\r\n\r\n<b>own</b>"),
    ("encoded word", r"=?utf-8?q?=0D=0ABcc:victim@mail.test?="),
    ("script", r"<script>alert(1)</script>"),
    ("image", r"<img src=x onerror=alert(1)>"),
    ("markup twice", r"&lt;script&gt;alert(1)&lt;/script&gt;"),
    ("attribute", "\\\" onmouseover=\\\"alert(1)"),
    ("pango", r"<span font='200'>big</span></b>"),
    ("markdown", r"[x](http://evil.example/) ![i](http://evil.example/i.png) `c` **b**"),
    ("mentions", r"@everyone @here <!channel> <!subteam^S1> <@U1> <#C1>"),
    ("format", r"%s%s%s%n%n%999999999d"),
    ("shell", r"$(touch /tmp/owned) `id` ; rm -rf / | x && y"),
    ("environment", r"${HOME} $PATH %PATH%"),
    ("combining signs", r"z" + r"\u0336\u0489\u035c" * 300),
    ("50,000 letters", "long " * 10000),
]


def inject(tail, url="https://zoo.example/"):
    def play(c, r, turn):
        n = r.path.strip("/")
        title = json.loads(f'"Zebra {n} one injection {tail}"')
        evil = json.loads(f'"{tail}"')
        c.sendall(http(json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": evil, "items": [
            {"id": f"{n} {evil}", "url": url + n, "title": title, "content_text": evil, "authors": [{"name": evil}], "tags": [evil],
             "date_published": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}]})))
        return True
    return play


def arrives(seen, case):
    titles = seen.told(case)
    assert len(titles) == 1 and titles[0].startswith(f"Zebra {case.name} one injection"), titles
    seen.clean(case)


# name, the address of an item
LINKS = [("link to a script", "javascript:alert(1)//"), ("link to data", "data:text/html,<script>alert(1)</script>"),
         ("link to a file", "file:///etc/passwd#"), ("link with a line feed", "https://zoo.example/\r\nBcc: victim@mail.test/"),
         ("link with an escape", "https://zoo.example/\x1b[31m"), ("link with a quote", "https://zoo.example/\"onclick=\"alert(1)"),
         ("link with a user", "https://news.example@evil.example/")]

# name, an answer whose words are shown as an error
WORDS = [
    ("words of a status line", sends(b"HTTP/1.1 500 \x1b[31mred\x1b[2J\x9b31m\r\n\r\n"), fails("500")),
    ("words of a page", page(body="<!doctype html><html><head><title>\x1b[31mred \u202e\u0085\n\nERROR all is lost</title></head></html>"), fails(".")),
    ("words of a type", page(b"Content-Type: text/\x1b[31mred\x9b31m", body=b"nothing"), fails(".")),
    ("words of a location", sends(b"HTTP/1.1 302 F\r\nLocation: gopher://\x1b[31mred\r\n\r\n"), fails(".")),
    ("words of a coding", page(b"Content-Encoding: \x1b[31mred", body=b"nothing"), fails(".")),
    ("words of a root element", page(body="<evil\u202eroot/>".encode()), fails(".")),
]


def clean(judge):
    return both(judge, lambda seen, case: seen.clean(case))


def item_cases():
    every = "every = 1s\n"
    return ([Case(name, play, judge, every + "first_run = 1h\n" * name.startswith(("date in", "date of 2038"))) for name, play, judge in IDENTITY]
            + [Case(name, inject(tail), arrives) for name, tail in INJECTION]
            + [Case(name, inject("x", url), arrives) for name, url in LINKS]
            + [Case(name, play, clean(judge)) for name, play, judge in WORDS])

"""Feeds of invented news by size and kind, for benches; hostile ones, for the tests of memory and growth.

Everything is a function of its arguments: no clock, and chance by a seed.
"""
import json, random

WORDS = ("ferry harbour council budget storm bridge tunnel hospital library market orchard railway signal canal "
         "lantern museum garden teacher engine weather coast island valley winter morning reader letter minister "
         "committee report answer question delay closure opening repair vote strike festival record survey warning "
         "the a of in on at by for with from after before under over and or but not more less new old first last").split()
KINDS = ("rss-html", "rss-titles", "atom-xhtml", "json", "rss-damaged", "atom-damaged")


class Writer:
    def __init__(self, seed):
        self.chance = random.Random(seed)

    def words(self, low, high):
        return " ".join(self.chance.choices(WORDS, k=self.chance.randint(low, high)))

    def title(self):
        return self.words(5, 11).capitalize()

    def paragraph(self, nbsp="&nbsp;", amp="&amp;"):
        """A paragraph of HTML as news sites write them: links, stress, now and then a picture or a reference."""
        c, parts = self.chance, []
        for _ in range(c.randint(2, 5)):
            parts.append(self.words(6, 18).capitalize() + ".")
            roll = c.random()
            if roll < 0.25:
                parts.append(f'<a href="https://news.example/{c.randint(1, 99999)}?a=1{amp}b=2" rel="nofollow">'
                             f"{self.words(2, 5)}</a>")
            elif roll < 0.45:
                parts.append(f"<strong>{self.words(1, 3)}</strong>{nbsp}{self.words(1, 4)}")
            elif roll < 0.55:
                parts.append(f"“{self.words(3, 9)}” – caf\u00e9 {amp} co")
        out = f'<p class="story">{" ".join(parts)}</p>'
        if c.random() < 0.2:
            out += (f'\n<img src="https://img.example/{c.randint(1, 9999)}.jpg" alt="{self.words(2, 5)}" '
                    f'width="640" height="360" />')
        return out + "\n"

    def body(self, size, **references):
        """HTML of about `size` characters."""
        out, n = [], 0
        while n < size:
            out.append(self.paragraph(**references))
            n += len(out[-1])
        return "".join(out)

    def date(self, i):
        return f"Tue, {1 + i % 28:02} Sep 2026 {i % 24:02}:{i % 60:02}:00 GMT"

    def iso(self, i):
        return f"2026-09-{1 + i % 28:02}T{i % 24:02}:{i % 60:02}:00Z"


def escaped(s):
    return s.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


RSS_HEAD = ('<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom">\n'
            "<channel>\n<title>Harbour News</title>\n<link>https://news.example/</link>\n"
            "<description>All of the harbour</description>\n")
ATOM_HEAD = ('<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">\n'
             "<title>Harbour News</title>\n<link href=\"https://news.example/\"/>\n<id>tag:news.example,2026:feed</id>\n"
             "<updated>2026-09-01T00:00:00Z</updated>\n")


def rss_item(w, i, damaged):
    """A description of a few words, escaped; every second item with its body in CDATA, the others escaped, too."""
    c = w.chance
    title = w.title() + (" & " if damaged and i % 3 == 0 else " &amp; ") + w.words(1, 3)
    body = w.body(c.randint(1200, 5200))
    summary = escaped(f"<p>{w.words(20, 45)} <a href=\"https://news.example/{i}\">Read on</a></p>")
    content = f"<![CDATA[{body}]]>" if i % 2 else escaped(body)
    if damaged and i % 5 == 2:
        summary = f"<p>{w.words(20, 45)}&nbsp;<b>{w.words(1, 3)}<br></p>"
    return (f"<item>\n<title>{title}</title>\n<link>https://news.example/story/{i}?from=rss"
            f"{'&' if damaged else '&amp;'}n={i}</link>\n"
            f'<guid isPermaLink="false">tag:news.example,2026:{i}</guid>\n<pubDate>{w.date(i)}</pubDate>\n'
            f"<dc:creator>{w.words(2, 2).title()}</dc:creator>\n<category>{w.words(1, 2)}</category>\n"
            f"<category><![CDATA[{w.words(1, 1)}]]></category>\n<description>{summary}</description>\n"
            f"<content:encoded>{content}</content:encoded>\n</item>\n")


def title_item(w, i, damaged):
    return (f"<item><title>{w.title()}</title><link>https://news.example/{i}</link>"
            f"<guid>https://news.example/{i}</guid><pubDate>{w.date(i)}</pubDate></item>\n")


def atom_entry(w, i, damaged):
    body = w.body(w.chance.randint(1200, 5200), nbsp="&nbsp;" if damaged else "\u00a0")
    return (f"<entry>\n<title>{w.title()}</title>\n<link rel=\"alternate\" type=\"text/html\" "
            f'href="https://news.example/{i}"/>\n<id>tag:news.example,2026:{i}</id>\n<updated>{w.iso(i)}</updated>\n'
            f"<published>{w.iso(i)}</published>\n<author><name>{w.words(2, 2).title()}</name></author>\n"
            f'<category term="{w.words(1, 1)}"/>\n<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">'
            f"{body}</div></content>\n</entry>\n")


XML_KINDS = {  # head, item, tail
    "rss-html": (RSS_HEAD, rss_item, "</channel>\n</rss>\n"),
    "rss-titles": (RSS_HEAD, title_item, "</channel>\n</rss>\n"),
    "atom-xhtml": (ATOM_HEAD, atom_entry, "</feed>\n"),
    "rss-damaged": (RSS_HEAD, rss_item, "</channel>\n</rss>\n"),
    "atom-damaged": (ATOM_HEAD, atom_entry, ""),  # the download was cut behind an entry
}


def json_feed(size, w):
    items, n = [], 0
    while n < size:
        i = len(items)
        items.append({"id": f"tag:news.example,2026:{i}", "url": f"https://news.example/{i}", "title": w.title(),
                      "content_html": w.body(w.chance.randint(1200, 5200)), "date_published": w.iso(i),
                      "authors": [{"name": w.words(2, 2).title()}], "tags": [w.words(1, 1)]})
        n += len(json.dumps(items[-1], ensure_ascii=False)) + 2
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Harbour News", "items": items},
                      ensure_ascii=False).encode()


def feed(kind, size, seed=1):
    """A feed of `kind` (one of KINDS) and about `size` bytes."""
    w = Writer(seed)
    if kind == "json":
        return json_feed(size, w)
    head, item, tail = XML_KINDS[kind]
    out, n, i = [head], 0, 0
    while n < size:
        out.append(item(w, i, kind.endswith("damaged")))
        n += len(out[-1].encode())
        i += 1
    return "".join(out + [tail]).encode()


# -- hostile ---------------------------------------------------------------------------------------------------

def rss(inside, head='<rss version="2.0"><channel><title>t</title>', tail="</channel></rss>"):
    return (head + inside + tail).encode()


def bomb(levels, width):
    entities = '<!ENTITY e0 "lol">' + "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * width}">' for i in range(1, levels))
    return rss(f"<item><title>&e{levels - 1};</title></item>",
               f'<!DOCTYPE rss [{entities}]><rss version="2.0"><channel>')


def quadratic_bomb(n):
    return rss("<item><title>" + "&e;" * n + "</title></item>",
               f'<!DOCTYPE rss [<!ENTITY e "{"x" * n}">]><rss version="2.0"><channel>')


def item(inside):
    return f"<item><title>one</title>{inside}</item>"


# name: a function of n, whose document grows linearly with it, and the n of the memory test.
HOSTILE = {
    "items": (lambda n: rss("<item><title>a</title></item>" * n), 100000),
    "items-with-texts": (lambda n: rss(f"<item><title>a</title><description>{'word ' * 600}</description></item>" * n), 5200),
    "empty-items": (lambda n: rss("<item/>" * n), 2000000),
    "attributes": (lambda n: rss("<item " + " ".join(f'a{i}="v{i}"' for i in range(n)) + "><title>a</title></item>"), 40000),
    "equal-attributes": (lambda n: rss("<item " + "a='v' " * n + "><title>a</title></item>"), 1000000),
    "unquoted-attributes": (lambda n: rss("<item " + "a=v " * n + "><title>a</title></item>"), 1000000),
    "namespaces": (lambda n: rss("<item " + " ".join(f'xmlns:n{i}="u{i}"' for i in range(n)) + "><title>a</title></item>"), 100000),
    "one-title": (lambda n: rss("<item><title>" + "x" * n + "</title></item>"), (16 << 20) - 100),
    "one-description": (lambda n: rss("<item><description>" + "word " * n + "</description></item>"), (16 << 20) // 5 - 100),
    "escaped-markup": (lambda n: rss(item("<description>" + "&lt;b&gt;x" * n + "</description>")), 1600000),
    "references": (lambda n: rss(item("<description>" + "&amp;" * n + "</description>")), 3300000),
    "numeric-references": (lambda n: rss(item("<description>" + "&#8217;" * n + "</description>")), 2300000),
    "bare-ampersands": (lambda n: rss(item("<description>" + "& " * n + "</description>")), 8000000),
    "ampersands-and-letters": (lambda n: rss(item("<description>" + "&amp;notanentity" * n + "</description>")), 1000000),
    "bare-brackets": (lambda n: rss(item("<description>" + "< " * n + "</description>")), 8000000),
    "nesting": (lambda n: rss("<a>" * n + "</a>" * n + item("")), 100000),
    "nesting-in-a-value": (lambda n: rss(item("<description>" + "<b>" * n + "x" + "</b>" * n + "</description>")), 100000),
    "nested-html": (lambda n: rss(item("<description>" + "&lt;div&gt;" * n + "x</description>")), 1000000),
    "unclosed-tags": (lambda n: rss(item("<description>" + "<b>x" * n)), 4000000),
    "unclosed-items": (lambda n: rss("<item><title>a" * n), 1000000),
    "ends-of-nothing": (lambda n: rss("</x>" * n + item("")), 4000000),
    "unclosed-quotes": (lambda n: rss(item("<b a=\"x>" * n)), 1600000),
    "unclosed-html-quotes": (lambda n: rss(item("<description>" + "&lt;a b=\"x&gt;" * n + "</description>")), 1000000),
    "open-brackets-in-html": (lambda n: rss(item("<description><![CDATA[" + "<a " * n + "]]></description>")), 5000000),
    "open-comments-in-html": (lambda n: rss(item("<description><![CDATA[" + "<!-- " * n + "]]></description>")), 3000000),
    "open-scripts": (lambda n: rss(item("<description><![CDATA[" + "<title>" * n + "]]></description>")), 2000000),
    "cdata-never-closed": (lambda n: rss(item("<description><![CDATA[" + "x <b>" * n), tail=""), 3200000),
    "many-cdata-never-closed": (lambda n: rss(item("<description><![CDATA[" * n), tail=""), 700000),
    "cdata-sections": (lambda n: rss(item("<description>" + "<![CDATA[x]]>" * n + "</description>")), 1200000),
    "comments": (lambda n: rss("<!-- x -->" * n + item("")), 1600000),
    "unclosed-comments": (lambda n: rss(item("<!-- " * n)), 3000000),
    "instructions": (lambda n: rss("<?x y?>" * n + item("")), 2000000),
    "unclosed-instructions": (lambda n: rss("<?x " * n + item("")), 4000000),
    "categories": (lambda n: rss(item("<category>c</category>" * n)), 200000),
    "different-categories": (lambda n: rss(item("".join(f"<category>c{i}</category>" for i in range(n)))), 200000),
    "enclosures": (lambda n: rss(item("".join(f'<enclosure url="http://e.example/{i}"/>' for i in range(n)))), 200000),
    "authors": (lambda n: rss(item("".join(f"<author>a{i}</author>" for i in range(n)))), 200000),
    "many-links": (lambda n: rss(item("<link>http://l.example/</link>" * n)), 500000),
    "bad-dates": (lambda n: rss(item("<pubDate>no date at all</pubDate>" * n)), 400000),
    "bomb": (lambda n: bomb(n, 10), 12),
    "quadratic-bomb": (quadratic_bomb, 60000),
    "entities": (lambda n: rss(item(""), "<!DOCTYPE rss [" + "".join(f'<!ENTITY e{i} "v">' for i in range(n)) + ']><rss version="2.0"><channel>'), 500000),
    "white-space": (lambda n: b" " * n + rss(item("")), 16 << 20),
    "junk-before": (lambda n: b"<p>x" * n + rss(item("")), 16000),
    "doctypes": (lambda n: b"<!doctype x [" * n + rss(item("")), 5000),
    "nothing-but-brackets": (lambda n: b"<" * n, 16 << 20),
    "high-bytes": (lambda n: rss("<item><title>a</title><description>").replace(b"</channel></rss>", b"") + b"\xe9" * n, 15 << 20),
    "stray-bytes": (lambda n: rss("<item><title>a</title><description>").replace(b"</channel></rss>", b"") + b"\xe9 \xc3\xa9" * n, 3 << 20),
    "euros": (lambda n: b'<?xml version="1.0" encoding="windows-1252"?><rss><channel><item><title>t</title><description>'
              + b"\x80" * n, (16 << 20) - 100),
    "controls": (lambda n: rss("<item><title>" + "\x01" * n + "</title></item>"), 16 << 20),
    "utf16": (lambda n: b"\xff\xfe" + ("<rss><channel><item><title>" + "x" * n).encode("utf-16-le"), 8 << 20),
    "atom-xhtml": (lambda n: ('<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>t</title><content type="xhtml">'
                              + "<b>&lt;</b>" * n + "</content></entry></feed>").encode(), 1400000),
    "atom-entries": (lambda n: ('<feed xmlns="http://www.w3.org/2005/Atom">' + "<entry><id>a</id></entry>" * n
                                + "</feed>").encode(), 600000),
    "atom-bases": (lambda n: ('<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://a.example/"><entry>'
                              + '<link xml:base="b/" href="c"/>' * n + "</entry></feed>").encode(), 500000),
    "json-items": (lambda n: b'{"version":"https://jsonfeed.org/version/1","items":['
                   + b",".join([b'{"id":"1"}'] * n) + b"]}", 300000),
    "json-nesting": (lambda n: b'{"version":"https://jsonfeed.org/version/1","items":' + b"[" * n + b"]" * n + b"}", 200000),
    "json-objects": (lambda n: b'{"version":"https://jsonfeed.org/version/1","a":' + b'{"a":' * n + b"1" + b"}" * n + b"}", 200000),
    "json-objects-in-an-item": (lambda n: b'{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","a":['
                                + b",".join([b"{}"] * n) + b"]}]}", 149000),
    "json-objects-beside": (lambda n: b'{"version":"https://jsonfeed.org/version/1","a":[' + b",".join([b"{}"] * n)
                            + b'],"items":[]}', 149000),
    "json-pairs": (lambda n: b'{"version":"https://jsonfeed.org/version/1","items":[{'
                   + b",".join(b'"k%d":{}' % i for i in range(n)) + b"}]}", 99000),
    "json-text": (lambda n: b'{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","content_html":"'
                  + b"\\u0041" * n + b'"}]}', 2700000),
    "json-numbers": (lambda n: b'{"version":"https://jsonfeed.org/version/1","items":[' + b",".join([b"1"] * n) + b"]}", 8000000),
    "json-keys": (lambda n: b'{"version":"https://jsonfeed.org/version/1",'
                  + b",".join(b'"k%d":1' % i for i in range(n)) + b',"items":[]}', 1000000),
    "json-unclosed": (lambda n: b'{"version":"https://jsonfeed.org/version/1","items":[' + b'{"id":"1"},' * n, 300000),
}

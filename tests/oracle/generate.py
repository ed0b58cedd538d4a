"""Random items and queries, biased to the hard rules: what is likely to be told apart wrongly stands side by side."""
import html, json, re

PIECES = """ice Ice ICE ICE's ICE’s ICE'S I.C.E. I.C.E i.c.e. I.C.E.'s ICE-led #ICE #ice @ICE (ICE) “ICE” iCE ICEs police POLICE office
OFFICE WHO who Who WHO's who's W.H.O. U.S. US us U.S u.s. U.S.-led U.S.Army IT it It IT's I.T. NATO Nato nato OTAN Otan l’OTAN
l'Ukraine L'Ukraine l’ukraine Ukraine ukraine d'Angelo dell'acqua qu'il aujourd'hui cease-fire Cease-Fire CEASE-FIRE ceasefire
Ceasefire cease‑fire cease－fire cease–fire F-35 F35 f-35 F-35s 9/11 9-11 911 COVID-19 Covid-19 COVID19 covid 19 G20 G-20 AT&T at&t
O'Brien O’Brien OBrien obrien can't cant can’t protesters' 'quoted' rock'n'roll Macy's Macy’s MACY'S Macy café Café cafe
cafe\u0301 CAFÉ São Sao SÃO sao Sa\u0303o Paulo Straße Strasse STRASSE STRAẞE naïve nai\u0308ve Łódź lodz Øre øre Æsir aesir
đ ð þorn thorn İstanbul'da İSTANBUL istanbul Istanbul ISTANBUL ısı ISI Σίσυφος ΣΊΣΥΦΟΣ σισυφος ёлка елка ЕЛКА до\u0301ма дома й
Й їжак ІЖАК 北京 北京市 在北京市 京 北 東京タワー タワー 서울 서울시 กรุงเทพ เทพ ລາວ ភាសា မြန်မာ שלום שָׁלוֹם كتاب كِتَاب كتـاب हिन्दी हिंदी
3.5 3,5 1,000,000 1000000 12,34 1,000km 10.0.0.1 2026 5. ½ Ⅻ ① co\u00adop coop CO\u200bOP ＩＣＥ ｉｃｅ ﬁre fire Fire FIRE fires
migra migrant Migrants migrants MIGRANTS immigrants guard Guard guards lifeguard woman women Women wom womn
https://x.example/ICE-raid http://who.example/ice?us=IT www.ice.example seehttp://x.example/fire HTTPS://X.EXAMPLE/ICE awww.ice
#fire @desk a#b x@desk ##ice #@ice the The a of and and/or near Near NEAR not a b a b c end.Next a_b a:b … — & 🙂 * = " raid
raids Raid RAID warning roads snow SNOW on ON AIDS aids CARE care MAY may May ǅ ʰ ª x\u0301y e.g. p.m. J. D. Dr. U.S.A. a.b.c.
ICE.Next 5G 3D H2O co2 CO2 -ice –ice ice- ИТ ит США сша ΝΑΤΟ νατο ÉTAT état É.U. Ü""".split()
SEPARATORS = [" "] * 30 + [", ", ". ", "; ", ": ", " - ", "-", "–", " — ", "\n", "\n\n", " \n ", "/", "’ ", "' ", "'", "’", " (", ") ",
                           '" ', ' "', "", "", " & ", "_", ".", "... ", "\u00a0", "\u3000", "#", " #", " @", "\u200b", "'s ", "’s "]
EVERYDAY = ["ice", "who", "us", "it", "aids", "care", "may", "fire", "snow", "raid"]
FEED, TAGS = "npr", ["us", "Local News"]


def text(r, longest=14):
    # A few pieces, again and again, so that words meet.
    pool = [r.choice(PIECES) for _ in range(r.randint(1, 8))]
    out = ""
    for _ in range(r.randint(0, longest)):
        out += (r.choice(pool) if r.random() < 0.7 else r.choice(PIECES)) + r.choice(SEPARATORS)
    style = r.random()
    if style < 0.12:
        out = out.upper()
    elif style < 0.2:
        out = out.lower()
    elif style < 0.24:
        out += " " + r.choice(EVERYDAY)
    return out


def item(r, number):
    i = {"id": str(number), "title": text(r, 9), "summary": text(r), "content_html": html.escape(text(r, 20)).replace("\n", r.choice(["<br>", "<p>", "</li><li>"])),
         "url": "https://" + r.choice(["ice.gov", "police.gov", "www.ICE.gov", "x.example", "é.example"])
                + r.choice(["/", "/news", "/newsroom/7", "/a/b/77", "/ICE-raid", "/i-ce.gov/"])}
    if r.random() < 0.3:
        i["authors"] = [{"name": text(r, 3) or "Ann"}]
    if r.random() < 0.4:
        i["tags"] = [text(r, 3) for _ in range(r.randint(1, 3))]
    if r.random() < 0.2:
        i["title"] = i["title"].upper()
    return i


def feed(r, n):
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "x",
                       "items": [item(r, k) for k in range(n)]}, ensure_ascii=False)


def piece(r, seen):
    if seen and r.random() < 0.5:  # a run of some item
        words = r.choice(seen).split(" ")
        k = r.randrange(len(words))
        return " ".join(words[k:k + r.choice([1, 1, 1, 2, 3])])
    return r.choice(PIECES)


def clean(s, quoted):
    """What may stand in a leaf."""
    s = "".join(c for c in s if c not in '"“”„«»＂\n\r')
    return s if quoted else "".join(c for c in s if c not in "() \u00a0\u3000").lstrip("/")  # no regex


def wild(r, s):
    if len(s) < 4:
        return s
    k = r.randrange(1, len(s))
    return r.choice([s[:k] + "*", "*" + s[k:], s[:k] + "?" + s[k + 1:], s[:k] + "*" + s[k + 1:], "*" + s[1:k + 1] + "*"])


def word(r, seen):
    s = clean(piece(r, seen), False)
    style = r.random()
    if style < 0.15:
        s = s.upper()
    elif style < 0.3:
        s = s.lower()
    elif style < 0.4:
        s = wild(r, s)
    elif style < 0.48:
        s = "=" + s
    elif style < 0.52:
        s = r.choice("#@") + s.lstrip("#@=")
    return s


def phrase(r, seen):
    s = clean(" ".join(piece(r, seen) for _ in range(r.randint(1, 2))), True).strip()
    if r.random() < 0.15 and s.count(" ") > 1:
        words = s.split(" ")
        words[r.randrange(1, len(words) - 1)] = "*"
        s = " ".join(words)
    if r.random() < 0.1:
        s = s.upper()
    q = r.choice(['""', '""', '""', "“”", "„“", "«»"])
    return r.choice(["", "", "", "", "=", "#"]) + q[0] + s + q[1]


def leaf(r, seen, near=False, prefix=True):
    if not near and prefix and r.random() < 0.06:
        return r.choice(["feed:npr", "feed:NP*", "feed:bbc", "tag:us", "tag:local*", 'tag:"local news"', "url:ice.gov",
                         "url:ice", "url:*ice.gov", "url:news*", "url:ice.gov/*/7", "url:x.example/a*b", "url:EXAMPLE"])
    s = word(r, seen) if r.random() < 0.7 else phrase(r, seen)
    if prefix and r.random() < 0.18:
        s = r.choice(["title", "title", "summary", "content", "author", "category"]) + ":" + s
    return s


def group(r, seen, near, prefix):
    body = " OR ".join(leaf(r, seen, near, prefix) for _ in range(r.randint(2, 3)))
    return f"({body})"


def near(r, seen, prefix):
    sides = []
    for _ in range(r.choice([2, 2, 2, 3])):
        k = r.random()
        if k < 0.7:
            sides.append(leaf(r, seen, True, prefix))
        elif k < 0.92:
            sides.append(group(r, seen, True, prefix))
        else:
            sides.append("(" + near(r, seen, prefix) + ")")
    out = sides[0]
    for s in sides[1:]:
        out += f" {r.choice(['NEAR', 'NEAR', 'ONEAR'])}/{r.choice([0, 0, 1, 1, 2, 3, 5, 9])} {s}"
    return out


def clause(r, seen, depth, prefix=True):
    k = r.random()
    if k < 0.45 or depth > 2:
        return leaf(r, seen, prefix=prefix)
    if k < 0.65:
        return near(r, seen, prefix)
    if k < 0.7 and prefix:
        return r.choice(["title:", "summary:", "content:"]) + "(" + query(r, seen, depth + 1, False) + ")"
    return "(" + query(r, seen, depth + 1, prefix) + ")"


def asks_a_plugin(text):
    """The oracle has no words for the values of these prefixes; a text such as "Near: Nato" makes one by chance."""
    return re.search(r"\b(city|near|in|lang):", text, re.I) is not None


def query(r, seen, depth=0, prefix=True):
    parts = [clause(r, seen, depth, prefix) for _ in range(r.choice([1, 1, 2, 2, 3]))]
    out = parts[0]
    for p in parts[1:]:
        if r.random() < 0.12:
            p = parts[0]  # the same again: a -a
        op = r.choice([" ", " AND ", " OR ", " OR ", " NOT ", " -", " AND NOT "])
        if op == " -" and p[:1] in "-–":
            op = " NOT "
        out += op + p
    return out

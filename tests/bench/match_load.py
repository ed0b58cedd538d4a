"""A load for matching, made from a seed: items of invented news as RSS files, queries as a configuration, and a slow,
obvious count of what must fire.

Words are invented and follow Zipf's law. A topic has words, people, places, firms and acronyms of its own, which keep
company with each other, so that AND, phrases and NEAR do fire. Texts have accents, possessives, dotted acronyms,
titles in capitals and items in Chinese. The shares of the kinds of queries are those of QUERIES below.
"""
import bisect, html, itertools, os, random, unicodedata

N_WORDS, N_TOPICS, TOPIC_WORDS = 90000, 600, 150
COMMON = ("the of and to a in for is on that by this with at be are from or as was have it an will has said more about after new "
          "their its were been who they had not he his but would one all can when out up which than her also some other we").split()
EVERYDAY = ("it us who aids care may act aim apt arm art ask bat cap car cat cop cup fit gas hat ice ion job law map nap oil pan pin pop "
            "rat ray red rip rod run sad sea she sit ski son spa sun tap tax tie tin top toy van war was way win zip").split()
QUERIES = (("name", 22), ("acronym", 8), ("keyword", 12), ("or", 18), ("logic", 28), ("near", 5), ("wild", 3), ("title", 3), ("list", 1))


def fold(word):
    return "".join(c for c in unicodedata.normalize("NFD", word.casefold()) if not unicodedata.combining(c))


class Load:
    def __init__(self, seed=1):
        self.rng = rng = random.Random(seed)
        onset = "b br c ch d dr f fl g gr h j k l m n p pl qu r s st t tr v w z".split()
        vowel = ("a e i o u a e i o ai ea ou " * 8 + "á é ö").split()
        def make(syllables):
            return "".join(rng.choice(onset) + rng.choice(vowel) for _ in range(syllables)) + rng.choice(["", "n", "r", "s", "t", "l"])
        seen, self.words = set(COMMON) | set(EVERYDAY), list(COMMON + EVERYDAY)
        while len(self.words) < N_WORDS:
            w = make(rng.choice([1, 2, 2, 2, 3, 3, 4]))
            if len(w) > 2 and fold(w) not in seen and fold(w) not in ("and", "or", "not", "near"):
                seen.add(fold(w))
                self.words.append(w)
        self.weights = list(itertools.accumulate(1 / (r + 3) for r in range(N_WORDS)))
        first, last = [make(2).capitalize() for _ in range(900)], [make(rng.choice([2, 3])).capitalize() for _ in range(6000)]
        letters = "ABCDEFGHIKLMNOPRSTUVW"
        acronyms = {w.upper() for w in EVERYDAY[:60]}
        while len(acronyms) < 1500:
            acronyms.add("".join(rng.choice(letters) for _ in range(rng.choice([3, 3, 4, 4, 5]))))
        acronyms = sorted(acronyms)
        rng.shuffle(acronyms)
        self.topics = []
        for t in range(N_TOPICS):
            self.topics.append({
                "words": [self.words[rng.randrange(400, N_WORDS)] for _ in range(TOPIC_WORDS)],
                "people": [f"{rng.choice(first)} {rng.choice(last)}" for _ in range(60)],
                "places": [make(3).capitalize() for _ in range(12)],
                "firms": [f"{make(2).capitalize()} {rng.choice(['Group', 'Works', 'Bank', 'Lines', 'Energy'])}" for _ in range(12)],
                "acronyms": [acronyms[(t * 3 + k) % 1500] for k in range(3)]})

    def common_word(self):
        return self.words[bisect.bisect(self.weights, self.rng.random() * self.weights[-1])]

    # ---- items: lists of tokens (written, folded, may be an acronym) ----

    def token(self, word):
        folded = fold(word)
        capitals = len(word) > 1 and word.upper() == word and word.lower() != word
        r = self.rng.random()
        if capitals and r < 0.04:
            return ".".join(word) + ".", folded, True
        if capitals and r < 0.08 or word[:1].isupper() and r < 0.05:
            return word + "'s", folded, capitals
        return word, folded, capitals

    def sentence(self, topic, n):
        rng, out = self.rng, []
        while len(out) < n:
            r = rng.random()
            if r < 0.62:
                out.append(self.token(self.common_word()))
            elif r < 0.86:
                out.append(self.token(topic["words"][int(rng.random() ** 2 * TOPIC_WORDS)]))
            else:
                kind = rng.choice(["people", "people", "places", "firms", "acronyms"])
                name = topic[kind][int(rng.random() ** 2 * len(topic[kind]))]
                out += [self.token(w) for w in name.split()]
        w, f, a = out[0]
        if not a:
            out[0] = (w[:1].upper() + w[1:], f, a)
        return out

    def item(self):
        rng = self.rng
        topic = rng.choice(self.topics)
        if rng.random() < 0.02:
            text = "".join(chr(rng.randrange(0x4E00, 0x5E00)) for _ in range(300))
            tokens = [(c, c, False) for c in text]
            return [("title", [tokens[:12]], ""), ("summary", [tokens[12:72]], ""), ("content", [tokens[72:]], "")]
        title = self.sentence(topic, rng.randrange(6, 12))
        if rng.random() < 0.05:
            title = [(w.upper(), f, a) for w, f, a in title]
        return [("title", [title], " "), ("summary", [self.sentence(topic, rng.randrange(18, 40))], " "),
                ("content", [self.sentence(topic, rng.randrange(10, 25)) for _ in range(16)], " ")]

    # ---- queries: ("word", w) ("acronym", w) ("phrase", [w…]) ("wild", start) ("title", q) ("and"|"or"|"near", …) ("not", q) ----

    def term(self, topic):
        rng, r = self.rng, self.rng.random()
        if r < 0.35:
            return ("phrase", topic["people"][rng.randrange(60)].split())
        if r < 0.45:
            return ("phrase", topic["firms"][rng.randrange(12)].split())
        if r < 0.55:
            return ("word", rng.choice(topic["places"]))
        if r < 0.6:
            return ("acronym", rng.choice(topic["acronyms"]))
        return ("word", topic["words"][rng.randrange(TOPIC_WORDS)])

    def query(self):
        rng = self.rng
        topic = rng.choice(self.topics)
        kind = rng.choices([k for k, _ in QUERIES], [s for _, s in QUERIES])[0]
        word = lambda: ("word", topic["words"][rng.randrange(TOPIC_WORDS)])
        if kind == "name":
            return ("phrase", topic["people"][rng.randrange(60)].split())
        if kind == "acronym":
            return ("acronym", rng.choice(topic["acronyms"]))
        if kind == "keyword":
            return word()
        if kind == "or":
            return ("or", *[self.term(topic) for _ in range(rng.randrange(2, 6))])
        if kind == "logic":
            q = ("and", ("or", self.term(topic), self.term(topic)), rng.choice([word(), ("or", word(), word(), self.term(topic))]))
            return q + (("not", word()),) if rng.random() < 0.4 else q
        if kind == "near":
            return ("near", rng.randrange(3, 15), self.term(topic), ("or", word(), word(), word()))
        if kind == "wild":
            return ("wild", next(w for w in iter(lambda: fold(rng.choice(topic["words"])), None) if len(w) > 5)[:5])
        if kind == "title":
            return ("title", ("or", self.term(topic), word()))
        return ("or", *[self.term(topic) for _ in range(rng.randrange(15, 40))])

    def text(self, q, inside=False):
        """In our language."""
        kind = q[0]
        if kind in ("word", "acronym"):
            return q[1].lower() if kind == "word" and q[1].upper() == q[1] else q[1]
        if kind == "phrase":
            return '"' + " ".join(q[1]) + '"'
        if kind == "wild":
            return q[1] + "*"
        if kind == "title":
            return "title:(" + self.text(q[1]) + ")"
        if kind == "not":
            return "NOT " + self.text(q[1], True)
        if kind == "near":
            return f"{self.text(q[2], True)} NEAR/{q[1]} {self.text(q[3], True)}"
        out = {"and": " AND ", "or": " OR "}[kind].join(self.text(k, True) for k in q[1:])
        return f"({out})" if inside else out

    def literals(self, q):
        kind = q[0]
        if kind in ("word", "acronym", "wild"):
            return [q[1]]
        if kind == "phrase":
            return [" ".join(q[1])]
        return [l for k in q[1:] if isinstance(k, tuple) for l in self.literals(k)]


# ---- the slow count ----

class Index:
    """Where each word stands in each field; acronyms apart."""

    def __init__(self, item):
        self.fields = []
        shouting = {}
        for name, sentences, _ in item:
            tokens = [t for s in sentences for t in s]
            letters = [w for w, _, _ in tokens if w.upper() != w.lower()]
            shouting[name] = len(letters) > 1 and not any(any(c.islower() for c in w.removesuffix("'s")) for w in letters)
        calm_small = {f for n, ss, _ in item if not shouting[n] for s in ss for w, f, a in s if w[:1].islower() and w.lower() == w}
        calm_capitals = {f for n, ss, _ in item if not shouting[n] for s in ss for w, f, a in s if a}
        for name, sentences, _ in item:
            where, acronyms, position = {}, {}, 0
            for s in sentences:
                for w, f, a in s:
                    where.setdefault(f, []).append(position)
                    big = a or (shouting[name] and w.upper() == w and w.lower() != w)
                    if big and not (shouting[name] and f in calm_small and f not in calm_capitals):
                        acronyms.setdefault(f, []).append(position)
                    position += 1
                position += 1  # the line break
            self.fields.append((name, where, acronyms))
        self.words = {f for _, where, _ in self.fields for f in where}


def spans(q, name, where, acronyms):
    """All (first, last) positions of a term in one field."""
    kind = q[0]
    if kind == "word":
        return [(p, p) for p in where.get(fold(q[1]), ())]
    if kind == "acronym":
        return [(p, p) for p in acronyms.get(fold(q[1]), ())]
    if kind == "wild":
        return [(p, p) for w, ps in where.items() if w.startswith(q[1]) for p in ps]
    if kind == "phrase":
        rows = [where.get(fold(w), ()) for w in q[1]]
        return [(p, p + len(rows) - 1) for p in rows[0] if all(p + i in row for i, row in enumerate(rows))]
    return [s for k in q[1:] for s in spans(k, name, where, acronyms)]


def true(q, index, only=None):
    kind = q[0]
    if kind == "not":
        return not true(q[1], index, only)
    if kind == "and":
        return all(true(k, index, only) for k in q[1:] if isinstance(k, tuple))
    if kind == "or":
        return any(true(k, index, only) for k in q[1:])
    if kind == "title":
        return true(q[1], index, "title")
    fields = [f for f in index.fields if only in (None, f[0])]
    if kind == "near":
        return any(0 <= max(a, c) - min(b, d) - 1 <= q[1] for f in fields for a, b in spans(q[2], *f) for c, d in spans(q[3], *f))
    return any(spans(q, *f) for f in fields)


def first_words(q):
    kind = q[0]
    if kind in ("word", "acronym"):
        return {fold(q[1])}
    if kind == "phrase":
        return {fold(q[1][0])}
    if kind == "not":
        return set()
    return set().union(*(first_words(k) for k in q[1:] if isinstance(k, tuple)))


def slow_count(items, queries):
    """{(query, item)} that fire. Queries are asked only where any of their words stands at all."""
    indexes = [Index(i) for i in items]
    asked, always = {}, []
    for n, q in enumerate(queries):
        words = first_words(q)
        if "wild" in repr(q):
            always.append(n)
        for w in words:
            asked.setdefault(w, []).append(n)
    fired = set()
    for k, index in enumerate(indexes):
        for n in {n for w in index.words for n in asked.get(w, ())} | set(always):
            if true(queries[n], index):
                fired.add((n, k))
    return fired


# ---- files ----

def write_items(items, path):
    """One RSS file; returns the items' plain texts, for peers."""
    out = ['<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
           "<channel><title>Invented news</title>"]
    texts = []
    for n, item in enumerate(items):
        part = {name: [gap.join(w for w, _, _ in s) + "." for s in sentences] for name, sentences, gap in item}
        out.append(f"<item><guid isPermaLink=\"false\">{n}</guid><title>{html.escape(part['title'][0][:-1])}</title>"
                   f"<description>{html.escape(part['summary'][0])}</description><content:encoded>"
                   + html.escape("".join(f"<p>{html.escape(p)}</p>" for p in part["content"])) + "</content:encoded></item>")
        texts.append("\n".join(p for ps in part.values() for p in ps))
    with open(path, "w") as f:
        f.write("\n".join(out) + "</channel></rss>\n")
    return texts


def write_queries(load, queries, path):
    with open(path, "w") as f:
        f.write("contact = a@b.example\n[notify t]\nkind = terminal\n")
        for n, q in enumerate(queries):
            f.write(f"[alert q{n}]\nquery = {load.text(q)}\n")
    os.chmod(path, 0o600)

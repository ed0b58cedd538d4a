"""Queries and their truth over one item, by the letter of the query language: a reader and an evaluator that try
everything, pair by pair. No code of the engine.
"""
import re, unicodedata
from words import HYPHENS, class_of, cut, fold, is_upper

QUOTES = '"“”„«»＂'
FIELDS = ("title", "summary", "content")
ORDER = {f: i for i, f in enumerate(("title", "summary", "content", "author", "category", "url", "lang", "feed", "tag"))}


class Refused(Exception):
    pass


class Node:
    def __init__(self, op, children=(), **more):
        self.op, self.children = op, list(children)
        self.__dict__.update(more)


class Pattern:
    def __init__(self, folded, exact, acronym=False, sign="", wild=False, anything=False, possessive=False):
        self.folded, self.exact, self.acronym, self.sign = folded, exact, acronym, sign
        self.wild, self.anything, self.possessive = wild, anything, possessive
        if wild:
            source = exact if sign == "=" else folded
            self.re = re.compile("".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in source), re.S)

    def fits(self, w):
        if w.url:
            return False
        if self.anything:
            return True
        if self.sign in ("#", "@") and w.sign != self.sign:
            return False
        if self.sign == "=":
            if self.possessive and not w.possessive:
                return False
            return bool(self.re.fullmatch(w.exact)) if self.wild else w.exact == self.exact
        if self.wild:
            return bool(self.re.fullmatch(w.folded))
        return w.folded == self.folded and (not self.acronym or w.acronym)


def is_acronym(text):
    letters = [c for c in text if unicodedata.category(c)[0] == "L"]
    return len(letters) >= 2 and all(map(is_upper, letters))


def spellings(value, quoted, sign):
    """The lists of patterns that one leaf stands for."""
    if quoted:  # a ? at a word's end is punctuation
        value = re.sub(r"\?+(?!\w|[*?])", lambda m: " " * len(m[0]), value)
    words = cut(value, wild=True)
    if not words or any(w.url for w in words) or len(words) > 32:
        raise Refused("no word, an address, or too many")
    wild = [("*" in w.exact or "?" in w.exact) for w in words]
    anything = [quoted and 0 < i < len(words) - 1 and w.exact == "*" for i, w in enumerate(words)]
    for i, w in enumerate(words):
        if wild[i] and not anything[i] and sum(unicodedata.category(c)[0] in "LN" for c in w.exact) < 3:
            raise Refused("too wide")
        touching = [words[k] for k in (i - 1, i + 1) if 0 <= k < len(words)
                    and (words[k].end == w.start or words[k].start == w.end)]
        if wild[i] and any(t.solo for t in touching):
            raise Refused("wildcard in a script without spaces")

    def joins(i):
        a, b = words[i], words[i + 1]
        between = "".join(c for c in value[a.end:b.start] if class_of(c) != "m")
        numbers = all(unicodedata.category(c)[0] not in "LM" and c not in "*?" or c == "." for c in a.exact + b.exact)
        return (len(between) == 1 and between in HYPHENS and not sign and not a.solo and not b.solo
                and not anything[i] and not anything[i + 1] and not numbers)
    places = [i for i in range(len(words) - 1) if joins(i)]
    if len(places) > 3:
        raise Refused("more than 8 spellings")
    result = []
    for chosen in range(1 << len(places)):
        patterns, i = [], 0
        while i < len(words):
            last = i
            while last in places and chosen >> places.index(last) & 1:
                last += 1
            exact = "".join(w.exact for w in words[i:last + 1])
            patterns.append(Pattern(
                fold(exact), exact, sign=sign if sign == "=" or i == 0 else "", wild=any(wild[i:last + 1]),
                acronym=not sign and not any(wild[i:last + 1]) and is_acronym(exact), anything=anything[i],
                possessive=words[last].possessive))
            i = last + 1
        result.append(patterns)
    return result


# -- the reader ------------------------------------------------------------------------------------------------

class Reader:
    def __init__(self, text):
        self.text, self.p = text, 0

    def blank(self):
        while self.p < len(self.text) and self.text[self.p].isspace():
            self.p += 1

    def word(self, p):
        end = p
        while end < len(self.text) and not (self.text[end].isspace() or self.text[end] in "()" + QUOTES):
            end += 1
        return self.text[p:end]

    def peek(self):
        self.blank()
        if self.p == len(self.text):
            return "end"
        c = self.text[self.p]
        if c in "()":
            return c
        if c == "-":
            return "NOT"
        w = self.word(self.p)
        return w if w in ("AND", "OR", "NOT") or re.fullmatch(r"O?NEAR/\d+", w) else "leaf"

    def parse_or(self, prefix):
        sides = [self.parse_and(prefix)]
        while self.peek() == "OR":
            self.p += 2
            sides.append(self.parse_and(prefix))
        return sides[0] if len(sides) == 1 else Node("OR", sides)

    def parse_and(self, prefix):
        sides = [self.parse_not(prefix)]
        while True:
            k = self.peek()
            if k in ("end", ")", "OR"):
                return sides[0] if len(sides) == 1 else Node("AND", sides)
            if k == "AND":
                self.p += 3
            sides.append(self.parse_not(prefix))

    def parse_not(self, prefix):
        if self.peek() == "NOT":
            self.p += 1 if self.text[self.p] == "-" else 3
            return Node("NOT", [self.parse_near(prefix)])
        return self.parse_near(prefix)

    def parse_near(self, prefix):
        left = self.parse_atom(prefix)
        while True:
            k = self.peek()
            m = re.fullmatch(r"(O?)NEAR/(\d+)", k)
            if not m:
                return left
            self.p += len(k)
            if self.peek() == "NOT":
                raise Refused("NOT in NEAR")
            left = Node("NEAR", [left, self.parse_atom(prefix)], ordered=bool(m[1]), distance=int(m[2]))

    def parse_atom(self, prefix):
        if self.peek() == "end":
            raise Refused("nothing there")
        if self.text[self.p] == "(":
            self.p += 1
            n = self.parse_or(prefix)
            if self.peek() != ")":
                raise Refused("not closed")
            self.p += 1
            return n
        m = re.compile(r"[a-z]+(?=:[^\s)])").match(self.text, self.p)
        if m and not prefix:
            self.p = m.end() + 1
            if self.text[self.p] == "(":
                return self.parse_atom(m[0])
            return self.leaf(m[0])
        return self.leaf(prefix)

    def leaf(self, prefix):
        sign = ""
        if prefix not in ("feed", "tag", "url") and self.text[self.p] in "=#@":
            sign = self.text[self.p]
            self.p += 1
        quoted = self.text[self.p] in QUOTES
        if quoted:
            end = next(i for i in range(self.p + 1, len(self.text)) if self.text[i] in QUOTES)
            value, self.p = self.text[self.p + 1:end], end + 1
        else:
            value = self.word(self.p)
            self.p += len(value)
        shown = (prefix + ":" if prefix else "") + sign + (f'"{value}"' if quoted else value)
        if prefix in ("feed", "tag", "url"):
            return Node("FILTER", kind=prefix, value=value, shown=shown)
        return Node("LEAF", fields=(prefix,) if prefix else FIELDS, spellings=spellings(value, quoted, sign),
                    shown=shown)


def read(text):
    r = Reader(text)
    n = r.parse_or("")
    if r.peek() != "end":
        raise Refused("something is left")
    if misplaced(n) or true_of_nothing(n):
        raise Refused("nothing positive")
    return n


def misplaced(n, near=False):
    """Something inside NEAR that has no place there."""
    if near and n.op in ("AND", "NOT", "FILTER"):
        return True
    return any(misplaced(c, near or n.op == "NEAR") for c in n.children)


def true_of_nothing(n):
    if n.op == "NOT":
        return not true_of_nothing(n.children[0])
    if n.op in ("AND", "OR"):
        return (all if n.op == "AND" else any)(map(true_of_nothing, n.children))
    return False


# -- truth -----------------------------------------------------------------------------------------------------

class Place:
    """Where something stands: first and last position, and the leaves that stand there (leaf, start, end)."""
    def __init__(self, first, last, leaves, key=()):
        self.first, self.last, self.leaves, self.key = first, last, leaves, key


class Value:
    """One value of one field."""
    def __init__(self, field, number, text, words):
        self.field, self.number, self.text, self.words = field, number, text, words


def leaf_places(leaf, value):
    """All places of a leaf in one field value."""
    if value.field not in leaf.fields:
        return []
    found = []
    for patterns in leaf.spellings:
        for i in range(len(value.words) - len(patterns) + 1):
            run = value.words[i:i + len(patterns)]
            if all(w.position == run[0].position + k and p.fits(w) for k, (p, w) in enumerate(zip(patterns, run))):
                start = run[0].start
                if patterns[0].sign in ("#", "@"):
                    start = value.text.rindex(patterns[0].sign, 0, start)
                found.append(Place(run[0].position, run[-1].position, [(leaf, start, run[-1].end)]))
    return found


def pairs(n, value):
    """All pairs of a NEAR, each with what makes it better than another that reaches as far."""
    found = []
    for a in places(n.children[0], value):
        for b in places(n.children[1], value):
            if a.last < b.first:
                early, late, swapped = a, b, 0
            elif b.last < a.first and not n.ordered:
                early, late, swapped = b, a, 1
            else:
                continue
            gap = late.first - early.last - 1
            if gap <= n.distance:
                found.append(Place(early.first, late.last, a.leaves + b.leaves,
                                   (late.last, gap, -late.first, -early.first, swapped)))
    return found


def places(n, value):
    """All places of a side of NEAR; of those with one reach, the best."""
    if n.op == "LEAF":
        found = leaf_places(n, value)
    elif n.op == "OR":
        found = [p for c in n.children for p in places(c, value)]
    else:
        best = {}
        for p in pairs(n, value):
            old = best.get((p.first, p.last))
            if not old or p.key < old.key:
                best[p.first, p.last] = p
        found = list(best.values())
    merged = {}
    for p in found:
        if (p.first, p.last) in merged:
            merged[p.first, p.last].leaves = merged[p.first, p.last].leaves + p.leaves
        else:
            merged[p.first, p.last] = Place(p.first, p.last, p.leaves)
    return list(merged.values())


def url_place(value, url):
    """The leftmost piece of the address that fits, or None."""
    low, parts = url.lower(), value.lower().split("*")

    def inside(i):
        return 0 < i < len(url) and url[i - 1].isalnum() and url[i].isalnum()

    def follow(at, k):
        if k == len(parts):
            return at
        for i in range(at, len(low) + 1):
            if low.startswith(parts[k], i) and (k > 0 or i == at):
                end = i + len(parts[k])
                if k == len(parts) - 1 and parts[k] and inside(end):
                    continue
                rest = follow(end, k + 1)
                if rest is not None:
                    return rest
            if k == 0:
                return None
        return None
    for start in range(len(low) + 1):
        if parts[0] and inside(start):
            continue
        end = follow(start, 0)
        if end is not None:
            skip = 0
            if not parts[0]:  # a leading * is not part of what is shown
                first = next((p for p in parts if p), "")
                skip = low.index(first, start) - start
            return start + skip, end
    return None


def name_fits(value, name):
    pattern = "".join(".*" if c == "*" else re.escape(c) for c in value.casefold())
    return bool(re.fullmatch(pattern, name.casefold(), re.S))


def filter_true(n, item):
    if n.kind == "feed":
        return name_fits(n.value, item.feed)
    if n.kind == "tag":
        return any(name_fits(n.value, t) for t in item.tags)
    return url_place(n.value, item.url) is not None


def leaf_true(n, item):
    key = id(n)
    if key not in item.known:
        item.known[key] = any(leaf_places(n, v) for v in item.values)
    return item.known[key]


def truth(n, item, forced=None):
    """forced: clauses (by id) that are taken to be true or false, whatever the item says."""
    if forced and id(n) in forced:
        return forced[id(n)]
    if n.op == "AND":
        return all(truth(c, item, forced) for c in n.children)
    if n.op == "OR":
        return any(truth(c, item, forced) for c in n.children)
    if n.op == "NOT":
        return not truth(n.children[0], item, forced)
    if n.op == "FILTER":
        return filter_true(n, item)
    if n.op == "LEAF":
        return leaf_true(n, item)
    return all(leafs_possible(c, item) for c in n.children) and any(pairs(n, v) for v in item.values)


def leafs_possible(n, item):
    if n.op == "LEAF":
        return leaf_true(n, item)
    return (all if n.op == "NEAR" else any)(leafs_possible(c, item) for c in n.children)


def report(n, item, out):
    """What made a true node true: (field order, value, start, place in the query) and the JSON of each."""
    if n.op == "NOT":
        return
    if n.op in ("AND", "OR"):
        for c in n.children:
            if truth(c, item):
                report(c, item, out)
        return
    if n.op == "FILTER":
        t = {"term": n.shown, "field": n.kind}
        where = url_place(n.value, item.url) if n.kind == "url" else None
        if where and where[1] > where[0]:
            t.update(start=len(item.url[:where[0]].encode()), text=item.url[where[0]:where[1]])
        out.append((ORDER[n.kind], 0, t.get("start", 0), t))
        return
    for v in item.values:
        if n.op == "LEAF":
            found = leaf_places(n, v)
            leaves = [min((leaf for p in found for leaf in p.leaves), key=lambda x: (x[1], -x[2]))] if found else []
        else:
            found = pairs(n, v)
            leaves = min(found, key=lambda p: p.key).leaves if found else []
        for leaf, start, end in leaves:
            t = {"term": leaf.shown, "field": v.field}
            if v.field == "category" and item.many:
                t["value"] = v.number
            t.update(start=len(v.text[:start].encode()), text=v.text[start:end])
            out.append((ORDER[v.field], v.number, t["start"], t))


def terms(n, item):
    out, seen = [], []
    report(n, item, out)
    for _, _, _, t in sorted(out, key=lambda x: x[:3]):
        if t not in seen:
            seen.append(t)
    return seen

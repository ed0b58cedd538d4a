"""Words of a text, by the letter of the query language: slow, obvious, and without a line of the engine.

A text is looked at as a string of classes, one letter a code point (L letter, m mark, D digit, S a code point of a
script without spaces, ' apostrophe, and the full stop, comma and line break as themselves); regular expressions
over that string find the words.
"""
import re, unicodedata

APOSTROPHES = "'\u2019\u2018\u02bc\u02bb\uff07"
HYPHENS = "-\u2010\u2011\uff0d"
ELISIONS = {"l", "d", "j", "m", "n", "s", "t", "c", "qu", "dell", "all", "nell", "sull", "dall"}
SOLO_NAMES = re.compile(r"(CJK|KANGXI|HIRAGANA|KATAKANA|HALFWIDTH KATAKANA|HALFWIDTH HANGUL|HANGUL|THAI|LAO|KHMER|"
                        r"MYANMAR|IDEOGRAPHIC ITERATION|HANGZHOU NUMERAL|HENTAIGANA|VERTICAL KANA|"
                        r"OLD CHINESE|VIETNAMESE ALTERNATE|IDEOGRAPHIC [A-Z]+ TONE|VERTICAL IDEOGRAPHIC|COMBINING KATAKANA|MASU MARK|"
                        r"IDEOGRAPHIC NUMBER|IDEOGRAPHIC CLOSING)")
# Default_Ignorable_Code_Point, as far as code points are assigned.
IGNORED = [(0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
           (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
           (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)]
_classes = {}


def ignored(c):
    return any(a <= ord(c) <= b for a, b in IGNORED)


def is_solo(c):
    return ord(c) > 0xE00 and bool(SOLO_NAMES.match(unicodedata.name(c, "")))


def class_of(c, wild=False):
    if wild and c in "*?":
        return "L"
    if c not in _classes:
        category = unicodedata.category(c)
        if c in APOSTROPHES:
            k = "'"
        elif category[0] in "LMN" and is_solo(c):
            k = "S"
        elif category[0] == "L":
            k = "L"
        elif category[0] == "M":
            k = "m"
        elif category[0] == "N":
            k = "D"
        elif c in "\n\r":
            k = "\n"
        elif c in ".,":
            k = c
        else:
            k = " "
        _classes[c] = k
    return _classes[c]


def is_upper(c):
    return unicodedata.category(c) in ("Lu", "Lt")


def is_small(c):
    return unicodedata.category(c) == "Ll"


def script_of(c):
    """What marks do on it: latin and greek lose them, cyrillic loses the stress, others keep them."""
    name = unicodedata.name(c, "")
    if name.startswith(("LATIN ", "GREEK ")):
        return "latin"
    return "cyrillic" if name.startswith("CYRILLIC ") else "other"


PLAIN = {"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i"}
_folded = {}


def is_point(c):
    """Hebrew and Arabic points, and tatweel."""
    name = unicodedata.name(c, "")
    return c == "\u0640" or (unicodedata.category(c) == "Mn" and c not in "\u0653\u0654\u0655"
                             and name.startswith(("HEBREW ", "ARABIC ")))


def fold(text):
    if text in _folded:
        return _folded[text]
    t = "".join(c for c in text if not ignored(c))
    t = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", t).casefold())
    t = unicodedata.normalize("NFD", "".join(c for c in t if not ignored(c)))
    out, base, script = "", "", "other"
    for c in t:
        if is_point(c):
            continue
        if unicodedata.category(c)[0] == "M":
            if script == "latin" or (script == "cyrillic" and (c == "\u0301" or (c == "\u0308" and base == "е"))):
                continue
        else:
            base, script = c, script_of(c)
        out += PLAIN.get(c, c)
    r = _folded[text] = unicodedata.normalize("NFC", out)
    return r


class Word:
    """start, end: code points of the text. exact: NFC, joined; folded: rule 4. url: an address, no word."""
    __slots__ = ("start", "end", "position", "exact", "folded", "url", "possessive", "sign", "upper", "small",
                 "letters", "acronym", "solo", "tail")

    def __repr__(self):
        return f"<{self.folded or 'URL'} @{self.position}>"


GENERAL = re.compile(r"(?:Lm*(?:'(?=L))?|Dm*(?:\.(?=D)|,(?=Dm*Dm*Dm*(?!D)))?|m)+")
DOTTED = re.compile(r"Lm*(?:\.Lm*(?![LDm]))+\.?")
URL = re.compile(r"https?://|www\.", re.I)
URL_END = re.compile(r'[<>"\s\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]')


def cut(text, wild=False):
    """The words and addresses of a text. wild: of a query, where * and ? are letters."""
    kept = [(i, c) for i, c in enumerate(text) if not ignored(c)]
    plain = "".join(c for _, c in kept)
    at = [i for i, _ in kept] + [len(text)]
    classes = "".join(class_of(c, wild) for c in plain)
    words, position, p, broke = [], 0, 0, False
    addresses = [m.start() for m in URL.finditer(plain)
                 if m[0][0] in "hH" or m.start() == 0 or classes[m.start() - 1] not in "LmD"]

    def add(start, end, used, **more):
        nonlocal position, broke
        w = Word()
        raw = "".join(plain[i] for i in used)
        w.start, w.end, w.url = at[start], at[end - 1] + 1, False
        w.position = position + (1 if broke else 0)
        position, broke = w.position + 1, False
        w.exact, w.folded = unicodedata.normalize("NFC", raw), fold(raw)
        w.upper, w.small = any(map(is_upper, raw)), any(map(is_small, raw))
        w.letters = any(unicodedata.category(c)[0] == "L" for c in raw)
        w.possessive, w.solo, w.tail, w.sign, w.acronym = False, False, end, "", w.upper and not w.small
        if start and plain[start - 1] in "#@" and (start == 1 or classes[start - 2] not in "LmDS"):
            w.sign = plain[start - 1]
        for k, v in more.items():
            setattr(w, k, v)
        if w.folded or w.url:
            words.append(w)
        else:
            position -= 1
        return w

    def final_s(i):
        """An apostrophe at i and a last s behind it: where it ends, or None."""
        if classes[i:i + 1] != "'" or plain[i + 1:i + 2] not in ("s", "S"):
            return None
        after = classes[i + 2:i + 4]
        if i + 2 in addresses:
            return i + 2
        if after[:1] in ("L", "m", "D") or (after[:1] == "'" and after[1:2] == "L"):
            return None
        return i + 2

    while p < len(plain):
        if p in addresses:
            m = URL_END.search(plain, p)
            end = m.start() if m else len(plain)
            add(p, end, range(p, end), url=True, folded="", exact="", upper=False, small=False, letters=False, sign="",
                acronym=False)
            p = end
            continue
        k = classes[p]
        if k == "S":
            add(p, p + 1, [p], solo=True)
            p += 1
            continue
        if k not in "LmD":
            broke |= k == "\n"
            p += 1
            continue
        dotted = DOTTED.match(classes, p)
        end = dotted.end() if dotted else GENERAL.match(classes, p).end()
        for a in addresses:
            if p < a < end:
                end = a - (classes[a - 1] == "'")
        more = plain[end - 1] != "." and classes[end:end + 2] == "'L" and not final_s(end) and end + 1 not in addresses
        if dotted and more:  # an apostrophe between letters joins here, too
            rest = GENERAL.match(classes, end + 1).end()
            start, used = p, [i for i in range(p, end) if classes[i] != "."]
            s = None
            for i in range(end, rest):
                s = final_s(i)
                if s:
                    rest = i
                    break
                if classes[i] not in "',":
                    used.append(i)
            add(start, rest, used, possessive=bool(s))
            p = s or rest
            continue
        if dotted:
            used = [i for i in range(p, end) if classes[i] != "."]
            s = final_s(end)
            add(p, end, used, possessive=bool(s))
            p = s or end
            continue
        used, i, stop, possessive = [], p, None, False
        while i < end:
            if classes[i] == "'":
                s = final_s(i)
                if s:
                    stop, possessive, end = s, True, i
                    break
                if "".join(plain[j] for j in used).lower() in ELISIONS:
                    stop = end = i
                    break
            elif classes[i] != ",":
                used.append(i)
            i += 1
        add(p, end, used, possessive=possessive)
        p = stop or end
    return words


def judge_acronyms(fields):
    """The all-capitals rule over an item's fields (lists of words)."""
    def shouting(words):
        return sum(w.letters for w in words) >= 2 and not any(w.small for w in words)
    calm = [w for words in fields if not shouting(words) for w in words if not w.url]
    for words in fields:
        if not shouting(words):
            continue
        for w in words:
            same = [c for c in calm if c.folded == w.folded]
            if w.acronym and any(not c.upper for c in same) and not any(c.acronym for c in same):
                w.acronym = False

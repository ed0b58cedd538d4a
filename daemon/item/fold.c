#include "item/fold.h"

#include "base/limits.h"
#include "base/mem.h"

#include <utf8proc.h>

size_t char_read(const char *p, const char *end, uint32_t *ret) {
    const unsigned char *u = (const unsigned char *)p;
    size_t have = (size_t)(end - p), need;
    uint32_t c = u[0], least;
    if (c < 0x80) {
        *ret = c;
        return 1;
    }
    *ret = 0xFFFD;
    if (c >= 0xC2 && c < 0xE0)
        need = 2, least = 0x80, c &= 0x1F;
    else if (c >= 0xE0 && c < 0xF0)
        need = 3, least = 0x800, c &= 0x0F;
    else if (c >= 0xF0 && c < 0xF5)
        need = 4, least = 0x10000, c &= 0x07;
    else
        return 1;
    if (have < need) return 1;
    for (size_t i = 1; i < need; i++) {
        if ((u[i] & 0xC0) != 0x80) return 1;
        c = c << 6 | (u[i] & 0x3F);
    }
    if (c < least || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return 1;
    *ret = c;
    return need;
}

struct range {
    uint32_t first, last;
};

/* `list` ends with {0, 0} and is sorted. */
static bool in_ranges(uint32_t c, const struct range *list) {
    for (; list->last; list++)
        if (c <= list->last) return c >= list->first;
    return false;
}

/* Han, Hiragana, Katakana (with their common marks), Hangul, Thai, Lao, Khmer, Myanmar. */
static const struct range solo_ranges[] = {
    {0x0E01, 0x0E3A},   {0x0E40, 0x0E7F},   {0x0E80, 0x0EFF}, {0x1000, 0x109F},   {0x1100, 0x11FF},
    {0x1780, 0x17FF},   {0x19E0, 0x19FF},   {0x2E80, 0x2FDF}, {0x3005, 0x3007},   {0x3021, 0x3035},
    {0x3038, 0x303C},   {0x3041, 0x309F},   {0x30A0, 0x30FF}, {0x3131, 0x318F},   {0x31F0, 0x31FF},
    {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xA960, 0xA97F}, {0xA9E0, 0xA9FF},   {0xAA60, 0xAA7F},
    {0xAC00, 0xD7FF},   {0xF900, 0xFAFF},   {0xFF66, 0xFFDC}, {0x16FE2, 0x16FE3}, {0x16FF0, 0x16FF1},
    {0x1AFF0, 0x1B16F}, {0x20000, 0x323AF}, {0, 0},
};

/* U+00C0 … U+017F: U capital, l small, - neither (fold_test compares it with Unicode's tables). */
static const char latin_case[0x180 - 0xC0 + 1] =
    "UUUUUUUUUUUUUUUUUUUUUUU-UUUUUUUllllllllllllllllllllllll-llllllllUlUlUlUlUlUlUlUlUlUlUlUlUlUlUlUl"
    "UlUlUlUlUlUlUlUlUlUlUlUllUlUlUlUlUlUlUlUllUlUlUlUlUlUlUlUlUlUlUlUlUlUlUlUlUlUlUlUlUlUlUlUUlUlUll";

unsigned char_class(uint32_t c) {
    if (c < 0x80) {
        if (c >= 'a' && c <= 'z') return CHAR_LETTER | CHAR_LOWER;
        if (c >= 'A' && c <= 'Z') return CHAR_LETTER | CHAR_UPPER;
        return c >= '0' && c <= '9' ? CHAR_DIGIT : 0;
    }
    if (c >= 0xC0 && c < 0x180) {
        char k = latin_case[c - 0xC0];
        return k == 'l' ? CHAR_LETTER | CHAR_LOWER : k == 'U' ? CHAR_LETTER | CHAR_UPPER : 0;
    }
    if (c == 0x2BB || c == 0x2BC) return 0; /* Unicode's letters, but apostrophes here */
    const utf8proc_property_t *p = utf8proc_get_property((utf8proc_int32_t)c);
    if (p->ignorable) return CHAR_IGNORE;
    unsigned k;
    switch (p->category) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LT: k = CHAR_LETTER | CHAR_UPPER; break;
    case UTF8PROC_CATEGORY_LL: k = CHAR_LETTER | CHAR_LOWER; break;
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO: k = CHAR_LETTER; break;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME: k = CHAR_MARK; break;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO: k = CHAR_DIGIT; break;
    default: return 0;
    }
    return c >= 0xE01 && in_ranges(c, solo_ranges) ? k | CHAR_SOLO : k;
}

bool char_is_space(uint32_t c) {
    static const struct range spaces[] = {{0x09, 0x0D},
                                          {0x20, 0x20},
                                          {0x85, 0x85},
                                          {0xA0, 0xA0},
                                          {0x1680, 0x1680},
                                          {0x2000, 0x200A},
                                          {0x2028, 0x2029},
                                          {0x202F, 0x202F},
                                          {0x205F, 0x205F},
                                          {0x3000, 0x3000},
                                          {0, 0}};
    return in_ranges(c, spaces);
}

bool char_is_quote(uint32_t c) {
    return c == '"' || c == 0x201C || c == 0x201D || c == 0x201E || c == 0xAB || c == 0xBB || c == 0xFF02;
}

bool char_is_hyphen(uint32_t c) {
    return c == '-' || c == 0x2010 || c == 0x2011 || c == 0xFF0D;
}

bool char_is_apostrophe(uint32_t c) {
    return c == '\'' || c == 0x2019 || c == 0x2018 || c == 0x2BC || c == 0x2BB || c == 0xFF07;
}

/* -- folding --------------------------------------------------------------------------------------------- */

/* The folded form of U+00C0 … U+017F, as the slow way below finds it (fold_test compares them). */
static const char latin_folded[0x180 - 0xC0][4] = {
    "a", "a",  "a",  "a",  "a", "a", "ae", "c",  "e",  "e", "e", "e",  "i",  "i",  "i", "i", "d", "n",
    "o", "o",  "o",  "o",  "o", "×", "o",  "u",  "u",  "u", "u", "y",  "th", "ss", "a", "a", "a", "a",
    "a", "a",  "ae", "c",  "e", "e", "e",  "e",  "i",  "i", "i", "i",  "d",  "n",  "o", "o", "o", "o",
    "o", "÷",  "o",  "u",  "u", "u", "u",  "y",  "th", "y", "a", "a",  "a",  "a",  "a", "a", "c", "c",
    "c", "c",  "c",  "c",  "c", "c", "d",  "d",  "d",  "d", "e", "e",  "e",  "e",  "e", "e", "e", "e",
    "e", "e",  "g",  "g",  "g", "g", "g",  "g",  "g",  "g", "h", "h",  "ħ",  "ħ",  "i", "i", "i", "i",
    "i", "i",  "i",  "i",  "i", "i", "ij", "ij", "j",  "j", "k", "k",  "ĸ",  "l",  "l", "l", "l", "l",
    "l", "l·", "l·", "l",  "l", "n", "n",  "n",  "n",  "n", "n", "ʼn", "ŋ",  "ŋ",  "o", "o", "o", "o",
    "o", "o",  "oe", "oe", "r", "r", "r",  "r",  "r",  "r", "s", "s",  "s",  "s",  "s", "s", "s", "s",
    "t", "t",  "t",  "t",  "ŧ", "ŧ", "u",  "u",  "u",  "u", "u", "u",  "u",  "u",  "u", "u", "u", "u",
    "w", "w",  "y",  "y",  "y", "z", "z",  "z",  "z",  "z", "z", "s",
};

enum script { SCRIPT_OTHER, SCRIPT_LATIN_GREEK, SCRIPT_CYRILLIC };

static enum script script_of(uint32_t c) {
    static const struct range latin_greek[] = {{'A', 'Z'},       {'a', 'z'},         {0xAA, 0xAA},
                                               {0xBA, 0xBA},     {0xC0, 0xD6},       {0xD8, 0xF6},
                                               {0xF8, 0x2AF},    {0x370, 0x3E1},     {0x3F0, 0x3FF},
                                               {0x1D00, 0x1D2A}, {0x1D2C, 0x1D77},   {0x1D79, 0x1DBF},
                                               {0x1E00, 0x1FFF}, {0x2C60, 0x2C7F},   {0xA722, 0xA7FF},
                                               {0xAB30, 0xAB6F}, {0x10780, 0x107BA}, {0, 0}};
    static const struct range cyrillic[] = {
        {0x400, 0x52F}, {0x1C80, 0x1C8F}, {0xA640, 0xA66E}, {0xA680, 0xA69D}, {0, 0}};
    if (in_ranges(c, latin_greek)) return SCRIPT_LATIN_GREEK;
    return in_ranges(c, cyrillic) ? SCRIPT_CYRILLIC : SCRIPT_OTHER;
}

/* Vowel points, accents and tatweel; not hamza and madda (U+0653 … U+0655), which make letters. */
static bool is_point(uint32_t c) {
    static const struct range points[] = {
        {0x591, 0x5BD}, {0x5BF, 0x5BF}, {0x5C1, 0x5C2}, {0x5C4, 0x5C5}, {0x5C7, 0x5C7}, {0x610, 0x61A},
        {0x640, 0x640}, {0x64B, 0x652}, {0x656, 0x65F}, {0x670, 0x670}, {0x6D6, 0x6DC}, {0x6DF, 0x6E4},
        {0x6E7, 0x6E8}, {0x6EA, 0x6ED}, {0x8CA, 0x8E1}, {0x8E3, 0x8FF}, {0, 0}};
    return in_ranges(c, points);
}

static const char *plain_letter(uint32_t c) {
    switch (c) {
    case 0x142: return "l";
    case 0xF8: return "o";
    case 0x111: return "d";
    case 0xE6: return "ae";
    case 0x153: return "oe";
    case 0xF0: return "d";
    case 0xFE: return "th";
    case 0x131: return "i";
    default: return NULL;
    }
}

/* Drops and replaces in decomposed characters; returns how many are left. Each is replaced by at most two,
 * and only where room was kept by the caller. */
static size_t drop_marks(const int32_t *in, size_t n, int32_t *out) {
    size_t k = 0;
    enum script script = SCRIPT_OTHER;
    int32_t base = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t c = (uint32_t)in[i];
        if (is_point(c)) continue;
        if (char_class(c) & CHAR_MARK) {
            if (script == SCRIPT_LATIN_GREEK) continue;
            if (script == SCRIPT_CYRILLIC && (c == 0x301 || (c == 0x308 && base == 0x435))) continue;
            out[k++] = in[i];
            continue;
        }
        base = in[i];
        script = script_of(c);
        const char *plain = plain_letter(c);
        if (plain)
            while (*plain) out[k++] = (unsigned char)*plain++;
        else
            out[k++] = in[i];
    }
    return k;
}

/* Canonical order: marks of one base by combining class, stable (UAX #15). */
static void order_marks(int32_t *c, size_t n) {
    for (size_t i = 1; i < n; i++) {
        int k = utf8proc_get_property(c[i])->combining_class;
        if (!k) continue;
        int32_t moved = c[i];
        size_t j = i;
        /* A hostile pile of marks must not make this quadratic: 64 places are more than any text needs. */
        for (; j && i - j < 64 && utf8proc_get_property(c[j - 1])->combining_class > k; j--) c[j] = c[j - 1];
        c[j] = moved;
    }
}

enum { EXPANSION = 18 }; /* the longest compatibility decomposition of one character (U+FDFA) */

static struct text encode(const int32_t *c, size_t n, struct arena *a) {
    char small[4 * LIMIT_WORD];
    char *out = n <= LIMIT_WORD ? small : xmalloc(n * 4);
    size_t len = 0;
    for (size_t i = 0; i < n; i++) len += (size_t)utf8proc_encode_char(c[i], (utf8proc_uint8_t *)out + len);
    struct text t = arena_dup(a, (struct text){out, len});
    if (out != small) free(out);
    return t;
}

/* The slow way, for all of Unicode. */
static struct text fold_points(struct text t, int options, bool drop, struct arena *a) {
    int32_t small[2][LIMIT_WORD * 2];
    size_t cap = t.len * 2 + EXPANSION; /* grown when it does not do */
    bool heap = cap > LIMIT_WORD * 2;
    int32_t *c = heap ? xmalloc(cap * sizeof *c) : small[0], *out = NULL;
    if (!heap) cap = LIMIT_WORD * 2;
    size_t n = 0;
    int bound = 0;
    const char *end = t.ptr + t.len;
    for (const char *p = t.ptr; p < end;) {
        uint32_t cp;
        p += char_read(p, end, &cp);
        if (cap - n < EXPANSION) {
            cap *= 2;
            int32_t *more = xmalloc(cap * sizeof *more);
            memcpy(more, c, n * sizeof *c);
            if (heap) free(c);
            c = more, heap = true;
        }
        utf8proc_ssize_t k = utf8proc_decompose_char((utf8proc_int32_t)cp, c + n, (utf8proc_ssize_t)(cap - n),
                                                     (utf8proc_option_t)options, &bound);
        if (k > 0) n += (size_t)k;
    }
    order_marks(c, n);
    int32_t *done = c;
    if (drop) {
        done = out = n <= LIMIT_WORD ? small[1] : xmalloc(n * 2 * sizeof *out);
        n = drop_marks(c, n, out);
    }
    utf8proc_ssize_t k = utf8proc_normalize_utf32(done, (utf8proc_ssize_t)n,
                                                  (utf8proc_option_t)(UTF8PROC_COMPOSE | UTF8PROC_STABLE));
    struct text r = encode(done, k > 0 ? (size_t)k : 0, a);
    if (out && out != small[1]) free(out);
    if (heap) free(c);
    return r;
}

#define COMPATIBLE (UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE)

struct text fold_text(struct text t, struct arena *a) {
    char out[LIMIT_WORD * 3];
    if (t.len > LIMIT_WORD) return fold_points(t, COMPATIBLE, true, a);
    size_t len = 0;
    bool same = true;
    for (size_t i = 0; i < t.len;) {
        unsigned char c = (unsigned char)t.ptr[i];
        if (c < 0x80) {
            unsigned char low = c >= 'A' && c <= 'Z' ? c | 0x20 : c;
            same &= low == c;
            out[len++] = (char)low;
            i++;
        } else if (c >= 0xC3 && c <= 0xC5 && i + 1 < t.len && ((unsigned char)t.ptr[i + 1] & 0xC0) == 0x80) {
            const char *f = latin_folded[((c & 0x1Fu) << 6 | ((unsigned char)t.ptr[i + 1] & 0x3Fu)) - 0xC0];
            while (*f) out[len++] = *f++;
            same = false;
            i += 2;
        } else {
            return fold_points(t, COMPATIBLE, true, a);
        }
    }
    return same ? t : arena_dup(a, (struct text){out, len});
}

const char *fold_latin(uint32_t c) {
    return c >= 0xC0 && c < 0x180 ? latin_folded[c - 0xC0] : NULL;
}

struct text fold_case(struct text t, struct arena *a) {
    return fold_points(t, UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE, false, a);
}

struct text fold_nfc(struct text t, struct arena *a) {
    /* All below U+0300 is in NFC already (UAX #15, NFC_Quick_Check): lead bytes up to 0xCB. */
    size_t i = 0;
    while (i < t.len && (unsigned char)t.ptr[i] < 0xCC) i++;
    return i == t.len ? t : fold_points(t, UTF8PROC_DECOMPOSE, false, a);
}

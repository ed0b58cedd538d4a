#include "item/words_plain.h"

#include "item/fold.h"
#include "item/words_hash.h"
#include "newsalert_plugin.h"

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Eight bytes at p, zeros behind the end; the first one is the lowest. */
static inline uint64_t load(const char *p, const char *end) {
    uint64_t x = 0;
    size_t left = (size_t)(end - p);
    if (left >= 8)
        memcpy(&x, p, 8);
    else
        memcpy(&x, p, left);
    return le64toh(x);
}

/* Bit 7 of each byte that is at least `low` and at most `high`; x has bit 7 clear everywhere. */
static inline uint64_t between(uint64_t x, unsigned char low, unsigned char high) {
    return (x + EACH(0x80 - low)) & ~(x + EACH(0x7F - high)) & EACH(0x80);
}

/* Eight bytes of a text. */
struct bytes {
    uint64_t small;               /* ASCII letters made small */
    uint64_t upper, lower, digit; /* bit 7 of each that is one, in the part that is a word's */
    unsigned n;                   /* how many from the front are letters and digits */
};

static inline struct bytes look_at(uint64_t x) {
    uint64_t ascii = ~x & EACH(0x80), y = x & EACH(0x7F);
    uint64_t alpha = between(y | EACH(0x20), 'a', 'z') & ascii, digit = between(y, '0', '9') & ascii;
    uint64_t stop = ~(alpha | digit) & EACH(0x80), upper = alpha & (~y & EACH(0x20)) << 2;
    unsigned n = stop ? (unsigned)__builtin_ctzll(stop) / 8 : 8;
    uint64_t mask = n == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * n) - 1;
    return (struct bytes){(x | upper >> 2) & mask, upper & mask, alpha & ~upper & mask, digit & mask, n};
}

static bool is_alnum(char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* May the word go on with what stands at p, as a letter would? */
static bool may_join(const char *p, const char *end, bool query) {
    return p < end && (is_alnum(*p) || (signed char)*p < 0 || (query && (*p == '*' || *p == '?')));
}

/* Dashes, quotation marks and the like that part words whatever stands around them. */
static bool parts_words(const char *p, const char *end) {
    unsigned char a = (unsigned char)p[0], b = p + 1 < end ? (unsigned char)p[1] : 0,
                  c = p + 2 < end ? (unsigned char)p[2] : 0;
    if (a == 0xC2) return b == 0xA0 || b == 0xAB || b == 0xBB;
    return a == 0xE2 && b == 0x80 && (c == 0x93 || c == 0x94 || c == 0x9C || c == 0x9D || c == 0xA6);
}

/* Does the word end at p for certain? A possessive there is passed over: *ret_next is behind it. */
static bool ends_at(const char *p, const char *end, bool query, bool after_letter, const char **ret_next,
                    uint32_t *flags) {
    *ret_next = p;
    if (p == end || *p == ' ') return true;
    switch (*p) {
    case '.':
    case ',': return !may_join(p + 1, end, query);
    case ':': return p + 1 == end || p[1] != '/'; /* perhaps an address */
    case '*':
    case '?': return !query;
    case '\'':
        if (!may_join(p + 1, end, query)) return true;
        if ((p[1] | 0x20) != 's' || !after_letter || may_join(p + 2, end, query)) return false;
        if (p + 2 < end && p[2] == '\'') return false;
        *flags |= NA_WORD_POSSESSIVE;
        *ret_next = p + 2;
        return true;
    default: return (signed char)*p >= 0 || parts_words(p, end);
    }
}

static uint32_t flags_of(bool upper, bool lower, bool digit, bool capital) {
    return (upper && !lower ? NA_WORD_NO_SMALL | NA_WORD_ACRONYM : 0) | (digit ? NA_WORD_DIGIT : 0) |
           (capital ? NA_WORD_CAPITAL : 0);
}

/* With Latin letters beyond ASCII: one character at a time. */
static bool latin_word(const char *p, const char *end, bool query, char *room, struct plain_word *ret) {
    const char *q = p;
    char *out = room;
    unsigned classes = 0, first = 0, last = 0;
    while (q < end && q - p <= LIMIT_WORD - 6) {
        unsigned char c = (unsigned char)*q;
        if (c < 0x80) {
            if (!is_alnum(*q)) break;
            last = char_class(c);
            *out++ = (char)(last & CHAR_UPPER ? c | 0x20 : c);
        } else {
            if (c < 0xC3 || c > 0xC5) break;
            if (end - q < 2 || ((unsigned char)q[1] & 0xC0) != 0x80) return false;
            uint32_t point = (c & 0x1Fu) << 6 | ((unsigned char)q[1] & 0x3Fu);
            unsigned k = char_class(point);
            if (!k) break; /* × ÷ */
            last = k;
            const char *folded = fold_latin(point);
            if (folded[0] && folded[1] && folded[2]) return false; /* longer than it was */
            while (*folded) *out++ = *folded++;
            q++;
        }
        if (!classes) first = last;
        classes |= last;
        q++;
    }
    if (q - p > LIMIT_WORD - 6) return false;
    ret->len = (size_t)(q - p);
    ret->flags =
        flags_of(classes & CHAR_UPPER, classes & CHAR_LOWER, classes & CHAR_DIGIT, first & CHAR_UPPER);
    ret->folded = (struct text){room, (size_t)(out - room)};
    ret->hash = words_hash(room, ret->folded.len);
    return q > p && ends_at(q, end, query, last & CHAR_LETTER, &ret->next, &ret->flags);
}

bool plain_word(const char *p, const char *end, bool query, const struct hash_secret *secret, char *room,
                struct plain_word *ret) {
    uint64_t upper = 0, lower = 0, digit = 0, hash = words_hash_start(secret);
    const char *q = p;
    char *out = room;
    struct bytes b;
    bool capital = *p >= 'A' && *p <= 'Z';
    do {
        if (q - p > LIMIT_WORD - 12) return false;
        b = look_at(load(q, end));
        upper |= b.upper, lower |= b.lower, digit |= b.digit;
        uint64_t bytes = htole64(b.small);
        memcpy(out, &bytes, 8);
        if (b.n) hash = words_hash_block(secret, hash, b.small);
        out += b.n;
        q += b.n;
    } while (b.n == 8);
    if (q < end && (unsigned char)*q >= 0xC3 && (unsigned char)*q <= 0xC5)
        return latin_word(p, end, query, room, ret);
    if (q == p) return false;
    bool after_letter = !(q[-1] >= '0' && q[-1] <= '9');
    ret->len = (size_t)(q - p);
    ret->flags = flags_of(upper, lower, digit, capital);
    ret->folded = (struct text){upper ? room : p, ret->len};
    ret->hash = words_hash_end(secret, hash, ret->len);
    return ends_at(q, end, query, after_letter, &ret->next, &ret->flags);
}

/* The fast way through most words of most texts: ASCII letters and digits, sixteen at a time, and Latin
 * letters up to U+017F, with a possessive 's behind them. Finds what the cutter (words.c) would find, or
 * nothing. Private to words.c. Pure. */
#ifndef NEWSALERTD_ITEM_WORDS_PLAIN_H
#define NEWSALERTD_ITEM_WORDS_PLAIN_H

#include "base/limits.h"
#include "item/fold.h"
#include "item/words_hash.h"
#include "newsalert_plugin.h"

#include <stdbool.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Bytes that `room` must have. */
#define PLAIN_WORD_ROOM (LIMIT_WORD + 16)

struct plain_word {
    size_t len;         /* bytes of the word, at p */
    const char *next;   /* behind it, and behind a possessive 's */
    struct text folded; /* in the text where folding changes nothing, else in `room` */
    uint32_t flags;     /* NA_WORD_…, without signs and break */
    uint64_t hash;
};

/* Sixteen bytes of a text; what stands behind the first that is no ASCII letter or digit does not count. */
struct plain_block {
    unsigned n;               /* how many from the front are letters and digits */
    uint64_t first, second;   /* those, letters made small, zeros behind; the first byte is the lowest */
    bool upper, lower, digit; /* is there one among them? */
};

#ifdef __SSE2__
static inline struct plain_block plain_look(const char *p, const char *end) {
    static const unsigned char ones[32] = {255, 255, 255, 255, 255, 255, 255, 255,
                                           255, 255, 255, 255, 255, 255, 255, 255};
    char copy[16] = {0};
    if (end - p < 16) p = memcpy(copy, p, (size_t)(end - p));
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p),
            small = _mm_or_si128(x, _mm_set1_epi8(0x20));
    __m128i alpha = _mm_and_si128(_mm_cmpgt_epi8(small, _mm_set1_epi8('a' - 1)),
                                  _mm_cmplt_epi8(small, _mm_set1_epi8('z' + 1)));
    __m128i digit =
        _mm_and_si128(_mm_cmpgt_epi8(x, _mm_set1_epi8('0' - 1)), _mm_cmplt_epi8(x, _mm_set1_epi8('9' + 1)));
    __m128i capital = _mm_and_si128(alpha, _mm_cmplt_epi8(x, _mm_set1_epi8('Z' + 1)));
    unsigned letters = (unsigned)_mm_movemask_epi8(alpha), digits = (unsigned)_mm_movemask_epi8(digit),
             capitals = (unsigned)_mm_movemask_epi8(capital);
    struct plain_block b = {.n = (unsigned)__builtin_ctz(~(letters | digits))}; /* 16 where all are */
    unsigned part = (1u << b.n) - 1;
    /* Digits have bit 0x20 anyway. */
    small = _mm_and_si128(small, _mm_loadu_si128((const __m128i *)(const void *)(ones + 16 - b.n)));
    b.first = (uint64_t)_mm_cvtsi128_si64(small);
    b.second = (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(small, small));
    b.upper = capitals & part;
    b.lower = letters & ~capitals & part;
    b.digit = digits & part;
    return b;
}
#else
static inline struct plain_block plain_look(const char *p, const char *end) {
    struct plain_block b = {0};
    for (; b.n < 16 && p < end; p++, b.n++) {
        unsigned k = (signed char)*p < 0 ? 0 : char_class((unsigned char)*p);
        if (!k) break;
        uint64_t c = k & CHAR_UPPER ? (unsigned char)*p | 0x20u : (unsigned char)*p;
        if (b.n < 8)
            b.first |= c << 8 * b.n;
        else
            b.second |= c << 8 * (b.n - 8);
        b.upper |= (k & CHAR_UPPER) != 0;
        b.lower |= (k & CHAR_LOWER) != 0;
        b.digit |= (k & CHAR_DIGIT) != 0;
    }
    return b;
}
#endif

static inline bool plain_is_alnum(char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* May the word go on with what stands at p, as a letter would? */
static inline bool plain_may_join(const char *p, const char *end, bool query) {
    return p < end && (plain_is_alnum(*p) || (signed char)*p < 0 || (query && (*p == '*' || *p == '?')));
}

/* Dashes, quotation marks and the like that part words whatever stands around them. */
static inline bool plain_parts_words(const char *p, const char *end) {
    unsigned char a = (unsigned char)p[0], b = p + 1 < end ? (unsigned char)p[1] : 0,
                  c = p + 2 < end ? (unsigned char)p[2] : 0;
    if (a == 0xC2) return b == 0xA0 || b == 0xAB || b == 0xBB;
    return a == 0xE2 && b == 0x80 && (c == 0x93 || c == 0x94 || c == 0x9C || c == 0x9D || c == 0xA6);
}

/* Does the word end at p for certain? A possessive there is passed over: *ret_next is behind it. */
static inline bool plain_ends_at(const char *p, const char *end, bool query, bool after_letter,
                                 const char **ret_next, uint32_t *flags) {
    *ret_next = p;
    if (p == end || *p == ' ') return true;
    switch (*p) {
    case '.':
    case ',': return !plain_may_join(p + 1, end, query);
    case ':': return p + 1 == end || p[1] != '/'; /* perhaps an address */
    case '*':
    case '?': return !query;
    case '\'':
        if (!plain_may_join(p + 1, end, query)) return true;
        if ((p[1] | 0x20) != 's' || !after_letter || plain_may_join(p + 2, end, query)) return false;
        if (p + 2 < end && p[2] == '\'') return false;
        *flags |= NA_WORD_POSSESSIVE;
        *ret_next = p + 2;
        return true;
    default: return (signed char)*p >= 0 || plain_parts_words(p, end);
    }
}

static inline uint32_t plain_flags_of(bool upper, bool lower, bool digit, bool capital) {
    return (upper && !lower ? NA_WORD_NO_SMALL | NA_WORD_ACRONYM : 0) | (digit ? NA_WORD_DIGIT : 0) |
           (capital ? NA_WORD_CAPITAL : 0);
}

/* With Latin letters beyond ASCII: one character at a time. */
static inline bool plain_latin_word(const char *p, const char *end, bool query, char *room,
                                    struct plain_word *ret) {
    const char *q = p;
    char *out = room;
    unsigned classes = 0, first = 0, last = 0;
    while (q < end && q - p <= LIMIT_WORD - 6) {
        unsigned char c = (unsigned char)*q;
        if (c < 0x80) {
            if (!plain_is_alnum(*q)) break;
            last = c <= '9' ? CHAR_DIGIT : CHAR_LETTER | (c <= 'Z' ? CHAR_UPPER : CHAR_LOWER);
            *out++ = (char)(c | 0x20); /* which digits have anyway */
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
        plain_flags_of(classes & CHAR_UPPER, classes & CHAR_LOWER, classes & CHAR_DIGIT, first & CHAR_UPPER);
    ret->folded = (struct text){room, (size_t)(out - room)};
    ret->hash = words_hash(room, ret->folded.len);
    return q > p && plain_ends_at(q, end, query, last & CHAR_LETTER, &ret->next, &ret->flags);
}

/* The lead bytes of Latin letters beyond ASCII. */
static inline bool plain_is_latin(char c) {
    return (unsigned char)c >= 0xC3 && (unsigned char)c <= 0xC5;
}

/* A character of Chinese that nothing completes or folds, and which Unicode had from its beginning: a word of
 * its own. */
static inline bool plain_chinese(const char *p, const char *end, const struct hash_secret *secret,
                                 struct plain_word *ret) {
    const unsigned char *u = (const unsigned char *)p;
    if (end - p < 3 || u[0] < 0xE4 || u[0] > 0xE9 || (u[1] & 0xC0) != 0x80 || (u[2] & 0xC0) != 0x80)
        return false;
    uint32_t point = (u[0] & 0xFu) << 12 | (u[1] & 0x3Fu) << 6 | (u[2] & 0x3Fu);
    if (point < 0x4E00 || point > 0x9FA5) return false;
    uint64_t bytes = u[0] | (uint64_t)u[1] << 8 | (uint64_t)u[2] << 16;
    *ret = (struct plain_word){.len = 3, .next = p + 3, .folded = {p, 3}};
    ret->hash = words_hash_end(secret, words_hash_block(secret, words_hash_start(secret), bytes, 0), 3);
    return true;
}

/* Is the word that begins at p (p < end) a plain one? query: * and ? are letters, which such words do not
 * have. */
static inline bool plain_word(const char *p, const char *end, bool query, const struct hash_secret *secret,
                              char *room, struct plain_word *ret) {
    bool upper = false, lower = false, digit = false, capital = *p >= 'A' && *p <= 'Z';
    uint64_t hash = words_hash_start(secret);
    const char *q = p;
    char *out = room;
    struct plain_block b;
    do {
        if (q - p > LIMIT_WORD - 20) return false;
        b = plain_look(q, end);
        upper |= b.upper, lower |= b.lower, digit |= b.digit;
        uint64_t bytes[2] = {htole64(b.first), htole64(b.second)};
        memcpy(out, bytes, 16);
        if (b.n) hash = words_hash_block(secret, hash, b.first, b.second);
        out += b.n;
        q += b.n;
    } while (b.n == 16);
    if (q < end && plain_is_latin(*q)) return plain_latin_word(p, end, query, room, ret);
    if (q == p) return false;
    bool after_letter = !(q[-1] >= '0' && q[-1] <= '9');
    ret->len = (size_t)(q - p);
    ret->flags = plain_flags_of(upper, lower, digit, capital);
    ret->folded = (struct text){upper ? room : p, ret->len};
    ret->hash = words_hash_end(secret, hash, ret->len);
    return plain_ends_at(q, end, query, after_letter, &ret->next, &ret->flags);
}

#endif

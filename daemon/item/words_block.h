/* What kinds of characters stand in the next bytes of a text, a bit a byte, so that a word of ASCII letters
 * and digits is found by counting bits. Private to words.c. Pure. */
#ifndef NEWSALERTD_ITEM_WORDS_BLOCK_H
#define NEWSALERTD_ITEM_WORDS_BLOCK_H

#include "item/words_plain.h"

/* Bytes that are looked at together; of a word that begins among the first BLOCK_STARTS all is seen that a
 * block can hold, BLOCK_WORD bytes. */
enum { BLOCK = 64, BLOCK_WORD = 16, BLOCK_STARTS = BLOCK - BLOCK_WORD };

struct word_block {
    const char *base; /* in the text; NULL: none yet */
    const char *view; /* the same bytes, and BLOCK_WORD more, with zeros behind the text's end */
    uint64_t alnum, capital, digit;
    char copy[BLOCK + BLOCK_WORD];
};

/* A word in a block. */
struct block_word {
    unsigned n;       /* bytes; 0: none begins there, more than BLOCK_WORD: not all of it is seen */
    unsigned capital; /* which bytes are capitals, bit 0 the first */
    unsigned digit;
};

#ifdef __SSE2__
static inline bool block_has(const struct word_block *b, const char *p) {
    return b->base && p - b->base < BLOCK_STARTS;
}

static inline void block_read(struct word_block *b, const char *p, const char *end) {
    b->base = b->view = p;
    if (end - p < (ptrdiff_t)sizeof b->copy) {
        memset(b->copy, 0, sizeof b->copy);
        b->view = memcpy(b->copy, p, (size_t)(end - p));
    }
    b->alnum = b->capital = b->digit = 0;
    for (unsigned i = 0; i < BLOCK; i += 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(b->view + i)),
                small = _mm_or_si128(x, _mm_set1_epi8(0x20));
        __m128i alpha = _mm_and_si128(_mm_cmpgt_epi8(small, _mm_set1_epi8('a' - 1)),
                                      _mm_cmplt_epi8(small, _mm_set1_epi8('z' + 1)));
        __m128i digit = _mm_and_si128(_mm_cmpgt_epi8(x, _mm_set1_epi8('0' - 1)),
                                      _mm_cmplt_epi8(x, _mm_set1_epi8('9' + 1)));
        __m128i capital = _mm_and_si128(alpha, _mm_cmplt_epi8(x, _mm_set1_epi8('Z' + 1)));
        b->alnum |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_or_si128(alpha, digit)) << i;
        b->capital |= (uint64_t)(unsigned)_mm_movemask_epi8(capital) << i;
        b->digit |= (uint64_t)(unsigned)_mm_movemask_epi8(digit) << i;
    }
}

static inline struct block_word block_word(const struct word_block *b, size_t at) {
    uint64_t rest = b->alnum >> at;
    unsigned n = rest == UINT64_MAX ? BLOCK : (unsigned)__builtin_ctzll(~rest), all = (1u << (n & 31)) - 1;
    return (struct block_word){n, (unsigned)(b->capital >> at) & all, (unsigned)(b->digit >> at) & all};
}

/* Its bytes in small letters, zeros behind; n at most BLOCK_WORD. */
static inline __m128i block_small(const struct word_block *b, size_t at, unsigned n) {
    static const unsigned char ones[32] = {255, 255, 255, 255, 255, 255, 255, 255,
                                           255, 255, 255, 255, 255, 255, 255, 255};
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(b->view + at));
    /* Digits have bit 0x20 anyway. */
    return _mm_and_si128(_mm_or_si128(x, _mm_set1_epi8(0x20)),
                         _mm_loadu_si128((const __m128i *)(const void *)(ones + 16 - n)));
}

/* The word at p, if it is of the most usual kind: seen whole, with ASCII or Latin letters behind it. False:
 * look closer. */
static inline bool block_find(struct word_block *b, const char *p, const char *end, bool query,
                              const struct hash_secret *secret, char *room, struct plain_word *ret) {
    if (!block_has(b, p)) block_read(b, p, end);
    size_t at = (size_t)(p - b->base);
    struct block_word k = block_word(b, at);
    if (k.n - 1 >= BLOCK_WORD) return false;
    if ((signed char)b->view[at + k.n] < 0)
        return plain_is_latin(b->view[at + k.n]) && plain_latin_word(p, end, query, room, ret);
    __m128i small = block_small(b, at, k.n);
    _mm_storeu_si128((__m128i *)(void *)room, small);
    uint64_t first = (uint64_t)_mm_cvtsi128_si64(small),
             second = (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(small, small));
    unsigned all = (1u << k.n) - 1;
    ret->len = k.n;
    ret->flags = plain_flags_of(k.capital, all & ~k.capital & ~k.digit, k.digit, k.capital & 1);
    ret->folded = (struct text){k.capital ? room : p, k.n};
    ret->hash =
        words_hash_end(secret, words_hash_block(secret, words_hash_start(secret), first, second), k.n);
    ret->next = p + k.n;
    return b->view[at + k.n] == ' ' ||
           plain_ends_at(p + k.n, end, query, !(k.digit >> (k.n - 1) & 1), &ret->next, &ret->flags);
}
#else
static inline bool block_find(struct word_block *b, const char *p, const char *end, bool query,
                              const struct hash_secret *secret, char *room, struct plain_word *ret) {
    (void)b, (void)p, (void)end, (void)query, (void)secret, (void)room, (void)ret;
    return false;
}
#endif

#endif

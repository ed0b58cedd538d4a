/* The fast way through words of ASCII letters and digits with blanks between them, which most texts are made
 * of: a bit a byte says what kinds of characters stand in the next bytes, so that a word, and the gap behind
 * it, are found by counting bits. Finds what the cutter (words.c) would find, or stops. Private to words.c.
 * Pure. */
#ifndef NEWSALERTD_ITEM_WORDS_BLOCK_H
#define NEWSALERTD_ITEM_WORDS_BLOCK_H

#include "item/words_plain.h"

/* Of a function that goes through blocks there are two: every x86-64 can run one, and where the processor has
 * the instructions for bits of newer ones the loader takes the other. (A resolver runs before a sanitizer.)
 */
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__) && __GNUC__ >= 12 &&                    \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define BLOCK_CLONES __attribute__((target_clones("default", "arch=x86-64-v3")))
#else
#define BLOCK_CLONES
#endif

/* Bytes that are looked at together, and the longest word that goes this way. */
enum { BLOCK = 64, BLOCK_WORD = 16 };

struct word_block {
    const char *base; /* in the text; NULL: none yet */
    const char *view; /* the same bytes, and BLOCK_WORD more, with zeros behind the text's end */
    uint64_t alnum, capital, digit;
    uint64_t newline, blank; /* a blank is a space or a line break */
    uint64_t gap;            /* what may stand between two words and says nothing of them: no # or @ */
    char copy[BLOCK + BLOCK_WORD];
};

/* Where the words go. */
struct block_out {
    struct na_word *w, *last; /* the next one, and where there is no more room */
    uint32_t position;        /* of the next one, if no line break stands before it */
    uint32_t flags;           /* of the next one, by what stands before it */
    char *room;               /* for folded texts; as much as the text is long, and PLAIN_WORD_ROOM */
};

#ifdef __SSE2__
static inline __attribute__((always_inline)) void block_read(struct word_block *b, const char *p,
                                                             const char *end) {
    b->base = b->view = p;
    if (end - p < (ptrdiff_t)sizeof b->copy) {
        for (unsigned i = 0; i < sizeof b->copy; i += 16)
            _mm_storeu_si128((__m128i *)(void *)(b->copy + i), _mm_setzero_si128());
        b->view = memcpy(b->copy, p, (size_t)(end - p));
    }
    b->alnum = b->capital = b->digit = b->newline = b->blank = b->gap = 0;
    for (unsigned i = 0; i < BLOCK; i += 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(b->view + i)),
                small = _mm_or_si128(x, _mm_set1_epi8(0x20));
        __m128i alpha = _mm_and_si128(_mm_cmpgt_epi8(small, _mm_set1_epi8('a' - 1)),
                                      _mm_cmplt_epi8(small, _mm_set1_epi8('z' + 1)));
        __m128i digit = _mm_and_si128(_mm_cmpgt_epi8(x, _mm_set1_epi8('0' - 1)),
                                      _mm_cmplt_epi8(x, _mm_set1_epi8('9' + 1)));
        __m128i capital = _mm_and_si128(alpha, _mm_cmplt_epi8(x, _mm_set1_epi8('Z' + 1)));
        __m128i alnum = _mm_or_si128(alpha, digit);
        __m128i sign =
            _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('#')), _mm_cmpeq_epi8(x, _mm_set1_epi8('@')));
        __m128i newline =
            _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('\n')), _mm_cmpeq_epi8(x, _mm_set1_epi8('\r')));
        __m128i gap = _mm_andnot_si128(_mm_or_si128(alnum, sign), _mm_cmpgt_epi8(x, _mm_set1_epi8(0x1F)));
        __m128i blank = _mm_or_si128(newline, _mm_cmpeq_epi8(x, _mm_set1_epi8(' ')));
        gap = _mm_or_si128(gap, newline);
        b->alnum |= (uint64_t)(unsigned)_mm_movemask_epi8(alnum) << i;
        b->capital |= (uint64_t)(unsigned)_mm_movemask_epi8(capital) << i;
        b->digit |= (uint64_t)(unsigned)_mm_movemask_epi8(digit) << i;
        b->newline |= (uint64_t)(unsigned)_mm_movemask_epi8(newline) << i;
        b->blank |= (uint64_t)(unsigned)_mm_movemask_epi8(blank) << i;
        b->gap |= (uint64_t)(unsigned)_mm_movemask_epi8(gap) << i;
    }
}

/* NA_WORD_… flags by what stands in a word: 1 a capital, 2 a small letter, 4 a digit, 8 a capital first. */
static inline uint32_t block_flags(unsigned capital, unsigned small, unsigned digit) {
    enum { LOUD = NA_WORD_NO_SMALL | NA_WORD_ACRONYM, DIGIT = NA_WORD_DIGIT, FIRST = NA_WORD_CAPITAL };
    static const uint16_t flags[16] = {
        0,     LOUD,         0,     0,     DIGIT,         LOUD | DIGIT,         DIGIT,         DIGIT,
        FIRST, LOUD | FIRST, FIRST, FIRST, FIRST | DIGIT, LOUD | FIRST | DIGIT, FIRST | DIGIT, FIRST | DIGIT};
    return flags[(capital != 0) | (small != 0) << 1 | (digit != 0) << 2 | (capital & 1) << 3];
}

/* Its bytes in small letters, zeros behind; n at most BLOCK_WORD. Digits have bit 0x20 anyway. */
static inline __m128i block_small(const char *view, unsigned n) {
    static const unsigned char ones[32] = {255, 255, 255, 255, 255, 255, 255, 255,
                                           255, 255, 255, 255, 255, 255, 255, 255};
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)view);
    return _mm_and_si128(_mm_or_si128(x, _mm_set1_epi8(0x20)),
                         _mm_loadu_si128((const __m128i *)(const void *)(ones + 16 - n)));
}

/* Cuts words from p on, where one begins. Returns where it stopped: after the gap behind the last word that
 * it took, or at p. */
static inline const char *block_words(struct word_block *b, const char *begin, const char *p, const char *end,
                                      const struct hash_secret *keyed, struct block_out *out) {
    const struct hash_secret secret = *keyed; /* which no write here can change */
    struct na_word *w = out->w, *const last = out->last;
    uint32_t flags = out->flags, position = out->position + !!(flags & NA_WORD_BREAK);
    char *room = out->room;
    if (!b->base || p - b->base >= BLOCK) block_read(b, p, end);
    while (w < last) {
        size_t at = (size_t)(p - b->base);
        unsigned n = (unsigned)__builtin_ctzll(~(b->alnum >> at) | UINT64_C(1) << 63);
        if (at + n > BLOCK - 2) { /* what stands behind it is not seen */
            if (!at) break;
            block_read(b, p, end);
            continue;
        }
        unsigned gap = (unsigned)__builtin_ctzll(~(b->gap >> (at + n)));
        /* A blank behind the word, or behind one character more, which then cannot join it to another. */
        if (n - 1 >= BLOCK_WORD || !gap || !(b->blank >> (at + n) & 3)) break;
        __m128i small = block_small(b->view + at, n);
        uint64_t first = (uint64_t)_mm_cvtsi128_si64(small),
                 second = (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(small, small));
        if ((first & 0xFFFF) == ('h' | 't' << 8) || (first & 0xFFFF) == ('w' | 'w' << 8))
            break; /* perhaps an address */
        _mm_storeu_si128((__m128i *)(void *)room, small);
        unsigned all = (1u << n) - 1, capital = (unsigned)(b->capital >> at) & all,
                 digit = (unsigned)(b->digit >> at) & all;
        w->start = (uint32_t)(p - begin);
        w->len = n;
        w->position = position++;
        w->flags = block_flags(capital, all & ~capital & ~digit, digit) | flags;
        w->hash =
            words_hash_end(&secret, words_hash_block(&secret, words_hash_start(&secret), first, second), n);
        w->folded = (struct na_text){capital ? room : p, n};
        w->exact = (struct na_text){p, n};
        w++;
        room += capital ? n : 0;
        bool line_break = b->newline >> (at + n) & ((UINT64_C(1) << gap) - 1);
        flags = line_break ? NA_WORD_BREAK : 0;
        position += line_break;
        p += n + gap;
        if (p - b->base >= BLOCK) block_read(b, p, end);
    }
    out->flags = flags;
    out->position = position - !!(flags & NA_WORD_BREAK);
    out->w = w;
    out->room = room;
    return p;
}
#else
static inline const char *block_words(struct word_block *b, const char *begin, const char *p, const char *end,
                                      const struct hash_secret *keyed, struct block_out *out) {
    (void)b, (void)begin, (void)end, (void)keyed, (void)out;
    return p;
}
#endif

#endif

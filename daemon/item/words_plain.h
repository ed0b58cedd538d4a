/* The fast way through most words of most texts: ASCII letters and digits, eight at a time, and Latin letters
 * up to U+017F, with a possessive 's behind them. Finds what the cutter (words.c) would find, or nothing.
 * Private to words.c. Pure. */
#ifndef NEWSALERTD_ITEM_WORDS_PLAIN_H
#define NEWSALERTD_ITEM_WORDS_PLAIN_H

#include "base/hash.h"
#include "base/limits.h"
#include "base/text.h"

#include <stdbool.h>

/* Bytes that `room` must have. */
#define PLAIN_WORD_ROOM (LIMIT_WORD + 16)

struct plain_word {
    size_t len;         /* bytes of the word, at p */
    const char *next;   /* behind it, and behind a possessive 's */
    struct text folded; /* in the text where folding changes nothing, else in `room` */
    uint32_t flags;     /* NA_WORD_…, without signs and break */
    uint64_t hash;
};

/* Is the word that begins at p (p < end) a plain one? query: * and ? are letters, which such words do not
 * have. */
bool plain_word(const char *p, const char *end, bool query, const struct hash_secret *secret, char *room,
                struct plain_word *ret);

#endif

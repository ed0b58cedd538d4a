/* Characters and folding: what the cutter of words (words.h) and the reader of queries stand on. A text is
 * folded by NFKC_Casefold, then NFD, then marks of Latin and Greek letters, Hebrew and Arabic points, tatweel
 * and the Cyrillic stress are dropped, ё → е, and ł ø đ æ œ ð þ ı become plain letters, then NFC (UAX #15,
 * UTR #30's idea, without stemming). Unicode's tables are utf8proc's; ASCII and the Latin letters up to
 * U+017F go a fast way that gives the same. Pure, any thread. */
#ifndef NEWSALERTD_ITEM_FOLD_H
#define NEWSALERTD_ITEM_FOLD_H

#include "base/arena.h"
#include "base/text.h"

#include <stdint.h>

/* Reads the character at p (p < end) and returns its bytes. What is no UTF-8 reads as U+FFFD, one byte. */
size_t char_read(const char *p, const char *end, uint32_t *ret);

enum {
    CHAR_LETTER = 1,
    CHAR_MARK = 2,
    CHAR_DIGIT = 4, /* any number (General_Category N) */
    CHAR_UPPER = 8,
    CHAR_LOWER = 16,
    CHAR_SOLO = 32,  /* of a script without spaces: a word of its own */
    CHAR_IGNORE = 64 /* default-ignorable: as if it were not there */
};
#define CHAR_WORD (CHAR_LETTER | CHAR_MARK | CHAR_DIGIT)
unsigned char_class(uint32_t c);     /* CHAR_… */
bool char_is_space(uint32_t c);      /* White_Space */
bool char_is_quote(uint32_t c);      /* " “ ” „ « » ＂ */
bool char_is_hyphen(uint32_t c);     /* - ‐ ‑ － */
bool char_is_apostrophe(uint32_t c); /* ' ’ ‘ ʼ ʻ ＇ */

/* Each lives in the arena, or is t itself where nothing changes. TEXT_NONE: empty, or the arena failed. */
struct text fold_text(struct text t, struct arena *a); /* rule 4 of the query language */
struct text fold_case(struct text t, struct arena *a); /* case only: whole names of feeds and tags */
struct text fold_nfc(struct text t, struct arena *a);
/* The folded form of a character from U+00C0 to U+017F: at most three bytes and a NUL; of all others NULL. */
const char *fold_latin(uint32_t c);

#endif

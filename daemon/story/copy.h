/* Wire and syndicated copies: the folded title that tells them, and shingles of the text. Pure, any thread.
 */
#ifndef NEWSALERTD_STORY_COPY_H
#define NEWSALERTD_STORY_COPY_H

#include "base/arena.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* A title without its outlet (" - Name", " | Name") and labels (UPDATE 2-, BREAKING:, [VIDEO] …), otherwise
 * as written: a part of t. */
struct text copy_bare_title(struct text t);
/* That title's words, folded and joined by blanks. Lives in the arena. */
struct text copy_folded_title(struct text t, struct arena *a);
/* The same without numbers, days and months: what a daily column keeps from day to day. */
struct text copy_standing_title(struct text folded, struct arena *a);

/* A sample of the 5-word shingles of a text's first 200 words: the hashes that end in `level` zero bits,
 * sorted; level 0 is all of them. Shares of two texts are compared on the coarser of their levels. */
#define SHINGLES_MAX 40u
struct shingles {
    uint32_t list[SHINGLES_MAX];
    uint8_t n, level;
    uint16_t total; /* in the text, before sampling */
};
void copy_shingles(struct text t, uint64_t seed, struct arena *a, struct shingles *ret);
/* Are 0.8 of the shorter one's shingles in the other? */
bool copy_of(const struct shingles *a, const struct shingles *b);

#endif

/* What changed between two texts, word by word: the `[-old-] {+new+}` of an update. Words are those of
 * item/words.h, so case, accents, punctuation and white space are no change. Pure, any thread.
 *
 * A renderer walks the parts and escapes each for its own output; word_diff_write is the form without any. */
#ifndef NEWSALERTD_ITEM_WORD_DIFF_H
#define NEWSALERTD_ITEM_WORD_DIFF_H

#include "base/arena.h"
#include "base/buf.h"

/* Longest stretch, in words of either side between what both begin and end with, that is compared word by
 * word; beyond it the whole stretch counts as replaced. A title is far below; the table takes 2 bytes a
 * pair. */
#define WORD_DIFF_MOST 400u

enum word_diff_side { DIFF_BOTH, DIFF_OLD, DIFF_NEW };

struct word_diff_part { /* never empty; of one change, the old part stands before the new one */
    enum word_diff_side side;
    struct text text; /* as written, a part of the old text (DIFF_OLD) or of the new one */
    struct text key;  /* its folded words, joined by blanks */
    bool blank;       /* a blank stands before it (scripts without blanks have none) */
    bool start;       /* it stands at the very start of its text: a capital tells nothing there */
};

/* Parts in reading order, in the arena; what is in both is the new text's. Returns their number, and 0 for
 * two empty texts. Both texts must outlive the parts. When the arena fails: the old text and the new one,
 * whole (those two parts are in the arena, too: 0 parts when not even they have room). */
size_t word_diff(struct text old, struct text now, struct arena *a, struct word_diff_part **ret);

/* "[-Three-] {+Five+} dead in Brackwater fire". */
void word_diff_write(const struct word_diff_part *parts, size_t n, struct buf *out);

#endif

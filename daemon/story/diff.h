/* Which edits of an article matter (contract/stories.md, "Updates"). Pure, any thread.
 *
 * Old and new state of one item are folded as copies are: case, accents, punctuation, typographic quotes, the
 * outlet's name and labels (UPDATE 2-, LIVE:) are no change. Of what then differs, a mended spelling is none
 * either: a word of small letters, or an everyday one, of which letters were swapped, lost or added inside.
 * Numbers, names and negations always count, and so does every other word.
 *
 * For decide (story/decide.h): DIFF_TITLE is CHANGE_TITLE; DIFF_SPELLING and DIFF_TEXT are CHANGE_CLAUSE when
 * a clause of the query is true now that was not before, else CHANGE_COSMETIC; DIFF_EQUAL is CHANGE_COSMETIC.
 * The word diff that is shown is item/word_diff.h, of both titles as copy_bare_title leaves them. */
#ifndef NEWSALERTD_STORY_DIFF_H
#define NEWSALERTD_STORY_DIFF_H

#include "base/arena.h"
#include "base/text.h"

enum diff_change {
    DIFF_EQUAL,    /* the same words */
    DIFF_SPELLING, /* a typing mistake was mended, in title or text */
    DIFF_TEXT,     /* other words in the summary or content only */
    DIFF_TITLE     /* other words in the title */
};

struct diff_version { /* one state of an item */
    struct text title, summary, content;
};

/* The arena holds what is cut meanwhile: some 100 bytes a word of both states. When it fails, the answer errs
 * to what matters: a title (or text) that is not byte for byte the same counts as changed. */
enum diff_change diff_change_of(const struct diff_version *old, const struct diff_version *now,
                                struct arena *a);

#endif

/* Where text goes that came out of markup: white space folded, parted by what elements owe, cut at the
 * buffer's maximum. Pure, any thread; the struct is the caller's, the buffer its caller's.
 *
 * All room is taken at html_text_begin, never more than the buffer's maximum, so nothing else allocates.
 * Invariant: between two calls the text ends in no white space; a gap is owed, and written before the next
 * character only. */
#ifndef NEWSALERTD_PARSE_HTML_TEXT_H
#define NEWSALERTD_PARSE_HTML_TEXT_H

#include "base/buf.h"

#include <stdint.h>

enum gap { GAP_NONE, GAP_BLANK, GAP_LINE };

struct html_text {
    struct buf *out;
    char *begin, *at, *end; /* ours in out, the next byte, and where the cap is */
    enum gap gap;
    bool full; /* cut; everything else is ignored */
};

/* Appends to `out` what `markup` bytes of markup can become. 0, or -1: no memory (out->failed). */
int html_text_begin(struct html_text *t, struct buf *out, size_t markup);
void html_text_end(struct html_text *t); /* out->len counts then */

/* Elements part lines or words; the larger gap wins. */
static inline void html_text_owe(struct html_text *t, enum gap gap) {
    if (gap > t->gap) t->gap = gap;
}

/* A run of characters, up to the first '<' (if tags) or '&' (if references). Returns the bytes taken; bytes
 * that are no UTF-8 are passed over. */
size_t html_text_run(struct html_text *t, struct text run, bool tags, bool references);
/* Valid UTF-8, in which nothing is markup. */
void html_text_add(struct html_text *t, struct text run);

#endif

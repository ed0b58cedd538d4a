/* Markup to plain text: a streaming tokenizer, no tree. Pure, any thread, linear in its input.
 *
 * White space is folded to one blank, block elements part lines, inline elements never part words; scripts,
 * styles and their like are dropped; all HTML references are decoded (WHATWG HTML, section 13.2.5). Soft
 * hyphens and zero-width spaces go, since a word query would miss. What does not fit in `out` is cut at a
 * character; valid UTF-8 in gives valid UTF-8. Every call appends to `out`. */
#ifndef NEWSALERTD_PARSE_HTML_H
#define NEWSALERTD_PARSE_HTML_H

#include "base/buf.h"

/* A value that is HTML. Doubly encoded text (no tag, but references or whole tags once it was decoded) is
 * decoded once more. 0; 1: cut at out->max; -1: no memory. */
int html_to_text(struct text value, struct buf *out);
/* A value that is text: '<' stays. References that it still holds were encoded doubly, and are decoded. */
int html_plain(struct text value, struct buf *out);

#endif

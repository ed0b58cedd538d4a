/* Foreign text on its way out: cleaned, cut, escaped. What every renderer needs, in that order. Pure.
 *
 * Facts come from feeds, so they are hostile: control characters, line breaks in a title, signs that turn the
 * reading direction (U+202A-E, U+2066-9, which can make "gnp.exe" of a link). Broken UTF-8 becomes U+FFFD.
 * Cutting comes before escaping, so that no entity is halved, and falls on a grapheme boundary (UAX 29). */
#ifndef NEWSALERTD_DELIVER_RENDER_PROSE_H
#define NEWSALERTD_DELIVER_RENDER_PROSE_H

#include "base/buf.h"
#include "base/text.h"

#include <stdint.h>

#define PROSE_ELLIPSIS "\xE2\x80\xA6"
#define PROSE_ZW       "\xE2\x80\x8B" /* breaks markup and mentions that have no escape */

/* Appended: one line. Controls, line breaks and runs of white space become one space; trimmed. */
void prose_line(struct buf *out, struct text t);
/* Appended: several lines. As above within a line; line breaks stay, at most one empty line in a row. */
void prose_block(struct buf *out, struct text t);

enum prose_unit { PROSE_CHARACTERS, PROSE_UTF16, PROSE_BYTES };
/* How many bytes of clean text fit in `max` units, room for "…" included when something must go.
 * A single grapheme larger than that gives 0. */
size_t prose_fit(struct text t, size_t max, enum prose_unit unit, bool *ret_cut);
/* Appended: the text, cut with "…" where it is too long. */
void prose_cut(struct buf *out, struct text t, size_t max, enum prose_unit unit);
size_t prose_length(struct text t, enum prose_unit unit);

/* What a sign is replaced by. A table ends with sign 0. */
struct prose_escape {
    char sign;
    const char *by;
};
extern const struct prose_escape prose_html[]; /* & < > " ' */
void prose_escaped(struct buf *out, struct text t, const struct prose_escape *table);

/* Appended: a link that may be shown: http(s) with a host, `"<>|\^`{}`, space and controls percent-encoded.
 * 0, or -1 (nothing appended) when it is none. */
int prose_link(struct buf *out, struct text url);

/* One UTF-8 character. Returns its length in bytes; *ret_code is -1 for a byte that begins none (length 1).
 */
size_t prose_character(struct text t, int32_t *ret_code);

#endif

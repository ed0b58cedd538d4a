/* What the chat formats have in common: one message as one text in a service's own markup. Pure.
 *
 * A dialect says how foreign text, links and line breaks are written; chat_text puts the message together and
 * makes it shorter until it fits: first the excerpt, then the titles, then fewer entries, which "and 12 more"
 * counts. Cutting comes before escaping, at grapheme boundaries, so nothing is ever halved. */
#ifndef NEWSALERTD_DELIVER_RENDER_CHAT_H
#define NEWSALERTD_DELIVER_RENDER_CHAT_H

#include "deliver/render/prose.h"
#include "deliver/render/render.h"

/* Appended: foreign text, one clean line, written so that the service shows it and obeys nothing in it. */
typedef void chat_escape_fn(struct buf *out, struct text line);
/* Appended: a link with that label. Both are as they came; url has been through prose_link. */
typedef void chat_link_fn(struct buf *out, struct text url, struct text label);

struct chat_dialect {
    enum prose_unit unit;
    chat_escape_fn *escape;
    chat_link_fn *link; /* NULL: the label, and the address on a line of its own */
    const char *newline, *bullet;
    const char *strong[2]; /* around the title */
};
extern const struct chat_dialect chat_plain;

enum { CHAT_TITLE = 1, CHAT_BYLINE = 2, CHAT_LINK = 4 };
/* Appended: the message (with the parts that are asked for), at most `max` units as written. 0, or -1: it
 * does not fit at all. */
int chat_text(const struct render_ask *ask, const struct facts *f, const struct chat_dialect *d,
              unsigned parts, size_t max, struct buf *out);
/* Appended: the title, cut so that it is at most `max` units as escaped (escape NULL: as it stands). */
void chat_title(const struct render_ask *ask, const struct facts *f, chat_escape_fn *escape,
                enum prose_unit unit, size_t max, struct buf *out);
/* Appended: any clean text, in the same way. */
void chat_cut(struct buf *out, struct text t, chat_escape_fn *escape, enum prose_unit unit, size_t max);
/* Appended: the item's address if it may be shown, at most `max` bytes. False: there is none. */
bool chat_url(const struct render_ask *ask, const struct facts *f, size_t max, struct buf *out);
/* Appended: the same with ()[] encoded too, for a link of Markdown. */
void chat_markdown_url(struct buf *out, struct text url);

/* Sets a member to the text that an appending function writes. */
void chat_set(json_t *j, const char *key, const struct buf *b);
/* Appended: the JSON text; takes the reference. */
int chat_dump(json_t *j, struct buf *out);
/* Appended: percent-encoded, for a part of an address or of a form (RFC 3986, unreserved stay). */
void chat_percent(struct buf *out, struct text t);

/* Foreign text in the markups that several services share. */
chat_escape_fn chat_html, chat_markdown;
/* A sign of `signs` is followed by U+200B; and what would open a block stands behind one at a line's start.
 */
void chat_defuse(struct buf *out, struct text t, const char *signs, const char *line_start);

#endif

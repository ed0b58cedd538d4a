/* The bytes of mail: header lines (RFC 5322, 2047), mailboxes (RFC 5321, 6531, 5891), quoted-printable
 * (RFC 2045) and flowed text (RFC 3676). All lines end with CRLF. Pure.
 *
 * No value can begin a header of its own: control characters become spaces before anything else. */
#ifndef NEWSALERTD_DELIVER_RENDER_MIME_H
#define NEWSALERTD_DELIVER_RENDER_MIME_H

#include "base/buf.h"
#include "base/text.h"

/* "Name: value", folded at 78; as encoded words (each at most 75 octets, never splitting a character) where
 * the value is not plain ASCII. */
void mime_header(struct buf *out, const char *name, struct text value);
/* A display name: as it is, quoted, or as encoded words. `column`: where the line stands. */
void mime_phrase(struct buf *out, struct text name, size_t column);

struct mailbox {
    struct buf name;    /* may be empty */
    struct buf address; /* local@domain, the domain in A-labels */
    bool utf8;          /* the local part is not ASCII: SMTPUTF8 is needed */
};
/* Of `Name <a@b>` or `a@b`. 0, or -1 for what is no address: controls, blanks, <> or no domain in it. */
int mailbox_init(struct mailbox *m, struct text t);
void mailbox_clear(struct mailbox *m);
struct text mailbox_domain(const struct mailbox *m);
/* `Name <a@b>` for a header that stands at `column`. */
void mailbox_add(const struct mailbox *m, struct buf *out, size_t column);

/* Text with line feeds → quoted-printable, lines at most 76 octets. */
void mime_quoted_printable(struct buf *out, struct text t);
/* Lines → format=flowed: wrapped at 72 characters with a trailing blank, space-stuffed. Line feeds. */
void mime_flowed(struct buf *out, struct text t);

#endif

/* What the decoders of charset.c share. Each appends to `out`, or lets r->text be the input where it can stay
 * as it is. 0, or -1: it does not fit, or no memory. Pure, any thread. */
#ifndef NEWSALERTD_PARSE_CHARSET_PARTS_H
#define NEWSALERTD_PARSE_CHARSET_PARTS_H

#include "parse/charset.h"

#include <iconv.h>

/* UTF-8, mended where it is none. */
int charset_utf8(struct text t, struct buf *out, struct charset_result *r);
/* Is there a valid character of several bytes, and are there high bytes at all? */
bool charset_is_utf8(struct text t, bool *ret_high);
/* Any other, by iconv. `width`: bytes of the smallest unit. */
int charset_convert(iconv_t cd, struct text t, size_t width, struct buf *out, struct charset_result *r);
/* Windows-1252: all 256 bytes mean something, as with browsers. */
int charset_windows_1252(struct text t, struct buf *out, struct charset_result *r);

/* Length of the front that is plain ASCII without forbidden controls. */
size_t charset_plain(const char *ptr, size_t n);
/* Forbidden controls and U+FFFE, U+FFFF at p, of which n bytes are there: their bytes, or 0. */
size_t charset_forbidden(const char *ptr, size_t n);
/* Tells of an edit; one that touches the last of its kind is the same. */
void charset_edit(struct charset_result *r, size_t at, size_t len, size_t to, bool control);

#endif

/* Any bytes to UTF-8, before any parser sees them: the one conversion room. Pure, any thread.
 *
 * Order of evidence: byte order mark; charset of the Content-Type; the byte pattern of UTF-16/32; the XML
 * declaration; valid UTF-8; Windows-1252. What the bytes refute is no evidence: wide characters that are not
 * there, a Content-Type's UTF-8 without one valid character where the declaration says something else. Labels
 * mean what browsers take them for (WHATWG Encoding), so "latin1" is Windows-1252. What a decoder cannot read
 * is mended run by run, never refused: in UTF-8 as Windows-1252, elsewhere as one U+FFFD a byte. */
#ifndef NEWSALERTD_PARSE_CHARSET_H
#define NEWSALERTD_PARSE_CHARSET_H

#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"

#include <stdint.h>

/* A place where the text is not what the bytes said. */
struct charset_edit {
    size_t at, len; /* bytes of the document */
    size_t to;      /* byte of the text behind it */
    bool control;   /* forbidden controls that were left out, else bytes that were mended */
};

struct charset_result {
    struct text
        text; /* valid UTF-8 without the controls that XML forbids; the input itself, or in `storage` */
    const char *name; /* what it was read as */
    size_t repaired;  /* invalid runs that were mended */
    size_t dropped;   /* forbidden controls that were left out */
    bool lie;         /* a declared charset was not believed */
    size_t start;     /* bytes of the mark at the front */
    size_t n_edits;   /* the first of them */
    struct charset_edit edits[LIMIT_CHARSET_EDITS];
};

/* `storage` is initialised by the caller, with its maximum. 0, or -1: it does not fit, or no memory. */
int charset_decode(struct text bytes, struct text content_type, struct buf *storage,
                   struct charset_result *ret);
/* The byte of the document from which the text's byte `at` came. Of a document that was converted from
 * another charset than UTF-8 only `edits` lie where the document has them, and `at` is given back. */
size_t charset_origin(const struct charset_result *r, size_t at);
/* The Windows-1252 character of a byte 80-9F (the C1 controls of text that was made on Windows). */
uint32_t charset_windows(unsigned char c);
/* The decoder's name of a label ("latin1" → "windows-1252"), or NULL. */
const char *charset_of_label(struct text label);

#endif

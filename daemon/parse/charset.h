/* Any bytes to UTF-8, before any parser sees them: the one conversion room. Pure, any thread.
 *
 * Order of evidence: byte order mark; charset of the Content-Type; the byte pattern of UTF-16/32; the XML
 * declaration; valid UTF-8; Windows-1252. Labels mean what browsers take them for (WHATWG Encoding), so
 * "latin1" is Windows-1252. What a decoder cannot read is mended run by run, never refused. */
#ifndef NEWSALERTD_PARSE_CHARSET_H
#define NEWSALERTD_PARSE_CHARSET_H

#include "base/buf.h"
#include "base/text.h"

#include <stdint.h>

struct charset_result {
    struct text
        text; /* valid UTF-8 without the controls that XML forbids; the input itself, or in `storage` */
    const char *name; /* what it was read as */
    size_t repaired;  /* invalid runs that were mended */
    size_t first;     /* byte (of the output) of the first of them */
    size_t dropped;   /* forbidden controls that were left out */
    bool lie;         /* a declared charset was not believed */
};

/* `storage` is initialised by the caller, with its maximum. 0, or -1: it does not fit, or no memory. */
int charset_decode(struct text bytes, struct text content_type, struct buf *storage,
                   struct charset_result *ret);
/* The Windows-1252 character of a byte 80-9F (the C1 controls of text that was made on Windows). */
uint32_t charset_windows(unsigned char c);
/* The decoder's name of a label ("latin1" → "windows-1252"), or NULL. */
const char *charset_of_label(struct text label);

#endif

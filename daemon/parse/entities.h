/* Named and numeric character references of HTML. Pure, any thread. */
#ifndef NEWSALERTD_PARSE_ENTITIES_H
#define NEWSALERTD_PARSE_ENTITIES_H

#include "base/text.h"

enum reference_rule {
    REFERENCE_CLOSED, /* only with its semicolon: in XML, in addresses, in text that is decoded again */
    REFERENCE_HTML    /* as browsers read text: the 106 old names and numbers without semicolon too */
};

#define REFERENCE_MAX 8 /* bytes a reference can become; never more than 1.2 times its own length */

/* t stands at an '&'. Returns the bytes of the reference (0: it is none, the '&' is a character), and what
 * it stands for. Numbers 128-159 mean Windows-1252; what is no character becomes U+FFFD. */
size_t reference_read(struct text t, enum reference_rule rule, char out[REFERENCE_MAX], size_t *ret_len);

#endif

/* What WebSub reads of HTTP headers: the links of an answer (RFC 8288) and the signature of a push (W3C
 * WebSub, sections 4 and 8). Pure, any thread. */
#ifndef NEWSALERTD_POLL_WEBSUB_LINK_H
#define NEWSALERTD_POLL_WEBSUB_LINK_H

#include "base/text.h"

/* The targets of rel=hub and rel=self in one Link header, as written; what is there already stays. */
void websub_links(struct text header, struct text *hub, struct text *self);

enum signature { SIGNATURE_GOOD, SIGNATURE_GOOD_SHA1, SIGNATURE_BAD, SIGNATURE_UNKNOWN, SIGNATURE_NONE };
/* X-Hub-Signature ("sha256=…"; sha384, sha512, and sha1, which is old) over a body. NULL header: none. The
 * comparison takes the same time wherever two signatures differ. */
enum signature websub_signature(const char *header, const char *secret, struct text body);

#endif

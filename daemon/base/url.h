/* Addresses: RFC 3986. Pure, any thread. */
#ifndef NEWSALERTD_BASE_URL_H
#define NEWSALERTD_BASE_URL_H

#include "base/arena.h"
#include "base/text.h"

struct url { /* pieces of one reference, as written; ptr NULL: absent, which is not the same as empty */
    struct text scheme, authority, path, query, fragment;
    struct text userinfo, host, port; /* of the authority */
};
void url_split(struct text t, struct url *ret);

/* RFC 3986 section 5.2 (strict), with cleaning as browsers do: white space trimmed, CR LF TAB dropped, blanks
 * and non-ASCII percent-encoded. base absent: only an absolute reference gives a result. TEXT_NONE for what
 * is no address, or longer than LIMIT_URL. */
struct text url_resolve(struct text base, struct text reference, struct arena *a);
bool url_is_http(struct text t); /* http: or https:, with a host */

/* For identity: http for https, without www., fragment, trailing slash, default port and tracking parameters
 * (utm_*, fbclid, gclid …); scheme and host in small letters. TEXT_NONE for none. */
struct text url_canonical(struct text t, struct arena *a);
/* What may be shown or logged: without user, password and query values. Heap; caller frees. */
char *url_masked(const char *url);

#endif

/* The header lines of one answer, as far as polling needs them. Pure: fed line by line, whatever comes; no
 * I/O, no clock, no log. RFC 9110 (Retry-After, dates, validators), RFC 9111 (freshness). Times are ms.
 *
 * An "HTTP/" line starts anew (interim answers, a proxy's), the empty line ends: trailers do not count. */
#ifndef NEWSALERTD_POLL_HEADERS_H
#define NEWSALERTD_POLL_HEADERS_H

#include "base/text.h"

#include <stdint.h>

struct headers {
    size_t total; /* bytes of all lines so far, interim answers included */
    bool ended;
    char *location, *content_type;
    char *etag, *last_modified; /* verbatim; NULL: none, too long, or with control characters */
    int64_t date, expires;      /* wall; TIME_NONE: absent or unreadable */
    bool has_expires;           /* also an unreadable one, which means: stale already */
    int64_t age;                /* ms */
    int64_t max_age;            /* -1: not said */
    bool no_store;              /* no-store, no-cache */
    char *retry_after;          /* as written */
    char *hub, *self;           /* of Link, as written; NULL: none */
};

void headers_init(struct headers *h);
void headers_clear(struct headers *h);
/* One line, with or without its line end. 0, or -1 when all lines together are over LIMIT_HEADERS. */
int headers_line(struct headers *h, struct text line);
/* What is asked before the next request: max-age less Age, else Expires less Date; 0: nothing. `now` stands
 * in for a missing Date. */
int64_t headers_fresh_for(const struct headers *h, int64_t now);
/* From the answer on; at most LIMIT_RETRY_AFTER_FEED_MS; -1: none, or unreadable. */
int64_t headers_retry_after(const struct headers *h, int64_t now);

#endif

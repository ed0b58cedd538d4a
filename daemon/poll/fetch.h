/* One poll of one url feed: a GET, and up to LIMIT_REDIRECTS hops that are followed by hand, so that every
 * hop passes the same rules: http and https only, never from https down to http, no control characters, the
 * address rule; credentials and own headers go to the configured URL's origin only, validators to the URL
 * that gave them only. Loop thread. RFC 9110, RFC 9111.
 *
 *     f = fetch_new(…);
 *     fetch_start(f, …) → done(FETCH_HOP): fetch_url(f) is on another URL now; fetch_start again when it may
 *                       → done(FETCH_END): fetch_take(f), then fetch_free(f)
 *
 * It copies what it needs of the feed: a reload may take the configuration away meanwhile. */
#ifndef NEWSALERTD_POLL_FETCH_H
#define NEWSALERTD_POLL_FETCH_H

#include "poll/bodies.h"
#include "poll/poller.h"

struct fetch;
enum fetch_step {
    FETCH_HOP,
    FETCH_END,
    FETCH_CROWDED /* no room for so large a body now: fetch_free, and a new one later, with fetch_take_place
                   * of fetch_room */
};
typedef void fetch_done_fn(void *arg,
                           enum fetch_step step); /* the last thing a fetch does: it may be freed */

/* Asks the address that was adopted, else the configured one. conditional: validators may be sent. bodies:
 * must outlive it. Never NULL; an address that is none shows at fetch_start. */
struct fetch *fetch_new(const struct config_feed *feed, const struct feed_status *status, bool conditional,
                        const char *origin, const char *user_agent, struct bodies *bodies);
struct fetch *fetch_free(struct fetch *f);    /* drops what is under way, without done() */
const char *fetch_url(const struct fetch *f); /* the one that is asked next; NULL: the address is none */
/* 0: done() will be called. -1: it has ended already (no memory, no address): fetch_take. tls: the sessions
 * of its host, or NULL; lives until done() or fetch_free. */
int fetch_start(struct fetch *f, struct net *net, CURLSH *tls, fetch_done_fn *done, void *arg);
/* Ends it between two hops, as if its host had answered 429 with this Retry-After (ms). */
void fetch_refuse(struct fetch *f, int64_t retry_after);
/* A place for a large body beforehand; false: there is none now. */
bool fetch_take_place(struct fetch *f, size_t room);
size_t fetch_room(const struct fetch *f);    /* what it lacked */
struct fetched *fetch_take(struct fetch *f); /* once, when it has ended; the receiver owns it */

#endif

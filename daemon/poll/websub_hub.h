/* One request to a hub: subscribe, or unsubscribe (W3C WebSub, section 5.1). The address policy, certificates
 * and proxy are those of the feed; 307 and 308 are followed, never from https down to http. Loop thread. */
#ifndef NEWSALERTD_POLL_WEBSUB_HUB_H
#define NEWSALERTD_POLL_WEBSUB_HUB_H

#include "config/config.h"
#include "net/net.h"
#include "poll/schedule_push.h"

struct hub_request;
/* status: HTTP's, 0: none came; why: in words when it is no 2xx. Once, from the loop. */
typedef void hub_done_fn(void *arg, int status, const char *why);
/* feed may be NULL: one that was taken out; then allow_private counts. The callback is the whole address.
 * Everything is copied. NULL: no memory for the request. */
struct hub_request *hub_ask(struct net *net, const struct lease *l, const char *callback,
                            const struct config_feed *feed, bool allow_private, const char *user_agent,
                            hub_done_fn *done, void *arg);
/* Drops it, without done(). NULL is fine; returns NULL. */
struct hub_request *hub_drop(struct hub_request *r);

/* hub.lease_seconds of a subscription. */
#define HUB_LEASE_MS (10LL * 86400000)

#endif

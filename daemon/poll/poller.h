/* Polling on the loop: the heap of due feeds, the hosts with their spacing, and the requests (poll/fetch).
 * Loop thread only. What a document says and when a feed is due next is decided elsewhere (pipeline,
 * poll/schedule); the poller gets the answer by poller_answered. */
#ifndef NEWSALERTD_POLL_POLLER_H
#define NEWSALERTD_POLL_POLLER_H

#include "config/config.h"
#include "net/net.h"
#include "poll/schedule.h"

/* One fetched answer on its way to the pipeline. Heap; the receiver frees it with fetched_free. */
struct fetched {
    char *location; /* which feed: config_feed.location */
    struct answer answer;
    char *body; /* NULL: none; else body_len bytes (a path feed has none: the pipeline reads the file) */
    size_t body_len;
    bool cut;                       /* the transfer ended early */
    char *content_type, *final_url; /* the URL that answered */
    char *etag, *last_modified;     /* of this answer, at most LIMIT_VALIDATOR; NULL: none */
    char *hub, *self;               /* WebSub: of its Link headers, as written; NULL: none */
    bool pushed;                    /* by a hub: no answer to a request of ours */
    struct feed_host host;          /* after a 429: what the host is owed; key NULL: nothing */
    bool reached;                   /* a host elsewhere was connected to */
    bool unreached, local_error;    /* not resolved or connected to; for want of a route or a descriptor */
};
struct fetched *fetched_free(struct fetched *f); /* in fetched.c */

struct poller_events {
    void *ctx;
    /* Before a request starts: the feed is due at `due` (wall ms), whatever comes; then poller_claimed. */
    void (*claim)(void *ctx, const char *location, int64_t due);
    void (*fetched)(void *ctx, struct fetched *f); /* ownership passes */
};

struct poller;
struct poller *poller_new(struct event_base *base, struct net *net, const struct poller_events *events);
struct poller *poller_free(struct poller *p); /* requests under way are dropped */
/* Takes the feeds of a configuration (which must live until the next call has returned, or poller_free),
 * keeps what it knows of those that stay. Sections with the same location are one feed, polled once, as the
 * first enabled one says. `status` gives what the store knows of a feed, NULL for a new one. */
void poller_configure(struct poller *p, const struct config *config,
                      const struct feed_status *(*status)(void *ctx, const char *location), void *ctx);
/* The claim is committed: the request may start. */
void poller_claimed(struct poller *p, const char *location);
/* The pipeline's word on one answer, committed. The status is copied. */
void poller_answered(struct poller *p, const char *location, const struct feed_status *status);
/* The transaction of an answer or a claim failed: validators and due time stay, try again after a while.
 * False: it does not concern a feed that waits for one. */
bool poller_not_committed(struct poller *p, const char *location);
/* What a push has changed. The status is copied, due times stay. */
void poller_pushed(struct poller *p, const char *location, const struct feed_status *status);
/* Its hub is not to be relied on any more (or a push was lost): the next poll is not later than `wait` ms
 * from now; wait < 0: the feed's plain interval. */
void poller_hurry(struct poller *p, const char *location, int64_t wait);
void poller_pause(struct poller *p, bool paused); /* the pipeline's queue is full */
/* --once: from now on only poller_poll_now starts anything; what is due by itself stays. A feed that is left
 * out because its host asks for a pause meanwhile is named in the log. */
void poller_only_now(struct poller *p);
/* Polls now (newsalertctl poll, --once): names NULL: all enabled, but none that is gone (410), nor, unless
 * after poller_only_now, within its back-off. Named feeds: gone or not, but not within a back-off. force: all
 * of them. A feed whose host pauses (429) is refused in any case. Refused feeds and unknown names are lines
 * "NAME: why" in *ret_refused (caller frees; NULL: none). Returns how many will be polled. */
size_t poller_poll_now(struct poller *p, const char *const *names, size_t n, bool force, char **ret_refused);
bool poller_idle(const struct poller *p); /* nothing queued or under way, nothing waiting for the pipeline */

/* For `feeds`: one row a feed, in the order of the configuration. */
struct poller_row {
    const struct config_feed *feed;
    const struct feed_status *status;
    bool busy, parked; /* parked: it waits for the network */
};
const struct config_feed *poller_feed(const struct poller *p, const char *location); /* NULL: not polled */
/* What was last said of a feed in the log: the caller's to change. NULL: it is not polled. */
struct feed_seen {
    enum feed_state state;
    bool failing;
};
struct feed_seen *poller_seen(struct poller *p, const char *location);
int64_t poller_network_lost(const struct poller *p); /* wall ms since when; TIME_NONE: it is there */
int64_t poller_late_p99(const struct poller *p);     /* of the last starts: ms behind their due times */
size_t poller_rows(const struct poller *p, struct poller_row **ret); /* caller frees the array */

#endif

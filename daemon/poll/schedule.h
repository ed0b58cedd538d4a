/* When a feed is due: a pure function of its state, an answer and the time (contract/polling.md). Runs in the
 * pipeline thread, which stores the state in the answer's transaction. Times are wall ms. */
#ifndef NEWSALERTD_POLL_SCHEDULE_H
#define NEWSALERTD_POLL_SCHEDULE_H

#include "config/config.h"
#include "item/item.h"

enum answer_kind {
    ANSWER_FEED,         /* 200 or 226, a feed that was read to its end (also: a path that was read) */
    ANSWER_NOT_MODIFIED, /* 304, or a file that did not change */
    ANSWER_CUT,          /* a feed that ends in the middle */
    ANSWER_NOT_FEED,     /* 200 that is no feed; 204, 205, 206, 300 … */
    ANSWER_STATUS,       /* any other status: see status */
    ANSWER_NETWORK,      /* resolve, connect, TLS, time-out, reset, refused address: see error */
    ANSWER_REDIRECTS     /* too many hops, or to where it may not go */
};

/* One answer, body aside: what the loop learned. */
struct answer {
    enum answer_kind kind;
    int status;          /* HTTP's; 0: none */
    bool slow_error;     /* DNS or TLS: its back-off may grow to 6 h */
    int64_t retry_after; /* ms from the answer; -1: none */
    int64_t fresh_for;   /* what Cache-Control or Expires ask, less Age; ms; 0: nothing */
    int64_t at;          /* wall ms */
    size_t new_items;
    char error[240]; /* in words, for `feeds`; "" when good */
};

enum feed_state { FEED_NEW, FEED_OK, FEED_FAILING, FEED_DEAD, FEED_SILENT, FEED_PAUSED, FEED_OFF };
extern const char *const feed_state_names[];

/* What is kept of a feed between polls. Stored as JSON by store/. */
struct schedule_state {
    int64_t last;            /* last answer; TIME_NONE: never */
    int64_t last_ok;         /* last good answer */
    int64_t next;            /* due; TIME_NONE: now */
    int64_t paused_until;    /* Retry-After of this feed or its host */
    int64_t failing_since;   /* TIME_NONE: not failing */
    int64_t failures;        /* in a row */
    int64_t gone;            /* answers 410 in a row: after the second it is off */
    struct feed_hints hints; /* of the last document; texts are not kept */
    int64_t fresh_for;
    char error[240];
    char why[64];       /* reason of `next` by name: "every", "max-age", "back-off", "retry-after" … */
    char why_says[200]; /* the same in a sentence */
};
void schedule_init(struct schedule_state *s);

/* All that is known of a feed: what the store keeps, what the loop holds, what the pipeline says after each
 * answer. */
struct feed_status {
    struct schedule_state schedule;
    char *etag, *last_modified; /* verbatim, or NULL; sent only to validator_url */
    char *validator_url;        /* the URL that gave them */
    char *title;                /* of the last document, or NULL */
    int64_t items;              /* seen in all */
};
void feed_status_clear(struct feed_status *s);
void feed_status_copy(struct feed_status *to, const struct feed_status *from);

/* The next time: changes the state, and leaves the reason in it. installation: seed of the jitter, so that
 * installations do not strike together. */
void schedule_answer(struct schedule_state *s, const struct config_feed *feed, const struct answer *answer,
                     const struct feed_hints *hints, uint64_t installation, int64_t now);
/* The plain interval: what a claim sets before a request starts. */
int64_t schedule_interval(const struct schedule_state *s, const struct config_feed *feed);
enum feed_state schedule_state_name(const struct schedule_state *s, const struct config_feed *feed,
                                    int64_t now);

#endif

/* Leases: what is kept of a WebSub subscription (W3C WebSub, 2018), and what a lease means for the polling of
 * its feed. Pure: floor 3. Times are wall ms; 0: never.
 *
 * While a lease holds, pushes tell what is new, and the feed is polled every max_every as a check. A check
 * that finds items which no push brought ends that trust for a day, unless the push comes right after. */
#ifndef NEWSALERTD_POLL_SCHEDULE_PUSH_H
#define NEWSALERTD_POLL_SCHEDULE_PUSH_H

#include "poll/schedule.h"

#include <stddef.h>

enum lease_state {
    LEASE_WANTED, /* the hub is to be asked, or was asked and has not confirmed yet */
    LEASE_HELD,   /* confirmed: good until `until`; a renewal may be under way */
    LEASE_LEAVING /* the feed was taken out: the hub is asked to end it */
};

#define LEASE_TOKEN 32 /* characters of the path: 160 random bits in base32 */
#define LEASE_TEXT  200

struct lease {
    char *location;    /* of the feed; the key */
    char *hub, *topic; /* addresses, absolute */
    char *path;        /* LEASE_TOKEN characters, unguessable: the end of the callback */
    char *secret;      /* of the signatures */
    enum lease_state state;
    bool asked;             /* the hub may confirm now */
    int64_t until;          /* end of the lease */
    int64_t next;           /* when to ask (again); with `asked`: when to give up waiting */
    int64_t failures;       /* in a row */
    char error[LEASE_TEXT]; /* why it is not held; "" */
    /* Written by the pipeline only: */
    int64_t pushed; /* the last push that was a feed */
    int64_t missed; /* a check found what no push had brought */
};
void lease_clear(struct lease *l);

/* May pushes be relied on? */
bool lease_trusted(const struct lease *l, int64_t now);
/* A check found n new items. True: pushes were missed (and l->missed is set). */
bool lease_checked(struct lease *l, size_t n, int64_t now);
/* A push was read: l->pushed, and what looked missed a moment ago was only late. */
void lease_pushed(struct lease *l, int64_t now);
/* When a confirmed lease is renewed: at 80% of what was granted. */
int64_t lease_renewal(int64_t granted, int64_t now);
/* How long to wait after the n-th failure in a row: 1 h × 2^(n-1), a day at most. */
int64_t lease_backoff(int64_t failures);
/* Moves the next poll of a feed whose lease is trusted: `s` has just taken a good answer. */
void schedule_push(struct schedule_state *s, const struct config_feed *feed, int64_t now);

#endif

/* What decide.c (threads) and decide_hold.c (pools) share. */
#ifndef NEWSALERTD_STORY_DECIDE_INSIDE_H
#define NEWSALERTD_STORY_DECIDE_INSIDE_H

#include "story/decide.h"

#define EDIT_APART   MINUTE
#define UPDATE_APART (10 * MINUTE)

struct entries {
    struct decide_entry *list;
    size_t n, cap;
};

/* Why entries of an alert wait at a notifier. */
enum pool { POOL_MUTE, POOL_QUIET, POOL_DIGEST, POOL_LIMIT, N_POOLS };

struct lane { /* alert × notifier */
    struct entries pools[N_POOLS];
    int64_t due[N_POOLS]; /* of a pool that is not empty */
    int64_t *sent;        /* counted messages, the newest limit of them in a ring */
    size_t n_sent, at_sent;
};

struct tail { /* thread × notifier: later outlets that are not told yet */
    struct entries folds;
    int64_t due;  /* TIME_NONE: nothing waits */
    int64_t last; /* last message of the thread here; TIME_NONE: none went out */
    int64_t gap;  /* until the next follow-up */
};

struct thread {
    size_t alert;
    int64_t story, opened, last_update, update_due;
    char **publishers; /* independent ones, and families of copies as the item that began them */
    size_t n_publishers, cap_publishers;
    bool confirmed, closed;
    struct entries waiting; /* unconfirmed = hold */
    struct entries updates; /* that wait for update_due */
    struct tail *tails;     /* by notifier */
};

struct mute {
    int64_t until; /* TIME_NONE: not muted */
    int64_t since;
    bool drop; /* of what fires since */
};

struct decide {
    const struct decide_alert *alerts;
    const struct decide_notifier *notifiers;
    size_t n_alerts, n_notifiers;
    struct lane *lanes; /* alert × notifiers + notifier */
    struct mute *mutes;
    struct thread *threads;
    size_t n_threads, cap_threads;
};

/* One message in the making. */
struct offer {
    int64_t at;
    size_t alert, notifier;
    enum message_kind kind;
    enum level level;
    bool passes; /* quiet, if the alert is flash: not a fold by url or copy */
};

static inline struct lane *lane_of(const struct decide *d, size_t alert, size_t notifier) {
    return &d->lanes[alert * d->n_notifiers + notifier];
}

void entries_add(struct entries *e, const struct decide_entry *one); /* copies it */
void entries_move(struct entries *to, struct entries *from);
void entries_clear(struct entries *e);

/* Through mute, quiet, digest and limit: sent, or put into a pool. Takes the entries. True: it went out. */
bool decide_offer(struct decide *d, const struct offer *o, struct entries *entries, struct decide_out *out);
/* The earliest of what pools wait for, and all pools that are due then. */
int64_t decide_pools_wake(const struct decide *d);
void decide_pools_release(struct decide *d, int64_t now, struct decide_out *out);

#endif

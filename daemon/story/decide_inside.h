/* What decide.c (threads), decide_hold.c (pools), decide_mute.c and decide_form.c (its stored form) share. */
#ifndef NEWSALERTD_STORY_DECIDE_INSIDE_H
#define NEWSALERTD_STORY_DECIDE_INSIDE_H

#include "story/decide.h"
#include "story/table.h"

#define EDIT_APART   MINUTE
#define UPDATE_APART (10 * MINUTE)
#define THREAD_KEPT  (8 * DAY) /* after it opened: as long "again" is known */

struct entries {
    struct decide_entry *list;
    size_t n, cap;
};

#define N_POOLS (POOL_LIMIT + 1) /* that a lane has */

struct lane { /* alert × notifier, once something waited or was counted there */
    size_t alert, notifier;
    struct entries pools[N_POOLS];
    int64_t due[N_POOLS]; /* of a pool that is not empty */
    int64_t *sent;        /* counted messages, the newest limit of them in a ring */
    size_t n_sent, at_sent;
    bool changed; /* `sent` is to be stored */
};

struct tail { /* thread × notifier: later outlets that are not told yet */
    struct entries folds;
    int64_t due;  /* TIME_NONE: nothing waits */
    int64_t last; /* last message of the thread here; TIME_NONE: none went out */
    int64_t gap;  /* until the next follow-up */
    int64_t told; /* messages of this thread so far: the last one's revision */
};

struct thread {
    int64_t id;
    size_t alert;
    int64_t story, opened, last_update, update_due;
    char **publishers; /* independent ones, and families of copies as the item that began them */
    size_t n_publishers, cap_publishers;
    bool confirmed, again;
    bool changed;           /* is to be stored */
    struct entries waiting; /* unconfirmed = hold */
    struct entries updates; /* that wait for update_due */
    struct tail *tails;     /* by notifier */
};

struct mute {
    struct decide_mute is;
    struct entries *pools; /* by notifier */
};

struct decide {
    const struct decide_alert *alerts;
    const struct decide_notifier *notifiers;
    size_t n_alerts, n_notifiers;
    struct lane **lanes;
    size_t n_lanes, cap_lanes;
    struct table lane_at; /* alert and notifier → index */
    struct mute *mutes;
    size_t n_mutes, cap_mutes;
    struct thread **threads; /* as they opened */
    size_t n_threads, cap_threads;
    struct table thread_at; /* alert and story → index of the newest */
    int64_t next_thread;
    int64_t wake;   /* nothing is due before; TIME_NONE: nothing waits */
    int64_t purged; /* old threads were forgotten then */
};

/* One message in the making. */
struct offer {
    int64_t at;
    size_t alert, notifier;
    enum message_kind kind;
    enum level level;
    bool passes; /* quiet, if the alert is flash: not a fold by url or copy */
};

static inline int64_t earlier(int64_t a, int64_t b) {
    return a == TIME_NONE ? b : b == TIME_NONE ? a : a < b ? a : b;
}
static inline void wake_by(struct decide *d, int64_t due) {
    if (due != INT64_MAX) d->wake = earlier(d->wake, due);
}

struct lane *decide_lane(struct decide *d, size_t alert, size_t notifier);            /* made if need be */
struct lane *decide_lane_find(const struct decide *d, size_t alert, size_t notifier); /* NULL: none */
/* The newest thread of the story, open or not; NULL: none. */
struct thread *decide_thread_of(const struct decide *d, size_t alert, int64_t story);
struct thread *decide_thread_add(struct decide *d, int64_t id, size_t alert, int64_t story, int64_t opened);
struct thread *decide_thread_free(struct thread *t, size_t n_notifiers);
const struct zone *decide_zone(const struct decide *d, size_t alert, size_t notifier);
int64_t decide_quiet_until(const struct decide *d, size_t alert, size_t notifier, int64_t now);
int64_t decide_digest_at(const struct decide *d, size_t alert, size_t notifier, enum level level,
                         int64_t now);
int64_t decide_room_at(const struct decide *d, size_t alert, size_t notifier, int64_t now);

void entries_add(struct entries *e, const struct decide_entry *one); /* copies it */
void entries_move(struct entries *to, struct entries *from);
void entries_clear(struct entries *e);

/* Notes that all of these wait there. */
void decide_placed(const struct decide *d, const struct decide_place *where, const struct entries *entries,
                   size_t from, struct decide_out *out);
/* Takes out what is muted, into the pools of mutes; what a mute drops is gone. */
void decide_mute_entries(struct decide *d, size_t notifier, struct entries *entries, int64_t now,
                         struct decide_out *out);
/* The pool of a mute in which the story's first message waits, or NULL. */
struct mute *decide_mute_with(const struct decide *d, size_t alert, size_t notifier, int64_t story);
void decide_mute_hold(struct decide *d, struct mute *m, size_t notifier, struct entries *entries,
                      struct decide_out *out);
int64_t decide_mutes_wake(const struct decide *d);
void decide_mutes_release(struct decide *d, int64_t now, struct decide_out *out);

/* Through mute, quiet, digest and limit: sent, or put into a pool. Takes the entries. True: it went out. */
bool decide_offer(struct decide *d, const struct offer *o, struct entries *entries, struct decide_out *out);
/* The same, but what may go is counted and left in `entries`, for the caller to emit. */
bool decide_admit(struct decide *d, const struct offer *o, struct entries *entries, struct decide_out *out);
void decide_emit(struct decide *d, const struct offer *o, struct entries *entries, struct decide_out *out);
/* The earliest of what pools wait for, and all pools that are due then. */
int64_t decide_pools_wake(const struct decide *d);
void decide_pools_release(struct decide *d, int64_t now, struct decide_out *out);

#endif

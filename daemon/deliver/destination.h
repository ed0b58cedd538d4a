/* One destination: the rows in hand, their order, and when which of them may go. No I/O and no clock: `boot`
 * and `wall` are now, in ms; queue.c does what is decided here.
 *
 * Order: flash first, then oldest. A row that is not at its end holds back later rows of its own story (and
 * recipient); flash overtakes all but flash. A failure that is not the row's own pauses the destination: then
 * one row goes first, as a probe. What has waited over LIMIT_RATE_WAIT_MS for the rate becomes one summary,
 * once the rate has room again: flash with flash, the others with the others, each recipient by itself. */
#ifndef NEWSALERTD_DELIVER_DESTINATION_H
#define NEWSALERTD_DELIVER_DESTINATION_H

#include "deliver/attempt.h"
#include "deliver/rate.h"
#include "deliver/trouble.h"

enum waiting_state {
    WAITING_TURN,   /* until due */
    WAITING_ANSWER, /* an attempt is under way: holds a slot */
    WAITING_STORE,  /* its result is on its way to the store: holds a slot, if there was an attempt */
};

struct waiting {
    struct row *row; /* owned */
    enum waiting_state state;
    bool slot;     /* counts as in flight */
    bool final;    /* once stored, it is gone */
    int64_t due;   /* boot */
    int64_t since; /* boot: when it was made, though perhaps before this process */
    int64_t began; /* wall: when its retry_for began */
    void *flight;  /* queue.c's attempt; NULL: none */
};

struct destination {
    char *name;
    const struct config_notify *notify; /* NULL: not configured */
    struct waiting **rows;              /* in order */
    size_t n, cap;
    struct rate_bucket bucket;
    int64_t since;  /* wall: configured, or resumed by a person; no row's retry_for began before */
    int64_t paused; /* boot: until then nothing is tried; 0: no pause */
    int64_t dry;    /* boot: since then something waits for the rate; 0: nothing does */
    bool merging;   /* rows are being made one summary: nothing else goes meanwhile */
    bool single;    /* that came to nothing: the next row goes by itself */
    int failures;   /* of the destination, in a row */
    bool suspended, no_probe;
    int64_t suspended_at;   /* boot */
    bool proven;            /* a connection has stood since the last failure */
    bool available;         /* a plugin's own word; true elsewhere */
    int64_t unavailable_at; /* boot */
    char *error;            /* last failure; NULL: none since the last success */
    struct trouble_watch trouble;
    bool more, wanted; /* the store has more rows; it has been asked for them */
    bool fruitless;    /* it had nothing new: not asked again before a row has left */
};

#define NEVER INT64_MAX

struct destination *destination_new(const char *name);
struct destination *destination_free(struct destination *d); /* rows too; nothing may be in flight */
/* NULL: not configured from now on; rows that are not in flight are forgotten (the store keeps them). */
void destination_configure(struct destination *d, const struct config_notify *notify, int64_t boot,
                           int64_t wall);

/* Takes a row (owns it). A row that is in hand already is replaced when it is waiting (a person's retry),
 * else the new one is dropped. True when it is one more. */
bool destination_add(struct destination *d, struct row *row, int64_t boot, int64_t wall);
struct waiting *destination_find(const struct destination *d, int64_t row);
void destination_remove(struct destination *d, struct waiting *w); /* frees it */
size_t destination_in_flight(const struct destination *d);

/* The row that goes next, or NULL; then *ret_wake is the boot time to ask again (NEVER: after an event). */
struct waiting *destination_pick(struct destination *d, int64_t boot, int64_t *ret_wake);
/* Those that may go with it because it is older than max_age: all such rows that are due, itself first, into
 * `ret` (at most max). Returns their number; 0: it is not too old. */
size_t destination_stale(struct destination *d, struct waiting *first, int64_t boot, int64_t wall,
                         struct waiting **ret, size_t max);

/* When the rate has room for `first`: all such rows, itself first, that have waited too long for it, into
 * `ret` (at most max). They are to become one summary, and nothing goes until destination_merged. 0: there
 * are no two of them, and `first` goes by itself. */
size_t destination_overdue(struct destination *d, struct waiting *first, int64_t boot, struct waiting **ret,
                           size_t max);
/* They are gone, merged or not (then the store hands them out again, and the next row goes by itself). */
void destination_merged(struct destination *d, const int64_t *rows, size_t n, bool merged);

/* An attempt ended. Changes pause, rate, suspension and the row, and writes the row's result. */
void destination_answered(struct destination *d, struct waiting *w, const struct answer *a, int64_t boot,
                          int64_t wall, uint32_t chance, struct row_result *ret);
/* A row that went with `first` shares its fate: *ret holds first's result and becomes this row's. */
void destination_follow(struct waiting *w, const struct waiting *first, struct row_result *ret);
/* After a failure: the next row that has waited all its retry_for without a chance; it is dead, and *ret its
 * result. False: no more of them. */
bool destination_gives_up(struct destination *d, int64_t wall, struct row_result *ret);
/* The result is in the store. */
void destination_stored(struct destination *d, struct waiting *w);
/* A plugin says whether messages can be shown. */
void destination_available(struct destination *d, bool yes, const char *why, int64_t boot);
void destination_resume(struct destination *d, int64_t boot, int64_t wall);
/* Could something go before `until`? */
bool destination_idle(struct destination *d, int64_t boot, int64_t until);

#endif

/* What becomes of events of threads, and when (contract/stories.md, "Order of decisions"): folds, follow-ups,
 * promotion, updates, mute, quiet, digest, limit. Pure: event and time in, messages out; the zone is read by
 * who opened it. One owner, one thread.
 *
 * A thread is alert × story. An event becomes an entry, and each entry ends in exactly one message a
 * notifier, never before it fired. What may not go yet stands in a pool of its notifier: the pools are the
 * held rows. Call decide_tick at decide_wake (or later), and before each event; messages come out in time
 * order, each with the instant at which it was due.
 *
 * All of it can be stored and built again: what changed of threads and lanes is said by decide_save, and
 * where entries wait by the places in decide_out. decide_load_… take the same back, in the order threads,
 * lanes, mutes, held entries; then decide_adapt fits them to alerts and notifiers as they are now. */
#ifndef NEWSALERTD_STORY_DECIDE_H
#define NEWSALERTD_STORY_DECIDE_H

#include "base/level.h"
#include "base/zone.h"
#include "item/message.h"
#include "story/hours.h"

#define FOLLOW_UP_NONE (-1)

struct decide_notifier {
    const char *name;
    bool edits;                         /* a message can be changed: a replaced pop-up, an edited message */
    const struct hours *quiet, *digest; /* NULL: none */
    const struct zone *zone;            /* NULL: the alert's */
    enum level break_through;
};

struct decide_alert {
    const char *name;
    enum level level;
    int64_t limit, limit_per;           /* limit 0: none */
    const struct hours *quiet, *digest; /* NULL: none */
    const struct zone *zone;
    int64_t window, follow_up, sources;
    bool hold, updates; /* hold: unconfirmed = hold */
    const bool *notify; /* by notifier */
};

enum decide_change { CHANGE_NEW, CHANGE_TITLE, CHANGE_CLAUSE, CHANGE_COSMETIC };

struct decide_event {
    int64_t at;
    size_t alert;
    int64_t id;                          /* the caller's number for this event; comes back in entries */
    const char *item, *publisher, *feed; /* copied; may be NULL */
    const char *copy_of;                 /* NULL: a later item is a fold by words */
    int64_t story;                       /* never 0 */
    enum decide_change change;
};

struct decide_entry {
    int64_t id;
    char *item;
    size_t alert;
    uint64_t feed; /* decide_feed of its name */
    int64_t story, at;
};
uint64_t decide_feed(const char *name);

struct decide_message {
    int64_t at;
    size_t notifier, alert; /* alert SIZE_MAX: of several */
    enum message_kind kind;
    enum level level;
    int64_t story;            /* 0: of several */
    int64_t thread, revision; /* of the one story; 0: of several */
    int64_t since;            /* summary, digest: the oldest entry's time */
    bool again, unconfirmed;  /* new: the story had a thread before; its thread has too few sources yet */
    int64_t quiet_from;       /* digest after quiet hours: since when something waited; else TIME_NONE */
    struct decide_entry *entries;
    size_t n;
};

/* Why an entry waits at a notifier. */
enum decide_pool {
    POOL_QUIET,
    POOL_DIGEST,
    POOL_LIMIT,
    POOL_MUTE,
    POOL_FOLD,        /* later outlets, until they are told together */
    POOL_UPDATE,      /* the last update was less than ten minutes ago */
    POOL_UNCONFIRMED, /* unconfirmed = hold */
    POOL_DROPPED,     /* it waits no longer: a mute with drop */
    POOL_EXPIRED      /* it waits no longer: it was never confirmed */
};
extern const char *const decide_pool_names[];

struct decide_place { /* an entry waits here from now on */
    int64_t id, story;
    size_t alert, notifier;
    enum decide_pool pool;
    int64_t due;    /* INT64_MAX: for ever */
    int64_t thread; /* of its story */
    int64_t mute;   /* POOL_MUTE */
    size_t sources; /* POOL_EXPIRED: independent publishers that told it */
    size_t before;  /* so many messages were out when it was put there: it counts before the next one */
};

struct decide_out {
    struct decide_message *list;
    size_t n, cap;
    struct decide_place *places;
    size_t n_places, cap_places;
};
void decide_out_clear(struct decide_out *o);

struct decide;
/* Borrows both arrays and all that they point at. next_thread: the number of the next thread; 0: 1. */
struct decide *decide_new(const struct decide_alert *alerts, size_t n_alerts,
                          const struct decide_notifier *notifiers, size_t n_notifiers, int64_t next_thread);
struct decide *decide_free(struct decide *d); /* NULL is fine; returns NULL */

/* Returns the thread that the event belongs to, 0: to none (an update of what was never told). */
int64_t decide_event(struct decide *d, const struct decide_event *e, struct decide_out *out);

enum mute_what { MUTE_ALERT, MUTE_FEED, MUTE_STORY };
extern const char *const mute_what_names[];
struct decide_mute {
    int64_t id; /* the caller's */
    enum mute_what what;
    size_t alert;         /* MUTE_ALERT; SIZE_MAX: of one that is gone */
    uint64_t number;      /* MUTE_FEED: decide_feed; MUTE_STORY: the story */
    int64_t since, until; /* until INT64_MAX: for ever */
    bool drop;            /* what fires meanwhile is recorded, not held */
};
void decide_mute(struct decide *d, const struct decide_mute *m);
void decide_unmute(struct decide *d, int64_t id, int64_t at, struct decide_out *out);
size_t decide_muted(const struct decide *d, int64_t id); /* entries that it holds, a notifier each */

/* All that is due up to and including `now`. */
void decide_tick(struct decide *d, int64_t now, struct decide_out *out);
int64_t decide_wake(const struct decide *d); /* TIME_NONE: never */

/* ---- stored and built again (decide_form.c) ---- */
struct decide_thread { /* texts live for the call */
    int64_t id, story, opened;
    size_t alert;
    bool confirmed;
    const char *form; /* the rest, as JSON */
};
struct decide_lane { /* counted messages of an alert to a notifier */
    size_t alert, notifier;
    const char *form;
};
struct decide_saver {
    void *ctx;
    void (*thread)(void *ctx, const struct decide_thread *t);
    void (*lane)(void *ctx, const struct decide_lane *l);
};
/* Is the thread at hand? Old ones are put away; before an update of one it is loaded again. */
bool decide_knows(const struct decide *d, size_t alert, int64_t story);
/* What changed since the last call. */
void decide_save(struct decide *d, const struct decide_saver *to);
void decide_load_thread(struct decide *d, const struct decide_thread *t);
void decide_load_lane(struct decide *d, const struct decide_lane *l);
/* e is copied; p: where it waits. */
void decide_load_held(struct decide *d, const struct decide_entry *e, const struct decide_place *p);
/* Quiet hours, digests and limits may be others than when things were put there: nothing waits longer than
 * it would now. Also when the clock stepped back. */
void decide_adapt(struct decide *d, int64_t now);

#endif

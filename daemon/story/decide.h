/* What becomes of events of threads, and when (contract/stories.md, "Order of decisions"): folds, follow-ups,
 * promotion, updates, mute, quiet, digest, limit. Pure: event and time in, messages out; the zone is read by
 * who opened it. One owner, one thread.
 *
 * A thread is alert × story. An event becomes an entry, and each entry ends in exactly one message a
 * notifier, never before it fired. What may not go yet stands in a pool of its notifier: the pools are the
 * held rows. Call decide_tick at decide_wake (or later), and before each event; messages come out in time
 * order, each with the instant at which it was due. */
#ifndef NEWSALERTD_STORY_DECIDE_H
#define NEWSALERTD_STORY_DECIDE_H

#include "base/level.h"
#include "base/zone.h"
#include "item/message.h"
#include "story/hours.h"

#define FOLLOW_UP_NONE (-1)

struct decide_notifier {
    const char *name;
    bool edits; /* a message can be changed: a replaced pop-up, an edited message */
    struct hours quiet;
    const struct zone *zone; /* NULL: the alert's */
    enum level break_through;
};

struct decide_alert {
    const char *name;
    enum level level;
    int64_t limit, limit_per; /* limit 0: none */
    struct hours quiet, digest;
    const struct zone *zone;
    int64_t window, follow_up, sources;
    bool hold, updates; /* hold: unconfirmed = hold */
    bool *notify;       /* by notifier */
};

enum decide_change { CHANGE_NEW, CHANGE_TITLE, CHANGE_CLAUSE, CHANGE_COSMETIC };

struct decide_event {
    int64_t at;
    size_t alert;
    const char *item, *publisher, *copy_of; /* copied; copy_of NULL: a later item is a fold by words */
    int64_t story;
    enum decide_change change;
};

struct decide_entry {
    char *item;
    size_t alert;
    int64_t story, at;
};

struct decide_message {
    int64_t at;
    size_t notifier, alert; /* alert SIZE_MAX: of several */
    enum message_kind kind;
    enum level level;
    int64_t story; /* 0: of several */
    struct decide_entry *entries;
    size_t n;
};

struct decide_out {
    struct decide_message *list;
    size_t n, cap;
};
void decide_out_clear(struct decide_out *o);

struct decide;
/* Borrows both arrays and all that they point at. */
struct decide *decide_new(const struct decide_alert *alerts, size_t n_alerts,
                          const struct decide_notifier *notifiers, size_t n_notifiers);
struct decide *decide_free(struct decide *d); /* NULL is fine; returns NULL */

void decide_event(struct decide *d, const struct decide_event *e, struct decide_out *out);
/* until: INT64_MAX for ever. drop: what fires meanwhile is recorded, not held. */
void decide_mute(struct decide *d, size_t alert, int64_t at, int64_t until, bool drop);
void decide_unmute(struct decide *d, size_t alert, int64_t at, struct decide_out *out);
/* All that is due up to and including `now`. */
void decide_tick(struct decide *d, int64_t now, struct decide_out *out);
int64_t decide_wake(const struct decide *d); /* TIME_NONE: never */

#endif

/* The pipeline: one document through the house (parse → intake → match → story → outbox, in one commit), and
 * the threads that do it: the reader parses, the pipeline thread does the rest. This one owns the only
 * database connection; the loop never touches it.
 *
 * Loop → pipeline goes by one bounded queue with two lanes (DESIGN 2.6): *short* (answers without a body,
 * results, claims, wake-ups, questions of control) is drained whole between any two of *long* (documents,
 * reloads); what has a body, and a reload, comes there by a queue of the reader's. Pipeline → loop goes by a
 * mailbox and an eventfd; its events are called on the loop. The mutexes of the queues are the only locks. */
#ifndef NEWSALERTD_PIPELINE_H
#define NEWSALERTD_PIPELINE_H

#include "deliver/trouble.h"
#include "item/message.h"
#include "poll/poller.h"
#include "poll/schedule_push.h"
#include "setup.h"

#include <event2/event.h>

struct pipeline;

/* All called on the loop. */
struct pipeline_events {
    void *ctx;
    /* One answer is committed. says: what a person is told once ("passed over 500 items …"), or NULL. */
    void (*answered)(void *ctx, const char *location, const struct feed_status *status, const char *says);
    /* An answer (or a claim) could not be committed. */
    void (*not_committed)(void *ctx, const char *location, const char *why);
    /* Committed rows of one destination that are due or will be: ownership of the rows passes. more: the
     * store has further ones; ask with pipeline_want when these are done. */
    void (*rows)(void *ctx, const char *notify, struct row **rows, size_t n, bool more);
    void (*result_stored)(void *ctx, const char *notify, int64_t row);
    /* Answer to pipeline_ask: {"status": HTTP status, …}. New reference passes. */
    void (*answer)(void *ctx, uint64_t ticket, json_t *answer);
    /* A reload ended: fresh NULL: problems say why, and the old setup stays. */
    void (*reloaded)(void *ctx, struct setup *fresh, const struct problems *problems, uint64_t ticket);
    /* The database fails (why) or is well again (NULL). */
    void (*trouble)(void *ctx, const char *why);
    /* A claim is committed: its request may start. */
    void (*claimed)(void *ctx, const char *location);
    /* A feed's or destination's trouble, or its end, in words; committed, and told to `notices`. */
    void (*notice)(void *ctx, bool destination, const char *subject, const char *says, bool well);
    /* WebSub; NULL is fine. A document names this hub and topic (NULL: none any more), and they are news. */
    void (*hub)(void *ctx, const char *location, const char *hub, const char *topic);
    /* A push is committed; says as above. */
    void (*pushed)(void *ctx, const char *location, const struct feed_status *status, const char *says);
    /* Answer to pipeline_merge: these rows are one summary now, which comes by rows(); or they are not. */
    void (*merged)(void *ctx, const char *notify, const int64_t *rows, size_t n, bool merged);
};

/* Opens and locks the state folder, migrates the schema, and starts the thread. 0; -1: *ret_why says what,
 * where and what to do (state in use, newer version, disk full …), caller frees. The setup is referenced. */
int pipeline_start(struct event_base *base, struct setup *setup, const char *state_dir,
                   const struct pipeline_events *events, struct pipeline **ret, char **ret_why);
/* Ends after what is queued now is committed. Events stop. */
struct pipeline *pipeline_stop(struct pipeline *p);

/* What the store knows of a feed: at start of all, within `reloaded` of those that are new in the setup,
 * until pipeline_forget_states. On the loop. NULL: a new feed, or one that the loop knows already. */
const struct feed_status *pipeline_feed_status(struct pipeline *p, const char *location);
void pipeline_forget_states(struct pipeline *p); /* the poller has its own by now */

/* All from the loop; none blocks. */
void pipeline_fetched(struct pipeline *p, struct fetched *f); /* ownership passes */
bool pipeline_full(const struct pipeline *p);                 /* stop fetching */
size_t pipeline_queued(const struct pipeline *p);
/* Before a request starts: its feed is due at `due` (wall ms), whatever comes; then `claimed`. */
void pipeline_claim(struct pipeline *p, const char *location, int64_t due);
void pipeline_result(struct pipeline *p, const struct row_result *result);
void pipeline_want(struct pipeline *p, const char *notify); /* more rows of this destination */
/* These rows of a destination, none of them in flight, are to become one summary. */
void pipeline_merge(struct pipeline *p, const char *notify, const int64_t *rows, size_t n);
/* How a destination fares; told to `notices` if it is news (copied). */
void pipeline_destination(struct pipeline *p, const struct trouble_report *report);
/* what: "outbox", "alerts", "retry", "drop", "counts"; args: an object or NULL (reference passes). */
void pipeline_ask(struct pipeline *p, uint64_t ticket, const char *what, json_t *args);
/* WebSub: what the store has, once, at start; and what is to be kept (copied). */
void pipeline_leases(struct pipeline *p, void (*each)(void *ctx, const struct lease *l), void *ctx);
void pipeline_lease_save(struct pipeline *p, const struct lease *l);
void pipeline_lease_forget(struct pipeline *p, const char *location);
void pipeline_reload(struct pipeline *p, const char *file, uint64_t ticket);
bool pipeline_moves(const struct pipeline *p,
                    int64_t boot); /* for the watchdog: it has work and moves, or has none */
bool pipeline_idle(const struct pipeline *p);

#endif

/* Deliveries on the loop: one queue, clock, connection and rate a destination (contract/delivery.md). Rows
 * come committed from the pipeline and their results go back to it; a slot of in_flight is free again when
 * the result is stored. Loop thread only. */
#ifndef NEWSALERTD_DELIVER_DELIVER_H
#define NEWSALERTD_DELIVER_DELIVER_H

#include "config/config.h"
#include "deliver/trouble.h"
#include "item/message.h"
#include "net/net.h"
#include "plugin/plugin.h"

struct deliver_events {
    void *ctx;
    void (*result)(void *ctx, const struct row_result *result);
    void (*want)(void *ctx, const char *notify); /* fewer rows in hand than could go */
    void (*acted)(void *ctx, const char *notify, struct text key, struct text action);
    /* These rows, and what stands behind them in the store, are to become one summary; deliver_merged
     * answers. NULL: nothing is merged. */
    void (*merge)(void *ctx, const char *notify, const int64_t *rows, size_t n);
    /* A destination got worse, or is well; the first word of each is told though nothing changed. NULL:
     * nobody wants to know. */
    void (*trouble)(void *ctx, const struct trouble_report *report);
};

struct deliver;
struct deliver *deliver_new(struct event_base *base, struct net *net, const struct deliver_events *events);
/* At most `grace` ms for what is in flight; results that came are reported before it returns. */
struct deliver *deliver_free(struct deliver *d, int64_t grace);
/* Takes the notifiers of a configuration; both must live until the next call. Destinations that stay keep
 * their queue, pause and rate; suspended ones resume. A plugin's notifier restarts only if its keys changed.
 */
void deliver_configure(struct deliver *d, const struct config *config, struct plugins *plugins);
void deliver_rows(struct deliver *d, const char *notify, struct row **rows, size_t n,
                  bool more); /* owns them */
void deliver_result_stored(struct deliver *d, const char *notify, int64_t row);
/* What became of a merge: the rows are gone from the store's hand, the summary comes by deliver_rows. */
void deliver_merged(struct deliver *d, const char *notify, const int64_t *rows, size_t n, bool merged);
/* "Why?" was pressed on a notifier plugin's message: its key and facts, and its alert's query (absent: the
 * alert is gone). */
void deliver_explain(struct deliver *d, const char *notify, const char *key, const struct facts *f,
                     struct text query);
void deliver_drop(struct deliver *d, int64_t row);          /* the row is gone: forget it */
void deliver_resume(struct deliver *d, const char *notify); /* NULL: all; suspended ones, and pauses */
/* Nothing in flight, and nothing due before `until` (boot ms). */
bool deliver_idle(const struct deliver *d, int64_t until);

struct destination_status {
    const char *notify;
    const char *state; /* ok | suspended | not configured */
    size_t waiting;    /* rows in hand */
    const char *error; /* last failure, or NULL */
    bool available;
};
size_t deliver_status(const struct deliver *d, struct destination_status **ret); /* caller frees the array */

/* `test-notify`: a made-up alert, now, without queue, rate and quiet hours; blocks (newsalertctl only). dry:
 * prints the body instead. Writes target (masked), answer and time to `out`; advice on failure. 0 sent. */
int deliver_test(const struct config *config, const struct config_notify *notify, struct plugins *plugins,
                 bool dry, FILE *out);
/* Can the notifier be reached? Nothing is sent: a hook is connected to, a mail server logged in to, a plugin
 * asked whether it can show something. At most `most` ms; blocks. 0 or -1; *ret_says: what was seen (heap, no
 * secrets), *ret_advice: what to do (static), when -1. */
int deliver_probe(const struct config *config, const struct config_notify *notify, struct plugins *plugins,
                  int64_t most, char **ret_says, const char **ret_advice);

#endif

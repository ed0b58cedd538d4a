/* A running notifier plugin, and its way back to the loop: it answers from any thread, so its events lie in a
 * list under a mutex until an eventfd has woken the loop. Created and used on the loop. */
#ifndef NEWSALERTD_DELIVER_RELAY_H
#define NEWSALERTD_DELIVER_RELAY_H

#include "deliver/sender.h"
#include "plugin/plugin.h"

struct relay;
/* Called on the loop. */
struct relay_events {
    void *ctx;
    void (*acted)(void *ctx, struct text key, struct text action);
    void (*available)(void *ctx, bool yes, const char *why);
};
/* NULL: the plugin did not start (it has said why in the log). */
struct relay *relay_new(struct event_base *base, struct plugin *plugin, const struct config_notify *notify,
                        const struct relay_events *events);
/* Answers "Why?" pressed on the message with this key: `ask` and facts are that message's, `query` its
 * alert's. It is shown once, or not: nobody waits for it. */
void relay_explain(struct relay *r, const struct render_ask *ask, const struct facts *f, struct text query);
/* Stops the plugin's instance. Attempts under way must have been cancelled. NULL is fine; returns NULL. */
struct relay *relay_free(struct relay *r);

#endif

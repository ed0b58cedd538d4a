/* The WebSub subscriber (W3C WebSub, 2018): subscriptions to the hubs that feeds name, their renewal, the
 * confirmation of intent, and what hubs push. Off unless the configuration has a [websub] section. Loop
 * thread only. What is kept goes to the store by `save` and `forget`; what a push holds goes to the pipeline
 * as a struct fetched with `pushed` set. Trust in a lease is the pipeline's to judge (poll/schedule_push).
 *
 *     a document names a hub ─▶ WANTED ─asked, confirmed─▶ HELD ─80% of it─▶ asked again …
 *                                  ▲  └─refused: waits and asks again        │ ended, denied
 *                                  └──────────────────────────────────────────┘
 *     the feed is taken out of the configuration ─▶ LEAVING ─asked, confirmed─▶ forgotten                  */
#ifndef NEWSALERTD_POLL_WEBSUB_H
#define NEWSALERTD_POLL_WEBSUB_H

#include "net/net.h"
#include "poll/poller.h"
#include "poll/schedule_push.h"

struct websub_events {
    void *ctx;
    void (*save)(void *ctx, const struct lease *l); /* `pushed` and `missed` are not ours */
    void (*forget)(void *ctx, const char *location);
    void (*pushed)(void *ctx, struct fetched *f);   /* ownership passes */
    bool (*full)(void *ctx);                        /* the pipeline takes no more just now */
    void (*ended)(void *ctx, const char *location); /* its lease ended: poll it again */
};

struct websub;
struct websub *websub_new(struct event_base *base, struct net *net, const struct websub_events *events);
struct websub *websub_free(struct websub *w);
/* Before the first websub_configure: what the store has. Copied. */
void websub_load(struct websub *w, const struct lease *l);
/* Opens, moves or closes the listener; leaves hubs of feeds that are gone. The configuration must live until
 * the next call. A listener that cannot be opened is logged, and feeds are polled. */
void websub_configure(struct websub *w, const struct config *config);
/* A document of this feed names this hub and topic (absolute addresses; hub NULL: none any more). */
void websub_hub(struct websub *w, const char *location, const char *hub, const char *topic);
/* What is going on with a feed's hub, for `feeds`: "pushes until …"; false: nothing is. */
bool websub_words(const struct websub *w, const char *location, int64_t now, char *out, size_t size);
const char *websub_trouble(const struct websub *w); /* why the listener is not open; NULL: it is, or is off */

#endif

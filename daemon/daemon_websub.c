/* WebSub in the object graph: between the subscriber, the pipeline and the poller. */
#include "daemon.h"

#include "base/log.h"
#include "base/mem.h"

static void on_save(void *ctx, const struct lease *l) {
    struct daemon *d = ctx;
    if (!d->stopping) pipeline_lease_save(d->pipeline, l);
}

static void on_forget(void *ctx, const char *location) {
    struct daemon *d = ctx;
    if (!d->stopping) pipeline_lease_forget(d->pipeline, location);
}

static void on_push(void *ctx, struct fetched *f) {
    struct daemon *d = ctx;
    pipeline_fetched(d->pipeline, f);
    if (pipeline_full(d->pipeline)) poller_pause(d->poller, true);
    daemon_lag_start(d);
}

static bool on_full(void *ctx) {
    const struct daemon *d = ctx;
    return pipeline_full(d->pipeline);
}

static void on_ended(void *ctx, const char *location) {
    struct daemon *d = ctx;
    if (!d->stopping) poller_hurry(d->poller, location, -1);
}

static void load(void *ctx, const struct lease *l) {
    websub_load(ctx, l);
}

void daemon_websub_start(struct daemon *d) {
    const struct websub_events events = {d, on_save, on_forget, on_push, on_full, on_ended};
    d->websub = websub_new(d->base, d->net, &events);
    pipeline_leases(d->pipeline, load, d->websub);
}

void daemon_on_hub(void *ctx, const char *location, const char *hub, const char *topic) {
    struct daemon *d = ctx;
    if (d->websub && !d->stopping) websub_hub(d->websub, location, hub, topic);
}

void daemon_on_pushed(void *ctx, const char *location, const struct feed_status *status, const char *says) {
    struct daemon *d = ctx;
    if (d->stopping) return;
    const struct config *c = d->setup->config;
    for (size_t i = 0; says && i < c->n_feeds; i++) {
        if (strcmp(c->feeds[i].location, location) != 0) continue;
        log_about(LOG_LEVEL_INFO, "FEED", c->feeds[i].name, "feed %s: %s", c->feeds[i].name, says);
        break;
    }
    poller_pushed(d->poller, location, status);
    if (!pipeline_full(d->pipeline)) poller_pause(d->poller, false);
}

#include "poll/once.h"

#include "poll/fetch.h"

struct asking {
    struct event_base *base;
    struct net *net;
    struct fetch *fetch;
    struct fetched *answer;
};

static void on_fetch(void *arg, enum fetch_step step) {
    struct asking *a = arg;
    if (step == FETCH_HOP && fetch_start(a->fetch, a->net, NULL, on_fetch, a) == 0) return;
    a->answer = fetch_take(a->fetch);
    event_base_loopbreak(a->base);
}

struct fetched *fetch_once(const struct config_feed *feed, const char *user_agent) {
    struct asking a = {.base = event_base_new()};
    struct feed_status status = {0};
    struct bodies bodies = {0};
    schedule_init(&status.schedule);
    a.net = net_new(a.base);
    bodies_configure(&bodies, 1);
    a.fetch = fetch_new(feed, &status, false, NULL, user_agent, &bodies);
    if (fetch_start(a.fetch, a.net, NULL, on_fetch, &a) == 0)
        event_base_dispatch(a.base);
    else
        a.answer = fetch_take(a.fetch);
    fetch_free(a.fetch);
    net_free(a.net);
    event_base_free(a.base);
    return a.answer;
}

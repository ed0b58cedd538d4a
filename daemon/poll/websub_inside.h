/* Inside the subscriber: what its files share.
 *
 * websub.c           leases: made, asked for, renewed, left
 * websub_answer.c    what comes to the listener: confirmations, pushes
 * websub_hub.c       one request to a hub
 * websub_listen.c    the listener
 * websub_link.c      headers */
#ifndef NEWSALERTD_POLL_WEBSUB_INSIDE_H
#define NEWSALERTD_POLL_WEBSUB_INSIDE_H

#include "base/heap.h"
#include "base/map.h"
#include "poll/websub.h"
#include "poll/websub_hub.h"
#include "poll/websub_listen.h"

/* The invariant: a subscription is in both maps, and in the heap unless its request is under way. */
struct subscription {
    struct websub *websub;
    struct lease lease;
    struct heap_node due; /* wall ms: lease.next, or the end of a lease before that */
    struct hub_request *request;
    int64_t warned;     /* wall ms: of a push that did not count; 0: never */
    bool old_signature; /* sha1: said */
};

struct websub {
    struct event_base *base;
    struct net *net;
    struct websub_events events;
    struct event *timer;
    const struct config *config;
    char *user_agent;
    struct map feeds;         /* of the configuration: location → const struct config_feed */
    struct map subscriptions; /* location → struct subscription */
    struct map paths;         /* lease.path → the same */
    struct heap due;
    struct listener *listener;
    char *listening, *trouble; /* what the listener is open on; why it is not */
    size_t requests;
    int64_t last_request; /* wall ms */
};

const struct config_feed *subscription_feed(const struct subscription *s); /* NULL: taken out */
const char *subscription_name(const struct subscription *s);               /* for the log */
void subscription_changed(struct subscription *s); /* saves it, and waits for what is next */
void subscription_free(struct subscription *s);    /* forgets it, in the store too */
/* Asks again later: after a failure, or after a day at least. */
void subscription_failed(struct subscription *s, int64_t at_least, const char *why);
void websub_answer(void *websub, struct evhttp_request *request, const char *path);

#endif

#include "poll/websub_inside.h"

#include "base/failpoint.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define CONFIRM_WAIT   (10 * MINUTE) /* for a hub that took a request to confirm it */
#define CHANGED_WAIT   HOUR   /* a feed that names another hub at each poll does not make us ask each */
#define BETWEEN_ASKING SECOND /* thousands of feeds may have one hub */
#define LONGEST_SLEEP  HOUR   /* of the timer: the clock may be set */

/* -- one subscription ------------------------------------------------------------------------------------ */

const struct config_feed *subscription_feed(const struct subscription *s) {
    return map_get(&s->websub->feeds, text_of(s->lease.location));
}

const char *subscription_name(const struct subscription *s) {
    const struct config_feed *feed = subscription_feed(s);
    return feed ? feed->name : "(taken out)"; /* never the location: it may hold a password */
}

static void websub_arm(struct websub *w) {
    const struct heap_node *first = heap_first(&w->due);
    if (!first || !w->listener) { /* a hub that asked back would find nobody */
        evtimer_del(w->timer);
        return;
    }
    int64_t now = time_wall(), at = first->at, earliest = w->last_request + BETWEEN_ASKING;
    if (at < earliest && w->last_request <= now) at = earliest;
    int64_t wait = at - now < LONGEST_SLEEP ? at - now : LONGEST_SLEEP;
    if (wait < 0) wait = 0;
    if (w->requests >= LIMIT_HUB_REQUESTS && wait < SECOND) wait = SECOND;
    struct timeval tv = {wait / 1000, wait % 1000 * 1000};
    evtimer_add(w->timer, &tv);
}

static void subscription_wait(struct subscription *s) {
    const struct lease *l = &s->lease;
    int64_t at = l->next;
    if (l->state == LEASE_HELD && l->until < at) at = l->until;
    heap_set(&s->websub->due, &s->due, at);
    websub_arm(s->websub);
}

void subscription_changed(struct subscription *s) {
    s->websub->events.save(s->websub->events.ctx, &s->lease);
    if (!s->request) subscription_wait(s);
}

static void subscription_drop(struct subscription *s) {
    struct websub *w = s->websub;
    if (s->request) {
        s->request = hub_drop(s->request);
        w->requests--;
    }
    heap_remove(&w->due, &s->due);
    map_remove(&w->subscriptions, text_of(s->lease.location));
    map_remove(&w->paths, text_of(s->lease.path));
    lease_clear(&s->lease);
    free(s);
}

void subscription_free(struct subscription *s) {
    s->websub->events.forget(s->websub->events.ctx, s->lease.location);
    subscription_drop(s);
}

static struct subscription *subscription_add(struct websub *w, const struct lease *l) {
    struct subscription *s = xcalloc(1, sizeof *s);
    s->websub = w;
    s->lease = *l;
    s->lease.location = xstrdup(l->location);
    s->lease.hub = xstrdup(l->hub);
    s->lease.topic = xstrdup(l->topic);
    s->lease.path = xstrdup(l->path);
    s->lease.secret = xstrdup(l->secret);
    map_add(&w->subscriptions, text_of(s->lease.location), s);
    map_add(&w->paths, text_of(s->lease.path), s);
    return s;
}

static void random_name(char out[LEASE_TOKEN + 1]) {
    unsigned char bytes[SHA256_SIZE];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        abort(); /* no fewer than 256 bytes always come */
    base32(bytes, LEASE_TOKEN, out);
    explicit_bzero(bytes, sizeof bytes);
}

/* A lease that was held and is so no more. */
static void subscription_ended(struct subscription *s) {
    s->lease.until = 0;
    s->lease.state = LEASE_WANTED;
    s->websub->events.ended(s->websub->events.ctx, s->lease.location);
}

void subscription_failed(struct subscription *s, int64_t at_least, const char *why) {
    struct lease *l = &s->lease;
    char took[TIME_TEXT];
    l->asked = false;
    l->failures++;
    int64_t wait = lease_backoff(l->failures);
    if (wait < at_least) wait = at_least;
    l->next = time_wall() + wait;
    snprintf(l->error, sizeof l->error, "%s", why);
    log_about(LOG_LEVEL_WARNING, "FEED", subscription_name(s),
              "feed %s: no pushes: %s; its hub is asked again in %s", subscription_name(s), why,
              duration_about(wait, took));
    subscription_changed(s);
}

/* -- asking ---------------------------------------------------------------------------------------------- */

static void on_hub(void *arg, int status, const char *why) {
    struct subscription *s = arg;
    struct lease *l = &s->lease;
    s->request = hub_drop(s->request);
    s->websub->requests--;
    if (status >= 200 && status <= 299) {
        /* A hub that is quick has confirmed already. */
        if (l->asked) l->next = time_wall() + CONFIRM_WAIT;
        subscription_changed(s);
    } else if (l->state == LEASE_LEAVING) {
        l->asked = false;
        l->next = time_wall() + HOUR;
        subscription_changed(s);
    } else {
        subscription_failed(s, 0, why);
    }
}

static void subscription_ask(struct subscription *s) {
    struct websub *w = s->websub;
    const char *callback = w->config->websub.callback;
    bool slash = callback[strlen(callback) - 1] == '/';
    AUTOFREE char *whole = xasprintf("%s%s%s", callback, slash ? "" : "/", s->lease.path);
    w->last_request = time_wall();
    s->lease.asked = true; /* before the request: hubs may confirm before they answer */
    s->request = hub_ask(w->net, &s->lease, whole, subscription_feed(s), w->config->allow_private,
                         w->user_agent, on_hub, s);
    if (!s->request) {
        subscription_failed(s, 0, "no memory for the request");
        return;
    }
    FAILPOINT("hub-asked", NULL);
    w->requests++;
    w->events.save(w->events.ctx, &s->lease);
}

/* What has fallen due: the end of a lease, the end of patience, or a request. */
static void subscription_due(struct subscription *s) {
    struct lease *l = &s->lease;
    int64_t now = time_wall();
    if (l->state == LEASE_HELD && l->until <= now) {
        log_about(LOG_LEVEL_WARNING, "FEED", subscription_name(s),
                  "feed %s: its hub's lease has ended; it is polled as before", subscription_name(s));
        subscription_ended(s);
    }
    /* Who leaves asks twice at most, and does not wait for ever. */
    if (l->state == LEASE_LEAVING && (l->asked || l->failures++ > 1))
        subscription_free(s);
    else if (l->asked && l->next <= now)
        subscription_failed(s, 0, "the hub took the request and did not confirm it");
    else if (l->next <= now)
        subscription_ask(s);
    else
        subscription_changed(s);
}

static void websub_on_time(evutil_socket_t fd, short what, void *arg) {
    struct websub *w = arg;
    (void)fd, (void)what;
    struct heap_node *first = heap_first(&w->due);
    if (first && first->at <= time_wall() && w->requests < LIMIT_HUB_REQUESTS) {
        heap_remove(&w->due, first);
        subscription_due(HEAP_OF(first, struct subscription, due));
    }
    websub_arm(w);
}

/* -- what documents name --------------------------------------------------------------------------------- */

static void subscription_leave(struct subscription *s) {
    struct lease *l = &s->lease;
    if (l->state == LEASE_LEAVING) return;
    if (l->state != LEASE_HELD && !l->asked) {
        subscription_free(s);
        return;
    }
    if (s->request) {
        s->request = hub_drop(s->request);
        s->websub->requests--;
    }
    l->state = LEASE_LEAVING;
    l->asked = false;
    l->failures = 0;
    l->until = 0;
    l->next = time_wall();
    subscription_changed(s);
}

void websub_hub(struct websub *w, const char *location, const char *hub, const char *topic) {
    struct subscription *s = map_get(&w->subscriptions, text_of(location));
    const struct config_feed *feed = map_get(&w->feeds, text_of(location));
    if (!w->config || !w->config->websub.on || !feed || !feed->enabled) return;
    if (s && hub && !strcmp(s->lease.hub, hub) && !strcmp(s->lease.topic, topic) &&
        s->lease.state != LEASE_LEAVING)
        return;
    if (s && !hub) {
        subscription_leave(s);
        return;
    }
    if (!hub) return;
    /* Another hub or topic: a new path and secret. The old hub finds nobody at the old path. */
    char path[LEASE_TOKEN + 1], secret[LEASE_TOKEN + 1];
    random_name(path);
    random_name(secret);
    const struct lease l = {.location = (char *)location,
                            .hub = (char *)hub,
                            .topic = (char *)topic,
                            .path = path,
                            .secret = secret,
                            .state = LEASE_WANTED,
                            .next = time_wall() + (s ? CHANGED_WAIT : 0)};
    bool held = s && s->lease.state == LEASE_HELD;
    if (s) subscription_drop(s);
    s = subscription_add(w, &l);
    if (held) w->events.ended(w->events.ctx, location);
    subscription_changed(s);
}

/* -- life ------------------------------------------------------------------------------------------------ */

struct websub *websub_new(struct event_base *base, struct net *net, const struct websub_events *events) {
    struct websub *w = xcalloc(1, sizeof *w);
    *w = (struct websub){.base = base, .net = net, .events = *events};
    w->timer = evtimer_new(base, websub_on_time, w);
    if (!w->timer) out_of_memory(sizeof *w);
    return w;
}

static void websub_close(struct websub *w) {
    w->listener = listener_close(w->listener);
    free(w->listening);
    free(w->trouble);
    w->listening = w->trouble = NULL;
}

struct websub *websub_free(struct websub *w) {
    struct map_entry *e;
    if (!w) return NULL;
    for (size_t i = 0; (e = map_next(&w->subscriptions, &i)); i = 0) subscription_drop(e->value);
    websub_close(w);
    map_clear(&w->subscriptions);
    map_clear(&w->paths);
    map_clear(&w->feeds);
    heap_clear(&w->due);
    event_free(w->timer);
    free(w->user_agent);
    free(w);
    return NULL;
}

/* A request that was under way when the last process ended is made again: its answer came to nobody. */
void websub_load(struct websub *w, const struct lease *l) {
    struct subscription *s = subscription_add(w, l);
    if (s->lease.asked) s->lease.next = time_wall();
    s->lease.asked = false;
}

static void websub_listen(struct websub *w, const struct config_websub *c) {
    char *why = NULL;
    if (w->listening && c->on && !strcmp(w->listening, c->listen)) return;
    websub_close(w);
    if (!c->on) return;
    w->listener = listener_open(w->base, c->listen, websub_answer, w, &why);
    if (w->listener) {
        w->listening = xstrdup(c->listen);
        return;
    }
    log_error("websub: %s; feeds are polled, and hubs push nothing (set `listen` in [websub])", why);
    w->trouble = why;
}

/* Leaving may take entries out of the map that is walked: who is to leave is found first. */
static void websub_leave_gone(struct websub *w) {
    struct map_entry *e;
    struct subscription **gone = xcalloc(w->subscriptions.n + 1, sizeof *gone);
    size_t n = 0;
    for (size_t i = 0; (e = map_next(&w->subscriptions, &i));) {
        struct subscription *s = e->value;
        const struct config_feed *feed = subscription_feed(s);
        if (!w->config->websub.on || !feed || !feed->enabled) gone[n++] = s;
    }
    for (size_t i = 0; i < n; i++) {
        if (w->config->websub.on)
            subscription_leave(gone[i]);
        else
            subscription_free(gone[i]); /* nobody could reach us to confirm */
    }
    free(gone);
}

/* Of several sections with one location the first enabled one counts. */
static void take_feed(struct websub *w, const struct config_feed *feed) {
    struct text key = text_of(feed->location);
    const struct config_feed *before = map_get(&w->feeds, key);
    if (before && (before->enabled || !feed->enabled)) return;
    map_remove(&w->feeds, key);
    map_add(&w->feeds, key, (void *)feed);
}

void websub_configure(struct websub *w, const struct config *config) {
    struct map_entry *e;
    w->config = config;
    free(w->user_agent);
    w->user_agent = config->contact ? xasprintf("newsalertd/%s (+%s)", NEWSALERT_VERSION, config->contact)
                                    : xasprintf("newsalertd/%s", NEWSALERT_VERSION);
    map_clear(&w->feeds);
    for (size_t i = 0; config->websub.on && i < config->n_feeds; i++)
        if (config->feeds[i].source == SOURCE_URL) take_feed(w, &config->feeds[i]);
    websub_listen(w, &config->websub);
    websub_leave_gone(w);
    for (size_t i = 0; (e = map_next(&w->subscriptions, &i));) {
        struct subscription *s = e->value;
        if (w->trouble && s->lease.state == LEASE_HELD) {
            subscription_ended(s);
            s->lease.next = time_wall();
            subscription_changed(s);
        } else if (!s->request) {
            subscription_wait(s);
        }
    }
    websub_arm(w);
}

/* -- for people ------------------------------------------------------------------------------------------ */

bool websub_words(const struct websub *w, const char *location, int64_t now, char *out, size_t size) {
    const struct subscription *s = map_get(&w->subscriptions, text_of(location));
    char at[TIME_TEXT];
    if (!s || s->lease.state == LEASE_LEAVING) return false;
    const struct lease *l = &s->lease;
    if (l->state == LEASE_HELD && l->until > now)
        snprintf(out, size, "pushes until %s", time_rfc3339(l->until, at));
    else if (*l->error)
        snprintf(out, size, "no pushes: %s", l->error);
    else
        snprintf(out, size, "%s", l->asked ? "the hub was asked" : "the hub will be asked");
    return true;
}

const char *websub_trouble(const struct websub *w) {
    return w->trouble;
}

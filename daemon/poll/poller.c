#include "poll/poller_inside.h"

#include "base/mem.h"
#include "base/time.h"

/* -- time ------------------------------------------------------------------------------------------------ */

static int64_t sooner(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* May another claim be made, for a place now or the next one that is free? */
static bool room_to_take(const struct poller *p) {
    return (int64_t)p->taken < 2 * p->config->parallel;
}

static bool room_for_trial(const struct poller *p) {
    int64_t all = p->config->parallel, kept = p->proven ? all / POLLED_RESERVE : 0;
    return (int64_t)p->taken_trial < all - kept;
}

/* Everything starts from this timer, so that nothing is started from within a caller's call. */
void poller_arm(struct poller *p) {
    int64_t at = INT64_MAX;
    if (!p->paused && p->config) {
        struct heap_node *first = heap_first(&p->due);
        if (first) at = first->at;
        if (room_to_take(p)) at = sooner(at, hosts_when(&p->hosts, room_for_trial(p)));
        if (schedule_network_lost(&p->network) && !p->probe && heap_first(&p->parked))
            at = sooner(at, p->network.probe_at);
    }
    clock_arm(p->clock, at);
}

/* Moves what is due into the queues, and starts what may start. */
static void poller_on_due(void *arg) {
    struct poller *p = arg;
    int64_t now = time_boot();
    struct heap_node *first;
    if (!p->config) return;
    if (!p->paused) network_probe(p, now);
    while (!p->paused && (first = heap_first(&p->due)) && first->at <= now) {
        struct polled *f = HEAP_OF(first, struct polled, due);
        polled_undue(f);
        if (network_lets(f, now)) polled_fall_due(f, now);
    }
    polled_go_on(p);
    while (!p->paused && room_to_take(p)) {
        struct host *host;
        struct host_wait *w = hosts_take(&p->hosts, now, room_for_trial(p), &host);
        if (!w) break;
        polled_start(HEAP_OF(w, struct polled, wait), host);
    }
    poller_arm(p);
}

static void poller_on_file(void *arg, void *file) {
    struct poller *p = arg;
    struct polled *f = file;
    if (p->only_now || !f->feed->enabled) return;
    if (f->phase != PHASE_IDLE) {
        f->again = true;
        return;
    }
    int64_t at = polled_soonest(f);
    if (heap_has(&f->due) && f->due.at <= at) return;
    polled_due(f, at);
    poller_arm(p);
}

/* -- life ------------------------------------------------------------------------------------------------ */

struct poller *poller_new(struct event_base *base, struct net *net, const struct poller_events *events) {
    struct poller *p = xcalloc(1, sizeof *p);
    const struct clock_events clock = {p, poller_on_due, network_slept, network_stalled, network_clock_set};
    p->net = net;
    p->events = *events;
    schedule_network_init(&p->network);
    p->clock = clock_new(base, &clock);
    p->netlink = netlink_new(base, network_changed, p);
    p->watch = watch_new(base, poller_on_file, p);
    p->commands = commands_new(base);
    return p;
}

struct poller *poller_free(struct poller *p) {
    if (!p) return NULL;
    polled_free_all(&p->feeds);
    hosts_clear(&p->hosts);
    heap_clear(&p->due);
    heap_clear(&p->parked);
    watch_free(p->watch);
    commands_free(p->commands);
    netlink_free(p->netlink);
    clock_free(p->clock);
    free(p->user_agent);
    free(p);
    return NULL;
}

struct polled *poller_find(const struct poller *p, const char *location) {
    return map_get(&p->feeds, text_of(location));
}

const struct config_feed *poller_feed(const struct poller *p, const char *location) {
    const struct polled *f = poller_find(p, location);
    return f ? f->feed : NULL;
}

struct feed_seen *poller_seen(struct poller *p, const char *location) {
    struct polled *f = poller_find(p, location);
    return f ? &f->seen : NULL;
}

void poller_pause(struct poller *p, bool paused) {
    if (p->paused == paused) return;
    p->paused = paused;
    polled_go_on(p);
    poller_arm(p);
}

/* In --once all that has a due time was asked for. */
bool poller_idle(const struct poller *p) {
    const struct heap_node *first = heap_first(&p->due);
    return !p->busy && !(first && (p->only_now || first->at <= time_boot()));
}

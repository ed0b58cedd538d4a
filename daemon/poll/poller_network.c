#include "poll/poller_inside.h"

#include "base/log.h"
#include "base/time.h"

static void lost(struct poller *p) {
    struct map_entry *e;
    log_warning(
        "the network seems to be gone: no feed is charged with it, one of them asks every half minute, "
        "then every 5 minutes");
    for (size_t i = 0; (e = map_next(&p->feeds, &i));) {
        struct polled *f = e->value;
        if (f->phase == PHASE_QUEUED || f->phase == PHASE_READY || f->phase == PHASE_HOPPING) polled_park(f);
    }
}

/* Those that waited, and those that were charged before it was clear whose fault it was, are overdue. */
static void back(struct poller *p, int64_t since, int64_t now) {
    struct map_entry *e;
    char took[TIME_TEXT];
    log_info("the network is back after %s", duration_about(now - since, took));
    for (size_t i = 0; (e = map_next(&p->feeds, &i));) {
        struct polled *f = e->value;
        bool charged = f->unreached != TIME_NONE && f->unreached >= since - NETWORK_WINDOW;
        if (f->phase != PHASE_IDLE || !(f->parked || charged)) continue;
        polled_undue(f);
        f->overdue = true;
        f->unreached = TIME_NONE;
    }
    poller_spread(p, now, time_wall());
}

bool network_takes(struct polled *f, const struct host *host, struct fetched *answer, int64_t now) {
    struct poller *p = f->poller;
    bool was_lost = schedule_network_lost(&p->network);
    int64_t since = p->network.lost;
    if (p->only_now) return false;
    if (answer->reached && schedule_network_reached(&p->network, now)) back(p, since, now);
    if (!answer->unreached) {
        f->unreached = TIME_NONE;
        f->spared = false;
        return false;
    }
    enum network_verdict verdict = schedule_network_failed(
        &p->network, (uint64_t)(uintptr_t)host, answer->local_error, f->spared, f == p->probe, now);
    if (verdict == NETWORK_CHARGE) {
        f->unreached = now;
        f->spared = false;
        return false;
    }
    if (verdict == NETWORK_AGAIN) {
        f->spared = true;
        polled_phase(f, PHASE_IDLE);
        polled_due(f, now + NETWORK_WINDOW);
    } else {
        polled_park(f);
        if (!was_lost) lost(p);
    }
    fetched_free(answer);
    return true;
}

bool network_lets(struct polled *f, int64_t now) {
    struct poller *p = f->poller;
    if (!schedule_network_lost(&p->network) || f->feed->source != SOURCE_URL) return true;
    if (!p->probe && now >= p->network.probe_at) {
        p->probe = f;
        return true;
    }
    polled_park(f);
    return false;
}

/* The one that has waited longest asks; a failed one goes to the end of the line. */
void network_probe(struct poller *p, int64_t now) {
    struct heap_node *first;
    while (schedule_network_lost(&p->network) && !p->probe && now >= p->network.probe_at &&
           (first = heap_first(&p->parked))) {
        struct polled *f = HEAP_OF(first, struct polled, due);
        polled_undue(f);
        p->probe = f;
        polled_fall_due(f, now);
    }
}

void network_ask(struct polled *f, int64_t now) {
    struct poller *p = f->poller;
    polled_undue(f);
    f->parked = true;
    heap_set(&p->parked, &f->due, 0);
    p->network.probe_at = now;
}

/* Loss makes old answers worthless; what came is only news while the network is lost. */
void network_changed(void *poller, enum netlink_news news) {
    struct poller *p = poller;
    bool was_lost = schedule_network_lost(&p->network);
    if (news == NETLINK_WENT) net_forget_connections(p->net);
    if (news == NETLINK_CAME ? was_lost : !was_lost) schedule_network_changed(&p->network, time_boot());
    poller_arm(p);
}

/* What fell due in the meantime is spread. anew: and what is under way is asked again. */
static void spread_overdue(struct poller *p, int64_t now, bool anew) {
    struct map_entry *e;
    if (p->only_now) return;
    for (size_t i = 0; (e = map_next(&p->feeds, &i));) {
        struct polled *f = e->value;
        bool under_way = anew && (f->phase == PHASE_OPEN || f->phase == PHASE_HOPPING);
        bool due = f->phase == PHASE_IDLE && !f->parked && heap_has(&f->due) && f->due.at <= now;
        if (!under_way && !due) continue;
        polled_withdraw(f);
        f->overdue = true;
    }
    poller_spread(p, now, time_wall());
}

/* The network and its connections are as they were, or say themselves that they are not. */
void network_stalled(void *poller, int64_t ms) {
    char took[TIME_TEXT];
    log_info("newsalertd was stopped for %s", duration_about(ms, took));
    spread_overdue(poller, time_boot(), false);
}

/* Connections are dead. */
void network_slept(void *poller, int64_t ms) {
    struct poller *p = poller;
    char took[TIME_TEXT];
    int64_t now = time_boot();
    log_info("the machine slept for %s", duration_about(ms, took));
    net_forget_connections(p->net);
    schedule_network_changed(&p->network, now);
    spread_overdue(p, now, true);
}

/* Due times run on the other clock; only what is shown as wall time moves along. */
void network_clock_set(void *poller, int64_t ahead) {
    struct poller *p = poller;
    struct map_entry *e;
    char took[TIME_TEXT];
    log_info("the clock was set %s by %s; no feed is due sooner or later for it",
             ahead > 0 ? "forward" : "back", duration_about(ahead > 0 ? ahead : -ahead, took));
    for (size_t i = 0; (e = map_next(&p->feeds, &i));) {
        struct schedule_state *s = &((struct polled *)e->value)->status.schedule;
        if (s->next != TIME_NONE) s->next += ahead;
        if (s->paused_until != TIME_NONE) s->paused_until += ahead;
    }
}

int64_t poller_network_lost(const struct poller *p) {
    return schedule_network_lost(&p->network) ? time_wall() - (time_boot() - p->network.lost) : TIME_NONE;
}

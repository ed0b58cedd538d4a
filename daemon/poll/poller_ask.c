#include "poll/poller_inside.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"

void poller_only_now(struct poller *p) {
    struct map_entry *e;
    p->only_now = true;
    for (size_t i = 0; (e = map_next(&p->feeds, &i));) polled_undue(e->value);
    poller_arm(p);
}

/* Why a feed is not polled now: NULL: it is. Heap. --once asks all, back-off or not, and only leaves out what
 * is gone and what its host forbids; a person's `poll` keeps to the back-off; a name revives what is gone. */
static char *polled_refusal(const struct polled *f, bool named, bool force, int64_t boot, int64_t wall) {
    const struct schedule_state *s = &f->status.schedule;
    char at[TIME_TEXT];
    if (!f->feed->enabled) return named ? xstrdup("it is disabled (enabled = no)") : NULL;
    if (f->home && host_paused(f->home, boot))
        return xasprintf("its host asked for a pause until %s",
                         time_rfc3339(wall + f->home->paused_until - boot, at));
    if (force || (named && s->gone)) return NULL;
    if (s->gone >= 2)
        return xasprintf("gone (410), left out; newsalertctl poll '%s' asks again", f->feed->name);
    if (!f->poller->only_now && s->failures && s->next != TIME_NONE && s->next > wall)
        return xasprintf("waits until %s (%s); --force polls now", time_rfc3339(s->next, at), s->why_says);
    return NULL;
}

/* 1: will be polled; 0: not. */
static size_t polled_now(struct polled *f, bool named, bool force, struct buf *refused) {
    struct poller *p = f->poller;
    int64_t now = time_boot();
    AUTOFREE char *why = polled_refusal(f, named, force, now, time_wall());
    if (why) buf_addf(refused, "%s%s: %s", refused->len ? "\n" : "", f->feed->name, why);
    if (why || !f->feed->enabled) return 0;
    if (f->phase == PHASE_IDLE && f->feed->source == SOURCE_URL && schedule_network_lost(&p->network))
        network_ask(f, now);
    else if (f->phase == PHASE_IDLE)
        polled_due(f, now);
    else if (f->phase != PHASE_QUEUED && f->phase != PHASE_CLAIMED && f->phase != PHASE_READY)
        f->again = true;
    return 1;
}

size_t poller_poll_now(struct poller *p, const char *const *names, size_t n, bool force, char **ret_refused) {
    struct buf refused;
    size_t polls = 0;
    buf_init(&refused, LIMIT_CONTROL_BODY);
    for (size_t i = 0; i < p->config->n_feeds && !names; i++) {
        const struct config_feed *feed = &p->config->feeds[i];
        struct polled *f = poller_find(p, feed->location);
        if (f && f->feed == feed) polls += polled_now(f, false, force, &refused);
    }
    for (size_t i = 0; names && i < n; i++) {
        const struct config_feed *feed = config_feed(p->config, names[i]);
        struct polled *f = feed ? poller_find(p, feed->location) : NULL;
        if (f)
            polls += polled_now(f, true, force, &refused);
        else
            buf_addf(&refused, "%s%s: there is no feed of that name", refused.len ? "\n" : "", names[i]);
    }
    *ret_refused = refused.len ? buf_steal(&refused) : NULL;
    buf_clear(&refused);
    poller_arm(p);
    return polls;
}

size_t poller_rows(const struct poller *p, struct poller_row **ret) {
    struct poller_row *rows = xcalloc(p->config->n_feeds + 1, sizeof *rows);
    size_t n = 0;
    for (size_t i = 0; i < p->config->n_feeds; i++) {
        const struct config_feed *feed = &p->config->feeds[i];
        const struct polled *f = poller_find(p, feed->location);
        if (!f) continue;
        rows[n++] = (struct poller_row){.feed = feed,
                                        .status = &f->status,
                                        .busy = f->phase != PHASE_IDLE && f->phase != PHASE_QUEUED &&
                                                f->phase != PHASE_HOPPING,
                                        .parked = f->parked};
    }
    *ret = rows;
    return n;
}

int64_t poller_late_p99(const struct poller *p) {
    return recent_percentile(&p->late, 99);
}

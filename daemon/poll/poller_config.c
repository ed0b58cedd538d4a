#include "poll/poller_inside.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"

#include <string.h>

static void polled_free(struct polled *f) {
    polled_withdraw(f);
    f->poller->proven -= f->proven;
    watch_remove(f->poller->watch, f);
    if (f->home) f->home->feeds--;
    feed_status_clear(&f->status);
    free(f);
}

void polled_free_all(struct map *feeds) {
    struct map_entry *e;
    for (size_t i = 0; (e = map_next(feeds, &i));) polled_free(e->value);
    map_clear(feeds);
}

typedef const struct feed_status *status_fn(void *ctx, const char *location);

static struct polled *polled_new(struct poller *p, const struct config_feed *feed, status_fn *status,
                                 void *ctx) {
    struct polled *f = xcalloc(1, sizeof *f);
    f->poller = p;
    f->feed = feed;
    f->location = feed->location;
    f->last_start = f->unreached = TIME_NONE;
    f->section = schedule_section(feed);
    f->seen.state = FEED_OK;
    schedule_init(&f->status.schedule);
    const struct feed_status *known = status ? status(ctx, feed->location) : NULL;
    if (known) feed_status_copy(&f->status, known);
    schedule_revive(&f->status, f->section);
    polled_settle_home(f);
    polled_judge(f);
    return f;
}

/* A host's pause and spacing are kept with the feed that was told of them. */
static void polled_restore_host(struct polled *f, int64_t boot, int64_t wall) {
    if (f->status.host.key) hosts_restore(&f->poller->hosts, &f->status.host, boot, wall);
}

/* What a new configuration changes in a feed that stays. */
static void polled_reconfigure(struct polled *f, const struct config_feed *feed, int64_t boot) {
    uint64_t section = schedule_section(feed);
    f->feed = feed;
    f->location = feed->location; /* the same words of the new configuration: the old one goes */
    if (!feed->enabled) {
        if (f->phase == PHASE_IDLE) polled_undue(f);
        if (f->phase == PHASE_QUEUED || f->phase == PHASE_HOPPING || f->phase == PHASE_RUNNING)
            polled_withdraw(f);
        watch_remove(f->poller->watch, f);
    } else if (section != f->section) {
        int64_t at = boot + schedule_interval(&f->status.schedule, feed);
        f->status.section = (int64_t)f->section;
        schedule_revive(&f->status, section);
        if (heap_has(&f->due) && !f->parked && f->due.at > at) polled_due(f, at);
    }
    f->section = section;
}

struct overdue {
    struct polled *f;
    double expected;
    uint64_t rank;
};

static int by_expected(const void *a, const void *b) {
    const struct overdue *x = a, *y = b;
    if (x->expected != y->expected) return x->expected > y->expected ? -1 : 1;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

/* Gives a due time to all that have none: what is new or overdue is spread, soonest news first, and those
 * alike in an order that is different in every process; files are at once. */
void poller_spread(struct poller *p, int64_t boot, int64_t wall) {
    struct overdue *overdue = xcalloc(p->feeds.n + 1, sizeof *overdue);
    struct map_entry *e;
    size_t n = 0;
    for (size_t i = 0; (e = map_next(&p->feeds, &i));) {
        struct polled *f = e->value;
        if (f->phase != PHASE_IDLE || heap_has(&f->due) || schedule_off(&f->status.schedule, f->feed))
            continue;
        int64_t wait = f->overdue ? 0 : schedule_wait(&f->status.schedule, f->feed, wall);
        if (wait || f->feed->source == SOURCE_PATH)
            polled_due(f, boot + (f->feed->source == SOURCE_PATH ? 0 : wait));
        else
            overdue[n++] = (struct overdue){f, schedule_expected(&f->status.schedule, wall),
                                            hash64(f->location, strlen(f->location))};
        f->overdue = false;
    }
    qsort(overdue, n, sizeof *overdue, by_expected);
    for (size_t i = 0; i < n; i++) {
        struct polled *f = overdue[i].f;
        int64_t interval = schedule_interval(&f->status.schedule, f->feed);
        polled_due(f, boot + schedule_spread(i, n, interval));
    }
    free(overdue);
    poller_arm(p);
}

static void poller_take_feed(struct poller *p, struct map *fresh, const struct config_feed *feed,
                             status_fn *status, void *ctx, int64_t boot) {
    struct text key = text_of(feed->location);
    if (map_get(fresh, key)) return;
    struct polled *f = map_remove(&p->feeds, key);
    if (f)
        polled_reconfigure(f, feed, boot);
    else
        f = polled_new(p, feed, status, ctx);
    map_add(fresh, text_of(f->location), f);
    if (feed->source == SOURCE_PATH && feed->enabled) watch_add(p->watch, f->location, f);
}

void poller_configure(struct poller *p, const struct config *config, status_fn *status, void *ctx) {
    struct map fresh = {0};
    int64_t boot = time_boot(), wall = time_wall();
    p->config = config;
    free(p->user_agent);
    p->user_agent = config->contact ? xasprintf("newsalertd/%s (+%s)", NEWSALERT_VERSION, config->contact)
                                    : xasprintf("newsalertd/%s", NEWSALERT_VERSION);
    hosts_configure(&p->hosts, config->host_parallel, config->host_spacing);
    bodies_configure(&p->bodies, (size_t)config->parallel);
    for (int enabled = 1; enabled >= 0; enabled--)
        for (size_t i = 0; i < config->n_feeds; i++)
            if (config->feeds[i].enabled == (bool)enabled)
                poller_take_feed(p, &fresh, &config->feeds[i], status, ctx, boot);
    polled_free_all(&p->feeds);
    p->feeds = fresh;
    struct map_entry *e;
    for (size_t i = 0; (e = map_next(&p->feeds, &i));) polled_restore_host(e->value, boot, wall);
    if (!p->only_now) poller_spread(p, boot, wall);
    hosts_sweep(&p->hosts, boot);
    poller_arm(p);
}

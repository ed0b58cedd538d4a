#include "poll/schedule_inside.h"

#include "base/time.h"
#include "poll/schedule_grid.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define PATH_EVERY    (5 * MINUTE)  /* a look at a file; inotify sees it at once */
#define COMMAND_EVERY (15 * MINUTE) /* contract */
#define SKIP_SPREAD   (50 * MINUTE)
#define GRID_SPREAD   (40 * SECOND) /* after a mark, over installations */
#define GRID_SELDOM   0.75          /* an interval of so much of the grid's moves to the next mark */
#define WINDOW_FULL   0.5           /* of the document's items may be new ones: then none is missed */

/* The reasons of a time by name, and in words; %s: how long. A person reads them in `feeds`. */
static const struct {
    const char *why, *says;
} reasons[] = {
    {"every", "polled every %s"},
    {"rate", "by what it publishes, in %s"},
    {"burst", "it publishes a good deal just now, so in %s"},
    {"grid", "it publishes on the marks of a clock, so just after the next, in %s"},
    {"window", "its document holds few items for its rate, so in %s"},
    {"missed", "items were missed, so sooner: in %s"},
    {"min_every", "it publishes often, so every %s, the smallest interval of `every = auto` (min_every)"},
    {"max_every", "it publishes seldom, so every %s, the longest interval of `every = auto` (max_every)"},
    {"max-age", "its server asks to wait %s (Cache-Control or Expires)"},
    {"ttl", "the feed asks to wait %s (ttl or updatePeriod)"},
    {"skip-hours", "the feed asks to leave out these hours (skipHours), so in %s"},
    {"skip-days", "the feed asks to leave out this day (skipDays), so in %s"},
};

bool schedule_learns(const struct config_feed *feed) {
    return !feed->every && feed->source == SOURCE_URL;
}

/* With its jitter no interval is longer than max_every. */
static void bound(struct interval *i, const struct config_feed *feed) {
    int64_t longest = feed->max_every / 11 * 10;
    if (i->ms > longest) *i = (struct interval){longest, "max_every"};
    if (i->ms < feed->min_every) *i = (struct interval){feed->min_every, "min_every"};
}

/* The interval before hints: as last computed, or of a feed that nothing is known of. */
static struct interval bare_interval(const struct schedule_state *s, const struct config_feed *feed) {
    struct interval i = {feed->every, "every"};
    if (!i.ms && feed->source != SOURCE_URL) i.ms = feed->source == SOURCE_PATH ? PATH_EVERY : COMMAND_EVERY;
    if (!i.ms) {
        struct schedule_learned nothing;
        schedule_learned_init(&nothing);
        i = (struct interval){s->interval, "rate"};
        if (!i.ms) i.ms = schedule_pace(schedule_rate(&nothing), 10 * MINUTE);
        bound(&i, feed);
    }
    if (i.ms < SECOND) i.ms = SECOND;
    return i;
}

int64_t schedule_interval(const struct schedule_state *s, const struct config_feed *feed) {
    struct interval i = bare_interval(s, feed);
    interval_hints(&i, s, feed);
    return i.ms;
}

/* FNV-1a, then a finalizer: the same on every machine and in every run, unlike base/hash. */
static uint64_t phase(const char *location, uint64_t installation) {
    uint64_t h = 0xcbf29ce484222325u ^ installation;
    for (const unsigned char *p = (const unsigned char *)location; *p; p++) h = (h ^ *p) * 0x100000001b3u;
    h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdu;
    h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53u;
    return h ^ (h >> 33);
}

int64_t schedule_jitter(int64_t ms, const struct config_feed *feed, uint64_t installation) {
    return (int64_t)((double)(ms / 10) * ((double)(phase(feed->location, installation) >> 11) * 0x1p-53));
}

/* Moves an interval so that a look comes just after a mark. Between two marks only what does not keep to them
 * can come: it is looked for by its own, smaller rate. */
static struct interval on_grid(const struct schedule_learned *l, const struct schedule_fleet *fleet,
                               const struct schedule_grid *g, struct interval i,
                               const struct config_feed *feed, int64_t now) {
    bool burst;
    int64_t soonest = now + (feed->min_every < g->period ? feed->min_every : g->period);
    if ((double)i.ms >= GRID_SELDOM * (double)g->period) {
        int64_t from = now + i.ms - g->period / 2;
        return (struct interval){schedule_grid_next(g, (from > soonest ? from : soonest) - 1) - now, "grid"};
    }
    int64_t gap = schedule_grid_next(g, soonest - 1) - now;
    int64_t off = schedule_ahead(l, fleet, 1 / sqrt(1 - g->share), now, 4 * g->period, &burst);
    int64_t parts = (gap + off / 2) / off;
    if (parts > 1) return (struct interval){gap / parts, i.why};
    return (struct interval){gap, "grid"};
}

/* What is learned of the feed says how long; *ret_jitter: what may be added to it. */
static struct interval learned_interval(struct schedule_state *s, const struct config_feed *feed,
                                        const struct schedule_fleet *fleet, int64_t now,
                                        int64_t *ret_jitter) {
    const struct schedule_learned *l = &s->learned;
    bool burst;
    struct interval i = {schedule_ahead(l, fleet, 1, now, 2 * feed->max_every, &burst), "rate"};
    if (burst) i.why = "burst";
    const struct schedule_grid g = schedule_grid(l);
    *ret_jitter = i.ms;
    if (g.period) {
        i = on_grid(l, fleet, &g, i, feed, now);
        *ret_jitter = strcmp(i.why, "grid") ? 0 : 10 * GRID_SPREAD;
    }
    if (l->halved) i = (struct interval){i.ms >> l->halved, "missed"};
    double full = WINDOW_FULL * (double)l->listed / schedule_peak(l, fleet) * (double)DAY;
    if (l->listed && full < (double)i.ms) i = (struct interval){(int64_t)full, "window"};
    bound(&i, feed);
    if (*ret_jitter > i.ms) *ret_jitter = i.ms;
    s->interval = i.ms;
    return i;
}

struct verdict verdict_good(struct schedule_state *s, const struct config_feed *feed,
                            const struct schedule_fleet *fleet, uint64_t installation, int64_t now) {
    char took[TIME_TEXT];
    struct verdict v = {0};
    struct interval i;
    int64_t may_add = -1;
    if (schedule_learns(feed))
        i = learned_interval(s, feed, fleet, now, &may_add);
    else
        i = bare_interval(s, feed);
    const char *bare_why = i.why;
    interval_hints(&i, s, feed);
    if (may_add < 0 || i.why != bare_why) may_add = i.ms;
    v.why = i.why;
    int64_t bare = now + i.ms + schedule_jitter(may_add, feed, installation), at = bare;
    bool skips = feed->source == SOURCE_URL && feed->obey_hints;
    if (skips) at = hints_skip(&s->hints, now, bare, &v.why);
    if (at == bare)
        v.why = i.why;
    else
        at += schedule_jitter(SKIP_SPREAD, feed, installation); /* or all meet at the full hour */
    v.wait = at - now;
    duration_format(((at == bare ? i.ms : v.wait) / SECOND) * SECOND, took);
    for (size_t n = 0; n < sizeof reasons / sizeof *reasons; n++)
        if (!strcmp(reasons[n].why, v.why)) snprintf(v.says, sizeof v.says, reasons[n].says, took);
    const char *absurd = skips ? hints_absurd(&s->hints) : NULL;
    size_t len = strlen(v.says);
    if (absurd) snprintf(v.says + len, sizeof v.says - len, "; its %s leaves nothing and is ignored", absurd);
    return v;
}

/* What all feeds together know: their common hours, and the pace that a budget allows. */
#include "pipeline/inside.h"

#include "base/mem.h"
#include "base/time.h"
#include "poll/schedule_budget.h"

struct loading {
    const struct pipeline *p;
    struct schedule_load *list;
    size_t n, cap;
    int64_t now;
};

static void take_load(void *ctx, const char *location, struct feed_record *r) {
    struct loading *l = ctx;
    const struct config_feed *feed = map_get(&l->p->feeds, text_of(location));
    if (!feed) return;
    GROW(l->list, l->n, l->cap);
    l->list[l->n++] = schedule_load_of(&r->status.schedule, feed, &l->p->fleet, l->now);
}

/* Feeds that the store does not know cost what a new feed costs. */
static void take_new_loads(struct loading *l) {
    struct schedule_state fresh;
    schedule_init(&fresh);
    for (size_t known = l->n, i = 0; known + i < l->p->feeds.n; i++) {
        const struct config *c = l->p->setup->config;
        struct config_feed any = {.source = SOURCE_URL,
                                  .every = c->every,
                                  .min_every = c->min_every,
                                  .max_every = c->max_every,
                                  .enabled = true};
        GROW(l->list, l->n, l->cap);
        l->list[l->n++] = schedule_load_of(&fresh, &any, &l->p->fleet, l->now);
    }
}

void pipeline_fleet_load(struct pipeline *p) {
    store_fleet_load(p->store, &p->fleet);
    pipeline_fleet_configure(p);
}

void pipeline_fleet_configure(struct pipeline *p) {
    p->fleet.again = true;
    if (!p->setup->config->budget) p->fleet.pace = p->setup->config->pace;
}

void pipeline_fleet_tick(struct pipeline *p, int64_t now) {
    if (!schedule_budget_due(&p->fleet, now)) return;
    int64_t budget = p->setup->config->budget;
    if (budget) {
        struct loading l = {.p = p, .now = now};
        store_feeds_each(p->store, take_load, &l);
        take_new_loads(&l);
        schedule_budget_solve(&p->fleet, l.list, l.n, budget, now);
        free(l.list);
    } else {
        p->fleet.solved = now;
        p->fleet.again = false;
        p->fleet.polls = 0;
    }
    store_fleet_save(p->store, &p->fleet);
}

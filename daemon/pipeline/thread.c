#include "pipeline/stories.h"

#include "base/failpoint.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"

/* Between two tries of a transaction that could not be committed. */
#define AGAIN_MS 1000
/* Without work: a rest, in which the database may take its time. Between two answers of a pass there is none,
 * though nothing waits just then. */
#define REST_MS 1000

/* ---- setups ---- */

/* Sections with one location are one feed, polled once, whose items belong to each of them. */
static void use_feeds(struct pipeline *p, const struct config *config) {
    map_clear(&p->feeds);
    free(p->same);
    p->same = xcalloc(config->n_feeds + 1, sizeof *p->same);
    for (size_t i = config->n_feeds; i-- > 0;) {
        const struct config_feed *f = &config->feeds[i];
        if (!f->enabled) continue;
        p->same[i] = map_remove(&p->feeds, text_of(f->location));
        map_add(&p->feeds, text_of(f->location), (void *)f);
    }
}

/* Takes a setup into use: feeds by location, birth times, a matcher. 0; -1: not stored, nothing changed. */
int pipeline_use_setup(struct pipeline *p, struct setup *fresh, bool quiet) {
    int64_t *born = NULL, now = time_wall();
    if (store_begin(p->store, SYNC_FULL) == 0) {
        FAILPOINT_HOLDS("setup", NULL);
        store_alerts_born(p->store, fresh->config, now, &born);
        store_feeds_configured(p->store, fresh->config, quiet, now);
        if (p->setup)
            for (size_t i = 0; i < p->setup->config->n_notifiers; i++) {
                const char *name = p->setup->config->notifiers[i].name;
                const struct config_notify *n = config_notify(fresh->config, name);
                if (n && n->enabled) continue;
                store_hand_forget(p->store, name);
                store_told_set(p->store, name, &(struct destination_told){0});
            }
    }
    if (store_commit(p->store) < 0) {
        free(born);
        return -1;
    }
    matcher_free(p->matcher);
    p->matcher = matcher_new(fresh->rules);
    free(p->born);
    p->born = born;
    use_feeds(p, fresh->config);
    struct setup *old = p->setup;
    p->setup = setup_ref(fresh);
    setup_unref(old);
    pipeline_fleet_configure(p);
    p->stories->rebuild = true;
    if (old) pipeline_stories_build(p);
    return 0;
}

/* Rows of notifiers that are gone wait for their return; whoever took them out is told how many. */
static void say_orphans(struct pipeline *p) {
    store_forget_error(p->store);
    json_t *counts = store_counts(p->store), *row;
    size_t i;
    json_array_foreach(counts, i, row) {
        const char *name = json_string_value(json_object_get(row, "notify"));
        long long n = json_integer_value(json_object_get(row, "pending"));
        const struct config_notify *notify = config_notify(p->setup->config, name);
        if (n && (!notify || !notify->enabled))
            log_warning("%lld messages wait for notifier %s, which is not configured; newsalertctl drop %s "
                        "ends them",
                        n, name, name);
    }
    json_decref(counts);
}

/* What the store knows of feeds that the loop does not have yet. */
static void new_feeds(struct pipeline *p, const struct setup *old, struct pipeline_event *e) {
    const struct config *config = p->setup->config;
    struct map known = {0};
    size_t cap = 0;
    for (size_t i = 0; i < old->config->n_feeds; i++)
        map_add(&known, text_of(old->config->feeds[i].location), &old->config->feeds[i]);
    store_forget_error(p->store);
    for (size_t i = 0; i < config->n_feeds; i++) {
        struct feed_record record;
        const char *location = config->feeds[i].location;
        if (map_add(&known, text_of(location), &config->feeds[i])) continue;
        store_feed_load(p->store, location, &record);
        GROW(e->feeds, e->n_feeds, cap);
        struct feed_copy *c = &e->feeds[e->n_feeds++];
        *c = (struct feed_copy){.location = xstrdup(location)};
        feed_status_copy(&c->status, &record.status);
        feed_record_clear(&record);
    }
    map_clear(&known);
}

static void reload(struct pipeline *p, struct message *m) {
    struct pipeline_event *e = pipeline_event_new(EVENT_RELOADED, NULL);
    e->ticket = m->ticket;
    struct setup *old = setup_ref(p->setup);
    struct setup *fresh = setup_build(m->name, CONFIG_START, &e->problems);
    if (fresh && pipeline_use_setup(p, fresh, false) < 0) {
        problem_error(&e->problems, NULL, 0, "not reloaded: %s", store_error(p->store));
        fresh = setup_unref(fresh);
    }
    if (fresh) say_orphans(p);
    if (fresh) new_feeds(p, old, e);
    setup_unref(old);
    e->setup = fresh;
    pipeline_tell(p, e);
    pipeline_message_free(m);
    p->under_way--;
}

/* ---- the thread ---- */

static void prune(struct pipeline *p) {
    bool more = false;
    p->pruned = time_boot();
    if (store_begin(p->store, SYNC_NORMAL) < 0) return;
    FAILPOINT_HOLDS("prune", NULL);
    more = store_prune(p->store, p->setup->config, time_wall());
    if (store_commit(p->store) < 0) more = false;
    if (more)
        p->pruned -= LIMIT_PRUNE_MS; /* the next slice as soon as nothing waits */
    else
        mem_trim(); /* what a pass over all feeds held at once: 10 MB of 55 with 1,000 feeds */
}

/* What a failed commit left goes first again, so that a busy house cannot starve it. */
static struct message *with_again(struct pipeline *p, struct message *shorts) {
    struct message *first = steal(&p->again), *last = first;
    if (!first) return shorts;
    for (; last->next; last = last->next) last->link.next = &last->next->link;
    last->link.next = shorts ? &shorts->link : NULL;
    return first;
}

/* Only documents wait for the window of stories: it may be large, and people ask how things are meanwhile. */
static void read_stories(struct pipeline *p) {
    store_forget_error(p->store);
    pipeline_stories_begin(p);
    while (p->stories->reading.under_way) {
        pipeline_stories_read(p);
        p->step = time_boot();
        struct message *shorts = (struct message *)queue_take_all_short(p->queue);
        if (shorts) pipeline_batch(p, shorts, NULL);
    }
}

void *pipeline_thread(void *arg) {
    struct pipeline *p = arg;
    read_stories(p);
    for (bool goes_on = true; goes_on;) {
        int64_t wait = p->pruned + LIMIT_PRUNE_MS - time_boot();
        int64_t stories = p->trouble ? AGAIN_MS : pipeline_stories_wait(p);
        if (wait > stories) wait = stories;
        if (wait < 0) wait = 0;
        if (p->again && wait > AGAIN_MS) wait = AGAIN_MS;
        if (store_untidy(p->store) && wait > REST_MS) wait = REST_MS;
        goes_on = queue_wait(p->queue, wait);
        p->step = time_boot();
        struct message *shorts = with_again(p, (struct message *)queue_take_all_short(p->queue));
        struct message *m = (struct message *)queue_take_long(p->queue), *then = NULL;
        if (m && m->what == MESSAGE_RELOAD) then = steal(&m);
        bool due = pipeline_stories_due(p), rests = !shorts && !m && !then && !due;
        if (shorts || m || due) {
            struct message *next = pipeline_batch(p, shorts, m);
            if (next) then = next;
        }
        if (then) reload(p, then);
        if (goes_on && rests && time_boot() - p->pruned >= LIMIT_PRUNE_MS) prune(p);
        store_tidy(p->store, !rests);
    }
    return NULL;
}

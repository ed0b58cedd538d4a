#include "pipeline/stories.h"

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"
#include "base/zone.h"
#include "deliver/render/render.h"
#include "story/publisher.h"

/* A clock that steps back by less is waited for; by more, it was wrong before. */
#define STEP_BACK      HOUR
#define WORDS_APART    DAY         /* between two snapshots of words */
#define THREADS_LOADED (8 * DAY)   /* what decide keeps of threads */
#define INDEX_ARENA    (16u << 20) /* one item's JSON */
#define SLICE          1000u       /* gists read at once: some 20 ms */

struct stories *stories_new(void) {
    struct stories *s = xcalloc(1, sizeof *s);
    s->rebuild = s->reindex = true;
    s->latest = TIME_NONE;
    return s;
}

static void clear_decide(struct stories *s) {
    struct map_entry *e;
    s->decide = decide_free(s->decide);
    for (int k = 0; k < 2; k++) {
        for (size_t i = 0; (e = map_next(&s->hours[k], &i));) free(e->value);
        map_clear(&s->hours[k]);
    }
    for (size_t i = 0; (e = map_next(&s->zones, &i));) zone_free(e->value);
    map_clear(&s->zones);
    free(s->alerts);
    free(s->notifiers);
    free(s->wants);
    while (s->gone.n) free(s->gone.list[--s->gone.n]);
    free(s->gone.list);
    s->gone = (struct strings){0};
    s->alerts = NULL;
    s->notifiers = NULL;
    s->wants = NULL;
    s->n_alerts = s->n_notifiers = s->cap_alerts = s->cap_notifiers = 0;
}

struct stories *stories_free(struct stories *s) {
    if (!s) return NULL;
    clear_decide(s);
    story_index_free(s->index);
    free(s);
    return NULL;
}

/* ---- alerts and notifiers, as decide sees them ---- */

/* One struct a text, however many alerts have it: texts live in the configuration. */
static const struct hours *hours_of(struct stories *s, const char *text, bool quiet) {
    struct map *m = &s->hours[quiet ? 0 : 1];
    if (!text) return NULL;
    struct hours *h = map_get(m, text_of(text));
    if (h) return h->n ? h : NULL;
    h = xcalloc(1, sizeof *h);
    if (quiet ? hours_quiet(text_of(text), h) : hours_digest(text_of(text), h)) h->n = 0; /* was checked */
    map_add(m, text_of(text), h);
    return h->n ? h : NULL;
}

static const struct zone *zone_named(struct stories *s, const char *name) {
    struct zone *z = map_get(&s->zones, text_of(name ? name : ""));
    if (z) return z;
    z = zone_open(name);
    if (!z) z = zone_open(NULL); /* it was there when the configuration was checked */
    if (z) map_add(&s->zones, text_of(name ? name : ""), z);
    return z;
}

/* Can a message to it be changed once it stands? */
static bool edits(struct pipeline *p, const struct config_notify *n) {
    if (n->kind == NOTIFY_WEBHOOK) {
        const struct format *f = format_of(n->format);
        return f && f->edits && (n->story_thread || !strcmp(f->name, "json"));
    }
    struct plugin *plugin =
        n->kind == NOTIFY_PLUGIN ? plugins_by_name(p->setup->plugins, n->kind_name) : NULL;
    const struct na_notifier *notifier = plugin ? plugin_description(plugin)->notifier : NULL;
    return notifier && (notifier->features & NA_FEATURE_EDITS);
}

static void add_alert(struct stories *s, const struct decide_alert *a) {
    GROW(s->alerts, s->n_alerts, s->cap_alerts);
    s->alerts[s->n_alerts++] = *a;
}
static void add_notifier(struct stories *s, const struct decide_notifier *n) {
    GROW(s->notifiers, s->n_notifiers, s->cap_notifiers);
    s->notifiers[s->n_notifiers++] = *n;
}

static void use_config(struct pipeline *p) {
    struct stories *s = p->stories;
    const struct config *c = p->setup->config;
    for (size_t i = 0; i < c->n_notifiers; i++) {
        const struct config_notify *n = &c->notifiers[i];
        const struct decide_notifier one = {n->name,
                                            edits(p, n),
                                            hours_of(s, n->quiet, true),
                                            hours_of(s, n->digest, false),
                                            n->timezone ? zone_named(s, n->timezone) : NULL,
                                            n->break_through};
        add_notifier(s, &one);
    }
    for (size_t i = 0; i < c->n_alerts; i++) {
        const struct config_alert *a = &c->alerts[i];
        const struct decide_alert one = {.name = a->name,
                                         .level = a->level,
                                         .limit = a->limit.count,
                                         .limit_per = a->limit.per_ms,
                                         .quiet = hours_of(s, a->quiet, true),
                                         .digest = hours_of(s, a->digest, false),
                                         .zone = zone_named(s, a->timezone ? a->timezone : c->timezone),
                                         .window = a->window,
                                         .follow_up = a->follow_up,
                                         .sources = a->sources,
                                         .hold = a->unconfirmed_hold,
                                         .updates = a->updates};
        add_alert(s, &one);
    }
}

static size_t alert_named(const struct pipeline *p, const char *name) {
    const struct stories *s = p->stories;
    const struct config *c = p->setup->config;
    const struct config_alert *a = name ? config_alert(c, name) : NULL;
    if (a) return (size_t)(a - c->alerts);
    for (size_t i = c->n_alerts; name && i < s->n_alerts; i++)
        if (!strcmp(s->alerts[i].name, name)) return i;
    return SIZE_MAX;
}

static size_t notifier_named(const struct pipeline *p, const char *name) {
    const struct stories *s = p->stories;
    const struct config *c = p->setup->config;
    const struct config_notify *n = name ? config_notify(c, name) : NULL;
    if (n) return (size_t)(n - c->notifiers);
    for (size_t i = c->n_notifiers; name && i < s->n_notifiers; i++)
        if (!strcmp(s->notifiers[i].name, name)) return i;
    return SIZE_MAX;
}

static const char *keep_name(struct stories *s, const char *name) {
    GROW(s->gone.list, s->gone.n, s->gone.cap);
    return s->gone.list[s->gone.n++] = xstrdup(name ? name : "");
}

/* An alert or notifier that left the configuration makes nothing new; what is held of it leaves at the time
 * that is stored with it. */
static void note_gone(void *ctx, const struct held *h) {
    struct pipeline *p = ctx;
    struct stories *s = p->stories;
    if (alert_named(p, h->alert) == SIZE_MAX) {
        const struct decide_alert gone = {.name = keep_name(s, h->alert),
                                          .level = h->level,
                                          .zone = zone_named(s, p->setup->config->timezone),
                                          .window = DAY,
                                          .follow_up = HOUR,
                                          .sources = 1};
        add_alert(s, &gone);
    }
    if (notifier_named(p, h->notify) == SIZE_MAX) {
        const struct decide_notifier gone = {.name = keep_name(s, h->notify), .break_through = LEVEL_FLASH};
        add_notifier(s, &gone);
    }
}

static void set_wants(struct pipeline *p) {
    struct stories *s = p->stories;
    const struct config *c = p->setup->config;
    s->wants = xcalloc(s->n_alerts * s->n_notifiers + 1, sizeof *s->wants);
    for (size_t i = 0; i < s->n_alerts; i++) {
        bool *row = s->wants + i * s->n_notifiers;
        for (size_t n = 0; i < c->n_alerts && n < c->n_notifiers; n++)
            row[n] = story_wants(&c->alerts[i], &c->notifiers[n]);
        s->alerts[i].notify = row;
    }
}

/* ---- from the store ---- */

static void load_thread(void *ctx, const char *alert, const struct decide_thread *t) {
    struct pipeline *p = ctx;
    struct decide_thread known = *t;
    known.alert = alert_named(p, alert);
    if (known.alert != SIZE_MAX) decide_load_thread(p->stories->decide, &known);
}

void pipeline_stories_recall(struct pipeline *p, size_t alert, int64_t story, int64_t item) {
    const struct stories *s = p->stories;
    if (decide_knows(s->decide, alert, story)) return;
    store_thread_of(p->store, s->alerts[alert].name, story, item, load_thread, p);
}

static void load_lane(void *ctx, const char *alert, const char *notify, const char *form) {
    struct pipeline *p = ctx;
    const struct decide_lane l = {alert_named(p, alert), notifier_named(p, notify), form};
    if (l.alert != SIZE_MAX && l.notifier != SIZE_MAX) decide_load_lane(p->stories->decide, &l);
}

static void load_mute(void *ctx, const struct mute_record *m) {
    struct pipeline *p = ctx;
    const struct decide_mute one = {.id = m->id,
                                    .what = m->what,
                                    .alert = m->what == MUTE_ALERT ? alert_named(p, m->name) : SIZE_MAX,
                                    .number = m->what == MUTE_STORY ? strtoull(m->name, NULL, 10)
                                                                    : decide_feed(m->name),
                                    .since = m->since,
                                    .until = m->until,
                                    .drop = m->drop};
    decide_mute(p->stories->decide, &one);
}

static void load_held(void *ctx, const struct held *h) {
    struct pipeline *p = ctx;
    struct stories *s = p->stories;
    const struct decide_entry e = {h->event, NULL, alert_named(p, h->alert), decide_feed(h->feed),
                                   h->story, h->at};
    struct decide_place at = {.alert = e.alert,
                              .notifier = notifier_named(p, h->notify),
                              .pool = h->pool,
                              .due = h->due,
                              .mute = h->mute};
    /* What a thread tells to all its notifiers does not reach one that the alert no longer tells. */
    bool told = s->wants[e.alert * s->n_notifiers + at.notifier];
    if (!told && (at.pool == POOL_UPDATE || at.pool == POOL_UNCONFIRMED)) at.pool = POOL_LIMIT;
    decide_load_held(s->decide, &e, &at);
}

static void build_decide(struct pipeline *p) {
    struct stories *s = p->stories;
    int64_t now = pipeline_stories_now(p);
    clear_decide(s);
    use_config(p);
    store_held_each(p->store, note_gone, p);
    set_wants(p);
    s->decide = decide_new(s->alerts, s->n_alerts, s->notifiers, s->n_notifiers, store_thread_next(p->store));
    store_threads_each(p->store, now - THREADS_LOADED, load_thread, p);
    store_lanes_each(p->store, load_lane, p);
    store_mutes_each(p->store, load_mute, p);
    store_held_each(p->store, load_held, p);
    decide_adapt(s->decide, now);
    s->rebuild = store_error(p->store) != NULL;
}

/* An item without a gist that this program reads: from before there were any. */
static void load_texts(struct pipeline *p, int64_t item, int64_t story, int64_t seen) {
    struct arena a;
    struct item it;
    AUTOFREE char *json = store_item_json(p->store, item);
    AUTOFREE char *location = store_item_location(p->store, item);
    json_t *j = json && location ? json_loads(json, JSON_ALLOW_NUL, NULL) : NULL;
    arena_init(&a, INDEX_ARENA);
    if (j && item_from_json(j, &a, &it) == 0) {
        const struct config_feed *feed = map_get(&p->feeds, text_of(location));
        const struct story_item one = {
            .id = item,
            .title = it.title,
            .url = it.url,
            .language = it.language.len ? it.language : text_of(feed ? feed->language : NULL),
            .publisher = publisher_of(text_of(feed ? feed->publisher : NULL), it.url, text_of(location), &a),
            .summary = it.summary,
            .content = it.content,
            .seen = seen};
        story_index_put(p->stories->index, &one, story, item <= p->stories->reading.counted);
    }
    json_decref(j);
    arena_clear(&a);
}

static void load_item(void *ctx, int64_t item, int64_t story, int64_t seen, struct text gist) {
    struct pipeline *p = ctx;
    struct reading *r = &p->stories->reading;
    r->last = (struct gist_place){seen, item};
    r->slice++;
    if (story_index_put_gist(p->stories->index, gist, item, seen, story, item <= r->counted) < 0)
        load_texts(p, item, story, seen);
}

static struct story_options options_of(const struct pipeline *p) {
    const struct config *c = p->setup->config;
    return (struct story_options){
        .threshold = c->story_threshold, .window = c->story_window, .seed = p->installation};
}

static void begin_index(struct pipeline *p) {
    struct stories *s = p->stories;
    AUTOFREE char *words = NULL;
    size_t n;
    story_index_free(s->index);
    s->index_is = options_of(p);
    s->index_is.next = store_story_next(p->store);
    s->index = story_index_new(&s->index_is);
    s->index_is.next = 0;
    s->reading = (struct reading){
        .under_way = true,
        .began = time_boot(),
        .last = store_gists_from(p->store, time_wall() - s->index_is.window, LIMIT_STORY_ITEMS)};
    store_words_load(p->store, &words, &n, &s->reading.counted);
    if (!words || story_index_take_counts(s->index, (struct text){words, n}) < 0) s->reading.counted = 0;
    s->reindex = false;
}

bool pipeline_stories_read(struct pipeline *p) {
    struct stories *s = p->stories;
    struct reading *r = &s->reading;
    r->slice = 0;
    store_gists_each(p->store, r->last, SLICE, load_item, p);
    if (store_error(p->store)) s->reindex = true;
    r->under_way = r->slice == SLICE && !s->reindex;
    if (r->under_way) return true;
    struct story_index_status status;
    story_index_status(s->index, &status);
    log_line(LOG_LEVEL_DEBUG, "stories: %zu items of %zu stories read in %lld ms", status.items,
             status.stories, (long long)(time_boot() - r->began));
    return false;
}

void pipeline_stories_begin(struct pipeline *p) {
    struct stories *s = p->stories;
    struct story_options now = options_of(p);
    if (s->index && (now.threshold != s->index_is.threshold || now.window != s->index_is.window))
        s->reindex = true;
    if (s->reindex) begin_index(p);
    if (s->rebuild) build_decide(p);
    s->touched = false;
}

void pipeline_stories_build(struct pipeline *p) {
    pipeline_stories_begin(p);
    while (p->stories->reading.under_way && pipeline_stories_read(p)) p->step = time_boot();
}

/* ---- driven by the clock ---- */

int64_t pipeline_stories_now(struct pipeline *p) {
    struct stories *s = p->stories;
    int64_t now = time_wall();
    if (s->latest != TIME_NONE && now < s->latest && s->latest - now < STEP_BACK) return s->latest;
    if (s->latest != TIME_NONE && now < s->latest && s->decide) decide_adapt(s->decide, now);
    return s->latest = now;
}

int64_t pipeline_stories_wait(struct pipeline *p) {
    const struct stories *s = p->stories;
    if (s->rebuild || s->reindex) return 0;
    int64_t wake = decide_wake(s->decide);
    if (wake == TIME_NONE) return INT64_MAX;
    int64_t now = pipeline_stories_now(p), wait = wake - now;
    /* Not before that time has come, and again when it has: the clock may be set meanwhile. */
    return wait < 0 ? 0 : wait > MINUTE ? MINUTE : wait;
}

bool pipeline_stories_due(struct pipeline *p) {
    return pipeline_stories_wait(p) == 0;
}

void pipeline_stories_tick(struct pipeline *p) {
    struct stories *s = p->stories;
    struct decide_out out = {0};
    int64_t now = pipeline_stories_now(p);
    if (s->rebuild || s->reindex) pipeline_stories_build(p);
    if (s->rebuild || decide_wake(s->decide) == TIME_NONE || decide_wake(s->decide) > now) return;
    decide_tick(s->decide, now, &out);
    pipeline_told(p, &out, TEXT_NONE, now);
    store_mutes_ended(p->store, now);
}

/* ---- stored ---- */

static void save_thread(void *ctx, const struct decide_thread *t) {
    struct pipeline *p = ctx;
    const struct decide_alert *a = &p->stories->alerts[t->alert];
    store_thread_save(p->store, t, a->name, a->level);
}

static void save_lane(void *ctx, const struct decide_lane *l) {
    struct pipeline *p = ctx;
    store_lane_save(p->store, p->stories->alerts[l->alert].name, p->stories->notifiers[l->notifier].name,
                    l->form);
}

static void save_words(struct pipeline *p) {
    struct stories *s = p->stories;
    int64_t now = time_wall();
    if (!s->touched || (s->counted && llabs(now - s->counted) < WORDS_APART)) return;
    struct buf counts;
    buf_init(&counts, LIMIT_STORY_COUNTS);
    if (story_index_counts(s->index, &counts) == 0) store_words_save(p->store, buf_text(&counts));
    buf_clear(&counts);
    s->counted = now;
}

void pipeline_stories_save(struct pipeline *p) {
    const struct decide_saver to = {p, save_thread, save_lane};
    if (p->stories->rebuild) return;
    decide_save(p->stories->decide, &to);
    save_words(p);
    p->stories->touched = false;
}

void pipeline_stories_failed(struct pipeline *p) {
    p->stories->rebuild = true;
    p->stories->reindex |= p->stories->touched;
}

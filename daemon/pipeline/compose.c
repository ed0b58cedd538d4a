#include "pipeline/stories.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "base/url.h"
#include "base/zone.h"
#include "story/publisher.h"
#include "story/table.h"

#include <inttypes.h>

#define OUTLETS_MOST     50u /* that one message tells of; more are counted */
#define SUMMARY_NEWEST   50u /* lines of a summary; a longer one has the newest of them */
#define PUBLISHERS_MOST  50u /* named in one message */
#define PUBLISHERS_ITEMS 1000u

/* ---- of an item ---- */

/* At most LIMIT_WEBHOOK_SUMMARY characters, cut between two. */
static struct text shortened(struct text t) {
    size_t characters = 0;
    for (size_t i = 0; i < t.len; i++)
        if (((unsigned char)t.ptr[i] & 0xc0) != 0x80 && characters++ == LIMIT_WEBHOOK_SUMMARY)
            return (struct text){t.ptr, i};
    return t;
}

static void set_feed(const struct happening *h, const struct item *item, const char *url, struct arena *a,
                     struct fact_feed *ret) {
    *ret = (struct fact_feed){
        .name = text_of(h->feed->name),
        .title = h->document->title,
        .publisher = publisher_of(text_of(h->feed->publisher), item->url, text_of(h->feed->location), a),
        .url = text_of(url)};
    ret->tags = arena_alloc(a, (h->feed->tags.n + 1) * sizeof *ret->tags);
    for (size_t i = 0; ret->tags && i < h->feed->tags.n; i++)
        ret->tags[ret->n_tags++] = text_of(h->feed->tags.list[i]);
}

static void set_terms(const struct match *match, struct arena *a, struct facts *f) {
    f->terms = arena_alloc(a, (match->n_terms + 1) * sizeof *f->terms);
    for (size_t i = 0; f->terms && i < match->n_terms; i++) {
        const struct match_term *m = &match->terms[i];
        f->terms[f->n_terms++] =
            (struct fact_term){m->term, text_of(m->field_name), m->text, m->has_span ? (int64_t)m->start : -1,
                               m->many ? (int64_t)m->value : -1};
    }
}

char *pipeline_event_facts(struct pipeline *p, const struct happening *h, const struct match *match,
                           struct text previous_title) {
    const struct config_alert *alert = &p->setup->config->alerts[match->alert];
    const struct item *item = &h->document->items[h->item];
    struct arena a;
    arena_init(&a, LIMIT_DOCUMENT_ARENA);
    AUTOFREE char *url = h->feed->source == SOURCE_URL ? url_masked(h->feed->location) : NULL;
    struct facts f = {.kind = previous_title.len ? KIND_UPDATE : KIND_NEW,
                      .alert = text_of(alert->name),
                      .level = alert->level,
                      .fired = h->now,
                      .item = *item,
                      .revision = 1,
                      .previous_title = previous_title};
    f.item.id = item_shown_id(item, &a);
    f.item.summary = shortened(item->summary.len ? item->summary : item->content);
    f.item.content = TEXT_NONE;
    if (!f.item.language.len) f.item.language = match_language(h->document, h->feed);
    set_feed(h, item, url, &a, &f.feed);
    set_terms(match, &a, &f);
    json_t *j = facts_json(&f);
    char *text = json_dumps(j, JSON_COMPACT);
    json_decref(j);
    arena_clear(&a);
    return text ? text : xstrdup("{}");
}

/* ---- of a message ---- */

static int facts_of(struct pipeline *p, int64_t event, struct arena *a, struct thread_event *ret_event,
                    struct facts *ret) {
    if (!store_event_load(p->store, event, a, ret_event)) return -1;
    json_t *j = json_loads(ret_event->facts, JSON_ALLOW_NUL, NULL);
    int r = j ? facts_from_json(j, a, ret) : -1;
    json_decref(j);
    return r;
}

static bool is_copy(const struct thread_event *e) {
    return e->why == STORY_WHY_URL || e->why == STORY_WHY_COPY;
}

/* Who published the story so far: independent ones by name, copies by number. */
static void set_publishers(struct pipeline *p, int64_t thread, struct arena *a, struct facts *f) {
    size_t n;
    struct thread_event *list =
        store_thread_events(p->store, thread, PUBLISHERS_ITEMS, a, &n, &f->story_items);
    f->publishers = arena_alloc(a, PUBLISHERS_MOST * sizeof *f->publishers);
    for (size_t i = 0; list && f->publishers && i < n; i++) {
        struct text name = text_of(list[i].publisher);
        bool known = !name.len || f->n_publishers == PUBLISHERS_MOST;
        if (i && is_copy(&list[i])) {
            f->copies++;
            continue;
        }
        for (size_t k = 0; k < f->n_publishers && !known; k++) known = text_eq(f->publishers[k], name);
        if (!known) f->publishers[f->n_publishers++] = name;
    }
}

static int entry_of(struct pipeline *p, const struct decide_message *m, const struct decide_entry *of,
                    struct arena *a, struct fact_entry *ret) {
    const struct stories *s = p->stories;
    struct thread_event e;
    struct facts f;
    char key[KEY_SIZE];
    if (facts_of(p, of->id, a, &e, &f) < 0) return -1;
    story_key_held(text_of(store_installation(p->store)), s->alerts[of->alert].name,
                   s->notifiers[m->notifier].name, of->id, key);
    *ret = (struct fact_entry){
        .alert = f.alert,
        .key = arena_dup(a, text_of(key)),
        .level = s->alerts[of->alert].level,
        .item = f.item,
        .feed = f.feed.name,
        .publisher = f.feed.publisher,
        .fired = of->at,
        .why = text_of(story_why_names[e.why >= 0 && e.why <= STORY_WHY_WORDS ? e.why : 0])};
    return 0;
}

/* Later outlets: those that a follow-up tells now, or all that an edited message has to show. */
static void set_outlets(struct pipeline *p, const struct decide_message *m, struct arena *a,
                        struct facts *f) {
    size_t n = m->n, from = 0;
    int64_t all = (int64_t)m->n;
    struct decide_entry *list = m->entries;
    if (m->kind == KIND_EDIT) {
        struct thread_event *events = store_thread_events(p->store, m->thread, OUTLETS_MOST + 1, a, &n, &all);
        list = arena_alloc(a, (n + 1) * sizeof *list);
        for (size_t i = 0; list && i < n; i++)
            list[i] = (struct decide_entry){
                .id = events[i].id, .alert = m->alert, .story = m->story, .at = events[i].at};
        from = all == (int64_t)n; /* the first one is the message itself */
        all--;
    } else if (n > OUTLETS_MOST) {
        from = n - OUTLETS_MOST;
    }
    f->entries = arena_alloc(a, (n + 1) * sizeof *f->entries);
    for (size_t i = from; list && f->entries && i < n; i++)
        f->n_entries += entry_of(p, m, &list[i], a, &f->entries[f->n_entries]) == 0;
    f->more = all - (int64_t)f->n_entries;
}

static int64_t sources_of(struct pipeline *p, const struct decide_message *m, struct facts *f) {
    int64_t n = (int64_t)f->n_publishers;
    return m->unconfirmed && p->stories->alerts[m->alert].sources > 1 ? (n > 1 ? n : 1) : 0;
}

static int compose_one(struct pipeline *p, const struct decide_message *m, struct arena *a,
                       struct facts *ret) {
    bool on_first = m->kind == KIND_EDIT || m->kind == KIND_FOLD;
    int64_t base = m->kind == KIND_EDIT   ? store_thread_head(p->store, m->thread)
                   : m->kind == KIND_FOLD ? store_thread_first(p->store, m->thread)
                                          : m->entries[m->n - 1].id;
    struct thread_event e;
    struct facts f;
    if (facts_of(p, base ? base : m->entries[0].id, a, &e, &f) < 0) return -1;
    if (m->kind == KIND_UPDATE && m->n > 1) { /* the last state, against what was told before */
        struct facts first;
        if (facts_of(p, m->entries[0].id, a, &e, &first) == 0) f.previous_title = first.previous_title;
    }
    struct facts head;
    int64_t first = on_first ? 0 : store_thread_first(p->store, m->thread);
    if (first && first != base && facts_of(p, first, a, &e, &head) == 0) f.thread_title = head.item.title;
    f.kind = m->kind;
    f.level = m->level;
    f.fired = m->at;
    f.story = m->story > 0 ? m->story : 0;
    f.revision = m->revision;
    f.again = m->again && m->kind == KIND_NEW;
    set_publishers(p, m->thread, a, &f);
    f.unconfirmed = sources_of(p, m, &f);
    if (on_first) set_outlets(p, m, a, &f);
    *ret = f;
    return a->failed ? -1 : 0;
}

/* ---- of many ---- */

static struct text clock_of(const struct pipeline *p, const struct decide_message *m, int64_t at,
                            struct arena *a) {
    const struct stories *s = p->stories;
    size_t alert = m->entries[0].alert; /* of several alerts the first one's zone, or the notifier's */
    const struct zone *z =
        s->notifiers[m->notifier].zone ? s->notifiers[m->notifier].zone : s->alerts[alert].zone;
    int64_t minutes = (at + zone_offset(z, at)) / MINUTE % 1440;
    if (minutes < 0) minutes += 1440;
    return text_of(arena_printf(a, "%02d:%02d", (int)(minutes / 60), (int)(minutes % 60)));
}

/* "While quiet 22:00–07:00: 14 items in 6 stories", "12 more since 14:03" */
static struct text headline_of(const struct pipeline *p, const struct decide_message *m, size_t stories,
                               struct arena *a) {
    if (m->kind == KIND_SUMMARY) {
        struct text since = clock_of(p, m, m->since, a);
        return text_of(arena_printf(a, "%zu more since %.*s", m->n, TEXT_ARGS(since)));
    }
    char *items = arena_printf(a, "%zu item%s in %zu stor%s", m->n, m->n == 1 ? "" : "s", stories,
                               stories == 1 ? "y" : "ies");
    if (m->quiet_from == TIME_NONE) return text_of(items);
    struct text from = clock_of(p, m, m->quiet_from, a), to = clock_of(p, m, m->at, a);
    return text_of(arena_printf(a, "While quiet %.*s\xE2\x80\x93%.*s: %s", TEXT_ARGS(from), TEXT_ARGS(to),
                                items ? items : ""));
}

/* A digest has one entry a thread, with its last title and its first time, oldest first within its alert. */
static size_t group(const struct decide_message *m, struct decide_entry *list, int64_t *more) {
    struct table seen = {0};
    size_t n = 0;
    for (size_t i = 0; i < m->n; i++) {
        const struct decide_entry *e = &m->entries[i];
        uint64_t thread = ((uint64_t)e->alert << 42 ^ (uint64_t)e->story) * 0x9e3779b97f4a7c15u;
        uint32_t at = table_get(&seen, thread);
        if (at == TABLE_NONE) {
            table_set(&seen, thread, (uint32_t)n);
            list[n++] = *e;
        } else {
            list[at].id = e->id;
            more[at]++;
        }
    }
    table_clear(&seen);
    return n;
}

static int compose_list(struct pipeline *p, const struct decide_message *m, struct arena *a,
                        struct facts *ret) {
    struct facts f = {
        .kind = m->kind, .level = m->level, .fired = m->at, .story = m->story > 0 ? m->story : 0};
    struct decide_entry *list = arena_alloc(a, (m->n + 1) * sizeof *list);
    int64_t *more = arena_alloc(a, (m->n + 1) * sizeof *more);
    if (!list || !more) return -1;
    size_t stories = group(m, list, more), n = stories, from = 0;
    if (m->kind == KIND_SUMMARY) { /* each with its own time */
        memcpy(list, m->entries, m->n * sizeof *list);
        memset(more, 0, m->n * sizeof *more);
        n = m->n;
        if (n > SUMMARY_NEWEST) from = n - SUMMARY_NEWEST;
    } else if (n > LIMIT_SUMMARY_ROWS) {
        n = LIMIT_SUMMARY_ROWS;
    }
    f.item.published = f.item.updated = TIME_NONE;
    f.headline = headline_of(p, m, stories, a);
    if (!(f.entries = arena_alloc(a, (n + 1) * sizeof *f.entries))) return -1;
    for (size_t i = from; i < n; i++) {
        struct fact_entry *e = &f.entries[f.n_entries];
        if (entry_of(p, m, &list[i], a, e) < 0) continue;
        e->more = more[i];
        e->clock = clock_of(p, m, list[i].at, a);
        f.n_entries++;
    }
    f.more = (int64_t)(m->kind == KIND_SUMMARY ? m->n : stories) - (int64_t)f.n_entries;
    *ret = f;
    return a->failed ? -1 : 0;
}

int pipeline_compose(struct pipeline *p, const struct decide_message *m, struct arena *a, struct facts *ret) {
    bool list = m->kind == KIND_SUMMARY || m->kind == KIND_DIGEST;
    return list ? compose_list(p, m, a, ret) : compose_one(p, m, a, ret);
}

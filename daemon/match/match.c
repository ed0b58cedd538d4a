#include "match/matcher.h"

#include "base/limits.h"
#include "base/mem.h"

static void add_match(struct matcher *m, const struct rule_query *q) {
    report_node(m, q->root);
    struct match_term *terms = arena_alloc(&m->arena, (m->n_found + 1) * sizeof *terms);
    if (terms) memcpy(terms, m->found, m->n_found * sizeof *terms);
    GROW(m->list, m->n_list, m->cap_list);
    m->list[m->n_list++] = (struct match){q->alert, terms, terms ? m->n_found : 0};
}

/* -- one item -------------------------------------------------------------------------------------------- */

static void wake(struct matcher *m, uint32_t query) {
    if (m->woken_stamp[query] == m->stamp) return;
    m->woken_stamp[query] = m->stamp;
    m->woken[m->n_woken++] = query;
}

static void take_hits(struct matcher *m, size_t plug) {
    const struct rules *r = m->rules;
    const struct rule_plug *p = &r->plugs[plug];
    const struct plugin_hits *hits = &m->hits[plug];
    m->failed[plug] = hits->failed || hits->full;
    m->result.degraded |= m->failed[plug] || hits->n_unknown;
    for (size_t i = 0; i < hits->n_unknown; i++)
        m->terms[p->terms[hits->unknown[i].term]].unknown_stamp = m->stamp;
    for (size_t i = 0; i < hits->n_hits && !hits->failed; i++) {
        uint32_t t = p->terms[hits->hits[i].term];
        struct term_state *s = &m->terms[t];
        if (s->hit_stamp != m->stamp) {
            s->hit_stamp = m->stamp;
            s->head = NO_HIT;
            s->bits = 0;
            for (uint32_t k = r->wake_at[t]; k < r->wake_at[t + 1]; k++) wake(m, r->wake[k]);
        }
        s->bits |= 1u << hits->hits[i].field;
        GROW(m->links, m->n_links, m->cap_links);
        m->links[m->n_links] = (struct hit_link){&hits->hits[i], s->head};
        s->head = (uint32_t)m->n_links++;
    }
}

static void run_plugin(struct matcher *m, size_t plug) {
    const struct rule_plug *p = &m->rules->plugs[plug];
    const char *name = plugin_description(p->plugin)->name;
    struct na_item na = m->na;
    for (size_t i = 0; i < m->n_memories; i++)
        if (!strcmp(m->memories[i].plugin, name)) na.memory = na_of_text(m->memories[i].memory);
    plugin_hits_reset(&m->hits[plug]);
    plugin_match(p->plugin, p->set, &na, m->flags, &m->hits[plug]);
    take_hits(m, plug);
    if (m->hits[plug].remember) {
        m->result.remember[m->result.n_remember].plugin = name;
        m->result.remember[m->result.n_remember++].memory = m->hits[plug].memory;
    }
}

static int by_number(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Forgets the last item. The stamp runs over after four thousand million items: then all is cleared once. */
static void next_item(struct matcher *m, const struct match_input *input) {
    const struct rules *r = m->rules;
    if (!++m->stamp) {
        memset(m->terms, 0, r->n_terms * sizeof *m->terms);
        memset(m->woken_stamp, 0, r->n_queries * sizeof *m->woken_stamp);
        m->stamp = 1;
    }
    arena_reset(&m->arena);
    m->n_links = m->n_woken = m->n_list = 0;
    m->feed_is_folded = false;
    m->input = input;
    m->result.n_remember = 0;
    m->result.degraded = false;
}

void matcher_memories(struct matcher *m, const struct feed_memory *list, size_t n) {
    m->memories = list;
    m->n_memories = n;
}

struct text match_language(const struct document *d, const struct config_feed *feed) {
    return feed && feed->language ? text_of(feed->language) : d->language;
}

struct match_input match_input_of(const struct document *d, size_t i, const struct config_feed *feed) {
    return (struct match_input){&d->items[i], feed ? text_of(feed->name) : TEXT_NONE, feed,
                                match_language(d, feed)};
}

const struct matches *matcher_run(struct matcher *m, const struct match_input *input) {
    const struct rules *r = m->rules;
    next_item(m, input);
    m->na = words_index(input->item, input->feed_name, input->language, &m->arena);
    m->result.degraded |= m->arena.failed;
    for (size_t i = 0; i < r->n_plugs; i++) run_plugin(m, i);
    for (size_t i = 0; i < r->n_always; i++) wake(m, r->always[i]);
    qsort(m->woken, m->n_woken, sizeof *m->woken, by_number);
    for (size_t i = 0; i < m->n_woken; i++) {
        const struct rule_query *q = &r->queries[m->woken[i]];
        const struct config_alert *alert = &r->config->alerts[q->alert];
        if (input->feed && alert->feeds.n && !config_alert_wants_feed(alert, input->feed)) continue;
        if (matcher_truth(m, q->root) == TRUE_) add_match(m, q);
    }
    m->result.list = m->list;
    m->result.n = m->n_list;
    return &m->result;
}

struct matcher *matcher_new(const struct rules *r) {
    struct matcher *m = xcalloc(1, sizeof *m);
    m->rules = r;
    m->terms = xcalloc(r->n_terms + 1, sizeof *m->terms);
    m->woken_stamp = xcalloc(r->n_queries + 1, sizeof *m->woken_stamp);
    m->woken = xcalloc(r->n_queries + 1, sizeof *m->woken);
    m->hits = xcalloc(r->n_plugs + 1, sizeof *m->hits);
    m->failed = xcalloc(r->n_plugs + 1, sizeof *m->failed);
    m->result.remember = xcalloc(r->n_plugs + 1, sizeof *m->result.remember);
    for (size_t i = 0; i < r->n_plugs; i++) plugin_hits_init(&m->hits[i]);
    arena_init(&m->arena, LIMIT_WORDS_ARENA);
    return m;
}

struct matcher *matcher_free(struct matcher *m) {
    if (!m) return NULL;
    for (size_t i = 0; i < m->rules->n_plugs; i++) plugin_hits_clear(&m->hits[i]);
    arena_clear(&m->arena);
    free(m->terms);
    free(m->woken_stamp);
    free(m->woken);
    free(m->hits);
    free(m->failed);
    free(m->links);
    free(m->spans);
    free(m->found);
    free(m->list);
    free(m->result.remember);
    free(m);
    return NULL;
}

#include "match/matcher.h"

#include "base/limits.h"
#include "base/mem.h"

/* How far ahead of its use a piece of memory is asked for: with many queries the tables are larger than the
 * caches. */
enum { AHEAD = 8 };

static void add_match(struct matcher *m, const struct rule_query *q) {
    report_query(m, q);
    struct match_term *terms = arena_raw(&m->arena, (m->n_found + 1) * sizeof *terms);
    if (terms && m->n_found) memcpy(terms, m->found, m->n_found * sizeof *terms);
    GROW(m->list, m->n_list, m->cap_list);
    m->list[m->n_list++] = (struct match){q->alert, terms, terms ? m->n_found : 0};
}

/* -- one item -------------------------------------------------------------------------------------------- */

static void wake(struct matcher *m, uint32_t query) {
    m->woken_bits[query / 64] |= UINT64_C(1) << query % 64;
    m->woken_groups[query / 4096] |= UINT64_C(1) << query / 64 % 64;
}

/* Takes all woken queries out, in the order of the alerts, into m->woken. */
static size_t take_woken(struct matcher *m) {
    size_t n = 0, groups = m->rules->n_queries / 4096 + 1;
    for (size_t g = 0; g < groups; g++)
        for (; m->woken_groups[g]; m->woken_groups[g] &= m->woken_groups[g] - 1) {
            size_t word = g * 64 + (size_t)__builtin_ctzll(m->woken_groups[g]);
            for (; m->woken_bits[word]; m->woken_bits[word] &= m->woken_bits[word] - 1)
                m->woken[n++] = (uint32_t)(word * 64 + (size_t)__builtin_ctzll(m->woken_bits[word]));
        }
    return n;
}

static void take_hit(struct matcher *m, uint32_t t, const struct plugin_hit *hit) {
    const struct rules *r = m->rules;
    struct term_state *s = &m->terms[t];
    if (s->hit_stamp != m->stamp) {
        s->hit_stamp = m->stamp;
        s->head = NO_HIT;
        s->bits = 0;
        m->hit_bits[t / 64] |= UINT64_C(1) << t % 64;
        for (uint32_t k = 0; k < s->n_wake; k++) wake(m, r->wake[s->wake + k]);
    }
    s->bits |= 1u << hit->field;
    GROW(m->links, m->n_links, m->cap_links);
    m->links[m->n_links] = (struct hit_link){hit, s->head};
    s->head = (uint32_t)m->n_links++;
}

static inline uint32_t term_of(const struct rule_plug *p, const struct plugin_hit *hit) {
    return p->same ? hit->term : p->terms[hit->term];
}

static void take_hits(struct matcher *m, size_t plug) {
    const struct rules *r = m->rules;
    const struct rule_plug *p = &r->plugs[plug];
    const struct plugin_hits *hits = &m->hits[plug];
    m->failed[plug] = hits->failed || hits->full;
    m->any_unknown |= m->failed[plug] || hits->n_unknown;
    m->result.degraded |= m->failed[plug] || hits->n_unknown;
    for (size_t i = 0; i < hits->n_unknown; i++)
        m->terms[p->terms[hits->unknown[i].term]].unknown_stamp = m->stamp;
    size_t n = hits->failed ? 0 : hits->n_hits;
    for (size_t i = 0; i < n; i++) {
        if (!p->same && i + 3 * AHEAD < n) __builtin_prefetch(&p->terms[hits->hits[i + 3 * AHEAD].term]);
        if (i + 2 * AHEAD < n) __builtin_prefetch(&m->terms[term_of(p, &hits->hits[i + 2 * AHEAD])], 1);
        if (i + AHEAD < n) __builtin_prefetch(&r->wake[m->terms[term_of(p, &hits->hits[i + AHEAD])].wake]);
        take_hit(m, term_of(p, &hits->hits[i]), &hits->hits[i]);
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

static void clear_terms(struct matcher *m) {
    const struct rules *r = m->rules;
    for (size_t t = 0; t < r->n_terms; t++)
        m->terms[t] = (struct term_state){.wake = r->wake_at[t], .n_wake = r->wake_at[t + 1] - r->wake_at[t]};
}

/* Forgets the last item. The stamp runs over after four thousand million items: then all is cleared once. */
static void next_item(struct matcher *m, const struct match_input *input) {
    const struct rules *r = m->rules;
    for (size_t i = 0; i < r->n_plugs; i++)
        for (size_t k = 0; k < m->hits[i].n_hits; k++)
            m->hit_bits[term_of(&r->plugs[i], &m->hits[i].hits[k]) / 64] = 0;
    if (!++m->stamp) {
        clear_terms(m);
        m->stamp = 1;
    }
    arena_reset(&m->arena);
    m->n_links = m->n_list = 0;
    m->any_unknown = false;
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

/* Always inline: a function that only prefetches has no effect in the compiler's eyes, and its calls would
 * go. */
static inline __attribute__((always_inline)) void prefetch_query(const struct rules *r,
                                                                 const struct rule_query *q) {
    if (q->shape != SHAPE_TREE) return;
    for (uint32_t k = q->nodes; k <= q->root; k += 5) __builtin_prefetch(&r->nodes[k]);
    __builtin_prefetch(&r->nodes[q->root]);
    __builtin_prefetch(&r->links[q->links]);
}

static inline __attribute__((always_inline)) void prefetch_leaves(const struct rules *r,
                                                                  const struct rule_query *q) {
    for (uint32_t k = 0; k < q->n_leaves && k < 32; k += 4) __builtin_prefetch(&r->leaves[q->leaves + k]);
    __builtin_prefetch(&r->leaves[q->leaves + q->n_leaves - 1u]);
}

/* Keeps of the woken queries those that are true, in their order. */
static void keep_true(struct matcher *m) {
    const struct rules *r = m->rules;
    size_t n = m->n_woken, kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (i + 2 * AHEAD < n) __builtin_prefetch(&r->queries[m->woken[i + 2 * AHEAD]]);
        if (i + AHEAD < n) prefetch_query(r, &r->queries[m->woken[i + AHEAD]]);
        const struct rule_query *q = &r->queries[m->woken[i]];
        if (q->some_feeds && m->input->feed &&
            !config_alert_wants_feed(&r->config->alerts[q->alert], m->input->feed))
            continue;
        if (matcher_is_true(m, q)) m->woken[kept++] = m->woken[i];
    }
    m->n_woken = kept;
}

const struct matches *matcher_run(struct matcher *m, const struct match_input *input) {
    const struct rules *r = m->rules;
    next_item(m, input);
    m->na = words_index(input->item, input->feed_name, input->language, &m->arena);
    m->result.degraded |= m->arena.failed;
    for (size_t i = 0; i < r->n_plugs; i++) run_plugin(m, i);
    for (size_t i = 0; i < r->n_always; i++) wake(m, r->always[i]);
    m->n_looked_at = m->n_woken = take_woken(m);
    keep_true(m);
    for (size_t i = 0; i < m->n_woken; i++) {
        if (i + AHEAD < m->n_woken) prefetch_leaves(r, &r->queries[m->woken[i + AHEAD]]);
        add_match(m, &r->queries[m->woken[i]]);
    }
    /* An item that was not looked at whole would be an alert lost; after a restart it is read again. */
    if (m->arena.starved) out_of_memory(m->arena.used);
    m->result.list = m->list;
    m->result.n = m->n_list;
    return &m->result;
}

struct matcher *matcher_new(const struct rules *r) {
    struct matcher *m = xcalloc(1, sizeof *m);
    m->rules = r;
    m->terms = xlarge((r->n_terms + 1) * sizeof *m->terms);
    clear_terms(m);
    m->hit_bits = xcalloc(r->n_terms / 64 + 1, sizeof *m->hit_bits);
    m->woken_bits = xcalloc((r->n_queries / 4096 + 1) * 64, sizeof *m->woken_bits);
    m->woken_groups = xcalloc(r->n_queries / 4096 + 1, sizeof *m->woken_groups);
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
    free(m->hit_bits);
    free(m->woken_bits);
    free(m->woken_groups);
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

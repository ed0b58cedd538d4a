#include "match/match.h"

#include "base/limits.h"
#include "base/mem.h"
#include "item/fold.h"
#include "match/filter.h"
#include "match/rules.h"

/* One hit of one term on the item at hand; the hits of a term are a chain. */
struct hit_link {
    const struct plugin_hit *hit;
    uint32_t next; /* into links; NO_HIT ends */
};
#define NO_HIT UINT32_MAX

/* What is known of a term on the item at hand; meant only where the stamp is the item's. */
struct term_state {
    uint32_t hit_stamp, unknown_stamp;
    uint32_t head; /* into links */
    uint32_t bits; /* NA_FIELD bits in which it hits */
};

struct matcher {
    const struct rules *rules;
    uint32_t stamp; /* the number of the item: nothing has to be cleared for the next one */
    struct term_state *terms;
    uint32_t *woken_stamp; /* of queries */
    uint32_t *woken;
    size_t n_woken;
    struct plugin_hits *hits; /* of each plug */
    bool *failed;             /* of each plug: all its terms are unknown */
    struct hit_link *links;
    size_t n_links, cap_links;
    struct arena arena; /* of the item at hand */
    struct na_item na;
    const struct match_input *input;
    const struct feed_memory *memories;
    size_t n_memories;
    struct text feed_folded; /* lazily; see feed_name */
    bool feed_is_folded;
    struct match_term *found; /* terms of the query at hand */
    size_t n_found, cap_found;
    struct match *list;
    size_t n_list, cap_list;
    struct matches result;
};

enum truth { FALSE_, UNKNOWN_, TRUE_ };

/* -- filters --------------------------------------------------------------------------------------------- */

static bool feed_is(struct matcher *m, struct text pattern) {
    if (!m->feed_is_folded) {
        m->feed_folded = m->input->feed_name.len ? fold_case(m->input->feed_name, &m->arena) : TEXT_NONE;
        m->feed_is_folded = true;
    }
    return m->feed_folded.len && filter_name(pattern, m->feed_folded);
}

static bool has_tag(struct matcher *m, struct text pattern) {
    const struct config_feed *f = m->input->feed;
    for (size_t i = 0; f && i < f->tags.n; i++)
        if (filter_name(pattern, fold_case(text_of(f->tags.list[i]), &m->arena))) return true;
    return false;
}

static bool filter_true(struct matcher *m, const struct rule_leaf *leaf) {
    size_t start, len;
    switch ((enum filter_kind)leaf->filter) {
    case FILTER_FEED: return feed_is(m, leaf->pattern);
    case FILTER_TAG: return has_tag(m, leaf->pattern);
    case FILTER_URL: return filter_url(leaf->pattern, m->input->item->url, &start, &len);
    }
    return false;
}

/* -- truth (Kleene) -------------------------------------------------------------------------------------- */

static enum truth term_truth(const struct matcher *m, const struct rule_node *n) {
    enum truth best = FALSE_;
    for (size_t i = 0; i < n->n; i++) {
        uint32_t t = m->rules->links[n->first + i];
        const struct term_state *s = &m->terms[t];
        if (s->hit_stamp == m->stamp && (s->bits & n->fields)) return TRUE_;
        if (s->unknown_stamp == m->stamp || m->failed[m->rules->term_plug[t]]) best = UNKNOWN_;
    }
    return best;
}

static enum truth truth(struct matcher *m, uint32_t node) {
    const struct rule_node *n = &m->rules->nodes[node];
    const uint32_t *children = m->rules->links + n->first;
    enum truth t;
    switch ((enum node_op)n->op) {
    case NODE_TERM: return term_truth(m, n);
    case NODE_FILTER: return filter_true(m, &m->rules->leaves[n->leaf]) ? TRUE_ : FALSE_;
    case NODE_NOT: return TRUE_ - truth(m, children[0]);
    case NODE_AND:
        t = TRUE_;
        for (size_t i = 0; i < n->n && t != FALSE_; i++) {
            enum truth c = truth(m, children[i]);
            if (c < t) t = c;
        }
        return t;
    case NODE_OR:
        t = FALSE_;
        for (size_t i = 0; i < n->n && t != TRUE_; i++) {
            enum truth c = truth(m, children[i]);
            if (c > t) t = c;
        }
        return t;
    }
    return FALSE_;
}

/* -- what is reported ------------------------------------------------------------------------------------ */

static const struct na_field *field_of(const struct matcher *m, uint32_t kind, uint32_t value) {
    for (size_t i = 0; i < m->na.n_fields; i++)
        if (m->na.fields[i].kind == kind && m->na.fields[i].value == value) return &m->na.fields[i];
    return NULL;
}

static void add_found(struct matcher *m, struct match_term t) {
    GROW(m->found, m->n_found, m->cap_found);
    m->found[m->n_found++] = t;
}

/* The first occurrence of a leaf in each field value, over all its spellings. `from`: where the leaf's own
 * findings begin. */
static void add_hit(struct matcher *m, size_t from, const struct rule_leaf *leaf,
                    const struct plugin_hit *h) {
    const struct na_field *field = field_of(m, h->field, h->value);
    if (!field) return;
    struct match_term t = {
        .term = leaf->shown,
        .field = h->field,
        .value = h->value,
        .field_name = field_names[h->field],
        .has_span = h->len > 0,
        .many = h->field == NA_CATEGORY && m->input->item->n_categories > 1,
        .start = h->start,
        .text = {field->text.ptr + h->start, h->len},
    };
    for (size_t i = from; i < m->n_found; i++) {
        struct match_term *old = &m->found[i];
        if (old->field != t.field || old->value != t.value) continue;
        bool earlier = t.has_span && (!old->has_span || t.start < old->start ||
                                      (t.start == old->start && t.text.len > old->text.len));
        if (earlier) *old = t;
        return;
    }
    add_found(m, t);
}

static void report_term(struct matcher *m, const struct rule_node *n) {
    const struct rules *r = m->rules;
    size_t from = m->n_found;
    for (size_t i = 0; i < n->n; i++) {
        const struct term_state *s = &m->terms[r->links[n->first + i]];
        if (s->hit_stamp != m->stamp) continue;
        for (uint32_t k = s->head; k != NO_HIT; k = m->links[k].next) {
            const struct plugin_hit *h = m->links[k].hit;
            if (n->fields & NA_FIELD(h->field)) add_hit(m, from, &r->leaves[n->leaf], h);
        }
    }
}

static void report_filter(struct matcher *m, const struct rule_leaf *leaf) {
    /* Filters that have no field of their own stand behind all fields, in the order of the kinds. */
    static const char *const names[] = {[FILTER_FEED] = "feed", [FILTER_TAG] = "tag", [FILTER_URL] = "url"};
    struct match_term t = {
        .term = leaf->shown, .field = NA_N_FIELDS + leaf->filter, .field_name = names[leaf->filter]};
    size_t start, len;
    if (leaf->filter == FILTER_URL && filter_url(leaf->pattern, m->input->item->url, &start, &len)) {
        t.field = NA_URL;
        t.has_span = len > 0;
        t.start = (uint32_t)start;
        t.text = (struct text){m->input->item->url.ptr + start, len};
    }
    add_found(m, t);
}

/* The leaves that made a true node true: none under NOT, none under a false clause. */
static void report(struct matcher *m, uint32_t node) {
    const struct rule_node *n = &m->rules->nodes[node];
    switch ((enum node_op)n->op) {
    case NODE_TERM: report_term(m, n); return;
    case NODE_FILTER: report_filter(m, &m->rules->leaves[n->leaf]); return;
    case NODE_NOT: return;
    case NODE_AND:
    case NODE_OR:
        for (size_t i = 0; i < n->n; i++) {
            uint32_t child = m->rules->links[n->first + i];
            if (n->op == NODE_AND || truth(m, child) == TRUE_) report(m, child);
        }
    }
}

static bool same_found(const struct match_term *a, const struct match_term *b) {
    return a->field == b->field && a->value == b->value && a->start == b->start &&
           a->text.len == b->text.len && text_eq(a->term, b->term);
}

/* By field, value and start; stable, since terms come in the order of the query. */
static bool found_before(const struct match_term *a, const struct match_term *b) {
    if (a->field != b->field) return a->field < b->field;
    if (a->value != b->value) return a->value < b->value;
    return a->start < b->start;
}

static void merge_found(struct match_term *list, struct match_term *spare, size_t n) {
    if (n < 2) return;
    size_t half = n / 2, i = 0, j = half;
    merge_found(list, spare, half);
    merge_found(list + half, spare, n - half);
    memcpy(spare, list, n * sizeof *list);
    for (size_t k = 0; k < n; k++)
        list[k] = j < n && (i == half || found_before(&spare[j], &spare[i])) ? spare[j++] : spare[i++];
}

static void add_match(struct matcher *m, const struct rule_query *q) {
    m->n_found = 0;
    report(m, q->root);
    struct match_term *spare = xmalloc((m->n_found + 1) * sizeof *spare);
    merge_found(m->found, spare, m->n_found);
    free(spare);
    struct match_term *terms = arena_alloc(&m->arena, (m->n_found + 1) * sizeof *terms);
    size_t n = 0;
    for (size_t i = 0; terms && i < m->n_found; i++) {
        bool twice = false; /* a leaf that the query repeats */
        for (size_t k = n; k && !twice && !found_before(&terms[k - 1], &m->found[i]); k--)
            twice = same_found(&terms[k - 1], &m->found[i]);
        if (!twice) terms[n++] = m->found[i];
    }
    GROW(m->list, m->n_list, m->cap_list);
    m->list[m->n_list++] = (struct match){q->alert, terms, n};
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
    m->failed[plug] = hits->failed;
    m->result.degraded |= hits->failed || hits->n_unknown;
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
    plugin_match(p->plugin, p->set, &na, 0, &m->hits[plug]);
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
    arena_clear(&m->arena);
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
        if (truth(m, q->root) == TRUE_) add_match(m, q);
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
    free(m->found);
    free(m->list);
    free(m->result.remember);
    free(m);
    return NULL;
}

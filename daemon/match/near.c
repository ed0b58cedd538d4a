/* NEAR and ONEAR: pairs of places in one field value. Lists of places are sorted by their ends, so that a
 * pair is found by walking along one list and looking up in the other: an item that says a word ten thousand
 * times costs ten thousand steps, not their square. */
#include "match/matcher.h"

#include "base/limits.h"
#include "base/mem.h"

#include <stdlib.h>

/* One NEAR over one field value. */
struct near {
    struct matcher *m;
    const struct na_field *field;
    size_t pairs; /* of NEARs inside others, looked at so far */
    bool capped;  /* there were more */
};

/* Places of a node, on the matcher's stack from `at` on; sorted by last, then first; none twice. */
struct places {
    size_t at, n;
};

/* A pair, its sides by the numbers of words. */
struct pair {
    struct span left, right;
};

static const struct span *span_at(const struct near *w, struct places p, size_t i) {
    return &w->m->spans[p.at + i];
}

static uint32_t min(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}
static uint32_t max(uint32_t a, uint32_t b) {
    return a > b ? a : b;
}

/* -- places ---------------------------------------------------------------------------------------------- */

static void add_span(struct near *w, uint32_t first, uint32_t last) {
    struct matcher *m = w->m;
    GROW(m->spans, m->n_spans, m->cap_spans);
    m->spans[m->n_spans++] = (struct span){first, last};
}

/* The words that a hit touches; false: none (it has no place, or stands between words). */
static bool touched(const struct na_field *f, const struct plugin_hit *h, struct span *ret) {
    size_t low = 0, high = f->n_words;
    while (low < high) { /* the first word that ends behind the hit's start */
        size_t middle = (low + high) / 2;
        if (f->words[middle].start + f->words[middle].len > h->start)
            high = middle;
        else
            low = middle + 1;
    }
    if (low == f->n_words || f->words[low].start >= h->start + h->len) return false;
    ret->first = f->words[low].position;
    while (low + 1 < f->n_words && f->words[low + 1].start < h->start + h->len) low++;
    ret->last = f->words[low].position;
    return true;
}

static int by_end(const void *a, const void *b) {
    const struct span *x = a, *y = b;
    if (x->last != y->last) return x->last < y->last ? -1 : 1;
    return x->first < y->first ? -1 : x->first > y->first;
}

static struct places close_places(struct near *w, size_t at) {
    struct matcher *m = w->m;
    size_t n = m->n_spans - at, kept = 0;
    struct span *list = m->spans + at;
    if (n) qsort(list, n, sizeof *list, by_end);
    for (size_t i = 0; i < n; i++)
        if (!kept || by_end(&list[kept - 1], &list[i])) list[kept++] = list[i];
    m->n_spans = at + kept;
    return (struct places){at, kept};
}

static bool same_value(const struct near *w, const struct plugin_hit *h) {
    return h->field == w->field->kind && h->value == w->field->value;
}

static void add_hits(struct near *w, const struct rule_node *n) {
    const struct matcher *m = w->m;
    struct span s;
    if (!(n->fields & NA_FIELD(w->field->kind))) return;
    for (size_t i = 0; i < n->n; i++) {
        const struct term_state *t = &m->terms[m->rules->links[n->first + i]];
        if (t->hit_stamp != m->stamp || !(t->bits & NA_FIELD(w->field->kind))) continue;
        for (uint32_t k = t->head; k != NO_HIT; k = m->links[k].next) {
            const struct plugin_hit *h = m->links[k].hit;
            if (same_value(w, h) && h->len && touched(w->field, h, &s)) add_span(w, s.first, s.last);
        }
    }
}

/* How many of the list end at `position` or before. */
static size_t ends_by(const struct near *w, struct places p, uint32_t position) {
    size_t low = 0, high = p.n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (span_at(w, p, middle)->last <= position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Places of `before` that end at most `distance` numbers before `later` begins: ret[0] … ret[1] - 1. */
static void window(const struct near *w, struct places before, struct span later, uint32_t distance,
                   size_t ret[2]) {
    ret[0] = ret[1] = 0;
    if (!later.first) return;
    uint32_t reach = later.first - 1;
    ret[1] = ends_by(w, before, reach);
    if (reach > distance) ret[0] = ends_by(w, before, reach - distance - 1);
}

static struct places places_of(struct near *w, uint32_t node);

struct sides {
    struct places left, right;
    uint32_t distance;
    bool ordered;
};

static struct sides sides_of(struct near *w, const struct rule_node *n) {
    const uint32_t *children = w->m->rules->links + n->first;
    struct sides s = {.distance = n->leaf & (RULE_ORDERED - 1), .ordered = (n->leaf & RULE_ORDERED) != 0};
    s.left = places_of(w, children[0]);
    s.right = places_of(w, children[1]);
    return s;
}

/* The pairs whose later side is `later`, as places of their own. */
static void add_pairs(struct near *w, struct places before, struct span later, uint32_t distance) {
    size_t reach[2];
    window(w, before, later, distance, reach);
    for (size_t i = reach[0]; i < reach[1]; i++) {
        if (w->pairs++ >= LIMIT_NEAR_PAIRS) {
            w->capped = true;
            return;
        }
        add_span(w, span_at(w, before, i)->first, later.last);
    }
}

/* All pairs of a NEAR inside another, those that end first first, so that a cap cuts the last ones off. */
static void add_all_pairs(struct near *w, const struct rule_node *n) {
    size_t bottom = w->m->n_spans;
    struct sides s = sides_of(w, n);
    size_t pairs_at = w->m->n_spans, i = 0, k = 0;
    while ((i < s.left.n || k < s.right.n) && !w->capped) {
        bool left =
            k == s.right.n || (i < s.left.n && span_at(w, s.left, i)->last < span_at(w, s.right, k)->last);
        if (left && !s.ordered) add_pairs(w, s.right, *span_at(w, s.left, i), s.distance);
        if (!left) add_pairs(w, s.left, *span_at(w, s.right, k), s.distance);
        *(left ? &i : &k) += 1;
    }
    /* The pairs take the place of the sides. */
    size_t pairs = w->m->n_spans - pairs_at;
    if (pairs) memmove(w->m->spans + bottom, w->m->spans + pairs_at, pairs * sizeof(struct span));
    w->m->n_spans = bottom + pairs;
}

static void add_places(struct near *w, uint32_t node) {
    const struct rule_node *n = &w->m->rules->nodes[node];
    if (n->op == NODE_TERM)
        add_hits(w, n);
    else if (n->op == NODE_NEAR)
        add_all_pairs(w, n);
    else
        for (size_t i = 0; i < n->n; i++) add_places(w, w->m->rules->links[n->first + i]);
}

static struct places places_of(struct near *w, uint32_t node) {
    size_t at = w->m->n_spans;
    add_places(w, node);
    return close_places(w, at);
}

/* -- the first pair -------------------------------------------------------------------------------------- */

/* Ends first; then closer; then the shorter later side, the shorter earlier side, the written order. */
static bool better(const struct pair *a, const struct pair *b) {
    bool left[2] = {a->left.last < a->right.first, b->left.last < b->right.first};
    struct span early[2] = {left[0] ? a->left : a->right, left[1] ? b->left : b->right};
    struct span late[2] = {left[0] ? a->right : a->left, left[1] ? b->right : b->left};
    uint32_t gap[2] = {late[0].first - early[0].last, late[1].first - early[1].last};
    if (late[0].last != late[1].last) return late[0].last < late[1].last;
    if (gap[0] != gap[1]) return gap[0] < gap[1];
    if (late[0].first != late[1].first) return late[0].first > late[1].first;
    if (early[0].first != early[1].first) return early[0].first > early[1].first;
    return left[0] && !left[1];
}

static void keep_better(struct pair *best, bool *found, struct pair p) {
    if (!*found || better(&p, best)) *best = p;
    *found = true;
}

/* The best pair whose later side is `later`; `first`: only pairs that begin there (UINT32_MAX: any). */
static void try_later(struct near *w, const struct sides *s, bool left_is_later, struct span later,
                      uint32_t first, struct pair *best, bool *found) {
    struct places before = left_is_later ? s->right : s->left;
    size_t reach[2];
    window(w, before, later, s->distance, reach);
    for (size_t i = reach[1]; i-- > reach[0];) {
        struct span early = *span_at(w, before, i);
        if (first != UINT32_MAX && early.first != first) continue;
        keep_better(best, found, left_is_later ? (struct pair){later, early} : (struct pair){early, later});
        return; /* those before it are farther, or longer */
    }
}

/* The first pair of two lists; or, when `within` is given, the best of those that reach from its first to its
 * last word. */
static bool first_pair(struct near *w, const struct sides *s, const struct span *within, struct pair *ret) {
    bool found = false;
    uint32_t first = within ? within->first : UINT32_MAX;
    for (size_t i = 0; i < s->right.n; i++) {
        struct span later = *span_at(w, s->right, i);
        if (found && later.last > max(ret->left.last, ret->right.last)) break;
        if (!within || later.last == within->last) try_later(w, s, false, later, first, ret, &found);
    }
    for (size_t i = 0; i < s->left.n && !s->ordered; i++) {
        struct span later = *span_at(w, s->left, i);
        if (found && later.last > max(ret->left.last, ret->right.last)) break;
        if (!within || later.last == within->last) try_later(w, s, true, later, first, ret, &found);
    }
    return found;
}

/* -- truth ----------------------------------------------------------------------------------------------- */

/* Fields in which a node may have places at all. */
static uint64_t fields_of(const struct matcher *m, uint32_t node) {
    const struct rule_node *n = &m->rules->nodes[node];
    const uint32_t *links = m->rules->links + n->first;
    uint64_t fields = 0;
    if (n->op == NODE_NEAR) return fields_of(m, links[0]) & fields_of(m, links[1]);
    for (size_t i = 0; i < n->n && n->op == NODE_TERM; i++)
        if (m->terms[links[i]].hit_stamp == m->stamp) fields |= m->terms[links[i]].bits & n->fields;
    for (size_t i = 0; i < n->n && n->op != NODE_TERM; i++) fields |= fields_of(m, links[i]);
    return fields;
}

/* Could the node have a place, were what is unknown there? *ret_unknown: something is. */
static bool possible(const struct matcher *m, uint32_t node, bool *ret_unknown) {
    const struct rule_node *n = &m->rules->nodes[node];
    const uint32_t *links = m->rules->links + n->first;
    bool any = false, all = true;
    for (size_t i = 0; i < n->n; i++) {
        bool yes;
        if (n->op == NODE_TERM) {
            const struct term_state *t = &m->terms[links[i]];
            bool unknown = t->unknown_stamp == m->stamp || m->failed[m->rules->term_plug[links[i]]];
            *ret_unknown |= unknown;
            yes = unknown || t->hit_stamp == m->stamp;
        } else {
            yes = possible(m, links[i], ret_unknown);
        }
        any |= yes;
        all &= yes;
    }
    return n->op == NODE_NEAR ? all : any;
}

/* In one field value: the first pair, by its reach. */
static bool near_in(struct near *w, uint32_t node, struct span *ret) {
    struct matcher *m = w->m;
    size_t bottom = m->n_spans;
    struct sides s = sides_of(w, &m->rules->nodes[node]);
    struct pair p = {{0, 0}, {0, 0}};
    bool found = s.left.n && s.right.n && first_pair(w, &s, NULL, &p);
    m->n_spans = bottom;
    if (found) *ret = (struct span){min(p.left.first, p.right.first), max(p.left.last, p.right.last)};
    return found;
}

enum truth near_truth(struct matcher *m, uint32_t node) {
    uint64_t fields = fields_of(m, node);
    bool capped = false, unknown = false;
    struct span reach;
    for (size_t i = 0; i < m->na.n_fields && fields; i++) {
        if (!(fields & NA_FIELD(m->na.fields[i].kind))) continue;
        struct near w = {.m = m, .field = &m->na.fields[i]};
        if (near_in(&w, node, &reach)) return TRUE_;
        capped |= w.capped;
    }
    if (capped) return UNKNOWN_;
    return possible(m, node, &unknown) && unknown ? UNKNOWN_ : FALSE_;
}

/* -- what is reported ------------------------------------------------------------------------------------ */

static void report_leaf(struct near *w, const struct rule_node *n, struct span where) {
    struct matcher *m = w->m;
    size_t from = m->n_found;
    struct span s;
    if (!(n->fields & NA_FIELD(w->field->kind))) return;
    for (size_t i = 0; i < n->n; i++) {
        const struct term_state *t = &m->terms[m->rules->links[n->first + i]];
        if (t->hit_stamp != m->stamp) continue;
        for (uint32_t k = t->head; k != NO_HIT; k = m->links[k].next) {
            const struct plugin_hit *h = m->links[k].hit;
            if (same_value(w, h) && h->len && touched(w->field, h, &s) && !by_end(&s, &where))
                found_hit(m, from, &m->rules->leaves[n->leaf], h);
        }
    }
}

/* The leaves that make up one place of a node. */
static void report_place(struct near *w, uint32_t node, struct span where) {
    const struct rule_node *n = &w->m->rules->nodes[node];
    const uint32_t *links = w->m->rules->links + n->first;
    if (n->op == NODE_TERM) {
        report_leaf(w, n, where);
    } else if (n->op == NODE_OR) {
        for (size_t i = 0; i < n->n; i++) report_place(w, links[i], where);
    } else {
        size_t bottom = w->m->n_spans;
        w->pairs = 0;
        struct sides s = sides_of(w, n);
        struct pair p;
        bool found = first_pair(w, &s, &where, &p);
        w->m->n_spans = bottom;
        if (!found) return; /* a branch of an OR that does not stand there */
        report_place(w, links[0], p.left);
        report_place(w, links[1], p.right);
    }
}

void near_report(struct matcher *m, uint32_t node) {
    uint64_t fields = fields_of(m, node);
    struct span reach;
    for (size_t i = 0; i < m->na.n_fields; i++) {
        if (!(fields & NA_FIELD(m->na.fields[i].kind))) continue;
        struct near w = {.m = m, .field = &m->na.fields[i]};
        if (!near_in(&w, node, &reach)) continue;
        report_place(&w, node, reach);
    }
}

/* The least distance of two lists in one field value, sorted by their ends: each place of one against those
 * of the other that end before it begins. */
static bool least_gap(const struct near *w, struct places before, struct places later, uint32_t *best) {
    bool found = false;
    for (size_t i = 0; i < later.n; i++) {
        struct span s = *span_at(w, later, i);
        size_t n = s.first ? ends_by(w, before, s.first - 1) : 0;
        if (!n) continue;
        uint32_t gap = s.first - 1 - span_at(w, before, n - 1)->last;
        if (gap < *best) *best = gap;
        found = true;
    }
    return found;
}

bool near_gap(struct matcher *m, uint32_t node, uint32_t *ret_gap, uint32_t *ret_field) {
    uint64_t fields = fields_of(m, node);
    uint32_t best = UINT32_MAX;
    bool found = false;
    for (size_t i = 0; i < m->na.n_fields; i++) {
        if (!(fields & NA_FIELD(m->na.fields[i].kind))) continue;
        struct near w = {.m = m, .field = &m->na.fields[i]};
        size_t bottom = m->n_spans;
        struct sides s = sides_of(&w, &m->rules->nodes[node]);
        uint32_t before = best;
        found |= least_gap(&w, s.left, s.right, &best);
        found |= least_gap(&w, s.right, s.left, &best);
        m->n_spans = bottom;
        if (best < before) *ret_field = (uint32_t)m->na.fields[i].kind;
    }
    if (found) *ret_gap = best;
    return found;
}

#include "match/plan.h"

#include "base/limits.h"
#include "match/rules.h"

const char *const plan_cost_names[] = {"look-up", "wildcard", "plugin", "every word", "every item"};
const char *const plan_cost_says[] = {
    "an item costs nothing unless one of its words is in it",
    "words are looked up by their first or last letters",
    "the plugin is asked for each item",
    "the wildcard is tried on every word of every item: give it three letters in front or behind",
    "no word must be there, so it is looked at for each item: add a word if you can",
};

enum { SHORTEST_HEAD = 3 }; /* of a wildcard that is looked up by its letters (plugins/keyword.c) */

static size_t run_of_letters(struct text t, bool from_end) {
    size_t n = 0;
    while (n < t.len) {
        char c = t.ptr[from_end ? t.len - 1 - n : n];
        if (c == '*' || c == '?') break;
        n++;
    }
    return n;
}

static enum plan_cost term_cost(const struct query_term *t) {
    if (t->prefix.len) return PLAN_PLUGIN;
    enum plan_cost least = PLAN_EVERY_WORD;
    for (size_t i = 0; i < t->n_patterns; i++) {
        const struct na_pattern *p = &t->patterns[i];
        struct text folded = {p->folded.ptr, p->folded.len};
        if (p->flags & NA_PATTERN_ANY) continue;
        if (!(p->flags & NA_PATTERN_WILD)) return PLAN_LOOKUP;
        if (run_of_letters(folded, false) >= SHORTEST_HEAD || run_of_letters(folded, true) >= SHORTEST_HEAD)
            least = PLAN_WILDCARD;
    }
    return least;
}

static bool wakes(const struct rules *r, uint32_t term, size_t query) {
    for (uint32_t i = r->wake_at[term]; i < r->wake_at[term + 1]; i++)
        if (r->wake[i] == query) return true;
    return false;
}

struct walk {
    const struct rules *rules;
    size_t query;
    struct plan *plan;
    size_t room;
};

/* The rules' nodes and the query's have one shape. */
static void look(struct walk *w, uint32_t node, const struct query_node *q) {
    const struct rule_node *n = &w->rules->nodes[node];
    if (n->op != NODE_TERM) {
        for (size_t i = 0; i < q->n_children; i++) look(w, w->rules->links[n->first + i], q->children[i]);
        return;
    }
    bool anchor = false;
    for (size_t i = 0; i < n->n; i++) {
        enum plan_cost cost = term_cost(&q->terms[i]);
        if (cost > w->plan->cost) w->plan->cost = cost;
        anchor |= wakes(w->rules, w->rules->links[n->first + i], w->query);
    }
    if (anchor && w->plan->n_anchors < w->room) w->plan->anchors[w->plan->n_anchors++] = q;
}

struct plan plan_of(const struct rules *r, size_t query, const struct query_node *root, struct arena *a) {
    struct plan p = {.anchors = arena_alloc(a, LIMIT_QUERY_LEAVES * sizeof *p.anchors)};
    struct walk w = {r, query, &p, p.anchors ? LIMIT_QUERY_LEAVES : 0};
    look(&w, r->queries[query].root, root);
    for (size_t i = 0; i < r->n_always; i++)
        if (r->always[i] == query) p.cost = PLAN_EVERY_ITEM;
    return p;
}

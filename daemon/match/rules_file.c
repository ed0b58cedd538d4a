#include "match/rules.h"

#include "base/limits.h"
#include "base/mem.h"

/* A set of terms without one of which a node cannot be true. */
struct anchor {
    uint32_t terms[LIMIT_QUERY_LEAVES * LIMIT_SPELLINGS];
    size_t n;
};

#define COST_NEVER UINT32_MAX /* there is no such set */

/* What waking by this node's terms would cost; the cheaper, the rarer are they. */
static uint32_t node_cost(const struct rules *r, uint32_t node, const uint8_t *cost) {
    const struct rule_node *n = &r->nodes[node];
    const uint32_t *links = r->links + n->first;
    uint32_t sum = 0, least = COST_NEVER;
    switch ((enum node_op)n->op) {
    case NODE_TERM:
        for (size_t i = 0; i < n->n; i++) sum += cost[links[i]];
        return sum;
    case NODE_AND:
    case NODE_NEAR:
        for (size_t i = 0; i < n->n; i++) {
            uint32_t c = node_cost(r, links[i], cost);
            if (c < least) least = c;
        }
        return least;
    case NODE_OR:
        for (size_t i = 0; i < n->n; i++) {
            uint32_t c = node_cost(r, links[i], cost);
            if (c == COST_NEVER) return COST_NEVER;
            sum += c;
        }
        return sum;
    case NODE_NOT: /* true when nothing is there */
    case NODE_FILTER: /* a feed's name says nothing of an item's words */ break;
    }
    return COST_NEVER;
}

/* Gathers the terms of the cheapest set; only for nodes that have one. */
static void gather(const struct rules *r, uint32_t node, const uint8_t *cost, struct anchor *a) {
    const struct rule_node *n = &r->nodes[node];
    const uint32_t *links = r->links + n->first;
    if (n->op == NODE_TERM) {
        for (size_t i = 0; i < n->n && a->n < sizeof a->terms / sizeof *a->terms; i++)
            a->terms[a->n++] = links[i];
    } else if (n->op == NODE_OR) {
        for (size_t i = 0; i < n->n; i++) gather(r, links[i], cost, a);
    } else {
        size_t best = 0;
        uint32_t least = COST_NEVER;
        for (size_t i = 0; i < n->n; i++) {
            uint32_t c = node_cost(r, links[i], cost);
            if (c < least) least = c, best = i;
        }
        gather(r, links[best], cost, a);
    }
}

struct pair {
    uint32_t term, query;
};

void rules_file(struct rules *r, const uint8_t *cost) {
    struct pair *pairs = NULL;
    size_t n = 0, cap = 0;
    struct anchor *a = xmalloc(sizeof *a);
    r->wake_at = xcalloc(r->n_terms + 2, sizeof *r->wake_at);
    for (uint32_t q = 0; q < r->n_queries; q++) {
        uint32_t root = r->queries[q].root;
        if (node_cost(r, root, cost) == COST_NEVER) {
            GROW(r->always, r->n_always, r->cap_always);
            r->always[r->n_always++] = q;
            continue;
        }
        a->n = 0;
        gather(r, root, cost, a);
        for (size_t i = 0; i < a->n; i++) {
            GROW(pairs, n, cap);
            pairs[n++] = (struct pair){a->terms[i], q};
            r->wake_at[a->terms[i] + 2]++;
        }
    }
    /* Counting sort; wake_at[t + 1] runs from the start of t's part to its end. */
    for (size_t t = 2; t < r->n_terms + 2; t++) r->wake_at[t] += r->wake_at[t - 1];
    r->wake = xmalloc((n + 1) * sizeof *r->wake);
    for (size_t i = 0; i < n; i++) r->wake[r->wake_at[pairs[i].term + 1]++] = pairs[i].query;
    free(pairs);
    free(a);
}

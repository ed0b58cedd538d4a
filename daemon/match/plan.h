/* How one query is filed among the rules, and what it costs an item: for `newsalertctl query`. Pure. */
#ifndef NEWSALERTD_MATCH_PLAN_H
#define NEWSALERTD_MATCH_PLAN_H

#include "match/match.h"

/* The dearest thing about a query, be it a term or how it is woken; the cheapest first. */
enum plan_cost { PLAN_LOOKUP, PLAN_WILDCARD, PLAN_PLUGIN, PLAN_EVERY_WORD, PLAN_EVERY_ITEM };
extern const char *const plan_cost_names[]; /* "look-up" … */
extern const char *const plan_cost_says[];  /* what that means, in one sentence */

struct plan {
    enum plan_cost cost;
    const struct query_node **anchors; /* leaves without one of which the query cannot be true */
    size_t n_anchors;
};

/* The plan of the query with number `query` among the rules, which was read as `root`. Lives in the arena. */
struct plan plan_of(const struct rules *r, size_t query, const struct query_node *root, struct arena *a);

#endif

/* The sentence that says what decided one clause. Private to explain.c. */
#ifndef NEWSALERTD_MATCH_EXPLAIN_WHY_H
#define NEWSALERTD_MATCH_EXPLAIN_WHY_H

#include "match/explain.h"
#include "match/matcher.h"

struct why {
    struct matcher *matcher; /* holds the item */
    struct arena *arena;
};

/* node of the rules, and the same of the query with its words. Sets n->close. */
struct text why_of(struct why *y, uint32_t node, const struct query_node *q, struct explain_node *n);

#endif

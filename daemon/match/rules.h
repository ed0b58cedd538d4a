/* The compiled form of all queries, as rules.c makes it and match.c walks it. Private to match/.
 *
 * Every distinct term of all queries has one number. A plugin knows its own terms by dense numbers of its
 * own; `plugs` translates. A query is a tree in one array of nodes; its root is the last of its nodes. `wake`
 * files each query under the cheapest set of terms without one of which it cannot be true, so that an item
 * costs nothing for the queries that none of its terms wakes. */
#ifndef NEWSALERTD_MATCH_RULES_H
#define NEWSALERTD_MATCH_RULES_H

#include "match/match.h"

struct rule_node {
    uint8_t op;     /* enum node_op */
    uint8_t fields; /* TERM: NA_FIELD bits in which a hit counts */
    uint16_t n;     /* AND, OR, NEAR: children; TERM: terms, one of which must hit */
    uint32_t first; /* into links: children's nodes, or terms; FILTER: into patterns */
    uint32_t leaf;  /* TERM, FILTER: into leaves; NEAR: distance, and RULE_ORDERED */
};
#define RULE_ORDERED 0x100u /* ONEAR: the left side first */
#define RULE_LANGUAGE                                                                                        \
    NA_FIELD(NA_LANGUAGE) /* fields of a TERM that is lang:, of the item as a whole; no other's */
/* Sixteen bytes, so that those of a query share a line of the cache. */
struct rule_leaf {
    const char *shown; /* as `match` reports it */
    uint16_t shown_len;
    uint16_t at, value_at; /* bytes of the query, for carets */
    uint8_t filter;        /* enum filter_kind */
};
static inline struct text leaf_shown(const struct rule_leaf *l) {
    return (struct text){l->shown, l->shown_len};
}

/* A query of a few terms in one OR or AND stands in its own record once more, so that it is judged without a
 * look into the tree: with a hundred thousand queries each further place is a cache miss. */
#define RULE_FEW 5u
enum rule_shape { SHAPE_TREE, SHAPE_OR, SHAPE_AND };
struct rule_query {
    uint32_t alert;         /* into config->alerts */
    uint32_t root;          /* into nodes */
    uint32_t nodes;         /* its first node; they reach to the root */
    uint32_t links, leaves; /* the first of its links and leaves, which stand together */
    uint16_t n_leaves;
    bool some_feeds;              /* the alert names feeds */
    uint8_t shape;                /* enum rule_shape; OR and AND: of all leaves, in their order */
    uint8_t few_fields[RULE_FEW]; /* as the leaves' nodes have them */
    uint32_t few_terms[RULE_FEW];
    uint8_t unused[12]; /* to a whole line of the cache */
};
struct rule_plug {
    struct plugin *plugin;
    struct term_set *set;
    uint32_t *terms; /* the plugin's number of a term → ours */
    bool same;       /* they are the same numbers */
    size_t n, cap;
};
struct rules {
    const struct config *config;
    struct arena arena; /* texts */
    struct rule_node *nodes;
    uint32_t *links;
    struct rule_leaf *leaves;
    struct text *patterns;      /* of filters */
    struct rule_query *queries; /* in the order of the alerts */
    struct rule_plug *plugs;    /* those that have terms */
    uint8_t *term_plug;         /* of each term: into plugs */
    size_t n_nodes, cap_nodes, n_links, cap_links, n_leaves, cap_leaves, n_patterns, cap_patterns, n_queries,
        cap_queries, n_plugs, cap_plugs, n_terms, cap_terms;
    /* Queries that term t wakes: wake[wake_at[t]] … wake[wake_at[t + 1] - 1]. */
    uint32_t *wake, *wake_at;
    void *settled;    /* one piece of memory that holds all arrays above, once all is compiled */
    uint32_t *always; /* queries that no term must be there for (feed:npr): looked at for each item */
    size_t n_always, cap_always;
};

/* Files all queries: fills wake, wake_at, always. `cost` of each term: how often it may be expected. */
void rules_file(struct rules *r, const uint8_t *cost);

#endif

/* The state of matching one item, shared by what runs it (match.c), what is true (truth.c, near.c), what is
 * reported (report.c) and why (explain.c). Private to match/. One thread. */
#ifndef NEWSALERTD_MATCH_MATCHER_H
#define NEWSALERTD_MATCH_MATCHER_H

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
    uint32_t head;         /* into links */
    uint32_t bits;         /* NA_FIELD bits in which it hits */
    uint32_t wake, n_wake; /* the queries that it wakes, in rules->wake; constant */
};

struct matcher {
    const struct rules *rules;
    uint32_t stamp; /* the number of the item: nothing has to be cleared for the next one */
    struct term_state *terms;
    /* One bit a term: it hit. A hundred thousand fit the nearest caches, where the states of terms do not,
     * and most terms that are asked for did not hit. Taken back term by term. */
    uint64_t *hit_bits;
    bool any_unknown; /* some term, or a whole plugin's, is unknown on this item */
    /* Queries to be looked at: a bit each, and a bit for each 64 of those; taken out in their order. */
    uint64_t *woken_bits, *woken_groups;
    uint32_t *woken;
    size_t n_woken, n_looked_at;
    struct plugin_hits *hits; /* of each plug */
    bool *failed;             /* of each plug: its terms that hit nowhere are unknown */
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
    struct span *spans; /* a stack, for NEAR */
    size_t n_spans, cap_spans;
    uint64_t flags; /* NA_MATCH_…, handed to the plugins */
    struct match *list;
    size_t n_list, cap_list;
    struct matches result;
};

/* A place in a field, by the numbers of its first and last word. */
struct span {
    uint32_t first, last;
};

static inline bool matcher_has_hit(const struct matcher *m, uint32_t term) {
    return m->hit_bits[term / 64] >> term % 64 & 1;
}

/* -- truth.c -- */
enum truth matcher_truth(struct matcher *m, uint32_t node);
bool matcher_is_true(struct matcher *m, const struct rule_query *q);
bool matcher_filter(struct matcher *m, const struct rule_node *n);
/* -- near.c -- */
enum truth near_truth(struct matcher *m, uint32_t node);
void near_report(struct matcher *m, uint32_t node);
/* How far apart a false NEAR's sides come in one field value (numbers between them, in either order); false:
 * they never stand in one, or only over each other. */
bool near_gap(struct matcher *m, uint32_t node, uint32_t *ret_gap, uint32_t *ret_field);
/* -- report.c -- */
/* Fills found with the leaves that made a true node true, in the order of the contract, each once. */
void report_query(struct matcher *m, const struct rule_query *q);
void report_node(struct matcher *m, uint32_t node);
/* One hit of a leaf: the first occurrence in each field value is kept, over all that was found since `from`.
 */
void found_hit(struct matcher *m, size_t from, const struct rule_leaf *leaf, const struct plugin_hit *h);

#endif

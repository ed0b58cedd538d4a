/* The words of a leaf to what the keyword plugin is asked for: patterns, and the spellings that hyphens stand
 * for. Pure; all lives in the arena. */
#ifndef NEWSALERTD_MATCH_LEAF_H
#define NEWSALERTD_MATCH_LEAF_H

#include "match/query.h"

struct leaf_source {
    struct text text; /* the word, or what stands between the quotation marks */
    bool quoted;
    char sign; /* = # @, or 0 */
};

/* Fills ret->terms. NULL, or why the words are refused; then *ret_at is the place in source->text, SIZE_MAX:
 * the leaf as a whole. */
const char *leaf_words(const struct leaf_source *source, struct arena *a, struct query_node *ret,
                       size_t *ret_at);

#endif

/* A query's text to its tree (contract/query.md). Pure. The tree and everything in it live in an arena. */
#ifndef NEWSALERTD_MATCH_QUERY_H
#define NEWSALERTD_MATCH_QUERY_H

#include "base/arena.h"
#include "base/text.h"
#include "newsalert_plugin.h"

#include <jansson.h>
#include <stdbool.h>

enum node_op { NODE_AND, NODE_OR, NODE_NOT, NODE_TERM, NODE_FILTER, NODE_NEAR };

/* feed: tag: url: are evaluated here, without a plugin. */
enum filter_kind { FILTER_FEED, FILTER_TAG, FILTER_URL };

/* A leaf as a plugin is asked for it. One leaf may stand for several terms (cease-fire: two spellings). */
struct query_term {
    uint64_t flags;     /* NA_TERM_… */
    struct text prefix; /* "" for words */
    struct text value, suffix;
    struct na_pattern *patterns;
    size_t n_patterns;
};

struct query_node {
    enum node_op op;
    struct query_node **children; /* AND, OR: two or more; NEAR: two; NOT: one */
    size_t n_children;
    size_t at, len; /* bytes of the query's text, for carets */
    size_t op_at; /* AND, NEAR: where the operator stands (AND may be unwritten: where the next side does) */
    struct text shown; /* TERM, FILTER: as `match` reports it: with its group's prefix, straight quotes */
    /* NEAR */
    unsigned distance; /* at most so many numbers between the two sides */
    bool ordered;      /* ONEAR: the first side stands first */
    /* TERM */
    uint64_t fields;          /* NA_FIELD bits in which a hit counts */
    struct query_term *terms; /* spellings */
    size_t n_terms;
    /* FILTER */
    enum filter_kind filter;
    struct text pattern; /* folded by case */
    size_t value_at;     /* byte of the query's text where the value or the words begin */
};

/* What a leaf of plain words searches. */
#define QUERY_FIELDS (NA_FIELD(NA_TITLE) | NA_FIELD(NA_SUMMARY) | NA_FIELD(NA_CONTENT))

struct query_remark { /* an error or a warning, with its place */
    bool error;
    size_t at; /* byte of the query where the caret stands */
    struct text what;
};
struct query {
    struct text text;
    struct query_node *root; /* NULL when there was an error */
    struct query_remark *remarks;
    size_t n_remarks, n_errors;
};

/* Which prefixes exist: asked for each `name:`. */
struct query_prefixes {
    void *ctx;
    bool (*known)(void *ctx, struct text prefix);
    const char *const *names; /* plugins' prefixes, for "did you mean" */
    size_t n_names;
};

/* Never NULL. `a` holds the result; the text must outlive it. */
struct query *query_parse(struct text text, const struct query_prefixes *prefixes, struct arena *a);
/* The lines that show the query's text and a caret under byte `at` (by display width), each indented by
 * four blanks, parted by a line break. Long queries are shown around the caret. */
char *query_caret(struct text text, size_t at); /* caller frees */
/* {"query","tree","terms":[{"prefix","term","spellings"…}],"warnings","errors"}: newsalertctl query --json.
 */
json_t *query_json(const struct query *q);
/* An operator as written, "NEAR/5". Lives in the arena. */
struct text query_operator(const struct query_node *n, struct arena *a);
/* The tree as text with all its parentheses: "wildfire OR (flood AND Napa)". Lives in the arena. */
struct text query_reading(const struct query_node *n, struct arena *a);

#endif

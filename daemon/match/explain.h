/* Why one query is true or false of one item: the tree with each clause's value and what decided it, and the
 * nearest miss: the fewest clauses whose change would flip the verdict. Pure; works on the state that
 * matching left in the matcher. */
#ifndef NEWSALERTD_MATCH_EXPLAIN_H
#define NEWSALERTD_MATCH_EXPLAIN_H

#include "match/match.h"

struct explain_node {
    struct text name;    /* a leaf as written, or an operator: AND, OR, NOT, NEAR/5 */
    struct text reading; /* a leaf as written, or a NEAR with its sides: for sentences */
    bool leaf;
    bool close; /* false, but something like it is there: the better guess of what was meant */
    enum truth value;
    struct text why; /* one sentence, plain text of the item and the plugins in it */
    struct explain_node *children;
    size_t n_children;
    size_t number; /* which child of its parent */
    struct explain_node *parent;
};
/* One clause of the nearest miss: a leaf, or a NEAR as a whole. */
struct explain_change {
    const struct explain_node *node;
    bool wanted;
};
struct explanation {
    const struct explain_node *root;
    struct explain_change *nearest; /* all of them together flip whether the query is true */
    size_t n_nearest;
};

/* Matches the item and explains one alert, an index into the configuration's; its query must be among the
 * rules. All lives in the arena. NULL: the arena failed. */
const struct explanation *explain(struct matcher *m, const struct match_input *input, uint32_t alert,
                                  struct plugins *plugins, struct arena *a);

/* {"alert","id","verdict","tree","nearest"}: nearest is null, one change
 * {"term"|"op","value","wanted","path"}, or {"all":[…]} of several. path: which child, from the root down.
 * New reference. */
json_t *explain_json(const struct explanation *e, const struct config_alert *alert, const struct item *item);
extern const char *const truth_names[]; /* "false", "unknown", "true" */

#endif

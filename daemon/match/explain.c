#include "match/explain.h"

#include "base/limits.h"
#include "match/explain_why.h"
#include "match/matcher.h"

const char *const truth_names[] = {[FALSE_] = "false", [UNKNOWN_] = "unknown", [TRUE_] = "true"};

/* -- the tree -------------------------------------------------------------------------------------------- */

/* The rules' nodes and the query's, read again for its words, have one shape. */
static void fill(struct why *y, uint32_t node, const struct query_node *q, struct explain_node *to) {
    struct matcher *m = y->matcher;
    const struct rule_node *n = &m->rules->nodes[node];
    to->leaf = n->op == NODE_TERM || n->op == NODE_FILTER;
    to->value = matcher_truth(m, node);
    to->name = to->leaf ? leaf_shown(&m->rules->leaves[n->leaf]) : query_operator(q, y->arena);
    to->reading = n->op == NODE_NEAR ? query_reading(q, y->arena) : to->name;
    if (!to->leaf) {
        to->children = arena_alloc(y->arena, n->n * sizeof *to->children);
        if (!to->children) return;
        to->n_children = n->n;
        for (uint32_t i = 0; i < n->n; i++) {
            struct explain_node *child = &to->children[i];
            child->number = i;
            child->parent = to;
            fill(y, m->rules->links[n->first + i], q->children[i], child);
        }
    }
    to->why = why_of(y, node, q, to);
}

/* -- the nearest miss ------------------------------------------------------------------------------------ */

/* A clause that is changed as a whole. */
static bool is_unit(const struct explain_node *n) {
    return n->leaf || text_starts(n->name, TEXT("NEAR/")) || text_starts(n->name, TEXT("ONEAR/"));
}

/* What it costs to change clauses so that the node has this value: their number counts first; of as many,
 * those that something in the item comes close to. (There are fewer than 512.) */
enum { COST_CLOSE = 1023, COST_FAR = 1024 };

static size_t cost_of(const struct explain_node *n, bool wanted) {
    if (n->value == (wanted ? TRUE_ : FALSE_)) return 0;
    if (is_unit(n)) return n->close ? COST_CLOSE : COST_FAR;
    if (text_eqs(n->name, "NOT")) return cost_of(&n->children[0], !wanted);
    bool all = text_eqs(n->name, "AND") == wanted; /* AND to true, OR to false: every child */
    size_t sum = 0, least = SIZE_MAX;
    for (size_t i = 0; i < n->n_children; i++) {
        size_t c = cost_of(&n->children[i], wanted);
        sum += c;
        if (c < least) least = c;
    }
    return all ? sum : least;
}

static void gather(struct explanation *e, const struct explain_node *n, bool wanted) {
    if (n->value == (wanted ? TRUE_ : FALSE_)) return;
    if (is_unit(n)) {
        e->nearest[e->n_nearest++] = (struct explain_change){n, wanted};
        return;
    }
    if (text_eqs(n->name, "NOT")) {
        gather(e, &n->children[0], !wanted);
        return;
    }
    bool all = text_eqs(n->name, "AND") == wanted;
    size_t best = 0, least = SIZE_MAX;
    for (size_t i = 0; i < n->n_children; i++) {
        if (all) {
            gather(e, &n->children[i], wanted);
            continue;
        }
        size_t c = cost_of(&n->children[i], wanted);
        if (c < least) least = c, best = i;
    }
    if (!all) gather(e, &n->children[best], wanted);
}

/* -- all ------------------------------------------------------------------------------------------------- */

static const struct rule_query *query_of(const struct rules *r, uint32_t alert) {
    for (size_t i = 0; i < r->n_queries; i++)
        if (r->queries[i].alert == alert) return &r->queries[i];
    return NULL;
}

const struct explanation *explain(struct matcher *m, const struct match_input *input, uint32_t alert,
                                  struct plugins *plugins, struct arena *a) {
    const struct rule_query *rule = query_of(m->rules, alert);
    const struct query_prefixes prefixes = rules_prefixes(plugins);
    struct explanation *e = arena_alloc(a, sizeof *e);
    struct explain_node *root = arena_alloc(a, sizeof *root);
    if (!rule || !e || !root) return NULL;
    m->flags = NA_MATCH_EXPLAIN;
    matcher_run(m, input);
    m->flags = 0;
    const struct query *q = query_parse(m->rules->config->alerts[alert].query, &prefixes, a);
    if (!q->root) return NULL;
    struct why y = {.matcher = m, .arena = a};
    fill(&y, rule->root, q->root, root);
    bool wanted = root->value != TRUE_;
    e->root = root;
    e->nearest = arena_alloc(a, (cost_of(root, wanted) / COST_CLOSE + 1) * sizeof *e->nearest);
    if (a->failed) return NULL;
    gather(e, root, wanted);
    return e;
}

/* -- JSON ------------------------------------------------------------------------------------------------ */

static json_t *node_json(const struct explain_node *n) {
    json_t *j = json_object();
    json_set_text(j, n->leaf ? "term" : "op", n->name);
    json_object_set_new(j, "value", json_string(truth_names[n->value]));
    json_set_text(j, "why", n->why);
    if (n->leaf) return j;
    json_t *children = json_array();
    for (size_t i = 0; i < n->n_children; i++) json_array_append_new(children, node_json(&n->children[i]));
    json_object_set_new(j, "children", children);
    return j;
}

static json_t *change_json(const struct explain_change *c) {
    json_t *j = json_object(), *path = json_array();
    json_set_text(j, c->node->leaf ? "term" : "op", c->node->name);
    json_object_set_new(j, "value", json_string(truth_names[c->node->value]));
    json_object_set_new(j, "wanted", json_string(truth_names[c->wanted ? TRUE_ : FALSE_]));
    for (const struct explain_node *n = c->node; n->parent; n = n->parent)
        json_array_insert_new(path, 0, json_integer((json_int_t)n->number));
    json_object_set_new(j, "path", path);
    return j;
}

static json_t *nearest_json(const struct explanation *e) {
    if (!e->n_nearest) return json_null();
    if (e->n_nearest == 1) return change_json(&e->nearest[0]);
    json_t *j = json_object(), *all = json_array();
    for (size_t i = 0; i < e->n_nearest; i++) json_array_append_new(all, change_json(&e->nearest[i]));
    json_object_set_new(j, "all", all);
    return j;
}

json_t *explain_json(const struct explanation *e, const struct config_alert *alert, const struct item *item) {
    struct arena a;
    arena_init(&a, 1u << 20);
    json_t *j = json_object();
    json_object_set_new(j, "alert", json_string(alert->name));
    json_set_text(j, "id", item_shown_id(item, &a));
    json_object_set_new(j, "verdict", json_string(truth_names[e->root->value]));
    json_object_set_new(j, "tree", node_json(e->root));
    json_object_set_new(j, "nearest", nearest_json(e));
    arena_clear(&a);
    return j;
}

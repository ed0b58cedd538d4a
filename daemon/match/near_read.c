#include "match/near_read.h"

#include "base/limits.h"

/* Leaves that are of no place in a text. */
static bool has_no_place(const struct query_node *n) {
    return n->op == NODE_FILTER || (n->n_terms && text_eqs(n->terms[0].prefix, "lang"));
}

static void check_side(struct parser *p, struct query_node *n, struct text op) {
    switch (n->op) {
    case NODE_NEAR: return; /* was checked when it was made */
    case NODE_OR:
        for (size_t i = 0; i < n->n_children; i++) check_side(p, n->children[i], op);
        return;
    case NODE_AND:
        wrong(p, n->op_at, "AND has no place in %.*s: write (a %.*s b) AND (a %.*s c)", TEXT_ARGS(op),
              TEXT_ARGS(op), TEXT_ARGS(op));
        return;
    case NODE_NOT:
        wrong(p, n->at, "NOT has no place in %.*s: write a AND NOT b, or NOT (a %.*s b)", TEXT_ARGS(op),
              TEXT_ARGS(op));
        return;
    case NODE_FILTER:
    case NODE_TERM: break;
    }
    if (has_no_place(n))
        wrong(p, n->at, "%.*s is no word of a text, so nothing is near it: join it by AND",
              TEXT_ARGS(n->shown));
    for (size_t i = 0; i < n->n_terms; i++) n->terms[i].flags |= NA_TERM_ALL;
}

void near_read(struct parser *p, struct query_node *near, size_t at, struct text op) {
    size_t i = op.ptr[0] == 'O' ? 6 : 5;
    near->op_at = at;
    near->ordered = op.ptr[0] == 'O';
    for (; i < op.len && near->distance <= LIMIT_NEAR; i++)
        near->distance = near->distance * 10 + (unsigned)(op.ptr[i] - '0');
    if (near->distance > LIMIT_NEAR)
        wrong(p, at, "a distance is 0 to %u: write %.*s%u, or AND", LIMIT_NEAR, near->ordered ? 6 : 5, op.ptr,
              LIMIT_NEAR);
    for (size_t k = 0; k < near->n_children; k++) check_side(p, near->children[k], op);
}

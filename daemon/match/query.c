#include "match/query.h"

#include "base/limits.h"
#include "base/mem.h"
#include "match/atom.h"
#include "match/near_read.h"
#include "match/never.h"

static struct query_node *parse_or(struct parser *p, const struct prefix *px);

static struct query_node *parse_group(struct parser *p, const struct prefix *px) {
    size_t open = p->pos, len;
    if (++p->depth > LIMIT_QUERY_DEPTH)
        return parser_break(p, open, "parentheses may stand %u deep", LIMIT_QUERY_DEPTH);
    p->pos++;
    if (parser_peek(p, &len) == TOKEN_CLOSE)
        return parser_break(p, open, "there is nothing between these parentheses");
    if (parser_peek(p, &len) == TOKEN_END) return parser_break(p, open, "this parenthesis is never closed");
    struct query_node *n = parse_or(p, px);
    if (!n) return NULL;
    if (parser_peek(p, &len) != TOKEN_CLOSE) return parser_break(p, open, "this parenthesis is never closed");
    p->pos++;
    p->depth--;
    return n;
}

/* A leaf or group behind `name:` at `at`. */
static struct query_node *parse_prefixed(struct parser *p, const struct prefix *px) {
    char c = parser_char(p, p->pos);
    if (c == '(') return parse_group(p, px);
    struct text second = prefix_at(p, p->pos);
    if (second.len && px->kind != PREFIX_BROKEN && prefix_known(p, second)) {
        wrong(p, p->pos, "a prefix may not follow a prefix: write one of them");
        p->pos += second.len + 1;
        struct prefix skip = {.kind = PREFIX_BROKEN, .name = px->name, .at = px->at};
        return parser_char(p, p->pos) == '(' ? parse_group(p, &skip) : atom_leaf(p, &skip, px->at);
    }
    if (px->kind == PREFIX_FIELD && second.len) {
        prefix_unknown(p, p->pos, second);
        struct prefix skip = {.kind = PREFIX_BROKEN, .name = px->name, .at = px->at};
        return atom_leaf(p, &skip, px->at);
    }
    return atom_leaf(p, px, px->at);
}

static struct query_node *parse_atom(struct parser *p, const struct prefix *px) {
    size_t at = p->pos;
    if (parser_char(p, at) == '(') return parse_group(p, px);
    struct text name = prefix_at(p, at);
    bool known = name.len && prefix_known(p, name);
    size_t value = at + name.len + 1;
    bool nothing = value >= p->text.len || parser_space(p, value) || parser_char(p, value) == ')';
    bool values = px->kind == PREFIX_FILTER || px->kind == PREFIX_PLUGIN; /* their values may hold colons */
    if (!name.len || (!known && (nothing || values))) return atom_leaf(p, px, at);
    if (nothing)
        return parser_break(p, at, "\"%.*s:\" lacks a value (no space after the colon)", TEXT_ARGS(name));
    struct prefix own;
    if (px->kind == PREFIX_NONE) {
        own = prefix_resolve(p, at, name);
    } else {
        own = (struct prefix){.kind = PREFIX_BROKEN, .name = name, .at = at};
        if (known)
            wrong(p, at,
                  "a prefix may not stand in a prefix's group: write %.*s: before the parenthesis only",
                  TEXT_ARGS(px->name));
        else if (px->kind != PREFIX_BROKEN)
            prefix_unknown(p, at, name);
    }
    p->pos = value;
    return parse_prefixed(p, &own);
}

static bool lacks_side(enum token t) {
    return t == TOKEN_END || t == TOKEN_CLOSE || t == TOKEN_AND || t == TOKEN_OR || t == TOKEN_NEAR;
}

/* Left to right: a NEAR/3 b NEAR/2 c is (a NEAR/3 b) NEAR/2 c. */
static struct query_node *parse_near(struct parser *p, const struct prefix *px) {
    size_t len, from = p->n_stack;
    if (parser_peek(p, &len) == TOKEN_NEAR)
        return parser_break(p, p->pos, "%.*s lacks its left side", (int)len, p->text.ptr + p->pos);
    struct query_node *left = parse_atom(p, px);
    while (left && parser_peek(p, &len) == TOKEN_NEAR) {
        size_t at = p->pos;
        struct text op = {p->text.ptr + at, len};
        p->pos += len;
        enum token next = parser_peek(p, &len);
        if (lacks_side(next)) return parser_break(p, at, "%.*s lacks its right side", TEXT_ARGS(op));
        if (next == TOKEN_NOT)
            return parser_break(p, p->pos, "NOT has no place in %.*s: write a AND NOT b, or NOT (a %.*s b)",
                                TEXT_ARGS(op), TEXT_ARGS(op));
        struct query_node *right = parse_atom(p, px);
        if (!right) return NULL;
        parser_push(p, left);
        parser_push(p, right);
        left = parser_gather(p, NODE_NEAR, from);
        if (left) near_read(p, left, at, op);
    }
    return left;
}

static struct query_node *parse_not(struct parser *p, const struct prefix *px) {
    size_t len, at;
    if (parser_peek(p, &len) != TOKEN_NOT) return parse_near(p, px);
    at = p->pos;
    const char *name = p->text.ptr[at] == '-' ? "-" : "NOT";
    p->pos += len;
    enum token next = parser_peek(p, &len);
    if (next == TOKEN_NOT) return parser_break(p, p->pos, "NOT stands twice: write it once, or not at all");
    if (lacks_side(next)) return parser_break(p, at, "%s lacks what it should exclude", name);
    size_t from = p->n_stack;
    struct query_node *child = parse_near(p, px);
    if (!child) return NULL;
    parser_push(p, child);
    struct query_node *n = parser_gather(p, NODE_NOT, from);
    if (!n) return NULL;
    n->at = at;
    n->len = p->pos - at;
    return n;
}

/* *ret_mixed: it is an AND of several that no parentheses hold together. */
static struct query_node *parse_and(struct parser *p, const struct prefix *px, bool *ret_mixed) {
    size_t from = p->n_stack, len, op_at = SIZE_MAX;
    for (;;) {
        enum token t = parser_peek(p, &len);
        if (p->n_stack == from + 1 && op_at == SIZE_MAX) op_at = p->pos;
        if (t == TOKEN_AND) {
            size_t at = p->pos;
            if (p->n_stack == from) return parser_break(p, at, "AND lacks its left side");
            p->pos += len;
            if (lacks_side(parser_peek(p, &len))) return parser_break(p, at, "AND lacks its right side");
        } else if (t == TOKEN_END || t == TOKEN_CLOSE || t == TOKEN_OR) {
            break;
        }
        struct query_node *n = parse_not(p, px);
        if (!n) return NULL;
        parser_push(p, n);
    }
    if (p->n_stack == from) return NULL; /* the caller says what is missing */
    *ret_mixed = p->n_stack - from > 1;
    struct query_node *n = parser_gather(p, NODE_AND, from);
    if (n && *ret_mixed) n->op_at = op_at;
    return n;
}

static void warn_mixed(struct parser *p, const struct query_node *n) {
    if (p->n_errors) return;
    struct text reading = query_reading(n, p->arena);
    parser_remark(p, false, n->at,
                  "AND binds tighter than OR: this reads %.*s; write the parentheses you mean",
                  TEXT_ARGS(reading));
}

static struct query_node *parse_or(struct parser *p, const struct prefix *px) {
    size_t from = p->n_stack, len;
    bool mixed = false;
    for (;;) {
        bool and = false;
        struct query_node *n = parse_and(p, px, &and);
        if (!n && !p->dead) { /* only an OR can stand here, or the end behind one, which is told below */
            size_t at = p->pos;
            if (parser_peek(p, &len) == TOKEN_OR) return parser_break(p, at, "OR lacks its left side");
            return parser_break(p, at, "something is missing here");
        }
        if (!n) return NULL;
        mixed |= and;
        parser_push(p, n);
        if (parser_peek(p, &len) != TOKEN_OR) break;
        size_t at = p->pos;
        p->pos += len;
        if (lacks_side(parser_peek(p, &len))) return parser_break(p, at, "OR lacks its right side");
    }
    bool several = p->n_stack - from > 1;
    struct query_node *n = parser_gather(p, NODE_OR, from);
    if (n && several && mixed) warn_mixed(p, n);
    return n;
}

/* -- the whole ------------------------------------------------------------------------------------------- */

/* Is the query true of an item in which nothing occurs? */
static bool true_of_nothing(const struct query_node *n) {
    switch (n->op) {
    case NODE_NOT: return !true_of_nothing(n->children[0]);
    case NODE_AND:
        for (size_t i = 0; i < n->n_children; i++)
            if (!true_of_nothing(n->children[i])) return false;
        return true;
    case NODE_OR:
        for (size_t i = 0; i < n->n_children; i++)
            if (true_of_nothing(n->children[i])) return true;
        return false;
    case NODE_NEAR:
    case NODE_TERM:
    case NODE_FILTER: break;
    }
    return false;
}

/* The NOT that makes it so. */
static const struct query_node *negative_part(const struct query_node *n) {
    while (n->op == NODE_AND || n->op == NODE_OR) {
        size_t i = 0;
        while (i + 1 < n->n_children && !true_of_nothing(n->children[i])) i++;
        n = n->children[i];
    }
    return n;
}

static void warn(void *ctx, size_t at, const char *what) {
    parser_remark(ctx, false, at, "%s", what);
}

static void parse_all(struct parser *p, struct query *q) {
    static const struct prefix none = {.kind = PREFIX_NONE};
    size_t len;
    if (q->text.len > LIMIT_QUERY) {
        parser_break(p, 0, "a query may have %u bytes, this one has %zu", LIMIT_QUERY, q->text.len);
        return;
    }
    enum token t = parser_peek(p, &len);
    if (t == TOKEN_END) {
        parser_break(p, 0, "the query is empty");
        return;
    }
    struct query_node *root = t == TOKEN_CLOSE ? NULL : parse_or(p, &none);
    if (!p->dead && parser_peek(p, &len) == TOKEN_CLOSE)
        parser_break(p, p->pos, "no parenthesis is open here");
    if (p->n_errors || !root) return;
    if (true_of_nothing(root)) {
        parser_break(
            p, negative_part(root)->at,
            "this is true of every item in which nothing occurs: say what must occur, beside what must not");
        return;
    }
    q->root = root;
    never_contradiction(root, warn, p);
}

struct query *query_parse(struct text text, const struct query_prefixes *prefixes, struct arena *a) {
    struct query *q = arena_alloc(a, sizeof *q);
    if (!q) out_of_memory(sizeof *q);
    q->text = text;
    struct parser p = {.text = text, .arena = a, .prefixes = prefixes};
    parse_all(&p, q);
    if (p.n_remarks) {
        q->remarks = arena_alloc(a, p.n_remarks * sizeof *q->remarks);
        if (!q->remarks) out_of_memory(0);
        memcpy(q->remarks, p.remarks, p.n_remarks * sizeof *q->remarks);
        q->n_remarks = p.n_remarks;
    }
    q->n_errors = p.n_errors;
    free(p.remarks);
    free(p.stack);
    return q;
}

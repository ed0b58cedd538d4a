#include "match/never.h"

#include "base/mem.h"
#include "item/words.h"
#include "match/filter.h"

/* -- does one leaf imply another? ------------------------------------------------------------------------ */

static const char *next_char(const char *p, const char *end) {
    p++;
    while (p < end && ((unsigned char)*p & 0xC0) == 0x80) p++;
    return p;
}

/* * and ? over characters. */
static bool wild_fits(struct text pattern, struct text t) {
    const char *p = pattern.ptr, *p_end = p + pattern.len, *c = t.ptr, *end = c + t.len;
    const char *star = NULL, *again = NULL;
    while (c < end) {
        if (p < p_end && *p == '*') {
            star = ++p;
            again = c;
        } else if (p < p_end && *p == '?') {
            p++;
            c = next_char(c, end);
        } else if (p < p_end && *p == *c) {
            p++, c++;
        } else if (star) {
            p = star;
            c = again = next_char(again, end);
        } else {
            return false;
        }
    }
    while (p < p_end && *p == '*') p++;
    return p == p_end;
}

static bool same(struct na_text a, struct na_text b) {
    return text_eq(text_of_na(a), text_of_na(b));
}

/* Does every word that fits p fit q, too? */
static bool pattern_implies(const struct na_pattern *p, const struct na_pattern *q) {
    const uint64_t demands =
        NA_PATTERN_ACRONYM | NA_PATTERN_EXACT | NA_PATTERN_HASH_SIGN | NA_PATTERN_AT_SIGN;
    if (q->flags & NA_PATTERN_ANY) return true;
    if (p->flags & NA_PATTERN_ANY || (q->flags & demands & ~p->flags)) return false;
    bool exact = (q->flags & NA_PATTERN_EXACT) != 0;
    if (exact ? same(p->exact, q->exact) : same(p->folded, q->folded))
        return (p->flags & NA_PATTERN_WILD) == (q->flags & NA_PATTERN_WILD);
    if (!(q->flags & NA_PATTERN_WILD) || p->flags & NA_PATTERN_WILD) return false;
    return exact ? wild_fits(text_of_na(q->exact), text_of_na(p->exact))
                 : wild_fits(text_of_na(q->folded), text_of_na(p->folded));
}

/* A phrase implies each run of its words. */
static bool term_implies(const struct query_term *s, const struct query_term *t) {
    if (!text_eq(s->prefix, t->prefix)) return false;
    if (s->prefix.len) {
        const uint64_t all = NA_TERM_ALL;
        return text_eq(s->value, t->value) && text_eq(s->suffix, t->suffix) &&
               (s->flags | all) == (t->flags | all);
    }
    for (size_t from = 0; from + t->n_patterns <= s->n_patterns; from++) {
        size_t k = 0;
        while (k < t->n_patterns && pattern_implies(&s->patterns[from + k], &t->patterns[k])) k++;
        if (k == t->n_patterns) return true;
    }
    return false;
}

static bool leaf_implies(const struct query_node *a, const struct query_node *b) {
    if (a->op != b->op) return false;
    if (a->op == NODE_FILTER) {
        if (a->filter != b->filter) return false;
        if (text_eq(a->pattern, b->pattern)) return true;
        return a->filter != FILTER_URL && !memchr(a->pattern.ptr, '*', a->pattern.len) &&
               filter_name(b->pattern, a->pattern);
    }
    if (a->fields & ~b->fields) return false;
    for (size_t i = 0; i < a->n_terms; i++) {
        size_t k = 0;
        while (k < b->n_terms && !term_implies(&a->terms[i], &b->terms[k])) k++;
        if (k == b->n_terms) return false;
    }
    return a->n_terms > 0;
}

/* -- what must be so for the query to be true ------------------------------------------------------------ */

enum { MAX_FACTS = 48, ROUNDS = 3 }; /* longer queries are only looked at so far */

struct fact {
    const struct query_node *leaf;
    bool value;
};
struct facts {
    struct fact list[MAX_FACTS];
    size_t n;
    bool has_not, has_near; /* without either nothing can contradict */
};

enum known { NO, OPEN, YES };

static uint64_t fields_of(const struct query_node *n) {
    uint64_t fields = 0;
    if (n->op == NODE_TERM) return n->fields;
    if (n->op == NODE_NEAR) return fields_of(n->children[0]) & fields_of(n->children[1]);
    for (size_t i = 0; i < n->n_children; i++) fields |= fields_of(n->children[i]);
    return fields;
}

static enum known known(const struct facts *f, const struct query_node *n) {
    enum known k;
    switch (n->op) {
    case NODE_TERM:
    case NODE_FILTER:
        for (size_t i = 0; i < f->n; i++) {
            if (f->list[i].value && leaf_implies(f->list[i].leaf, n)) return YES;
            if (!f->list[i].value && leaf_implies(n, f->list[i].leaf)) return NO;
        }
        return OPEN;
    case NODE_NOT: return (enum known)(YES - known(f, n->children[0]));
    case NODE_NEAR:
        if (!fields_of(n)) return NO;
        for (size_t i = 0; i < n->n_children; i++)
            if (known(f, n->children[i]) == NO) return NO;
        return OPEN;
    case NODE_AND:
        k = YES;
        for (size_t i = 0; i < n->n_children && k != NO; i++) {
            enum known c = known(f, n->children[i]);
            if (c < k) k = c;
        }
        return k;
    case NODE_OR:
        k = NO;
        for (size_t i = 0; i < n->n_children && k != YES; i++) {
            enum known c = known(f, n->children[i]);
            if (c > k) k = c;
        }
        return k;
    }
    return OPEN;
}

static void add_fact(struct facts *f, const struct query_node *leaf, bool value) {
    for (size_t i = 0; i < f->n; i++)
        if (f->list[i].leaf == leaf) return;
    if (f->n < MAX_FACTS) f->list[f->n++] = (struct fact){leaf, value};
}

/* The node must have this value: what follows for its leaves. */
static void assume(struct facts *f, const struct query_node *n, bool value) {
    const struct query_node *left = NULL;
    size_t open = 0;
    switch (n->op) {
    case NODE_TERM:
    case NODE_FILTER: add_fact(f, n, value); return;
    case NODE_NOT: assume(f, n->children[0], !value); return;
    case NODE_NEAR:
        for (size_t i = 0; value && i < n->n_children; i++) assume(f, n->children[i], true);
        return;
    case NODE_AND:
    case NODE_OR: break;
    }
    if (value == (n->op == NODE_AND)) {
        for (size_t i = 0; i < n->n_children; i++) assume(f, n->children[i], value);
        return;
    }
    /* The last child that can still make it so must. */
    for (size_t i = 0; i < n->n_children; i++)
        if (known(f, n->children[i]) == OPEN)
            open++, left = n->children[i];
        else if (known(f, n->children[i]) == (value ? YES : NO))
            return;
    if (open == 1) assume(f, left, value);
}

static void look(struct facts *f, const struct query_node *n) {
    f->has_not |= n->op == NODE_NOT;
    f->has_near |= n->op == NODE_NEAR;
    for (size_t i = 0; i < n->n_children; i++) look(f, n->children[i]);
}

static void tell_pair(const struct fact *yes, const struct fact *no, never_fn *tell, void *ctx) {
    AUTOFREE char *what =
        text_eq(yes->leaf->shown, no->leaf->shown)
            ? xasprintf("this query can never be true: %.*s must occur, and must not",
                        TEXT_ARGS(no->leaf->shown))
            : xasprintf("this query can never be true: %.*s must not occur, and %.*s is also that",
                        TEXT_ARGS(no->leaf->shown), TEXT_ARGS(yes->leaf->shown));
    tell(ctx, no->leaf->at, what);
}

/* A NEAR whose sides never stand in one field. */
static const struct query_node *parted_near(const struct query_node *n) {
    if (n->op == NODE_NEAR && !fields_of(n)) return n;
    const struct query_node *found = NULL;
    for (size_t i = 0; i < n->n_children && !found; i++) found = parted_near(n->children[i]);
    return found;
}

void never_contradiction(const struct query_node *root, never_fn *tell, void *ctx) {
    struct facts f = {.n = 0};
    look(&f, root);
    const struct query_node *near = f.has_near ? parted_near(root) : NULL;
    if (near) {
        tell(ctx, near->op_at,
             "its two sides are looked for in different fields, so they are never near each other");
        return;
    }
    if (!f.has_not) return;
    size_t before = SIZE_MAX;
    for (int i = 0; i < ROUNDS && f.n != before; i++) {
        before = f.n;
        assume(&f, root, true);
    }
    for (size_t i = 0; i < f.n; i++)
        for (size_t k = 0; k < f.n; k++)
            if (f.list[i].value && !f.list[k].value && leaf_implies(f.list[i].leaf, f.list[k].leaf)) {
                tell_pair(&f.list[i], &f.list[k], tell, ctx);
                return;
            }
    if (known(&f, root) != NO) return;
    size_t at = root->at;
    for (size_t i = 0; i < f.n; i++)
        if (!f.list[i].value) at = f.list[i].leaf->at; /* what leaves nothing over stands last */
    tell(ctx, at, "this query can never be true: what it demands and what it excludes leave nothing");
}

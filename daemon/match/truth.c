#include "match/matcher.h"

#include "item/fold.h"
#include "match/filter.h"

/* -- filters --------------------------------------------------------------------------------------------- */

static bool feed_is(struct matcher *m, struct text pattern) {
    if (!m->feed_is_folded) {
        m->feed_folded = m->input->feed_name.len ? fold_case(m->input->feed_name, &m->arena) : TEXT_NONE;
        m->feed_is_folded = true;
    }
    return m->feed_folded.len && filter_name(pattern, m->feed_folded);
}

static bool has_tag(struct matcher *m, struct text pattern) {
    const struct config_feed *f = m->input->feed;
    for (size_t i = 0; f && i < f->tags.n; i++)
        if (filter_name(pattern, fold_case(text_of(f->tags.list[i]), &m->arena))) return true;
    return false;
}

bool matcher_filter(struct matcher *m, const struct rule_node *n) {
    struct text pattern = m->rules->patterns[n->first];
    size_t start, len;
    switch ((enum filter_kind)m->rules->leaves[n->leaf].filter) {
    case FILTER_FEED: return feed_is(m, pattern);
    case FILTER_TAG: return has_tag(m, pattern);
    case FILTER_URL: return filter_url(pattern, m->input->item->url, &start, &len);
    }
    return false;
}

/* -- truth (Kleene) -------------------------------------------------------------------------------------- */

static inline enum truth term_truth(const struct matcher *m, const struct rule_node *n) {
    enum truth best = FALSE_;
    for (size_t i = 0; i < n->n; i++) {
        uint32_t t = m->rules->links[n->first + i];
        const struct term_state *s = &m->terms[t];
        if (matcher_has_hit(m, t) && (s->bits & n->fields)) return TRUE_;
        if (!m->any_unknown) continue;
        if (s->unknown_stamp == m->stamp || m->failed[m->rules->term_plug[t]]) best = UNKNOWN_;
    }
    return best;
}

/* Most nodes are leaves, which take no call. */
static inline enum truth child_truth(struct matcher *m, uint32_t node) {
    const struct rule_node *n = &m->rules->nodes[node];
    return n->op == NODE_TERM ? term_truth(m, n) : matcher_truth(m, node);
}

enum truth matcher_truth(struct matcher *m, uint32_t node) {
    const struct rule_node *n = &m->rules->nodes[node];
    const uint32_t *children = m->rules->links + n->first;
    enum truth t;
    switch ((enum node_op)n->op) {
    case NODE_TERM: return term_truth(m, n);
    case NODE_NEAR: return near_truth(m, node);
    case NODE_FILTER: return matcher_filter(m, n) ? TRUE_ : FALSE_;
    case NODE_NOT: return TRUE_ - child_truth(m, children[0]);
    case NODE_AND:
        t = TRUE_;
        for (size_t i = 0; i < n->n && t != FALSE_; i++) {
            enum truth c = child_truth(m, children[i]);
            if (c < t) t = c;
        }
        return t;
    case NODE_OR:
        t = FALSE_;
        for (size_t i = 0; i < n->n && t != TRUE_; i++) {
            enum truth c = child_truth(m, children[i]);
            if (c > t) t = c;
        }
        return t;
    }
    return FALSE_;
}

bool matcher_is_true(struct matcher *m, const struct rule_query *q) {
    if (q->shape == SHAPE_TREE || m->any_unknown) return matcher_truth(m, q->root) == TRUE_;
    bool want = q->shape == SHAPE_OR; /* the first that is so decides */
    for (size_t i = 0; i < q->n_leaves; i++) {
        uint32_t t = q->few_terms[i];
        if ((matcher_has_hit(m, t) && (m->terms[t].bits & q->few_fields[i])) == want) return want;
    }
    return !want;
}

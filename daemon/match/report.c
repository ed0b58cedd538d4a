#include "match/matcher.h"

#include "base/mem.h"
#include "match/filter.h"

/* -- leaves ------------------------------------------------------------------------------------ */

static const struct na_field *field_of(const struct matcher *m, uint32_t kind, uint32_t value) {
    for (size_t i = 0; i < m->na.n_fields; i++)
        if (m->na.fields[i].kind == kind && m->na.fields[i].value == value) return &m->na.fields[i];
    return NULL;
}

static inline struct match_term *add_found(struct matcher *m) {
    GROW(m->found, m->n_found, m->cap_found);
    return &m->found[m->n_found++];
}

/* The first occurrence of a leaf in each field value, over all its spellings. `from`: where the leaf's own
 * findings begin. */
void found_hit(struct matcher *m, size_t from, const struct rule_leaf *leaf, const struct plugin_hit *h) {
    const struct na_field *field = field_of(m, h->field, h->value);
    if (!field) return;
    struct text text = {field->text.ptr + h->start, h->len};
    struct match_term *t = NULL;
    for (size_t i = from; i < m->n_found && !t; i++)
        if (m->found[i].field == h->field && m->found[i].value == h->value) t = &m->found[i];
    if (t) {
        bool earlier =
            h->len && (!t->has_span || h->start < t->start || (h->start == t->start && h->len > t->text.len));
        if (!earlier) return;
    } else {
        t = add_found(m);
    }
    *t = (struct match_term){
        .term = leaf_shown(leaf),
        .field = h->field,
        .value = h->value,
        .field_name = field_names[h->field],
        .has_span = h->len > 0,
        .many = h->field == NA_CATEGORY && m->input->item->n_categories > 1,
        .start = h->start,
        .text = text,
    };
}

static void report_hits(struct matcher *m, size_t from, uint32_t fields, uint32_t term,
                        const struct rule_leaf *leaf) {
    if (!matcher_has_hit(m, term)) return;
    for (uint32_t k = m->terms[term].head; k != NO_HIT; k = m->links[k].next) {
        const struct plugin_hit *h = m->links[k].hit;
        if (fields & NA_FIELD(h->field)) found_hit(m, from, leaf, h);
    }
}

static void report_term(struct matcher *m, const struct rule_node *n) {
    const struct rules *r = m->rules;
    size_t from = m->n_found;
    if (n->fields == RULE_LANGUAGE) { /* of the item, whichever text told it */
        *add_found(m) = (struct match_term){
            .term = leaf_shown(&r->leaves[n->leaf]), .field = NA_LANGUAGE, .field_name = "lang"};
        return;
    }
    for (size_t i = 0; i < n->n; i++)
        report_hits(m, from, n->fields, r->links[n->first + i], &r->leaves[n->leaf]);
}

static void report_filter(struct matcher *m, const struct rule_node *n) {
    const struct rule_leaf *leaf = &m->rules->leaves[n->leaf];
    /* Filters that have no field of their own stand behind all fields, in the order of the kinds. */
    static const char *const names[] = {[FILTER_FEED] = "feed", [FILTER_TAG] = "tag", [FILTER_URL] = "url"};
    struct match_term t = {
        .term = leaf_shown(leaf), .field = NA_N_FIELDS + leaf->filter, .field_name = names[leaf->filter]};
    size_t start, len;
    if (leaf->filter == FILTER_URL &&
        filter_url(m->rules->patterns[n->first], m->input->item->url, &start, &len)) {
        t.field = NA_URL;
        t.has_span = len > 0;
        t.start = (uint32_t)start;
        t.text = (struct text){m->input->item->url.ptr + start, len};
    }
    *add_found(m) = t;
}

/* The leaves that made a true node true: none under NOT, none under a false clause. */
static void report(struct matcher *m, uint32_t node) {
    const struct rule_node *n = &m->rules->nodes[node];
    switch ((enum node_op)n->op) {
    case NODE_TERM: report_term(m, n); return;
    case NODE_FILTER: report_filter(m, n); return;
    case NODE_NEAR: near_report(m, node); return;
    case NODE_NOT: return;
    case NODE_AND:
    case NODE_OR:
        for (size_t i = 0; i < n->n; i++) {
            uint32_t child = m->rules->links[n->first + i];
            const struct rule_node *c = &m->rules->nodes[child];
            if (c->op == NODE_TERM && c->fields != RULE_LANGUAGE)
                report_term(m, c); /* nothing, where it is not true */
            else if (n->op == NODE_AND || matcher_truth(m, child) == TRUE_)
                report(m, child);
        }
    }
}

static bool same_found(const struct match_term *a, const struct match_term *b) {
    return a->field == b->field && a->value == b->value && a->start == b->start &&
           a->text.len == b->text.len && text_eq(a->term, b->term);
}

/* By field, value and start; stable, since terms come in the order of the query. */
static bool found_before(const struct match_term *a, const struct match_term *b) {
    if (a->field != b->field) return a->field < b->field;
    if (a->value != b->value) return a->value < b->value;
    return a->start < b->start;
}

static void merge_found(struct match_term *list, struct match_term *spare, size_t n) {
    if (n < 2) return;
    size_t half = n / 2, i = 0, j = half;
    merge_found(list, spare, half);
    merge_found(list + half, spare, n - half);
    memcpy(spare, list, n * sizeof *list);
    for (size_t k = 0; k < n; k++)
        list[k] = j < n && (i == half || found_before(&spare[j], &spare[i])) ? spare[j++] : spare[i++];
}

static void sort_found(struct matcher *m) {
    bool sorted = true;
    for (size_t i = 1; i < m->n_found && sorted; i++) sorted = !found_before(&m->found[i], &m->found[i - 1]);
    if (sorted) return;
    struct match_term *spare = xmalloc(m->n_found * sizeof *spare);
    merge_found(m->found, spare, m->n_found);
    free(spare);
}

static void settle_found(struct matcher *m) {
    if (m->n_found < 2) return;
    sort_found(m);
    size_t n = 0;
    for (size_t i = 0; i < m->n_found; i++) {
        bool twice = false; /* a leaf that the query repeats */
        for (size_t k = n; k && !twice && !found_before(&m->found[k - 1], &m->found[i]); k--)
            twice = same_found(&m->found[k - 1], &m->found[i]);
        if (!twice) m->found[n++] = m->found[i];
    }
    m->n_found = n;
}

void report_node(struct matcher *m, uint32_t node) {
    m->n_found = 0;
    report(m, node);
    settle_found(m);
}

void report_query(struct matcher *m, const struct rule_query *q) {
    if (q->shape == SHAPE_TREE) {
        report_node(m, q->root);
        return;
    }
    m->n_found = 0;
    for (size_t i = 0; i < q->n_leaves; i++)
        report_hits(m, m->n_found, q->few_fields[i], q->few_terms[i], &m->rules->leaves[q->leaves + i]);
    settle_found(m);
}

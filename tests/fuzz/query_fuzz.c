/* Query texts, and their promises: a tree or an error, never both or neither; places lie in the text; a caret
 * can be drawn under each; the tree can be shown. */
#include "base/limits.h"
#include "base/mem.h"
#include "match/query.h"

static bool known(void *ctx, struct text prefix) {
    (void)ctx;
    return text_eqs(prefix, "city");
}

static void walk(const struct query_node *n, size_t len, unsigned depth) {
    if (depth > LIMIT_QUERY_LEAVES + LIMIT_QUERY_DEPTH || n->at > len || n->len > len - n->at) abort();
    if (n->op == NODE_TERM && (!n->n_terms || !n->shown.len)) abort();
    if (n->op == NODE_NEAR && (n->n_children != 2 || n->distance > LIMIT_NEAR)) abort();
    for (size_t i = 0; i < n->n_children; i++) walk(n->children[i], len, depth + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *ptr, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *ptr, size_t len) {
    static const char *const names[] = {"city"};
    const struct query_prefixes prefixes = {NULL, known, names, 1};
    struct text text = {(const char *)ptr, len};
    struct arena a;
    arena_init(&a, 64u << 20);
    struct query *q = query_parse(text, &prefixes, &a);
    if (!q->root == !q->n_errors && !a.failed) abort();
    for (size_t i = 0; i < q->n_remarks; i++) {
        if (q->remarks[i].at > len || !q->remarks[i].what.len) abort();
        free(query_caret(text, q->remarks[i].at));
    }
    if (q->root) {
        walk(q->root, len, 0);
        json_decref(query_json(q));
    }
    arena_clear(&a);
    return 0;
}

#include "match/query.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "item/fold.h"
#include "item/words.h"

#include <utf8proc.h>

/* -- the caret ------------------------------------------------------------------------------------------- */

enum { CARET_WIDTH = 100 }; /* columns of the query that are shown */

static int width_of(uint32_t c) {
    return c < 0x20 || c == 0x7F ? 1 : utf8proc_charwidth((utf8proc_int32_t)c);
}

/* Control characters would move the terminal's cursor: a blank stands for each. */
static void add_char(struct buf *b, const char *p, size_t len, uint32_t c) {
    if (c < 0x20 || c == 0x7F || (c >= 0x80 && c < 0xA0))
        buf_addc(b, ' ');
    else if (c == 0xFFFD)
        buf_adds(b, "\xEF\xBF\xBD");
    else
        buf_add(b, p, len);
}

char *query_caret(struct text text, size_t at) {
    if (at > text.len) at = text.len;
    const char *end = text.ptr + text.len, *caret = text.ptr + at;
    /* Begins so far left of the caret that it stands in the middle at most. */
    const char *from = text.ptr;
    size_t before = 0;
    uint32_t c;
    for (const char *p = text.ptr; p < caret;) {
        p += char_read(p, end, &c);
        before += (size_t)width_of(c);
    }
    while (before > CARET_WIDTH / 2 && from < caret) {
        from += char_read(from, end, &c);
        before -= (size_t)width_of(c);
    }
    struct buf b;
    buf_init(&b, 4 * LIMIT_QUERY);
    buf_adds(&b, "    ");
    if (from > text.ptr) buf_adds(&b, "…");
    size_t width = 0;
    const char *p = from;
    while (p < end && width < CARET_WIDTH) {
        size_t len = char_read(p, end, &c);
        add_char(&b, p, len, c);
        width += (size_t)width_of(c);
        p += len;
    }
    if (p < end) buf_adds(&b, "…");
    buf_adds(&b, "\n    ");
    for (size_t i = 0; i < before + (from > text.ptr); i++) buf_addc(&b, ' ');
    buf_addc(&b, '^');
    return buf_steal(&b);
}

/* -- the reading ----------------------------------------------------------------------------------------- */

/* "NEAR/5": an operator as it is written. */
static void operator_of(const struct query_node *n, char *to, size_t size) {
    static const char *const names[] = {[NODE_AND] = "AND", [NODE_OR] = "OR", [NODE_NOT] = "NOT"};
    if (n->op == NODE_NEAR)
        snprintf(to, size, "%s/%u", n->ordered ? "ONEAR" : "NEAR", n->distance);
    else
        snprintf(to, size, "%s", names[n->op]);
}

struct text query_operator(const struct query_node *n, struct arena *a) {
    char op[16];
    operator_of(n, op, sizeof op);
    return arena_dup(a, text_of(op));
}

static void read_node(struct buf *b, const struct query_node *n, bool inner) {
    bool compound = n->op == NODE_AND || n->op == NODE_OR || n->op == NODE_NEAR;
    char op[16];
    if (!compound && n->op != NODE_NOT) {
        buf_addt(b, n->shown);
        return;
    }
    if (n->op == NODE_NOT) {
        buf_adds(b, "NOT ");
        read_node(b, n->children[0], true);
        return;
    }
    if (inner) buf_addc(b, '(');
    for (size_t i = 0; i < n->n_children; i++) {
        if (i) {
            operator_of(n, op, sizeof op);
            buf_addc(b, ' ');
            buf_adds(b, op);
            buf_addc(b, ' ');
        }
        read_node(b, n->children[i], true);
    }
    if (inner) buf_addc(b, ')');
}

struct text query_reading(const struct query_node *n, struct arena *a) {
    struct buf b;
    buf_init(&b, 64 * LIMIT_QUERY); /* a group's prefix is repeated at each leaf */
    read_node(&b, n, false);
    struct text t = arena_dup(a, buf_text(&b));
    buf_clear(&b);
    return t;
}

/* -- JSON ------------------------------------------------------------------------------------------------ */

static json_t *string_of(struct text t) {
    json_t *j = json_stringn(t.ptr ? t.ptr : "", t.len);
    return j ? j : json_string("");
}

static const char *const filter_names[] = {"feed", "tag", "url"};

static json_t *node_json(const struct query_node *n) {
    json_t *j = json_object();
    if (n->op == NODE_TERM || n->op == NODE_FILTER) {
        json_object_set_new(j, "term", string_of(n->shown));
        return j;
    }
    char op[16];
    operator_of(n, op, sizeof op);
    json_object_set_new(j, "op", json_string(op));
    json_t *children = json_array();
    for (size_t i = 0; i < n->n_children; i++) json_array_append_new(children, node_json(n->children[i]));
    json_object_set_new(j, "children", children);
    return j;
}

/* "cease fire": what the keyword plugin is asked for. */
static json_t *spelling_json(const struct query_term *t) {
    struct buf b;
    buf_init(&b, 64 * LIMIT_QUERY);
    for (size_t i = 0; i < t->n_patterns; i++) {
        const struct na_pattern *p = &t->patterns[i];
        if (i) buf_addc(&b, ' ');
        if (p->flags & NA_PATTERN_EXACT) buf_addc(&b, '=');
        if (p->flags & NA_PATTERN_HASH_SIGN) buf_addc(&b, '#');
        if (p->flags & NA_PATTERN_AT_SIGN) buf_addc(&b, '@');
        buf_addt(&b, text_of_na(p->flags & (NA_PATTERN_ACRONYM | NA_PATTERN_EXACT) ? p->exact : p->folded));
    }
    if (b.failed) out_of_memory(b.len); /* its cap is far; half a spelling would be a lie */
    json_t *j = string_of(buf_text(&b));
    buf_clear(&b);
    return j;
}

static json_t *leaf_json(const struct query_node *n) {
    json_t *j = json_object();
    json_object_set_new(j, "term", string_of(n->shown));
    if (n->op == NODE_FILTER) {
        json_object_set_new(j, "prefix", json_string(filter_names[n->filter]));
        json_object_set_new(j, "value", string_of(n->pattern));
        return j;
    }
    const struct query_term *t = n->terms;
    json_object_set_new(j, "prefix", string_of(t->prefix));
    if (t->prefix.len) {
        json_object_set_new(j, "value", string_of(t->value));
        if (t->suffix.len) json_object_set_new(j, "suffix", string_of(t->suffix));
        return j;
    }
    json_t *fields = json_array(), *spellings = json_array();
    for (unsigned i = 0; i < NA_N_FIELDS; i++)
        if (n->fields & NA_FIELD(i)) json_array_append_new(fields, json_string(field_names[i]));
    for (size_t i = 0; i < n->n_terms; i++) json_array_append_new(spellings, spelling_json(&t[i]));
    json_object_set_new(j, "fields", fields);
    json_object_set_new(j, "spellings", spellings);
    return j;
}

static void leaves_json(const struct query_node *n, json_t *list) {
    if (n->op == NODE_TERM || n->op == NODE_FILTER) json_array_append_new(list, leaf_json(n));
    for (size_t i = 0; i < n->n_children; i++) leaves_json(n->children[i], list);
}

json_t *query_json(const struct query *q) {
    json_t *j = json_object(), *warnings = json_array(), *errors = json_array();
    json_object_set_new(j, "query", string_of(q->text));
    if (q->root) {
        json_t *terms = json_array();
        leaves_json(q->root, terms);
        json_object_set_new(j, "tree", node_json(q->root));
        json_object_set_new(j, "terms", terms);
    }
    for (size_t i = 0; i < q->n_remarks; i++) {
        json_t *r = json_object();
        json_object_set_new(r, "at", json_integer((json_int_t)q->remarks[i].at));
        json_object_set_new(r, "what", string_of(q->remarks[i].what));
        json_array_append_new(q->remarks[i].error ? errors : warnings, r);
    }
    json_object_set_new(j, "warnings", warnings);
    json_object_set_new(j, "errors", errors);
    return j;
}

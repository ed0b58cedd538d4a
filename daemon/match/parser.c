#include "match/parser.h"

#include "base/mem.h"
#include "item/fold.h"

#include <stdarg.h>
#include <stdio.h>

/* -- remarks --------------------------------------------------------------------------------------------- */

static void add_remark(struct parser *p, bool error, size_t at, const char *format, va_list args) {
    char *what = NULL;
    if (vasprintf(&what, format, args) < 0) out_of_memory(0);
    GROW(p->remarks, p->n_remarks, p->cap_remarks);
    p->remarks[p->n_remarks++] = (struct query_remark){error, at, arena_dup(p->arena, text_of(what))};
    p->n_errors += error;
    free(what);
}

void parser_remark(struct parser *p, bool error, size_t at, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add_remark(p, error, at, format, args);
    va_end(args);
}

struct query_node *parser_break(struct parser *p, size_t at, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add_remark(p, true, at, format, args);
    va_end(args);
    p->dead = true;
    return NULL;
}

/* -- characters and tokens ------------------------------------------------------------------------------- */

char parser_char(const struct parser *p, size_t at) {
    return at < p->text.len ? p->text.ptr[at] : '\0';
}

size_t parser_read(const struct parser *p, size_t at, uint32_t *ret) {
    *ret = 0;
    return at < p->text.len ? char_read(p->text.ptr + at, p->text.ptr + p->text.len, ret) : 0;
}

bool parser_quote(const struct parser *p, size_t at, size_t *ret_len) {
    uint32_t c;
    *ret_len = parser_read(p, at, &c);
    return *ret_len && char_is_quote(c);
}

bool parser_space(const struct parser *p, size_t at) {
    uint32_t c;
    return parser_read(p, at, &c) && char_is_space(c);
}

/* A word: up to white space, a parenthesis or a quotation mark. */
struct text parser_word(const struct parser *p, size_t at) {
    size_t end = at, len;
    uint32_t c;
    for (; end < p->text.len; end++) { /* ASCII, which is most, quickly */
        char b = p->text.ptr[end];
        if ((signed char)b < 0 || b == ' ' || b == '(' || b == ')' || b == '"' || (b >= '\t' && b <= '\r'))
            break;
    }
    while ((len = parser_read(p, end, &c)) && c != '(' && c != ')' && !char_is_space(c) && !char_is_quote(c))
        end += len;
    return (struct text){p->text.ptr + at, end - at};
}

/* NEAR/5, ONEAR/5; anything else that begins so is refused as a word (advice.c). */
static bool is_near(struct text w) {
    size_t i = text_starts(w, TEXT("NEAR/")) ? 5 : text_starts(w, TEXT("ONEAR/")) ? 6 : w.len;
    if (i >= w.len) return false;
    while (i < w.len && w.ptr[i] >= '0' && w.ptr[i] <= '9') i++;
    return i == w.len;
}

/* Skips white space and says what stands there. *ret_len: of an operator. */
enum token parser_peek(struct parser *p, size_t *ret_len) {
    while (parser_space(p, p->pos)) {
        uint32_t c;
        p->pos += parser_read(p, p->pos, &c);
    }
    *ret_len = 1;
    char c = parser_char(p, p->pos);
    if (p->pos >= p->text.len) return TOKEN_END;
    if (c == '(') return TOKEN_OPEN;
    if (c == ')') return TOKEN_CLOSE;
    if (c == '-') {
        size_t next = p->pos + 1;
        return next >= p->text.len || parser_char(p, next) == ')' || parser_space(p, next) ? TOKEN_LEAF
                                                                                           : TOKEN_NOT;
    }
    struct text w = parser_word(p, p->pos);
    *ret_len = w.len;
    if (text_eq(w, TEXT("AND"))) return TOKEN_AND;
    if (text_eq(w, TEXT("OR"))) return TOKEN_OR;
    if (text_eq(w, TEXT("NOT"))) return TOKEN_NOT;
    return is_near(w) ? TOKEN_NEAR : TOKEN_LEAF;
}

/* -- nodes ----------------------------------------------------------------------------------------------- */

struct query_node *parser_node(struct parser *p, enum node_op op, size_t at) {
    struct query_node *n = arena_alloc(p->arena, sizeof *n);
    if (!n) return parser_break(p, at, "out of memory");
    n->op = op;
    n->at = at;
    n->len = p->pos - at;
    return n;
}

void parser_push(struct parser *p, struct query_node *n) {
    GROW(p->stack, p->n_stack, p->cap_stack);
    p->stack[p->n_stack++] = n;
}

/* One node over what was pushed since `from`; a single one stands for itself. */
struct query_node *parser_gather(struct parser *p, enum node_op op, size_t from) {
    size_t n = p->n_stack - from;
    struct query_node *first = p->stack[from];
    p->n_stack = from;
    if (n == 1 && op != NODE_NOT) return first;
    struct query_node *node = parser_node(p, op, first->at);
    if (!node) return NULL;
    node->children = arena_alloc(p->arena, n * sizeof(struct query_node *));
    if (!node->children) return parser_break(p, first->at, "out of memory");
    memcpy(node->children, p->stack + from, n * sizeof(struct query_node *));
    node->n_children = n;
    node->len = p->pos - node->at;
    return node;
}

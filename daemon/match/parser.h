/* What the reader of queries shares among its files: the place in the text, characters and tokens, remarks,
 * nodes under construction. Private to query.c, prefix.c and atom.c. One parser reads one query. */
#ifndef NEWSALERTD_MATCH_PARSER_H
#define NEWSALERTD_MATCH_PARSER_H

#include "match/query.h"

struct parser {
    struct text text;
    size_t pos;
    struct arena *arena;
    const struct query_prefixes *prefixes;
    struct query_node **stack; /* children of the nodes that are open */
    size_t n_stack, cap_stack;
    struct query_remark *remarks;
    size_t n_remarks, cap_remarks, n_errors;
    unsigned depth, leaves;
    bool dead; /* the structure is broken: no more sense can be made of the rest */
};

/* A remark with the place of its caret. */
void parser_remark(struct parser *p, bool error, size_t at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* An error after which reading goes on, so that one run names all. */
#define wrong(p, at, ...) parser_remark((p), true, (at), __VA_ARGS__)
/* An error after which it cannot. Returns NULL. */
struct query_node *parser_break(struct parser *p, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Characters of the query; beyond the end NUL, or nothing. */
char parser_char(const struct parser *p, size_t at);
size_t parser_read(const struct parser *p, size_t at, uint32_t *ret); /* returns its bytes */
bool parser_quote(const struct parser *p, size_t at, size_t *ret_len);
bool parser_space(const struct parser *p, size_t at);
/* A word: up to white space, a parenthesis or a quotation mark. */
struct text parser_word(const struct parser *p, size_t at);

enum token { TOKEN_END, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_AND, TOKEN_OR, TOKEN_NOT, TOKEN_NEAR, TOKEN_LEAF };

/* Skips white space and says what stands there. *ret_len: of an operator. */
enum token parser_peek(struct parser *p, size_t *ret_len);

/* A node that reaches from `at` to where the parser is. NULL: no memory (told). */
struct query_node *parser_node(struct parser *p, enum node_op op, size_t at);
void parser_push(struct parser *p, struct query_node *n);
/* One node over what was pushed since `from`; a single one stands for itself. */
struct query_node *parser_gather(struct parser *p, enum node_op op, size_t from);

#endif

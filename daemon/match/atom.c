#include "match/atom.h"

#include "base/limits.h"
#include "item/fold.h"
#include "match/advice.h"
#include "match/leaf.h"

/* The written form of a leaf: sign, value with straight quotes, what follows it. */
struct written {
    size_t at; /* of the leaf's first character, prefix not counted */
    char sign; /* = # @, / of a regular expression, or 0 */
    bool quoted;
    bool straight;     /* written with " " */
    struct text value; /* between the quotes */
};

/* Reads a quoted text or a word at pos. False: a quotation mark is never closed. */
static bool read_value(struct parser *p, struct written *w) {
    size_t len;
    w->quoted = parser_quote(p, p->pos, &len);
    w->straight = len == 1;
    if (!w->quoted) {
        w->value = parser_word(p, p->pos);
        p->pos += w->value.len;
        return true;
    }
    size_t open = p->pos, at = open + len, close;
    while (at < p->text.len && !parser_quote(p, at, &close)) at += close;
    if (at >= p->text.len) {
        parser_break(p, open, "this quotation mark is never closed");
        return false;
    }
    w->value = (struct text){p->text.ptr + open + len, at - open - len};
    w->straight &= close == 1;
    p->pos = at + close;
    return true;
}

/* As `match` reports it: with its group's prefix, straight quotes. */
static struct text shown(struct parser *p, const struct prefix *px, const struct written *w, size_t at) {
    bool in_group = px->kind != PREFIX_NONE && at == w->at;
    if (!in_group && (!w->quoted || w->straight)) return (struct text){p->text.ptr + at, p->pos - at};
    size_t value_end = (size_t)(w->value.ptr + w->value.len - p->text.ptr), behind = value_end, len;
    if (w->quoted && parser_quote(p, value_end, &len)) behind += len;
    size_t prefix_len = 0;
    const char *prefix = p->text.ptr + px->at;
    if (px->kind != PREFIX_NONE)
        while (prefix[prefix_len++] != ':') {
        }
    char sign[2] = {w->sign, '\0'};
    const char *quote = w->quoted ? "\"" : "";
    return text_of(arena_printf(p->arena, "%.*s%s%s%.*s%s%.*s", (int)prefix_len, prefix, sign, quote,
                                TEXT_ARGS(w->value), quote, (int)(p->pos - behind), p->text.ptr + behind));
}

static struct query_node *leaf_new(struct parser *p, enum node_op op, const struct prefix *px,
                                   const struct written *w, size_t at) {
    if (++p->leaves > LIMIT_QUERY_LEAVES)
        return parser_break(p, at, "a query may have %u words and phrases", LIMIT_QUERY_LEAVES);
    struct query_node *n = parser_node(p, op, at);
    if (!n) return NULL;
    n->value_at = (size_t)(w->value.ptr - p->text.ptr);
    n->shown = shown(p, px, w, at);
    n->fields = px->kind == PREFIX_FIELD ? px->fields : QUERY_FIELDS;
    return n;
}

static struct query_node *word_leaf(struct parser *p, const struct prefix *px, struct written *w, size_t at) {
    char c = parser_char(p, p->pos);
    struct text word = parser_word(p, p->pos);
    const char *why = word.len ? advice_for_word(word, parser_char(p, p->pos + word.len), p->arena) : NULL;
    if (!why && c == '-')
        why = px->kind == PREFIX_NONE ? "a - alone is no word: write it directly before one"
                                      : "the - stands before the prefix: write -title:x";
    if (why) {
        p->pos += word.len;
        w->value = word;
        wrong(p, w->at, "%s", why);
        return leaf_new(p, NODE_TERM, px, w, at);
    }
    if (c == '=' || c == '#' || c == '@') {
        w->sign = c;
        p->pos++;
    }
    if (!read_value(p, w)) return NULL;
    struct query_node *n = leaf_new(p, NODE_TERM, px, w, at);
    if (!n) return NULL;
    struct leaf_source source = {w->value, w->quoted, w->sign};
    size_t fault;
    why = leaf_words(&source, p->arena, n, &fault);
    if (why) wrong(p, fault == SIZE_MAX ? w->at : n->value_at + fault, "%s", why);
    why = w->quoted ? advice_after_quote(parser_word(p, p->pos), p->arena) : NULL;
    if (why) {
        wrong(p, p->pos, "%s", why);
        p->pos += parser_word(p, p->pos).len;
    }
    return n;
}

/* A value that begins with a slash looks like a regular expression, which stands elsewhere. */
static void no_regex_here(struct parser *p, const struct prefix *px, const struct written *w) {
    if (w->quoted || !w->value.len || w->value.ptr[0] != '/') return;
    if (text_eqs(px->name, "url"))
        wrong(p, w->at, "a regular expression does not go with url: write url:x, a piece of the address");
    else if (text_eqs(px->name, "regex"))
        wrong(p, w->at, "write /x/, or regex:\"x\" without slashes");
    else
        wrong(p, w->at,
              "a regular expression stands alone or after title: summary: content: author: category:, not "
              "after "
              "%.*s:",
              TEXT_ARGS(px->name));
}

static struct query_node *filter_leaf(struct parser *p, const struct prefix *px, struct written *w,
                                      size_t at) {
    if (!read_value(p, w)) return NULL;
    struct query_node *n = leaf_new(p, NODE_FILTER, px, w, at);
    if (!n) return NULL;
    n->filter = px->filter;
    n->pattern = fold_case(w->value, p->arena);
    if (!text_trim(w->value).len) wrong(p, w->at, "\"%.*s:\" lacks a value", TEXT_ARGS(px->name));
    no_regex_here(p, px, w);
    return n;
}

static struct query_node *plugin_term(struct parser *p, struct query_node *n, struct text prefix,
                                      struct text value, struct text suffix, uint64_t flags) {
    if (!n) return NULL;
    n->terms = arena_alloc(p->arena, sizeof *n->terms);
    if (!n->terms) return parser_break(p, n->at, "out of memory");
    n->n_terms = 1;
    n->terms[0] = (struct query_term){.flags = flags, .prefix = prefix, .value = value, .suffix = suffix};
    return n;
}

static struct query_node *plugin_leaf(struct parser *p, const struct prefix *px, struct written *w,
                                      size_t at) {
    if (!read_value(p, w)) return NULL;
    bool regex = text_eqs(px->name, "regex"), has_suffix = false;
    struct text suffix = TEXT_NONE, value = w->value;
    const char *slash = w->quoted || regex ? NULL : memchr(value.ptr, '/', value.len);
    if (slash) {
        suffix = (struct text){slash + 1, (size_t)(value.ptr + value.len - slash - 1)};
        value.len = (size_t)(slash - value.ptr);
        has_suffix = true;
    } else if (w->quoted && parser_char(p, p->pos) == '/') {
        suffix = parser_word(p, p->pos + 1);
        p->pos += 1 + suffix.len;
        has_suffix = true;
    }
    struct query_node *n = leaf_new(p, NODE_TERM, px, w, at);
    no_regex_here(p, px, w);
    bool slash_first = !w->quoted && w->value.len && w->value.ptr[0] == '/';
    if (!text_trim(value).len && !slash_first)
        wrong(p, w->at, "\"%.*s:\" lacks a value", TEXT_ARGS(px->name));
    if (has_suffix && !suffix.len)
        wrong(p, w->at, "nothing stands after the slash: write %.*s:%.*s alone, or name what follows",
              TEXT_ARGS(px->name), TEXT_ARGS(value));
    if (regex && value.len > LIMIT_REGEX)
        wrong(p, w->at, "a regular expression may have %u bytes", LIMIT_REGEX);
    /* What the value means, and in which fields it counts, is the plugin's to say; a regex searches text. */
    if (n && !regex) n->fields = NA_FIELD(NA_N_FIELDS) - 1;
    return plugin_term(p, n, px->name, value, suffix, 0);
}

/* /…/ and /…/i: the regex plugin's, when there is one. */
static struct query_node *regex_leaf(struct parser *p, const struct prefix *px, struct written *w,
                                     size_t at) {
    size_t end = w->at + 1;
    while (end < p->text.len && p->text.ptr[end] != '/') end += p->text.ptr[end] == '\\' ? 2 : 1;
    if (end >= p->text.len)
        return parser_break(p, w->at, "this regular expression is never closed: it ends with a slash");
    w->value = (struct text){p->text.ptr + w->at + 1, end - w->at - 1};
    w->sign = '/';
    p->pos = end + 1;
    uint64_t flags = 0;
    struct text behind = parser_word(p, p->pos);
    p->pos += behind.len;
    if (text_eqs(behind, "i"))
        flags = NA_TERM_NOCASE;
    else if (behind.len)
        wrong(p, p->pos - behind.len, "only i (any case) may follow a regular expression's last slash");
    struct query_node *n = leaf_new(p, NODE_TERM, px, w, at);
    if (!prefix_of_plugin(p, TEXT("regex"))) {
        wrong(p, w->at,
              "regular expressions (/…/) need the plugin \"regex\", which is not there: write words, or OR "
              "of words");
        return n;
    }
    if (!w->value.len) wrong(p, w->at, "this regular expression is empty");
    if (w->value.len > LIMIT_REGEX) wrong(p, w->at, "a regular expression may have %u bytes", LIMIT_REGEX);
    struct text value = arena_dup(p->arena, w->value); /* \/ is a slash inside */
    char *out = (char *)(uintptr_t)value.ptr;
    size_t len = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (out[i] == '\\' && i + 1 < value.len && out[i + 1] == '/')
            i++;
        else if (out[i] == '\\' && i + 1 < value.len)
            out[len++] = out[i++];
        out[len++] = out[i];
    }
    value.len = len;
    return plugin_term(p, n, TEXT("regex"), value, TEXT_NONE, flags);
}

/* What only has to be passed over, since its prefix is wrong. */
static struct query_node *broken_leaf(struct parser *p, const struct prefix *px, struct written *w,
                                      size_t at) {
    return read_value(p, w) ? leaf_new(p, NODE_TERM, px, w, at) : NULL;
}

struct query_node *atom_leaf(struct parser *p, const struct prefix *px, size_t at) {
    struct written w = {.at = p->pos};
    switch (px->kind) {
    case PREFIX_FILTER: return filter_leaf(p, px, &w, at);
    case PREFIX_PLUGIN: return plugin_leaf(p, px, &w, at);
    case PREFIX_BROKEN: return broken_leaf(p, px, &w, at);
    case PREFIX_NONE:
    case PREFIX_FIELD: break;
    }
    if (parser_char(p, p->pos) == '/') {
        struct text word = parser_word(p, p->pos);
        size_t i = 1;
        while (i < word.len && word.ptr[i] >= '0' && word.ptr[i] <= '9') i++;
        char behind = parser_char(p, p->pos + word.len);
        /* LexisNexis' /5 */
        bool lexis = i == word.len && i > 1 && behind != '(' && behind != '"' && px->kind == PREFIX_NONE;
        if (!lexis) return regex_leaf(p, px, &w, at);
    }
    return word_leaf(p, px, &w, at);
}

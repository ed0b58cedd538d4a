/* Regular expressions and texts: whatever is written is compiled or refused with a place in it; what is found
 * lies on character boundaries, and is the same whether the text was first asked for literals, as the plugin
 * does, or simply searched from its beginning; other matches do not stand before it. The input: a byte of
 * options, the expression, a line break, the text. All of the plugin's files are one program here. */
#define add   literal_add
#define worth literal_worth
#include "../../plugins/regex/literal.c"
#undef add
#undef worth
#define add filter_entry_add
#include "../../plugins/regex/filter.c"
#undef add
#define by_lo range_by_lo
#include "../../plugins/regex/class.c"
#undef by_lo
#include "../../plugins/regex/program.c"
#include "../../plugins/regex/regex.c"
#include "../../plugins/regex/scripts.c"
#include "../../plugins/regex/search.c"
#include "../../plugins/regex/syntax.c"

#include "parse/utf8.h"

struct seen {
    bool bad, unknown;
    size_t n, start[64], len[64];
};

static bool is_boundary(struct na_text t, size_t at) {
    return at == t.len || ((unsigned char)t.ptr[at] & 0xC0) != 0x80;
}

static void bad_term(void *ctx, uint64_t term, size_t at, size_t len, const char *why) {
    struct seen *s = ctx;
    (void)term;
    if (at > s->n || len > s->n - at || !*why) abort(); /* n: bytes of the expression */
    s->bad = true;
}
static void unknown(void *ctx, uint64_t term, const char *why) {
    (void)term, (void)why;
    ((struct seen *)ctx)->unknown = true;
}
static int on_hit(void *ctx, uint64_t term, uint64_t field, uint64_t value, size_t start, size_t len,
                  double confidence) {
    struct seen *s = ctx;
    (void)term, (void)field, (void)value, (void)confidence;
    s->start[s->n] = start;
    s->len[s->n++] = len;
    return s->n == 64;
}

/* The same hits without the filter. */
static void check(struct compiled *c, struct na_text text, const struct seen *seen) {
    int64_t budget = INT64_MAX / 2;
    size_t from = 0, start = 0, end = 0, i = 0;
    for (; i < 64 && dfa_search(c->terms[0].dfa, c->scratch, text.ptr, text.len, from, SIZE_MAX, &budget,
                                &start, &end) == FOUND_YES;
         i++) {
        if (start < from || end <= start || end > text.len) abort();
        if (!is_boundary(text, start) || !is_boundary(text, end)) abort();
        if (i >= seen->n || seen->start[i] != start || seen->len[i] != end - start) abort();
        from = end;
    }
    if (i != seen->n) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *ptr, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *ptr, size_t len) {
    const char *p = (const char *)ptr, *end = p + len;
    if (!len) return 0;
    bool nocase = *p & 1;
    const char *line = memchr(++p, '\n', (size_t)(end - p));
    if (!line || line - p > 1000) return 0; /* LIMIT_REGEX */
    for (size_t i = 1, n; i < len; i += n)
        if (!(n = utf8_valid((const char *)ptr + i, len - i))) return 0;
    struct na_text text = {line + 1, (size_t)(end - line - 1)};
    struct seen seen = {.n = (size_t)(line - p)};
    const struct na_term term = {.value = {p, (size_t)(line - p)},
                                 .fields = NA_FIELD(NA_TITLE),
                                 .flags = NA_TERM_ALL | (nocase ? NA_TERM_NOCASE : 0)};
    const struct na_compile c = {.size = sizeof c,
                                 .ctx = &seen,
                                 .terms = &term,
                                 .n_terms = 1,
                                 .term_stride = sizeof term,
                                 .bad_term = bad_term};
    void *set = NULL;
    if (regex_compile(NULL, &c, &set) != NA_OK) abort();
    const struct na_field field = {.kind = NA_TITLE, .text = text};
    const struct na_item item = {
        .size = sizeof item, .fields = &field, .n_fields = 1, .field_stride = sizeof field};
    const struct na_match m = {.size = sizeof m, .ctx = &seen, .emit = on_hit, .unknown = unknown};
    seen.n = 0;
    if (regex_match(NULL, set, &item, &m) != NA_OK) abort();
    if (!seen.bad && !seen.unknown) check(set, text, &seen);
    regex_release(NULL, set);
    return 0;
}

/* regex - regular expressions on the text of a field: /…/ and regex:"…" of the query language.
 *
 * The syntax is what RE2 and PCRE share; regex.h tells how the engine works. All expressions of all queries
 * share one pass over a text that looks for what their matches must hold (filter.c), so that those of which
 * nothing occurs cost nothing. Should an expression's states take more work than the text is long, times a
 * factor, its term is unknown for that item. */
#include "regex.h"

#include "newsalert_plugin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Work that one expression may cause in one field value: steps of building states. A state that is known
 * costs an eighth of a step. */
enum { WORK_A_BYTE = 16, WORK_AT_LEAST = 1000000 };

struct term {
    struct dfa *dfa;
    uint64_t flags, fields;
    bool leads;         /* a match begins with one of its literals */
    uint32_t woken;     /* stamp of the field value in which it is to be run */
    size_t first, last; /* of this value: where literals of it begin */
};
struct compiled {
    struct term *terms;
    size_t n;
    struct filter *filter;
    uint32_t *always; /* terms of which no literal is sure */
    size_t n_always;
    uint32_t *woken;
    size_t n_woken;
    uint32_t stamp;
    uint64_t fields; /* that any term wants */
    struct scratch *scratch;
};

/* ---- compile ---- */

static void regex_release(void *self, void *set) {
    struct compiled *s = set;
    (void)self;
    if (!s) return;
    for (size_t i = 0; s->terms && i < s->n; i++) dfa_free(s->terms[i].dfa);
    free(s->terms);
    free(s->always);
    free(s->woken);
    filter_free(s->filter);
    scratch_free(s->scratch);
    free(s);
}

/* 0; -1: out of memory. A term that is wrong is told, and left without a DFA. */
static int compile_term(struct compiled *s, const struct na_compile *c, const struct na_term *t,
                        struct unicode *u, size_t *longest) {
    struct expression e;
    struct fault fault;
    struct program program;
    struct literals literals;
    struct term *term = &s->terms[t->id];
    if (expression_parse(t->value.ptr, t->value.len, (t->flags & NA_TERM_NOCASE) != 0, u, &e, &fault) < 0) {
        c->bad_term(c->ctx, t->id, fault.at, fault.len, fault.why);
        return 0;
    }
    expression_literals(&e, &literals);
    int made = program_make(&e, &program);
    expression_clear(&e);
    if (made < 0) {
        c->bad_term(c->ctx, t->id, 0, t->value.len,
                    "its repetitions multiply to more than fits: take smaller numbers");
        return 0;
    }
    if (program.n > *longest) *longest = program.n;
    term->dfa = dfa_new(&program);
    program_clear(&program);
    if (!term->dfa) return -1;
    term->flags = t->flags;
    term->fields = t->fields;
    term->leads = literals.n && literals.leads;
    s->fields |= t->fields;
    if (literals.n) return filter_add(s->filter, &literals, (uint32_t)t->id) ? 0 : -1;
    s->always[s->n_always++] = (uint32_t)t->id;
    return 0;
}

static int regex_compile(void *self, const struct na_compile *c, void **ret_set) {
    struct compiled *s = calloc(1, sizeof *s);
    struct unicode unicode = {0};
    size_t longest = 0;
    int r = 0;
    if (!s) return NA_FAIL;
    s->n = c->n_terms;
    s->terms = calloc(s->n + 1, sizeof *s->terms);
    s->always = calloc(s->n + 1, sizeof *s->always);
    s->woken = calloc(s->n + 1, sizeof *s->woken);
    s->filter = filter_new();
    if (!s->terms || !s->always || !s->woken || !s->filter) r = -1;
    for (size_t i = 0; !r && i < c->n_terms; i++) {
        const struct na_term *t = NA_AT(const struct na_term, c->terms, c->term_stride, i);
        r = t->id < s->n ? compile_term(s, c, t, &unicode, &longest) : -1;
    }
    unicode_clear(&unicode);
    if (!r && filter_close(s->filter)) s->scratch = scratch_new(longest);
    if (!s->scratch) {
        regex_release(self, s);
        return NA_FAIL;
    }
    *ret_set = s;
    return NA_OK;
}

/* ---- match ---- */

/* `at`: where a literal begins; SIZE_MAX: that is not known. */
static void wake(void *ctx, uint32_t id, size_t at) {
    struct compiled *s = ctx;
    struct term *t = &s->terms[id];
    size_t first = at == SIZE_MAX ? 0 : at;
    if (t->woken != s->stamp) {
        t->woken = s->stamp;
        t->first = first;
        t->last = at;
        s->woken[s->n_woken++] = id;
    }
    if (first < t->first) t->first = first;
    if (at > t->last) t->last = at;
}

/* Returns nonzero when no more hits are wanted. */
static int run_term(struct compiled *s, uint32_t id, const struct na_field *f, const struct na_match *m) {
    struct term *t = &s->terms[id];
    int64_t budget = WORK_AT_LEAST + WORK_A_BYTE * (int64_t)f->text.len;
    size_t from = t->leads ? t->first : 0, start, end;
    int stop = 0;
    if (!t->dfa || !(t->fields & NA_FIELD(f->kind))) return 0;
    do {
        enum found found =
            dfa_search(t->dfa, s->scratch, f->text.ptr, f->text.len, from, t->last, &budget, &start, &end);
        if (found == FOUND_LIMIT)
            m->unknown(m->ctx, id, "the regular expression takes more work than this text is worth");
        if (found != FOUND_YES) return 0;
        stop = m->emit(m->ctx, id, f->kind, f->value, start, end - start, 1.0);
        from = end;
    } while (!stop && (t->flags & NA_TERM_ALL));
    return stop;
}

static int regex_match(void *self, const void *set, const struct na_item *item,
                       const struct na_match *match) {
    (void)self;
    if (!set) return NA_OK;
    struct compiled *s =
        (struct compiled *)(uintptr_t)set; /* states grow, and stamps; nobody else looks on */
    int stop = 0;
    for (size_t i = 0; !stop && i < item->n_fields; i++) {
        const struct na_field *f = NA_AT(const struct na_field, item->fields, item->field_stride, i);
        if (!(s->fields & NA_FIELD(f->kind)) || !f->text.len) continue;
        if (!++s->stamp) {
            for (size_t k = 0; k < s->n; k++) s->terms[k].woken = 0;
            s->stamp = 1;
        }
        s->n_woken = 0;
        filter_run(s->filter, f->text.ptr, f->text.len, wake, s);
        for (size_t k = 0; k < s->n_always; k++) wake(s, s->always[k], SIZE_MAX);
        for (size_t k = 0; !stop && k < s->n_woken; k++) stop = run_term(s, s->woken[k], f, match);
    }
    return NA_OK;
}

static const char *const prefixes[] = {"regex", NULL};
static const struct na_matcher matcher = {sizeof matcher, prefixes, regex_compile, regex_match,
                                          regex_release};
static const struct na_plugin plugin = {
    .size = sizeof plugin,
    .name = "regex",
    .version = "0.1.0",
    .license = "Apache-2.0",
    .summary = "regular expressions, in time that grows with the text only",
    .matcher = &matcher,
};

const struct na_plugin *newsalert_plugin_1(void) {
    return &plugin;
}

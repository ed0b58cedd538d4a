/* Does what its terms' values say: much, unknown, fail, bad, note, remember; else one hit of the whole title.
 */
#include "bad.h"

enum { HIT, MUCH, UNKNOWN, FAIL, NOTE, MANY_NOTES };
struct set {
    size_t n;
    int what[16];
};

static int is(struct na_text t, const char *s) {
    return t.len == strlen(s) && !memcmp(t.ptr, s, t.len);
}

static int compile(void *self, const struct na_compile *c, void **ret_set) {
    struct set *s = calloc(1, sizeof *s);
    (void)self;
    if (!s) return NA_FAIL;
    for (size_t i = 0; i < c->n_terms && i < 16; i++) {
        const struct na_term *t = NA_AT(const struct na_term, c->terms, c->term_stride, i);
        size_t n, stride;
        const struct na_word *w = c->cut(c->ctx, t->value, &n, &stride);
        if (is(t->value, "bad")) c->bad_term(c->ctx, t->id, 1, 2, "it is bad");
        if (is(t->value, "refuse")) {
            free(s);
            return NA_FAIL;
        }
        if (n == 2 && NA_AT(const struct na_word, w, stride, 1)->folded.len == 4)
            c->understood(c->ctx, t->id, "two words");
        s->what[i] = is(t->value, "much")         ? MUCH
                     : is(t->value, "unknown")    ? UNKNOWN
                     : is(t->value, "fail")       ? FAIL
                     : is(t->value, "note")       ? NOTE
                     : is(t->value, "many notes") ? MANY_NOTES
                                                  : HIT;
        s->n++;
    }
    *ret_set = s;
    return NA_OK;
}

static void release(void *self, void *set) {
    (void)self;
    free(set);
}

static int match(void *self, const void *set, const struct na_item *item, const struct na_match *m) {
    const struct set *s = set;
    static const char letters[4096] = {[0 ... 4095] = 'x'};
    const struct na_text text = {"{\"name\":\"Oakhaven\"}", 19}, page = {letters, sizeof letters};
    (void)self;
    if (item->memory.len) m->note(m->ctx, NA_NONE, NA_NONE, 0, 0, 0, "memory", item->memory);
    for (size_t i = 0; s && i < s->n; i++) {
        if (s->what[i] == HIT) m->emit(m->ctx, i, NA_TITLE, 0, 0, 0, 1);
        if (s->what[i] == MUCH)
            for (size_t k = 0; k < 70000; k++)
                if (m->emit(m->ctx, i, NA_TITLE, 0, 0, 2, 1)) break;
        if (s->what[i] == UNKNOWN) m->unknown(m->ctx, i, "the index is away \xff");
        if (s->what[i] == NOTE) m->note(m->ctx, i, NA_TITLE, 0, 0, 2, "place", text);
        if (s->what[i] == MANY_NOTES)
            for (size_t k = 0; k < 2000; k++) m->note(m->ctx, i, NA_TITLE, 0, 0, 2, "page", page);
        if (s->what[i] == FAIL && item->published == 13) {
            m->remember(m->ctx, text);
            return NA_FAIL;
        }
    }
    m->remember(m->ctx, text);
    return NA_OK;
}

static const char *const prefixes[] = {"talker", NULL};
static const struct na_matcher matcher = {sizeof matcher, prefixes, compile, match, release};
BAD_PLUGIN("talker", .matcher = &matcher)

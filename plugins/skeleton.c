/* A whole plugin to copy: the prefix weekday:, true of items published on that day (UTC), as weekday:mon. */
#include <newsalert_plugin.h>

#include <stdlib.h>
#include <string.h>

struct set { /* the compiled terms: a day each */
    size_t n;
    int days[];
};

static int day_of(struct na_text value) {
    static const char names[] = "thufrisatsunmontuewed"; /* 1970-01-01 was a Thursday */
    for (int i = 0; i < 7 && value.len == 3; i++)
        if (!memcmp(names + 3 * i, value.ptr, 3)) return i;
    return -1;
}

static int compile(void *self, const struct na_compile *c, void **ret_set) {
    (void)self;
    struct set *s = calloc(1, sizeof *s + c->n_terms * sizeof *s->days);
    if (!s) return NA_FAIL;
    s->n = c->n_terms;
    for (size_t i = 0; i < c->n_terms; i++) {
        const struct na_term *t = NA_AT(const struct na_term, c->terms, c->term_stride, i);
        s->days[t->id] = day_of(t->value);
        if (s->days[t->id] < 0)
            c->bad_term(c->ctx, t->id, 0, t->value.len, "write mon, tue, wed, thu, fri, sat or sun");
    }
    *ret_set = s;
    return NA_OK;
}

static int match(void *self, const void *set, const struct na_item *item, const struct na_match *m) {
    (void)self;
    const struct set *s = set;
    if (!s || !item->n_fields) return NA_OK;
    const struct na_field *f = NA_AT(const struct na_field, item->fields, item->field_stride, 0);
    for (size_t i = 0; i < s->n; i++) {
        if (item->published == INT64_MIN)
            m->unknown(m->ctx, i, "the item has no date");
        else if (((item->published / 86400) % 7 + 7) % 7 == s->days[i])
            m->emit(m->ctx, i, f->kind, f->value, 0, 0, 1.0);
    }
    return NA_OK;
}

static void release(void *self, void *set) {
    (void)self;
    free(set);
}

static const char *const prefixes[] = {"weekday", NULL};
static const struct na_matcher matcher = {sizeof matcher, prefixes, compile, match, release};
static const struct na_plugin plugin = {
    .size = sizeof plugin,
    .name = "skeleton",
    .version = "1.0",
    .license = "Apache-2.0",
    .summary = "weekday:mon, a plugin to copy",
    .matcher = &matcher,
};

const struct na_plugin *newsalert_plugin_1(void) {
    return &plugin;
}

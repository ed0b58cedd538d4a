#include "deliver/stale.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"

int stale_facts(const struct row *row, struct arena *a, struct facts *ret) {
    json_t *j = row->facts ? json_loads(row->facts, JSON_ALLOW_NUL, NULL) : NULL;
    int r = j ? facts_from_json(j, a, ret) : -1;
    json_decref(j);
    return r;
}

static int by_key(const void *a, const void *b) {
    return strcmp((*(const struct row *const *)a)->key, (*(const struct row *const *)b)->key);
}
static int by_age(const void *a, const void *b) {
    const struct row *x = *(const struct row *const *)a, *y = *(const struct row *const *)b;
    return x->created != y->created ? (x->created < y->created ? -1 : 1) : by_key(a, b);
}

static void entry_of(const struct facts *f, const struct row *row, struct fact_entry *ret) {
    *ret = (struct fact_entry){.alert = f->alert,
                               .key = text_of(row->key),
                               .level = f->level,
                               .item = f->item,
                               .feed = f->feed.name,
                               .fired = f->fired};
    if (!f->item.title.len && f->problem.len) ret->item.title = f->problem;
}

static void add_entry(struct facts *f, const struct fact_entry *e) {
    if (f->n_entries < LIMIT_SUMMARY_ROWS)
        f->entries[f->n_entries++] = *e;
    else
        f->more++;
}

/* `f` has room for all entries, or for LIMIT_SUMMARY_ROWS. */
static void add_facts(struct facts *f, const struct facts *one, const struct row *row) {
    struct fact_entry e;
    bool list = one->kind == KIND_SUMMARY || one->kind == KIND_DIGEST;
    for (size_t i = 0; list && i < one->n_entries; i++) add_entry(f, &one->entries[i]);
    if (list) f->more += one->more;
    if (!list || !one->n_entries) {
        entry_of(one, row, &e);
        add_entry(f, &e);
    }
    if (!f->fired || one->fired < f->fired) f->fired = one->fired;
    if (one->level > f->level) f->level = one->level;
}

static void key_of(const struct row *const *by_keys, size_t n, const struct text *begin, size_t n_begin,
                   char ret[KEY_SIZE]) {
    struct text *parts = xcalloc(n_begin + n, sizeof *parts);
    memcpy(parts, begin, n_begin * sizeof *parts);
    for (size_t i = 0; i < n; i++) parts[n_begin + i] = text_of(by_keys[i]->key);
    idempotency_key(parts, n_begin + n, ret);
    free(parts);
}

int stale_summary(const struct row *const *rows, size_t n, const struct text *begin, size_t n_begin,
                  struct arena *a, struct facts *ret, char ret_key[KEY_SIZE]) {
    const struct row **sorted = xcalloc(n, sizeof *sorted);
    struct facts *all = xcalloc(n, sizeof *all), f = {.kind = KIND_SUMMARY};
    size_t room = 0;
    int r = 0;
    memcpy(sorted, rows, n * sizeof *rows);
    qsort(sorted, n, sizeof *sorted, by_age);
    for (size_t i = 0; !r && i < n; i++) {
        r = stale_facts(sorted[i], a, &all[i]);
        room += all[i].n_entries ? all[i].n_entries : 1;
    }
    if (room > LIMIT_SUMMARY_ROWS) room = LIMIT_SUMMARY_ROWS;
    if (!r && !(f.entries = arena_alloc(a, (room + 1) * sizeof *f.entries))) r = -1;
    if (!r) {
        for (size_t i = 0; i < n; i++) add_facts(&f, &all[i], sorted[i]);
        f.item.published = f.item.updated = TIME_NONE;
        qsort(sorted, n, sizeof *sorted, by_key);
        key_of(sorted, n, begin, n_begin, ret_key);
        *ret = f;
    }
    free(sorted);
    free(all);
    return r;
}

#include "deliver/stale.h"

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

int stale_summary(const struct row *const *rows, size_t n, struct arena *a, struct facts *ret,
                  char ret_key[KEY_SIZE]) {
    const struct row **sorted = xcalloc(n, sizeof *sorted);
    struct text *keys = xcalloc(n + 1, sizeof *keys);
    struct facts f = {.kind = KIND_SUMMARY, .entries = arena_alloc(a, n * sizeof *f.entries)};
    int r = f.entries ? 0 : -1;
    memcpy(sorted, rows, n * sizeof *rows);
    qsort(sorted, n, sizeof *sorted, by_key);
    keys[0] = TEXT("summary");
    for (size_t i = 0; i < n; i++) keys[i + 1] = text_of(sorted[i]->key);
    qsort(sorted, n, sizeof *sorted, by_age);
    for (size_t i = 0; !r && i < n; i++) {
        struct facts one;
        if ((r = stale_facts(sorted[i], a, &one)) < 0) break;
        /* A summary among them brings its own entries' number, not its entries. */
        f.more += one.n_entries ? (int64_t)one.n_entries - 1 + one.more : 0;
        if (!f.fired || one.fired < f.fired) f.fired = one.fired;
        if (one.level > f.level) f.level = one.level;
        entry_of(&one, sorted[i], &f.entries[f.n_entries++]);
    }
    if (!r) {
        f.item.published = f.item.updated = TIME_NONE;
        idempotency_key(keys, n + 1, ret_key);
        *ret = f;
    }
    free(sorted);
    free(keys);
    return r;
}

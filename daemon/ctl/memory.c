#include "ctl/memory.h"

#include "base/mem.h"

static struct ctl_memory_row *row_of(struct ctl_memory *c, const struct config_feed *feed) {
    for (size_t i = 0; i < c->n; i++)
        if (c->rows[i].feed == feed) return &c->rows[i];
    GROW(c->rows, c->n, c->cap);
    c->rows[c->n] = (struct ctl_memory_row){.feed = feed};
    return &c->rows[c->n++];
}

static void put(struct ctl_memory_row *r, const char *plugin, struct text bytes) {
    size_t i = 0;
    while (i < r->n && strcmp(r->list[i].plugin, plugin)) i++;
    if (i == r->n) {
        GROW(r->list, r->n, r->cap);
        r->list[r->n++] = (struct feed_memory){plugin, TEXT_NONE};
    }
    free((char *)(uintptr_t)r->list[i].memory.ptr);
    r->list[i].memory = (struct text){xstrndup(bytes.ptr, bytes.len), bytes.len};
}

const struct matches *ctl_memory_run(struct ctl_memory *c, struct matcher *m, const struct match_input *in) {
    struct ctl_memory_row *r = row_of(c, in->feed);
    matcher_memories(m, r->list, r->n);
    const struct matches *found = matcher_run(m, in);
    for (size_t i = 0; i < found->n_remember; i++)
        put(r, found->remember[i].plugin, found->remember[i].memory);
    return found;
}

void ctl_memory_clear(struct ctl_memory *c) {
    for (size_t i = 0; i < c->n; i++) {
        for (size_t k = 0; k < c->rows[i].n; k++) free((char *)(uintptr_t)c->rows[i].list[k].memory.ptr);
        free(c->rows[i].list);
    }
    free(c->rows);
    *c = (struct ctl_memory){0};
}

#include "story/table.h"

#include "base/mem.h"

void table_clear(struct table *t) {
    free(t->keys);
    free(t->values);
    *t = (struct table){0};
}

/* Zero marks an empty slot, so it is no key. */
static uint64_t key_of(uint64_t key) {
    return key ? key : 1;
}

/* The slot of a key, or the empty one where it would stand. */
static size_t slot_of(const struct table *t, uint64_t key) {
    size_t at = (size_t)(key ^ key >> 32) & (t->cap - 1);
    while (t->keys[at] && t->keys[at] != key) at = (at + 1) & (t->cap - 1);
    return at;
}

uint32_t table_get(const struct table *t, uint64_t key) {
    if (!t->cap) return TABLE_NONE;
    size_t at = slot_of(t, key_of(key));
    return t->keys[at] ? t->values[at] : TABLE_NONE;
}

static void grow(struct table *t) {
    struct table old = *t;
    t->cap = old.cap ? old.cap * 2 : 64;
    t->keys = xcalloc(t->cap, sizeof *t->keys);
    t->values = xcalloc(t->cap, sizeof *t->values);
    for (size_t i = 0; i < old.cap; i++) {
        if (!old.keys[i]) continue;
        size_t at = slot_of(t, old.keys[i]);
        t->keys[at] = old.keys[i];
        t->values[at] = old.values[i];
    }
    table_clear(&old);
}

void table_set(struct table *t, uint64_t key, uint32_t value) {
    if (t->n * 4 >= t->cap * 3) grow(t);
    size_t at = slot_of(t, key_of(key));
    if (!t->keys[at]) {
        t->keys[at] = key_of(key);
        t->n++;
    }
    t->values[at] = value;
}

void table_remove(struct table *t, uint64_t key, uint32_t value) {
    if (!t->cap) return;
    size_t mask = t->cap - 1, hole = slot_of(t, key_of(key));
    if (!t->keys[hole] || t->values[hole] != value) return;
    t->n--;
    /* What stands behind the hole, and began its search before it, moves up: no search breaks off early. */
    for (size_t at = (hole + 1) & mask; t->keys[at]; at = (at + 1) & mask) {
        size_t home = (size_t)(t->keys[at] ^ t->keys[at] >> 32) & mask;
        if (((at - home) & mask) < ((at - hole) & mask)) continue;
        t->keys[hole] = t->keys[at];
        t->values[hole] = t->values[at];
        hole = at;
    }
    t->keys[hole] = 0;
}

size_t table_bytes(const struct table *t) {
    return t->cap * (sizeof *t->keys + sizeof *t->values);
}

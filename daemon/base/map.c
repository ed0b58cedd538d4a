#include "base/map.h"

#include "base/hash.h"
#include "base/mem.h"

/* A removed slot keeps its hash and has no value and a key pointer of its own, so that probes go on. */
static const char map_removed[1];

static struct map_entry *map_slot(const struct map *m, struct text key, uint64_t hash) {
    struct map_entry *grave = NULL;
    for (size_t i = hash & (m->cap - 1);; i = (i + 1) & (m->cap - 1)) {
        struct map_entry *e = &m->slots[i];
        if (e->value) {
            if (e->hash == hash && text_eq(e->key, key)) return e;
        } else if (e->key.ptr == map_removed) {
            if (!grave) grave = e;
        } else {
            return grave ? grave : e;
        }
    }
}

static void map_resize(struct map *m) {
    struct map old = *m;
    m->cap = 16;
    while (m->cap < old.n * 2 + 2) m->cap *= 2;
    m->slots = xcalloc(m->cap, sizeof *m->slots);
    m->used = m->n = old.n;
    for (size_t i = 0; i < old.cap; i++)
        if (old.slots[i].value) *map_slot(m, old.slots[i].key, old.slots[i].hash) = old.slots[i];
    free(old.slots);
}

void map_clear(struct map *m) {
    free(m->slots);
    *m = (struct map){0};
}

void *map_get(const struct map *m, struct text key) {
    return m->cap ? map_slot(m, key, hash64(key.ptr, key.len))->value : NULL;
}

void *map_add(struct map *m, struct text key, void *value) {
    if ((m->used + 1) * 4 > m->cap * 3) map_resize(m);
    uint64_t hash = hash64(key.ptr, key.len);
    struct map_entry *e = map_slot(m, key, hash);
    if (e->value) return e->value;
    m->used += e->key.ptr != map_removed;
    m->n++;
    *e = (struct map_entry){key, hash, value};
    return NULL;
}

void *map_remove(struct map *m, struct text key) {
    if (!m->cap) return NULL;
    struct map_entry *e = map_slot(m, key, hash64(key.ptr, key.len));
    void *value = e->value;
    if (!value) return NULL;
    *e = (struct map_entry){.key = {map_removed, 0}};
    m->n--;
    return value;
}

struct map_entry *map_next(const struct map *m, size_t *at) {
    while (*at < m->cap) {
        struct map_entry *e = &m->slots[(*at)++];
        if (e->value) return e;
    }
    return NULL;
}

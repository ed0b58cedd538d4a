/* A hash map from texts to pointers (open addressing, keys borrowed or copied by the caller: the map keeps
 * the pointer, so a key must live as long as its entry). One thread at a time. */
#ifndef NEWSALERTD_BASE_MAP_H
#define NEWSALERTD_BASE_MAP_H

#include "base/text.h"

#include <stdint.h>

struct map_entry {
    struct text key;
    uint64_t hash;
    void *value; /* never NULL in a live entry */
};

struct map {
    struct map_entry *slots;
    size_t n, used, cap; /* live entries; live and removed; slots, a power of two */
};

void map_clear(struct map *m);                       /* the map's own memory; values are the caller's */
void *map_get(const struct map *m, struct text key); /* NULL: not there */
/* Returns the value that stood there before, which stays; NULL: `value` was put in. */
void *map_add(struct map *m, struct text key, void *value);
void *map_remove(struct map *m, struct text key); /* the value, or NULL */
/* Walks all entries in no order: for (size_t i = 0; (e = map_next(m, &i));) */
struct map_entry *map_next(const struct map *m, size_t *at);

#endif

/* A compact hash table from 64-bit hashes to small numbers: 12 bytes an entry where base/map.h takes 32,
 * since the index of stories keeps hundreds of thousands. The hash is the key: what collides is the same
 * thing. Pure, one owner. A zeroed struct is empty. */
#ifndef NEWSALERTD_STORY_TABLE_H
#define NEWSALERTD_STORY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_NONE UINT32_MAX

struct table {
    uint64_t *keys; /* 0: an empty slot */
    uint32_t *values;
    size_t n, cap; /* cap: a power of two */
};

void table_clear(struct table *t);
uint32_t table_get(const struct table *t, uint64_t key); /* TABLE_NONE: not there */
void table_set(struct table *t, uint64_t key, uint32_t value);
/* Takes the key away, if it has that value. */
void table_remove(struct table *t, uint64_t key, uint32_t value);
/* Its memory in bytes. */
size_t table_bytes(const struct table *t);

#endif

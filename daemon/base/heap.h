/* A binary heap of nodes by time, earliest first. Intrusive: a struct that waits for a time holds a node, and
 * HEAP_OF gives the struct back. Nodes with the same time come in the order in which they were put in. One
 * thread at a time. */
#ifndef NEWSALERTD_BASE_HEAP_H
#define NEWSALERTD_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_node {
    int64_t at;
    uint64_t order;
    size_t place; /* 1 + index in the heap; 0: in none */
};

struct heap {
    struct heap_node **nodes;
    size_t n, cap;
    uint64_t order;
};

void heap_clear(struct heap *h); /* the heap's own memory; nodes are the caller's */
void heap_set(struct heap *h, struct heap_node *node, int64_t at); /* puts in, or moves */
void heap_remove(struct heap *h, struct heap_node *node);          /* fine when it is not in */
struct heap_node *heap_first(const struct heap *h);                /* NULL: empty */
static inline bool heap_has(const struct heap_node *node) {
    return node->place != 0;
}

#define HEAP_OF(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

#endif

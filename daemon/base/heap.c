#include "base/heap.h"

#include "base/mem.h"

static bool heap_before(const struct heap_node *a, const struct heap_node *b) {
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void heap_put(struct heap *h, size_t i, struct heap_node *node) {
    h->nodes[i] = node;
    node->place = i + 1;
}

static void heap_up(struct heap *h, size_t i) {
    struct heap_node *node = h->nodes[i];
    for (; i && heap_before(node, h->nodes[(i - 1) / 2]); i = (i - 1) / 2)
        heap_put(h, i, h->nodes[(i - 1) / 2]);
    heap_put(h, i, node);
}

static void heap_down(struct heap *h, size_t i) {
    struct heap_node *node = h->nodes[i];
    for (size_t child; (child = 2 * i + 1) < h->n; i = child) {
        if (child + 1 < h->n && heap_before(h->nodes[child + 1], h->nodes[child])) child++;
        if (!heap_before(h->nodes[child], node)) break;
        heap_put(h, i, h->nodes[child]);
    }
    heap_put(h, i, node);
}

void heap_clear(struct heap *h) {
    free(h->nodes);
    *h = (struct heap){0};
}

void heap_set(struct heap *h, struct heap_node *node, int64_t at) {
    heap_remove(h, node);
    GROW(h->nodes, h->n, h->cap);
    node->at = at;
    node->order = h->order++;
    heap_put(h, h->n, node);
    heap_up(h, h->n++);
}

void heap_remove(struct heap *h, struct heap_node *node) {
    if (!node->place) return;
    size_t i = node->place - 1;
    node->place = 0;
    struct heap_node *last = h->nodes[--h->n];
    if (last == node) return;
    heap_put(h, i, last);
    heap_up(h, i);
    heap_down(h, last->place - 1);
}

struct heap_node *heap_first(const struct heap *h) {
    return h->n ? h->nodes[0] : NULL;
}

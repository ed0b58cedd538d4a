#include "base/arena.h"

#include "base/mem.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

struct arena_block {
    struct arena_block *next;
    size_t len, cap;
    alignas(max_align_t) char bytes[];
};

void arena_init(struct arena *a, size_t max) {
    *a = (struct arena){.max = max};
}

void arena_clear(struct arena *a) {
    for (struct arena_block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    *a = (struct arena){.max = a->max};
}

void arena_reset(struct arena *a) {
    struct arena_block *keep = a->blocks;
    for (struct arena_block *b = a->blocks; b; b = b->next)
        if (b->cap > keep->cap) keep = b;
    for (struct arena_block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        if (b != keep) free(b);
    }
    if (keep) {
        keep->next = NULL;
        keep->len = 0;
    }
    *a = (struct arena){.blocks = keep, .max = a->max};
}

static void *arena_take(struct arena *a, size_t size, size_t align) {
    if (size > a->max || a->used > a->max - size) {
        a->failed = true;
        return NULL;
    }
    struct arena_block *b = a->blocks;
    size_t at = b ? (b->len + align - 1) & ~(align - 1) : 0;
    if (!b || at > b->cap || b->cap - at < size) {
        /* Blocks double up to 1 MiB, so that a small document costs little and a large one few calls. */
        size_t cap = b ? b->cap * 2 : 4096 - sizeof *b;
        if (cap > (1u << 20)) cap = 1u << 20;
        if (cap < size) cap = size;
        struct arena_block *fresh = malloc(sizeof *fresh + cap);
        if (!fresh) {
            a->failed = a->starved = true;
            return NULL;
        }
        fresh->len = 0;
        fresh->cap = cap;
        /* A block made for one large piece goes behind the current one, whose rest stays in use. */
        if (b && cap == size && b->cap - b->len > 256) {
            fresh->next = b->next;
            b->next = fresh;
        } else {
            fresh->next = b;
            a->blocks = fresh;
        }
        b = fresh;
        at = 0;
    }
    b->len = at + size;
    a->used += size;
    return b->bytes + at;
}

void *arena_raw(struct arena *a, size_t size) {
    return arena_take(a, size ? size : 1, alignof(max_align_t));
}

void *arena_alloc(struct arena *a, size_t size) {
    void *p = arena_take(a, size ? size : 1, alignof(max_align_t));
    if (p) memset(p, 0, size);
    return p;
}

struct text arena_dup(struct arena *a, struct text t) {
    if (!t.len || t.len == SIZE_MAX) return TEXT_NONE;
    char *p = arena_take(a, t.len + 1, 1);
    if (!p) return TEXT_NONE;
    memcpy(p, t.ptr, t.len);
    p[t.len] = '\0';
    return (struct text){p, t.len};
}

char *arena_strdup(struct arena *a, const char *s) {
    if (!s) return NULL;
    size_t len = strlen(s) + 1;
    char *p = arena_take(a, len, 1);
    return p ? memcpy(p, s, len) : NULL;
}

char *arena_printf(struct arena *a, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *p = n < 0 ? NULL : arena_take(a, (size_t)n + 1, 1);
    if (p) vsnprintf(p, (size_t)n + 1, format, args);
    va_end(args);
    return p;
}

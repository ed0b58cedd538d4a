/* Memory that lives and dies together: one arena a document, a page, a compile. One owner, one thread at a
 * time. It has a maximum; what would pass it (or finds no memory) gives NULL and sets `failed`, so that a
 * reader may go on to the end and ask once. */
#ifndef NEWSALERTD_BASE_ARENA_H
#define NEWSALERTD_BASE_ARENA_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

struct arena_block;
struct arena {
    struct arena_block *blocks;
    size_t used, max; /* bytes handed out, and the most that may be */
    bool failed;
    bool starved; /* it failed for want of memory, not by its maximum */
};

void arena_init(struct arena *a, size_t max);
void arena_clear(struct arena *a);
/* The same, but the largest block is kept: for one that is filled and emptied again and again. */
void arena_reset(struct arena *a);
/* As arena_alloc, but not zeroed: for much of which little may be used. */
void *arena_raw(struct arena *a, size_t size);
void *arena_alloc(struct arena *a, size_t size); /* zeroed, aligned for anything; NULL: failed */
/* A copy, followed by a NUL that does not count. TEXT_NONE when it failed, or for an empty text. */
struct text arena_dup(struct arena *a, struct text t);
char *arena_strdup(struct arena *a, const char *s); /* NULL in, NULL out */
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif

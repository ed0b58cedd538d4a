/* Small allocations, and cleanup of locals. Any thread.
 *
 * A small allocation that fails ends the process with one message (the state is safe: a restart loses
 * nothing), so these never return NULL. What a foreign side can make large goes through buf.h or arena.h,
 * which have caps and report failure. */
#ifndef NEWSALERTD_BASE_MEM_H
#define NEWSALERTD_BASE_MEM_H

#include <stddef.h>
#include <stdlib.h>

void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull, warn_unused_result));
void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull, warn_unused_result));
void *xrealloc(void *old, size_t n, size_t size) __attribute__((returns_nonnull, warn_unused_result));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull, nonnull, warn_unused_result));
char *xstrndup(const char *s, size_t len) __attribute__((malloc, returns_nonnull, warn_unused_result));
char *xasprintf(const char *format, ...)
    __attribute__((malloc, returns_nonnull, format(printf, 1, 2), warn_unused_result));
char *xstrdup_or_null(const char *s) __attribute__((warn_unused_result)); /* NULL in, NULL out */
/* For what is large and looked up here and there: of large pages where the system has them, so that looking
 * up costs no walk through page tables. For free(). Not zeroed. */
void *xlarge(size_t size) __attribute__((malloc, returns_nonnull, warn_unused_result));
/* Gives freed memory back to the system: after something large was built and its scaffold freed, and now and
 * then. */
void mem_trim(void);
void mem_init(void); /* once, before threads: large blocks go back to the system when they are freed */
_Noreturn void out_of_memory(size_t size);

/* GROW(array, n, cap): makes room for one more element of a heap array. */
#define GROW(array, n, cap)                                                                                  \
    do {                                                                                                     \
        if ((n) == (cap)) {                                                                                  \
            (cap) = (cap) ? (cap)*2 : 8;                                                                     \
            (array) = xrealloc((array), (cap), sizeof *(array));                                             \
        }                                                                                                    \
    } while (0)

/* CLEANUP(f): f(&variable) runs when the variable leaves its scope. AUTOFREE: free() does. */
#define CLEANUP(f) __attribute__((cleanup(f)))
static inline void mem_autofree(void *p) {
    free(*(void **)p);
}
#define AUTOFREE CLEANUP(mem_autofree)

/* steal(&p): takes the value out of a variable, which is then NULL. */
#define steal(pp)                                                                                            \
    __extension__({                                                                                          \
        __typeof__(*(pp)) steal_tmp_ = *(pp);                                                                \
        *(pp) = NULL;                                                                                        \
        steal_tmp_;                                                                                          \
    })

#endif

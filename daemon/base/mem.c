#include "base/mem.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void out_of_memory(size_t size) {
    char line[96];
    int n = snprintf(line, sizeof line, "out of memory (%zu bytes); nothing is lost, start again\n", size);
    if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0) _exit(1);
    _exit(1);
}

void *xmalloc(size_t size) {
    void *p = malloc(size ? size : 1);
    if (!p) out_of_memory(size);
    return p;
}

void *xcalloc(size_t n, size_t size) {
    void *p = calloc(n ? n : 1, size ? size : 1);
    if (!p) out_of_memory(n);
    return p;
}

void *xrealloc(void *old, size_t n, size_t size) {
    if (size && n > SIZE_MAX / size) out_of_memory(SIZE_MAX);
    void *p = realloc(old, n && size ? n * size : 1);
    if (!p) out_of_memory(n * size);
    return p;
}

void *xlarge(size_t size) {
    enum { PAGE = 2 << 20 };
    if (size < PAGE / 2) return xmalloc(size);
    size_t whole = (size + PAGE - 1) / PAGE * PAGE;
    void *p = whole < size ? NULL : aligned_alloc(PAGE, whole);
    if (!p) out_of_memory(size);
    madvise(p, whole, MADV_HUGEPAGE); /* a wish */
    return p;
}

/* Left alone, glibc raises the size from which a block is the system's own, and what was a document once
 * stays as a hole in the heap. */
void mem_init(void) {
    mallopt(M_MMAP_THRESHOLD, 256 << 10);
}

void mem_trim(void) {
    malloc_trim(0);
}

char *xstrndup(const char *s, size_t len) {
    char *p = xmalloc(len + 1);
    if (len) memcpy(p, s, len);
    p[len] = '\0';
    return p;
}

char *xstrdup(const char *s) {
    return xstrndup(s, strlen(s));
}

char *xstrdup_or_null(const char *s) {
    return s ? xstrdup(s) : NULL;
}

char *xasprintf(const char *format, ...) {
    va_list args;
    char *p = NULL;
    va_start(args, format);
    int n = vasprintf(&p, format, args);
    va_end(args);
    if (n < 0 || !p) out_of_memory(0);
    return p;
}

/* A growing byte buffer that is born with its maximum. Not thread-safe; one owner.
 *
 * What does not fit (beyond max, or no memory) is refused whole, and `failed` stays set until buf_reset: a
 * writer may add many times and ask once. The bytes are always followed by a NUL that does not count. */
#ifndef NEWSALERTD_BASE_BUF_H
#define NEWSALERTD_BASE_BUF_H

#include "base/text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *ptr; /* never NULL after the first add; see buf_str */
    size_t len, cap, max;
    bool failed;
    bool starved; /* it failed for lack of memory, not for its maximum */
};

void buf_init(struct buf *b, size_t max);
void buf_clear(struct buf *b); /* frees; the buffer may be used again with the same max */
void buf_reset(struct buf *b); /* empty, memory kept, failed unset */
/* 0, or -1 when it does not fit. */
int buf_add(struct buf *b, const void *ptr, size_t len);
int buf_addc(struct buf *b, char c);
int buf_adds(struct buf *b, const char *s);
int buf_addt(struct buf *b, struct text t);
int buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
int buf_addv(struct buf *b, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
int buf_reserve(struct buf *b, size_t more); /* room for `more` bytes at ptr + len */
const char *buf_str(const struct buf *b);    /* "" when empty; dies with the next change */
struct text buf_text(const struct buf *b);
char *buf_steal(struct buf *b); /* the bytes as a heap string; the buffer is empty then */

#endif

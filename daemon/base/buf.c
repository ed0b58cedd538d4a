#include "base/buf.h"

#include "base/mem.h"

#include <stdio.h>

void buf_init(struct buf *b, size_t max) {
    *b = (struct buf){.max = max};
}

void buf_clear(struct buf *b) {
    free(b->ptr);
    *b = (struct buf){.max = b->max};
}

void buf_reset(struct buf *b) {
    b->len = 0;
    b->failed = b->starved = false;
    if (b->ptr) b->ptr[0] = '\0';
}

int buf_reserve(struct buf *b, size_t more) {
    if (b->failed) return -1;
    if (more > b->max || b->len > b->max - more) {
        b->failed = true;
        return -1;
    }
    size_t need = b->len + more + 1;
    if (need <= b->cap) return 0;
    size_t cap = b->cap ? b->cap : 64;
    while (cap < need) cap *= 2;
    if (cap > b->max + 1) cap = b->max + 1;
    char *ptr = realloc(b->ptr, cap);
    if (!ptr) {
        b->failed = b->starved = true;
        return -1;
    }
    b->ptr = ptr;
    b->cap = cap;
    return 0;
}

int buf_add(struct buf *b, const void *ptr, size_t len) {
    if (buf_reserve(b, len) < 0) return -1;
    if (len) memcpy(b->ptr + b->len, ptr, len);
    b->len += len;
    b->ptr[b->len] = '\0';
    return 0;
}

int buf_addc(struct buf *b, char c) {
    return buf_add(b, &c, 1);
}

int buf_adds(struct buf *b, const char *s) {
    return buf_add(b, s, strlen(s));
}

int buf_addt(struct buf *b, struct text t) {
    return buf_add(b, t.ptr, t.len);
}

int buf_addv(struct buf *b, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (n < 0 || buf_reserve(b, (size_t)n) < 0) return -1;
    vsnprintf(b->ptr + b->len, (size_t)n + 1, format, args);
    b->len += (size_t)n;
    return 0;
}

int buf_addf(struct buf *b, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int r = buf_addv(b, format, args);
    va_end(args);
    return r;
}

const char *buf_str(const struct buf *b) {
    return b->ptr ? b->ptr : "";
}

struct text buf_text(const struct buf *b) {
    return (struct text){buf_str(b), b->len};
}

char *buf_steal(struct buf *b) {
    char *s = b->ptr ? b->ptr : xstrdup("");
    *b = (struct buf){.max = b->max};
    return s;
}

/* A run of bytes that somebody else owns: (pointer, length), always in that order. Not NUL-terminated
 * unless the owner says so. UTF-8 where it is text. */
#ifndef NEWSALERTD_BASE_TEXT_H
#define NEWSALERTD_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

struct text {
    const char *ptr;
    size_t len;
};

#define TEXT(literal) ((struct text){"" literal, sizeof(literal) - 1})
#define TEXT_NONE     ((struct text){NULL, 0})
/* For printf: printf("%.*s", TEXT_ARGS(t)) */
#define TEXT_ARGS(t) (int)(t).len, (t).ptr ? (t).ptr : ""

static inline struct text text_of(const char *s) {
    return (struct text){s, s ? strlen(s) : 0};
}
static inline bool text_eq(struct text a, struct text b) {
    return a.len == b.len && (!a.len || !memcmp(a.ptr, b.ptr, a.len));
}
static inline bool text_eqs(struct text a, const char *b) {
    return text_eq(a, text_of(b));
}
/* ASCII case does not matter. */
static inline bool text_eq_nocase(struct text a, struct text b) {
    return a.len == b.len && (!a.len || !strncasecmp(a.ptr, b.ptr, a.len));
}
static inline bool text_starts(struct text a, struct text b) {
    return a.len >= b.len && (!b.len || !memcmp(a.ptr, b.ptr, b.len));
}
static inline bool text_is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}
/* Without ASCII white space at both ends. */
static inline struct text text_trim(struct text t) {
    while (t.len && text_is_space(t.ptr[0])) t.ptr++, t.len--;
    while (t.len && text_is_space(t.ptr[t.len - 1])) t.len--;
    return t;
}

#endif

#include "match/filter.h"

#include <ctype.h>

static bool starts_nocase(struct text t, size_t at, struct text piece) {
    return t.len - at >= piece.len && !strncasecmp(t.ptr + at, piece.ptr, piece.len);
}

/* The next part of a pattern between stars, which pattern->ptr passes. */
static struct text next_part(struct text *pattern) {
    const char *star = memchr(pattern->ptr, '*', pattern->len);
    struct text part = {pattern->ptr, star ? (size_t)(star - pattern->ptr) : pattern->len};
    size_t step = part.len + (star != NULL);
    pattern->ptr += step;
    pattern->len -= step;
    return part;
}

static bool has_star(struct text t) {
    return t.len && memchr(t.ptr, '*', t.len);
}

bool filter_name(struct text pattern, struct text name) {
    if (!has_star(pattern)) return text_eq(pattern, name);
    struct text first = next_part(&pattern);
    if (!text_starts(name, first)) return false;
    size_t at = first.len;
    while (has_star(pattern)) {
        struct text part = next_part(&pattern);
        const char *found =
            part.len ? memmem(name.ptr + at, name.len - at, part.ptr, part.len) : name.ptr + at;
        if (!found) return false;
        at = (size_t)(found - name.ptr) + part.len;
    }
    return name.len - at >= pattern.len &&
           text_eq((struct text){name.ptr + name.len - pattern.len, pattern.len}, pattern);
}

/* Is there a run of letters and digits across the place before byte `at`? Bytes above ASCII count as letters.
 */
static bool inside_run(struct text t, size_t at) {
    if (!at || at >= t.len) return false;
    unsigned char a = (unsigned char)t.ptr[at - 1], b = (unsigned char)t.ptr[at];
    return (isalnum(a) || a >= 0x80) && (isalnum(b) || b >= 0x80);
}

/* Finds a part from byte `from` on. whole_start, whole_end: that end must not stand inside a run. SIZE_MAX:
 * no. */
static size_t find_part(struct text url, size_t from, struct text part, bool whole_start, bool whole_end) {
    for (size_t at = from; at + part.len <= url.len; at++)
        if (starts_nocase(url, at, part) && !(whole_start && inside_run(url, at)) &&
            !(whole_end && inside_run(url, at + part.len)))
            return at;
    return (size_t)-1;
}

/* The leftmost place of each part leaves the most room for those behind it, so no way back is needed. */
bool filter_url(struct text pattern, struct text url, size_t *ret_start, size_t *ret_len) {
    size_t at = 0, start = (size_t)-1;
    bool first = true, last = false;
    while (!last) {
        last = !has_star(pattern);
        struct text part = next_part(&pattern);
        if (part.len) {
            size_t found = find_part(url, at, part, first, last);
            if (found == (size_t)-1) return false;
            if (start == (size_t)-1) start = found;
            at = found + part.len;
        }
        first = false;
    }
    *ret_start = start == (size_t)-1 ? 0 : start;
    *ret_len = start == (size_t)-1 ? url.len : at - start;
    return true;
}

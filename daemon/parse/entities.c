#include "parse/entities.h"

#include "parse/charset.h"
#include "parse/utf8.h"

#include <ctype.h>

static const struct entity {
    const char *name, *characters;
    bool bare; /* counts without a semicolon */
} entities[] = {
#include "parse/entities.inc"
};
#define ENTITY_NAME_MAX 31 /* the longest name */
#define ENTITY_BARE_MAX 6  /* the longest that counts without a semicolon */

static const struct entity *find(struct text name) {
    size_t low = 0, high = sizeof entities / sizeof *entities;
    while (low < high) {
        size_t mid = (low + high) / 2;
        int order = strncmp(entities[mid].name, name.ptr, name.len);
        if (!order && entities[mid].name[name.len]) order = 1;
        if (!order) return &entities[mid];
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

static size_t read_number(struct text t, enum reference_rule rule, char *out, size_t *ret_len) {
    size_t i = 2;
    uint32_t base = 10, c = 0;
    if (i < t.len && (t.ptr[i] == 'x' || t.ptr[i] == 'X')) base = 16, i++;
    size_t first = i;
    for (; i < t.len; i++) {
        int digit = isdigit((unsigned char)t.ptr[i])                  ? t.ptr[i] - '0'
                    : base == 16 && isxdigit((unsigned char)t.ptr[i]) ? (t.ptr[i] | 32) - 'a' + 10
                                                                      : -1;
        if (digit < 0) break;
        if (c <= 0x10FFFF) c = c * base + (uint32_t)digit;
    }
    bool closed = i < t.len && t.ptr[i] == ';';
    if (i == first || (!closed && rule == REFERENCE_CLOSED)) return 0;
    if (c >= 0x80 && c <= 0x9F) c = charset_windows((unsigned char)c);
    *ret_len = utf8_put(c ? c : UTF8_REPLACEMENT, out);
    return i + closed;
}

static size_t use(const struct entity *e, size_t consumed, char *out, size_t *ret_len) {
    *ret_len = strlen(e->characters);
    memcpy(out, e->characters, *ret_len);
    return consumed;
}

size_t reference_read(struct text t, enum reference_rule rule, char out[REFERENCE_MAX], size_t *ret_len) {
    if (t.len > 1 && t.ptr[1] == '#') return read_number(t, rule, out, ret_len);
    size_t n = 0;
    while (n <= ENTITY_NAME_MAX && n + 1 < t.len && isalnum((unsigned char)t.ptr[n + 1])) n++;
    if (!n) return 0;
    struct text name = {t.ptr + 1, n};
    if (n <= ENTITY_NAME_MAX && n + 1 < t.len && t.ptr[n + 1] == ';') {
        const struct entity *e = find(name);
        if (e) return use(e, n + 2, out, ret_len);
    }
    if (rule == REFERENCE_CLOSED) return 0;
    for (name.len = n < ENTITY_BARE_MAX ? n : ENTITY_BARE_MAX; name.len > 1; name.len--) {
        const struct entity *e = find(name);
        if (e && e->bare) return use(e, name.len + 1, out, ret_len);
    }
    return 0;
}

#include "parse/xml_doctype.h"

#include "base/limits.h"
#include "base/mem.h"
#include "parse/entities.h"
#include "parse/events.h"

void doctype_init(struct doctype *d) {
    *d = (struct doctype){0};
}

void doctype_clear(struct doctype *d) {
    for (size_t i = 0; i < d->n; i++) free(d->entities[i].value);
    free(d->entities);
    *d = (struct doctype){0};
}

static const struct doctype_entity *lookup(const struct doctype *d, struct text name) {
    for (size_t i = 0; i < d->n; i++)
        if (text_eq(d->entities[i].name, name)) return &d->entities[i];
    return NULL;
}

size_t doctype_entity(struct doctype *d, struct text t, struct text *ret) {
    if (!d->n) return 0;
    size_t n = 1;
    while (n < t.len && n <= LIMIT_ENTITY_NAME && t.ptr[n] != ';' && t.ptr[n] != '&' && t.ptr[n] != '<') n++;
    if (n == t.len || t.ptr[n] != ';') return 0;
    const struct doctype_entity *e = lookup(d, (struct text){t.ptr + 1, n - 1});
    if (!e || e->len > LIMIT_ENTITY_TEXT - d->spent) return 0;
    d->spent += e->len;
    *ret = (struct text){e->value, e->len};
    return n + 1;
}

/* A value is expanded when it is declared, so only by entities before it: no loops, and the nesting costs
 * what it writes, which is capped. */
static void declare(struct doctype *d, struct text name, struct text value) {
    struct buf out;
    if (d->n == LIMIT_ENTITIES || !name.len || name.len > LIMIT_ENTITY_NAME || lookup(d, name)) return;
    buf_init(&out, LIMIT_ENTITY_TEXT);
    while (value.len) {
        char space[REFERENCE_MAX];
        struct text piece = {value.ptr, 1};
        size_t used = 0, len = 0;
        if (value.ptr[0] == '&') {
            used = doctype_entity(d, value, &piece);
            if (!used && (used = reference_read(value, REFERENCE_CLOSED, space, &len)))
                piece = (struct text){space, len};
        }
        if (!used) used = 1;
        buf_addt(&out, piece);
        value.ptr += used;
        value.len -= used;
    }
    if (out.starved) out_of_memory(out.len);
    if (out.failed || out.len > LIMIT_ENTITY_TEXT - d->spent) {
        buf_clear(&out);
        return;
    }
    d->spent += out.len;
    GROW(d->entities, d->n, d->cap);
    size_t len = out.len;
    d->entities[d->n++] = (struct doctype_entity){name, buf_steal(&out), len};
}

static struct text word(struct text t, size_t *at) {
    while (*at < t.len && text_is_space(t.ptr[*at])) ++*at;
    size_t from = *at;
    while (*at < t.len && !text_is_space(t.ptr[*at]) && !strchr("\"'<>[]", t.ptr[*at])) ++*at;
    return (struct text){t.ptr + from, *at - from};
}

static struct text quoted(struct text t, size_t *at) {
    while (*at < t.len && text_is_space(t.ptr[*at])) ++*at;
    if (*at == t.len || (t.ptr[*at] != '"' && t.ptr[*at] != '\'')) return TEXT_NONE;
    char quote = t.ptr[(*at)++];
    size_t from = *at;
    const char *end = memchr(t.ptr + from, quote, t.len - from);
    *at = end ? (size_t)(end - t.ptr) + 1 : t.len;
    return (struct text){t.ptr + from, (end ? *at - 1 : t.len) - from};
}

size_t doctype_read(struct doctype *d, struct text t, struct parse_warnings *w, size_t at) {
    size_t i = 9;
    bool inside = false;
    while (i < t.len) {
        char c = t.ptr[i];
        if (c == '>' && !inside) return i + 1;
        if (c == '[') inside = true;
        if (c == ']') inside = false;
        if (inside && text_starts((struct text){t.ptr + i, t.len - i}, TEXT("<!--"))) {
            const char *end = memmem(t.ptr + i + 4, t.len - i - 4, "-->", 3);
            i = end ? (size_t)(end - t.ptr) + 3 : t.len;
        } else if (inside && text_starts((struct text){t.ptr + i, t.len - i}, TEXT("<!ENTITY"))) {
            i += 8;
            struct text name = word(t, &i);
            struct text value = quoted(t, &i);
            if (text_eqs(name, "%") || !value.ptr)
                parse_warn(w, at + i, "an external or parameter entity is not read");
            else
                declare(d, name, value);
        } else if (c == '"' || c == '\'') {
            quoted(t, &i);
        } else {
            i++;
        }
    }
    /* Never closed: only what looks like its end is taken. */
    const char *end = memchr(t.ptr, '>', t.len);
    return end ? (size_t)(end - t.ptr) + 1 : t.len;
}

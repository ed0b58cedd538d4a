#include "mo.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MO_MAGIC 0x950412deu

struct mo {
    const char *bytes;
    size_t size, n;
    uint32_t keys, values; /* offsets of the tables: length and offset of each text */
};

static uint32_t word_at(const struct mo *m, size_t at) {
    uint32_t w = 0;
    if (at + sizeof w <= m->size) memcpy(&w, m->bytes + at, sizeof w);
    return w;
}

/* Catalogues are little endian where Debian builds them; on another machine they are left out. */
struct mo *mo_open(const char *folder, const char *language) {
    AUTOFREE char *name = xasprintf("%s/%s/LC_MESSAGES/geonames.mo", folder, language);
    FILE *f = fopen(name, "rbe");
    if (!f) return NULL;
    struct mo *m = xcalloc(1, sizeof *m);
    size_t cap = 16u << 20;
    char *bytes = xmalloc(cap);
    m->size = fread(bytes, 1, cap - 1, f);
    fclose(f);
    bytes[m->size] = '\0';
    m->bytes = bytes;
    m->n = word_at(m, 8);
    m->keys = word_at(m, 12);
    m->values = word_at(m, 16);
    if (word_at(m, 0) == MO_MAGIC && m->n < m->size) return m;
    free(bytes);
    free(m);
    return NULL;
}

static const char *text_at(const struct mo *m, uint32_t table, size_t i) {
    uint32_t at = word_at(m, table + 8 * i + 4);
    return at < m->size ? m->bytes + at : "";
}

size_t mo_count(const struct mo *m) {
    return m ? m->n : 0;
}

const char *mo_key(const struct mo *m, size_t i) {
    return text_at(m, m->keys, i);
}

const char *mo_value(const struct mo *m, size_t i) {
    return text_at(m, m->values, i);
}

const char *mo_get(const struct mo *m, const char *key) {
    size_t from = 0, to = mo_count(m);
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        int cmp = strcmp(key, mo_key(m, mid));
        if (!cmp) return mo_value(m, mid);
        if (cmp < 0)
            to = mid;
        else
            from = mid + 1;
    }
    return NULL;
}

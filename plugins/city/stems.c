#include "city.h"

#include <string.h>

#define LEAST_PEOPLE 50000 /* below, a changed word meets too many small places by chance */
#define LONGEST      64    /* bytes of a changed word */

static const struct city_name *find(const struct city_data *d, const char *text, size_t len) {
    const struct city_name *n = city_find(d, city_hash(CITY_HASH_START, text, len), text, len);
    if (!n || (n->flags & (NAME_DICTIONARY | NAME_HARDLY))) return NULL;
    for (unsigned i = 0; i < n->n_refs; i++) {
        uint32_t ref = d->refs[n->refs + i];
        if (ref_is_place(ref)) return d->places[REF_NUMBER(ref)].population >= LEAST_PEOPLE ? n : NULL;
    }
    return NULL;
}

static bool ends_in(struct na_text t, const char *end) {
    size_t len = strlen(end);
    return t.len > len && !memcmp(t.ptr + t.len - len, end, len);
}

static bool begins_with(struct na_text t, const char *begin) {
    size_t len = strlen(begin);
    return t.len > len && !memcmp(t.ptr, begin, len);
}

/* Ankara'da, İzmir’den: what stands behind the apostrophe is a case. */
static const struct city_name *find_turkish(const struct city_data *d, struct na_text written,
                                            struct na_text folded) {
    static const char *const cases[] = {"da",  "de", "ta", "te",  "dan", "den", "tan",
                                        "ten", "ya", "ye", "nda", "nde", NULL};
    for (size_t i = 0; cases[i]; i++) {
        size_t len = strlen(cases[i]);
        if (!ends_in(folded, cases[i]) || !ends_in(written, cases[i])) continue;
        const char *before = written.ptr + written.len - len;
        bool mark = before[-1] == '\'' || (before - written.ptr > 3 && !memcmp(before - 3, "’", 3));
        if (!mark) continue;
        return find(d, folded.ptr, folded.len - len);
    }
    return NULL;
}

/* в Минске, из Москвы, Казани: the first case of a Russian, Ukrainian or Bulgarian name. */
static const struct city_name *find_cyrillic(const struct city_data *d, struct na_text folded) {
    static const struct {
        const char *end, *instead[4];
    } cases[] = {{"е", {"", "а", "о"}}, {"у", {"", "а"}}, {"и", {"ь", "а", "я", "и"}},
                 {"і", {"", "а", "ь"}}, {"ы", {"а"}},     {"а", {""}},
                 {"ом", {""}},          {"ой", {"а"}}};
    char text[LONGEST];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len = strlen(cases[i].end);
        if (!ends_in(folded, cases[i].end) || folded.len - len < 6 || folded.len + 4 > sizeof text) continue;
        for (size_t k = 0; k < 4 && cases[i].instead[k]; k++) {
            size_t more = strlen(cases[i].instead[k]);
            memcpy(text, folded.ptr, folded.len - len);
            memcpy(text + folded.len - len, cases[i].instead[k], more);
            const struct city_name *n = find(d, text, folded.len - len + more);
            if (n) return n;
        }
    }
    return NULL;
}

/* בחיפה, בבאר: in, to, from and the article are letters before the name; بالقاهرة likewise. */
static const struct city_name *find_semitic(const struct city_data *d, struct na_text folded) {
    static const char *const letters[] = {"ב", "ל", "מ", "ה", "ו", "ب", "ل", "و", NULL};
    for (size_t i = 0; letters[i]; i++) {
        size_t len = strlen(letters[i]);
        if (begins_with(folded, letters[i]) && folded.len - len >= 6)
            return find(d, folded.ptr + len, folded.len - len);
    }
    return NULL;
}

const struct city_name *stem_find(const struct city_data *d, struct na_text written, struct na_text folded) {
    unsigned char first = folded.len ? (unsigned char)*folded.ptr : 0;
    if (first == 0xd0 || first == 0xd1) return find_cyrillic(d, folded);
    if (first >= 0xd7 && first <= 0xd9) return find_semitic(d, folded);
    return first && first < 0xcd && written.len > folded.len ? find_turkish(d, written, folded) : NULL;
}

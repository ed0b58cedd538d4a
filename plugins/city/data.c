#include "data.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define MOST_BYTES (1 << 30)

static const size_t record_sizes[N_SECTIONS] = {
    [SECTION_PLACES] = sizeof(struct city_place),
    [SECTION_REGIONS] = sizeof(struct city_region),
    [SECTION_NAMES] = sizeof(struct city_name),
    [SECTION_SLOTS] = sizeof(uint32_t),
    [SECTION_REFS] = sizeof(uint32_t),
    [SECTION_TEXTS] = 1,
};

/* ---- checks at open ---- */

static int refuse(const struct city_data *d, const void *where, const char *why, struct city_fault *ret) {
    *ret = (struct city_fault){(size_t)((const unsigned char *)where - d->map), why};
    return -1;
}

static int check_head(const struct city_data *d, struct city_fault *ret) {
    const struct city_head *h = d->head;
    if (d->size < sizeof *h) return refuse(d, d->map + d->size, "ends inside its head", ret);
    if (memcmp(h->magic, CITY_MAGIC, sizeof h->magic) != 0)
        return refuse(d, h->magic, "is no compiled gazetteer", ret);
    if (h->order != CITY_ORDER)
        return refuse(d, &h->order, "was made on another kind of machine (order of bytes)", ret);
    if (h->version != CITY_VERSION) return refuse(d, &h->version, "is of another version", ret);
    if (h->size != d->size || d->size % 8)
        return refuse(d, d->map + d->size, "ends here, which is not the size that it names", ret);
    if (h->checksum != city_checksum(h + 1, d->size - sizeof *h))
        return refuse(d, &h->checksum, "is damaged: this is not the checksum of what follows", ret);
    return 0;
}

static int check_sections(const struct city_data *d, struct city_fault *ret) {
    const struct city_head *h = d->head;
    for (int i = 0; i < N_SECTIONS; i++) {
        uint64_t at = h->sections[i].offset, n = h->sections[i].n;
        if (at < sizeof *h || at % 8 || at > d->size || n * record_sizes[i] > d->size - at)
            return refuse(d, &h->sections[i], "has a section that reaches past its end", ret);
    }
    if (!memchr(h->source, 0, sizeof h->source)) return refuse(d, h->source, "has a text without end", ret);
    if (!memchr(h->licence, 0, sizeof h->licence))
        return refuse(d, h->licence, "has a text without end", ret);
    if (!memchr(h->date, 0, sizeof h->date)) return refuse(d, h->date, "has a text without end", ret);
    return 0;
}

static const char outside[] = "has an index that points outside";

static int check_places(const struct city_data *d, struct city_fault *ret) {
    for (uint32_t i = 0; i < d->n_places; i++) {
        const struct city_place *p = &d->places[i];
        if (p->name >= d->n_texts || p->country >= d->n_regions ||
            (p->admin != CITY_NONE && p->admin >= d->n_regions))
            return refuse(d, p, outside, ret);
    }
    for (uint32_t i = 0; i < d->n_regions; i++) {
        const struct city_region *r = &d->regions[i];
        if (r->name >= d->n_texts || r->country >= d->n_regions || !memchr(r->code, 0, sizeof r->code))
            return refuse(d, r, outside, ret);
    }
    return 0;
}

static int check_names(const struct city_data *d, struct city_fault *ret) {
    for (uint32_t i = 0; i < d->n_names; i++) {
        const struct city_name *n = &d->names[i];
        if (n->key > d->n_texts || n->key_len > d->n_texts - n->key || n->refs > d->n_refs ||
            n->n_refs > d->n_refs - n->refs || n->n_refs > CITY_MAX_REFS)
            return refuse(d, n, outside, ret);
    }
    uint32_t used = 0;
    for (uint32_t i = 0; i < d->n_slots; i++) {
        if (d->slots[i] > d->n_names) return refuse(d, &d->slots[i], outside, ret);
        used += d->slots[i] != 0;
    }
    /* So that every search ends. */
    if (used >= d->n_slots) return refuse(d, d->slots, "has a full table of names", ret);
    for (uint32_t i = 0; i < d->n_refs; i++) {
        uint32_t kind = REF_KIND(d->refs[i]), number = REF_NUMBER(d->refs[i]);
        if (kind >= N_REFS || number >= (ref_is_place(d->refs[i]) ? d->n_places : d->n_regions))
            return refuse(d, &d->refs[i], outside, ret);
    }
    return 0;
}

int city_data_use(struct city_data *d, const void *bytes, size_t size, struct city_fault *ret) {
    const struct city_head *h = bytes;
    *d = (struct city_data){.map = bytes, .size = size, .head = h};
    if (check_head(d, ret) || check_sections(d, ret)) return -1;
#define SECTION(s) ((const void *)(d->map + h->sections[s].offset))
    d->places = SECTION(SECTION_PLACES), d->n_places = h->sections[SECTION_PLACES].n;
    d->regions = SECTION(SECTION_REGIONS), d->n_regions = h->sections[SECTION_REGIONS].n;
    d->names = SECTION(SECTION_NAMES), d->n_names = h->sections[SECTION_NAMES].n;
    d->slots = SECTION(SECTION_SLOTS), d->n_slots = h->sections[SECTION_SLOTS].n;
    d->refs = SECTION(SECTION_REFS), d->n_refs = h->sections[SECTION_REFS].n;
    d->texts = SECTION(SECTION_TEXTS), d->n_texts = h->sections[SECTION_TEXTS].n;
#undef SECTION
    if (!d->n_texts || d->texts[d->n_texts - 1])
        return refuse(d, &h->sections[SECTION_TEXTS], "has a text without end", ret);
    if (!d->n_slots || (d->n_slots & (d->n_slots - 1)))
        return refuse(d, &h->sections[SECTION_SLOTS], "has a table of names of no proper size", ret);
    return check_places(d, ret) || check_names(d, ret) ? -1 : 0;
}

int city_data_open(struct city_data *d, int fd, struct city_fault *ret) {
    struct stat st;
    *d = (struct city_data){0};
    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > (off_t)MOST_BYTES) {
        *ret = (struct city_fault){0, "is no compiled gazetteer"};
        return -1;
    }
    if (!st.st_size) {
        *ret = (struct city_fault){0, "is empty"};
        return -1;
    }
    void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
    if (map == MAP_FAILED) {
        *ret = (struct city_fault){0, "cannot be mapped"};
        return -1;
    }
    if (!city_data_use(d, map, (size_t)st.st_size, ret)) {
        /* The checksum has touched all of it; what is asked for comes back from the cache of files. */
        madvise(map, (size_t)st.st_size, MADV_DONTNEED);
        return 0;
    }
    munmap(map, (size_t)st.st_size);
    *d = (struct city_data){0};
    return -1;
}

void city_data_close(struct city_data *d) {
    if (d->map) munmap((void *)d->map, d->size);
    *d = (struct city_data){0};
}

/* ---- names ---- */

const struct city_name *city_find(const struct city_data *d, uint64_t h, const char *text, size_t len) {
    for (uint32_t i = city_slot(h, d->n_slots); d->slots[i]; i = (i + 1) & (d->n_slots - 1)) {
        const struct city_name *n = &d->names[d->slots[i] - 1];
        if (n->key_len == len && !memcmp(d->texts + n->key, text, len)) return n;
    }
    return NULL;
}

static bool is_words(const struct city_data *d, const struct city_name *n, const struct na_word *words,
                     size_t stride, size_t count) {
    const char *p = d->texts + n->key, *end = p + n->key_len;
    for (size_t i = 0; i < count; i++) {
        const struct na_text t = NA_AT(const struct na_word, words, stride, i)->folded;
        if (i && (p == end || *p++ != ' ')) return false;
        if (t.len > (size_t)(end - p) || memcmp(p, t.ptr, t.len) != 0) return false;
        p += t.len;
    }
    return p == end;
}

const struct city_name *city_find_words(const struct city_data *d, uint64_t h, const struct na_word *words,
                                        size_t stride, size_t n) {
    for (uint32_t i = city_slot(h, d->n_slots); d->slots[i]; i = (i + 1) & (d->n_slots - 1)) {
        const struct city_name *name = &d->names[d->slots[i] - 1];
        if (is_words(d, name, words, stride, n)) return name;
    }
    return NULL;
}

/* ---- places ---- */

const char *city_region_code(const struct city_data *d, uint16_t region) {
    if (region == CITY_NONE) return "";
    const char *code = d->regions[region].code, *dot = strchr(code, '.');
    return dot ? dot + 1 : code;
}

void city_place_text(const struct city_data *d, uint32_t place, char *out, size_t size) {
    const struct city_place *p = &d->places[place];
    const char *admin = p->admin == CITY_NONE ? "" : city_text(d, d->regions[p->admin].name);
    snprintf(out, size, "%s%s%s, %s", city_text(d, p->name), *admin ? ", " : "", admin,
             d->regions[p->country].code);
}

/* Plane geometry on a small piece of the sphere: exact enough to some hundred kilometres, which is all that
 * neighbours and a radius ask for; farther ones only have to stay far. */
double city_km(const struct city_place *a, const struct city_place *b) {
    double y = (a->lat - b->lat) * 1e-5, x = (a->lon - b->lon) * 1e-5;
    if (x > 180) x -= 360;
    if (x < -180) x += 360;
    x *= cos((a->lat + b->lat) * 0.5e-5 * 0.017453292519943295);
    return 111.2 * sqrt(x * x + y * y);
}

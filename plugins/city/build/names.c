#include "names.h"

#include "base/mem.h"
#include "item/fold.h"
#include "item/words.h"

#include "mo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void names_init(struct names *n) {
    *n = (struct names){0};
    arena_init(&n->arena, (size_t)1 << 30);
}

struct key names_key(struct names *n, struct text name) {
    struct na_word *w;
    struct key k = {.latin = true, .solo = true};
    char line[400];
    size_t len = 0;
    k.words = name.len && name.len < 300 ? words_cut(name, &n->arena, &w) : 0;
    if (!k.words || k.words > CITY_MAX_WORDS) return k;
    for (size_t i = 0; i < k.words; i++) {
        if (!w[i].folded.len || len + w[i].folded.len + 2 > sizeof line) return k;
        if (i) line[len++] = ' ';
        memcpy(line + len, w[i].folded.ptr, w[i].folded.len);
        len += w[i].folded.len;
    }
    for (const char *p = line; p < line + len;) {
        uint32_t c;
        p += char_read(p, line + len, &c);
        if (c == ' ') continue;
        k.letters++;
        if (c > 0x24f && !(c >= 0x1e00 && c < 0x1f00)) k.latin = false;
        if (!(char_class(c) & CHAR_SOLO)) k.solo = false;
    }
    k.ptr = arena_dup(&n->arena, (struct text){line, len}).ptr;
    k.len = len;
    return k;
}

static void add(struct names *n, const struct key *k, uint32_t ref, bool is_ref, uint8_t flags) {
    GROW(n->list, n->n, n->cap);
    n->list[n->n++] = (struct entry){*k, ref, flags, is_ref};
}

/* Spellings that stand for one another at the begin of a word. */
static const char *const spellings[][2] = {
    {"saint", "st"}, {"sainte", "ste"}, {"fort", "ft"}, {"mount", "mt"}};

static void add_spelling(struct names *n, const struct key *k, uint32_t ref, const char *from,
                         const char *to) {
    size_t len = strlen(from), other = strlen(to);
    if (k->words < 2 || k->len <= len || memcmp(k->ptr, from, len) != 0 || k->ptr[len] != ' ') return;
    AUTOFREE char *line = xasprintf("%s%.*s", to, (int)(k->len - len), k->ptr + len);
    struct key new = *k;
    new.ptr = arena_strdup(&n->arena, line);
    new.len = k->len - len + other;
    add(n, &new, ref, true, 0);
}

void names_add(struct names *n, const struct key *k, enum city_ref kind, uint32_t number) {
    uint32_t ref = (uint32_t)kind << 28 | number;
    add(n, k, ref, true, 0);
    if (kind == REF_NAME) ref = (uint32_t)REF_SPELLED << 28 | number;
    for (size_t i = 0; k->latin && i < sizeof spellings / sizeof *spellings; i++) {
        add_spelling(n, k, ref, spellings[i][0], spellings[i][1]);
        add_spelling(n, k, ref, spellings[i][1], spellings[i][0]);
    }
}

void names_flag(struct names *n, const struct key *k, uint8_t flag) {
    add(n, k, 0, false, flag);
}

uint32_t names_text(struct names *n, const char *text) {
    size_t len = strlen(text) + 1;
    while (n->n_texts + len > n->cap_texts) {
        n->cap_texts = n->cap_texts ? n->cap_texts * 2 : 1u << 20;
        n->texts = xrealloc(n->texts, n->cap_texts, 1);
    }
    memcpy(n->texts + n->n_texts, text, len);
    n->n_texts += len;
    return (uint32_t)(n->n_texts - len);
}

/* ---- dictionary ---- */

static int text_cmp(const void *a_, const void *b_) {
    const struct text *a = a_, *b = b_;
    size_t len = a->len < b->len ? a->len : b->len;
    int cmp = len ? memcmp(a->ptr, b->ptr, len) : 0;
    return cmp ? cmp : (a->len > b->len) - (a->len < b->len);
}

void names_word(struct names *n, struct text word) {
    struct key k = names_key(n, word);
    if (!k.len || k.words > 1) return;
    GROW(n->words, n->n_words, n->cap_words);
    n->words[n->n_words++] = (struct text){k.ptr, k.len};
}

void names_words_done(struct names *n) {
    if (n->n_words) qsort(n->words, n->n_words, sizeof *n->words, text_cmp);
}

bool names_is_word(const struct names *n, const struct key *k) {
    const char *p = k->ptr, *end = k->ptr + k->len;
    while (n->n_words && p < end) {
        const char *blank = memchr(p, ' ', (size_t)(end - p));
        struct text t = {p, (size_t)((blank ? blank : end) - p)};
        if (!bsearch(&t, n->words, n->n_words, sizeof t, text_cmp)) return false;
        p += t.len + 1;
    }
    return n->n_words > 0;
}

/* ---- the arrays of the file ---- */

static int entry_cmp(const void *a_, const void *b_) {
    const struct entry *a = a_, *b = b_;
    struct text x = {a->key.ptr, a->key.len}, y = {b->key.ptr, b->key.len};
    int cmp = text_cmp(&x, &y);
    if (cmp) return cmp;
    uint32_t p = REF_NUMBER(a->ref), q = REF_NUMBER(b->ref), k = REF_KIND(a->ref), l = REF_KIND(b->ref);
    if (a->is_ref != b->is_ref) return a->is_ref ? -1 : 1;
    return p != q ? (p > q) - (p < q) : (k > l) - (k < l);
}

static const struct city_place *sorting; /* qsort has no argument for it */

/* Regions first, then places by their people. */
static int ref_cmp(const void *a_, const void *b_) {
    uint32_t a = *(const uint32_t *)a_, b = *(const uint32_t *)b_;
    if (ref_is_place(a) != ref_is_place(b)) return ref_is_place(a) ? 1 : -1;
    if (!ref_is_place(a)) return (a > b) - (a < b);
    uint32_t p = sorting[REF_NUMBER(a)].population, q = sorting[REF_NUMBER(b)].population;
    return p != q ? (p < q) - (p > q) : (a > b) - (a < b);
}

static const uint64_t *people_of; /* by region */
#define OUTWEIGHS 20u             /* times the people of the largest city of the name */

/* A state of fewer people than half the city of that name is not what a text means by it: Portland is a
 * parish of Jamaica, too. Countries stay. The references are sorted: regions first, then places by their
 * people. */
static size_t drop_small_regions(const struct city_place *places, const struct city_region *regions,
                                 uint32_t *refs, size_t n) {
    size_t kept = 0;
    uint64_t top = 0;
    for (size_t i = n; i-- > 0;)
        if (ref_is_place(refs[i])) top = places[REF_NUMBER(refs[i])].population;
    for (size_t i = 0; i < n; i++) {
        bool state =
            REF_KIND(refs[i]) == REF_REGION && regions[REF_NUMBER(refs[i])].country != REF_NUMBER(refs[i]);
        if (!state || people_of[REF_NUMBER(refs[i])] * 2 >= top) refs[kept++] = refs[i];
    }
    return kept;
}

/* A country or a far state is not also a city by another name: Mexico, the country, is not Mexico City,
 * though the table says so. Saigon is, whose state has the name, too. */
static size_t drop_alternates_of_regions(const struct city_place *places, uint32_t *refs, size_t n) {
    uint32_t *spare = xcalloc(n + 1, sizeof *spare);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool region = false, own = false;
        for (size_t k = 0; k < n && REF_KIND(refs[i]) == REF_ALTERNATE; k++) {
            if (REF_KIND(refs[k]) != REF_REGION) continue;
            region = true;
            own |= REF_NUMBER(refs[k]) == places[REF_NUMBER(refs[i])].admin;
        }
        if (!region || own) spare[kept++] = refs[i];
    }
    memcpy(refs, spare, kept * sizeof *refs);
    free(spare);
    return kept;
}

/* Ontario is the province before it is the city in California; a country's capital stays what it is. */
static bool region_outweighs(const struct city_place *places, const uint32_t *refs, size_t n) {
    const struct city_place *top = NULL;
    for (size_t i = n; i-- > 0;)
        if (ref_is_place(refs[i])) top = &places[REF_NUMBER(refs[i])];
    for (size_t i = 0; top && top->kind != CITY_CAPITAL && i < n; i++)
        if (REF_KIND(refs[i]) == REF_REGION &&
            people_of[REF_NUMBER(refs[i])] >= (uint64_t)top->population * OUTWEIGHS)
            return true;
    return false;
}

/* One name of the entries from..to: its references, unique and in order. */
static void build_name(struct names *n, struct built *b, size_t from, size_t to) {
    const struct key *k = &n->list[from].key;
    struct city_name name = {.key_len = (uint16_t)k->len, .refs = (uint32_t)b->n_refs};
    uint32_t *refs = b->refs + b->n_refs;
    size_t count = 0;
    for (size_t i = from; i < to; i++) {
        const struct entry *e = &n->list[i];
        name.flags |= e->flags & (NAME_DICTIONARY | NAME_FIRST | NAME_HARDLY);
        if (!e->is_ref) {
            if (e->ref > name.longest) name.longest = (uint8_t)e->ref;
        } else if (!count || REF_NUMBER(refs[count - 1]) != REF_NUMBER(e->ref) ||
                   ref_is_place(refs[count - 1]) != ref_is_place(e->ref)) {
            refs[count++] = e->ref;
        } else if (REF_KIND(e->ref) == REF_NICK ||
                   (REF_KIND(e->ref) == REF_SPELLED && REF_KIND(refs[count - 1]) == REF_ALTERNATE)) {
            refs[count - 1] = e->ref; /* our table, and its own name in another spelling, say more */
        }
    }
    if (k->words == 1 && names_is_word(n, k)) name.flags |= NAME_DICTIONARY;
    qsort(refs, count, sizeof *refs, ref_cmp);
    count = drop_alternates_of_regions(sorting, refs, count);
    count = drop_small_regions(sorting, b->regions, refs, count);
    if (region_outweighs(sorting, refs, count)) name.flags |= NAME_REGION;
    if (count > CITY_MAX_REFS) count = CITY_MAX_REFS;
    if (!count && !name.longest && !name.flags) return;
    name.n_refs = (uint8_t)count;
    b->n_refs += count;
    AUTOFREE char *text = xstrndup(k->ptr, k->len);
    name.key = names_text(n, text);
    b->names[b->n_names++] = name;
}

/* A longer name is found by way of its first word. */
static void add_beginnings(struct names *n) {
    for (size_t i = 0, end = n->n; i < end; i++) {
        struct key k = n->list[i].key;
        if (k.words < 2) continue;
        uint32_t words = (uint32_t)k.words;
        k.len = (size_t)((const char *)memchr(k.ptr, ' ', k.len) - k.ptr);
        k.words = 1;
        add(n, &k, words, false, 0);
    }
}

static void build_slots(const struct names *n, struct built *b) {
    b->n_slots = 1024;
    while (b->n_slots < b->n_names * 3 / 2) b->n_slots *= 2;
    b->slots = xcalloc(b->n_slots, sizeof *b->slots);
    for (uint32_t i = 0; i < b->n_names; i++) {
        uint64_t h = city_hash(CITY_HASH_START, n->texts + b->names[i].key, b->names[i].key_len);
        uint32_t at = city_slot(h, (uint32_t)b->n_slots);
        while (b->slots[at]) at = (at + 1) & (uint32_t)(b->n_slots - 1);
        b->slots[at] = i + 1;
    }
}

struct built names_build(struct names *n, const struct city_place *places, size_t n_places,
                         struct region_list *regions) {
    struct built b = {.regions = regions->list, .n_regions = regions->n};
    uint64_t *people = xcalloc(regions->n + 1, sizeof *people);
    for (size_t i = 0; i < n_places; i++) {
        if (places[i].kind == CITY_PART) continue;
        people[places[i].country] += places[i].population;
        if (places[i].admin != CITY_NONE) people[places[i].admin] += places[i].population;
    }
    people_of = people;
    add_beginnings(n);
    qsort(n->list, n->n, sizeof *n->list, entry_cmp);
    sorting = places;
    b.names = xcalloc(n->n, sizeof *b.names);
    b.refs = xcalloc(n->n, sizeof *b.refs);
    for (size_t i = 0, next; i < n->n; i = next) {
        for (next = i + 1; next < n->n && n->list[next].key.len == n->list[i].key.len &&
                           !memcmp(n->list[next].key.ptr, n->list[i].key.ptr, n->list[i].key.len);)
            next++;
        build_name(n, &b, i, next);
    }
    for (size_t i = 0; i < regions->n; i++)
        if (!regions->named[i]) b.regions[i].name = names_text(n, b.regions[i].code);
    build_slots(n, &b);
    people_of = NULL;
    free(people);
    b.texts = n->texts;
    b.n_texts = n->n_texts;
    return b;
}

/* ---- regions ---- */

uint16_t regions_add(struct region_list *r, const char *code) {
    const size_t n_slots = sizeof r->slots / sizeof *r->slots;
    size_t at = city_hash(CITY_HASH_START, code, strlen(code)) % n_slots;
    for (; r->slots[at]; at = (at + 1) % n_slots)
        if (!strcmp(r->list[r->slots[at] - 1].code, code)) return (uint16_t)(r->slots[at] - 1);
    if (r->n == n_slots / 2) {
        fputs("the table has too many states\n", stderr);
        exit(1);
    }
    if (r->n == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 4096;
        r->list = xrealloc(r->list, r->cap, sizeof *r->list);
        r->named = xrealloc(r->named, r->cap, sizeof *r->named);
    }
    uint16_t own = (uint16_t)r->n;
    struct city_region *new = &r->list[r->n];
    *new = (struct city_region){.country = own};
    r->named[r->n++] = false;
    r->slots[at] = (uint16_t)r->n;
    snprintf(new->code, sizeof new->code, "%s", code);
    if (code[2]) {
        const char country[3] = {code[0], code[1], 0};
        uint16_t whole = regions_add(r, country);
        r->list[own].country = whole;
    }
    return own;
}

/* Words that a name of a state carries and texts leave out: "Normandy Region". */
static const char *const tails[] = {" region",      " province",   " oblast", " prefecture",
                                    " governorate", " department", " state",  " county",
                                    " district",    " canton",     " krai"};

/* "Central" and "Western" are states somewhere, but not in texts. */
static void add_region_name(struct names *n, uint16_t region, const char *name, bool country) {
    struct key k = names_key(n, text_of(name));
    if (!k.len || (k.latin && k.letters < 3)) return;
    if (!country && k.words == 1 && names_is_word(n, &k)) return;
    names_add(n, &k, REF_REGION, region);
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        size_t len = strlen(tails[i]);
        if (k.len <= len || memcmp(k.ptr + k.len - len, tails[i], len) != 0) continue;
        struct key bare = k;
        bare.len -= len;
        bare.words--;
        names_add(n, &bare, REF_REGION, region);
    }
}

void regions_read(struct region_list *r, struct names *n, const char *locales) {
    static const char *const languages[] = {"en", "de", "fr", "es", "it", "pt",    "nl",    "pl", "ru", "uk",
                                            "tr", "ar", "fa", "el", "he", "zh_CN", "zh_TW", "zh", "ja", "ko",
                                            "sv", "cs", "hu", "ro", "hi", "id",    "vi",    "th"};
    for (size_t l = 0; l < sizeof languages / sizeof *languages; l++) {
        const struct mo *m = mo_open(locales, languages[l]);
        for (size_t i = 0; i < mo_count(m); i++) {
            const char *code = mo_key(m, i), *name = mo_value(m, i);
            size_t len = strlen(code);
            bool country = len == 2;
            if (!*name || len < 2 || len > 12 || (!country && code[2] != '.')) continue;
            if (code[0] < 'A' || code[0] > 'Z' || code[1] < 'A' || code[1] > 'Z') continue;
            uint16_t region = regions_add(r, code);
            if (!strncmp(name, "State of ", 9)) name += 9;
            if (!r->named[region]) r->list[region].name = names_text(n, name);
            r->named[region] = true;
            if (country || l < 6) add_region_name(n, region, name, country);
            /* Postal codes, where the code of a state is one. */
            if (!l && !strncmp(code, "US.", 3)) {
                struct key k = names_key(n, text_of(code + 3));
                names_add(n, &k, REF_SHORT, region);
            }
        }
    }
}

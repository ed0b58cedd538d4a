#include "city.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REGION_CONFIDENCE 0.8 /* of in:, where the region itself is named */

struct self {
    const struct na_host *host;
    struct city_data data;
    struct clue_index words;
    bool has_data;
    char missing[256]; /* why there is none, and what to do */
    double threshold;
};

/* ---- about the table ---- */

/* Asked of an item without fields: the table itself. */
static void note_table(const struct self *s, const struct na_match *match) {
    char text[400];
    const struct city_head *h = s->data.head;
    int n = s->has_data ? snprintf(text, sizeof text, "%u places of %s, newest line %s; %s", s->data.n_places,
                                   h->source, h->date, h->licence)
                        : snprintf(text, sizeof text, "%s", s->missing);
    match->note(match->ctx, NA_NONE, NA_NONE, 0, 0, 0, s->has_data ? "about" : "missing",
                (struct na_text){text, (size_t)n});
}

/* ---- hits ---- */

static bool fits_term(const struct reading *r, const struct mention *m, const struct city_term *t,
                      double threshold, double *ret_confidence) {
    const struct group *g = &r->groups[m->group];
    bool sure = !m->only_region && g->place != UINT32_MAX && m->confidence >= threshold;
    *ret_confidence = m->confidence;
    if (sure || t->kind != TERM_IN) return sure && term_has(r->data, t, g->place);
    if (!m->only_region) return false;
    /* The region itself, unless another one of that name is the likelier here. */
    double own = -1, other = -1;
    for (unsigned i = 0; i < m->name->n_refs; i++) {
        uint32_t ref = r->data->refs[m->name->refs + i];
        if (REF_KIND(ref) != REF_REGION) continue;
        uint16_t region = (uint16_t)REF_NUMBER(ref), country = r->data->regions[region].country;
        double named = named_times(r, country) + homes_share(&r->homes, country);
        bool fits = region == t->region || country == t->region;
        if (fits && named > own) own = named;
        if (!fits && named > other) other = named;
    }
    *ret_confidence = REGION_CONFIDENCE;
    return own >= 0 && own >= other && REGION_CONFIDENCE >= threshold;
}

/* Nonzero: no more are wanted. */
static int emit_term(const struct self *s, const struct reading *r, const struct city_set *set,
                     const struct mention *m, uint32_t id, const struct na_match *match) {
    double confidence;
    return (set->terms[id].fields & NA_FIELD(m->field->kind)) &&
           fits_term(r, m, &set->terms[id], s->threshold, &confidence) &&
           match->emit(match->ctx, id, m->field->kind, m->field->value, m->start, m->len, confidence);
}

/* Thousands of cities in the queries cost a mention no more than a few: those of its place are found by
 * order. */
static void emit_hits(const struct self *s, const struct reading *r, const struct city_set *set,
                      const struct na_match *match) {
    size_t cities = set->n - set->n_other;
    for (size_t i = 0; i < r->n_mentions; i++) {
        const struct mention *m = &r->mentions[i];
        uint32_t place = m->only_region ? UINT32_MAX : r->groups[m->group].place;
        for (size_t k = place == UINT32_MAX ? cities : value_first(set, place);
             k < cities && set->terms[set->order[k]].place == place; k++)
            if (emit_term(s, r, set, m, set->order[k], match)) return;
        for (size_t k = cities; k < set->n; k++)
            if (emit_term(s, r, set, m, set->order[k], match)) return;
    }
}

/* ---- the plugin ---- */

void reading_of(struct reading *r, const struct city_data *d, const struct clue_index *words,
                const struct na_item *item) {
    r->data = d;
    r->words = words;
    r->item = item;
    r->n_mentions = r->n_groups = r->n_named = r->n_surnames = r->n_read = 0;
    r->sport = r->arts = 0;
    homes_read(&r->homes, item->memory, d);
    spans_read(r);
    choose_places(r);
    confidence_all(r);
}

static int city_match(void *self, const void *set, const struct na_item *item, const struct na_match *match) {
    const struct self *s = self;
    bool explain = (match->flags & NA_MATCH_EXPLAIN) != 0;
    char memory[1024];
    if (explain && !item->n_fields) note_table(s, match);
    if (!s->has_data || !item->n_fields || (!set && !explain)) return NA_OK;
    struct reading *r = malloc(sizeof *r);
    if (!r) return NA_FAIL;
    reading_of(r, &s->data, &s->words, item);
    if (set) emit_hits(s, r, set, match);
    if (explain) notes_places(r, s->threshold, match);
    if (explain && set) notes_terms(r, set, match);
    size_t n = homes_learn(r, memory, sizeof memory);
    if (n) match->remember(match->ctx, (struct na_text){memory, n});
    free(r);
    return NA_OK;
}

static int city_compile(void *self, const struct na_compile *c, void **ret_set) {
    const struct self *s = self;
    struct city_set *set;
    if (value_compile(s->has_data ? &s->data : NULL, s->missing, c, &set) != NA_OK) return NA_FAIL;
    *ret_set = set;
    return NA_OK;
}

static void city_release(void *self, void *set) {
    (void)self;
    value_free(set);
}

static void open_table(struct self *s, int fd) {
    struct city_fault fault;
    if (fd < 0) {
        snprintf(s->missing, sizeof s->missing,
                 "no table of cities (city.bin): run make deps and make, or pass GAZETTEER= a citiesN.txt of "
                 "GeoNames");
        return;
    }
    s->has_data = !city_data_open(&s->data, fd, &fault);
    close(fd);
    if (s->has_data) return;
    snprintf(
        s->missing, sizeof s->missing,
        "the table of cities, city.bin, at byte %zu: %s; make it anew: make deps and make, or GAZETTEER=",
        fault.at, fault.why);
    s->host->log(s->host->ctx, 3, s->missing);
}

static int city_open(const struct na_host *host, void **ret_self) {
    struct self *s = calloc(1, sizeof *s);
    if (!s) return NA_FAIL;
    s->host = host;
    clue_index_fill(&s->words);
    s->threshold = strtod(host->option(host->ctx, "confidence"), NULL);
    open_table(s, host->data(host->ctx, "city.bin"));
    *ret_self = s;
    return NA_OK;
}

static void city_close(void *self) {
    struct self *s = self;
    if (s->has_data) city_data_close(&s->data);
    free(s);
}

static const struct na_option options[] = {
    {"confidence", "real 0..1", "0.5",
     "How sure a mention must be to count: nearer to 1 fires seldom and rightly, nearer to 0 misses less."},
    {NULL, NULL, NULL, NULL}};

static const char *const prefixes[] = {"city", "near", "in", NULL};

static const struct na_matcher matcher = {
    .size = sizeof matcher,
    .prefixes = prefixes,
    .compile = city_compile,
    .match = city_match,
    .release = city_release,
};

static const struct na_plugin plugin = {
    .size = sizeof plugin,
    .name = "city",
    .version = "0.1",
    .license = "Apache-2.0; its table: GeoNames, CC BY 4.0",
    .summary = "city:NAME, near:NAME/50km and in:REGION: which places an item speaks of",
    .options = options,
    .option_stride = sizeof options[0],
    .open = city_open,
    .close = city_close,
    .matcher = &matcher,
};

const struct na_plugin *newsalert_plugin_1(void) {
    return &plugin;
}

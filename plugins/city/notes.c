#include "city.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MAX_TEXT        640  /* bytes of a note: explain shows three of a term */
#define MAX_NOTES       1000 /* of terms, an item: a configuration may hold thousands of cities */
#define MENTIONS_A_TERM 3
#define CANDIDATES_TOLD 4
#define CLUES_TOLD      10

static bool is_place(const struct reading *r, const struct mention *m) {
    return !m->only_region && r->groups[m->group].place != UINT32_MAX;
}

/* ---- for places ---- */

static size_t add_json_text(char *out, size_t size, size_t at, const char *text) {
    for (const char *p = text; *p && at + 8 < size; p++) {
        if (*p == '"' || *p == '\\') out[at++] = '\\';
        out[at++] = (unsigned char)*p < 0x20 ? ' ' : *p;
    }
    out[at] = '\0';
    return at;
}

static void note_place(const struct reading *r, const struct mention *m, const struct na_match *match) {
    char json[1200], name[300];
    const struct group *g = &r->groups[m->group];
    const struct city_place *p = &r->data->places[g->place];
    add_json_text(name, sizeof name, 0, city_text(r->data, p->name));
    int n = snprintf(json, sizeof json,
                     "{\"name\":\"%s\",\"country\":\"%s\",\"admin\":\"%s\",\"lat\":%.5f,\"lon\":%.5f,"
                     "\"geonameid\":%u,\"confidence\":%.3f}",
                     name, r->data->regions[p->country].code, city_region_code(r->data, p->admin),
                     p->lat * 1e-5, p->lon * 1e-5, p->geonameid, m->confidence);
    match->note(match->ctx, NA_NONE, m->field->kind, m->field->value, m->start, m->len, "place",
                (struct na_text){json, (size_t)n});
}

void notes_places(const struct reading *r, double threshold, const struct na_match *match) {
    for (size_t i = 0; i < r->n_mentions; i++) {
        const struct mention *m = &r->mentions[i];
        if (is_place(r, m) && m->confidence >= threshold) note_place(r, m, match);
    }
}

/* ---- for explain ---- */

/* "Portland, Oregon, US 7.2; Portland, Maine, US 5.4; 12 more", the best first. */
static size_t add_candidates(const struct reading *r, const struct group *g, char *out, size_t size,
                             size_t n) {
    bool told[CITY_MAX_REFS] = {false};
    unsigned places = 0, k = 0;
    char place[100];
    for (unsigned i = 0; i < g->name->n_refs; i++) places += ref_is_place(r->data->refs[g->name->refs + i]);
    for (; k < CANDIDATES_TOLD && k < places && n < size; k++) {
        unsigned best = CITY_MAX_REFS;
        for (unsigned i = 0; i < g->name->n_refs; i++)
            if (ref_is_place(r->data->refs[g->name->refs + i]) && !told[i] &&
                (best == CITY_MAX_REFS || g->scores[i] > g->scores[best]))
                best = i;
        told[best] = true;
        city_place_text(r->data, REF_NUMBER(r->data->refs[g->name->refs + best]), place, sizeof place);
        n += (size_t)snprintf(out + n, size - n, "%s%s %.1f", k ? "; " : "", place, g->scores[best]);
    }
    if (places > k && n < size) n += (size_t)snprintf(out + n, size - n, "; %u more", places - k);
    return n < size ? n : size - 1;
}

struct part {
    const char *name;
    double added;
};

/* What went into the sum whose logistic is the confidence, the heaviest first. */
static size_t parts_of(const struct mention *m, struct part parts[N_SCALES + N_CLUES]) {
    size_t n = 0;
    for (unsigned k = 0; k < N_SCALES; k++)
        parts[n++] = (struct part){scale_name(k), m->scales[k] * scale_weights[k]};
    for (unsigned c = 0; c < N_CLUES; c++)
        if (m->clues & UINT64_C(1) << c) parts[n++] = (struct part){clue_name(c), clue_weights[c]};
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k && fabs(parts[k].added) > fabs(parts[k - 1].added); k--) {
            struct part spare = parts[k];
            parts[k] = parts[k - 1];
            parts[k - 1] = spare;
        }
    return n;
}

/* What decided: the confidence, the candidates by score, the clues with what each added. */
static void note_mention(const struct reading *r, const struct mention *m, uint64_t term,
                         const struct na_match *match) {
    char text[MAX_TEXT], place[100];
    struct part parts[N_SCALES + N_CLUES];
    const struct group *g = &r->groups[m->group];
    city_place_text(r->data, g->place, place, sizeof place);
    size_t n = (size_t)snprintf(text, sizeof text, "%s: %.2f (candidates: ", place, m->confidence);
    n = add_candidates(r, g, text, sizeof text / 2, n);
    n += (size_t)snprintf(text + n, sizeof text - n, ")");
    size_t n_parts = parts_of(m, parts);
    for (size_t i = 0; i < n_parts && i < CLUES_TOLD && n + 70 < sizeof text && fabs(parts[i].added) >= 0.05;
         i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s %s %+.1f", i ? "," : "", parts[i].name,
                              parts[i].added);
    match->note(match->ctx, term, m->field->kind, m->field->value, m->start, m->len, "city",
                (struct na_text){text, n});
}

/* Could the mention have been a place of the term? */
static bool could_be(const struct reading *r, const struct mention *m, const struct city_term *t) {
    for (unsigned i = 0; is_place(r, m) && i < m->name->n_refs; i++) {
        uint32_t ref = r->data->refs[m->name->refs + i];
        if (ref_is_place(ref) && term_has(r->data, t, REF_NUMBER(ref))) return true;
    }
    return false;
}

void notes_terms(const struct reading *r, const struct city_set *set, const struct na_match *match) {
    size_t notes = 0;
    for (size_t k = 0; k < set->n; k++) {
        size_t told = 0;
        for (size_t i = 0; i < r->n_mentions && told < MENTIONS_A_TERM && notes < MAX_NOTES; i++) {
            const struct mention *m = &r->mentions[i];
            if (!(set->terms[k].fields & NA_FIELD(m->field->kind)) || !could_be(r, m, &set->terms[k]))
                continue;
            note_mention(r, m, k, match);
            told++, notes++;
        }
    }
}

#include "walk.h"

#include <string.h>

static const char *const between[] = {", ",   " and ", ", and ", "/",     " & ",  " or ", " y ", " e ",
                                      " et ", " und ", " en ",   " och ", " og ", " ve ", " i ", " и ",
                                      " та ", " й ",   "、",     "和",    "・",   " و",   NULL};

/* Names one after the other share what stands before the first: in Paris, Lyon and Lille. */
static void link_lists(struct reading *r) {
    for (size_t i = 1; i < r->n_mentions; i++) {
        struct mention *a = &r->mentions[i - 1], *b = &r->mentions[i];
        if (a->field != b->field || a->only_region || b->only_region || a->qualifier != CITY_NONE) continue;
        size_t from = a->start + a->len;
        if (b->start < from) continue;
        struct na_text gap = {a->field->text.ptr + from, b->start - from};
        size_t k = 0;
        while (between[k] && !gap_is(gap, between[k])) k++;
        if (!between[k]) continue;
        b->listed = true;
        SAY(a, LIST);
        SAY(b, LIST);
        /* At Boston College and Chicago: what stands before the first is said of the college. */
        if (!((a->clues | b->clues) & (BIT(ORGANISATION) | BIT(ORGANISATION_BEFORE))))
            b->clues |= a->clues & (BIT(IN) | BIT(TO));
        if (gap_is(gap, "/")) b->clues |= a->clues & BIT(DATELINE);
    }
}

/* Lake, Napa and Sonoma counties; the counties of Orange and Riverside: all of the list are counties, and
 * none is a city. */
static void mark_counties(struct reading *r) {
    const uint64_t bit = BIT(COUNTIES);
#define LINKED(a, b)                                                                                         \
    ((a)->field == (b)->field && (b)->start > (a)->start && (b)->start - (a)->start - (a)->len <= 6)
    for (size_t i = r->n_mentions; i-- > 1;) {
        struct mention *a = &r->mentions[i - 1], *b = &r->mentions[i];
        if ((b->clues & bit) && LINKED(a, b)) a->clues |= bit;
    }
    for (size_t i = 1; i < r->n_mentions; i++) {
        struct mention *a = &r->mentions[i - 1], *b = &r->mentions[i];
        if ((a->clues & bit) && LINKED(a, b)) b->clues |= bit;
    }
    for (size_t i = 0; i < r->n_mentions; i++)
        if (r->mentions[i].clues & bit) r->mentions[i].only_region = true;
#undef LINKED
}

#define WORDS_A_POINT 25 /* of a text that is about a topic, at most */

static bool is_about(const struct reading *r, unsigned points) {
    return points >= 2 && points * WORDS_A_POINT >= r->n_read;
}

/* Nothing in the words around says that it is a place; in an item of sport it is a team then, in one of films
 * or songs perhaps one of them. */
static void mark_alone(struct reading *r) {
    static const uint64_t place =
        BIT(QUALIFIER) | BIT(DATELINE) | BIT(IN) | BIT(PLACE_BEFORE) | BIT(PLACE_AFTER) | BIT(PARTY);
    for (size_t i = 0; i < r->n_mentions; i++) {
        struct mention *m = &r->mentions[i];
        if (m->clues & place) {
            m->clues &= ~(BIT(TEAM) | BIT(ARTS) | BIT(ACTS));
            continue;
        }
        if (is_about(r, r->sport)) SAY(m, SPORT);
        if (is_about(r, r->arts)) SAY(m, ARTS);
        if (!(m->clues & (BIT(TO) | BIT(LIST) | BIT(SPEAKS) | BIT(ACTS)))) m->clues |= BIT(ALONE);
    }
}

static void mark_persons(struct reading *r) {
    for (size_t i = 0; i < r->n_mentions; i++) {
        struct mention *m = &r->mentions[i];
        if (m->n_words > 1 || m->qualifier != CITY_NONE) continue;
        uint64_t h = city_hash(CITY_HASH_START, city_text(r->data, m->name->key), m->name->key_len);
        for (size_t k = 0; k < r->n_surnames; k++)
            if (r->surnames[k] == h) m->clues |= BIT(PERSON);
    }
}

/* The qualifier binds all mentions of the name, save those that have another one. */
static void bind(struct reading *r, struct mention *m) {
    struct group *g = &r->groups[m->group];
    if (g->qualifier == CITY_NONE) g->qualifier = m->qualifier;
    for (size_t k = 0; k < r->n_groups && g->qualifier != m->qualifier; k++)
        if (r->groups[k].name == m->name && r->groups[k].qualifier == m->qualifier) {
            m->group = (uint8_t)k;
            return;
        }
    if (g->qualifier == m->qualifier || r->n_groups == MAX_GROUPS) return;
    m->group = (uint8_t)r->n_groups;
    r->groups[r->n_groups++] = (struct group){.name = m->name, .qualifier = m->qualifier};
}

void mentions_together(struct reading *r) {
    link_lists(r);
    mark_counties(r);
    mark_persons(r);
    mark_alone(r);
    for (size_t i = 0; i < r->n_mentions; i++)
        if (r->mentions[i].qualifier != CITY_NONE) bind(r, &r->mentions[i]);
}

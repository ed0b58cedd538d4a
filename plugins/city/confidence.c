#include "city.h"

#include <math.h>

#define TYPICAL 4.5 /* people, as a power of ten */
#define SURE    0.75
#define MOST    6.0 /* more people say no more */

static const char *const clue_names[N_CLUES] = {
    [CLUE_QUALIFIER] = "qualifier",
    [CLUE_CAPITAL] = "capital",
    [CLUE_SEAT] = "seat of a state",
    [CLUE_DATELINE] = "dateline",
    [CLUE_STATE] = "its state is named",
    [CLUE_COUNTRY] = "its country is named",
    [CLUE_ELSEWHERE] = "another country is named",
    [CLUE_IN] = "in, at, near before it",
    [CLUE_TO] = "of, to, from before it",
    [CLUE_PLACE_BEFORE] = "city of, downtown before it",
    [CLUE_PLACE_AFTER] = "police, mayor, residents after it",
    [CLUE_PARTY] = "a legislator's home",
    [CLUE_PERSON] = "a person's name in this item",
    [CLUE_FIRST_NAME] = "first name before it",
    [CLUE_TITLE] = "title before it",
    [CLUE_CAPITAL_BEFORE] = "capital word before it",
    [CLUE_CAPITAL_AFTER] = "capital word after it",
    [CLUE_ORGANISATION] = "organisation or street word after it",
    [CLUE_ORGANISATION_BEFORE] = "organisation or region word before it",
    [CLUE_DICTIONARY] = "a word of the dictionary",
    [CLUE_SENTENCE_START] = "and at a sentence's begin",
    [CLUE_ALTERNATE] = "another name of a small place",
    [CLUE_IS_FIRST_NAME] = "a first name",
    [CLUE_REGION] = "a state or country has the name",
    [CLUE_OWN_REGION] = "its own state or country has the name",
    [CLUE_NO_CAPITALS] = "written without capitals, or all in capitals",
    [CLUE_SIGN] = "# or @ before it",
    [CLUE_SOLO] = "in a script without spaces",
    [CLUE_COUNTIES] = "in a list of counties",
    [CLUE_LARGE_WORD] = "but a large city, or a city's place in the sentence",
    [CLUE_HARDLY] = "hardly ever a city",
    [CLUE_LIST] = "in a list with other places",
    [CLUE_SEVERAL] = "a name of several words",
    [CLUE_NICK] = "what people call it",
    [CLUE_SCRIPT] = "in another script",
    [CLUE_SURE_LIST] = "in a list with a sure one",
    [CLUE_SPEAKS] = "says, denies after it",
    [CLUE_CAPITAL_SPEAKS] = "but a capital may say so",
    [CLUE_ACTS] = "what a city does after it",
    [CLUE_SPORT] = "the item speaks of sport",
    [CLUE_TEAM] = "a team's verb after it",
    [CLUE_ARTS] = "a film, song or book",
    [CLUE_NAMES] = "among first names",
    [CLUE_ARTICLE] = "a, his before it",
    [CLUE_WORD_AFTER] = "a common word after it",
    [CLUE_ALONE] = "nothing around it speaks for a place",
    [CLUE_LARGE_ALONE] = "but a large city has this name, and nothing else",
};
static const char *const scale_names[N_SCALES] = {
    [SCALE_BIAS] = "any name",
    [SCALE_PEOPLE] = "people",
    [SCALE_MARGIN] = "before the next one",
    [SCALE_NEIGHBOURS] = "neighbours",
    [SCALE_HOME] = "the feed's home",
};

const char *clue_name(enum clue c) {
    return clue_names[c];
}

const char *scale_name(enum scale s) {
    return scale_names[s];
}

static bool any_other_country(const struct reading *r, uint16_t own) {
    for (size_t i = 0; i < r->n_named; i++)
        if (r->data->regions[r->named[i].region].country != own && r->named[i].times >= 0.5) return true;
    return false;
}

static bool own_country_named(const struct reading *r, uint16_t own) {
    for (size_t i = 0; i < r->n_named; i++)
        if (r->data->regions[r->named[i].region].country == own) return true;
    return false;
}

/* What makes a name another thing's than a city's. */
static const uint64_t of_another =
    BIT(DICTIONARY) | BIT(PERSON) | BIT(FIRST_NAME) | BIT(TITLE) | BIT(CAPITAL_BEFORE) | BIT(CAPITAL_AFTER) |
    BIT(ORGANISATION) | BIT(ORGANISATION_BEFORE) | BIT(IS_FIRST_NAME) | BIT(COUNTIES) | BIT(HARDLY) |
    BIT(TEAM) | BIT(ARTS) | BIT(NAMES) | BIT(SPORT) | BIT(SPEAKS) | BIT(ARTICLE) | BIT(NO_CAPITALS);
#define LARGE 500000 /* people */

/* What the place itself says. */
static void place_clues(const struct reading *r, struct mention *m, const struct group *g) {
    const struct city_place *p = &r->data->places[g->place];
    /* A word that is also a large city's name is that city more often than a village's. */
    if ((m->clues & BIT(DICTIONARY)) && (p->population > 300000 || (m->clues & (BIT(IN) | BIT(LIST)))))
        SAY(m, LARGE_WORD);
    if ((m->clues & BIT(ALONE)) && !(m->clues & of_another) && p->population >= LARGE) SAY(m, LARGE_ALONE);
    if (g->by_nick) m->clues &= ~(BIT(DICTIONARY) | BIT(SENTENCE_START));
    /* What people call a city is hardly anything else: NYC's is. */
    if (g->by_nick && !(m->clues & BIT(ARTICLE))) m->clues &= ~BIT(ALONE);
    if (p->kind == CITY_CAPITAL) SAY(m, CAPITAL);
    if (p->kind == CITY_SEAT) SAY(m, SEAT);
    /* In another script every name of it is one of the others. */
    bool latin = (unsigned char)*city_text(r->data, m->name->key) < 0xcd;
    if (!latin) SAY(m, SCRIPT);
    if (g->by_nick) SAY(m, NICK);
    if (g->by_alternate && latin && p->population < 250000) SAY(m, ALTERNATE);
    if ((m->clues & BIT(SPEAKS)) && p->kind == CITY_CAPITAL) SAY(m, CAPITAL_SPEAKS);
    if (g->qualifier != CITY_NONE && (p->admin == g->qualifier || p->country == g->qualifier))
        SAY(m, QUALIFIER);
    bool region = (m->clues & (BIT(OWN_REGION) | BIT(REGION))) != 0;
    if (p->admin != CITY_NONE && named_times(r, p->admin) > (region ? 0.4 : 0)) SAY(m, STATE);
    if (named_times(r, p->country) > (region ? 1.1 : 0))
        SAY(m, COUNTRY);
    else if (!own_country_named(r, p->country) && any_other_country(r, p->country))
        SAY(m, ELSEWHERE);
}

static void sum_up(const struct reading *r, struct mention *m) {
    const struct group *g = &r->groups[m->group];
    const struct city_place *p = &r->data->places[g->place];
    m->scales[SCALE_BIAS] = 1;
    m->scales[SCALE_PEOPLE] = fmin(city_people(p), MOST) - TYPICAL;
    m->scales[SCALE_MARGIN] = fmin(g->margin, 2);
    m->scales[SCALE_NEIGHBOURS] = fmin(g->neighbours, 2);
    m->scales[SCALE_HOME] = p->admin == CITY_NONE ? 0 : homes_share(&r->homes, p->admin);
    double s = 0;
    for (unsigned k = 0; k < N_SCALES; k++) s += m->scales[k] * scale_weights[k];
    for (unsigned c = 0; c < N_CLUES; c++)
        if (m->clues & UINT64_C(1) << c) s += clue_weights[c];
    m->confidence = 1 / (1 + exp(-s));
}

static bool is_place(const struct reading *r, const struct mention *m) {
    return !m->only_region && r->groups[m->group].place != UINT32_MAX;
}

/* What stands in a list with a sure city is one more likely, before it and behind. */
static void spread_over_lists(struct reading *r) {
    for (size_t i = 1; i < r->n_mentions; i++) {
        struct mention *a = &r->mentions[i - 1], *b = &r->mentions[i];
        if (!b->listed || !is_place(r, a) || !is_place(r, b)) continue;
        bool from_a = a->confidence >= SURE, from_b = b->confidence >= SURE;
        struct mention *m = from_a ? b : a;
        if (from_a == from_b) continue;
        m->clues |= BIT(SURE_LIST);
        sum_up(r, m);
    }
}

void confidence_all(struct reading *r) {
    for (size_t i = 0; i < r->n_mentions; i++) {
        struct mention *m = &r->mentions[i];
        if (!is_place(r, m)) continue;
        place_clues(r, m, &r->groups[m->group]);
        sum_up(r, m);
    }
    spread_over_lists(r);
}

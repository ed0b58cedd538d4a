#include "city.h"

#include <math.h>

/* One row a clue: its name in explain, and its weight in the sum whose logistic is the confidence. 0.5 is the
 * cut at which the F1 of our labelled items peaks. */
static const struct {
    const char *name;
    double weight;
} table[N_CLUES] = {
    [CLUE_QUALIFIER] = {"qualifier", 3.5},
    [CLUE_CAPITAL] = {"capital", 0.9},
    [CLUE_SEAT] = {"seat of a state", 0.4},
    [CLUE_DATELINE] = {"dateline", 2.0},
    [CLUE_STATE] = {"its state is named", 1.1},
    [CLUE_COUNTRY] = {"its country is named", 0.6},
    [CLUE_ELSEWHERE] = {"another country is named", -0.9},
    [CLUE_IN] = {"in, at, near before it", 1.3},
    [CLUE_TO] = {"of, to, from before it", 0.6},
    [CLUE_PLACE_BEFORE] = {"city of, downtown before it", 1.3},
    [CLUE_PLACE_AFTER] = {"police, mayor, residents after it", 1.1},
    [CLUE_PARTY] = {"a legislator's home", 1.2},
    [CLUE_PERSON] = {"a person's name in this item", -3.3},
    [CLUE_FIRST_NAME] = {"first name before it", -2.6},
    [CLUE_TITLE] = {"title before it", -2.4},
    [CLUE_CAPITAL_BEFORE] = {"capital word before it", -2.2},
    [CLUE_CAPITAL_AFTER] = {"capital word after it", -2.4},
    [CLUE_ORGANISATION] = {"organisation or street word after it", -3.2},
    [CLUE_ORGANISATION_BEFORE] = {"organisation or region word before it", -2.8},
    [CLUE_DICTIONARY] = {"a word of the dictionary", -2.2},
    [CLUE_SENTENCE_START] = {"and at a sentence's begin", -1.0},
    [CLUE_ALTERNATE] = {"another name of a small place", -1.6},
    [CLUE_IS_FIRST_NAME] = {"a first name", -1.0},
    [CLUE_REGION] = {"a state or country has the name", -1.3},
    [CLUE_OWN_REGION] = {"its own state or country has the name", -0.4},
    [CLUE_NO_CAPITALS] = {"written without capitals, or all in capitals", -0.3},
    [CLUE_SIGN] = {"# or @ before it", -0.4},
    [CLUE_SOLO] = {"in a script without spaces", 0.2},
    [CLUE_COUNTIES] = {"in a list of counties", -3.0},
    [CLUE_LARGE_WORD] = {"but a large city, or a city's place in the sentence", 1.0},
    [CLUE_HARDLY] = {"hardly ever a city", -2.5},
    [CLUE_LIST] = {"in a list with other places", 0.4},
};

#define BIAS       (-0.4)
#define PEOPLE     0.8 /* a power of ten of people above or below TYPICAL */
#define TYPICAL    4.5
#define MOST       6.0 /* more people say no more */
#define MARGIN     0.3
#define NEIGHBOURS 0.6

const char *clue_name(enum clue c) {
    return table[c].name;
}

double clue_weight(enum clue c) {
    return table[c].weight;
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

/* What the place itself says. */
static void place_clues(const struct reading *r, struct mention *m, const struct group *g) {
    const struct city_place *p = &r->data->places[g->place];
#define SAY(c) (m->clues |= UINT64_C(1) << (c))
    /* A word that is also a large city's name is that city more often than a village's. */
    if ((m->clues & UINT64_C(1) << CLUE_DICTIONARY) &&
        (p->population > 300000 || (m->clues & (UINT64_C(1) << CLUE_IN | UINT64_C(1) << CLUE_LIST))))
        SAY(CLUE_LARGE_WORD);
    if (g->by_nick) m->clues &= ~(UINT64_C(1) << CLUE_DICTIONARY | UINT64_C(1) << CLUE_SENTENCE_START);
    if (p->kind == CITY_CAPITAL) SAY(CLUE_CAPITAL);
    if (p->kind == CITY_SEAT) SAY(CLUE_SEAT);
    if (g->by_alternate && p->population < 250000) SAY(CLUE_ALTERNATE);
    if (g->qualifier != CITY_NONE && (p->admin == g->qualifier || p->country == g->qualifier))
        SAY(CLUE_QUALIFIER);
    bool region = (m->clues & (UINT64_C(1) << CLUE_OWN_REGION | UINT64_C(1) << CLUE_REGION)) != 0;
    if (p->admin != CITY_NONE && named_times(r, p->admin) > (region ? 0.4 : 0)) SAY(CLUE_STATE);
    if (named_times(r, p->country) > (region ? 1.1 : 0))
        SAY(CLUE_COUNTRY);
    else if (!own_country_named(r, p->country) && any_other_country(r, p->country))
        SAY(CLUE_ELSEWHERE);
#undef SAY
}

void confidence_all(struct reading *r) {
    for (size_t i = 0; i < r->n_mentions; i++) {
        struct mention *m = &r->mentions[i];
        const struct group *g = &r->groups[m->group];
        if (m->only_region || g->place == UINT32_MAX) continue;
        const struct city_place *p = &r->data->places[g->place];
        place_clues(r, m, g);
        double s = BIAS + PEOPLE * (fmin(log10((double)p->population + 300), MOST) - TYPICAL) +
                   MARGIN * (g->margin > 2 ? 2 : g->margin) +
                   NEIGHBOURS * (g->neighbours > 2 ? 2 : g->neighbours);
        if (p->admin != CITY_NONE) s += homes_share(&r->homes, p->admin);
        for (unsigned c = 0; c < N_CLUES; c++)
            if (m->clues & UINT64_C(1) << c) s += table[c].weight;
        m->sum = s;
        m->confidence = 1 / (1 + exp(-s));
    }
}

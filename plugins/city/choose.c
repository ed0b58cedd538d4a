#include "city.h"

#include <math.h>
#include <string.h>

#define LOOKED_AT    4u     /* places of another name that are looked at as neighbours */
#define FAR          220000 /* 1/100,000 degree: from here on a neighbour is worth nothing */
#define NEIGHBOUR_KM 80     /* at this distance a neighbour is worth 1/e */

static double fmin3(double times) {
    return times <= 0 ? 0 : times > 3 ? 3 : times;
}

/* What a place has for it without its neighbours. */
static void own_choices(const struct reading *r, const struct group *g, uint32_t ref, double x[N_CHOICES]) {
    const struct city_place *p = &r->data->places[REF_NUMBER(ref)];
    memset(x, 0, N_CHOICES * sizeof *x);
    x[CHOICE_CAPITAL] = p->kind == CITY_CAPITAL;
    x[CHOICE_SEAT] = p->kind == CITY_SEAT;
    x[CHOICE_PART] = p->kind == CITY_PART;
    x[CHOICE_ALTERNATE] = REF_KIND(ref) == REF_ALTERNATE;
    x[CHOICE_SPELLED] = REF_KIND(ref) == REF_SPELLED;
    x[CHOICE_NICK] = REF_KIND(ref) == REF_NICK;
    x[CHOICE_COUNTRY] = fmin3(named_times(r, p->country));
    x[CHOICE_HOME] = 0.5 * homes_share(&r->homes, p->country);
    if (p->admin != CITY_NONE) {
        x[CHOICE_STATE] = fmin3(named_times(r, p->admin));
        x[CHOICE_HOME] += homes_share(&r->homes, p->admin);
    }
    x[CHOICE_QUALIFIER] =
        g->qualifier != CITY_NONE && (p->admin == g->qualifier || p->country == g->qualifier);
}

static double own_score(const struct reading *r, const struct group *g, uint32_t ref) {
    double x[N_CHOICES], s = city_people(&r->data->places[REF_NUMBER(ref)]);
    own_choices(r, g, ref, x);
    for (unsigned k = 0; k < N_CHOICES; k++) s += x[k] * choice_weights[k];
    return s;
}

/* Sets the place and its margin from the scores. */
static void pick(const struct reading *r, struct group *g) {
    double best = -1e9, second = -1e9;
    g->place = UINT32_MAX;
    for (unsigned i = 0; i < g->name->n_refs; i++) {
        uint32_t ref = r->data->refs[g->name->refs + i];
        if (!ref_is_place(ref)) continue;
        if (g->scores[i] > best) {
            second = best;
            best = g->scores[i];
            g->place = REF_NUMBER(ref);
            g->by_nick = REF_KIND(ref) == REF_NICK;
            g->by_alternate = REF_KIND(ref) == REF_ALTERNATE;
        } else if (g->scores[i] > second) {
            second = g->scores[i];
        }
    }
    g->score = best;
    g->margin = second < -1e8 ? 2 : best - second;
}

/* How near other names' likely places are to this place. */
static double neighbourhood(const struct reading *r, const struct group *g, const struct city_place *p) {
    double sum = 0;
    for (size_t j = 0; j < r->n_groups && sum < 3; j++) {
        const struct group *o = &r->groups[j];
        double best = 0;
        unsigned looked = 0;
        if (o == g || o->place == UINT32_MAX || o->name == g->name) continue;
        for (unsigned i = 0; i < o->name->n_refs && looked < LOOKED_AT; i++) {
            uint32_t ref = r->data->refs[o->name->refs + i];
            if (!ref_is_place(ref)) continue;
            looked++;
            const struct city_place *q = &r->data->places[REF_NUMBER(ref)];
            bool chosen = REF_NUMBER(ref) == o->place;
            double near = 0;
            if (p == q) continue;
            int32_t up = p->lat - q->lat, right = p->lon - q->lon;
            if (up < FAR && up > -FAR && right < 3 * FAR && right > -3 * FAR)
                near = exp(-city_km(p, q) / NEIGHBOUR_KM);
            if (p->country == q->country) near += p->admin == q->admin ? 0.35 : 0.15;
            if (!chosen) near *= 0.5;
            if (near > best) best = near;
        }
        sum += best;
    }
    return sum > 3 ? 3 : sum;
}

void choose_places(struct reading *r) {
    bool used[MAX_GROUPS] = {false};
    for (size_t i = 0; i < r->n_mentions; i++)
        if (!r->mentions[i].only_region) used[r->mentions[i].group] = true;
    for (size_t j = 0; j < r->n_groups; j++) {
        struct group *g = &r->groups[j];
        g->place = UINT32_MAX;
        if (!used[j]) continue;
        for (unsigned i = 0; i < g->name->n_refs; i++) {
            uint32_t ref = r->data->refs[g->name->refs + i];
            if (ref_is_place(ref)) g->scores[i] = own_score(r, g, ref);
        }
        pick(r, g);
    }
    for (size_t j = 0; j < r->n_groups; j++) {
        struct group *g = &r->groups[j];
        if (g->place == UINT32_MAX) continue;
        double most = g->score;
        for (unsigned i = 0; i < g->name->n_refs; i++) {
            uint32_t ref = r->data->refs[g->name->refs + i];
            /* So far behind, no neighbour helps. */
            if (!ref_is_place(ref) || g->scores[i] < most - 3 * choice_weights[CHOICE_NEIGHBOURS]) continue;
            g->scores[i] +=
                choice_weights[CHOICE_NEIGHBOURS] * neighbourhood(r, g, &r->data->places[REF_NUMBER(ref)]);
        }
        pick(r, g);
        g->neighbours = neighbourhood(r, g, &r->data->places[g->place]);
    }
}

void choose_reasons(const struct reading *r, const struct group *g, uint32_t ref, double ret[N_CHOICES]) {
    own_choices(r, g, ref, ret);
    ret[CHOICE_NEIGHBOURS] = neighbourhood(r, g, &r->data->places[REF_NUMBER(ref)]);
}

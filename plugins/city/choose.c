#include "city.h"

#include <math.h>

#define LOOKED_AT    4u     /* places of another name that are looked at as neighbours */
#define FAR          220000 /* 1/100,000 degree: from here on a neighbour is worth nothing */
#define NEIGHBOUR_KM 80     /* at this distance a neighbour is worth 1/e */

/* Weights in powers of ten of people; research and ablation: see newsalert-query(7) and the test of the room.
 */
enum weight {
    W_CAPITAL,
    W_SEAT,
    W_PART,
    W_ALTERNATE,
    W_SPELLED,
    W_STATE,
    W_COUNTRY,
    W_NEAR,
    W_QUALIFIER,
    W_HOME,
    N_WEIGHTS
};
static const double weights[N_WEIGHTS] = {
    [W_SPELLED] = -0.6, [W_CAPITAL] = 1.0, [W_SEAT] = 0.5, [W_PART] = -1.0,     [W_ALTERNATE] = -0.8,
    [W_STATE] = 0.8,    [W_COUNTRY] = 0.6, [W_NEAR] = 1.1, [W_QUALIFIER] = 6.0, [W_HOME] = 1.6,
};

static double fmin3(double times) {
    return times <= 0 ? 0 : times > 3 ? 3 : times;
}

/* What a place has for it without its neighbours. */
static double own_score(const struct reading *r, const struct group *g, uint32_t ref) {
    const struct city_place *p = &r->data->places[REF_NUMBER(ref)];
    double s = log10((double)p->population + 300);
    if (p->kind == CITY_CAPITAL) s += weights[W_CAPITAL];
    if (p->kind == CITY_SEAT) s += weights[W_SEAT];
    if (p->kind == CITY_PART) s += weights[W_PART];
    if (REF_KIND(ref) == REF_ALTERNATE) s += weights[W_ALTERNATE];
    if (REF_KIND(ref) == REF_NICK) s += 1;
    if (REF_KIND(ref) == REF_SPELLED) s += weights[W_SPELLED];
    if (p->admin != CITY_NONE) {
        s += weights[W_STATE] * fmin3(named_times(r, p->admin));
        s += weights[W_HOME] * homes_share(&r->homes, p->admin);
    }
    s += weights[W_COUNTRY] * fmin3(named_times(r, p->country));
    s += weights[W_HOME] / 2 * homes_share(&r->homes, p->country);
    if (g->qualifier != CITY_NONE && (p->admin == g->qualifier || p->country == g->qualifier))
        s += weights[W_QUALIFIER];
    return s;
}

/* Sets best, second and margin from the scores. */
static void pick(const struct reading *r, struct group *g) {
    double best = -1e9, second = -1e9;
    g->place = g->second = UINT32_MAX;
    for (unsigned i = 0; i < g->name->n_refs; i++) {
        uint32_t ref = r->data->refs[g->name->refs + i];
        if (!ref_is_place(ref)) continue;
        if (g->scores[i] > best) {
            second = best;
            g->second = g->place;
            best = g->scores[i];
            g->place = REF_NUMBER(ref);
            g->by_nick = REF_KIND(ref) == REF_NICK;
            g->by_alternate = REF_KIND(ref) == REF_ALTERNATE;
        } else if (g->scores[i] > second) {
            second = g->scores[i];
            g->second = REF_NUMBER(ref);
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
            if (!ref_is_place(ref) || g->scores[i] < most - 3 * weights[W_NEAR]) continue;
            g->scores[i] += weights[W_NEAR] * neighbourhood(r, g, &r->data->places[REF_NUMBER(ref)]);
        }
        pick(r, g);
        g->neighbours = neighbourhood(r, g, &r->data->places[g->place]);
    }
}

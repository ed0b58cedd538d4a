#include "city.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLOSE_RIVAL 1.2 /* a place less than this behind (powers of ten of people) is named in a warning */
#define MAX_KM      2000
#define MAX_ALLOWED 32 /* regions that a suffix can mean */

struct compiling {
    const struct city_data *d;
    const struct na_compile *c;
    const struct na_term *term;
};

struct allowed {
    uint16_t regions[MAX_ALLOWED];
    size_t n;
};

static void refuse(const struct compiling *x, size_t at, size_t len, const char *why) {
    x->c->bad_term(x->c->ctx, x->term->id, at, len, why);
}

/* ---- names ---- */

/* The name of a text's words, or NULL. */
static const struct city_name *look_up(const struct compiling *x, struct na_text text) {
    size_t n, stride;
    const struct na_word *words = x->c->cut(x->c->ctx, text, &n, &stride);
    if (!n || n > CITY_MAX_WORDS) return NULL;
    uint64_t h = CITY_HASH_START;
    for (size_t i = 0; i < n; i++) {
        const struct na_text t = NA_AT(const struct na_word, words, stride, i)->folded;
        if (i) h = city_hash(h, " ", 1);
        h = city_hash(h, t.ptr, t.len);
    }
    const struct city_name *name = city_find_words(x->d, h, words, stride, n);
    return name && name->n_refs ? name : NULL;
}

static bool has_place(const struct compiling *x, const struct city_name *n) {
    for (unsigned i = 0; n && i < n->n_refs; i++)
        if (ref_is_place(x->d->refs[n->refs + i])) return true;
    return false;
}

static double prominence(const struct city_data *d, uint32_t ref) {
    const struct city_place *p = &d->places[REF_NUMBER(ref)];
    static const double by_kind[] = {
        [CITY_PLAIN] = 0, [CITY_CAPITAL] = 1, [CITY_SEAT] = 0.5, [CITY_COUNTY_SEAT] = 0, [CITY_PART] = -1};
    double s = city_people(p) + (p->kind <= CITY_PART ? by_kind[p->kind] : 0);
    if (REF_KIND(ref) == REF_ALTERNATE) s -= 0.8;
    if (REF_KIND(ref) == REF_NICK) s += 2;
    if (REF_KIND(ref) == REF_SPELLED) s -= 0.6;
    return s;
}

/* Levenshtein's distance, at most 3. */
static unsigned distance(const char *a, size_t na, const char *b, size_t nb) {
    unsigned row[64], most = 3;
    if (na > 60 || nb > 60 || (na > nb ? na - nb : nb - na) > 2) return most;
    for (size_t j = 0; j <= nb; j++) row[j] = (unsigned)j;
    for (size_t i = 1; i <= na; i++) {
        unsigned diagonal = row[0], least = row[0] = (unsigned)i;
        for (size_t j = 1; j <= nb; j++) {
            unsigned up = row[j], cost = diagonal + (a[i - 1] != b[j - 1]);
            row[j] = cost < up + 1 ? cost : up + 1;
            if (row[j - 1] + 1 < row[j]) row[j] = row[j - 1] + 1;
            diagonal = up;
            if (row[j] < least) least = row[j];
        }
        if (least >= most) return most;
    }
    return row[nb] < most ? row[nb] : most;
}

/* The nearest names, the larger cities first: "Los Angeles, Las Ángeles". Only when an error is said. */
static void nearest(const struct compiling *x, struct na_text text, char *out, size_t size) {
    size_t n, stride, len = 0;
    char folded[128];
    struct {
        double score;
        uint32_t place;
    } best[3] = {{-1, 0}, {-1, 0}, {-1, 0}};
    const struct na_word *words = x->c->cut(x->c->ctx, text, &n, &stride);
    for (size_t i = 0; i < n; i++) {
        const struct na_text t = NA_AT(const struct na_word, words, stride, i)->folded;
        if (len + t.len + 2 > sizeof folded) return;
        if (i) folded[len++] = ' ';
        if (t.len) memcpy(folded + len, t.ptr, t.len);
        len += t.len;
    }
    for (uint32_t i = 0; i < x->d->n_names; i++) {
        const struct city_name *name = &x->d->names[i];
        uint32_t ref = name->n_refs ? x->d->refs[name->refs] : 0;
        if (!name->n_refs || !ref_is_place(ref)) continue;
        unsigned off = distance(folded, len, city_text(x->d, name->key), name->key_len);
        if (off >= 3 || off * 3 > len) continue;
        double score = prominence(x->d, ref) - 2.0 * off + 8;
        for (int k = 0; k < 3; k++) {
            if (best[k].score >= 0 && best[k].place == REF_NUMBER(ref)) break;
            if (score <= best[k].score) continue;
            for (int q = 2; q > k; q--) best[q] = best[q - 1];
            best[k].score = score;
            best[k].place = REF_NUMBER(ref);
            break;
        }
    }
    size_t at = 0;
    *out = '\0';
    for (int k = 0; k < 3 && best[k].score >= 0 && at < size; k++)
        at += (size_t)snprintf(out + at, size - at, "%s%s", k ? ", " : "",
                               city_text(x->d, x->d->places[best[k].place].name));
}

/* ---- regions ---- */

static bool code_is(const char *code, const char *text, size_t len) {
    for (size_t i = 0; i < len; i++) {
        char c = text[i] >= 'a' && text[i] <= 'z' ? (char)(text[i] - 32) : text[i] == '-' ? '.' : text[i];
        if (code[i] != c || !c) return false;
    }
    return !code[len];
}

/* All regions that a text can mean: US, US.OR, US-OR, OR, Ore, Oregon. */
static void find_regions(const struct compiling *x, struct na_text text, struct allowed *ret) {
    ret->n = 0;
    for (uint32_t i = 0; i < x->d->n_regions && ret->n < MAX_ALLOWED; i++)
        if (text.len < 13 && code_is(x->d->regions[i].code, text.ptr, text.len))
            ret->regions[ret->n++] = (uint16_t)i;
    const struct city_name *name = look_up(x, text);
    for (unsigned i = 0; name && i < name->n_refs && ret->n < MAX_ALLOWED; i++) {
        uint32_t ref = x->d->refs[name->refs + i];
        if (REF_KIND(ref) != REF_REGION && REF_KIND(ref) != REF_SHORT) continue;
        bool known = false;
        for (size_t k = 0; k < ret->n; k++) known |= ret->regions[k] == REF_NUMBER(ref);
        if (!known) ret->regions[ret->n++] = (uint16_t)REF_NUMBER(ref);
    }
}

static bool is_allowed(const struct city_place *p, const struct allowed *a) {
    if (!a) return true;
    for (size_t i = 0; i < a->n; i++)
        if (p->admin == a->regions[i] || p->country == a->regions[i]) return true;
    return false;
}

/* ---- city: ---- */

static size_t add_place_text(const struct compiling *x, uint32_t place, char *out, size_t size, size_t at) {
    char text[256];
    const struct city_place *p = &x->d->places[place];
    city_place_text(x->d, place, text, sizeof text);
    if (at >= size) return at;
    const char *suffix = city_region_code(x->d, p->admin);
    bool state = *suffix >= 'A' && *suffix <= 'Z';
    return at + (size_t)snprintf(out + at, size - at, "%s (/%s%s%s)", text, x->d->regions[p->country].code,
                                 state ? "." : "", state ? suffix : "");
}

/* The most prominent place of the name in the allowed regions; the others are told. UINT32_MAX: none. */
static uint32_t choose(const struct compiling *x, const struct city_name *name, const struct allowed *a) {
    uint32_t best = UINT32_MAX, others[4];
    double top = -1, most = -1, second = -1;
    size_t n = 0, at;
    char text[1200];
    for (unsigned i = 0; i < name->n_refs; i++) {
        uint32_t ref = x->d->refs[name->refs + i];
        if (!ref_is_place(ref) || !is_allowed(&x->d->places[REF_NUMBER(ref)], a)) continue;
        double s = prominence(x->d, ref);
        if (s > top) top = s, best = REF_NUMBER(ref);
    }
    if (best == UINT32_MAX) return best;
    for (bool more = true; more && n < 4;) {
        uint32_t next = UINT32_MAX;
        more = false;
        most = -1;
        for (unsigned i = 0; i < name->n_refs; i++) {
            uint32_t ref = x->d->refs[name->refs + i], place = REF_NUMBER(ref);
            if (!ref_is_place(ref) || place == best || !is_allowed(&x->d->places[place], a)) continue;
            bool told = false;
            for (size_t k = 0; k < n; k++) told |= others[k] == place;
            double s = prominence(x->d, ref);
            if (!told && s > most) most = s, next = place;
        }
        if (next != UINT32_MAX) {
            if (!n) second = most;
            others[n++] = next;
            more = true;
        }
    }
    city_place_text(x->d, best, text, 200);
    x->c->understood(x->c->ctx, x->term->id, text);
    const struct city_place *p = &x->d->places[best], *q = n ? &x->d->places[others[0]] : NULL;
    /* A suffix that two countries know is told whatever the sizes: London/CA. */
    if (q && (top - second < CLOSE_RIVAL || (a && q->country != p->country))) {
        at = (size_t)snprintf(text, sizeof text, "is taken as ");
        at = add_place_text(x, best, text, sizeof text, at);
        at += (size_t)snprintf(text + at, sizeof text - at, "; there is also ");
        for (size_t i = 0; i < n && at < sizeof text; i++) {
            if (i) at += (size_t)snprintf(text + at, sizeof text - at, "; ");
            at = add_place_text(x, others[i], text, sizeof text, at);
        }
        x->c->warn_term(x->c->ctx, x->term->id, 0, x->term->value.len, text);
    }
    return best;
}

/* The place of a value, with its region behind a comma ("Portland, OR"), a slash ("New York/NY") or in
 * `region`. */
static uint32_t find_place(const struct compiling *x, struct na_text value, struct na_text region) {
    char why[400], near[250] = "";
    struct allowed allowed;
    size_t at = region.len ? value.len : 0;
    const struct city_name *name = look_up(x, value);
    for (size_t i = value.len; !region.len && i-- > 0;)
        if (value.ptr[i] == ',' || value.ptr[i] == '/') {
            const struct city_name *before = look_up(x, (struct na_text){value.ptr, i});
            if (!has_place(x, before)) break;
            name = before;
            at = i + 1;
            region = (struct na_text){value.ptr + at, value.len - at};
            while (region.len && *region.ptr == ' ') region.ptr++, region.len--, at++;
            break;
        }
    if (!has_place(x, name)) {
        find_regions(x, value, &allowed);
        if (allowed.n)
            snprintf(near, sizeof near, "in:%s", x->d->regions[allowed.regions[0]].code);
        else
            nearest(x, value, near, sizeof near);
        snprintf(why, sizeof why, "no city of that name is known%s%s%s", *near ? "; did you mean " : "", near,
                 *near ? "?" : "");
        refuse(x, 0, value.len, why);
        return UINT32_MAX;
    }
    if (!region.len) return choose(x, name, NULL);
    find_regions(x, region, &allowed);
    if (!allowed.n) {
        refuse(x, at, region.len, "is no country or state that is known: write OR, US.OR, Oregon or FR");
        return UINT32_MAX;
    }
    uint32_t place = choose(x, name, &allowed);
    if (place != UINT32_MAX) return place;
    size_t end = (size_t)snprintf(why, sizeof why, "there is no such city there; there is ");
    unsigned shown = 0;
    for (unsigned i = 0; i < name->n_refs && shown < 3 && end < sizeof why; i++) {
        uint32_t ref = x->d->refs[name->refs + i];
        if (!ref_is_place(ref)) continue;
        if (shown++) end += (size_t)snprintf(why + end, sizeof why - end, "; ");
        end = end < sizeof why ? add_place_text(x, REF_NUMBER(ref), why, sizeof why, end) : end;
    }
    refuse(x, at, region.len, why);
    return UINT32_MAX;
}

/* ---- near: and in: ---- */

/* 50km, 30mi, 50; 0: none of them. */
static double read_km(struct na_text t) {
    char text[16], *end;
    if (!t.len || t.len >= sizeof text || *t.ptr < '0' || *t.ptr > '9') return 0;
    memcpy(text, t.ptr, t.len);
    text[t.len] = '\0';
    double km = strtod(text, &end);
    if (!strcmp(end, "mi"))
        km *= 1.609344;
    else if (*end && strcmp(end, "km") != 0)
        return 0;
    return km > 0 && km <= MAX_KM ? km : 0;
}

static int find_region(const struct compiling *x, struct na_text value, struct na_text country,
                       uint16_t *ret) {
    struct allowed of, a;
    char text[120];
    for (size_t i = 0; !country.len && i < value.len; i++)
        if (value.ptr[i] == '/') {
            country = (struct na_text){value.ptr + i + 1, value.len - i - 1};
            value.len = i;
        }
    find_regions(x, value, &a);
    if (country.len) {
        find_regions(x, country, &of);
        size_t kept = 0;
        for (size_t i = 0; i < a.n; i++)
            for (size_t k = 0; k < of.n; k++)
                if (x->d->regions[a.regions[i]].country == of.regions[k] && a.regions[i] != of.regions[k]) {
                    a.regions[kept++] = a.regions[i];
                    break;
                }
        a.n = kept;
        /* A code that is not written out: 02/DE. */
        snprintf(text, sizeof text, "%s.%.*s", of.n ? x->d->regions[of.regions[0]].code : "",
                 (int)(value.len < 12 ? value.len : 12), value.ptr);
        for (uint32_t i = 0; !a.n && i < x->d->n_regions; i++)
            if (code_is(x->d->regions[i].code, text, strlen(text))) a.regions[a.n++] = (uint16_t)i;
    }
    if (!a.n) {
        refuse(x, 0, value.len,
               "is no country or state that is known: write in:FR, in:Oregon or in:\"OR/US\"");
        return -1;
    }
    snprintf(text, sizeof text, "%s (%s)", city_text(x->d, x->d->regions[a.regions[0]].name),
             x->d->regions[a.regions[0]].code);
    x->c->understood(x->c->ctx, x->term->id, text);
    if (a.n > 1) {
        char why[300];
        snprintf(why, sizeof why, "is taken as %s; for %s write in:%s", text,
                 city_text(x->d, x->d->regions[a.regions[1]].name), x->d->regions[a.regions[1]].code);
        x->c->warn_term(x->c->ctx, x->term->id, 0, x->term->value.len, why);
    }
    *ret = a.regions[0];
    return 0;
}

static bool prefix_is(const struct na_term *t, const char *prefix) {
    return t->prefix.len == strlen(prefix) && !strncasecmp(t->prefix.ptr, prefix, t->prefix.len);
}

static void compile_term(const struct compiling *x, struct city_term *out) {
    const struct na_term *t = x->term;
    *out =
        (struct city_term){.kind = TERM_CITY, .place = UINT32_MAX, .region = CITY_NONE, .fields = t->fields};
    if (prefix_is(t, "in")) {
        out->kind = TERM_IN;
        find_region(x, t->value, t->suffix, &out->region);
    } else if (prefix_is(t, "near")) {
        out->kind = TERM_NEAR;
        out->km = read_km(t->suffix);
        if (out->km > 0)
            out->place = find_place(x, t->value, (struct na_text){NULL, 0});
        else
            refuse(x, t->value.len, 0,
                   "near: wants a radius behind a slash, up to 2000km: near:\"Los Angeles\"/50km");
    } else {
        out->place = find_place(x, t->value, t->suffix);
    }
}

static int by_place(const void *a_, const void *b_, void *terms_) {
    const struct city_term *terms = terms_, *a = &terms[*(const uint32_t *)a_],
                           *b = &terms[*(const uint32_t *)b_];
    if ((a->kind == TERM_CITY) != (b->kind == TERM_CITY)) return a->kind == TERM_CITY ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

size_t value_first(const struct city_set *s, uint32_t place) {
    size_t from = 0, to = s->n - s->n_other;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (s->terms[s->order[mid]].place < place)
            from = mid + 1;
        else
            to = mid;
    }
    return from;
}

int value_compile(const struct city_data *d, const char *missing, const struct na_compile *c,
                  struct city_set **ret) {
    struct city_set *s = calloc(1, sizeof *s);
    if (!s) return NA_FAIL;
    s->n = c->n_terms;
    s->terms = calloc(c->n_terms ? c->n_terms : 1, sizeof *s->terms);
    s->order = calloc(c->n_terms ? c->n_terms : 1, sizeof *s->order);
    if (!s->terms || !s->order) {
        value_free(s);
        return NA_FAIL;
    }
    for (size_t i = 0; i < c->n_terms; i++) {
        const struct na_term *t = NA_AT(const struct na_term, c->terms, c->term_stride, i);
        const struct compiling x = {d, c, t};
        if (d)
            compile_term(&x, &s->terms[t->id]);
        else
            refuse(&x, 0, t->value.len, missing);
    }
    for (size_t i = 0; i < s->n; i++) {
        s->order[i] = (uint32_t)i;
        s->n_other += s->terms[i].kind != TERM_CITY;
    }
    qsort_r(s->order, s->n, sizeof *s->order, by_place, s->terms);
    *ret = s;
    return NA_OK;
}

bool term_has(const struct city_data *d, const struct city_term *t, uint32_t place) {
    const struct city_place *p = &d->places[place];
    if (t->kind != TERM_IN && t->place == UINT32_MAX) return false; /* was refused */
    switch (t->kind) {
    case TERM_CITY: return place == t->place;
    case TERM_NEAR: return city_km(p, &d->places[t->place]) <= t->km;
    case TERM_IN: break;
    }
    return p->country == t->region || p->admin == t->region;
}

void value_free(struct city_set *s) {
    if (!s) return;
    free(s->terms);
    free(s->order);
    free(s);
}

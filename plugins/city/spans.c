#include "walk.h"

#include <string.h>

#define AT_HOME 0.3 /* of a feed's sure cities */

/* Chinese, Japanese, Korean, Thai …: where the cutter makes every character a word. */
static bool is_solo(const struct na_word *w) {
    return w->folded.len && (unsigned char)*w->folded.ptr >= 0xe0 && w->folded.len <= 4 && is_caseless(w);
}

/* ---- names ---- */

static bool may_begin(const struct walk *w, const struct na_word *x) {
    if (x->flags & (NA_WORD_URL | NA_WORD_DIGIT)) return false;
    return (x->flags & NA_WORD_CAPITAL) || w->regime == NO_CAPITALS || is_caseless(x);
}

/* The Hague, la Paz: the article of a name may be small in a text. */
static bool is_article(const struct na_word *x) {
    static const char list[][4] = {"the", "la", "le", "el", "al", "les", "den"};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (x->folded.len == strlen(list[i]) && !memcmp(x->folded.ptr, list[i], x->folded.len)) return true;
    return false;
}

/* Anything but abbreviations of regions. */
bool has_more_than_short(const struct city_data *d, const struct city_name *n) {
    for (unsigned i = 0; i < n->n_refs; i++)
        if (REF_KIND(d->refs[n->refs + i]) != REF_SHORT) return true;
    return false;
}

/* The longest name that begins at word i; its number of words in *ret_n. `shorts`: abbreviations count. */
static const struct city_name *longest_at(const struct walk *w, size_t i, bool shorts, size_t *ret_n) {
    const struct city_data *d = w->r->data;
    const struct na_word *first = word(w, i);
    uint64_t hash[CITY_MAX_WORDS];
    hash[0] = city_hash(CITY_HASH_START, first->folded.ptr, first->folded.len);
    const struct city_name *one = city_find(d, hash[0], first->folded.ptr, first->folded.len);
    if (!one) return NULL;
    size_t n = 1;
    for (; n < one->longest && n < CITY_MAX_WORDS && i + n < w->field->n_words; n++) {
        const struct na_word *x = word(w, i + n);
        if ((x->flags & (NA_WORD_BREAK | NA_WORD_URL)) || (word(w, i + n - 1)->flags & NA_WORD_POSSESSIVE) ||
            !gap_only(gap_after(w, i + n - 1), in_names))
            break;
        hash[n] = city_hash(city_hash(hash[n - 1], " ", 1), x->folded.ptr, x->folded.len);
    }
    for (; n; n--) {
        const struct na_word *last = word(w, i + n - 1);
        if (!may_begin(w, last) || (n == 1 && !may_begin(w, first))) continue;
        const struct city_name *found = n == 1 ? one : city_find_words(d, hash[n - 1], first, w->stride, n);
        if (!found) continue;
        bool thing = n > 1 && (found->flags & NAME_HARDLY); /* White House: taken as a whole, no place */
        if (!thing && (!found->n_refs || (!shorts && !has_more_than_short(d, found)))) continue;
        *ret_n = n;
        return found;
    }
    return NULL;
}

/* ---- regions ---- */

void named_add(struct reading *r, uint16_t region, double times) {
    for (size_t i = 0; i < r->n_named; i++)
        if (r->named[i].region == region) {
            r->named[i].times += times;
            return;
        }
    if (r->n_named < MAX_NAMED) r->named[r->n_named++] = (struct named){region, times};
}

double named_times(const struct reading *r, uint16_t region) {
    for (size_t i = 0; i < r->n_named; i++)
        if (r->named[i].region == region) return r->named[i].times;
    return 0;
}

const struct city_place *top_place(const struct city_data *d, const struct city_name *n) {
    for (unsigned i = 0; i < n->n_refs; i++)
        if (ref_is_place(d->refs[n->refs + i])) return &d->places[REF_NUMBER(d->refs[n->refs + i])];
    return NULL;
}

static bool lies_in(const struct city_place *p, uint16_t region) {
    return p->admin == region || p->country == region;
}

/* Ontario, the province, and not the city in California; but at home there it may be that. */
static bool outweighed(const struct walk *w, const struct city_name *n, const struct city_place *top) {
    return (n->flags & NAME_REGION) &&
           (top->admin == CITY_NONE || homes_share(&w->r->homes, top->admin) < AT_HOME);
}

/* Which regions of a name count as named, and whether the name is nothing but a region here. A name that is a
 * large city's too says little of the region; one that is some small town's is the region. */
static void read_regions(struct walk *w, struct mention *m) {
    const struct city_data *d = w->r->data;
    const struct city_place *top = top_place(d, m->name);
    bool region = false, own = false, less = top && outweighed(w, m->name, top);
    bool large = top && !less && (top->population >= 100000 || top->kind == CITY_CAPITAL);
    unsigned regions = 0;
    for (unsigned i = 0; i < m->name->n_refs; i++) {
        uint32_t ref = d->refs[m->name->refs + i], kind = REF_KIND(ref);
        regions += kind == REF_REGION || kind == REF_PEOPLE;
    }
    for (unsigned i = 0; i < m->name->n_refs; i++) {
        uint32_t ref = d->refs[m->name->refs + i], kind = REF_KIND(ref);
        if (kind != REF_REGION && kind != REF_PEOPLE) continue;
        region = true;
        own |= top && lies_in(top, (uint16_t)REF_NUMBER(ref));
        named_add(w->r, (uint16_t)REF_NUMBER(ref),
                  (kind == REF_PEOPLE ? 0.5
                   : large            ? 0.3
                                      : 1.0) /
                      (regions > 1 ? 1.5 : 1));
    }
    if (!region) return;
    m->clues |= own ? BIT(OWN_REGION) : BIT(REGION);
    m->only_region = !top || less || (!large && !own);
}

/* The state or country behind the mention's words, if one of its places lies there. Returns its words. */
static size_t read_qualifier(struct walk *w, struct mention *m) {
    const struct city_data *d = w->r->data;
    size_t last = m->first + m->n_words - 1, n;
    if (last + 1 >= w->field->n_words || (word(w, last + 1)->flags & NA_WORD_BREAK)) return 0;
    struct na_text gap = gap_after(w, last);
    bool bare = gap_is(gap, " ");
    if (!gap_only(gap, before_qualifiers)) return 0;
    const struct city_name *q = longest_at(w, last + 1, true, &n);
    if (!q) return 0;
    const struct na_word *x = word(w, last + n);
    const char *behind = w->field->text.ptr + x->start + x->len;
    bool stop = behind < w->field->text.ptr + w->field->text.len && *behind == '.';
    bool capitals = (x->flags & NA_WORD_NO_SMALL) != 0;
    const struct city_place *city = top_place(d, q);
    if (city && city->population >= 500000 && !bare) {
        /* Rome, New York and Tokyo: a list of cities, not the town in the state. */
        struct na_text next = gap_after(w, last + n);
        bool before = m->first && gap_is(gap_after(w, m->first - 1), ", ");
        if (before || (last + n + 1 < w->field->n_words && gap_is(next, " ") &&
                       gap_is(word(w, last + n + 1)->folded, "and")))
            return 0;
    }
    for (unsigned i = 0; i < q->n_refs; i++) {
        uint32_t ref = d->refs[q->refs + i], kind = REF_KIND(ref);
        if (kind != REF_REGION && kind != REF_SHORT) continue;
        if (kind == REF_SHORT && q->key_len <= 2 && !capitals && !stop) continue;
        if (bare && !(kind == REF_SHORT && capitals) && !(kind == REF_REGION && w->regime != MIXED && !city))
            continue;
        for (unsigned k = 0; k < m->name->n_refs; k++) {
            uint32_t place = d->refs[m->name->refs + k];
            if (!ref_is_place(place) || !lies_in(&d->places[REF_NUMBER(place)], (uint16_t)REF_NUMBER(ref)))
                continue;
            m->qualifier = (uint16_t)REF_NUMBER(ref);
            m->clues |= BIT(QUALIFIER);
            named_add(w->r, m->qualifier, 1);
            return n;
        }
    }
    return 0;
}

/* ---- the walk ---- */

static struct mention *add_mention(struct walk *w, const struct city_name *name, size_t i, size_t n) {
    struct reading *r = w->r;
    size_t g = 0;
    while (g < r->n_groups && r->groups[g].name != name) g++;
    if (r->n_mentions == MAX_MENTIONS || g == MAX_GROUPS) return NULL;
    if (g == r->n_groups) r->groups[r->n_groups++] = (struct group){.name = name, .qualifier = CITY_NONE};
    const struct na_word *first = word(w, i), *last = word(w, i + n - 1);
    struct mention *m = &r->mentions[r->n_mentions++];
    *m = (struct mention){.field = w->field,
                          .name = name,
                          .first = (uint32_t)i,
                          .n_words = (uint32_t)n,
                          .start = first->start,
                          .len = last->start + last->len - first->start,
                          .at = (uint32_t)(r->n_read + i),
                          .qualifier = CITY_NONE,
                          .group = (uint8_t)g};
    return m;
}

/* Without capitals only large cities whose name is nothing else. */
static bool fits_without_capitals(const struct walk *w, const struct city_name *n, size_t words) {
    const struct city_place *top = top_place(w->r->data, n);
    if (!top) return true; /* a region */
    return top->population >= 30000 && n->key_len > 4 && !(words == 1 && (n->flags & NAME_DICTIONARY));
}

/* A nickname of few letters counts in capitals only: LA, not La. */
static bool fits_nick(const struct walk *w, const struct city_name *n, size_t i) {
    bool nick = false;
    for (unsigned k = 0; k < n->n_refs; k++) nick |= REF_KIND(w->r->data->refs[n->refs + k]) == REF_NICK;
    return !nick || n->key_len > 4 ||
           ((word(w, i)->flags & NA_WORD_NO_SMALL) && (w->regime == MIXED || w->regime == TITLE_CASE));
}

static void count_topics(struct walk *w, const struct na_word *x) {
    unsigned tells = word_tells(w->r->words, x->folded);
    w->r->sport += tells & WORD_SPORT ? 2 : tells & WORD_PERHAPS_SPORT ? 1 : 0;
    w->r->arts += tells & WORD_ARTS ? 2 : tells & WORD_PERHAPS_ARTS ? 1 : 0;
}

static size_t read_word(struct walk *w, size_t i) {
    const struct na_word *x = word(w, i);
    size_t n = 1;
    bool begins = may_begin(w, x);
    count_topics(w, x);
    /* Most words are small with a small one behind them: nothing begins there. */
    if (!begins && (i + 1 == w->field->n_words || !(word(w, i + 1)->flags & NA_WORD_CAPITAL))) return 1;
    if (!begins && !is_article(x)) {
        if (w->regime == MIXED && (word_tells(w->r->words, x->folded) & WORD_TITLE)) read_person(w, i, NULL);
        return 1;
    }
    if (x->flags & NA_WORD_URL) return 1;
    const struct city_name *name = longest_at(w, i, false, &n);
    if (!name || n == 1) {
        const struct city_name *one = name;
        if (!one)
            one = city_find(w->r->data, city_hash(CITY_HASH_START, x->folded.ptr, x->folded.len),
                            x->folded.ptr, x->folded.len);
        read_person(w, i, one);
    }
    bool stem = !name && !(x->flags & NA_WORD_POSSESSIVE);
    if (stem)
        name = stem_find(w->r->data, (struct na_text){w->field->text.ptr + x->start, x->len}, x->folded);
    if (!name || !fits_nick(w, name, i)) return 1;
    if (n > 1 && (name->flags & NAME_HARDLY)) return n;
    bool caseless = is_caseless(x);
    if ((w->regime == NO_CAPITALS || w->regime == ALL_CAPITALS) && !caseless &&
        !fits_without_capitals(w, name, n))
        return n;
    struct mention *m = add_mention(w, name, i, n);
    if (!m) return n;
    size_t qualifier = read_qualifier(w, m);
    read_regions(w, m);
    if (qualifier) m->only_region = false;
    if (m->only_region) return n;
    if ((name->flags & NAME_DICTIONARY) && !caseless) SAY(m, DICTIONARY);
    if (name->flags & NAME_HARDLY) SAY(m, HARDLY);
    if (n == 1 && (name->flags & NAME_FIRST)) SAY(m, IS_FIRST_NAME);
    if ((w->regime == NO_CAPITALS || w->regime == ALL_CAPITALS) && !caseless) SAY(m, NO_CAPITALS);
    if (x->flags & (NA_WORD_AT_SIGN | NA_WORD_HASH_SIGN)) SAY(m, SIGN);
    if (is_solo(x)) SAY(m, SOLO);
    if (stem) SAY(m, IN);
    if (n > 1) SAY(m, SEVERAL);
    clues_around(w, m, qualifier);
    return n + qualifier;
}

void spans_read(struct reading *r) {
    const struct na_item *item = r->item;
    for (size_t f = 0; f < item->n_fields; f++) {
        const struct na_field *field = NA_AT(const struct na_field, item->fields, item->field_stride, f);
        if (field->kind != NA_TITLE && field->kind != NA_SUMMARY && field->kind != NA_CONTENT) continue;
        struct walk w = {r, field, item->word_stride, MIXED};
        w.regime = regime_of(&w);
        for (size_t i = 0;
             i < field->n_words && r->n_read + i < MAX_WORDS_READ && r->n_mentions < MAX_MENTIONS;)
            i += read_word(&w, i);
        r->n_read += field->n_words;
    }
    mentions_together(r);
}

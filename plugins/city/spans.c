#include "city.h"

#include <string.h>

#define AT_HOME 0.3 /* of a feed's sure cities */

/* How a field writes capitals, which says what they tell in it. */
enum regime { MIXED, TITLE_CASE, ALL_CAPITALS, NO_CAPITALS };

struct walk {
    struct reading *r;
    const struct na_field *field;
    size_t stride;
    enum regime regime;
};

static const struct na_word *word(const struct walk *w, size_t i) {
    return NA_AT(const struct na_word, w->field->words, w->stride, i);
}

/* ---- scripts and capitals ---- */

/* Of a script that knows no capitals: from Hebrew on, without what is Latin, Greek or Georgian there. */
static bool is_caseless(const struct na_word *w) {
    const unsigned char *p = (const unsigned char *)w->folded.ptr;
    if (w->folded.len < 2 || *p < 0xd6) return false;
    if (*p < 0xe0) return *p > 0xd6 || p[1] >= 0x90;
    return !(*p == 0xe1 && p[1] >= 0xb8 && p[1] <= 0xbf);
}

/* Chinese, Japanese, Korean, Thai …: where the cutter makes every character a word. */
static bool is_solo(const struct na_word *w) {
    return w->folded.len && (unsigned char)*w->folded.ptr >= 0xe0 && w->folded.len <= 4 && is_caseless(w);
}

static enum regime regime_of(const struct walk *w) {
    size_t cased = 0, no_small = 0, capital = 0, long_words = 0, long_capital = 0;
    size_t n = w->field->n_words < 2000 ? w->field->n_words : 2000;
    for (size_t i = 0; i < n; i++) {
        const struct na_word *x = word(w, i);
        if ((x->flags & (NA_WORD_URL | NA_WORD_DIGIT)) || is_caseless(x)) continue;
        cased++;
        capital += (x->flags & NA_WORD_CAPITAL) != 0;
        no_small += (x->flags & NA_WORD_NO_SMALL) != 0;
        if (x->folded.len < 4) continue;
        long_words++;
        long_capital += (x->flags & NA_WORD_CAPITAL) != 0;
    }
    if (cased >= 2 && no_small == cased) return ALL_CAPITALS;
    if (cased && !capital) return NO_CAPITALS;
    /* A headline has no full stop at its end. */
    bool stop = w->field->text.len && w->field->text.ptr[w->field->text.len - 1] == '.';
    return !stop && long_words >= 4 && long_capital * 10 >= long_words * 8 ? TITLE_CASE : MIXED;
}

/* ---- what stands between words ---- */

/* The bytes between word i and word i + 1, without a possessive. */
static struct na_text gap_after(const struct walk *w, size_t i) {
    const struct na_word *a = word(w, i);
    size_t from = a->start + a->len;
    size_t to = i + 1 < w->field->n_words ? word(w, i + 1)->start : w->field->text.len;
    if (a->flags & NA_WORD_POSSESSIVE) {
        static const char *const marks[] = {"'s", "’s", "'S", "’S", "‘s", "ʼs"};
        for (size_t k = 0; k < sizeof marks / sizeof *marks; k++) {
            size_t len = strlen(marks[k]);
            if (to - from >= len && !memcmp(w->field->text.ptr + from, marks[k], len)) from += len;
        }
    }
    return (struct na_text){w->field->text.ptr + from, to > from ? to - from : 0};
}

static bool gap_only(struct na_text gap, const char *const *allowed) {
    for (size_t at = 0; at < gap.len;) {
        size_t k = 0;
        for (; allowed[k]; k++) {
            size_t len = strlen(allowed[k]);
            if (len <= gap.len - at && !memcmp(gap.ptr + at, allowed[k], len)) break;
        }
        if (!allowed[k]) return false;
        at += strlen(allowed[k]);
    }
    return true;
}

static const char *const in_names[] = {" ", "-", ".", "'", "’", "\u00a0", "\u2010", "\u2011", NULL};
static const char *const spaces[] = {" ",  "-", "#", "@", "\u00a0", "\u2010", "\u2011",
                                     "\"", "“", "”", "‘", "’",      "'",      NULL};
static const char *const commas[] = {" ", ",", "(", "/", "\u00a0", NULL};

static bool gap_is(struct na_text gap, const char *text) {
    return gap.len == strlen(text) && !memcmp(gap.ptr, text, gap.len);
}

/* No word before i belongs to its sentence. */
static bool starts_sentence(const struct walk *w, size_t i) {
    if (!i || (word(w, i)->flags & NA_WORD_BREAK)) return true;
    struct na_text gap = gap_after(w, i - 1);
    if (gap_only(gap, spaces)) return false;
    for (size_t k = 0; k < gap.len; k++)
        if (strchr(".!?:;", gap.ptr[k]) || (unsigned char)gap.ptr[k] == 0xe2) return true;
    return false;
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

static bool names_region(const struct city_data *d, const struct city_name *n) {
    for (unsigned i = 0; i < n->n_refs; i++)
        if (REF_KIND(d->refs[n->refs + i]) == REF_REGION || REF_KIND(d->refs[n->refs + i]) == REF_PEOPLE)
            return true;
    return false;
}

static bool has_more_than_short(const struct city_data *d, const struct city_name *n) {
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

static const struct city_place *top_place(const struct city_data *d, const struct city_name *n) {
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
    m->clues |= UINT64_C(1) << (own ? CLUE_OWN_REGION : CLUE_REGION);
    m->only_region = !top || less || (!large && !own);
}

/* The state or country behind the mention's words, if one of its places lies there. Returns its words. */
static size_t read_qualifier(struct walk *w, struct mention *m) {
    const struct city_data *d = w->r->data;
    size_t last = m->first + m->n_words - 1, n;
    if (last + 1 >= w->field->n_words || (word(w, last + 1)->flags & NA_WORD_BREAK)) return 0;
    struct na_text gap = gap_after(w, last);
    bool bare = gap_is(gap, " ");
    if (!gap_only(gap, commas)) return 0;
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
            m->clues |= UINT64_C(1) << CLUE_QUALIFIER;
            named_add(w->r, m->qualifier, 1);
            return n;
        }
    }
    return 0;
}

/* ---- what stands around a mention ---- */

/* A Moscow, please; his Stalingrad: what is not the place itself. */
static bool is_possession(struct na_text t) {
    static const char *const list[] = {"a",   "an",    "my",   "your",  "his", "her",
                                       "our", "their", "this", "every", NULL};
    for (size_t i = 0; list[i]; i++)
        if (gap_is(t, list[i])) return true;
    return false;
}

/* A word follows that the mention may describe: a Houston man. */
static bool has_noun_after(const struct walk *w, const struct mention *m) {
    size_t next = m->first + m->n_words;
    if (next >= w->field->n_words || (word(w, next)->flags & NA_WORD_BREAK)) return false;
    struct na_text gap = gap_after(w, next - 1);
    return (gap_is(gap, " ") || gap_is(gap, "-")) &&
           !(word_tells(w->r->words, word(w, next)->folded) & (WORD_FUNCTION | WORD_IN));
}

static void clue_before(const struct walk *w, struct mention *m) {
#define SAY(c) (m->clues |= UINT64_C(1) << (c))
    if (starts_sentence(w, m->first)) {
        if (m->n_words == 1 && (m->name->flags & NAME_DICTIONARY)) SAY(CLUE_SENTENCE_START);
        return;
    }
    const struct na_word *b = word(w, m->first - 1);
    struct na_text gap = gap_after(w, m->first - 1);
    if (!gap_only(gap, spaces) || (b->flags & NA_WORD_URL)) {
        /* J. Lincoln, Dr. Lincoln: the stop of an initial or a title is no sentence's end. */
        if (!(gap_is(gap, ". ") && (b->flags & NA_WORD_CAPITAL))) return;
    }
    unsigned tells = word_tells(w->r->words, b->folded);
    /* In south St. Louis: the word before the direction counts. */
    if ((tells & WORD_DIRECTION) && !(b->flags & NA_WORD_CAPITAL) && m->first > 1 &&
        gap_is(gap_after(w, m->first - 2), " ")) {
        b = word(w, m->first - 2);
        tells = word_tells(w->r->words, b->folded);
    }
    if (gap_is(gap, "-") && (b->folded.len == 1 || (b->folded.len == 3 && b->folded.ptr[0] != 'p')) &&
        (*b->folded.ptr == 'r' || *b->folded.ptr == 'd' || *b->folded.ptr == 'i'))
        return (void)SAY(CLUE_PARTY);
    if (is_possession(b->folded) && !has_noun_after(w, m)) SAY(CLUE_ARTICLE);
    if (tells & WORD_IN) SAY(CLUE_IN);
    if ((tells & WORD_TO) && !(tells & WORD_IN)) SAY(CLUE_TO);
    if (m->first > 1 && (tells & WORD_TO)) {
        const struct na_word *bb = word(w, m->first - 2);
        unsigned more = word_tells(w->r->words, bb->folded);
        if (gap_is(bb->folded, "counties"))
            SAY(CLUE_COUNTIES);
        else if (more & WORD_REGION)
            SAY(CLUE_ORGANISATION_BEFORE);
        else if (more & WORD_PLACE_BEFORE)
            SAY(CLUE_PLACE_BEFORE);
        else if ((more & (WORD_ORGANISATION_BEFORE | WORD_ORGANISATION)) && (bb->flags & NA_WORD_CAPITAL))
            SAY(CLUE_ORGANISATION_BEFORE);
    }
    if ((tells & WORD_REGION) && (m->clues & (UINT64_C(1) << CLUE_REGION | UINT64_C(1) << CLUE_OWN_REGION)))
        SAY(CLUE_ORGANISATION_BEFORE);
    if (!(b->flags & NA_WORD_CAPITAL) || starts_sentence(w, m->first - 1)) {
        bool place = (tells & WORD_PLACE_BEFORE) && !(tells & WORD_ORGANISATION);
        if (tells & WORD_TITLE)
            SAY(CLUE_TITLE);
        else if (place || ((tells & WORD_PLACE_BEFORE) && !(b->flags & NA_WORD_CAPITAL)))
            SAY(CLUE_PLACE_BEFORE);
        if (place || !(b->flags & NA_WORD_CAPITAL)) return;
    }
    if (w->regime == NO_CAPITALS || w->regime == ALL_CAPITALS) return;
    if (tells & WORD_TITLE) SAY(CLUE_TITLE);
    if (tells & WORD_ORGANISATION_BEFORE) SAY(CLUE_ORGANISATION_BEFORE);
    if (tells || (b->flags & NA_WORD_POSSESSIVE)) return;
    const struct city_name *first = city_find(
        w->r->data, city_hash(CITY_HASH_START, b->folded.ptr, b->folded.len), b->folded.ptr, b->folded.len);
    if ((first && (first->flags & NAME_FIRST)) || b->folded.len == 1)
        SAY(CLUE_FIRST_NAME);
    else if (w->regime == MIXED && !(first && names_region(w->r->data, first)))
        SAY(CLUE_CAPITAL_BEFORE);
}

static void clue_after(const struct walk *w, struct mention *m) {
    size_t next = m->first + m->n_words;
    if (next >= w->field->n_words || (word(w, next)->flags & NA_WORD_BREAK)) return;
    const struct na_word *a = word(w, next), *last = word(w, next - 1);
    struct na_text gap = gap_after(w, next - 1);
    if (!gap_only(gap, spaces) || (a->flags & NA_WORD_URL)) return;
    unsigned tells = word_tells(w->r->words, a->folded);
    bool capital = (a->flags & NA_WORD_CAPITAL) != 0;
    if (a->folded.len == 8 && !memcmp(a->folded.ptr, "counties", 8)) {
        SAY(CLUE_COUNTIES);
        return;
    }
    if ((tells & WORD_THING) || ((tells & WORD_REGION) && (m->clues & (UINT64_C(1) << CLUE_REGION |
                                                                       UINT64_C(1) << CLUE_OWN_REGION)))) {
        SAY(CLUE_ORGANISATION);
        return;
    }
    /* Leicester City plays football; Salem City Council sits in Salem. */
    if (capital && w->regime == MIXED && a->folded.len == 4 && !memcmp(a->folded.ptr, "city", 4)) {
        unsigned more = next + 1 < w->field->n_words && gap_is(gap_after(w, next), " ")
                            ? word_tells(w->r->words, word(w, next + 1)->folded)
                            : 0;
        SAY(more & (WORD_PLACE_AFTER | WORD_TITLE | WORD_ORGANISATION) ? CLUE_PLACE_AFTER
                                                                       : CLUE_ORGANISATION);
        return;
    }
    /* Chicago Mayor, Boston police chief: behind a name these speak of the city. */
    if ((tells & WORD_PLACE_AFTER) || (capital && (tells & WORD_TITLE) && !(tells & WORD_ORGANISATION))) {
        SAY(CLUE_PLACE_AFTER);
        return;
    }
    if ((tells & WORD_ORGANISATION) && (capital || w->regime == NO_CAPITALS) &&
        !(last->flags & NA_WORD_POSSESSIVE)) {
        SAY(CLUE_ORGANISATION);
        return;
    }
    if (!capital && (tells & WORD_SPEECH)) SAY(CLUE_SPEAKS);
    if (!capital && !(tells & ~(unsigned)(WORD_SPORT | WORD_PERHAPS_SPORT)) && gap_is(gap, " ") &&
        !is_caseless(a) && !(last->flags & NA_WORD_POSSESSIVE) && w->regime == MIXED)
        SAY(CLUE_WORD_AFTER);
    if (!capital || tells || w->regime != MIXED || (last->flags & NA_WORD_POSSESSIVE)) {
        /* In a headline a first name with a capital word behind it is a person all the same. */
        if (!(capital && !tells && w->regime == TITLE_CASE && m->n_words == 1 &&
              (m->name->flags & NAME_FIRST) && !(last->flags & NA_WORD_POSSESSIVE)))
            return;
    }
    const struct city_name *other = city_find(
        w->r->data, city_hash(CITY_HASH_START, a->folded.ptr, a->folded.len), a->folded.ptr, a->folded.len);
    if (other && other->n_refs && !has_more_than_short(w->r->data, other)) return;
    SAY(CLUE_CAPITAL_AFTER);
    if (m->n_words == 1 && (m->name->flags & NAME_FIRST)) SAY(CLUE_PERSON);
}

/* PARIS (AP) —, LOS ANGELES, Calif., Nov. 24 -: at the begin of a field or paragraph, a dash soon behind. */
static void clue_dateline(const struct walk *w, struct mention *m, size_t qualifier) {
    if (m->first && !(word(w, m->first)->flags & NA_WORD_BREAK)) return;
    const struct na_word *last = word(w, m->first + m->n_words + qualifier - 1);
    const char *p = w->field->text.ptr + last->start + last->len,
               *end = w->field->text.ptr + w->field->text.len;
    if (end - p > 44) end = p + 44;
    unsigned small = 0;
    bool bracket = false;
    for (; p < end && *p != '\n'; p++) {
        if (*p == '(') bracket = true;
        if (*p == ')') bracket = false;
        small += !bracket && *p >= 'a' && *p <= 'z';
        if (end - p > 2 && !bracket &&
            (!memcmp(p, " - ", 3) || !memcmp(p, "—", 3) || !memcmp(p, "–", 3) || !memcmp(p, " --", 3))) {
            if (small <= 8) SAY(CLUE_DATELINE);
            return;
        }
    }
}
#undef SAY

/* ---- persons ---- */

static void add_surname(struct reading *r, uint64_t hash) {
    if (r->n_surnames < MAX_SURNAMES) r->surnames[r->n_surnames++] = hash;
}

/* After a first name or a title: the capital words that come, the last of them a surname. */
static void read_person(struct walk *w, size_t i, const struct city_name *name) {
    if (w->regime == NO_CAPITALS || w->regime == ALL_CAPITALS || w->r->n_surnames == MAX_SURNAMES) return;
    unsigned tells = word_tells(w->r->words, word(w, i)->folded);
    bool title = (tells & WORD_TITLE) != 0;
    if (!title && !(name && (name->flags & NAME_FIRST) && !tells)) return;
    for (size_t k = 1; k <= 3 && i + k < w->field->n_words; k++) {
        const struct na_word *x = word(w, i + k), *before = word(w, i + k - 1);
        struct na_text gap = gap_after(w, i + k - 1);
        bool joined = gap_is(gap, " ") || (gap_is(gap, ". ") && (k == 1 || before->folded.len == 1));
        if (!joined || !(x->flags & NA_WORD_CAPITAL) || (x->flags & NA_WORD_BREAK) ||
            (before->flags & NA_WORD_POSSESSIVE))
            return;
        if (x->folded.len == 1) continue;
        if (word_tells(w->r->words, x->folded) & ~(unsigned)WORD_ORGANISATION) return;
        if ((word_tells(w->r->words, x->folded) & WORD_ORGANISATION) && !title && w->regime == TITLE_CASE)
            return;
        uint64_t h = city_hash(CITY_HASH_START, x->folded.ptr, x->folded.len);
        const struct city_name *other = city_find(w->r->data, h, x->folded.ptr, x->folded.len);
        for (unsigned q = 0; other && q < other->n_refs; q++)
            if (REF_KIND(w->r->data->refs[other->refs + q]) == REF_REGION) return;
        add_surname(w->r, h);
        if (!title && !(other && (other->flags & NAME_FIRST))) return;
    }
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

static void count_sport(struct walk *w, const struct na_word *x) {
    unsigned tells = word_tells(w->r->words, x->folded);
    w->r->sport += tells & WORD_SPORT ? 2 : tells & WORD_PERHAPS_SPORT ? 1 : 0;
}

static size_t read_word(struct walk *w, size_t i) {
    const struct na_word *x = word(w, i);
    size_t n = 1;
    bool begins = may_begin(w, x);
    count_sport(w, x);
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
#define SAY(c) (m->clues |= UINT64_C(1) << (c))
    size_t qualifier = read_qualifier(w, m);
    read_regions(w, m);
    if (qualifier) m->only_region = false;
    if (m->only_region) return n;
    if ((name->flags & NAME_DICTIONARY) && !caseless) SAY(CLUE_DICTIONARY);
    if (name->flags & NAME_HARDLY) SAY(CLUE_HARDLY);
    if (n == 1 && (name->flags & NAME_FIRST)) SAY(CLUE_IS_FIRST_NAME);
    if ((w->regime == NO_CAPITALS || w->regime == ALL_CAPITALS) && !caseless) SAY(CLUE_NO_CAPITALS);
    if (x->flags & (NA_WORD_AT_SIGN | NA_WORD_HASH_SIGN)) SAY(CLUE_SIGN);
    if (is_solo(x)) SAY(CLUE_SOLO);
    if (stem) SAY(CLUE_IN);
    if (n > 1) SAY(CLUE_SEVERAL);
#undef SAY
    clue_before(w, m);
    if (!qualifier) clue_after(w, m);
    /* At Boston College: what is spoken of is the college. */
    if (m->clues & UINT64_C(1) << CLUE_ORGANISATION)
        m->clues &= ~(UINT64_C(1) << CLUE_IN | UINT64_C(1) << CLUE_TO);
    clue_dateline(w, m, qualifier);
    return n + qualifier;
}

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
        a->clues |= UINT64_C(1) << CLUE_LIST;
        b->clues |= UINT64_C(1) << CLUE_LIST | (a->clues & (UINT64_C(1) << CLUE_IN | UINT64_C(1) << CLUE_TO));
        if (gap_is(gap, "/")) b->clues |= a->clues & UINT64_C(1) << CLUE_DATELINE;
    }
}

/* Lake, Napa and Sonoma counties; the counties of Orange and Riverside: all of the list are counties, and
 * none is a city. */
static void mark_counties(struct reading *r) {
    const uint64_t bit = UINT64_C(1) << CLUE_COUNTIES;
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

/* Nothing in the words around says that it is a place; in an item of sport it is a team then. */
static void mark_alone(struct reading *r) {
    static const uint64_t place = UINT64_C(1) << CLUE_QUALIFIER | UINT64_C(1) << CLUE_DATELINE |
                                  UINT64_C(1) << CLUE_IN | UINT64_C(1) << CLUE_PLACE_BEFORE |
                                  UINT64_C(1) << CLUE_PLACE_AFTER | UINT64_C(1) << CLUE_PARTY;
    for (size_t i = 0; i < r->n_mentions; i++) {
        struct mention *m = &r->mentions[i];
        if (m->clues & place) continue;
        if (r->sport >= 2) m->clues |= UINT64_C(1) << CLUE_SPORT;
        if (!(m->clues & (UINT64_C(1) << CLUE_TO | UINT64_C(1) << CLUE_LIST | UINT64_C(1) << CLUE_SPEAKS)))
            m->clues |= UINT64_C(1) << CLUE_ALONE;
    }
}

static void mark_persons(struct reading *r) {
    for (size_t i = 0; i < r->n_mentions; i++) {
        struct mention *m = &r->mentions[i];
        if (m->n_words > 1 || m->qualifier != CITY_NONE) continue;
        uint64_t h = city_hash(CITY_HASH_START, city_text(r->data, m->name->key), m->name->key_len);
        for (size_t k = 0; k < r->n_surnames; k++)
            if (r->surnames[k] == h) m->clues |= UINT64_C(1) << CLUE_PERSON;
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
    link_lists(r);
    mark_counties(r);
    mark_persons(r);
    mark_alone(r);
    for (size_t i = 0; i < r->n_mentions; i++)
        if (r->mentions[i].qualifier != CITY_NONE) bind(r, &r->mentions[i]);
}

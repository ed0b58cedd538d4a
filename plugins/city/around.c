#include "walk.h"

#include <string.h>

#define LARGEST_NAMESAKE 200000 /* people of a city whose name says first name all the same */

static bool names_region(const struct city_data *d, const struct city_name *n) {
    for (unsigned i = 0; i < n->n_refs; i++)
        if (REF_KIND(d->refs[n->refs + i]) == REF_REGION || REF_KIND(d->refs[n->refs + i]) == REF_PEOPLE)
            return true;
    return false;
}

static const struct city_name *name_of(const struct walk *w, const struct na_word *x) {
    return city_find(w->r->data, city_hash(CITY_HASH_START, x->folded.ptr, x->folded.len), x->folded.ptr,
                     x->folded.len);
}

/* ---- what stands around a mention ---- */

static bool is_one_of(struct na_text t, const char *const *list) {
    while (*list && !gap_is(t, *list)) list++;
    return *list != NULL;
}

/* The word that the mention may describe (a Houston man), or NULL. */
static const struct na_word *noun_after(const struct walk *w, const struct mention *m) {
    size_t next = m->first + m->n_words;
    if (next >= w->field->n_words || (word(w, next)->flags & NA_WORD_BREAK)) return NULL;
    struct na_text gap = gap_after(w, next - 1);
    if (!gap_is(gap, " ") && !gap_is(gap, "-")) return NULL;
    unsigned tells = word_tells(w->r->words, word(w, next)->folded);
    return tells & (WORD_FUNCTION | WORD_IN) ? NULL : word(w, next);
}

/* A Moscow, please; his Stalingrad; my Casablanca moment, but our London home: not the place itself. */
static bool is_owned(const struct walk *w, const struct mention *m, struct na_text before) {
    static const char *const owners[] = {"my", "your", "our", NULL};
    static const char *const articles[] = {"a", "an", "his", "her", "their", "this", "every", NULL};
    const struct na_word *noun = noun_after(w, m);
    if (is_one_of(before, articles)) return !noun;
    return is_one_of(before, owners) && !(noun && (word_tells(w->r->words, noun->folded) & WORD_PLACE_AFTER));
}

static void clue_before(const struct walk *w, struct mention *m) {
    if (starts_sentence(w, m->first)) {
        if (m->n_words == 1 && (m->name->flags & NAME_DICTIONARY)) SAY(m, SENTENCE_START);
        return;
    }
    const struct na_word *b = word(w, m->first - 1);
    struct na_text gap = gap_after(w, m->first - 1);
    if (!gap_only(gap, in_phrases) || (b->flags & NA_WORD_URL)) {
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
        return (void)SAY(m, PARTY);
    if (is_owned(w, m, b->folded)) {
        SAY(m, ARTICLE);
        if (b->flags & NA_WORD_CAPITAL) return; /* in small letters "a" is to, in languages of Rome's */
    }
    if (tells & WORD_IN) SAY(m, IN);
    if ((tells & WORD_TO) && !(tells & WORD_IN)) SAY(m, TO);
    if (m->first > 1 && (tells & WORD_TO)) {
        const struct na_word *bb = word(w, m->first - 2);
        unsigned more = word_tells(w->r->words, bb->folded);
        if (gap_is(bb->folded, "counties"))
            SAY(m, COUNTIES);
        else if (more & WORD_REGION)
            SAY(m, ORGANISATION_BEFORE);
        else if (more & WORD_PLACE_BEFORE)
            SAY(m, PLACE_BEFORE);
        else if ((more & (WORD_ORGANISATION_BEFORE | WORD_ORGANISATION)) && (bb->flags & NA_WORD_CAPITAL))
            SAY(m, ORGANISATION_BEFORE);
    }
    if ((tells & WORD_REGION) && (m->clues & (BIT(REGION) | BIT(OWN_REGION)))) SAY(m, ORGANISATION_BEFORE);
    if (!(b->flags & NA_WORD_CAPITAL) || starts_sentence(w, m->first - 1)) {
        bool place = (tells & WORD_PLACE_BEFORE) && !(tells & WORD_ORGANISATION);
        if (tells & WORD_TITLE)
            SAY(m, TITLE);
        else if (place || ((tells & WORD_PLACE_BEFORE) && !(b->flags & NA_WORD_CAPITAL)))
            SAY(m, PLACE_BEFORE);
        if (place || !(b->flags & NA_WORD_CAPITAL)) return;
    }
    if (w->regime == NO_CAPITALS || w->regime == ALL_CAPITALS) return;
    if (tells & WORD_TITLE) SAY(m, TITLE);
    if (tells & WORD_ORGANISATION_BEFORE) SAY(m, ORGANISATION_BEFORE);
    if ((tells & ~(unsigned)WORD_TOPIC) || (b->flags & NA_WORD_POSSESSIVE)) return;
    const struct city_name *first = name_of(w, b);
    if ((first && (first->flags & NAME_FIRST)) || b->folded.len == 1)
        SAY(m, FIRST_NAME);
    else if (w->regime == MIXED && !(first && names_region(w->r->data, first)))
        SAY(m, CAPITAL_BEFORE);
}

/* Budapest by George Ezra, but Budapest by Monday. */
static bool is_by_person(const struct walk *w, size_t i) {
    if (!gap_is(word(w, i)->folded, "by") || i + 1 >= w->field->n_words) return false;
    const struct na_word *x = word(w, i + 1);
    const struct city_name *name = name_of(w, x);
    return (x->flags & NA_WORD_CAPITAL) && !(name && (name->flags & NAME_HARDLY));
}

/* A first name and no large city's, at word i. */
static bool is_persons_name(const struct walk *w, size_t i) {
    const struct na_word *x = word(w, i);
    const struct city_name *name = name_of(w, x);
    if (!name || !(name->flags & NAME_FIRST) || !(x->flags & NA_WORD_CAPITAL)) return false;
    const struct city_place *top = top_place(w->r->data, name);
    return !top || top->population < LARGEST_NAMESAKE;
}

/* Dakota, Cheyenne and Phoenix; Brooklyn and Austin. */
static void clue_names(const struct walk *w, struct mention *m) {
    size_t n = w->field->n_words, i = m->first, next = i + m->n_words;
    if (!(m->clues & BIT(IS_FIRST_NAME))) return;
    bool before = i > 0 && gap_is(gap_after(w, i - 1), ", ") && is_persons_name(w, i - 1);
    if (i > 1 && gap_is(word(w, i - 1)->folded, "and")) before |= is_persons_name(w, i - 2);
    bool after = next < n && gap_is(gap_after(w, next - 1), ", ") && is_persons_name(w, next);
    if (next + 1 < n && gap_is(word(w, next)->folded, "and")) after |= is_persons_name(w, next + 1);
    if (before || after) SAY(m, NAMES);
}

static void clue_after(const struct walk *w, struct mention *m) {
    size_t next = m->first + m->n_words;
    if (next >= w->field->n_words || (word(w, next)->flags & NA_WORD_BREAK)) return;
    const struct na_word *a = word(w, next), *last = word(w, next - 1);
    struct na_text gap = gap_after(w, next - 1);
    if (!gap_only(gap, in_phrases) || (a->flags & NA_WORD_URL)) return;
    unsigned tells = word_tells(w->r->words, a->folded);
    bool capital = (a->flags & NA_WORD_CAPITAL) != 0;
    if (a->folded.len == 8 && !memcmp(a->folded.ptr, "counties", 8)) {
        SAY(m, COUNTIES);
        return;
    }
    if ((tells & WORD_THING) || ((tells & WORD_REGION) && (m->clues & (BIT(REGION) | BIT(OWN_REGION))))) {
        SAY(m, ORGANISATION);
        return;
    }
    /* Leicester City plays football; Salem City Council sits in Salem. */
    if (capital && w->regime == MIXED && a->folded.len == 4 && !memcmp(a->folded.ptr, "city", 4)) {
        unsigned more = next + 1 < w->field->n_words && gap_is(gap_after(w, next), " ")
                            ? word_tells(w->r->words, word(w, next + 1)->folded)
                            : 0;
        if (more & (WORD_PLACE_AFTER | WORD_TITLE | WORD_ORGANISATION))
            SAY(m, PLACE_AFTER);
        else
            SAY(m, ORGANISATION);
        return;
    }
    /* Chicago Mayor, Boston police chief: behind a name these speak of the city; a Boston college does, and
     * Boston College does not. */
    if (((tells & WORD_PLACE_AFTER) && !(capital && (tells & WORD_ORGANISATION))) ||
        (capital && (tells & WORD_TITLE) && !(tells & WORD_ORGANISATION))) {
        SAY(m, PLACE_AFTER);
        return;
    }
    if ((tells & WORD_ORGANISATION) && (capital || w->regime == NO_CAPITALS) &&
        !(last->flags & NA_WORD_POSSESSIVE)) {
        SAY(m, ORGANISATION);
        return;
    }
    if (!capital && (tells & WORD_SPEECH)) SAY(m, SPEAKS);
    if (!capital && (tells & WORD_ACT) && !(last->flags & NA_WORD_POSSESSIVE)) SAY(m, ACTS);
    if (!capital && !(tells & ~(unsigned)WORD_TOPIC) && gap_is(gap, " ") && !is_caseless(a) &&
        !(last->flags & NA_WORD_POSSESSIVE) && w->regime == MIXED)
        SAY(m, WORD_AFTER);
    if (!capital && (tells & (WORD_SPORT | WORD_PERHAPS_SPORT)) && !(last->flags & NA_WORD_POSSESSIVE))
        SAY(m, TEAM);
    if (is_by_person(w, next)) SAY(m, ARTS);
    tells &= ~(unsigned)WORD_TOPIC;
    if (!capital || tells || w->regime != MIXED || (last->flags & NA_WORD_POSSESSIVE)) {
        /* In a headline a first name with a capital word behind it is a person all the same. */
        if (!(capital && !tells && w->regime == TITLE_CASE && m->n_words == 1 &&
              (m->name->flags & NAME_FIRST) && !(last->flags & NA_WORD_POSSESSIVE)))
            return;
    }
    const struct city_name *other = name_of(w, a);
    if (other && other->n_refs && !has_more_than_short(w->r->data, other)) return;
    SAY(m, CAPITAL_AFTER);
    if (m->n_words == 1 && (m->name->flags & NAME_FIRST)) SAY(m, PERSON);
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
            if (small <= 8) SAY(m, DATELINE);
            return;
        }
    }
}

void clues_around(const struct walk *w, struct mention *m, size_t qualifier) {
    clue_before(w, m);
    if (!qualifier) clue_after(w, m);
    clue_names(w, m);
    /* At Boston College: what is spoken of is the college. */
    if (m->clues & BIT(ORGANISATION)) m->clues &= ~(BIT(IN) | BIT(TO));
    clue_dateline(w, m, qualifier);
}

/* ---- persons ---- */

static void add_surname(struct reading *r, uint64_t hash) {
    if (r->n_surnames < MAX_SURNAMES) r->surnames[r->n_surnames++] = hash;
}

void read_person(const struct walk *w, size_t i, const struct city_name *name) {
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
        if (word_tells(w->r->words, x->folded) &
            ~(unsigned)(WORD_ORGANISATION | WORD_PLACE_AFTER | WORD_TOPIC))
            return;
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

/* The rules `copy` by text and `words`. */
#include "story/index_inside.h"

#include "base/mem.h"
#include "base/time.h"

#include <math.h>

/* What is asked of an item and a story, and what each answer adds to the log odds that both tell one event: a
 * logistic regression over the seven labelled sets of tests/story, each of which was left out once to see
 * what holds for texts that nobody has seen. A wrong join counts there as often as the story has items, a
 * miss .5 times without a lead and .8 times with one: with that, at even odds, 4.4 and 2.0 % of the pairs
 * were wrong in the sets that were left out. STORY_THRESHOLD asks for better odds, since a wrong join hides
 * news and a miss only repeats some; LONE is chosen for the same reason, and AGE since such small sets, with
 * all of an event within hours, cannot tell it. Over all seven sets .7 % of the pairs by titles are wrong. */
enum fact {
    ALWAYS,
    LEAD,
    SHARED,
    BESIDE_PLACES,
    CORE_NAMES,
    OTHER_NAMES,
    TITLE_WORDS,
    TITLE_LENGTH,
    OWN_WORD,
    NO_NAME,
    APART,
    MIXED,
    LONE,
    LONE_PLACE,
    AGE,
    FACTS
};
static const float weights[FACTS] = {
    [ALWAYS] = -2.87f,       /* the odds are even at a threshold of .5 */
    [LEAD] = -0.34f,         /* has the item a lead? Then more is shared by chance */
    [SHARED] = 1.09f,        /* log of the weights of shared words */
    [BESIDE_PLACES] = 0.34f, /* the same without names of places, in which much happens on one day */
    [CORE_NAMES] = 0.76f,    /* shared names that CORE of the story's items have, at most CORE_MOST */
    [OTHER_NAMES] = 0.25f,   /* shared names that are no places */
    [TITLE_WORDS] = 0.65f,   /* shared words in the item's title, at most TITLE_MOST */
    [TITLE_LENGTH] = -0.14f, /* words in the item's title, at most LENGTH_MOST */
    [OWN_WORD] = 2.09f,      /* is a shared word, no name, the story's alone? */
    [NO_NAME] = -1.56f,      /* is no name shared? Then it may be a kind of event */
    [APART] = -2.45f,        /* names on both sides, and none shared */
    [MIXED] = -1.87f,        /* some shared, and others on both sides, as in two games of one team */
    [LONE] = -1.00f,         /* nothing is shared but one name */
    [LONE_PLACE] = -0.92f,   /* and it is a place's */
    [AGE] = -4.00f,          /* 0 for a story that was told just now, half after QUIET_HALF, at most 1 */
};
#define NAME_MORE   1.51f /* times the weight of another word as rare */
#define CORE        0.37f
#define CORE_MOST   3u
#define TITLE_MOST  5u
#define LENGTH_MOST 10u
#define COMMON      0.5f /* of the weight of a shared word that is in 5 % of all items */
#define LONE_SHARE  0.3f
#define WORDS_MOST  0.99f /* 1 is for what is sure */
#define QUIET_HALF  (6.0f * HOUR)
#define LONG_TEXT   80u /* shingles */

struct weighed {             /* the item's words with their weights */
    float weight[TERMS_MAX]; /* of the word itself */
    float use[TERMS_MAX];    /* 1 in the title, a third in the lead */
};

enum { NAME_NO, NAME_MAYBE, NAME_YES };

/* What the stream's capitals say of a word by now; maybe: only seen where capitals tell nothing. */
static int name_of(const struct story_index *x, uint32_t word, bool maybe) {
    const struct word *e = &x->words.list[word];
    if (e->prior >= WORDS_EVERYDAY) return NAME_NO;
    if (e->capital > 2 * e->small) return NAME_YES;
    return maybe && !e->small ? NAME_MAYBE : NAME_NO;
}

/* Do texts say that something is in it, at it or near it? */
static bool is_place(const struct story_index *x, uint32_t word) {
    const struct word *e = &x->words.list[word];
    return (float)e->place * 4 > e->items + 1;
}

static void weigh(const struct story_index *x, const struct question *q, struct weighed *w) {
    for (size_t i = 0; i < q->terms.n; i++) {
        const struct term *t = &q->terms.list[i];
        w->weight[i] = story_words_weight(&x->words, t->word);
        if (name_of(x, t->word, false) == NAME_YES) w->weight[i] *= NAME_MORE;
        w->use[i] = t->flags & TERM_TITLE ? 1 : LEAD_SHARE;
    }
}

/* ---- which stories are scored ---- */

static void touch(struct story_index *x, uint32_t slot, float weight) {
    struct story *s = &x->stories[slot];
    if (s->asked != x->epoch) {
        s->asked = x->epoch;
        s->sum = 0;
        GROW(x->touched, x->n_touched, x->cap_touched);
        x->touched[x->n_touched++] = slot;
    }
    s->sum += weight;
}

/* The SCORED stories with the largest sums of shared weights, in no order; ties: the newer story. */
static size_t propose(struct story_index *x, const struct question *q, const struct weighed *w,
                      uint32_t best[SCORED]) {
    x->epoch++;
    x->n_touched = 0;
    for (size_t i = 0; i < q->terms.n; i++) {
        const struct word *e = &x->words.list[q->terms.list[i].word];
        if (story_words_common(&x->words, q->terms.list[i].word)) continue;
        for (uint32_t k = 0; k < e->n_live; k++) touch(x, e->live[k], w->weight[i] * w->use[i]);
    }
    size_t n = 0, least = 0;
    for (size_t i = 0; i < x->n_touched; i++) {
        const struct story *s = &x->stories[x->touched[i]];
        if (n < SCORED) {
            best[n++] = x->touched[i];
        } else {
            const struct story *l = &x->stories[best[least]];
            if (s->sum < l->sum || (s->sum == l->sum && s->number < l->number)) continue;
            best[least] = x->touched[i];
        }
        if (n == SCORED) {
            for (size_t k = least = 0; k < n; k++) {
                const struct story *a = &x->stories[best[k]], *b = &x->stories[best[least]];
                if (a->sum < b->sum || (a->sum == b->sum && a->number < b->number)) least = k;
            }
        }
    }
    return n;
}

/* ---- words ---- */

struct overlap {
    float shared, beside_places; /* weights */
    /* Words and names that stand side by side count as one: "Rocky Head" is no second word. Everyday words
     * count as none. */
    unsigned units, title_words, other_names; /* other: shared and no place's */
    /* Names, certain ones; core: in the titles of CORE of the story's items, or the leads of nearly all. */
    unsigned item_names, item_title_names, core_names, shared_names, shared_title_names, shared_core;
    unsigned maybe_names, shared_maybe, core_maybe;
    bool rare_name; /* a shared name that no other live story has, and this one has in LONE_SHARE */
    bool own_word;  /* a shared word, no name, that no other live story has, and CORE of this one's items have
                     */
};

enum { HIT_NONE, HIT_WORD, HIT_NAME };

static void item_names(const struct story_index *x, const struct question *q, struct overlap *o) {
    for (size_t i = 0; i < q->terms.n; i++) {
        const struct term *t = &q->terms.list[i];
        int name = name_of(x, t->word, t->flags & TERM_MAYBE_NAME);
        o->item_names += name == NAME_YES;
        o->item_title_names += name == NAME_YES && t->flags & TERM_TITLE;
        o->maybe_names += name == NAME_MAYBE;
    }
}

/* What one word that both have adds; its weight goes into added. */
static void share_word(const struct story_index *x, const struct weighed *w, const struct story_word *sw,
                       float share, unsigned char hits[TERMS_MAX], float added[TERMS_MAX],
                       struct overlap *o) {
    const struct word *e = &x->words.list[sw->word];
    size_t term = e->mark - 1;
    float use = w->use[term];
    int name = name_of(x, sw->word, sw->named);
    bool everyday = story_words_common(&x->words, sw->word), only_here = e->n_live == 1;
    added[term] = w->weight[term] * sqrtf(use * share);
    /* Leads are full of everyday words: beside a town's name these make no event. */
    bool chance = e->prior >= WORDS_EVERYDAY && !(use == 1 && sw->titles);
    if (!everyday && !chance) hits[term] = name == NAME_NO ? HIT_WORD : HIT_NAME;
    o->shared_names += name == NAME_YES;
    o->shared_title_names += name == NAME_YES && use == 1;
    o->shared_core += name == NAME_YES && share >= CORE;
    o->shared_maybe += name == NAME_MAYBE;
    if (only_here && e->prior < WORDS_EVERYDAY && share >= CORE && name == NAME_NO) o->own_word = true;
    if (name == NAME_YES && share >= LONE_SHARE && only_here) o->rare_name = true;
}

/* Is this word of the item a name or, as the Islands of Ferrin Islands, a part of one? */
static bool in_name(const struct story_index *x, const struct question *q, const unsigned char *hits,
                    size_t term) {
    const struct term *t = &q->terms.list[term];
    const struct word *e = &x->words.list[t->word];
    if (hits[term] == HIT_NAME || t->flags & TERM_NAME) return true;
    return t->flags & TERM_MAYBE_NAME && e->capital > e->small;
}

static void overlap_with(const struct story_index *x, const struct question *q, const struct weighed *w,
                         const struct story *s, struct overlap *o) {
    unsigned char hits[TERMS_MAX] = {HIT_NONE};
    float added[TERMS_MAX] = {0};
    *o = (struct overlap){0};
    item_names(x, q, o);
    for (size_t i = 0; i < s->n_words; i++) {
        const struct story_word *sw = &s->words[i];
        float share = sw->use / (float)s->items;
        int name = name_of(x, sw->word, sw->named);
        if (share > 1) share = 1;
        o->core_names += name == NAME_YES && share >= CORE;
        o->core_maybe += name == NAME_MAYBE && share >= CORE;
        if (x->words.list[sw->word].mark) share_word(x, w, sw, share, hits, added, o);
    }
    for (size_t i = 0; i < q->terms.n; i++) {
        const struct term *t = &q->terms.list[i];
        bool further = i && hits[i] && hits[i - 1] && in_name(x, q, hits, i) && in_name(x, q, hits, i - 1);
        o->title_words += hits[i] && t->flags & TERM_TITLE;
        if (further) continue;
        o->units += hits[i] != HIT_NONE;
        o->shared += hits[i] ? added[i] : added[i] * COMMON;
        bool place = hits[i] == HIT_NAME && is_place(x, t->word);
        if (hits[i] && !place) o->beside_places += added[i];
        o->other_names += hits[i] == HIT_NAME && !place;
    }
}

/* Names on both sides with none in common tell two events of one kind; some in common and others on both
 * sides may do, such as two games of one team. */
enum names { NAMES_FIT, NAMES_APART, NAMES_MAYBE_APART, NAMES_MIXED };
static enum names names_of(const struct overlap *o) {
    if (o->item_names && o->core_names && !o->shared_names) return NAMES_APART;
    bool item = o->item_names || o->maybe_names > o->shared_maybe;
    bool story = o->core_names || o->core_maybe > o->shared_maybe;
    if (item && story && !o->shared_names) return NAMES_MAYBE_APART;
    if (o->item_title_names > o->shared_title_names && o->core_names > o->shared_core) return NAMES_MIXED;
    return NAMES_FIT;
}

/* ---- copies by text ---- */

static bool text_copy(const struct story_index *x, const struct question *q, const struct weighed *w,
                      const struct story *s, int64_t *ret_with) {
    size_t looked = 0;
    struct overlap o;
    overlap_with(x, q, w, s, &o);
    bool apart = names_of(&o) != NAMES_FIT;
    for (uint32_t at = s->newest_item; at != TABLE_NONE && looked++ < STORY_LOOKED; at = x->items[at]->next) {
        const struct kept_item *k = x->items[at];
        if (!k->n_shingles || story_column(q, k)) continue;
        struct shingles other = {.n = k->n_shingles, .level = k->level, .total = k->total};
        memcpy(other.list, k->list + k->n_words, k->n_shingles * sizeof *other.list);
        /* A short text with other names in it is the same formula, not the same news. */
        if (apart && (q->shingles.total < LONG_TEXT || k->total < LONG_TEXT)) continue;
        if (!copy_of(&q->shingles, &other)) continue;
        *ret_with = k->id;
        return true;
    }
    return false;
}

/* ---- scores ---- */

static float at_most(unsigned n, unsigned most) {
    return (float)(n < most ? n : most);
}

/* How likely it is, from 0 to 1, that the item tells the story. */
static float score_of(const struct story_index *x, const struct question *q, const struct weighed *w,
                      const struct story *s) {
    struct overlap o;
    overlap_with(x, q, w, s, &o);
    enum names names = names_of(&o);
    /* One shared word is a kind of event, not an event, unless it is a name that only this story has. */
    bool lone = q->title_content < 3 || o.units < 2;
    if (!o.units || (lone && !o.rare_name)) return 0;
    float quiet = q->item->seen > s->newest ? (float)(q->item->seen - s->newest) : 0;
    const float facts[FACTS] = {
        [ALWAYS] = 1,
        [LEAD] = q->terms.n > q->title_content,
        [SHARED] = logf(1 + o.shared),
        [BESIDE_PLACES] = logf(1 + o.beside_places),
        [CORE_NAMES] = at_most(o.shared_core, CORE_MOST),
        [OTHER_NAMES] = (float)o.other_names,
        [TITLE_WORDS] = at_most(o.title_words, TITLE_MOST),
        [TITLE_LENGTH] = at_most(q->title_content, LENGTH_MOST),
        [OWN_WORD] = o.own_word,
        [NO_NAME] = !o.shared_names && !o.shared_maybe,
        [APART] = names == NAMES_APART,
        [MIXED] = names == NAMES_MIXED,
        [LONE] = o.units < 2,
        [LONE_PLACE] = lone && !o.other_names,
        [AGE] = quiet / (quiet + QUIET_HALF),
    };
    float odds = 0;
    for (size_t i = 0; i < FACTS; i++) odds += weights[i] * facts[i];
    float score = 1 / (1 + expf(-odds));
    return score > WORDS_MOST ? WORDS_MOST : score;
}

static bool same_language(const struct question *q, const struct story *s) {
    return !q->language[0] || !s->language[0] || !memcmp(q->language, s->language, 2);
}

/* A column's next day is no item of yesterday's. */
static bool holds_column(const struct story_index *x, const struct question *q, const struct story *s) {
    size_t looked = 0;
    for (uint32_t at = s->newest_item; at != TABLE_NONE && looked++ < STORY_LOOKED; at = x->items[at]->next)
        if (story_column(q, x->items[at])) return true;
    return false;
}

static int64_t nearest(const struct story_index *x, const struct weighed *w, const struct story *s) {
    int64_t with = 0;
    float most = -1;
    size_t looked = 0;
    for (uint32_t at = s->newest_item; at != TABLE_NONE && looked++ < STORY_LOOKED; at = x->items[at]->next) {
        const struct kept_item *k = x->items[at];
        float sum = 0;
        for (size_t i = 0; i < k->n_words; i++) {
            uint32_t mark = x->words.list[k->list[i]].mark;
            if (mark) sum += w->weight[mark - 1] * w->use[mark - 1];
        }
        /* The list runs from the newest: of equals the earliest is named. */
        if (sum >= most) {
            most = sum;
            with = k->id;
        }
    }
    return with;
}

static uint32_t best_story(struct story_index *x, const struct question *q, const struct weighed *w,
                           struct story_answer *ret) {
    uint32_t proposed[SCORED], best = TABLE_NONE;
    size_t n = propose(x, q, w, proposed);
    float most = 0;
    for (size_t i = 0; i < n; i++) {
        const struct story *s = &x->stories[proposed[i]];
        if (!story_takes(x, s, q->item->seen)) continue;
        int64_t with;
        if (q->shingles.n && text_copy(x, q, w, s, &with)) {
            *ret = (struct story_answer){.why = STORY_WHY_COPY, .with = with, .score = 1};
            return proposed[i];
        }
        if (!same_language(q, s)) continue;
        float score = score_of(x, q, w, s);
        if (score < (float)x->threshold || holds_column(x, q, s)) continue;
        if (best != TABLE_NONE && (score < most || (score == most && s->number < x->stories[best].number)))
            continue;
        most = score;
        best = proposed[i];
    }
    if (best == TABLE_NONE) return TABLE_NONE;
    *ret = (struct story_answer){
        .why = STORY_WHY_WORDS, .with = nearest(x, w, &x->stories[best]), .score = (double)most};
    return best;
}

uint32_t story_by_words(struct story_index *x, const struct question *q, struct story_answer *ret) {
    struct weighed w;
    weigh(x, q, &w);
    for (size_t i = 0; i < q->terms.n; i++) x->words.list[q->terms.list[i].word].mark = (uint32_t)i + 1;
    uint32_t slot = best_story(x, q, &w, ret);
    for (size_t i = 0; i < q->terms.n; i++) x->words.list[q->terms.list[i].word].mark = 0;
    return slot;
}

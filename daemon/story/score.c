/* The rules `copy` by text and `words`. */
#include "story/index_inside.h"

#include "base/mem.h"

#include <math.h>

struct weighed {             /* the item's words with their weights */
    float weight[TERMS_MAX]; /* of the word itself */
    float use[TERMS_MAX];    /* 1 in the title, a third in the lead */
    float norm;
};

static float boosted(const struct story_index *x, uint32_t word, bool name) {
    return story_words_weight(&x->words, word) * (name ? NAME_SHARE : 1);
}

static void weigh(const struct story_index *x, const struct question *q, struct weighed *w) {
    w->norm = 0;
    for (size_t i = 0; i < q->terms.n; i++) {
        const struct term *t = &q->terms.list[i];
        w->weight[i] = boosted(x, t->word, t->flags & TERM_NAME);
        w->use[i] = t->flags & TERM_TITLE ? 1 : LEAD_SHARE;
        w->norm += w->weight[i] * w->weight[i] * w->use[i];
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
        for (uint32_t k = 0; k < e->n_live; k++)
            touch(x, e->live[k], w->weight[i] * w->weight[i] * w->use[i]);
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

/* ---- copies by text ---- */

static bool text_copy(const struct story_index *x, const struct question *q, const struct story *s,
                      int64_t *ret_with) {
    size_t looked = 0;
    for (uint32_t at = s->newest_item; at != TABLE_NONE && looked++ < STORY_LOOKED; at = x->items[at]->next) {
        const struct kept_item *k = x->items[at];
        if (!k->n_shingles || story_column(q, k)) continue;
        struct shingles other = {.n = k->n_shingles, .level = k->level, .total = k->total};
        memcpy(other.list, k->list + k->n_words, k->n_shingles * sizeof *other.list);
        if (!copy_of(&q->shingles, &other)) continue;
        *ret_with = k->id;
        return true;
    }
    return false;
}

/* ---- words ---- */

struct overlap {
    float shared, norm;                             /* of the story */
    unsigned words;                                 /* shared content words, in title or lead */
    unsigned item_names, story_names, shared_names; /* story's: in at least 40 % of its items */
    unsigned maybe_names, other_words;
    bool rare_name; /* a shared name that no other live story has, and this one has in 40 % */
};

static void overlap_with(const struct story_index *x, const struct question *q, const struct weighed *w,
                         const struct story *s, struct overlap *o) {
    *o = (struct overlap){0};
    for (size_t i = 0; i < q->terms.n; i++) {
        unsigned flags = q->terms.list[i].flags;
        o->item_names += (flags & TERM_NAME) && (flags & TERM_TITLE);
        o->maybe_names += (flags & TERM_MAYBE_NAME) && !(flags & TERM_NAME);
    }
    for (size_t i = 0; i < s->n_words; i++) {
        const struct story_word *sw = &s->words[i];
        float share = sw->use / (float)s->items;
        bool name = sw->named * 2 > sw->use, common = story_words_common(&x->words, sw->word);
        if (share > 1) share = 1;
        float weight = boosted(x, sw->word, name);
        o->norm += weight * weight * share;
        o->story_names += name && share >= 0.3f;
        uint32_t mark = x->words.list[sw->word].mark;
        if (!mark) continue;
        float use = w->use[mark - 1], mine = w->weight[mark - 1];
        unsigned flags = q->terms.list[mark - 1].flags;
        o->shared += mine * weight * sqrtf(use * share);
        o->words += !common && !(flags & TERM_NUMBER && use < 1);
        bool named = name || flags & TERM_NAME;
        o->shared_names += named;
        if (named && share >= 0.4f && use == 1 && x->words.list[sw->word].n_live == 1 && mine > 4.5f)
            o->rare_name = true;
    }
}

/* How alike, from 0 to 1: the overlap over a norm that leans to the item, so that a growing story does not
 * become hard to join; less for names on both sides with none in common, and for age. */
static float score_of(const struct story_index *x, const struct question *q, const struct weighed *w,
                      const struct story *s) {
    struct overlap o;
    overlap_with(x, q, w, s, &o);
    if (w->norm <= 0 || o.norm <= 0) return 0;
    float score = o.shared / (powf(w->norm, 0.65f) * powf(o.norm, 0.35f));
    if (score > 1) score = 1;
    bool conflict = o.item_names && o.story_names && !o.shared_names;
    if (conflict) score *= 0.6f;
    bool other_names = o.item_names > o.shared_names && o.story_names > o.shared_names;
    /* One shared word is a kind of event, not an event, unless it is a name that only this story has. */
    bool lone = o.rare_name && !other_names;
    if (q->title_content < 3 && !lone) return 0;
    if (o.words < 2 && !lone) return 0;
    if (other_names && !conflict) score *= 0.85f;
    if (o.rare_name) score *= lone ? 1.5f : 1.1f;
    float quiet = (float)(q->item->seen - s->newest) / (float)x->window;
    if (quiet > 0) score *= 1 - 0.2f * (quiet < 1 ? quiet : 1);
    return score > 1 ? 1 : score;
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
            if (mark) sum += w->weight[mark - 1] * w->weight[mark - 1] * w->use[mark - 1];
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
        if (q->shingles.n && text_copy(x, q, s, &with)) {
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

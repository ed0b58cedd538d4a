#include "story/words.h"

#include "base/limits.h"
#include "base/mem.h"

#include <ctype.h>
#include <math.h>

#define LANGUAGES_MOST 32u       /* bits of word.languages */
#define WORDS_FUNCTION 0.2f      /* share from which on a word is a function word, which tells nothing */
#define COUNTS_HALVED  400000.0f /* items */
#define UNLISTED       0.5f      /* prior of a word that no row has */
#define LEAD_WORDS                                                                                           \
    45u /* looked at of a lead: its first sentences tell the event, the rest its background                  \
         */

uint64_t story_hash(uint64_t seed, struct text t) {
    uint64_t h = seed ^ (0x9e3779b97f4a7c15u + t.len);
    for (size_t i = 0; i < t.len; i++) {
        h = (h ^ (unsigned char)t.ptr[i]) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
    }
    h *= 0xc4ceb9fe1a85ec53u;
    return h ^ h >> 29;
}

/* ---- entries ---- */

uint32_t story_words_entry(struct words *w, uint64_t hash) {
    uint32_t at = table_get(&w->by_hash, hash);
    if (at != TABLE_NONE) return at;
    if (w->n_free) {
        at = w->free[--w->n_free];
    } else {
        GROW(w->list, w->n, w->cap);
        at = (uint32_t)w->n++;
    }
    w->list[at] = (struct word){.hash = hash, .prior = UNLISTED, .same_as = TABLE_NONE};
    table_set(&w->by_hash, hash, at);
    return at;
}

static uint32_t entry_of(struct words *w, struct text t) {
    return story_words_entry(w, story_hash(w->seed, t));
}

static bool ends(struct text t, const char *end, size_t least) {
    size_t n = strlen(end);
    return t.len >= least + n && !memcmp(t.ptr + t.len - n, end, n);
}

/* Countries and their peoples: Lurania, Luranian; Iran, Iranian; Sudan, Sudanese; Israel, Israeli. Other
 * words lose the same endings, wherever they stand. */
static struct text of_country(struct text s) {
    static const struct {
        const char *end;
        size_t least;
    } endings[] = {{"ese", 3}, {"es", 4}, {"i", 4}, {"ian", 3}, {"an", 3}, {"ia", 3}, {"a", 3}};
    for (size_t i = 0; i < 3; i++)
        if (ends(s, endings[i].end, endings[i].least)) {
            s.len -= strlen(endings[i].end);
            break;
        }
    for (size_t i = 3; i < 7; i++)
        if (ends(s, endings[i].end, endings[i].least)) {
            s.len -= strlen(endings[i].end);
            break;
        }
    return s;
}

/* Light stemming of English plurals and verbs; for other languages it takes little, and from all alike. */
static struct text stem_of(struct text t, char room[LIMIT_WORD]) {
    if (t.len < 4 || t.len >= LIMIT_WORD) return t;
    memcpy(room, t.ptr, t.len);
    struct text s = {room, t.len};
    if (ends(s, "ies", 2)) {
        room[s.len - 3] = 'y';
        s.len -= 2;
    } else if (ends(s, "sses", 1) || ends(s, "shes", 1) || ends(s, "ches", 1) || ends(s, "xes", 1)) {
        s.len -= 2;
    } else if (ends(s, "s", 3) && !ends(s, "ss", 1) && !ends(s, "us", 1) && !ends(s, "is", 1)) {
        s.len -= 1;
    }
    bool cut = true;
    if (ends(s, "ing", 4))
        s.len -= 3;
    else if (ends(s, "ed", 4))
        s.len -= 2;
    else
        cut = false;
    if (cut && room[s.len - 1] == room[s.len - 2] && !strchr("ls", room[s.len - 1])) s.len--;
    if (s.len > 4 && room[s.len - 1] == 'e') s.len--;
    return of_country(s);
}

static uint32_t resolve(const struct words *w, uint32_t at) {
    return w->list[at].same_as == TABLE_NONE ? at : w->list[at].same_as;
}

/* The entry of a folded word: its own if a row names that spelling, else that of its stem. */
static uint32_t word_of(struct words *w, struct text folded) {
    char room[LIMIT_WORD];
    uint32_t at = table_get(&w->by_hash, story_hash(w->seed, folded));
    if (at != TABLE_NONE && (w->list[at].same_as != TABLE_NONE || w->list[at].prior > 20))
        return resolve(w, at);
    return resolve(w, entry_of(w, stem_of(folded, room)));
}

static bool next_blank(const char **at, struct text *ret) {
    while (**at == ' ') ++*at;
    *ret = (struct text){*at, strcspn(*at, " ")};
    *at += ret->len;
    return ret->len > 0;
}

static void take_synonyms(struct words *w, const char *row) {
    struct text t;
    uint32_t first = TABLE_NONE;
    while (next_blank(&row, &t)) {
        char room[LIMIT_WORD];
        struct text forms[] = {t, stem_of(t, room)};
        for (size_t i = 0; i < 2; i++) {
            uint32_t at = entry_of(w, forms[i]);
            /* What an earlier row took stays there. */
            if (first == TABLE_NONE) {
                first = resolve(w, at);
                w->list[first].prior += 0.1f; /* listed */
            } else if (at != first && w->list[at].same_as == TABLE_NONE) {
                w->list[at].same_as = first;
            }
        }
    }
}

/* The bit of a language: of the first row that has it. */
static uint32_t language_bit(const char *language) {
    size_t i = 0;
    while (strcmp(word_rows[i].language, language) != 0) i++;
    return 1u << i;
}

static void take_row(struct words *w, const struct word_row *row) {
    struct text t;
    const char *at = row->words;
    uint32_t bit = language_bit(row->language);
    while (next_blank(&at, &t)) {
        /* Function words stand as they are written; the others by stem, as what comes from feeds. */
        uint32_t e = row->share >= WORDS_FUNCTION ? entry_of(w, t) : word_of(w, t);
        float share = row->share * WORDS_PRIOR;
        if (w->list[e].prior < share) w->list[e].prior = share;
        w->list[e].languages |= bit;
    }
}

void story_words_init(struct words *w, uint64_t seed) {
    *w = (struct words){.seed = seed};
    for (size_t i = 0; i < n_word_rows; i++)
        if (word_rows[i].share >= WORDS_FUNCTION) take_row(w, &word_rows[i]);
    for (size_t i = 0; i < n_synonym_rows; i++) take_synonyms(w, synonym_rows[i]);
    for (size_t i = 0; i < n_word_rows; i++)
        if (word_rows[i].share < WORDS_FUNCTION) take_row(w, &word_rows[i]);
}

void story_words_clear(struct words *w) {
    for (size_t i = 0; i < w->n; i++) free(w->list[i].live);
    free(w->list);
    free(w->free);
    table_clear(&w->by_hash);
    *w = (struct words){0};
}

/* ---- weights ---- */

/* A burst of items on one event must not devalue the event's own words: stories count whole, and further
 * items of theirs a little. */
#define ITEM_SHARE 0.15f

static float frequency(const struct words *w, const struct word *e) {
    float n = w->stories + ITEM_SHARE * (w->items - w->stories) + WORDS_PRIOR;
    return (e->stories + ITEM_SHARE * (e->items - e->stories) + e->prior) / n;
}

float story_words_weight(const struct words *w, uint32_t word) {
    const struct word *e = &w->list[word];
    float f = frequency(w, e);
    return f >= 1 ? 0 : -logf(f + 0.0008f);
}

bool story_words_common(const struct words *w, uint32_t word) {
    return frequency(w, &w->list[word]) > 0.05f;
}

void story_words_learn(struct words *w, const struct terms *t) {
    for (size_t i = 0; i < t->n; i++) {
        struct word *e = &w->list[t->list[i].word];
        e->capital += (t->list[i].flags & TERM_NAME) != 0;
        e->small += (t->list[i].flags & TERM_SMALL) != 0;
        e->place += (t->list[i].flags & TERM_PLACE) != 0;
    }
}

void story_words_count(struct words *w, const struct terms *t, bool opened) {
    for (size_t i = 0; i < t->n; i++) {
        struct word *e = &w->list[t->list[i].word];
        e->items++;
        e->stories += opened;
    }
    w->items++;
    w->stories += opened;
    /* The stream changes over the months: what is old counts half as much from time to time. */
    if (w->items < COUNTS_HALVED) return;
    w->items /= 2;
    w->stories /= 2;
    for (size_t i = 0; i < w->n; i++) {
        w->list[i].items /= 2;
        w->list[i].stories /= 2;
        w->list[i].capital /= 2;
        w->list[i].small /= 2;
        w->list[i].place /= 2;
    }
}

void story_words_tidy(struct words *w) {
    if (w->n - w->n_free < LIMIT_STORY_WORDS) return;
    /* First those seen once; if that leaves many, those seen a few times. */
    for (float few = 1; few <= 64 && w->n - w->n_free > LIMIT_STORY_WORDS * 3 / 4; few *= 4)
        for (uint32_t i = 0; i < w->n; i++) {
            struct word *e = &w->list[i];
            if (e->n_live || e->same_as != TABLE_NONE || e->prior != UNLISTED || e->items > few) continue;
            if (table_get(&w->by_hash, e->hash) != i) continue; /* it is free already */
            table_remove(&w->by_hash, e->hash, i);
            free(e->live);
            *e = (struct word){.prior = UNLISTED, .same_as = TABLE_NONE};
            GROW(w->free, w->n_free, w->cap_free);
            w->free[w->n_free++] = i;
        }
}

/* ---- cutting ---- */

/* Does a title capitalise its words as a matter of style? Then capitals tell nothing. */
static bool all_capitals(const struct na_word *words, size_t n) {
    size_t long_words = 0, capital = 0;
    for (size_t i = 1; i < n; i++) {
        if (words[i].folded.len < 4 || words[i].flags & NA_WORD_DIGIT) continue;
        long_words++;
        capital += (words[i].flags & NA_WORD_CAPITAL) != 0;
    }
    return long_words >= 2 && capital * 10 > long_words * 7;
}

static bool starts_sentence(struct text t, const struct na_word *words, size_t i) {
    if (!i || words[i].flags & NA_WORD_BREAK) return true;
    size_t from = words[i - 1].start + words[i - 1].len;
    for (size_t k = from; k < words[i].start; k++)
        if (strchr(".!?:\"", t.ptr[k]) || (unsigned char)t.ptr[k] == 0xe2) return true;
    return false;
}

/* What the capitals of one use say of a word. */
static unsigned name_flags(const struct na_word *n, bool style, bool first) {
    if (n->flags & NA_WORD_DIGIT) return TERM_NUMBER;
    bool capital = n->flags & NA_WORD_CAPITAL;
    if (!style && !first) return capital ? TERM_NAME : TERM_SMALL;
    return capital ? TERM_MAYBE_NAME : 0;
}

/* Is the word before one that leads to a place, as in "near Tessmoor"? */
static bool leads_to_place(struct text folded) {
    static const char *const words[] = {"in",      "at",  "near", "off", "from",
                                        "outside", "bei", "aus",  "en",  "em"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (folded.len == strlen(words[i]) && !memcmp(folded.ptr, words[i], folded.len)) return true;
    return false;
}

static void add_term(struct terms *t, uint32_t word, unsigned flags) {
    for (size_t i = 0; i < t->n; i++) {
        if (t->list[i].word != word) continue;
        t->list[i].flags |= flags;
        return;
    }
    if (t->n < TERMS_MAX) t->list[t->n++] = (struct term){word, flags};
}

static void cut_into(struct words *w, struct text t, size_t most, unsigned flag, struct arena *a,
                     struct terms *ret) {
    struct na_word *words;
    size_t n = words_cut(t, a, &words);
    bool style = all_capitals(words, n), place = false;
    for (size_t i = 0; i < n && i < most; i++) {
        if (words[i].flags & NA_WORD_URL || !words[i].folded.len) continue;
        uint32_t word = word_of(w, text_of_na(words[i].folded));
        bool function = w->list[word].prior >= WORDS_FUNCTION * WORDS_PRIOR;
        unsigned flags = name_flags(&words[i], style, starts_sentence(t, words, i));
        place = flags & (TERM_NAME | TERM_MAYBE_NAME) && i &&
                (place || leads_to_place(text_of_na(words[i - 1].folded)));
        if (place) flags |= TERM_PLACE;
        if (function) continue;
        if (words[i].folded.len == 1 && !(flags & (TERM_NUMBER | TERM_NAME))) continue;
        size_t before = ret->n;
        add_term(ret, word, flags | flag);
        if (flag & TERM_TITLE && ret->n > before) ret->content++;
    }
}

/* By the rows with most of the text's words: two or more, and more than any other. */
static void guess_language(struct words *w, struct text t, struct arena *a, char ret[3]) {
    struct na_word *words;
    size_t n = words_cut(t, a, &words), best = 1, second = 0, found[LANGUAGES_MOST] = {0};
    ret[0] = '\0';
    for (size_t i = 0; i < n && i < LEAD_WORDS; i++) {
        if (!words[i].folded.len) continue;
        uint32_t at = word_of(w, text_of_na(words[i].folded));
        for (uint32_t r = 0, bits = w->list[at].languages; bits; bits >>= 1, r++) found[r] += bits & 1;
    }
    for (size_t r = 0; r < LANGUAGES_MOST; r++) {
        if (found[r] > best) {
            second = best;
            best = found[r];
            memcpy(ret, word_rows[r].language, 3);
        } else if (found[r] > second) {
            second = found[r];
        }
    }
    if (best < second + 2) ret[0] = '\0';
}

void story_words_terms(struct words *w, struct text title, struct text lead, struct terms *ret) {
    struct arena a;
    arena_init(&a, 4u << 20);
    ret->n = ret->content = 0;
    if (lead.len > 1200) lead.len = 1200;
    if (title.len > 1200) title.len = 1200;
    cut_into(w, title, TERMS_MAX, TERM_TITLE, &a, ret);
    cut_into(w, lead, LEAD_WORDS, 0, &a, ret);
    guess_language(w, lead.len ? lead : title, &a, ret->language);
    arena_clear(&a);
}

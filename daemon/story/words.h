/* The words of titles and leads as the index of stories counts them: how often the stream used each, in how
 * many stories, and whether it is a name. A word's weight falls with its frequency in the stream seen so far;
 * before much was seen, a prior of WORDS_PRIOR pseudo items and a short list of everyday words
 * (words_common.c) stand in. Spellings of one word are one entry: light stemming, and rows of everyday
 * synonyms. Pure, one owner.
 *
 * Hashes are keyed by a seed, the installation's own, so that no feed can choose words that collide; they are
 * stable for one seed, so that counts can be stored. */
#ifndef NEWSALERTD_STORY_WORDS_H
#define NEWSALERTD_STORY_WORDS_H

#include "item/words.h"
#include "story/table.h"

#define WORDS_PRIOR 700.0f /* pseudo items, in which a word that is not listed stands half a time */

#define WORDS_EVERYDAY 3.0f /* prior from which on a word is an everyday one, and no name */

struct word {
    uint64_t hash;
    float items, stories;    /* that had it */
    float prior;             /* of WORDS_PRIOR items */
    uint32_t capital, small; /* uses in the middle of sentences that do not capitalise everything */
    uint32_t place;          /* of the former, as where something is: "in Tessmoor" */
    uint32_t same_as;        /* TABLE_NONE, or the entry that stands for it */
    uint32_t languages;      /* that have it as a function word: bits by row of word_rows */
    uint32_t mark;           /* 1 + index in the item that is asked about; 0 */
    uint32_t *live;          /* live stories that have it, by slot */
    uint32_t n_live, cap_live;
};

struct words {
    uint64_t seed;
    struct table by_hash;
    struct word *list;
    size_t n, cap;
    uint32_t *free; /* entries that may be used again */
    size_t n_free, cap_free;
    float items, stories; /* counted so far */
};

void story_words_init(struct words *w, uint64_t seed);
void story_words_clear(struct words *w);

/* name: has a capital where capitals tell; maybe: where they do not; small: has none where they tell. */
enum {
    TERM_TITLE = 1,
    TERM_NAME = 2,
    TERM_MAYBE_NAME = 4,
    TERM_NUMBER = 8,
    TERM_SMALL = 16,
    TERM_PLACE = 32
};
struct term { /* one distinct word of an item */
    uint32_t word;
    unsigned flags;
};
#define TERMS_MAX 40u /* of one item: all of a headline, and the first sentences of a lead */
struct terms {
    struct term list[TERMS_MAX];
    size_t n, content; /* content: words of the title that are not everyday function words */
    char language[3];  /* guessed by function words: "en", "de" …; "" for none */
};
/* Cuts title and lead into terms. New words get an entry. */
void story_words_terms(struct words *w, struct text title, struct text lead, struct terms *ret);

/* Learns from capitals what is a name, once an item. */
void story_words_learn(struct words *w, const struct terms *t);

/* The weight of a word: logarithmic, about 6.5 for one never seen, 0 for what is in every item. */
float story_words_weight(const struct words *w, uint32_t word);
/* Is it so common (over 5 % of what was seen) that it finds nothing? */
bool story_words_common(const struct words *w, uint32_t word);

/* Counts one item, and one story if it opened it. */
void story_words_count(struct words *w, const struct terms *t, bool opened);
/* Lets go of words that were seen once and that no live story has, when LIMIT_STORY_WORDS is reached. */
void story_words_tidy(struct words *w);

/* Everyday words: word_rows_common rows of "language share words…", and rows of synonyms. */
struct word_row {
    const char *language;
    float share;       /* of items that have the word */
    const char *words; /* parted by blanks */
};
extern const struct word_row word_rows[];
extern const size_t n_word_rows;
extern const char *const synonym_rows[]; /* "first same same …" */
extern const size_t n_synonym_rows;

/* The entry of a hash, made if need be: for counts that were stored. */
uint32_t story_words_entry(struct words *w, uint64_t hash);

/* A keyed hash of bytes, stable for one seed. */
uint64_t story_hash(uint64_t seed, struct text t);

#endif

/* What index.c (life of stories) and score.c (which one) share. */
#ifndef NEWSALERTD_STORY_INDEX_INSIDE_H
#define NEWSALERTD_STORY_INDEX_INSIDE_H

#include "story/copy.h"
#include "story/index.h"
#include "story/words.h"

#define STORY_WORDS  32u /* heaviest words kept of a story */
#define ITEM_WORDS   20u /* words kept of an item, to tell the nearest */
#define STORY_LOOKED 48u /* newest items of a story that are compared one by one */
#define SCORED       24u /* stories that the index proposes for one item */
#define LEAD_SHARE   (1.0f / 3)

struct story_word {
    uint32_t word;
    float use;       /* items that have it, a lead counting a third */
    uint16_t named;  /* of them as a name */
    uint16_t titles; /* that have it in the title */
};

struct kept_item { /* one block of memory, with its lists behind it */
    int64_t id, seen;
    uint64_t url, title, standing, publisher;
    uint32_t story, next; /* slots; the next older item of its story */
    uint8_t n_words, n_shingles, level;
    uint16_t total;  /* shingles of its text */
    uint32_t list[]; /* words, then shingles */
};

struct story {
    int64_t number, first, newest;
    uint32_t items, newest_item;
    uint32_t older, newer; /* slots: stories by their newest item */
    struct story_word *words;
    uint16_t n_words, cap_words;
    char language[3];
    uint32_t asked; /* epoch of the question that touched it */
    float sum;      /* of shared weights, in that question */
};

struct story_index {
    double threshold;
    int64_t window, next;
    struct words words;
    struct table urls, titles; /* → slots of items */
    struct kept_item **items;
    uint32_t *free_items;
    size_t n_items, cap_items, n_free, cap_free;
    struct story *stories;
    uint32_t *free_stories;
    size_t n_stories, cap_stories, n_free_stories, cap_free_stories;
    struct table by_number; /* story number → slot */
    uint32_t oldest, newest;
    uint32_t epoch;
    uint32_t *touched;
    size_t n_touched, cap_touched;
    size_t live_items, live_stories, item_bytes;
    uint64_t left;
};

/* What is known of the item that is asked about. */
struct question {
    const struct story_item *item;
    uint64_t url, title, standing, publisher;
    size_t title_content; /* words of the folded title that are no function words */
    struct terms terms;
    struct shingles shingles;
    char language[3];
};

/* May the item join the story at all: window and life. */
bool story_takes(const struct story_index *x, const struct story *s, int64_t seen);
/* The same title of one publisher, half a day apart: a column, not a story. */
bool story_column(const struct question *q, const struct kept_item *k);
/* Rules copy (by text) and words. Returns the slot of the story, or TABLE_NONE. */
uint32_t story_by_words(struct story_index *x, const struct question *q, struct story_answer *ret);

#endif

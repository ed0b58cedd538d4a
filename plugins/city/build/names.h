/* What city-compile gathers: names with what they refer to, regions, and the arrays of the file made of them.
 */
#ifndef CITY_NAMES_H
#define CITY_NAMES_H

#include "../format.h"

#include "base/arena.h"
#include "base/text.h"

#include <stdbool.h>

struct key { /* a name as it is looked up; len 0: it cannot be one */
    const char *ptr;
    size_t len, words, letters; /* letters: characters without the blanks */
    bool latin, solo;           /* solo: a script without spaces */
};
struct entry {
    struct key key;
    uint32_t ref;
    uint8_t flags;
    bool is_ref;
};
struct names {
    struct arena arena;
    struct entry *list;
    size_t n, cap;
    struct text *words; /* of the dictionary, sorted */
    size_t n_words, cap_words;
    char *texts;
    size_t n_texts, cap_texts;
};
struct region_list {
    struct city_region *list;
    size_t n, cap;
    bool *named;
    uint16_t slots[16384]; /* number + 1, by the hash of the code */
};
struct built {
    struct city_region *regions;
    struct city_name *names;
    uint32_t *slots, *refs;
    char *texts;
    size_t n_regions, n_names, n_slots, n_refs, n_texts;
};

void names_init(struct names *n);
struct key names_key(struct names *n, struct text name);
void names_add(struct names *n, const struct key *k, enum city_ref kind, uint32_t number);
void names_flag(struct names *n, const struct key *k, uint8_t flag);
uint32_t names_text(struct names *n, const char *text); /* offset into the texts */
void names_word(struct names *n, struct text word);
void names_words_done(struct names *n);
/* Is each of its words one of the dictionary? */
bool names_is_word(const struct names *n, const struct key *k);
struct built names_build(struct names *n, const struct city_place *places, size_t n_places,
                         struct region_list *regions);

/* "US" or "US.OR"; its number, new if it was not known. */
uint16_t regions_add(struct region_list *r, const char *code);
/* All regions of the English catalogue, and their names in the languages of news. */
void regions_read(struct region_list *r, struct names *n, const char *locales);

#endif

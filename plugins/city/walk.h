/* One field on its walk (spans.c), and what its parts ask of words and of the bytes between them. */
#ifndef CITY_WALK_H
#define CITY_WALK_H

#include "city.h"

/* How a field writes capitals, which says what they tell in it. */
enum regime { MIXED, TITLE_CASE, ALL_CAPITALS, NO_CAPITALS };

struct walk {
    struct reading *r;
    const struct na_field *field;
    size_t stride;
    enum regime regime;
};

static inline const struct na_word *word(const struct walk *w, size_t i) {
    return NA_AT(const struct na_word, w->field->words, w->stride, i);
}

/* spans.c */
bool has_more_than_short(const struct city_data *d, const struct city_name *n);
/* The largest place of the name, or NULL. */
const struct city_place *top_place(const struct city_data *d, const struct city_name *n);

/* gaps.c */
/* Of a script that knows no capitals: from Hebrew on, without what is Latin, Greek or Georgian there. */
bool is_caseless(const struct na_word *w);
enum regime regime_of(const struct walk *w);
/* The bytes between word i and word i + 1, without a possessive. */
struct na_text gap_after(const struct walk *w, size_t i);
bool gap_is(struct na_text gap, const char *text);
/* The gap is made of these texts alone; a list ends with NULL. */
bool gap_only(struct na_text gap, const char *const *allowed);
extern const char *const in_names[], *const in_phrases[], *const before_qualifiers[];
/* No word before i belongs to its sentence. */
bool starts_sentence(const struct walk *w, size_t i);

/* around.c */
/* What stands before the mention and behind it, behind the words of its qualifier at a dateline. */
void clues_around(const struct walk *w, struct mention *m, size_t qualifier);
/* After a first name or a title at word i: the capital words that come, the last of them a surname. `name`:
 * that of the word, or NULL. */
void read_person(const struct walk *w, size_t i, const struct city_name *name);

/* together.c: what mentions say of one another, when all are read */
void mentions_together(struct reading *r);

#endif

/* Queries of other search languages in ours: the rows of contract "Coming from elsewhere". What a language
 * has and ours lacks is left out and named, never silently changed into something else. Pure; all lives in
 * the arena. The vocabulary stands in foreign_words.c. */
#ifndef NEWSALERTD_MATCH_FOREIGN_H
#define NEWSALERTD_MATCH_FOREIGN_H

#include "match/query.h"

enum foreign_kind {
    FOREIGN_GOOGLE,
    FOREIGN_TALKWALKER,
    FOREIGN_MELTWATER,
    FOREIGN_LEXIS,
    FOREIGN_FACTIVA,
    FOREIGN_BRANDWATCH,
    FOREIGN_LUCENE,
    N_FOREIGN
};
extern const char *const foreign_names[N_FOREIGN]; /* "google" … */

struct foreign_note {
    bool lost; /* something of the query is not there any more; else: what is read differently here */
    struct text what;
};
struct foreign {
    struct text query; /* empty: nothing is left */
    struct foreign_note *notes;
    size_t n_notes, n_lost;
};

/* Never NULL. A result that is refused here has a note that says why. */
struct foreign *foreign_translate(enum foreign_kind kind, struct text text,
                                  const struct query_prefixes *prefixes, struct arena *a);

/* -- vocabulary, private to foreign*.c --------------------------------------------------------------------
 */

#define F(kind) (1u << FOREIGN_##kind)
enum foreign_op { OP_NONE, OP_AND, OP_OR, OP_NOT, OP_NEAR, OP_ONEAR };
/* A word that is an operator. */
struct foreign_word {
    unsigned kinds;
    const char *word;
    bool nocase;
    enum foreign_op op;
    const char *lost; /* why it is read as AND only; NULL: it is the same here */
};
extern const struct foreign_word foreign_words[]; /* ends with word NULL */
/* An operator with a number in it: `start`, digits, `end`; distance is the number and `add`. */
struct foreign_distance {
    unsigned kinds;
    const char *start, *end;
    enum foreign_op op;
    int add;
};
extern const struct foreign_distance foreign_distances[]; /* ends with start NULL */
/* What stands directly before a value or a group: "intitle:", "hd=". */
struct foreign_prefix {
    unsigned kinds;
    const char *there;
    const char *here; /* "title:"; "": the value stays, without it; NULL: the value is left out with it */
    const char *lost; /* why; NULL: it is the same here */
};
extern const struct foreign_prefix foreign_prefixes[]; /* ends with there NULL */
/* A function: "ALLCAPS(…)". digits: of atleast5(…). */
struct foreign_function {
    unsigned kinds;
    const char *name;
    bool digits, capitals;
    const char *here, *lost;
};
extern const struct foreign_function foreign_functions[]; /* ends with name NULL */
#define FOREIGN_NEAR 99u                                  /* the most words between the sides of our NEAR */

/* How a language reads what stands side by side, and what binds tighter. */
struct foreign_grammar {
    enum { BESIDE_AND, BESIDE_OR, BESIDE_PHRASE } beside;
    bool or_tight;   /* OR binds tighter than AND and NEAR */
    bool minus;      /* -x is NOT x */
    bool plus;       /* +x is x */
    const char *any; /* its sign for any number of letters, where it is not * */
    const char *one; /* for one letter, where it is not ? */
    const char *hint;
};
extern const struct foreign_grammar foreign_grammars[N_FOREIGN];

#endif

/* city: which populated places an item speaks of. The way of one item (all on the memory of one struct
 * reading, allocated once a match):
 *
 *   spans.c       words → mentions of names, regions named; gaps.c: what stands between words, and how a
 *                 field writes capitals
 *   around.c      what stands around a mention, persons' surnames
 *   together.c    what mentions say of one another
 *   stems.c       names in another case than the first
 *   choose.c      which place of that name: people, rank, regions named, qualifiers, neighbours, the
 *                 feed's home
 *   confidence.c  whether it is a place at all: a sum of weighted clues, whose logistic is the confidence
 *   home.c        what a feed's items speak of, kept from item to item
 *   value.c       city: near: in: at compile
 *   notes.c       what explain and places are told
 *   clues.c       the words that tell (titles, street words, prepositions), by what they tell
 *   weights.inc   how much each clue weighs, fitted by tests/city/fit.py
 *
 * One item, one sense: all mentions of one name are one group and get one place. */
#ifndef CITY_H
#define CITY_H

#include "data.h"

enum { /* caps of one item: what a hostile text can cost */
       MAX_WORDS_READ = 20000,
       MAX_MENTIONS = 256,
       MAX_GROUPS = 48,
       MAX_NAMED = 64,    /* regions */
       MAX_SURNAMES = 64, /* persons */
       MAX_HOMES = 24,
};

/* Clues of a mention, each with its weight (confidence.c). */
enum clue {
    CLUE_QUALIFIER,      /* a state or country behind it that fits */
    CLUE_CAPITAL,        /* of a country */
    CLUE_SEAT,           /* of a state */
    CLUE_DATELINE,       /* PARIS (AP) - */
    CLUE_STATE,          /* its state is named elsewhere */
    CLUE_COUNTRY,        /* its country is */
    CLUE_ELSEWHERE,      /* other countries are, its own is not */
    CLUE_IN,             /* in, at, near … before it */
    CLUE_TO,             /* of, to, from … before it: weaker */
    CLUE_PLACE_BEFORE,   /* city of, downtown … */
    CLUE_PLACE_AFTER,    /* police, mayor, residents, -based */
    CLUE_PARTY,          /* R-X, D-X of legislators */
    CLUE_PERSON,         /* a person of that surname is in the item */
    CLUE_FIRST_NAME,     /* a first name before it */
    CLUE_TITLE,          /* a title before it */
    CLUE_CAPITAL_BEFORE, /* another capital word before it */
    CLUE_CAPITAL_AFTER,
    CLUE_ORGANISATION,        /* University, Street, River … behind it */
    CLUE_ORGANISATION_BEFORE, /* University of, Lake … before it */
    CLUE_DICTIONARY,          /* a word of the language */
    CLUE_SENTENCE_START,      /* the same, where any word has a capital */
    CLUE_ALTERNATE,           /* another language's name of a smaller place */
    CLUE_IS_FIRST_NAME,       /* itself a first name */
    CLUE_REGION,              /* a state or country of that name elsewhere */
    CLUE_OWN_REGION,          /* its own state or country has that name */
    CLUE_NO_CAPITALS,         /* the field has no capitals, or only such */
    CLUE_SIGN,                /* #Name, @Name */
    CLUE_SOLO,                /* in a script without spaces */
    CLUE_COUNTIES,            /* in a list of counties */
    CLUE_LARGE_WORD,          /* a word of the dictionary, but a large city */
    CLUE_HARDLY,              /* by our own table */
    CLUE_LIST,                /* with other places in a list */
    CLUE_SEVERAL,             /* a name of several words */
    CLUE_NICK,                /* what people call a city: NYC */
    CLUE_SCRIPT,              /* in another script than the Latin one, which has fewer traps */
    CLUE_SURE_LIST,           /* with one of them that is sure */
    CLUE_SPEAKS,              /* says, said … behind it: a person, or a capital */
    CLUE_CAPITAL_SPEAKS,
    CLUE_ACTS,        /* bans, mourns, to … behind it, what a city does */
    CLUE_SPORT,       /* the item speaks of sport, and nothing says that this is the place of it */
    CLUE_TEAM,        /* stuns, drafts behind it: what teams do */
    CLUE_ARTS,        /* the item speaks of films, songs or books, likewise */
    CLUE_NAMES,       /* among first names: Dakota, Cheyenne and Phoenix */
    CLUE_ARTICLE,     /* a, his before it and no noun behind, or my */
    CLUE_WORD_AFTER,  /* a word in small letters directly behind, of which nothing is known */
    CLUE_ALONE,       /* nothing at all around it speaks for a place */
    CLUE_LARGE_ALONE, /* nothing does, but it is a large city's name, and nobody else's */
    N_CLUES
};
#define BIT(clue)    (UINT64_C(1) << CLUE_##clue)
#define SAY(m, clue) ((m)->clues |= BIT(clue))

/* What speaks for a place among those of its name, beside its people (choose.c). */
enum choice {
    CHOICE_CAPITAL,
    CHOICE_SEAT,
    CHOICE_PART, /* of a city */
    CHOICE_ALTERNATE,
    CHOICE_SPELLED,
    CHOICE_NICK,
    CHOICE_STATE,   /* how often its state is named, up to 3 */
    CHOICE_COUNTRY, /* its country, likewise */
    CHOICE_NEIGHBOURS,
    CHOICE_QUALIFIER,
    CHOICE_HOME, /* its state's and half its country's share of the feed */
    N_CHOICES
};

/* What has a size rather than a yes or no (confidence.c). */
enum scale { SCALE_BIAS, SCALE_PEOPLE, SCALE_MARGIN, SCALE_NEIGHBOURS, SCALE_HOME, N_SCALES };

/* weights.c; the fit's own build can change them. */
#ifndef CITY_TUNED
#define CITY_TUNED const
#endif
extern CITY_TUNED double choice_weights[N_CHOICES], scale_weights[N_SCALES], clue_weights[N_CLUES];

struct mention {
    const struct na_field *field;
    const struct city_name *name;
    uint32_t first, n_words;
    uint32_t start, len; /* bytes of the field's text */
    uint32_t at;         /* words of the item before it */
    uint64_t clues;      /* bits by enum clue */
    uint16_t qualifier;  /* region, or CITY_NONE */
    uint8_t group;
    bool only_region; /* no place has this name, or it stands as a region */
    bool listed;      /* with the mention before it */
    double confidence;
    double scales[N_SCALES];
};

/* All mentions of one name. */
struct group {
    const struct city_name *name;
    uint16_t qualifier;
    uint32_t place; /* UINT32_MAX: none */
    double score, margin, neighbours;
    bool by_alternate, by_nick;
    double scores[CITY_MAX_REFS]; /* by reference */
};

struct named {
    uint16_t region;
    double times; /* people count less */
};

struct home {
    uint16_t region;
    float weight;
};
struct homes {
    struct home list[MAX_HOMES];
    size_t n;
    double total;
};

struct clue_index;

struct reading {
    const struct city_data *data;
    const struct clue_index *words;
    const struct na_item *item;
    struct mention mentions[MAX_MENTIONS];
    size_t n_mentions;
    struct group groups[MAX_GROUPS];
    size_t n_groups;
    struct named named[MAX_NAMED];
    size_t n_named;
    uint64_t surnames[MAX_SURNAMES];
    size_t n_surnames;
    struct homes homes;
    size_t n_read;        /* words */
    unsigned sport, arts; /* words of them: 2 each, 1 that are so perhaps */
};

/* city.c: one item from its words to the confidences; the item outlives the reading */
void reading_of(struct reading *r, const struct city_data *d, const struct clue_index *words,
                const struct na_item *item);
/* spans.c */
void spans_read(struct reading *r);
double named_times(const struct reading *r, uint16_t region);
void named_add(struct reading *r, uint16_t region, double times);
/* stems.c: the name that a word is a case of, or has a preposition grown on to: Ankara'da, Минске, בחיפה.
 * Only of larger places; NULL: none. `written` is the word's text, `folded` the same, folded. */
const struct city_name *stem_find(const struct city_data *d, struct na_text written, struct na_text folded);
/* choose.c */
void choose_places(struct reading *r);
/* What spoke for that place of the group, after the choice; the weighted sum is its score. */
void choose_reasons(const struct reading *r, const struct group *g, uint32_t ref, double ret[N_CHOICES]);
/* confidence.c: of each mention that is left */
void confidence_all(struct reading *r);
const char *clue_name(enum clue c);
const char *scale_name(enum scale s);

/* clues.c: what a word tells, by its folded text. */
enum {
    WORD_IN = 1,
    WORD_TO = 2,
    WORD_TITLE = 4,
    WORD_ORGANISATION = 8,         /* behind a name */
    WORD_ORGANISATION_BEFORE = 16, /* before a name: Lake, Mount */
    WORD_PLACE_AFTER = 32,
    WORD_PLACE_BEFORE = 64,
    WORD_FUNCTION = 128, /* capital only at a sentence's begin or in a title */
    WORD_REGION = 256,   /* state, county, upstate: beside a name they speak of a region */
    WORD_DIRECTION = 1024,
    WORD_THING = 512,   /* behind a name, in small letters too: duck, cheese */
    WORD_SPEECH = 2048, /* says, denies */
    WORD_SPORT = 4096,
    WORD_PERHAPS_SPORT = 8192, /* two of them are sport */
    WORD_ARTS = 16384,         /* films, songs, books: named after places more often than about them */
    WORD_PERHAPS_ARTS = 32768,
    WORD_ACT = 65536, /* bans, mourns, to: behind a name in a headline, what a city or its council does */
    WORD_TOPIC = WORD_SPORT | WORD_PERHAPS_SPORT | WORD_ARTS | WORD_PERHAPS_ARTS,
};
/* Built at open from the table of words, then read-only. */
#define CLUE_SLOTS 8192u
struct clue_index {
    uint16_t slots[CLUE_SLOTS]; /* number of a word + 1; 0: empty */
};
void clue_index_fill(struct clue_index *x);
unsigned word_tells(const struct clue_index *x, struct na_text folded);

/* home.c */
void homes_read(struct homes *h, struct na_text memory, const struct city_data *d);
double homes_share(const struct homes *h, uint16_t region);
/* Adds the sure mentions; the text of the new memory, or 0 bytes when nothing was learned. */
size_t homes_learn(const struct reading *r, char *out, size_t size);

/* value.c */
struct city_term {
    enum { TERM_CITY, TERM_NEAR, TERM_IN } kind;
    uint32_t place;  /* city, near */
    uint16_t region; /* in */
    double km;       /* near */
    uint64_t fields;
};
struct city_set {
    struct city_term *terms; /* by id */
    size_t n;
    uint32_t *order; /* ids: those of city: by their place, then the n_other others */
    size_t n_other;
};
/* Is the place one of the term's? Of in: a region that is named is another matter (city.c). */
bool term_has(const struct city_data *d, const struct city_term *t, uint32_t place);
/* data NULL: there is no gazetteer, and every term is bad; `missing` says why. */
int value_compile(const struct city_data *data, const char *missing, const struct na_compile *c,
                  struct city_set **ret);
/* Where in the set's order the terms of city: with that place begin; there may be none. */
size_t value_first(const struct city_set *s, uint32_t place);
void value_free(struct city_set *s);

/* notes.c: each sure place, for newsalertctl places */
void notes_places(const struct reading *r, double threshold, const struct na_match *match);
/* for explain: of each term the mentions that are or could have been its place, and why */
void notes_terms(const struct reading *r, const struct city_set *set, const struct na_match *match);

#endif

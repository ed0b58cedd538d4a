/* regex: what the files of this plugin share. A regular expression goes one way:
 *
 *   syntax.c   its text → a tree, or the place of its fault     class.c  sets of characters, Unicode, case
 *   literal.c  the tree → texts one of which every match holds  scripts.c  \p{Greek}
 *   program.c  the tree → a program of an NFA                   search.c the program over a text: a lazy DFA
 *   filter.c   the literals of all expressions, looked up in one pass over a text
 *   regex.c    the plugin
 *
 * The engine never goes back in the text, so its time grows linearly with it, whatever was written; it makes
 * no machine code, so it works where memory may not be made executable. What it finds is what Perl would: the
 * leftmost match, and of those the one that the order of alternatives and the greed of repetitions prefer.
 * Memory: functions that allocate return false or NULL when there is none. Threads: a compiled expression
 * grows its DFA while it searches, so one thread at a time uses it. */
#ifndef NEWSALERTD_PLUGIN_REGEX_H
#define NEWSALERTD_PLUGIN_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LONGEST_REPEAT = 1000,   /* of {n,m}, as RE2 has it */
    LONGEST_PROGRAM = 10000, /* instructions: nested {n,m} multiply */
    LAST_CHAR = 0x10FFFF
};

/* ---- class.c: sets of characters ---- */

struct range {
    uint32_t lo, hi;
};
struct set { /* after set_close: sorted, no two touch */
    struct range *list;
    size_t n, cap;
    bool failed; /* out of memory */
};

/* Characters that differ by case only: of each character its simplest form, and back. */
struct fold_pair {
    uint32_t simple, c;
};
/* What is made of Unicode's tables when an expression first asks for it; lives for one compile. */
enum { N_CATEGORIES = 37 };
struct unicode {
    struct fold_pair *folds; /* sorted by simple form, then character; without those that stand alone */
    size_t n_folds;
    struct set categories[N_CATEGORIES];
};
void unicode_clear(struct unicode *u);

void set_add(struct set *s, uint32_t lo, uint32_t hi);
void set_add_set(struct set *s, const struct set *other, bool negated);
void set_close(struct set *s);
void set_negate(struct set *s);
bool set_has(const struct set *s, uint32_t c);
bool set_same(const struct set *a, const struct set *b);
void set_clear(struct set *s);
/* Adds all that differs by case only; closes. */
void set_fold(struct set *s, struct unicode *u);
/* \d \s \w by their letter, [:alpha:] by name, \p{…} by name. False: there is none. */
bool set_add_perl(struct set *s, char letter);
bool set_add_posix(struct set *s, const char *name, size_t len);
bool set_add_property(struct set *s, struct unicode *u, const char *name, size_t len);

/* ---- scripts.c ---- */
extern const struct script_range {
    const char *script;
    uint32_t lo, hi;
} script_ranges[];
extern const size_t n_script_ranges;

/* ---- syntax.c: the tree ---- */

enum tree_kind { TREE_EMPTY, TREE_SET, TREE_CAT, TREE_ALT, TREE_REPEAT, TREE_ASSERT };
enum assertion {
    ASSERT_TEXT_START, /* \A, and ^ without (?m) */
    ASSERT_TEXT_END,   /* \z, and $ likewise */
    ASSERT_LINE_START,
    ASSERT_LINE_END,
    ASSERT_WORD_EDGE,
    ASSERT_NO_WORD_EDGE
};
#define REPEAT_FOREVER UINT32_MAX

struct tree {
    enum tree_kind kind;
    enum assertion assertion;
    uint32_t set; /* into the sets */
    uint32_t min, max;
    bool lazy;
    struct tree *a, *b; /* CAT, ALT: both; REPEAT: a */
};

struct fault {
    size_t at, len; /* bytes of the expression */
    char why[200];
};
struct expression {
    struct tree *root;
    struct tree *pool;
    size_t n_pool, cap_pool;
    struct set *sets;
    size_t n_sets, cap_sets;
};

/* 0; -1: *ret_fault says what is wrong. nocase: as if it began with (?i). */
int expression_parse(const char *text, size_t len, bool nocase, struct unicode *u, struct expression *ret,
                     struct fault *ret_fault);
void expression_clear(struct expression *e);

/* A character of UTF-8 text at p; returns its bytes. A broken byte is one character. */
size_t utf8_read(const char *p, const char *end, uint32_t *ret);
size_t utf8_write(uint32_t c, char out[4]);

/* ---- literal.c: what must occur ---- */

enum { MOST_LITERALS = 16, LONGEST_LITERAL = 24, SHORTEST_LITERAL = 3 };
struct literal {
    unsigned char len;
    char text[LONGEST_LITERAL]; /* ASCII letters small */
};
struct literals {
    struct literal list[MOST_LITERALS];
    size_t n;    /* 0: nothing is known */
    bool exact;  /* they are all that the expression matches */
    bool leads;  /* a match begins with one of them */
    bool has_ks; /* a match may have U+212A or U+017F (K and s by (?i)) where these have k and s */
};

/* Every match holds one of these (in any case of ASCII letters); ret->n 0: no text of use is sure. */
void expression_literals(const struct expression *e, struct literals *ret);

/* ---- program.c ---- */

enum op { OP_SET, OP_SPLIT, OP_JUMP, OP_ASSERT, OP_MATCH };
struct instruction {
    enum op op;
    uint32_t x, y; /* SET: the set, next; SPLIT: first and second choice; ASSERT: which, next; JUMP: to */
};
struct program {
    struct instruction *list;
    size_t n;
    struct set *sets; /* taken from the expression, equal ones once */
    size_t n_sets;
    bool needs_word, needs_line, needs_start; /* assertions that look behind */
};
/* 0; -1: too long, or no memory. `e` loses its sets. */
int program_make(struct expression *e, struct program *ret);
void program_clear(struct program *p);

/* ---- search.c ---- */

struct dfa;
struct scratch; /* room for a search: one for all expressions of a thread */
struct scratch *scratch_new(size_t longest_program);
struct scratch *scratch_free(struct scratch *s);
struct dfa *dfa_new(struct program *take);
struct dfa *dfa_free(struct dfa *d);

enum found { FOUND_NO, FOUND_YES, FOUND_LIMIT };
/* The first match at or after byte `from`; the caller knows of none that begins behind byte `last`. *budget:
 * steps of building that are left; what is below zero ends the search with LIMIT, as does a lack of memory.
 */
enum found dfa_search(struct dfa *d, struct scratch *s, const char *text, size_t len, size_t from,
                      size_t last, int64_t *budget, size_t *ret_start, size_t *ret_end);

/* ---- filter.c ---- */

struct filter;
/* Literals are added for expression `id`, then all is closed. */
struct filter *filter_new(void);
bool filter_add(struct filter *f, const struct literals *l, uint32_t id);
bool filter_close(struct filter *f);
struct filter *filter_free(struct filter *f);
/* Calls wake for each literal that occurs, perhaps several times for one id, with the byte where it begins;
 * SIZE_MAX: somewhere, in letters that the literal does not tell. */
void filter_run(const struct filter *f, const char *text, size_t len,
                void (*wake)(void *ctx, uint32_t id, size_t at), void *ctx);

#endif

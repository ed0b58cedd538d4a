#include "regex.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

void set_add(struct set *s, uint32_t lo, uint32_t hi) {
    if (s->n == s->cap) {
        size_t cap = s->cap ? s->cap * 2 : 4;
        struct range *list = realloc(s->list, cap * sizeof *list);
        if (!list) {
            s->failed = true;
            return;
        }
        s->list = list;
        s->cap = cap;
    }
    s->list[s->n++] = (struct range){lo, hi};
}

static int by_lo(const void *a, const void *b) {
    uint32_t x = ((const struct range *)a)->lo, y = ((const struct range *)b)->lo;
    return x < y ? -1 : x > y;
}

void set_close(struct set *s) {
    size_t n = 0;
    if (s->n > 1) qsort(s->list, s->n, sizeof *s->list, by_lo);
    for (size_t i = 0; i < s->n; i++) {
        struct range r = s->list[i];
        if (n && r.lo <= s->list[n - 1].hi + 1) {
            if (r.hi > s->list[n - 1].hi) s->list[n - 1].hi = r.hi;
        } else {
            s->list[n++] = r;
        }
    }
    s->n = n;
}

void set_negate(struct set *s) {
    struct set out = {.failed = s->failed};
    uint32_t next = 0;
    set_close(s);
    for (size_t i = 0; i < s->n; i++) {
        if (s->list[i].lo > next) set_add(&out, next, s->list[i].lo - 1);
        next = s->list[i].hi + 1;
    }
    if (next <= LAST_CHAR) set_add(&out, next, LAST_CHAR);
    free(s->list);
    *s = out;
}

void set_add_set(struct set *s, const struct set *other, bool negated) {
    struct set copy = {0};
    for (size_t i = 0; i < other->n; i++) set_add(&copy, other->list[i].lo, other->list[i].hi);
    if (negated) set_negate(&copy);
    for (size_t i = 0; i < copy.n; i++) set_add(s, copy.list[i].lo, copy.list[i].hi);
    s->failed |= copy.failed;
    set_clear(&copy);
}

bool set_has(const struct set *s, uint32_t c) {
    size_t lo = 0, hi = s->n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (c > s->list[mid].hi)
            lo = mid + 1;
        else if (c < s->list[mid].lo)
            hi = mid;
        else
            return true;
    }
    return false;
}

bool set_same(const struct set *a, const struct set *b) {
    return a->n == b->n && (!a->n || !memcmp(a->list, b->list, a->n * sizeof *a->list));
}

void set_clear(struct set *s) {
    free(s->list);
    *s = (struct set){0};
}

/* ---- case ---- */

/* İ and ı have no partner: only Turkish says otherwise. */
static uint32_t simple_form(uint32_t c) {
    if (c == 0x130 || c == 0x131) return c;
    return (uint32_t)utf8proc_tolower(utf8proc_toupper((utf8proc_int32_t)c));
}

static int by_simple(const void *a, const void *b) {
    const struct fold_pair *x = a, *y = b;
    if (x->simple != y->simple) return x->simple < y->simple ? -1 : 1;
    return x->c < y->c ? -1 : x->c > y->c;
}

static bool make_folds(struct unicode *u) {
    size_t cap = 0, n = 0;
    enum { END = 0x1E944 }; /* no cased letter stands behind */
    if (u->n_folds) return true;
    for (uint32_t c = 'A'; c < END; c++) {
        uint32_t simple = simple_form(c);
        if (simple == c) continue;
        if (n + 2 > cap) {
            cap = cap ? cap * 2 : 1024;
            struct fold_pair *list = realloc(u->folds, cap * sizeof *list);
            if (!list) return false;
            u->folds = list;
        }
        u->folds[n++] = (struct fold_pair){simple, c};
        u->folds[n++] = (struct fold_pair){simple, simple};
    }
    qsort(u->folds, n, sizeof *u->folds, by_simple);
    for (size_t i = 0; i < n; i++)
        if (!u->n_folds || by_simple(&u->folds[u->n_folds - 1], &u->folds[i]))
            u->folds[u->n_folds++] = u->folds[i];
    return true;
}

void unicode_clear(struct unicode *u) {
    free(u->folds);
    for (size_t i = 0; i < N_CATEGORIES; i++) set_clear(&u->categories[i]);
    *u = (struct unicode){0};
}

/* The group of this simple form, if it is one of several. */
static void add_group(struct set *s, const struct unicode *u, uint32_t simple) {
    size_t lo = 0, hi = u->n_folds;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (u->folds[mid].simple < simple)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (; lo < u->n_folds && u->folds[lo].simple == simple; lo++) set_add(s, u->folds[lo].c, u->folds[lo].c);
}

/* A group of one simple form of which any is in the set comes in as a whole. A single character asks for its
 * own; else all groups are gone through. */
void set_fold(struct set *s, struct unicode *u) {
    struct set more = {0};
    set_close(s);
    if (!make_folds(u)) more.failed = true;
    bool single = s->n == 1 && s->list[0].lo == s->list[0].hi;
    if (single) add_group(&more, u, simple_form(s->list[0].lo));
    for (size_t i = 0; !single && i < u->n_folds;) {
        size_t end = i;
        bool in = false;
        while (end < u->n_folds && u->folds[end].simple == u->folds[i].simple)
            in |= set_has(s, u->folds[end++].c);
        for (; i < end; i++)
            if (in) set_add(&more, u->folds[i].c, u->folds[i].c);
    }
    for (size_t i = 0; i < more.n; i++) set_add(s, more.list[i].lo, more.list[i].hi);
    s->failed |= more.failed;
    set_clear(&more);
    set_close(s);
}

/* ---- names ---- */

static const struct {
    const char *name;
    struct range list[4];
} named[] = {
    /* Perl's, as they are without Unicode rules */
    {"d", {{'0', '9'}}},
    {"s", {{'\t', '\r'}, {' ', ' '}}},
    {"w", {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}},
    /* POSIX's */
    {"alnum", {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}},
    {"alpha", {{'A', 'Z'}, {'a', 'z'}}},
    {"ascii", {{0, 0x7F}}},
    {"blank", {{'\t', '\t'}, {' ', ' '}}},
    {"cntrl", {{0, 0x1F}, {0x7F, 0x7F}}},
    {"digit", {{'0', '9'}}},
    {"graph", {{'!', '~'}}},
    {"lower", {{'a', 'z'}}},
    {"print", {{' ', '~'}}},
    {"punct", {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}},
    {"space", {{'\t', '\r'}, {' ', ' '}}},
    {"upper", {{'A', 'Z'}}},
    {"word", {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}},
    {"xdigit", {{'0', '9'}, {'A', 'F'}, {'a', 'f'}}},
};
enum { N_NAMED = sizeof named / sizeof *named, N_PERL = 3 };

static bool add_named(struct set *s, size_t from, size_t to, const char *name, size_t len) {
    for (size_t i = from; i < to; i++) {
        if (strlen(named[i].name) != len || memcmp(named[i].name, name, len)) continue;
        for (size_t k = 0; k < 4 && (named[i].list[k].hi || !k); k++)
            set_add(s, named[i].list[k].lo, named[i].list[k].hi);
        return true;
    }
    return false;
}

bool set_add_perl(struct set *s, char letter) {
    return add_named(s, 0, N_PERL, &letter, 1);
}

bool set_add_posix(struct set *s, const char *name, size_t len) {
    return add_named(s, N_PERL, N_NAMED, name, len);
}

static const char categories[N_CATEGORIES][3] = {"C",  "Cc", "Cf", "Cn", "Co", "Cs", "L",  "Ll", "Lm", "Lo",
                                                 "Lt", "Lu", "M",  "Mc", "Me", "Mn", "N",  "Nd", "Nl", "No",
                                                 "P",  "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S",  "Sc",
                                                 "Sk", "Sm", "So", "Z",  "Zl", "Zp", "Zs"};

/* A whole category (L) is those whose names begin with it. */
static const struct set *category(struct unicode *u, size_t number) {
    struct set *s = &u->categories[number];
    const char *name = categories[number];
    uint32_t from = 0;
    bool in = false;
    if (s->n || s->failed) return s;
    for (uint32_t c = 0; c <= LAST_CHAR + 1; c++) {
        const char *has = c > LAST_CHAR ? "--" : utf8proc_category_string((utf8proc_int32_t)c);
        bool is = has[0] == name[0] && (!name[1] || has[1] == name[1]);
        if (is && !in) from = c;
        if (!is && in) set_add(s, from, c - 1);
        in = is;
    }
    return s;
}

bool set_add_property(struct set *s, struct unicode *u, const char *name, size_t len) {
    bool found = false;
    for (size_t i = 0; i < N_CATEGORIES; i++)
        if (strlen(categories[i]) == len && !memcmp(categories[i], name, len)) {
            set_add_set(s, category(u, i), false);
            return true;
        }
    for (size_t i = 0; i < n_script_ranges; i++)
        if (strlen(script_ranges[i].script) == len && !memcmp(script_ranges[i].script, name, len)) {
            set_add(s, script_ranges[i].lo, script_ranges[i].hi);
            found = true;
        }
    return found;
}

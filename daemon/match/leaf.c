#include "match/leaf.h"

#include "base/limits.h"
#include "item/fold.h"
#include "item/words.h"
#include "item/words_hash.h"

#include <stdint.h>

/* One word of a leaf, after cutting. */
struct leaf_word {
    const struct na_word *word;
    bool wild, any, solo, number;
    bool joins; /* one hyphen stands before the next word, and the two may also be written as one */
};

struct leaf {
    const struct leaf_source *source;
    struct text text;
    struct arena *arena;
    struct leaf_word words[LIMIT_PHRASE_WORDS];
    size_t n;
};

/* Inside quotes a ? at a word's end is punctuation: it becomes a blank. Places stay. */
static struct text without_question_marks(struct text t, struct arena *a) {
    if (!memchr(t.ptr, '?', t.len)) return t;
    struct text copy = arena_dup(a, t);
    if (!copy.len) return t;
    char *p = (char *)(uintptr_t)copy.ptr;
    bool word_follows = false;
    for (size_t i = copy.len; i--;) {
        unsigned char c = (unsigned char)p[i];
        if (c == '?') {
            if (!word_follows) p[i] = ' ';
        } else {
            word_follows = c >= 0x80 || c == '*' || (char_class(c) & CHAR_WORD);
        }
    }
    return copy;
}

static size_t count_letters(struct text t) {
    const char *end = t.ptr + t.len;
    size_t n = 0;
    for (const char *p = t.ptr; p < end;) {
        uint32_t c;
        p += char_read(p, end, &c);
        n += (char_class(c) & (CHAR_LETTER | CHAR_DIGIT)) != 0;
    }
    return n;
}

/* An acronym: two or more letters, all of them capitals; digits may stand anywhere. */
static bool is_acronym(struct text exact) {
    const char *end = exact.ptr + exact.len;
    size_t capitals = 0;
    for (const char *p = exact.ptr; p < end;) {
        uint32_t c;
        p += char_read(p, end, &c);
        unsigned k = char_class(c);
        if ((k & CHAR_LETTER) && !(k & CHAR_UPPER)) return false;
        capitals += (k & CHAR_UPPER) != 0;
    }
    return capitals >= 2;
}

static void describe(struct leaf_word *w) {
    struct text exact = text_of_na(w->word->exact);
    uint32_t c;
    char_read(exact.ptr, exact.ptr + exact.len, &c);
    w->solo = (char_class(c) & CHAR_SOLO) != 0;
    w->wild = memchr(exact.ptr, '*', exact.len) || memchr(exact.ptr, '?', exact.len);
    w->number = true;
    for (const char *p = exact.ptr; p < exact.ptr + exact.len;) {
        p += char_read(p, exact.ptr + exact.len, &c);
        if (char_class(c) & (CHAR_LETTER | CHAR_MARK)) w->number = false;
    }
}

static bool is_hyphen(struct text t) {
    uint32_t c;
    return t.len && char_read(t.ptr, t.ptr + t.len, &c) == t.len && char_is_hyphen(c);
}

/* What stands between word i and the next. */
static void describe_gap(struct leaf *l, size_t i) {
    struct leaf_word *w = &l->words[i], *next = w + 1;
    uint32_t end = w->word->start + w->word->len;
    struct text gap = {l->text.ptr + end, next->word->start - end};
    w->joins = is_hyphen(gap) && !l->source->sign && !(w->number && next->number) && !w->solo &&
               !next->solo && !w->any && !next->any;
}

static const char too_wide[] = "too wide: at least three letters or digits must stand beside * and ?";

/* Cuts the leaf, and refuses what cannot be searched. */
static const char *cut(struct leaf *l, size_t *ret_at) {
    struct na_word *words;
    size_t n = words_cut_query(l->text, l->arena, &words);
    *ret_at = 0;
    for (size_t i = 0; i < n; i++)
        if (words[i].flags & NA_WORD_URL) {
            *ret_at = words[i].start;
            return "addresses in a text are not searched: write url: and a piece of the item's address";
        }
    *ret_at = SIZE_MAX;
    if (!n) return "there is no letter or digit in it to search for";
    if (n > LIMIT_PHRASE_WORDS) {
        *ret_at = words[LIMIT_PHRASE_WORDS].start;
        return "a phrase may have 32 words";
    }
    l->n = n;
    for (size_t i = 0; i < n; i++) {
        l->words[i].word = &words[i];
        describe(&l->words[i]);
    }
    for (size_t i = 0; i < n; i++) {
        struct leaf_word *w = &l->words[i];
        *ret_at = w->word->start;
        bool beside_solo =
            (i && l->words[i - 1].solo && words[i - 1].start + words[i - 1].len == words[i].start) ||
            (i + 1 < n && w[1].solo && words[i].start + words[i].len == words[i + 1].start);
        if (w->wild && beside_solo) return "wildcards do not work in scripts that put no space between words";
        w->any = l->source->quoted && i && i + 1 < n && text_eqs(text_of_na(w->word->exact), "*");
        if (w->wild && !w->any && count_letters(text_of_na(w->word->exact)) < 3) return too_wide;
    }
    for (size_t i = 0; i + 1 < n; i++) describe_gap(l, i);
    return NULL;
}

static struct text concat(struct arena *a, struct text x, struct text y) {
    char *p = arena_alloc(a, x.len + y.len + 1);
    if (!p) return TEXT_NONE;
    if (x.len) memcpy(p, x.ptr, x.len);
    memcpy(p + x.len, y.ptr, y.len);
    return (struct text){p, x.len + y.len};
}

/* The pattern of words i … last, written as one. */
static struct na_pattern pattern_of(const struct leaf *l, size_t i, size_t last) {
    const struct leaf_word *w = &l->words[i];
    struct na_pattern p = {.folded = w->word->folded};
    struct text exact = text_of_na(w->word->exact), folded = text_of_na(w->word->folded);
    bool wild = w->wild;
    for (size_t k = i + 1; k <= last; k++) {
        exact = concat(l->arena, exact, text_of_na(l->words[k].word->exact));
        wild |= l->words[k].wild;
    }
    if (last > i) folded = fold_text(exact, l->arena);
    bool acronym = !l->source->sign && !wild && is_acronym(exact);
    if (l->source->sign == '=') {
        p.flags |= NA_PATTERN_EXACT;
        if (l->words[last].word->flags & NA_WORD_POSSESSIVE) exact = concat(l->arena, exact, TEXT("'s"));
    }
    if (l->source->sign == '#' && !i) p.flags |= NA_PATTERN_HASH_SIGN;
    if (l->source->sign == '@' && !i) p.flags |= NA_PATTERN_AT_SIGN;
    p.flags |= w->any ? NA_PATTERN_ANY : wild ? NA_PATTERN_WILD : 0;
    if (acronym) p.flags |= NA_PATTERN_ACRONYM;
    p.exact = na_of_text(exact);
    p.folded = na_of_text(folded);
    if (!wild) p.hash = words_hash(folded.ptr, folded.len);
    return p;
}

/* One spelling: bit k of `joined` says that the k-th place where words may join is written so. */
static struct query_term spelling(const struct leaf *l, unsigned joined) {
    struct query_term t = {.patterns = arena_alloc(l->arena, l->n * sizeof *t.patterns)};
    if (!t.patterns) return t;
    unsigned place = 0;
    for (size_t i = 0, last; i < l->n; i = last + 1) {
        for (last = i; last + 1 < l->n; last++)
            if (!l->words[last].joins || !(joined >> place++ & 1)) break;
        t.patterns[t.n_patterns++] = pattern_of(l, i, last);
    }
    return t;
}

const char *leaf_words(const struct leaf_source *source, struct arena *a, struct query_node *ret,
                       size_t *ret_at) {
    struct leaf l = {.source = source, .text = source->text, .arena = a};
    if (source->quoted) l.text = without_question_marks(l.text, a);
    const char *why = cut(&l, ret_at);
    if (why) return why;
    unsigned places = 0;
    for (size_t i = 0; i + 1 < l.n; i++) places += l.words[i].joins;
    *ret_at = SIZE_MAX;
    if (places > 31 || 1u << places > LIMIT_SPELLINGS)
        return "its hyphens stand for more than 8 spellings: write some of them as spaces";
    size_t n = (size_t)1 << places;
    struct query_term *terms = arena_alloc(a, n * sizeof *terms);
    if (!terms) return "out of memory";
    for (size_t i = 0; i < n; i++) terms[i] = spelling(&l, (unsigned)i);
    ret->terms = terms;
    ret->n_terms = n;
    return a->failed ? "out of memory" : NULL;
}

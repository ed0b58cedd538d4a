#include "walk.h"

#include <string.h>

/* ---- scripts and capitals ---- */

bool is_caseless(const struct na_word *w) {
    const unsigned char *p = (const unsigned char *)w->folded.ptr;
    if (w->folded.len < 2 || *p < 0xd6) return false;
    if (*p < 0xe0) return *p > 0xd6 || p[1] >= 0x90;
    return !(*p == 0xe1 && p[1] >= 0xb8 && p[1] <= 0xbf);
}

enum regime regime_of(const struct walk *w) {
    size_t cased = 0, no_small = 0, capital = 0, long_words = 0, long_capital = 0;
    size_t n = w->field->n_words < 2000 ? w->field->n_words : 2000;
    for (size_t i = 0; i < n; i++) {
        const struct na_word *x = word(w, i);
        if ((x->flags & (NA_WORD_URL | NA_WORD_DIGIT)) || is_caseless(x)) continue;
        cased++;
        capital += (x->flags & NA_WORD_CAPITAL) != 0;
        no_small += (x->flags & NA_WORD_NO_SMALL) != 0;
        if (x->folded.len < 4) continue;
        long_words++;
        long_capital += (x->flags & NA_WORD_CAPITAL) != 0;
    }
    if (cased >= 2 && no_small == cased) return ALL_CAPITALS;
    if (cased && !capital) return NO_CAPITALS;
    /* A headline has no full stop at its end. */
    bool stop = w->field->text.len && w->field->text.ptr[w->field->text.len - 1] == '.';
    return !stop && long_words >= 4 && long_capital * 10 >= long_words * 8 ? TITLE_CASE : MIXED;
}

/* ---- what stands between words ---- */

struct na_text gap_after(const struct walk *w, size_t i) {
    const struct na_word *a = word(w, i);
    size_t from = a->start + a->len;
    size_t to = i + 1 < w->field->n_words ? word(w, i + 1)->start : w->field->text.len;
    if (a->flags & NA_WORD_POSSESSIVE) {
        static const char *const marks[] = {"'s", "’s", "'S", "’S", "‘s", "ʼs"};
        for (size_t k = 0; k < sizeof marks / sizeof *marks; k++) {
            size_t len = strlen(marks[k]);
            if (to - from >= len && !memcmp(w->field->text.ptr + from, marks[k], len)) from += len;
        }
    }
    return (struct na_text){w->field->text.ptr + from, to > from ? to - from : 0};
}

bool gap_only(struct na_text gap, const char *const *allowed) {
    for (size_t at = 0; at < gap.len;) {
        size_t k = 0;
        for (; allowed[k]; k++) {
            size_t len = strlen(allowed[k]);
            if (len <= gap.len - at && !memcmp(gap.ptr + at, allowed[k], len)) break;
        }
        if (!allowed[k]) return false;
        at += strlen(allowed[k]);
    }
    return true;
}

const char *const in_names[] = {" ", "-", ".", "'", "’", "\u00a0", "\u2010", "\u2011", NULL};
const char *const in_phrases[] = {" ",  "-", "#", "@", "\u00a0", "\u2010", "\u2011",
                                  "\"", "“", "”", "‘", "’",      "'",      NULL};
const char *const before_qualifiers[] = {" ", ",", "(", "/", "\u00a0", NULL};

bool gap_is(struct na_text gap, const char *text) {
    return gap.len == strlen(text) && !memcmp(gap.ptr, text, gap.len);
}

bool starts_sentence(const struct walk *w, size_t i) {
    if (!i || (word(w, i)->flags & NA_WORD_BREAK)) return true;
    struct na_text gap = gap_after(w, i - 1);
    if (gap_only(gap, in_phrases)) return false;
    for (size_t k = 0; k < gap.len; k++)
        if (strchr(".!?:;", gap.ptr[k]) || (unsigned char)gap.ptr[k] == 0xe2) return true;
    return false;
}

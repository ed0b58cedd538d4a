#include "story/diff.h"

#include "item/word_diff.h"
#include "item/words.h"
#include "story/copy.h"
#include "story/words.h"

#include <ctype.h>

/* Shorter words have too many neighbours that are words themselves: letters of the shorter spelling, where
 * neither is an everyday word; and where a letter was lost or added (shot, shout). */
#define TYPO_LETTERS 7u
#define LOST_LETTERS 5u

/* ---- everyday words ---- */

static bool in_row(const char *row, struct text word) {
    for (const char *at = row; *at;) {
        size_t n = strcspn(at, " ");
        if (n == word.len && !memcmp(at, word.ptr, n)) return true;
        at += n + strspn(at + n, " ");
    }
    return false;
}

static bool everyday(struct text word) {
    for (size_t i = 0; i < n_word_rows; i++)
        if (in_row(word_rows[i].words, word)) return true;
    for (size_t i = 0; i < n_synonym_rows; i++)
        if (in_row(synonym_rows[i], word)) return true;
    return false;
}

static bool negation(struct text word) {
    static const char words[] =
        "no not nor never none nobody nothing neither without cannot unable fails failed denies denied "
        "isnt arent wasnt werent dont doesnt didnt wont cant couldnt wouldnt shouldnt hasnt havent hadnt "
        "nicht kein keine keinen keiner nie niemand ohne ne pas jamais sans aucun aucune nunca sin ningun "
        "non mai senza nao nem sem niet geen nooit zonder";
    return in_row(words, word);
}

/* ---- spellings ---- */

static bool letters_only(struct text t) {
    for (size_t i = 0; i < t.len; i++)
        if (isdigit((unsigned char)t.ptr[i]) || t.ptr[i] == ' ') return false;
    return t.len > 0;
}

/* Two neighbours swapped, or one byte more inside: neither the first nor the last, which make another form of
 * the word (suspect, suspects) or another word (fired, hired). */
static bool slipped(struct text a, struct text b) {
    struct text small = a.len < b.len ? a : b, large = a.len < b.len ? b : a;
    if (small.len < 3 || large.len - small.len > 1 || small.ptr[0] != large.ptr[0]) return false;
    if (small.len < large.len && small.len < LOST_LETTERS) return false;
    size_t head = 0;
    while (head < small.len && small.ptr[head] == large.ptr[head]) head++;
    if (small.len == large.len)
        return head + 1 < small.len && small.ptr[head] == large.ptr[head + 1] &&
               small.ptr[head + 1] == large.ptr[head] &&
               !memcmp(small.ptr + head + 2, large.ptr + head + 2, small.len - head - 2);
    return head < small.len && !memcmp(small.ptr + head, large.ptr + head + 1, small.len - head);
}

/* capital: one of both is written with a capital that may make a name of it. */
static bool typo(struct text was, struct text is, bool capital) {
    if (!letters_only(was) || !letters_only(is) || negation(was) || negation(is)) return false;
    bool known = everyday(is);
    if (known && everyday(was)) return false;
    if (!known && (capital || was.len < TYPO_LETTERS || is.len < TYPO_LETTERS)) return false;
    return slipped(was, is);
}

/* The next word of a key. */
static struct text next_word(struct text *key) {
    const char *blank = key->len ? memchr(key->ptr, ' ', key->len) : NULL;
    struct text word = {key->ptr, blank ? (size_t)(blank - key->ptr) : key->len};
    key->ptr += word.len + (blank != NULL);
    key->len -= word.len + (blank != NULL);
    return word;
}

/* The same letters, parted otherwise: "cease-fire", "cease fire", "ceasefire". Not so with digits. */
static bool same_letters(struct text a, struct text b) {
    size_t i = 0, k = 0;
    while (i < a.len || k < b.len) {
        if (i < a.len && a.ptr[i] == ' ') {
            i++;
        } else if (k < b.len && b.ptr[k] == ' ') {
            k++;
        } else {
            if (i == a.len || k == b.len || a.ptr[i] != b.ptr[k] || isdigit((unsigned char)a.ptr[i]))
                return false;
            i++, k++;
        }
    }
    return true;
}

static bool any_capital(struct text t) {
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.ptr[i];
        if (isupper(c) || c >= 0x80) return true; /* what is not ASCII may be a capital */
    }
    return false;
}

/* Is one change, from `was` to `is`, spelling only? */
static bool spelling(const struct word_diff_part *was, const struct word_diff_part *is) {
    struct text a = was->key, b = is->key;
    if (!a.len || !b.len) return false;
    if (same_letters(a, b)) return true;
    bool capital = any_capital(was->text) || any_capital(is->text);
    while (a.len && b.len) {
        struct text x = next_word(&a), y = next_word(&b);
        if (!text_eq(x, y) && !typo(x, y, capital)) return false;
    }
    return !a.len && !b.len;
}

/* DIFF_EQUAL, DIFF_SPELLING, or `changed`. */
static enum diff_change compare(struct text old, struct text now, enum diff_change changed, struct arena *a) {
    struct word_diff_part *parts;
    if (text_eq(old, now)) return DIFF_EQUAL;
    size_t n = word_diff(old, now, a, &parts);
    enum diff_change r = DIFF_EQUAL;
    if (a->failed) return changed;
    for (size_t i = 0; i < n; i++) {
        if (parts[i].side == DIFF_BOTH) continue;
        bool pair = parts[i].side == DIFF_OLD && i + 1 < n && parts[i + 1].side == DIFF_NEW;
        if (!pair && !parts[i].key.len) continue; /* punctuation alone */
        if (!pair || !spelling(&parts[i], &parts[i + 1])) return changed;
        r = DIFF_SPELLING;
        i++;
    }
    return r;
}

static enum diff_change larger(enum diff_change a, enum diff_change b) {
    return a > b ? a : b;
}

enum diff_change diff_change_of(const struct diff_version *old, const struct diff_version *now,
                                struct arena *a) {
    enum diff_change r = compare(copy_bare_title(old->title), copy_bare_title(now->title), DIFF_TITLE, a);
    if (r == DIFF_TITLE) return r;
    r = larger(r, compare(old->summary, now->summary, DIFF_TEXT, a));
    return r == DIFF_TEXT ? r : larger(r, compare(old->content, now->content, DIFF_TEXT, a));
}

#include "story/copy.h"

#include "base/buf.h"
#include "base/limits.h"
#include "item/words.h"
#include "story/words.h"

#include <ctype.h>

#define SHINGLE_WORDS  5u
#define SHINGLE_TEXT   200u
#define SHINGLES_LEAST 6u /* of the shorter text: ten words; below that, texts are formulas */
#define COPY_SHARE     0.8f

/* ---- titles ---- */

/* In small letters; a number may follow. */
static const char *const labels[] = {
    "breaking news", "breaking",   "live updates", "live blog",    "live",      "updated",    "update",
    "wrapup",        "video",      "watch",        "exclusive",    "just in",   "developing", "alert",
    "photos",        "pictures",   "audio",        "refile",       "corrected", "correction", "recap",
    "urgent",        "news alert", "flash",        "factbox",      "analysis",  "opinion",    "podcast",
    "listen",        "eilmeldung", "en direct",    "video report",
};

/* Bytes of a separator at the front: : - – — | > with blanks around; 0: none. */
static size_t separator(struct text t) {
    size_t i = 0, marks = 0;
    while (i < t.len) {
        if (t.ptr[i] == ' ') {
            i++;
        } else if (strchr(":-|>", t.ptr[i])) {
            i++, marks++;
        } else if (i + 3 <= t.len && (!memcmp(t.ptr + i, "–", 3) || !memcmp(t.ptr + i, "—", 3))) {
            i += 3, marks++;
        } else {
            break;
        }
    }
    return marks ? i : 0;
}

/* Bytes of a label and its number at the front of t; 0: none. */
static size_t label_at(struct text t) {
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        size_t n = strlen(labels[i]);
        if (t.len <= n || strncasecmp(t.ptr, labels[i], n) != 0 || isalnum((unsigned char)t.ptr[n])) continue;
        size_t k = n;
        while (k < t.len && (t.ptr[k] == ' ' || isdigit((unsigned char)t.ptr[k]))) k++;
        return t.ptr[k - 1] == ' ' ? k - 1 : k;
    }
    return 0;
}

static size_t front_label(struct text t) {
    char close = t.len && t.ptr[0] == '[' ? ']' : t.len && t.ptr[0] == '(' ? ')' : 0;
    if (close) {
        struct text inner = {t.ptr + 1, t.len - 1};
        size_t n = label_at(inner);
        return n && n < inner.len && inner.ptr[n] == close ? n + 2 : 0;
    }
    size_t n = label_at(t);
    if (!n) return 0;
    struct text rest = {t.ptr + n, t.len - n};
    size_t mark = separator(rest);
    return mark && mark < rest.len ? n + mark : 0;
}

static size_t count_words(struct text t) {
    size_t n = 0;
    for (size_t i = 0; i < t.len; i++) n += t.ptr[i] != ' ' && (!i || t.ptr[i - 1] == ' ');
    return n;
}

/* Where the outlet's name at the end begins, its separator included; t.len: there is none. A bar parts names
 * of any length; a dash only short ones with a capital, since it also parts sentences. */
static size_t outlet_at(struct text t) {
    for (size_t i = t.len; i-- > 1;) {
        size_t mark = t.ptr[i] == '|' || t.ptr[i] == '-' ? 1 : 0;
        if (i + 3 <= t.len && (!memcmp(t.ptr + i, "–", 3) || !memcmp(t.ptr + i, "—", 3))) mark = 3;
        if (!mark || t.ptr[i - 1] != ' ' || i + mark >= t.len || t.ptr[i + mark] != ' ') continue;
        struct text head = text_trim((struct text){t.ptr, i}), tail = {t.ptr + i + mark, t.len - i - mark};
        tail = text_trim(tail);
        bool bar = t.ptr[i] == '|';
        size_t tail_words = count_words(tail), head_words = count_words(head);
        bool capital =
            tail.len && (isupper((unsigned char)tail.ptr[0]) || (unsigned char)tail.ptr[0] >= 0x80);
        bool domain = tail_words == 1 && memchr(tail.ptr, '.', tail.len);
        /* Every longer word of a name has a capital. */
        for (size_t k = 1; k + 4 < tail.len; k++)
            if (tail.ptr[k - 1] == ' ' && islower((unsigned char)tail.ptr[k]) &&
                !memchr(tail.ptr + k, ' ', 4))
                capital = false;
        if (tail_words && head_words >= 3 && tail_words <= (bar ? 6u : 4u) && (capital || domain || bar) &&
            tail_words < head_words)
            return head.len + (size_t)(head.ptr - t.ptr);
        return t.len;
    }
    return t.len;
}

struct text copy_bare_title(struct text t) {
    t = text_trim(t);
    for (size_t n; (n = front_label(t)) > 0;) {
        t.ptr += n;
        t.len -= n;
        t = text_trim(t);
    }
    t.len = outlet_at(t);
    t.len = outlet_at(t); /* "… | World | Outlet" */
    t = text_trim(t);
    /* A bracketed label may stand at the end as well. */
    if (t.len && (t.ptr[t.len - 1] == ']' || t.ptr[t.len - 1] == ')')) {
        char open = t.ptr[t.len - 1] == ']' ? '[' : '(';
        const char *at = memrchr(t.ptr, open, t.len);
        if (at && at > t.ptr) {
            struct text last = {at, t.len - (size_t)(at - t.ptr)};
            if (front_label(last) == last.len) t = text_trim((struct text){t.ptr, (size_t)(at - t.ptr)});
        }
    }
    return t;
}

struct text copy_folded_title(struct text t, struct arena *a) {
    return words_folded_line(copy_bare_title(t), a);
}

static bool is_date_word(struct text w) {
    static const char *const starts[] = {"monday",    "tuesday", "wednesday", "thursday", "friday",
                                         "saturday",  "sunday",  "january",   "february", "march",
                                         "april",     "may",     "june",      "july",     "august",
                                         "september", "october", "november",  "december"};
    if (w.len && isdigit((unsigned char)w.ptr[0])) return true;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (text_eqs(w, starts[i])) return true;
    return false;
}

struct text copy_standing_title(struct text folded, struct arena *a) {
    struct buf out;
    buf_init(&out, folded.len + 1);
    for (size_t i = 0; i < folded.len;) {
        const char *blank = memchr(folded.ptr + i, ' ', folded.len - i);
        struct text word = {folded.ptr + i, blank ? (size_t)(blank - folded.ptr) - i : folded.len - i};
        i += word.len + 1;
        if (is_date_word(word)) continue;
        if (out.len) buf_addc(&out, ' ');
        buf_addt(&out, word);
    }
    struct text t = arena_dup(a, buf_text(&out));
    buf_clear(&out);
    return t;
}

/* ---- texts ---- */

static int by_value(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* The lowest level on which the sample fits, and that sample. */
static void sample(const uint32_t *all, size_t n, struct shingles *ret) {
    for (ret->level = 0;; ret->level++) {
        size_t kept = 0;
        uint32_t mask = (1u << ret->level) - 1;
        for (size_t i = 0; i < n && kept <= SHINGLES_MAX; i++) {
            if (all[i] & mask || (i && all[i] == all[i - 1])) continue;
            if (kept < SHINGLES_MAX) ret->list[kept] = all[i];
            kept++;
        }
        ret->n = (uint8_t)kept;
        if (kept <= SHINGLES_MAX) return;
    }
}

void copy_shingles(struct text t, uint64_t seed, struct arena *a, struct shingles *ret) {
    uint32_t all[SHINGLE_TEXT];
    uint64_t hashes[SHINGLE_TEXT];
    size_t n = 0, made = 0;
    struct na_word *words;
    *ret = (struct shingles){0};
    if (t.len > SHINGLE_TEXT * 16) t.len = SHINGLE_TEXT * 16;
    size_t cut = words_cut(t, a, &words);
    for (size_t i = 0; i < cut && n < SHINGLE_TEXT; i++)
        if (words[i].folded.len) hashes[n++] = story_hash(seed, text_of_na(words[i].folded));
    for (size_t i = 0; i + SHINGLE_WORDS <= n; i++) {
        uint64_t h = seed;
        for (size_t k = 0; k < SHINGLE_WORDS; k++)
            h = (h ^ hashes[i + k]) * 0xff51afd7ed558ccdu, h ^= h >> 31;
        all[made++] = (uint32_t)(h >> 16);
    }
    qsort(all, made, sizeof *all, by_value);
    ret->total = (uint16_t)made;
    sample(all, made, ret);
}

bool copy_of(const struct shingles *a, const struct shingles *b) {
    const struct shingles *small = a->total <= b->total ? a : b, *large = small == a ? b : a;
    if (small->total < SHINGLES_LEAST) return false;
    unsigned level = small->level > large->level ? small->level : large->level;
    uint32_t mask = (1u << level) - 1;
    size_t asked = 0, found = 0, k = 0;
    for (size_t i = 0; i < small->n; i++) {
        if (small->list[i] & mask) continue;
        asked++;
        while (k < large->n && large->list[k] < small->list[i]) k++;
        found += k < large->n && large->list[k] == small->list[i];
    }
    return asked && (float)found >= COPY_SHARE * (float)asked;
}

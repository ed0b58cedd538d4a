#include "item/word_diff.h"

#include "item/words.h"

/* A piece of text that is compared as one: a word, or words without a blank between them ("wire-cutter"),
 * with the punctuation around it. Scripts without blanks make one token a word. */
struct token {
    struct text text, key;
    bool blank;
};

struct tokens {
    struct token *list;
    size_t n;
};

static bool has_space(struct text t) {
    for (size_t i = 0; i < t.len; i++)
        if (text_is_space(t.ptr[i])) return true;
    return false;
}

/* Where the text between two words is parted: at its first blank. */
static size_t parting(struct text t, size_t from, size_t to) {
    while (from < to && !text_is_space(t.ptr[from])) from++;
    return from;
}

static struct text word_key(struct text t, const struct na_word *w) {
    if (w->flags & NA_WORD_URL) return (struct text){t.ptr + w->start, w->len};
    return text_of_na(w->folded);
}

/* Does word i begin a token? It does after a blank, and when nothing at all is before it. */
static bool begins(struct text t, const struct na_word *words, size_t i) {
    if (!i) return true;
    size_t end = words[i - 1].start + words[i - 1].len;
    if (end >= words[i].start) return true;
    return has_space((struct text){t.ptr + end, words[i].start - end});
}

/* A minus right before a number makes it another one: "-3" or, in print, "−3". */
static bool is_negative(struct text t, const struct na_word *w) {
    static const struct text sign = {"\xE2\x88\x92", 3};
    size_t at = w->start;
    if (!w->len || t.ptr[at] < '0' || t.ptr[at] > '9') return false;
    if (at >= sign.len && !memcmp(t.ptr + at - sign.len, sign.ptr, sign.len)) return true;
    return at && t.ptr[at - 1] == '-' && (at == 1 || text_is_space(t.ptr[at - 2]));
}

static struct text key_of(struct text t, const struct na_word *words, size_t n, struct arena *a) {
    bool negative = is_negative(t, words);
    if (n == 1 && !negative) return word_key(t, words);
    size_t len = negative;
    for (size_t i = 0; i < n; i++) len += word_key(t, &words[i]).len + 1;
    char *p = arena_raw(a, len + 1), *at = p;
    if (!p) return TEXT_NONE;
    if (negative) *at++ = '-';
    for (size_t i = 0; i < n; i++) {
        struct text k = word_key(t, &words[i]);
        if (i) *at++ = ' ';
        if (k.len) memcpy(at, k.ptr, k.len);
        at += k.len;
    }
    return (struct text){p, (size_t)(at - p)};
}

static void cut(struct text t, struct arena *a, struct tokens *ret) {
    struct na_word *words;
    size_t n = words_cut(t, a, &words);
    *ret = (struct tokens){0};
    if (!text_trim(t).len) return;
    ret->list = arena_alloc(a, (n ? n : 1) * sizeof *ret->list);
    if (!ret->list) return;
    if (!n) { /* punctuation only */
        ret->list[ret->n++] = (struct token){.text = text_trim(t), .blank = true};
        return;
    }
    size_t from = 0;
    for (size_t i = 0, next; i < n; i = next) {
        for (next = i + 1; next < n && !begins(t, words, next); next++) {
        }
        size_t end = words[next - 1].start + words[next - 1].len;
        size_t to = next < n ? parting(t, end, words[next].start) : t.len;
        struct token *k = &ret->list[ret->n++];
        k->blank = !from || (from < t.len && text_is_space(t.ptr[from]));
        k->text = text_trim((struct text){t.ptr + from, to - from});
        k->key = key_of(t, words + i, next - i, a);
        from = to;
    }
}

/* ---- longest common subsequence ---- */

struct maker { /* parts in the making; a run of tokens of one side is one part */
    struct word_diff_part *list;
    size_t n;
    struct arena *arena;
    const char *old, *now; /* the first bytes of both texts */
};

static struct text spanned(struct text a, struct text b) {
    return (struct text){a.ptr, (size_t)(b.ptr + b.len - a.ptr)};
}

static void add_run(struct maker *m, enum word_diff_side side, const struct token *from, size_t n) {
    if (!n) return;
    struct word_diff_part *p = &m->list[m->n++];
    *p = (struct word_diff_part){.side = side,
                                 .text = spanned(from[0].text, from[n - 1].text),
                                 .blank = from[0].blank,
                                 .start = from[0].text.ptr == (side == DIFF_OLD ? m->old : m->now)};
    size_t len = 0;
    for (size_t i = 0; i < n; i++) len += from[i].key.len + 1;
    char *key = arena_raw(m->arena, len), *at = key;
    if (!key) return;
    for (size_t i = 0; i < n; i++) {
        if (i) *at++ = ' ';
        if (from[i].key.len) memcpy(at, from[i].key.ptr, from[i].key.len);
        at += from[i].key.len;
    }
    p->key = (struct text){key, (size_t)(at - key)};
}

static bool same(const struct token *a, const struct token *b) {
    return text_eq(a->key, b->key);
}

/* The stretch in the middle, in which nothing is known to be the same. */
static void diff_middle(struct maker *m, const struct token *old, size_t n, const struct token *now,
                        size_t k) {
    uint16_t *common = NULL; /* of what follows old[i] and now[j]; (n + 1) × (k + 1) */
    size_t row = k + 1;
    if (n <= WORD_DIFF_MOST && k <= WORD_DIFF_MOST)
        common = arena_alloc(m->arena, (n + 1) * row * sizeof *common);
    if (common)
        for (size_t i = n; i-- > 0;)
            for (size_t j = k; j-- > 0;) {
                uint16_t down = common[(i + 1) * row + j], right = common[i * row + j + 1];
                common[i * row + j] = same(&old[i], &now[j]) ? (uint16_t)(common[(i + 1) * row + j + 1] + 1)
                                      : down > right         ? down
                                                             : right;
            }
    for (size_t i = 0, j = 0; i < n || j < k;) {
        size_t i0 = i, j0 = j;
        while (i < n && j < k && common && same(&old[i], &now[j])) i++, j++;
        add_run(m, DIFF_BOTH, now + j0, j - j0);
        i0 = i;
        j0 = j;
        while ((i < n || j < k) && !(common && i < n && j < k && same(&old[i], &now[j]))) {
            bool skip_old =
                j == k || (i < n && (!common || common[(i + 1) * row + j] >= common[i * row + j + 1]));
            if (skip_old)
                i++;
            else
                j++;
        }
        add_run(m, DIFF_OLD, old + i0, i - i0);
        add_run(m, DIFF_NEW, now + j0, j - j0);
    }
}

static size_t whole(struct text old, struct text now, struct arena *a, struct word_diff_part **ret) {
    size_t n = 0;
    struct word_diff_part *p = arena_alloc(a, 2 * sizeof *p);
    *ret = p;
    if (!p) return 0;
    if (old.len) p[n++] = (struct word_diff_part){DIFF_OLD, old, TEXT_NONE, true, true};
    if (now.len) p[n++] = (struct word_diff_part){DIFF_NEW, now, TEXT_NONE, true, true};
    return n;
}

size_t word_diff(struct text old, struct text now, struct arena *a, struct word_diff_part **ret) {
    struct tokens x, y;
    bool failed = a->failed;
    old = text_trim(old);
    now = text_trim(now);
    a->failed = false;
    cut(old, a, &x);
    cut(now, a, &y);
    size_t head = 0, tail = 0, least = x.n < y.n ? x.n : y.n;
    while (head < least && same(&x.list[head], &y.list[head])) head++;
    while (tail < least - head && same(&x.list[x.n - 1 - tail], &y.list[y.n - 1 - tail])) tail++;
    struct maker m = {.arena = a, .old = old.ptr, .now = now.ptr};
    m.list = arena_alloc(a, (x.n + y.n + 1) * sizeof *m.list);
    if (m.list) {
        size_t n = x.n - head - tail, k = y.n - head - tail;
        /* What both begin with runs on into the middle's own kept words: they never touch, since the first
         * pair of the middle differs; the same holds at its end. */
        add_run(&m, DIFF_BOTH, y.list, head);
        diff_middle(&m, x.list + head, n, y.list + head, k);
        add_run(&m, DIFF_BOTH, y.list + y.n - tail, tail);
    }
    if (a->failed) return whole(old, now, a, ret);
    a->failed = failed;
    *ret = m.list;
    return m.n;
}

void word_diff_write(const struct word_diff_part *parts, size_t n, struct buf *out) {
    static const char *const open[] = {"", "[-", "{+"}, *const close[] = {"", "-]", "+}"};
    for (size_t i = 0; i < n; i++) {
        if (i && parts[i].blank) buf_addc(out, ' ');
        buf_adds(out, open[parts[i].side]);
        buf_addt(out, parts[i].text);
        buf_adds(out, close[parts[i].side]);
    }
}

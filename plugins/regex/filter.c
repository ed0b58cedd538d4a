#include "regex.h"

#include <stdlib.h>
#include <string.h>

/* Of each literal one window of bytes, the one that is rarest in texts, is filed by its hash; a text is read
 * once, and each of its windows asked for in a bitmap that fits the nearest cache. Windows are of four bytes,
 * of literals with three bytes of three. In windows bit 0x20 is set everywhere, which makes ASCII letters
 * small and does no harm to the rest: what is found is compared in full. */

enum { BITMAP_BITS = 17, WINDOWS = 2 };

struct entry {
    uint32_t window; /* as read */
    uint32_t id;
    uint8_t before; /* bytes of the literal before the window */
    struct literal literal;
};
/* What of a window is asked first. Many windows stand in many words: the bytes around it tell most of them
 * from the literals, by their low five bits, which are the same for both cases of a letter. */
struct slot {
    uint32_t window;
    uint32_t first;        /* entry + 1; 0: a free place */
    uint32_t before, next; /* which such bits may stand there */
};
struct table {
    struct entry *list; /* by window */
    size_t n, cap;
    struct slot *slots;
    uint32_t mask;
    unsigned shift; /* of a window's hash to its slot */
    uint64_t bits[(1u << BITMAP_BITS) / 64];
};
struct filter {
    struct table tables[WINDOWS]; /* of four bytes, of three */
    uint32_t *odd;                /* those whose k or s may be U+212A or U+017F */
    size_t n_odd;
};

struct filter *filter_new(void) {
    return calloc(1, sizeof(struct filter));
}

#define SMALL UINT32_C(0x20202020)

static uint32_t window_at(const char *p, size_t bytes) {
    uint32_t w = 0;
    memcpy(&w, p, bytes);
    return w | SMALL;
}

/* Of use from its highest bit down: a low bit knows nothing of the window's bytes above it. */
static uint32_t window_hash(uint32_t w) {
    return w * 0x9E3779B1u;
}

/* How common a byte is in texts, roughly. */
static unsigned frequency(unsigned char c) {
    static const char by_frequency[] = " etaoinshrldcumfpgwybvk,.xjqz";
    const char *at = c ? memchr(by_frequency, c, sizeof by_frequency - 1) : NULL;
    if (c >= 0x80) return 8;
    return at ? (unsigned)(sizeof by_frequency - (size_t)(at - by_frequency)) : 2;
}

static bool add(struct table *t, size_t bytes, const struct literal *l, uint32_t id) {
    unsigned least = UINT32_MAX;
    size_t best = 0;
    for (size_t i = 0; i + bytes <= l->len; i++) {
        unsigned sum = 0;
        for (size_t k = 0; k < bytes; k++) sum += frequency((unsigned char)l->text[i + k]);
        if (sum < least) least = sum, best = i;
    }
    if (t->n == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 16;
        struct entry *list = realloc(t->list, cap * sizeof *list);
        if (!list) return false;
        t->list = list;
        t->cap = cap;
    }
    t->list[t->n++] = (struct entry){window_at(l->text + best, bytes), id, (uint8_t)best, *l};
    return true;
}

bool filter_add(struct filter *f, const struct literals *l, uint32_t id) {
    for (size_t i = 0; i < l->n; i++) {
        bool four = l->list[i].len >= 4;
        if (!add(&f->tables[four ? 0 : 1], four ? 4 : 3, &l->list[i], id)) return false;
    }
    if (!l->has_ks) return true;
    uint32_t *odd = realloc(f->odd, (f->n_odd + 1) * sizeof *odd);
    if (!odd) return false;
    f->odd = odd;
    f->odd[f->n_odd++] = id;
    return true;
}

static int by_window(const void *a, const void *b) {
    uint32_t x = ((const struct entry *)a)->window, y = ((const struct entry *)b)->window;
    return x < y ? -1 : x > y;
}

static uint32_t low_bits(char c) {
    return UINT32_C(1) << ((unsigned char)c & 31);
}

/* The slot of a window, or the free place where it belongs. */
static struct slot *slot_of(const struct table *t, uint32_t window) {
    uint32_t at = window_hash(window) >> t->shift;
    while (t->slots[at].first && t->slots[at].window != window) at = (at + 1) & t->mask;
    return &t->slots[at];
}

static bool close_table(struct table *t, size_t bytes) {
    size_t cap = 16;
    if (!t->n) return true;
    for (t->shift = 32 - 4; cap < t->n * 2 && t->shift; t->shift--) cap *= 2;
    qsort(t->list, t->n, sizeof *t->list, by_window);
    t->slots = calloc(cap, sizeof *t->slots);
    if (!t->slots) return false;
    t->mask = (uint32_t)cap - 1;
    for (size_t i = 0; i < t->n; i++) {
        const struct entry *e = &t->list[i];
        uint32_t bit = window_hash(e->window) >> (32 - BITMAP_BITS);
        t->bits[bit / 64] |= UINT64_C(1) << bit % 64;
        struct slot *s = slot_of(t, e->window);
        if (!s->first) *s = (struct slot){.window = e->window, .first = (uint32_t)i + 1};
        size_t behind = e->before + bytes;
        s->before |= e->before ? low_bits(e->literal.text[e->before - 1]) : UINT32_MAX;
        s->next |= behind < e->literal.len ? low_bits(e->literal.text[behind]) : UINT32_MAX;
    }
    return true;
}

bool filter_close(struct filter *f) {
    return close_table(&f->tables[0], 4) && close_table(&f->tables[1], 3);
}

struct filter *filter_free(struct filter *f) {
    if (!f) return NULL;
    for (size_t k = 0; k < WINDOWS; k++) {
        free(f->tables[k].list);
        free(f->tables[k].slots);
    }
    free(f->odd);
    free(f);
    return NULL;
}

/* Does the literal stand at p, its ASCII letters in any case? */
static bool stands_at(const struct literal *l, const char *p) {
    for (size_t i = 0; i < l->len; i++) {
        char c = p[i];
        if (c >= 'A' && c <= 'Z') c |= 0x20;
        if (c != l->text[i]) return false;
    }
    return true;
}

static void look_up(const struct table *t, uint32_t window, size_t bytes, const char *text, size_t len,
                    size_t at, void (*wake)(void *ctx, uint32_t id, size_t at), void *ctx) {
    const struct slot *s = slot_of(t, window);
    if (!s->first) return;
    if (at && !(s->before & low_bits(text[at - 1]))) return;
    if (at + bytes < len && !(s->next & low_bits(text[at + bytes]))) return;
    for (const struct entry *e = &t->list[s->first - 1]; e < t->list + t->n && e->window == window; e++)
        if (at >= e->before && len - (at - e->before) >= e->literal.len &&
            stands_at(&e->literal, text + at - e->before))
            wake(ctx, e->id, at - e->before);
}

/* Windows of three bytes are read as four, of which the mask takes away the last: a copy of a length that is
 * not known when this is compiled would cost more than all the rest. */
static void run_table(const struct table *t, size_t bytes, const char *text, size_t len,
                      void (*wake)(void *ctx, uint32_t id, size_t at), void *ctx) {
    uint32_t mask = 0;
    size_t i = 0;
    memset(&mask, 0xFF, bytes);
    for (; i + 4 <= len; i++) {
        uint32_t window;
        memcpy(&window, text + i, 4);
        window = (window & mask) | SMALL;
        uint32_t bit = window_hash(window) >> (32 - BITMAP_BITS);
        if (t->bits[bit / 64] >> bit % 64 & 1) look_up(t, window, bytes, text, len, i, wake, ctx);
    }
    if (i + bytes <= len) look_up(t, window_at(text + i, bytes), bytes, text, len, i, wake, ctx);
}

/* Either of the two letters that differ from k and s by case only. */
static bool has_odd(const char *text, size_t len) {
    const char *end = text + len;
    for (const char *p = text; (p = memchr(p, 0xC5, (size_t)(end - p))); p++)
        if (end - p > 1 && p[1] == '\xBF') return true;
    for (const char *p = text; (p = memchr(p, 0xAA, (size_t)(end - p))); p++)
        if (p - text > 1 && p[-1] == '\x84' && p[-2] == '\xE2') return true;
    return false;
}

void filter_run(const struct filter *f, const char *text, size_t len,
                void (*wake)(void *ctx, uint32_t id, size_t at), void *ctx) {
    if (f->tables[0].n) run_table(&f->tables[0], 4, text, len, wake, ctx);
    if (f->tables[1].n) run_table(&f->tables[1], 3, text, len, wake, ctx);
    if (f->n_odd && has_odd(text, len))
        for (size_t i = 0; i < f->n_odd; i++) wake(ctx, f->odd[i], SIZE_MAX);
}

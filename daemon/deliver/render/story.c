/* What is said of a story beside its item: later outlets, and what an update changed. Plain texts, one clean
 * line each; the caller escapes them. */
#include "deliver/render/render.h"

#include "base/limits.h"
#include "base/mem.h"
#include "deliver/render/prose.h"

#include <ctype.h>
#include <inttypes.h>

#define NAMES_MOST 8u   /* outlets that one line names */
#define DIFF_WORDS 200u /* of a title; a longer one is shown whole */

bool render_has_outlets(const struct facts *f) {
    return (f->kind == KIND_EDIT || f->kind == KIND_FOLD) && f->n_entries + (size_t)f->more > 0;
}

static struct text outlet_of(const struct fact_entry *e) {
    return e->publisher.len ? e->publisher : e->feed;
}

static bool is_copy(const struct fact_entry *e) {
    return text_eqs(e->why, "url") || text_eqs(e->why, "copy");
}

static bool named_before(const struct facts *f, size_t i) {
    for (size_t k = 0; k < i; k++)
        if (text_eq(outlet_of(&f->entries[k]), outlet_of(&f->entries[i]))) return true;
    return false;
}

/* Independent outlets, and copies. An edit shows the whole thread, a follow-up what is new. */
static void count(const struct facts *f, int64_t *ret_outlets, int64_t *ret_copies) {
    if (f->kind == KIND_EDIT) {
        *ret_outlets = f->n_publishers > 1 ? (int64_t)f->n_publishers - 1 : 0;
        *ret_copies = f->copies;
        return;
    }
    *ret_outlets = *ret_copies = 0;
    for (size_t i = 0; i < f->n_entries; i++) {
        if (is_copy(&f->entries[i]))
            ++*ret_copies;
        else
            *ret_outlets += !named_before(f, i);
    }
}

/* "+11 outlets (7 copies)", "+1 outlet", "+2 copies", "+3 reports" */
void render_outlet_count(const struct facts *f, struct buf *out) {
    int64_t outlets, copies, all = (int64_t)f->n_entries + f->more;
    count(f, &outlets, &copies);
    if (outlets) buf_addf(out, "+%" PRId64 " outlet%s", outlets, outlets == 1 ? "" : "s");
    if (outlets && copies) buf_addf(out, " (%" PRId64 " cop%s)", copies, copies == 1 ? "y" : "ies");
    if (!outlets && copies) buf_addf(out, "+%" PRId64 " cop%s", copies, copies == 1 ? "y" : "ies");
    if (!outlets && !copies) buf_addf(out, "+%" PRId64 " report%s", all, all == 1 ? "" : "s");
}

void render_outlets(const struct facts *f, struct buf *out) {
    size_t named = 0;
    if (!render_has_outlets(f)) return;
    render_outlet_count(f, out);
    for (size_t i = 0; i < f->n_entries; i++) {
        if (named_before(f, i) || !outlet_of(&f->entries[i]).len) continue;
        if (named == NAMES_MOST) {
            buf_adds(out, ", " PROSE_ELLIPSIS);
            break;
        }
        buf_adds(out, named++ ? ", " : ": ");
        prose_line(out, outlet_of(&f->entries[i]));
    }
}

/* The entries are in order; the newest guesses are shown. */
size_t render_guesses(const struct facts *f, const struct fact_entry **ret, size_t max) {
    size_t n = 0;
    if (max > LIMIT_GUESSES) max = LIMIT_GUESSES;
    for (size_t i = f->n_entries; i-- > 0 && n < max && render_has_outlets(f);)
        if (!is_copy(&f->entries[i])) ret[n++] = &f->entries[i];
    for (size_t i = 0; i < n / 2; i++) {
        const struct fact_entry *one = ret[i];
        ret[i] = ret[n - 1 - i];
        ret[n - 1 - i] = one;
    }
    return n;
}

void render_guess(const struct fact_entry *e, struct buf *out) {
    render_item_title(&e->item, out);
    if (!outlet_of(e).len) return;
    buf_adds(out, " (");
    prose_line(out, outlet_of(e));
    buf_addc(out, ')');
}

/* ---- what changed ---- */

struct pieces {
    struct text list[DIFF_WORDS];
    size_t n;
};

static bool cut(struct text t, struct pieces *ret) {
    ret->n = 0;
    while (t.len) {
        size_t n = 0;
        while (n < t.len && t.ptr[n] != ' ') n++;
        if (n && ret->n == DIFF_WORDS) return false;
        if (n) ret->list[ret->n++] = (struct text){t.ptr, n};
        t.ptr += n + (n < t.len), t.len -= n + (n < t.len);
    }
    return true;
}

static bool is_blank_mark(unsigned char c) {
    return c < 128 && !isalnum(c) && !strchr("+-%$#", c);
}

/* Signs at a word's edges do not make it another word, but a minus before a number does. */
static struct text bare(struct text t) {
    while (t.len && is_blank_mark((unsigned char)t.ptr[0])) t.ptr++, t.len--;
    while (t.len && is_blank_mark((unsigned char)t.ptr[t.len - 1])) t.len--;
    return t;
}

static bool same(struct text a, struct text b) {
    struct text x = bare(a), y = bare(b);
    return x.len && y.len ? text_eq_nocase(x, y) : text_eq(a, b);
}

static void run(struct buf *out, const struct pieces *p, size_t from, size_t to, const char *open,
                const char *close) {
    if (from == to) return;
    if (out->len && out->ptr[out->len - 1] != ' ') buf_addc(out, ' ');
    buf_adds(out, open);
    for (size_t i = from; i < to; i++) {
        if (i > from) buf_addc(out, ' ');
        buf_addt(out, p->list[i]);
    }
    buf_adds(out, close);
}

/* The longest common words of both, by the table of lengths (200 by 200 at most). */
static void diff(const struct pieces *a, const struct pieces *b, struct buf *out) {
    size_t row = b->n + 1, i = 0, k = 0;
    AUTOFREE uint16_t *longest = xcalloc((a->n + 1) * row, sizeof *longest);
    for (size_t x = a->n; x-- > 0;)
        for (size_t y = b->n; y-- > 0;) {
            uint16_t down = longest[(x + 1) * row + y], right = longest[x * row + y + 1];
            longest[x * row + y] = same(a->list[x], b->list[y])
                                       ? (uint16_t)(longest[(x + 1) * row + y + 1] + 1)
                                       : (down > right ? down : right);
        }
    while (i < a->n || k < b->n) {
        size_t i0 = i, k0 = k;
        while (i < a->n && k < b->n && same(a->list[i], b->list[k])) i++, k++;
        run(out, b, k0, k, "", "");
        i0 = i, k0 = k;
        while ((i < a->n || k < b->n) && !(i < a->n && k < b->n && same(a->list[i], b->list[k]))) {
            bool left = i < a->n && (k == b->n || longest[(i + 1) * row + k] >= longest[i * row + k + 1]);
            if (left)
                i++;
            else
                k++;
        }
        run(out, a, i0, i, "[-", "-]");
        run(out, b, k0, k, "{+", "+}");
    }
}

void render_diff(struct text before, struct text now, struct buf *out) {
    struct buf x, y;
    buf_init(&x, LIMIT_FIELD);
    buf_init(&y, LIMIT_FIELD);
    prose_line(&x, before);
    prose_line(&y, now);
    struct pieces *a = xcalloc(2, sizeof *a), *b = a + 1;
    if (cut(buf_text(&x), a) && cut(buf_text(&y), b)) {
        diff(a, b, out);
    } else {
        buf_adds(out, "before: ");
        buf_addt(out, buf_text(&x));
    }
    free(a);
    buf_clear(&x);
    buf_clear(&y);
}

/* What is said of a story beside its item: later outlets, and what an update changed. Plain texts, one clean
 * line each; the caller escapes them. */
#include "deliver/render/render.h"

#include "base/limits.h"
#include "deliver/render/prose.h"
#include "item/word_diff.h"

#include <inttypes.h>

#define NAMES_MOST 8u         /* outlets that one line names */
#define DIFF_ARENA (1u << 20) /* the words of two titles */

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

void render_diff(struct text before, struct text now, struct buf *out) {
    struct buf x, y;
    struct arena a;
    struct word_diff_part *parts;
    buf_init(&x, LIMIT_FIELD);
    buf_init(&y, LIMIT_FIELD);
    arena_init(&a, DIFF_ARENA);
    prose_line(&x, before);
    prose_line(&y, now);
    size_t n = word_diff(buf_text(&x), buf_text(&y), &a, &parts);
    word_diff_write(parts, n, out);
    arena_clear(&a);
    buf_clear(&x);
    buf_clear(&y);
}

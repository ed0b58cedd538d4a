/* "Why?" of a pop-up: the query, and where each of its terms was found. Plain text, a few lines. */
#include "deliver/render/render.h"

#include "base/limits.h"
#include "deliver/render/prose.h"

#define LINES       5u   /* contract: so many at most */
#define QUERY_MOST  160u /* characters of the query that are shown */
#define TERM_MOST   60u  /* … of a term */
#define AROUND_MOST 40u  /* bytes of the text before and behind what was found */

static void add_cut(struct buf *out, struct text t, size_t max) {
    struct buf line;
    buf_init(&line, LIMIT_FIELD);
    prose_line(&line, (struct text){t.ptr, t.len < LIMIT_FIELD / 4 ? t.len : LIMIT_FIELD / 4});
    prose_cut(out, buf_text(&line), max, PROSE_CHARACTERS);
    buf_clear(&line);
}

static bool stands_at(struct text field, const struct fact_term *t) {
    return t->start >= 0 && t->text.len && (uint64_t)t->start <= field.len &&
           t->text.len <= field.len - (size_t)t->start &&
           !memcmp(field.ptr + t->start, t->text.ptr, t->text.len);
}

/* The text that the term was found in, as far as the facts hold it: the summary may be the content's begin.
 */
static struct text field_of(const struct facts *f, const struct fact_term *t) {
    if (text_eqs(t->field, "title") && stands_at(f->item.title, t)) return f->item.title;
    bool prose = text_eqs(t->field, "summary") || text_eqs(t->field, "content");
    if (prose && stands_at(f->item.summary, t)) return f->item.summary;
    return TEXT_NONE;
}

/* What was found with a few words around it, whole ones. */
static void add_found(const struct facts *f, const struct fact_term *t, struct buf *out) {
    struct text field = field_of(f, t);
    if (!field.len) {
        add_cut(out, t->text, TERM_MOST);
        return;
    }
    size_t start = (size_t)t->start, end = start + t->text.len;
    size_t from = start > AROUND_MOST ? start - AROUND_MOST : 0,
           to = field.len - end > AROUND_MOST ? end + AROUND_MOST : field.len;
    while (from && from < start && field.ptr[from - 1] != ' ') from++;
    while (to < field.len && to > end && field.ptr[to] != ' ') to--;
    if (from) buf_adds(out, PROSE_ELLIPSIS);
    prose_line(out, (struct text){field.ptr + from, to - from});
    if (to < field.len) buf_adds(out, PROSE_ELLIPSIS);
}

static void add_term(const struct facts *f, const struct fact_term *t, struct buf *out) {
    buf_addc(out, '\n');
    add_cut(out, t->term, TERM_MOST);
    buf_adds(out, " in the ");
    prose_line(out, t->field);
    if (!t->text.len) return;
    buf_adds(out, ": \xE2\x80\x9C");
    add_found(f, t, out);
    buf_adds(out, "\xE2\x80\x9D");
}

void render_why(const struct facts *f, struct text query, struct buf *out) {
    size_t room = LINES - 1, shown = f->n_terms <= room ? f->n_terms : room - 1;
    prose_line(out, f->alert);
    buf_adds(out, ": ");
    if (query.len)
        add_cut(out, query, QUERY_MOST);
    else
        buf_adds(out, "no longer configured");
    for (size_t i = 0; i < shown; i++) add_term(f, &f->terms[i], out);
    if (shown < f->n_terms) buf_addf(out, "\nand %zu more terms", f->n_terms - shown);
    if (!f->n_terms) buf_adds(out, "\nNo term had to be found: it is true by feed, tag or what is absent.");
}

/* Reports terms, fields, spans, confidences, notes and memories that cannot be; and one true hit, the first.
 */
#include "bad.h"

#include <math.h>

static int compile(void *self, const struct na_compile *c, void **ret_set) {
    (void)self;
    c->warn_term(c->ctx, c->n_terms + 7, 0, 1, "no such term");
    c->understood(c->ctx, UINT64_MAX, "no such term");
    c->warn_term(c->ctx, 0, 1000, 1000, "beyond the value's end \xff");
    *ret_set = (void *)"set";
    return NA_OK;
}

/* The title begins with é, two bytes. */
static int match(void *self, const void *set, const struct na_item *item, const struct na_match *m) {
    static const char much[5000];
    const struct na_text too_much = {much, sizeof much}, broken = {"\xff\xfe", 2}, fine = {"fine", 4};
    size_t len = item->fields->text.len;
    (void)self;
    if (!set) {
        m->emit(m->ctx, 0, NA_TITLE, 0, 0, 2, 1); /* there are no terms at all */
        m->note(m->ctx, NA_NONE, NA_NONE, 0, 0, 0, "kept", fine);
        return NA_OK;
    }
    m->emit(m->ctx, 0, NA_TITLE, 0, 0, 2, 0.5);
    m->emit(m->ctx, 1, NA_TITLE, 0, 0, 2, 1);
    m->emit(m->ctx, UINT64_MAX, NA_TITLE, 0, 0, 2, 1);
    m->emit(m->ctx, UINT64_C(1) << 32, NA_TITLE, 0, 0, 2, 1);
    m->emit(m->ctx, 0, NA_N_FIELDS, 0, 0, 2, 1);
    m->emit(m->ctx, 0, NA_AUTHOR, 0, 0, 2, 1);
    m->emit(m->ctx, 0, NA_TITLE, 1, 0, 2, 1);
    m->emit(m->ctx, 0, NA_TITLE, UINT64_MAX, 0, 2, 1);
    m->emit(m->ctx, 0, NA_TITLE, 0, 1, 1, 1); /* the second half of é */
    m->emit(m->ctx, 0, NA_TITLE, 0, 0, 1, 1); /* the first */
    m->emit(m->ctx, 0, NA_TITLE, 0, 0, len + 1, 1);
    m->emit(m->ctx, 0, NA_TITLE, 0, len, 1, 1);
    m->emit(m->ctx, 0, NA_TITLE, 0, SIZE_MAX, 2, 1);
    m->emit(m->ctx, 0, NA_TITLE, 0, 2, SIZE_MAX, 1);
    m->emit(m->ctx, 0, NA_TITLE, 0, 0, 2, 1.01);
    m->emit(m->ctx, 0, NA_TITLE, 0, 0, 2, -0.01);
    m->emit(m->ctx, 0, NA_TITLE, 0, 0, 2, NAN);
    m->unknown(m->ctx, 1, "no such term");
    m->note(m->ctx, 1, NA_TITLE, 0, 0, 2, "term", fine);
    m->note(m->ctx, 0, NA_TITLE, 0, 1, 1, "span", fine);
    m->note(m->ctx, 0, NA_CONTENT, 0, 0, 2, "field", fine);
    m->note(m->ctx, 0, NA_TITLE, 0, 0, 2, "long", too_much);
    m->note(m->ctx, 0, NA_TITLE, 0, 0, 2, "broken", broken);
    m->note(m->ctx, 0, NA_TITLE, 0, 0, 2, NULL, fine);
    m->remember(m->ctx, too_much);
    return NA_OK;
}

BAD_MATCHER(compile, match, "liar");
BAD_PLUGIN("liar", .matcher = &matcher)

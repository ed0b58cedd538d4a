#include "regex.h"

#include <stdlib.h>
#include <string.h>

/* What every match of a part holds, from the parts up. While all that a part matches is a short list, the
 * list is kept whole (`exact`), so that neighbours can be joined: colou?r is color or colour. */

enum { MOST_CHARS = 8, KELVIN = 0x212A, LONG_S = 0x17F };

static bool add(struct literals *l, const char *text, size_t len) {
    for (size_t i = 0; i < l->n; i++)
        if (l->list[i].len == len && !memcmp(l->list[i].text, text, len)) return true;
    if (l->n == MOST_LITERALS) return false;
    l->list[l->n].len = (unsigned char)len;
    memcpy(l->list[l->n++].text, text, len);
    return true;
}

static void only_empty(struct literals *l) {
    l->n = 0;
    l->exact = l->leads = true;
    add(l, "", 0);
}

static void nothing_known(struct literals *l) {
    l->n = 0;
    l->exact = l->leads = false;
}

/* The longer the shortest, and the fewer there are, the better; 0: of no use. */
static unsigned worth(const struct literals *l) {
    unsigned least = LONGEST_LITERAL;
    for (size_t i = 0; i < l->n; i++)
        if (l->list[i].len < least) least = l->list[i].len;
    return !l->n || least < SHORTEST_LITERAL ? 0 : least * 4 + MOST_LITERALS - (unsigned)l->n;
}

static size_t longest(const struct literals *l) {
    size_t most = 0;
    for (size_t i = 0; i < l->n; i++)
        if (l->list[i].len > most) most = l->list[i].len;
    return most;
}

static void take_better(struct literals *best, const struct literals *l) {
    bool has_ks = best->has_ks || l->has_ks;
    if (worth(l) > worth(best)) *best = *l;
    best->exact = false;
    best->has_ks = has_ks;
}

static void of_set(const struct set *s, struct literals *ret) {
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        n += s->list[i].hi - s->list[i].lo + 1;
        if (n > MOST_CHARS) break;
    }
    nothing_known(ret);
    if (!n || n > MOST_CHARS) return;
    for (size_t i = 0; i < s->n; i++)
        for (uint32_t c = s->list[i].lo; c <= s->list[i].hi; c++) {
            char text[4];
            if ((c == KELVIN && set_has(s, 'k')) || (c == LONG_S && set_has(s, 's'))) {
                ret->has_ks = true;
                continue;
            }
            size_t len = utf8_write(c >= 'A' && c <= 'Z' ? c | 0x20 : c, text);
            add(ret, text, len);
        }
    ret->exact = ret->leads = true;
}

/* Every text of a with every one of b behind it; false: too many, or too long. */
static bool join(const struct literals *a, const struct literals *b, struct literals *ret) {
    struct literals out = {.exact = true, .leads = true, .has_ks = a->has_ks || b->has_ks};
    if (a->n * b->n > MOST_LITERALS) return false;
    for (size_t i = 0; i < a->n; i++)
        for (size_t k = 0; k < b->n; k++) {
            char text[2 * LONGEST_LITERAL];
            size_t len = (size_t)a->list[i].len + b->list[k].len;
            if (len > LONGEST_LITERAL) return false;
            memcpy(text, a->list[i].text, a->list[i].len);
            memcpy(text + a->list[i].len, b->list[k].text, b->list[k].len);
            add(&out, text, len);
        }
    *ret = out;
    return true;
}

static bool literals_of(const struct expression *e, const struct tree *t, struct literals *ret);

/* The parts of a chain that leans to the left, in their order; NULL: out of memory. */
static const struct tree **parts_of(const struct tree *t, enum tree_kind kind, size_t *ret_n) {
    size_t n = 1;
    for (const struct tree *x = t; x->kind == kind; x = x->a) n++;
    const struct tree **list = malloc(n * sizeof *list);
    *ret_n = n;
    if (!list) return NULL;
    for (; t->kind == kind; t = t->a) list[--n] = t->b;
    list[0] = t;
    return list;
}

static bool of_cat(const struct expression *e, const struct tree *t, struct literals *ret) {
    size_t n;
    const struct tree **parts = parts_of(t, TREE_CAT, &n);
    struct literals run = {0}, best = {0}, part;
    bool whole = true, ok = parts != NULL;
    only_empty(&run);
    for (size_t i = 0; ok && i < n; i++) {
        ok = literals_of(e, parts[i], &part);
        if (part.exact && join(&run, &part, &run)) continue;
        run.leads = whole;
        part.leads &= whole && longest(&run) == 0;
        whole = false;
        take_better(&best, &run);
        if (part.exact) {
            run = part;
        } else {
            take_better(&best, &part);
            only_empty(&run);
        }
    }
    free(parts);
    run.leads &= whole;
    if (!whole) take_better(&best, &run);
    *ret = whole ? run : best;
    return ok;
}

static bool of_alt(const struct expression *e, const struct tree *t, struct literals *ret) {
    size_t n;
    const struct tree **parts = parts_of(t, TREE_ALT, &n);
    struct literals all = {.exact = true, .leads = true}, part;
    bool ok = parts != NULL, known = true;
    for (size_t i = 0; ok && known && i < n; i++) {
        ok = literals_of(e, parts[i], &part);
        all.exact &= part.exact;
        all.leads &= part.leads;
        all.has_ks |= part.has_ks;
        known = part.n > 0;
        for (size_t k = 0; known && k < part.n; k++) known = add(&all, part.list[k].text, part.list[k].len);
    }
    free(parts);
    if (!known) nothing_known(&all);
    *ret = all;
    return ok;
}

static bool literals_of(const struct expression *e, const struct tree *t, struct literals *ret) {
    *ret = (struct literals){0};
    switch (t->kind) {
    case TREE_EMPTY:
    case TREE_ASSERT: only_empty(ret); return true;
    case TREE_SET: of_set(&e->sets[t->set], ret); return true;
    case TREE_CAT: return of_cat(e, t, ret);
    case TREE_ALT: return of_alt(e, t, ret);
    case TREE_REPEAT: {
        bool ok = literals_of(e, t->a, ret);
        if (t->min == 1 && t->max == 1) return ok;
        if (!t->min && !(t->max == 1 && ret->exact && add(ret, "", 0))) nothing_known(ret);
        if (t->min) ret->exact = false;
        return ok;
    }
    }
    return true;
}

void expression_literals(const struct expression *e, struct literals *ret) {
    if (!literals_of(e, e->root, ret) || !worth(ret)) nothing_known(ret);
}

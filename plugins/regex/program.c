#include "regex.h"

#include <stdlib.h>
#include <string.h>

/* Thompson's construction: parts one behind the other, each falling through to the next instruction. */
struct maker {
    struct program *p;
    size_t cap;
    bool failed;
};

static uint32_t emit(struct maker *m, enum op op, uint32_t x, uint32_t y) {
    struct program *p = m->p;
    if (p->n == m->cap && !m->failed) {
        size_t cap = m->cap ? m->cap * 2 : 64;
        struct instruction *list = p->n < LONGEST_PROGRAM ? realloc(p->list, cap * sizeof *list) : NULL;
        if (!list) m->failed = true;
        if (list) p->list = list, m->cap = cap;
    }
    if (m->failed) return 0;
    p->list[p->n] = (struct instruction){op, x, y};
    return (uint32_t)p->n++;
}

static uint32_t here(const struct maker *m) {
    return (uint32_t)m->p->n;
}

/* A choice between going on here and, later set, going elsewhere. */
static uint32_t emit_choice(struct maker *m) {
    uint32_t at = here(m);
    return emit(m, OP_SPLIT, at + 1, at + 1);
}

static void set_elsewhere(struct maker *m, uint32_t choice, uint32_t to, bool lazy) {
    if (m->failed) return;
    struct instruction *i = &m->p->list[choice];
    if (lazy)
        i->x = to;
    else
        i->y = to;
}

static void emit_tree(struct maker *m, const struct tree *t);

/* x* is (x+)?: so a part that may match nothing is not asked a second time in vain. */
static void emit_repeat(struct maker *m, const struct tree *t) {
    uint32_t copies = t->max == REPEAT_FOREVER ? (t->min ? t->min : 1) : t->max;
    uint32_t begin = here(m), before = UINT32_MAX;
    /* Choices that end the repetition are chained by their other target until its place is known. */
    for (uint32_t i = 0; i < copies && !m->failed; i++) {
        if (i >= t->min) {
            uint32_t choice = emit_choice(m);
            set_elsewhere(m, choice, before, t->lazy);
            before = choice;
        }
        begin = here(m);
        emit_tree(m, t->a);
    }
    if (t->max == REPEAT_FOREVER && !m->failed) {
        uint32_t at = here(m);
        emit(m, OP_SPLIT, t->lazy ? at + 1 : begin, t->lazy ? begin : at + 1);
    }
    while (before != UINT32_MAX && !m->failed) {
        struct instruction *i = &m->p->list[before];
        uint32_t next = t->lazy ? i->x : i->y;
        set_elsewhere(m, before, here(m), t->lazy);
        before = next;
    }
}

static void emit_tree(struct maker *m, const struct tree *t) {
    if (m->failed) return;
    uint32_t choice, jump, next = here(m) + 1;
    switch (t->kind) {
    case TREE_EMPTY: return;
    case TREE_SET: emit(m, OP_SET, t->set, next); return;
    case TREE_CAT:
        emit_tree(m, t->a);
        emit_tree(m, t->b);
        return;
    case TREE_ALT:
        choice = emit_choice(m);
        emit_tree(m, t->a);
        jump = emit(m, OP_JUMP, 0, 0);
        set_elsewhere(m, choice, here(m), false);
        emit_tree(m, t->b);
        if (!m->failed) m->p->list[jump].x = here(m);
        return;
    case TREE_REPEAT: emit_repeat(m, t); return;
    case TREE_ASSERT:
        emit(m, OP_ASSERT, t->assertion, next);
        m->p->needs_word |= t->assertion == ASSERT_WORD_EDGE || t->assertion == ASSERT_NO_WORD_EDGE;
        m->p->needs_line |= t->assertion == ASSERT_LINE_START || t->assertion == ASSERT_LINE_END;
        m->p->needs_start |= t->assertion == ASSERT_TEXT_START || t->assertion == ASSERT_LINE_START;
        return;
    }
}

/* Equal sets become one. The program numbers them anew. */
static void take_sets(struct expression *e, struct program *p) {
    uint32_t *number = calloc(e->n_sets + 1, sizeof *number);
    if (!number) return;
    for (size_t i = 0; i < e->n_sets; i++) {
        size_t k = 0;
        while (k < p->n_sets && !set_same(&p->sets[k], &e->sets[i])) k++;
        number[i] = (uint32_t)k;
        if (k < p->n_sets)
            set_clear(&e->sets[i]);
        else
            p->sets[p->n_sets++] = e->sets[i];
    }
    for (size_t i = 0; i < p->n; i++)
        if (p->list[i].op == OP_SET) p->list[i].x = number[p->list[i].x];
    free(number);
    free(e->sets);
    e->sets = NULL;
    e->n_sets = e->cap_sets = 0;
}

/* Instructions 0 and 1 are the search: try the expression here, else go on by one character. */
int program_make(struct expression *e, struct program *ret) {
    struct program p = {0};
    struct maker m = {.p = &p};
    struct set any = {0};
    set_add(&any, 0, LAST_CHAR);
    struct set *sets = any.failed ? NULL : realloc(e->sets, (e->n_sets + 1) * sizeof *sets);
    if (!sets) {
        set_clear(&any);
        return -1;
    }
    e->sets = sets;
    e->sets[e->n_sets++] = any;
    p.sets = calloc(e->n_sets, sizeof *p.sets);
    emit(&m, OP_SPLIT, 2, 1);
    /* NOLINTNEXTLINE(analyzer-malloc-leak): program_clear has the list */
    emit(&m, OP_SET, (uint32_t)e->n_sets - 1, 0);
    emit_tree(&m, e->root); /* NOLINT(analyzer-malloc-leak): as above */
    emit(&m, OP_MATCH, 0, 0);
    if (p.sets && !m.failed) take_sets(e, &p);
    if (!p.sets || m.failed || e->sets) {
        program_clear(&p);
        return -1;
    }
    *ret = p;
    return 0;
}

void program_clear(struct program *p) {
    for (size_t i = 0; i < p->n_sets; i++) set_clear(&p->sets[i]);
    free(p->sets);
    free(p->list);
    *p = (struct program){0};
}

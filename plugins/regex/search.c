#include "regex.h"

#include <stdlib.h>
#include <string.h>

/* A lazy DFA: a state is the ordered list of places in the program where the search may be, and is built when
 * a text first leads there. Order is preference, so that what is found is what a search that tries and goes
 * back would find; once a place reaches the end, all that are less preferred are dropped. When states fill
 * their room, all are forgotten. Characters are told apart only as far as the expression does: `class` is
 * the number of what is alike.
 *
 * Assertions look at both sides of a place: a state knows what stood before it (its kind), and what comes is
 * known when the next character is read. So each step first follows the assertions, then reads. */

enum { KIND_START = 1, KIND_WORD = 2, KIND_LINE = 4, N_KINDS = 8 };
enum { DEAD = 1, FIRST_STATE = 2, ROOM = 32768 }; /* ROOM: transitions kept of one expression */
#define MATCHED (UINT32_C(1) << 31)
#define IDLE    (UINT32_C(1) << 30) /* the state reached is that of a search that has seen nothing yet */
#define STATE   (IDLE - 1)

struct state {
    uint32_t at, n; /* into places */
    uint32_t kind;
};

struct wide { /* characters from lo on, up to the next one's */
    uint32_t lo, class;
};

struct dfa {
    struct program program;
    uint32_t n_classes; /* number n_classes is the text's end */
    uint32_t ascii[128];
    struct wide *wide;
    size_t n_wide;
    uint8_t *kinds;   /* of each class */
    uint8_t *members; /* [set * n_classes + class] */
    struct state *states;
    uint32_t n_states, most_states, cap_states;
    uint32_t *places;
    size_t n_places, cap_places;
    uint32_t *next; /* [state * (n_classes + 1) + class]; 0: not known yet */
    uint32_t *slots;
    uint32_t slot_mask;
    uint32_t starts[N_KINDS];
    /* The state in which a search that has seen nothing goes on (0: not known), and the bytes that leave it
     * there: most of most texts is passed over by these alone. */
    uint32_t idle;
    uint8_t stay[256];
};

struct scratch {
    size_t n;
    uint32_t *seen, *taken; /* stamps of instructions */
    uint32_t stamp;
    uint32_t *stack, *list, *out;
    size_t *stack_from, *list_from, *out_from; /* where the match began, of the slow search */
};

/* ---- classes ---- */

static int by_lo(const void *a, const void *b) {
    uint32_t x = ((const struct wide *)a)->lo, y = ((const struct wide *)b)->lo;
    return x < y ? -1 : x > y;
}

/* Where any set begins or ends, sorted, each once. */
static bool find_borders(struct dfa *d) {
    const struct program *p = &d->program;
    static const uint32_t words[] = {'0', '9' + 1, 'A', 'Z' + 1, '_', '_' + 1, 'a', 'z' + 1, '\n', '\n' + 1};
    size_t n = 1 + sizeof words / sizeof *words, k = 0, out = 0;
    for (size_t i = 0; i < p->n_sets; i++) n += 2 * p->sets[i].n;
    d->wide = calloc(n, sizeof *d->wide);
    if (!d->wide) return false;
    d->wide[k++].lo = 0;
    for (size_t i = p->needs_word ? 0 : 8; i < (p->needs_line ? 10 : 8); i++) d->wide[k++].lo = words[i];
    for (size_t i = 0; i < p->n_sets; i++)
        for (size_t r = 0; r < p->sets[i].n; r++) {
            d->wide[k++].lo = p->sets[i].list[r].lo;
            if (p->sets[i].list[r].hi < LAST_CHAR) d->wide[k++].lo = p->sets[i].list[r].hi + 1;
        }
    qsort(d->wide, k, sizeof *d->wide, by_lo);
    for (size_t i = 0; i < k; i++)
        if (!out || d->wide[out - 1].lo != d->wide[i].lo) d->wide[out++] = d->wide[i];
    d->n_wide = out;
    return true;
}

static bool is_word(uint32_t c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= 'a' && c <= 'z');
}

static uint8_t kind_of(const struct program *p, uint32_t c) {
    if (p->needs_word && is_word(c)) return KIND_WORD;
    return p->needs_line && c == '\n' ? KIND_LINE : 0;
}

/* Stretches between borders that all sets treat alike share a class. Column c of `members` is what class c is
 * in, with its kind as the last row, until the array is laid out by its final width. */
static bool find_classes(struct dfa *d) {
    const struct program *p = &d->program;
    size_t rows = p->n_sets + 1, n = 0;
    uint8_t *columns = malloc(d->n_wide * rows), *column;
    if (!columns) return false;
    for (size_t i = 0; i < d->n_wide; i++) {
        size_t k = 0;
        column = columns + n * rows;
        for (size_t s = 0; s < p->n_sets; s++) column[s] = set_has(&p->sets[s], d->wide[i].lo);
        column[p->n_sets] = kind_of(p, d->wide[i].lo);
        while (k < n && memcmp(columns + k * rows, column, rows)) k++;
        d->wide[i].class = (uint32_t)k;
        n += k == n;
    }
    d->n_classes = (uint32_t)n;
    d->members = calloc(n * p->n_sets + 1, 1);
    d->kinds = calloc(n, 1);
    for (size_t k = 0; d->members && d->kinds && k < n; k++) {
        for (size_t s = 0; s < p->n_sets; s++) d->members[s * n + k] = columns[k * rows + s];
        d->kinds[k] = columns[k * rows + p->n_sets];
    }
    free(columns);
    return d->members && d->kinds;
}

static uint32_t wide_class(const struct dfa *d, uint32_t c) {
    size_t lo = 0, hi = d->n_wide;
    while (hi - lo > 1) {
        size_t mid = (lo + hi) / 2;
        if (d->wide[mid].lo <= c)
            lo = mid;
        else
            hi = mid;
    }
    return d->wide[lo].class;
}

/* ---- states ---- */

static uint32_t list_hash(const uint32_t *list, size_t n, uint32_t kind) {
    uint32_t h = kind + 1;
    for (size_t i = 0; i < n; i++) h = (h ^ list[i]) * 0x9E3779B1u, h ^= h >> 15;
    return h;
}

static void forget_states(struct dfa *d) {
    d->n_states = FIRST_STATE;
    d->n_places = 0;
    memset(d->starts, 0, sizeof d->starts);
    d->idle = 0;
    memset(d->stay, 0, sizeof d->stay);
    if (d->slots) memset(d->slots, 0, ((size_t)d->slot_mask + 1) * sizeof *d->slots);
}

static bool grow_states(struct dfa *d, size_t places) {
    size_t width = (size_t)d->n_classes + 1;
    if (d->n_states >= d->cap_states) {
        uint32_t cap = d->cap_states ? d->cap_states * 2 : 8;
        struct state *states = realloc(d->states, cap * sizeof *states);
        if (states) d->states = states;
        uint32_t *next = realloc(d->next, cap * width * sizeof *next);
        if (next) d->next = next;
        uint32_t *slots = calloc(4 * (size_t)cap, sizeof *slots);
        if (!states || !next || !slots) {
            free(slots);
            return false;
        }
        free(d->slots);
        d->slots = slots;
        d->slot_mask = 4 * cap - 1;
        d->cap_states = cap;
        for (uint32_t s = FIRST_STATE; s < d->n_states; s++) {
            const struct state *st = &d->states[s];
            uint32_t h = list_hash(d->places + st->at, st->n, st->kind) & d->slot_mask;
            while (d->slots[h]) h = (h + 1) & d->slot_mask;
            d->slots[h] = s;
        }
    }
    if (d->n_places + places > d->cap_places) {
        size_t cap = (d->n_places + places) * 2;
        uint32_t *list = realloc(d->places, cap * sizeof *list);
        if (!list) return false;
        d->places = list;
        d->cap_places = cap;
    }
    return true;
}

/* The state of this list; 0: no memory. *ret_forgot: all others are gone. */
static uint32_t state_of(struct dfa *d, const uint32_t *list, size_t n, uint32_t kind, bool *ret_forgot) {
    size_t width = (size_t)d->n_classes + 1;
    uint32_t hash = list_hash(list, n, kind);
    *ret_forgot = false;
    if (!n) return DEAD;
    for (uint32_t h = hash & d->slot_mask; d->slots && d->slots[h]; h = (h + 1) & d->slot_mask) {
        const struct state *s = &d->states[d->slots[h]];
        if (s->n == n && s->kind == kind && !memcmp(d->places + s->at, list, n * sizeof *list))
            return d->slots[h];
    }
    if (d->n_states >= d->most_states) {
        forget_states(d);
        *ret_forgot = true;
    }
    if (!grow_states(d, n)) return 0;
    uint32_t number = d->n_states++, h = hash & d->slot_mask;
    while (d->slots[h]) h = (h + 1) & d->slot_mask;
    d->slots[h] = number;
    d->states[number] = (struct state){(uint32_t)d->n_places, (uint32_t)n, kind};
    memcpy(d->places + d->n_places, list, n * sizeof *list);
    d->n_places += n;
    memset(d->next + number * width, 0, width * sizeof *d->next);
    return number;
}

/* ---- one step ---- */

static bool holds(const struct dfa *d, enum assertion which, uint32_t kind, uint32_t class) {
    bool end = class == d->n_classes;
    uint8_t next = end ? 0 : d->kinds[class];
    bool edge = !(kind & KIND_WORD) != !(next & KIND_WORD);
    switch (which) {
    case ASSERT_TEXT_START: return kind & KIND_START;
    case ASSERT_TEXT_END: return end;
    case ASSERT_LINE_START: return kind & (KIND_START | KIND_LINE);
    case ASSERT_LINE_END: return end || (next & KIND_LINE);
    case ASSERT_WORD_EDGE: return edge;
    case ASSERT_NO_WORD_EDGE: return !edge;
    }
    return false;
}

static uint32_t new_stamp(struct scratch *s) {
    if (!++s->stamp) {
        memset(s->seen, 0, s->n * sizeof *s->seen);
        memset(s->taken, 0, s->n * sizeof *s->taken);
        s->stamp = 1;
    }
    return s->stamp;
}

/* From the places of the list through all that reads nothing, then over one character (class), in order of
 * preference. The places reached go to s->out; returns their number. *ret_matched: the end was reached before
 * the character. from: of each place of the list, where its match began, or NULL. `at`: where we are. */
static size_t step(const struct dfa *d, struct scratch *s, const uint32_t *list, const size_t *from, size_t n,
                   uint32_t kind, uint32_t class, size_t at, bool *ret_matched, size_t *ret_began) {
    const struct instruction *code = d->program.list;
    uint32_t stamp = new_stamp(s);
    size_t n_out = 0;
    *ret_matched = false;
    for (size_t i = 0; i < n; i++) {
        size_t top = 1;
        s->stack[0] = list[i];
        s->stack_from[0] = from ? from[i] : 0;
        while (top) {
            uint32_t pc = s->stack[--top];
            size_t began = s->stack_from[top];
            if (s->seen[pc] == stamp) continue;
            s->seen[pc] = stamp;
            const struct instruction *c = &code[pc];
            switch (c->op) {
            case OP_SPLIT:
                s->stack[top] = c->y;
                s->stack_from[top++] = began;
                s->stack[top] = c->x;
                s->stack_from[top++] = pc ? began : at;
                break;
            case OP_JUMP:
                s->stack[top] = c->x;
                s->stack_from[top++] = began;
                break;
            case OP_ASSERT:
                if (!holds(d, (enum assertion)c->x, kind, class)) break;
                s->stack[top] = c->y;
                s->stack_from[top++] = began;
                break;
            case OP_MATCH:
                *ret_matched = true;
                *ret_began = began;
                return n_out; /* what is less preferred is dropped */
            case OP_SET:
                if (class == d->n_classes || !d->members[c->x * d->n_classes + class] ||
                    s->taken[c->y] == stamp)
                    break;
                s->taken[c->y] = stamp;
                s->out[n_out] = c->y;
                s->out_from[n_out++] = began;
                break;
            }
        }
    }
    return n_out;
}

/* Notes that `class` leads from this state, that of a search that has seen nothing, back to it. */
static void note_stay(struct dfa *d, uint32_t state, uint32_t class) {
    if (!d->idle) d->idle = state;
    if (d->idle != state) return;
    for (uint32_t c = 0; c < 128; c++) d->stay[c] |= d->ascii[c] == class;
}

/* The transition, with its flags; 0: a limit. */
static uint32_t find_next(struct dfa *d, struct scratch *s, uint32_t state, uint32_t class, int64_t *budget) {
    const struct state *st = &d->states[state];
    uint32_t kind = class < d->n_classes ? d->kinds[class] : 0;
    bool matched, forgot;
    size_t began, n = step(d, s, d->places + st->at, NULL, st->n, st->kind, class, 0, &matched, &began);
    *budget -= (int64_t)(st->n + n + 8);
    if (*budget < 0) return 0;
    uint32_t next = state_of(d, s->out, n, kind, &forgot);
    if (!next) return 0;
    if (n == 1 && !s->out[0]) next |= IDLE;
    if (matched) next |= MATCHED;
    if (forgot) return next;
    d->next[state * ((size_t)d->n_classes + 1) + class] = next;
    if (next == (state | IDLE)) note_stay(d, state, class);
    return next;
}

static uint32_t class_at(const struct dfa *d, const char *text, size_t len, size_t at, size_t *ret_len) {
    uint32_t c;
    if (at >= len) {
        *ret_len = 0;
        return d->n_classes;
    }
    if ((unsigned char)text[at] < 0x80) {
        *ret_len = 1;
        return d->ascii[(unsigned char)text[at]];
    }
    *ret_len = utf8_read(text + at, text + len, &c);
    return wide_class(d, c);
}

static uint32_t kind_before(const struct dfa *d, const char *text, size_t at) {
    if (!at) return d->program.needs_start ? KIND_START : 0;
    return kind_of(&d->program, (unsigned char)text[at - 1]);
}

/* ---- searches ---- */

/* Where the match that ends at `stop` began: the same steps once more, with a note at each place. */
static size_t find_start(const struct dfa *d, struct scratch *s, const char *text, size_t len, size_t at,
                         size_t stop) {
    size_t n = 1, start = at, began;
    uint32_t kind = kind_before(d, text, at);
    s->list[0] = 0;
    s->list_from[0] = at;
    for (;;) {
        size_t bytes;
        bool matched;
        uint32_t class = class_at(d, text, len, at, &bytes);
        n = step(d, s, s->list, s->list_from, n, kind, class, at, &matched, &began);
        if (matched) start = began;
        if (at >= stop || !bytes || !n) return start;
        memcpy(s->list, s->out, n * sizeof *s->list);
        memcpy(s->list_from, s->out_from, n * sizeof *s->list_from);
        kind = d->kinds[class];
        at += bytes;
    }
}

enum found dfa_search(struct dfa *d, struct scratch *s, const char *text, size_t len, size_t from,
                      size_t last, int64_t *budget, size_t *ret_start, size_t *ret_end) {
    static const uint32_t search = 0;
    size_t at = from, begin = from, stop = 0, bytes, width = (size_t)d->n_classes + 1;
    uint32_t kind = kind_before(d, text, from), state = d->starts[kind];
    bool found = false, forgot;
    if (!state) state = d->starts[kind] = state_of(d, &search, 1, kind, &forgot);
    if (!state) return FOUND_LIMIT;
    for (;;) {
        for (; at < len && (unsigned char)text[at] < 0x80; at++) { /* what most of a text is, quickly */
            if (state == d->idle) {
                size_t first = at;
                while (at < len && d->stay[(unsigned char)text[at]]) at++;
                if (at > first) begin = at;
                if (at > last) return FOUND_NO;
                if (at == len || (unsigned char)text[at] >= 0x80) break;
            }
            uint32_t next = d->next[state * width + d->ascii[(unsigned char)text[at]]];
            if ((next & MATCHED) || (next & STATE) <= DEAD) break;
            state = next & STATE;
            if (!(next & IDLE)) continue;
            begin = at + 1;
            if (begin > last) return FOUND_NO;
        }
        uint32_t class = class_at(d, text, len, at, &bytes);
        uint32_t next = d->next[state * width + class];
        if (!next && !(next = find_next(d, s, state, class, budget))) return FOUND_LIMIT;
        if (next & MATCHED) {
            found = true;
            stop = at;
        }
        state = next & STATE;
        if (!bytes || state == DEAD) break;
        at += bytes;
        if (!(next & IDLE)) continue;
        begin = at;
        if (at > last) break;
    }
    *budget -= (int64_t)(at - from) / 8;
    if (!found) return FOUND_NO;
    *ret_start = find_start(d, s, text, len, begin, stop);
    *ret_end = stop;
    return FOUND_YES;
}

/* ---- life ---- */

struct dfa *dfa_new(struct program *take) {
    struct dfa *d = calloc(1, sizeof *d);
    if (!d) return NULL;
    d->program = *take;
    *take = (struct program){0};
    d->n_states = FIRST_STATE;
    if (!find_borders(d) || !find_classes(d)) return dfa_free(d);
    for (uint32_t c = 0; c < 128; c++) d->ascii[c] = wide_class(d, c);
    d->most_states = ROOM / (d->n_classes + 1);
    if (d->most_states < 16) d->most_states = 16;
    return d;
}

struct dfa *dfa_free(struct dfa *d) {
    if (!d) return NULL;
    program_clear(&d->program);
    free(d->wide);
    free(d->kinds);
    free(d->members);
    free(d->states);
    free(d->places);
    free(d->next);
    free(d->slots);
    free(d);
    return NULL;
}

struct scratch *scratch_new(size_t n) {
    struct scratch *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->n = n + 1;
    s->seen = calloc(s->n, sizeof *s->seen);
    s->taken = calloc(s->n, sizeof *s->taken);
    s->stack = calloc(2 * s->n + 2, sizeof *s->stack);
    s->stack_from = calloc(2 * s->n + 2, sizeof *s->stack_from);
    s->list = calloc(s->n, sizeof *s->list);
    s->list_from = calloc(s->n, sizeof *s->list_from);
    s->out = calloc(s->n, sizeof *s->out);
    s->out_from = calloc(s->n, sizeof *s->out_from);
    bool all =
        s->seen && s->taken && s->stack && s->stack_from && s->list && s->list_from && s->out && s->out_from;
    return all ? s : scratch_free(s);
}

struct scratch *scratch_free(struct scratch *s) {
    if (!s) return NULL;
    free(s->seen);
    free(s->taken);
    free(s->stack);
    free(s->stack_from);
    free(s->list);
    free(s->list_from);
    free(s->out);
    free(s->out_from);
    free(s);
    return NULL;
}

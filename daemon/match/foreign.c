#include "match/foreign.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "item/fold.h"

#include <stdarg.h>
#include <stdio.h>

/* The foreign query as a tree. What is left out is no node at all. */
struct foreign_node {
    enum foreign_op op; /* NONE: a leaf */
    unsigned distance;
    struct text leaf; /* as it is to be written here */
    struct foreign_node *a, *b;
    const char *prefix; /* before a group: "title:" */
};

struct translator {
    enum foreign_kind kind;
    const struct foreign_grammar *grammar;
    struct text text;
    size_t pos;
    struct arena *arena;
    struct foreign *out;
    size_t cap_notes;
    unsigned depth;
    bool exact;    /* the word at hand is taken with its case anyway */
    bool required; /* Lucene: the clause at hand had a + */
};

/* -- notes ----------------------------------------------------------------------------------------------- */

static void note(struct translator *t, bool lost, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void note(struct translator *t, bool lost, const char *format, ...) {
    char what[400];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    struct foreign *f = t->out;
    for (size_t i = 0; i < f->n_notes; i++)
        if (text_eqs(f->notes[i].what, what)) return;
    if (f->n_notes == t->cap_notes) {
        size_t cap = t->cap_notes ? t->cap_notes * 2 : 8;
        struct foreign_note *more = arena_alloc(t->arena, cap * sizeof *more);
        if (!more) return;
        if (f->n_notes) memcpy(more, f->notes, f->n_notes * sizeof *more);
        f->notes = more;
        t->cap_notes = cap;
    }
    f->notes[f->n_notes++] = (struct foreign_note){lost, arena_dup(t->arena, text_of(what))};
    f->n_lost += lost;
}

/* -- the text -------------------------------------------------------------------------------------------- */

static size_t read_char(const struct translator *t, size_t at, uint32_t *ret) {
    *ret = 0;
    return at < t->text.len ? char_read(t->text.ptr + at, t->text.ptr + t->text.len, ret) : 0;
}

static void skip_space(struct translator *t) {
    uint32_t c;
    size_t len;
    while ((len = read_char(t, t->pos, &c)) && char_is_space(c)) t->pos += len;
}

static char char_at(const struct translator *t, size_t at) {
    return at < t->text.len ? t->text.ptr[at] : '\0';
}

static bool starts_at(const struct translator *t, size_t at, const char *what) {
    size_t len = strlen(what);
    return t->text.len - at >= len && !strncasecmp(t->text.ptr + at, what, len);
}

/* A word: up to white space, a parenthesis, a brace or a quotation mark. */
static struct text word_at(const struct translator *t, size_t at) {
    size_t end = at, len;
    uint32_t c;
    while ((len = read_char(t, end, &c)) && !strchr("(){}", (int)(c < 0x80 ? c : 'x')) && !char_is_space(c) &&
           !char_is_quote(c))
        end += len;
    return (struct text){t->text.ptr + at, end - at};
}

struct oper {
    enum foreign_op op; /* NONE: none stands here */
    unsigned distance;
    size_t len;
    const char *lost;
};

static size_t digits_at(const struct translator *t, size_t at, unsigned *ret) {
    size_t n = 0;
    *ret = 0;
    for (; char_at(t, at + n) >= '0' && char_at(t, at + n) <= '9'; n++)
        if (*ret < 10000) *ret = *ret * 10 + (unsigned)(char_at(t, at + n) - '0');
    return n;
}

static struct oper distance_operator(struct translator *t, size_t at, struct text word) {
    for (const struct foreign_distance *d = foreign_distances; d->start; d++) {
        unsigned n;
        size_t start = strlen(d->start), end = strlen(d->end);
        if (!(d->kinds & 1u << t->kind) || !starts_at(t, at, d->start)) continue;
        size_t digits = digits_at(t, at + start, &n), len = start + digits + end;
        bool parenthesis = *d->end == ')';
        if (!digits || !starts_at(t, at + start + digits, d->end) || (!parenthesis && len != word.len))
            continue;
        if (d->add < 0 && n) n--;
        if (n > FOREIGN_NEAR) {
            note(t, true, "a distance of %u is more than %u words, the most there is", n, FOREIGN_NEAR);
            n = FOREIGN_NEAR;
        }
        return (struct oper){d->op, n, len, NULL};
    }
    return (struct oper){0};
}

/* The operator that stands at `at`. */
static struct oper operator_at(struct translator *t, size_t at) {
    struct text word = word_at(t, at);
    for (const struct foreign_word *w = foreign_words; w->word && word.len; w++) {
        if (!(w->kinds & 1u << t->kind)) continue;
        if (w->nocase ? text_eq_nocase(word, text_of(w->word)) : text_eqs(word, w->word))
            return (struct oper){w->op, 0, word.len, w->lost};
    }
    /* Factiva's /F20/: within the first words. */
    unsigned n;
    if (t->kind == FOREIGN_FACTIVA && starts_at(t, at, "/F") && digits_at(t, at + 2, &n))
        return (struct oper){OP_AND, 0, word.len, "only the first words of the text"};
    return distance_operator(t, at, word);
}

static struct oper peek(struct translator *t) {
    skip_space(t);
    return operator_at(t, t->pos);
}

/* -- nodes ----------------------------------------------------------------------------------------------- */

static struct foreign_node *join(struct translator *t, enum foreign_op op, unsigned distance,
                                 struct foreign_node *a, struct foreign_node *b) {
    if (!a || (!b && op != OP_NOT)) return op == OP_NOT ? NULL : a ? a : b;
    struct foreign_node *n = arena_alloc(t->arena, sizeof *n);
    if (n) *n = (struct foreign_node){.op = op, .distance = distance, .a = a, .b = b};
    return n;
}

static struct foreign_node *leaf(struct translator *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static struct foreign_node *leaf(struct translator *t, const char *format, ...) {
    char *text = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0) out_of_memory(0);
    va_end(args);
    struct foreign_node *n = arena_alloc(t->arena, sizeof *n);
    if (n) *n = (struct foreign_node){.leaf = arena_dup(t->arena, text_of(text))};
    free(text);
    return n;
}

/* -- leaves ---------------------------------------------------------------------------------------------- */

static bool is_capitals(struct text w) {
    const char *end = w.ptr + w.len;
    size_t letters = 0;
    for (const char *p = w.ptr; p < end;) {
        uint32_t c;
        p += char_read(p, end, &c);
        unsigned k = char_class(c);
        if (k & CHAR_LOWER) return false;
        letters += (k & CHAR_UPPER) != 0;
    }
    return letters > 1;
}

static bool has_letter(struct text w) {
    const char *end = w.ptr + w.len;
    for (const char *p = w.ptr; p < end;) {
        uint32_t c;
        p += char_read(p, end, &c);
        if (char_class(c) & CHAR_WORD) return true;
    }
    return false;
}

/* Wildcards as they are written here. */
static struct text own_wildcards(struct translator *t, struct text w) {
    const struct foreign_grammar *g = t->grammar;
    struct text copy = arena_dup(t->arena, w);
    char *p = (char *)(uintptr_t)copy.ptr;
    for (size_t i = 0; i < copy.len; i++) {
        if (g->one && p[i] == *g->one)
            p[i] = '?';
        else if (g->any && p[i] == *g->any)
            p[i] = '*';
    }
    char *dollar = copy.len && t->kind == FOREIGN_FACTIVA ? memchr(p, '$', copy.len) : NULL;
    if (dollar && dollar > p) {
        note(t, false, "%.*s: a number of further letters cannot be asked for; * is any number",
             TEXT_ARGS(w));
        *dollar = '*';
        copy.len = (size_t)(dollar + 1 - p);
    }
    return copy;
}

/* What is a word there and would be something else here stands in quotes. */
static bool wants_quotes(struct text w) {
    static const char *const operators[] = {"and", "or", "not"};
    for (size_t i = 0; i < 3; i++)
        if (text_eq_nocase(w, text_of(operators[i]))) return true;
    return memchr(w.ptr, ':', w.len) || strchr("=/-+!", *w.ptr) || memchr(w.ptr, '|', w.len);
}

static struct foreign_node *phrase_leaf(struct translator *t, struct text inside, bool quoted) {
    bool capitals = false;
    const char *end = inside.ptr + inside.len;
    for (const char *p = inside.ptr; p < end;) {
        const char *from = p;
        while (p < end && *p != ' ') p++;
        capitals |= is_capitals((struct text){from, (size_t)(p - from)});
        while (p < end && *p == ' ') p++;
    }
    if (capitals && !t->exact)
        note(t, false, "a word in capitals finds only capitals here (%.*s); write it small for any case",
             TEXT_ARGS(inside));
    return leaf(t, quoted ? "\"%.*s\"" : "%.*s", TEXT_ARGS(inside));
}

static struct foreign_node *parse_or(struct translator *t);

static struct foreign_node *quoted_leaf(struct translator *t) {
    uint32_t c;
    size_t open = read_char(t, t->pos, &c), end = t->pos + open, len;
    while ((len = read_char(t, end, &c)) && !char_is_quote(c)) end += len;
    struct text inside = own_wildcards(t, (struct text){t->text.ptr + t->pos + open, end - t->pos - open});
    if (!len) note(t, true, "a quotation mark is never closed");
    t->pos = end + len;
    unsigned n;
    size_t digits = char_at(t, t->pos) == '~' ? digits_at(t, t->pos + 1, &n) : 0;
    const char *space = inside.len ? memchr(inside.ptr, ' ', inside.len) : NULL;
    if (digits) {
        t->pos += 1 + digits;
        if (space && !memchr(space + 1, ' ', (size_t)(inside.ptr + inside.len - space - 1)))
            return join(t, OP_NEAR, n > FOREIGN_NEAR ? FOREIGN_NEAR : n,
                        leaf(t, "%.*s", (int)(space - inside.ptr), inside.ptr),
                        leaf(t, "%.*s", (int)(inside.ptr + inside.len - space - 1), space + 1));
        note(t, true, "\"%.*s\"~%u: words near each other are written a NEAR/%u b; it became a phrase",
             TEXT_ARGS(inside), n, n);
    }
    return inside.len ? phrase_leaf(t, inside, true) : NULL;
}

/* The letters of a prefix that the word begins with, known here or not; 0: it has none. */
static size_t prefix_letters(const struct translator *t, struct text w) {
    const char *signs = t->kind == FOREIGN_FACTIVA ? "=<>" : ":";
    size_t n = 0;
    while (n < w.len && ((w.ptr[n] | 0x20) >= 'a' && (w.ptr[n] | 0x20) <= 'z')) n++;
    bool address = n + 1 < w.len && w.ptr[n + 1] == '/';
    return n < w.len && strchr(signs, w.ptr[n]) && !address ? n : 0;
}

/* Factiva's hd=x ends the phrase before it; a colon in the midst of a phrase of LexisNexis is none. */
static bool ends_phrase(struct translator *t, struct text w) {
    return operator_at(t, t->pos).op || char_at(t, t->pos + w.len) == '(' ||
           (t->kind == FOREIGN_FACTIVA && prefix_letters(t, w));
}

/* Words side by side that are one phrase there. */
static struct foreign_node *word_leaf(struct translator *t) {
    struct text w = word_at(t, t->pos);
    CLEANUP(buf_clear) struct buf words;
    buf_init(&words, LIMIT_QUERY);
    size_t n = 0;
    bool phrase = t->grammar->beside == BESIDE_PHRASE;
    while (w.len && (!n || (phrase && !ends_phrase(t, w)))) {
        if (n++) buf_addc(&words, ' ');
        t->pos += w.len;
        if (t->kind == FOREIGN_LUCENE) {
            const char *end = memchr(w.ptr, '~', w.len);
            if (!end) end = memchr(w.ptr, '^', w.len);
            if (end && end > w.ptr) {
                note(t, true, "%.*s: likeness (~) and weight (^) are not there", TEXT_ARGS(w));
                w.len = (size_t)(end - w.ptr);
            }
        }
        buf_addt(&words, own_wildcards(t, w));
        skip_space(t);
        w = word_at(t, t->pos);
    }
    if (!n) { /* a character that means nothing here */
        t->pos++;
        return NULL;
    }
    if (!has_letter(buf_text(&words))) return NULL; /* a dash, an ampersand: nothing to search for */
    return phrase_leaf(t, buf_text(&words), n > 1 || wants_quotes(buf_text(&words)));
}

/* -- prefixes and functions ------------------------------------------------------------------------------ */

static struct foreign_node *parse_atom(struct translator *t);

static struct foreign_node *group(struct translator *t) {
    t->pos++;
    if (++t->depth > LIMIT_QUERY_DEPTH) {
        note(t, true, "parentheses may stand %u deep; the rest is left out", LIMIT_QUERY_DEPTH);
        t->pos = t->text.len;
        return NULL;
    }
    struct foreign_node *n = parse_or(t);
    t->depth--;
    skip_space(t);
    if (char_at(t, t->pos) == ')')
        t->pos++;
    else
        note(t, true, "a parenthesis is never closed");
    return n;
}

static struct foreign_node *with_prefix(struct translator *t, struct foreign_node *n, const char *prefix) {
    if (!n || !*prefix) return n;
    if (n->op == OP_NONE && !n->prefix) return leaf(t, "%s%.*s", prefix, TEXT_ARGS(n->leaf));
    struct foreign_node *copy = arena_alloc(t->arena, sizeof *copy);
    if (!copy) return n;
    *copy = *n;
    copy->prefix = prefix;
    return copy;
}

static struct foreign_node *braces(struct translator *t);

/* What follows a prefix: a group, a phrase, a word (not several side by side). */
static struct foreign_node *value(struct translator *t, bool to_end) {
    uint32_t c;
    if (char_at(t, t->pos) == '(') return group(t);
    if (to_end) return parse_or(t);
    if (t->kind == FOREIGN_LUCENE && (char_at(t, t->pos) == '[' || char_at(t, t->pos) == '{'))
        return braces(t);
    if (read_char(t, t->pos, &c) && char_is_quote(c)) return quoted_leaf(t);
    struct text w = word_at(t, t->pos);
    t->pos += w.len;
    return w.len ? leaf(t, "%.*s", TEXT_ARGS(own_wildcards(t, w))) : NULL;
}

/* A prefix or a function at pos: read with its value. False: none stands there. */
static bool parse_named(struct translator *t, struct foreign_node **ret) {
    size_t begin = t->pos;
    for (const struct foreign_prefix *p = foreign_prefixes; p->there; p++) {
        if (!(p->kinds & 1u << t->kind) || !starts_at(t, begin, p->there)) continue;
        t->pos += strlen(p->there);
        struct foreign_node *n = value(t, starts_at(t, begin, "allin"));
        if (p->lost) note(t, true, "%.*s: %s", (int)(t->pos - begin), t->text.ptr + begin, p->lost);
        *ret = p->here ? with_prefix(t, n, p->here) : NULL;
        return true;
    }
    for (const struct foreign_function *f = foreign_functions; f->name; f++) {
        unsigned n;
        size_t len = strlen(f->name);
        if (!(f->kinds & 1u << t->kind) || !starts_at(t, begin, f->name)) continue;
        size_t digits = f->digits ? digits_at(t, begin + len, &n) : 0;
        t->pos = begin + len + digits;
        if (f->digits) skip_space(t); /* Factiva's atleast5 word */
        if ((f->digits && !digits) || (char_at(t, t->pos) != '(' && !f->digits)) {
            t->pos = begin;
            continue;
        }
        if (f->lost) note(t, true, "%s: %s", f->name, f->lost);
        size_t inside = t->pos;
        struct foreign_node *node = value(t, false);
        if (f->capitals && t->pos > inside + 2) {
            struct text w = {t->text.ptr + inside + 1, t->pos - inside - 2};
            struct text copy = arena_dup(t->arena, w);
            char *p = (char *)(uintptr_t)copy.ptr;
            for (size_t i = 0; i < copy.len; i++)
                if (p[i] >= 'a' && p[i] <= 'z') p[i] &= ~0x20;
            node = leaf(t, memchr(copy.ptr, ' ', copy.len) ? "\"%.*s\"" : "%.*s", TEXT_ARGS(copy));
        }
        *ret = with_prefix(t, node, f->here);
        return true;
    }
    return false;
}

/* Another prefix of that language: letters, and a colon or an equals sign. */
static bool unknown_prefix(struct translator *t) {
    size_t n = prefix_letters(t, word_at(t, t->pos)), begin = t->pos;
    if (!n) return false;
    t->pos += n + 1;
    value(t, false);
    note(t, true, "%.*s: there is no such prefix here", (int)(t->pos - begin), t->text.ptr + begin);
    return true;
}

/* {Two Words} of Brandwatch, [1 TO 5] and {1 TO 5} of Lucene. */
static struct foreign_node *braces(struct translator *t) {
    const char *from = t->text.ptr + t->pos, *end = t->text.ptr + t->text.len, *close = from;
    char want = *from == '[' ? ']' : '}';
    while (close < end && *close != want) close++;
    struct text inside = {from + 1, close > from ? (size_t)(close - from - 1) : 0};
    t->pos = (size_t)(close - t->text.ptr) + (close < end);
    if (t->kind == FOREIGN_BRANDWATCH && inside.len)
        return leaf(t, memchr(inside.ptr, ' ', inside.len) ? "=\"%.*s\"" : "=%.*s", TEXT_ARGS(inside));
    note(t, true, "%c%.*s%c: there are no ranges here", *from, TEXT_ARGS(inside), want);
    return NULL;
}

static struct foreign_node *parse_atom(struct translator *t) {
    uint32_t c;
    struct foreign_node *n = NULL;
    char first = char_at(t, t->pos), second = char_at(t, t->pos + 1);
    bool alone = !second || second == ' ';
    if (first == '(') return group(t);
    if ((first == '-' && t->grammar->minus && !alone) || (first == '!' && t->kind == FOREIGN_LUCENE)) {
        t->pos++;
        return join(t, OP_NOT, 0, parse_atom(t), NULL);
    }
    if (first == '+' && t->grammar->plus && !alone) {
        bool raw = second == '+' && t->kind == FOREIGN_TALKWALKER;
        t->pos += raw ? 2 : 1;
        t->exact = raw;
        n = parse_atom(t);
        t->exact = false;
        t->required = t->kind == FOREIGN_LUCENE;
        return raw ? with_prefix(t, n, "=") : n;
    }
    if (first == '{' || (first == '[' && t->kind == FOREIGN_LUCENE)) return braces(t);
    if (first == '/' && t->kind == FOREIGN_LUCENE) { /* a regular expression: as it stands */
        size_t end = t->pos + 1;
        while (end < t->text.len && t->text.ptr[end] != '/') end += t->text.ptr[end] == '\\' ? 2 : 1;
        struct text regex = {t->text.ptr + t->pos,
                             end < t->text.len ? end + 1 - t->pos : t->text.len - t->pos};
        t->pos += regex.len;
        return leaf(t, "%.*s", TEXT_ARGS(regex));
    }
    if (parse_named(t, &n)) return n;
    if (unknown_prefix(t)) return NULL;
    if (read_char(t, t->pos, &c) && char_is_quote(c)) return quoted_leaf(t);
    struct oper o = operator_at(t, t->pos);
    if (!o.op) return word_leaf(t);
    note(t, true, "%.*s lacks a side", (int)o.len, t->text.ptr + t->pos);
    t->pos += o.len;
    return NULL;
}

/* -- operators, by what binds tighter -------------------------------------------------------------------- */

static bool at_close(struct translator *t) {
    skip_space(t);
    return t->pos >= t->text.len || t->text.ptr[t->pos] == ')';
}

static struct foreign_node *parse_tight(struct translator *t) {
    struct foreign_node *n = at_close(t) ? NULL : parse_atom(t);
    while (t->grammar->or_tight && !at_close(t) && peek(t).op == OP_OR) {
        t->pos += peek(t).len;
        n = join(t, OP_OR, 0, n, at_close(t) ? NULL : parse_atom(t));
    }
    return n;
}

static struct foreign_node *parse_near(struct translator *t) {
    struct foreign_node *n = parse_tight(t);
    for (;;) {
        struct oper o = at_close(t) ? (struct oper){0} : peek(t);
        if (o.op != OP_NEAR && o.op != OP_ONEAR) return n;
        t->pos += o.len;
        n = join(t, o.op, o.distance, n, parse_tight(t));
    }
}

static struct foreign_node *parse_not(struct translator *t) {
    struct oper o = at_close(t) ? (struct oper){0} : peek(t);
    if (o.op != OP_NOT) return parse_near(t);
    t->pos += o.len;
    struct oper next = peek(t);
    if (next.op == OP_NEAR || next.op == OP_ONEAR) {
        note(t, true, "%.*s: NOT near is not there; it became NOT", (int)next.len, t->text.ptr + t->pos);
        t->pos += next.len;
    }
    return join(t, OP_NOT, 0, parse_not(t), NULL);
}

/* Lucene's clauses side by side: +x must be there and -x must not, and then what has no sign is of weight
 * only; without a + one of the rest must be there. */
static struct foreign_node *parse_clauses(struct translator *t) {
    struct foreign_node *must = NULL, *must_not = NULL, *may = NULL;
    while (!at_close(t) && peek(t).op != OP_OR) {
        struct oper o = peek(t);
        size_t before = t->pos;
        bool both = o.op == OP_AND;
        if (both) t->pos += o.len;
        t->required = false;
        struct foreign_node *n = parse_not(t);
        if (t->pos == before) t->pos++;
        if (n && n->op == OP_NOT)
            must_not = join(t, OP_AND, 0, must_not, n);
        else if (t->required)
            must = join(t, OP_AND, 0, must, n);
        else if (both)
            may = join(t, OP_AND, 0, may, n);
        else {
            if (may)
                note(t, false, "words side by side are OR there; here they would be AND, so OR is written");
            may = join(t, OP_OR, 0, may, n);
        }
    }
    if (must && may) note(t, false, "beside words with + those without only weigh there: they are left out");
    struct foreign_node *all = must ? must : may;
    return all && must_not ? join(t, OP_AND, 0, all, must_not) : all ? all : must_not;
}

static struct foreign_node *parse_and(struct translator *t) {
    if (t->grammar->beside == BESIDE_OR) return parse_clauses(t);
    struct foreign_node *n = parse_not(t);
    while (!at_close(t)) {
        struct oper o = peek(t);
        if (o.op == OP_OR) break;
        if (o.op == OP_AND) {
            if (o.lost)
                note(t, true, "%.*s: %s cannot be asked for; it became AND", (int)o.len, t->text.ptr + t->pos,
                     o.lost);
            t->pos += o.len;
        }
        size_t before = t->pos;
        n = join(t, OP_AND, 0, n, parse_not(t));
        if (t->pos == before) t->pos++; /* an operator that lacks its side */
    }
    return n;
}

static struct foreign_node *parse_or(struct translator *t) {
    struct foreign_node *n = parse_and(t);
    while (!at_close(t) && peek(t).op == OP_OR) {
        t->pos += peek(t).len;
        n = join(t, OP_OR, 0, n, parse_and(t));
    }
    return n;
}

/* -- the result ------------------------------------------------------------------------------------------ */

static void print(struct buf *b, const struct foreign_node *n, enum foreign_op parent, bool right) {
    bool near = n->op == OP_NEAR || n->op == OP_ONEAR, in_near = parent == OP_NEAR || parent == OP_ONEAR;
    bool same = n->op == parent && n->op != OP_NOT;
    bool open = n->prefix ||
                (n->op != OP_NONE && parent != OP_NONE && !same && !(near && !in_near) &&
                 !(n->op == OP_NOT && parent == OP_AND) && !(near && in_near && !right)) ||
                (near && in_near && right);
    if (n->prefix) buf_adds(b, n->prefix);
    if (open) buf_addc(b, '(');
    if (n->op == OP_NONE) buf_addt(b, n->leaf);
    if (n->op == OP_NOT) {
        buf_adds(b, "NOT ");
        print(b, n->a, OP_NOT, true);
    } else if (n->op != OP_NONE) {
        print(b, n->a, n->op, false);
        if (n->op == OP_OR)
            buf_adds(b, " OR ");
        else if (n->op == OP_AND)
            buf_addc(b, ' ');
        else
            buf_addf(b, " %s/%u ", n->op == OP_NEAR ? "NEAR" : "ONEAR", n->distance);
        print(b, n->b, n->op, true);
    }
    if (open) buf_addc(b, ')');
}

struct foreign *foreign_translate(enum foreign_kind kind, struct text text,
                                  const struct query_prefixes *prefixes, struct arena *a) {
    struct foreign *f = arena_alloc(a, sizeof *f);
    if (!f) out_of_memory(sizeof *f);
    *f = (struct foreign){.query = TEXT_NONE};
    struct translator t = {
        .kind = kind, .grammar = &foreign_grammars[kind], .text = text, .arena = a, .out = f};
    struct foreign_node *root = NULL;
    if (text.len > LIMIT_QUERY) {
        note(&t, true, "a query may have %u bytes, this one has %zu", LIMIT_QUERY, text.len);
        return f;
    }
    while (t.pos < text.len) {
        root = join(&t, OP_AND, 0, root, parse_or(&t));
        skip_space(&t);
        if (char_at(&t, t.pos) == ')') {
            note(&t, true, "no parenthesis is open before this one: %.20s", t.text.ptr + t.pos);
            t.pos++;
        }
    }
    if (!root) {
        note(&t, true, "nothing is left of it");
        return f;
    }
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, 4 * LIMIT_QUERY);
    print(&b, root, OP_NONE, false);
    f->query = arena_dup(a, buf_text(&b));
    const struct query *q = query_parse(f->query, prefixes, a);
    for (size_t i = 0; i < q->n_remarks; i++)
        if (q->remarks[i].error)
            note(&t, true, "refused here at \"%.*s\": %.*s",
                 (int)(f->query.len - q->remarks[i].at < 30 ? f->query.len - q->remarks[i].at : 30),
                 f->query.ptr + q->remarks[i].at, TEXT_ARGS(q->remarks[i].what));
    if (t.grammar->hint) note(&t, false, "%s", t.grammar->hint);
    return f;
}

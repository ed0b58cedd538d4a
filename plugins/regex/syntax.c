#include "regex.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The syntax that RE2 and PCRE share: what they read differently, or only one of them has, is refused with
 * its place, so that an expression means the same wherever it is tried. */

struct flags {
    bool nocase, lines, dot_all, lazy; /* (?i) (?m) (?s) (?U) */
};
struct reader {
    const char *text, *end, *p;
    struct flags flags;
    struct unicode *unicode;
    struct expression *e;
    struct fault *fault;
    bool failed;
};

size_t utf8_read(const char *p, const char *end, uint32_t *ret) {
    const unsigned char *s = (const unsigned char *)p;
    size_t left = (size_t)(end - p), len = s[0] < 0xC2   ? 1
                                           : s[0] < 0xE0 ? 2
                                           : s[0] < 0xF0 ? 3
                                           : s[0] < 0xF5 ? 4
                                                         : 1;
    *ret = s[0];
    if (len == 1 || len > left) return 1;
    uint32_t c = s[0] & (0x7Fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xC0) != 0x80) return 1;
        c = c << 6 | (s[i] & 0x3Fu);
    }
    *ret = c;
    return len;
}

size_t utf8_write(uint32_t c, char out[4]) {
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i; i--, c >>= 6) out[i] = (char)(0x80 | (c & 0x3F));
    out[0] = (char)((0xF00u >> len & 0xFFu) | c);
    return len;
}

/* ---- nodes and faults ---- */

static struct tree *fail_at(struct reader *r, const char *from, const char *to, const char *format, ...) {
    if (r->failed) return NULL;
    r->failed = true;
    r->fault->at = (size_t)(from - r->text);
    r->fault->len = (size_t)(to - from);
    va_list args;
    va_start(args, format);
    vsnprintf(r->fault->why, sizeof r->fault->why, format, args);
    va_end(args);
    return NULL;
}

static struct tree *no_memory(struct reader *r) {
    return fail_at(r, r->p, r->p, "out of memory");
}

/* The pool never moves: it has room for all that so many bytes can stand for. */
static struct tree *node(struct reader *r, enum tree_kind kind, struct tree *a, struct tree *b) {
    if (r->failed) return NULL;
    if (r->e->n_pool == r->e->cap_pool) return no_memory(r);
    struct tree *t = &r->e->pool[r->e->n_pool++];
    *t = (struct tree){.kind = kind, .a = a, .b = b};
    return t;
}

static struct tree *assertion(struct reader *r, enum assertion which) {
    struct tree *t = node(r, TREE_ASSERT, NULL, NULL);
    if (t) t->assertion = which;
    return t;
}

/* Takes the set. */
static struct tree *set_node(struct reader *r, struct set *s, bool negated) {
    struct expression *e = r->e;
    if (r->flags.nocase) set_fold(s, r->unicode);
    if (negated)
        set_negate(s);
    else
        set_close(s);
    struct tree *t = node(r, TREE_SET, NULL, NULL);
    if (e->n_sets == e->cap_sets) {
        size_t cap = e->cap_sets ? e->cap_sets * 2 : 16;
        struct set *list = realloc(e->sets, cap * sizeof *list);
        if (!list) {
            set_clear(s);
            return no_memory(r);
        }
        e->sets = list;
        e->cap_sets = cap;
    }
    if (s->failed || !t) {
        bool failed = s->failed;
        set_clear(s);
        return failed ? no_memory(r) : NULL;
    }
    t->set = (uint32_t)e->n_sets;
    e->sets[e->n_sets++] = *s;
    *s = (struct set){0};
    return t;
}

static struct tree *char_node(struct reader *r, uint32_t c) {
    struct set s = {0};
    set_add(&s, c, c);
    return set_node(r, &s, false);
}

/* ---- characters ---- */

static bool at_end(const struct reader *r) {
    return r->p >= r->end;
}
static bool starts(const struct reader *r, const char *what) {
    size_t len = strlen(what);
    return (size_t)(r->end - r->p) >= len && !memcmp(r->p, what, len);
}
static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int hex_value(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* \x7F and \x{10FFFF}, behind the x. */
static bool read_hex(struct reader *r, const char *from, uint32_t *ret) {
    uint32_t c = 0;
    size_t n = 0;
    bool braces = !at_end(r) && *r->p == '{';
    if (braces) r->p++;
    while (!at_end(r) && hex_value(*r->p) >= 0 && n < (braces ? 8 : 2)) {
        c = c * 16 + (uint32_t)hex_value(*r->p++);
        n++;
    }
    bool closed = !braces || (!at_end(r) && *r->p == '}');
    if (!closed || (braces ? !n : n != 2) || c > LAST_CHAR || (c >= 0xD800 && c <= 0xDFFF)) {
        fail_at(r, from, r->p, "a character by its number is \\x and two digits, or \\x{…} up to 10FFFF");
        return false;
    }
    r->p += braces;
    *ret = c;
    return true;
}

/* What only one of the two has, or each reads in its own way. */
static void refuse_escape(struct reader *r, const char *from, char c) {
    static const struct {
        const char *letters, *why;
    } table[] = {
        {"123456789gk", "a back reference makes time grow without measure: write what it should repeat"},
        {"GK", "\\%c goes with where a search begins, which does not exist here"},
        {"Z", "write \\z for the end of the field"},
        {"v", "\\v is one character in RE2 and many in PCRE: write \\x0B or \\s"},
        {"hHVRX", "RE2 does not have \\%c: write the characters in brackets"},
        {"N", "RE2 does not have \\N: write ."},
        {"C", "a single byte means nothing here: write ."},
        {"ceo", "RE2 does not have \\%c: write \\x and the number"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strchr(table[i].letters, c)) {
            fail_at(r, from, r->p, table[i].why, c);
            return;
        }
    fail_at(r, from, r->p, "\\%c means nothing", c);
}

/* An escape that is one character, behind the backslash (at `from`). */
static bool escaped_char(struct reader *r, const char *from, uint32_t *ret) {
    static const char names[] = "afnrt", values[] = "\a\f\n\r\t";
    char c = *r->p;
    if (c == 'x') {
        r->p++;
        return read_hex(r, from, ret);
    }
    if (c == '0') {
        uint32_t value = 0;
        for (int i = 0; i < 3 && !at_end(r) && *r->p >= '0' && *r->p <= '7'; i++)
            value = value * 8 + (uint32_t)(*r->p++ - '0');
        *ret = value;
        return true;
    }
    const char *name = strchr(names, c);
    if (name && c) {
        r->p++;
        *ret = (unsigned char)values[name - names];
        return true;
    }
    if (is_letter(c) || is_digit(c)) {
        r->p++;
        refuse_escape(r, from, c);
        return false;
    }
    r->p += utf8_read(r->p, r->end, ret);
    return true;
}

/* \p{Greek} \pL \P{…} \d \W …: adds to the set. False: it is none of these. */
static bool escaped_set(struct reader *r, const char *from, struct set *s) {
    char c = *r->p, lower = (char)(c | 0x20);
    struct set named = {0};
    if (lower == 'd' || lower == 's' || lower == 'w') {
        r->p++;
        set_add_perl(&named, lower);
        set_close(&named);
        set_add_set(s, &named, c != lower);
        set_clear(&named);
        return true;
    }
    if (lower != 'p') return false;
    r->p++;
    bool negated = c == 'P';
    const char *name = r->p;
    size_t len = at_end(r) ? 0 : 1;
    if (len && *name == '{') {
        const char *close = memchr(name, '}', (size_t)(r->end - name));
        name++;
        len = close ? (size_t)(close - name) : 0;
        r->p = close ? close + 1 : r->end;
    } else {
        r->p += len;
    }
    if (len && *name == '^') {
        negated = !negated;
        name++;
        len--;
    }
    if (!len || !set_add_property(&named, r->unicode, name, len))
        fail_at(r, from, r->p, "there is no \\p{%.*s} here: L Lu Ll M N Nd P S Z and scripts such as Greek",
                len > 40 ? 40 : (int)len, name);
    set_close(&named);
    set_add_set(s, &named, negated);
    set_clear(&named);
    return true;
}

/* ---- brackets ---- */

/* [:alpha:] in brackets; false: it is none. */
static bool posix_class(struct reader *r, struct set *s) {
    const char *from = r->p;
    if (starts(r, "[.") || starts(r, "[=")) {
        fail_at(r, from, from + 2, "collating names are not known: write the characters");
        return true;
    }
    if (!starts(r, "[:")) return false;
    const char *name = from + 2, *p = name;
    bool negated = p < r->end && *p == '^';
    if (negated) name = ++p;
    while (p < r->end && is_letter(*p)) p++;
    if (p + 1 >= r->end || p[0] != ':' || p[1] != ']') return false;
    r->p = p + 2;
    struct set named = {0};
    if (!set_add_posix(&named, name, (size_t)(p - name)))
        fail_at(r, from, r->p, "there is no [:%.*s:]: alpha, digit, alnum, upper, lower, punct, space …",
                (int)(p - name), name);
    set_close(&named);
    set_add_set(s, &named, negated);
    set_clear(&named);
    return true;
}

/* One character of a bracket, or a class (*ret_class), which is then in the set. False: a fault. */
static bool bracket_char(struct reader *r, struct set *s, uint32_t *ret, bool *ret_class) {
    const char *from = r->p;
    *ret_class = true;
    if (posix_class(r, s)) return !r->failed;
    if (*r->p == '\\' && r->p + 1 < r->end) {
        r->p++;
        if (escaped_set(r, from, s)) return !r->failed;
        *ret_class = false;
        return escaped_char(r, from, ret);
    }
    *ret_class = false;
    r->p += utf8_read(r->p, r->end, ret);
    return true;
}

static struct tree *bracket(struct reader *r) {
    const char *open = r->p++;
    struct set s = {0};
    bool negated = !at_end(r) && *r->p == '^', first = true;
    if (negated) r->p++;
    while (!r->failed && !at_end(r) && (first || *r->p != ']')) {
        const char *from = r->p;
        uint32_t lo = 0, hi;
        bool is_class;
        first = false;
        if (!bracket_char(r, &s, &lo, &is_class)) break;
        bool range = r->end - r->p > 1 && *r->p == '-' && r->p[1] != ']';
        if (!range) {
            if (!is_class) set_add(&s, lo, lo);
            continue;
        }
        r->p++;
        bool class_behind;
        if (!bracket_char(r, &s, &hi, &class_behind)) break;
        if (is_class || class_behind)
            fail_at(r, from, r->p, "a range goes from one character to another: put the - last for itself");
        else if (hi < lo)
            fail_at(r, from, r->p, "this range runs backwards");
        else
            set_add(&s, lo, hi);
    }
    if (at_end(r)) fail_at(r, open, open + 1, "this [ is never closed");
    if (r->failed) {
        set_clear(&s);
        return NULL;
    }
    r->p++;
    return set_node(r, &s, negated);
}

/* ---- atoms ---- */

static struct tree *escape(struct reader *r) {
    const char *from = r->p++;
    uint32_t c;
    if (at_end(r)) return fail_at(r, from, r->p, "a backslash stands before nothing");
    switch (*r->p) {
    case 'A': r->p++; return assertion(r, ASSERT_TEXT_START);
    case 'z': r->p++; return assertion(r, ASSERT_TEXT_END);
    case 'b': r->p++; return assertion(r, ASSERT_WORD_EDGE);
    case 'B': r->p++; return assertion(r, ASSERT_NO_WORD_EDGE);
    default: break;
    }
    struct set s = {0};
    if (escaped_set(r, from, &s)) return r->failed ? (set_clear(&s), NULL) : set_node(r, &s, false);
    return escaped_char(r, from, &c) ? char_node(r, c) : NULL;
}

static struct tree *dot(struct reader *r) {
    struct set s = {0};
    r->p++;
    if (r->flags.dot_all) {
        set_add(&s, 0, LAST_CHAR);
    } else {
        set_add(&s, 0, '\n' - 1);
        set_add(&s, '\n' + 1, LAST_CHAR);
    }
    return set_node(r, &s, false);
}

static struct tree *alternatives(struct reader *r);

/* \Qa+b\E: as it stands. */
static struct tree *quoted(struct reader *r) {
    struct tree *all = node(r, TREE_EMPTY, NULL, NULL);
    r->p += 2;
    while (!at_end(r) && !starts(r, "\\E")) {
        uint32_t c;
        r->p += utf8_read(r->p, r->end, &c);
        all = node(r, TREE_CAT, all, char_node(r, c));
    }
    if (!at_end(r)) r->p += 2;
    return all;
}

/* (?i) (?i-s: …, behind the question mark. True: a colon follows. */
static bool read_flags(struct reader *r, const char *open) {
    bool on = true, any = false;
    for (; !at_end(r); r->p++) {
        char c = *r->p;
        if (c == ':' || c == ')') {
            if (!any && c == ')') break;
            r->p++;
            return c == ':';
        }
        bool *flag = c == 'i'   ? &r->flags.nocase
                     : c == 'm' ? &r->flags.lines
                     : c == 's' ? &r->flags.dot_all
                     : c == 'U' ? &r->flags.lazy
                                : NULL;
        if (flag) {
            *flag = on;
            any = true;
        } else if (c == '-' && on) {
            on = false;
        } else {
            break;
        }
    }
    fail_at(r, open, at_end(r) ? r->p : r->p + 1, "behind (? goes one of i m s U, a colon, or P<name>");
    return false;
}

/* What may follow (? in one of the two only. */
static bool refuse_group(struct reader *r, const char *open) {
    static const struct {
        const char *start, *why;
    } table[] = {
        {"?=", "look-ahead is not there: write what must stand, or a NEAR of two terms"},
        {"?!", "look-ahead is not there: write NOT and another term"},
        {"?<=", "look-behind is not there: write what must stand, or a NEAR of two terms"},
        {"?<!", "look-behind is not there: write NOT and another term"},
        {"?>", "RE2 does not have (?>…): write (?:…)"},
        {"?|", "RE2 does not have (?|…): write (?:…)"},
        {"?#", "RE2 does not have remarks in an expression"},
        {"?(", "RE2 does not have conditions"},
        {"?P=", "a back reference makes time grow without measure: write what it should repeat"},
        {"?P>", "RE2 does not have recursion"},
        {"?&", "RE2 does not have recursion"},
        {"?R", "RE2 does not have recursion"},
        {"*", "RE2 does not have (*…)"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (starts(r, table[i].start)) {
            fail_at(r, open, r->p + strlen(table[i].start), "%s", table[i].why);
            return true;
        }
    return false;
}

/* (…), (?:…), (?P<name>…), (?i:…); (?i) returns what stands for nothing. */
static struct tree *group(struct reader *r) {
    const char *open = r->p++;
    struct flags before = r->flags;
    if (refuse_group(r, open)) return NULL;
    if (starts(r, "?P<") || starts(r, "?<")) {
        const char *name = r->p + (starts(r, "?P<") ? 3 : 2);
        const char *close = name;
        while (close < r->end && (is_letter(*close) || *close == '_' || (is_digit(*close) && close > name)))
            close++;
        if (close == name || close == r->end || *close != '>')
            return fail_at(r, open, close, "a group's name is letters, digits and _, up to >");
        r->p = close + 1;
    } else if (starts(r, "?")) {
        r->p++;
        if (!read_flags(r, open)) return node(r, TREE_EMPTY, NULL, NULL);
    }
    struct tree *t = alternatives(r);
    r->flags = before;
    if (r->failed) return NULL;
    if (at_end(r)) return fail_at(r, open, open + 1, "this parenthesis is never closed");
    r->p++;
    return t;
}

/* ---- repetitions ---- */

/* {n} {n,} {n,m}; false: no repetition stands here (then { is a character). */
static bool read_counts(struct reader *r, uint32_t *ret_min, uint32_t *ret_max) {
    const char *from = r->p, *p = from + 1;
    uint32_t n[2] = {0, 0};
    size_t digits[2] = {0, 0};
    bool comma = false;
    for (; p < r->end && *p != '}'; p++) {
        if (*p == ',' && !comma) {
            comma = true;
        } else if (is_digit(*p)) {
            if (n[comma] <= LONGEST_REPEAT) n[comma] = n[comma] * 10 + (uint32_t)(*p - '0');
            digits[comma]++;
        } else {
            return false;
        }
    }
    if (p == r->end || !digits[0]) return false;
    r->p = p + 1;
    *ret_min = n[0];
    *ret_max = !comma ? n[0] : digits[1] ? n[1] : REPEAT_FOREVER;
    if (n[0] > LONGEST_REPEAT || n[1] > LONGEST_REPEAT)
        fail_at(r, from, r->p, "a repetition may count to %d", LONGEST_REPEAT);
    else if (*ret_max < *ret_min)
        fail_at(r, from, r->p, "this repetition's second number is the smaller one");
    return true;
}

static bool read_repeat(struct reader *r, uint32_t *ret_min, uint32_t *ret_max) {
    if (at_end(r)) return false;
    *ret_min = *r->p == '+';
    *ret_max = *r->p == '?' ? 1 : REPEAT_FOREVER;
    if (*r->p == '*' || *r->p == '+' || *r->p == '?') {
        r->p++;
        return true;
    }
    return *r->p == '{' && read_counts(r, ret_min, ret_max);
}

static struct tree *repeated(struct reader *r, struct tree *t, const char *from) {
    uint32_t min, max;
    const char *at = r->p;
    if (!t || !read_repeat(r, &min, &max)) return t;
    bool in_group = *from == '(' && !(t->kind == TREE_EMPTY && from[1] == '?');
    if ((t->kind == TREE_ASSERT || t->kind == TREE_EMPTY) && !in_group)
        return fail_at(r, from, r->p, "there is nothing here that could be repeated");
    bool lazy = r->flags.lazy;
    if (!at_end(r) && *r->p == '?') {
        lazy = !lazy;
        r->p++;
    }
    const char *again = r->p;
    if (!at_end(r) && *r->p == '+')
        return fail_at(r, at, r->p + 1, "RE2 does not have possessive repetitions");
    uint32_t ignored;
    if (!r->failed && read_repeat(r, &ignored, &ignored))
        return fail_at(r, again, r->p, "a repetition of a repetition: put the first in (?:…)");
    t = node(r, TREE_REPEAT, t, NULL);
    if (!t) return NULL;
    t->min = min;
    t->max = max;
    t->lazy = lazy;
    return t;
}

static struct tree *atom(struct reader *r) {
    uint32_t c;
    if (starts(r, "\\Q")) return quoted(r);
    switch (*r->p) {
    case '\\': return escape(r);
    case '[': return bracket(r);
    case '.': return dot(r);
    case '(': return group(r);
    case '^': r->p++; return assertion(r, r->flags.lines ? ASSERT_LINE_START : ASSERT_TEXT_START);
    case '$': r->p++; return assertion(r, r->flags.lines ? ASSERT_LINE_END : ASSERT_TEXT_END);
    case '*':
    case '+':
    case '?':
        return fail_at(r, r->p, r->p + 1, "there is nothing before this %c that it could repeat", *r->p);
    case '{': {
        const char *from = r->p;
        uint32_t min, max;
        if (read_counts(r, &min, &max))
            return fail_at(r, from, r->p, "there is nothing before this that it could repeat");
        break;
    }
    default: break;
    }
    r->p += utf8_read(r->p, r->end, &c);
    return char_node(r, c);
}

static struct tree *alternatives(struct reader *r) {
    struct tree *all = NULL;
    for (;;) {
        struct tree *row = NULL;
        while (!r->failed && !at_end(r) && *r->p != '|' && *r->p != ')') {
            const char *from = r->p;
            struct tree *t = repeated(r, atom(r), from);
            row = row ? node(r, TREE_CAT, row, t) : t;
        }
        if (!row) row = node(r, TREE_EMPTY, NULL, NULL);
        all = all ? node(r, TREE_ALT, all, row) : row;
        if (r->failed || at_end(r) || *r->p == ')') return r->failed ? NULL : all;
        r->p++;
    }
}

/* ---- the whole ---- */

static bool may_be_empty(const struct tree *t) {
    switch (t->kind) {
    case TREE_EMPTY:
    case TREE_ASSERT: return true;
    case TREE_SET: return false;
    case TREE_CAT: return may_be_empty(t->a) && may_be_empty(t->b);
    case TREE_ALT: return may_be_empty(t->a) || may_be_empty(t->b);
    case TREE_REPEAT: return !t->min || may_be_empty(t->a);
    }
    return false;
}

int expression_parse(const char *text, size_t len, bool nocase, struct unicode *u, struct expression *ret,
                     struct fault *ret_fault) {
    struct expression e = {.cap_pool = 3 * len + 8};
    e.pool = calloc(e.cap_pool, sizeof *e.pool);
    struct reader r = {text, text + len, text, {.nocase = nocase}, u, &e, ret_fault, false};
    if (!e.pool)
        no_memory(&r);
    else
        e.root = alternatives(&r);
    if (!r.failed && !at_end(&r)) fail_at(&r, r.p, r.p + 1, "no parenthesis is open here");
    if (!r.failed && may_be_empty(e.root))
        fail_at(&r, text, text + len, "it matches where nothing stands: ask for at least one character");
    if (r.failed) {
        expression_clear(&e);
        return -1;
    }
    *ret = e;
    return 0;
}

void expression_clear(struct expression *e) {
    for (size_t i = 0; i < e->n_sets; i++) set_clear(&e->sets[i]);
    free(e->sets);
    free(e->pool);
    *e = (struct expression){0};
}

#include "parse/html.h"

#include "base/limits.h"
#include "parse/charset.h"
#include "parse/entities.h"
#include "parse/utf8.h"

#include <ctype.h>
#include <stdint.h>

enum gap { GAP_NONE, GAP_BLANK, GAP_LINE };

struct html {
    struct buf *out;
    size_t floor; /* where our text begins in out */
    enum gap gap; /* owed before the next character */
    bool full, saw_tag;
    bool tags, closed_references, references; /* what is read at all */
    bool quotes_broken; /* an attribute was never closed: tags end at their first '>' from there on */
    uint64_t no_end;    /* dropped elements that are never closed: bit per row of `elements` */
};

/* What an element does to the text. Elements without a row are inline. */
enum element_kind { BLOCK, CELL, DROP, RAW };
static const struct element {
    const char *name;
    enum element_kind kind;
} elements[] = {
    {"script", DROP},    {"style", DROP},       {"template", DROP}, {"head", DROP},     {"svg", DROP},
    {"math", DROP},      {"textarea", RAW},     {"title", RAW},     {"td", CELL},       {"th", CELL},
    {"address", BLOCK},  {"article", BLOCK},    {"aside", BLOCK},   {"audio", BLOCK},   {"blockquote", BLOCK},
    {"br", BLOCK},       {"button", BLOCK},     {"caption", BLOCK}, {"center", BLOCK},  {"dd", BLOCK},
    {"details", BLOCK},  {"dialog", BLOCK},     {"div", BLOCK},     {"dl", BLOCK},      {"dt", BLOCK},
    {"fieldset", BLOCK}, {"figcaption", BLOCK}, {"figure", BLOCK},  {"footer", BLOCK},  {"form", BLOCK},
    {"h1", BLOCK},       {"h2", BLOCK},         {"h3", BLOCK},      {"h4", BLOCK},      {"h5", BLOCK},
    {"h6", BLOCK},       {"header", BLOCK},     {"hr", BLOCK},      {"iframe", BLOCK},  {"img", BLOCK},
    {"li", BLOCK},       {"main", BLOCK},       {"nav", BLOCK},     {"object", BLOCK},  {"ol", BLOCK},
    {"option", BLOCK},   {"p", BLOCK},          {"pre", BLOCK},     {"section", BLOCK}, {"summary", BLOCK},
    {"table", BLOCK},    {"tbody", BLOCK},      {"tfoot", BLOCK},   {"thead", BLOCK},   {"tr", BLOCK},
    {"ul", BLOCK},       {"video", BLOCK},
};
#define N_ELEMENTS (sizeof elements / sizeof *elements)
_Static_assert(N_ELEMENTS <= 64, "no_end has a bit for each row");

/* Elements that show, in text that was encoded doubly, that it was markup. */
static const char *const known[] = {"b",    "i",    "em",   "strong",     "a",   "p",     "u",   "s",
                                    "br",   "span", "div",  "sup",        "sub", "small", "big", "cite",
                                    "code", "q",    "font", "tt",         "h1",  "h2",    "h3",  "h4",
                                    "li",   "ul",   "ol",   "blockquote", "mark"};

static struct text lower(struct text name, char *space, size_t size) {
    size_t n = name.len < size ? name.len : size;
    for (size_t i = 0; i < n; i++) space[i] = (char)tolower((unsigned char)name.ptr[i]);
    return (struct text){space, n};
}

static int element_of(struct text name) {
    char space[16];
    if (!name.len || name.len > 12) return -1;
    struct text small = lower(name, space, sizeof space);
    for (size_t i = 0; i < N_ELEMENTS; i++)
        if (elements[i].name[0] == small.ptr[0] && text_eqs(small, elements[i].name)) return (int)i;
    return -1;
}

/* -- writing ------------------------------------------------------------------------------------------ */

static void put(struct html *h, const char *ptr, size_t len) {
    struct buf *out = h->out;
    if (h->full || !len) return;
    size_t gap = h->gap != GAP_NONE && out->len > h->floor;
    size_t room = out->max - out->len > gap ? out->max - out->len - gap : 0;
    if (len > room) {
        /* Cut at a character: not before a continuation byte. */
        while (room && ((unsigned char)ptr[room] & 0xC0) == 0x80) room--;
        len = room;
        h->full = true;
        if (!len) return;
    }
    if (gap) buf_addc(out, h->gap == GAP_LINE ? '\n' : ' ');
    h->gap = GAP_NONE;
    buf_add(out, ptr, len);
}

static void owe(struct html *h, enum gap gap) {
    if (gap > h->gap) h->gap = gap;
}

enum { PLAIN, SPACE, CONTROL, LEAD, MARKUP };
/* What a byte of text may begin: most are plain and copied in runs. */
static unsigned char class_of(unsigned char c) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) return SPACE;
    if (c < ' ' || c == 0x7F) return CONTROL;
    if (c == '<' || c == '&') return MARKUP;
    /* First bytes of the special spaces, of soft hyphen, C1 controls and zero-width characters. */
    return c == 0xC2 || c == 0xE1 || c == 0xE2 || c == 0xE3 || c == 0xEF ? LEAD : PLAIN;
}

static void character(struct html *h, const char *ptr, size_t n) {
    uint32_t c = utf8_get(ptr, n);
    char piece[4];
    if (c == 0xAD || c == 0x200B || c == 0xFEFF || c < ' ') {
        if (c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v') owe(h, GAP_BLANK);
    } else if (c == ' ' || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
               c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000) {
        owe(h, GAP_BLANK);
    } else if (c >= 0x80 && c <= 0x9F) {
        put(h, piece, utf8_put(charset_windows((unsigned char)c), piece));
    } else if (c != 0x7F) {
        put(h, ptr, n);
    }
}

/* A run of text; markup characters in it are characters. Bytes that are no UTF-8 are passed over. */
static void text(struct html *h, struct text t) {
    size_t i = 0;
    while (i < t.len && !h->full) {
        size_t from = i;
        unsigned char class = PLAIN;
        for (; i < t.len; i++) {
            class = class_of((unsigned char)t.ptr[i]);
            if (class != PLAIN && class != MARKUP) break;
        }
        if (i > from) put(h, t.ptr + from, i - from);
        if (i == t.len) break;
        size_t n = 1;
        if (class == SPACE) {
            owe(h, GAP_BLANK);
        } else if (class == LEAD && (n = utf8_valid(t.ptr + i, t.len - i))) {
            character(h, t.ptr + i, n);
        }
        i += n ? n : 1;
    }
}

/* -- reading ------------------------------------------------------------------------------------------- */

/* Text with references in it. */
static void text_with_references(struct html *h, struct text t) {
    enum reference_rule rule = h->closed_references ? REFERENCE_CLOSED : REFERENCE_HTML;
    while (t.len && !h->full) {
        const char *amp = h->references ? memchr(t.ptr, '&', t.len) : NULL;
        size_t n = amp ? (size_t)(amp - t.ptr) : t.len, used = 0, len = 0;
        char out[REFERENCE_MAX];
        text(h, (struct text){t.ptr, n});
        t.ptr += n;
        t.len -= n;
        if (!amp) return;
        used = reference_read(t, rule, out, &len);
        if (used) {
            for (size_t i = 0, step; i < len; i += step) {
                step = utf8_valid(out + i, len - i);
                character(h, out + i, step);
            }
        } else {
            put(h, "&", 1);
            used = 1;
        }
        t.ptr += used;
        t.len -= used;
    }
}

/* The byte behind the tag that begins at t.ptr, or 0: it never ends. Quotes may hold a '>'. */
static size_t tag_end(struct html *h, struct text t) {
    char quote = 0, before = 0;
    if (!h->quotes_broken) {
        for (size_t i = 1; i < t.len; i++) {
            char c = t.ptr[i];
            if (quote) {
                if (c == quote) quote = 0, before = 0;
                continue;
            }
            if (c == '>') return i + 1;
            if ((c == '"' || c == '\'') && before == '=')
                quote = c;
            else if (!text_is_space(c))
                before = c;
        }
        if (!quote) return 0;
        h->quotes_broken = true;
    }
    const char *end = memchr(t.ptr, '>', t.len);
    return end ? (size_t)(end - t.ptr) + 1 : 0;
}

/* Where the end tag of `name` begins behind the front of t, or t.len. */
static size_t find_end_tag(struct text t, struct text name) {
    for (size_t i = 0; i < t.len;) {
        const char *p = memmem(t.ptr + i, t.len - i, "</", 2);
        if (!p) return t.len;
        i = (size_t)(p - t.ptr) + 2;
        if (t.len - i >= name.len && !strncasecmp(t.ptr + i, name.ptr, name.len) &&
            (t.len - i == name.len || !isalnum((unsigned char)t.ptr[i + name.len])))
            return i - 2;
    }
    return t.len;
}

/* A start or end tag at t. Returns its bytes, with the content of what is dropped. */
static size_t tag(struct html *h, struct text t) {
    bool end = t.ptr[1] == '/';
    struct text name = {t.ptr + 1 + end, 0};
    while (1 + end + name.len < t.len &&
           (isalnum((unsigned char)name.ptr[name.len]) || name.ptr[name.len] == '-'))
        name.len++;
    h->saw_tag = true;
    size_t n = tag_end(h, t);
    if (!n) return t.len;
    int row = element_of(name);
    if (row < 0) return n;
    const struct element *e = &elements[row];
    if (e->kind == BLOCK) owe(h, GAP_LINE);
    if (e->kind == CELL) owe(h, GAP_BLANK);
    if (e->kind == RAW) owe(h, GAP_LINE);
    if (end || e->kind == BLOCK || e->kind == CELL) return n;
    bool closed = n >= 2 && t.ptr[n - 2] == '/' && (e->kind == DROP && row >= 4);
    if (closed || (h->no_end & UINT64_C(1) << row)) return n;
    struct text rest = {t.ptr + n, t.len - n};
    size_t inner = find_end_tag(rest, text_of(e->name));
    if (inner == rest.len) {
        h->no_end |= UINT64_C(1) << row;
        /* Only script and style are surely no text when nothing ends them. */
        return row <= 1 ? t.len : n;
    }
    if (e->kind == RAW) text_with_references(h, (struct text){rest.ptr, inner});
    return n + inner;
}

/* "<!…" and "<?…": comments, CDATA and what browsers take for comments. Returns its bytes. */
static size_t declaration(struct html *h, struct text t) {
    if (text_starts(t, TEXT("<![CDATA["))) {
        const char *end = memmem(t.ptr + 9, t.len - 9, "]]>", 3);
        size_t n = end ? (size_t)(end - t.ptr) : t.len;
        text(h, (struct text){t.ptr + 9, n - 9});
        return end ? n + 3 : t.len;
    }
    if (text_starts(t, TEXT("<!--"))) {
        if (text_starts(t, TEXT("<!-->"))) return 5;
        const char *end = memmem(t.ptr + 4, t.len - 4, "-->", 3);
        return end ? (size_t)(end - t.ptr) + 3 : t.len;
    }
    const char *end = memchr(t.ptr, '>', t.len);
    return end ? (size_t)(end - t.ptr) + 1 : t.len;
}

static bool opens_tag(struct text t) {
    if (t.len < 2) return false;
    char c = t.ptr[1];
    if (c == '/') return t.len > 2 && isalpha((unsigned char)t.ptr[2]);
    return isalpha((unsigned char)c) || c == '!' || c == '?';
}

static void markup(struct html *h, struct text t) {
    while (t.len && !h->full) {
        const char *lt = h->tags ? memchr(t.ptr, '<', t.len) : NULL;
        size_t n = lt ? (size_t)(lt - t.ptr) : t.len;
        text_with_references(h, (struct text){t.ptr, n});
        t.ptr += n;
        t.len -= n;
        if (!t.len) return;
        if (!opens_tag(t)) {
            put(h, "<", 1);
            n = 1;
        } else if (t.ptr[1] == '!' || t.ptr[1] == '?') {
            h->saw_tag = true;
            n = declaration(h, t);
        } else {
            n = tag(h, t);
        }
        t.ptr += n;
        t.len -= n;
    }
}

/* -- what was encoded twice ------------------------------------------------------------------------------ */

static bool has_reference(struct text t) {
    char out[REFERENCE_MAX];
    size_t len;
    while (t.len) {
        const char *amp = memchr(t.ptr, '&', t.len);
        if (!amp) return false;
        t.len -= (size_t)(amp - t.ptr);
        t.ptr = amp;
        if (reference_read(t, REFERENCE_CLOSED, out, &len)) return true;
        t.ptr++;
        t.len--;
    }
    return false;
}

/* Is there an element of a known name with both its tags (or a <br>)? */
static bool has_element(struct text t) {
    uint64_t open = 0;
    for (size_t i = 0; i + 2 < t.len; i++) {
        const char *lt = memchr(t.ptr + i, '<', t.len - i);
        if (!lt) return false;
        i = (size_t)(lt - t.ptr);
        bool end = i + 1 < t.len && t.ptr[i + 1] == '/';
        struct text name = {t.ptr + i + 1 + end, 0};
        while (i + 1 + end + name.len < t.len && isalnum((unsigned char)name.ptr[name.len]) && name.len < 12)
            name.len++;
        if (i + 1 + end + name.len >= t.len || !name.len || !strchr(" \t\n/>", name.ptr[name.len])) continue;
        for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
            if (!text_eq_nocase(name, text_of(known[k]))) continue;
            if (end ? open >> k & 1 : !strcmp(known[k], "br")) return true;
            open |= UINT64_C(1) << k;
        }
    }
    return false;
}

static int run(struct html *h, struct text value) {
    h->floor = h->out->len;
    h->gap = GAP_NONE;
    markup(h, value);
    return h->out->failed ? -1 : h->full;
}

/* Reads out's own text once more, from `floor` on. */
static int again(struct buf *out, size_t floor, struct html h) {
    struct buf copy;
    buf_init(&copy, out->max);
    buf_add(&copy, out->ptr + floor, out->len - floor);
    out->len = floor;
    h.out = out;
    int status = copy.failed ? -1 : run(&h, buf_text(&copy));
    buf_clear(&copy);
    return status;
}

int html_to_text(struct text value, struct buf *out) {
    size_t floor = out->len;
    struct html h = {.out = out, .tags = true, .references = true};
    int status = run(&h, value);
    if (status < 0 || h.saw_tag || out->len == floor) return status;
#define OURS ((struct text){out->ptr + floor, out->len - floor})
    if (has_reference(OURS)) {
        struct html references = {.references = true, .closed_references = true};
        if (again(out, floor, references) < 0) return -1;
    }
    if (out->len > floor && has_element(OURS)) {
        struct html tags = {.tags = true};
        if (again(out, floor, tags) < 0) return -1;
    }
#undef OURS
    return status;
}

int html_plain(struct text value, struct buf *out) {
    struct html h = {.out = out, .references = true, .closed_references = true};
    return run(&h, value);
}

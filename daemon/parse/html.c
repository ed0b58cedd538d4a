#include "parse/html.h"

#include "base/limits.h"
#include "parse/entities.h"
#include "parse/html_text.h"

#include <stdint.h>

struct html {
    struct html_text text;
    bool tags, references, closed_references; /* what is read at all */
    bool saw_tag;
    bool quotes_broken; /* an attribute was never closed: tags end at their first '>' from there on */
    bool no_more_tags;  /* there is no '>' any more */
    unsigned no_end;    /* dropped elements that are never closed: a bit each */
};

/* What an element does to the text. Elements without a row are inline. */
enum element_kind {
    INLINE,
    BLOCK,
    CELL,    /* parts words, not lines */
    RCDATA,  /* no tags in it but its own end */
    SCRIPT,  /* dropped with what is in it; never closed, to the end of the value */
    HIDDEN,  /* dropped likewise; never closed, it is passed over alone */
    FOREIGN, /* likewise, and it may close itself: <svg/> */
};
static const struct element {
    char name[11];
    uint8_t kind, bit;
} elements[26][11] = {
    ['a' - 'a'] = {{"address", BLOCK, 0}, {"article", BLOCK, 0}, {"aside", BLOCK, 0}, {"audio", BLOCK, 0}},
    ['b' - 'a'] = {{"br", BLOCK, 0}, {"blockquote", BLOCK, 0}, {"button", BLOCK, 0}},
    ['c' - 'a'] = {{"caption", BLOCK, 0}, {"center", BLOCK, 0}},
    ['d' - 'a'] = {{"div", BLOCK, 0},
                   {"dd", BLOCK, 0},
                   {"dl", BLOCK, 0},
                   {"dt", BLOCK, 0},
                   {"details", BLOCK, 0},
                   {"dialog", BLOCK, 0}},
    ['f' - 'a'] = {{"figure", BLOCK, 0},
                   {"figcaption", BLOCK, 0},
                   {"fieldset", BLOCK, 0},
                   {"footer", BLOCK, 0},
                   {"form", BLOCK, 0}},
    ['h' - 'a'] = {{"h1", BLOCK, 0},
                   {"h2", BLOCK, 0},
                   {"h3", BLOCK, 0},
                   {"h4", BLOCK, 0},
                   {"h5", BLOCK, 0},
                   {"h6", BLOCK, 0},
                   {"hr", BLOCK, 0},
                   {"header", BLOCK, 0},
                   {"head", HIDDEN, 0}},
    ['i' - 'a'] = {{"img", BLOCK, 0}, {"iframe", BLOCK, 0}},
    ['l' - 'a'] = {{"li", BLOCK, 0}},
    ['m' - 'a'] = {{"main", BLOCK, 0}, {"math", FOREIGN, 1}},
    ['n' - 'a'] = {{"nav", BLOCK, 0}},
    ['o' - 'a'] = {{"ol", BLOCK, 0}, {"object", BLOCK, 0}, {"option", BLOCK, 0}},
    ['p' - 'a'] = {{"p", BLOCK, 0}, {"pre", BLOCK, 0}},
    ['s' - 'a'] = {{"section", BLOCK, 0},
                   {"summary", BLOCK, 0},
                   {"script", SCRIPT, 2},
                   {"style", SCRIPT, 3},
                   {"svg", FOREIGN, 4}},
    ['t' - 'a'] = {{"td", CELL, 0},
                   {"th", CELL, 0},
                   {"tr", BLOCK, 0},
                   {"table", BLOCK, 0},
                   {"tbody", BLOCK, 0},
                   {"tfoot", BLOCK, 0},
                   {"thead", BLOCK, 0},
                   {"template", HIDDEN, 5},
                   {"textarea", RCDATA, 6},
                   {"title", RCDATA, 7}},
    ['u' - 'a'] = {{"ul", BLOCK, 0}},
    ['v' - 'a'] = {{"video", BLOCK, 0}},
};

/* Elements that show, in text that was encoded doubly, that it was markup. */
static const char *const known[] = {"b",    "i",    "em",   "strong",     "a",   "p",     "u",   "s",
                                    "br",   "span", "div",  "sup",        "sub", "small", "big", "cite",
                                    "code", "q",    "font", "tt",         "h1",  "h2",    "h3",  "h4",
                                    "li",   "ul",   "ol",   "blockquote", "mark"};

static bool is_alpha(char c) {
    return (unsigned char)((c | 32) - 'a') < 26;
}

static bool is_alnum(char c) {
    return is_alpha(c) || (unsigned char)(c - '0') < 10;
}

/* The name that a tag begins with; one with a hyphen or a prefix is none of HTML's. */
static struct text name_at(struct text t) {
    struct text name = {t.ptr, 0};
    while (name.len < t.len &&
           (is_alnum(t.ptr[name.len]) || t.ptr[name.len] == '-' || t.ptr[name.len] == ':'))
        name.len++;
    return name;
}

static const struct element *element_of(struct text name) {
    static const struct element unknown = {"", INLINE, 0};
    if (!name.len || name.len >= sizeof unknown.name || !is_alpha(name.ptr[0])) return &unknown;
    for (const struct element *e = elements[(name.ptr[0] | 32) - 'a']; e->name[0]; e++)
        if (!strncasecmp(e->name, name.ptr, name.len) && !e->name[name.len]) return e;
    return &unknown;
}

/* -- tags -------------------------------------------------------------------------------------------------
 */

/* The byte behind the tag that begins at t.ptr, or 0: it never ends. Quotes may hold a '>'. */
static size_t tag_end(struct html *h, struct text t) {
    const char *p = t.ptr + 1, *end = t.ptr + t.len;
    char before = 0;
    while (!h->quotes_broken && p < end) {
        char c = *p++;
        if (c == '>') return (size_t)(p - t.ptr);
        if ((c == '"' || c == '\'') && before == '=') {
            const char *quote = memchr(p, c, (size_t)(end - p));
            if (!quote) {
                h->quotes_broken = true;
                break;
            }
            p = quote + 1;
            before = 0;
        } else if (!text_is_space(c)) {
            before = c;
        }
    }
    if (!h->quotes_broken) return 0;
    const char *greater = memchr(t.ptr, '>', t.len);
    return greater ? (size_t)(greater - t.ptr) + 1 : 0;
}

/* Does what never ends look like a tag that was cut? "<a href=…" and "<b" do, "<y and more words" does not.
 */
static bool is_cut_tag(struct text t, struct text name) {
    enum { ATTRIBUTE_MAX = 64 };
    size_t i = (size_t)(name.ptr - t.ptr) + name.len, from;
    while (i < t.len && text_is_space(t.ptr[i])) i++;
    for (from = i; i < t.len && i - from < ATTRIBUTE_MAX && (is_alnum(t.ptr[i]) || t.ptr[i] == '-'); i++) {
    }
    return i == t.len || t.ptr[i] == '=' || (i == from && t.ptr[i] == '/');
}

/* Where the end tag of `name` begins behind the front of t, or t.len. */
static size_t find_end_tag(struct text t, struct text name) {
    const char *p = t.ptr, *end = t.ptr + t.len;
    while (p < end && (p = memchr(p, '<', (size_t)(end - p)))) {
        struct text rest = {p + 2, (size_t)(end - p)};
        if (rest.len < 2 + name.len) break;
        rest.len -= 2;
        if (p[1] == '/' && !strncasecmp(rest.ptr, name.ptr, name.len) &&
            (rest.len == name.len || !is_alnum(rest.ptr[name.len])))
            return (size_t)(p - t.ptr);
        p++;
    }
    return t.len;
}

static void markup(struct html *h, struct text t);

/* Behind the start tag of an element whose content is no markup: that content. Returns its bytes. */
static size_t content(struct html *h, const struct element *e, struct text rest) {
    if (h->no_end >> e->bit & 1) return 0;
    size_t inner = find_end_tag(rest, text_of(e->name));
    if (inner == rest.len) {
        h->no_end |= 1u << e->bit;
        /* Only script and style are surely no text when nothing ends them. */
        return e->kind == SCRIPT ? rest.len : 0;
    }
    if (e->kind == RCDATA) {
        bool tags = h->tags;
        h->tags = false;
        markup(h, (struct text){rest.ptr, inner});
        h->tags = tags;
    }
    return inner;
}

/* A start or end tag at t. Returns its bytes, with the content of what is dropped; 0: it is none. */
static size_t tag(struct html *h, struct text t) {
    bool end = t.ptr[1] == '/';
    struct text name = name_at((struct text){t.ptr + 1 + end, t.len - 1 - end});
    size_t n = h->no_more_tags ? 0 : tag_end(h, t);
    if (!n) {
        h->no_more_tags = true;
        if (!is_cut_tag(t, name)) return 0;
        h->saw_tag = true;
        return t.len;
    }
    h->saw_tag = true;
    const struct element *e = element_of(name);
    if (e->kind == INLINE) return n;
    if (e->kind == BLOCK || e->kind == RCDATA)
        html_text_owe(&h->text, GAP_LINE);
    else if (e->kind == CELL)
        html_text_owe(&h->text, GAP_BLANK);
    bool closed = e->kind == FOREIGN && t.ptr[n - 2] == '/';
    if (end || closed || e->kind == BLOCK || e->kind == CELL) return n;
    return n + content(h, e, (struct text){t.ptr + n, t.len - n});
}

/* "<!…" and "<?…": comments, CDATA and what browsers take for comments. Returns its bytes; 0: it is none. */
static size_t declaration(struct html *h, struct text t) {
    if (text_starts(t, TEXT("<![CDATA["))) {
        const char *end = memmem(t.ptr + 9, t.len - 9, "]]>", 3);
        size_t n = end ? (size_t)(end - t.ptr) : t.len;
        html_text_add(&h->text, (struct text){t.ptr + 9, n - 9});
        return end ? n + 3 : t.len;
    }
    if (text_starts(t, TEXT("<!--"))) {
        if (text_starts(t, TEXT("<!-->"))) return 5;
        if (text_starts(t, TEXT("<!--->"))) return 6;
        const char *end = memmem(t.ptr + 4, t.len - 4, "-->", 3);
        return end ? (size_t)(end - t.ptr) + 3 : t.len;
    }
    const char *end = h->no_more_tags ? NULL : memchr(t.ptr, '>', t.len);
    if (end) return (size_t)(end - t.ptr) + 1;
    h->no_more_tags = true;
    return t.len > 2 && is_alpha(t.ptr[2]) ? t.len : 0;
}

static bool opens_tag(struct text t) {
    if (t.len < 2) return false;
    char c = t.ptr[1];
    if (c == '/') return t.len > 2 && is_alpha(t.ptr[2]);
    return is_alpha(c) || c == '!' || c == '?';
}

/* A '<' at t. Returns the bytes it takes, at least its own. */
static size_t less(struct html *h, struct text t) {
    size_t n = 0;
    if (opens_tag(t)) {
        bool is_declaration = t.ptr[1] == '!' || t.ptr[1] == '?';
        n = is_declaration ? declaration(h, t) : tag(h, t);
        if (n && is_declaration) h->saw_tag = true;
    }
    if (n) return n;
    html_text_add(&h->text, TEXT("<"));
    return 1;
}

/* A '&' at t. Returns the bytes it takes, at least its own. */
static size_t reference(struct html *h, struct text t) {
    char out[REFERENCE_MAX];
    size_t len;
    size_t n = reference_read(t, h->closed_references ? REFERENCE_CLOSED : REFERENCE_HTML, out, &len);
    html_text_add(&h->text, n ? (struct text){out, len} : TEXT("&"));
    return n ? n : 1;
}

static void markup(struct html *h, struct text t) {
    while (t.len && !h->text.full) {
        size_t n = html_text_run(&h->text, t, h->tags, h->references);
        if (n == t.len) return;
        t.ptr += n;
        t.len -= n;
        n = t.ptr[0] == '<' ? less(h, t) : reference(h, t);
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

static int known_row(struct text name) {
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (text_eq_nocase(name, text_of(known[k]))) return (int)k;
    return -1;
}

/* Is there an element of a known name with both its tags (or a <br>)? */
static bool has_element(struct text t) {
    uint64_t open = 0;
    while (t.len) {
        const char *less = memchr(t.ptr, '<', t.len);
        if (!less) return false;
        t.len -= (size_t)(less - t.ptr) + 1;
        t.ptr = less + 1;
        bool end = t.len && t.ptr[0] == '/';
        struct text name = name_at((struct text){t.ptr + end, t.len - end});
        if (end + name.len >= t.len || !name.len || !strchr(" \t\n/>", name.ptr[name.len])) continue;
        int row = known_row(name);
        if (row < 0) continue;
        if (end ? open >> row & 1 : !strcmp(known[row], "br")) return true;
        open |= UINT64_C(1) << row;
    }
    return false;
}

/* Appends to out. 0; 1: cut; -1: no memory. */
static int run(struct html *h, struct text value, struct buf *out) {
    if (html_text_begin(&h->text, out, value.len) < 0) return -1;
    markup(h, value);
    html_text_end(&h->text);
    return h->text.full;
}

/* Reads out's own text once more, from `floor` on. */
static int again(struct buf *out, size_t floor, struct html h) {
    struct buf copy;
    buf_init(&copy, out->max);
    buf_add(&copy, out->ptr + floor, out->len - floor);
    out->len = floor;
    int status = copy.failed ? -1 : run(&h, buf_text(&copy), out);
    buf_clear(&copy);
    return status;
}

int html_to_text(struct text value, struct buf *out) {
    size_t floor = out->len;
    struct html h = {.tags = true, .references = true};
    int status = run(&h, value, out);
    if (status < 0 || h.saw_tag || out->len == floor) return status;
#define OURS ((struct text){out->ptr + floor, out->len - floor})
    if (has_reference(OURS) &&
        again(out, floor, (struct html){.references = true, .closed_references = true}) < 0)
        return -1;
    if (out->len > floor && has_element(OURS) && again(out, floor, (struct html){.tags = true}) < 0)
        return -1;
#undef OURS
    return status;
}

int html_plain(struct text value, struct buf *out) {
    struct html h = {.references = true, .closed_references = true};
    return run(&h, value, out);
}

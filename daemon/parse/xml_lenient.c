#include "base/buf.h"
#include "base/mem.h"
#include "parse/entities.h"
#include "parse/events.h"
#include "parse/xml_doctype.h"

#include <ctype.h>

/* Reads what expat refuses, from the start: bare '&' and '<', HTML references, attributes without quotes,
 * tags that do not match, documents that end in the middle. Every step consumes input; what had to be looked
 * for in vain up to the end is remembered, so that nothing is looked for twice. */
struct lenient {
    struct text all, left; /* the document, and what is still to be read of it */
    size_t at;             /* where `all` lies in the document that warnings speak of */
    struct parse_warnings *warnings;
    struct scope scope;
    struct text open[LIMIT_NESTING]; /* names of the open elements, as written */
    unsigned n_open;
    bool root_seen, root_closed, cut;
    bool no_cdata_end, no_instruction_end, quotes_broken;
    struct doctype doctype;
    struct raw_attribute raw[LIMIT_ATTRIBUTES + 1];
    size_t n_raw;
    struct buf values; /* decoded attribute values of one tag; reserved whole, so that it never moves */
};

static size_t position(const struct lenient *l) {
    return l->at + (size_t)(l->left.ptr - l->all.ptr);
}

static void skip(struct lenient *l, size_t n) {
    if (n > l->left.len) n = l->left.len;
    l->left.ptr += n;
    l->left.len -= n;
}

/* Bytes up to `what` (from `from` on), or (size_t)-1. */
static size_t find(struct text t, size_t from, const char *what) {
    if (from > t.len) return (size_t)-1;
    size_t len = strlen(what);
    const char *p = memmem(t.ptr + from, t.len - from, what, len);
    return p ? (size_t)(p - t.ptr) : (size_t)-1;
}

/* -- the stack
 * ------------------------------------------------------------------------------------------------ */

static void close_down_to(struct lenient *l, unsigned n) {
    while (l->scope.deep) scope_end(&l->scope);
    while (l->n_open > n) {
        scope_end(&l->scope);
        l->n_open--;
    }
    if (!n) l->root_closed = true;
}

/* An end tag: one that is not open is dropped, one that is open deeper closes what lies above it. */
static void end_element(struct lenient *l, struct text name) {
    for (unsigned i = l->n_open; i--;) {
        if (!text_eq_nocase(l->open[i], name)) continue;
        if (i + 1 < l->n_open && !l->scope.deep)
            parse_warn(l->warnings, position(l), "</%.*s> also closes what was left open in it",
                       (int)(name.len < 40 ? name.len : 40), name.ptr);
        close_down_to(l, i);
        return;
    }
    if (l->scope.deep)
        scope_end(&l->scope);
    else
        parse_warn(l->warnings, position(l), "</%.*s> closes nothing", (int)(name.len < 40 ? name.len : 40),
                   name.ptr);
}

/* A value whose end tag was forgotten ends where the next member of its item begins. */
static void close_open_value(struct lenient *l, struct text local) {
    static const char *const values[] = {"title", "link",    "guid",      "pubdate",
                                         "id",    "updated", "published", "category"};
    static const char *const members[] = {"title",     "link",    "guid",     "pubdate", "id",
                                          "updated",   "summary", "category", "author",  "description",
                                          "published", "content", "encoded",  "item",    "entry",
                                          "enclosure", "source",  "comments", "creator"};
    struct text open = l->n_open ? name_local(l->open[l->n_open - 1]) : TEXT_NONE;
    bool value = false, member = false;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        value = value || text_eq_nocase(open, text_of(values[i]));
    for (size_t i = 0; value && i < sizeof members / sizeof *members; i++)
        member = member || text_eq_nocase(local, text_of(members[i]));
    if (!member) return;
    parse_warn(l->warnings, position(l), "<%.*s> was not closed before the next element",
               (int)(open.len < 40 ? open.len : 40), open.ptr);
    close_down_to(l, l->n_open - 1);
}

/* A new item where one is open was meant to close it, unless it lies in the content of that one. */
static void close_open_item(struct lenient *l, struct text local) {
    static const char *const contents[] = {"content", "encoded", "description", "summary", "div", "body"};
    if (!text_eq_nocase(local, TEXT("item")) && !text_eq_nocase(local, TEXT("entry"))) return;
    for (unsigned i = l->n_open; i--;) {
        struct text open = name_local(l->open[i]);
        if (text_eq_nocase(open, local)) {
            parse_warn(l->warnings, position(l), "an item was not closed before the next one");
            close_down_to(l, i);
            return;
        }
        for (size_t k = 0; k < sizeof contents / sizeof *contents; k++)
            if (text_eq_nocase(open, text_of(contents[k]))) return;
    }
}

static bool is_void(struct text local) {
    static const char *const voids[] = {"br", "hr", "img", "wbr", "embed", "param", "col", "area"};
    for (size_t i = 0; i < sizeof voids / sizeof *voids; i++)
        if (text_eq_nocase(local, text_of(voids[i]))) return true;
    return false;
}

static void start_element(struct lenient *l, struct text name, bool closed, size_t at) {
    struct text local = name_local(name);
    close_open_value(l, local);
    close_open_item(l, local);
    l->root_seen = true;
    bool known = scope_start(&l->scope, name, l->raw, l->n_raw, at);
    if (closed || is_void(local)) {
        scope_end(&l->scope);
        if (!l->n_open && known) l->root_closed = true;
    } else if (known) {
        l->open[l->n_open++] = name;
    }
}

/* -- text
 * ------------------------------------------------------------------------------------------------------ */

static bool is_xml_name(struct text name) {
    return text_eqs(name, "amp") || text_eqs(name, "lt") || text_eqs(name, "gt") || text_eqs(name, "quot") ||
           text_eqs(name, "apos");
}

/* One reference at t, which lies in the document; its text goes to `out`. Returns its bytes, 0: it is none.
 */
static size_t read_reference(struct lenient *l, struct text t, char out[REFERENCE_MAX], struct text *ret) {
    size_t len, used = doctype_entity(&l->doctype, t, ret);
    if (used) return used;
    used = reference_read(t, REFERENCE_CLOSED, out, &len);
    *ret = (struct text){out, len};
    size_t at = l->at + (size_t)(t.ptr - l->all.ptr);
    if (!used)
        parse_warn(l->warnings, at, "a '&' that begins no reference is taken as a character");
    else if (t.ptr[1] != '#' && !is_xml_name((struct text){t.ptr + 1, used - 2}))
        parse_warn(l->warnings, at, "%.*s is a reference of HTML, not of XML", (int)used, t.ptr);
    return used;
}

static void send_text(struct lenient *l, struct text t) {
    while (t.len) {
        char out[REFERENCE_MAX];
        struct text value = TEXT_NONE;
        const char *amp = memchr(t.ptr, '&', t.len);
        size_t n = amp ? (size_t)(amp - t.ptr) : t.len;
        scope_text(&l->scope, (struct text){t.ptr, n});
        t.ptr += n;
        t.len -= n;
        if (!t.len) return;
        size_t used = read_reference(l, t, out, &value);
        if (!used) {
            used = 1;
            value = TEXT("&");
        }
        scope_text(&l->scope, value);
        t.ptr += used;
        t.len -= used;
    }
}

/* -- tags
 * ------------------------------------------------------------------------------------------------------ */

/* XML's attribute value: references decoded, white space as blanks. */
static struct text decode_value(struct lenient *l, struct text t) {
    bool plain = true;
    for (size_t i = 0; plain && i < t.len; i++)
        plain = t.ptr[i] != '&' && (t.ptr[i] == ' ' || !text_is_space(t.ptr[i]));
    if (plain) return t;
    size_t from = l->values.len;
    while (t.len) {
        char out[REFERENCE_MAX];
        struct text value = {t.ptr, 1};
        size_t used = t.ptr[0] == '&' ? read_reference(l, t, out, &value) : 0;
        if (!used) {
            used = 1;
            value = text_is_space(t.ptr[0]) ? TEXT(" ") : (struct text){t.ptr, 1};
        }
        if (l->values.len + value.len > l->values.max) break;
        buf_addt(&l->values, value);
        t.ptr += used;
        t.len -= used;
    }
    return (struct text){l->values.ptr + from, l->values.len - from};
}

static void warn_attribute(struct lenient *l, struct text name, const char *what) {
    parse_warn(l->warnings, l->at + (size_t)(name.ptr - l->all.ptr), "the attribute %.*s %s",
               (int)(name.len < 40 ? name.len : 40), name.ptr, what);
}

static void add_attribute(struct lenient *l, struct text name, struct text value) {
    if (l->n_raw > LIMIT_ATTRIBUTES) return;
    /* The first of two wins. Bounded by LIMIT_ATTRIBUTES. */
    for (size_t i = 0; i < l->n_raw; i++) {
        if (!text_eq(l->raw[i].name, name)) continue;
        warn_attribute(l, name, "stands twice in one tag; the first counts");
        return;
    }
    l->raw[l->n_raw++] = (struct raw_attribute){name, decode_value(l, value)};
}

static bool ends_name(char c) {
    return text_is_space(c) || c == '=' || c == '>' || c == '/' || c == '<' || c == '"' || c == '\'';
}

/* The value behind '=' at i. Returns where it ends. */
static size_t read_value(struct lenient *l, struct text t, size_t i, struct text name, struct text *ret) {
    char quote = i < t.len && (t.ptr[i] == '"' || t.ptr[i] == '\'') ? t.ptr[i] : 0;
    if (quote) {
        size_t room = t.len - i - 1, from = i + 1;
        if (room > LIMIT_TAG) room = LIMIT_TAG;
        const char *end = l->quotes_broken ? NULL : memchr(t.ptr + from, quote, room);
        if (end) {
            *ret = (struct text){t.ptr + from, (size_t)(end - t.ptr) - from};
            return from + ret->len + 1;
        }
        /* Never closed: it ends with the tag, and so do later ones, or each would be looked for again. */
        if (!l->quotes_broken) warn_attribute(l, name, "has a quotation mark that is never closed");
        l->quotes_broken = true;
        size_t to = from;
        while (to < t.len && t.ptr[to] != '>' && t.ptr[to] != quote) to++;
        *ret = (struct text){t.ptr + from, to - from};
        return to < t.len && t.ptr[to] == quote ? to + 1 : to;
    }
    warn_attribute(l, name, "has a value without quotation marks");
    size_t to = i;
    while (to < t.len && !text_is_space(t.ptr[to]) && t.ptr[to] != '>' && t.ptr[to] != '<') to++;
    if (to > i && to < t.len && t.ptr[to] == '>' && t.ptr[to - 1] == '/') to--;
    *ret = (struct text){t.ptr + i, to - i};
    return to;
}

static size_t skip_space(struct text t, size_t i) {
    while (i < t.len && text_is_space(t.ptr[i])) i++;
    return i;
}

/* A start tag. Returns its bytes; 0: a bare '<'; (size_t)-1: the document ends in it. */
static size_t read_start_tag(struct lenient *l, struct text t) {
    size_t i = 1;
    while (i < t.len && !ends_name(t.ptr[i])) i++;
    struct text name = {t.ptr + 1, i - 1};
    bool closed = false;
    l->n_raw = 0;
    buf_reset(&l->values);
    for (;;) {
        i = skip_space(t, i);
        if (i >= t.len) return (size_t)-1;
        if (t.ptr[i] == '>') break;
        if (t.ptr[i] == '<') return 0;
        closed = t.ptr[i] == '/';
        size_t from = i;
        while (i < t.len && !ends_name(t.ptr[i])) i++;
        if (i == from) {
            i++; /* a stray '/', '=' or quote */
            continue;
        }
        struct text attribute = {t.ptr + from, i - from}, value = TEXT("");
        size_t eq = skip_space(t, i);
        if (eq < t.len && t.ptr[eq] == '=')
            i = read_value(l, t, skip_space(t, eq + 1), attribute, &value);
        else
            warn_attribute(l, attribute, "has no value");
        add_attribute(l, attribute, value);
    }
    start_element(l, name, closed, position(l));
    return i + 1;
}

static size_t read_end_tag(struct lenient *l, struct text t) {
    size_t i = 2;
    while (i < t.len && !ends_name(t.ptr[i])) i++;
    struct text name = {t.ptr + 2, i - 2};
    /* "</title" and then another tag: the '>' was forgotten. */
    while (i < t.len && t.ptr[i] != '>' && t.ptr[i] != '<') i++;
    if (i == t.len) l->cut = true;
    end_element(l, name);
    return i < t.len && t.ptr[i] == '>' ? i + 1 : i;
}

static size_t read_cdata(struct lenient *l, struct text t) {
    size_t end = l->no_cdata_end ? (size_t)-1 : find(t, 9, "]]>");
    if (end != (size_t)-1) {
        scope_text(&l->scope, (struct text){t.ptr + 9, end - 9});
        return end + 3;
    }
    parse_warn(l->warnings, position(l), "a CDATA section is never closed");
    l->no_cdata_end = true;
    char tag[64];
    size_t n = l->n_open && l->open[l->n_open - 1].len < sizeof tag - 3 ? l->open[l->n_open - 1].len : 0;
    tag[0] = '<', tag[1] = '/';
    if (n) memcpy(tag + 2, l->open[l->n_open - 1].ptr, n);
    tag[2 + n] = '\0';
    end = n ? find(t, 9, tag) : (size_t)-1;
    if (end == (size_t)-1) {
        end = t.len;
        l->cut = true;
    }
    scope_text(&l->scope, (struct text){t.ptr + 9, end - 9});
    return end;
}

/* Comments, CDATA, doctype, processing instructions. */
static size_t read_declaration(struct lenient *l, struct text t) {
    if (text_starts(t, TEXT("<![CDATA["))) return read_cdata(l, t);
    size_t end, extra = 1;
    if (text_starts(t, TEXT("<!--"))) {
        end = find(t, 4, "-->");
        extra = 3;
    } else if (t.len >= 9 && !strncasecmp(t.ptr, "<!doctype", 9) && !l->root_seen) {
        return doctype_read(&l->doctype, t, l->warnings, position(l));
    } else if (t.ptr[1] == '?') {
        end = l->no_instruction_end ? (size_t)-1 : find(t, 2, "?>");
        extra = 2;
        if (end == (size_t)-1) {
            parse_warn(l->warnings, position(l), "a processing instruction is never closed");
            l->no_instruction_end = true;
            end = find(t, 2, ">");
            extra = 1;
        }
    } else {
        end = find(t, 2, ">");
    }
    if (end != (size_t)-1) return end + extra;
    parse_warn(l->warnings, position(l), "a comment or declaration is never closed");
    l->cut = true;
    return t.len;
}

static bool starts_name(char c) {
    return isalpha((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static void read_markup(struct lenient *l) {
    struct text t = l->left;
    char next = t.len > 1 ? t.ptr[1] : 0;
    size_t n = 0;
    if (next == '!' || next == '?')
        n = read_declaration(l, t);
    else if (next == '/' && t.len > 2 && starts_name(t.ptr[2]))
        n = read_end_tag(l, t);
    else if (starts_name(next))
        n = read_start_tag(l, t);
    if (n == (size_t)-1) {
        l->cut = true;
        n = t.len;
    }
    if (!n) {
        parse_warn(l->warnings, position(l), "a '<' that opens no tag is taken as a character");
        scope_text(&l->scope, TEXT("<"));
        n = 1;
    }
    skip(l, n);
}

enum xml_result xml_lenient(struct text t, size_t at, const struct events *events, struct parse_warnings *w) {
    struct lenient *l = xcalloc(1, sizeof *l);
    enum xml_result result = XML_COMPLETE;
    l->all = l->left = t;
    l->at = at;
    l->warnings = w;
    scope_init(&l->scope, events, w);
    doctype_init(&l->doctype);
    buf_init(&l->values, 4 * LIMIT_TAG);
    if (buf_reserve(&l->values, l->values.max) < 0) {
        result = XML_NO_MEMORY;
        goto end;
    }
    while (l->left.len && !l->root_closed) {
        const char *lt = memchr(l->left.ptr, '<', l->left.len);
        size_t n = lt ? (size_t)(lt - l->left.ptr) : l->left.len;
        send_text(l, (struct text){l->left.ptr, n});
        skip(l, n);
        if (lt) read_markup(l);
    }
    if (l->root_closed && text_trim(l->left).len)
        parse_warn(w, position(l), "%zu bytes behind the feed are passed over", l->left.len);
    if (!l->root_closed) {
        parse_warn(w, at + t.len, "the document ends in the middle");
        events->cut(events->self);
        close_down_to(l, 0);
        l->cut = true;
    }
    if (l->cut) result = XML_CUT;
end:
    doctype_clear(&l->doctype);
    buf_clear(&l->values);
    free(l);
    return result;
}

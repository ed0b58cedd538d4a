#include "parse/links.h"

#include "base/buf.h"
#include "base/url.h"
#include "parse/entities.h"
#include "parse/html.h"

#include <ctype.h>

/* One tag: its name, and the attributes that matter here, as written. */
struct tag {
    struct text name, rel, type, href, title;
};

struct scan {
    const char *at, *end;
    struct text base;
    bool has_base;
    struct arena *arena;
    struct page_links *out;
};

static bool is_end(char c) {
    return text_is_space(c) || c == '>' || c == '/';
}

/* WHATWG HTML, section 13.2.5.32 and following: what is left of a tag, up to its '>'. */
static struct text value_at(struct scan *s) {
    while (s->at < s->end && text_is_space(*s->at)) s->at++;
    if (s->at == s->end || *s->at == '>') return TEXT_NONE;
    if (*s->at == '"' || *s->at == '\'') {
        char quote = *s->at++;
        const char *close = memchr(s->at, quote, (size_t)(s->end - s->at));
        struct text t = {s->at, (size_t)((close ? close : s->end) - s->at)};
        s->at = close ? close + 1 : s->end;
        return t;
    }
    struct text t = {s->at, 0};
    while (s->at < s->end && !text_is_space(*s->at) && *s->at != '>') s->at++, t.len++;
    return t;
}

static void attributes(struct scan *s, struct tag *tag) {
    while (s->at < s->end && *s->at != '>') {
        if (is_end(*s->at)) {
            s->at++;
            continue;
        }
        struct text name = {s->at++, 1}, value = TEXT_NONE;
        while (s->at < s->end && !is_end(*s->at) && *s->at != '=') s->at++, name.len++;
        const char *after = s->at;
        while (after < s->end && text_is_space(*after)) after++;
        if (after < s->end && *after == '=') {
            s->at = after + 1;
            value = value_at(s);
        }
        struct {
            struct text name, *into;
        } known[] = {{TEXT("rel"), &tag->rel},
                     {TEXT("type"), &tag->type},
                     {TEXT("href"), &tag->href},
                     {TEXT("title"), &tag->title}};
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            if (text_eq_nocase(name, known[i].name) && !known[i].into->ptr) *known[i].into = value;
    }
    if (s->at < s->end) s->at++;
}

/* To where the raw text of an element ends: "</name". Returns that text. */
static struct text raw_text(struct scan *s, struct text name) {
    struct text t = {s->at, 0};
    for (const char *p = s->at; (p = memchr(p, '<', (size_t)(s->end - p))); p++) {
        if ((size_t)(s->end - p) < name.len + 2 || p[1] != '/') continue;
        if (!text_eq_nocase((struct text){p + 2, name.len}, name)) continue;
        t.len = (size_t)(p - t.ptr);
        s->at = p;
        return t;
    }
    t.len = (size_t)(s->end - s->at);
    s->at = s->end;
    return t;
}

/* -- what is made of them -------------------------------------------------------------------------------- */

static struct text decoded(const struct scan *s, struct text raw) {
    raw = text_trim(raw);
    char *out = arena_alloc(s->arena, raw.len * 2 + REFERENCE_MAX);
    size_t n = 0;
    if (!out) return TEXT_NONE;
    for (size_t i = 0; i < raw.len;) {
        char becomes[REFERENCE_MAX];
        size_t len = 0, used = 0;
        if (raw.ptr[i] == '&')
            used = reference_read((struct text){raw.ptr + i, raw.len - i}, REFERENCE_CLOSED, becomes, &len);
        if (used) {
            memcpy(out + n, becomes, len);
            n += len;
            i += used;
        } else {
            out[n++] = raw.ptr[i++];
        }
    }
    return (struct text){out, n};
}

static struct text plain(const struct scan *s, struct text raw) {
    struct buf out;
    buf_init(&out, LIMIT_PAGE_TITLE);
    if (raw.len > LIMIT_PAGE_TITLE * 4) raw.len = LIMIT_PAGE_TITLE * 4;
    html_plain(raw, &out);
    for (size_t i = 0; i < out.len; i++)
        if ((unsigned char)out.ptr[i] < ' ') out.ptr[i] = ' ';
    struct text t = arena_dup(s->arena, text_trim(buf_text(&out)));
    buf_clear(&out);
    return t;
}

static bool rel_is_alternate(struct text rel) {
    bool alternate = false;
    for (size_t i = 0; i < rel.len;) {
        size_t n = 0;
        while (i < rel.len && text_is_space(rel.ptr[i])) i++;
        while (i + n < rel.len && !text_is_space(rel.ptr[i + n])) n++;
        struct text one = {rel.ptr + i, n};
        if (text_eq_nocase(one, TEXT("stylesheet"))) return false;
        alternate |= text_eq_nocase(one, TEXT("alternate"));
        i += n;
    }
    return alternate;
}

/* application/json is left out: it is what content managers call their own interfaces. */
static const char *feed_type(struct text type) {
    static const char *const types[] = {"application/rss+xml",   "application/atom+xml",
                                        "application/feed+json", "application/rdf+xml",
                                        "application/xml",       "text/xml"};
    const char *semicolon = type.len ? memchr(type.ptr, ';', type.len) : NULL;
    if (semicolon) type.len = (size_t)(semicolon - type.ptr);
    type = text_trim(type);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (text_eq_nocase(type, text_of(types[i]))) return types[i];
    return NULL;
}

static void take_link(struct scan *s, const struct tag *tag) {
    struct page_links *out = s->out;
    const char *type = feed_type(tag->type);
    if (!type || !tag->href.len || tag->href.len > LIMIT_URL || !rel_is_alternate(tag->rel)) return;
    if (out->n == LIMIT_PAGE_LINKS) return;
    struct text url = url_resolve(s->base, decoded(s, tag->href), s->arena);
    if (!url_is_http(url)) return;
    for (size_t i = 0; i < out->n; i++)
        if (text_eq(out->list[i].url, url)) return;
    out->list[out->n++] = (struct page_link){url, plain(s, tag->title), text_of(type)};
}

static void take_base(struct scan *s, const struct tag *tag) {
    if (s->has_base || !tag->href.len || tag->href.len > LIMIT_URL) return;
    struct text base = url_resolve(s->base, decoded(s, tag->href), s->arena);
    s->has_base = true;
    if (url_is_http(base)) s->base = base;
}

static void take_tag(struct scan *s) {
    static const struct text raw[] = {TEXT("script"), TEXT("style"), TEXT("textarea"), TEXT("xmp"),
                                      TEXT("iframe")};
    struct tag tag = {.name = {s->at, 0}};
    while (s->at < s->end && !is_end(*s->at)) s->at++, tag.name.len++;
    attributes(s, &tag);
    if (text_eq_nocase(tag.name, TEXT("link")) || text_eq_nocase(tag.name, TEXT("a"))) take_link(s, &tag);
    if (text_eq_nocase(tag.name, TEXT("base"))) take_base(s, &tag);
    if (text_eq_nocase(tag.name, TEXT("title"))) {
        struct text title = raw_text(s, tag.name);
        if (!s->out->title.ptr) s->out->title = plain(s, title);
    }
    for (size_t i = 0; i < sizeof raw / sizeof *raw; i++)
        if (text_eq_nocase(tag.name, raw[i])) raw_text(s, tag.name);
}

void page_links(struct text page, struct text base, struct arena *a, struct page_links *ret) {
    struct scan s = {.at = page.ptr, .end = page.ptr + page.len, .base = base, .arena = a, .out = ret};
    *ret = (struct page_links){.n = 0};
    while (page.len && (s.at = memchr(s.at, '<', (size_t)(s.end - s.at)))) {
        struct text rest = {++s.at, (size_t)(s.end - s.at)};
        if (text_starts(rest, TEXT("!--"))) {
            const char *close = memmem(rest.ptr + 1, rest.len - 1, "-->", 3);
            if (!close) return;
            s.at = close + 3;
        } else if (rest.len && isalpha((unsigned char)*s.at)) {
            take_tag(&s);
        }
    }
}

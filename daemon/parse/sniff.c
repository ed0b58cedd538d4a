#include "parse/sniff.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "parse/events.h"
#include "parse/html.h"
#include "parse/links.h"
#include "parse/reader.h"
#include "parse/utf8.h"

#include <ctype.h>

static bool is_name(char c) {
    return isalnum((unsigned char)c) || c == ':' || c == '-' || c == '_' || c == '.' ||
           (unsigned char)c >= 0x80;
}

static struct text name_at(struct text t, size_t at) {
    size_t end = at;
    while (end < t.len && is_name(t.ptr[end])) end++;
    return (struct text){t.ptr + at, end - at};
}

/* Behind the first `what` from `at` on, or t.len. */
static size_t behind(struct text t, size_t at, const char *what) {
    size_t len = strlen(what);
    const char *p = at < t.len ? memmem(t.ptr + at, t.len - at, what, len) : NULL;
    return p ? (size_t)(p - t.ptr) + len : t.len;
}

/* Behind a doctype, whose internal subset may hold '>'. */
static size_t behind_doctype(struct text t, size_t at) {
    if (t.len - at > LIMIT_TAG)
        t.len = at + LIMIT_TAG; /* or many of them would be looked through again and again */
    size_t end = behind(t, at, ">"), subset = behind((struct text){t.ptr, end}, at, "[");
    if (subset >= end) return end;
    size_t close = behind(t, subset, "]");
    return close < t.len ? behind(t, close, ">") : end;
}

static bool mentions(struct text tag, const char *what) {
    return memmem(tag.ptr, tag.len, what, strlen(what)) != NULL;
}

/* Is this the root of a feed? Names that pages use too must show what they are. */
static bool is_root(struct text t, size_t at, struct text name, bool first) {
    const struct root *root = reader_root(name_local(name));
    if (!root) return false;
    if (!root->marks[0] || (first && root->alone)) return true;
    if (t.len - at > 4096) t.len = at + 4096;
    struct text tag = {t.ptr + at, behind(t, at, ">") - at};
    return mentions(tag, root->marks[0]) || (root->marks[1] && mentions(tag, root->marks[1]));
}

enum sniff sniff_document(struct text t, size_t *ret_start, bool *ret_junk) {
    size_t limit = t.len < LIMIT_JUNK_BEFORE_ROOT ? t.len : LIMIT_JUNK_BEFORE_ROOT, i = 0, doctype = t.len;
    bool junk = false, elements = false;
    struct text trimmed = text_trim(t);
    if (trimmed.len && trimmed.ptr[0] == '{') {
        *ret_start = (size_t)(trimmed.ptr - t.ptr);
        *ret_junk = false;
        return SNIFF_JSON;
    }
    while (i < limit) {
        struct text rest = {t.ptr + i, t.len - i};
        if (rest.ptr[0] != '<') {
            if (!text_is_space(rest.ptr[0])) junk = true;
            i++;
        } else if (text_starts(rest, TEXT("<!--"))) {
            i = behind(t, i + 4, "-->");
        } else if (rest.len > 9 && !strncasecmp(rest.ptr, "<!doctype", 9)) {
            struct text kind = name_at(t, i + 10);
            if (!text_eq_nocase(kind, TEXT("html"))) doctype = i;
            i = behind_doctype(t, i);
        } else if (text_starts(rest, TEXT("<?")) || text_starts(rest, TEXT("<!"))) {
            i = behind(t, i, ">");
        } else {
            struct text name = name_at(t, i + 1);
            if (name.len && is_root(t, i, name, !elements)) {
                *ret_start = doctype < i ? doctype : i;
                *ret_junk = junk || elements;
                return SNIFF_XML;
            }
            elements = true;
            i++;
        }
    }
    return SNIFF_NOTHING;
}

/* -- what it looks like ---- */

static const char *find_nocase(struct text t, const char *what) {
    size_t len = strlen(what);
    for (size_t i = 0; i + len <= t.len; i++)
        if (!strncasecmp(t.ptr + i, what, len)) return t.ptr + i;
    return NULL;
}

/* A piece of foreign text that may be shown: one line, no markup, 80 bytes. */
static char *shown(struct text t) {
    struct buf out;
    buf_init(&out, 80);
    if (t.len > 1024) t.len = 1024;
    html_to_text(t, &out);
    for (size_t i = 0; i < out.len; i++)
        if (out.ptr[i] == '\n') out.ptr[i] = ' ';
    return buf_steal(&out);
}

/* Links go out as they are: they hold no blanks, controls or non-ASCII once they are resolved. */
static char *name_page(struct text t, struct text base) {
    struct page_links *links = xmalloc(sizeof *links);
    struct arena a;
    struct buf out;
    arena_init(&a, LIMIT_PAGE_ARENA);
    buf_init(&out, LIMIT_PAGE_ARENA);
    page_links(t, base, &a, links);
    char *title = shown(links->title);
    if (title[0])
        buf_addf(&out, "an HTML page titled \"%s\"", title);
    else
        buf_adds(&out, "an HTML page without a title");
    free(title);
    for (size_t i = 0; i < links->n && i < LIMIT_PAGE_NAMED; i++)
        buf_addf(&out, "%s%.*s",
                 i               ? ", "
                 : links->n == 1 ? "; it offers this feed: "
                                 : "; it offers these feeds: ",
                 TEXT_ARGS(links->list[i].url));
    if (links->n > LIMIT_PAGE_NAMED) buf_addf(&out, " and %zu more", links->n - LIMIT_PAGE_NAMED);
    arena_clear(&a);
    free(links);
    return buf_steal(&out);
}

static const struct {
    struct text front;
    const char *name;
} magics[] = {
    {{"\x1F\x8B", 2}, "compressed data (gzip)"},
    {{"%PDF-", 5}, "a PDF document"},
    {{"PK\3\4", 4}, "a ZIP archive"},
    {{"\x89PNG", 4}, "an image (PNG)"},
    {{"GIF8", 4}, "an image (GIF)"},
    {{"#EXTM3U", 7}, "a playlist"},
    {{"BEGIN:VCALENDAR", 15}, "a calendar"},
    {{"\xFF\xD8\xFF", 3}, "an image (JPEG)"},
};

/* Documents that people take for feeds. */
static const struct {
    const char *name, *says;
} elements[] = {
    {"opml", "a list of feeds (OPML), which newsalertctl import reads"},
    {"urlset", "a sitemap, which is no feed"},
    {"sitemapindex", "a list of sitemaps, which is no feed"},
    {"OpenSearchDescription", "a description of a search, which is no feed"},
    {"svg", "an image (SVG)"},
};

/* The name of the first element, or TEXT_NONE. */
static struct text first_element(struct text t) {
    for (size_t i = 0; i + 1 < t.len && i < LIMIT_JUNK_BEFORE_ROOT; i++)
        if (t.ptr[i] == '<' && isalpha((unsigned char)t.ptr[i + 1])) return name_at(t, i + 1);
    return TEXT_NONE;
}

static char *name_element(struct text name) {
    if (!name.len) return xstrdup("text without any element");
    return xasprintf("an XML document of <%.*s>, which is no feed", (int)(name.len < 60 ? name.len : 60),
                     name.ptr);
}

char *sniff_name(struct text bytes, struct text t, struct text base) {
    static const char *const page[] = {"<html", "<!doctype html", "<head", "<body"};
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
        if (text_starts(bytes, magics[i].front)) return xstrdup(magics[i].name);
    struct text trimmed = text_trim(t);
    if (!trimmed.len) return xstrdup("an empty document");
    if (trimmed.ptr[0] == '{' || trimmed.ptr[0] == '[') return xstrdup("JSON that is no feed");
    struct text element = first_element(trimmed);
    for (size_t i = 0; i < sizeof elements / sizeof *elements && trimmed.ptr[0] == '<'; i++)
        if (text_eq_nocase(name_local(element), text_of(elements[i].name))) return xstrdup(elements[i].says);
    struct text head = {trimmed.ptr, trimmed.len < 4096 ? trimmed.len : 4096};
    for (size_t i = 0; i < sizeof page / sizeof *page; i++)
        if (find_nocase(head, page[i])) return name_page(t, base);
    if (trimmed.ptr[0] == '<') return name_element(element);
    char *text = shown((struct text){trimmed.ptr, trimmed.len < 200 ? trimmed.len : 200});
    char *name = xasprintf("plain text that begins \"%s\"", text);
    free(text);
    return name;
}

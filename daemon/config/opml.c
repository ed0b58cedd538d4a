#include "config/opml.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/url.h"
#include "config/value.h"

#include <ctype.h>
#include <expat.h>

/* One reading. The folders that are open have a title each; of feeds, and of what lies too deep, NULL. */
struct reading {
    struct opml *o;
    struct problems *problems;
    const char *file;
    XML_Parser parser;
    char *folders[LIMIT_NESTING];
    unsigned depth;
    size_t deep; /* open elements beyond LIMIT_NESTING */
    struct map by_url;
    bool is_opml, stopped;
};

/* -- names ----------------------------------------------------------------------------------------------- */

char *opml_title(struct text title, size_t room, struct arena *a) {
    char *out = arena_alloc(a, room + 1);
    size_t n = 0;
    if (!out) return NULL;
    title = text_trim(title);
    for (size_t i = 0; i < title.len && n < room; i++) {
        unsigned char c = (unsigned char)title.ptr[i];
        bool blank = c <= ' ' || c == 0x7F || c == ',' || c == ']';
        /* C1 controls, in UTF-8 */
        if (c == 0xC2 && i + 1 < title.len && ((unsigned char)title.ptr[i + 1] & 0xE0) == 0x80)
            i++, blank = true;
        if (!blank)
            out[n++] = (char)c;
        else if (n && out[n - 1] != ' ')
            out[n++] = ' ';
    }
    /* Not in the middle of a character. */
    if (n == room) {
        size_t start = n;
        while (start && ((unsigned char)out[start - 1] & 0xC0) == 0x80) start--;
        unsigned char lead = start ? (unsigned char)out[start - 1] : 0;
        size_t wants = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
        if (start && n - start + 1 < wants) n = start - 1;
    }
    while (n && out[n - 1] == ' ') n--;
    out[n] = '\0';
    return out;
}

char *opml_name(struct opml_names *names, const char *name, struct arena *a) {
    char *own = arena_strdup(a, name), *tried = own;
    if (!own) return NULL;
    uintptr_t n = (uintptr_t)map_get(&names->counts, text_of(own));
    for (n = n ? n : 1;; n++) {
        if (n > 1) tried = arena_printf(a, "%s~%zu", own, (size_t)n);
        if (!tried) return NULL;
        if (!map_add(&names->used, text_of(tried), tried)) break;
    }
    map_remove(&names->counts, text_of(own));
    map_add(&names->counts, text_of(own), (void *)(n + 1));
    return tried;
}

void opml_names_clear(struct opml_names *names) {
    map_clear(&names->used);
    map_clear(&names->counts);
}

/* -- reading --------------------------------------------------------------------------------------------- */

static unsigned line_of(const struct reading *r) {
    return (unsigned)XML_GetCurrentLineNumber(r->parser);
}

/* Case does not matter: xmlUrl is also written xmlurl and xmlURL. */
static const char *attribute(const char **attributes, const char *name) {
    for (; *attributes; attributes += 2)
        if (!strcasecmp(attributes[0], name)) return attributes[1];
    return NULL;
}

static const char *first_of(const char *a, const char *b) {
    return a && *a ? a : b && *b ? b : "";
}

static void add_tag(struct opml *o, struct opml_feed *f, char *tag) {
    if (!tag || !*tag) return;
    for (size_t i = 0; i < f->n_tags; i++)
        if (!strcasecmp(f->tags[i], tag)) return;
    if (f->n_tags == f->cap_tags) {
        size_t cap = f->cap_tags ? f->cap_tags * 2 : 4;
        char **tags = arena_alloc(&o->arena, cap * sizeof *tags);
        if (!tags) return;
        if (f->n_tags) memcpy(tags, f->tags, f->n_tags * sizeof *tags);
        f->tags = tags;
        f->cap_tags = cap;
    }
    f->tags[f->n_tags++] = tag;
}

/* What an address begins with, for people: its scheme, or as much as fits; of http, what is wrong with it. */
static void refuse(struct reading *r, const char *title, struct text url, const char *wrong) {
    char shown[40];
    const char *colon =
        url.len ? memchr(url.ptr, ':', url.len < sizeof shown ? url.len : sizeof shown - 1) : NULL;
    size_t len = colon ? (size_t)(colon - url.ptr) + 1 : url.len < sizeof shown ? url.len : sizeof shown - 1;
    for (size_t i = 0; i < len; i++) shown[i] = (unsigned char)url.ptr[i] < ' ' ? '?' : url.ptr[i];
    shown[len] = '\0';
    r->o->refused++;
    if (!strcasecmp(shown, "http:") || !strcasecmp(shown, "https:"))
        problem_warning(r->problems, r->file, line_of(r), "\"%s\" is left out: %s", title, wrong);
    else
        problem_warning(r->problems, r->file, line_of(r),
                        "\"%s\": \"%s\" is left out: only http:// and https:// are read", title, shown);
}

/* NULL: it is one that we read. */
static const char *address_wrong(struct text url) {
    const char *wrong = check_url(url);
    return wrong || url_is_http(url) ? wrong : "the address cannot be read";
}

static const char *host_title(struct opml *o, const char *url) {
    struct url parts;
    url_split(text_of(url), &parts);
    const char *title = opml_title(parts.host, OPML_TITLE, &o->arena);
    return title && *title ? title : "feed";
}

static void add_feed(struct reading *r, const char **attributes, const char *url) {
    struct opml *o = r->o;
    struct text t = text_trim(text_of(url));
    const char *title =
        opml_title(text_of(first_of(attribute(attributes, "text"), attribute(attributes, "title"))),
                   OPML_TITLE, &o->arena);
    const char *language = attribute(attributes, "language"), *wrong = address_wrong(t);
    if (wrong) {
        refuse(r, title ? title : "", t, wrong);
        return;
    }
    struct text own = arena_dup(&o->arena, t);
    if (!own.ptr) return;
    uintptr_t place = (uintptr_t)map_get(&r->by_url, own);
    if (place) {
        o->repeated++;
    } else if (o->n >= LIMIT_OPML_FEEDS) {
        if (o->n == LIMIT_OPML_FEEDS && !r->stopped)
            problem_warning(r->problems, r->file, line_of(r), "only the first %u feeds are read",
                            LIMIT_OPML_FEEDS);
        r->stopped = true;
        return;
    } else {
        GROW(o->list, o->n, o->cap);
        o->list[o->n] = (struct opml_feed){.url = (char *)own.ptr, .line = line_of(r)};
        o->list[o->n].title = (char *)(title && *title ? title : host_title(o, own.ptr));
        if (language && *language && !check_language(text_of(language)))
            o->list[o->n].language = arena_strdup(&o->arena, language);
        place = ++o->n;
        map_add(&r->by_url, own, (void *)place);
    }
    for (unsigned i = 0; i < r->depth; i++) add_tag(o, &o->list[place - 1], r->folders[i]);
}

static void on_start(void *arg, const char *name, const char **attributes) {
    struct reading *r = arg;
    char *folder = NULL;
    if (!r->depth && !r->deep && !r->is_opml) {
        r->is_opml = !strcasecmp(name, "opml");
        if (!r->is_opml) {
            problem_error(r->problems, r->file, line_of(r), "this is no OPML: it begins with <%.40s>", name);
            r->stopped = true;
            XML_StopParser(r->parser, false);
            return;
        }
    }
    if (r->depth == LIMIT_NESTING) {
        if (!r->deep++ && !r->stopped)
            problem_warning(r->problems, r->file, line_of(r),
                            "what lies more than %u levels deep is left out", LIMIT_NESTING);
        return;
    }
    if (!strcasecmp(name, "outline")) {
        const char *url = attribute(attributes, "xmlUrl");
        if (url && *url)
            add_feed(r, attributes, url);
        else
            folder =
                opml_title(text_of(first_of(attribute(attributes, "text"), attribute(attributes, "title"))),
                           OPML_TITLE, &r->o->arena);
    }
    r->folders[r->depth++] = folder;
}

static void on_end(void *arg, const char *name) {
    struct reading *r = arg;
    (void)name;
    if (r->deep)
        r->deep--;
    else if (r->depth)
        r->depth--;
}

static void on_entity(void *arg, const char *name, int is_parameter, const char *value, int len,
                      const char *base, const char *system, const char *public, const char *notation) {
    struct reading *r = arg;
    (void)name, (void)is_parameter, (void)value, (void)len, (void)base, (void)system, (void)public,
        (void)notation;
    if (r->stopped) return;
    problem_error(r->problems, r->file, line_of(r), "it declares entities of its own, which are not read");
    r->stopped = true;
    XML_StopParser(r->parser, false);
}

static int opml_parse(struct reading *r, struct text bytes) {
    XML_SetUserData(r->parser, r);
    XML_SetElementHandler(r->parser, on_start, on_end);
    XML_SetEntityDeclHandler(r->parser, on_entity);
    enum XML_Status status = XML_Parse(r->parser, bytes.ptr ? bytes.ptr : "", (int)bytes.len, 1);
    if (status == XML_STATUS_OK && !r->o->arena.failed) return 0;
    if (r->o->arena.failed)
        problem_error(r->problems, r->file, 0, "the list is larger than can be held");
    else if (XML_GetErrorCode(r->parser) != XML_ERROR_ABORTED)
        problem_error(r->problems, r->file, line_of(r), "the file is broken here: %s",
                      XML_ErrorString(XML_GetErrorCode(r->parser)));
    return -1;
}

int opml_read(struct text bytes, const char *file, struct problems *problems, struct opml *ret) {
    struct reading r = {.o = ret, .problems = problems, .file = file};
    *ret = (struct opml){0};
    arena_init(&ret->arena, LIMIT_OPML_ARENA);
    if (bytes.len > LIMIT_OPML) {
        problem_error(problems, file, 0, "the file is larger than %u bytes", LIMIT_OPML);
        return -1;
    }
    r.parser = XML_ParserCreate(NULL);
    if (!r.parser) out_of_memory(0);
    int result = opml_parse(&r, bytes);
    XML_ParserFree(r.parser);
    map_clear(&r.by_url);
    return result;
}

void opml_clear(struct opml *o) {
    free(o->list);
    arena_clear(&o->arena);
    *o = (struct opml){0};
}

/* -- writing --------------------------------------------------------------------------------------------- */

static void put_attribute(const char *name, const char *value, FILE *out) {
    fprintf(out, " %s=\"", name);
    for (const char *c = value; *c; c++) switch (*c) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        default: fputc((unsigned char)*c < ' ' ? ' ' : *c, out);
        }
    fputc('"', out);
}

static void put_feed(const struct opml_outline *f, const char *indent, FILE *out) {
    fprintf(out, "%s<outline type=\"rss\"", indent);
    put_attribute("text", f->title, out);
    put_attribute("title", f->title, out);
    put_attribute("xmlUrl", f->url, out);
    if (f->language) put_attribute("language", f->language, out);
    fputs("/>\n", out);
}

/* The feeds of one tag: positions in the list, in its order. */
struct shelf {
    const char *tag;
    size_t *places;
    size_t n, cap;
};

static void shelves_put(struct map *by_tag, struct shelf **shelves, size_t *n, size_t *cap, const char *tag,
                        size_t place) {
    AUTOFREE char *key = xstrdup(tag);
    for (char *c = key; *c; c++) *c = (char)tolower((unsigned char)*c);
    uintptr_t at = (uintptr_t)map_get(by_tag, text_of(key));
    if (!at) {
        GROW(*shelves, *n, *cap);
        (*shelves)[*n] = (struct shelf){.tag = tag};
        at = ++*n;
        struct text own = {xstrdup(key), strlen(key)};
        map_add(by_tag, own, (void *)at);
    }
    struct shelf *s = &(*shelves)[at - 1];
    GROW(s->places, s->n, s->cap);
    s->places[s->n++] = place;
}

void opml_write(const char *title, const struct opml_outline *list, size_t n, FILE *out) {
    struct map by_tag = {0};
    struct shelf *shelves = NULL;
    size_t n_shelves = 0, cap = 0;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n  <head><title>", out);
    for (const char *c = title; *c; c++)
        fputs(*c == '<' ? "&lt;" : *c == '&' ? "&amp;" : (char[2]){*c, '\0'}, out);
    fputs("</title></head>\n  <body>\n", out);
    for (size_t i = 0; i < n; i++) {
        if (!list[i].n_tags) put_feed(&list[i], "    ", out);
        for (size_t t = 0; t < list[i].n_tags; t++)
            shelves_put(&by_tag, &shelves, &n_shelves, &cap, list[i].tags[t], i);
    }
    for (size_t s = 0; s < n_shelves; s++) {
        fputs("    <outline", out);
        put_attribute("text", shelves[s].tag, out);
        fputs(">\n", out);
        for (size_t i = 0; i < shelves[s].n; i++) put_feed(&list[shelves[s].places[i]], "      ", out);
        fputs("    </outline>\n", out);
        free(shelves[s].places);
    }
    fputs("  </body>\n</opml>\n", out);
    struct map_entry *e;
    for (size_t i = 0; (e = map_next(&by_tag, &i));) free((char *)e->key.ptr);
    map_clear(&by_tag);
    free(shelves);
}

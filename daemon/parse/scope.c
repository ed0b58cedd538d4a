#include "parse/events.h"

#include <ctype.h>
#include <stdint.h>

/* Namespaces as they are written in the field: compared without scheme, "www.", case and what closes them. */
static const struct {
    const char *uri;
    enum space space;
} uris[] = {
    {"w3.org/2005/atom", SPACE_ATOM10},
    {"purl.org/atom/ns", SPACE_ATOM03},
    {"purl.org/rss/1.0", SPACE_RSS10},
    {"purl.org/net/rss1.1", SPACE_RSS10},
    {"my.netscape.com/rdf/simple/0.9", SPACE_RSS09},
    {"channel.netscape.com/rdf/simple/0.9", SPACE_RSS09},
    {"backend.userland.com/rss2", SPACE_NONE},
    {"backend.userland.com/rss", SPACE_NONE},
    {"backend.userland.com/rss091", SPACE_NONE},
    {"backend.userland.com/rss092", SPACE_NONE},
    {"blogs.law.harvard.edu/tech/rss", SPACE_NONE},
    {"cyber.law.harvard.edu/rss", SPACE_NONE},
    {"cyber.law.harvard.edu/rss/rss.html", SPACE_NONE},
    {"w3.org/1999/02/22-rdf-syntax-ns", SPACE_RDF},
    {"purl.org/dc/elements/1.1", SPACE_DC},
    {"purl.org/dc/elements/1.0", SPACE_DC},
    {"purl.org/dc/terms", SPACE_DCTERMS},
    {"purl.org/rss/1.0/modules/content", SPACE_CONTENT},
    {"purl.org/rss/1.0/modules/syndication", SPACE_SY},
    {"search.yahoo.com/mrss", SPACE_MEDIA},
    {"search.yahoo.com/rss", SPACE_MEDIA},
    {"itunes.com/dtds/podcast-1.0.dtd", SPACE_ITUNES},
    {"w3.org/1999/xhtml", SPACE_XHTML},
    {"purl.oclc.org/net/rss_2.0/enc", SPACE_ENC},
    {"w3.org/xml/1998/namespace", SPACE_XML},
    {"urn:oasis:names:tc:emergency:cap:1.2", SPACE_CAP},
    {"urn:oasis:names:tc:emergency:cap:1.1", SPACE_CAP},
    {"incident.com/cap/1.0", SPACE_CAP},
};

/* For prefixes that nobody declared, or with an address that nobody knows. */
static const struct {
    const char *prefix;
    enum space space;
} prefixes[] = {
    {"atom", SPACE_ATOM10}, {"atom10", SPACE_ATOM10},   {"atom03", SPACE_ATOM03},
    {"dc", SPACE_DC},       {"dcterms", SPACE_DCTERMS}, {"content", SPACE_CONTENT},
    {"media", SPACE_MEDIA}, {"itunes", SPACE_ITUNES},   {"xhtml", SPACE_XHTML},
    {"sy", SPACE_SY},       {"enc", SPACE_ENC},         {"rdf", SPACE_RDF},
    {"cap", SPACE_CAP},     {"xml", SPACE_XML},         {"rss", SPACE_NONE},
    {"html", SPACE_XHTML},
};

static enum space space_of_prefix(struct text prefix) {
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (text_eq_nocase(prefix, text_of(prefixes[i].prefix))) return prefixes[i].space;
    return SPACE_OTHER;
}

static enum space space_of_uri(struct text uri) {
    uri = text_trim(uri);
    if (!uri.len) return SPACE_NONE;
    static const char *const fronts[] = {"http://", "https://", "www."};
    for (size_t i = 0; i < 3; i++) {
        struct text front = text_of(fronts[i]);
        if (uri.len < front.len || strncasecmp(uri.ptr, front.ptr, front.len)) continue;
        uri.ptr += front.len;
        uri.len -= front.len;
    }
    while (uri.len && (uri.ptr[uri.len - 1] == '/' || uri.ptr[uri.len - 1] == '#')) uri.len--;
    for (size_t i = 0; i < sizeof uris / sizeof *uris; i++)
        if (text_eq_nocase(uri, text_of(uris[i].uri))) return uris[i].space;
    return SPACE_OTHER;
}

void scope_init(struct scope *s, const struct events *events, struct parse_warnings *warnings) {
    s->events = events;
    s->warnings = warnings;
    s->depth = 0;
    s->deep = 0;
    s->n_bindings = 0;
    s->warned_deep = s->warned_attributes = s->warned_prefix = false;
}

static void bind(struct scope *s, struct text prefix, struct text uri) {
    if (s->n_bindings == LIMIT_NAMESPACES || prefix.len > LIMIT_PREFIX) return;
    enum space space = space_of_uri(uri);
    if (space == SPACE_OTHER) {
        space = prefix.len ? space_of_prefix(prefix) : SPACE_OTHER;
        /* A dialect of its own may still be read; on an inner element it marks foreign matter. */
        if (!prefix.len && s->depth == 0) space = SPACE_NONE;
    }
    struct binding *b = &s->bindings[s->n_bindings++];
    memcpy(b->prefix, prefix.ptr, prefix.len);
    b->len = prefix.len;
    b->space = space;
    b->depth = s->depth;
}

/* Bounded by LIMIT_NAMESPACES, and short in every honest document. */
static enum space lookup(struct scope *s, struct text prefix, size_t at) {
    for (size_t i = s->n_bindings; i--;) {
        const struct binding *b = &s->bindings[i];
        if (b->len == prefix.len && !memcmp(b->prefix, prefix.ptr, prefix.len)) return b->space;
    }
    if (!prefix.len) return SPACE_NONE;
    if (!s->warned_prefix && !text_eqs(prefix, "xml")) {
        parse_warn(s->warnings, at, "the prefix %.*s is not declared",
                   (int)(prefix.len < 40 ? prefix.len : 40), prefix.ptr);
        s->warned_prefix = true; /* the first of many, mostly alike */
    }
    return space_of_prefix(prefix);
}

static enum space resolve(struct scope *s, struct text name, size_t at, struct text *ret_local) {
    struct text local = name_local(name);
    *ret_local = local;
    size_t prefix = name.len - local.len;
    return lookup(s, (struct text){name.ptr, prefix ? prefix - 1 : 0}, at);
}

bool scope_start(struct scope *s, struct text name, const struct raw_attribute *raw, size_t n, size_t at) {
    if (s->depth == LIMIT_NESTING) {
        if (!s->warned_deep)
            parse_warn(s->warnings, at, "elements below %u levels are not read", LIMIT_NESTING);
        s->warned_deep = true;
        s->deep++;
        return false;
    }
    if (n > LIMIT_ATTRIBUTES) {
        if (!s->warned_attributes)
            parse_warn(s->warnings, at, "only the first %u attributes of a tag are read", LIMIT_ATTRIBUTES);
        s->warned_attributes = true;
        n = LIMIT_ATTRIBUTES;
    }
    for (size_t i = 0; i < n; i++) {
        if (text_eqs(raw[i].name, "xmlns"))
            bind(s, TEXT(""), raw[i].value);
        else if (text_starts(raw[i].name, TEXT("xmlns:")))
            bind(s, name_local(raw[i].name), raw[i].value);
    }
    struct text local;
    enum space space = resolve(s, name, at, &local);
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (text_starts(raw[i].name, TEXT("xmlns")) && (raw[i].name.len == 5 || raw[i].name.ptr[5] == ':'))
            continue;
        struct attribute *a = &s->attributes[count++];
        a->value = raw[i].value;
        a->space = SPACE_NONE;
        a->name = raw[i].name;
        if (memchr(raw[i].name.ptr, ':', raw[i].name.len)) a->space = resolve(s, raw[i].name, at, &a->name);
    }
    s->depth++;
    s->events->start(s->events->self, space, local, s->attributes, count, at);
    return true;
}

void scope_text(struct scope *s, struct text t) {
    if (s->depth && t.len) s->events->text(s->events->self, t);
}

void scope_end(struct scope *s) {
    if (s->deep) {
        s->deep--;
        return;
    }
    if (!s->depth) return;
    s->events->end(s->events->self);
    s->depth--;
    while (s->n_bindings && s->bindings[s->n_bindings - 1].depth >= s->depth) s->n_bindings--;
}

/* The one interface between tokenizers and readers: start (resolved name, attributes), text, end.
 *
 * Two tokenizers send the same events: xml_expat.c for sound documents, xml_lenient.c for all others. Both
 * hand raw names to struct scope, which resolves namespaces (by URI, then by well-known prefix), keeps the
 * caps on nesting and attributes, and calls the reader. Starts and ends are balanced, whatever the document
 * does. All texts are UTF-8 and die when the call returns. Pure, one thread a document. */
#ifndef NEWSALERTD_PARSE_EVENTS_H
#define NEWSALERTD_PARSE_EVENTS_H

#include "base/limits.h"
#include "base/text.h"
#include "parse/parse.h"

/* Namespaces by what they mean to us; bits, so that a rule can name several. */
enum space {
    SPACE_NONE = 1 << 0, /* no namespace, or one that the root declares and nobody knows */
    SPACE_OTHER = 1 << 1,
    SPACE_RSS10 = 1 << 2,
    SPACE_RSS09 = 1 << 3,
    SPACE_RDF = 1 << 4,
    SPACE_ATOM10 = 1 << 5,
    SPACE_ATOM03 = 1 << 6,
    SPACE_DC = 1 << 7,
    SPACE_DCTERMS = 1 << 8,
    SPACE_CONTENT = 1 << 9,
    SPACE_MEDIA = 1 << 10,
    SPACE_ITUNES = 1 << 11,
    SPACE_XHTML = 1 << 12,
    SPACE_SY = 1 << 13,
    SPACE_ENC = 1 << 14,
    SPACE_XML = 1 << 15,
    SPACE_CAP = 1 << 16,
};

struct attribute {
    enum space space; /* SPACE_NONE without a prefix */
    struct text name, value;
};

struct events {
    void *self;
    void (*start)(void *self, enum space space, struct text name, const struct attribute *attributes,
                  size_t n, size_t at);
    void (*text)(void *self, struct text t);
    void (*end)(void *self);
    void (*cut)(void *self); /* the document ended: the ends that follow are not its own */
};

/* -- scope
 * --------------------------------------------------------------------------------------------------- */
struct raw_attribute {
    struct text name, value;
};

struct binding {
    char prefix[LIMIT_PREFIX];
    size_t len;
    enum space space;
    unsigned depth;
};

struct scope {
    const struct events *events;
    struct parse_warnings *warnings;
    unsigned depth; /* open elements that the reader knows */
    size_t deep;    /* open ones below LIMIT_NESTING, which it does not */
    struct binding bindings[LIMIT_NAMESPACES];
    size_t n_bindings;
    struct attribute attributes[LIMIT_ATTRIBUTES];
    bool warned_deep, warned_attributes, warned_prefix;
};

void scope_init(struct scope *s, const struct events *events, struct parse_warnings *warnings);
/* Returns false where the element lies too deep: it is counted only. */
bool scope_start(struct scope *s, struct text name, const struct raw_attribute *attributes, size_t n,
                 size_t at);
void scope_text(struct scope *s, struct text t);
void scope_end(struct scope *s);

/* -- tokenizers: `t` begins at the doctype or the root element, `at` is where that lies in the document ----
 */
enum xml_result { XML_COMPLETE, XML_CUT, XML_BROKEN, XML_NO_MEMORY };
/* Sound documents without a doctype; anything else is XML_BROKEN, and the events sent are to be forgotten. */
enum xml_result xml_expat(struct text t, size_t at, const struct events *events, struct parse_warnings *w);
/* Reads anything. XML_CUT: the document ended before its root did. */
enum xml_result xml_lenient(struct text t, size_t at, const struct events *events, struct parse_warnings *w);

/* -- warnings ---- */
void parse_warn(struct parse_warnings *w, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The last part of a name with a prefix. */
static inline struct text name_local(struct text name) {
    const char *colon = name.len ? memchr(name.ptr, ':', name.len) : NULL;
    if (!colon || (size_t)(colon - name.ptr) + 1 == name.len) return name;
    size_t n = (size_t)(colon - name.ptr) + 1;
    return (struct text){name.ptr + n, name.len - n};
}

#endif

#include "base/mem.h"
#include "parse/events.h"

#include <expat.h>

/* The fast path. expat checks that the document is sound; names and caps are scope's, as for the lenient
 * tokenizer, so that both read alike. A document with a doctype goes to the lenient one at once: there is
 * one policy on entities, and no external ones. So does a large one with a tag or a comment beyond LIMIT_TAG:
 * expat would keep all of its attributes. */

/* expat copies what it gets: most documents whole, the largest in pieces, so that there are never two of
 * them. Not smaller, since it counts lines at the end of each piece but the last. */
#define CHUNK (1u << 19)

struct run {
    XML_Parser parser;
    struct scope scope;
    struct raw_attribute raw[LIMIT_ATTRIBUTES + 1]; /* one more tells scope that there were too many */
    size_t at;
};

static void on_start(void *self, const XML_Char *name, const XML_Char **attributes) {
    struct run *r = self;
    size_t n = 0;
    for (; attributes[0] && n <= LIMIT_ATTRIBUTES; attributes += 2) {
        struct text value = text_of(attributes[1]);
        if (value.len > LIMIT_TAG) continue;
        r->raw[n++] = (struct raw_attribute){text_of(attributes[0]), value};
    }
    scope_start(&r->scope, text_of(name), r->raw, n, r->at + (size_t)XML_GetCurrentByteIndex(r->parser));
    /* expat remembers every open tag; the lenient tokenizer only counts those that lie too deep. */
    if (r->scope.deep > LIMIT_NESTING) XML_StopParser(r->parser, XML_FALSE);
}

static void on_end(void *self, const XML_Char *name) {
    (void)name;
    scope_end(&((struct run *)self)->scope);
}

static void on_text(void *self, const XML_Char *s, int len) {
    scope_text(&((struct run *)self)->scope, (struct text){s, (size_t)len});
}

static void on_doctype(void *self, const XML_Char *name, const XML_Char *sysid, const XML_Char *pubid,
                       int internal) {
    (void)name, (void)sysid, (void)pubid, (void)internal;
    XML_StopParser(((struct run *)self)->parser, XML_FALSE);
}

/* Chunk by chunk. A token that is not whole is read again with the next chunk, so its length is bounded. */
static enum xml_result feed(struct run *r, struct text t) {
    size_t given = 0;
    while (given < t.len) {
        size_t n = t.len - given < CHUNK ? t.len - given : CHUNK;
        if (XML_Parse(r->parser, t.ptr + given, (int)n, given + n == t.len) != XML_STATUS_OK)
            return XML_GetErrorCode(r->parser) == XML_ERROR_NO_MEMORY ? XML_NO_MEMORY : XML_BROKEN;
        given += n;
        XML_Index read = XML_GetCurrentByteIndex(r->parser);
        if (given < t.len && (read < 0 || given - (size_t)read > LIMIT_TAG + CHUNK)) return XML_BROKEN;
    }
    return XML_COMPLETE;
}

enum xml_result xml_expat(struct text t, size_t at, const struct events *events, struct parse_warnings *w) {
    struct run *r = xmalloc(sizeof *r);
    r->at = at;
    scope_init(&r->scope, events, w);
    r->parser = XML_ParserCreate("UTF-8");
    if (!r->parser) {
        free(r);
        return XML_NO_MEMORY;
    }
    XML_SetUserData(r->parser, r);
    XML_SetElementHandler(r->parser, on_start, on_end);
    XML_SetCharacterDataHandler(r->parser, on_text);
    XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
    enum xml_result result = t.len ? feed(r, t) : XML_BROKEN;
    XML_ParserFree(r->parser);
    free(r);
    return result;
}

#include "parse/parse.h"

#include "base/mem.h"
#include "base/time.h"
#include "parse/charset.h"
#include "parse/jsonfeed.h"
#include "parse/reader.h"
#include "parse/sniff.h"

#include <stdarg.h>
#include <stdio.h>

void parse_warnings_clear(struct parse_warnings *w) {
    free(w->list);
    *w = (struct parse_warnings){0};
}

void parse_warn(struct parse_warnings *w, size_t at, const char *format, ...) {
    if (!w) return;
    w->total++;
    if (w->n >= LIMIT_WARNINGS) return;
    GROW(w->list, w->n, w->cap);
    struct parse_warning *one = &w->list[w->n++];
    va_list args;
    va_start(args, format);
    one->at = at;
    one->number = w->n;
    vsnprintf(one->what, sizeof one->what, format, args);
    va_end(args);
    /* They are shown on terminals. */
    for (char *p = one->what; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7F) *p = '?';
}

static void warn_charset(struct parse_warnings *w, const struct charset_result *c) {
    size_t mended = 0, controls = 0;
    if (c->lie) parse_warn(w, 0, "the charset that was declared is unknown or wrong; read as %s", c->name);
    for (size_t i = 0; i < c->n_edits; i++) {
        const struct charset_edit *e = &c->edits[i];
        if (e->control) {
            controls += e->len;
            parse_warn(w, e->at, "%zu bytes of control characters were dropped", e->len);
        } else {
            mended++;
            parse_warn(w, e->at, "%zu bytes are no %s; they were mended", e->len, c->name);
        }
    }
    if (c->repaired > mended)
        parse_warn(w, 0, "%zu more runs of bytes are no %s; they were mended", c->repaired - mended, c->name);
    if (c->dropped > controls)
        parse_warn(w, 0, "%zu more control characters were dropped", c->dropped - controls);
}

/* Warnings of the readers speak of the text; people look into the document. */
static void place_warnings(struct parse_warnings *w, size_t from, const struct charset_result *c) {
    for (size_t i = from; i < w->n; i++) w->list[i].at = charset_origin(c, w->list[i].at);
}

static struct document *document_new(void) {
    struct document *d = xcalloc(1, sizeof *d);
    arena_init(&d->arena, LIMIT_DOCUMENT_ARENA);
    d->updated = TIME_NONE;
    return d;
}

enum outcome { READ, READ_CUT, NO_FEED, NO_MEMORY };

/* One attempt at the document with one tokenizer. XML_BROKEN leaves nothing behind. */
static enum outcome read_xml(const struct parse_input *in, struct text t, size_t at, struct parse_warnings *w,
                             enum xml_result (*tokenizer)(struct text, size_t, const struct events *,
                                                          struct parse_warnings *),
                             struct document **ret) {
    struct document *d = document_new();
    struct reader *r = reader_new(in, d, w);
    struct events events;
    enum outcome outcome = NO_FEED;
    reader_events(r, &events);
    enum xml_result result = tokenizer(t, at, &events, w);
    if (result == XML_NO_MEMORY) {
        outcome = NO_MEMORY;
    } else if (result != XML_BROKEN && r->dialect) {
        int finished = reader_finish(r);
        outcome = finished < 0 ? NO_MEMORY : finished || result == XML_CUT ? READ_CUT : READ;
    }
    reader_free(r);
    if (outcome == READ || outcome == READ_CUT)
        *ret = d;
    else
        document_free(d);
    return outcome;
}

/* Sound documents by expat; what it refuses is read again from the start by the lenient tokenizer, and the
 * warnings of the first reading are forgotten. */
static enum outcome read_xml_twice(const struct parse_input *in, struct text t, size_t at,
                                   struct parse_warnings *w, struct document **ret) {
    size_t n = w->n, total = w->total;
    t.ptr += at;
    t.len -= at;
    enum outcome outcome = read_xml(in, t, at, w, xml_expat, ret);
    if (outcome != NO_FEED) return outcome;
    w->n = n;
    w->total = total;
    return read_xml(in, t, at, w, xml_lenient, ret);
}

static enum outcome read_json(const struct parse_input *in, struct text t, size_t at,
                              struct parse_warnings *w, struct document **ret) {
    struct document *d = document_new();
    struct reader *r = reader_new(in, d, w);
    /* Addresses as in Atom: against the base at once. */
    r->dialect = &dialect_atom;
    enum json_result result = jsonfeed_read(r, t, at);
    enum outcome outcome = result == JSON_COMPLETE ? READ : result == JSON_CUT ? READ_CUT : NO_FEED;
    int finished = outcome == NO_FEED ? 0 : reader_finish(r);
    if (finished < 0)
        outcome = NO_MEMORY;
    else if (finished)
        outcome = READ_CUT;
    reader_free(r);
    if (outcome == READ || outcome == READ_CUT)
        *ret = d;
    else
        document_free(d);
    return outcome;
}

static enum outcome read_any(const struct parse_input *in, struct text t, struct parse_warnings *w,
                             struct document **ret) {
    size_t start;
    bool junk;
    switch (sniff_document(t, &start, &junk)) {
    case SNIFF_JSON: return read_json(in, (struct text){t.ptr + start, t.len - start}, start, w, ret);
    case SNIFF_XML:
        if (junk) parse_warn(w, 0, "%zu bytes before the feed are passed over", start);
        return read_xml_twice(in, t, start, w, ret);
    default: return NO_FEED;
    }
}

static int by_place(const void *a, const void *b) {
    const struct parse_warning *x = a, *y = b;
    return x->at != y->at ? (x->at < y->at ? -1 : 1) : x->number < y->number ? -1 : 1;
}

/* On which line of the text is each? Sorts them by place. */
static void count_lines(struct parse_warning *list, size_t n, struct text t) {
    unsigned line = 1;
    size_t at = 0;
    if (n) qsort(list, n, sizeof *list, by_place);
    for (size_t i = 0; i < n; i++) {
        size_t to = list[i].at < t.len ? list[i].at : t.len;
        for (const char *p; at < to && (p = memchr(t.ptr + at, '\n', to - at)); at = (size_t)(p - t.ptr) + 1)
            line++;
        at = to;
        list[i].line = line;
    }
}

/* A byte can become three: what does not fit is cut to half, until it does. */
static int decode(struct parse_input *in, struct buf *storage, struct parse_warnings *w,
                  struct charset_result *ret) {
    while (charset_decode(in->bytes, in->content_type, storage, ret) < 0) {
        if (in->bytes.len <= LIMIT_DECODED / 4) return -1; /* not for its length */
        in->bytes.len /= 2;
        in->cut = true;
        parse_warn(w, in->bytes.len, "the document is too large in UTF-8; it is read up to here");
        buf_clear(storage);
    }
    return 0;
}

int parse_document(const struct parse_input *in, struct parse_warnings *warnings, struct document **ret,
                   char **ret_why) {
    struct parse_warnings own = {0}, *w = warnings ? warnings : &own;
    struct parse_input input = *in;
    struct charset_result charset;
    struct document *d = NULL;
    struct buf storage;
    char *why = NULL;
    if (input.bytes.len > LIMIT_BODY) {
        input.bytes.len = LIMIT_BODY;
        input.cut = true;
        parse_warn(w, LIMIT_BODY, "only the first %u bytes are read", LIMIT_BODY);
    }
    buf_init(&storage, LIMIT_DECODED);
    enum outcome outcome = NO_MEMORY;
    if (!decode(&input, &storage, w, &charset)) {
        warn_charset(w, &charset);
        size_t of_charset = w->n;
        outcome = read_any(&input, charset.text, w, &d);
        if (outcome == NO_FEED) why = sniff_name(in->bytes, charset.text, input.base);
        count_lines(w->list, of_charset, input.bytes);
        count_lines(w->list + of_charset, w->n - of_charset, charset.text);
        place_warnings(w, of_charset, &charset);
        if (w->n) qsort(w->list, w->n, sizeof *w->list, by_place);
    }
    buf_clear(&storage);
    parse_warnings_clear(&own);
    if (d) {
        d->complete = outcome == READ && !input.cut;
        *ret = d;
        return 0;
    }
    *ret_why = outcome == NO_FEED ? why : xstrdup("the document needs more memory than there is");
    return outcome == NO_FEED ? -1 : -2;
}

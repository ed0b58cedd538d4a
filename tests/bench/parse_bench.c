/* Bytes a second of readers in one process, by CPU time: ours, its floors and its peers.
 *
 *   parse_bench [-t SECONDS] FILE…   a line "reader <TAB> bytes <TAB> CPU seconds a reading <TAB> items" for
 * each reader and file; the readers take turns, and the fastest of the rounds counts parse_bench --once FILE…
 * each file once by ours only (for valgrind and perf)
 *
 * Floors: expat with namespaces and empty handlers, libxml2's push parser with empty SAX2 handlers. Peers
 * that were not there when this was built are left out. */
#include "base/buf.h"
#include "base/mem.h"
#include "parse/parse.h"

#include <expat.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#ifdef HAVE_LIBXML2
#include <libxml/parser.h>
#endif
#ifdef HAVE_MRSS
#include <mrss.h>
#endif

#define ROUNDS 5

/* Each returns the items read, or -1: refused. The test of growth counts the instructions of this one by
 * name. */
__attribute__((noinline)) static long read_ours(struct text t) {
    const struct parse_input in = {.bytes = t, .base = TEXT("https://news.example/feed")};
    struct parse_warnings warnings = {0};
    struct document *d = NULL;
    char *why = NULL;
    long n = -1;
    if (!parse_document(&in, &warnings, &d, &why)) n = (long)d->n_items;
    document_free(d);
    free(why);
    parse_warnings_clear(&warnings);
    return n;
}

static void expat_start(void *self, const XML_Char *name, const XML_Char **attributes) {
    (void)attributes;
    size_t len = strlen(name);
    if ((len >= 4 && !strcmp(name + len - 4, "item")) || (len >= 5 && !strcmp(name + len - 5, "entry")))
        ++*(long *)self;
}
static void expat_end(void *self, const XML_Char *name) {
    (void)self, (void)name;
}
static void expat_text(void *self, const XML_Char *s, int len) {
    (void)self, (void)s, (void)len;
}

static long read_expat(struct text t) {
    long n = 0;
    XML_Parser p = XML_ParserCreateNS("UTF-8", ' ');
    XML_SetUserData(p, &n);
    XML_SetElementHandler(p, expat_start, expat_end);
    XML_SetCharacterDataHandler(p, expat_text);
    if (XML_Parse(p, t.ptr, (int)t.len, 1) != XML_STATUS_OK) n = -1;
    XML_ParserFree(p);
    return n;
}

#ifdef HAVE_LIBXML2
static void xml_start(void *self, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                      int n_spaces, const xmlChar **spaces, int n_attributes, int n_defaulted,
                      const xmlChar **attributes) {
    (void)prefix, (void)uri, (void)n_spaces, (void)spaces, (void)n_attributes, (void)n_defaulted,
        (void)attributes;
    if (!strcmp((const char *)name, "item") || !strcmp((const char *)name, "entry")) ++*(long *)self;
}
static void xml_end(void *self, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
    (void)self, (void)name, (void)prefix, (void)uri;
}
static void xml_text(void *self, const xmlChar *s, int len) {
    (void)self, (void)s, (void)len;
}

static long read_libxml2(struct text t) {
    static xmlSAXHandler handlers = {.initialized = XML_SAX2_MAGIC,
                                     .startElementNs = xml_start,
                                     .endElementNs = xml_end,
                                     .characters = xml_text,
                                     .cdataBlock = xml_text};
    long n = 0;
    xmlParserCtxtPtr c = xmlCreatePushParserCtxt(&handlers, &n, NULL, 0, NULL);
    int status = 0;
    for (size_t i = 0; i < t.len && !status; i += 65536)
        status = xmlParseChunk(c, t.ptr + i, (int)(t.len - i < 65536 ? t.len - i : 65536), 0);
    if (xmlParseChunk(c, "", 0, 1) || status) n = -1;
    xmlFreeParserCtxt(c);
    return n;
}
#endif

#ifdef HAVE_MRSS
static long read_mrss(struct text t) {
    mrss_t *m = NULL;
    long n = 0;
    char *bytes = xmalloc(t.len + 1); /* it takes a pointer that is not const */
    memcpy(bytes, t.ptr, t.len);
    bytes[t.len] = '\0';
    if (mrss_parse_buffer(bytes, t.len, &m) == MRSS_OK) {
        for (mrss_item_t *i = m->item; i; i = i->next) n++;
        mrss_free(m);
    } else {
        n = -1;
    }
    free(bytes);
    return n;
}
#endif

static const struct reader_row {
    const char *name;
    long (*read)(struct text t);
} readers[] = {
    {"newsalert", read_ours},
    {"expat", read_expat},
#ifdef HAVE_LIBXML2
    {"libxml2", read_libxml2},
#endif
#ifdef HAVE_MRSS
    {"libmrss", read_mrss},
#endif
};
#define N_READERS (sizeof readers / sizeof *readers)

static double cpu(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* CPU seconds of one reading, the mean of as many as fill `seconds`. */
static double measure(const struct reader_row *r, struct text t, double seconds, long *ret_items) {
    double began = cpu(), now = began;
    size_t n = 0;
    do {
        *ret_items = r->read(t);
        n++;
        now = cpu();
    } while (now - began < seconds);
    return (now - began) / (double)n;
}

static void bench(struct text t, double seconds) {
    double best[N_READERS];
    long items[N_READERS];
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < N_READERS; i++) {
            /* One that takes so long (libmrss with many items) is not asked again. */
            if (round && best[i] > seconds) continue;
            double one = measure(&readers[i], t, seconds / ROUNDS, &items[i]);
            if (!round || one < best[i]) best[i] = one;
        }
    }
    for (size_t i = 0; i < N_READERS; i++)
        printf("%s\t%zu\t%.9f\t%ld\n", readers[i].name, t.len, best[i], items[i]);
}

static int read_file(const char *name, struct buf *out) {
    char piece[65536];
    FILE *f = fopen(name, "rbe");
    if (!f) {
        perror(name);
        return -1;
    }
    buf_reset(out);
    for (size_t n; (n = fread(piece, 1, sizeof piece, f));) buf_add(out, piece, n);
    fclose(f);
    return out->failed ? -1 : 0;
}

int main(int argc, char **argv) {
    double seconds = 0.5;
    bool once = false;
    struct buf bytes;
    int i = 1;
    buf_init(&bytes, 64u << 20);
    if (i < argc && !strcmp(argv[i], "--once")) once = true, i++;
    if (i + 1 < argc && !strcmp(argv[i], "-t")) seconds = strtod(argv[i + 1], NULL), i += 2;
    for (; i < argc; i++) {
        if (read_file(argv[i], &bytes) < 0) return 1;
        if (once)
            printf("%s\t%ld\n", argv[i], read_ours(buf_text(&bytes)));
        else
            bench(buf_text(&bytes), seconds);
    }
    buf_clear(&bytes);
    return 0;
}

/* Verbs that read feeds without a daemon: parse, match, bench-match. */
#include "base/limits.h"
#include "base/mem.h"
#include "ctl/ctl.h"
#include "ctl/memory.h"
#include "daemon.h"
#include "match/match.h"
#include "parse/parse.h"
#include "setup.h"

#include <limits.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void print_warnings(const char *name, const struct parse_warnings *w, bool all) {
    if (!w->total) return;
    if (!all) {
        fprintf(stderr, "newsalertctl: %s: read with %zu repairs (--warnings names them), the first: %s\n",
                name, w->total, w->list[0].what);
        return;
    }
    for (size_t i = 0; i < w->n; i++)
        fprintf(stderr, "%s: byte %zu (line %u): %s\n", name, w->list[i].at, w->list[i].line,
                w->list[i].what);
    if (w->total > w->n) fprintf(stderr, "%s: … and %zu more\n", name, w->total - w->n);
}

/* Reads and parses one file; NULL: said on stderr. */
struct document *ctl_read_document(const char *name, const struct ctl_args *a) {
    size_t len;
    /* One byte more than is read tells parse_document that there is more. */
    AUTOFREE char *bytes = ctl_read_file(name, LIMIT_BODY + 1, &len);
    if (!bytes) return NULL;
    const struct parse_input in = {
        .bytes = {bytes, len}, .content_type = text_of(a->content_type), .base = text_of(a->base)};
    struct parse_warnings warnings = {0};
    struct document *d = NULL;
    char *why = NULL;
    if (parse_document(&in, &warnings, &d, &why) < 0) {
        ctl_fail("%s: %s", name, why);
        d = NULL;
    } else {
        print_warnings(name, &warnings, a->warnings);
    }
    free(why);
    parse_warnings_clear(&warnings);
    return d;
}

/* One object, written item by item: a large document is not built a second time. */
static void print_document(const struct document *d) {
    json_t *head = document_head_json(d);
    char *text = json_dumps(head, JSON_COMPACT);
    json_decref(head);
    if (!text) out_of_memory(LIMIT_FIELD);
    text[strlen(text) - 1] = '\0'; /* its brace: the items still come */
    printf("%s,\"items\":[", text);
    free(text);
    for (size_t i = 0; i < d->n_items; i++) {
        json_t *item = document_item_json(d, i);
        if (i) putchar(',');
        json_dumpf(item, stdout, JSON_COMPACT);
        json_decref(item);
    }
    puts("]}");
}

int ctl_parse(const struct ctl_args *a) {
    if (a->argc != 1) return ctl_usage("parse takes one FILE (or - for standard input)");
    struct document *d = ctl_read_document(a->argv[0], a);
    if (!d) return EXIT_FAILED;
    print_document(d);
    document_free(d);
    return EXIT_DONE;
}

/* ---- match ---- */

static struct setup *read_setup(const struct ctl_args *a) {
    struct problems problems = PROBLEMS_INIT;
    AUTOFREE char *file = a->config ? xstrdup(a->config) : config_default_file();
    struct setup *s = setup_build(file, CONFIG_CHECK, &problems);
    for (size_t i = 0; i < problems.n; i++) {
        AUTOFREE char *line = problem_format(&problems.list[i]);
        if (problems.list[i].severity == SEVERITY_ERROR) fprintf(stderr, "%s\n", line);
    }
    problems_clear(&problems);
    return s;
}

/* The configured feed that a file is: by --feed, else by its `path`. */
const struct config_feed *ctl_feed_of_file(const struct config *c, const char *file, const char *name) {
    char real[PATH_MAX], other[PATH_MAX];
    if (name) return config_feed(c, name);
    if (!strcmp(file, "-") || !realpath(file, real)) return NULL;
    for (size_t i = 0; i < c->n_feeds; i++)
        if (c->feeds[i].source == SOURCE_PATH && realpath(c->feeds[i].location, other) &&
            !strcmp(real, other))
            return &c->feeds[i];
    return NULL;
}

static void match_document(struct matcher *m, struct ctl_memory *memory, const struct config *c,
                           const struct document *d, const struct config_feed *feed) {
    for (size_t i = 0; i < d->n_items; i++) {
        const struct match_input in = match_input_of(d, i, feed);
        const struct matches *found = ctl_memory_run(memory, m, &in);
        for (size_t k = 0; k < found->n; k++)
            ctl_print_json(match_json(&found->list[k], &c->alerts[found->list[k].alert], &d->items[i]));
    }
}

int ctl_match(const struct ctl_args *a) {
    if (!a->argc && !a->stored)
        return ctl_usage("match needs a FEEDFILE (or - for standard input), or --stored 7d");
    struct setup *s = read_setup(a);
    if (!s) return EXIT_USAGE;
    if (a->feed && !config_feed(s->config, a->feed)) {
        int code = ctl_usage("no feed is named \"%s\" in %s", a->feed, s->config->file);
        setup_unref(s);
        return code;
    }
    if (a->stored) {
        int code = ctl_match_stored(a, s);
        setup_unref(s);
        return code;
    }
    int code = EXIT_DONE;
    struct ctl_memory memory = {0};
    struct matcher *m = matcher_new(s->rules);
    for (int i = 0; i < a->argc; i++) {
        struct document *d = ctl_read_document(a->argv[i], a);
        if (d)
            match_document(m, &memory, s->config, d, ctl_feed_of_file(s->config, a->argv[i], a->feed));
        else
            code = EXIT_FAILED;
        document_free(d);
    }
    matcher_free(m);
    ctl_memory_clear(&memory);
    setup_unref(s);
    return code;
}

/* ---- bench-match ---- */

static double cpu_seconds(void) {
    struct timespec ts;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static long resident_kb(void) {
    long pages = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f && fscanf(f, "%ld %ld", &pages, &resident) != 2) resident = 0;
    if (f) fclose(f);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

struct bench {
    size_t items, bytes, hits;
    double seconds;
};

static void bench_pass(struct matcher *m, struct document *const *docs,
                       const struct config_feed *const *feeds, size_t n, struct bench *b) {
    double began = cpu_seconds();
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < docs[k]->n_items; i++) {
            const struct match_input in = match_input_of(docs[k], i, feeds[k]);
            const struct matches *found = matcher_run(m, &in);
            b->items++;
            b->bytes += in.item->title.len + in.item->summary.len + in.item->content.len;
            b->hits += found->n;
        }
    b->seconds += cpu_seconds() - began;
}

/* Matches the documents; the counts are of one pass, the time of all. before: what was resident before the
 * queries were compiled. */
static void bench_run(const struct ctl_args *a, const struct setup *s, struct document **docs, size_t n,
                      long passes, double compile, long before) {
    const struct config_feed **feeds = xcalloc(n, sizeof *feeds);
    for (size_t i = 0; i < n; i++) feeds[i] = ctl_feed_of_file(s->config, a->argv[i], NULL);
    struct matcher *m = matcher_new(s->rules);
    struct bench first = {0}, rest = {0};
    bench_pass(m, docs, feeds, n, &first);
    for (long i = 1; i < passes; i++) bench_pass(m, docs, feeds, n, &rest);
    ctl_print_json(json_pack("{s:I, s:I, s:I, s:f, s:f, s:I, s:I}", "items", (json_int_t)first.items, "bytes",
                             (json_int_t)first.bytes, "queries", (json_int_t)s->config->n_alerts, "compile_s",
                             compile, "match_s", first.seconds + rest.seconds, "hits", (json_int_t)first.hits,
                             "rss_kb", (json_int_t)(resident_kb() - before)));
    matcher_free(m);
    free(feeds);
}

int ctl_bench_match(const struct ctl_args *a) {
    char *end = NULL;
    long passes = a->repeat ? strtol(a->repeat, &end, 10) : 1;
    if (passes < 1 || (end && *end)) return ctl_usage("--repeat takes a number from 1");
    if (!a->argc) return ctl_usage("bench-match needs a FEEDFILE");
    struct document **docs = xcalloc((size_t)a->argc, sizeof *docs);
    size_t n = 0;
    int code = EXIT_DONE;
    while (n < (size_t)a->argc && (docs[n] = ctl_read_document(a->argv[n], a))) n++;
    if (n < (size_t)a->argc) code = EXIT_FAILED;
    struct problems problems = PROBLEMS_INIT;
    AUTOFREE char *file = a->config ? xstrdup(a->config) : config_default_file();
    struct setup s = {.config = config_read(file, CONFIG_CHECK, &problems)};
    if (s.config && code == EXIT_DONE) {
        s.plugins = plugins_load(s.config, &problems);
        long before = resident_kb();
        double began = cpu_seconds();
        s.rules = rules_compile(s.config, s.plugins, &problems);
        double compile = cpu_seconds() - began;
        if (!problems.errors) bench_run(a, &s, docs, n, passes, compile, before);
        rules_free(s.rules);
        plugins_free(s.plugins);
    }
    if (problems.errors) {
        problems_print(&problems, stderr);
        code = EXIT_USAGE;
    }
    problems_clear(&problems);
    config_free(s.config);
    while (n) document_free(docs[--n]);
    free(docs);
    return code;
}

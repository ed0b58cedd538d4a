/* The pipeline thread with a real store, parser, plugins and configuration; the loop's other rooms are the
 * test: it hands in answers as the poller would, and keeps what the pipeline says. For tests of the pipeline;
 * each is one program, and uses a part of this. */
#ifndef NEWSALERTD_TESTS_PIPELINE_HOUSE_H
#define NEWSALERTD_TESTS_PIPELINE_HOUSE_H

#pragma GCC diagnostic ignored "-Wunused-function"

#include "folder.h"
#include "unit.h"

#include "pipeline/pipeline.h"

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"

/* Unit tests do not stand beside the plugins, so the folder is said here. */
static struct plugins *plugins_built(const struct config *config, struct problems *problems);
#define plugins_load plugins_built
#include "setup.c"
#undef plugins_load

static struct plugins *plugins_built(const struct config *config, struct problems *problems) {
    const struct plugin_places places = {.builtin = TEST_BUILD "/plugins"};
    return plugins_load_from(&places, config, problems);
}

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FEED "https://p.example/feed"

struct house {
    char dir[200], conf[220], state[220];
    struct event_base *base;
    struct setup *setup;
    struct pipeline *p;
    /* what was said, in order of coming */
    struct row *rows[1000];
    size_t n_rows, answered, not_committed, stored, reloaded, claimed, notices, merges, merged;
    char *notice;
    bool well;
    struct feed_status status;
    char *says, *trouble, *problems;
    bool more;
    json_t *answer;
};
static struct house h;

/* ---- events -------------------------------------------------------------------------------------------- */

static void replace(char **slot, const char *value) {
    free(*slot);
    *slot = xstrdup_or_null(value);
}
static void on_answered(void *ctx, const char *location, const struct feed_status *status, const char *says) {
    (void)ctx, (void)location;
    h.answered++;
    feed_status_copy(&h.status, status);
    replace(&h.says, says);
}
static void on_not_committed(void *ctx, const char *location, const char *why) {
    (void)ctx;
    assert_string_equal(location, FEED);
    assert_non_null(why);
    h.not_committed++;
}
static void on_rows(void *ctx, const char *notify, struct row **rows, size_t n, bool more) {
    (void)ctx;
    h.more = more;
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(rows[i]->notify, notify);
        assert_true(h.n_rows < 1000);
        h.rows[h.n_rows++] = rows[i];
    }
}
static void on_stored(void *ctx, const char *notify, int64_t row) {
    (void)ctx, (void)notify, (void)row;
    h.stored++;
}
static void on_answer(void *ctx, uint64_t ticket, json_t *answer) {
    (void)ctx;
    assert_int_equal(ticket, 77);
    json_decref(h.answer);
    h.answer = answer;
}
static void on_reloaded(void *ctx, struct setup *fresh, const struct problems *problems, uint64_t ticket) {
    (void)ctx;
    assert_int_equal(ticket, 5);
    h.reloaded++;
    AUTOFREE char *first = problems->n ? problem_format(&problems->list[0]) : NULL;
    replace(&h.problems, first);
    if (!fresh) return;
    setup_unref(h.setup);
    h.setup = fresh;
}
static void on_trouble(void *ctx, const char *why) {
    (void)ctx;
    replace(&h.trouble, why);
}
static void on_claimed(void *ctx, const char *location) {
    (void)ctx;
    assert_string_equal(location, FEED);
    h.claimed++;
}
static void on_notice(void *ctx, bool destination, const char *subject, const char *says, bool well) {
    (void)ctx, (void)destination;
    assert_non_null(subject);
    replace(&h.notice, says);
    h.notices++;
    h.well = well;
}
static void on_merged(void *ctx, const char *notify, const int64_t *rows, size_t n, bool merged) {
    (void)ctx, (void)rows;
    assert_string_equal(notify, "hook");
    h.merges++;
    h.merged += merged ? n : 0;
}
static const struct pipeline_events events = {NULL,      on_answered, on_not_committed, on_rows,    on_stored,
                                              on_answer, on_reloaded, on_trouble,       on_claimed, on_notice,
                                              NULL,      NULL,        on_merged};

/* ---- a house ------------------------------------------------------------------------------------------- */

static void write_file(const char *path, const char *text) {
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void configure(const char *text) {
    AUTOFREE char *whole = xasprintf("contact = a@b.example\nstate = %s\n%s", h.state, text);
    write_file(h.conf, whole);
    chmod(h.conf, 0600);
}

static void run_until_idle(void) {
    int64_t began = time_boot();
    struct timeval tick = {0, 5000};
    do {
        event_base_loopexit(h.base, &tick);
        event_base_dispatch(h.base);
        if (time_boot() - began > 20000) fail_msg("the pipeline does not come to rest");
    } while (!pipeline_idle(h.p));
}

/* start in two steps, between which a test may change what is the thread's from then on */
static void set_up(void) {
    struct problems problems = PROBLEMS_INIT;
    h.setup = setup_build(h.conf, CONFIG_START, &problems);
    if (!h.setup) problems_print(&problems, stderr);
    assert_non_null(h.setup);
    problems_clear(&problems);
}

static void run(void) {
    char *why = NULL;
    if (pipeline_start(h.base, h.setup, h.state, &events, &h.p, &why) < 0) fail_msg("%s", why);
}

static void start(void) {
    set_up();
    run();
}

static void forget(void) {
    while (h.n_rows) row_free(h.rows[--h.n_rows]);
    h.answered = h.not_committed = h.stored = h.reloaded = h.claimed = h.notices = 0;
}

static void stop(void) {
    h.p = pipeline_stop(h.p);
    h.setup = setup_unref(h.setup);
    forget();
}

static int fresh(void **state) {
    (void)state;
    const char *tmp = getenv("TMPDIR");
    snprintf(h.dir, sizeof h.dir, "%s/pipeline-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(h.dir)) return -1;
    snprintf(h.conf, sizeof h.conf, "%s/n.conf", h.dir);
    snprintf(h.state, sizeof h.state, "%s/state", h.dir);
    h.base = event_base_new();
    return 0;
}

static void limit_files(rlim_t bytes) {
    struct rlimit r;
    getrlimit(RLIMIT_FSIZE, &r);
    r.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

static int gone(void **state) {
    (void)state;
    limit_files(RLIM_INFINITY); /* of a test that failed in between */
    if (h.p) stop();
    folder_remove(h.state);
    folder_remove(h.dir);
    event_base_free(h.base);
    feed_status_clear(&h.status);
    free(h.says);
    free(h.notice);
    free(h.trouble);
    free(h.problems);
    json_decref(h.answer);
    h = (struct house){.n_rows = 0};
    return 0;
}

/* ---- documents ----------------------------------------------------------------------------------------- */

static char *rss;
static size_t rss_len;
static FILE *rss_out;

static void rss_begin(void) {
    rss_out = open_memstream(&rss, &rss_len);
    fputs("<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>The "
          "Paper</title><link>https://p.example/</link>",
          rss_out);
}
/* age: seconds before now; negative: undated. guid NULL: none. */
static void rss_item(const char *guid, const char *link, const char *title, long age) {
    char date[TIME_TEXT];
    fprintf(rss_out, "<item><title>%s</title><link>%s</link>", title, link);
    if (guid) fprintf(rss_out, "<guid isPermaLink=\"false\">%s</guid>", guid);
    if (age >= 0) fprintf(rss_out, "<pubDate>%s</pubDate>", time_rfc5322(time_wall() - age * 1000, date));
    fputs("</item>", rss_out);
}
static char *rss_end(void) {
    fputs("</channel></rss>", rss_out);
    fclose(rss_out);
    return rss;
}

static void hand_in(char *body, size_t len, bool cut) {
    struct fetched *f = xcalloc(1, sizeof *f);
    f->location = xstrdup(FEED);
    f->final_url = xstrdup(FEED);
    f->etag = xstrdup("\"v1\"");
    f->answer = (struct answer){.kind = ANSWER_FEED, .status = 200, .retry_after = -1, .at = time_wall()};
    f->body = body;
    f->body_len = len;
    f->cut = cut;
    pipeline_fetched(h.p, f);
}

static void poll_rss(void) {
    char *body = rss_end();
    hand_in(body, rss_len, false);
    run_until_idle();
}

static void poll_three_floods(void) {
    rss_begin();
    rss_item("g1", "https://p.example/1", "Flood one", 60);
    rss_item("g2", "https://p.example/2", "Flood two", 60);
    rss_item("g3", "https://p.example/3", "Flood three", 60);
    poll_rss();
    assert_int_equal(h.n_rows, 3);
}

static void answer_of(enum answer_kind kind, int status) {
    struct fetched *f = xcalloc(1, sizeof *f);
    f->location = xstrdup(FEED);
    f->answer = (struct answer){
        .kind = kind, .status = status, .retry_after = -1, .at = time_wall(), .conditional = true};
    pipeline_fetched(h.p, f);
    run_until_idle();
}

static json_t *ask(const char *what, json_t *args) {
    pipeline_ask(h.p, 77, what, args);
    run_until_idle();
    return h.answer;
}

static const char *row_title(const struct row *r, char out[100]) {
    json_t *facts = json_loads(r->facts, 0, NULL);
    const char *title = json_string_value(json_object_get(json_object_get(facts, "item"), "title"));
    snprintf(out, 100, "%s", title ? title : "?");
    json_decref(facts);
    return out;
}

#define ONE_HOOK "[notify hook]\nkind = terminal\n"
#define PLAIN    ONE_HOOK "[feed paper]\nurl = " FEED "\ntags = us\n[alert flood]\nquery = flood\n"

static void old_items(void) {
    char guid[20], link[60], title[60];
    rss_begin();
    for (int i = 0; i < 500; i++) {
        snprintf(guid, sizeof guid, "g%d", i);
        snprintf(link, sizeof link, "https://p.example/%d", i);
        snprintf(title, sizeof title, "Flood number %d", i);
        rss_item(guid, link, title, 7200 + i);
    }
}

static int status_of(json_t *answer) {
    return (int)json_integer_value(json_object_get(answer, "status"));
}

static void reload(const char *text) {
    configure(text);
    pipeline_reload(h.p, h.conf, 5);
    run_until_idle();
}

static size_t rows_in(const char *state) {
    json_t *answer = ask("outbox", json_pack("{s:s}", "state", state));
    return json_array_size(json_object_get(answer, "rows"));
}

static void wait_for_rows(size_t n) {
    int64_t began = time_boot();
    struct timeval tick = {0, 20000};
    while (h.n_rows < n) {
        event_base_loopexit(h.base, &tick);
        event_base_dispatch(h.base);
        if (time_boot() - began > 20000) fail_msg("%zu rows in place of %zu", h.n_rows, n);
    }
    run_until_idle();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, gone)
/* As the daemon does: a write that is refused is an error of that write. */
#define RUN(tests)                                                                                           \
    (sigaction(SIGXFSZ, &(struct sigaction){.sa_handler = SIG_IGN}, NULL),                                   \
     cmocka_run_group_tests(tests, NULL, NULL))

#endif

/* The pipeline thread with a real store, parser, plugins and configuration; the loop's other rooms are this
 * test: it hands in answers as the poller would, and keeps what the pipeline says. */
#include "unit.h"

#include "pipeline.h"

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

#include <dirent.h>
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

static void start(void) {
    struct problems problems = PROBLEMS_INIT;
    h.setup = setup_build(h.conf, CONFIG_START, &problems);
    if (!h.setup) problems_print(&problems, stderr);
    assert_non_null(h.setup);
    problems_clear(&problems);
    char *why = NULL;
    if (pipeline_start(h.base, h.setup, h.state, &events, &h.p, &why) < 0) fail_msg("%s", why);
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

static void remove_all(const char *folder) {
    DIR *d = opendir(folder);
    struct dirent *e;
    while (d && (e = readdir(d))) {
        AUTOFREE char *path = xasprintf("%s/%s", folder, e->d_name);
        unlink(path);
    }
    if (d) closedir(d);
    rmdir(folder);
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
    remove_all(h.state);
    remove_all(h.dir);
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

/* ---- tests --------------------------------------------------------------------------------------------- */

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

static void test_new_feed_is_quiet(void **state) {
    (void)state;
    configure(PLAIN);
    start();
    assert_null(pipeline_feed_status(h.p, "https://nowhere.example/"));
    old_items();
    poll_rss();
    assert_int_equal(h.answered, 1);
    assert_int_equal(h.n_rows, 0);
    assert_string_equal(h.says, "passed over 500 items older than 1h (first_run)");
    assert_int_equal(h.status.items, 500);
    assert_string_equal(h.status.title, "The Paper");
    assert_string_equal(h.status.etag, "\"v1\"");
    assert_true(h.status.schedule.next > time_wall());
    old_items();
    rss_item("new", "https://p.example/new", "Flood at the mill", 100000); /* late, but not first */
    rss_item("calm", "https://p.example/calm", "A calm day", 10);
    poll_rss();
    char title[100];
    assert_int_equal(h.n_rows, 1);
    assert_null(h.says);
    assert_string_equal(row_title(h.rows[0], title), "Flood at the mill");
    assert_int_equal(h.status.items, 502);
    old_items();
    poll_rss();
    assert_int_equal(h.n_rows, 1);
}

static void test_cut_first_document(void **state) {
    (void)state;
    configure(PLAIN);
    start();
    old_items();
    char *whole = rss_end();
    hand_in(xstrndup(whole, rss_len / 2), rss_len / 2, true);
    run_until_idle();
    assert_int_equal(h.answered, 1);
    assert_null(h.status.etag); /* never the validators of half a document */
    int64_t half = h.status.items;
    assert_true(half > 100 && half < 400);
    hand_in(whole, rss_len, false); /* the rest is of the first document, too */
    run_until_idle();
    assert_int_equal(h.n_rows, 0);
    assert_int_equal(h.status.items, 500);
    assert_non_null(strstr(h.says, "passed over"));
    assert_string_equal(h.status.etag, "\"v1\"");
}

static void test_identity(void **state) {
    (void)state;
    configure("first_run = all\n" PLAIN);
    start();
    rss_begin();
    for (int again = 0; again < 2; again++) { /* listed twice in one document */
        rss_item("g1", "http://p.example/1", "Flood one", 60);
        rss_item("g2", "http://p.example/2", "Flood two", 60);
        rss_item(NULL, "http://p.example/3?utm_source=x", "Flood three", 60);
    }
    poll_rss();
    assert_int_equal(h.n_rows, 3);
    rss_begin(); /* https, ids made anew, another order, other dates */
    rss_item("z3", "https://www.p.example/3/", "Flood three", 5);
    rss_item("z2", "https://p.example/2", "Flood two", 5);
    rss_item("z1", "https://p.example/1?utm_medium=y", "Flood one", 5);
    poll_rss();
    assert_int_equal(h.n_rows, 3);
    rss_begin(); /* shrinks */
    rss_item("z1", "https://p.example/1", "Flood one", 5);
    poll_rss();
    rss_begin(); /* and comes back, undated; the new ids are known by now, whatever else changed */
    rss_item("z1", "https://p.example/moved", "Flood one, again", -1);
    rss_item("g2", "https://p.example/2", "Flood two", -1);
    rss_item("z3", "https://p.example/3", "Flood three", -1);
    poll_rss();
    assert_int_equal(h.n_rows, 3);
    assert_int_equal(h.answered, 4);
    rss_begin(); /* one id under two addresses is none: both are items of their own */
    rss_item("same", "https://p.example/a", "Flood a", 5);
    rss_item("same", "https://p.example/b", "Flood b", 5);
    poll_rss();
    assert_int_equal(h.n_rows, 5);
    rss_begin(); /* for ever */
    rss_item("same", "https://p.example/c", "Flood c", 5);
    poll_rss();
    assert_int_equal(h.n_rows, 6);
}

static void test_change(void **state) {
    (void)state;
    configure("first_run = all\n" PLAIN "[alert mill]\nquery = mill\n[alert short]\nquery = river\n");
    start();
    ((struct config_alert *)config_alert(h.setup->config, "short"))->window = 1000;
    rss_begin();
    rss_item("g1", "https://p.example/1", "Quiet day", 60);
    rss_item("g2", "https://p.example/2", "Flood in town", 60);
    rss_item("g3", "https://p.example/3", "Ten days old", 864000);
    poll_rss();
    assert_int_equal(h.n_rows, 1);
    rss_begin(); /* matches for the first time: new for that alert, and only that one */
    rss_item("g1", "https://p.example/1", "Flood after all", 60);
    rss_item("g2", "https://p.example/2", "Flood in town, at the mill", 60);
    rss_item("g3", "https://p.example/3", "Flood, ten days old", 864000);
    poll_rss();
    assert_int_equal(h.n_rows, 3);
    assert_string_equal(h.rows[1]->alert, "flood");
    assert_string_equal(h.rows[2]->alert, "mill");
    assert_string_not_equal(h.rows[1]->key, h.rows[0]->key);
    rss_begin(); /* there and back again: it fired already */
    rss_item("g1", "https://p.example/1", "Quiet day", 60);
    poll_rss();
    rss_begin();
    rss_item("g1", "https://p.example/1", "Flood, once more", 60);
    poll_rss();
    assert_int_equal(h.n_rows, 3);
    nanosleep(&(struct timespec){1, 200000000}, NULL); /* the window of `short` is over */
    rss_begin();
    rss_item("g1", "https://p.example/1", "Flood of the river", 60);
    poll_rss();
    assert_int_equal(h.n_rows, 3);
    assert_int_equal(h.answered, 5);
}

static void test_passed_over_items_are_matched(void **state) {
    (void)state;
    configure(PLAIN);
    start();
    rss_begin();
    rss_item("g1", "https://p.example/1", "Flood of old", 7200);
    rss_item("g2", "https://p.example/2", "Calm of old", 7200);
    poll_rss();
    rss_begin(); /* the first matched when it was passed over, so its change is none; the second's is */
    rss_item("g1", "https://p.example/1", "Flood of old, and more", 7200);
    rss_item("g2", "https://p.example/2", "Flood of old, too", 7200);
    poll_rss();
    char title[100];
    assert_int_equal(h.n_rows, 1);
    assert_string_equal(row_title(h.rows[0], title), "Flood of old, too");
}

static void test_two_recipients(void **state) {
    (void)state;
    configure("first_run = all\n[notify mail]\nkind = email\nserver = smtp://localhost\ntls = none\nfrom = "
              "a@b.example\n"
              "to = ada@a.example\ncc = ben@b.example\n" PLAIN
              "level = flash\n[alert other]\nquery = flood\nnotify = hook\n");
    start();
    rss_begin();
    rss_item("g1", "https://p.example/1", "Flood", 60);
    poll_rss();
    size_t mails = 0, hooks = 0;
    const struct row *mail[2];
    for (size_t i = 0; i < h.n_rows; i++)
        if (!strcmp(h.rows[i]->notify, "mail"))
            mail[mails++ % 2] = h.rows[i];
        else
            hooks++;
    assert_int_equal(mails, 2);
    assert_int_equal(hooks, 2);
    assert_string_equal(mail[0]->key, mail[1]->key);
    assert_string_not_equal(mail[0]->recipient, mail[1]->recipient);
    assert_int_equal(mail[0]->level, LEVEL_FLASH);
}

static void test_facts(void **state) {
    (void)state;
    configure("first_run = all\n" ONE_HOOK "[feed paper]\nurl = " FEED
              "\ntags = us, radio\n[alert flood]\nquery = title:flood\n");
    start();
    rss_begin();
    fputs("<item><title>The flood</title><link>https://www.news.example/1</link><description>", rss_out);
    for (int i = 0; i < 5000; i++) fputs("é", rss_out);
    fputs("</description></item>", rss_out);
    poll_rss();
    assert_int_equal(h.n_rows, 1);
    struct arena a;
    struct facts f;
    arena_init(&a, 1 << 20);
    json_t *j = json_loads(h.rows[0]->facts, 0, NULL);
    assert_int_equal(facts_from_json(j, &a, &f), 0);
    assert_int_equal(f.kind, KIND_NEW);
    assert_true(text_eqs(f.alert, "flood"));
    assert_int_equal(f.item.summary.len, 2 * LIMIT_WEBHOOK_SUMMARY); /* characters, not bytes */
    assert_int_equal(f.item.content.len, 0);
    assert_true(text_eqs(f.item.id, "https://www.news.example/1"));
    assert_true(text_eqs(f.feed.name, "paper"));
    assert_true(text_eqs(f.feed.title, "The Paper"));
    assert_true(text_eqs(f.feed.publisher, "news.example"));
    assert_int_equal(f.feed.n_tags, 2);
    assert_int_equal(f.n_terms, 1);
    assert_true(text_eqs(f.terms[0].field, "title"));
    assert_true(text_eqs(f.terms[0].text, "flood"));
    assert_int_equal(f.terms[0].start, 4);
    json_decref(j);
    arena_clear(&a);
}

/* Two sections of one location: one poll, and the alerts of both. */
static void test_two_sections(void **state) {
    (void)state;
    configure("first_run = all\n" ONE_HOOK "[feed off]\nurl = " FEED "\nenabled = no\n[feed one]\nurl = " FEED
              "\n[feed two]\nurl = " FEED "\ntags = t\n[alert a]\nquery = flood\nfeeds = one\n[alert "
              "b]\nquery = flood\nfeeds = tag:t\n[alert c]\nquery = flood\n");
    start();
    rss_begin();
    rss_item("g1", "https://p.example/1", "Flood", 60);
    poll_rss();
    assert_int_equal(h.n_rows, 3); /* c once */
    char seen[4] = "";
    for (size_t i = 0; i < 3; i++) seen[h.rows[i]->alert[0] - 'a'] = 'x';
    assert_string_equal(seen, "xxx");
}

static void test_answers(void **state) {
    (void)state;
    configure(PLAIN);
    start();
    answer_of(ANSWER_STATUS, 500);
    assert_int_equal(h.answered, 1);
    assert_int_equal(h.status.schedule.failures, 1);
    hand_in(xstrdup("<!doctype html><html><title>Gone fishing</title></html>"), 55, false);
    run_until_idle();
    assert_int_equal(h.status.schedule.failures, 2);
    assert_non_null(strstr(h.status.schedule.error, "Gone fishing"));
    assert_null(h.status.etag);
    rss_begin();
    poll_rss();
    assert_int_equal(h.status.schedule.failures, 0);
    assert_string_equal(h.status.etag, "\"v1\"");
    answer_of(ANSWER_NOT_MODIFIED, 304);
    assert_string_equal(h.status.etag, "\"v1\""); /* renewed as it was */
    int64_t due = time_wall() + 12345;
    pipeline_claim(h.p, FEED, due);
    run_until_idle();
    assert_int_equal(h.claimed, 1);
    stop();
    start(); /* and all of it stands after a restart */
    const struct feed_status *s = pipeline_feed_status(h.p, FEED);
    assert_string_equal(s->etag, "\"v1\"");
    assert_int_equal(s->schedule.next, due);
    pipeline_forget_states(h.p);
    assert_null(pipeline_feed_status(h.p, FEED));
}

/* The dates of the first document pace a new feed; what is learned stands after a restart; a budget sets the
 * pace. */
static void test_learns(void **state) {
    (void)state;
    configure("budget = 2000\n" PLAIN);
    start();
    rss_begin();
    for (int i = 0; i < 30; i++) {
        char name[16], link[64];
        snprintf(name, sizeof name, "item %d", i);
        snprintf(link, sizeof link, "https://p.example/%d", i);
        rss_item(name, link, name, 86400L * i + 4000 * (i % 7));
    }
    poll_rss();
    double rate = schedule_rate(&h.status.schedule.learned);
    assert_true(rate > 0.6 && rate < 1.5);
    assert_string_not_equal(h.status.schedule.why, "");
    int64_t interval = h.status.schedule.interval;
    assert_true(interval >= 5 * MINUTE); /* so many polls for one feed: min_every */
    assert_true(interval < 6 * MINUTE);
    stop();
    configure("pace = 20m\n" PLAIN);
    start();
    const struct feed_status *s = pipeline_feed_status(h.p, FEED);
    double kept = schedule_rate(&s->schedule.learned) - rate;
    assert_true(kept > -1e-6 && kept < 1e-6);
    answer_of(ANSWER_NOT_MODIFIED, 304);
    assert_true(h.status.schedule.interval > 30 * MINUTE); /* 98 min, but for the newest item */
    stop();
    start();
}

static void test_path(void **state) {
    (void)state;
    AUTOFREE char *path = xasprintf("%s/feed.xml", h.dir);
    AUTOFREE char *conf =
        xasprintf("first_run = all\n" ONE_HOOK "[feed f]\npath = %s\n[alert flood]\nquery = flood\n", path);
    configure(conf);
    start();
#define LOOK()                                                                                               \
    do {                                                                                                     \
        struct fetched *f = xcalloc(1, sizeof *f);                                                           \
        f->location = xstrdup(path);                                                                         \
        f->answer = (struct answer){.kind = ANSWER_FEED, .retry_after = -1, .at = time_wall()};              \
        pipeline_fetched(h.p, f);                                                                            \
        run_until_idle();                                                                                    \
    } while (0)
    LOOK();
    AUTOFREE char *missing = xasprintf("cannot read %s: No such file or directory", path);
    assert_string_equal(h.status.schedule.error, missing);
    assert_int_equal(h.status.schedule.failures, 1);
    mkfifo(path, 0600);
    LOOK(); /* and it does not hang */
    assert_non_null(strstr(h.status.schedule.error, "no regular file"));
    unlink(path);
    rss_begin();
    rss_item("g1", "https://p.example/1", "Flood", 60);
    AUTOFREE char *text = rss_end();
    write_file(path, text);
    LOOK();
    assert_int_equal(h.n_rows, 1);
    assert_int_equal(h.status.schedule.failures, 0);
    LOOK(); /* unchanged */
    assert_int_equal(h.status.schedule.failures, 0);
    text[rss_len / 2] = '\0'; /* a writer is in the middle of it */
    write_file(path, text);
    LOOK();
    assert_int_equal(h.status.schedule.failures, 1);
    LOOK(); /* half a file is never taken as read */
    assert_int_equal(h.status.schedule.failures, 2);
    assert_int_equal(h.answered, 6);
#undef LOOK
}

static void test_commit_fails(void **state) {
    (void)state;
    configure("first_run = all\n" PLAIN);
    start();
    rss_begin();
    rss_item("g0", "https://p.example/0", "Flood before", 60);
    poll_rss();
    assert_int_equal(h.n_rows, 1);
    int64_t row = h.rows[0]->id;
    forget();
    limit_files(4096); /* whatever is written beyond fails: EFBIG, as ENOSPC would */
    rss_begin();
    rss_item("g1", "https://p.example/1", "Flood", 60);
    poll_rss();
    assert_int_equal(h.not_committed, 1);
    assert_int_equal(h.answered, 0);
    assert_int_equal(h.n_rows, 0);
    assert_non_null(h.trouble);
    assert_non_null(strstr(h.trouble, h.state));
    /* Questions are answered all the same, and do not end the trouble; orders are refused. */
    json_t *answer = ask("counts", NULL);
    assert_int_equal(json_integer_value(json_object_get(answer, "status")), 200);
    assert_non_null(h.trouble);
    answer = ask("drop", json_pack("{s:I}", "id", (json_int_t)row));
    assert_int_equal(json_integer_value(json_object_get(answer, "status")), 503);
    /* A result that cannot be stored is kept, not forgotten. */
    const struct row_result sent = {.row = row, .notify = "hook", .outcome = OUTCOME_SENT, .at = time_wall()};
    pipeline_result(h.p, &sent);
    struct timeval tick = {0, 300000};
    event_base_loopexit(h.base, &tick);
    event_base_dispatch(h.base);
    assert_int_equal(h.stored, 0);
    assert_false(pipeline_idle(h.p));
    limit_files(RLIM_INFINITY);
    run_until_idle();
    assert_int_equal(h.stored, 1);
    assert_null(h.trouble);
    rss_begin();
    rss_item("g1", "https://p.example/1", "Flood", 60);
    poll_rss();
    assert_int_equal(h.answered, 1);
    assert_int_equal(h.n_rows, 1); /* once, and not lost */
}

static void test_stop_in_trouble(void **state) {
    (void)state;
    configure("first_run = all\n" PLAIN);
    start();
    rss_begin();
    rss_item("g0", "https://p.example/0", "Flood", 60);
    poll_rss();
    const struct row_result sent = {
        .row = h.rows[0]->id, .notify = "hook", .outcome = OUTCOME_SENT, .at = time_wall()};
    limit_files(4096);
    pipeline_result(h.p, &sent);
    stop(); /* comes back */
    limit_files(RLIM_INFINITY);
    start();
    pipeline_want(h.p, "hook");
    run_until_idle();
    assert_int_equal(h.n_rows, 1); /* sent, but not known to be: once more, with the same key */
}

static void test_restart(void **state) {
    (void)state;
    configure("first_run = all\n" PLAIN);
    start();
    poll_three_floods();
    AUTOFREE char *key = xstrdup(h.rows[2]->key);
    const struct row_result results[] = {
        {.row = h.rows[0]->id, .notify = "hook", .outcome = OUTCOME_SENT, .at = time_wall()},
        {.row = h.rows[1]->id, .notify = "hook", .outcome = OUTCOME_DEAD, .at = time_wall(), .error = "no"},
        {.row = h.rows[2]->id,
         .notify = "hook",
         .outcome = OUTCOME_RETRY,
         .at = time_wall(),
         .next = time_wall() + HOUR,
         .error = "later"}};
    for (size_t i = 0; i < 3; i++) pipeline_result(h.p, &results[i]);
    pipeline_want(h.p, "hook");
    run_until_idle();
    assert_int_equal(h.stored, 3);
    assert_int_equal(h.n_rows, 3); /* the third is in the loop's hand still */
    stop();
    start();
    pipeline_want(h.p, "hook");
    run_until_idle();
    assert_int_equal(h.n_rows, 1);
    assert_string_equal(h.rows[0]->key, key);
    assert_int_equal(h.rows[0]->attempts, 1);
    assert_string_equal(h.rows[0]->error, "later");
    assert_true(h.rows[0]->next > time_wall());
    rss_begin();
    rss_item("g1", "https://p.example/1", "Flood one", 60);
    poll_rss();
    assert_int_equal(h.n_rows, 1);
}

static int status_of(json_t *answer) {
    return (int)json_integer_value(json_object_get(answer, "status"));
}

static void test_questions(void **state) {
    (void)state;
    configure("first_run = all\n" PLAIN);
    start();
    rss_begin();
    rss_item("g1", "https://p.example/1", "Flood one", 60);
    rss_item("g2", "https://p.example/2", "Flood two", 60);
    poll_rss();
    struct row_result dead = {
        .row = h.rows[0]->id, .notify = "hook", .outcome = OUTCOME_DEAD, .at = time_wall(), .error = "no"};
    pipeline_result(h.p, &dead);
    run_until_idle();
    json_t *a = ask("alerts", NULL);
    assert_int_equal(status_of(a), 200);
    assert_int_equal(json_array_size(json_object_get(a, "rows")), 2);
    json_t *first = json_array_get(json_object_get(a, "rows"), 0);
    assert_string_equal(json_string_value(json_object_get(first, "alert")), "flood");
    assert_string_equal(json_string_value(json_object_get(first, "state")), "open");
    assert_string_equal(json_string_value(json_object_get(first, "level")), "urgent");
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(json_object_get(first, "items"), 0), "id")), "g1");
    a = ask("alerts", json_pack("{s:I}", "since", (json_int_t)(time_wall() + HOUR)));
    assert_int_equal(json_array_size(json_object_get(a, "rows")), 0);
    a = ask("outbox", json_pack("{s:s}", "state", "dead"));
    assert_int_equal(json_array_size(json_object_get(a, "rows")), 1);
    assert_int_equal(status_of(ask("outbox", json_pack("{s:s}", "state", "lost"))), 400);
    a = ask("counts", NULL);
    assert_true(json_is_true(json_object_get(a, "counts")));
    assert_int_equal(status_of(ask("retry", NULL)), 400); /* never all of them by accident */
    assert_int_equal(status_of(ask("drop", json_object())), 400);
    assert_int_equal(status_of(ask("retry", json_pack("{s:i}", "id", 999))), 404);
    size_t before = h.n_rows;
    a = ask("retry", json_pack("{s:b}", "all_dead", 1));
    assert_int_equal(json_integer_value(json_object_get(a, "n")), 1);
    assert_int_equal(h.n_rows, before + 1); /* in the loop's hand again, as new */
    assert_int_equal(h.rows[before]->attempts, 0);
    a = ask("drop", json_pack("{s:s}", "notify", "hook"));
    assert_int_equal(json_integer_value(json_object_get(a, "n")), 2);
    assert_true(json_is_true(json_object_get(a, "dropped")));
    assert_int_equal(json_array_size(json_object_get(a, "ids")), 2);
    a = ask("outbox", NULL);
    assert_int_equal(json_array_size(json_object_get(a, "rows")), 0);
    assert_int_equal(status_of(ask("nonsense", NULL)), 404);
}

static void reload(const char *text) {
    configure(text);
    pipeline_reload(h.p, h.conf, 5);
    run_until_idle();
}

static void test_reload(void **state) {
    (void)state;
    configure("first_run = all\n" PLAIN);
    start();
    rss_begin();
    rss_item("g1", "https://p.example/1", "Flood at the mill", 60);
    poll_rss();
    assert_int_equal(h.n_rows, 1);
    struct setup *was = h.setup;
    reload("first_run = all\n" PLAIN "querry = mill\n");
    assert_int_equal(h.reloaded, 1);
    assert_ptr_equal(h.setup, was);
    AUTOFREE char *place = xasprintf("%s:", h.conf);
    assert_non_null(strstr(h.problems, place));
    assert_non_null(strstr(h.problems, "querry"));
    reload("first_run = all\n" PLAIN "[alert mill]\nquery = mill\n");
    assert_int_equal(h.reloaded, 2);
    assert_ptr_not_equal(h.setup, was);
    rss_begin(); /* a new alert never fires on what was seen before it, changed or not */
    rss_item("g1", "https://p.example/1", "Flood at the old mill", 60);
    poll_rss();
    assert_int_equal(h.n_rows, 1);
    rss_begin();
    rss_item("g2", "https://p.example/2", "A mill", 60);
    poll_rss();
    assert_int_equal(h.n_rows, 2);
    assert_string_equal(h.rows[1]->alert, "mill");
    /* Rows of a notifier that is taken out wait, and go on when the name is back. */
    reload("first_run = all\n[feed paper]\nurl = " FEED "\n[notify other]\nkind = terminal\n");
    pipeline_want(h.p, "hook");
    run_until_idle();
    assert_int_equal(h.n_rows, 2);
    reload("first_run = all\n" PLAIN);
    pipeline_want(h.p, "hook");
    run_until_idle();
    assert_int_equal(h.n_rows, 4);
    assert_string_equal(h.rows[2]->key, h.rows[0]->key);
}

/* More rows than the loop may have in hand at once: the rest comes on request. */
static void test_many_rows(void **state) {
    (void)state;
    configure("first_run = all\nmax_item_age = none\n" PLAIN "group = none\n");
    start();
    old_items();
    poll_rss();
    assert_int_equal(h.n_rows, LIMIT_ROWS_A_DESTINATION);
    assert_true(h.more);
    size_t done = 0;
    while (done < 500) {
        for (; done < h.n_rows; done++) {
            const struct row_result sent = {
                .row = h.rows[done]->id, .notify = "hook", .outcome = OUTCOME_SENT, .at = time_wall()};
            pipeline_result(h.p, &sent);
        }
        size_t before = h.n_rows;
        pipeline_want(h.p, "hook");
        run_until_idle();
        assert_true(h.n_rows - before <= LIMIT_ROWS_A_DESTINATION);
        if (h.n_rows == before) break;
    }
    assert_int_equal(h.n_rows, 500);
    assert_false(h.more);
    for (size_t i = 1; i < 500; i++)
        assert_true(h.rows[i]->id > h.rows[i - 1]->id); /* oldest first, each once */
}

/* Rows become one summary in one commit; a second time, and after a restart, there is nothing left of them.
 */
static void test_summary(void **state) {
    (void)state;
    configure("first_run = all\n" PLAIN);
    start();
    poll_three_floods();
    const int64_t ids[] = {h.rows[1]->id, h.rows[0]->id};
    int64_t created = h.rows[0]->created;
    pipeline_merge(h.p, "hook", ids, 2);
    run_until_idle();
    assert_int_equal(h.merged, 2);
    assert_int_equal(h.n_rows, 4);
    const struct row *summary = h.rows[3];
    assert_true(summary->kind == KIND_SUMMARY && summary->level == LEVEL_URGENT);
    assert_string_equal(summary->alert, "flood");
    assert_int_equal(summary->created, created);
    json_t *facts = json_loads(summary->facts, 0, NULL);
    assert_int_equal(json_array_size(json_object_get(facts, "entries")), 2);
    json_decref(facts);
    char key[KEY_SIZE];
    memcpy(key, summary->key, KEY_SIZE);
    const int64_t alone[] = {h.rows[2]->id}, all[] = {h.rows[2]->id, summary->id};
    pipeline_merge(h.p, "hook", ids, 2);
    run_until_idle();
    assert_int_equal(h.merged, 2);
    pipeline_merge(h.p, "hook", alone, 1); /* one alone comes back as it is */
    run_until_idle();
    assert_true(h.merges == 3 && h.merged == 2 && h.n_rows == 5);
    assert_int_equal(h.rows[4]->id, alone[0]);
    pipeline_merge(h.p, "hook", all, 2); /* a summary within a summary keeps its entries */
    run_until_idle();
    assert_int_equal(h.merged, 4);
    facts = json_loads(h.rows[5]->facts, 0, NULL);
    assert_int_equal(json_array_size(json_object_get(facts, "entries")), 3);
    json_decref(facts);
    assert_string_not_equal(h.rows[5]->key, key);
    json_t *a = ask("outbox", json_pack("{s:s}", "state", "merged"));
    assert_int_equal(json_array_size(json_object_get(a, "rows")), 4);
    stop();
    start();
    pipeline_want(h.p, "hook");
    run_until_idle();
    assert_int_equal(h.n_rows, 1);
}

static void test_second_start(void **state) {
    (void)state;
    configure(PLAIN);
    start();
    struct pipeline *second = NULL;
    char *why = NULL;
    assert_int_equal(pipeline_start(h.base, h.setup, h.state, &events, &second, &why), -1);
    assert_non_null(strstr(why, "in use"));
    free(why);
}

static void test_after_damage(void **state) {
    (void)state;
    configure("first_run = all\n" PLAIN);
    start();
    rss_begin();
    rss_item("g1", "https://p.example/1", "Flood", 60);
    poll_rss();
    assert_int_equal(h.n_rows, 1);
    stop();
    AUTOFREE char *db = xasprintf("%s/newsalertd.db", h.state);
    write_file(db, "this was a database once, and is one no more");
    start();
    rss_begin();
    rss_item("g1", "https://p.example/1", "Flood", 60);
    poll_rss();
    assert_int_equal(h.n_rows, 0);
    assert_string_equal(h.says, "passed over 1 item (first_run = none)");
    rss_begin();
    rss_item("g2", "https://p.example/2", "Flood two", 60);
    poll_rss();
    assert_int_equal(h.n_rows, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, gone)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_new_feed_is_quiet),
        TEST(test_cut_first_document),
        TEST(test_identity),
        TEST(test_change),
        TEST(test_passed_over_items_are_matched),
        TEST(test_two_recipients),
        TEST(test_facts),
        TEST(test_two_sections),
        TEST(test_answers),
        TEST(test_learns),
        TEST(test_path),
        TEST(test_commit_fails),
        TEST(test_stop_in_trouble),
        TEST(test_restart),
        TEST(test_questions),
        TEST(test_reload),
        TEST(test_many_rows),
        TEST(test_summary),
        TEST(test_second_start),
        TEST(test_after_damage),
    };
    sigaction(SIGXFSZ, &(struct sigaction){.sa_handler = SIG_IGN},
              NULL); /* as the daemon does: a write that is refused is an error of that write */
    return cmocka_run_group_tests(tests, NULL, NULL);
}

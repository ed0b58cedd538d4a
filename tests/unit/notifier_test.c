/* Notifiers through the bounds: each ticket ends once, and nothing comes after stop. The plugin is
 * tests/plugins/messenger.c, which does what a message's title says. */
#include "unit.h"

#include "base/mem.h"
#include "plugin/plugin.h"

#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

struct heard {
    pthread_mutex_t lock;
    size_t n_sent, n_acted, n_closed, n_available;
    uint64_t ticket;
    int result, reason;
    int64_t retry_after;
    char why[100], key[20], action[20];
    bool available;
};

static void on_sent(void *ctx, uint64_t ticket, int result, int64_t retry_after_ms, const char *why) {
    struct heard *h = ctx;
    pthread_mutex_lock(&h->lock);
    h->n_sent++;
    h->ticket = ticket;
    h->result = result;
    h->retry_after = retry_after_ms;
    snprintf(h->why, sizeof h->why, "%s", why ? why : "(none)");
    pthread_mutex_unlock(&h->lock);
}
static void on_acted(void *ctx, struct text key, struct text action) {
    struct heard *h = ctx;
    h->n_acted++;
    snprintf(h->key, sizeof h->key, "%.*s", TEXT_ARGS(key));
    snprintf(h->action, sizeof h->action, "%.*s", TEXT_ARGS(action));
}
static void on_closed(void *ctx, struct text key, int reason) {
    struct heard *h = ctx;
    (void)key;
    h->n_closed++;
    h->reason = reason;
}
static void on_available(void *ctx, bool yes, const char *why) {
    struct heard *h = ctx;
    h->n_available++;
    h->available = yes;
    snprintf(h->why, sizeof h->why, "%s", why);
}

struct stage {
    struct plugins *plugins;
    struct notifier *notifier;
    struct heard heard;
    char *folder, *file;
};

static void copy_file(const char *from, const char *to) {
    FILE *in = fopen(from, "rbe"), *out = fopen(to, "wbe");
    if (!in || !out) fail_msg("%s is not built (make badplugins)", from);
    char bytes[4096];
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, in));) assert_int_equal(fwrite(bytes, 1, n, out), n);
    assert_int_equal(fclose(out), 0);
    fclose(in);
    assert_int_equal(chmod(to, 0644), 0);
}

static void stage_open(struct stage *s, const char *late) {
    struct problems problems = PROBLEMS_INIT;
    struct option_value value = {(char *)"late", (char *)late, {"c", 3}};
    struct config_notify notify = {.name = (char *)"desk",
                                   .at = {"c", 1},
                                   .kind = NOTIFY_PLUGIN,
                                   .kind_name = (char *)"messenger",
                                   .enabled = true,
                                   .options = {&value, 1, 1}};
    const struct config config = {.file = (char *)"c", .notifiers = &notify, .n_notifiers = 1};
    *s = (struct stage){.folder =
                            xasprintf("%s/plugins-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp")};
    pthread_mutex_init(&s->heard.lock, NULL);
    assert_non_null(mkdtemp(s->folder));
    s->file = xasprintf("%s/messenger.so", s->folder);
    copy_file(TEST_BUILD "/tests/plugins/messenger.so", s->file);
    const struct plugin_places places = {.builtin = s->folder};
    const struct notifier_events events = {&s->heard, on_sent, on_acted, on_closed, on_available};
    s->plugins = plugins_load_from(&places, &config, &problems);
    assert_int_equal(problems.n, 0);
    s->notifier = notifier_start(plugins_by_name(s->plugins, "messenger"), &notify, &events);
}

static void stage_close(struct stage *s) {
    notifier_stop(s->notifier);
    plugins_free(s->plugins);
    unlink(s->file);
    rmdir(s->folder);
    free(s->file);
    free(s->folder);
    pthread_mutex_destroy(&s->heard.lock);
}

static int send(struct stage *s, const char *title, uint64_t ticket) {
    const struct na_message m = {.size = sizeof m, .key = {"key1", 4}, .title = {title, strlen(title)}};
    return notifier_send(s->notifier, &m, ticket);
}

static void test_once(void **state) {
    (void)state;
    struct stage s;
    stage_open(&s, "no");
    assert_non_null(s.notifier);
    assert_int_equal(notifier_features(s.notifier), NA_FEATURE_EDITS);
    /* start() said so, with an option's checked default. */
    assert_true(s.heard.n_available == 1 && s.heard.available);
    assert_string_equal(s.heard.why, "10000");
    assert_int_equal(send(&s, "sent", 77), 0);
    assert_true(s.heard.n_sent == 1 && s.heard.ticket == 77 && s.heard.result == NA_SENT);
    assert_string_equal(s.heard.why, "(none)");
    assert_int_equal(s.heard.retry_after, 86400000); /* at most a day */
    assert_int_equal(send(&s, "twice", 78), 0);
    assert_true(s.heard.n_sent == 2 && s.heard.ticket == 78 && s.heard.result == NA_SENT);
    assert_int_equal(send(&s, "foreign", 79), 0);
    assert_true(s.heard.n_sent == 3 && s.heard.ticket == 79);
    assert_int_equal(send(&s, "odd", 80), 0);
    assert_true(s.heard.n_sent == 4 && s.heard.result == NA_RETRY && s.heard.retry_after == 0);
    assert_int_equal(send(&s, "refuse", 81), -1);
    assert_int_equal(s.heard.n_sent, 4);
    /* Answered, then refused: the answer stands. */
    assert_int_equal(send(&s, "answer-refuse", 82), 0);
    assert_true(s.heard.n_sent == 5 && s.heard.ticket == 82 && s.heard.result == NA_DEAD);
    assert_string_equal(s.heard.why, "no such person");
    /* The number of a ticket may come again. */
    assert_int_equal(send(&s, "sent", 77), 0);
    assert_true(s.heard.n_sent == 6 && s.heard.ticket == 77);
    stage_close(&s);
    assert_int_equal(s.heard.n_sent, 6);
}

static void test_news(void **state) {
    (void)state;
    struct stage s;
    stage_open(&s, "no");
    assert_int_equal(send(&s, "news", 1), 0);
    assert_int_equal(s.heard.n_acted, 1); /* the one without a key is dropped */
    assert_string_equal(s.heard.key, "key1");
    assert_string_equal(s.heard.action, "open");
    assert_int_equal(s.heard.n_closed, 2);
    assert_int_equal(s.heard.reason, NA_CLOSED_OTHER);
    assert_true(s.heard.n_available == 2 && !s.heard.available);
    stage_close(&s);
}

static void test_cancel(void **state) {
    (void)state;
    struct stage s;
    stage_open(&s, "no");
    assert_int_equal(send(&s, "later", 5), 0);
    notifier_cancel(s.notifier, 5);
    notifier_cancel(s.notifier, 6); /* never sent: nothing */
    assert_int_equal(s.heard.n_sent, 0);
    assert_int_equal(send(&s, "later", 7), 0);
    s.notifier = notifier_stop(s.notifier);
    /* What is answered before stop() returns counts. */
    assert_true(s.heard.n_sent == 1 && s.heard.ticket == 7 && s.heard.result == NA_RETRY);
    stage_close(&s);
}

static void test_late(void **state) {
    (void)state;
    struct stage s;
    stage_open(&s, "yes");
    assert_int_equal(send(&s, "later", 5), 0);
    s.notifier = notifier_stop(s.notifier);
    assert_true(s.heard.n_sent == 1 && s.heard.n_available == 1);
    usleep(400000);
    assert_true(s.heard.n_sent == 1 && s.heard.n_closed == 0 && s.heard.n_available == 1);
    stage_close(&s);
}

static void test_does_not_start(void **state) {
    (void)state;
    struct stage s;
    stage_open(&s, "never");
    assert_null(s.notifier);
    stage_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once), cmocka_unit_test(test_news),           cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_late), cmocka_unit_test(test_does_not_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

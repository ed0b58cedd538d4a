/* Notices, moves and crashes, in the house of pipeline_test. */
int main_of_pipeline_test(void);
#define main main_of_pipeline_test
#include "pipeline_test.c"
#undef main

/* A trouble is told once, in words, to whom `notices` names, and its end once; a restart repeats neither. */
static void test_notices(void **state) {
    (void)state;
    configure("notices = hook\n" PLAIN);
    start();
    answer_of(ANSWER_STATUS, 403);
    assert_int_equal(h.notices, 1);
    assert_false(h.well);
    assert_int_equal(h.n_rows, 1);
    assert_int_equal(h.rows[0]->kind, KIND_PROBLEM);
    assert_non_null(strstr(h.rows[0]->facts, "\"feed.problem\""));
    assert_non_null(strstr(h.rows[0]->facts, "access is refused"));
    char key[KEY_SIZE];
    memcpy(key, h.rows[0]->key, KEY_SIZE);
    answer_of(ANSWER_STATUS, 403);
    assert_int_equal(h.notices, 1);
    stop();
    start();
    answer_of(ANSWER_STATUS, 403);
    assert_int_equal(h.notices, 0);
    rss_begin();
    poll_rss();
    assert_int_equal(h.notices, 1);
    assert_true(h.well);
    pipeline_want(h.p, "hook");
    run_until_idle();
    size_t recovered = 0;
    for (size_t i = 0; i < h.n_rows; i++) {
        if (h.rows[i]->kind != KIND_RECOVERED) continue;
        recovered++;
        assert_memory_not_equal(h.rows[i]->key, key, KEY_SIZE);
        assert_non_null(strstr(h.rows[i]->facts, "\"feed.recovered\""));
    }
    assert_int_equal(recovered, 1);
    answer_of(ANSWER_NOT_MODIFIED, 304);
    assert_int_equal(h.notices, 1);
}

static void answer_at(const char *url, bool permanent, const char *text) {
    struct fetched *f = xcalloc(1, sizeof *f);
    f->location = xstrdup(FEED);
    f->final_url = xstrdup(url);
    f->answer = (struct answer){.kind = text ? ANSWER_FEED : ANSWER_NOT_MODIFIED,
                                .status = text ? 200 : 304,
                                .retry_after = -1,
                                .at = time_wall(),
                                .conditional = true,
                                .permanent = permanent};
    if (text) {
        f->body = xstrdup(text);
        f->body_len = strlen(text);
    }
    pipeline_fetched(h.p, f);
    run_until_idle();
}

static void test_moved(void **state) {
    (void)state;
    static const char empty[] =
        "<rss version=\"2.0\"><channel><title>The Invented Paper</title></channel></rss>";
    configure(PLAIN);
    start();
    answer_at("https://new.example/feed?key=s3cret", true, empty);
    assert_null(feed_move_address(&h.status.move));
    answer_at("https://new.example/feed?key=s3cret", true, "<html><title>Log in</title></html>");
    answer_at("https://new.example/feed?key=s3cret", true, empty);
    assert_null(feed_move_address(&h.status.move)); /* what did not parse breaks the row */
    answer_at("https://new.example/feed?key=s3cret", true, NULL);
    assert_string_equal(feed_move_address(&h.status.move), "https://new.example/feed?key=s3cret");
    assert_non_null(strstr(h.notice, "moved for good to https://new.example/feed"));
    assert_null(strstr(h.notice, "s3cret"));
    stop();
    start();
    assert_string_equal(feed_move_address(&pipeline_feed_status(h.p, FEED)->move),
                        "https://new.example/feed?key=s3cret");
}

/* Ends like a crash in the middle of a document: what the lock file says stays. */
static void crash_in_hand(void) {
    AUTOFREE char *lock = xasprintf("%s/lock", h.state);
    char text[25];
    stop();
    FILE *f = fopen(lock, "r+e");
    assert_non_null(f);
    assert_int_equal(fseek(f, 32, SEEK_SET), 0);
    snprintf(text, sizeof text, "%-22d\n", 1);
    fputs(text, f);
    fclose(f);
    start();
}

static void test_crashes(void **state) {
    (void)state;
    log_set_level(LOG_LEVEL_ERROR);
    configure(PLAIN);
    start();
    rss_begin();
    poll_rss();
    for (int i = 1; i <= 3; i++) {
        crash_in_hand();
        const struct feed_status *s = pipeline_feed_status(h.p, FEED);
        assert_int_equal(s->crashes, i);
        assert_int_equal(s->schedule.failures > 0, i == 3);
    }
    const struct feed_status *s = pipeline_feed_status(h.p, FEED);
    assert_int_equal(schedule_state_name(&s->schedule, &h.setup->config->feeds[0], time_wall()),
                     FEED_FAILING);
    assert_true(s->schedule.next > time_wall() + 10 * MINUTE);
    rss_begin();
    poll_rss();
    assert_int_equal(h.status.crashes, 0);
    stop(); /* an end in peace counts nothing */
    start();
    assert_int_equal(pipeline_feed_status(h.p, FEED)->crashes, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_notices),
        TEST(test_moved),
        TEST(test_crashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

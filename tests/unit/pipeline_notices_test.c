/* Notices, moves and crashes, in the pipeline's house. */
#include "pipeline_house.h"

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

static void destination(enum trouble trouble, int64_t at) {
    struct trouble_report r = {.notify = "hook", .trouble = trouble, .failures = 4, .since = 1000, .at = at};
    snprintf(r.error, sizeof r.error, "HTTP 503");
    pipeline_destination(h.p, &r);
    run_until_idle();
}

/* Rows of this kind that were handed out to "desk"; nothing is ever handed out to "hook". */
static size_t told_desk(enum message_kind kind) {
    size_t n = 0;
    for (size_t i = 0; i < h.n_rows; i++) {
        assert_string_equal(h.rows[i]->notify, "desk");
        n += h.rows[i]->kind == kind;
    }
    return n;
}

/* A destination's trouble is told once, to the others, then what is worse, then the end; over restarts too.
 */
static void test_destinations(void **state) {
    (void)state;
    configure("notices = hook, desk\n" PLAIN "[notify desk]\nkind = webhook\nurl = https://desk.example/\n");
    start();
    destination(TROUBLE_NONE, 1000); /* the first word of each */
    assert_int_equal(h.notices, 0);
    destination(TROUBLE_FAILING, 2000);
    assert_int_equal(h.notices, 1);
    assert_int_equal(told_desk(KIND_PROBLEM), 1);
    assert_non_null(strstr(h.rows[0]->facts, "\"destination.problem\""));
    assert_non_null(strstr(h.rows[0]->facts, "4 times in a row: HTTP 503"));
    assert_int_equal(h.rows[0]->level, LEVEL_URGENT);
    stop();
    start();
    destination(TROUBLE_FAILING, 3000);
    assert_int_equal(h.notices, 0);
    destination(TROUBLE_SUSPENDED, 4000);
    assert_int_equal(h.notices, 1);
    destination(TROUBLE_FAILING, 5000);
    assert_int_equal(h.notices, 1);
    destination(TROUBLE_NONE, 6000);
    assert_int_equal(h.notices, 2);
    assert_true(h.well);
    assert_int_equal(told_desk(KIND_RECOVERED), 1);
    destination(TROUBLE_NONE, 7000);
    destination(TROUBLE_FAILING, 8000);
    assert_int_equal(h.notices, 3); /* another time */
    pipeline_want(h.p, "desk");
    run_until_idle();
    assert_int_equal(told_desk(KIND_PROBLEM), 3);
}

/* What is given up for want of room is told once, and that there is room again once. */
static void test_full(void **state) {
    (void)state;
    configure("outbox_max = 100\nfirst_run = all\nnotices = desk\n" ONE_HOOK "[feed paper]\nurl = " FEED
              "\n[alert flood]\nquery = flood\nlevel = routine\nnotify = hook\n"
              "[notify desk]\nkind = webhook\nurl = https://desk.example/\n");
    start();
    for (int round = 0; round < 3; round++) {
        rss_begin();
        rss_item("kept", "https://p.example/kept", "What each document lists", 60); /* nothing is missed */
        for (int i = 0; i < 80; i++) {
            char guid[20], link[60], title[60];
            snprintf(guid, sizeof guid, "f%d-%d", round, i);
            snprintf(link, sizeof link, "https://p.example/f/%d/%d", round, i);
            snprintf(title, sizeof title, "A flood, %d of %d", i, round);
            rss_item(guid, link, title, 60);
        }
        poll_rss();
    }
    assert_int_equal(h.notices, 1);
    assert_non_null(strstr(h.notice, "more than 100 messages wait"));
    size_t told = 0;
    for (size_t i = 0; i < h.n_rows; i++) told += !strcmp(h.rows[i]->notify, "desk");
    assert_int_equal(told, 1);
    pipeline_ask(h.p, 77, "drop", json_pack("{s:s}", "notify", "hook"));
    run_until_idle();
    assert_int_equal(h.notices, 2);
    assert_true(h.well);
    answer_of(ANSWER_STATUS, 500);
    assert_int_equal(h.notices, 2);
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

/* Ends like a crash in the middle of a document, which was the reader's or the pipeline's: what the lock file
 * says stays. */
static void crash_in_hand(int hand) {
    AUTOFREE char *lock = xasprintf("%s/lock", h.state);
    stop();
    FILE *f = fopen(lock, "r+e");
    assert_non_null(f);
    assert_int_equal(fseek(f, 4096 * (1 + hand), SEEK_SET), 0);
    assert_int_equal(fwrite(FEED, 1, sizeof FEED, f), sizeof FEED);
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
        crash_in_hand(i % 2);
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
        TEST(test_notices), TEST(test_destinations), TEST(test_full), TEST(test_moved), TEST(test_crashes),
    };
    return RUN(tests);
}

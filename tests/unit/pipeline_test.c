/* What the pipeline makes of documents: which items are new, whom they are told, what a feed learns. */
#include "pipeline_house.h"

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
    set_up();
    ((struct config_alert *)config_alert(h.setup->config, "short"))->window = 1000;
    run();
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
    };
    return RUN(tests);
}

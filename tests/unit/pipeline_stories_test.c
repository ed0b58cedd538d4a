/* Stories, held messages and mutes over restarts, reloads and failed commits, in the pipeline's house. */
#include "pipeline_house.h"

#include "story/index.h"

static const char *const blast[] = {"Explosion at Springfield chemical plant kills three workers",
                                    "Three workers dead after explosion at Springfield chemical plant",
                                    "Springfield chemical plant explosion: three workers killed"};
static const char *const apart[] = {"Ferry company cancels harbour crossings as explosion nears",
                                    "Insurance prices see an explosion",
                                    "Choir sings of an explosion of joy"};

#define BLAST(more) ONE_HOOK "[feed paper]\nurl = " FEED "\n[alert blast]\nquery = explosion\n" more

static void say_items(const char *const *titles, size_t from, size_t to) {
    char guid[20], link[60];
    rss_begin();
    for (size_t i = from; i < to; i++) {
        snprintf(guid, sizeof guid, "%p", (const void *)titles[i]);
        snprintf(link, sizeof link, "https://p.example/%p", (const void *)titles[i]);
        rss_item(guid, link, titles[i], 60);
    }
    poll_rss();
}

static size_t entries_of(const struct row *r) {
    json_t *facts = json_loads(r->facts, 0, NULL);
    size_t n = json_array_size(json_object_get(facts, "entries"));
    json_decref(facts);
    return n;
}

/* The first row was delivered. */
static void deliver_first(void) {
    const struct row_result sent = {
        .row = h.rows[0]->id, .notify = "hook", .outcome = OUTCOME_SENT, .at = time_wall()};
    pipeline_result(h.p, &sent);
    run_until_idle();
}

static json_int_t mute(const char *name, int64_t length) {
    json_t *answer = ask("mute", json_pack("{s:s, s:I}", "name", name, "for", (json_int_t)length));
    assert_int_equal(status_of(answer), 200);
    return json_integer_value(json_object_get(answer, "id"));
}

static void reload_with(const char *text) {
    configure(text);
    pipeline_reload(h.p, h.conf, 5);
    run_until_idle();
    assert_null(h.problems);
}

/* One message for three outlets, and one follow-up for two, whatever happens in between. */
static void test_follow_up(void **state) {
    (void)state;
    configure("first_run = all\n" BLAST("follow_up = 5s\n"));
    start();
    say_items(blast, 0, 3);
    assert_int_equal(h.n_rows, 1);
    assert_int_equal(h.rows[0]->kind, KIND_NEW);
    assert_true(h.rows[0]->story > 0);
    assert_int_equal(rows_in("held"), 2);
    int64_t story = h.rows[0]->story;
    stop();
    start();
    assert_int_equal(rows_in("held"), 2);
    pipeline_want(h.p, "hook");
    wait_for_rows(2); /* the first, which nobody has sent, and the follow-up */
    assert_int_equal(h.rows[1]->kind, KIND_FOLD);
    assert_int_equal(h.rows[1]->story, story);
    assert_int_equal(entries_of(h.rows[1]), 2);
    assert_string_not_equal(h.rows[1]->key, h.rows[0]->key);
    assert_int_equal(rows_in("held"), 0);
    assert_int_equal(rows_in("merged"), 2);
    json_t *alerts = json_object_get(ask("alerts", NULL), "rows"), *thread = json_array_get(alerts, 0);
    assert_int_equal(json_array_size(alerts), 1);
    assert_int_equal(json_array_size(json_object_get(thread, "items")), 3);
}

/* The index is built again with the numbers that are stored. */
static void test_story_over_restart(void **state) {
    (void)state;
    configure("first_run = all\n" BLAST(""));
    start();
    say_items(blast, 0, 1);
    int64_t story = h.rows[0]->story;
    deliver_first();
    stop();
    start();
    say_items(blast, 1, 2);
    assert_int_equal(h.n_rows, 0);
    assert_int_equal(rows_in("held"), 1);
    say_items(apart, 0, 1);
    assert_int_equal(h.n_rows, 1);
    assert_true(h.rows[0]->story > story);
}

/* What a limit held comes when the limit is gone, as one summary with its key made of what it took. */
static void test_limit(void **state) {
    (void)state;
    configure("first_run = all\n" BLAST("limit = 1/1h\n"));
    start();
    say_items(apart, 0, 3);
    assert_int_equal(h.n_rows, 1);
    assert_int_equal(rows_in("held"), 2);
    deliver_first();
    stop();
    start();
    say_items(blast, 0, 1);
    assert_int_equal(h.n_rows, 0); /* the sent one still counts */
    assert_int_equal(rows_in("held"), 3);
    reload_with("first_run = all\n" BLAST(""));
    wait_for_rows(1);
    assert_int_equal(h.rows[0]->kind, KIND_SUMMARY);
    assert_int_equal(entries_of(h.rows[0]), 3);
    assert_int_equal(rows_in("held"), 0);
}

/* An alert that is taken out makes nothing new; what is held of it leaves at its time. */
static void test_alert_gone(void **state) {
    (void)state;
    configure("first_run = all\n" BLAST(""));
    start();
    mute("blast", 2000);
    say_items(apart, 0, 2);
    assert_int_equal(h.n_rows, 0);
    assert_int_equal(rows_in("held"), 2);
    reload_with(ONE_HOOK "[feed paper]\nurl = " FEED "\n[alert other]\nquery = earthquake\n");
    assert_int_equal(rows_in("held"), 2);
    wait_for_rows(1);
    assert_int_equal(h.rows[0]->kind, KIND_SUMMARY);
    assert_string_equal(h.rows[0]->alert, "blast");
    assert_int_equal(json_array_size(json_object_get(ask("mutes", NULL), "rows")), 0);
}

/* A held message that a person drops is gone; the others come. */
static void test_drop_held(void **state) {
    (void)state;
    configure("first_run = all\n" BLAST("level = flash\n"));
    start();
    json_int_t id = mute("feed:paper", HOUR);
    say_items(apart, 0, 3);
    json_t *held = json_object_get(ask("outbox", json_pack("{s:s}", "state", "held")), "rows");
    assert_int_equal(json_array_size(held), 3);
    json_t *first = json_incref(json_object_get(json_array_get(held, 0), "id"));
    assert_int_equal(status_of(ask("drop", json_pack("{s:o}", "id", first))), 200);
    assert_int_equal(status_of(ask("unmute", json_pack("{s:I}", "id", id))), 200);
    assert_int_equal(status_of(ask("unmute", json_pack("{s:I}", "id", id))), 404);
    wait_for_rows(1);
    assert_int_equal(h.rows[0]->kind, KIND_SUMMARY);
    assert_int_equal(h.rows[0]->level, LEVEL_FLASH);
    assert_int_equal(entries_of(h.rows[0]), 2);
}

/* A commit that fails leaves neither a story nor a thread behind. */
static void test_failed_commit(void **state) {
    (void)state;
    configure("first_run = all\n" BLAST(""));
    start();
    say_items(apart, 0, 1);
    assert_int_equal(h.n_rows, 1);
    int64_t story = h.rows[0]->story;
    limit_files(1);
    say_items(blast, 0, 2);
    assert_int_equal(h.not_committed, 1);
    assert_int_equal(h.n_rows, 1);
    limit_files(RLIM_INFINITY);
    say_items(blast, 0, 2);
    assert_int_equal(h.n_rows, 2);
    assert_int_equal(h.rows[1]->story, story + 1);
    assert_int_equal(rows_in("held"), 1);
    assert_int_equal(json_array_size(json_object_get(ask("alerts", NULL), "rows")), 2);
}

/* Below `sources` it is routine and titled so; the second publisher confirms it. */
static void test_sources(void **state) {
    (void)state;
    configure("first_run = all\n" ONE_HOOK "[feed paper]\nurl = " FEED
              "\n[alert blast]\nquery = explosion\nsources = 2\nlevel = flash\n");
    start();
    rss_begin();
    rss_item("a", "https://one.example/a", blast[0], 60);
    poll_rss();
    assert_int_equal(h.n_rows, 1);
    assert_int_equal(h.rows[0]->level, LEVEL_ROUTINE);
    assert_non_null(strstr(h.rows[0]->facts, "\"unconfirmed\":1"));
    json_t *alerts = json_object_get(ask("alerts", NULL), "rows");
    assert_string_equal(json_string_value(json_object_get(json_array_get(alerts, 0), "state")),
                        "unconfirmed");
    rss_begin();
    rss_item("b", "https://two.example/b", blast[1], 60);
    poll_rss();
    assert_int_equal(h.n_rows, 2);
    assert_int_equal(h.rows[1]->kind, KIND_PROMOTE);
    assert_int_equal(h.rows[1]->level, LEVEL_FLASH);
    alerts = json_object_get(ask("alerts", NULL), "rows");
    assert_string_equal(json_string_value(json_object_get(json_array_get(alerts, 0), "state")), "open");
}

/* Counts of more words than an index begins with room for come back as they were. */
static void test_counts(void **state) {
    (void)state;
    const struct story_options options = {.seed = 7};
    struct story_index *x = story_index_new(&options), *y = story_index_new(&options);
    struct story_answer answer;
    char title[100];
    for (int i = 0; i < 20000; i++) {
        snprintf(title, sizeof title, "Qa%db went to we%dzk and ru%dpo", i, i * 7, i * 13);
        const struct story_item item = {.id = i + 1, .title = text_of(title), .seen = 1000 + i};
        story_of(x, &item, &answer, NULL);
    }
    struct buf before, after;
    buf_init(&before, LIMIT_STORY_COUNTS);
    buf_init(&after, LIMIT_STORY_COUNTS);
    assert_int_equal(story_index_counts(x, &before), 0);
    assert_int_equal(story_index_take_counts(y, buf_text(&before)), 0);
    assert_int_equal(story_index_counts(y, &after), 0);
    assert_int_equal(before.len, after.len);
    struct story_index_status one, other;
    story_index_status(x, &one);
    story_index_status(y, &other);
    assert_true(one.words > 50000 && other.words >= 50000);
    buf_clear(&before);
    buf_clear(&after);
    story_index_free(x);
    story_index_free(y);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_follow_up),  TEST(test_story_over_restart), TEST(test_limit),
        TEST(test_alert_gone), TEST(test_drop_held),          TEST(test_failed_commit),
        TEST(test_sources),    cmocka_unit_test(test_counts),
    };
    return RUN(tests);
}

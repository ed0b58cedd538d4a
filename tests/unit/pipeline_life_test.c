/* The pipeline over time: failed commits, restarts, reloads, questions, floods, damage. */
#include "pipeline_house.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_commit_fails), TEST(test_stop_in_trouble), TEST(test_restart),
        TEST(test_questions),    TEST(test_reload),          TEST(test_many_rows),
        TEST(test_summary),      TEST(test_second_start),    TEST(test_after_damage),
    };
    return RUN(tests);
}

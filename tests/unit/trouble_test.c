#include "unit.h"

#include "base/time.h"
#include "deliver/sender.h"
#include "deliver/trouble.h"

static struct trouble_watch w;
static struct trouble_report said;

static int fresh(void **state) {
    (void)state;
    w = (struct trouble_watch){0};
    return 0;
}

static bool after(enum answer_kind kind, int code, enum outcome outcome, int64_t wall) {
    struct answer a;
    answer_say(&a, kind, code, "the answer was %d", code);
    a.stage = STAGE_RCPT;
    return trouble_watch(&w, outcome, answer_verdict(&a).destination, a.what, wall, &said);
}

/* The first word of a process is told though it is good: what was told before a start may end so. */
static void well(void **state) {
    (void)state;
    assert_true(after(ANSWER_HTTP, 204, OUTCOME_SENT, 1000));
    assert_int_equal(said.trouble, TROUBLE_NONE);
    assert_int_equal(said.at, 1000);
    assert_false(after(ANSWER_HTTP, 204, OUTCOME_SENT, 2000));
}

static void failing(void **state) {
    (void)state;
    for (int i = 1; i < TROUBLE_AFTER; i++) assert_false(after(ANSWER_HTTP, 503, OUTCOME_RETRY, i * 1000));
    assert_true(after(ANSWER_HTTP, 500, OUTCOME_RETRY, 9000));
    assert_int_equal(said.trouble, TROUBLE_FAILING);
    assert_int_equal(said.failures, TROUBLE_AFTER);
    assert_int_equal(said.since, 1000);
    assert_int_equal(said.at, 9000);
    assert_string_equal(said.error, "the answer was 500");
    assert_false(after(ANSWER_HTTP, 500, OUTCOME_RETRY, 10000));
    assert_true(after(ANSWER_HTTP, 404, OUTCOME_SUSPEND, 11000)); /* worse */
    assert_int_equal(said.trouble, TROUBLE_SUSPENDED);
    assert_int_equal(said.since, 1000);
    assert_false(after(ANSWER_HTTP, 500, OUTCOME_RETRY, 12000)); /* not better enough */
    assert_false(after(ANSWER_HTTP, 404, OUTCOME_SUSPEND, 13000));
    assert_true(after(ANSWER_HTTP, 200, OUTCOME_SENT, 14000));
    assert_int_equal(said.trouble, TROUBLE_NONE);
    assert_int_equal(said.since, 1000);
    assert_false(after(ANSWER_HTTP, 500, OUTCOME_RETRY, 15000)); /* it is counted from the start again */
    assert_true(after(ANSWER_HTTP, 403, OUTCOME_SUSPEND, 16000));
    assert_int_equal(said.since, 15000);
}

/* A few failures between two successes are nothing; messages that it kills are. */
static void only_in_a_row(void **state) {
    (void)state;
    after(ANSWER_HTTP, 204, OUTCOME_SENT, 1);
    for (int i = 0; i < 20; i++) {
        for (int k = 1; k < TROUBLE_AFTER; k++)
            assert_false(after(ANSWER_FAILURE, FAILURE_RESET, OUTCOME_RETRY, 2));
        assert_false(after(ANSWER_HTTP, 204, OUTCOME_SENT, 3));
    }
    for (int k = 1; k < TROUBLE_AFTER; k++) assert_false(after(ANSWER_HTTP, 400, OUTCOME_DEAD, 4));
    assert_true(after(ANSWER_HTTP, 400, OUTCOME_DEAD, 5));
    assert_int_equal(said.trouble, TROUBLE_FAILING);
}

/* One recipient that is greylisted, one text that is too long: the row's own. */
static void rows_own(void **state) {
    (void)state;
    for (int k = 0; k < 20; k++) {
        assert_false(after(ANSWER_SMTP, 450, OUTCOME_RETRY, 1));
        assert_false(after(ANSWER_HTTP, 413, OUTCOME_RETRY, 1));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(well, fresh),
        cmocka_unit_test_setup(failing, fresh),
        cmocka_unit_test_setup(only_in_a_row, fresh),
        cmocka_unit_test_setup(rows_own, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "poll/schedule_moved.c"

#include "unit.h"

#define A "https://a.example/feed"
#define B "https://b.example/feed"

static struct feed_move m;

static int end(void **state) {
    (void)state;
    feed_move_clear(&m);
    return 0;
}

static enum moved good(const char *url) { /* NULL: without a permanent redirect */
    return schedule_moved(&m, true, url != NULL, url ? url : "https://old.example/", TIME_NONE, 1000 * DAY);
}

static enum moved bad(int64_t days) {
    return schedule_moved(&m, false, true, A, (1000 - days) * DAY, 1000 * DAY);
}

static void adopted_after_two_in_a_row(void **state) {
    (void)state;
    assert_int_equal(good(A), MOVED_NOT);
    assert_null(feed_move_address(&m));
    assert_int_equal(good(A), MOVED_ADOPTED);
    assert_string_equal(feed_move_address(&m), A);
    assert_int_equal(good(NULL), MOVED_NOT); /* from now on it is asked directly */
    assert_string_equal(feed_move_address(&m), A);
}

static void what_breaks_the_row(void **state) {
    (void)state;
    good(A);
    assert_int_equal(good(NULL), MOVED_NOT); /* a temporary redirect, or none */
    assert_int_equal(good(A), MOVED_NOT);
    assert_int_equal(good(B), MOVED_NOT); /* another end */
    assert_int_equal(good(A), MOVED_NOT);
    assert_int_equal(bad(0), MOVED_NOT); /* a failure */
    assert_int_equal(good(A), MOVED_NOT);
    assert_int_equal(good(A), MOVED_ADOPTED);
}

static void back_after_three_days_of_failures(void **state) {
    (void)state;
    good(A);
    good(A);
    assert_int_equal(bad(2), MOVED_NOT);
    assert_string_equal(feed_move_address(&m), A);
    assert_int_equal(bad(3), MOVED_BACK);
    assert_null(feed_move_address(&m));
    assert_int_equal(bad(4), MOVED_NOT); /* once */
}

static void a_second_move(void **state) {
    (void)state;
    good(A);
    good(A);
    assert_int_equal(good(B), MOVED_NOT);
    assert_string_equal(feed_move_address(&m), A); /* still asked while B is on trial */
    assert_int_equal(good(NULL), MOVED_NOT);
    assert_string_equal(feed_move_address(&m), A); /* the trial is over, A stays */
    good(B);
    assert_int_equal(good(B), MOVED_ADOPTED);
    assert_string_equal(feed_move_address(&m), B);
    assert_null(m.before);
}

static void copies(void **state) {
    (void)state;
    struct feed_move copy;
    good(A);
    good(A);
    good(B);
    feed_move_copy(&copy, &m);
    feed_move_clear(&m);
    assert_string_equal(feed_move_address(&copy), A);
    assert_string_equal(copy.to, B);
    feed_move_clear(&copy);
}

#define CASE(f) cmocka_unit_test_teardown(f, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(adopted_after_two_in_a_row),
        CASE(what_breaks_the_row),
        CASE(back_after_three_days_of_failures),
        CASE(a_second_move),
        CASE(copies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

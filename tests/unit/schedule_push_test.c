#include "poll/schedule_push.h"

#include "base/time.h"

#include "unit.h"

#define NOW (INT64_C(1795510800) * SECOND)

static void trust(void **state) {
    (void)state;
    struct lease l = {.state = LEASE_HELD, .until = NOW + DAY};
    assert_true(lease_trusted(&l, NOW));
    assert_false(lease_trusted(&l, NOW + DAY));
    l.state = LEASE_WANTED;
    assert_false(lease_trusted(&l, NOW));
    l.state = LEASE_LEAVING;
    assert_false(lease_trusted(&l, NOW));
}

static void missed(void **state) {
    (void)state;
    struct lease l = {.state = LEASE_HELD, .until = NOW + 10 * DAY};
    assert_false(lease_checked(&l, 0, NOW));
    assert_true(lease_checked(&l, 2, NOW));
    assert_false(lease_trusted(&l, NOW));
    assert_false(lease_trusted(&l, NOW + DAY - 1));
    assert_true(lease_trusted(&l, NOW + DAY));
    /* told once a day: it is polled as before meanwhile */
    assert_false(lease_checked(&l, 2, NOW + HOUR));
    assert_int_equal(l.missed, NOW);
    /* the push was on its way */
    lease_pushed(&l, NOW + 4 * MINUTE);
    assert_true(lease_trusted(&l, NOW + 4 * MINUTE));
    assert_false(lease_checked(&l, 1, NOW + 8 * MINUTE));
    assert_true(lease_checked(&l, 1, NOW + 10 * MINUTE));
    lease_pushed(&l, NOW + 20 * MINUTE);
    assert_false(lease_trusted(&l, NOW + 20 * MINUTE));
    /* the clock was set back: a time in the future says nothing */
    l.missed = NOW + 9 * DAY;
    assert_true(lease_trusted(&l, NOW));
}

static void renewal(void **state) {
    (void)state;
    assert_int_equal(lease_renewal(10 * DAY, NOW), NOW + 8 * DAY);
    static const int64_t waits[] = {HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, DAY, DAY};
    for (size_t i = 0; i < 7; i++) assert_int_equal(lease_backoff((int64_t)i + 1), waits[i]);
    assert_int_equal(lease_backoff(INT64_MAX), DAY);
}

static void next_poll(void **state) {
    (void)state;
    const struct config_feed feed = {.max_every = 4 * HOUR};
    struct schedule_state s;
    schedule_init(&s);
    s.next = NOW + 5 * MINUTE;
    schedule_push(&s, &feed, NOW);
    assert_true(s.next >= NOW + 4 * HOUR && s.next <= NOW + 4 * HOUR + 24 * MINUTE);
    assert_string_equal(s.why, "websub");
    assert_non_null(strstr(s.why_says, "4h"));
    /* never sooner than the feed's own rules, and back-off stays */
    s.next = NOW + 5 * HOUR;
    snprintf(s.why, sizeof s.why, "every");
    schedule_push(&s, &feed, NOW);
    assert_int_equal(s.next, NOW + 5 * HOUR);
    assert_string_equal(s.why, "every");
    s.next = NOW + MINUTE;
    s.failures = 1;
    schedule_push(&s, &feed, NOW);
    assert_int_equal(s.next, NOW + MINUTE);
    s.failures = 0;
    s.next = TIME_NONE;
    schedule_push(&s, &feed, NOW);
    assert_int_equal(s.next, TIME_NONE);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(trust), cmocka_unit_test(missed),
                                       cmocka_unit_test(renewal), cmocka_unit_test(next_poll)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

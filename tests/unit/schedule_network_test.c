#include "poll/schedule_network.c"

#include "unit.h"

static struct schedule_network n;

static int begin(void **state) {
    (void)state;
    schedule_network_init(&n);
    return 0;
}

static enum network_verdict fails(uint64_t host, int64_t at) {
    return schedule_network_failed(&n, host, false, false, false, at * SECOND);
}

static void three_hosts_in_a_minute_are_the_network(void **state) {
    (void)state;
    assert_int_equal(fails(1, 100), NETWORK_CHARGE);
    assert_int_equal(fails(1, 101), NETWORK_CHARGE);
    assert_int_equal(fails(1, 102), NETWORK_CHARGE); /* one host three times is one host */
    assert_int_equal(fails(2, 110), NETWORK_CHARGE);
    assert_false(schedule_network_lost(&n));
    assert_int_equal(fails(3, 161), NETWORK_SPARE);
    assert_true(schedule_network_lost(&n));
    assert_int_equal(n.lost, 161 * SECOND);
}

static void old_failures_say_nothing(void **state) {
    (void)state;
    fails(1, 100);
    fails(2, 120);
    assert_int_equal(fails(3, 160), NETWORK_CHARGE); /* the first is a minute old */
    assert_int_equal(fails(4, 165), NETWORK_SPARE);  /* 2, 3, 4 */
}

static void one_that_answers_acquits_the_network(void **state) {
    (void)state;
    assert_false(schedule_network_reached(&n, 100 * SECOND));
    for (uint64_t host = 1; host < 20; host++)
        assert_int_equal(fails(host, 100 + (int64_t)host), NETWORK_CHARGE);
    assert_int_equal(fails(30, 159), NETWORK_CHARGE);
    assert_int_equal(fails(31, 160), NETWORK_SPARE); /* a minute without an answer */
}

static void only_the_probes_own_failures_double_its_wait(void **state) {
    (void)state;
    for (uint64_t host = 1; host < 4; host++) fails(host, 100);
    assert_int_equal(n.probe_at, 130 * SECOND);
    for (int i = 0; i < 50; i++) assert_int_equal(fails(5, 110), NETWORK_SPARE);
    assert_int_equal(n.probe_at, 130 * SECOND);
    int64_t at = 130 * SECOND;
    static const int64_t waits[] = {30, 60, 120, 240, 300, 300};
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        assert_int_equal(schedule_network_failed(&n, 1, false, false, true, at), NETWORK_SPARE);
        assert_int_equal(n.probe_at, at + waits[i] * SECOND);
        at = n.probe_at;
    }
    schedule_network_changed(&n, at + 1);
    assert_int_equal(n.probe_at, at + 1);
    assert_true(schedule_network_lost(&n));
    assert_int_equal(schedule_network_failed(&n, 1, false, false, true, at + 2), NETWORK_SPARE);
    assert_int_equal(n.probe_at, at + 2 + 30 * SECOND); /* begun anew */
    assert_true(schedule_network_reached(&n, at + 3));
    assert_false(schedule_network_lost(&n));
    assert_int_equal(fails(1, at / SECOND + 4), NETWORK_CHARGE);
}

static void a_local_error_is_the_networks_at_once(void **state) {
    (void)state;
    assert_int_equal(schedule_network_failed(&n, 1, true, false, false, 100 * SECOND), NETWORK_SPARE);
    assert_true(schedule_network_lost(&n));
}

/* One that has only an address of a kind this machine cannot reach must not stop the others, nor hide. */
static void a_local_error_among_answers_is_tried_again_then_charged(void **state) {
    (void)state;
    schedule_network_reached(&n, 100 * SECOND);
    assert_int_equal(schedule_network_failed(&n, 1, true, false, false, 110 * SECOND), NETWORK_AGAIN);
    assert_false(schedule_network_lost(&n));
    schedule_network_reached(&n, 165 * SECOND);
    assert_int_equal(schedule_network_failed(&n, 1, true, true, false, 170 * SECOND), NETWORK_CHARGE);
    assert_false(schedule_network_lost(&n));
}

static void a_change_forgets_what_was(void **state) {
    (void)state;
    fails(1, 100);
    fails(2, 101);
    schedule_network_changed(&n, 102 * SECOND);
    assert_false(schedule_network_lost(&n));
    assert_int_equal(fails(3, 103), NETWORK_CHARGE);
}

#define CASE(f) cmocka_unit_test_setup(f, begin)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(three_hosts_in_a_minute_are_the_network),
        CASE(old_failures_say_nothing),
        CASE(one_that_answers_acquits_the_network),
        CASE(only_the_probes_own_failures_double_its_wait),
        CASE(a_local_error_is_the_networks_at_once),
        CASE(a_local_error_among_answers_is_tried_again_then_charged),
        CASE(a_change_forgets_what_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "base/recent.h"

#include "unit.h"

static void percentiles(void **state) {
    (void)state;
    struct recent r = {.n = 0};
    assert_int_equal(recent_percentile(&r, 99), 0);
    for (int i = 100; i >= 1; i--) recent_add(&r, i);
    assert_int_equal(recent_percentile(&r, 99), 99);
    assert_int_equal(recent_percentile(&r, 100), 100);
    assert_int_equal(recent_percentile(&r, 50), 50);
    assert_int_equal(recent_percentile(&r, 0), 1);
}

static void old_ones_go(void **state) {
    (void)state;
    struct recent r = {.n = 0};
    for (int i = 0; i < RECENT_KEPT; i++) recent_add(&r, 5000);
    for (int i = 0; i < RECENT_KEPT; i++) recent_add(&r, i % 3 ? 7 : -7);
    assert_int_equal(recent_percentile(&r, 100), 7);
    recent_add(&r, INT64_MAX);
    assert_int_equal(recent_percentile(&r, 100), INT32_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(percentiles), cmocka_unit_test(old_ones_go)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The token bucket of a destination, and how it slows down. */
#include "unit.h"

#include "base/time.h"
#include "deliver/rate.h"

/* How many go in `span` ms when all that may go at once does. */
static int64_t count(struct rate_bucket *b, int64_t *now, int64_t span) {
    int64_t n = 0, end = *now + span;
    while (*now < end) {
        int64_t wait = rate_wait(b, *now);
        if (!wait) {
            rate_take(b, *now);
            n++;
        } else {
            *now += wait;
        }
        assert_true(n < 100000);
    }
    return n;
}

static void burst_then_rate(void **state) {
    (void)state;
    struct rate_bucket b = {0};
    int64_t now = HOUR;
    rate_set(&b, (struct rate){1, SECOND}, 5, now);
    assert_int_equal(count(&b, &now, 10 * SECOND), 5 + 9);
    rate_set(&b, (struct rate){1, SECOND}, 5, now); /* a reload with the same rate gives no new tokens */
    assert_true(count(&b, &now, 1) <= 1);
    now += HOUR;
    assert_int_equal(count(&b, &now, 1), 5);
}

static void halves_and_doubles_back(void **state) {
    (void)state;
    struct rate_bucket b = {0};
    int64_t now = HOUR;
    rate_set(&b, (struct rate){16, SECOND}, 1, now);
    count(&b, &now, SECOND);
    for (int i = 0; i < 9; i++) rate_slow_down(&b, now); /* not below a sixteenth */
    int64_t n = count(&b, &now, 60 * SECOND);
    assert_in_range(n, 59, 62);
    now += 10 * MINUTE;
    n = count(&b, &now, 60 * SECOND);
    assert_in_range(n, 119, 123);
    now += HOUR;
    n = count(&b, &now, 10 * SECOND);
    assert_in_range(n, 159, 162);
}

static void none_halved_is_one_a_second(void **state) {
    (void)state;
    struct rate_bucket b = {0};
    int64_t now = HOUR;
    rate_set(&b, (struct rate){0, 0}, 0, now);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(rate_wait(&b, now), 0);
        rate_take(&b, now);
    }
    rate_slow_down(&b, now);
    int64_t n = count(&b, &now, 10 * SECOND);
    assert_in_range(n, 9, 11);
    now += 11 * MINUTE;
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(rate_wait(&b, now), 0);
        rate_take(&b, now);
    }
}

static void defaults(void **state) {
    (void)state;
    static const struct {
        enum notify_kind kind;
        const char *format;
        int64_t count, per_ms, burst;
    } rows[] = {
        {NOTIFY_WEBHOOK, NULL, 10, SECOND, 5}, {NOTIFY_WEBHOOK, "slack", 1, SECOND, 5},
        {NOTIFY_EMAIL, NULL, 1, SECOND, 5},    {NOTIFY_PLUGIN, NULL, 10, MINUTE, 5},
        {NOTIFY_TERMINAL, NULL, 0, 0, 0},      {NOTIFY_COMMAND, NULL, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct config_notify n = {.kind = rows[i].kind, .format = (char *)(uintptr_t)rows[i].format};
        struct rate rate;
        int64_t burst;
        rate_default(&n, &rate, &burst);
        assert_int_equal(rate.count, rows[i].count);
        assert_int_equal(rate.per_ms, rows[i].per_ms);
        assert_int_equal(burst, rows[i].burst);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(burst_then_rate), cmocka_unit_test(halves_and_doubles_back),
        cmocka_unit_test(none_halved_is_one_a_second), cmocka_unit_test(defaults)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "unit.h"

#include "base/time.h"

static void test_days_and_back(void **state) {
    (void)state;
    assert_int_equal(time_days(1970, 1, 1), 0);
    assert_int_equal(time_days(2000, 3, 1), 11017);
    assert_int_equal(time_days(1969, 12, 31), -1);
    for (int64_t day = -800000; day < 800000; day += 13) {
        int64_t year;
        unsigned month, of_month;
        time_civil(day, &year, &month, &of_month);
        assert_in_range(month, 1, 12);
        assert_in_range(of_month, 1, 31);
        assert_int_equal(time_days(year, month, of_month), day);
    }
}

static void test_formats(void **state) {
    (void)state;
    char out[TIME_TEXT];
    int64_t t = INT64_C(1795488900000); /* 2026-11-24T02:55:00Z */
    assert_string_equal(time_rfc3339(t, out), "2026-11-24T02:55:00Z");
    assert_string_equal(time_rfc5322(t, out), "Tue, 24 Nov 2026 02:55:00 +0000");
    assert_string_equal(time_rfc3339(-1, out), "1969-12-31T23:59:59Z");
}

static void test_rfc3339_back(void **state) {
    (void)state;
    int64_t t = 0;
    assert_int_equal(time_parse_rfc3339(TEXT("2026-11-24T02:55:00Z"), &t), 0);
    assert_int_equal(t, INT64_C(1795488900000));
    assert_int_equal(time_parse_rfc3339(TEXT("2026-11-24T03:55:00.250+01:00"), &t), 0);
    assert_int_equal(t, INT64_C(1795488900250));
    static const char *const bad[] = {"",
                                      "2026-11-24",
                                      "2026-13-24T02:55:00Z",
                                      "2026-11-24T02:55:00",
                                      "2026-11-24T02:55:00Zx",
                                      "2026-11-24T25:55:00Z"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(time_parse_rfc3339(text_of(bad[i]), &t), -1);
    assert_int_equal(t, INT64_C(1795488900250)); /* untouched on failure */
}

/* RFC 9110 section 5.6.7 gives one instant in three forms. */
static void test_http_dates(void **state) {
    (void)state;
    static const char *const same[] = {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                                       "Sun Nov  6 08:49:37 1994"};
    for (size_t i = 0; i < 3; i++) {
        int64_t t = 0;
        assert_int_equal(time_http(text_of(same[i]), &t), 0);
        assert_int_equal(t, INT64_C(784111777000));
    }
    static const char *const bad[] = {
        "",
        "tomorrow",
        "Sun, 06 Now 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 PST",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "-1",
        "120",
        "Sun, 06 Nov 1994 08:49:37 GMT and much more text behind it, without end"};
    int64_t t = 7;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(time_http(text_of(bad[i]), &t), -1);
    assert_int_equal(t, 7);
}

static void test_durations(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
        const char *back;
    } good[] = {
        {"90s", 90 * SECOND, "1m30s"},
        {"200ms", 200, "200ms"},
        {"5m", 5 * MINUTE, "5m"},
        {"2h", 2 * HOUR, "2h"},
        {"1d", DAY, "1d"},
        {"1w", 7 * DAY, "1w"},
        {"8d", 8 * DAY, "8d"},
        {"1h30m", 90 * MINUTE, "1h30m"},
        {" 1h 30m ", 90 * MINUTE, "1h30m"},
        {"0s", 0, "0s"},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t ms = -1;
        char out[TIME_TEXT];
        assert_int_equal(duration_parse(text_of(good[i].text), &ms), 0);
        assert_int_equal(ms, good[i].ms);
        assert_string_equal(duration_format(ms, out), good[i].back);
    }
    static const char *const bad[] = {"",       "5", "h", "5x", "-5m", "5m5", "1.5h", "99999999999999999999s",
                                      "100000w"};
    int64_t ms;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(duration_parse(text_of(bad[i]), &ms), -1);
}

static void test_about(void **state) {
    (void)state;
    char out[TIME_TEXT];
    assert_string_equal(duration_about(3 * MINUTE + 59 * SECOND, out), "3 min");
    assert_string_equal(duration_about(5 * DAY, out), "5 d");
    assert_string_equal(duration_about(-1, out), "0 ms");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_days_and_back), cmocka_unit_test(test_formats),
        cmocka_unit_test(test_rfc3339_back),  cmocka_unit_test(test_http_dates),
        cmocka_unit_test(test_durations),     cmocka_unit_test(test_about),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

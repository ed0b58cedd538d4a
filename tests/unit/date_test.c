#include "base/time.h"
#include "parse/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* The families stand in tests/golden/parse/date-…; here is what a feed cannot show. */
static void test_dates(void **state) {
    (void)state;
    static const struct {
        const char *text, *utc;
    } rows[] = {
        {"Tue, 12 May 2009 07:05:40 GMT", "2009-05-12T07:05:40Z"},
        {"Tue,12 May 2009 07:05:40 GMT", "2009-05-12T07:05:40Z"},
        {"\t12 May 2009\r\n 07:05:40 GMT ", "2009-05-12T07:05:40Z"},
        {"Mon, 01 Jan 68 00:00:00 GMT", "2068-01-01T00:00:00Z"},
        {"2009-05-12T07:05:40+00:00", "2009-05-12T07:05:40Z"},
        {"2009-05-12T07:05:40 +0000", "2009-05-12T07:05:40Z"},
        {"2009-05-12T07:05:40-0700", "2009-05-12T14:05:40Z"},
        {"2009-05-12t07:05:40z", "2009-05-12T07:05:40Z"},
        {"2009-5-2", "2009-05-02T00:00:00Z"},
        {"2009/05/12 07:05", "2009-05-12T07:05:00Z"},
        {"12-May-2009 07:05:40", "2009-05-12T07:05:40Z"},
        {"20090512070540", "2009-05-12T07:05:40Z"},
        {"2008-W01-1", "2007-12-31T00:00:00Z"},
        {"2009-366", "2010-01-01T00:00:00Z"},
        {"2024-02-29", "2024-02-29T00:00:00Z"},
        {"2023-02-29", NULL},
        {"Sat, 07 Nov 2026 23:30:00 America/New_York", "2026-11-08T04:30:00Z"},
        {"Sat, 04 Jul 2026 12:00:00 America/New_York", "2026-07-04T16:00:00Z"},
        {"29 Mar 2026 00:59:00 Europe/London", "2026-03-29T00:59:00Z"},
        {"29 Mar 2026 12:00:00 Europe/Berlin", "2026-03-29T10:00:00Z"},
        {"1 Jan 2026 12:00:00 Australia/Sydney", "2026-01-01T01:00:00Z"},
        {"1969-12-31T23:59:59Z", NULL},
        {"31 Dec 9999 23:59:59 -0100", NULL},
        {"99999999999999999999999999", NULL},
        {"May", NULL},
        {"12:00", NULL},
        {"-", NULL},
        {"\xff\xfe\xfd", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t wall = TIME_NONE;
        char out[TIME_TEXT] = "none";
        if (!date_parse(text_of(rows[i].text), &wall)) time_rfc3339(wall, out);
        if (strcmp(out, rows[i].utc ? rows[i].utc : "none")) print_error("%s\n", rows[i].text);
        assert_string_equal(out, rows[i].utc ? rows[i].utc : "none");
        if (!rows[i].utc) assert_true(wall == TIME_NONE);
    }
}

/* Every name of the table gives its month, with a day and a year around it. */
static void test_every_month_name(void **state) {
    (void)state;
    static const struct {
        const char *name;
        unsigned month;
    } names[] = {
#include "parse/date_names.inc"
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[64];
        int64_t wall, year;
        unsigned month, day;
        snprintf(text, sizeof text, "14 %s 2009", names[i].name);
        assert_int_equal(date_parse(text_of(text), &wall), 0);
        time_civil(wall / DAY, &year, &month, &day);
        if (month != names[i].month) print_error("%s\n", names[i].name);
        assert_int_equal(month, names[i].month);
        assert_int_equal(day, 14);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_dates), cmocka_unit_test(test_every_month_name)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

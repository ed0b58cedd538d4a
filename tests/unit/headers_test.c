#include "poll/headers.h"

#include "base/limits.h"
#include "base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define NOW  (INT64_C(1795510800) * SECOND) /* Tue, 24 Nov 2026 09:00:00 GMT */
#define SAYS "Date: Tue, 24 Nov 2026 09:00:00 GMT\r\n"

/* Feeds lines parted by CR LF, as libcurl does: one at a time, with their ends. */
static int feed(struct headers *h, const char *lines) {
    for (const char *end; *lines; lines = end) {
        end = strchr(lines, '\n');
        end = end ? end + 1 : lines + strlen(lines);
        if (headers_line(h, (struct text){lines, (size_t)(end - lines)})) return -1;
    }
    return 0;
}

static void freshness(void **state) {
    (void)state;
    static const struct {
        const char *lines;
        int64_t seconds;
    } table[] = {
        {"", 0},
        {"Cache-Control: max-age=600\r\n", 600},
        {"cache-control: PUBLIC, Max-Age = \"600\"\r\n", 600},
        {"Cache-Control: max-age=600\r\nAge: 100\r\n", 500},
        {"Cache-Control: max-age=600\r\nAge: 700\r\n", 0},
        {"Cache-Control: max-age=600\r\nAge: -5\r\n", 600},
        {"Cache-Control: s-maxage=9000, max-age=60\r\n", 60},
        {"Cache-Control: s-maxage=9000\r\n", 0},
        {"Cache-Control: max-age=600, no-cache\r\n", 0},
        {"Cache-Control: max-age=600\r\nCache-Control: no-store\r\n", 0},
        {"Cache-Control: no-cache=\"set-cookie, x\", max-age=600\r\n", 600},
        {"Cache-Control: max-age=-1\r\n", 0},
        {"Cache-Control: max-age=99999999999999999999\r\n", INT32_MAX},
        {"Cache-Control: max-age=abc\r\nExpires: Tue, 24 Nov 2026 09:10:00 GMT\r\n" SAYS, 600},
        {SAYS "Expires: Tue, 24 Nov 2026 09:10:00 GMT\r\n", 600},
        {SAYS "Expires: Tuesday, 24-Nov-26 09:10:00 GMT\r\n", 600},
        {SAYS "Expires: Tue Nov 24 09:10:00 2026\r\n", 600},
        {"Expires: Tue, 24 Nov 2026 09:20:00 GMT\r\n", 1200}, /* without Date: our clock */
        {SAYS "Expires: Tue, 24 Nov 2026 08:10:00 GMT\r\n", 0},
        {SAYS "Expires: 0\r\n", 0},
        {SAYS "Expires: Tue, 24 Nov 2026 09:10:00 GMT\r\nCache-Control: max-age=0\r\n", 0},
        {SAYS "Expires: Tue, 24 Nov 2026 09:10:00 GMT\r\nCache-Control: public\r\n", 600},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct headers h;
        headers_init(&h);
        assert_int_equal(feed(&h, table[i].lines), 0);
        if (headers_fresh_for(&h, NOW) != table[i].seconds * SECOND)
            fail_msg("%s: %lld ms", table[i].lines, (long long)headers_fresh_for(&h, NOW));
        headers_clear(&h);
    }
}

static void retry_after(void **state) {
    (void)state;
    static const struct {
        const char *lines;
        int64_t seconds; /* -1: as if absent */
    } table[] = {
        {"", -1},
        {"Retry-After: 120\r\n", 120},
        {"Retry-After:   7  \r\n", 7},
        {"Retry-After: 0\r\n", 0},
        {"Retry-After: 604801\r\n", 604800},
        {"Retry-After: 99999999999999999999999\r\n", 604800},
        {"Retry-After: -5\r\n", -1},
        {"Retry-After: soon\r\n", -1},
        {"Retry-After: 1.5\r\n", -1},
        {"Retry-After: 12 s\r\n", -1},
        {SAYS "Retry-After: Tue, 24 Nov 2026 09:00:07 GMT\r\n", 7},
        {SAYS "Retry-After: Tuesday, 24-Nov-26 09:00:07 GMT\r\n", 7},
        {SAYS "Retry-After: Tue Nov 24 09:00:07 2026\r\n", 7},
        /* The server's clock is an hour slow: the distance from its own Date counts. */
        {"Date: Tue, 24 Nov 2026 08:00:00 GMT\r\nRetry-After: Tue, 24 Nov 2026 08:02:00 GMT\r\n", 120},
        {"Retry-After: Tue, 24 Nov 2026 09:02:00 GMT\r\n", 120},
        {SAYS "Retry-After: Tue, 24 Nov 2026 08:00:00 GMT\r\n", 0},
        {SAYS "Retry-After: Thu, 24 Dec 2037 09:00:00 GMT\r\n", 604800},
        {SAYS "Retry-After: Tue, 99 Nov 2026 08:00:00 GMT\r\n", -1},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct headers h;
        headers_init(&h);
        assert_int_equal(feed(&h, table[i].lines), 0);
        int64_t want = table[i].seconds < 0 ? -1 : table[i].seconds * SECOND;
        if (headers_retry_after(&h, NOW) != want)
            fail_msg("%s: %lld ms", table[i].lines, (long long)headers_retry_after(&h, NOW));
        headers_clear(&h);
    }
}

static void validators_are_kept_byte_for_byte(void **state) {
    (void)state;
    struct headers h;
    headers_init(&h);
    feed(&h, "HTTP/1.1 200 OK\r\nETag:  W/\"a  b, c\" \r\nLast-Modified: yesterday, about noon\r\n"
             "eTag: \"second\"\r\nCONTENT-TYPE: text/xml; charset=x\r\n\r\nETag: \"trailer\"\r\n");
    assert_string_equal(h.etag, "W/\"a  b, c\"");
    assert_string_equal(h.last_modified, "yesterday, about noon");
    assert_string_equal(h.content_type, "text/xml; charset=x");
    headers_clear(&h);
}

static void a_new_answer_forgets_the_one_before(void **state) {
    (void)state;
    struct headers h;
    headers_init(&h);
    feed(&h, "HTTP/1.1 302 Found\r\nETag: \"old\"\r\nLocation: /x\r\nRetry-After: 5\r\nCache-Control: "
             "no-store\r\n\r\n"
             "HTTP/2 200\r\nCache-Control: max-age=60\r\n\r\n");
    assert_null(h.etag);
    assert_null(h.location);
    assert_int_equal(headers_retry_after(&h, NOW), -1);
    assert_int_equal(headers_fresh_for(&h, NOW), 60 * SECOND);
    headers_clear(&h);
}

static void what_is_hostile_is_not_kept(void **state) {
    (void)state;
    struct headers h;
    char long_line[LIMIT_VALIDATOR + 64];
    headers_init(&h);
    snprintf(long_line, sizeof long_line, "ETag: \"%0*d\"\r\n", (int)LIMIT_VALIDATOR, 1);
    assert_int_equal(feed(&h, long_line), 0);
    assert_null(h.etag);
    feed(&h, "Last-Modified: a\rX-Other: b\r\nno colon here\r\n: no name\r\n folded: line\r\n");
    assert_null(h.last_modified);
    headers_clear(&h);
}

static void endless_headers_end(void **state) {
    (void)state;
    struct headers h;
    char line[1001];
    headers_init(&h);
    memset(line, 'x', sizeof line - 1);
    line[1000] = '\0';
    unsigned n = 0;
    while (!headers_line(&h, (struct text){line, 1000})) {
        assert_true(++n < 1000);
        if (n % 10 == 0)
            headers_line(&h, TEXT("HTTP/1.1 100 Continue\r\n")); /* does not start the count anew */
    }
    assert_in_range(n, 60, LIMIT_HEADERS / 1000);
    headers_clear(&h);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(freshness),
        cmocka_unit_test(retry_after),
        cmocka_unit_test(validators_are_kept_byte_for_byte),
        cmocka_unit_test(a_new_answer_forgets_the_one_before),
        cmocka_unit_test(what_is_hostile_is_not_kept),
        cmocka_unit_test(endless_headers_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

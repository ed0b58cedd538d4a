#include "schedule_feed.h"
#include "unit.h"

#include "poll/schedule.h"

#define UNKNOWN 1697056 /* ms: 10 min times the root of 24 / 3 */

static struct config_feed fixed_feed(int64_t every) {
    struct config_feed f = auto_feed();
    f.every = every;
    return f;
}

static struct answer good(void) {
    return (struct answer){.kind = ANSWER_FEED, .status = 200, .retry_after = -1};
}

static struct answer status(int code) {
    return (struct answer){.kind = ANSWER_STATUS, .status = code, .retry_after = -1, .error = "in words"};
}

static void assert_between(int64_t ms, int64_t low, int64_t high) {
    if (ms < low || ms > high)
        fail_msg("%lld is not within %lld and %lld", (long long)ms, (long long)low, (long long)high);
}

/* After a wait: from it to 10% more. */
static void assert_waits(const struct schedule_state *s, int64_t now, int64_t wait, const char *why) {
    assert_string_equal(s->why, why);
    assert_between(s->next - now, wait, wait + wait / 10);
    assert_true(strlen(s->why_says) > 10);
}

static void the_interval_and_its_reason(void **state) {
    (void)state;
    static const struct {
        int64_t every, fresh_for, ttl;
        bool ignore;
        int64_t wait;
        const char *why;
    } table[] = {
        {0, 0, 0, false, UNKNOWN, "rate"}, /* nothing is known of it: 3 items a day */
        {15 * MINUTE, 0, 0, false, 15 * MINUTE, "every"},
        {SECOND, 0, 0, false, SECOND, "every"},
        {0, 40 * MINUTE, 0, false, 40 * MINUTE, "max-age"},
        {0, 2 * MINUTE, 0, false, UNKNOWN, "rate"},
        {MINUTE, 10 * MINUTE, 0, false, 10 * MINUTE, "max-age"},
        {MINUTE, 10 * MINUTE, 0, true, MINUTE, "every"},
        {0, 0, HOUR, false, HOUR, "ttl"},
        {0, 0, HOUR, true, UNKNOWN, "rate"},
        {0, 0, 12 * HOUR, false, 4 * HOUR, "ttl"},      /* elements are believed up to 4 h */
        {0, 20 * HOUR, 0, false, 20 * HOUR, "max-age"}, /* headers up to 24 h */
        {0, 400 * DAY, 0, false, 24 * HOUR, "max-age"},
        {0, 30 * MINUTE, 60 * MINUTE, false, HOUR, "ttl"},
        {6 * HOUR, HOUR, HOUR, false, 6 * HOUR, "every"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct config_feed f = fixed_feed(table[i].every);
        struct schedule_state s;
        struct answer a = good();
        struct feed_hints h = {.ttl_ms = table[i].ttl};
        f.obey_hints = !table[i].ignore;
        a.fresh_for = table[i].fresh_for;
        schedule_init(&s);
        schedule_answer(&s, &f, &a, &h, 7, NOW);
        assert_waits(&s, NOW, table[i].wait, table[i].why);
        assert_between(schedule_interval(&s, &f), table[i].wait, table[i].wait + 1);
        a.kind = ANSWER_NOT_MODIFIED; /* what the document asked for outlives a 304 */
        schedule_answer(&s, &f, &a, NULL, 7, NOW);
        assert_waits(&s, NOW, table[i].wait, table[i].why);
    }
}

static void files_know_no_hints(void **state) {
    (void)state;
    struct config_feed f = auto_feed();
    struct schedule_state s;
    struct answer a = good();
    struct feed_hints h = {.ttl_ms = 3 * HOUR, .skip_hours = 1u << 9};
    f.source = SOURCE_PATH;
    schedule_init(&s);
    schedule_answer(&s, &f, &a, &h, 7, NOW);
    assert_waits(&s, NOW, 5 * MINUTE, "every");
    f.every = MINUTE;
    assert_int_equal(schedule_interval(&s, &f), MINUTE);
    f.every = 0;
    f.source = SOURCE_COMMAND;
    assert_int_equal(schedule_interval(&s, &f), 15 * MINUTE);
}

static void skipped_hours_and_days(void **state) {
    (void)state;
    static const struct {
        uint32_t hours;
        uint8_t days;
        int64_t from, to; /* the next poll, from now; bounds with jitter */
        const char *why;
    } table[] = {
        {1u << 9, 0, HOUR, HOUR + 5 * MINUTE, "skip-hours"}, /* 9 to 10 */
        {1u << 9 | 1u << 10, 0, 2 * HOUR, 2 * HOUR + 5 * MINUTE, "skip-hours"},
        {0xffffffu & ~(1u << 3), 0, 4 * HOUR, 4 * HOUR + 40 * MINUTE, "skip-hours"}, /* not beyond 4 h */
        {0xffffffu, 0, 5 * MINUTE, 6 * MINUTE, "every"}, /* leaves none: ignored */
        {1u << 8, 0, 5 * MINUTE, 6 * MINUTE, "every"},
        {0, 1u << 2, 4 * HOUR, 4 * HOUR + 40 * MINUTE, "skip-days"}, /* all of Tuesday */
        {0, 1u << 1, 5 * MINUTE, 6 * MINUTE, "every"},
        {0, 0x7f, 5 * MINUTE, 6 * MINUTE, "every"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct config_feed f = fixed_feed(5 * MINUTE);
        struct schedule_state s;
        struct answer a = good();
        struct feed_hints h = {.skip_hours = table[i].hours, .skip_days = table[i].days};
        schedule_init(&s);
        schedule_answer(&s, &f, &a, &h, 7, NOW);
        assert_string_equal(s.why, table[i].why);
        assert_between(s.next - NOW, table[i].from, table[i].to);
        bool leaves_nothing = table[i].hours == 0xffffffu || table[i].days == 0x7f;
        assert_int_equal(strstr(s.why_says, "leaves nothing and is ignored") != NULL, leaves_nothing);
        f.obey_hints = false;
        schedule_answer(&s, &f, &a, &h, 7, NOW);
        assert_waits(&s, NOW, 5 * MINUTE, "every");
    }
}

/* One row an answer: waits after the first, second, third … of it in a row. */
static void backoff_by_answer(void **state) {
    (void)state;
    static const struct {
        struct answer answer;
        int64_t every, waits[8];
        const char *why;
    } table[] = {
        {{ANSWER_STATUS, .status = 500, .retry_after = -1},
         10 * MINUTE,
         {20 * MINUTE, 40 * MINUTE, 80 * MINUTE, 2 * HOUR, 2 * HOUR},
         "back-off"},
        {{ANSWER_STATUS, .status = 503, .retry_after = -1},
         10 * MINUTE,
         {20 * MINUTE, 40 * MINUTE},
         "back-off"},
        {{ANSWER_NETWORK, .retry_after = -1},
         10 * MINUTE,
         {20 * MINUTE, 40 * MINUTE, 80 * MINUTE, 2 * HOUR},
         "back-off"},
        {{ANSWER_NETWORK, .slow_error = true, .retry_after = -1},
         HOUR,
         {2 * HOUR, 4 * HOUR, 6 * HOUR, 6 * HOUR},
         "back-off"},
        {{ANSWER_NETWORK, .retry_after = -1},
         3 * HOUR,
         {3 * HOUR, 3 * HOUR},
         "back-off"}, /* never sooner than plain */
        {{ANSWER_CUT, .status = 200, .retry_after = -1}, 10 * MINUTE, {20 * MINUTE, 40 * MINUTE}, "back-off"},
        {{ANSWER_NOT_FEED, .status = 200, .retry_after = -1},
         10 * MINUTE,
         {20 * MINUTE, 40 * MINUTE},
         "back-off"},
        {{ANSWER_NOT_FEED, .status = 204, .retry_after = -1},
         10 * MINUTE,
         {20 * MINUTE, 40 * MINUTE},
         "back-off"},
        {{ANSWER_REDIRECTS, .status = 302, .retry_after = -1},
         10 * MINUTE,
         {20 * MINUTE, 40 * MINUTE},
         "back-off"},
        {{ANSWER_STATUS, .status = 999, .retry_after = -1}, HOUR, {2 * HOUR, 2 * HOUR}, "back-off"},
        {{ANSWER_STATUS, .status = 404, .retry_after = -1},
         HOUR,
         {2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, DAY, DAY},
         "back-off"},
        {{ANSWER_STATUS, .status = 451, .retry_after = -1}, HOUR, {2 * HOUR, 4 * HOUR}, "back-off"},
        {{ANSWER_STATUS, .status = 401, .retry_after = -1},
         10 * MINUTE,
         {HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, DAY, DAY},
         "refused"},
        {{ANSWER_STATUS, .status = 403, .retry_after = -1},
         3 * HOUR,
         {3 * HOUR, 3 * HOUR, 4 * HOUR},
         "refused"},
        {{ANSWER_STATUS, .status = 429, .retry_after = -1},
         MINUTE,
         {15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR},
         "host-pause"},
        {{ANSWER_STATUS, .status = 429, .retry_after = 2 * MINUTE},
         MINUTE,
         {2 * MINUTE, 2 * MINUTE},
         "retry-after"},
        {{ANSWER_STATUS, .status = 429, .retry_after = 0},
         MINUTE,
         {MINUTE, MINUTE},
         "retry-after"}, /* no tight loop */
        {{ANSWER_STATUS, .status = 429, .retry_after = -1, .host_pause = HOUR}, MINUTE, {HOUR}, "host-pause"},
        {{ANSWER_STATUS, .status = 503, .retry_after = 5 * MINUTE},
         MINUTE,
         {5 * MINUTE, 5 * MINUTE},
         "retry-after"},
        {{ANSWER_STATUS, .status = 503, .retry_after = 7 * DAY}, MINUTE, {7 * DAY}, "retry-after"},
        {{ANSWER_STATUS, .status = 503, .retry_after = SECOND}, 10 * MINUTE, {10 * MINUTE}, "retry-after"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct config_feed f = fixed_feed(table[i].every);
        struct schedule_state s;
        schedule_init(&s);
        for (size_t n = 0; n < 8 && table[i].waits[n]; n++) {
            schedule_answer(&s, &f, &table[i].answer, NULL, 7, NOW);
            assert_waits(&s, NOW, table[i].waits[n], table[i].why);
            assert_int_equal(s.failures, n + 1);
        }
        struct answer a = good(); /* one good answer ends it */
        schedule_answer(&s, &f, &a, NULL, 7, NOW);
        assert_waits(&s, NOW, table[i].every, "every");
        assert_int_equal(s.failures, 0);
        assert_true(s.failing_since == TIME_NONE && s.paused_until == TIME_NONE);
    }
}

static void a_4xx_for_a_month_is_asked_once_a_week(void **state) {
    (void)state;
    struct config_feed f = fixed_feed(HOUR);
    struct schedule_state s;
    struct answer a = status(404);
    schedule_init(&s);
    schedule_answer(&s, &f, &a, NULL, 7, NOW);
    schedule_answer(&s, &f, &a, NULL, 7, NOW + 29 * DAY);
    assert_between(s.next - (NOW + 29 * DAY), 4 * HOUR, 5 * HOUR);
    schedule_answer(&s, &f, &a, NULL, 7, NOW + 30 * DAY);
    assert_waits(&s, NOW + 30 * DAY, 7 * DAY, "back-off");
    assert_int_equal(schedule_wait(&s, &f, NOW + 30 * DAY), s.next - (NOW + 30 * DAY));
}

static void gone_twice_is_off(void **state) {
    (void)state;
    struct config_feed f = fixed_feed(HOUR);
    struct schedule_state s;
    struct answer gone = status(410), other = status(404);
    schedule_init(&s);
    schedule_answer(&s, &f, &gone, NULL, 7, NOW);
    assert_waits(&s, NOW, DAY, "gone");
    assert_false(schedule_off(&s, &f));
    assert_int_equal(schedule_state_name(&s, &f, NOW), FEED_DEAD);
    schedule_answer(&s, &f, &other, NULL, 7, NOW + DAY);
    assert_int_equal(s.gone, 0); /* in a row only */
    schedule_answer(&s, &f, &gone, NULL, 7, NOW + DAY);
    schedule_answer(&s, &f, &gone, NULL, 7, NOW + 2 * DAY);
    assert_true(schedule_off(&s, &f));
    assert_true(s.next == TIME_NONE);
    assert_string_equal(s.why, "gone");
    struct answer a = good();
    schedule_answer(&s, &f, &a, NULL, 7, NOW + 3 * DAY);
    assert_false(schedule_off(&s, &f));
}

static void jitter_is_upwards_and_by_feed_and_installation(void **state) {
    (void)state;
    struct answer a = good();
    int64_t low = INT64_MAX, high = 0, same = -1;
    for (int i = 0; i < 500; i++) {
        char url[64];
        struct config_feed f = fixed_feed(HOUR);
        struct schedule_state s, other;
        snprintf(url, sizeof url, "https://gazette.example/%d.xml", i);
        f.location = url;
        schedule_init(&s);
        schedule_init(&other);
        schedule_answer(&s, &f, &a, NULL, 7, NOW);
        schedule_answer(&other, &f, &a, NULL, 7, NOW);
        assert_int_equal(s.next, other.next);
        assert_between(s.next - NOW, HOUR, HOUR + 6 * MINUTE);
        if (s.next - NOW < low) low = s.next - NOW;
        if (s.next - NOW > high) high = s.next - NOW;
        schedule_answer(&other, &f, &a, NULL, 8, NOW);
        same += s.next == other.next;
    }
    assert_true(low < HOUR + 20 * SECOND && high > HOUR + 5 * MINUTE + 40 * SECOND);
    assert_true(same < 3);
}

static void validators_by_answer(void **state) {
    (void)state;
    static const struct {
        enum answer_kind kind;
        bool conditional;
        const char *etag, *last_modified;
        const char *now_etag, *now_last_modified, *now_url;
    } table[] = {
        {ANSWER_FEED, true, "\"b\"", "later", "\"b\"", "later", "https://new.example/"},
        {ANSWER_FEED, true, "\"b\"", NULL, "\"b\"", NULL, "https://new.example/"},
        {ANSWER_FEED, true, NULL, NULL, NULL, NULL, NULL}, /* a 200 without one deletes it */
        {ANSWER_NOT_MODIFIED, true, NULL, NULL, "W/\"a\"", "noon", "https://old.example/"},
        {ANSWER_NOT_MODIFIED, true, "\"b\"", NULL, "\"b\"", "noon", "https://old.example/"},
        {ANSWER_NOT_MODIFIED, true, NULL, "later", "W/\"a\"", "later", "https://old.example/"},
        {ANSWER_NOT_MODIFIED, false, "\"b\"", "later", NULL, NULL, NULL}, /* nobody asked */
        {ANSWER_CUT, true, "\"b\"", "later", "W/\"a\"", "noon", "https://old.example/"},
        {ANSWER_NOT_FEED, true, "\"b\"", "later", "W/\"a\"", "noon", "https://old.example/"},
        {ANSWER_STATUS, true, "\"b\"", "later", "W/\"a\"", "noon", "https://old.example/"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct feed_status f = {.etag = strdup("W/\"a\""),
                                .last_modified = strdup("noon"),
                                .validator_url = strdup("https://old.example/")};
        struct answer a = {.kind = table[i].kind, .conditional = table[i].conditional};
        schedule_validators(&f, &a, table[i].etag, table[i].last_modified, "https://new.example/");
        const char *is[] = {f.etag, f.last_modified, f.validator_url};
        const char *want[] = {table[i].now_etag, table[i].now_last_modified, table[i].now_url};
        for (int k = 0; k < 3; k++)
            if (!is[k] != !want[k] || (is[k] && strcmp(is[k], want[k])))
                fail_msg("row %zu: %s instead of %s", i, is[k] ? is[k] : "none", want[k] ? want[k] : "none");
        feed_status_clear(&f);
    }
}

static void once_a_week_a_poll_is_unconditional(void **state) {
    (void)state;
    struct config_feed f = fixed_feed(HOUR);
    struct schedule_state s;
    struct answer full = good(), same = {.kind = ANSWER_NOT_MODIFIED, .status = 304, .retry_after = -1};
    schedule_init(&s);
    assert_false(schedule_conditional(&s, NOW));
    schedule_answer(&s, &f, &full, NULL, 7, NOW);
    for (int64_t t = HOUR; t < 7 * DAY; t += HOUR) {
        schedule_answer(&s, &f, &same, NULL, 7, NOW + t);
        assert_true(schedule_conditional(&s, NOW + t));
    }
    assert_false(schedule_conditional(&s, NOW + 7 * DAY));
    schedule_answer(&s, &f, &full, NULL, 7, NOW + 7 * DAY);
    assert_true(schedule_conditional(&s, NOW + 8 * DAY));
}

static void a_stored_time_beyond_its_own_cap_is_due(void **state) {
    (void)state;
    struct config_feed f = fixed_feed(HOUR);
    struct schedule_state s;
    struct answer a = good(), later = status(503);
    schedule_init(&s);
    assert_int_equal(schedule_wait(&s, &f, NOW), 0);
    schedule_answer(&s, &f, &a, NULL, 7, NOW);
    assert_int_equal(schedule_wait(&s, &f, NOW), s.next - NOW);
    assert_int_equal(schedule_wait(&s, &f, NOW + 2 * HOUR), 0);
    assert_int_equal(schedule_wait(&s, &f, NOW - 400 * DAY), 0); /* the clock was set back */
    later.retry_after = 7 * DAY;
    schedule_answer(&s, &f, &later, NULL, 7, NOW);
    assert_int_equal(schedule_wait(&s, &f, NOW), s.next - NOW);
    assert_int_equal(schedule_wait(&s, &f, NOW - 30 * DAY), 0);
    f.every = 30 * DAY; /* the user's word */
    schedule_answer(&s, &f, &a, NULL, 7, NOW);
    assert_int_equal(schedule_wait(&s, &f, NOW), s.next - NOW);
}

static void the_state_that_people_see(void **state) {
    (void)state;
    struct config_feed f = fixed_feed(10 * MINUTE);
    struct schedule_state s;
    struct answer ok = good(), bad = status(500), limited = status(429);
    schedule_init(&s);
    assert_int_equal(schedule_state_name(&s, &f, NOW), FEED_NEW);
    schedule_answer(&s, &f, &ok, NULL, 7, NOW);
    assert_int_equal(schedule_state_name(&s, &f, NOW), FEED_OK);
    schedule_answer(&s, &f, &bad, NULL, 7, NOW);
    schedule_answer(&s, &f, &bad, NULL, 7, NOW + 20 * MINUTE);
    schedule_answer(&s, &f, &bad, NULL, 7, NOW + 50 * MINUTE);
    assert_int_equal(schedule_state_name(&s, &f, NOW + 50 * MINUTE), FEED_OK); /* not an hour yet */
    assert_string_equal(s.error, "in words");
    schedule_answer(&s, &f, &bad, NULL, 7, NOW + HOUR);
    assert_int_equal(schedule_state_name(&s, &f, NOW + HOUR), FEED_FAILING);
    assert_int_equal(schedule_state_name(&s, &f, NOW + 3 * DAY), FEED_DEAD);
    schedule_answer(&s, &f, &ok, NULL, 7, NOW + 3 * DAY);
    assert_int_equal(schedule_state_name(&s, &f, NOW + 3 * DAY), FEED_OK);
    assert_string_equal(s.error, "");
    schedule_answer(&s, &f, &limited, NULL, 7, NOW);
    assert_int_equal(schedule_state_name(&s, &f, NOW), FEED_PAUSED);
    assert_int_equal(schedule_state_name(&s, &f, NOW + 15 * MINUTE), FEED_OK);
    f.enabled = false;
    assert_int_equal(schedule_state_name(&s, &f, NOW), FEED_OFF);
    assert_true(schedule_off(&s, &f));
    assert_string_equal(feed_state_names[FEED_OFF], "off");
}

static void spacing_of_a_host_grows_and_heals(void **state) {
    (void)state;
    int64_t spacing = SECOND;
    static const int64_t grown[] = {2, 4, 8, 16, 32, 64, 120, 120};
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(spacing = schedule_spacing_doubled(spacing), grown[i] * SECOND);
    assert_int_equal(schedule_spacing_doubled(0), 2 * SECOND);
    for (int i = 0; i < 10; i++) spacing = schedule_spacing_halved(spacing, SECOND);
    assert_int_equal(spacing, SECOND);
    assert_int_equal(schedule_host_pause(1, -1), 15 * MINUTE);
    assert_int_equal(schedule_host_pause(2, -1), 30 * MINUTE);
    assert_int_equal(schedule_host_pause(60, -1), DAY);
    assert_int_equal(schedule_host_pause(3, 90 * SECOND), 90 * SECOND);
}

static void a_copy_is_its_own(void **state) {
    (void)state;
    struct feed_status a = {.etag = strdup("\"a\""), .title = strdup("Invented Gazette"), .items = 3},
                       b = {0};
    schedule_init(&a.schedule);
    a.schedule.hints.skip_hours = 5;
    feed_status_copy(&b, &a);
    feed_status_copy(&b, &b);
    feed_status_clear(&a);
    assert_string_equal(b.etag, "\"a\"");
    assert_null(b.title); /* the store has it */
    assert_int_equal(b.schedule.hints.skip_hours, 5);
    assert_int_equal(b.items, 3);
    feed_status_clear(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_interval_and_its_reason),
        cmocka_unit_test(files_know_no_hints),
        cmocka_unit_test(skipped_hours_and_days),
        cmocka_unit_test(backoff_by_answer),
        cmocka_unit_test(a_4xx_for_a_month_is_asked_once_a_week),
        cmocka_unit_test(gone_twice_is_off),
        cmocka_unit_test(jitter_is_upwards_and_by_feed_and_installation),
        cmocka_unit_test(validators_by_answer),
        cmocka_unit_test(once_a_week_a_poll_is_unconditional),
        cmocka_unit_test(a_stored_time_beyond_its_own_cap_is_due),
        cmocka_unit_test(the_state_that_people_see),
        cmocka_unit_test(spacing_of_a_host_grows_and_heals),
        cmocka_unit_test(a_copy_is_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

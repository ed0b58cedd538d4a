#include "poll/schedule_notice.c"

#include "unit.h"

static struct feed_told told;
static struct schedule_state s;
static struct config_feed feed;
static struct answer answer;
static struct notice list[NOTICES];
static int64_t now;

static int begin(void **state) {
    (void)state;
    told = (struct feed_told){0};
    schedule_init(&s);
    feed = (struct config_feed){
        .name = (char *)"a", .location = (char *)"https://a.example/", .every = HOUR, .enabled = true};
    now = 20000 * DAY;
    return 0;
}

/* status 0: the network. */
static size_t bad(int status) {
    answer =
        (struct answer){.kind = status ? ANSWER_STATUS : ANSWER_NETWORK, .status = status, .retry_after = -1};
    snprintf(answer.error, sizeof answer.error, "words %d", status);
    schedule_answer(&s, &feed, &answer, NULL, 1, now);
    const struct notice_facts f = {.feed = &feed, .schedule = &s, .answer = &answer};
    return schedule_notices(&told, &f, now, list);
}

static size_t good(enum moved moved, bool missed) {
    answer = (struct answer){.kind = ANSWER_FEED, .status = 200, .retry_after = -1};
    schedule_answer(&s, &feed, &answer, NULL, 1, now);
    const struct notice_facts f = {.feed = &feed,
                                   .schedule = &s,
                                   .answer = &answer,
                                   .moved = moved,
                                   .moved_to = "https://b.example/",
                                   .missed = missed};
    return schedule_notices(&told, &f, now, list);
}

static void failing_then_dead_then_well(void **state) {
    (void)state;
    size_t notices = 0;
    good(MOVED_NOT, false);
    enum notice_kind kinds[8];
    for (int i = 0; i < 100; i++, now += HOUR)
        for (size_t n = bad(500), k = 0; k < n; k++) {
            assert_true(notices < 8);
            assert_false(list[k].recovered);
            assert_non_null(strstr(list[k].text, "words 500"));
            assert_int_equal(list[k].since, 20000 * DAY);
            assert_int_equal(list[k].last_ok, 20000 * DAY);
            kinds[notices++] = list[k].kind;
        }
    assert_int_equal(notices, 2);
    assert_int_equal(kinds[0], NOTICE_FAILING);
    assert_int_equal(kinds[1], NOTICE_DEAD);
    assert_int_equal(good(MOVED_NOT, false), 1);
    assert_true(list[0].recovered);
    assert_int_equal(list[0].kind, NOTICE_DEAD);
    assert_int_equal(good(MOVED_NOT, false), 0);
    assert_int_equal(told.bits, 0);
}

static void three_failures_within_an_hour_are_not_told(void **state) {
    (void)state;
    for (int i = 0; i < 5; i++, now += MINUTE) assert_int_equal(bad(0), 0);
    assert_int_equal(good(MOVED_NOT, false), 0); /* nothing was told, so nothing is taken back */
}

static void refusals_are_told_at_once(void **state) {
    (void)state;
    assert_int_equal(bad(401), 1);
    assert_int_equal(list[0].kind, NOTICE_REFUSED);
    assert_non_null(strstr(list[0].text, "access is refused"));
    for (int i = 0; i < 24; i++, now += HOUR) assert_int_equal(bad(401), 0);
    assert_int_equal(good(MOVED_NOT, false), 1);
    assert_true(list[0].recovered);
    feed.password = (char *)"secret";
    assert_int_equal(bad(403), 1);
    assert_non_null(strstr(list[0].text, "credentials are refused"));
    assert_null(strstr(list[0].text, "secret"));
}

static void gone_is_dead(void **state) {
    (void)state;
    assert_int_equal(bad(410), 1);
    assert_int_equal(list[0].kind, NOTICE_DEAD);
    now += DAY;
    assert_int_equal(bad(410), 0);
}

static void silence_is_told_once(void **state) {
    (void)state;
    good(MOVED_NOT, false);
    s.learned.newest = now;
    s.learned.gap = 0.5; /* days: ten of them are 5 */
    int told_of = 0;
    for (int hours = 0; hours < 20 * 24; hours++, now += HOUR) {
        size_t n = hours == 200 ? bad(500) : good(MOVED_NOT, false);
        if (!n) continue;
        assert_int_equal(n, 1);
        assert_int_equal(list[0].kind, NOTICE_SILENT);
        assert_false(list[0].recovered);
        assert_true(list[0].last_ok == now);
        assert_in_range(hours, 5 * 24, 5 * 24 + 1);
        told_of++;
    }
    assert_int_equal(told_of, 1); /* and one failure in between neither ends nor repeats it */
    s.learned.newest = now;
    assert_int_equal(good(MOVED_NOT, false), 1);
    assert_int_equal(list[0].kind, NOTICE_SILENT);
    assert_true(list[0].recovered);
    assert_int_equal(good(MOVED_NOT, false), 0);
    assert_int_equal(told.bits, 0);
}

static void moves(void **state) {
    (void)state;
    assert_int_equal(good(MOVED_ADOPTED, false), 1);
    assert_int_equal(list[0].kind, NOTICE_MOVED);
    assert_non_null(strstr(list[0].text, "https://b.example/"));
    assert_int_equal(good(MOVED_NOT, false), 0);
    assert_int_equal(good(MOVED_BACK, false), 1);
}

static void missed_items_once_a_day(void **state) {
    (void)state;
    assert_int_equal(good(MOVED_NOT, true), 1);
    assert_int_equal(list[0].kind, NOTICE_MISSED);
    for (int i = 0; i < 23; i++) {
        now += HOUR;
        assert_int_equal(good(MOVED_NOT, true), 0);
    }
    now += HOUR;
    assert_int_equal(good(MOVED_NOT, true), 1);
    assert_false(list[0].recovered);
    now += HOUR;
    assert_int_equal(good(MOVED_NOT, false), 0);
    now += DAY;
    assert_int_equal(good(MOVED_NOT, false), 1);
    assert_true(list[0].recovered);
    now += DAY;
    assert_int_equal(good(MOVED_NOT, false), 0);
}

#define CASE(f) cmocka_unit_test_setup(f, begin)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(failing_then_dead_then_well), CASE(three_failures_within_an_hour_are_not_told),
        CASE(refusals_are_told_at_once),   CASE(gone_is_dead),
        CASE(silence_is_told_once),        CASE(moves),
        CASE(missed_items_once_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

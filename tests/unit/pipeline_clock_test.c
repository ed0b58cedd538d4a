/* A wall clock that is set back and forth under the pipeline: nothing is told twice, and nothing is lost. */
#include "pipeline_house.h"

#include <stdatomic.h>
#include <sys/syscall.h>

/* What the wall clock is ahead of the machine's, in ms. The program's own clock_gettime stands before libc's.
 */
static _Atomic int64_t ahead;

int clock_gettime(clockid_t id, struct timespec *ret) {
    int r = (int)syscall(SYS_clock_gettime, id, ret);
    if (r == 0 && id == CLOCK_REALTIME) ret->tv_sec += ahead / SECOND;
    return r;
}

static const int64_t steps[] = {0,          -HOUR / 2, -3 * DAY, HOUR,     3 * DAY, -3 * DAY,
                                -400 * DAY, 0,         -DAY,     -2 * DAY, 2 * DAY, 0};
#define STEPS (sizeof steps / sizeof *steps)

static void say(size_t n, const char *title) {
    char guid[20], link[60], text[100];
    rss_begin();
    for (size_t i = 0; i < n; i++) {
        snprintf(guid, sizeof guid, "g%zu", i);
        snprintf(link, sizeof link, "https://p%zu.example/%zu", i, i);
        snprintf(text, sizeof text, title, i);
        rss_item(guid, link, text, 60);
    }
    poll_rss();
}

static void deliver_all(void) {
    for (size_t i = 0; i < h.n_rows; i++) {
        const struct row_result sent = {
            .row = h.rows[i]->id, .notify = "hook", .outcome = OUTCOME_SENT, .at = time_wall()};
        pipeline_result(h.p, &sent);
    }
    run_until_idle();
}

/* One new item after each step, beside all that came before; every other step is slept through. */
static void test_items(void **state) {
    (void)state;
    configure("first_run = all\nmax_item_age = none\n" ONE_HOOK "[feed paper]\nurl = " FEED
              "\n[alert flood]\nquery = flood\ngroup = none\n");
    ahead = 0;
    start();
    for (size_t i = 0; i < STEPS; i++) {
        if (i % 2) stop();
        ahead = steps[i];
        if (i % 2) start();
        say(i, "Flood number %zu");
        assert_int_equal(h.n_rows, 0);
        say(i + 1, "Flood number %zu");
        assert_int_equal(h.n_rows, 1);
        assert_int_equal(h.rows[0]->kind, KIND_NEW);
        deliver_all();
        forget();
    }
    assert_int_equal(rows_in("sent"), STEPS);
    ahead = 0;
}

/* What is held comes once: as soon as it would by the new time after a large step; after a small one when the
 * clock is there again. */
static void held_over(int64_t step) {
    configure("first_run = all\nmax_item_age = none\n" ONE_HOOK "[feed paper]\nurl = " FEED
              "\n[alert flood]\nquery = flood\nfollow_up = 2s\n");
    ahead = 0;
    start();
    say(1, "Flood %zu drowns the mill of Tessmoor");
    assert_int_equal(h.n_rows, 1);
    deliver_all();
    say(3, "Flood %zu drowns the mill of Tessmoor");
    assert_int_equal(h.n_rows, 1);
    assert_int_equal(rows_in("held"), 2);
    ahead = step;
    say(3, "Flood %zu drowns the mill of Tessmoor");
    if (step > -HOUR && step < 0) ahead = 0;
    wait_for_rows(2);
    assert_int_equal(h.rows[1]->kind, KIND_FOLD);
    assert_int_equal(rows_in("held"), 0);
    assert_int_equal(rows_in("merged"), 2);
    ahead = 0;
    say(3, "Flood %zu drowns the mill of Tessmoor");
    assert_int_equal(h.n_rows, 2);
}

static void test_held_small(void **state) {
    (void)state;
    held_over(-HOUR / 2);
}

static void test_held_large(void **state) {
    (void)state;
    held_over(-400 * DAY);
}

static void test_held_ahead(void **state) {
    (void)state;
    held_over(DAY);
}

/* An update of a thread that deciding has long put away, with and without a restart in between. */
static void test_late_update(void **state) {
    (void)state;
    configure("first_run = all\nmax_item_age = none\n" ONE_HOOK "[feed paper]\nurl = " FEED
              "\n[alert flood]\nquery = flood\nupdates = yes\n");
    ahead = 0;
    start();
    say(1, "Flood %zu drowns the mill of Tessmoor");
    assert_int_equal(h.n_rows, 1);
    int64_t story = h.rows[0]->story;
    deliver_all();
    for (int i = 1; i <= 2; i++) {
        ahead = i * 10 * DAY;
        if (i == 2) {
            stop();
            start();
        }
        forget();
        say(1,
            i == 1 ? "Flood %zu drowns the church of Tessmoor" : "Flood %zu drowns the school of Tessmoor");
        assert_int_equal(h.n_rows, 1);
        assert_int_equal(h.rows[0]->kind, KIND_UPDATE);
        assert_int_equal(h.rows[0]->story, story);
        deliver_all();
    }
    ahead = 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(test_items), TEST(test_held_small), TEST(test_held_large),
                                       TEST(test_held_ahead), TEST(test_late_update)};
    return RUN(tests);
}

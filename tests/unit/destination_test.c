/* One destination: order, stories, pauses and probes, suspension, giving up, what is too old. */
#include "unit.h"

#include "base/mem.h"
#include "base/time.h"
#include "deliver/destination.h"
#include "newsalert_plugin.h"

#define MIDDLE 0x80000000u /* no jitter */
#define BOOT   (10 * HOUR)
#define WALL   INT64_C(1795489200000)

static struct config_notify notify;
static struct destination *d;
static int64_t passed; /* ms since BOOT and WALL */

static int setup(void **state) {
    (void)state;
    notify = (struct config_notify){.name = (char *)"hook",
                                    .kind = NOTIFY_WEBHOOK,
                                    .rate_set = true,
                                    .in_flight = 1,
                                    .retry_first = 5 * SECOND,
                                    .retry_max = 4 * HOUR,
                                    .retry_for = 48 * HOUR,
                                    .max_age = AGE_NONE};
    passed = 0;
    d = destination_new("hook");
    destination_configure(d, &notify, BOOT, WALL);
    return 0;
}
static int teardown(void **state) {
    (void)state;
    d = destination_free(d);
    return 0;
}

static struct row *row_of(int64_t id, enum level level, int64_t story) {
    struct row *r = xcalloc(1, sizeof *r);
    snprintf(r->key, sizeof r->key, "na_%026lld", (long long)id);
    r->id = id;
    r->level = level;
    r->story = story;
    r->created = r->next = WALL - 1000 + id;
    return r;
}
static void add(int64_t id, enum level level, int64_t story) {
    assert_true(destination_add(d, row_of(id, level, story), BOOT + passed, WALL + passed));
}
static struct waiting *pick(void) {
    int64_t wake;
    return destination_pick(d, BOOT + passed, &wake);
}
static int64_t wake(void) {
    int64_t at = -1;
    assert_null(destination_pick(d, BOOT + passed, &at));
    return at == NEVER ? NEVER : at - BOOT - passed;
}
static struct row_result answer(struct waiting *w, const struct answer *a) {
    struct row_result r;
    w->state = WAITING_ANSWER;
    w->slot = true;
    destination_answered(d, w, a, BOOT + passed, WALL + passed, MIDDLE, &r);
    assert_int_equal(destination_in_flight(d), 1);
    return r;
}
static struct row_result http(struct waiting *w, int status, int64_t retry_after) {
    const struct answer a = {.kind = ANSWER_HTTP, .code = status, .retry_after = retry_after, .what = "HTTP"};
    return answer(w, &a);
}
/* Picks the row of that id, has it answered, and stores the result. */
static struct row_result go(int64_t id, int status) {
    struct waiting *w = pick();
    assert_non_null(w);
    assert_int_equal(w->row->id, id);
    struct row_result r = http(w, status, 0);
    assert_int_equal(r.row, id);
    destination_stored(d, w);
    return r;
}

static void flash_first_then_oldest(void **state) {
    (void)state;
    add(3, LEVEL_URGENT, 0);
    add(2, LEVEL_ROUTINE, 0);
    add(4, LEVEL_FLASH, 0);
    add(1, LEVEL_URGENT, 0);
    for (int i = 0; i < 4; i++) {
        static const int64_t order[] = {4, 1, 2, 3};
        assert_int_equal(go(order[i], 204).outcome, OUTCOME_SENT);
    }
    assert_int_equal(wake(), NEVER);
}

static void one_in_flight_until_stored(void **state) {
    (void)state;
    add(1, LEVEL_URGENT, 0);
    add(2, LEVEL_URGENT, 0);
    struct waiting *w = pick();
    http(w, 204, 0);
    assert_null(pick()); /* answered, but not stored */
    destination_stored(d, w);
    assert_int_equal(pick()->row->id, 2);
}

static void story_is_held_back(void **state) {
    (void)state;
    add(1, LEVEL_URGENT, 7);
    add(2, LEVEL_URGENT, 7);
    add(3, LEVEL_URGENT, 8);
    add(4, LEVEL_FLASH, 7);
    go(4, 204); /* flash overtakes */
    assert_int_equal(go(1, 423).outcome, OUTCOME_RETRY);
    go(3, 204); /* another story goes on */
    assert_int_equal(wake(), 5 * SECOND);
    passed += 5 * SECOND;
    go(1, 204);
    go(2, 204);
}

static void failure_pauses_and_one_probes(void **state) {
    (void)state;
    notify.in_flight = 2;
    for (int64_t id = 1; id <= 100; id++) add(id, LEVEL_URGENT, 0);
    static const int64_t waits[] = {5, 20, 80, 320};
    for (int i = 0; i < 4; i++) {
        struct row_result r = go(1, 503);
        assert_int_equal(r.outcome, OUTCOME_RETRY);
        assert_int_equal(r.next, WALL + passed + waits[i] * SECOND);
        assert_int_equal(wake(), waits[i] * SECOND);
        passed += waits[i] * SECOND;
    }
    struct waiting *w = pick();
    w->state = WAITING_ANSWER;
    w->slot = true;
    assert_null(pick()); /* the probe goes alone, in spite of in_flight */
    w->state = WAITING_TURN;
    w->slot = false;
    go(1, 204);
    assert_null(d->error);
    assert_int_equal(d->failures, 0);
    go(2, 204); /* open again */
}

static void retry_after_pauses_all(void **state) {
    (void)state;
    add(1, LEVEL_URGENT, 0);
    add(2, LEVEL_FLASH, 0);
    struct waiting *w = pick();
    struct row_result r = http(w, 429, 90 * SECOND);
    assert_int_equal(r.next, WALL + 90 * SECOND);
    destination_stored(d, w);
    add(3, LEVEL_FLASH, 0);
    assert_int_equal(wake(), 90 * SECOND);
    assert_int_equal(d->bucket.halvings, 1);
}

static void suspended_then_resumed(void **state) {
    (void)state;
    add(1, LEVEL_URGENT, 0);
    add(2, LEVEL_URGENT, 0);
    assert_int_equal(go(1, 401).outcome, OUTCOME_SUSPEND);
    assert_true(d->suspended);
    assert_true(destination_idle(d, BOOT + passed, BOOT + DAY));
    assert_int_equal(wake(), 5 * SECOND);
    passed += 5 * SECOND;
    assert_int_equal(go(1, 401).outcome, OUTCOME_SUSPEND);
    assert_int_equal(wake(), 20 * SECOND);
    destination_resume(d, BOOT + passed, WALL + passed);
    assert_int_equal(go(1, 204).outcome, OUTCOME_SENT);
    assert_false(d->suspended);

    assert_int_equal(go(2, 410).outcome, OUTCOME_SUSPEND);
    passed += 10 * DAY;
    assert_int_equal(wake(), NEVER); /* gone: no probe */
    destination_configure(d, &notify, BOOT + passed, WALL + passed);
    assert_int_equal(go(2, 204).outcome, OUTCOME_SENT);
}

/* 48 hours of failure end all that waited as long, by one attempt; what came later, and flash, goes on. */
static void gives_up(void **state) {
    (void)state;
    add(1, LEVEL_URGENT, 0);
    add(2, LEVEL_URGENT, 0);
    add(3, LEVEL_FLASH, 0);
    struct row_result r;
    int attempts = 0;
    while (passed < 48 * HOUR) {
        struct waiting *w = pick();
        assert_non_null(w);
        assert_int_equal(w->row->id, 3);
        r = http(w, 500, 0);
        assert_int_equal(r.outcome, OUTCOME_RETRY);
        destination_stored(d, w);
        if (!attempts++) assert_false(destination_gives_up(d, WALL + passed, &r));
        passed += wake();
    }
    assert_in_range(attempts, 10, 25);
    add(4, LEVEL_URGENT, 0); /* made 48 hours ago, but only now in hand, and never tried: see attempt_began */
    d->rows[d->n - 1]->began = WALL + passed;
    http(pick(), 500, 0);
    int64_t ended = 0;
    while (destination_gives_up(d, WALL + passed, &r)) {
        assert_int_equal(r.outcome, OUTCOME_DEAD);
        assert_non_null(strstr(r.error, "gave up after 2d"));
        ended = ended * 10 + r.row;
        destination_stored(d, destination_find(d, r.row));
    }
    assert_int_equal(ended, 12);
    assert_non_null(destination_find(d, 3));
    assert_non_null(destination_find(d, 4));
}

static void last_try_is_at_the_end(void **state) {
    (void)state;
    notify.retry_for = 10 * SECOND;
    add(1, LEVEL_URGENT, 0);
    go(1, 500);
    assert_int_equal(wake(), 5 * SECOND);
    passed += 5 * SECOND;
    go(1, 500);
    assert_int_equal(wake(), 5 * SECOND); /* not 20 s: its time is over then */
    passed += 5 * SECOND;
    struct row_result r = go(1, 500);
    assert_int_equal(r.outcome, OUTCOME_DEAD);
    assert_int_equal(d->n, 0);
}

static void suspension_is_no_trying(void **state) {
    (void)state;
    add(1, LEVEL_URGENT, 0);
    for (int i = 0; i < 30; i++) {
        assert_int_equal(go(1, 404).outcome, OUTCOME_SUSPEND);
        passed += wake();
    }
    assert_true(passed > 48 * HOUR);
    assert_int_equal(go(1, 500).outcome, OUTCOME_RETRY);
    assert_false(d->suspended);
}

static void too_long_once(void **state) {
    (void)state;
    add(1, LEVEL_URGENT, 0);
    add(2, LEVEL_URGENT, 0);
    struct row_result r = go(1, 413);
    assert_int_equal(r.outcome, OUTCOME_RETRY);
    assert_true(r.halve);
    assert_int_equal(r.next, WALL + 5 * SECOND);
    go(2, 204); /* it is the row's own trouble */
    passed += 5 * SECOND;
    assert_true(pick()->row->halve);
    assert_int_equal(go(1, 413).outcome, OUTCOME_DEAD);
}

static void dead_leaves_others_alone(void **state) {
    (void)state;
    add(1, LEVEL_URGENT, 0);
    add(2, LEVEL_URGENT, 0);
    assert_int_equal(go(1, 400).outcome, OUTCOME_DEAD);
    assert_int_equal(go(2, 204).outcome, OUTCOME_SENT);
}

static void persons_retry_replaces(void **state) {
    (void)state;
    add(1, LEVEL_URGENT, 0);
    go(1, 423);
    assert_int_equal(wake(), 5 * SECOND);
    assert_false(destination_add(d, row_of(1, LEVEL_URGENT, 0), BOOT, WALL)); /* no new row */
    assert_int_equal(d->n, 1);
    assert_int_equal(pick()->row->attempts, 0);
    struct waiting *w = pick();
    w->state = WAITING_ANSWER;
    assert_false(destination_add(d, row_of(1, LEVEL_URGENT, 0), BOOT, WALL)); /* under way: stays */
    assert_ptr_equal(destination_find(d, 1), w);
    w->state = WAITING_TURN;
}

static void too_old_go_together(void **state) {
    (void)state;
    notify.max_age = HOUR;
    for (int64_t id = 1; id <= 3; id++) add(id, LEVEL_URGENT, 0);
    passed = 2 * HOUR;
    struct row *fresh = row_of(4, LEVEL_URGENT, 0);
    fresh->created = fresh->next = WALL + passed;
    destination_add(d, fresh, BOOT + passed, WALL + passed);
    struct waiting *list[8];
    assert_int_equal(destination_stale(d, pick(), BOOT + passed, WALL + passed, list, 8), 3);
    assert_int_equal(destination_stale(d, destination_find(d, 4), BOOT + passed, WALL + passed, list, 8), 0);
    const struct answer sent = {.kind = ANSWER_PLUGIN, .code = NA_SENT};
    for (int i = 0; i < 3; i++) list[i]->state = WAITING_ANSWER;
    struct row_result r = answer(list[0], &sent);
    for (int i = 1; i < 3; i++) {
        destination_follow(list[i], list[0], &r);
        assert_int_equal(r.row, i + 1);
        assert_int_equal(r.outcome, OUTCOME_SENT);
    }
    for (int64_t id = 1; id <= 3; id++) destination_stored(d, destination_find(d, id));
    assert_int_equal(d->n, 1);
}

static void recipients_do_not_hold_each_other(void **state) {
    (void)state;
    struct row *a = row_of(1, LEVEL_URGENT, 7), *b = row_of(2, LEVEL_URGENT, 7),
               *a2 = row_of(3, LEVEL_URGENT, 7);
    a->recipient = xstrdup("a@example.test");
    b->recipient = xstrdup("b@example.test");
    a2->recipient = xstrdup("a@example.test");
    destination_add(d, a, BOOT, WALL);
    destination_add(d, b, BOOT, WALL);
    destination_add(d, a2, BOOT, WALL);
    const struct answer busy = {.kind = ANSWER_SMTP, .code = 450, .stage = STAGE_RCPT, .what = "450"};
    struct waiting *w = pick();
    answer(w, &busy);
    destination_stored(d, w);
    go(2, 204);
    assert_int_equal(wake(), 5 * SECOND);
}

static void unavailable_waits(void **state) {
    (void)state;
    add(1, LEVEL_URGENT, 0);
    destination_available(d, false, "no bus", BOOT);
    assert_int_equal(wake(), NEVER);
    assert_false(destination_idle(d, BOOT, BOOT)); /* it may still be connecting */
    assert_true(destination_idle(d, BOOT + 10 * SECOND, BOOT + 10 * SECOND));
    destination_available(d, true, NULL, BOOT);
    assert_non_null(pick());
    assert_false(destination_idle(d, BOOT, BOOT));
}

static void unconfigured_forgets(void **state) {
    (void)state;
    add(1, LEVEL_URGENT, 0);
    add(2, LEVEL_URGENT, 0);
    struct waiting *w = pick();
    w->state = WAITING_ANSWER;
    w->slot = true;
    destination_configure(d, NULL, BOOT, WALL);
    assert_int_equal(d->n, 1);
    assert_false(destination_add(d, row_of(3, LEVEL_URGENT, 0), BOOT, WALL));
    assert_int_equal(http(w, 401, 0).outcome, OUTCOME_RETRY); /* the store keeps it pending */
    destination_stored(d, w);
    assert_int_equal(d->n, 0);
}

/* One message in 30 s: what has waited over a minute for that becomes one summary, once there is room. */
static void with_rate(void) {
    notify.rate = (struct rate){1, 30 * SECOND};
    destination_configure(d, &notify, BOOT, WALL);
}
/* The row that has room goes by itself (1), is a summary's first (n), or waits (0). */
static size_t room(int64_t id, struct waiting **list) {
    struct waiting *w = pick();
    if (!w) return 0;
    assert_int_equal(w->row->id, id);
    size_t n = destination_overdue(d, w, BOOT + passed, list, 8);
    if (n) return n;
    rate_take(&d->bucket, BOOT + passed);
    http(w, 204, 0);
    destination_stored(d, w);
    return 1;
}

static void overdue_become_one(void **state) {
    (void)state;
    struct waiting *list[8];
    with_rate();
    for (int64_t id = 1; id <= 5; id++) add(id, LEVEL_URGENT, 0);
    assert_int_equal(room(1, list), 1);
    assert_in_range(wake(), 30 * SECOND, 30 * SECOND + 1);
    passed = 30 * SECOND;
    assert_int_equal(room(2, list), 1);
    passed = 60 * SECOND; /* to the very minute */
    assert_int_equal(room(3, list), 1);
    passed = 75 * SECOND;
    add(6, LEVEL_URGENT, 0); /* older than the minute, but it came to the loop now */
    struct row *young = row_of(7, LEVEL_URGENT, 0);
    young->created = young->next = WALL + passed;
    destination_add(d, young, BOOT + passed, WALL + passed);
    assert_int_equal(room(4, list), 0);
    assert_false(destination_idle(d, BOOT + passed, BOOT + passed + 20 * SECOND));
    passed = 90 * SECOND;
    assert_int_equal(room(4, list), 3);
    for (int i = 0; i < 3; i++) assert_int_equal(list[i]->row->id, i + 4);
    assert_int_equal(wake(), NEVER); /* nothing goes meanwhile */
    assert_false(destination_idle(d, BOOT + passed, BOOT + passed));
    const int64_t ids[] = {4, 5, 6};
    destination_merged(d, ids, 3, true);
    assert_int_equal(d->n, 1);
    struct row *summary = row_of(8, LEVEL_URGENT, 0);
    summary->created = WALL - 996; /* as the oldest of them */
    destination_add(d, summary, BOOT + passed, WALL + passed);
    assert_int_equal(room(8, list), 1); /* the room that was there is the summary's */
    passed = 120 * SECOND;
    assert_int_equal(room(7, list), 1);
    assert_int_equal(wake(), NEVER);
    assert_int_equal(d->dry, 0);
}

static void nothing_to_merge_goes_by_itself(void **state) {
    (void)state;
    struct waiting *list[8];
    const int64_t ids[] = {2, 3};
    with_rate();
    for (int64_t id = 1; id <= 3; id++) add(id, LEVEL_URGENT, 0);
    room(1, list);
    wake();
    passed = 90 * SECOND;
    assert_int_equal(room(2, list), 2);
    destination_merged(d, ids, 2, false); /* the store could not: it hands them out again */
    add(2, LEVEL_URGENT, 0);
    add(3, LEVEL_URGENT, 0);
    assert_int_equal(room(2, list), 1);
    passed = 180 * SECOND;
    assert_int_equal(room(3, list), 1); /* one alone is no summary */
}

static void only_the_rate_counts(void **state) {
    (void)state;
    struct waiting *list[8];
    with_rate();
    for (int64_t id = 1; id <= 4; id++) add(id, LEVEL_URGENT, 0);
    room(1, list);
    wake();
    passed = 31 * SECOND;
    struct waiting *w = pick();
    rate_take(&d->bucket, BOOT + passed);
    http(w, 500, 0);
    destination_stored(d, w);
    assert_int_equal(wake(), 5 * SECOND);
    passed = 95 * SECOND; /* they have waited for the receiver */
    assert_int_equal(room(2, list), 1);
    wake();
    passed = 125 * SECOND;
    assert_int_equal(room(3, list), 1);
}

static void classes_and_recipients_stay_apart(void **state) {
    (void)state;
    struct waiting *list[8];
    with_rate();
    for (int64_t id = 1; id <= 7; id++) {
        struct row *r = row_of(id, id == 2 || id == 4 ? LEVEL_FLASH : LEVEL_URGENT, 0);
        r->recipient = xstrdup(id == 5 ? "ada@a.test" : "ben@b.test");
        destination_add(d, r, BOOT, WALL);
    }
    assert_int_equal(room(2, list), 1);
    wake();
    passed = 90 * SECOND;
    assert_int_equal(room(4, list), 1); /* one flash */
    passed = 180 * SECOND;
    assert_int_equal(room(1, list), 4); /* 1, 3, 6, 7 */
    for (int i = 0; i < 4; i++) assert_string_equal(list[i]->row->recipient, "ben@b.test");
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(flash_first_then_oldest),
        T(one_in_flight_until_stored),
        T(story_is_held_back),
        T(failure_pauses_and_one_probes),
        T(retry_after_pauses_all),
        T(suspended_then_resumed),
        T(gives_up),
        T(last_try_is_at_the_end),
        T(suspension_is_no_trying),
        T(too_long_once),
        T(dead_leaves_others_alone),
        T(persons_retry_replaces),
        T(too_old_go_together),
        T(recipients_do_not_hold_each_other),
        T(unavailable_waits),
        T(unconfigured_forgets),
        T(overdue_become_one),
        T(nothing_to_merge_goes_by_itself),
        T(only_the_rate_counts),
        T(classes_and_recipients_stay_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What the schedule learns: rate, hours, bursts, grid, silence, and the pace of a budget. */
#include "schedule_feed.h"
#include "unit.h"

#include "base/time.h"
#include "poll/schedule.h"
#include "poll/schedule_budget.h"
#include "poll/schedule_grid.h"

#include <math.h>

static void assert_near(double is, double wanted, double share) {
    if (fabs(is - wanted) > share * wanted) fail_msg("%f instead of %f", is, wanted);
}

/* A small generator of its own: the same numbers on every machine. */
static double chance(uint64_t *seed) {
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(*seed >> 11) * 0x1p-53;
}

static void learn(struct schedule_learned *l, struct schedule_fleet *fleet, const int64_t *dates, size_t n,
                  int64_t now) {
    const struct schedule_news news = {
        .dates = dates, .n = n, .listed = 30, .shared = true, .first = l->until == TIME_NONE};
    schedule_learn(l, &news, fleet, now);
}

/* So many days of a feed with this many items a day, looked at each half hour; ends at NOW. */
static void live(struct schedule_learned *l, struct schedule_fleet *fleet, double a_day, int days,
                 uint64_t seed) {
    int64_t at = NOW - days * DAY, next = at;
    for (int64_t look = at; look <= NOW; look += 30 * MINUTE) {
        int64_t dates[400];
        size_t n = 0;
        while (next <= look && n < 400) {
            if (next > at) dates[n++] = next;
            next += (int64_t)(-log(1 - chance(&seed)) / a_day * (double)DAY) + 1;
        }
        learn(l, fleet, dates, n, look);
    }
}

static void the_contracts_figures(void **state) {
    (void)state;
    static const struct {
        double a_day;
        int64_t interval;
    } table[] = {{24, 10 * MINUTE}, {144, 245 * SECOND}, {1, 49 * MINUTE}, {1 / 7.0, 2 * HOUR + 10 * MINUTE}};
    for (size_t i = 0; i < 4; i++)
        assert_near((double)schedule_pace(table[i].a_day, 10 * MINUTE), (double)table[i].interval, 0.01);
    assert_near((double)schedule_pace(24, 3 * MINUTE), (double)(3 * MINUTE), 0.001);
    assert_true(schedule_pace(0, 10 * MINUTE) > 0 && schedule_pace(1e-300, 10 * MINUTE) > 0);
}

static void the_rate_is_learned_and_forgotten(void **state) {
    (void)state;
    for (double a_day = 1; a_day < 200; a_day *= 4) {
        struct schedule_learned l;
        struct schedule_fleet fleet;
        bool burst;
        schedule_learned_init(&l);
        schedule_fleet_init(&fleet);
        assert_near(schedule_rate(&l), 3, 1e-9); /* 0.3 items in 0.1 day */
        live(&l, &fleet, a_day, 30, 7);
        assert_near(schedule_rate(&l), a_day, 0.05 + 2.5 / sqrt(14 * a_day)); /* chance of two memories */
        double wait = (double)schedule_ahead(&l, &fleet, 1, NOW, 4 * HOUR, &burst);
        assert_near(wait, (double)schedule_pace(schedule_rate(&l), fleet.pace), 0.5);
        double before = schedule_rate(&l);
        schedule_learn(&l, NULL, &fleet, NOW + 14 * DAY); /* two memories later */
        assert_true(schedule_rate(&l) < 0.2 * before);
    }
}

static void dates_of_the_first_document_count(void **state) {
    (void)state;
    struct schedule_fleet fleet;
    struct schedule_learned l;
    int64_t daily[30], alike[30], none[30], ahead[30], lines[2] = {NOW - 62135596800 * SECOND, NOW};
    for (int i = 0; i < 30; i++) {
        daily[i] = NOW - i * DAY - i % 7 * HOUR;
        alike[i] = NOW - 3 * HOUR;
        none[i] = TIME_NONE;
        ahead[i] = NOW + (i + 1) * HOUR;
    }
    schedule_fleet_init(&fleet);
    schedule_learned_init(&l);
    learn(&l, &fleet, daily, 30, NOW);
    assert_near(schedule_rate(&l), 1, 0.3);
    const int64_t *useless[] = {alike, none, ahead};
    for (size_t i = 0; i < 3; i++) {
        schedule_learned_init(&l);
        learn(&l, &fleet, useless[i], 30, NOW);
        assert_near(schedule_rate(&l), 3, 0.01);
        learn(&l, &fleet, useless[i], 4, NOW + HOUR); /* later ones count as arrivals */
        assert_true(schedule_rate(&l) > 10 && l.newest == NOW + HOUR);
    }
    schedule_learned_init(&l); /* a date of long ago, and one of now */
    learn(&l, &fleet, lines, 2, NOW);
    assert_true(isfinite(schedule_rate(&l)) && schedule_rate(&l) < 1);
}

static void hostile_times_do_no_harm(void **state) {
    (void)state;
    static const int64_t times[] = {
        INT64_MIN, INT64_MAX, -INT64_C(62135596800000), INT64_C(253402300799000), 0, 1, -1, NOW - DAY,
        NOW,       NOW + DAY};
    const size_t n = sizeof times / sizeof *times;
    uint64_t seed = 5;
    struct config_feed f = auto_feed();
    for (int round = 0; round < 300; round++) {
        struct schedule_state s;
        struct schedule_fleet fleet;
        schedule_init(&s);
        schedule_fleet_init(&fleet);
        for (int i = 0; i < 8; i++) {
            int64_t dates[6], now = times[2 + (size_t)(chance(&seed) * (double)(n - 2))];
            for (int k = 0; k < 6; k++) dates[k] = times[(size_t)(chance(&seed) * (double)n)];
            const struct schedule_news news = {dates, (size_t)(chance(&seed) * 7), 6, chance(&seed) < .5,
                                               chance(&seed) < .3};
            struct answer a = {.kind = ANSWER_FEED, .status = 200, .retry_after = -1};
            schedule_settle(&s, &f, &a, NULL, &news, &fleet, 7, now);
            int64_t wait = s.next - now;
            assert_true(wait >= f.min_every && wait <= f.max_every);
            assert_true(isfinite(schedule_rate(&s.learned)) && schedule_rate(&s.learned) > 0);
            assert_true(schedule_wait(&s, &f, now) == wait);
            struct schedule_learned copy = s.learned;
            schedule_learned_check(&copy);
            assert_true(copy.until == s.learned.until); /* nothing that was learned is beyond belief */
        }
    }
}

static void a_quiet_feed_borrows_the_night(void **state) {
    (void)state;
    struct schedule_learned busy, quiet;
    struct schedule_fleet fleet;
    double hours[SCHEDULE_HOURS];
    bool burst;
    schedule_fleet_init(&fleet);
    schedule_learned_init(&busy);
    schedule_learned_init(&quiet);
    for (int d = 9; d > 0; d--)
        for (int h = 8; h < 20; h++) { /* 9 to 21 o'clock, after a start at 9 */
            int64_t at = NOW - d * DAY + (h - 8) * HOUR + h * 200 * SECOND;
            learn(&busy, &fleet, &at, 1, at + MINUTE);
        }
    int64_t once = NOW - 3 * DAY;
    learn(&quiet, &fleet, &once, 1, NOW);
    schedule_hours(&quiet, &fleet, hours);
    assert_true(hours[13] > 1.2 && hours[2] < 0.6);
    double sum = 0;
    for (int h = 0; h < SCHEDULE_HOURS; h++) sum += hours[h];
    assert_near(sum, SCHEDULE_HOURS, 0.001);
    int64_t day = schedule_ahead(&quiet, &fleet, 1, NOW + 2 * HOUR, DAY, &burst);
    int64_t night = schedule_ahead(&quiet, &fleet, 1, NOW + 14 * HOUR, DAY, &burst);
    assert_true(night > day * 5 / 4);
}

static void a_burst_is_followed_and_fades(void **state) {
    (void)state;
    struct schedule_learned l;
    struct schedule_fleet fleet;
    bool burst;
    schedule_learned_init(&l);
    schedule_fleet_init(&fleet);
    live(&l, &fleet, 2, 20, 3);
    int64_t before = schedule_ahead(&l, &fleet, 1, NOW + 6 * HOUR, 4 * HOUR, &burst);
    assert_false(burst);
    int64_t dates[6];
    for (int i = 0; i < 6; i++) dates[i] = NOW + 6 * HOUR + i * 2 * MINUTE;
    learn(&l, &fleet, dates, 6, NOW + 6 * HOUR + 12 * MINUTE);
    int64_t during = schedule_ahead(&l, &fleet, 1, NOW + 6 * HOUR + 12 * MINUTE, 4 * HOUR, &burst);
    assert_true(burst && during < before / 2);
    int64_t after = schedule_ahead(&l, &fleet, 1, NOW + 12 * HOUR, 4 * HOUR, &burst);
    assert_true(!burst && after > during * 3 / 2);
}

static void a_silence_is_believed(void **state) {
    (void)state;
    struct schedule_learned l;
    struct schedule_fleet fleet;
    bool burst;
    schedule_learned_init(&l);
    schedule_fleet_init(&fleet);
    live(&l, &fleet, 48, 10, 9);
    int64_t before = schedule_ahead(&l, &fleet, 1, NOW, DAY, &burst);
    schedule_learn(&l, NULL, &fleet, NOW + DAY);
    int64_t after = schedule_ahead(&l, &fleet, 1, NOW + DAY, DAY, &burst);
    assert_true(after > 3 * before); /* as one item a day, not as 42 */
    int64_t again = NOW + DAY + HOUR;
    learn(&l, &fleet, &again, 1, again + MINUTE);
    assert_true(schedule_ahead(&l, &fleet, 1, again + MINUTE, DAY, &burst) < 2 * before);
}

static void a_grid_is_seen(void **state) {
    (void)state;
    static const struct {
        int minutes, off, n; /* of 24 postings, n keep to it */
        int64_t period;
    } table[] = {{60, 0, 24, HOUR},         {60, 110, 24, HOUR},       {60, -100, 24, HOUR},
                 {30, 20, 24, 30 * MINUTE}, {15, 20, 24, 15 * MINUTE}, {60, 10, 16, HOUR},
                 {60, 10, 13, 0},           {60, 500, 24, 0},          {60, 10, 11, 0}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct schedule_learned l;
        schedule_learned_init(&l);
        int all = table[i].n == 11 ? 11 : 24; /* fewer than 12 tell nothing */
        for (int k = 0; k < all; k++) {
            int64_t at = k * table[i].minutes * 60 + table[i].off + HOUR / SECOND;
            if (k >= table[i].n) at = k * 3600 + 420;
            l.mark[l.marks++ % SCHEDULE_MARKS] = (uint32_t)at;
        }
        const struct schedule_grid g = schedule_grid(&l);
        if (g.period != table[i].period) fail_msg("row %zu: %lld", i, (long long)g.period);
        if (!g.period) continue;
        assert_true(g.after >= table[i].off * SECOND && g.after <= (table[i].off + 5) * SECOND);
        int64_t next = schedule_grid_next(&g, NOW); /* NOW is a mark */
        assert_int_equal(next, g.after > 0 ? NOW + g.after : NOW + g.period + g.after);
    }
}

static void a_poll_comes_just_after_the_mark(void **state) {
    (void)state;
    struct config_feed f = auto_feed();
    struct schedule_state s;
    struct schedule_fleet fleet;
    struct answer a = {.kind = ANSWER_FEED, .status = 200, .retry_after = -1};
    schedule_init(&s);
    schedule_fleet_init(&fleet);
    int64_t now = NOW - 5 * DAY, polls = 0;
    while (now < NOW) {
        int64_t hour = now / HOUR * HOUR + 20 * SECOND, since = s.last == TIME_NONE ? now - DAY : s.last;
        size_t n = hour <= now && hour > since;
        const struct schedule_news news = {
            .dates = &hour, .n = n, .listed = 30, .shared = true, .first = !polls};
        schedule_settle(&s, &f, &a, NULL, &news, &fleet, 7, now);
        if (now > NOW - DAY && n) assert_true(now - hour <= 90 * SECOND);
        polls++;
        now = s.next;
    }
    assert_string_equal(s.why, "grid");
    assert_non_null(strstr(s.why_says, "marks of a clock"));
}

static void missed_items_halve_the_interval(void **state) {
    (void)state;
    struct config_feed f = auto_feed();
    struct schedule_state s;
    struct schedule_fleet fleet;
    struct answer a = {.kind = ANSWER_FEED, .status = 200, .retry_after = -1};
    struct schedule_news news = {.listed = 30, .shared = true, .first = true};
    schedule_init(&s);
    schedule_fleet_init(&fleet);
    schedule_settle(&s, &f, &a, NULL, &news, &fleet, 7, NOW);
    int64_t before = s.interval;
    news.shared = news.first = false;
    schedule_settle(&s, &f, &a, NULL, &news, &fleet, 7, NOW + MINUTE);
    assert_near((double)s.interval, (double)before / 2, 0.05);
    assert_string_equal(s.why, "missed");
    news.shared = true; /* it lasts a day */
    schedule_settle(&s, &f, &a, NULL, &news, &fleet, 7, NOW + 2 * HOUR);
    assert_string_equal(s.why, "missed");
    schedule_settle(&s, &f, &a, NULL, &news, &fleet, 7, NOW + 26 * HOUR);
    assert_string_not_equal(s.why, "missed");
}

static void silent_is_three_days_and_ten_gaps(void **state) {
    (void)state;
    struct config_feed f = auto_feed();
    struct answer a = {.kind = ANSWER_NOT_MODIFIED, .status = 304, .retry_after = -1};
    static const struct {
        int64_t gap, after, not_before;
    } table[] = {{HOUR, 3 * DAY + HOUR, 3 * DAY - HOUR}, {2 * DAY, 21 * DAY, 18 * DAY}};
    for (size_t i = 0; i < 2; i++) {
        struct schedule_state s;
        struct schedule_fleet fleet;
        int64_t dates[20];
        for (int k = 0; k < 20; k++) dates[k] = NOW - k * table[i].gap;
        const struct schedule_news news = {dates, 20, 20, true, true};
        schedule_init(&s);
        schedule_fleet_init(&fleet);
        schedule_settle(&s, &f, &a, NULL, &news, &fleet, 7, NOW);
        assert_int_equal(schedule_state_name(&s, &f, NOW), FEED_OK);
        schedule_settle(&s, &f, &a, NULL, NULL, &fleet, 7, NOW + table[i].not_before);
        assert_int_equal(schedule_state_name(&s, &f, NOW + table[i].not_before), FEED_OK);
        assert_int_equal(schedule_state_name(&s, &f, NOW + table[i].after), FEED_SILENT);
    }
}

static void a_budget_is_kept(void **state) {
    (void)state;
    struct schedule_state states[20];
    struct schedule_load loads[20];
    struct schedule_fleet fleet;
    struct config_feed f = auto_feed();
    schedule_fleet_init(&fleet);
    for (int i = 0; i < 20; i++) {
        schedule_init(&states[i]);
        live(&states[i].learned, &fleet, 1 << (i % 6), 5, (uint64_t)i + 1);
    }
    assert_true(schedule_budget_due(&fleet, NOW));
    for (int i = 0; i < 20; i++) loads[i] = schedule_load_of(&states[i], &f, &fleet, NOW);
    for (int64_t budget = 500; budget <= 4000; budget *= 2) {
        fleet.solved = TIME_NONE;
        schedule_budget_solve(&fleet, loads, 20, budget, NOW);
        assert_near(schedule_forecast(loads, 20, (double)fleet.pace, 0xffffff), (double)budget, 0.02);
        assert_false(schedule_budget_due(&fleet, NOW + 59 * MINUTE));
        assert_true(schedule_budget_due(&fleet, NOW + HOUR));
    }
    schedule_budget_solve(&fleet, loads, 20, 100000000, NOW); /* min_every holds */
    assert_near(schedule_forecast(loads, 20, (double)fleet.pace, 0xffffff), 20 * 288 / 1.05, 0.01);
    fleet.solved = NOW - HOUR, fleet.debt = 0, fleet.polls = 400; /* twice as many as foreseen */
    fleet.planned = 4800, fleet.forecast = fleet.made = 0;
    schedule_budget_solve(&fleet, loads, 20, 2000, NOW);
    assert_true(schedule_forecast(loads, 20, (double)fleet.pace, 0xffffff) < 1300);
    f.enabled = false;
    assert_true(schedule_load_of(&states[0], &f, &fleet, NOW).at_most == 0);
}

static void what_is_overdue_is_spread(void **state) {
    (void)state;
    assert_int_equal(schedule_spread(0, 10, HOUR), 0);
    assert_int_equal(schedule_spread(5, 10, HOUR), 30 * SECOND);
    assert_int_equal(schedule_spread(9, 10, 10 * SECOND), 9 * SECOND);
    assert_int_equal(schedule_spread(0, 0, HOUR), 0);
    struct schedule_state fresh, quiet, busy;
    struct schedule_fleet fleet;
    struct config_feed f = auto_feed();
    struct answer a = {.kind = ANSWER_NOT_MODIFIED, .status = 304, .retry_after = -1};
    schedule_init(&fresh);
    schedule_init(&quiet);
    schedule_init(&busy);
    schedule_fleet_init(&fleet);
    live(&busy.learned, &fleet, 50, 5, 1);
    live(&quiet.learned, &fleet, 1, 5, 1);
    schedule_settle(&quiet, &f, &a, NULL, NULL, &fleet, 7, NOW);
    schedule_settle(&busy, &f, &a, NULL, NULL, &fleet, 7, NOW);
    assert_true(schedule_expected(&fresh, NOW + HOUR) > schedule_expected(&busy, NOW + HOUR));
    assert_true(schedule_expected(&busy, NOW + HOUR) > schedule_expected(&quiet, NOW + HOUR));
}

static void a_state_that_somebody_edited_begins_anew(void **state) {
    (void)state;
    struct schedule_learned good, l;
    struct schedule_fleet fleet;
    schedule_learned_init(&good);
    schedule_fleet_init(&fleet);
    live(&good, &fleet, 10, 3, 1);
    l = good;
    schedule_learned_check(&l);
    assert_int_equal(l.until, good.until);
    for (int i = 0; i < 7; i++) {
        l = good;
        if (i == 0) l.items = -1;
        if (i == 1) l.days = NAN;
        if (i == 2) l.hour[3] = -5;
        if (i == 3) l.marks = -1;
        if (i == 4) l.halved = 70;
        if (i == 5) l.until = INT64_MAX;
        if (i == 6) l.newest = INT64_MAX - 1;
        schedule_learned_check(&l);
        assert_true(l.until == TIME_NONE && l.marks == 0);
    }
    fleet.pace = -4;
    schedule_fleet_check(&fleet);
    assert_int_equal(fleet.pace, 10 * MINUTE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_contracts_figures),
        cmocka_unit_test(the_rate_is_learned_and_forgotten),
        cmocka_unit_test(dates_of_the_first_document_count),
        cmocka_unit_test(hostile_times_do_no_harm),
        cmocka_unit_test(a_quiet_feed_borrows_the_night),
        cmocka_unit_test(a_burst_is_followed_and_fades),
        cmocka_unit_test(a_silence_is_believed),
        cmocka_unit_test(a_grid_is_seen),
        cmocka_unit_test(a_poll_comes_just_after_the_mark),
        cmocka_unit_test(missed_items_halve_the_interval),
        cmocka_unit_test(silent_is_three_days_and_ten_gaps),
        cmocka_unit_test(a_budget_is_kept),
        cmocka_unit_test(what_is_overdue_is_spread),
        cmocka_unit_test(a_state_that_somebody_edited_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

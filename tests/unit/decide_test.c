/* decide: random traces keep the promises of contract/stories.md, in four zones around their clock changes,
 * with restarts in between that leave nothing but what the store has; and some written out. A thousand seeded
 * traces here, a hundred thousand with TORTURE=all. */
#include "unit.h"

#include "base/mem.h"
#include "base/time.h"
#include "story/decide.h"

#define ALERTS    4u
#define NOTIFIERS 3u
#define EVENTS    60u
#define MUTES     64u

static uint64_t state;

static unsigned pick(unsigned n) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)((state >> 20) % n);
}

static int64_t at_of(const char *text) {
    int64_t at = 0;
    assert_int_equal(time_parse_rfc3339(text_of(text), &at), 0);
    return at;
}

struct fired {
    char item[16];
    size_t alert;
    int64_t at, story;
    bool opened;  /* it is new: its story has a thread from now on */
    bool told;    /* it must come out */
    bool may_not; /* it may stay away: unconfirmed and held */
    bool stepped; /* the clock stepped back since: it fired later than now */
    unsigned seen[NOTIFIERS];
};

/* What the store keeps: threads, lanes, mutes, and one held row an entry and notifier. */
struct kept {
    struct decide_thread threads[EVENTS];
    char *forms[EVENTS];
    char *lanes[ALERTS][NOTIFIERS];
    struct decide_mute mutes[MUTES];
    struct decide_place held[EVENTS][NOTIFIERS];
    bool is_held[EVENTS][NOTIFIERS];
    size_t n_threads, n_mutes, messages, places;
};

struct trial {
    struct kept kept;
    struct hours quiets[ALERTS], digests[ALERTS], their_quiets[NOTIFIERS], their_digests[NOTIFIERS];
    struct decide_alert alerts[ALERTS];
    struct decide_notifier notifiers[NOTIFIERS];
    bool notify[ALERTS][NOTIFIERS];
    struct zone *zone;
    struct decide *d;
    struct decide_out all;
    struct fired fired[EVENTS];
    size_t n_fired, checked;
    int64_t muted_from[ALERTS], muted_to[ALERTS]; /* the last mute */
    int64_t mute;                                 /* its number */
    int64_t last_at;
    bool stepped; /* the clock did */
};

static const char *const zones[][2] = {
    {"Europe/Berlin", "2026-03-27T00:00:00Z"},       {"Europe/Berlin", "2026-10-23T00:00:00Z"},
    {"America/New_York", "2026-03-06T00:00:00Z"},    {"Australia/Lord_Howe", "2026-04-03T00:00:00Z"},
    {"Australia/Lord_Howe", "2026-10-02T00:00:00Z"}, {"Asia/Kathmandu", "2026-05-01T00:00:00Z"},
};

static struct hours quiet_of(const char *text) {
    struct hours h = {0};
    if (*text) assert_null(hours_quiet(text_of(text), &h));
    return h;
}

static void make_trial(struct trial *t, uint64_t seed, int64_t *ret_start) {
    static const char *const quiets[] = {"", "22:00-07:00", "02:00-02:30", "mon-fri 23:30-06:00, 13:00-14:00",
                                         "01:30-03:15"};
    static const char *const digests[] = {"", "", "", "08:00", "02:15, 17:30"};
    memset(t, 0, sizeof *t);
    state = seed * 0x9e3779b97f4a7c15u + 1;
    for (int i = 0; i < 5; i++) pick(2);
    size_t z = pick(sizeof zones / sizeof *zones);
    t->zone = zone_open(zones[z][0]);
    assert_non_null(t->zone);
    *ret_start = at_of(zones[z][1]);
    static const char *const names[] = {"n0", "n1", "n2"};
    for (size_t n = 0; n < NOTIFIERS; n++) {
        t->their_quiets[n] = quiet_of(quiets[n == 2 ? pick(5) : 0]);
        if (n == 1 && !pick(3)) assert_null(hours_digest(TEXT("09:15"), &t->their_digests[n]));
        t->notifiers[n] =
            (struct decide_notifier){.name = names[n],
                                     .edits = n == 0,
                                     .quiet = t->their_quiets[n].n ? &t->their_quiets[n] : NULL,
                                     .digest = t->their_digests[n].n ? &t->their_digests[n] : NULL,
                                     .break_through = LEVEL_FLASH};
    }
    for (size_t a = 0; a < ALERTS; a++) {
        struct decide_alert *x = &t->alerts[a];
        t->quiets[a] = quiet_of(quiets[pick(5)]);
        *x = (struct decide_alert){.name = "a",
                                   .level = (enum level)pick(3),
                                   .limit = pick(2) ? 1 + pick(4) : 0,
                                   .limit_per = HOUR,
                                   .quiet = t->quiets[a].n ? &t->quiets[a] : NULL,
                                   .zone = t->zone,
                                   .window = DAY,
                                   .follow_up = pick(2) ? HOUR : 10 * MINUTE,
                                   .sources = 1 + pick(2),
                                   .hold = pick(4) == 0,
                                   .updates = pick(2),
                                   .notify = t->notify[a]};
        const char *digest = digests[pick(5)];
        if (*digest && x->level != LEVEL_FLASH) {
            assert_null(hours_digest(text_of(digest), &t->digests[a]));
            x->digest = &t->digests[a];
        }
        for (size_t n = 0; n < NOTIFIERS; n++) t->notify[a][n] = n == a % NOTIFIERS || pick(2);
        t->muted_from[a] = t->muted_to[a] = TIME_NONE;
    }
    t->d = decide_new(t->alerts, ALERTS, t->notifiers, NOTIFIERS, 1);
}

/* ---- the store ---- */

static void keep_thread(void *ctx, const struct decide_thread *saved) {
    struct kept *k = ctx;
    size_t i = 0;
    while (i < k->n_threads && k->threads[i].id != saved->id) i++;
    if (i == k->n_threads) k->n_threads++;
    free(k->forms[i]);
    k->forms[i] = xstrdup(saved->form);
    k->threads[i] = *saved;
    k->threads[i].form = k->forms[i];
}

static void keep_lane(void *ctx, const struct decide_lane *saved) {
    struct kept *k = ctx;
    free(k->lanes[saved->alert][saved->notifier]);
    k->lanes[saved->alert][saved->notifier] = xstrdup(saved->form);
}

/* What a commit would write: places in order, and a message takes its entries out of what is held. */
static void keep(struct trial *t) {
    struct kept *k = &t->kept;
    for (;;) {
        for (; k->places < t->all.n_places && t->all.places[k->places].before <= k->messages; k->places++) {
            const struct decide_place *p = &t->all.places[k->places];
            k->is_held[p->id][p->notifier] = p->pool < POOL_DROPPED;
            k->held[p->id][p->notifier] = *p;
        }
        if (k->messages == t->all.n) break;
        const struct decide_message *m = &t->all.list[k->messages++];
        for (size_t i = 0; i < m->n; i++) k->is_held[m->entries[i].id][m->notifier] = false;
    }
    const struct decide_saver to = {k, keep_thread, keep_lane};
    decide_save(t->d, &to);
}

static void keep_clear(struct kept *k) {
    for (size_t i = 0; i < k->n_threads; i++) free(k->forms[i]);
    for (size_t a = 0; a < ALERTS; a++)
        for (size_t n = 0; n < NOTIFIERS; n++) free(k->lanes[a][n]);
}

/* Nothing is left of the process but the store. */
static void restart(struct trial *t, int64_t now) {
    const struct kept *k = &t->kept;
    decide_free(t->d);
    t->d = decide_new(t->alerts, ALERTS, t->notifiers, NOTIFIERS, 1);
    for (size_t i = 0; i < k->n_threads; i++) decide_load_thread(t->d, &k->threads[i]);
    for (size_t a = 0; a < ALERTS; a++)
        for (size_t n = 0; n < NOTIFIERS; n++) {
            const struct decide_lane lane = {a, n, k->lanes[a][n]};
            if (lane.form) decide_load_lane(t->d, &lane);
        }
    for (size_t i = 0; i < k->n_mutes; i++)
        if (k->mutes[i].id) decide_mute(t->d, &k->mutes[i]);
    for (size_t i = 0; i < EVENTS; i++)
        for (size_t n = 0; n < NOTIFIERS; n++) {
            const struct fired *f = &t->fired[i];
            const struct decide_entry e = {(int64_t)i, (char *)f->item, f->alert, 0, f->story, f->at};
            if (k->is_held[i][n]) decide_load_held(t->d, &e, &k->held[i][n]);
        }
    decide_adapt(t->d, now);
}

static struct fired *fired_of(struct trial *t, const char *item) {
    for (size_t i = 0; i < t->n_fired; i++)
        if (!strcmp(t->fired[i].item, item)) return &t->fired[i];
    fail_msg("%s was never fired", item);
    return NULL;
}

/* Each message as it comes: in time order, with what fired before it, not while it must not. */
static void check_new(struct trial *t) {
    for (; t->checked < t->all.n; t->checked++) {
        const struct decide_message *m = &t->all.list[t->checked];
        assert_true(m->at >= t->last_at);
        t->last_at = m->at;
        assert_true(m->n > 0);
        for (size_t i = 0; i < m->n; i++) {
            const struct decide_entry *e = &m->entries[i];
            struct fired *f = fired_of(t, e->item);
            assert_true(e->at == f->at && (m->at >= f->at || f->stepped) && e->alert == f->alert);
            assert_true(t->notify[f->alert][m->notifier]);
            f->seen[m->notifier]++;
            assert_false(m->at >= t->muted_from[f->alert] && m->at < t->muted_to[f->alert]);
            assert_true(!i || m->entries[i - 1].alert != e->alert || m->entries[i - 1].at <= e->at);
            assert_int_equal(f->seen[m->notifier], 1);
            const struct decide_alert *a = &t->alerts[f->alert];
            bool quiet = hours_quiet_until(&t->quiets[f->alert], t->zone, m->at) != TIME_NONE ||
                         hours_quiet_until(&t->their_quiets[m->notifier], t->zone, m->at) != TIME_NONE;
            if (quiet) assert_true(a->level == LEVEL_FLASH && m->kind != KIND_EDIT && m->kind != KIND_DIGEST);
        }
    }
}

/* Never more than the limit of counted messages of an alert at a notifier in any span of `per`. */
static void check_limits(const struct trial *t) {
    for (size_t i = 0; i < t->all.n; i++) {
        const struct decide_message *m = &t->all.list[i];
        if (m->kind == KIND_EDIT || m->kind == KIND_DIGEST || !t->alerts[m->alert].limit) continue;
        int64_t n = 0;
        for (size_t k = 0; k <= i; k++) {
            const struct decide_message *o = &t->all.list[k];
            n += o->alert == m->alert && o->notifier == m->notifier && o->kind != KIND_EDIT &&
                 o->kind != KIND_DIGEST && o->at > m->at - t->alerts[m->alert].limit_per;
        }
        assert_true(n <= t->alerts[m->alert].limit);
    }
}

static void random_event(struct trial *t, int64_t now) {
    struct fired *f = &t->fired[t->n_fired];
    unsigned kind = pick(10);
    *f = (struct fired){.alert = pick(ALERTS), .at = now};
    const struct decide_alert *a = &t->alerts[f->alert];
    snprintf(f->item, sizeof f->item, "i%zu", t->n_fired);
    char publisher[] = {(char)('p' + pick(4)), '\0'};
    struct decide_event e = {.at = now,
                             .alert = f->alert,
                             .id = (int64_t)t->n_fired,
                             .item = f->item,
                             .publisher = publisher,
                             .copy_of = pick(3) ? NULL : "i0",
                             .story = 1 + pick(6) + (int64_t)f->alert * 10,
                             .change = kind < 7 ? CHANGE_NEW : (enum decide_change)(kind - 6)};
    f->story = e.story;
    f->opened = e.change == CHANGE_NEW;
    /* An update is told where the alert wants them, and its story has a thread already. */
    for (size_t i = 0; i < t->n_fired && e.change != CHANGE_NEW; i++)
        f->told |= t->fired[i].opened && t->fired[i].story == f->story;
    f->told = f->opened || (f->told && a->updates && e.change != CHANGE_COSMETIC);
    f->may_not = f->told && a->hold;
    t->n_fired++;
    decide_event(t->d, &e, &t->all);
}

static void random_step(struct trial *t, int64_t now) {
    size_t a = pick(ALERTS);
    switch (pick(12)) {
    case 0:
        decide_tick(t->d, now, &t->all);
        check_new(t);
        if (t->kept.n_mutes == MUTES) break;
        struct decide_mute m = {.id = ++t->mute,
                                .what = (enum mute_what)(pick(2) * 2),
                                .alert = a,
                                .number = 1 + pick(6) + a * 10,
                                .since = now,
                                .until = now + (int64_t)(1 + pick(300)) * MINUTE};
        decide_mute(t->d, &m);
        t->kept.mutes[t->kept.n_mutes++] = m;
        if (m.what == MUTE_ALERT && m.until > t->muted_to[a]) {
            t->muted_from[a] = now;
            t->muted_to[a] = m.until;
        }
        break;
    case 1:
        decide_tick(t->d, now, &t->all);
        for (size_t i = 0; i < t->kept.n_mutes; i++) {
            struct decide_mute *k = &t->kept.mutes[i];
            if (!k->id || k->what != MUTE_ALERT || k->alert != a) continue;
            /* Not one summary before the last of them is lifted: what the first holds moves on. */
            decide_unmute(t->d, k->id, now, &t->all);
            k->id = 0;
        }
        t->muted_from[a] = t->muted_to[a] = TIME_NONE;
        break;
    case 2:
        restart(t, now);
        decide_tick(t->d, now, &t->all);
        break;
    default: random_event(t, now);
    }
    keep(t);
    for (size_t i = 0; i < t->kept.n_mutes; i++) /* those that ended are deleted */
        if (t->kept.mutes[i].until <= now) t->kept.mutes[i].id = 0;
    check_new(t);
}

/* By minutes to a month. What waits does so no longer than if it had come now. */
static int64_t step_back(struct trial *t, int64_t now) {
    for (size_t a = 0; a < ALERTS; a++) /* a mute that ended does not come back */
        if (t->muted_to[a] <= now) t->muted_from[a] = t->muted_to[a] = TIME_NONE;
    now -= pick(2) ? (int64_t)(1 + pick(12)) * HOUR : (int64_t)(1 + pick(30)) * DAY;
    if (pick(2))
        restart(t, now);
    else
        decide_adapt(t->d, now);
    t->stepped = true;
    if (now < t->last_at) t->last_at = now; /* else something is overdue */
    for (size_t i = 0; i < t->n_fired; i++) t->fired[i].stepped = true;
    return now;
}

static void one_trace(uint64_t seed, bool steps) {
    struct trial *t = malloc(sizeof *t);
    int64_t now;
    make_trial(t, seed, &now);
    t->last_at = now;
    while (t->n_fired < EVENTS - 1) {
        now += pick(5)   ? (int64_t)pick(40) * MINUTE + pick(60) * SECOND
               : pick(2) ? 0
                         : (int64_t)pick(9) * HOUR;
        if (steps && pick(15) == 0) now = step_back(t, now);
        random_step(t, now);
    }
    restart(t, now);
    decide_tick(t->d, now + 400 * DAY, &t->all);
    keep(t);
    check_new(t);
    if (!t->stepped) check_limits(t);
    assert_true(decide_wake(t->d) == TIME_NONE);
    for (size_t i = 0; i < t->n_fired; i++)
        for (size_t n = 0; n < NOTIFIERS; n++) {
            const struct fired *f = &t->fired[i];
            bool wanted = t->notify[f->alert][n] && f->told;
            bool ok = f->seen[n] == wanted || (f->may_not && t->notify[f->alert][n] && f->seen[n] <= 1);
            if (!ok)
                fail_msg("trace %llu: %s came %u times to notifier %zu", (unsigned long long)seed, f->item,
                         f->seen[n], n);
        }
    for (size_t i = 0; i < EVENTS; i++)
        for (size_t n = 0; n < NOTIFIERS; n++) assert_false(t->kept.is_held[i][n]);
    decide_free(t->d);
    decide_out_clear(&t->all);
    keep_clear(&t->kept);
    zone_free(t->zone);
    free(t);
}

static void random_traces(bool steps) {
    const char *torture = getenv("TORTURE");
    uint64_t n = torture && !strcmp(torture, "all") ? steps ? 20000 : 100000 : 1000;
    /* make check runs the same ones each time, make check-long others: a failing one is named by its number.
     */
    const char *base = getenv("NEWSALERT_SEED");
    uint64_t first = base ? strtoull(base, NULL, 10) << 20 : 0;
    for (uint64_t seed = first + 1; seed <= first + n; seed++) one_trace(seed, steps);
}

static void test_random(void **unused) {
    (void)unused;
    random_traces(false);
}

/* A clock that steps back repeats nothing and loses nothing. */
static void test_steps_back(void **unused) {
    (void)unused;
    random_traces(true);
}

/* How long it takes until n messages are out. */
static int64_t told_by(struct decide *d, int64_t now, struct decide_out *out, size_t n) {
    int64_t from = now;
    while (out->n < n && now < from + DAY) decide_tick(d, now += MINUTE, out);
    assert_true(out->n >= n);
    return now - from;
}

/* The clock was a year ahead when a thread opened. Its later outlet, its update and what an unconfirmed one
 * holds wait no longer than they would from now on. */
static void test_year_back(void **unused) {
    (void)unused;
    const bool notify[] = {true};
    struct zone *z = zone_open("Etc/UTC");
    const struct decide_alert alerts[] = {
        {.name = "a", .zone = z, .window = DAY, .follow_up = HOUR, .updates = true, .notify = notify},
        {.name = "b",
         .zone = z,
         .window = DAY,
         .follow_up = HOUR,
         .sources = 2,
         .hold = true,
         .notify = notify}};
    const struct decide_notifier notifiers[] = {{.name = "n", .break_through = LEVEL_FLASH}};
    struct decide *d = decide_new(alerts, 2, notifiers, 1, 1);
    struct decide_out out = {0};
    int64_t now = at_of("2027-11-24T12:00:00Z");
    struct decide_event e = {.at = now, .id = 1, .item = "i1", .publisher = "p", .story = 1};
    decide_event(d, &e, &out);
    e = (struct decide_event){.at = now, .id = 2, .item = "i2", .publisher = "q", .story = 1};
    decide_event(d, &e, &out);
    for (int64_t id = 3; id <= 4; id++) {
        e = (struct decide_event){.at = now, .id = id, .item = "i1", .story = 1, .change = CHANGE_TITLE};
        decide_event(d, &e, &out);
    }
    e = (struct decide_event){.at = now, .alert = 1, .id = 5, .item = "i5", .publisher = "p", .story = 2};
    decide_event(d, &e, &out);
    assert_int_equal(out.n, 2); /* new, and the first update */
    now = at_of("2026-11-24T12:00:00Z");
    decide_adapt(d, now);
    assert_true(told_by(d, now, &out, 3) <= 10 * MINUTE);
    assert_int_equal(out.list[2].kind, KIND_UPDATE);
    assert_true(told_by(d, now, &out, 4) <= HOUR);
    assert_int_equal(out.list[3].kind, KIND_FOLD);
    decide_tick(d, now + DAY + MINUTE, &out);
    assert_int_equal(out.n, 4);
    assert_int_equal(out.places[out.n_places - 1].pool, POOL_EXPIRED);
    assert_int_equal(out.places[out.n_places - 1].sources, 1);
    assert_true(decide_wake(d) == TIME_NONE);
    decide_out_clear(&out);
    decide_free(d);
    zone_free(z);
}

/* ---- clocks ---- */

static void assert_quiet(const char *zone, const char *quiet, const char *now, const char *until) {
    struct zone *z = zone_open(zone);
    struct hours h = quiet_of(quiet);
    assert_non_null(z);
    assert_true(hours_quiet_until(&h, z, at_of(now)) == (until ? at_of(until) : TIME_NONE));
    zone_free(z);
}

static void test_clock_changes(void **unused) {
    (void)unused;
    /* Ordinary nights: the start counts, the end does not. */
    assert_quiet("Europe/Berlin", "22:00-07:00", "2026-11-24T21:00:00Z", "2026-11-25T06:00:00Z");
    assert_quiet("Europe/Berlin", "22:00-07:00", "2026-11-24T20:59:59Z", NULL);
    assert_quiet("Europe/Berlin", "22:00-07:00", "2026-11-25T06:00:00Z", NULL);
    /* Autumn: 02:30 comes twice; quiet starts with the first, and ends with the second. */
    assert_quiet("Europe/Berlin", "02:30-06:00", "2026-10-25T00:30:00Z", "2026-10-25T05:00:00Z");
    assert_quiet("Europe/Berlin", "22:00-02:30", "2026-10-25T00:45:00Z", "2026-10-25T01:30:00Z");
    /* Spring: 02:30 does not exist, and is the first instant after the gap. */
    assert_quiet("Europe/Berlin", "22:00-02:30", "2026-03-29T00:59:00Z", "2026-03-29T01:00:00Z");
    assert_quiet("Europe/Berlin", "02:30-06:00", "2026-03-29T01:00:00Z", "2026-03-29T04:00:00Z");
    /* Half an hour at Lord Howe, and a quarter off at Kathmandu. */
    assert_quiet("Australia/Lord_Howe", "22:00-01:45", "2026-04-04T14:50:00Z", "2026-04-04T15:15:00Z");
    assert_quiet("Asia/Kathmandu", "22:00-07:00", "2026-05-01T16:15:00Z", "2026-05-02T01:15:00Z");
    /* A day names the evening: Saturday's early morning belongs to Friday, Monday's to none. */
    assert_quiet("Europe/Berlin", "mon-fri 22:00-07:00", "2026-11-28T03:00:00Z", "2026-11-28T06:00:00Z");
    assert_quiet("Europe/Berlin", "mon-fri 22:00-07:00", "2026-11-30T03:00:00Z", NULL);
}

static void test_digest_times(void **unused) {
    (void)unused;
    struct zone *z = zone_open("Europe/Berlin");
    struct hours h;
    assert_null(hours_digest(TEXT("02:30"), &h));
    assert_true(hours_next(&h, z, at_of("2026-10-24T12:00:00Z")) == at_of("2026-10-25T00:30:00Z"));
    assert_true(hours_next(&h, z, at_of("2026-10-25T00:30:00Z")) ==
                at_of("2026-10-26T01:30:00Z")); /* once a day */
    assert_true(hours_next(&h, z, at_of("2026-03-28T12:00:00Z")) == at_of("2026-03-29T01:00:00Z"));
    assert_null(hours_digest(TEXT("mon 08:00, fri 17:30"), &h));
    assert_true(hours_next(&h, z, at_of("2026-11-24T12:00:00Z")) == at_of("2026-11-27T16:30:00Z"));
    assert_non_null(hours_quiet(TEXT("07:00-07:00"), &h));
    assert_null(zone_open("Europe/Nowhere"));
    zone_free(z);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock_changes), cmocka_unit_test(test_digest_times),
        cmocka_unit_test(test_random),        cmocka_unit_test(test_steps_back),
        cmocka_unit_test(test_year_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

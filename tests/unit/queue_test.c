/* The queues on a real loop, with a sender that answers to order in the place of the network. */
#include "unit.h"

#include "deliver/queue.c" /* its statics are not used; its senders come from here */

static struct event_base *base;
static struct deliver *d;
static struct config_notify notifiers[2];
static const struct config config = {.notifiers = notifiers, .n_notifiers = 2};

/* -- a sender whose attempts end when the test says so ---- */
struct fake {
    struct fake *next;
    char to[32], key[KEY_SIZE];
    enum message_kind kind;
    size_t entries;
    sender_done_fn *done;
    void *arg;
};
static struct fake *fakes; /* under way, oldest first */
static int starts, cancels;

static void *fake_start(const struct sender_env *env, const struct render_ask *ask, const struct facts *f,
                        sender_done_fn *done, void *arg, struct answer *ret) {
    (void)env, (void)ret;
    struct fake *fake = xcalloc(1, sizeof *fake), **end = &fakes;
    snprintf(fake->to, sizeof fake->to, "%s", ask->notify->name);
    memcpy(fake->key, ask->key, KEY_SIZE);
    fake->kind = f->kind;
    fake->entries = f->n_entries;
    fake->done = done;
    fake->arg = arg;
    while (*end) end = &(*end)->next;
    *end = fake;
    starts++;
    return fake;
}
static struct fake *take_fake(struct fake *fake) {
    struct fake **p = &fakes;
    while (*p != fake) p = &(*p)->next;
    *p = fake->next;
    return fake;
}
static void fake_cancel(void *attempt) {
    free(take_fake(attempt));
    cancels++;
}
static void *at_once(const struct sender_env *env, const struct render_ask *ask, const struct facts *f,
                     sender_done_fn *done, void *arg, struct answer *ret) {
    (void)env, (void)ask, (void)f, (void)done, (void)arg;
    starts++;
    answer_say(ret, ANSWER_PLUGIN, NA_SENT, "written");
    return NULL;
}
static void *no_program(const struct sender_env *env, const struct render_ask *ask, const struct facts *f,
                        sender_done_fn *done, void *arg, struct answer *ret) {
    (void)env, (void)ask, (void)f, (void)done, (void)arg;
    answer_say(ret, ANSWER_FAILURE, FAILURE_SETUP, "say cannot be started");
    return NULL;
}
struct sender sender_of(const struct config_notify *notify) {
    if (notify->kind == NOTIFY_TERMINAL) return (struct sender){at_once, fake_cancel};
    if (notify->kind == NOTIFY_COMMAND) return (struct sender){no_program, fake_cancel};
    return (struct sender){fake_start, fake_cancel};
}
struct relay *relay_new(struct event_base *b, struct plugin *p, const struct config_notify *n,
                        const struct relay_events *e) {
    (void)b, (void)p, (void)n, (void)e;
    return NULL;
}
struct relay *relay_free(struct relay *r) {
    return r;
}
void relay_explain(struct relay *r, const struct render_ask *ask, const struct facts *f, struct text query) {
    (void)r, (void)ask, (void)f, (void)query;
}
struct plugin *plugins_by_name(const struct plugins *p, const char *name) {
    (void)p, (void)name;
    return NULL;
}
const char *net_error(CURLcode code, long os_errno) {
    (void)code, (void)os_errno;
    return "";
}

static void end_fake(struct fake *fake, int status) {
    struct answer a;
    answer_say(&a, ANSWER_HTTP, status, "HTTP %d", status);
    take_fake(fake);
    fake->done(fake->arg, &a);
    free(fake);
}

/* -- the other side: what comes back ---- */
static struct row_result results[256];
static size_t n_results;
static int wants;

static void on_result(void *ctx, const struct row_result *r) {
    (void)ctx;
    results[n_results++] = *r;
}
static void on_want(void *ctx, const char *notify) {
    (void)ctx, (void)notify;
    wants++;
}

static void turn(void) {
    for (int i = 0; i < 5; i++) event_base_loop(base, EVLOOP_NONBLOCK);
}
static void store_all(void) {
    for (size_t i = 0; i < n_results; i++) deliver_result_stored(d, results[i].notify, results[i].row);
    n_results = 0;
    turn();
}

static struct row *row_of(const char *notify, int64_t id) {
    struct row *r = xcalloc(1, sizeof *r);
    snprintf(r->key, sizeof r->key, "na_%026lld", (long long)id);
    r->id = id;
    r->notify = xstrdup(notify);
    r->created = r->next = time_wall() - 1000;
    r->facts =
        xstrdup("{\"kind\":\"new\",\"alert\":\"la\",\"fired\":1,\"item\":{\"title\":\"T\"},\"feed\":{}}");
    return r;
}
static void rows(const char *notify, int64_t first, size_t n, bool more) {
    struct row *list[64];
    for (size_t i = 0; i < n; i++) list[i] = row_of(notify, first + (int64_t)i);
    deliver_rows(d, notify, list, n, more);
    turn();
}

static int setup(void **state) {
    (void)state;
    static const struct deliver_events events = {.result = on_result, .want = on_want};
    for (int i = 0; i < 2; i++)
        notifiers[i] = (struct config_notify){.name = (char *)(uintptr_t)(i ? "b" : "a"),
                                              .kind_name = (char *)"webhook",
                                              .kind = NOTIFY_WEBHOOK,
                                              .enabled = true,
                                              .rate_set = true,
                                              .in_flight = 1,
                                              .retry_first = 5 * SECOND,
                                              .retry_max = 4 * HOUR,
                                              .retry_for = 48 * HOUR,
                                              .timeout = 20 * SECOND,
                                              .max_age = AGE_NONE};
    n_results = 0;
    starts = cancels = wants = 0;
    log_set_level(LOG_LEVEL_ERROR);
    base = event_base_new();
    d = deliver_new(base, NULL, &events);
    deliver_configure(d, &config, NULL);
    turn();
    return 0;
}
static int teardown(void **state) {
    (void)state;
    d = deliver_free(d, 0);
    assert_null(fakes);
    event_base_free(base);
    return 0;
}

static void one_after_the_other(void **state) {
    (void)state;
    assert_int_equal(wants, 2);
    rows("a", 1, 3, false);
    assert_int_equal(starts, 1);
    assert_false(deliver_idle(d, time_boot()));
    for (int64_t id = 1; id <= 3; id++) {
        assert_non_null(fakes);
        end_fake(fakes, 204);
        turn();
        assert_int_equal(starts, id); /* the slot is taken until the result is stored */
        assert_int_equal(results[0].row, id);
        assert_int_equal(results[0].outcome, OUTCOME_SENT);
        assert_string_equal(results[0].notify, "a");
        store_all();
    }
    assert_null(fakes);
    assert_true(deliver_idle(d, time_boot() + HOUR));
}

static void others_are_not_delayed(void **state) {
    (void)state;
    rows("a", 1, 2, false);
    rows("b", 11, 2, false);
    assert_int_equal(starts, 2); /* a hangs */
    end_fake(fakes->next, 503);
    turn();
    store_all();
    assert_int_equal(starts, 2); /* b pauses */
    end_fake(fakes, 204);
    turn();
    store_all();
    assert_int_equal(starts, 3); /* a goes on */
    assert_string_equal(fakes->to, "a");
    deliver_resume(d, "b");
    turn();
    assert_int_equal(starts, 4);
}

static void more_is_wanted_in_time(void **state) {
    (void)state;
    wants = 0;
    rows("a", 1, 20, true);
    assert_int_equal(wants, 0); /* enough in hand */
    for (int i = 0; i < 6; i++) {
        end_fake(fakes, 204);
        turn();
        store_all();
    }
    assert_int_equal(wants, 1);
    rows("a", 7, 14, true); /* the same again, and nothing new: not asked until a row has left */
    assert_int_equal(wants, 1);
    end_fake(fakes, 204);
    turn();
    store_all();
    assert_int_equal(wants, 2);
    rows("a", 21, 2, false);
    end_fake(fakes, 204);
    turn();
    store_all();
    assert_int_equal(wants, 2);
}

static void synchronous_senders(void **state) {
    (void)state;
    notifiers[0].kind = NOTIFY_TERMINAL;
    notifiers[1].kind = NOTIFY_COMMAND;
    notifiers[1].kind_name = (char *)"command";
    deliver_configure(d, &config, NULL);
    rows("a", 1, 2, false);
    assert_int_equal(n_results, 1);
    store_all();
    assert_int_equal(results[0].outcome, OUTCOME_SENT);
    assert_int_equal(starts, 2);
    n_results = 0;
    rows("b", 11, 1, false);
    assert_int_equal(results[0].outcome, OUTCOME_SUSPEND);
    assert_string_equal(results[0].error, "say cannot be started");
}

static void bad_facts_die_alone(void **state) {
    (void)state;
    struct row *r[2] = {row_of("a", 1), row_of("a", 2)};
    free(r[0]->facts);
    r[0]->facts = xstrdup("{broken");
    deliver_rows(d, "a", r, 2, false);
    turn();
    assert_int_equal(results[0].outcome, OUTCOME_DEAD);
    store_all();
    assert_non_null(fakes);
}

static void drop_and_reload(void **state) {
    (void)state;
    rows("a", 1, 3, false);
    deliver_drop(d, 1); /* under way */
    turn();
    assert_int_equal(cancels, 1);
    assert_int_equal(starts, 2);
    deliver_drop(d, 3);
    notifiers[0].enabled = false;
    deliver_configure(d, &config, NULL);
    turn();
    struct destination_status *list;
    assert_int_equal(deliver_status(d, &list), 2);
    assert_string_equal(list[0].state, "not configured");
    assert_string_equal(list[1].state, "ok");
    free(list);
    end_fake(fakes, 204); /* what was under way ends as it began */
    turn();
    assert_int_equal(results[0].outcome, OUTCOME_SENT);
    store_all();
    rows("unknown", 9, 1, false);
    assert_null(fakes);
    wants = 0;
    notifiers[0].enabled = true;
    deliver_configure(d, &config, NULL);
    turn();
    assert_int_equal(wants, 1); /* it is back, and asks for what waited */
}

static void too_old_is_one_summary(void **state) {
    (void)state;
    notifiers[0].max_age = HOUR;
    deliver_configure(d, &config, NULL);
    struct row *list[3];
    for (int i = 0; i < 3; i++) {
        list[i] = row_of("a", i + 1);
        list[i]->created = list[i]->next = time_wall() - 2 * HOUR;
    }
    deliver_rows(d, "a", list, 3, false);
    turn();
    assert_int_equal(starts, 1);
    assert_int_equal(fakes->kind, KIND_SUMMARY);
    assert_int_equal(fakes->entries, 3);
    assert_int_not_equal(memcmp(fakes->key, "na_00", 5), 0);
    end_fake(fakes, 204);
    assert_int_equal(n_results, 3);
    for (int i = 0; i < 3; i++) assert_int_equal(results[i].outcome, OUTCOME_SENT);
    store_all();
    assert_true(deliver_idle(d, time_boot()));
}

static void ends_with_what_is_under_way(void **state) {
    (void)state;
    rows("a", 1, 2, false);
    d = deliver_free(d, 0);
    assert_int_equal(cancels, 1);
    assert_int_equal(n_results, 0); /* no result: the row stays pending in the store */
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(one_after_the_other),    T(others_are_not_delayed),      T(more_is_wanted_in_time),
        T(synchronous_senders),    T(bad_facts_die_alone),         T(drop_and_reload),
        T(too_old_is_one_summary), T(ends_with_what_is_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

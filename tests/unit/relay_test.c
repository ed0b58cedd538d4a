/* A notifier plugin answers from its own threads: its events reach the loop, each ticket ends once. */
#include "unit.h"

#include "base/time.h"
#include "deliver/relay.h"
#include "newsalert_plugin.h"

#include <pthread.h>
#include <unistd.h>

/* -- the plugin's side, in the place of daemon/plugin ---- */
struct notifier {
    struct notifier_events events;
};
static struct notifier the_one;
static bool refuses;
static char last_title[256], last_thread[64];
static char last_body[512], last_kind[16], last_action[16];
static size_t last_actions, last_entries;
static char last_entry[256];
static uint64_t last_ticket;
static int stops, cancelled;

struct notifier *notifier_start(struct plugin *p, const struct config_notify *n,
                                const struct notifier_events *e) {
    (void)p, (void)n;
    the_one.events = *e;
    return &the_one;
}
int notifier_send(struct notifier *n, const struct na_message *m, uint64_t ticket) {
    (void)n;
    snprintf(last_title, sizeof last_title, "%.*s", (int)m->title.len, m->title.ptr);
    snprintf(last_thread, sizeof last_thread, "%.*s", (int)m->thread.len, m->thread.ptr);
    snprintf(last_body, sizeof last_body, "%.*s", (int)m->body.len, m->body.ptr);
    snprintf(last_kind, sizeof last_kind, "%.*s", (int)m->kind.len, m->kind.ptr);
    last_actions = m->n_actions;
    if (m->n_actions) snprintf(last_action, sizeof last_action, "%s", m->actions[m->n_actions - 1].id.ptr);
    last_entries = m->n_entries;
    if (m->n_entries) {
        const struct na_entry *e =
            NA_AT(const struct na_entry, m->entries, m->entry_stride, m->n_entries - 1);
        snprintf(last_entry, sizeof last_entry, "%.*s|%.*s|%.*s", (int)e->title.len, e->title.ptr,
                 (int)e->url.len, e->url.ptr, (int)e->about.len, e->about.ptr);
    }
    last_ticket = ticket;
    return refuses ? -1 : 0;
}
void notifier_cancel(struct notifier *n, uint64_t ticket) {
    (void)n, (void)ticket;
    cancelled++;
}
struct notifier *notifier_stop(struct notifier *n) {
    stops += n != NULL;
    return NULL;
}
const char *net_error(CURLcode code, long os_errno) {
    (void)code, (void)os_errno;
    return "";
}

/* -- ours ---- */
static struct event_base *base;
static struct relay *relay;
static struct config_notify notify;
static int answers, acts, changes;
static struct answer last;

static void on_answer(void *arg, const struct answer *a) {
    (void)arg;
    answers++;
    last = *a;
}
static void on_acted(void *ctx, struct text key, struct text action) {
    (void)ctx;
    assert_true(text_eqs(key, "key") && text_eqs(action, "open"));
    acts++;
}
static void on_available(void *ctx, bool yes, const char *why) {
    (void)ctx;
    changes += yes ? 1 : 100;
    assert_true(yes || !strcmp(why, "no bus"));
}

static int setup(void **state) {
    (void)state;
    static const struct relay_events events = {.acted = on_acted, .available = on_available};
    notify = (struct config_notify){.name = (char *)"d",
                                    .kind_name = (char *)"desktop",
                                    .excerpt = 280,
                                    .link = true,
                                    .timeout = 20 * SECOND};
    answers = acts = changes = stops = cancelled = 0;
    refuses = false;
    base = event_base_new();
    relay = relay_new(base, NULL, &notify, &events);
    return relay ? 0 : -1;
}
static int teardown(void **state) {
    (void)state;
    relay_free(relay);
    assert_int_equal(stops, 1);
    event_base_free(base);
    return 0;
}

static void *send_one(struct answer *ret) {
    const struct facts f = {.kind = KIND_NEW,
                            .alert = TEXT("la"),
                            .fired = 1000,
                            .item = {.id = TEXT("1"),
                                     .title = TEXT("A\ntitle"),
                                     .url = TEXT("https://x.test/"),
                                     .published = TIME_NONE,
                                     .updated = TIME_NONE}};
    const struct sender_env env = {.base = base, .relay = relay};
    const struct render_ask ask = {&notify, "na_abcdefghijklmnopqrstuvwxyz", NULL, "host", 2000, false, NULL};
    return relay_start(&env, &ask, &f, on_answer, NULL, ret);
}
static void turn(void) {
    for (int i = 0; i < 5; i++) event_base_loop(base, EVLOOP_NONBLOCK);
}

static void *from_thread(void *arg) {
    (void)arg;
    const struct notifier_events *e = &the_one.events;
    for (int i = 0; i < 100; i++) {
        e->acted(e->ctx, TEXT("key"), TEXT("open"));
        e->available(e->ctx, true, NULL);
    }
    e->sent(e->ctx, last_ticket, NA_RETRY, 7000, "no bus");
    e->sent(e->ctx, last_ticket, NA_SENT, 0, NULL); /* ended already */
    e->sent(e->ctx, 4711, NA_SENT, 0, NULL);        /* nobody's */
    return NULL;
}

static void from_other_threads(void **state) {
    (void)state;
    struct answer a;
    pthread_t threads[4];
    assert_non_null(send_one(&a));
    assert_string_equal(last_title, "A title");
    assert_int_equal(strlen(last_thread), KEY_SIZE - 1);
    assert_int_equal(last_actions, 3); /* Open, Mute 2 h, Why? */
    assert_string_equal(last_action, "why");
    for (int i = 0; i < 4; i++) assert_int_equal(pthread_create(&threads[i], NULL, from_thread, NULL), 0);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    assert_int_equal(answers, 0); /* nothing happens outside the loop */
    turn();
    assert_int_equal(acts, 400);
    assert_int_equal(changes, 400);
    assert_int_equal(answers, 1);
    assert_int_equal(last.code, NA_RETRY);
    assert_int_equal(last.retry_after, 7000);
    assert_string_equal(last.what, "no bus");
}

static void late_and_cancelled(void **state) {
    (void)state;
    struct answer a;
    notify.timeout = 30;
    assert_non_null(send_one(&a));
    for (int64_t end = time_boot() + 5 * SECOND; !answers && time_boot() < end;)
        event_base_loop(base, EVLOOP_ONCE);
    assert_int_equal(last.code, FAILURE_TIME_OUT);
    assert_int_equal(cancelled, 1);
    const struct notifier_events *e = &the_one.events;
    e->sent(e->ctx, last_ticket, NA_SENT, 0, NULL);
    turn();
    assert_int_equal(answers, 1);
    void *attempt = send_one(&a);
    relay_cancel(attempt);
    e->sent(e->ctx, last_ticket, NA_SENT, 0, NULL);
    e->available(e->ctx, false, "no bus");
    turn();
    assert_int_equal(answers, 1);
    assert_int_equal(changes, 100);
}

static void refused_or_not_there(void **state) {
    (void)state;
    struct answer a;
    refuses = true;
    assert_null(send_one(&a));
    assert_int_equal(answer_verdict(&a).outcome, OUTCOME_RETRY);
    struct relay *kept = relay;
    relay = NULL;
    assert_null(send_one(&a));
    assert_int_equal(answer_verdict(&a).outcome, OUTCOME_SUSPEND);
    relay = kept;
    the_one.events.acted(the_one.events.ctx, TEXT("key"), TEXT("open")); /* left over at the end: freed */
}

/* "Why?": the message again, of the same key and thread, with the explanation as its body. */
static void explains(void **state) {
    (void)state;
    const struct render_ask ask = {&notify, "na_abcdefghijklmnopqrstuvwxyz", NULL, "host", 2000, false, NULL};
    struct answer a;
    char thread[64];
    void *attempt = send_one(&a);
    snprintf(thread, sizeof thread, "%s", last_thread);
    struct fact_term term = {TEXT("title"), TEXT("title"), TEXT("title"), 2, -1};
    const struct facts f = {
        .kind = KIND_NEW,
        .alert = TEXT("la"),
        .fired = 1000,
        .terms = &term,
        .n_terms = 1,
        .item = {.id = TEXT("1"), .title = TEXT("A\ntitle"), .url = TEXT("https://x.test/")}};
    relay_explain(relay, &ask, &f, TEXT("title OR x"));
    assert_string_equal(last_kind, "why");
    assert_string_equal(last_thread, thread);
    assert_string_equal(last_title, "A title");
    assert_string_equal(last_body, "la: title OR x\ntitle in the title: \xE2\x80\x9C"
                                   "A title\xE2\x80\x9D");
    assert_string_equal(last_action, "mute"); /* not "why" again */
    the_one.events.sent(the_one.events.ctx, last_ticket, NA_RETRY, 0, "its fate is nobody's");
    turn();
    assert_int_equal(answers, 0);
    relay_cancel(attempt);
}

/* A summary hands over what it stands for, each with its link. */
static void lists(void **state) {
    (void)state;
    struct fact_entry entries[2] = {
        {.alert = TEXT("la"),
         .feed = TEXT("gaz"),
         .item = {.title = TEXT("One"), .url = TEXT("https://x.test/1")}},
        {.alert = TEXT("la"),
         .feed = TEXT("gaz"),
         .publisher = TEXT("Gazette"),
         .item = {.title = TEXT("Two\nlines"), .url = TEXT("javascript:alert(1)")}}};
    const struct facts f = {.kind = KIND_SUMMARY, .entries = entries, .n_entries = 2, .fired = 1000};
    const struct sender_env env = {.base = base, .relay = relay};
    const struct render_ask ask = {&notify, "na_abcdefghijklmnopqrstuvwxyz", NULL, "host", 2000, false, NULL};
    struct answer a;
    relay_cancel(relay_start(&env, &ask, &f, on_answer, NULL, &a));
    assert_int_equal(last_entries, 2);
    assert_string_equal(last_entry, "Two lines||la \xC2\xB7 Gazette");
    relay_cancel(send_one(&a));
    assert_int_equal(last_entries, 0);
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {T(from_other_threads), T(late_and_cancelled), T(refused_or_not_there),
                                       T(explains), T(lists)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The real server on a loop, the real client in a thread beside it, over a real socket. */
#include "unit.h"

#include "base/mem.h"
#include "control/control.h"

#include <event2/thread.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct house {
    struct event_base *base;
    struct control *control;
    char dir[512];
    uint64_t late; /* ticket of the request that is answered by the timer */
    struct event *timer;
};

static void verb_echo(void *ctx, struct control_request *r, const json_t *args) {
    (void)ctx;
    control_reply(r, 200, json_deep_copy(args));
}

static void answer_late(evutil_socket_t fd, short what, void *arg) {
    (void)fd, (void)what;
    struct house *h = arg;
    struct control_request *r = control_by_ticket(h->control, h->late);
    assert_non_null(r);
    control_reply(r, 422, json_pack("{s:s}", "error", "late"));
}

static void verb_late(void *ctx, struct control_request *r, const json_t *args) {
    (void)args;
    struct house *h = ctx;
    struct timeval wait = {0, 50000};
    h->late = control_ticket(r);
    evtimer_add(h->timer, &wait);
}

static const struct control_verb verbs[] = {{"/echo", false, verb_echo}, {"/late", true, verb_late}};

struct call {
    struct house *house;
    const char *path;
    json_t *args;
    bool changes;
    int result, status;
    json_t *answer;
    char *why;
};

static void *call_run(void *arg) {
    struct call *c = arg;
    c->result = control_call(c->house->dir, c->path, c->args, c->changes, CONTROL_PATIENCE, &c->status,
                             &c->answer, &c->why);
    event_base_loopexit(c->house->base, NULL);
    return NULL;
}

static void call_house(struct house *h, struct call *c) {
    pthread_t thread;
    c->house = h;
    assert_int_equal(pthread_create(&thread, NULL, call_run, c), 0);
    struct timeval most = {20, 0};
    event_base_loopexit(h->base, &most);
    while (event_base_loop(h->base, EVLOOP_ONCE) == 0 && !event_base_got_exit(h->base)) {
    }
    pthread_join(thread, NULL);
}

static void call_clear(struct call *c) {
    json_decref(c->args);
    json_decref(c->answer);
    free(c->why);
}

static int house_open(void **state) {
    struct house *h = xcalloc(1, sizeof *h);
    /* Longer than sun_path. */
    snprintf(h->dir, sizeof h->dir, "%s/control-test-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    if (!mkdtemp(h->dir)) return -1;
    size_t at = strlen(h->dir);
    h->dir[at] = '/';
    memset(h->dir + at + 1, 'd', 150);
    if (mkdir(h->dir, 0700) < 0) return -1;
    evthread_use_pthreads();
    h->base = event_base_new();
    char *why = NULL;
    h->control = control_new(h->base, h->dir, verbs, 2, h, &why);
    h->timer = evtimer_new(h->base, answer_late, h);
    *state = h;
    return h->control ? 0 : -1;
}

static int house_close(void **state) {
    struct house *h = *state;
    struct stat st;
    char path[600];
    snprintf(path, sizeof path, "%s/control", h->dir);
    control_free(h->control);
    int left = stat(path, &st);
    event_free(h->timer);
    event_base_free(h->base);
    rmdir(h->dir);
    *strrchr(h->dir, '/') = '\0';
    rmdir(h->dir);
    free(h);
    return left == 0; /* the socket must be gone */
}

static void test_echo_with_query(void **state) {
    struct call c = {.path = "/echo", .args = json_pack("{s:s, s:i}", "name", "a b&c=ü", "n", 7)};
    call_house(*state, &c);
    assert_int_equal(c.result, 0);
    assert_int_equal(c.status, 200);
    assert_string_equal(json_string_value(json_object_get(c.answer, "name")), "a b&c=ü");
    assert_string_equal(json_string_value(json_object_get(c.answer, "n")), "7");
    call_clear(&c);
}

static void test_answer_comes_later(void **state) {
    struct call c = {.path = "/late", .changes = true};
    call_house(*state, &c);
    assert_int_equal(c.result, 0);
    assert_int_equal(c.status, 422);
    assert_string_equal(json_string_value(json_object_get(c.answer, "error")), "late");
    struct house *h = *state;
    assert_null(control_by_ticket(h->control, h->late));
    call_clear(&c);
}

static void test_wrong_path_and_method(void **state) {
    struct call c = {.path = "/nothing"};
    call_house(*state, &c);
    assert_int_equal(c.status, 404);
    call_clear(&c);
    c = (struct call){.path = "/late"};
    call_house(*state, &c);
    assert_int_equal(c.status, 405);
    call_clear(&c);
}

static void test_nobody_there(void **state) {
    struct house *h = *state;
    struct house other = *h;
    snprintf(other.dir, sizeof other.dir, "/nonexistent/folder");
    struct call c = {.path = "/echo", .house = &other};
    c.result = control_call(other.dir, c.path, NULL, false, CONTROL_PATIENCE, &c.status, &c.answer, &c.why);
    assert_int_equal(c.result, -1);
    assert_non_null(strstr(c.why, "/nonexistent/folder"));
    call_clear(&c);
}

static void test_socket_is_private(void **state) {
    struct house *h = *state;
    struct stat st;
    char path[600];
    snprintf(path, sizeof path, "%s/control", h->dir);
    assert_int_equal(stat(path, &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 0777, 0600);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_echo_with_query, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_answer_comes_later, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_wrong_path_and_method, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_nobody_there, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_socket_is_private, house_open, house_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

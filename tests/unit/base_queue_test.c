/* base/queue: the two lanes and the mailbox, alone and between two threads. */
#include "unit.h"

#include "base/mem.h"
#include "base/queue.h"
#include "base/time.h"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

struct number {
    struct link link;
    int value;
};

static struct link *number(int value) {
    struct number *n = xcalloc(1, sizeof *n);
    n->value = value;
    return &n->link;
}

static int value_of(struct link *l) {
    int value = l ? ((struct number *)l)->value : -1;
    free(l);
    return value;
}

static const struct queue_limits small = {.short_ = 2, .long_ = 2, .long_bytes = 100};

static void test_lanes(void **state) {
    (void)state;
    struct queue *q = queue_new(&small);
    assert_int_equal(queue_put(q, LANE_LONG, false, number(10), 1), 0);
    assert_int_equal(queue_put(q, LANE_SHORT, false, number(1), 0), 0);
    assert_int_equal(queue_put(q, LANE_SHORT, false, number(2), 0), 0);
    assert_int_equal(queue_put(q, LANE_LONG, false, number(11), 1), 0);
    assert_int_equal(queue_length(q), 4);
    struct link *chain = queue_take_all_short(q), *next = chain->next;
    assert_int_equal(value_of(chain), 1);
    assert_null(next->next);
    assert_int_equal(value_of(next), 2);
    assert_null(queue_take_all_short(q));
    assert_int_equal(value_of(queue_take_long(q)), 10);
    assert_int_equal(value_of(queue_take_long(q)), 11);
    assert_null(queue_take_long(q));
    queue_free(q);
}

/* Small ones overtake large ones, sixteen at most; a reload keeps its place among them. */
static void test_lightest_first(void **state) {
    (void)state;
    struct queue *q = queue_new(&small);
    struct link *fence = number(0);
    fence->fence = true;
    queue_put(q, LANE_LONG, true, number(1), 1000);
    queue_put(q, LANE_LONG, true, number(2), 500);
    queue_put(q, LANE_LONG, true, number(3), 500);
    queue_put(q, LANE_LONG, true, fence, 0);
    queue_put(q, LANE_LONG, true, number(4), 1);
    for (const int *want = (const int[]){2, 3, 1, 0, 4, -1};; want++) {
        assert_int_equal(value_of(queue_take_long(q)), *want);
        if (*want < 0) break;
    }
    queue_put(q, LANE_LONG, true, number(99), 1000);
    for (int i = 0; i < 20; i++) {
        queue_put(q, LANE_LONG, true, number(i), 1);
        assert_int_equal(value_of(queue_take_long(q)), i < 16 ? i : i == 16 ? 99 : i - 1);
    }
    assert_int_equal(value_of(queue_take_long(q)), 19);
    assert_int_equal(queue_length(q), 0);
    assert_false(queue_full(q));
    queue_free(q);
}

/* The short lane refuses what may be lost; results and documents under way always go in. */
static void test_full(void **state) {
    (void)state;
    struct queue *q = queue_new(&small);
    queue_put(q, LANE_SHORT, false, number(1), 0);
    queue_put(q, LANE_SHORT, false, number(2), 0);
    struct link *refused = number(3);
    assert_int_equal(queue_put(q, LANE_SHORT, false, refused, 0), -1);
    assert_int_equal(queue_put(q, LANE_SHORT, true, refused, 0), 0);
    assert_false(queue_full(q));
    queue_put(q, LANE_LONG, true, number(10), 100);
    assert_true(queue_full(q)); /* by bytes */
    value_of(queue_take_long(q));
    assert_false(queue_full(q));
    queue_put(q, LANE_LONG, true, number(10), 1);
    queue_put(q, LANE_LONG, true, number(11), 1);
    assert_true(queue_full(q)); /* by number */
    for (struct link *l = queue_take_all_short(q), *next; l; l = next) {
        next = l->next;
        value_of(l);
    }
    value_of(queue_take_long(q));
    value_of(queue_take_long(q));
    queue_free(q);
}

static void test_wait_and_close(void **state) {
    (void)state;
    struct queue *q = queue_new(&small);
    int64_t began = time_boot();
    assert_true(queue_wait(q, 30)); /* open: goes on */
    assert_true(time_boot() - began >= 20);
    queue_put(q, LANE_LONG, true, number(1), 0);
    queue_close(q);
    assert_true(queue_wait(q, 10000)); /* closed, but not empty */
    value_of(queue_take_long(q));
    assert_false(queue_wait(q, 10000)); /* at once */
    assert_true(time_boot() - began < 5000);
    queue_free(q);
}

static bool readable(const struct mailbox *m) {
    struct pollfd fd = {mailbox_fd(m), POLLIN, 0};
    return poll(&fd, 1, 0) == 1;
}

static void test_mailbox(void **state) {
    (void)state;
    struct mailbox *m = mailbox_new();
    assert_false(readable(m));
    assert_true(mailbox_empty(m));
    mailbox_put(m, number(1));
    mailbox_put(m, number(2));
    assert_true(readable(m));
    assert_int_equal(value_of(mailbox_take(m)), 1);
    assert_true(readable(m)); /* one is left */
    assert_int_equal(value_of(mailbox_take(m)), 2);
    assert_false(readable(m));
    assert_null(mailbox_take(m));
    mailbox_put(m, number(3));
    assert_true(readable(m));
    assert_int_equal(value_of(mailbox_take(m)), 3);
    assert_true(mailbox_empty(m));
    mailbox_free(m);
}

#define MANY 20000
struct pair {
    struct queue *q;
    struct mailbox *m;
};

/* Echoes all that comes through the queue into the mailbox. */
static void *echo(void *arg) {
    struct pair *p = arg;
    while (queue_wait(p->q, 1000)) {
        for (struct link *l = queue_take_all_short(p->q), *next; l; l = next) {
            next = l->next;
            mailbox_put(p->m, l);
        }
    }
    return NULL;
}

static void test_two_threads(void **state) {
    (void)state;
    struct pair p = {queue_new(&(struct queue_limits){MANY + 1, 1, 1}), mailbox_new()};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, echo, &p), 0);
    int came = 0;
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(queue_put(p.q, LANE_SHORT, false, number(i), 0), 0);
        for (struct link *l; (l = mailbox_take(p.m)); came++) assert_int_equal(value_of(l), came);
    }
    while (came < MANY) {
        struct pollfd fd = {mailbox_fd(p.m), POLLIN, 0};
        assert_int_equal(poll(&fd, 1, 10000), 1); /* no wake-up is lost */
        for (struct link *l; (l = mailbox_take(p.m)); came++) assert_int_equal(value_of(l), came);
    }
    queue_close(p.q);
    pthread_join(thread, NULL);
    queue_free(p.q);
    mailbox_free(p.m);
}

struct ahead {
    struct queue *q;
    _Atomic int passed;
};

static void *run_ahead(void *arg) {
    struct ahead *a = arg;
    queue_wait_room(a->q, 50, 100); /* 100 lie there */
    a->passed++;
    queue_wait_room(a->q, 500, 100); /* heavier than all room: only when nothing is there, or in hand */
    a->passed++;
    queue_put(a->q, LANE_LONG, true, number(3), 500);
    queue_wait_room(a->q, 1, 100);
    a->passed++;
    return NULL;
}

/* Who runs ahead of the taker waits until there is room; what was taken last counts until the next is taken.
 */
static void test_room(void **state) {
    (void)state;
    struct ahead a = {.q = queue_new(&small)};
    pthread_t thread;
    queue_put(a.q, LANE_LONG, true, number(1), 50);
    queue_put(a.q, LANE_LONG, true, number(2), 50);
    assert_int_equal(pthread_create(&thread, NULL, run_ahead, &a), 0);
    assert_int_equal(value_of(queue_take_long(a.q)), 1);
    usleep(20000);
    assert_int_equal(a.passed, 0); /* 50 lie there, 50 are in hand */
    assert_int_equal(value_of(queue_take_long(a.q)), 2);
    while (a.passed < 1) usleep(1000); /* 50 in hand */
    usleep(20000);
    assert_int_equal(a.passed, 1);
    while (!queue_length(a.q)) queue_wait(a.q, 10000); /* who waits has nothing in hand */
    assert_int_equal(a.passed, 2);
    queue_close(a.q); /* lets all go on */
    pthread_join(thread, NULL);
    assert_int_equal(a.passed, 3);
    assert_int_equal(value_of(queue_take_long(a.q)), 3);
    queue_free(a.q);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lanes),   cmocka_unit_test(test_lightest_first),
        cmocka_unit_test(test_full),    cmocka_unit_test(test_wait_and_close),
        cmocka_unit_test(test_mailbox), cmocka_unit_test(test_two_threads),
        cmocka_unit_test(test_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

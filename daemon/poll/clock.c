#include "poll/clock.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SLEPT_AT_LEAST (5 * SECOND) /* less than this is not worth a word */
#define SET_AT_LEAST   SECOND       /* less is the slow work of a time service */

struct clock {
    struct clock_events events;
    int boot_fd, wall_fd;
    struct event *boot_event, *wall_event;
    int64_t armed;  /* boot; INT64_MAX: not */
    int64_t fires;  /* boot: when it should, or should have */
    int64_t asleep; /* boot less monotonic */
    int64_t offset; /* wall less boot */
};

static int64_t monotonic(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * SECOND + t.tv_nsec / 1000000;
}

/* A timer of the wall clock that never fires, but is cancelled when the clock is set. */
static void watch_wall(struct clock *c) {
    struct itimerspec never = {.it_value = {.tv_sec = INT32_MAX}};
    if (timerfd_settime(c->wall_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) &&
        errno != ECANCELED)
        log_debug("the wall clock cannot be watched: %s", strerror(errno));
    c->offset = time_wall() - time_boot();
}

/* True: the machine slept. */
static bool clock_look_at_sleep(struct clock *c) {
    int64_t asleep = time_boot() - monotonic(), more = asleep - c->asleep;
    c->asleep = asleep;
    if (more < SLEPT_AT_LEAST) return false;
    c->events.slept(c->events.arg, more);
    return true;
}

static void clock_on_boot(evutil_socket_t fd, short what, void *arg) {
    struct clock *c = arg;
    uint64_t times;
    (void)what;
    if (read(fd, &times, sizeof times) < 0 && errno != EAGAIN)
        log_error("cannot read the timer of the polls: %s", strerror(errno));
    int64_t late = time_boot() - c->fires;
    c->armed = INT64_MAX;
    if (!clock_look_at_sleep(c) && late >= SLEPT_AT_LEAST) c->events.stalled(c->events.arg, late);
    c->events.due(c->events.arg);
}

static void clock_on_wall(evutil_socket_t fd, short what, void *arg) {
    struct clock *c = arg;
    uint64_t times;
    (void)what;
    ssize_t got = read(fd, &times, sizeof times); /* ECANCELED is the news, and nothing else is */
    int64_t ahead = time_wall() - time_boot() - c->offset;
    watch_wall(c);
    clock_look_at_sleep(c);
    if (got < 0 && errno == EAGAIN) return;
    if (ahead >= SET_AT_LEAST || ahead <= -SET_AT_LEAST) c->events.set(c->events.arg, ahead);
}

struct clock *clock_new(struct event_base *base, const struct clock_events *events) {
    struct clock *c = xcalloc(1, sizeof *c);
    c->events = *events;
    c->boot_fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    c->wall_fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (c->boot_fd < 0 || c->wall_fd < 0) out_of_memory(sizeof *c);
    c->boot_event = event_new(base, c->boot_fd, EV_READ | EV_PERSIST, clock_on_boot, c);
    c->wall_event = event_new(base, c->wall_fd, EV_READ | EV_PERSIST, clock_on_wall, c);
    if (!c->boot_event || !c->wall_event || event_add(c->boot_event, NULL) || event_add(c->wall_event, NULL))
        out_of_memory(sizeof *c);
    c->armed = INT64_MAX;
    c->asleep = time_boot() - monotonic();
    watch_wall(c);
    return c;
}

struct clock *clock_free(struct clock *c) {
    if (!c) return NULL;
    event_free(c->boot_event);
    event_free(c->wall_event);
    close(c->boot_fd);
    close(c->wall_fd);
    free(c);
    return NULL;
}

/* A busy poller asks for a later time over and over: then the timer stays, and wakes once for nothing. */
void clock_arm(struct clock *c, int64_t at) {
    struct itimerspec when = {0};
    if (at >= c->armed) return;
    c->armed = at;
    c->fires = at > time_boot() ? at : time_boot();
    when.it_value.tv_sec = at > 0 ? at / SECOND : 0;
    when.it_value.tv_nsec = at > 0 ? at % SECOND * 1000000 : 1;
    if (!when.it_value.tv_sec && !when.it_value.tv_nsec) when.it_value.tv_nsec = 1; /* zero would disarm */
    if (timerfd_settime(c->boot_fd, TFD_TIMER_ABSTIME, &when, NULL))
        log_error("cannot set the timer of the polls: %s", strerror(errno));
}

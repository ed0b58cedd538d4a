/* The time of the polls: a timerfd that also runs while the machine sleeps (libevent's timers do not), word
 * of a wake-up from sleep, of a stop of this process alone, and of a wall clock that was set. Times are boot
 * ms. Loop thread. */
#ifndef NEWSALERTD_POLL_CLOCK_H
#define NEWSALERTD_POLL_CLOCK_H

#include <event2/event.h>
#include <stdint.h>

struct clock;
struct clock_events {
    void *arg;
    void (*due)(void *arg);
    void (*slept)(void *arg, int64_t ms);   /* the machine did; called before due */
    void (*stalled)(void *arg, int64_t ms); /* only this process did (SIGSTOP, a freezer); likewise */
    void (*set)(void *arg, int64_t ahead);  /* the wall clock was set forward by so much; back: negative */
};

struct clock *clock_new(struct event_base *base, const struct clock_events *events);
struct clock *clock_free(struct clock *c);
/* due() not later than `at`, perhaps sooner; INT64_MAX: not for this. */
void clock_arm(struct clock *c, int64_t at);

#endif

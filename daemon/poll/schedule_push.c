#include "poll/schedule_push.h"

#include "base/mem.h"
#include "base/time.h"

#include <stdio.h>

#define MISSED_FOR DAY /* without trust after a missed push */
#define ON_ITS_WAY                                                                                           \
    (5 * MINUTE) /* a push may come so much later, or earlier, than the poll that sees its item */
#define BACKOFF_FIRST HOUR

void lease_clear(struct lease *l) {
    free(l->location);
    free(l->hub);
    free(l->topic);
    free(l->path);
    free(l->secret);
    *l = (struct lease){0};
}

bool lease_trusted(const struct lease *l, int64_t now) {
    if (l->state != LEASE_HELD || l->until <= now) return false;
    /* A time in the future is of a clock that was set back since. */
    return !l->missed || l->missed > now || now - l->missed >= MISSED_FOR;
}

bool lease_checked(struct lease *l, size_t n, int64_t now) {
    if (!n || !lease_trusted(l, now)) return false;
    if (l->pushed && l->pushed <= now && now - l->pushed < ON_ITS_WAY) return false;
    l->missed = now;
    return true;
}

void lease_pushed(struct lease *l, int64_t now) {
    l->pushed = now;
    if (l->missed && l->missed <= now && now - l->missed < ON_ITS_WAY) l->missed = 0;
}

int64_t lease_renewal(int64_t granted, int64_t now) {
    return now + granted / 10 * 8;
}

int64_t lease_backoff(int64_t failures) {
    int64_t wait = BACKOFF_FIRST;
    for (int64_t i = 1; i < failures && wait < DAY; i++) wait *= 2;
    return wait < DAY ? wait : DAY;
}

void schedule_push(struct schedule_state *s, const struct config_feed *feed, int64_t now) {
    char took[TIME_TEXT];
    if (s->failures || s->next == TIME_NONE || s->next >= now + feed->max_every) return;
    /* The jitter of the plain interval, which is in next, keeps feeds apart. */
    uint64_t spread = (uint64_t)(s->next - now) * 0x9e3779b97f4a7c15u % (uint64_t)(feed->max_every / 10 + 1);
    s->next = now + feed->max_every + (int64_t)spread;
    snprintf(s->why, sizeof s->why, "websub");
    snprintf(s->why_says, sizeof s->why_says, "its hub pushes what is new; polled every %s as a check",
             duration_format(feed->max_every, took));
}

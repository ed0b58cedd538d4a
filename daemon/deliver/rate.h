/* How often a destination may be written to: a token bucket that slows down when the receiver asks for it
 * (429, 502, 503, 504: half, not below a sixteenth; back by one doubling after each 10 minutes without one).
 * Pure: `now` is boot ms. */
#ifndef NEWSALERTD_DELIVER_RATE_H
#define NEWSALERTD_DELIVER_RATE_H

#include "config/config.h"

struct rate_bucket {
    struct rate rate; /* count 0: no rate of its own */
    int64_t burst;
    double tokens;
    int64_t filled;    /* when tokens was right */
    unsigned halvings; /* 0 … 4 */
    int64_t slowed;    /* when it was last told to slow down, or doubled back */
};

/* Keeps the tokens where the rate stays the same. */
void rate_set(struct rate_bucket *b, struct rate rate, int64_t burst, int64_t now);
/* ms until a message may go; 0: now. */
int64_t rate_wait(struct rate_bucket *b, int64_t now);
void rate_take(struct rate_bucket *b, int64_t now);
void rate_slow_down(struct rate_bucket *b, int64_t now);

/* The contract's rates where `rate` is not set. */
void rate_default(const struct config_notify *notify, struct rate *ret_rate, int64_t *ret_burst);

#endif

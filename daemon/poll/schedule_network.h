/* Is it the network, or the feed? Pure: results of tries and the time in, a verdict out (contract/polling.md,
 * "Start, sleep, network, clock"). The network counts as lost when at least three hosts were tried in the
 * last minute and none could be resolved or connected to, or when the error is a local one (no route, no
 * descriptors) and nothing was reached in that minute. While it is lost no feed is charged, and one feed
 * probes: after 30 s, doubling with the probe's own failures to 5 min. Times are boot ms. */
#ifndef NEWSALERTD_POLL_SCHEDULE_NETWORK_H
#define NEWSALERTD_POLL_SCHEDULE_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#define NETWORK_WINDOW  60000 /* results older than this say nothing of now */
#define NETWORK_HOSTS   3
#define NETWORK_PROBE   30000
#define NETWORK_SLOWEST 300000

struct schedule_network {
    int64_t reached; /* TIME_NONE: never */
    struct {
        uint64_t host;
        int64_t at; /* TIME_NONE: none */
    } failed[NETWORK_HOSTS];
    int64_t lost;     /* since when; TIME_NONE: it is there */
    int64_t probe_at; /* the next probe, not before */
    int64_t probe_wait;
};

enum network_verdict {
    NETWORK_CHARGE, /* the feed's own failure */
    NETWORK_SPARE,  /* the network's: the feed waits until it is back */
    NETWORK_AGAIN   /* a local error while others get through: the feed tries again in a minute, uncharged */
};

void schedule_network_init(struct schedule_network *n);
/* A host was reached, whatever it answered. True: the network is back. */
bool schedule_network_reached(struct schedule_network *n, int64_t now);
/* A host (any number that stands for it) could not be resolved or connected to. again: this feed's last try
 * ended in NETWORK_AGAIN. probe: it was the probe. */
enum network_verdict schedule_network_failed(struct schedule_network *n, uint64_t host, bool local,
                                             bool again, bool probe, int64_t now);
/* An address or a route came, or the machine woke up: what was known is old, and a probe may go at once. */
void schedule_network_changed(struct schedule_network *n, int64_t now);
static inline bool schedule_network_lost(const struct schedule_network *n) {
    return n->lost != INT64_MIN;
}

#endif

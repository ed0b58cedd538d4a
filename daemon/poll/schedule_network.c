#include "poll/schedule_network.h"

#include "base/time.h"

#include <stddef.h>

void schedule_network_init(struct schedule_network *n) {
    *n = (struct schedule_network){.reached = TIME_NONE, .lost = TIME_NONE};
    for (size_t i = 0; i < NETWORK_HOSTS; i++) n->failed[i].at = TIME_NONE;
}

static bool is_recent(int64_t at, int64_t now) {
    return at != TIME_NONE && now - at < NETWORK_WINDOW;
}

/* Keeps the newest failures of different hosts: the oldest place is taken, or the host's own. */
static void note_failed(struct schedule_network *n, uint64_t host, int64_t now) {
    size_t place = 0;
    for (size_t i = 0; i < NETWORK_HOSTS; i++) {
        if (n->failed[i].at != TIME_NONE && n->failed[i].host == host) {
            place = i;
            break;
        }
        if (n->failed[i].at < n->failed[place].at) place = i;
    }
    n->failed[place].host = host;
    n->failed[place].at = now;
}

static bool all_failed(const struct schedule_network *n, int64_t now) {
    for (size_t i = 0; i < NETWORK_HOSTS; i++)
        if (!is_recent(n->failed[i].at, now)) return false;
    return true;
}

static void lose(struct schedule_network *n, int64_t now) {
    n->lost = now;
    n->probe_wait = NETWORK_PROBE;
    n->probe_at = now + NETWORK_PROBE;
}

bool schedule_network_reached(struct schedule_network *n, int64_t now) {
    bool back = schedule_network_lost(n);
    schedule_network_init(n);
    n->reached = now;
    return back;
}

enum network_verdict schedule_network_failed(struct schedule_network *n, uint64_t host, bool local,
                                             bool again, bool probe, int64_t now) {
    bool reached = is_recent(n->reached, now);
    if (schedule_network_lost(n)) {
        if (probe) {
            n->probe_at = now + n->probe_wait;
            n->probe_wait = n->probe_wait * 2 < NETWORK_SLOWEST ? n->probe_wait * 2 : NETWORK_SLOWEST;
        }
        return NETWORK_SPARE;
    }
    note_failed(n, host, now);
    if (reached) return local && !again ? NETWORK_AGAIN : NETWORK_CHARGE;
    if (!local && !all_failed(n, now)) return NETWORK_CHARGE;
    lose(n, now);
    return NETWORK_SPARE;
}

void schedule_network_changed(struct schedule_network *n, int64_t now) {
    n->reached = TIME_NONE;
    for (size_t i = 0; i < NETWORK_HOSTS; i++) n->failed[i].at = TIME_NONE;
    if (!schedule_network_lost(n)) return;
    n->probe_at = now;
    n->probe_wait = NETWORK_PROBE;
}

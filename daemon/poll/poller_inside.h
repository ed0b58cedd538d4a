/* Inside the poller: what its files share.
 *
 * poller.c           the timer, the pump, life
 * polled.c           the phases of one feed
 * poller_network.c   the network: whose fault, probes, the return; sleep and clocks
 * poller_config.c    a configuration is taken, what is overdue is spread
 * poller_ask.c       polls that are asked for, rows for `feeds` */
#ifndef NEWSALERTD_POLL_POLLER_INSIDE_H
#define NEWSALERTD_POLL_POLLER_INSIDE_H

#include "base/heap.h"
#include "base/map.h"
#include "base/recent.h"
#include "poll/clock.h"
#include "poll/command.h"
#include "poll/fetch.h"
#include "poll/hosts.h"
#include "poll/netlink.h"
#include "poll/poller.h"
#include "poll/schedule_network.h"
#include "poll/watch.h"

/* The life of one feed. Only one arrow leads out of each phase, and a feed is in one of the heaps (IDLE: that
 * of due times, or of those that wait for the network), a host's queue (QUEUED, or HOPPING between two hops),
 * or neither:
 *
 *     IDLE ─due─▶ QUEUED ─its turn comes─▶ CLAIMED ─written down─▶ READY ─a place─▶ OPEN ─ended─▶ ANSWERED ─▶
 * IDLE redirect to another host: OPEN ─▶ HOPPING ─its turn─▶ READY
 *
 * Claims run ahead of places, up to as many again, so that no place stays empty while the next one is written
 * down; but not where a host's spacing says when the next may start.
 * A file goes from IDLE to ANSWERED at once; a command from IDLE by CLAIMED and RUNNING, which is no request.
 * From anywhere a feed falls back to IDLE when it is disabled, its host pauses, or the network is gone. */
enum phase {
    PHASE_IDLE,
    PHASE_QUEUED,
    PHASE_CLAIMED,
    PHASE_READY,
    PHASE_OPEN,
    PHASE_HOPPING,
    PHASE_RUNNING,
    PHASE_ANSWERED
};

/* Places are lent by merit: a feed whose last answer was a good one, and came soon, is proven. All others are
 * on trial, and leave POLLED_RESERVE of all places to the proven ones, as long as there is one: servers that
 * keep us waiting, however many, make nobody late but each other. */
#define POLLED_RESERVE 4 /* one of so many */
#define POLLED_SOON    (2 * SECOND)

struct polled {
    struct poller *poller;
    const struct config_feed *feed; /* the first enabled section with this location, else the first */
    const char *location;           /* the section's */
    struct feed_status status;
    enum phase phase;
    bool again;    /* asked for while it was under way */
    bool parked;   /* IDLE, and waits for the network */
    bool spared;   /* its last try ended in a local error, and was not charged */
    bool overdue;  /* the next spread takes it, whatever its state says */
    size_t room;   /* that its document did not find: it starts when there is so much; 0: it did */
    size_t handed; /* ANSWERED: bytes of a large document in the pipeline's hands; they keep their room */
    bool slow;     /* its last request took longer than POLLED_SOON */
    bool proven;
    bool trial; /* what it was when it fell due: its place counts as that */
    struct feed_seen seen;
    uint64_t section;     /* what its section says */
    int64_t fell_due;     /* boot: its place in the queues */
    int64_t last_start;   /* boot; TIME_NONE: not yet */
    int64_t unreached;    /* boot: its last answer was "cannot be reached"; TIME_NONE: it was not */
    struct heap_node due; /* boot */
    struct host *home;    /* of the address asked first; NULL: a path, or no address */
    struct host *at;      /* where its request is open */
    struct host_wait wait;
    struct polled *next_ready;
    struct fetch *fetch;
    struct command *command;
};

struct poller {
    struct net *net;
    struct poller_events events;
    struct clock *clock;
    struct netlink *netlink;
    struct watch *watch;
    struct commands *commands;
    const struct config *config;
    char *user_agent;
    struct map feeds; /* location → struct polled */
    struct heap due, parked;
    struct hosts hosts;
    struct bodies bodies;
    struct schedule_network network;
    struct polled *probe; /* the one that asks while the network is lost; NULL: none just now */
    struct polled *ready; /* those in that phase, oldest first */
    size_t requests;      /* under way */
    size_t taken, busy;   /* CLAIMED, READY or OPEN; in any phase but IDLE */
    size_t taken_trial;   /* of `taken` */
    size_t proven;        /* feeds */
    struct recent late;   /* starts behind their due time, ms */
    bool paused, only_now;
};

/* poller.c */
void poller_arm(struct poller *p);
struct polled *poller_find(const struct poller *p, const char *location);

/* polled.c */
void polled_due(struct polled *f, int64_t at);
void polled_undue(struct polled *f);
void polled_park(struct polled *f); /* out of whatever it is in, to wait for the network */
int64_t polled_soonest(const struct polled *f);
void polled_phase(struct polled *f, enum phase phase);
void polled_judge(struct polled *f); /* by its state: proven or not */
void polled_idle(struct polled *f, int64_t at);
void polled_withdraw(struct polled *f); /* out of whatever it is in */
void polled_fall_due(struct polled *f, int64_t now);
/* The host's turn has come: claims, or goes on with a redirect. */
void polled_start(struct polled *f, struct host *host);
void polled_go_on(struct poller *p); /* those that are ready, as far as there are places */
void polled_settle_home(struct polled *f);

/* poller_network.c */
/* Judges an answer. True: the feed is not charged with it, and is taken care of; the answer is freed. */
bool network_takes(struct polled *f, const struct host *host, struct fetched *answer, int64_t now);
/* May this feed start now, or does it wait for the network? */
bool network_lets(struct polled *f, int64_t now);
void network_probe(struct poller *p, int64_t now);
/* A person asks for this feed: it probes next. */
void network_ask(struct polled *f, int64_t now);
void network_changed(void *poller, enum netlink_news news);
void network_slept(void *poller, int64_t ms);
void network_stalled(void *poller, int64_t ms);
void network_clock_set(void *poller, int64_t ahead);

/* poller_config.c */
void polled_free_all(struct map *feeds);
void poller_spread(struct poller *p, int64_t boot, int64_t wall);

#endif

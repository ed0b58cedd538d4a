/* Manners per host (scheme, host, port): so many requests at a time, so much time between two starts, longer
 * after a 429, and a queue in the order in which feeds fell due. A host also keeps its TLS sessions, which
 * libcurl mixes up when many hosts share one cache. Times are boot ms, given by the caller. Loop thread. */
#ifndef NEWSALERTD_POLL_HOSTS_H
#define NEWSALERTD_POLL_HOSTS_H

#include "base/heap.h"
#include "base/map.h"
#include "poll/schedule.h"

#include <curl/curl.h>
#include <stdint.h>

struct host;
struct host_wait {     /* embedded in what waits for its turn */
    struct host *host; /* NULL: does not wait */
    struct host_wait *next, *prev;
    int64_t since; /* when it fell due: the queue's order */
    bool trial;    /* it may hold only some of all places: see poller_inside.h */
};

struct host {
    char *key;
    size_t feeds;    /* that name it in the configuration: it stays */
    size_t running;  /* requests that are under way, or will be */
    size_t claiming; /* of them, not yet: being written down, or without a place. One at a time, where there
                        is a spacing, or it would not hold */
    int64_t last_start, paused_until, limited_at; /* TIME_NONE: never */
    int64_t spacing, limited;                     /* limited: answers 429 in a row */
    struct heap_node ready;                       /* in a heap while it has a queue and a free place: */
    struct heap *in;                              /* that of the first one's kind */
    struct host_wait *first, *last;
    CURLSH *tls;
};

struct hosts {
    struct map by_key;
    struct heap ready[2]; /* those whose first one is proven, on trial */
    int64_t parallel, spacing;
    size_t swept; /* hosts that were left by the last sweep */
};

void hosts_clear(struct hosts *h);
/* The manners of a configuration. */
void hosts_configure(struct hosts *h, int64_t parallel, int64_t spacing);
/* The host of an address, made when it is new; NULL: no http(s) address. */
struct host *hosts_of(struct hosts *h, const char *url);
/* Forgets hosts that no feed names and nobody waits for, when there are many. */
void hosts_sweep(struct hosts *h, int64_t now);

void host_wait(struct hosts *h, struct host *host, struct host_wait *w, int64_t since, bool trial);
void host_leave(struct hosts *h, struct host_wait *w); /* fine when it does not wait */
/* Takes the one that may start now, and keeps its place: host_started or host_given_up must follow. NULL:
 * nobody. trial: also of those on trial. */
struct host_wait *hosts_take(struct hosts *h, int64_t now, bool trial, struct host **ret_host);
bool host_has_place(const struct hosts *h, const struct host *host); /* for one that was taken */
void host_started(struct hosts *h, struct host *host, int64_t now);
void host_given_up(struct hosts *h, struct host *host);
int64_t hosts_when(const struct hosts *h, bool trial); /* the next may start then; INT64_MAX: nobody waits */
/* Counts a start out of turn: a redirect within a host goes on at once. */
void host_goes_on(struct hosts *h, struct host *host, int64_t now);
void host_ended(struct hosts *h, struct host *host);

bool host_paused(const struct host *host, int64_t now);
/* 429: doubles the spacing. `pause` from now. Who waits is the caller's to take out. */
void host_limit(struct hosts *h, struct host *host, int64_t pause, int64_t now);
/* What is stored of a host, and back after a restart: both clocks are now. */
void host_keep(const struct host *host, int64_t boot, int64_t wall, struct feed_host *ret);
void hosts_restore(struct hosts *h, const struct feed_host *kept, int64_t boot, int64_t wall);
CURLSH *host_tls(struct host *host); /* NULL: plain http, or no memory */

#endif

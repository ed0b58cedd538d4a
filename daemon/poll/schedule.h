/* When a feed is due: a pure function of its state, an answer and the time (contract/polling.md). Runs in the
 * pipeline thread, which stores the state in the answer's transaction. Times are wall ms. */
#ifndef NEWSALERTD_POLL_SCHEDULE_H
#define NEWSALERTD_POLL_SCHEDULE_H

#include "config/config.h"
#include "item/item.h"
#include "poll/schedule_moved.h"
#include "poll/schedule_rate.h"

#include <stdbool.h>
#include <stdint.h>

enum answer_kind {
    ANSWER_FEED,         /* 200 or 226, a feed that was read to its end (also: a path that was read) */
    ANSWER_NOT_MODIFIED, /* 304, or a file that did not change */
    ANSWER_CUT,          /* a feed that ends in the middle */
    ANSWER_NOT_FEED,     /* 200 that is no feed; 204, 205, 206, 300 … */
    ANSWER_STATUS,       /* any other status: see status */
    ANSWER_NETWORK,      /* resolve, connect, TLS, time-out, reset, refused address: see error */
    ANSWER_REDIRECTS     /* too many hops, or to where it may not go */
};

/* One answer, body aside: what the loop learned. */
struct answer {
    enum answer_kind kind;
    int status;          /* HTTP's; 0: none */
    bool slow_error;     /* DNS or TLS: its back-off may grow to 6 h */
    int64_t retry_after; /* ms from the answer; -1: none */
    int64_t fresh_for;   /* what Cache-Control or Expires ask, less Age; ms; 0: nothing */
    int64_t at;          /* wall ms */
    size_t new_items;
    char error[200];    /* in words, for `feeds`; "" when good */
    bool conditional;   /* the request carried validators: a 304 without is a server's fault */
    int64_t host_pause; /* 429: how long the loop pauses the host; 0: not known */
    bool permanent;     /* it came after hops that were all 301 or 308 */
    uint64_t section;   /* of the feed's section, when it was asked; 0: not known */
};

enum feed_state { FEED_NEW, FEED_OK, FEED_FAILING, FEED_DEAD, FEED_SILENT, FEED_PAUSED, FEED_OFF };
extern const char *const feed_state_names[];

/* What a document asks, as far as it is kept: the loop has one of these for each feed. */
struct kept_hints {
    int64_t ttl_ms;      /* RSS ttl; sy:updatePeriod / updateFrequency */
    uint32_t skip_hours; /* bit per hour, GMT */
    uint8_t skip_days;   /* bit per weekday, 0 is Sunday */
};

/* What is kept of a feed between polls. Stored as JSON by store/. */
struct schedule_state {
    int64_t last;            /* last answer; TIME_NONE: never */
    int64_t last_ok;         /* last good answer */
    int64_t next;            /* due; TIME_NONE: now */
    int64_t paused_until;    /* Retry-After of this feed or its host */
    int64_t failing_since;   /* TIME_NONE: not failing */
    int64_t failures;        /* in a row */
    int64_t gone;            /* answers 410 in a row: after the second it is off */
    struct kept_hints hints; /* of the last document */
    int64_t fresh_for;
    char error[200];
    char why[24];       /* reason of `next` by name: "every", "max-age", "back-off", "retry-after" … */
    char why_says[144]; /* the same in a sentence; the longest has 140 */
    int64_t last_read;  /* last document that was read to its end; TIME_NONE: never */
    int64_t limited;    /* answers 429 in a row */
    int64_t status;     /* HTTP's, of the last answer; 0: none */
    int64_t interval;   /* of `every = auto`, as last learned, before hints; 0: not yet */
    struct schedule_learned learned;
};
void schedule_init(struct schedule_state *s);

/* What a host that answered 429 is owed after a restart. */
struct feed_host {
    char *key; /* heap; "https://host:443"; NULL: it asked for nothing */
    int64_t paused_until, spacing, limited, at;
};

/* Which troubles a person was told of (poll/schedule_notice). */
struct feed_told {
    int64_t bits, missed_at;
};

/* All that is known of a feed: what the store keeps, what the loop holds, what the pipeline says after each
 * answer. */
struct feed_status {
    struct schedule_state schedule;
    char *etag, *last_modified; /* verbatim, or NULL; sent only to validator_url */
    char *validator_url;        /* the URL that gave them */
    char *title;                /* of the last document, or NULL; no copy has it: the loop shows none */
    int64_t items;              /* seen in all */
    struct feed_move move;
    struct feed_host host;
    struct feed_told told;
    int64_t section; /* what its section said when it was last asked (schedule_section); 0: not known */
    int64_t crashes; /* at which its document was being read */
};
void feed_status_clear(struct feed_status *s);
void feed_status_copy(struct feed_status *to, const struct feed_status *from);

/* What an answer does to the validators (contract of conditional GET): those of a document that was read to
 * its end (kind ANSWER_FEED) replace what was, also by nothing; a 304 renews those it carries; a 304 that was
 * not asked for drops all; anything else changes nothing. etag, last_modified: of the answer, or NULL; url:
 * the one that answered. */
void schedule_validators(struct feed_status *f, const struct answer *answer, const char *etag,
                         const char *last_modified, const char *url);

/* The next time: changes the state, and leaves the reason in it. hints: of this answer's document; NULL: no
 * document was read. news: what the document brought; NULL: there was none, or it was not read. fleet: learns
 * along. installation: seed of the jitter, so that installations do not strike together. After a second 410
 * `next` is TIME_NONE and schedule_off says true. */
void schedule_settle(struct schedule_state *s, const struct config_feed *feed, const struct answer *answer,
                     const struct feed_hints *hints, const struct schedule_news *news,
                     struct schedule_fleet *fleet, uint64_t installation, int64_t now);
/* The same of a feed that stands alone, and brought nothing. */
void schedule_answer(struct schedule_state *s, const struct config_feed *feed, const struct answer *answer,
                     const struct feed_hints *hints, uint64_t installation, int64_t now);
/* The plain interval: what a claim sets before a request starts, and what back-off doubles. */
int64_t schedule_interval(const struct schedule_state *s, const struct config_feed *feed);
/* How long until the next request, from now: 0: due. What is stored is wall time: one that is further ahead
 * than any rule could have put it is due now (the clock was set). */
int64_t schedule_wait(const struct schedule_state *s, const struct config_feed *feed, int64_t now);
/* Never again by itself: disabled, or 410 twice. */
bool schedule_off(const struct schedule_state *s, const struct config_feed *feed);
/* May validators be sent? Not once a week: a stuck one would silence a feed for ever. */
bool schedule_conditional(const struct schedule_state *s, int64_t now);
enum feed_state schedule_state_name(const struct schedule_state *s, const struct config_feed *feed,
                                    int64_t now);

/* A number for what a section says of how its feed is asked; the same after a restart. */
uint64_t schedule_section(const struct config_feed *feed);
/* The section has changed since the feed was asked: one that is gone (410) is asked again. */
void schedule_revive(struct feed_status *f, uint64_t section);
/* Documents in hand at this many crashes count as a failure. */
#define SCHEDULE_CRASHES 3
void schedule_crashed(struct feed_status *f, const struct config_feed *feed, uint64_t installation,
                      int64_t now);

/* At a start, after a resume or a lost network: what is overdue, or new, goes in the order of this (largest
 * first: the items that are likely to wait there, new feeds before all), and the i-th of n starts that long
 * from now, within min(60 s, its interval). */
double schedule_expected(const struct schedule_state *s, int64_t now);
int64_t schedule_spread(size_t i, size_t n, int64_t interval);

/* 429: how long its host pauses, if `limited` answers of it in a row (this one included) were 429; and the
 * host's spacing between starts, doubled after a 429, halved after a day without one. */
int64_t schedule_host_pause(int64_t limited, int64_t retry_after);
int64_t schedule_spacing_doubled(int64_t spacing);
int64_t schedule_spacing_halved(int64_t spacing, int64_t configured);

#endif

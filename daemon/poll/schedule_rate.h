/* What is learned of a feed that is polled as `every = auto` says: how many items it publishes, at which
 * hours, in which bursts, and whether on the marks of a clock. Pure; times are wall ms, rates are items a
 * day.
 *
 * The rate is kept as a decayed count over a decayed time (memory 7 days), which begin at 0.3 items in 0.1
 * day. Time is counted in days of the feed's own hours: an hour in which little comes is short, so that a
 * night does not make a busy feed look quiet. An item that comes soon after others is taken as caused by them
 * to the extent that is likely (a self-exciting process, Hawkes 1971): one more brings so many with it as
 * is 0.12, and its effect fades with 40 min.
 *
 * A silence that chance hardly explains is a feed that has ended, or pauses: then the silence is its rate. */
#ifndef NEWSALERTD_POLL_SCHEDULE_RATE_H
#define NEWSALERTD_POLL_SCHEDULE_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCHEDULE_HOURS 24
#define SCHEDULE_MARKS 24 /* postings that are looked at for a grid */

struct schedule_learned {
    int64_t until;              /* the figures below stand for this time; TIME_NONE: nothing is known yet */
    int64_t newest;             /* date of the newest item, or when it arrived; TIME_NONE: there was none */
    double items;               /* that came by themselves, decayed */
    double days;                /* in which they came, decayed, by the feed's hours */
    double caused;              /* items that came because of others, decayed likewise */
    double postings;            /* times at which items came: many at one moment are one posting */
    double heat;                /* postings of late, fading with 40 min */
    double gap;                 /* usual days from one posting to the next; 0: not known */
    int64_t listed;             /* items of the last document */
    int64_t halved;             /* how often the interval is halved, because items were missed */
    int64_t missed;             /* when that was last changed */
    int64_t marks;              /* postings written to mark[], in all; the last SCHEDULE_MARKS are kept */
    float hour[SCHEDULE_HOURS]; /* items by hour of the day (GMT), decayed */
    uint32_t mark[SCHEDULE_MARKS]; /* when a dated posting came, in seconds; a ring */
};
void schedule_learned_init(struct schedule_learned *l);
/* Figures that nothing can have taught (a state that somebody edited): begins anew. */
void schedule_learned_check(struct schedule_learned *l);

/* What all feeds together know, and what they may cost. Owner: the pipeline thread, which stores it. */
struct schedule_fleet {
    int64_t pace;               /* how often a feed that posts once an hour is polled; ms */
    float hour[SCHEDULE_HOURS]; /* items of all feeds by hour of the day (GMT), decayed */
    int64_t until;              /* the hours stand for this time; TIME_NONE: nothing is known yet */
    /* of a budget: see schedule_budget.h */
    int64_t solved;        /* when the pace was last solved; TIME_NONE: never */
    bool again;            /* solve it now: other feeds, or another budget; not stored */
    double polls;          /* since then */
    double debt;           /* polls beyond the budget (below 0: short of it) */
    double planned;        /* polls a day that were foreseen for this stretch */
    double forecast, made; /* polls foreseen and made, decayed: what forecasts leave out */
};
void schedule_fleet_init(struct schedule_fleet *f);
void schedule_fleet_check(struct schedule_fleet *f);

/* What an answer's document brought. dates: one an item that is new in this feed, wall ms, TIME_NONE where it
 * has none. */
struct schedule_news {
    const int64_t *dates;
    size_t n;
    size_t listed; /* items of the document; 0: there was no document (304) */
    bool shared;   /* it has items that were known, or nothing was known */
    bool first;    /* the first document of the feed */
};

/* The feed was looked at, with this outcome (NULL: 304). fleet: learns along. */
void schedule_learn(struct schedule_learned *l, const struct schedule_news *news,
                    struct schedule_fleet *fleet, int64_t now);

/* Items a day over the long run, bursts included. */
double schedule_rate(const struct schedule_learned *l);
/* The same of the hour in which most comes. */
double schedule_peak(const struct schedule_learned *l, const struct schedule_fleet *fleet);
/* The feed's share of a day that an hour (GMT) has, times 24: 1 in a feed that knows no night. Learned, and
 * drawn towards the fleet's with the weight of 12 items. */
void schedule_hours(const struct schedule_learned *l, const struct schedule_fleet *fleet,
                    double ret[SCHEDULE_HOURS]);

/* The time from `now` at which the density of polls, which is the root of the rate, has come to `polls` (1:
 * the next poll). At most `longest`. *ret_burst: it would be a good deal later without the burst. */
int64_t schedule_ahead(const struct schedule_learned *l, const struct schedule_fleet *fleet, double polls,
                       int64_t now, int64_t longest, bool *ret_burst);
/* The same without hours and bursts: what a feed of this rate is due at; no bounds. */
int64_t schedule_pace(double a_day, int64_t pace);

#endif

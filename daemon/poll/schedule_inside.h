/* Inside the schedule: what its files share.
 *
 * schedule.c           state, validators, one answer taken in, questions
 * schedule_answers.c   the table of answers: back-off, pauses, what is asked again when
 * schedule_interval.c  when a feed that answers well is due: the rules of "when a feed is due" put together
 * schedule_hints.c     what the publisher asks
 * schedule_rate.c      the rate, hours and bursts, learned
 * schedule_grid.c      the publisher's grid
 * schedule_budget.c    the pace of all feeds from a number of polls a day */
#ifndef NEWSALERTD_POLL_SCHEDULE_INSIDE_H
#define NEWSALERTD_POLL_SCHEDULE_INSIDE_H

#include "poll/schedule.h"

/* What an answer comes to: wait this long, for this reason. pause: what of it the publisher asked for. */
struct verdict {
    int64_t wait, pause;
    const char *why;
    char says[sizeof((struct schedule_state *)0)->why_says];
};

struct interval {
    int64_t ms;
    const char *why; /* which bound it is */
};

/* Raises an interval to what headers and document ask, as far as they are believed. */
void interval_hints(struct interval *i, const struct schedule_state *s, const struct config_feed *feed);
/* Moves a time out of the hours and days (GMT) that the document asks to leave out, as far as documents are
 * believed. *ret_why: changed when it was moved. */
int64_t hints_skip(const struct kept_hints *hints, int64_t now, int64_t wall, const char **ret_why);
/* A skip list that leaves no hour, or no day: it is ignored. NULL: it leaves some. */
const char *hints_absurd(const struct kept_hints *hints);

/* 0 to +10%, never negative: the same for one feed of one installation. */
int64_t schedule_jitter(int64_t ms, const struct config_feed *feed, uint64_t installation);

/* A good answer: s is up to date but for next and why. Sets s->interval. */
struct verdict verdict_good(struct schedule_state *s, const struct config_feed *feed,
                            const struct schedule_fleet *fleet, uint64_t installation, int64_t now);
/* Any other answer; its failure is counted in s. */
struct verdict verdict_failure(const struct schedule_state *s, const struct config_feed *feed,
                               const struct answer *a, int64_t now);
/* Does `every` of this feed mean: learn? */
bool schedule_learns(const struct config_feed *feed);

#endif

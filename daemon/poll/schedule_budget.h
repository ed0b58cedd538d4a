/* A budget: so many polls a day for all feeds together, from which the pace is solved, once an hour. Pure.
 *
 *     schedule_budget_due(…)? → schedule_load_of each feed → schedule_budget_solve → free(loads)
 *
 * What a feed will cost is foreseen from its rate, hours and bounds; what was really spent corrects the
 * forecast, and what was spent too much is saved again within two days. */
#ifndef NEWSALERTD_POLL_SCHEDULE_BUDGET_H
#define NEWSALERTD_POLL_SCHEDULE_BUDGET_H

#include "poll/schedule.h"

/* What one feed costs at a pace: its interval in each hour of the day is pace / root[hour], within bounds. */
struct schedule_load {
    float root[SCHEDULE_HOURS]; /* of items an hour; 0: it is polled each at_least */
    float at_least, at_most;    /* ms; at_most 0: never polled */
    float grid;                 /* ms from mark to mark; 0: none */
    float off_grid;             /* root of the share that does not keep to it */
};
struct schedule_load schedule_load_of(const struct schedule_state *s, const struct config_feed *feed,
                                      const struct schedule_fleet *fleet, int64_t now);

/* Is it time to solve the pace? A budget of 0 keeps the configured pace. */
bool schedule_budget_due(const struct schedule_fleet *fleet, int64_t now);
void schedule_budget_solve(struct schedule_fleet *fleet, const struct schedule_load *loads, size_t n,
                           int64_t budget, int64_t now);
/* Polls that these feeds make in the 24 hours from an hour of the day on, at this pace. */
double schedule_forecast(const struct schedule_load *loads, size_t n, double pace, unsigned hours);

#endif

/* A publisher's grid: postings that keep to marks of the clock, as a machine's do (60% of 12 or more within
 * two minutes of each 60, 30 or 15 minutes). Pure; ms. */
#ifndef NEWSALERTD_POLL_SCHEDULE_GRID_H
#define NEWSALERTD_POLL_SCHEDULE_GRID_H

#include "poll/schedule_rate.h"

struct schedule_grid {
    int64_t period; /* from mark to mark; 0: there is no grid */
    int64_t after;  /* the time after a mark by which nearly all have come; below 0: they come before it */
    double share;   /* of postings on it */
};
struct schedule_grid schedule_grid(const struct schedule_learned *l);

/* The first time after `at` that is just after a mark. */
int64_t schedule_grid_next(const struct schedule_grid *g, int64_t at);

#endif

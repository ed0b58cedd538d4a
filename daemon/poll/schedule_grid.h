/* Regular publishers. A *grid*: postings that keep to marks of the clock, as a machine's do (60% of 12 or
 * more within two minutes of each 60, 30 or 15 minutes). A *beat*: postings that keep a distance from one
 * another (80% of 16 or more gaps are one length, or a multiple of it, within a fifth). Pure; ms. */
#ifndef NEWSALERTD_POLL_SCHEDULE_GRID_H
#define NEWSALERTD_POLL_SCHEDULE_GRID_H

#include "poll/schedule_rate.h"

struct schedule_grid {
    int64_t period; /* from mark to mark; 0: there is no grid */
    int64_t
        after;    /* a time by which nearly all of one mark have come; so they do a period later, and so on */
    int64_t wide; /* they come within this long before it; 0: at once */
    double share; /* of postings that keep to it */
    bool beat;    /* not by the clock's marks */
};
struct schedule_grid schedule_grid(const struct schedule_learned *l);

/* The first time after `at` by which nearly all of a mark have come. */
int64_t schedule_grid_next(const struct schedule_grid *g, int64_t at);

#endif

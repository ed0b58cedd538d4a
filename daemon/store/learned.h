/* The store's own: what the schedule has learned of a feed, as JSON within feed.schedule. */
#ifndef NEWSALERTD_STORE_LEARNED_H
#define NEWSALERTD_STORE_LEARNED_H

#include "poll/schedule_rate.h"

#include <jansson.h>

json_t *learned_json(const struct schedule_learned *l); /* new reference; NULL: nothing is known */
/* j: what learned_json made, or anything, or NULL. */
void learned_from_json(const json_t *j, struct schedule_learned *ret);

#endif

/* The store's own: what the schedule has learned of a feed, as the bytes of feed.learned. */
#ifndef NEWSALERTD_STORE_LEARNED_H
#define NEWSALERTD_STORE_LEARNED_H

#include "poll/schedule_rate.h"

#define LEARNED_BYTES 296

/* Writes them to `to`, and returns it; NULL: nothing is known, nothing is written. */
const void *learned_bytes(const struct schedule_learned *l, unsigned char to[LEARNED_BYTES]);
/* ptr: what learned_bytes made, or anything, or NULL: what cannot have been learned is learned anew. */
void learned_from_bytes(const void *ptr, size_t len, struct schedule_learned *ret);

#endif

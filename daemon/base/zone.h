/* Time zones by name: one TZif file (RFC 8536) as an immutable value, since glibc has only the process's own
 * zone. Any thread. */
#ifndef NEWSALERTD_BASE_ZONE_H
#define NEWSALERTD_BASE_ZONE_H

#include <stdbool.h>
#include <stdint.h>

/* Is there a TZif file of that name in the system's tz database? Names are never paths. */
bool zone_exists(const char *name);

struct zone;
/* NULL name: the system's own zone (/etc/localtime), else UTC. NULL: there is no such zone. */
struct zone *zone_open(const char *name);
struct zone *zone_free(struct zone *z); /* NULL is fine; returns NULL */
/* What its clocks show less UTC, in ms. NULL zone: UTC. */
int64_t zone_offset(const struct zone *z, int64_t wall);
/* The instants at which the clocks show a wall time (ms since 1970 as if it were UTC): the first and the last
 * of them. A time that clocks skip is the first instant after the gap. */
int64_t zone_first(const struct zone *z, int64_t shown);
int64_t zone_last(const struct zone *z, int64_t shown);

#endif

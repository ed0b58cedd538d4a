/* Time zones by name. Any thread. */
#ifndef NEWSALERTD_BASE_ZONE_H
#define NEWSALERTD_BASE_ZONE_H

#include <stdbool.h>

/* Is there a TZif file of that name in the system's tz database? Names are never paths. */
bool zone_exists(const char *name);

#endif

/* The last measurements of one kind, for a percentile. One thread. */
#ifndef NEWSALERTD_BASE_RECENT_H
#define NEWSALERTD_BASE_RECENT_H

#include <stddef.h>
#include <stdint.h>

#define RECENT_KEPT 2048

struct recent {
    int32_t ms[RECENT_KEPT];
    size_t n, at;
};

void recent_add(struct recent *r, int64_t ms);
/* The value that `percent` of them do not exceed; 0 when there are none. */
int64_t recent_percentile(const struct recent *r, unsigned percent);

#endif

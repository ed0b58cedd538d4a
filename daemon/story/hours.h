/* Quiet hours and times of digests, on the clocks of one zone (contract/stories.md). Pure, any thread.
 *
 * A day names the evening on which a span starts. When clocks change, quiet is never shorter than written: it
 * starts at the first instant that shows its start, and ends at the last that shows its end. */
#ifndef NEWSALERTD_STORY_HOURS_H
#define NEWSALERTD_STORY_HOURS_H

#include "base/text.h"
#include "base/time.h"
#include "base/zone.h"
#include "config/value.h"

#define HOURS_MAX VALUE_HOURS

struct hours {
    struct {
        unsigned days; /* bit per day, Monday is 0 */
        int from, to;  /* minutes of the day; to: quiet only */
    } list[HOURS_MAX];
    size_t n;
};

/* "mon-fri 22:00-07:00, 13:00-14:00" and "08:00, mon 17:30". NULL, or what is wrong in half a sentence. */
const char *hours_quiet(struct text t, struct hours *ret);
const char *hours_digest(struct text t, struct hours *ret);

/* The end of the span that holds `now` (the latest, of several), or TIME_NONE: it is not quiet. */
int64_t hours_quiet_until(const struct hours *h, const struct zone *z, int64_t now);
/* The begin of that span (the earliest, of several), or TIME_NONE. */
int64_t hours_quiet_from(const struct hours *h, const struct zone *z, int64_t now);
/* The next digest after `now`, or TIME_NONE: there is none. */
int64_t hours_next(const struct hours *h, const struct zone *z, int64_t now);

#endif

/* The feed that the tests of the schedule poll, and when. */
#include "base/time.h"
#include "config/config.h"

#define NOW (INT64_C(1795510800) * SECOND) /* Tuesday, 24 November 2026, 09:00 GMT */

static char location[] = "https://gazette.example/feed.xml";

static struct config_feed auto_feed(void) {
    return (struct config_feed){.name = location,
                                .location = location,
                                .source = SOURCE_URL,
                                .min_every = 5 * MINUTE,
                                .max_every = 4 * HOUR,
                                .obey_hints = true,
                                .enabled = true};
}

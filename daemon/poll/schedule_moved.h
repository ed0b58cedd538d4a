/* Permanent redirects (301, 308): when an address is taken for good. Pure. The configuration stays as it is
 * written; what is learned here is kept with the feed's state, and `status` says what to change. */
#ifndef NEWSALERTD_POLL_SCHEDULE_MOVED_H
#define NEWSALERTD_POLL_SCHEDULE_MOVED_H

#include <stdbool.h>
#include <stdint.h>

#define MOVED_AFTER   2                        /* polls in a row that must say the same */
#define MOVED_NOT_FOR (3LL * 24 * 3600 * 1000) /* of failures at the new address: back to the old one */

struct feed_move {
    char *to;        /* heap; NULL: nobody spoke of a move */
    int64_t times;   /* polls in a row that ended there, all hops permanent */
    int64_t adopted; /* 1: `to` is asked first */
    char *before;    /* heap: the address asked first while `to` is on trial; NULL: the configured one */
};
void feed_move_clear(struct feed_move *m);
void feed_move_copy(struct feed_move *to, const struct feed_move *from);
/* The address that is asked first; NULL: the configured one. */
const char *feed_move_address(const struct feed_move *m);

enum moved { MOVED_NOT, MOVED_ADOPTED, MOVED_BACK };
/* One answer. good: a feed that parsed, or 304. permanent: it came after hops that were all 301 or 308, at
 * `url`. failing_since: wall ms; TIME_NONE: it does not fail. */
enum moved schedule_moved(struct feed_move *m, bool good, bool permanent, const char *url,
                          int64_t failing_since, int64_t now);

#endif

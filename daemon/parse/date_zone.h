/* Time zones by name, with the summer time of the day in question. Pure, any thread.
 *
 * The tables come with the program (date_zones.py makes them from the tz database): this room has no I/O, and
 * a feed read on two machines must give the same date on both. Each zone of the tz database is there, since
 * 1970: a list of eras, each with an offset and perhaps a yearly rule. Minutes everywhere. */
#ifndef NEWSALERTD_PARSE_DATE_ZONE_H
#define NEWSALERTD_PARSE_DATE_ZONE_H

#include "base/text.h"

#include <stdint.h>

struct zone_place;
struct date_zone {
    int minutes;                    /* east of UTC … */
    const struct zone_place *place; /* … unless the place knows better */
};

/* A short name ("pdt", "et", "z") in small letters. False: it is none. */
bool date_zone_short(struct text name, struct date_zone *ret);
/* A name of the tz database ("america/new_york") in small letters. False: it is none. */
bool date_zone_place(struct text name, struct date_zone *ret);
/* Minutes east of UTC at a local minute since 1970. Of a minute that came twice the first is meant; one that
 * the clocks left out is counted by the time before. */
int date_zone_offset(const struct date_zone *z, int64_t local_minute);

#endif

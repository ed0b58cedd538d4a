/* Dates as feeds write them, to wall ms in UTC. Pure (no locale, no clock, no time zone of the process), any
 * thread.
 *
 * Families: RFC 822/2822 and its bad forms, ISO 8601 / W3CDTF, asctime and date(1), numeric forms with
 * slashes and dots, month and weekday names of many languages, Unix seconds and milliseconds. No zone means
 * UTC; a day without a time means 00:00. Only years 1970-9999. */
#ifndef NEWSALERTD_PARSE_DATE_H
#define NEWSALERTD_PARSE_DATE_H

#include "base/text.h"

#include <stdint.h>

/* 0, or -1: no date. Only the first LIMIT_DATE bytes are looked at. */
int date_parse(struct text t, int64_t *ret_wall);

#endif

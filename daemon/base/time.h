/* Time. Two clocks, never mixed: *wall* (ms since 1970, what is stored and shown) and *boot*
 * (CLOCK_BOOTTIME ms, counts sleep, what durations run on). Only the edges read them; pure rooms get `now`
 * as an argument. One unit everywhere: milliseconds in int64_t. Any thread. */
#ifndef NEWSALERTD_BASE_TIME_H
#define NEWSALERTD_BASE_TIME_H

#include "base/text.h"

#include <stdint.h>

#define TIME_NONE INT64_MIN
#define SECOND    INT64_C(1000)
#define MINUTE    (60 * SECOND)
#define HOUR      (60 * MINUTE)
#define DAY       (24 * HOUR)

int64_t time_wall(void);
int64_t time_boot(void);

/* Days since 1970-01-01 of a day of the Gregorian calendar, and back. No range checks. */
int64_t time_days(int64_t year, unsigned month, unsigned day);
void time_civil(int64_t days, int64_t *ret_year, unsigned *ret_month, unsigned *ret_day);

#define TIME_TEXT 40
/* RFC 3339 in UTC, whole seconds: 2026-11-24T02:55:00Z. Returns out. */
char *time_rfc3339(int64_t wall, char out[TIME_TEXT]);
/* RFC 5322 with zone +0000 (mail), and RFC 9110 IMF-fixdate (HTTP). */
char *time_rfc5322(int64_t wall, char out[TIME_TEXT]);
/* RFC 9110 section 5.6.7: IMF-fixdate, RFC 850 and asctime forms. 0 or -1. */
int time_http(struct text t, int64_t *ret_wall);
/* RFC 3339 as we write it (fractions and numeric zones too). 0 or -1. */
int time_parse_rfc3339(struct text t, int64_t *ret_wall);

/* Durations of the configuration: a sum such as "1h30m" or "90s 200ms". 0 or -1. */
int duration_parse(struct text t, int64_t *ret_ms);
/* The same, back: "1h30m", "0s". Returns out. */
char *duration_format(int64_t ms, char out[TIME_TEXT]);
/* For people: the largest unit that fits, "3 min", "2 h", "5 d". Returns out. */
char *duration_about(int64_t ms, char out[TIME_TEXT]);

#endif

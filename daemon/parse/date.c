#include "parse/date.h"

#include "base/limits.h"
#include "base/time.h"
#include "parse/date_parts.h"

/* A date goes four ways: a count of seconds; the ISO forms, whose parts may touch; the plain RFC 822 form;
 * and all others, which are numbers and words with something between them. Here is the beginning, and the
 * sum. */

#define YEAR_10000 (INT64_C(253402300800) * SECOND) /* RFC 3339 has four digits */

/* Every part in its range, or no date: a wrong one would be worse than none. */
static bool in_range(const struct date_parts *p) {
    /* A year more at each end, for the zone. */
    if (p->year < 1969 || p->year > 10000 || p->month < 1 || p->month > 12 || p->day < 1 || p->day > 31)
        return false;
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = p->year % 4 == 0 && (p->year % 100 != 0 || p->year % 400 == 0);
    if (p->day > days[p->month - 1] + (leap && p->month == 2)) return false;
    if (p->hour > 24 || p->minute > 59 || p->second > 60) return false;
    return p->hour < 24 || (!p->minute && !p->second);
}

static int sum(struct date_parts *p, int64_t *ret_wall) {
    if (p->hour < 0) p->hour = p->half == 1 ? 12 : 0;
    if (p->minute < 0) p->minute = 0;
    if (p->second < 0) p->second = 0;
    if (p->half == 1 && p->hour < 12) p->hour += 12;
    if (p->half == 0 && p->hour == 12) p->hour = 0;
    if (!in_range(p)) return -1;
    int64_t day = time_days(p->year, (unsigned)p->month, (unsigned)p->day);
    int64_t minute = day * 1440 + p->hour * 60 + p->minute;
    minute -= date_zone_offset(&p->zone, minute);
    int64_t wall = (minute * 60 + p->second) * SECOND + p->ms;
    if (wall < 0 || wall >= YEAR_10000) return -1;
    *ret_wall = wall;
    return 0;
}

/* Seconds (9 or 10 digits, perhaps with a fraction) or milliseconds (13) since 1970. */
static int read_count(struct text t, int64_t *ret_wall) {
    int64_t v = 0;
    size_t n = 0;
    for (; n < t.len && n < 14 && date_is_digit(t.ptr[n]); n++) v = v * 10 + (t.ptr[n] - '0');
    if (n == 13 && n == t.len) {
        *ret_wall = v;
        return 0;
    }
    if (n != 9 && n != 10) return -1;
    v *= SECOND;
    if (n < t.len) {
        if (t.ptr[n] != '.' || n + 1 == t.len) return -1;
        int64_t scale = 100;
        for (n++; n < t.len; n++, scale /= 10) {
            if (!date_is_digit(t.ptr[n])) return -1;
            v += (t.ptr[n] - '0') * scale;
        }
    }
    *ret_wall = v;
    return 0;
}

int date_parse(struct text t, int64_t *ret_wall) {
    static const struct date_parts nothing = {-1, -1, -1, -1, -1, -1, 0, -1, false, {0, NULL}};
    char space[3 * LIMIT_DATE / 2];
    t = text_trim(t);
    if (t.len > LIMIT_DATE) t.len = LIMIT_DATE;
    struct text folded = text_trim((struct text){space, date_fold(t, space, sizeof space)});
    if (!folded.len) return -1;
    struct date_parts p = nothing;
    if (date_is_digit(folded.ptr[0]) || folded.ptr[0] == '-') {
        if (!read_count(folded, ret_wall)) return 0;
        int status = date_iso(folded, &p);
        if (status) return status < 0 ? -1 : sum(&p, ret_wall);
        p = nothing;
    }
    if (date_rfc822(folded, &p)) return sum(&p, ret_wall);
    p = nothing;
    return date_list(folded, &p) < 0 ? -1 : sum(&p, ret_wall);
}

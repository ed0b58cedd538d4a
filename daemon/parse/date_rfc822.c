#include "parse/date_parts.h"

/* The list reads all of this too, but three times as slowly, and nine of ten feeds are dated so: "Tue, 12 May
 * 2009 07:05:40 GMT", the weekday optional. Anything unusual is left to the list. */

static bool take_month(struct text *t, struct date_parts *p) {
    bool either;
    if (t->len < 4 || t->ptr[3] != ' ') return false;
    p->month = date_month((struct text){t->ptr, 3}, &either);
    date_skip(t, 4);
    return p->month > 0;
}

static bool take_two(struct text *t, int *ret) {
    if (date_digits(*t) != 2) return false;
    *ret = date_take(t, 2);
    return true;
}

static bool take_clock(struct text *t, struct date_parts *p) {
    p->second = 0;
    if (!take_two(t, &p->hour) || !date_at(*t, ':')) return false;
    date_skip(t, 1);
    if (!take_two(t, &p->minute)) return false;
    if (!date_at(*t, ':')) return true;
    date_skip(t, 1);
    return take_two(t, &p->second);
}

int date_rfc822(struct text t, struct date_parts *p) {
    if (t.len > 4 && t.ptr[3] == ',') {
        date_skip(&t, 4);
        if (date_at(t, ' ')) date_skip(&t, 1);
    }
    unsigned n = date_digits(t);
    if (n != 1 && n != 2) return 0;
    p->day = date_take(&t, n);
    if (!date_at(t, ' ')) return 0;
    date_skip(&t, 1);
    if (!take_month(&t, p)) return 0;
    n = date_digits(t);
    if (n != 4 && n != 2) return 0;
    p->year = date_year(date_take(&t, n), n);
    if (!date_at(t, ' ')) return 0;
    date_skip(&t, 1);
    if (!take_clock(&t, p) || !date_at(t, ' ')) return 0;
    date_skip(&t, 1);
    p->has_zone = true;
    if (date_zone_short(t, &p->zone)) return 1;
    if (t.len > 3 && t.ptr[0] >= 'a') return date_zone_place(t, &p->zone);
    return date_take_zone(&t, p) && !t.len;
}

#include "parse/date_parts.h"

#include "base/time.h"

static int from_days(struct date_parts *p, int64_t days) {
    int64_t year;
    unsigned month, day;
    time_civil(days, &year, &month, &day);
    p->year = year;
    p->month = (int)month;
    p->day = (int)day;
    return 1;
}

static int from_day_of_year(struct date_parts *p, int day) {
    int64_t first = time_days(p->year, 1, 1);
    if (day < 1 || day > time_days(p->year + 1, 1, 1) - first) return -1;
    return from_days(p, first + day - 1);
}

/* The week that holds the first Thursday is week 1, and begins on Monday. */
static int64_t week_one(int64_t year) {
    int64_t fourth = time_days(year, 1, 4);
    return fourth - (fourth + 3) % 7;
}

/* Behind the W: 20, 20-2, 202. */
static int read_week(struct text *t, struct date_parts *p) {
    unsigned n = date_digits(*t);
    if (n != 2 && n != 3) return -1;
    int week = date_take(t, 2), weekday = 1;
    if (n == 3) {
        weekday = date_take(t, 1);
    } else if (t->len > 1 && date_at(*t, '-') && date_digits((struct text){t->ptr + 1, t->len - 1}) == 1) {
        date_skip(t, 1);
        weekday = date_take(t, 1);
    }
    int64_t monday = week_one(p->year) + (week - 1) * 7;
    if (week < 1 || weekday < 1 || weekday > 7 || p->year < 1970 || monday >= week_one(p->year + 1))
        return -1;
    return from_days(p, monday + weekday - 1);
}

/* 20110203, 201102, 2011034, and what is followed by digits of a clock. */
static int read_touching(struct text *t, unsigned n, struct date_parts *p) {
    p->year = date_take(t, 4);
    p->day = 1;
    if (n == 7) return from_day_of_year(p, date_take(t, 3));
    p->month = date_take(t, 2);
    if (n != 6) p->day = date_take(t, 2);
    return 1;
}

/* The day; 0: not of this family. */
static int read_day(struct text *t, struct date_parts *p) {
    unsigned n = date_digits(*t);
    if (n == 6 || n == 7 || n == 8 || n == 12 || n == 14) return read_touching(t, n, p);
    if (n != 4) return 0;
    p->year = date_take(t, 4);
    p->month = p->day = 1;
    if (!t->len) return 1;
    bool hyphen = date_at(*t, '-');
    if (hyphen) date_skip(t, 1);
    if (date_at(*t, 'w') && t->len > 1 && date_is_digit(t->ptr[1])) {
        date_skip(t, 1);
        return read_week(t, p);
    }
    if (!hyphen) return 0;
    n = date_digits(*t);
    if (n == 3) return from_day_of_year(p, date_take(t, 3));
    if (n != 2 && n != 1) return 0;
    p->month = date_take(t, n);
    n = date_at(*t, '-') ? date_digits((struct text){t->ptr + 1, t->len - 1}) : 0;
    if (n != 1 && n != 2) return 1;
    date_skip(t, 1);
    p->day = date_take(t, n);
    return 1;
}

/* -yymm, -yy-mm, -yy-mm-dd of old RSS. */
static int read_short(struct text *t, struct date_parts *p) {
    date_skip(t, 1);
    unsigned n = date_digits(*t);
    if (n != 4 && n != 2) return 0;
    p->year = date_year(date_take(t, 2), 2);
    p->month = p->day = 1;
    if (n == 4) p->month = date_take(t, 2);
    if (n == 2 && date_at(*t, '-')) {
        date_skip(t, 1);
        if (date_digits(*t) != 2) return -1;
        p->month = date_take(t, 2);
    }
    if (n == 2 && date_at(*t, '-')) {
        date_skip(t, 1);
        if (date_digits(*t) != 2) return -1;
        p->day = date_take(t, 2);
    }
    return t->len ? -1 : 1;
}

static void read_fraction(struct text *t, struct date_parts *p) {
    int scale = 100;
    if (t->len < 2 || (!date_at(*t, '.') && !date_at(*t, ',')) || !date_is_digit(t->ptr[1])) return;
    date_skip(t, 1);
    p->ms = 0;
    for (; t->len && date_is_digit(t->ptr[0]); date_skip(t, 1), scale /= 10)
        p->ms += (t->ptr[0] - '0') * scale;
}

/* 04:05:06.7, 4:05, 0405, 040506, 04. 0: there is none. */
static int read_clock(struct text *t, struct date_parts *p) {
    unsigned n = date_digits(*t);
    p->minute = p->second = 0;
    if (n == 4 || n == 6) {
        p->hour = date_take(t, 2);
        p->minute = date_take(t, 2);
        if (n == 6) p->second = date_take(t, 2);
        read_fraction(t, p);
        return 1;
    }
    if (n != 1 && n != 2) return n ? -1 : 0;
    p->hour = date_take(t, n);
    for (int *part = &p->minute; date_at(*t, ':'); part = &p->second) {
        date_skip(t, 1);
        n = date_digits(*t);
        if (n != 1 && n != 2) return -1;
        *part = date_take(t, n);
        if (part == &p->second) break;
    }
    read_fraction(t, p);
    return 1;
}

bool date_take_zone(struct text *t, struct date_parts *p) {
    if (date_at(*t, 'z') && t->len == 1) {
        date_skip(t, 1);
        p->has_zone = true;
        return true;
    }
    if (!date_at(*t, '+') && !date_at(*t, '-')) return false;
    struct text rest = {t->ptr + 1, t->len - 1};
    unsigned n = date_digits(rest);
    if (n != 4 && n != 2) return false;
    int minutes = date_take(&rest, 2) * 60;
    if (n == 4) {
        minutes += date_take(&rest, 2);
    } else if (date_at(rest, ':')) {
        date_skip(&rest, 1);
        if (date_digits(rest) != 2) return false;
        minutes += date_take(&rest, 2);
    }
    if (minutes > 18 * 60) return false;
    p->zone.minutes = date_at(*t, '-') ? -minutes : minutes;
    p->has_zone = true;
    *t = rest;
    return true;
}

int date_iso(struct text t, struct date_parts *p) {
    if (date_at(t, '-')) return read_short(&t, p);
    int status = read_day(&t, p);
    if (status <= 0 || !t.len) return status;
    if (date_at(t, 't')) date_skip(&t, 1);
    t = text_trim(t);
    int clock = read_clock(&t, p);
    if (clock < 0) return 0;
    t = text_trim(t);
    date_take_zone(&t, p);
    if (t.len && !clock) return 0;
    if (t.len) date_behind_clock(t, p);
    return 1;
}

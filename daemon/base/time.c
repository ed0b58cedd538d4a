#include "base/time.h"

#include "base/limits.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int64_t clock_ms(clockid_t id) {
    struct timespec ts;
    clock_gettime(id, &ts);
    return ts.tv_sec * SECOND + ts.tv_nsec / 1000000;
}

int64_t time_wall(void) {
    return clock_ms(CLOCK_REALTIME);
}

int64_t time_boot(void) {
    return clock_ms(CLOCK_BOOTTIME);
}

/* Both by counting from a March 1st of a year divisible by 400, so that leap days come last. */
int64_t time_days(int64_t year, unsigned month, unsigned day) {
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + (int64_t)day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void time_civil(int64_t days, int64_t *ret_year, unsigned *ret_month, unsigned *ret_day) {
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    *ret_day = (unsigned)(of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (unsigned)(month < 10 ? month + 3 : month - 9);
    *ret_year = year + era * 400 + (*ret_month <= 2);
}

struct parts {
    int64_t year;
    unsigned month, day, hour, minute, second, weekday; /* weekday: 0 is Sunday */
};

static struct parts parts_of(int64_t wall) {
    int64_t s = wall / SECOND - (wall % SECOND < 0), days = s / 86400 - (s % 86400 < 0);
    unsigned rest = (unsigned)(s - days * 86400);
    struct parts p = {.hour = rest / 3600, .minute = rest / 60 % 60, .second = rest % 60};
    p.weekday = (unsigned)(((days + 4) % 7 + 7) % 7);
    time_civil(days, &p.year, &p.month, &p.day);
    return p;
}

static const char *const weekdays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

char *time_rfc3339(int64_t wall, char out[TIME_TEXT]) {
    struct parts p = parts_of(wall);
    snprintf(out, TIME_TEXT, "%04lld-%02u-%02uT%02u:%02u:%02uZ", (long long)p.year % 10000, p.month, p.day,
             p.hour, p.minute, p.second);
    return out;
}

char *time_rfc5322(int64_t wall, char out[TIME_TEXT]) {
    struct parts p = parts_of(wall);
    snprintf(out, TIME_TEXT, "%s, %02u %s %04lld %02u:%02u:%02u +0000", weekdays[p.weekday], p.day,
             months[p.month - 1], (long long)p.year % 10000, p.hour, p.minute, p.second);
    return out;
}

static int64_t wall_of(int64_t year, unsigned month, unsigned day, unsigned h, unsigned m, unsigned s) {
    return (time_days(year, month, day) * 86400 + h * 3600 + m * 60 + s) * SECOND;
}

static int month_of(const char *name) {
    for (int i = 0; i < 12; i++)
        if (!strcasecmp(name, months[i])) return i + 1;
    return 0;
}

int time_http(struct text t, int64_t *ret_wall) {
    char s[LIMIT_HTTP_DATE], name[4] = "", zone[4] = "";
    unsigned day, year, h, m, sec;
    int end = 0;
    t = text_trim(t);
    if (!t.len || t.len >= sizeof s) return -1;
    memcpy(s, t.ptr, t.len);
    s[t.len] = '\0';
    if (sscanf(s, "%*3[A-Za-z], %2u %3[A-Za-z] %4u %2u:%2u:%2u %3[A-Z]%n", &day, name, &year, &h, &m, &sec,
               zone, &end) == 7 ||
        sscanf(s, "%*9[A-Za-z], %2u-%3[A-Za-z]-%4u %2u:%2u:%2u %3[A-Z]%n", &day, name, &year, &h, &m, &sec,
               zone, &end) == 7) {
        if (strcmp(zone, "GMT") && strcmp(zone, "UTC")) return -1;
        if (year < 100) year += year < 70 ? 2000 : 1900;
    } else if (sscanf(s, "%*3[A-Za-z] %3[A-Za-z] %2u %2u:%2u:%2u %4u%n", name, &day, &h, &m, &sec, &year,
                      &end) != 6) {
        return -1;
    }
    int month = month_of(name);
    if (s[end] || !month || day < 1 || day > 31 || h > 23 || m > 59 || sec > 60) return -1;
    *ret_wall = wall_of(year, (unsigned)month, day, h, m, sec);
    return 0;
}

int time_parse_rfc3339(struct text t, int64_t *ret_wall) {
    char s[LIMIT_HTTP_DATE];
    unsigned year, month, day, h, m, sec, zh = 0, zm = 0;
    int end = 0, used = 0;
    if (!t.len || t.len >= sizeof s) return -1;
    memcpy(s, t.ptr, t.len);
    s[t.len] = '\0';
    if (sscanf(s, "%4u-%2u-%2u%*1[Tt ]%2u:%2u:%2u%n", &year, &month, &day, &h, &m, &sec, &end) != 6)
        return -1;
    int64_t ms = 0;
    if (s[end] == '.') {
        int64_t scale = 100;
        for (end++; isdigit((unsigned char)s[end]); end++, scale /= 10) ms += (s[end] - '0') * scale;
    }
    int64_t zone = 0;
    if (s[end] == 'Z' || s[end] == 'z') {
        end++;
    } else if ((s[end] == '+' || s[end] == '-') && sscanf(s + end + 1, "%2u:%2u%n", &zh, &zm, &used) == 2) {
        zone = (s[end] == '-' ? -1 : 1) * (int64_t)(zh * 60 + zm) * MINUTE;
        end += 1 + used;
    } else {
        return -1;
    }
    if (s[end] || month < 1 || month > 12 || day < 1 || day > 31 || h > 23 || m > 59 || sec > 60) return -1;
    *ret_wall = wall_of(year, month, day, h, m, sec) + ms - zone;
    return 0;
}

static const struct {
    const char *name, *shown;
    int64_t ms;
} units[] = {{"w", "w", 7 * DAY},  {"d", "d", DAY},    {"h", "h", HOUR},
             {"m", "min", MINUTE}, {"s", "s", SECOND}, {"ms", "ms", 1}};
#define N_UNITS (sizeof units / sizeof *units)

int duration_parse(struct text t, int64_t *ret_ms) {
    int64_t sum = 0;
    t = text_trim(t);
    if (!t.len) return -1;
    while (t.len) {
        int64_t n = 0;
        size_t i = 0;
        for (; i < t.len && isdigit((unsigned char)t.ptr[i]); i++) {
            n = n * 10 + (t.ptr[i] - '0');
            if (n > INT64_C(1000000000000)) return -1;
        }
        if (!i) return -1;
        size_t from = i;
        while (i < t.len && isalpha((unsigned char)t.ptr[i])) i++;
        struct text unit = {t.ptr + from, i - from};
        size_t u = 0;
        while (u < N_UNITS && !text_eqs(unit, units[u].name)) u++;
        if (u == N_UNITS || n > INT64_C(3650) * DAY / units[u].ms) return -1;
        sum += n * units[u].ms;
        t.ptr += i;
        t.len -= i;
        t = text_trim(t);
    }
    *ret_ms = sum;
    return 0;
}

char *duration_format(int64_t ms, char out[TIME_TEXT]) {
    size_t at = 0;
    out[0] = '\0';
    for (size_t u = 0; u < N_UNITS; u++) {
        int64_t n = ms / units[u].ms;
        /* Weeks only when nothing remains: "8d" reads better than "1w1d". */
        if (!n || (u == 0 && ms % units[u].ms)) continue;
        at += (size_t)snprintf(out + at, TIME_TEXT - at, "%lld%s", (long long)n, units[u].name);
        ms -= n * units[u].ms;
    }
    if (!at) snprintf(out, TIME_TEXT, "0s");
    return out;
}

char *duration_about(int64_t ms, char out[TIME_TEXT]) {
    if (ms < 0) ms = 0;
    size_t u = 1;
    while (u + 1 < N_UNITS && ms < units[u].ms) u++;
    snprintf(out, TIME_TEXT, "%lld %s", (long long)(ms / units[u].ms), units[u].shown);
    return out;
}

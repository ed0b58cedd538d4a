#include "parse/date_zone.h"

#include "base/time.h"

struct zone_rule {
    int16_t save;
    /* Summer begins and ends on the week-th weekday (0: Sunday; week 5: the last) of a month, at this minute
     * of the local time before. Minutes may lie beyond the day. */
    int8_t month, week, weekday;
    int16_t minute;
    int8_t end_month, end_week, end_weekday;
    int16_t end_minute;
};
struct zone_era {
    int32_t since; /* UTC minute since 1970 */
    int16_t standard;
    uint8_t rule; /* 0: none, else 1 + its row */
};
struct zone_place {
    const char *name;
    uint16_t first, n; /* its eras */
};
#define ALWAYS INT32_MIN
#include "parse/date_zones.inc"

/* Sorted by name in bytes. A row with a place stands for its clocks, summer and winter. Military letters mean
 * 0: RFC 822 had them the wrong way round, so nobody can rely on them. */
static const struct zone_short {
    char name[8];
    int16_t minutes;
    const char *place;
} shorts[] = {
#include "parse/date_zones_short.inc"
};

static uint64_t packed(const char name[8]) {
    uint64_t w;
    memcpy(&w, name, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    w = __builtin_bswap64(w);
#endif
    return w;
}

bool date_zone_short(struct text name, struct date_zone *ret) {
    char padded[8] = "";
    if (!name.len || name.len > sizeof padded) return false;
    memcpy(padded, name.ptr, name.len);
    if (name.len == 1 && name.ptr[0] >= 'a' && name.ptr[0] <= 'z' && name.ptr[0] != 'j') {
        *ret = (struct date_zone){0, NULL};
        return true;
    }
    uint64_t wanted = packed(padded);
    size_t low = 0, high = sizeof shorts / sizeof *shorts;
    while (low < high) {
        size_t mid = (low + high) / 2;
        uint64_t w = packed(shorts[mid].name);
        if (w == wanted) {
            if (shorts[mid].place) return date_zone_place(text_of(shorts[mid].place), ret);
            *ret = (struct date_zone){shorts[mid].minutes, NULL};
            return true;
        }
        if (w < wanted)
            low = mid + 1;
        else
            high = mid;
    }
    return false;
}

bool date_zone_place(struct text name, struct date_zone *ret) {
    size_t low = 0, high = sizeof zone_places / sizeof *zone_places;
    if (!name.len || memchr(name.ptr, 0, name.len)) return false;
    while (low < high) {
        size_t mid = (low + high) / 2;
        int order = strncmp(zone_places[mid].name, name.ptr, name.len);
        if (!order && zone_places[mid].name[name.len]) order = 1;
        if (!order) {
            *ret = (struct date_zone){0, &zone_places[mid]};
            return true;
        }
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return false;
}

static int64_t day_of(int64_t year, int month, int week, int weekday) {
    int64_t first = time_days(year, (unsigned)month, 1);
    int64_t day = first + (weekday - (first + 4) % 7 + 7) % 7 + 7 * (week < 5 ? week - 1 : 3);
    if (week == 5 && day + 7 < time_days(year + month / 12, (unsigned)month % 12 + 1, 1)) day += 7;
    return day;
}

/* What a clock shows from some minute on, and until when at least (UTC minutes). */
struct span {
    int offset;
    int64_t until;
};

static int64_t sooner(int64_t until, int64_t change, int64_t minute) {
    return change > minute && change < until ? change : until;
}

/* Minutes east of UTC at a UTC minute. */
static struct span span_at(const struct zone_place *place, int64_t minute) {
    const struct zone_era *era = &zone_eras[place->first];
    size_t low = 0, high = place->n;
    /* The last era that has begun. */
    while (high - low > 1) {
        size_t mid = (low + high) / 2;
        if (era[mid].since <= minute)
            low = mid;
        else
            high = mid;
    }
    int64_t until = high < place->n ? era[high].since : INT64_MAX;
    era += low;
    if (!era->rule) return (struct span){era->standard, until};
    const struct zone_rule *r = &zone_rules[era->rule - 1];
    int64_t year, local = minute + era->standard;
    unsigned month, day;
    time_civil((local - (local % 1440 + 1440) % 1440) / 1440, &year, &month, &day);
    int64_t begin = day_of(year, r->month, r->week, r->weekday) * 1440 + r->minute - era->standard;
    int64_t end = day_of(year, r->end_month, r->end_week, r->end_weekday) * 1440 + r->end_minute -
                  era->standard - r->save;
    bool summer = begin < end ? minute >= begin && minute < end : minute >= begin || minute < end;
    until = sooner(until, time_days(year + 1, 1, 1) * 1440 - era->standard, minute);
    until = sooner(sooner(until, begin, minute), end, minute);
    return (struct span){era->standard + (summer ? r->save : 0), until};
}

int date_zone_offset(const struct date_zone *z, int64_t local_minute) {
    if (!z->place) return z->minutes;
    /* No zone changes twice in two days, and a day before and after lie on both sides of any change. */
    struct span before = span_at(z->place, local_minute - 1440 - z->minutes);
    int64_t later = local_minute + 1440 - z->minutes;
    if (later < before.until) return before.offset;
    int after = span_at(z->place, later).offset;
    if (before.offset == after || span_at(z->place, local_minute - before.offset).offset == before.offset)
        return before.offset;
    return span_at(z->place, local_minute - after).offset == after ? after : before.offset;
}

#include "story/hours.h"

#include "config/value.h"

#include <ctype.h>

static int minutes_of(struct text t) {
    t = text_trim(t);
    if (t.len != 5) return -1;
    return ((t.ptr[0] - '0') * 10 + t.ptr[1] - '0') * 60 + (t.ptr[3] - '0') * 10 + t.ptr[4] - '0';
}

static int day_of(const char *p) {
    static const char days[] = "montuewedthufrisatsun";
    for (int d = 0; d < 7; d++)
        if (!strncasecmp(p, days + 3 * d, 3)) return d;
    return -1;
}

/* The days before a time, which were checked already; *t is what stands behind. */
static unsigned days_of(struct text *t) {
    if (!t->len || isdigit((unsigned char)t->ptr[0]) || t->len < 3) return 127;
    int first = day_of(t->ptr), last = first;
    size_t n = 3;
    if (t->len > 7 && t->ptr[3] == '-') {
        last = day_of(t->ptr + 4);
        n = 7;
    }
    *t = text_trim((struct text){t->ptr + n, t->len - n});
    unsigned days = 0;
    for (int d = first;; d = (d + 1) % 7) {
        days |= 1u << d;
        if (d == last || d < 0) return days;
    }
}

static const char *take(struct text t, bool quiet, struct hours *ret) {
    struct hours h = {0};
    for (struct text one; value_next(&t, false, &one); h.n++) {
        if (h.n == HOURS_MAX) return "too many spans";
        h.list[h.n].days = days_of(&one);
        const char *dash = quiet ? memchr(one.ptr, '-', one.len) : NULL;
        size_t n = dash ? (size_t)(dash - one.ptr) : one.len;
        h.list[h.n].from = minutes_of((struct text){one.ptr, n});
        if (dash) h.list[h.n].to = minutes_of((struct text){dash + 1, one.len - n - 1});
    }
    *ret = h;
    return NULL;
}

const char *hours_quiet(struct text t, struct hours *ret) {
    struct week w;
    const char *wrong = value_quiet(t, &w);
    return wrong ? wrong : take(t, true, ret);
}

const char *hours_digest(struct text t, struct hours *ret) {
    const char *wrong = check_digest(t);
    return wrong ? wrong : take(t, false, ret);
}

static int64_t local_midnight(const struct zone *z, int64_t now) {
    int64_t shown = now + zone_offset(z, now), into = shown % DAY;
    return shown - (into < 0 ? into + DAY : into);
}

/* 1970-01-01 was a Thursday. */
static bool on_day(unsigned days, int64_t midnight) {
    return days >> (unsigned)(((midnight / DAY + 3) % 7 + 7) % 7) & 1;
}

/* The spans that hold `now`: the earliest begin, and the latest end. */
static void span_of(const struct hours *h, const struct zone *z, int64_t now, int64_t *ret_from,
                    int64_t *ret_until) {
    int64_t today = local_midnight(z, now);
    *ret_from = *ret_until = TIME_NONE;
    for (size_t i = 0; i < h->n; i++)
        for (int64_t day = today - 2 * DAY; day <= today + DAY; day += DAY) {
            if (!on_day(h->list[i].days, day)) continue;
            int64_t to = day + h->list[i].to * MINUTE + (h->list[i].to <= h->list[i].from ? DAY : 0);
            int64_t start = zone_first(z, day + h->list[i].from * MINUTE), end = zone_last(z, to);
            if (start > now || now >= end) continue;
            if (end > *ret_until) *ret_until = end;
            if (*ret_from == TIME_NONE || start < *ret_from) *ret_from = start;
        }
}

int64_t hours_quiet_until(const struct hours *h, const struct zone *z, int64_t now) {
    int64_t from, until;
    span_of(h, z, now, &from, &until);
    return until;
}

int64_t hours_quiet_from(const struct hours *h, const struct zone *z, int64_t now) {
    int64_t from, until;
    span_of(h, z, now, &from, &until);
    return from;
}

int64_t hours_next(const struct hours *h, const struct zone *z, int64_t now) {
    int64_t today = local_midnight(z, now), next = TIME_NONE;
    for (size_t i = 0; i < h->n; i++)
        for (int64_t day = today - DAY; day <= today + 9 * DAY; day += DAY) {
            if (!on_day(h->list[i].days, day)) continue;
            int64_t at = zone_first(z, day + h->list[i].from * MINUTE);
            if (at > now && (next == TIME_NONE || at < next)) next = at;
        }
    return next;
}

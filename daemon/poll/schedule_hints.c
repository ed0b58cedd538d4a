#include "poll/schedule_inside.h"

#include "base/limits.h"
#include "base/time.h"

#define SKIP_HOURS_ALL 0xffffffu
#define SKIP_DAYS_ALL  0x7fu

static void at_least(struct interval *i, int64_t ms, int64_t believed, const char *why) {
    if (ms > believed) ms = believed;
    if (ms > i->ms) *i = (struct interval){ms, why};
}

void interval_hints(struct interval *i, const struct schedule_state *s, const struct config_feed *feed) {
    if (feed->source != SOURCE_URL || !feed->obey_hints) return;
    at_least(i, s->fresh_for, LIMIT_HINT_HEADER_MS, "max-age");
    at_least(i, s->hints.ttl_ms, LIMIT_HINT_DOCUMENT_MS, "ttl");
}

const char *hints_absurd(const struct kept_hints *h) {
    if ((h->skip_hours & SKIP_HOURS_ALL) == SKIP_HOURS_ALL) return "skipHours";
    if ((h->skip_days & SKIP_DAYS_ALL) == SKIP_DAYS_ALL) return "skipDays";
    return NULL;
}

static bool skipped(const struct kept_hints *h, int64_t wall, const char **ret_why) {
    int64_t hours = wall / HOUR - (wall % HOUR < 0), days = hours / 24 - (hours % 24 < 0);
    if (h->skip_hours >> (unsigned)(hours - days * 24) & 1) {
        *ret_why = "skip-hours";
        return true;
    }
    if (h->skip_days >> (unsigned)(((days + 4) % 7 + 7) % 7) & 1) {
        *ret_why = "skip-days";
        return true;
    }
    return false;
}

int64_t hints_skip(const struct kept_hints *hints, int64_t now, int64_t wall, const char **ret_why) {
    struct kept_hints h = *hints;
    if ((h.skip_hours & SKIP_HOURS_ALL) == SKIP_HOURS_ALL) h.skip_hours = 0;
    if ((h.skip_days & SKIP_DAYS_ALL) == SKIP_DAYS_ALL) h.skip_days = 0;
    int64_t last = now + LIMIT_HINT_DOCUMENT_MS > wall ? now + LIMIT_HINT_DOCUMENT_MS : wall;
    while (wall < last && skipped(&h, wall, ret_why)) wall = (wall / HOUR - (wall % HOUR < 0) + 1) * HOUR;
    return wall < last ? wall : last;
}

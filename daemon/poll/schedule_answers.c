#include "poll/schedule_inside.h"

#include "base/limits.h"
#include "base/time.h"

#include <stdio.h>
#include <string.h>

#define BACKOFF_CAP      (2 * HOUR) /* 5xx, connection, documents that are none */
#define BACKOFF_CAP_SLOW (6 * HOUR) /* DNS and TLS: people repair them, not time */
#define WEEKLY_AFTER     (30 * DAY)
#define WEEKLY           (7 * DAY)
#define HOST_PAUSE_FIRST (15 * MINUTE)

#define ANY   0, 999
#define PLAIN 0 /* begins at the plain interval, doubled by the first failure already */

/* What each answer comes to: the first row that fits. wait = first × 2^(failures - 1), or the plain interval
 * × 2^failures, at most cap, never less than the plain interval. */
static const struct row {
    enum answer_kind kind;
    int from, to;     /* of the status */
    bool retry_after; /* only with such a header: what it asks is the pause */
    bool slow;        /* only a DNS or TLS error */
    bool host;        /* the pause is the whole host's; without Retry-After it grows */
    bool weekly;      /* after 30 days once a week */
    int64_t first, cap;
    const char *why, *says; /* %s: the wait or the pause, about */
} rows[] = {
    {ANSWER_STATUS, 410, 410, .first = DAY, .cap = DAY, .why = "gone",
     .says = "the server says the feed is gone (410), asked once more in %s"},
    {ANSWER_STATUS, 429, 429, .retry_after = true, .host = true, .why = "retry-after",
     .says = "the host answered 429 (too many requests) and pauses for %s"},
    {ANSWER_STATUS, 429, 429, .host = true, .why = "host-pause",
     .says = "the host answered 429 (too many requests) and pauses for %s"},
    {ANSWER_STATUS, 503, 503, .retry_after = true, .why = "retry-after",
     .says = "the server asks to come back in %s (503, Retry-After)"},
    {ANSWER_STATUS, 401, 401, .first = HOUR, .cap = DAY, .why = "refused",
     .says = "the server refuses access, asked again in about %s"},
    {ANSWER_STATUS, 403, 403, .first = HOUR, .cap = DAY, .why = "refused",
     .says = "the server refuses access, asked again in about %s"},
    {ANSWER_STATUS, 400, 499, .first = PLAIN, .cap = DAY, .weekly = true, .why = "back-off"},
    {ANSWER_STATUS, ANY, .first = PLAIN, .cap = BACKOFF_CAP, .why = "back-off"},
    {ANSWER_NETWORK, ANY, .slow = true, .first = PLAIN, .cap = BACKOFF_CAP_SLOW, .why = "back-off"},
    {ANSWER_NETWORK, ANY, .first = PLAIN, .cap = BACKOFF_CAP, .why = "back-off"},
    {ANSWER_NOT_FEED, ANY, .first = PLAIN, .cap = BACKOFF_CAP, .why = "back-off"},
    {ANSWER_CUT, ANY, .first = PLAIN, .cap = BACKOFF_CAP, .why = "back-off"},
    {ANSWER_REDIRECTS, ANY, .first = PLAIN, .cap = BACKOFF_CAP, .why = "back-off"},
};

static const struct row *row_of(const struct answer *a) {
    const struct row *r = rows, *last = rows + sizeof rows / sizeof *rows - 1;
    for (; r < last; r++)
        if (r->kind == a->kind && r->from <= a->status && a->status <= r->to &&
            (!r->retry_after || a->retry_after >= 0) && (!r->slow || a->slow_error))
            break;
    return r;
}

/* ms × 2^n, at most cap, but never less than ms itself. */
static int64_t doubled(int64_t ms, int64_t n, int64_t cap) {
    int64_t to = ms > cap ? ms : cap;
    for (; n > 0 && ms < to; n--) ms *= 2;
    return ms < to ? ms : to;
}

static int64_t clamped(int64_t retry_after) {
    return retry_after < LIMIT_RETRY_AFTER_FEED_MS ? retry_after : LIMIT_RETRY_AFTER_FEED_MS;
}

int64_t schedule_host_pause(int64_t limited, int64_t retry_after) {
    return retry_after >= 0 ? clamped(retry_after) : doubled(HOST_PAUSE_FIRST, limited - 1, DAY);
}

struct verdict verdict_failure(const struct schedule_state *s, const struct config_feed *feed,
                               const struct answer *a, int64_t now) {
    char took[TIME_TEXT];
    const struct row *r = row_of(a);
    int64_t plain = schedule_interval(s, feed), n = s->failures, shown;
    struct verdict v = {.why = r->why};
    if (r->host)
        v.pause = a->host_pause > 0 ? a->host_pause : schedule_host_pause(s->limited, a->retry_after);
    else if (r->retry_after)
        v.pause = clamped(a->retry_after);
    shown = v.wait = r->retry_after || r->host ? v.pause
                     : r->first                ? doubled(r->first, n - 1, r->cap)
                                               : doubled(plain, n, r->cap);
    if (v.wait < plain) v.wait = plain;
    if (r->weekly && now - s->failing_since >= WEEKLY_AFTER) {
        v.wait = plain > WEEKLY ? plain : WEEKLY;
        snprintf(v.says, sizeof v.says, "it has failed for 30 days, so once a week");
    } else if (s->gone >= 2) {
        snprintf(v.says, sizeof v.says, "the server said twice that the feed is gone (410), not asked again");
    } else if (r->says) {
        snprintf(v.says, sizeof v.says, r->says, duration_about(v.pause ? shown : v.wait, took));
    } else {
        snprintf(v.says, sizeof v.says, "%lld failure%s in a row, so in about %s", (long long)n,
                 n == 1 ? "" : "s", duration_about(v.wait, took));
    }
    return v;
}

#include "poll/schedule.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"

#include <stdio.h>

#define PATH_EVERY        (5 * MINUTE)  /* a look at a file; inotify sees it at once */
#define COMMAND_EVERY     (15 * MINUTE) /* contract */
#define BACKOFF_CAP       (2 * HOUR)    /* 5xx, connection, documents that are none */
#define BACKOFF_CAP_SLOW  (6 * HOUR)    /* DNS and TLS: people repair them, not time */
#define BACKOFF_CAP_4XX   DAY
#define REFUSED_FIRST     HOUR /* 401, 403 */
#define WEEKLY_AFTER      (30 * DAY)
#define WEEKLY            (7 * DAY)
#define GONE_AGAIN        DAY
#define HOST_PAUSE_FIRST  (15 * MINUTE)
#define HOST_PAUSE_CAP    DAY
#define UNCONDITIONAL     (7 * DAY)
#define SKIP_SPREAD       (50 * MINUTE)
#define DEAD_AFTER        (3 * DAY)
#define FAILING_COUNT     3
#define FAILING_SPAN      HOUR
#define SPACING_AFTER_429 (2 * SECOND)
#define SKIP_HOURS_ALL    0xffffffu
#define SKIP_DAYS_ALL     0x7fu

const char *const feed_state_names[] = {"new", "ok", "failing", "dead", "silent", "paused", "off"};

void schedule_init(struct schedule_state *s) {
    *s = (struct schedule_state){.last = TIME_NONE,
                                 .last_ok = TIME_NONE,
                                 .next = TIME_NONE,
                                 .paused_until = TIME_NONE,
                                 .failing_since = TIME_NONE,
                                 .last_read = TIME_NONE,
                                 .why = "first-poll",
                                 .why_says = "a new feed is polled at once"};
}

void feed_status_clear(struct feed_status *f) {
    free(f->etag);
    free(f->last_modified);
    free(f->validator_url);
    free(f->title);
    free(f->host.key);
    feed_move_clear(&f->move);
    *f = (struct feed_status){0};
    schedule_init(&f->schedule);
}

void feed_status_copy(struct feed_status *to, const struct feed_status *from) {
    if (to == from) return;
    feed_status_clear(to);
    *to = (struct feed_status){.schedule = from->schedule,
                               .etag = xstrdup_or_null(from->etag),
                               .last_modified = xstrdup_or_null(from->last_modified),
                               .validator_url = xstrdup_or_null(from->validator_url),
                               .title = xstrdup_or_null(from->title),
                               .items = from->items,
                               .host = from->host,
                               .told = from->told,
                               .section = from->section,
                               .crashes = from->crashes};
    to->host.key = xstrdup_or_null(from->host.key);
    feed_move_copy(&to->move, &from->move);
    to->schedule.hints.hub = to->schedule.hints.self = TEXT_NONE; /* their arena is the document's */
}

static void replace(char **slot, const char *value) {
    char *fresh = xstrdup_or_null(value);
    free(*slot);
    *slot = fresh;
}

void schedule_validators(struct feed_status *f, const struct answer *answer, const char *etag,
                         const char *last_modified, const char *url) {
    if (answer->kind == ANSWER_FEED) {
        replace(&f->etag, etag);
        replace(&f->last_modified, last_modified);
        replace(&f->validator_url, etag || last_modified ? url : NULL);
    } else if (answer->kind == ANSWER_NOT_MODIFIED && !answer->conditional) {
        replace(&f->etag, NULL);
        replace(&f->last_modified, NULL);
        replace(&f->validator_url, NULL);
    } else if (answer->kind == ANSWER_NOT_MODIFIED) {
        if (etag) replace(&f->etag, etag);
        if (last_modified) replace(&f->last_modified, last_modified);
    }
}

/* -- intervals ------------------------------------------------------------------------------------------- */

struct interval {
    int64_t ms;
    const char *why; /* which bound it is */
};

static void at_least(struct interval *i, int64_t ms, int64_t believed, const char *why) {
    if (ms > believed) ms = believed;
    if (ms > i->ms) *i = (struct interval){ms, why};
}

/* NEEDSWORK: `auto` stands at min_every until the rate of a feed's items is learned: what should a feed with
 * one item a week cost until then? */
static struct interval interval_of(const struct schedule_state *s, const struct config_feed *feed) {
    struct interval i = {feed->every, "every"};
    if (feed->source == SOURCE_PATH || feed->source == SOURCE_COMMAND) {
        if (!i.ms) i.ms = feed->source == SOURCE_PATH ? PATH_EVERY : COMMAND_EVERY;
        return i;
    }
    if (!i.ms) i = (struct interval){feed->min_every, "min_every"};
    if (feed->obey_hints) {
        at_least(&i, s->fresh_for, LIMIT_HINT_HEADER_MS, "max-age");
        at_least(&i, s->hints.ttl_ms, LIMIT_HINT_DOCUMENT_MS, "ttl");
    }
    if (i.ms < SECOND) i.ms = SECOND;
    return i;
}

int64_t schedule_interval(const struct schedule_state *s, const struct config_feed *feed) {
    return interval_of(s, feed).ms;
}

/* FNV-1a, then a finalizer: the same on every machine and in every run, unlike base/hash. */
static uint64_t phase(const char *location, uint64_t installation) {
    uint64_t h = 0xcbf29ce484222325u ^ installation;
    for (const unsigned char *p = (const unsigned char *)location; *p; p++) h = (h ^ *p) * 0x100000001b3u;
    h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdu;
    h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53u;
    return h ^ (h >> 33);
}

/* 0 to +10%, never negative. */
static int64_t jitter(int64_t ms, const struct config_feed *feed, uint64_t installation) {
    return (int64_t)((double)(ms / 10) * ((double)(phase(feed->location, installation) >> 11) * 0x1p-53));
}

static bool skipped(const struct feed_hints *h, int64_t wall, const char **ret_why) {
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

/* Moves a time out of the hours and days (GMT) that the document asks to leave out, as far as documents are
 * believed. A list that leaves no hour or no day is ignored. */
static int64_t skip(const struct feed_hints *hints, int64_t at, int64_t wall, const char **ret_why) {
    struct feed_hints h = *hints;
    if ((h.skip_hours & SKIP_HOURS_ALL) == SKIP_HOURS_ALL) h.skip_hours = 0;
    if ((h.skip_days & SKIP_DAYS_ALL) == SKIP_DAYS_ALL) h.skip_days = 0;
    int64_t last = at + LIMIT_HINT_DOCUMENT_MS > wall ? at + LIMIT_HINT_DOCUMENT_MS : wall;
    while (wall < last && skipped(&h, wall, ret_why)) wall = (wall / HOUR + 1) * HOUR;
    return wall < last ? wall : last;
}

/* ms × 2^n, at most cap, but never less than ms itself. */
static int64_t doubled(int64_t ms, int64_t n, int64_t cap) {
    int64_t to = ms > cap ? ms : cap;
    for (; n > 0 && ms < to; n--) ms *= 2;
    return ms < to ? ms : to;
}

int64_t schedule_host_pause(int64_t limited, int64_t retry_after) {
    if (retry_after >= 0)
        return retry_after < LIMIT_RETRY_AFTER_FEED_MS ? retry_after : LIMIT_RETRY_AFTER_FEED_MS;
    return doubled(HOST_PAUSE_FIRST, limited - 1, HOST_PAUSE_CAP);
}

int64_t schedule_spacing_doubled(int64_t spacing) {
    spacing *= 2;
    if (spacing < SPACING_AFTER_429) spacing = SPACING_AFTER_429;
    return spacing < LIMIT_SPACING_MS ? spacing : LIMIT_SPACING_MS;
}

int64_t schedule_spacing_halved(int64_t spacing, int64_t configured) {
    spacing /= 2;
    return spacing > configured ? spacing : configured;
}

/* -- answers --------------------------------------------------------------------------------------------- */

/* What an answer comes to: wait this long, for this reason. pause: what of it the publisher asked for. */
struct verdict {
    int64_t wait, pause;
    const char *why;
    char says[sizeof((struct schedule_state *)0)->why_says];
};

static struct verdict plain_verdict(struct schedule_state *s, const struct config_feed *feed,
                                    uint64_t installation, int64_t now) {
    char took[TIME_TEXT];
    struct interval i = interval_of(s, feed);
    struct verdict v = {.why = i.why};
    int64_t bare = now + i.ms + jitter(i.ms, feed, installation), at = bare;
    if (feed->source == SOURCE_URL && feed->obey_hints) at = skip(&s->hints, now, bare, &v.why);
    if (at == bare)
        v.why = i.why;
    else
        at += jitter(SKIP_SPREAD, feed, installation); /* or all meet at the full hour */
    v.wait = at - now;
    static const struct {
        const char *why, *says;
    } sentences[] = {
        {"every", "polled every %s"},
        {"min_every", "polled every %s, the smallest interval of `every = auto`"},
        {"max-age", "its server asks to wait %s (Cache-Control or Expires)"},
        {"ttl", "the feed asks to wait %s (ttl or updatePeriod)"},
        {"skip-hours", "the feed asks to leave out these hours (skipHours), so in %s"},
        {"skip-days", "the feed asks to leave out this day (skipDays), so in %s"},
    };
    duration_format(at == bare ? i.ms : (v.wait / SECOND) * SECOND, took);
    for (size_t n = 0; n < sizeof sentences / sizeof *sentences; n++)
        if (!strcmp(sentences[n].why, v.why)) snprintf(v.says, sizeof v.says, sentences[n].says, took);
    return v;
}

/* n: failures in a row, from 1. */
static struct verdict backoff_verdict(int64_t plain, int64_t n, int64_t cap) {
    char took[TIME_TEXT];
    struct verdict v = {.wait = doubled(plain, n, cap), .why = "back-off"};
    snprintf(v.says, sizeof v.says, "%lld failure%s in a row, so in about %s", (long long)n,
             n == 1 ? "" : "s", duration_about(v.wait, took));
    return v;
}

static struct verdict refused_verdict(int64_t plain, int64_t n) {
    char took[TIME_TEXT];
    struct verdict v = {.wait = doubled(REFUSED_FIRST, n - 1, BACKOFF_CAP_4XX), .why = "refused"};
    if (v.wait < plain) v.wait = plain;
    snprintf(v.says, sizeof v.says, "the server refuses access, asked again in about %s",
             duration_about(v.wait, took));
    return v;
}

static struct verdict gone_verdict(int64_t times) {
    struct verdict v = {.wait = GONE_AGAIN, .why = "gone"};
    snprintf(v.says, sizeof v.says, "%s",
             times < 2 ? "the server says the feed is gone (410), asked once more in a day"
                       : "the server said twice that the feed is gone (410), not asked again");
    return v;
}

static struct verdict limited_verdict(const struct schedule_state *s, int64_t plain, const struct answer *a) {
    char took[TIME_TEXT];
    struct verdict v = {.why = a->retry_after >= 0 ? "retry-after" : "host-pause"};
    v.pause = a->host_pause > 0 ? a->host_pause : schedule_host_pause(s->limited, a->retry_after);
    v.wait = v.pause > plain ? v.pause : plain;
    snprintf(v.says, sizeof v.says, "the host answered 429 (too many requests) and pauses for %s",
             duration_about(v.pause, took));
    return v;
}

static struct verdict status_verdict(struct schedule_state *s, const struct config_feed *feed,
                                     const struct answer *a, int64_t now) {
    char took[TIME_TEXT];
    int64_t plain = schedule_interval(s, feed), n = s->failures;
    if (a->status == 410) return gone_verdict(s->gone);
    if (a->status == 429) return limited_verdict(s, plain, a);
    if (a->status == 503 && a->retry_after >= 0) {
        struct verdict v = {.pause = a->retry_after, .why = "retry-after"};
        v.wait = v.pause > plain ? v.pause : plain;
        snprintf(v.says, sizeof v.says, "the server asks to come back in %s (503, Retry-After)",
                 duration_about(v.pause, took));
        return v;
    }
    if (a->status == 401 || a->status == 403) return refused_verdict(plain, n);
    if (a->status < 400 || a->status > 499) return backoff_verdict(plain, n, BACKOFF_CAP);
    struct verdict v = backoff_verdict(plain, n, BACKOFF_CAP_4XX);
    if (now - s->failing_since >= WEEKLY_AFTER) {
        v.wait = plain > WEEKLY ? plain : WEEKLY;
        snprintf(v.says, sizeof v.says, "it has failed for 30 days, so once a week");
    }
    return v;
}

static struct verdict failure_verdict(struct schedule_state *s, const struct config_feed *feed,
                                      const struct answer *a, int64_t now) {
    if (a->kind == ANSWER_STATUS) return status_verdict(s, feed, a, now);
    return backoff_verdict(schedule_interval(s, feed), s->failures,
                           a->kind == ANSWER_NETWORK && a->slow_error ? BACKOFF_CAP_SLOW : BACKOFF_CAP);
}

static void note_success(struct schedule_state *s, const struct answer *a, const struct feed_hints *hints,
                         int64_t now) {
    s->failures = s->gone = s->limited = 0;
    s->failing_since = TIME_NONE;
    s->last_ok = now;
    s->fresh_for = a->fresh_for;
    s->error[0] = '\0';
    if (a->kind == ANSWER_FEED) s->last_read = now;
    if (hints) {
        s->hints = *hints;
        s->hints.hub = s->hints.self = TEXT_NONE;
    }
}

static void note_failure(struct schedule_state *s, const struct answer *a, int64_t now) {
    if (s->failures < INT32_MAX) s->failures++;
    if (s->failing_since == TIME_NONE) s->failing_since = now;
    s->gone = a->kind == ANSWER_STATUS && a->status == 410 ? s->gone + 1 : 0;
    s->limited = a->kind == ANSWER_STATUS && a->status == 429 ? s->limited + 1 : 0;
    snprintf(s->error, sizeof s->error, "%s", a->error);
}

void schedule_answer(struct schedule_state *s, const struct config_feed *feed, const struct answer *a,
                     const struct feed_hints *hints, uint64_t installation, int64_t now) {
    bool good = a->kind == ANSWER_FEED || a->kind == ANSWER_NOT_MODIFIED;
    struct verdict v;
    s->last = now;
    s->status = a->status;
    s->paused_until = TIME_NONE;
    if (good) {
        note_success(s, a, hints, now);
        v = plain_verdict(s, feed, installation, now);
        s->next = now + v.wait;
    } else {
        note_failure(s, a, now);
        v = failure_verdict(s, feed, a, now);
        s->next = now + v.wait + jitter(v.wait, feed, installation);
        if (v.pause > 0) s->paused_until = now + v.pause;
        if (s->gone >= 2) s->next = TIME_NONE;
    }
    snprintf(s->why, sizeof s->why, "%s", v.why);
    snprintf(s->why_says, sizeof s->why_says, "%s", v.says);
}

/* -- questions ------------------------------------------------------------------------------------------- */

bool schedule_off(const struct schedule_state *s, const struct config_feed *feed) {
    return !feed->enabled || s->gone >= 2;
}

int64_t schedule_wait(const struct schedule_state *s, const struct config_feed *feed, int64_t now) {
    if (s->next == TIME_NONE || s->next <= now) return 0;
    int64_t cap = schedule_interval(s, feed) + LIMIT_HINT_DOCUMENT_MS;
    if (cap < feed->max_every) cap = feed->max_every; /* with a hub that pushes */
    if (s->failures) {
        int64_t longest = s->paused_until != TIME_NONE ? LIMIT_RETRY_AFTER_FEED_MS
                          : s->last != TIME_NONE && s->failing_since != TIME_NONE &&
                                  s->last - s->failing_since >= WEEKLY_AFTER
                              ? WEEKLY
                              : DAY;
        if (cap < longest) cap = longest;
    }
    return s->next - now > cap + cap / 10 + SECOND ? 0 : s->next - now;
}

bool schedule_conditional(const struct schedule_state *s, int64_t now) {
    return s->last_read != TIME_NONE && now - s->last_read < UNCONDITIONAL;
}

enum feed_state schedule_state_name(const struct schedule_state *s, const struct config_feed *feed,
                                    int64_t now) {
    if (!feed->enabled) return FEED_OFF;
    if (s->gone) return FEED_DEAD;
    if (s->failures && s->failing_since != TIME_NONE && now - s->failing_since >= DEAD_AFTER)
        return FEED_DEAD;
    if (s->paused_until != TIME_NONE && s->paused_until > now) return FEED_PAUSED;
    if (s->failures >= FAILING_COUNT && s->failing_since != TIME_NONE &&
        s->last - s->failing_since >= FAILING_SPAN)
        return FEED_FAILING;
    return s->last_ok == TIME_NONE ? FEED_NEW : FEED_OK;
}

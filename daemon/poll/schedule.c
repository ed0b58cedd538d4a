#include "poll/schedule.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "poll/schedule_inside.h"

#include <stdio.h>

#define WEEKLY_AFTER      (30 * DAY)
#define WEEKLY            (7 * DAY)
#define UNCONDITIONAL     (7 * DAY)
#define DEAD_AFTER        (3 * DAY)
#define SILENT_AFTER      (3 * DAY)
#define FAILING_COUNT     3
#define FAILING_SPAN      HOUR
#define SPACING_AFTER_429 (2 * SECOND)
#define SPREAD            (60 * SECOND) /* of what is overdue or new */

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
    schedule_learned_init(&s->learned);
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
                               .items = from->items,
                               .host = from->host,
                               .told = from->told,
                               .section = from->section,
                               .crashes = from->crashes};
    to->host.key = xstrdup_or_null(from->host.key);
    feed_move_copy(&to->move, &from->move);
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

static void note_success(struct schedule_state *s, const struct answer *a, const struct feed_hints *hints,
                         int64_t now) {
    s->failures = s->gone = s->limited = 0;
    s->failing_since = TIME_NONE;
    s->last_ok = now;
    s->fresh_for = a->fresh_for;
    s->error[0] = '\0';
    if (a->kind == ANSWER_FEED) s->last_read = now;
    if (hints) s->hints = (struct kept_hints){hints->ttl_ms, hints->skip_hours, hints->skip_days};
}

static void note_failure(struct schedule_state *s, const struct answer *a, int64_t now) {
    if (s->failures < INT32_MAX) s->failures++;
    if (s->failing_since == TIME_NONE) s->failing_since = now;
    s->gone = a->kind == ANSWER_STATUS && a->status == 410 ? s->gone + 1 : 0;
    s->limited = a->kind == ANSWER_STATUS && a->status == 429 ? s->limited + 1 : 0;
    snprintf(s->error, sizeof s->error, "%s", a->error);
}

void schedule_settle(struct schedule_state *s, const struct config_feed *feed, const struct answer *a,
                     const struct feed_hints *hints, const struct schedule_news *news,
                     struct schedule_fleet *fleet, uint64_t installation, int64_t now) {
    bool good = a->kind == ANSWER_FEED || a->kind == ANSWER_NOT_MODIFIED;
    struct verdict v;
    s->last = now;
    s->status = a->status;
    s->paused_until = TIME_NONE;
    fleet->polls++;
    if (good || news) schedule_learn(&s->learned, news, fleet, now);
    if (good) {
        note_success(s, a, hints, now);
        v = verdict_good(s, feed, fleet, installation, now);
        s->next = now + v.wait;
    } else {
        note_failure(s, a, now);
        v = verdict_failure(s, feed, a, now);
        s->next = now + v.wait + schedule_jitter(v.wait, feed, installation);
        if (v.pause > 0) s->paused_until = now + v.pause;
        if (s->gone >= 2) s->next = TIME_NONE;
    }
    snprintf(s->why, sizeof s->why, "%s", v.why);
    snprintf(s->why_says, sizeof s->why_says, "%s", v.says);
}

void schedule_answer(struct schedule_state *s, const struct config_feed *feed, const struct answer *a,
                     const struct feed_hints *hints, uint64_t installation, int64_t now) {
    struct schedule_fleet alone;
    schedule_fleet_init(&alone);
    schedule_settle(s, feed, a, hints, NULL, &alone, installation, now);
}

/* -- questions ------------------------------------------------------------------------------------------- */

bool schedule_off(const struct schedule_state *s, const struct config_feed *feed) {
    return !feed->enabled || s->gone >= 2;
}

/* The longest that any rule could have put a feed's next time ahead. */
static int64_t longest(const struct schedule_state *s, const struct config_feed *feed) {
    struct interval i = {schedule_interval(s, feed), "every"};
    if (i.ms < feed->max_every) i.ms = feed->max_every; /* of a fixed `every`: with a hub that pushes */
    int64_t cap = i.ms + LIMIT_HINT_DOCUMENT_MS;
    if (!s->failures) return cap;
    int64_t most = DAY;
    if (s->paused_until != TIME_NONE)
        most = LIMIT_RETRY_AFTER_FEED_MS;
    else if (s->last != TIME_NONE && s->failing_since != TIME_NONE &&
             s->last - s->failing_since >= WEEKLY_AFTER)
        most = WEEKLY;
    return cap > most ? cap : most;
}

int64_t schedule_wait(const struct schedule_state *s, const struct config_feed *feed, int64_t now) {
    int64_t ahead;
    if (s->next == TIME_NONE || s->next <= now) return 0;
    if (__builtin_sub_overflow(s->next, now, &ahead)) return 0;
    int64_t cap = longest(s, feed);
    return ahead > cap + cap / 10 + SECOND ? 0 : ahead;
}

double schedule_expected(const struct schedule_state *s, int64_t now) {
    if (s->last_ok == TIME_NONE || s->last_ok > now) return 1e9;
    return schedule_rate(&s->learned) * (double)(now - s->last_ok) / (double)DAY;
}

int64_t schedule_spread(size_t i, size_t n, int64_t interval) {
    int64_t span = interval < SPREAD ? interval : SPREAD;
    return n ? (int64_t)((double)i * (double)span / (double)n) : 0;
}

bool schedule_conditional(const struct schedule_state *s, int64_t now) {
    return s->last_read != TIME_NONE && now - s->last_read < UNCONDITIONAL;
}

/* Nothing has come for long: 3 days, and ten times what is usual. */
static bool silent(const struct schedule_state *s, int64_t now) {
    int64_t since = s->learned.newest;
    if (since == TIME_NONE) return false;
    double usual = 10 * s->learned.gap * (double)DAY, quiet = (double)now - (double)since;
    return quiet > (double)SILENT_AFTER && quiet > usual;
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
    if (s->last_ok == TIME_NONE) return FEED_NEW;
    return silent(s, now) ? FEED_SILENT : FEED_OK;
}

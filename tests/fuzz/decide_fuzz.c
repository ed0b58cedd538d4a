/* Traces of decide, four bytes a step: what, of which alert and story, how much later (or earlier), and what
 * else. No event comes twice to a notifier, none comes before it fired while the clock only goes on, and in
 * the end nothing is left waiting. */
#include "base/time.h"
#include "story/decide.h"

#include <stdlib.h>
#include <string.h>

#define ALERTS    3u
#define NOTIFIERS 2u
#define STEPS     200u

struct trace {
    struct decide *d;
    struct decide_out out;
    size_t checked, n;
    int64_t at[STEPS]; /* when each event fired */
    unsigned seen[STEPS][NOTIFIERS];
    bool stepped; /* the clock went back */
};

static void check(struct trace *t) {
    for (; t->checked < t->out.n; t->checked++) {
        const struct decide_message *m = &t->out.list[t->checked];
        if (!m->n || m->notifier >= NOTIFIERS) abort();
        for (size_t i = 0; i < m->n; i++) {
            const struct decide_entry *e = &m->entries[i];
            if (e->id < 0 || (size_t)e->id >= t->n || t->seen[e->id][m->notifier]++) abort();
            if (!t->stepped && m->at < t->at[e->id]) abort();
        }
    }
}

static void step(struct trace *t, const uint8_t b[4], int64_t *now) {
    static const char *const publishers[] = {"p", "q", "r", NULL};
    size_t alert = b[1] % ALERTS;
    int64_t story = 1 + (b[1] >> 4), past = (int64_t)b[2] * b[2] * 20 * SECOND;
    *now += past;
    switch (b[0] & 15) {
    case 0: {
        const struct decide_mute m = {.id = 1 + b[3] % 4,
                                      .what = (enum mute_what)(b[3] / 4 % 3),
                                      .alert = alert,
                                      .number = (uint64_t)story,
                                      .since = *now,
                                      .until = b[3] & 128 ? INT64_MAX : *now + b[3] * MINUTE,
                                      .drop = b[0] & 16};
        decide_mute(t->d, &m);
        break;
    }
    case 1: decide_unmute(t->d, 1 + b[3] % 4, *now, &t->out); break;
    case 2:
        t->stepped = true;
        *now -= past + b[3] * HOUR;
        decide_adapt(t->d, *now);
        break;
    case 3: decide_adapt(t->d, *now); break;
    case 4: decide_tick(t->d, *now, &t->out); break;
    default: {
        const struct decide_event e = {.at = *now,
                                       .alert = alert,
                                       .id = (int64_t)t->n,
                                       .item = "i",
                                       .publisher = publishers[b[3] % 4],
                                       .feed = publishers[b[3] / 4 % 4],
                                       .copy_of = b[3] & 64 ? "" : NULL,
                                       .story = b[3] & 128 ? -story : story,
                                       .change = (enum decide_change)(b[0] >> 6)};
        t->at[t->n++] = *now;
        (void)decide_event(t->d, &e, &t->out);
    }
    }
    check(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *ptr, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *ptr, size_t len) {
    static const bool notify[] = {true, true};
    static struct hours quiet, digest;
    static struct zone *zone;
    if (!zone && (!(zone = zone_open("Europe/Berlin")) || hours_quiet(TEXT("22:00-07:00"), &quiet) ||
                  hours_digest(TEXT("08:00"), &digest)))
        abort();
    if (len < 4) return 0;
    const struct decide_alert alerts[ALERTS] = {
        {.name = "a", .level = LEVEL_FLASH, .zone = zone, .window = DAY, .follow_up = HOUR, .sources = 1},
        {.name = "b", .level = LEVEL_URGENT, .quiet = &quiet, .sources = 2, .hold = ptr[0] & 1},
        {.name = "c", .limit = 1 + ptr[0] % 8, .limit_per = HOUR, .digest = ptr[0] & 2 ? &digest : NULL}};
    struct decide_alert all[ALERTS];
    for (size_t i = 0; i < ALERTS; i++) {
        all[i] = alerts[i];
        all[i].zone = zone;
        all[i].window = DAY;
        all[i].follow_up = ptr[0] & 4 ? FOLLOW_UP_NONE : HOUR;
        all[i].updates = ptr[0] & 8;
        all[i].notify = notify;
    }
    const struct decide_notifier notifiers[NOTIFIERS] = {
        {.name = "n", .edits = true, .break_through = LEVEL_FLASH},
        {.name = "m", .quiet = ptr[0] & 16 ? &quiet : NULL, .break_through = LEVEL_URGENT}};
    struct trace t = {.d = decide_new(all, ALERTS, notifiers, NOTIFIERS, 1)};
    int64_t now = 1774656000000; /* 2026-03-28, the day before the clocks change */
    for (size_t i = 1; i + 4 <= len && t.n < STEPS; i += 4) step(&t, ptr + i, &now);
    for (int64_t id = 1; id <= 4; id++)
        for (unsigned k = 0; k < STEPS / 4; k++) decide_unmute(t.d, id, now, &t.out);
    decide_tick(t.d, now + 400 * DAY, &t.out);
    check(&t);
    decide_free(t.d);
    decide_out_clear(&t.out);
    return 0;
}

/* What a restart or a reload changes in a feed's fortune: its section, and documents that crashed us. */
#include "base/hash.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "poll/schedule.h"

#include <stdio.h>
#include <string.h>

static uint64_t digest(const struct text *parts, size_t n) {
    unsigned char sum[SHA256_SIZE];
    uint64_t number;
    sha256_parts(parts, n, sum);
    memcpy(&number, sum, sizeof number);
    return number ? number : 1;
}

static struct text digest_text(const uint64_t *number) {
    return (struct text){(const char *)number, sizeof *number};
}

static uint64_t digest_list(const struct strings *s, uint64_t before) {
    for (size_t i = 0; i < s->n; i++) {
        struct text parts[] = {digest_text(&before), text_of(s->list[i])};
        before = digest(parts, 2);
    }
    return before;
}

uint64_t schedule_section(const struct config_feed *c) {
    const char *const texts[] = {c->location,  c->user,     c->password, c->token,
                                 c->publisher, c->language, c->proxy,    c->ca_file};
    struct text parts[sizeof texts / sizeof *texts + 1];
    char numbers[400];
    size_t n = 0;
    snprintf(numbers, sizeof numbers, "%lld %lld %lld %lld %d %d %d %lld %lld %lld", (long long)c->every,
             (long long)c->min_every, (long long)c->max_every, (long long)c->timeout, c->obey_hints, c->delta,
             c->allow_private, (long long)c->first_run, (long long)c->max_item_age, (long long)c->max_size);
    parts[n++] = text_of(numbers);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) parts[n++] = text_of(texts[i]);
    return digest_list(&c->tags, digest_list(&c->headers, digest(parts, n)));
}

void schedule_revive(struct feed_status *f, uint64_t section) {
    if (f->section && section && (uint64_t)f->section != section && f->schedule.gone) {
        f->schedule.gone = 0;
        f->schedule.next = TIME_NONE;
    }
    if (section) f->section = (int64_t)section;
}

void schedule_crashed(struct feed_status *f, const struct config_feed *feed, uint64_t installation,
                      int64_t now) {
    struct schedule_state *s = &f->schedule;
    if (++f->crashes < SCHEDULE_CRASHES) return;
    struct answer a = {.kind = ANSWER_NOT_FEED, .retry_after = -1, .at = now};
    snprintf(a.error, sizeof a.error,
             "its document was being read when newsalertd ended by a fault, %lld times",
             (long long)f->crashes);
    /* It is failing at once: three crashes were its three failures. */
    if (s->failures < SCHEDULE_CRASHES - 1) s->failures = SCHEDULE_CRASHES - 1;
    if (s->failing_since == TIME_NONE || s->failing_since > now - HOUR) s->failing_since = now - HOUR;
    schedule_answer(s, feed, &a, NULL, installation, now);
}

#include "deliver/rate.h"

#include "base/time.h"
#include "deliver/render/render.h"

#define HALVINGS_MAX 4
#define DOUBLE_AFTER (10 * MINUTE)

static const struct {
    enum notify_kind kind;
    struct rate rate;
    int64_t burst;
} defaults[] = {
    {NOTIFY_EMAIL, {1, SECOND}, 5},
    {NOTIFY_PLUGIN, {10, MINUTE}, 5},
    {NOTIFY_COMMAND, {0, 0}, 0},
    {NOTIFY_TERMINAL, {0, 0}, 0},
};

void rate_default(const struct config_notify *notify, struct rate *ret_rate, int64_t *ret_burst) {
    const struct format *f = notify->kind == NOTIFY_WEBHOOK ? format_of(notify->format) : NULL;
    if (f) {
        *ret_rate = f->rate;
        *ret_burst = f->burst;
        return;
    }
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++) {
        if (defaults[i].kind != notify->kind) continue;
        *ret_rate = defaults[i].rate;
        *ret_burst = defaults[i].burst;
        return;
    }
    *ret_rate = (struct rate){1, SECOND};
    *ret_burst = 1;
}

void rate_set(struct rate_bucket *b, struct rate rate, int64_t burst, int64_t now) {
    if (b->filled && b->rate.count == rate.count && b->rate.per_ms == rate.per_ms && b->burst == burst)
        return;
    b->rate = rate;
    b->burst = burst > 0 ? burst : 1;
    b->tokens = (double)b->burst;
    b->filled = now;
}

/* Tokens a ms as things stand; 0: no bound. A destination without a rate that was told to slow down gets one
 * a second as its full rate. */
static double speed(const struct rate_bucket *b) {
    struct rate r = b->rate;
    if (!r.count) {
        if (!b->halvings) return 0;
        return 1.0 / (double)SECOND / (double)(1u << (b->halvings - 1));
    }
    return (double)r.count / (double)(r.per_ms > 0 ? r.per_ms : 1) / (double)(1u << b->halvings);
}

static void fill(struct rate_bucket *b, int64_t now) {
    while (b->halvings && now - b->slowed >= DOUBLE_AFTER) {
        b->halvings--;
        b->slowed += DOUBLE_AFTER;
    }
    double per_ms = speed(b);
    if (now > b->filled && per_ms > 0) b->tokens += (double)(now - b->filled) * per_ms;
    double most = b->burst > 0 ? (double)b->burst : 1;
    if (b->tokens > most || per_ms == 0) b->tokens = most;
    b->filled = now;
}

int64_t rate_wait(struct rate_bucket *b, int64_t now) {
    fill(b, now);
    double per_ms = speed(b);
    if (per_ms == 0 || b->tokens >= 1 - 1e-9) return 0;
    int64_t wait = (int64_t)((1 - b->tokens) / per_ms);
    return wait > 0 ? wait + 1 : 1;
}

void rate_take(struct rate_bucket *b, int64_t now) {
    fill(b, now);
    if (speed(b) > 0) b->tokens = b->tokens >= 1 ? b->tokens - 1 : 0;
}

void rate_slow_down(struct rate_bucket *b, int64_t now) {
    fill(b, now);
    if (b->halvings < HALVINGS_MAX + (b->rate.count ? 0u : 1u)) b->halvings++;
    b->slowed = now;
    if (b->tokens > 1) b->tokens = 1;
}

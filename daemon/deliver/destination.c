#include "deliver/destination.h"

#include "base/mem.h"
#include "base/time.h"

#include <stdio.h>

#define LOOKUPS_MAX                                                                                          \
    2 /* attempts at once while no connection has stood: each is a look-up and a connection                  \
       */
#define AVAILABLE_SOON (3 * SECOND) /* a plugin that is still connecting says no first */

static void waiting_free(struct waiting *w) {
    row_free(w->row);
    free(w);
}

struct destination *destination_new(const char *name) {
    struct destination *d = xcalloc(1, sizeof *d);
    d->name = xstrdup(name);
    d->available = true;
    return d;
}

struct destination *destination_free(struct destination *d) {
    if (!d) return NULL;
    for (size_t i = 0; i < d->n; i++) waiting_free(d->rows[i]);
    free(d->rows);
    free(d->name);
    free(d->error);
    free(d);
    return NULL;
}

static void set_error(struct destination *d, const char *what) {
    free(d->error);
    d->error = xstrdup_or_null(what);
}

static void forget_waiting(struct destination *d) {
    size_t k = 0;
    for (size_t i = 0; i < d->n; i++) {
        if (d->rows[i]->state == WAITING_TURN)
            waiting_free(d->rows[i]);
        else
            d->rows[k++] = d->rows[i];
    }
    d->n = k;
}

void destination_configure(struct destination *d, const struct config_notify *notify, int64_t boot,
                           int64_t wall) {
    bool fresh = notify && !d->notify;
    d->notify = notify;
    if (!notify) {
        forget_waiting(d);
        d->trouble = (struct trouble_watch){0};
        d->more = d->wanted = d->fruitless = false;
        return;
    }
    struct rate rate = notify->rate;
    int64_t burst = notify->rate.count;
    if (!notify->rate_set) rate_default(notify, &rate, &burst);
    rate_set(&d->bucket, rate, burst, boot);
    if (fresh || d->suspended) destination_resume(d, boot, wall);
}

/* -- rows in hand ---- */
static int row_before(const struct row *a, const struct row *b) {
    bool fa = a->level == LEVEL_FLASH, fb = b->level == LEVEL_FLASH;
    if (fa != fb) return fa ? -1 : 1;
    if (a->created != b->created) return a->created < b->created ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

struct waiting *destination_find(const struct destination *d, int64_t row) {
    for (size_t i = 0; i < d->n; i++)
        if (d->rows[i]->row->id == row) return d->rows[i];
    return NULL;
}

static struct attempt_limits limits_of(const struct destination *d) {
    return (struct attempt_limits){d->notify->retry_first, d->notify->retry_max, d->notify->retry_for};
}

/* What the store knows of a row, in this process's clocks. A wall clock that was set back must not make a row
 * wait longer than any wait can be. */
static void schedule(struct destination *d, struct waiting *w, int64_t boot, int64_t wall) {
    int64_t wait = w->row->next - wall;
    if (wait > LIMIT_RETRY_AFTER_DELIVERY_MS) wait = LIMIT_RETRY_AFTER_DELIVERY_MS;
    w->due = wait > 0 ? boot + wait : boot;
    const struct attempt_limits l = limits_of(d);
    w->began = attempt_began(&l, w->row->created, w->row->next, w->row->attempts);
    /* Time in which nobody could try (no daemon, not configured) is not the row's. */
    if (w->row->next < d->since) w->began += d->since - w->row->next;
}

bool destination_add(struct destination *d, struct row *row, int64_t boot, int64_t wall) {
    struct waiting *old = destination_find(d, row->id);
    if (!d->notify || (old && old->state != WAITING_TURN)) {
        row_free(row);
        return false;
    }
    if (old) destination_remove(d, old);
    struct waiting *w = xcalloc(1, sizeof *w);
    w->row = row;
    w->since = wall > row->created ? boot - (wall - row->created) : boot;
    schedule(d, w, boot, wall);
    GROW(d->rows, d->n, d->cap);
    size_t at = d->n++;
    for (; at && row_before(row, d->rows[at - 1]->row) < 0; at--) d->rows[at] = d->rows[at - 1];
    d->rows[at] = w;
    return !old;
}

void destination_remove(struct destination *d, struct waiting *w) {
    size_t i = 0;
    while (i < d->n && d->rows[i] != w) i++;
    if (i == d->n) return;
    memmove(d->rows + i, d->rows + i + 1, (d->n - i - 1) * sizeof *d->rows);
    d->n--;
    d->fruitless = false;
    if (!d->n) d->wanted = false; /* whatever became of the question: it may be asked again */
    waiting_free(w);
}

size_t destination_in_flight(const struct destination *d) {
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++) n += d->rows[i]->slot;
    return n;
}

/* -- which goes next ---- */
static bool same_recipient(const struct row *a, const struct row *b) {
    return !a->recipient || !b->recipient ? a->recipient == b->recipient
                                          : !strcmp(a->recipient, b->recipient);
}

static bool same_story(const struct row *a, const struct row *b) {
    return a->story && a->story == b->story && same_recipient(a, b);
}

/* Is there an older row of the same story that is not at its end? */
static bool held_back(const struct destination *d, const struct waiting *w) {
    for (size_t i = 0; i < d->n; i++) {
        const struct waiting *o = d->rows[i];
        if (o == w || o->final || !same_story(o->row, w->row)) continue;
        if (w->row->level == LEVEL_FLASH && o->row->level != LEVEL_FLASH) continue;
        bool older =
            o->row->created != w->row->created ? o->row->created < w->row->created : o->row->id < w->row->id;
        if (older) return true;
    }
    return false;
}

static size_t slots(const struct destination *d) {
    size_t most = d->notify->in_flight > 0 ? (size_t)d->notify->in_flight : 1;
    if (d->failures || d->suspended) return 1;
    if (most > LOOKUPS_MAX && !d->proven) return LOOKUPS_MAX;
    return most < LIMIT_IN_FLIGHT ? most : LIMIT_IN_FLIGHT;
}

struct waiting *destination_pick(struct destination *d, int64_t boot, int64_t *ret_wake) {
    int64_t wake = NEVER;
    if (!d->notify || !d->available || d->merging || (d->suspended && d->no_probe) ||
        destination_in_flight(d) >= slots(d)) {
        *ret_wake = NEVER;
        return NULL;
    }
    if (boot < d->paused) {
        *ret_wake = d->n ? d->paused : NEVER;
        return NULL;
    }
    for (size_t i = 0; i < d->n; i++) {
        struct waiting *w = d->rows[i];
        if (w->state != WAITING_TURN || held_back(d, w)) continue;
        if (w->due > boot) {
            if (w->due < wake) wake = w->due;
            continue;
        }
        int64_t wait = rate_wait(&d->bucket, boot);
        if (!wait) return w;
        if (!d->dry) d->dry = boot;
        *ret_wake = boot + wait;
        return NULL;
    }
    d->dry = 0;
    *ret_wake = wake;
    return NULL;
}

/* A retry waits for the rate from the moment on at which it is due. */
static bool overdue(const struct destination *d, const struct waiting *w, int64_t boot) {
    int64_t from = w->since > d->dry ? w->since : d->dry;
    if (w->row->attempts && w->due > from) from = w->due;
    return w->state == WAITING_TURN && w->due <= boot && boot - from > LIMIT_RATE_WAIT_MS;
}

size_t destination_overdue(struct destination *d, struct waiting *first, int64_t boot, struct waiting **ret,
                           size_t max) {
    bool single = d->single, flash = first->row->level == LEVEL_FLASH;
    size_t n = 0;
    d->single = false;
    if (single || !d->dry || !max || !overdue(d, first, boot)) return 0;
    ret[n++] = first;
    for (size_t i = 0; i < d->n && n < max; i++) {
        struct waiting *w = d->rows[i];
        if (w == first || !overdue(d, w, boot) || !same_recipient(w->row, first->row)) continue;
        if ((w->row->level == LEVEL_FLASH) == flash) ret[n++] = w;
    }
    if (n < 2) return 0;
    d->merging = true;
    for (size_t i = 0; i < n; i++) ret[i]->state = WAITING_STORE;
    return n;
}

void destination_merged(struct destination *d, const int64_t *rows, size_t n, bool merged) {
    d->merging = false;
    d->single = !merged;
    for (size_t i = 0; i < n; i++) {
        struct waiting *w = destination_find(d, rows[i]);
        if (w && !w->flight) destination_remove(d, w);
    }
}

static bool too_old(const struct destination *d, const struct waiting *w, int64_t wall) {
    return d->notify->max_age != AGE_NONE && wall - w->row->created > d->notify->max_age;
}

size_t destination_stale(struct destination *d, struct waiting *first, int64_t boot, int64_t wall,
                         struct waiting **ret, size_t max) {
    if (!max || !too_old(d, first, wall)) return 0;
    size_t n = 0;
    ret[n++] = first;
    for (size_t i = 0; i < d->n && n < max; i++) {
        struct waiting *w = d->rows[i];
        if (w == first || w->state != WAITING_TURN || w->due > boot || !too_old(d, w, wall)) continue;
        if (!same_recipient(w->row, first->row)) continue;
        ret[n++] = w;
    }
    return n;
}

/* -- what an answer changes ---- */
static void result_of(struct destination *d, const struct waiting *w, enum outcome outcome, int64_t wall,
                      int64_t next, const char *error, struct row_result *ret) {
    *ret = (struct row_result){
        .row = w->row->id, .outcome = outcome, .at = wall, .next = next, .halve = w->row->halve};
    snprintf(ret->notify, sizeof ret->notify, "%s", d->name);
    snprintf(ret->error, sizeof ret->error, "%s", error);
}

static void end_suspension(struct destination *d, int64_t boot) {
    if (!d->suspended) return;
    /* Time in suspension does not count as tried. */
    for (size_t i = 0; i < d->n; i++) d->rows[i]->began += boot - d->suspended_at;
    d->suspended = d->no_probe = false;
}

static void succeeded(struct destination *d, int64_t boot) {
    end_suspension(d, boot);
    d->failures = 0;
    d->paused = 0;
    d->proven = true;
    set_error(d, NULL);
}

static void gave_up(struct destination *d, struct waiting *w, int64_t wall, const char *last,
                    struct row_result *ret) {
    char span[TIME_TEXT], error[LIMIT_ERROR_TEXT];
    snprintf(error, sizeof error, "gave up after %s; last: %s", duration_format(d->notify->retry_for, span),
             last);
    w->final = true;
    w->state = WAITING_STORE;
    result_of(d, w, OUTCOME_DEAD, wall, 0, error, ret);
}

/* The pause of a destination; the failed row goes first again when it ends. */
static int64_t fail_destination(struct destination *d, const struct waiting *w, const struct answer *a,
                                int64_t boot, uint32_t chance) {
    const struct attempt_limits l = limits_of(d);
    d->failures++;
    d->dry = 0; /* from now on they wait for other reasons than the rate */
    d->proven = false;
    int n = d->failures > w->row->attempts ? d->failures : w->row->attempts;
    int64_t wait = attempt_wait(&l, n, a->retry_after, chance);
    if (boot + wait > d->paused) d->paused = boot + wait;
    set_error(d, a->what);
    return wait;
}

static void suspend(struct destination *d, struct waiting *w, const struct answer *a, struct verdict v,
                    int64_t boot, int64_t wall, uint32_t chance, struct row_result *ret) {
    int64_t wait = fail_destination(d, w, a, boot, chance);
    if (!d->suspended) d->suspended_at = boot;
    d->suspended = true;
    d->no_probe = v.no_probe;
    w->due = boot + wait;
    /* The wait is this process's: a new start resumes, and finds the row due. */
    result_of(d, w, OUTCOME_SUSPEND, wall, wall, a->what, ret);
}

static void retry(struct destination *d, struct waiting *w, const struct answer *a, struct verdict v,
                  int64_t boot, int64_t wall, uint32_t chance, struct row_result *ret) {
    const struct attempt_limits l = limits_of(d);
    int64_t wait;
    w->row->attempts++;
    end_suspension(d, boot);
    if (v.destination || a->retry_after) {
        wait = fail_destination(d, w, a, boot, chance);
    } else {
        /* The receiver is there: the trouble is this row's. */
        succeeded(d, boot);
        set_error(d, a->what);
        wait = attempt_wait(&l, w->row->attempts, 0, chance);
    }
    if (attempt_gives_up(&l, w->row->level, w->began, wall)) {
        gave_up(d, w, wall, a->what, ret);
        return;
    }
    /* The last try comes when its time is over, not a whole wait later, unless the receiver asked for it. */
    int64_t left = w->began + l.retry_for - wall;
    if (!a->retry_after && w->row->level != LEVEL_FLASH && left < wait) {
        wait = left;
        if (v.destination && d->paused > boot + wait) d->paused = boot + wait;
    }
    w->due = boot + wait;
    result_of(d, w, OUTCOME_RETRY, wall, wall + wait, a->what, ret);
}

void destination_answered(struct destination *d, struct waiting *w, const struct answer *a, int64_t boot,
                          int64_t wall, uint32_t chance, struct row_result *ret) {
    struct verdict v = answer_verdict(a);
    w->state = WAITING_STORE;
    w->flight = NULL;
    if (!d->notify) { /* it was taken out of the configuration meanwhile: the store keeps the row */
        w->final = true;
        bool ended = v.outcome == OUTCOME_SENT || v.outcome == OUTCOME_DEAD;
        result_of(d, w, ended ? v.outcome : OUTCOME_RETRY, wall, wall,
                  v.outcome == OUTCOME_SENT ? "" : a->what, ret);
        return;
    }
    if (v.slow_down) rate_slow_down(&d->bucket, boot);
    if (v.too_long && !w->row->halve) {
        const struct attempt_limits l = limits_of(d);
        int64_t wait = attempt_wait(&l, 1, 0, chance);
        w->row->halve = true;
        w->row->attempts++;
        succeeded(d, boot);
        w->due = boot + wait;
        result_of(d, w, OUTCOME_RETRY, wall, wall + wait, a->what, ret);
        return;
    }
    switch (v.outcome) {
    case OUTCOME_SENT:
        succeeded(d, boot);
        if (a->pause > 0) d->paused = boot + a->pause;
        w->final = true;
        result_of(d, w, OUTCOME_SENT, wall, 0, "", ret);
        break;
    case OUTCOME_DEAD:
        if (!(a->kind == ANSWER_FAILURE)) succeeded(d, boot);
        set_error(d, a->what);
        w->final = true;
        result_of(d, w, OUTCOME_DEAD, wall, 0, a->what, ret);
        break;
    case OUTCOME_SUSPEND: suspend(d, w, a, v, boot, wall, chance, ret); break;
    case OUTCOME_RETRY: retry(d, w, a, v, boot, wall, chance, ret); break;
    }
}

void destination_follow(struct waiting *w, const struct waiting *first, struct row_result *ret) {
    w->state = WAITING_STORE;
    w->flight = NULL;
    w->final = first->final;
    w->due = first->due;
    w->row->attempts += ret->outcome == OUTCOME_RETRY;
    w->row->halve = first->row->halve;
    ret->row = w->row->id;
}

bool destination_gives_up(struct destination *d, int64_t wall, struct row_result *ret) {
    if (!d->notify || !d->failures || d->suspended) return false;
    const struct attempt_limits l = limits_of(d);
    for (size_t i = 0; i < d->n; i++) {
        struct waiting *w = d->rows[i];
        if (w->state != WAITING_TURN || !attempt_gives_up(&l, w->row->level, w->began, wall)) continue;
        gave_up(d, w, wall, d->error ? d->error : "the destination failed", ret);
        return true;
    }
    return false;
}

void destination_stored(struct destination *d, struct waiting *w) {
    if (w->state != WAITING_STORE) return;
    w->slot = false;
    if (w->final || !d->notify)
        destination_remove(d, w);
    else
        w->state = WAITING_TURN;
}

void destination_available(struct destination *d, bool yes, const char *why, int64_t boot) {
    if (d->available && !yes) d->unavailable_at = boot;
    d->available = yes;
    set_error(d, yes ? NULL : why ? why : "not available");
}

void destination_resume(struct destination *d, int64_t boot, int64_t wall) {
    end_suspension(d, boot);
    d->failures = 0;
    d->paused = 0;
    d->since = wall;
    for (size_t i = 0; i < d->n; i++)
        if (d->rows[i]->state == WAITING_TURN && d->rows[i]->due > boot) d->rows[i]->due = boot;
}

bool destination_idle(struct destination *d, int64_t boot, int64_t until) {
    int64_t wake;
    if (destination_in_flight(d) || d->merging) return false;
    if (!d->notify || d->suspended) return true;
    if (!d->available) return !d->n || boot - d->unavailable_at >= AVAILABLE_SOON;
    if (destination_pick(d, boot, &wake)) return false;
    return wake == NEVER || wake > until;
}

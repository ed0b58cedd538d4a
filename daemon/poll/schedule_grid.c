#include "poll/schedule_grid.h"

#include "base/time.h"

#include <stdlib.h>
#include <string.h>

#define FEWEST_GAPS   16
#define SHORTEST_BEAT 900 /* seconds; what is shorter is polled as often as may be anyway */
#define BEAT_NEAR     5   /* within a fifth of the period */
#define FEWEST        12
#define SHARE         0.6 /* on the clock's own marks */
#define SHARE_ELSE    0.8 /* on marks that stand elsewhere in the hour: chance finds one more easily */
#define NEAR          120 /* seconds on both sides of a mark */
#define SURELY        3   /* seconds added to the last posting that keeps to the mark */

/* Seconds from the nearest mark to a second of the hour: -period/2 to period/2. */
static int off_mark(uint32_t second, int period, int phase) {
    int off = ((int)(second % 3600) - phase + period) % period;
    return off > period / 2 ? off - period : off;
}

/* How many keep to marks at `phase`, and by how much the last of nearly all comes after them. */
static int count_near(const struct schedule_learned *l, int n, int period, int phase, int *ret_after) {
    int near = 0, after = -NEAR, second = -NEAR; /* the two latest */
    for (int i = 0; i < n; i++) {
        int off = off_mark(l->mark[i], period, phase);
        if (off < -NEAR || off > NEAR) continue;
        near++;
        if (off >= after) {
            second = after;
            after = off;
        } else if (off > second) {
            second = off;
        }
    }
    *ret_after = near >= FEWEST ? second : after;
    return near;
}

static struct schedule_grid clock_grid(const struct schedule_learned *l, int n) {
    static const int periods[] = {3600, 1800, 900};
    for (size_t p = 0; p < sizeof periods / sizeof *periods; p++) {
        int best = 0, best_phase = 0, after, near = count_near(l, n, periods[p], 0, &after);
        if (near >= SHARE * n) {
            best = near;
        } else {
            for (int i = 0; i < n; i++) { /* a window that holds most begins at one of them */
                int phase = (int)(l->mark[i] % 3600 + NEAR) % periods[p];
                near = count_near(l, n, periods[p], phase, &after);
                if (near > best) best = near, best_phase = phase;
            }
            if (best < SHARE_ELSE * n) continue;
        }
        count_near(l, n, periods[p], best_phase, &after);
        return (struct schedule_grid){.period = periods[p] * SECOND,
                                      .after = (best_phase + after + SURELY) * SECOND,
                                      .share = (best + 1.0) / (n + 2.0)};
    }
    return (struct schedule_grid){0};
}

static int by_size(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Gaps in the order of the postings. */
static int gaps_of(const struct schedule_learned *l, int n, int64_t gaps[SCHEDULE_MARKS]) {
    int n_gaps = 0;
    for (int64_t i = l->marks - n + 1; i < l->marks; i++) {
        int64_t gap = (int64_t)l->mark[i % SCHEDULE_MARKS] - (int64_t)l->mark[(i - 1) % SCHEDULE_MARKS];
        if (gap > 0) gaps[n_gaps++] = gap;
    }
    return n_gaps;
}

static struct schedule_grid beat(const struct schedule_learned *l, int n) {
    int64_t gaps[SCHEDULE_MARKS], sorted[SCHEDULE_MARKS];
    int n_gaps = gaps_of(l, n, gaps), near = 0;
    if (n_gaps < FEWEST_GAPS || l->newest == TIME_NONE) return (struct schedule_grid){0};
    memcpy(sorted, gaps, sizeof sorted);
    qsort(sorted, (size_t)n_gaps, sizeof *sorted, by_size);
    int64_t period = sorted[n_gaps / 2];
    if (period < SHORTEST_BEAT) return (struct schedule_grid){0};
    for (int i = 0; i < n_gaps; i++) {
        int64_t times = (gaps[i] + period / 2) / period, off = gaps[i] - times * period;
        if (off < 0) off = -off;
        if (times && off <= period / BEAT_NEAR) sorted[near++] = off;
    }
    if (near < SHARE_ELSE * n_gaps) return (struct schedule_grid){0};
    qsort(sorted, (size_t)near, sizeof *sorted, by_size);
    int64_t wide = sorted[near * 9 / 10] + SURELY;
    return (struct schedule_grid){.period = period * SECOND,
                                  .after = l->newest + (period + wide) * SECOND,
                                  .wide = 2 * wide * SECOND,
                                  .share = (0.9 * near + 1.0) / (n_gaps + 2.0),
                                  .beat = true};
}

struct schedule_grid schedule_grid(const struct schedule_learned *l) {
    int n = l->marks < SCHEDULE_MARKS ? (int)l->marks : SCHEDULE_MARKS;
    if (n < FEWEST) return (struct schedule_grid){0};
    struct schedule_grid g = clock_grid(l, n);
    return g.period ? g : beat(l, n);
}

int64_t schedule_grid_next(const struct schedule_grid *g, int64_t at) {
    int64_t since = ((at - g->after) % g->period + g->period) % g->period;
    return at + g->period - since;
}

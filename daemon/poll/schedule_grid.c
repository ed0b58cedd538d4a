#include "poll/schedule_grid.h"

#include "base/time.h"

#define FEWEST     12
#define SHARE      0.6 /* on the clock's own marks */
#define SHARE_ELSE 0.8 /* on marks that stand elsewhere in the hour: chance finds one more easily */
#define NEAR       120 /* seconds on both sides of a mark */
#define SURELY     3   /* seconds added to the last posting that keeps to the mark */

/* Seconds from the nearest mark to a second of the hour: -period/2 to period/2. */
static int off_mark(int second, int period, int phase) {
    int off = ((second - phase) % period + period) % period;
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

struct schedule_grid schedule_grid(const struct schedule_learned *l) {
    static const int periods[] = {3600, 1800, 900};
    struct schedule_grid none = {0};
    int n = l->marks < SCHEDULE_MARKS ? (int)l->marks : SCHEDULE_MARKS;
    if (n < FEWEST) return none;
    for (size_t p = 0; p < sizeof periods / sizeof *periods; p++) {
        int best = 0, best_phase = 0, after, near = count_near(l, n, periods[p], 0, &after);
        if (near >= SHARE * n) {
            best = near;
        } else {
            for (int i = 0; i < n; i++) { /* a window that holds most begins at one of them */
                int phase = (l->mark[i] + NEAR) % periods[p];
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
    return none;
}

int64_t schedule_grid_next(const struct schedule_grid *g, int64_t at) {
    int64_t since = ((at - g->after) % g->period + g->period) % g->period;
    return at + g->period - since;
}

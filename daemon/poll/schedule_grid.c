#include "poll/schedule_grid.h"

#include "base/time.h"

#define FEWEST 12
#define SHARE  0.6
#define NEAR   120 /* seconds on both sides of a mark */
#define SURELY 3   /* seconds added to the last posting that keeps to the mark */

/* Seconds from the nearest mark: -period/2 to period/2. */
static int off_mark(uint32_t second, int period) {
    int off = (int)(second % (uint32_t)period);
    return off > period / 2 ? off - period : off;
}

/* How many keep to the marks. *ret_after: by how much nearly the last of them comes after its mark; one is
 * left out, which may be chance. */
static int count_near(const struct schedule_learned *l, int n, int period, int *ret_after) {
    int near = 0, last = -NEAR, before_last = -NEAR;
    for (int i = 0; i < n; i++) {
        int off = off_mark(l->mark[i], period);
        if (off < -NEAR || off > NEAR) continue;
        near++;
        if (off >= last) {
            before_last = last;
            last = off;
        } else if (off > before_last) {
            before_last = off;
        }
    }
    *ret_after = before_last;
    return near;
}

struct schedule_grid schedule_grid(const struct schedule_learned *l) {
    static const int periods[] = {3600, 1800, 900};
    int n = l->marks < SCHEDULE_MARKS ? (int)l->marks : SCHEDULE_MARKS, after;
    for (size_t p = 0; n >= FEWEST && p < sizeof periods / sizeof *periods; p++) {
        int near = count_near(l, n, periods[p], &after);
        if (near >= SHARE * n)
            return (struct schedule_grid){.period = periods[p] * SECOND,
                                          .after = (after + SURELY) * SECOND,
                                          .share = (near + 1.0) / (n + 2.0)};
    }
    return (struct schedule_grid){0};
}

int64_t schedule_grid_next(const struct schedule_grid *g, int64_t at) {
    int64_t since = ((at - g->after) % g->period + g->period) % g->period;
    return at + g->period - since;
}

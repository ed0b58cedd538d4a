#include "base/recent.h"

#include <stdlib.h>
#include <string.h>

void recent_add(struct recent *r, int64_t ms) {
    r->ms[r->at] = ms > INT32_MAX ? INT32_MAX : ms < 0 ? 0 : (int32_t)ms;
    r->at = (r->at + 1) % RECENT_KEPT;
    if (r->n < RECENT_KEPT) r->n++;
}

static int by_size(const void *a, const void *b) {
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

int64_t recent_percentile(const struct recent *r, unsigned percent) {
    int32_t sorted[RECENT_KEPT];
    if (!r->n) return 0;
    memcpy(sorted, r->ms, r->n * sizeof *sorted);
    qsort(sorted, r->n, sizeof *sorted, by_size);
    size_t i = (r->n * percent + 99) / 100;
    return sorted[i ? i - 1 : 0];
}

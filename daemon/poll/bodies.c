#include "poll/bodies.h"

#include "base/limits.h"

void bodies_configure(struct bodies *b, size_t parallel) {
    b->small = LIMIT_BODIES / 2 / (parallel ? parallel : 1);
    if (b->small > LIMIT_BODY_SMALL) b->small = LIMIT_BODY_SMALL;
    b->large = LIMIT_BODIES - b->small * parallel;
}

bool bodies_room(const struct bodies *b, size_t max) {
    /* One larger than all places together has them alone. */
    return max <= b->large ? b->taken <= b->large - max : !b->taken;
}

bool bodies_take(struct bodies *b, size_t max) {
    if (!bodies_room(b, max)) return false;
    b->taken += max;
    return true;
}

void bodies_give(struct bodies *b, size_t max) {
    b->taken -= max;
}

#include "poll/bodies.h"

#include "base/limits.h"
#include "base/time.h"

void bodies_configure(struct bodies *b, size_t parallel) {
    b->small = LIMIT_BODIES / 4 / (parallel ? parallel : 1);
    if (b->small > LIMIT_BODY_SMALL) b->small = LIMIT_BODY_SMALL;
    b->large = LIMIT_BODIES - b->small * parallel;
}

/* One larger than all places together has them alone. */
static bool room_beside(const struct bodies *b, size_t held, size_t max) {
    size_t others = b->taken - held;
    return max <= b->large ? others <= b->large - max : !others;
}

bool bodies_room(const struct bodies *b, size_t max) {
    return room_beside(b, 0, max);
}

void body_place_give(struct body_place *place) {
    if (!place->of) return;
    place->of->taken -= place->max;
    *place->link = place->next;
    if (place->next) place->next->link = place->link;
    *place = (struct body_place){0};
}

static bool lets_it_lie(const struct body_place *place, int64_t now) {
    int64_t held = now - place->since;
    return held > SECOND && (int64_t)place->body->len / held < BODIES_PACE / SECOND;
}

/* Takes places from slow ones until `max` fits; false, and nothing is changed, when that is not enough. */
static bool bodies_make_room(struct bodies *b, const struct body_place *mine, size_t max, int64_t now) {
    struct bodies then = *b;
    for (struct body_place *p = b->first; p; p = p->next)
        if (p != mine && lets_it_lie(p, now)) then.taken -= p->max;
    if (!room_beside(&then, mine->max, max)) return false;
    for (struct body_place *p = b->first, *next; p && !room_beside(b, mine->max, max); p = next) {
        next = p->next;
        if (p == mine || !lets_it_lie(p, now)) continue;
        buf_clear(p->body);
        body_place_give(p);
        p->lost = true;
    }
    return true;
}

bool body_place_take(struct body_place *place, struct bodies *b, struct buf *body, size_t max, int64_t now) {
    if (place->max >= max) return true;
    if (!room_beside(b, place->max, max) && !bodies_make_room(b, place, max, now)) return false;
    b->taken += max - place->max;
    place->max = max;
    if (place->of) return true;
    place->of = b;
    place->body = body;
    place->since = now;
    place->next = b->first;
    place->link = &b->first;
    if (place->next) place->next->link = &place->next;
    b->first = place;
    return true;
}

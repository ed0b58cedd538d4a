/* Memory for documents on their way in, all requests together. Each may grow to `small` without asking; one
 * that grows beyond takes a place among the large ones, of BODY_MEDIUM at first, and then of what it may
 * become. There are few such places: who finds none is ended, and asked again when one is free (poll/poller).
 * So no request ever waits in the middle with a half-read body, and all of them together stay below
 * LIMIT_BODIES.
 *
 * Who holds a place and lets it lie (under BODIES_PACE for more than a second) loses it to the next who asks:
 * a server that sends a large document a byte at a time keeps nobody else from being read. Loop thread. */
#ifndef NEWSALERTD_POLL_BODIES_H
#define NEWSALERTD_POLL_BODIES_H

#include "base/buf.h"

#include <stdint.h>

#define BODY_MEDIUM (2u << 20)   /* a second place in size; hardly a feed is larger */
#define BODIES_PACE (512u << 10) /* bytes a second that a large document should come with */

struct bodies {
    size_t small; /* bytes that each may hold without asking */
    size_t large; /* bytes for all large ones together */
    size_t taken; /* of them; the poller adds what the pipeline still has */
    struct body_place *first;
};

/* One large document's; {0} until taken, and from body_place_give on. Must not move while it is taken. */
struct body_place {
    struct bodies *of; /* NULL: it has none */
    struct buf *body;
    size_t max;
    int64_t since; /* boot ms */
    bool lost;     /* out: it had one, and another got it; its body is cleared */
    struct body_place *next, **link;
};

void bodies_configure(struct bodies *b, size_t parallel);
bool bodies_room(const struct bodies *b, size_t max); /* is there a place for one that may grow so large? */
/* A place, or a larger one than it has. False: there is none, nor a slow one that could be had. body: what
 * has come of it so far. now: boot ms. */
bool body_place_take(struct body_place *place, struct bodies *b, struct buf *body, size_t max, int64_t now);
void body_place_give(struct body_place *place); /* fine when it has none */

#endif

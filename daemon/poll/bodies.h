/* Memory for documents on their way in, all requests together. Each may grow to `small` without asking; one
 * that grows beyond takes a place among the large ones, which is as large as it may become. There are few
 * such places: who finds none is ended, and asked again when one is free (poll/poller). So no request ever
 * waits in the middle with a half-read body, and all of them together stay below LIMIT_BODIES. Loop thread.
 */
#ifndef NEWSALERTD_POLL_BODIES_H
#define NEWSALERTD_POLL_BODIES_H

#include <stdbool.h>
#include <stddef.h>

struct bodies {
    size_t small; /* bytes that each may hold without asking */
    size_t large; /* bytes for all large ones together */
    size_t taken;
};

void bodies_configure(struct bodies *b, size_t parallel);
bool bodies_room(const struct bodies *b, size_t max); /* is there a place for one that may grow so large? */
bool bodies_take(struct bodies *b, size_t max);
void bodies_give(struct bodies *b, size_t max);

#endif

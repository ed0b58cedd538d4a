/* What plugins remember of a feed, carried from item to item by verbs that match without a daemon. It begins
 * empty; files of no configured feed share one. */
#ifndef NEWSALERTD_CTL_MEMORY_H
#define NEWSALERTD_CTL_MEMORY_H

#include "match/match.h"

struct ctl_memory {
    struct ctl_memory_row {
        const struct config_feed *feed; /* NULL: none */
        struct feed_memory *list;       /* with texts of its own */
        size_t n, cap;
    } * rows;
    size_t n, cap;
};

/* matcher_run, with what was remembered of the input's feed. */
const struct matches *ctl_memory_run(struct ctl_memory *c, struct matcher *m, const struct match_input *in);
void ctl_memory_clear(struct ctl_memory *c);

#endif

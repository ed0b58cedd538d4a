/* What is told of a destination's troubles, once each and again at their end (contract/delivery.md, `problem`
 * and `recovered`). Here what the attempts of this process have shown; what was told before, and to whom it
 * is told now, is the pipeline's (pipeline/notices.c). Pure. */
#ifndef NEWSALERTD_DELIVER_TROUBLE_H
#define NEWSALERTD_DELIVER_TROUBLE_H

#include "base/limits.h"
#include "item/message.h"

/* With the wait between them they are two minutes by default: a receiver's restart is not worth a message. */
#define TROUBLE_AFTER 4

enum trouble { TROUBLE_NONE, TROUBLE_FAILING, TROUBLE_SUSPENDED }; /* worse and worse */

struct trouble_report {
    char notify[LIMIT_CONFIG_NAME + 1];
    enum trouble trouble; /* NONE: a message was sent */
    int failures;         /* in a row */
    int64_t since, at;    /* wall ms: the first of them, and now */
    char error[LIMIT_ERROR_TEXT];
};

struct trouble_watch {
    int failures; /* in a row that are the destination's own, or gave a message up */
    int64_t since;
    enum trouble reported;
    bool known; /* something was reported by this process */
};

/* After an attempt that came to `outcome`. destination: a failure is not the row's own; what: its words.
 * True: *ret (all but the name) is to be reported, for it is worse than what was reported last, or well. */
bool trouble_watch(struct trouble_watch *w, enum outcome outcome, bool destination, const char *what,
                   int64_t wall, struct trouble_report *ret);

#endif

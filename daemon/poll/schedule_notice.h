/* What a person is told of a feed's troubles, once each and again on recovery (contract/polling.md). Pure:
 * what an answer came to and what was told before, in; sentences out. `told` is kept with the feed's state,
 * so a restart repeats nothing. */
#ifndef NEWSALERTD_POLL_SCHEDULE_NOTICE_H
#define NEWSALERTD_POLL_SCHEDULE_NOTICE_H

#include "poll/schedule.h"

enum notice_kind { NOTICE_REFUSED, NOTICE_FAILING, NOTICE_DEAD, NOTICE_SILENT, NOTICE_MOVED, NOTICE_MISSED };
extern const char *const notice_names[]; /* "refused", "failing" … */
#define NOTICES 6

struct notice_facts {
    const struct config_feed *feed;
    const struct schedule_state *schedule; /* after the answer */
    const struct answer *answer;
    enum moved moved;
    const char *moved_to; /* without credentials; NULL: not moved */
    bool missed;          /* the document shares no item with the one before */
};

struct notice {
    enum notice_kind kind;
    bool recovered;
    int64_t since, last_ok; /* wall ms; TIME_NONE: does not apply, never */
    char text[500];         /* plain; names no secret */
};

/* Returns how many of ret are filled. */
size_t schedule_notices(struct feed_told *told, const struct notice_facts *facts, int64_t now,
                        struct notice ret[NOTICES]);

#endif

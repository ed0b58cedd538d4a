#include "deliver/trouble.h"

#include <stdio.h>

static bool reports(struct trouble_watch *w, enum trouble now) {
    if (w->known && (now == TROUBLE_NONE ? w->reported == TROUBLE_NONE : now <= w->reported)) return false;
    w->known = true;
    w->reported = now;
    return true;
}

bool trouble_watch(struct trouble_watch *w, enum outcome outcome, bool destination, const char *what,
                   int64_t wall, struct trouble_report *ret) {
    enum trouble now = TROUBLE_NONE;
    int failures = w->failures;
    int64_t since = w->since;
    if (outcome == OUTCOME_SENT) {
        w->failures = 0;
    } else {
        /* One recipient that is to wait, or one text that is too long, says nothing of the destination. */
        if (outcome == OUTCOME_RETRY && !destination) return false;
        if (!w->failures++) w->since = wall;
        failures = w->failures;
        since = w->since;
        now = outcome == OUTCOME_SUSPEND ? TROUBLE_SUSPENDED : TROUBLE_FAILING;
        if (now == TROUBLE_FAILING && w->failures < TROUBLE_AFTER) return false;
    }
    if (!reports(w, now)) return false;
    *ret = (struct trouble_report){.trouble = now, .failures = failures, .since = since, .at = wall};
    snprintf(ret->error, sizeof ret->error, "%s", what);
    return true;
}

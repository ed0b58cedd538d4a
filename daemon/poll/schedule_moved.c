#include "poll/schedule_moved.h"

#include "base/mem.h"
#include "base/time.h"

#include <string.h>

void feed_move_clear(struct feed_move *m) {
    free(m->to);
    free(m->before);
    *m = (struct feed_move){0};
}

void feed_move_copy(struct feed_move *to, const struct feed_move *from) {
    *to = (struct feed_move){xstrdup_or_null(from->to), from->times, from->adopted,
                             xstrdup_or_null(from->before)};
}

const char *feed_move_address(const struct feed_move *m) {
    return m->adopted ? m->to : m->before;
}

/* What was on trial is forgotten; what was adopted before stays. */
static void end_trial(struct feed_move *m) {
    if (m->adopted || !m->to) return;
    free(m->to);
    m->to = steal(&m->before);
    m->adopted = m->to != NULL;
    m->times = m->adopted ? MOVED_AFTER : 0;
}

static void begin_trial(struct feed_move *m, const char *url) {
    char *fresh = xstrdup(url);
    if (m->adopted) {
        free(m->before);
        m->before = steal(&m->to);
    }
    free(m->to);
    *m = (struct feed_move){fresh, 1, 0, m->before};
}

enum moved schedule_moved(struct feed_move *m, bool good, bool permanent, const char *url,
                          int64_t failing_since, int64_t now) {
    if (!good) {
        end_trial(m);
        if (!m->adopted || failing_since == TIME_NONE || now - failing_since < MOVED_NOT_FOR)
            return MOVED_NOT;
        feed_move_clear(m);
        return MOVED_BACK;
    }
    if (!permanent || !url) {
        end_trial(m);
        return MOVED_NOT;
    }
    if (!m->to || m->adopted || strcmp(m->to, url)) {
        begin_trial(m, url);
        return MOVED_NOT;
    }
    if (++m->times < MOVED_AFTER) return MOVED_NOT;
    m->adopted = 1;
    free(steal(&m->before));
    return MOVED_ADOPTED;
}

#include "poll/schedule_notice.h"

#include "base/time.h"

#include <stdarg.h>
#include <stdio.h>

#define MISSED_AGAIN DAY

const char *const notice_names[] = {"refused", "failing", "dead", "silent", "moved", "missing items"};

#define BIT(kind)      (INT64_C(1) << (kind))
#define TROUBLES       (BIT(NOTICE_REFUSED) | BIT(NOTICE_FAILING) | BIT(NOTICE_DEAD))
#define TROUBLE_HAS(k) (told->bits & BIT(k))

struct notice_list {
    struct notice *list;
    size_t n;
};

static __attribute__((format(printf, 4, 5))) struct notice *say(struct notice_list *l, enum notice_kind kind,
                                                                bool recovered, const char *format, ...) {
    struct notice *n = &l->list[l->n++];
    va_list args;
    *n = (struct notice){.kind = kind, .recovered = recovered, .since = TIME_NONE, .last_ok = TIME_NONE};
    va_start(args, format);
    vsnprintf(n->text, sizeof n->text, format, args);
    va_end(args);
    return n;
}

static bool is_good(const struct answer *a) {
    return a->kind == ANSWER_FEED || a->kind == ANSWER_NOT_MODIFIED;
}

/* Refused, failing and dead are one trouble that gets worse: a later one is told if it is worse than what
 * was told, and the end of all is told once. */
static void trouble(struct feed_told *told, const struct notice_facts *f, enum feed_state state,
                    struct notice_list *l) {
    const struct schedule_state *s = f->schedule;
    struct notice *n = NULL;
    if (is_good(f->answer)) {
        if (!(told->bits & TROUBLES)) return;
        enum notice_kind worst = TROUBLE_HAS(NOTICE_DEAD)      ? NOTICE_DEAD
                                 : TROUBLE_HAS(NOTICE_FAILING) ? NOTICE_FAILING
                                                               : NOTICE_REFUSED;
        told->bits &= ~TROUBLES;
        say(l, worst, true, "it answers again");
        return;
    }
    if (state == FEED_DEAD && !TROUBLE_HAS(NOTICE_DEAD)) {
        n = say(l, NOTICE_DEAD, false, s->gone ? "it is gone: %s" : "it has failed for days: %s", s->error);
    } else if (f->answer->kind == ANSWER_STATUS && (f->answer->status == 401 || f->answer->status == 403) &&
               !(told->bits & TROUBLES)) {
        bool secret = f->feed->user || f->feed->password || f->feed->token;
        n = say(l, NOTICE_REFUSED, false,
                secret ? "its credentials are refused: %s" : "access is refused: %s", s->error);
    } else if (state == FEED_FAILING && !(told->bits & TROUBLES)) {
        n = say(l, NOTICE_FAILING, false, "it has failed %lld times in a row: %s", (long long)s->failures,
                s->error);
    }
    if (!n) return;
    told->bits |= BIT(n->kind);
    n->since = s->failing_since;
    n->last_ok = s->last_ok;
}

static void silence(struct feed_told *told, const struct notice_facts *f, enum feed_state state,
                    struct notice_list *l) {
    if (!is_good(f->answer)) return;
    if (state == FEED_SILENT && !TROUBLE_HAS(NOTICE_SILENT)) {
        told->bits |= BIT(NOTICE_SILENT);
        say(l, NOTICE_SILENT, false, "it answers, but no new item came for much longer than usual")->last_ok =
            f->schedule->last_ok;
    } else if (state != FEED_SILENT && TROUBLE_HAS(NOTICE_SILENT)) {
        told->bits &= ~BIT(NOTICE_SILENT);
        say(l, NOTICE_SILENT, true, "new items come again");
    }
}

static void move(struct feed_told *told, const struct notice_facts *f, struct notice_list *l) {
    if (f->moved == MOVED_ADOPTED) {
        told->bits |= BIT(NOTICE_MOVED);
        say(l, NOTICE_MOVED, false,
            "it has moved for good to %s, which is asked from now on; change its url%s%s", f->moved_to,
            f->feed->at.file ? " in " : "", f->feed->at.file ? f->feed->at.file : "");
    } else if (f->moved == MOVED_BACK) {
        told->bits &= ~BIT(NOTICE_MOVED);
        say(l, NOTICE_MOVED, false,
            "the address it moved to has failed for 3 days; the configured one is asked again");
    }
}

static void gaps(struct feed_told *told, const struct notice_facts *f, int64_t now, struct notice_list *l) {
    if (!is_good(f->answer)) return;
    bool quiet = !told->missed_at || now - told->missed_at >= MISSED_AGAIN || told->missed_at > now;
    if (f->missed && quiet) {
        told->bits |= BIT(NOTICE_MISSED);
        told->missed_at = now;
        say(l, NOTICE_MISSED, false,
            "its document shared no item with the one before: items were probably missed between two polls");
    } else if (TROUBLE_HAS(NOTICE_MISSED) && quiet) {
        told->bits &= ~BIT(NOTICE_MISSED);
        told->missed_at = 0;
        say(l, NOTICE_MISSED, true, "no items were missed for a day");
    }
}

size_t schedule_notices(struct feed_told *told, const struct notice_facts *f, int64_t now,
                        struct notice ret[NOTICES]) {
    struct notice_list l = {ret, 0};
    enum feed_state state = schedule_state_name(f->schedule, f->feed, now);
    trouble(told, f, state, &l);
    silence(told, f, state, &l);
    move(told, f, &l);
    gaps(told, f, now, &l);
    return l.n;
}

#include "deliver/attempt.h"

#include "base/time.h"
#include "newsalert_plugin.h"

enum { ROWS_OWN = 0, DESTINATION = 1, SLOW = 2, NO_PROBE = 4, TOO_LONG = 8 };

/* The first row that fits decides. */
static const struct {
    enum answer_kind kind;
    int from, to;
    unsigned stages; /* 0: not SMTP */
    enum outcome outcome;
    unsigned flags;
} table[] = {
    {ANSWER_HTTP, 200, 299, 0, OUTCOME_SENT, 0},
    {ANSWER_HTTP, 300, 399, 0, OUTCOME_DEAD, ROWS_OWN}, /* a redirect: the POST would lose its body */
    {ANSWER_HTTP, 401, 401, 0, OUTCOME_SUSPEND, DESTINATION},
    {ANSWER_HTTP, 403, 404, 0, OUTCOME_SUSPEND, DESTINATION},
    {ANSWER_HTTP, 410, 410, 0, OUTCOME_SUSPEND, DESTINATION | NO_PROBE},
    {ANSWER_HTTP, 408, 408, 0, OUTCOME_RETRY, DESTINATION},
    {ANSWER_HTTP, 413, 413, 0, OUTCOME_DEAD, TOO_LONG},
    {ANSWER_HTTP, 421, 421, 0, OUTCOME_RETRY, DESTINATION},
    {ANSWER_HTTP, 423, 423, 0, OUTCOME_RETRY, ROWS_OWN},
    {ANSWER_HTTP, 425, 425, 0, OUTCOME_RETRY, ROWS_OWN},
    {ANSWER_HTTP, 429, 429, 0, OUTCOME_RETRY, DESTINATION | SLOW},
    {ANSWER_HTTP, 400, 499, 0, OUTCOME_DEAD, ROWS_OWN},
    {ANSWER_HTTP, 502, 504, 0, OUTCOME_RETRY, DESTINATION | SLOW},
    {ANSWER_HTTP, 500, 599, 0, OUTCOME_RETRY, DESTINATION},
    {ANSWER_HTTP, 0, 999, 0, OUTCOME_DEAD, ROWS_OWN},

    {ANSWER_SMTP, 200, 399, STAGE_ANY, OUTCOME_SENT, 0},
    {ANSWER_SMTP, 421, 421, STAGE_ANY, OUTCOME_RETRY, DESTINATION},
    {ANSWER_SMTP, 400, 499, STAGE_RCPT, OUTCOME_RETRY, ROWS_OWN},
    {ANSWER_SMTP, 400, 499, STAGE_ANY, OUTCOME_RETRY, DESTINATION},
    {ANSWER_SMTP, 500, 599, STAGE_HELLO | STAGE_AUTH, OUTCOME_SUSPEND, DESTINATION},
    {ANSWER_SMTP, 530, 530, STAGE_ANY, OUTCOME_SUSPEND, DESTINATION}, /* authentication, or TLS, required */
    {ANSWER_SMTP, 534, 535, STAGE_ANY, OUTCOME_SUSPEND, DESTINATION},
    {ANSWER_SMTP, 538, 538, STAGE_ANY, OUTCOME_SUSPEND, DESTINATION},
    {ANSWER_SMTP, 552, 552, STAGE_MAIL | STAGE_DATA, OUTCOME_DEAD, TOO_LONG},
    {ANSWER_SMTP, 0, 999, STAGE_ANY, OUTCOME_DEAD, ROWS_OWN},

    {ANSWER_FAILURE, FAILURE_CERTIFICATE, FAILURE_NO_TLS, 0, OUTCOME_SUSPEND, DESTINATION},
    {ANSWER_FAILURE, FAILURE_SETUP, FAILURE_SETUP, 0, OUTCOME_SUSPEND, DESTINATION},
    {ANSWER_FAILURE, FAILURE_ROW, FAILURE_ROW, 0, OUTCOME_DEAD, ROWS_OWN},
    {ANSWER_FAILURE, 0, 999, 0, OUTCOME_RETRY, DESTINATION},

    {ANSWER_PLUGIN, NA_SENT, NA_SENT, 0, OUTCOME_SENT, 0},
    {ANSWER_PLUGIN, NA_DEAD, NA_DEAD, 0, OUTCOME_DEAD, ROWS_OWN},
    {ANSWER_PLUGIN, NA_SUSPEND, NA_SUSPEND, 0, OUTCOME_SUSPEND, DESTINATION},
};
/* What no row fits (a plugin's NA_RETRY, a number that nobody defined) is tried again. */
static const struct verdict otherwise = {.outcome = OUTCOME_RETRY, .destination = true};

struct verdict answer_verdict(const struct answer *a) {
    struct verdict v = otherwise;
    if (a->special) return (struct verdict){.outcome = a->special_outcome};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (table[i].kind != a->kind || a->code < table[i].from || a->code > table[i].to) continue;
        if (a->kind == ANSWER_SMTP && !(table[i].stages & a->stage)) continue;
        unsigned flags = table[i].flags;
        v = (struct verdict){table[i].outcome, (flags & DESTINATION) != 0, (flags & SLOW) != 0,
                             (flags & NO_PROBE) != 0, (flags & TOO_LONG) != 0};
        break;
    }
    if (a->kind == ANSWER_HTTP && v.outcome == OUTCOME_SENT && a->unsigned_2xx) v = otherwise;
    if (a->too_long && v.outcome == OUTCOME_DEAD) v.too_long = true;
    return v;
}

/* 4^n grows past any wait within 31 steps, so the loop is short. */
static int64_t bare_wait(const struct attempt_limits *l, int failures) {
    int64_t wait = l->retry_first > 0 ? l->retry_first : 1;
    for (int i = 1; i < failures && wait < l->retry_max; i++) wait *= 4;
    return wait < l->retry_max ? wait : l->retry_max;
}

int64_t attempt_wait(const struct attempt_limits *l, int failures, int64_t retry_after, uint32_t chance) {
    int64_t wait = bare_wait(l, failures);
    /* chance / 2^32 of the range [-20 %, +20 %] */
    wait = wait - wait / 5 + (int64_t)((double)wait * 0.4 * ((double)chance / 4294967296.0));
    if (retry_after > LIMIT_RETRY_AFTER_DELIVERY_MS) retry_after = LIMIT_RETRY_AFTER_DELIVERY_MS;
    return retry_after > wait ? retry_after : wait;
}

int64_t attempt_began(const struct attempt_limits *l, int64_t created, int64_t next, int attempts) {
    int64_t tried = 0;
    for (int i = 1; i <= attempts && tried <= l->retry_for; i++) {
        int64_t wait = bare_wait(l, i);
        tried += wait + wait / 5;
    }
    int64_t began = next - tried;
    return began > created ? began : created;
}

bool attempt_gives_up(const struct attempt_limits *l, enum level level, int64_t began, int64_t now) {
    return level != LEVEL_FLASH && now - began >= l->retry_for;
}

int64_t attempt_retry_after(struct text value, int64_t now) {
    value = text_trim(value);
    int64_t seconds = 0, at;
    size_t i = 0;
    for (; i < value.len && value.ptr[i] >= '0' && value.ptr[i] <= '9'; i++)
        if (seconds < LIMIT_RETRY_AFTER_DELIVERY_MS) seconds = seconds * 10 + (value.ptr[i] - '0');
    if (i && (i == value.len || value.ptr[i] == '.'))
        return seconds > LIMIT_RETRY_AFTER_DELIVERY_MS / SECOND ? LIMIT_RETRY_AFTER_DELIVERY_MS
                                                                : seconds * SECOND;
    if (time_http(value, &at) < 0 || at <= now) return 0;
    return at - now < LIMIT_RETRY_AFTER_DELIVERY_MS ? at - now : LIMIT_RETRY_AFTER_DELIVERY_MS;
}

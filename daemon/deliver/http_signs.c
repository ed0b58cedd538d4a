#include "deliver/http_signs.h"

#include "base/time.h"

#include <stdio.h>

#define NOT_SAID (-1)
/* Seconds above this are a time, not a span (Mattermost's X-RateLimit-Reset has been both). */
#define EPOCH_SECONDS 1000000000

void http_signs_init(struct http_signs *s, const struct format *format, const struct config_notify *notify) {
    *s = (struct http_signs){.format = format, .remaining = NOT_SAID, .reset = NOT_SAID};
    if (strcmp(format->name, "custom") != 0) return;
    s->success = xstrdup(notify->success ? notify->success : "200-299");
    if (notify->success_body) s->success_body = xstrdup(notify->success_body);
}

void http_signs_clear(struct http_signs *s) {
    free(s->success);
    free(s->success_body);
    s->success = s->success_body = NULL;
}

/* A number of seconds, perhaps with a fraction; ms, or -1. */
static int64_t seconds_of(struct text t) {
    int64_t ms = 0, unit = SECOND;
    size_t i = 0;
    for (; i < t.len && t.ptr[i] >= '0' && t.ptr[i] <= '9'; i++)
        if (ms < INT64_MAX / 100) ms = ms * 10 + (t.ptr[i] - '0') * SECOND;
    if (!i) return NOT_SAID;
    if (i < t.len && t.ptr[i] == '.')
        for (i++; i < t.len && t.ptr[i] >= '0' && t.ptr[i] <= '9'; i++)
            if ((unit /= 10)) ms += (t.ptr[i] - '0') * unit;
    return ms;
}

static bool header_value(struct text line, struct text name, struct text *ret) {
    if (line.len <= name.len || !text_eq_nocase((struct text){line.ptr, name.len}, name)) return false;
    *ret = text_trim((struct text){line.ptr + name.len, line.len - name.len});
    return true;
}

void http_sign_header(struct http_signs *s, struct text line) {
    struct text value;
    line = text_trim(line);
    if (text_starts(line, TEXT("HTTP/"))) {
        s->retry_after[0] = '\0';
        s->remaining = s->reset = NOT_SAID;
    } else if (header_value(line, TEXT("retry-after:"), &value)) {
        if (value.len < sizeof s->retry_after)
            snprintf(s->retry_after, sizeof s->retry_after, "%.*s", TEXT_ARGS(value));
    } else if (header_value(line, TEXT("x-ratelimit-remaining:"), &value)) {
        s->remaining = seconds_of(value);
    } else if (header_value(line, TEXT("x-ratelimit-reset-after:"), &value)) {
        s->reset = seconds_of(value);
    } else if (s->reset == NOT_SAID && header_value(line, TEXT("x-ratelimit-reset:"), &value)) {
        s->reset = seconds_of(value);
    }
}

/* A member by its path, parts joined by ".". Borrowed; NULL: it is not there. */
static const json_t *member(const json_t *j, const char *path) {
    while (j && *path) {
        size_t n = strcspn(path, ".");
        AUTOFREE char *name = xstrndup(path, n);
        j = json_object_get(j, name);
        path += n + (path[n] == '.');
    }
    return j;
}

/* 2xx with "success":false is a refusal in other words. */
static bool is_refusal(const struct format *f, const json_t *j) {
    return f->success_member && !f->success_value && json_is_false(member(j, f->success_member));
}

static bool is_success(const struct format *f, struct text body, const json_t *j) {
    if (f->success_body) return text_eqs(body, f->success_body);
    if (!f->success_member) return true;
    const json_t *m = member(j, f->success_member);
    if (f->success_value) return json_is_string(m) && !strcmp(json_string_value(m), f->success_value);
    return m && !json_is_false(m) && !json_is_null(m);
}

/* "200-299, 204" */
static bool in_codes(const char *codes, int status) {
    while (*codes) {
        int from = 0, to;
        while (*codes && (*codes < '0' || *codes > '9')) codes++;
        while (*codes >= '0' && *codes <= '9') from = from * 10 + (*codes++ - '0');
        to = from;
        while (*codes == ' ') codes++;
        if (*codes == '-')
            for (to = 0, codes++; (*codes >= '0' && *codes <= '9') || *codes == ' '; codes++)
                if (*codes != ' ') to = to * 10 + (*codes - '0');
        if (from && status >= from && status <= to) return true;
    }
    return false;
}

static bool says(const char *const *pieces, struct text body) {
    for (size_t i = 0; pieces[i]; i++)
        if (body.len && memmem(body.ptr, body.len, pieces[i], strlen(pieces[i]))) return true;
    return false;
}

/* By this name the message is edited later. */
static void note_name(const struct format *f, const json_t *j, struct answer *a) {
    const json_t *name = f->name_member ? member(j, f->name_member) : NULL;
    if (json_is_integer(name))
        snprintf(a->posted, sizeof a->posted, "%lld", (long long)json_integer_value(name));
    else if (json_is_string(name) && json_string_length(name) < sizeof a->posted)
        snprintf(a->posted, sizeof a->posted, "%s", json_string_value(name));
}

/* custom: the user's word on what is success. */
static void judge_custom(const struct http_signs *s, int status, struct text body, struct answer *a) {
    bool named = in_codes(s->success, status);
    bool holds = !s->success_body ||
                 (body.len && memmem(body.ptr, body.len, s->success_body, strlen(s->success_body)));
    if (status < 300)
        a->unsigned_2xx = !(named && holds);
    else if (named && holds)
        a->special = true, a->special_outcome = OUTCOME_SENT;
}

static int64_t asked_wait(const struct http_signs *s, int status, const json_t *j, int64_t now) {
    int64_t header = attempt_retry_after(text_of(s->retry_after), now), inside = 0, reset = 0;
    if (s->format->wait_member && status >= 400) {
        const json_t *m = member(j, s->format->wait_member);
        double n = json_is_number(m) ? json_number_value(m) : 0;
        if (n > 0 && n < 1e9) inside = (int64_t)(n * (double)s->format->wait_unit + 0.999);
    }
    if (status == 429 && s->reset > 0) {
        reset = s->reset > EPOCH_SECONDS * SECOND ? s->reset - now : s->reset;
        if (reset < 0) reset = 0;
    }
    int64_t most = header > inside ? header : inside;
    most = most > reset ? most : reset;
    return most < LIMIT_RETRY_AFTER_DELIVERY_MS ? most : LIMIT_RETRY_AFTER_DELIVERY_MS;
}

static void say(const struct http_signs *s, int status, struct text body, struct answer *a) {
    if (status < 300 && a->unsigned_2xx)
        answer_quote(a, s->mask,
                     ", but not the answer that means success: ", body.len ? body : TEXT("(empty)"));
    else if (status >= 300 && status < 400 && !a->special)
        answer_quote(a, NULL, ", ",
                     TEXT("a redirect, which is not followed: configure the address it leads to"));
    else if (status >= 400)
        answer_quote(a, s->mask, ": ", body);
}

void http_signs_judge(const struct http_signs *s, int status, struct text body, int64_t now,
                      struct answer *ret) {
    const struct format *f = s->format;
    json_t *j =
        f->success_member || f->wait_member ? json_loadb(body.ptr ? body.ptr : "", body.len, 0, NULL) : NULL;
    answer_say(ret, ANSWER_HTTP, status, "HTTP %d", status);
    if (s->success) judge_custom(s, status, body, ret);
    /* 204 has no body to hold a sign; who answers so took the message (Discord without wait). */
    else if (status < 300 && status != 204)
        ret->unsigned_2xx = !is_success(f, body, j);
    if (!s->success && status < 300 && is_refusal(f, j))
        ret->special = true, ret->special_outcome = OUTCOME_DEAD;
    ret->too_long = status >= 400 && says(f->too_long, body);
    ret->retry_after = asked_wait(s, status, j, now);
    if (status < 300 && s->remaining == 0 && s->reset > 0 && s->reset < EPOCH_SECONDS * SECOND)
        ret->pause = s->reset < LIMIT_RETRY_AFTER_DELIVERY_MS ? s->reset : LIMIT_RETRY_AFTER_DELIVERY_MS;
    say(s, status, body, ret);
    if (status < 300) note_name(f, j, ret);
    /* What a person deleted needs no edit, and the destination is well. */
    if (s->editing && status >= 400 && says(f->gone, body))
        ret->special = true, ret->special_outcome = OUTCOME_SENT;
    for (const struct format_status *special = f->special; special && special->status; special++)
        if (special->status == status) {
            ret->special = true;
            ret->special_outcome = special->outcome;
            answer_quote(ret, NULL, ", ", text_of(special->says));
        }
    json_decref(j);
}

/* What a webhook's answer says beyond its status, by format. */
#include "unit.h"

#include "base/time.h"
#include "deliver/http_signs.h"

#define NOW 1795489200000 /* 2026-11-24T03:00:00Z */

static struct answer judged(const char *format, const char *const *headers, int status, const char *body) {
    const struct config_notify n = {.name = (char[]){"n"}};
    struct http_signs s;
    struct answer a;
    http_signs_init(&s, format_of(format), &n);
    for (; headers && *headers; headers++) http_sign_header(&s, text_of(*headers));
    http_signs_judge(&s, status, text_of(body), NOW, &a);
    http_signs_clear(&s);
    return a;
}

static void success(void **state) {
    (void)state;
    static const struct {
        const char *format;
        int status;
        const char *body;
        enum outcome outcome;
    } rows[] = {
        {"json", 200, "", OUTCOME_SENT},
        {"slack", 200, "ok", OUTCOME_SENT},
        {"slack", 200, "okay", OUTCOME_RETRY},
        {"slack", 200, "", OUTCOME_RETRY},
        {"discord", 200, "{\"id\":\"1\"}", OUTCOME_SENT},
        {"discord", 200, "{\"id\":null}", OUTCOME_RETRY},
        {"discord", 200, "<html>", OUTCOME_RETRY},
        {"discord", 204, "", OUTCOME_SENT},
        {"mattermost", 200, "ok", OUTCOME_SENT},
        {"mattermost", 200, "{}", OUTCOME_RETRY},
        {"rocketchat", 200, "{\"success\":true}", OUTCOME_SENT},
        {"rocketchat", 200, "{\"success\":false}", OUTCOME_DEAD},
        {"rocketchat", 200, "{}", OUTCOME_RETRY},
        {"teams", 202, "", OUTCOME_SENT},
        {"google-chat", 200, "{\"name\":\"spaces/A/messages/B\"}", OUTCOME_SENT},
        {"google-chat", 200, "{}", OUTCOME_RETRY},
        {"zulip", 200, "{\"result\":\"success\"}", OUTCOME_SENT},
        {"zulip", 200, "{\"result\":\"error\"}", OUTCOME_RETRY},
        {"matrix", 200, "{\"event_id\":\"$1\"}", OUTCOME_SENT},
        {"matrix", 200, "[]", OUTCOME_RETRY},
        {"telegram", 200, "{\"ok\":true}", OUTCOME_SENT},
        {"telegram", 200, "{\"ok\":false}", OUTCOME_DEAD},
        {"ntfy", 200, "{\"id\":\"x\"}", OUTCOME_SENT},
        {"ntfy", 200, "", OUTCOME_RETRY},
        {"gotify", 200, "{\"id\":1}", OUTCOME_SENT},
        {"apprise", 200, "", OUTCOME_SENT},
        {"apprise", 204, "", OUTCOME_DEAD},
        {"apprise", 424, "", OUTCOME_RETRY},
        {"signal", 201, "{}", OUTCOME_SENT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct answer a = judged(rows[i].format, NULL, rows[i].status, rows[i].body);
        if (answer_verdict(&a).outcome != rows[i].outcome)
            fail_msg("%s %d %s: %s", rows[i].format, rows[i].status, rows[i].body, a.what);
    }
}

static void waits(void **state) {
    (void)state;
    static const struct {
        const char *format, *header, *body;
        int64_t wait;
    } rows[] = {
        {"slack", "Retry-After: 30", "", 30 * SECOND},
        {"slack", "retry-after:30\r\n", "", 30 * SECOND},
        {"slack", "Retry-After: Tue, 24 Nov 2026 03:01:00 GMT", "", MINUTE},
        {"slack", "Retry-After: Mon, 23 Nov 2026 03:01:00 GMT", "", 0},
        {"slack", "Retry-After: soon", "", 0},
        {"slack", "Retry-After: 9999999999999999999999", "", LIMIT_RETRY_AFTER_DELIVERY_MS},
        {"discord", "X: y", "{\"retry_after\":1.5,\"global\":true}", 1500},
        {"discord", "Retry-After: 4", "{\"retry_after\":1.5}", 4 * SECOND},
        {"discord", "X: y", "{\"retry_after\":-1}", 0},
        {"discord", "X: y", "{\"retry_after\":1e300}", 0},
        {"discord", "X: y", "{\"retry_after\":\"5\"}", 0},
        {"mattermost", "X-RateLimit-Reset: 7", "", 7 * SECOND},
        {"mattermost", "X-RateLimit-Reset: 1795489210", "", 10 * SECOND},
        {"mattermost", "X-RateLimit-Reset: 1795489190", "", 0},
        {"zulip", "X: y", "{\"retry-after\":2.25}", 2250},
        {"matrix", "X: y", "{\"retry_after_ms\":1234}", 1234},
        {"telegram", "X: y", "{\"ok\":false,\"parameters\":{\"retry_after\":17}}", 17 * SECOND},
        {"telegram", "X: y", "{\"ok\":false,\"parameters\":17}", 0},
        {"telegram", "X: y", "{\"parameters\":{\"retry_after\":999999}}", LIMIT_RETRY_AFTER_DELIVERY_MS},
        {"google-chat", "Retry-After: 5", "{\"error\":{\"status\":\"RESOURCE_EXHAUSTED\"}}", 5 * SECOND},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *headers[] = {"HTTP/1.1 429 Too Many Requests", rows[i].header, NULL};
        const struct answer a = judged(rows[i].format, headers, 429, rows[i].body);
        const struct verdict v = answer_verdict(&a);
        assert_true(v.outcome == OUTCOME_RETRY && v.destination && v.slow_down);
        if (a.retry_after != rows[i].wait)
            fail_msg("%s %s %s: %lld", rows[i].format, rows[i].header, rows[i].body,
                     (long long)a.retry_after);
    }
}

/* What an interim answer said does not count, nor does what a success asks that has room left. */
static void pauses(void **state) {
    (void)state;
    const char *const spent[] = {"HTTP/1.1 200 OK", "X-RateLimit-Remaining: 0",
                                 "X-RateLimit-Reset: 1795489300", "X-RateLimit-Reset-After: 1.75", NULL};
    const char *const left[] = {"HTTP/1.1 200 OK", "X-RateLimit-Remaining: 4", "X-RateLimit-Reset-After: 2",
                                NULL};
    const char *const interim[] = {"HTTP/1.1 103 Early Hints", "X-RateLimit-Remaining: 0",
                                   "X-RateLimit-Reset-After: 2", "HTTP/1.1 200 OK", NULL};
    assert_int_equal(judged("discord", spent, 200, "{\"id\":\"1\"}").pause, 1750);
    assert_int_equal(judged("discord", left, 200, "{\"id\":\"1\"}").pause, 0);
    assert_int_equal(judged("discord", interim, 200, "{\"id\":\"1\"}").pause, 0);
}

static void too_long(void **state) {
    (void)state;
    static const struct {
        const char *format, *body;
        bool too_long;
    } rows[] = {
        {"slack", "msg_too_long", true},
        {"slack", "invalid_payload", false},
        {"discord", "{\"errors\":{\"_errors\":[{\"code\":\"BASE_TYPE_MAX_LENGTH\"}]}}", true},
        {"mattermost", "{\"id\":\"api.post.create_post.too_long.app_error\"}", true},
        {"matrix", "{\"errcode\":\"M_TOO_LARGE\"}", true},
        {"telegram", "{\"description\":\"Bad Request: message is too long\"}", true},
        {"telegram", "{\"description\":\"Bad Request: chat not found\"}", false},
        {"gotify", "too long", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct answer a = judged(rows[i].format, NULL, 400, rows[i].body);
        assert_int_equal(answer_verdict(&a).too_long, rows[i].too_long);
    }
}

static void telegram_moves(void **state) {
    (void)state;
    static const struct {
        const char *answer, *where;
    } rows[] = {
        {"{\"ok\":false,\"parameters\":{\"migrate_to_chat_id\":-1001234567890}}", "-1001234567890"},
        {"{\"ok\":false,\"parameters\":{\"migrate_to_chat_id\":\"@evil\"}}", NULL},
        {"{\"ok\":false,\"parameters\":{}}", NULL},
        {"[]", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf body, where;
        json_t *answer = json_loads(rows[i].answer, 0, NULL);
        buf_init(&body, 4096);
        buf_init(&where, 4096);
        buf_adds(&body, "{\"chat_id\":\"-5\",\"text\":\"x\"}");
        assert_int_equal(follow_telegram(answer, &body, &where), rows[i].where != NULL);
        assert_string_equal(buf_str(&where), rows[i].where ? rows[i].where : "");
        assert_string_equal(buf_str(&body), rows[i].where ? "{\"chat_id\":\"-1001234567890\",\"text\":\"x\"}"
                                                          : "{\"chat_id\":\"-5\",\"text\":\"x\"}");
        buf_clear(&body);
        buf_clear(&where);
        json_decref(answer);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(success), cmocka_unit_test(waits),
                                       cmocka_unit_test(pauses), cmocka_unit_test(too_long),
                                       cmocka_unit_test(telegram_moves)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

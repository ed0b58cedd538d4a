/* The table of answers, and when to try again. */
#include "unit.h"

#include "base/time.h"
#include "deliver/attempt.h"
#include "newsalert_plugin.h"

static const struct attempt_limits usual = {5 * SECOND, 4 * HOUR, 48 * HOUR};

static struct verdict of(enum answer_kind kind, int code, enum smtp_stage stage) {
    const struct answer a = {.kind = kind, .code = code, .stage = stage};
    return answer_verdict(&a);
}

static void http_answers(void **state) {
    (void)state;
    static const struct {
        int status;
        enum outcome outcome;
        bool destination, slow, no_probe, too_long;
    } rows[] = {
        {200, OUTCOME_SENT, 0, 0, 0, 0},    {202, OUTCOME_SENT, 0, 0, 0, 0},
        {204, OUTCOME_SENT, 0, 0, 0, 0},    {301, OUTCOME_DEAD, 0, 0, 0, 0},
        {307, OUTCOME_DEAD, 0, 0, 0, 0},    {400, OUTCOME_DEAD, 0, 0, 0, 0},
        {401, OUTCOME_SUSPEND, 1, 0, 0, 0}, {402, OUTCOME_DEAD, 0, 0, 0, 0},
        {403, OUTCOME_SUSPEND, 1, 0, 0, 0}, {404, OUTCOME_SUSPEND, 1, 0, 0, 0},
        {408, OUTCOME_RETRY, 1, 0, 0, 0},   {410, OUTCOME_SUSPEND, 1, 0, 1, 0},
        {413, OUTCOME_DEAD, 0, 0, 0, 1},    {415, OUTCOME_DEAD, 0, 0, 0, 0},
        {421, OUTCOME_RETRY, 1, 0, 0, 0},   {422, OUTCOME_DEAD, 0, 0, 0, 0},
        {423, OUTCOME_RETRY, 0, 0, 0, 0},   {425, OUTCOME_RETRY, 0, 0, 0, 0},
        {429, OUTCOME_RETRY, 1, 1, 0, 0},   {451, OUTCOME_DEAD, 0, 0, 0, 0},
        {500, OUTCOME_RETRY, 1, 0, 0, 0},   {502, OUTCOME_RETRY, 1, 1, 0, 0},
        {503, OUTCOME_RETRY, 1, 1, 0, 0},   {504, OUTCOME_RETRY, 1, 1, 0, 0},
        {599, OUTCOME_RETRY, 1, 0, 0, 0},   {999, OUTCOME_DEAD, 0, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct verdict v = of(ANSWER_HTTP, rows[i].status, 0);
        assert_int_equal(v.outcome, rows[i].outcome);
        assert_int_equal(v.destination, rows[i].destination);
        assert_int_equal(v.slow_down, rows[i].slow);
        assert_int_equal(v.no_probe, rows[i].no_probe);
        assert_int_equal(v.too_long, rows[i].too_long);
    }
    struct answer a = {.kind = ANSWER_HTTP, .code = 200, .unsigned_2xx = true};
    assert_int_equal(answer_verdict(&a).outcome, OUTCOME_RETRY);
    a = (struct answer){.kind = ANSWER_HTTP, .code = 400, .too_long = true};
    assert_true(answer_verdict(&a).too_long);
}

static void exit_codes(void **state) {
    (void)state;
    static const struct {
        enum answer_kind kind;
        int code;
        enum outcome outcome;
        bool destination;
    } rows[] = {
        {ANSWER_COMMAND, 0, OUTCOME_SENT, 0},   {ANSWER_COMMAND, 75, OUTCOME_RETRY, 1},
        {ANSWER_COMMAND, 1, OUTCOME_DEAD, 0},   {ANSWER_COMMAND, 64, OUTCOME_DEAD, 0},
        {ANSWER_COMMAND, 255, OUTCOME_DEAD, 0}, {ANSWER_SENDMAIL, 0, OUTCOME_SENT, 0},
        {ANSWER_SENDMAIL, 64, OUTCOME_DEAD, 0}, {ANSWER_SENDMAIL, 67, OUTCOME_DEAD, 0},
        {ANSWER_SENDMAIL, 78, OUTCOME_DEAD, 0}, {ANSWER_SENDMAIL, 75, OUTCOME_RETRY, 1},
        {ANSWER_SENDMAIL, 1, OUTCOME_RETRY, 1}, {ANSWER_SENDMAIL, 127, OUTCOME_RETRY, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct verdict v = of(rows[i].kind, rows[i].code, 0);
        assert_int_equal(v.outcome, rows[i].outcome);
        assert_int_equal(v.destination, rows[i].destination);
    }
}

static void smtp_answers(void **state) {
    (void)state;
    static const struct {
        int code;
        enum smtp_stage stage;
        enum outcome outcome;
        bool destination;
    } rows[] = {
        {250, STAGE_DATA, OUTCOME_SENT, 0},    {421, STAGE_RCPT, OUTCOME_RETRY, 1},
        {450, STAGE_RCPT, OUTCOME_RETRY, 0},   {450, STAGE_MAIL, OUTCOME_RETRY, 1},
        {451, STAGE_DATA, OUTCOME_RETRY, 1},   {550, STAGE_RCPT, OUTCOME_DEAD, 0},
        {552, STAGE_RCPT, OUTCOME_DEAD, 0},    {554, STAGE_DATA, OUTCOME_DEAD, 0},
        {553, STAGE_MAIL, OUTCOME_DEAD, 0},    {535, STAGE_AUTH, OUTCOME_SUSPEND, 1},
        {534, STAGE_AUTH, OUTCOME_SUSPEND, 1}, {454, STAGE_AUTH, OUTCOME_RETRY, 1},
        {530, STAGE_MAIL, OUTCOME_SUSPEND, 1}, {554, STAGE_HELLO, OUTCOME_SUSPEND, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct verdict v = of(ANSWER_SMTP, rows[i].code, rows[i].stage);
        assert_int_equal(v.outcome, rows[i].outcome);
        assert_int_equal(v.destination, rows[i].destination);
    }
    assert_true(of(ANSWER_SMTP, 552, STAGE_DATA).too_long);
    assert_true(of(ANSWER_SMTP, 552, STAGE_MAIL).too_long);
    assert_false(of(ANSWER_SMTP, 552, STAGE_RCPT).too_long);
}

static void failures_and_plugins(void **state) {
    (void)state;
    static const enum failure again[] = {FAILURE_DNS,      FAILURE_CONNECT, FAILURE_TLS,
                                         FAILURE_TIME_OUT, FAILURE_RESET,   FAILURE_WRITE};
    for (size_t i = 0; i < sizeof again / sizeof *again; i++) {
        struct verdict v = of(ANSWER_FAILURE, (int)again[i], 0);
        assert_int_equal(v.outcome, OUTCOME_RETRY);
        assert_true(v.destination);
    }
    assert_int_equal(of(ANSWER_FAILURE, FAILURE_CERTIFICATE, 0).outcome, OUTCOME_SUSPEND);
    assert_int_equal(of(ANSWER_FAILURE, FAILURE_NO_TLS, 0).outcome, OUTCOME_SUSPEND);
    assert_int_equal(of(ANSWER_FAILURE, FAILURE_SETUP, 0).outcome, OUTCOME_SUSPEND);
    assert_int_equal(of(ANSWER_FAILURE, FAILURE_ROW, 0).outcome, OUTCOME_DEAD);
    assert_int_equal(of(ANSWER_PLUGIN, NA_SENT, 0).outcome, OUTCOME_SENT);
    assert_int_equal(of(ANSWER_PLUGIN, NA_RETRY, 0).outcome, OUTCOME_RETRY);
    assert_int_equal(of(ANSWER_PLUGIN, NA_DEAD, 0).outcome, OUTCOME_DEAD);
    assert_int_equal(of(ANSWER_PLUGIN, NA_SUSPEND, 0).outcome, OUTCOME_SUSPEND);
    assert_int_equal(of(ANSWER_PLUGIN, 77, 0).outcome, OUTCOME_RETRY);
}

static void waits(void **state) {
    (void)state;
    static const int64_t expected[] = {5, 20, 80, 320, 1280, 5120, 14400, 14400};
    for (int n = 1; n <= 8; n++) {
        int64_t middle = expected[n - 1] * SECOND;
        assert_int_equal(attempt_wait(&usual, n, 0, 0), middle * 8 / 10);
        assert_int_equal(attempt_wait(&usual, n, 0, 0x80000000u), middle);
        int64_t most = attempt_wait(&usual, n, 0, UINT32_MAX);
        assert_true(most <= middle * 12 / 10 && most > middle * 11 / 10);
    }
    assert_true(attempt_wait(&usual, 1000000, 0, 0) <= 4 * HOUR);
    /* Retry-After: replaces when longer, never shortened, capped at a day. */
    assert_int_equal(attempt_wait(&usual, 1, 60 * SECOND, 0), 60 * SECOND);
    assert_int_equal(attempt_wait(&usual, 4, 60 * SECOND, 0x80000000u), 320 * SECOND);
    assert_int_equal(attempt_wait(&usual, 1, 900 * DAY, 0), DAY);
}

static void giving_up(void **state) {
    (void)state;
    assert_false(attempt_gives_up(&usual, LEVEL_URGENT, 1000, 1000 + 48 * HOUR - 1));
    assert_true(attempt_gives_up(&usual, LEVEL_URGENT, 1000, 1000 + 48 * HOUR));
    assert_false(attempt_gives_up(&usual, LEVEL_FLASH, 0, 4800 * HOUR));
    /* A row that waited for its release, or for a person's retry, begins then. */
    assert_int_equal(attempt_began(&usual, 1000, 1000, 0), 1000);
    assert_int_equal(attempt_began(&usual, 1000, 1000 + 9 * HOUR, 0), 1000 + 9 * HOUR);
    /* Two failures lie 5 s + 20 s, and jitter, before the third attempt. */
    assert_int_equal(attempt_began(&usual, 0, HOUR, 2), HOUR - 30 * SECOND);
    assert_int_equal(attempt_began(&usual, HOUR - 10 * SECOND, HOUR, 2), HOUR - 10 * SECOND);
}

static void retry_after(void **state) {
    (void)state;
    int64_t now = INT64_C(1795489200000); /* 2026-11-24T03:00:00Z */
    assert_int_equal(attempt_retry_after(TEXT(" 120 "), now), 120 * SECOND);
    assert_int_equal(attempt_retry_after(TEXT("0"), now), 0);
    assert_int_equal(attempt_retry_after(TEXT("99999999999999999999999"), now), DAY);
    assert_int_equal(attempt_retry_after(TEXT("Tue, 24 Nov 2026 03:01:30 GMT"), now), 90 * SECOND);
    assert_int_equal(attempt_retry_after(TEXT("Tue, 24 Nov 2026 02:00:00 GMT"), now), 0);
    assert_int_equal(attempt_retry_after(TEXT("Tue, 24 Nov 2099 02:00:00 GMT"), now), DAY);
    assert_int_equal(attempt_retry_after(TEXT("soon"), now), 0);
    assert_int_equal(attempt_retry_after(TEXT("-5"), now), 0);
    assert_int_equal(attempt_retry_after(TEXT_NONE, now), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(http_answers),         cmocka_unit_test(exit_codes), cmocka_unit_test(smtp_answers),
        cmocka_unit_test(failures_and_plugins), cmocka_unit_test(waits),      cmocka_unit_test(giving_up),
        cmocka_unit_test(retry_after),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

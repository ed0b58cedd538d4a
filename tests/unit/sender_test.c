/* http.c and smtp.c over the real net, against servers that follow a script: what was sent, and what each
 * answer is taken for. (postfix, dovecot and a checking receiver are met in tests/e2e.) */
#include "unit.h"

#include "base/time.h"
#include "deliver/sender.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#define KEY "na_abcdefghijklmnopqrstuvwxyz"

/* -- a server in a thread: one connection, one script ---- */
struct server {
    int fd, port;
    bool smtp;
    const char *const *replies; /* HTTP: one; SMTP: the greeting, then one a line; NULL: close */
    char got[65536];
    size_t n;
    pthread_t thread;
};

static bool read_more(struct server *s, int fd) {
    ssize_t n = read(fd, s->got + s->n, sizeof s->got - 1 - s->n);
    if (n <= 0) return false;
    s->n += (size_t)n;
    s->got[s->n] = '\0';
    return true;
}

static void say(int fd, const char *text) {
    if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0) return;
}

static void serve_http(struct server *s, int fd) {
    char *body;
    while (!(body = strstr(s->got, "\r\n\r\n")))
        if (!read_more(s, fd)) return;
    const char *length = strstr(s->got, "Content-Length: ");
    size_t want = length ? strtoul(length + 16, NULL, 10) : 0;
    while (s->n < (size_t)(body + 4 - s->got) + want)
        if (!read_more(s, fd)) return;
    if (s->replies[0]) say(fd, s->replies[0]);
}

static void serve_smtp(struct server *s, int fd) {
    size_t line = 0;
    for (size_t i = 0; s->replies[i]; i++) {
        say(fd, s->replies[i]);
        const char *end = !strncmp(s->replies[i], "354", 3) ? "\r\n.\r\n" : "\r\n";
        while (!strstr(s->got + line, end))
            if (!read_more(s, fd)) return;
        line = s->n;
    }
}

static void *serve(void *arg) {
    struct server *s = arg;
    int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) return NULL;
    (s->smtp ? serve_smtp : serve_http)(s, fd);
    /* An orderly end, so that what was written is not lost with a reset. */
    shutdown(fd, SHUT_WR);
    while (read_more(s, fd)) continue;
    close(fd);
    return NULL;
}

static void server_open(struct server *s, bool smtp, const char *const *replies) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    memset(s, 0, sizeof *s);
    s->smtp = smtp;
    s->replies = replies;
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(s->fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(s->fd, 5), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &len), 0);
    s->port = ntohs(a.sin_port);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}
static void server_close(struct server *s) {
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->fd);
}

/* -- one attempt ---- */
static struct event_base *base;
static bool ended;
static struct answer got;

static void on_answer(void *arg, const struct answer *a) {
    (void)arg;
    got = *a;
    ended = true;
    event_base_loopbreak(base);
}

static char *to[] = {(char *)"desk@example.test"};
static struct config_notify notify_of(void) {
    return (struct config_notify){.name = (char *)"x",
                                  .kind_name = (char *)"webhook",
                                  .excerpt = 280,
                                  .link = true,
                                  .timeout = 5 * SECOND,
                                  .from = (char *)"Desk <alerts@example.test>",
                                  .to = {to, 1, 1},
                                  .tls = MAIL_TLS_NONE};
}

static struct verdict attempt(sender_start_fn *start, const struct config_notify *n, const char *recipient) {
    const struct facts f = {.kind = KIND_NEW,
                            .alert = TEXT("la"),
                            .level = LEVEL_URGENT,
                            .fired = INT64_C(1795489200000),
                            .item = {.id = TEXT("1"),
                                     .title = TEXT("A title"),
                                     .summary = TEXT(".\n..dots\nlast"),
                                     .published = TIME_NONE,
                                     .updated = TIME_NONE}};
    base = event_base_new();
    struct net *net = net_new(base);
    const struct sender_env env = {base, net, NULL, "newsalertd/0 (desk@example.test)", NULL};
    const struct render_ask ask = {n, KEY, recipient, "host.example", INT64_C(1795489230000), false, NULL};
    ended = false;
    void *under_way = start(&env, &ask, &f, on_answer, NULL, &got);
    while (under_way && !ended) event_base_loop(base, EVLOOP_ONCE);
    net_free(net);
    event_base_free(base);
    return answer_verdict(&got);
}

/* -- webhooks ---- */
static struct verdict post(struct server *s, struct config_notify *n, const char *const *replies) {
    char url[128];
    server_open(s, false, replies);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/services/T000/verysecret", s->port);
    n->url = url;
    struct verdict v = attempt(http_start, n, NULL);
    server_close(s);
    return v;
}

static void webhook_request(void **state) {
    (void)state;
    static struct server s;
    char *secret = (char *)"whsec_dGVzdC1zaWduaW5nLXNlY3JldC0wMTIzNDU2Nzg5YWJjZGVm",
         *header = (char *)"X-Desk: 1";
    struct config_notify n = notify_of();
    n.secrets = (struct strings){&secret, 1, 1};
    n.headers = (struct strings){&header, 1, 1};
    n.token = (char *)"a-token-of-ours";
    static const char *const ok[] = {"HTTP/1.1 204 No Content\r\n\r\n", NULL};
    assert_int_equal(post(&s, &n, ok).outcome, OUTCOME_SENT);
    static const char *const parts[] = {"POST /services/T000/verysecret HTTP/1.1\r\n",
                                        "\r\nUser-Agent: newsalertd/0 (desk@example.test)\r\n",
                                        "\r\nContent-Type: application/json\r\n",
                                        "\r\nwebhook-id: " KEY "\r\n",
                                        "\r\nwebhook-timestamp: 1795489230\r\n",
                                        "\r\nwebhook-signature: v1,",
                                        "\r\nAuthorization: Bearer a-token-of-ours\r\n",
                                        "\r\nX-Desk: 1\r\n",
                                        "\r\n\r\n{\"type\":\"alert.fired\","};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) assert_non_null(strstr(s.got, parts[i]));
    assert_null(strstr(s.got, "Expect:"));
}

static void webhook_answers(void **state) {
    (void)state;
    static struct server s;
    static const struct {
        const char *reply, *format;
        enum outcome outcome;
        int64_t retry_after;
        const char *what;
    } rows[] = {
        {"HTTP/1.1 503 x\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\ndown", NULL, OUTCOME_RETRY, 7000,
         "HTTP 503: down"},
        {"HTTP/1.1 302 x\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", NULL, OUTCOME_DEAD,
         0, "HTTP 302, a redirect, which is not followed: configure the address it leads to"},
        {"HTTP/1.1 400 x\r\nContent-Length: 51\r\n\r\nno hook at /services/T000/verysecret\r\n\033[31m, "
         "sorry!",
         NULL, OUTCOME_DEAD, 0, "HTTP 400: no hook at *** [31m, sorry!"},
        {"HTTP/1.1 200 x\r\nContent-Length: 3\r\n\r\nok\n", "slack", OUTCOME_SENT, 0, "HTTP 200"},
        {"HTTP/1.1 200 x\r\nContent-Length: 5\r\n\r\nhello", "slack", OUTCOME_RETRY, 0,
         "HTTP 200, but not the answer that means success: hello"},
        {"HTTP/1.1 200 x\r\nContent-Length: 99\r\n\r\ncut off", NULL, OUTCOME_SENT, 0, "HTTP 200"},
        {"HTTP/1.1 404 x\r\nContent-Length: 10\r\n\r\nno_service", "slack", OUTCOME_SUSPEND, 0,
         "HTTP 404: no_service"},
        {NULL, NULL, OUTCOME_RETRY, 0, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct config_notify n = notify_of();
        n.format = (char *)(uintptr_t)rows[i].format;
        const char *const replies[] = {rows[i].reply, NULL};
        struct verdict v = post(&s, &n, replies);
        assert_int_equal(v.outcome, rows[i].outcome);
        assert_int_equal(got.retry_after, rows[i].retry_after);
        if (rows[i].what) assert_string_equal(got.what, rows[i].what);
        assert_null(strstr(got.what, "verysecret"));
    }
}

static void webhook_setup(void **state) {
    (void)state;
    struct config_notify n = notify_of();
    n.url = (char *)"http://127.0.0.1:1/hook";
    assert_int_equal(attempt(http_start, &n, NULL).outcome, OUTCOME_RETRY);
    assert_int_equal(got.code, FAILURE_CONNECT);
    n.url = (char *)"file:///etc/passwd";
    assert_int_equal(attempt(http_start, &n, NULL).outcome, OUTCOME_SUSPEND);
    n.url = (char *)"http://127.0.0.1:1/hook";
    n.token = (char *)"x\r\nHost: evil.test";
    assert_int_equal(attempt(http_start, &n, NULL).outcome, OUTCOME_SUSPEND);
    n.token = NULL;
    char *bad = (char *)"whsec_c2hvcnQ=";
    n.secrets = (struct strings){&bad, 1, 1};
    assert_int_equal(attempt(http_start, &n, NULL).outcome, OUTCOME_SUSPEND);
    assert_null(strstr(got.what, "c2hvcnQ"));
    n.format = (char *)"carrier-pigeon";
    assert_int_equal(attempt(http_start, &n, NULL).outcome, OUTCOME_SUSPEND);
}

/* -- mail ---- */
static struct verdict mail(struct server *s, struct config_notify *n, const char *const *replies,
                           const char *recipient) {
    char url[128];
    server_open(s, true, replies);
    snprintf(url, sizeof url, "smtp://127.0.0.1:%d", s->port);
    n->server = url;
    struct verdict v = attempt(smtp_start, n, recipient);
    server_close(s);
    return v;
}
#define GREET "220 x\r\n", "250-x\r\n250-8BITMIME\r\n250 SIZE 1000000\r\n"

static void mail_dialogue(void **state) {
    (void)state;
    static struct server s;
    struct config_notify n = notify_of();
    static const char *const ok[] = {GREET,        "250 ok\r\n",           "250 ok\r\n",
                                     "354 go\r\n", "250 2.0.0 queued\r\n", NULL};
    assert_int_equal(mail(&s, &n, ok,
                          "Desk <desk@b\xC3\xBC"
                          "cher.test>")
                         .outcome,
                     OUTCOME_SENT);
    static const char *const parts[] = {"EHLO host.example\r\n",
                                        "MAIL FROM:<alerts@example.test> SIZE=",
                                        "RCPT TO:<desk@xn--bcher-kva.test>\r\n",
                                        "DATA\r\nDate: ",
                                        "\r\n..\r\n...dots\r\nlast",
                                        "\r\n.\r\n"};
    const char *at = s.got;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        at = strstr(at, parts[i]);
        assert_non_null(at);
    }
}

static void mail_answers(void **state) {
    (void)state;
    static struct server s;
    static const struct {
        const char *replies[8];
        enum outcome outcome;
        bool destination, too_long;
        const char *what;
    } rows[] = {
        {{GREET, "250 ok\r\n", "450 4.2.1 mailbox busy\r\n", "221 bye\r\n"},
         OUTCOME_RETRY,
         false,
         false,
         "at the recipient: 450 4.2.1 mailbox busy"},
        {{GREET, "250 ok\r\n", "550-5.1.1 no\r\n550 5.1.1 such user\r\n", "221 bye\r\n"},
         OUTCOME_DEAD,
         false,
         false,
         "at the recipient: 550 5.1.1 such user"},
        {{GREET, "530 5.7.0 log in first\r\n", "221 bye\r\n"}, OUTCOME_SUSPEND, true, false, NULL},
        {{GREET, "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "552 5.3.4 too big\r\n", "221 bye\r\n"},
         OUTCOME_DEAD,
         false,
         true,
         NULL},
        {{GREET, "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "451 4.3.0 later\r\n", "221 bye\r\n"},
         OUTCOME_RETRY,
         true,
         false,
         NULL},
        {{GREET, "250 ok\r\n", "250 ok\r\n", "354 go\r\n", NULL}, OUTCOME_RETRY, true, false, NULL},
        {{"421 4.3.2 closing\r\n"}, OUTCOME_RETRY, true, false, NULL},
        {{"554 5.7.1 not you\r\n", "221 bye\r\n"},
         OUTCOME_SUSPEND,
         true,
         false,
         "at the greeting: 554 5.7.1 not you"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct config_notify n = notify_of();
        struct verdict v = mail(&s, &n, rows[i].replies, "desk@example.test");
        assert_int_equal(v.outcome, rows[i].outcome);
        assert_int_equal(v.destination, rows[i].destination);
        assert_int_equal(v.too_long, rows[i].too_long);
        if (rows[i].what) assert_string_equal(got.what, rows[i].what);
    }
}

/* Nothing is sent in clear text unless `tls` says so; nothing unrepresentable, nothing injected. */
static void mail_refuses(void **state) {
    (void)state;
    static struct server s;
    struct config_notify n = notify_of();
    static const char *const plain[] = {GREET, "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250 ok\r\n", NULL};
    n.tls = MAIL_TLS_REQUIRED;
    assert_int_equal(mail(&s, &n, plain, "desk@example.test").outcome, OUTCOME_SUSPEND);
    assert_int_equal(got.code, FAILURE_NO_TLS);
    assert_null(strstr(s.got, "MAIL"));
    n.tls = MAIL_TLS_NONE;
    assert_int_equal(mail(&s, &n, plain, "j\xC3\xB6rg@example.test").outcome, OUTCOME_DEAD);
    assert_string_equal(got.what, "server lacks SMTPUTF8");
    assert_null(strstr(s.got, "MAIL"));
    static const char *const utf8[] = {
        "220 x\r\n", "250-x\r\n250 SMTPUTF8\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250 ok\r\n",
        NULL};
    assert_int_equal(mail(&s, &n, utf8, "j\xC3\xB6rg@example.test").outcome, OUTCOME_SENT);
    assert_non_null(strstr(s.got, "SMTPUTF8"));
    n.server = (char *)"smtp://127.0.0.1:1";
    assert_int_equal(attempt(smtp_start, &n, "a@b.test>\r\nRCPT TO:<c@d.test").outcome, OUTCOME_DEAD);
    assert_int_equal(attempt(smtp_start, &n, "desk@example.test").outcome, OUTCOME_RETRY);
}

static void masks(void **state) {
    (void)state;
    struct mask m;
    char *header = (char *)"Authorization: Basic c2VjcmV0";
    struct config_notify n = notify_of();
    n.url = (char *)"https://user:hunter2@hooks.example/services/T0/abc?sig=1";
    n.password = (char *)"pass word";
    n.headers = (struct strings){&header, 1, 1};
    mask_init(&m, &n);
    char text[] = "pass word at /services/T0/abc?sig=1 by user:hunter2 with Basic c2VjcmV0 pass word";
    mask_apply(&m, text);
    assert_string_equal(text, "*** at *** by *** with *** ***");
    mask_clear(&m);
    char *target = mask_target(n.url);
    assert_string_equal(target, "https://hooks.example/\xE2\x80\xA6");
    free(target);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(webhook_request), cmocka_unit_test(webhook_answers), cmocka_unit_test(webhook_setup),
        cmocka_unit_test(mail_dialogue),   cmocka_unit_test(mail_answers),    cmocka_unit_test(mail_refuses),
        cmocka_unit_test(masks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

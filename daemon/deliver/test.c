/* test-notify: a made-up alert to one notifier, now; and what to do when it does not arrive. */
#include "deliver/deliver.h"

#include "base/mem.h"
#include "base/time.h"
#include "config/value.h"
#include "deliver/relay.h"
#include "deliver/render/mime.h"
#include "deliver/sender.h"

#include <inttypes.h>
#include <signal.h>
#include <unistd.h>

#define PLUGIN_WAIT (5 * SECOND) /* for a plugin to say that it can show something */
#define TEST_ARENA  (64u << 10)

/* One sentence a failure: the first row that fits. kind, code from, to. */
static const struct {
    enum answer_kind kind;
    int from, to;
    const char *advice;
} advices[] = {
    {ANSWER_FAILURE, FAILURE_DNS, FAILURE_DNS,
     "The host's name is not known: check its spelling, and that this machine has DNS (getent hosts NAME)."},
    {ANSWER_FAILURE, FAILURE_CONNECT, FAILURE_CONNECT,
     "Nothing answers at that host and port: check both, and whether a firewall or a proxy stands between."},
    {ANSWER_FAILURE, FAILURE_TLS, FAILURE_TLS,
     "The TLS handshake broke: a server that speaks clear text there needs http:// or smtp://, an old one an "
     "update."},
    {ANSWER_FAILURE, FAILURE_CERTIFICATE, FAILURE_CERTIFICATE,
     "The server's certificate is not trusted: use the name that stands in it, or name your own authority "
     "with "
     "ca_file = FILE.pem."},
    {ANSWER_FAILURE, FAILURE_NO_TLS, FAILURE_NO_TLS,
     "The server offers no STARTTLS: try smtps://HOST:465, or port 587; tls = opportunistic would send the "
     "password in clear text."},
    {ANSWER_FAILURE, FAILURE_TIME_OUT, FAILURE_TIME_OUT,
     "There was no answer in time: check the port (some networks drop 25 and 587), or raise timeout."},
    {ANSWER_FAILURE, FAILURE_SETUP, FAILURE_SETUP,
     "Correct the [notify] section; newsalertd --check-config helps."},
    {ANSWER_FAILURE, FAILURE_ROW, FAILURE_ROW, "Correct the recipient, or use a server that takes it."},
    {ANSWER_FAILURE, FAILURE_RESET, FAILURE_RESET,
     "The connection broke: look at the receiver's log, and whether http and https (smtp and smtps) are "
     "mixed up."},
    {ANSWER_HTTP, 300, 399, "Redirects are not followed: put the address it leads to into url."},
    {ANSWER_HTTP, 400, 400,
     "The receiver did not understand the message: check format, and with a secret this machine's clock."},
    {ANSWER_HTTP, 401, 401,
     "The receiver refuses the credentials: check token, user and password, or secret and this machine's "
     "clock."},
    {ANSWER_HTTP, 403, 403, "The receiver forbids it: check the token's rights, or make a new hook."},
    {ANSWER_HTTP, 404, 404, "There is no such hook: copy its address again; it may have been deleted."},
    {ANSWER_HTTP, 410, 410, "The hook is gone for good: make a new one and put its address into url."},
    {ANSWER_HTTP, 429, 429, "The receiver asks to slow down: wait, and set rate lower."},
    {ANSWER_HTTP, 500, 599,
     "The receiver is in trouble, or does not know this format: look at its log, try later."},
    {ANSWER_HTTP, 200, 299, "That address answers, but is no hook of this format: check url and format."},
    {ANSWER_SMTP, 534, 535,
     "The server refuses user and password: check both; many providers want an application's own password."},
    {ANSWER_SMTP, 530, 530,
     "The server wants a login, or TLS first: set user and password, and tls = required."},
    {ANSWER_SMTP, 538, 538, "The server wants TLS before the login: set tls = required."},
    {ANSWER_SMTP, 400, 499,
     "The server refuses for the moment: what it says above names the reason; try later."},
    {ANSWER_SMTP, 500, 599, "The server refuses for good: what it says above names the address or rule."},
    {ANSWER_COMMAND, 75, 75,
     "The program asks to be tried again later (exit code 75): what it says above names the reason."},
    {ANSWER_COMMAND, 0, 999,
     "The program failed: run it by hand with newsalertctl test-notify --dry-run as its input."},
    {ANSWER_SENDMAIL, 0, 999,
     "The mail program refuses: run it by hand; one that is setuid or setgid cannot work under the systemd "
     "unit without the drop-in allow-sendmail.conf."},
    {ANSWER_PLUGIN, 0, 999,
     "The plugin's lines above, and newsalertctl status, say more: is there a session to show it in?"},
};

static const char *advice_of(const struct answer *a) {
    for (size_t i = 0; i < sizeof advices / sizeof *advices; i++)
        if (advices[i].kind == a->kind && a->code >= advices[i].from && a->code <= advices[i].to)
            return advices[i].advice;
    return "Check the [notify] section.";
}

/* One test under way. */
struct test {
    const struct config_notify *notify;
    struct event_base *base;
    struct sender_env env;
    struct facts facts;
    char host[256], key[KEY_SIZE];
    struct answer answer;
    bool ended, available, said; /* said: the plugin has said whether it is available */
};

static void on_answer(void *arg, const struct answer *a) {
    struct test *t = arg;
    t->answer = *a;
    t->ended = true;
    event_base_loopbreak(t->base);
}

static void on_available(void *ctx, bool yes, const char *why) {
    struct test *t = ctx;
    t->available = yes;
    t->said = true;
    if (!yes) answer_say(&t->answer, ANSWER_PLUGIN, NA_RETRY, "%s", why ? why : "not available");
    if (yes) event_base_loopbreak(t->base);
}

static void make_facts(struct test *t, struct arena *a, int64_t now) {
    char when[TIME_TEXT];
    sender_host(t->host);
    const struct text parts[] = {TEXT("test"), text_of(t->host), text_of(time_rfc3339(now, when))};
    idempotency_key(parts, 3, t->key);
    t->facts = (struct facts){.kind = KIND_TEST,
                              .alert = TEXT("test"),
                              .level = LEVEL_URGENT,
                              .fired = now,
                              .feed = {.name = TEXT("test")}};
    t->facts.item = (struct item){.id = text_of(t->key), .published = TIME_NONE, .updated = TIME_NONE};
    t->facts.item.title = text_of(arena_printf(a, "Test from newsalertd on %s", t->host));
    t->facts.item.summary = text_of(
        arena_printf(a, "This is a test. If you can read it, the notifier %s works.", t->notify->name));
}

static int print_dry(const struct test *t, const struct render_ask *ask, FILE *out) {
    struct buf text;
    struct notice notice;
    const struct format *format;
    int r = -1;
    buf_init(&text, LIMIT_FIELD);
    switch (t->notify->kind) {
    case NOTIFY_WEBHOOK:
        if ((format = format_of(t->notify->format))) r = format->render(ask, &t->facts, &text);
        buf_addc(&text, '\n');
        break;
    case NOTIFY_EMAIL: r = render_mail(ask, &t->facts, &text); break;
    case NOTIFY_COMMAND: r = render_json(ask, &t->facts, &text); break;
    case NOTIFY_TERMINAL: r = render_terminal(ask, &t->facts, (struct terminal_look){0}, &text); break;
    case NOTIFY_PLUGIN:
        notice_render(ask, &t->facts, &notice);
        r = buf_addf(&text, "%s\n%s\n%s\n", buf_str(&notice.title), buf_str(&notice.body),
                     buf_str(&notice.url));
        notice_clear(&notice);
        break;
    }
    if (r < 0)
        fprintf(out, "%s: cannot be rendered: check from, to and format\n", t->notify->name);
    else
        fwrite(buf_str(&text), 1, text.len, out);
    buf_clear(&text);
    return r;
}

/* scheme://host/… of where it goes, or the kind. */
static char *target_of(const struct render_ask *ask, const struct facts *f) {
    const struct config_notify *n = ask->notify;
    const struct format *format = n->kind == NOTIFY_WEBHOOK ? format_of(n->format) : NULL;
    struct buf address;
    buf_init(&address, LIMIT_URL * 3);
    if (n->command) {
        buf_clear(&address);
        return xasprintf("the program %.*s", (int)strcspn(n->command, " \t"), n->command);
    }
    if (format && format->address)
        format->address(ask, f, &address);
    else
        buf_adds(&address, n->kind == NOTIFY_EMAIL && n->server ? n->server : n->url ? n->url : "");
    AUTOFREE char *server = address.len ? mask_target(buf_str(&address)) : xstrdup(n->kind_name);
    buf_clear(&address);
    return ask->recipient ? xasprintf("%s for %s", server, ask->recipient) : xstrdup(server);
}

/* Runs the loop until the answer, or for `most` ms. */
static void run_loop(struct test *t, int64_t most) {
    struct timeval wait = {most / 1000, most % 1000 * 1000};
    event_base_loopexit(t->base, &wait);
    event_base_dispatch(t->base);
}

static int test_one(struct test *t, const char *recipient, bool dry, FILE *out) {
    int64_t wall = time_wall(), began = time_boot();
    const struct render_ask ask = {t->notify, t->key, recipient, t->host, wall, false, NULL};
    if (dry) return print_dry(t, &ask, out);
    struct sender sender = sender_of(t->notify);
    void *attempt = NULL;
    t->ended = false;
    attempt = sender.start(&t->env, &ask, &t->facts, on_answer, t, &t->answer);
    if (attempt) run_loop(t, t->notify->timeout + 2 * SECOND);
    if (attempt && !t->ended) {
        sender.cancel(attempt);
        answer_say(&t->answer, ANSWER_FAILURE, FAILURE_TIME_OUT, "no answer in time");
    }
    bool sent = answer_verdict(&t->answer).outcome == OUTCOME_SENT;
    AUTOFREE char *target = target_of(&ask, &t->facts);
    fprintf(out, "%s: %s: %s: %s (%.2f s)\n", t->notify->name, target, sent ? "sent" : "not sent",
            t->answer.what[0] ? t->answer.what : "no answer", (double)(time_boot() - began) / 1000);
    if (!sent) fprintf(out, "  %s\n", advice_of(&t->answer));
    return sent ? 0 : -1;
}

static int test_mails(struct test *t, bool dry, FILE *out) {
    const struct strings *lists[] = {&t->notify->to, &t->notify->cc, &t->notify->bcc};
    int r = 0;
    if (t->notify->command) return test_one(t, NULL, dry, out);
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < lists[i]->n && !(dry && (i || k)); k++)
            r |= test_one(t, lists[i]->list[k], dry, out);
    return r;
}

static int test_plugin(struct test *t, struct plugins *plugins, bool dry, FILE *out) {
    struct plugin *plugin = plugins ? plugins_by_name(plugins, t->notify->kind_name) : NULL;
    const struct relay_events events = {.ctx = t, .available = on_available};
    if (!dry && plugin) t->env.relay = relay_new(t->base, plugin, t->notify, &events);
    if (t->env.relay) run_loop(t, SECOND / 4);
    if (t->env.relay && t->said && !t->available) run_loop(t, PLUGIN_WAIT);
    int r = -1;
    if (t->said && !t->available)
        fprintf(out, "%s: %s: not sent: %s\n  %s\n", t->notify->name, t->notify->kind_name, t->answer.what,
                advice_of(&t->answer));
    else
        r = test_one(t, NULL, dry, out);
    relay_free(t->env.relay);
    return r;
}

static void test_open(struct test *t, const struct config *config, struct arena *arena) {
    t->base = event_base_new();
    if (!t->base) out_of_memory(sizeof(void *));
    arena_init(arena, TEST_ARENA);
    t->env = (struct sender_env){.base = t->base,
                                 .net = net_new(t->base),
                                 .user_agent = sender_user_agent(config->contact),
                                 .spawns = spawns_new(t->base)};
    /* A program may not read its input. */
    sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    make_facts(t, arena, time_wall());
}

static void test_close(struct test *t, struct arena *arena) {
    net_free(t->env.net);
    spawns_free(t->env.spawns);
    event_base_free(t->base);
    free((char *)t->env.user_agent);
    arena_clear(arena);
}

int deliver_test(const struct config *config, const struct config_notify *notify, struct plugins *plugins,
                 bool dry, FILE *out) {
    struct test t = {.notify = notify};
    struct arena arena;
    test_open(&t, config, &arena);
    int r = notify->kind == NOTIFY_EMAIL    ? test_mails(&t, dry, out)
            : notify->kind == NOTIFY_PLUGIN ? test_plugin(&t, plugins, dry, out)
                                            : test_one(&t, NULL, dry, out);
    test_close(&t, &arena);
    return r;
}

/* ---- without a message ---- */

static size_t ignore(char *ptr, size_t size, size_t n, void *arg) {
    (void)ptr, (void)arg;
    return size * n;
}

/* Connects, and with a mail server logs in and asks for nothing. */
static void connect_to(struct test *t, const struct render_ask *ask, int64_t most) {
    const struct config_notify *n = t->notify;
    const struct format *format = n->kind == NOTIFY_WEBHOOK ? format_of(n->format) : NULL;
    struct buf address;
    long reply = 0;
    CURL *easy = curl_easy_init();
    if (!easy) out_of_memory(0);
    buf_init(&address, LIMIT_URL * 3);
    if (n->kind == NOTIFY_EMAIL) {
        smtp_connection(easy, t->env.user_agent, ask);
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "NOOP");
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else {
        if (!format || !format->address || format->address(ask, &t->facts, &address) < 0)
            buf_adds(&address, n->url ? n->url : "");
        net_easy_defaults(easy, t->env.user_agent);
        curl_easy_setopt(easy, CURLOPT_URL, buf_str(&address));
        curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
        if (n->proxy) curl_easy_setopt(easy, CURLOPT_PROXY, n->proxy);
        if (n->ca_file) curl_easy_setopt(easy, CURLOPT_CAINFO, n->ca_file);
    }
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, ignore);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)most);
    CURLcode code = curl_easy_perform(easy);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &reply);
    if (code == CURLE_OK)
        answer_say(&t->answer, ANSWER_PLUGIN, NA_SENT, "%s",
                   n->kind != NOTIFY_EMAIL ? "can be connected to"
                   : n->user               ? "answers, and takes the login"
                                           : "answers");
    else if (n->kind == NOTIFY_EMAIL && reply >= 400)
        answer_say(&t->answer, ANSWER_SMTP, (int)reply, "refuses with %ld", reply);
    else
        answer_curl(&t->answer, easy, code);
    curl_easy_cleanup(easy);
    buf_clear(&address);
}

static void look_for(struct test *t) {
    AUTOFREE char **words = value_command(text_of(t->notify->command));
    if (words[0] && *words[0] && value_is_program(words[0]))
        answer_say(&t->answer, ANSWER_PLUGIN, NA_SENT, "is there");
    else
        answer_say(&t->answer, ANSWER_FAILURE, FAILURE_SETUP, "is not there, or may not be run");
}

static void ask_plugin(struct test *t, struct plugins *plugins, int64_t most) {
    struct plugin *plugin = plugins ? plugins_by_name(plugins, t->notify->kind_name) : NULL;
    const struct relay_events events = {.ctx = t, .available = on_available};
    answer_say(&t->answer, ANSWER_PLUGIN, NA_RETRY, "does not start");
    if (plugin) t->env.relay = relay_new(t->base, plugin, t->notify, &events);
    if (t->env.relay) run_loop(t, most < PLUGIN_WAIT ? most : PLUGIN_WAIT);
    if (t->available || (t->env.relay && !t->said))
        answer_say(&t->answer, ANSWER_PLUGIN, NA_SENT, "can show messages");
    relay_free(t->env.relay);
}

int deliver_probe(const struct config *config, const struct config_notify *notify, struct plugins *plugins,
                  int64_t most, char **ret_says, const char **ret_advice) {
    struct test t = {.notify = notify};
    struct arena arena;
    struct mask mask = {0};
    test_open(&t, config, &arena);
    const struct render_ask ask = {notify, t.key, NULL, t.host, time_wall(), false, NULL};
    if (notify->command)
        look_for(&t);
    else if (notify->kind == NOTIFY_PLUGIN)
        ask_plugin(&t, plugins, most);
    else if (notify->kind == NOTIFY_TERMINAL)
        answer_say(&t.answer, ANSWER_PLUGIN, NA_SENT, "is the daemon's own standard output");
    else
        connect_to(&t, &ask, most);
    bool well = t.answer.kind == ANSWER_PLUGIN && t.answer.code == NA_SENT;
    mask_init(&mask, notify);
    mask_apply(&mask, t.answer.what);
    mask_clear(&mask);
    AUTOFREE char *target = target_of(&ask, &t.facts);
    *ret_says = xasprintf("%s: %s", target, t.answer.what);
    *ret_advice = well ? NULL : advice_of(&t.answer);
    test_close(&t, &arena);
    return well ? 0 : -1;
}

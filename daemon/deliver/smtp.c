/* E-mail over SMTP: one transaction a recipient on a kept connection, because libcurl does not say which of
 * several was refused. The reply code counts before libcurl's; the stage, the enhanced code (RFC 3463) and
 * whether SMTPUTF8 is offered are read from the dialogue, of which nothing but replies and verbs is kept. */
#include "deliver/render/mime.h"
#include "deliver/sender.h"

#include <stdio.h>

#define MAIL_BYTES (8u << 20) /* a whole mail of ours; the renderer stops far below */
#define REPLY_MAX  400        /* bytes kept of one reply line */

struct letter_out {
    CURL *easy;
    struct net *net;
    struct curl_slist *to;
    struct buf mail;
    size_t at; /* bytes of it that libcurl has taken */
    struct mask mask;
    enum smtp_stage stage;
    char reply[REPLY_MAX]; /* the last line of the last reply; a refusal stays when QUIT is answered */
    bool needs_utf8, offers_utf8, lacks_utf8;
    sender_done_fn *done;
    void *arg;
};

static struct letter_out *letter_free(struct letter_out *l) {
    if (!l) return NULL;
    if (l->easy) curl_easy_cleanup(l->easy);
    curl_slist_free_all(l->to);
    buf_clear(&l->mail);
    mask_clear(&l->mask);
    free(l);
    return NULL;
}

static size_t on_read(char *ptr, size_t size, size_t n, void *arg) {
    struct letter_out *l = arg;
    size_t want = size * n, have = l->mail.len - l->at;
    if (want > have) want = have;
    memcpy(ptr, l->mail.ptr + l->at, want);
    l->at += want;
    return want;
}

/* A kept connection that broke before the first byte is replaced; then libcurl begins again. */
static int on_seek(void *arg, curl_off_t offset, int origin) {
    struct letter_out *l = arg;
    if (origin != SEEK_SET || offset < 0 || (size_t)offset > l->mail.len) return CURL_SEEKFUNC_FAIL;
    l->at = (size_t)offset;
    return CURL_SEEKFUNC_OK;
}

static const struct {
    const char *verb;
    enum smtp_stage stage;
} verbs[] = {{"EHLO", STAGE_HELLO}, {"HELO", STAGE_HELLO}, {"STARTTLS", STAGE_HELLO}, {"AUTH", STAGE_AUTH},
             {"MAIL", STAGE_MAIL},  {"RCPT", STAGE_RCPT},  {"DATA", STAGE_DATA}};

static int on_dialogue(CURL *easy, curl_infotype type, char *ptr, size_t len, void *arg) {
    struct letter_out *l = arg;
    struct text line = text_trim((struct text){ptr, len});
    (void)easy;
    if (type == CURLINFO_HEADER_OUT) {
        for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
            if (text_starts(line, text_of(verbs[i].verb))) l->stage = verbs[i].stage;
        /* What was offered before STARTTLS does not count. */
        if (text_starts(line, TEXT("EHLO"))) l->offers_utf8 = false;
    } else if (type == CURLINFO_HEADER_IN) {
        if (line.len >= 12 && text_eq_nocase((struct text){line.ptr + 4, line.len - 4}, TEXT("SMTPUTF8")))
            l->offers_utf8 = true;
        bool refused = l->reply[0] == '4' || l->reply[0] == '5';
        if (!refused || (line.len && line.ptr[0] == l->reply[0]))
            snprintf(l->reply, sizeof l->reply, "%.*s", TEXT_ARGS(line));
    }
    return 0;
}

/* Called between the greetings (EHLO, STARTTLS, AUTH) and MAIL. */
static int before_mail(void *arg, char *remote, char *local, int remote_port, int local_port) {
    struct letter_out *l = arg;
    (void)remote, (void)local, (void)remote_port, (void)local_port;
    if (!l->needs_utf8 || l->offers_utf8) return CURL_PREREQFUNC_OK;
    l->lacks_utf8 = true;
    return CURL_PREREQFUNC_ABORT;
}

static const char *stage_name(enum smtp_stage stage) {
    switch (stage) {
    case STAGE_AUTH: return "authentication";
    case STAGE_MAIL: return "the sender";
    case STAGE_RCPT: return "the recipient";
    case STAGE_DATA: return "the message";
    default: return "the greeting";
    }
}

static void judge(struct letter_out *l, CURLcode code, struct answer *a) {
    long reply = 0;
    curl_easy_getinfo(l->easy, CURLINFO_RESPONSE_CODE, &reply);
    if (code == CURLE_OK) {
        answer_say(a, ANSWER_SMTP, (int)reply, "%s", "");
        answer_quote(a, &l->mask, "", text_of(l->reply));
    } else if (l->lacks_utf8) {
        answer_say(a, ANSWER_FAILURE, FAILURE_ROW, "server lacks SMTPUTF8");
    } else if (reply >= 400) {
        answer_say(a, ANSWER_SMTP, (int)reply, "at %s: ", stage_name(l->stage));
        char code_text[8];
        snprintf(code_text, sizeof code_text, "%ld", reply);
        answer_quote(a, &l->mask, "",
                     text_starts(text_of(l->reply), text_of(code_text)) ? text_of(l->reply)
                                                                        : text_of(code_text));
    } else {
        answer_curl(a, l->easy, code);
    }
    a->stage = code == CURLE_OK ? STAGE_DATA : l->stage;
    mask_apply(&l->mask, a->what);
}

static void on_done(void *arg, CURL *easy, CURLcode code) {
    struct letter_out *l = arg;
    struct answer a;
    (void)easy;
    judge(l, code, &a);
    sender_done_fn *done = l->done;
    void *done_arg = l->arg;
    letter_free(l);
    done(done_arg, &a);
}

static void set_login(CURL *easy, const struct config_notify *n) {
    if (n->user) curl_easy_setopt(easy, CURLOPT_USERNAME, n->user);
    if (n->token && n->token_is_oauth)
        curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, n->token);
    else if (n->user)
        curl_easy_setopt(easy, CURLOPT_PASSWORD, n->password ? n->password : "");
}

static void set_tls(CURL *easy, const struct config_notify *n) {
    static const long modes[] = {[MAIL_TLS_REQUIRED] = CURLUSESSL_ALL,
                                 [MAIL_TLS_OPPORTUNISTIC] = CURLUSESSL_TRY,
                                 [MAIL_TLS_NONE] = CURLUSESSL_NONE};
    curl_easy_setopt(easy, CURLOPT_USE_SSL, modes[n->tls]);
    if (n->ca_file) curl_easy_setopt(easy, CURLOPT_CAINFO, n->ca_file);
    if (n->tls == MAIL_TLS_OPPORTUNISTIC && !n->ca_file) {
        /* Whoever takes clear text, too, gains nothing from refusing a self-made certificate. */
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
}

/* libcurl takes the EHLO name from the address's path. */
static void set_server(CURL *easy, const struct render_ask *ask) {
    const struct config_notify *n = ask->notify;
    const char *hello = n->hello ? n->hello : ask->host && *ask->host ? ask->host : "localhost";
    struct text server = text_of(n->server);
    while (server.len && server.ptr[server.len - 1] == '/') server.len--;
    char *name = curl_easy_escape(easy, hello, 0);
    AUTOFREE char *url = xasprintf("%.*s/%s", TEXT_ARGS(server), name ? name : "localhost");
    curl_free(name);
    curl_easy_setopt(easy, CURLOPT_URL, url);
}

void smtp_connection(CURL *easy, const char *user_agent, const struct render_ask *ask) {
    net_easy_defaults(easy, user_agent);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set_server(easy, ask);
    set_tls(easy, ask->notify);
    set_login(easy, ask->notify);
}

static void set_options(struct letter_out *l, const struct sender_env *env, const struct render_ask *ask,
                        const struct mailbox *from) {
    CURL *easy = l->easy;
    smtp_connection(easy, env->user_agent, ask);
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, buf_str(&from->address));
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, l->to);
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)l->mail.len);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(easy, CURLOPT_READDATA, l);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, l);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)ask->notify->timeout);
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, on_dialogue);
    curl_easy_setopt(easy, CURLOPT_DEBUGDATA, l);
    if (l->needs_utf8) {
        /* Only a new connection tells in its greeting what the server offers. */
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_mail);
        curl_easy_setopt(easy, CURLOPT_PREREQDATA, l);
    }
}

/* Checks both envelope addresses, and renders. 0, or -1 with *ret saying what is wrong with the row. */
static int prepare(struct letter_out *l, const struct render_ask *ask, const struct facts *f,
                   struct mailbox *from, struct answer *ret) {
    struct mailbox to;
    if (!ask->notify->server) {
        answer_say(ret, ANSWER_FAILURE, FAILURE_SETUP, "no server is configured");
        return -1;
    }
    if (mailbox_init(from, text_of(ask->notify->from)) < 0) {
        answer_say(ret, ANSWER_FAILURE, FAILURE_SETUP, "from is no mail address");
        return -1;
    }
    if (mailbox_init(&to, text_of(ask->recipient)) < 0) {
        answer_say(ret, ANSWER_FAILURE, FAILURE_ROW, "the recipient is no mail address");
        return -1;
    }
    l->needs_utf8 = to.utf8 || from->utf8;
    l->to = curl_slist_append(NULL, buf_str(&to.address));
    mailbox_clear(&to);
    if (l->to && !render_mail(ask, f, &l->mail)) return 0;
    answer_say(ret, ANSWER_FAILURE, FAILURE_ROW, "the message is too large for a mail");
    return -1;
}

void *smtp_start(const struct sender_env *env, const struct render_ask *ask, const struct facts *f,
                 sender_done_fn *done, void *arg, struct answer *ret) {
    struct mailbox from = {0};
    struct letter_out *l = xcalloc(1, sizeof *l);
    *l = (struct letter_out){.net = env->net, .stage = STAGE_HELLO, .done = done, .arg = arg};
    buf_init(&l->mail, MAIL_BYTES);
    mask_init(&l->mask, ask->notify);
    if (prepare(l, ask, f, &from, ret) < 0) goto ended;
    l->easy = curl_easy_init();
    if (l->easy) set_options(l, env, ask, &from);
    if (!l->easy || net_add(env->net, l->easy, on_done, l) < 0) {
        answer_say(ret, ANSWER_FAILURE, FAILURE_RESET, "not enough memory for a transfer");
        goto ended;
    }
    mailbox_clear(&from);
    return l;
ended:
    mailbox_clear(&from);
    letter_free(l);
    return NULL;
}

void smtp_cancel(void *attempt) {
    struct letter_out *l = attempt;
    net_cancel(l->net, l->easy);
    letter_free(l);
}

/* Webhooks: one POST an attempt, no redirects, signed anew each time (Standard Webhooks). */
#include "deliver/http_signs.h"
#include "deliver/sender.h"
#include "deliver/sign.h"

#include "base/log.h"
#include "base/time.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

struct post {
    CURL *easy;
    struct net *net;
    const struct format *format;
    struct curl_slist *headers;
    struct buf address, body, answer;
    struct mask mask;
    struct http_signs signs;
    char *notify; /* the section's name, for the log */
    bool followed;
    sender_done_fn *done;
    void *arg;
};

static struct post *post_free(struct post *p) {
    if (!p) return NULL;
    if (p->easy) curl_easy_cleanup(p->easy);
    curl_slist_free_all(p->headers);
    buf_clear(&p->address);
    buf_clear(&p->body);
    buf_clear(&p->answer);
    http_signs_clear(&p->signs);
    mask_clear(&p->mask);
    free(p->notify);
    free(p);
    return NULL;
}

/* More of an answer than LIMIT_ANSWER is nothing that we could use: the transfer ends there, and counts by
 * its status. */
static size_t on_body(char *ptr, size_t size, size_t n, void *arg) {
    struct post *p = arg;
    size_t len = size * n, room = LIMIT_ANSWER - p->answer.len;
    buf_add(&p->answer, ptr, len < room ? len : room);
    return len <= room ? len : 0;
}

static size_t on_header(char *ptr, size_t size, size_t n, void *arg) {
    struct post *p = arg;
    http_sign_header(&p->signs, (struct text){ptr, size * n});
    return size * n;
}

/* The status counts before libcurl's code: an answer whose body broke off was still an answer. */
static void judge(struct post *p, CURLcode code, struct answer *a) {
    long status = 0;
    curl_easy_getinfo(p->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200)
        answer_curl(a, p->easy, code);
    else
        http_signs_judge(&p->signs, (int)status, text_trim(buf_text(&p->answer)), time_wall(), a);
    mask_apply(&p->mask, a->what);
}

static void set_body(struct post *p) {
    curl_easy_setopt(p->easy, CURLOPT_POSTFIELDS, buf_str(&p->body));
    curl_easy_setopt(p->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)p->body.len);
}

static void on_done(void *arg, CURL *easy, CURLcode code);

/* A receiver that has moved within its service is followed once an attempt, with the same message. True: the
 * request is under way again. */
static bool follow(struct post *p) {
    struct buf where;
    if (!p->format->follow || p->followed || !p->answer.len) return false;
    p->followed = true;
    buf_init(&where, LIMIT_FIELD);
    json_t *answer = json_loadb(p->answer.ptr, p->answer.len, 0, NULL);
    bool moved = answer && p->format->follow(answer, &p->body, &where);
    if (moved)
        log_about(LOG_LEVEL_WARNING, "NOTIFY", p->notify,
                  "%s: %s says that the receiver is now %s; write that behind to =", p->notify,
                  p->format->name, buf_str(&where));
    json_decref(answer);
    buf_clear(&where);
    if (!moved) return false;
    buf_reset(&p->answer);
    set_body(p);
    return net_add(p->net, p->easy, on_done, p) == 0;
}

static void on_done(void *arg, CURL *easy, CURLcode code) {
    struct post *p = arg;
    struct answer a;
    (void)easy;
    if (code == CURLE_OK && follow(p)) return;
    judge(p, code, &a);
    sender_done_fn *done = p->done;
    void *done_arg = p->arg;
    post_free(p);
    done(done_arg, &a);
}

/* 0, or -1: a header that could begin another one, or no memory. */
static int header(struct post *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int header(struct post *p, const char *format, ...) {
    struct buf line;
    va_list args;
    buf_init(&line, LIMIT_HEADERS);
    va_start(args, format);
    buf_addv(&line, format, args);
    va_end(args);
    int r = line.failed || strpbrk(buf_str(&line), "\r\n") ? -1 : 0;
    struct curl_slist *list = r ? NULL : curl_slist_append(p->headers, buf_str(&line));
    buf_clear(&line);
    if (!list) return -1;
    p->headers = list;
    return 0;
}

static int set_headers(struct post *p, const struct render_ask *ask, struct answer *ret) {
    const struct config_notify *n = ask->notify;
    bool custom = !strcmp(p->format->name, "custom");
    int r =
        header(p, "Content-Type: %s", custom && n->content_type ? n->content_type : p->format->content_type);
    r |= header(p, "Expect:");
    if (p->format->signs) {
        int64_t stamp = ask->now / SECOND;
        r |= header(p, "webhook-id: %s", ask->key);
        r |= header(p, "webhook-timestamp: %" PRId64, stamp);
        if (n->secrets.n) {
            struct buf signature;
            buf_init(&signature, LIMIT_HEADERS);
            if (sign_webhook(&n->secrets, ask->key, stamp, buf_text(&p->body), &signature) < 0) {
                buf_clear(&signature);
                answer_say(ret, ANSWER_FAILURE, FAILURE_SETUP,
                           "secret is not whsec_ and the base64 of 24 to 64 bytes");
                return -1;
            }
            r |= header(p, "webhook-signature: %s", buf_str(&signature));
            buf_clear(&signature);
        }
    }
    if (n->token && p->format->auth == AUTH_BEARER) r |= header(p, "Authorization: Bearer %s", n->token);
    if (n->token && p->format->auth == AUTH_GOTIFY) r |= header(p, "X-Gotify-Key: %s", n->token);
    for (size_t i = 0; i < n->headers.n; i++) r |= header(p, "%s", n->headers.list[i]);
    if (r) answer_say(ret, ANSWER_FAILURE, FAILURE_SETUP, "a header or the token holds a line break");
    return r ? -1 : 0;
}

static void set_options(struct post *p, const struct sender_env *env, const struct config_notify *n) {
    CURL *easy = p->easy;
    net_easy_defaults(easy, env->user_agent);
    const char *method = !strcmp(p->format->name, "custom") && n->method ? n->method : p->format->method;
    if (p->signs.editing && p->format->edit_method) method = p->format->edit_method;
    curl_easy_setopt(easy, CURLOPT_URL, buf_str(&p->address));
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    if (method && strcmp(method, "POST") != 0) curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
    set_body(p);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, p->headers);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)n->timeout);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, p);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, p);
    if (n->proxy) curl_easy_setopt(easy, CURLOPT_PROXY, n->proxy);
    if (n->ca_file) curl_easy_setopt(easy, CURLOPT_CAINFO, n->ca_file);
    if (n->user) {
        curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        curl_easy_setopt(easy, CURLOPT_USERNAME, n->user);
        curl_easy_setopt(easy, CURLOPT_PASSWORD, n->password ? n->password : "");
    }
}

void *http_start(const struct sender_env *env, const struct render_ask *ask, const struct facts *f,
                 sender_done_fn *done, void *arg, struct answer *ret) {
    const struct format *format = format_of(ask->notify->format);
    if (!format || (!ask->notify->url && !format->address)) {
        answer_say(ret, ANSWER_FAILURE, FAILURE_SETUP, "format %s is not built in, or url is missing",
                   ask->notify->format ? ask->notify->format : "json");
        return NULL;
    }
    /* What cannot be edited is told as a follow-up. */
    struct facts follow_up = *f;
    follow_up.kind = KIND_FOLD;
    bool names = format->name_member != NULL;
    if (f->kind == KIND_EDIT && names && !ask->posted) f = &follow_up;
    struct post *p = xcalloc(1, sizeof *p);
    *p = (struct post){.net = env->net, .format = format, .done = done, .arg = arg};
    buf_init(&p->address, LIMIT_URL * 3);
    buf_init(&p->body, LIMIT_WEBHOOK_BODY);
    buf_init(&p->answer, LIMIT_ANSWER);
    mask_init(&p->mask, ask->notify);
    http_signs_init(&p->signs, format, ask->notify);
    p->signs.mask = &p->mask;
    p->signs.editing = names && render_edits(ask, f);
    p->notify = xstrdup(ask->notify->name);
    int r = format->address ? format->address(ask, f, &p->address) : buf_adds(&p->address, ask->notify->url);
    if (r < 0) {
        answer_say(ret, ANSWER_FAILURE, FAILURE_SETUP, "its address is too long");
        goto ended;
    }
    if (format->render(ask, f, &p->body) < 0) {
        answer_say(ret, ANSWER_FAILURE, FAILURE_ROW, "the message is too large for format %s", format->name);
        goto ended;
    }
    if (set_headers(p, ask, ret) < 0) goto ended;
    p->easy = curl_easy_init();
    if (p->easy) set_options(p, env, ask->notify);
    if (!p->easy || net_add(env->net, p->easy, on_done, p) < 0) {
        answer_say(ret, ANSWER_FAILURE, FAILURE_RESET, "not enough memory for a transfer");
        goto ended;
    }
    return p;
ended:
    post_free(p);
    return NULL;
}

void http_cancel(void *attempt) {
    struct post *p = attempt;
    net_cancel(p->net, p->easy);
    post_free(p);
}

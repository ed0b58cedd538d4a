/* Webhooks: one POST an attempt, no redirects, signed anew each time (Standard Webhooks). */
#include "deliver/sender.h"
#include "deliver/sign.h"

#include "base/time.h"

#include <inttypes.h>
#include <stdio.h>

struct post {
    CURL *easy;
    struct net *net;
    const struct format *format;
    struct curl_slist *headers;
    struct buf body, answer;
    struct mask mask;
    char retry_after[LIMIT_HTTP_DATE];
    sender_done_fn *done;
    void *arg;
};

static struct post *post_free(struct post *p) {
    if (!p) return NULL;
    if (p->easy) curl_easy_cleanup(p->easy);
    curl_slist_free_all(p->headers);
    buf_clear(&p->body);
    buf_clear(&p->answer);
    mask_clear(&p->mask);
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
    static const struct text name = {"retry-after:", 12};
    struct post *p = arg;
    struct text line = text_trim((struct text){ptr, size * n});
    if (text_starts(line, TEXT("HTTP/"))) p->retry_after[0] = '\0';
    if (line.len > name.len && text_eq_nocase((struct text){line.ptr, name.len}, name)) {
        struct text value = text_trim((struct text){line.ptr + name.len, line.len - name.len});
        if (value.len < sizeof p->retry_after)
            snprintf(p->retry_after, sizeof p->retry_after, "%.*s", TEXT_ARGS(value));
    }
    return size * n;
}

static bool says_too_long(const struct format *f, struct text body) {
    for (size_t i = 0; f->too_long[i]; i++)
        if (body.len && memmem(body.ptr, body.len, f->too_long[i], strlen(f->too_long[i]))) return true;
    return false;
}

/* The status counts before libcurl's code: an answer whose body broke off was still an answer. */
static void judge(struct post *p, CURLcode code, struct answer *a) {
    long status = 0;
    curl_easy_getinfo(p->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200) {
        answer_curl(a, p->easy, code);
        mask_apply(&p->mask, a->what);
        return;
    }
    struct text body = text_trim(buf_text(&p->answer));
    answer_say(a, ANSWER_HTTP, (int)status, "HTTP %ld", status);
    a->unsigned_2xx = p->format->success_body && !text_eqs(body, p->format->success_body);
    a->too_long = status >= 400 && says_too_long(p->format, body);
    a->retry_after = attempt_retry_after(text_of(p->retry_after), time_wall());
    if (status < 300 && a->unsigned_2xx)
        answer_quote(a, ", but not the answer that means success: ", body.len ? body : TEXT("(empty)"));
    else if (status >= 300 && status < 400)
        answer_quote(a, ", ", TEXT("a redirect, which is not followed: configure the address it leads to"));
    else if (status >= 400)
        answer_quote(a, ": ", body);
    mask_apply(&p->mask, a->what);
}

static void on_done(void *arg, CURL *easy, CURLcode code) {
    struct post *p = arg;
    struct answer a;
    (void)easy;
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
    int r = header(p, "Content-Type: %s", p->format->content_type);
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
    if (n->token) r |= header(p, "Authorization: Bearer %s", n->token);
    for (size_t i = 0; i < n->headers.n; i++) r |= header(p, "%s", n->headers.list[i]);
    if (r) answer_say(ret, ANSWER_FAILURE, FAILURE_SETUP, "a header or the token holds a line break");
    return r ? -1 : 0;
}

static void set_options(struct post *p, const struct sender_env *env, const struct config_notify *n) {
    CURL *easy = p->easy;
    net_easy_defaults(easy, env->user_agent);
    curl_easy_setopt(easy, CURLOPT_URL, n->url);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, buf_str(&p->body));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)p->body.len);
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
    if (!format || !ask->notify->url) {
        answer_say(ret, ANSWER_FAILURE, FAILURE_SETUP, "format %s is not built in, or url is missing",
                   ask->notify->format ? ask->notify->format : "json");
        return NULL;
    }
    struct post *p = xcalloc(1, sizeof *p);
    *p = (struct post){.net = env->net, .format = format, .done = done, .arg = arg};
    buf_init(&p->body, LIMIT_WEBHOOK_BODY);
    buf_init(&p->answer, LIMIT_ANSWER);
    mask_init(&p->mask, ask->notify);
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

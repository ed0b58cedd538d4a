#include "poll/websub_hub.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "base/url.h"

#include <stdio.h>
#include <string.h>

#define HUB_TIMEOUT_MS 20000

struct hub_request {
    struct net *net;
    CURL *easy;
    struct address_rule rule;
    struct buf form, answer;
    char *url, *user_agent, *ca_file, *proxy;
    unsigned hops;
    hub_done_fn *done;
    void *arg;
};

static void form_add(struct buf *b, const char *name, const char *value) {
    char *escaped = curl_easy_escape(NULL, value, 0);
    if (!escaped) out_of_memory(0);
    buf_addf(b, "%s%s=%s", b->len ? "&" : "", name, escaped);
    curl_free(escaped);
}

static void form_make(struct buf *b, const struct lease *l, const char *callback) {
    bool leave = l->state == LEASE_LEAVING;
    char seconds[24];
    buf_init(b, 8 * LIMIT_URL);
    form_add(b, "hub.mode", leave ? "unsubscribe" : "subscribe");
    form_add(b, "hub.topic", l->topic);
    form_add(b, "hub.callback", callback);
    if (leave) return;
    snprintf(seconds, sizeof seconds, "%lld", HUB_LEASE_MS / 1000);
    form_add(b, "hub.lease_seconds", seconds);
    form_add(b, "hub.secret", l->secret);
}

/* What a hub says is kept as far as people read it. */
static size_t hub_on_body(char *ptr, size_t size, size_t n, void *arg) {
    struct hub_request *r = arg;
    size_t len = size * n, room = r->answer.max - r->answer.len;
    buf_add(&r->answer, ptr, len < room ? len : room);
    curl_off_t so_far = 0;
    curl_easy_getinfo(r->easy, CURLINFO_SIZE_DOWNLOAD_T, &so_far);
    return so_far > (curl_off_t)LIMIT_ERROR_BODY ? 0 : len;
}

static void hub_on_done(void *arg, CURL *easy, CURLcode code);

static int hub_start(struct hub_request *r) {
    CURL *e = r->easy;
    curl_easy_reset(e);
    buf_reset(&r->answer);
    net_easy_defaults(e, r->user_agent);
    if (r->proxy)
        curl_easy_setopt(e, CURLOPT_PROXY, r->proxy);
    else
        net_easy_addresses(e, &r->rule);
    if (r->ca_file) curl_easy_setopt(e, CURLOPT_CAINFO, r->ca_file);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)HUB_TIMEOUT_MS);
    curl_easy_setopt(e, CURLOPT_POSTFIELDS, r->form.ptr);
    curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE, (long)r->form.len);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, hub_on_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, r);
    if (curl_easy_setopt(e, CURLOPT_URL, r->url)) return -1;
    return net_add(r->net, e, hub_on_done, r);
}

/* 0: the request goes on elsewhere. */
static int hub_hop(struct hub_request *r) {
    char *to = NULL;
    curl_easy_getinfo(r->easy, CURLINFO_REDIRECT_URL, &to);
    if (!to || strlen(to) > LIMIT_URL || r->hops++ >= LIMIT_REDIRECTS || !url_is_http(text_of(to))) return -1;
    if (!strncasecmp(r->url, "https:", 6) && strncasecmp(to, "https:", 6)) return -1;
    for (const char *c = to; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7F) return -1;
    free(r->url);
    r->url = xstrdup(to);
    return hub_start(r);
}

static void hub_on_done(void *arg, CURL *easy, CURLcode code) {
    struct hub_request *r = arg;
    long status = 0, os_errno = 0;
    char why[LEASE_TEXT] = "";
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_errno);
    if (code == CURLE_OK && (status == 307 || status == 308) && hub_hop(r) == 0) return;
    if (r->rule.refused)
        snprintf(why, sizeof why, "the hub's address %s is a private one", r->rule.address);
    else if (!status)
        snprintf(why, sizeof why, "the hub: %s", net_error(code, os_errno));
    else if (status < 200 || status > 299) {
        struct text said = text_trim(buf_text(&r->answer));
        if (said.len && (said.ptr[0] == '<' || memchr(said.ptr, '\n', said.len))) said.len = 0; /* a page */
        snprintf(why, sizeof why, "the hub answers %ld%s%.*s", status, said.len ? ": " : "", TEXT_ARGS(said));
        for (char *c = why; *c; c++)
            if ((unsigned char)*c < ' ' || *c == 0x7F) *c = '?';
    }
    r->done(r->arg, (int)status, why);
}

struct hub_request *hub_ask(struct net *net, const struct lease *l, const char *callback,
                            const struct config_feed *feed, bool allow_private, const char *user_agent,
                            hub_done_fn *done, void *arg) {
    struct hub_request *r = xcalloc(1, sizeof *r);
    r->net = net;
    r->easy = curl_easy_init();
    r->rule.allow_private = feed ? feed->allow_private : allow_private;
    r->url = xstrdup(l->hub);
    r->user_agent = xstrdup(user_agent);
    r->ca_file = xstrdup_or_null(feed ? feed->ca_file : NULL);
    r->proxy = xstrdup_or_null(feed ? feed->proxy : NULL);
    r->done = done;
    r->arg = arg;
    form_make(&r->form, l, callback);
    buf_init(&r->answer, LEASE_TEXT / 2);
    if (r->easy && !r->form.failed && hub_start(r) == 0) return r;
    return hub_drop(r);
}

struct hub_request *hub_drop(struct hub_request *r) {
    if (!r) return NULL;
    if (r->easy) {
        net_cancel(r->net, r->easy);
        curl_easy_cleanup(r->easy);
    }
    buf_clear(&r->form);
    buf_clear(&r->answer);
    free(r->url);
    free(r->user_agent);
    free(r->ca_file);
    free(r->proxy);
    free(r);
    return NULL;
}

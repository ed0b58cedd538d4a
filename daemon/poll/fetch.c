#include "poll/fetch.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "poll/headers.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Why we ended a transfer ourselves. */
enum fetch_stop { STOP_NONE, STOP_BODY, STOP_WIRE, STOP_HEADERS, STOP_ENOUGH, STOP_MEMORY };

struct fetch {
    char *location, *url, *origin; /* origin: of the configured URL */
    char *user, *password, *token, *proxy, *ca_file, *user_agent;
    struct strings headers;
    char *etag, *last_modified, *validator_url; /* to be sent; NULL: none */
    bool delta;
    int64_t left_ms; /* of the time-out over all hops */
    size_t max_body, max_wire;
    unsigned hops;
    struct address_rule rule;

    struct net *net;
    CURL *easy;
    struct curl_slist *sent;
    struct headers got;
    struct buf body;
    enum fetch_stop stop;
    struct answer answer;
    bool cut;
    fetch_done_fn *done;
    void *arg;
};

#define ACCEPT_FEEDS                                                                                         \
    "Accept: application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "  \
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.5"

/* -- addresses ------------------------------------------------------------------------------------------- */

static bool url_part(CURLU *u, CURLUPart part, unsigned flags, char **ret) {
    char *s;
    if (curl_url_get(u, part, &s, flags)) return false;
    *ret = xstrdup(s);
    curl_free(s);
    return true;
}

/* `reference` against `base` (NULL: none), cleaned as curl will read it, without user, password and fragment.
 * NULL: not http or https. Heap. */
static char *url_follow(const char *base, const char *reference) {
    AUTOFREE char *scheme = NULL;
    char *url = NULL;
    CURLU *u = curl_url();
    if (!u) return NULL;
    if ((!base || !curl_url_set(u, CURLUPART_URL, base, 0)) &&
        !curl_url_set(u, CURLUPART_URL, reference, CURLU_URLENCODE | CURLU_NON_SUPPORT_SCHEME) &&
        url_part(u, CURLUPART_SCHEME, 0, &scheme) &&
        (!strcasecmp(scheme, "http") || !strcasecmp(scheme, "https"))) {
        curl_url_set(u, CURLUPART_USER, NULL, 0);
        curl_url_set(u, CURLUPART_PASSWORD, NULL, 0);
        curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
        url_part(u, CURLUPART_URL, 0, &url);
    }
    curl_url_cleanup(u);
    return url;
}

static void url_credentials(const char *url, char **ret_user, char **ret_password) {
    CURLU *u = curl_url();
    if (u && !curl_url_set(u, CURLUPART_URL, url, CURLU_URLENCODE)) {
        url_part(u, CURLUPART_USER, CURLU_URLDECODE, ret_user);
        url_part(u, CURLUPART_PASSWORD, CURLU_URLDECODE, ret_password);
    }
    curl_url_cleanup(u);
}

char *fetch_origin(const char *url) {
    AUTOFREE char *scheme = NULL, *host = NULL, *port = NULL;
    char *origin = NULL;
    CURLU *u = curl_url();
    if (u && url && !curl_url_set(u, CURLUPART_URL, url, CURLU_URLENCODE) &&
        url_part(u, CURLUPART_SCHEME, 0, &scheme) && url_part(u, CURLUPART_HOST, 0, &host) &&
        url_part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT, &port) &&
        (!strcasecmp(scheme, "http") || !strcasecmp(scheme, "https"))) {
        origin = xasprintf("%s://%s:%s", scheme, host, port);
        for (char *c = origin; *c; c++) *c = (char)tolower((unsigned char)*c);
    }
    curl_url_cleanup(u);
    return origin;
}

/* -- life ------------------------------------------------------------------------------------------------ */

struct fetch *fetch_new(const struct config_feed *feed, const struct feed_status *status, bool conditional,
                        const char *user_agent) {
    struct fetch *f = xcalloc(1, sizeof *f);
    f->location = xstrdup(feed->location);
    f->origin = fetch_origin(feed->location);
    if (f->origin) f->url = url_follow(NULL, feed->location);
    f->user = xstrdup_or_null(feed->user);
    f->password = xstrdup_or_null(feed->password);
    if (!f->user) url_credentials(feed->location, &f->user, &f->password);
    f->token = xstrdup_or_null(feed->token);
    f->proxy = xstrdup_or_null(feed->proxy);
    f->ca_file = xstrdup_or_null(feed->ca_file);
    f->user_agent = xstrdup(user_agent);
    for (size_t i = 0; i < feed->headers.n; i++) {
        GROW(f->headers.list, f->headers.n, f->headers.cap);
        f->headers.list[f->headers.n++] = xstrdup(feed->headers.list[i]);
    }
    if (conditional && status->validator_url) {
        f->etag = xstrdup_or_null(status->etag);
        f->last_modified = xstrdup_or_null(status->last_modified);
        f->validator_url = xstrdup(status->validator_url);
    }
    f->delta = feed->delta;
    f->left_ms = feed->timeout;
    f->max_body = feed->max_size > 0 ? (size_t)feed->max_size : LIMIT_BODY;
    f->max_wire = f->max_body > LIMIT_WIRE ? f->max_body : LIMIT_WIRE;
    f->rule.allow_private = feed->allow_private;
    headers_init(&f->got);
    buf_init(&f->body, f->max_body);
    return f;
}

struct fetch *fetch_free(struct fetch *f) {
    if (!f) return NULL;
    if (f->easy) {
        net_cancel(f->net, f->easy);
        curl_easy_cleanup(f->easy);
    }
    char *owned[] = {f->location, f->url,     f->origin,     f->user, f->password,      f->token,
                     f->proxy,    f->ca_file, f->user_agent, f->etag, f->last_modified, f->validator_url};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
    for (size_t i = 0; i < f->headers.n; i++) free(f->headers.list[i]);
    free(f->headers.list);
    curl_slist_free_all(f->sent);
    headers_clear(&f->got);
    buf_clear(&f->body);
    free(f);
    return NULL;
}

const char *fetch_url(const struct fetch *f) {
    return f->url;
}

/* -- callbacks of libcurl -------------------------------------------------------------------------------- */

static size_t fetch_on_header(char *ptr, size_t size, size_t n, void *arg) {
    struct fetch *f = arg;
    if (!headers_line(&f->got, (struct text){ptr, size * n})) return size * n;
    f->stop = STOP_HEADERS;
    return 0;
}

static bool wants_body(long status) {
    return status == 200 || status == 226;
}

/* Decoded bytes. What an error page says is not kept, only read so far that the connection can be reused. */
static size_t fetch_on_body(char *ptr, size_t size, size_t n, void *arg) {
    struct fetch *f = arg;
    long status = 0;
    size_t len = size * n;
    curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
    if (!wants_body(status)) {
        curl_off_t so_far = 0;
        curl_easy_getinfo(f->easy, CURLINFO_SIZE_DOWNLOAD_T, &so_far);
        if (so_far <= (curl_off_t)LIMIT_ERROR_BODY) return len;
        f->stop = STOP_ENOUGH;
        return 0;
    }
    if (!buf_add(&f->body, ptr, len)) return len;
    f->stop = len > f->max_body - f->body.len ? STOP_BODY : STOP_MEMORY;
    return 0;
}

/* Bytes on the wire: what is declared is refused by MAXFILESIZE, what is not is counted here. */
static int fetch_on_progress(void *arg, curl_off_t total, curl_off_t now, curl_off_t up_total,
                             curl_off_t up) {
    struct fetch *f = arg;
    (void)total, (void)up_total, (void)up;
    if (now <= (curl_off_t)f->max_wire) return 0;
    f->stop = STOP_WIRE;
    return 1;
}

/* -- one request ----------------------------------------------------------------------------------------- */

static int add_header(struct fetch *f, const char *line) {
    struct curl_slist *longer = curl_slist_append(f->sent, line);
    if (!longer) return -1;
    f->sent = longer;
    return 0;
}

static int add_validator(struct fetch *f, const char *name, const char *value) {
    if (!value) return 0;
    AUTOFREE char *line = xasprintf("%s: %s", name, value);
    f->answer.conditional = true;
    return add_header(f, line);
}

static bool own_header(const struct fetch *f, const char *name) {
    for (size_t i = 0; i < f->headers.n; i++)
        if (!strncasecmp(f->headers.list[i], name, strlen(name))) return true;
    return false;
}

static int fetch_headers(struct fetch *f, bool at_origin) {
    int r = 0;
    curl_slist_free_all(f->sent);
    f->sent = NULL;
    f->answer.conditional = false;
    for (size_t i = 0; at_origin && i < f->headers.n; i++) r |= add_header(f, f->headers.list[i]);
    if (!at_origin || !own_header(f, "accept:")) r |= add_header(f, ACCEPT_FEEDS);
    if (f->delta) r |= add_header(f, "A-IM: feed");
    if (f->validator_url && !strcmp(f->validator_url, f->url)) {
        r |= add_validator(f, "If-None-Match", f->etag);
        r |= add_validator(f, "If-Modified-Since", f->last_modified);
    }
    return r;
}

static int fetch_setup(struct fetch *f, CURLSH *tls) {
    AUTOFREE char *origin = fetch_origin(f->url);
    bool at_origin = origin && f->origin && !strcmp(origin, f->origin);
    if (f->easy)
        curl_easy_reset(f->easy);
    else if (!(f->easy = curl_easy_init()))
        return -1;
    CURL *e = f->easy;
    if (fetch_headers(f, at_origin)) return -1;
    net_easy_defaults(e, f->user_agent);
    if (f->proxy)
        curl_easy_setopt(e, CURLOPT_PROXY, f->proxy);
    else
        net_easy_addresses(e, &f->rule);
    if (f->ca_file) curl_easy_setopt(e, CURLOPT_CAINFO, f->ca_file);
    if (tls) curl_easy_setopt(e, CURLOPT_SHARE, tls);
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, f->sent);
    curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "gzip, deflate, br");
    if (at_origin && f->user) curl_easy_setopt(e, CURLOPT_USERNAME, f->user);
    if (at_origin && f->password) curl_easy_setopt(e, CURLOPT_PASSWORD, f->password);
    if (at_origin && f->token) {
        curl_easy_setopt(e, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
        curl_easy_setopt(e, CURLOPT_XOAUTH2_BEARER, f->token);
    }
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)(f->left_ms > 1 ? f->left_ms : 1));
    curl_easy_setopt(e, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)f->max_wire);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, fetch_on_header);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, f);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, fetch_on_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, f);
    curl_easy_setopt(e, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, fetch_on_progress);
    curl_easy_setopt(e, CURLOPT_XFERINFODATA, f);
    return curl_easy_setopt(e, CURLOPT_URL, f->url) ? -1 : 0;
}

/* -- answers --------------------------------------------------------------------------------------------- */

static __attribute__((format(printf, 3, 4))) void ends(struct fetch *f, enum answer_kind kind,
                                                       const char *format, ...) {
    va_list args;
    f->answer.kind = kind;
    f->answer.at = time_wall();
    va_start(args, format);
    vsnprintf(f->answer.error, sizeof f->answer.error, format, args);
    va_end(args);
}

static const struct {
    int status;
    const char *says;
} statuses[] = {
    {204, "nothing in it"},
    {206, "a part only"},
    {300, "several choices"},
    {400, "bad request"},
    {401, "user name or password needed, or not accepted"},
    {403, "access refused"},
    {404, "not found"},
    {405, "method not allowed"},
    {406, "no acceptable form"},
    {410, "gone for good"},
    {429, "too many requests"},
    {451, "unavailable for legal reasons"},
    {500, "the server failed"},
    {502, "bad gateway"},
    {503, "not available now"},
    {504, "gateway time-out"},
};

static void ends_status(struct fetch *f, enum answer_kind kind, int status) {
    const char *says = "not an answer with a feed";
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (statuses[i].status == status) says = statuses[i].says;
    ends(f, kind, "the server answers %d (%s)", status, says);
}

/* TLS and DNS: what people repair, so it may be asked more rarely. */
static bool slow_to_mend(CURLcode code) {
    static const CURLcode slow[] = {
        CURLE_COULDNT_RESOLVE_HOST,     CURLE_COULDNT_RESOLVE_PROXY,    CURLE_SSL_CONNECT_ERROR,
        CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,          CURLE_SSL_CIPHER,
        CURLE_SSL_CACERT_BADFILE,       CURLE_SSL_CRL_BADFILE,          CURLE_SSL_ISSUER_ERROR,
        CURLE_SSL_INVALIDCERTSTATUS,    CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_ENGINE_INITFAILED};
    for (size_t i = 0; i < sizeof slow / sizeof *slow; i++)
        if (slow[i] == code) return true;
    return false;
}

static const char *size_words(size_t bytes, char out[40]) {
    if (bytes % (1u << 20) == 0)
        snprintf(out, 40, "%zu MiB", bytes >> 20);
    else
        snprintf(out, 40, "%zu bytes", bytes);
    return out;
}

/* The transfer did not come to its end. A feed's body that broke off is handed on as cut. */
static void ends_broken(struct fetch *f, CURLcode code, long status) {
    char words[40];
    long os_errno = 0;
    curl_easy_getinfo(f->easy, CURLINFO_OS_ERRNO, &os_errno);
    f->answer.slow_error = slow_to_mend(code);
    if (f->rule.refused)
        ends(f, ANSWER_NETWORK,
             "its address%s%s is a private one, which feeds may not reach; if you trust it, set "
             "allow_private = yes",
             f->rule.address[0] ? " " : "", f->rule.address);
    else if (f->stop == STOP_BODY)
        ends(f, ANSWER_NOT_FEED, "the document is larger than %s; set max_size if it should be read",
             size_words(f->max_body, words));
    else if (f->stop == STOP_WIRE || code == CURLE_FILESIZE_EXCEEDED)
        ends(f, ANSWER_NOT_FEED, "the answer is larger than %s", size_words(f->max_wire, words));
    else if (f->stop == STOP_HEADERS)
        ends(f, ANSWER_NETWORK, "the answer's header is larger than %s", size_words(LIMIT_HEADERS, words));
    else if (f->stop == STOP_MEMORY)
        ends(f, ANSWER_NETWORK, "no memory for the document");
    else if (wants_body(status) && f->body.len) {
        ends(f, ANSWER_CUT, "the document broke off: %s", net_error(code, os_errno));
        f->cut = true;
    } else
        ends(f, ANSWER_NETWORK, "%s", net_error(code, os_errno));
    if (f->answer.kind != ANSWER_CUT) buf_clear(&f->body);
}

static bool is_redirect(long status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Where to next: 0 and f->url is the new one; -1: ended. */
static int fetch_hop(struct fetch *f, long status) {
    const char *to = f->got.location;
    if (!to) {
        ends(f, ANSWER_NOT_FEED, "the server answers %ld (moved) without saying where to", status);
        return -1;
    }
    for (const char *c = to; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f) {
            ends(f, ANSWER_REDIRECTS, "it redirects to an address with control characters");
            return -1;
        }
    AUTOFREE char *next = strlen(to) <= LIMIT_URL ? url_follow(f->url, to) : NULL;
    if (!next || strlen(next) > LIMIT_URL)
        ends(f, ANSWER_REDIRECTS, "it redirects to what is no http or https address");
    else if (!strncasecmp(f->url, "https:", 6) && strncasecmp(next, "https:", 6))
        ends(f, ANSWER_REDIRECTS, "it redirects from https to http, which is not followed");
    else if (++f->hops > LIMIT_REDIRECTS)
        ends(f, ANSWER_REDIRECTS, "more than %u redirects", LIMIT_REDIRECTS);
    else {
        free(f->url);
        f->url = steal(&next);
        return 0;
    }
    return -1;
}

static void ends_answered(struct fetch *f, long status) {
    f->answer.fresh_for = headers_fresh_for(&f->got, time_wall());
    f->answer.retry_after = headers_retry_after(&f->got, time_wall());
    if (wants_body(status))
        ends(f, ANSWER_FEED, "%s", "");
    else if (status == 304)
        ends(f, ANSWER_NOT_MODIFIED, "%s", "");
    else
        ends_status(f, status >= 400 ? ANSWER_STATUS : ANSWER_NOT_FEED, (int)status);
}

static void fetch_on_done(void *arg, CURL *easy, CURLcode code) {
    struct fetch *f = arg;
    long status = 0;
    curl_off_t took_us = 0;
    enum fetch_step step = FETCH_END;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &took_us);
    f->left_ms -= took_us / 1000;
    f->answer.status = (int)status;
    if (code != CURLE_OK && f->stop != STOP_ENOUGH)
        ends_broken(f, code, status);
    else if (is_redirect(status))
        step = fetch_hop(f, status) ? FETCH_END : FETCH_HOP;
    else
        ends_answered(f, status);
    f->done(f->arg, step);
}

int fetch_start(struct fetch *f, struct net *net, CURLSH *tls, fetch_done_fn *done, void *arg) {
    f->net = net;
    f->done = done;
    f->arg = arg;
    f->stop = STOP_NONE;
    f->answer = (struct answer){.retry_after = -1};
    headers_clear(&f->got);
    buf_clear(&f->body);
    if (!f->url) {
        ends(f, ANSWER_NETWORK, "the address is no http or https address");
        return -1;
    }
    if (!fetch_setup(f, tls) && !net_add(net, f->easy, fetch_on_done, f)) return 0;
    ends(f, ANSWER_NETWORK, "no memory for the request");
    return -1;
}

void fetch_refuse(struct fetch *f, int64_t retry_after) {
    headers_clear(&f->got);
    buf_clear(&f->body);
    f->answer = (struct answer){.status = 429, .retry_after = retry_after};
    ends(f, ANSWER_STATUS, "it redirects to a host that asked for a pause (429)");
}

struct fetched *fetch_take(struct fetch *f) {
    struct fetched *r = xcalloc(1, sizeof *r);
    r->location = xstrdup(f->location);
    r->answer = f->answer;
    r->cut = f->cut;
    r->final_url = xstrdup_or_null(f->url);
    r->content_type = steal(&f->got.content_type);
    r->etag = steal(&f->got.etag);
    r->last_modified = steal(&f->got.last_modified);
    r->hub = steal(&f->got.hub);
    r->self = steal(&f->got.self);
    if (f->answer.kind == ANSWER_FEED || f->answer.kind == ANSWER_CUT) {
        r->body_len = f->body.len;
        r->body = f->body.len ? buf_steal(&f->body) : xstrdup("");
    }
    return r;
}

struct fetched *fetched_free(struct fetched *f) {
    if (!f) return NULL;
    char *owned[] = {f->location, f->body,          f->content_type, f->final_url,
                     f->etag,     f->last_modified, f->hub,          f->self};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
    free(f);
    return NULL;
}

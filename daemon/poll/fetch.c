#include "poll/fetch.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "poll/answers.h"
#include "poll/headers.h"
#include "poll/origin.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Why we ended a transfer ourselves. */
enum fetch_stop {
    STOP_NONE,
    STOP_BODY,
    STOP_BOMB,
    STOP_WIRE,
    STOP_HEADERS,
    STOP_ENOUGH,
    STOP_MEMORY,
    STOP_CROWDED
};

struct fetch {
    char *location, *url, *origin; /* origin: of the configured URL */
    char *user, *password, *token, *proxy, *ca_file, *user_agent;
    struct strings headers;
    char *etag, *last_modified, *validator_url; /* to be sent; NULL: none */
    bool delta;
    int64_t left_ms; /* of the time-out over all hops */
    size_t max_body, max_wire;
    unsigned hops;
    bool permanent; /* all hops so far */
    bool at_origin; /* begins at the configured address */
    struct address_rule rule;
    struct bodies *bodies;
    struct body_place place; /* among the large ones */
    size_t room;             /* that was asked for last */

    struct net *net;
    CURL *easy;
    struct curl_slist *sent;
    struct headers got;
    struct buf body;
    enum fetch_stop stop;
    struct answer answer;
    bool cut, reached, unreached, local_error;
    fetch_done_fn *done;
    void *arg;
};

#define ACCEPT_FEEDS                                                                                         \
    "Accept: application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "  \
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.5"

/* -- life ------------------------------------------------------------------------------------------------ */

struct fetch *fetch_new(const struct config_feed *feed, const struct feed_status *status, bool conditional,
                        const char *origin, const char *user_agent, struct bodies *bodies) {
    struct fetch *f = xcalloc(1, sizeof *f);
    const char *moved = feed_move_address(&status->move);
    f->bodies = bodies;
    f->location = xstrdup(feed->location);
    f->origin = origin && !moved ? xstrdup(origin) : origin_of(feed->location);
    f->at_origin = !moved;
    if (f->origin) f->url = origin_follow(NULL, moved ? moved : feed->location);
    f->user = xstrdup_or_null(feed->user);
    f->password = xstrdup_or_null(feed->password);
    if (!f->user && strchr(feed->location, '@')) origin_credentials(feed->location, &f->user, &f->password);
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

static bool fetch_take_room(struct fetch *f, size_t len) {
    f->room = len <= BODY_MEDIUM && f->max_body > BODY_MEDIUM ? BODY_MEDIUM : f->max_body;
    return body_place_take(&f->place, f->bodies, &f->body, f->room, time_boot());
}

bool fetch_take_place(struct fetch *f, size_t room) {
    return fetch_take_room(f, room);
}

size_t fetch_room(const struct fetch *f) {
    return f->room;
}

struct fetch *fetch_free(struct fetch *f) {
    if (!f) return NULL;
    if (f->easy) {
        net_cancel(f->net, f->easy);
        net_easy_done(f->net, f->easy);
    }
    char *owned[] = {f->location, f->url,     f->origin,     f->user, f->password,      f->token,
                     f->proxy,    f->ca_file, f->user_agent, f->etag, f->last_modified, f->validator_url};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
    for (size_t i = 0; i < f->headers.n; i++) free(f->headers.list[i]);
    free(f->headers.list);
    curl_slist_free_all(f->sent);
    headers_clear(&f->got);
    buf_clear(&f->body);
    body_place_give(&f->place);
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
    return answer_row_of(status)->step == STEP_READ;
}

/* Unpacking happens in the loop, and what stands for itself a thousand times over is no feed. */
static bool is_bomb(const struct fetch *f, size_t len) {
    curl_off_t wire = 0;
    size_t unpacked = f->body.len + len;
    if (unpacked <= LIMIT_UNPACKED) return false;
    curl_easy_getinfo(f->easy, CURLINFO_SIZE_DOWNLOAD_T, &wire);
    return unpacked / LIMIT_UNPACKED_RATIO > (size_t)wire;
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
    if (f->place.lost) return 0;
    if (is_bomb(f, len)) {
        f->stop = STOP_BOMB;
        return 0;
    }
    if (f->body.len + len > f->bodies->small && !fetch_take_room(f, f->body.len + len)) {
        f->stop = STOP_CROWDED;
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

/* The first address needs no second look. */
static bool is_at_origin(const struct fetch *f) {
    if (!f->hops && f->at_origin) return true;
    AUTOFREE char *origin = origin_of(f->url);
    return origin && f->origin && !strcmp(origin, f->origin);
}

static int fetch_setup(struct fetch *f, CURLSH *tls) {
    bool at_origin = is_at_origin(f);
    if (f->easy)
        curl_easy_reset(f->easy);
    else if (!(f->easy = net_easy(f->net)))
        return -1;
    CURL *e = f->easy;
    if (fetch_headers(f, at_origin)) return -1;
    net_easy_defaults(e, f->user_agent);
    if (f->proxy)
        curl_easy_setopt(e, CURLOPT_PROXY, f->proxy);
    else
        net_easy_addresses(e, &f->rule);
    if (f->ca_file) curl_easy_setopt(e, CURLOPT_CAINFO, f->ca_file);
    curl_easy_setopt(e, CURLOPT_SHARE, tls ? tls : net_share(f->net)); /* which a reset leaves */
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
    f->answer.permanent = f->hops && f->permanent;
    va_start(args, format);
    vsnprintf(f->answer.error, sizeof f->answer.error, format, args);
    va_end(args);
}

static const char *size_words(size_t bytes, char out[40]) {
    if (bytes % (1u << 20) == 0)
        snprintf(out, 40, "%zu MiB", bytes >> 20);
    else
        snprintf(out, 40, "%zu bytes", bytes);
    return out;
}

/* Was it the feed, or the network? What a loopback address says is not about the network, nor what an address
 * that we refuse would have said. */
static long fetch_why(struct fetch *f, CURLcode code, long status) {
    const struct failure_row *row = failure_row_of(code);
    long os_errno = 0;
    curl_off_t connected = 0;
    curl_easy_getinfo(f->easy, CURLINFO_OS_ERRNO, &os_errno);
    curl_easy_getinfo(f->easy, CURLINFO_CONNECT_TIME_T, &connected);
    if (f->rule.no_socket) os_errno = f->rule.no_socket;
    f->answer.slow_error = row && row->slow;
    bool refused = f->rule.refused || (f->rule.loopback && !f->rule.no_socket);
    bool silent = failure_is_silence(code, os_errno, connected);
    f->unreached = !refused && !status && (silent || (row && row->unreached));
    if (refused || f->unreached) f->reached = false;
    f->local_error = f->unreached && failure_is_local(os_errno);
    return os_errno;
}

/* The transfer did not come to its end. A feed's body that broke off is handed on as cut. */
static void ends_broken(struct fetch *f, CURLcode code, long status) {
    char words[40];
    long os_errno = fetch_why(f, code, status);
    if (f->rule.refused)
        ends(f, ANSWER_NETWORK,
             "its address%s%s is a private one, which feeds may not reach; if you trust it, set "
             "allow_private = yes",
             f->rule.address[0] ? " " : "", f->rule.address);
    else if (f->place.lost)
        ends(f, ANSWER_NETWORK, "its large document comes slowly, and others needed the room");
    else if (f->stop == STOP_BODY)
        ends(f, ANSWER_NOT_FEED, "the document is larger than %s; set max_size if it should be read",
             size_words(f->max_body, words));
    else if (f->stop == STOP_BOMB)
        ends(f, ANSWER_NOT_FEED, "the answer unpacks to more than %u times its size", LIMIT_UNPACKED_RATIO);
    else if (f->stop == STOP_WIRE || code == CURLE_FILESIZE_EXCEEDED)
        ends(f, ANSWER_NOT_FEED, "the answer is larger than %s", size_words(f->max_wire, words));
    /* A single line that is too long is "no memory" to libcurl. */
    else if (f->stop == STOP_HEADERS || (code == CURLE_OUT_OF_MEMORY && !f->got.ended && !f->body.len))
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

/* Where to next: 0 and f->url is the new one; -1: ended. */
static int fetch_hop(struct fetch *f, long status, bool permanent) {
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
    AUTOFREE char *next = strlen(to) <= LIMIT_URL ? origin_follow(f->url, to) : NULL;
    if (!next || strlen(next) > LIMIT_URL)
        ends(f, ANSWER_REDIRECTS, "it redirects to what is no http or https address");
    else if (!strncasecmp(f->url, "https:", 6) && strncasecmp(next, "https:", 6))
        ends(f, ANSWER_REDIRECTS, "it redirects from https to http, which is not followed");
    else if (++f->hops > LIMIT_REDIRECTS)
        ends(f, ANSWER_REDIRECTS, "more than %u redirects", LIMIT_REDIRECTS);
    else {
        f->permanent = permanent && (f->hops == 1 || f->permanent);
        free(f->url);
        f->url = steal(&next);
        return 0;
    }
    return -1;
}

static void ends_answered(struct fetch *f, const struct answer_row *row, long status) {
    f->answer.fresh_for = headers_fresh_for(&f->got, time_wall());
    f->answer.retry_after = headers_retry_after(&f->got, time_wall());
    if (row->step == STEP_FAIL)
        ends(f, row->kind, "the server answers %ld (%s)", status, row->says);
    else
        ends(f, row->kind, "%s", "");
}

static void fetch_on_done(void *arg, CURL *easy, CURLcode code) {
    struct fetch *f = arg;
    long status = 0;
    curl_off_t took_us = 0;
    enum fetch_step step = FETCH_END;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &took_us);
    const struct answer_row *row = answer_row_of(status);
    f->left_ms -= took_us / 1000;
    f->answer.status = (int)status;
    f->reached = !f->rule.loopback;
    if (f->stop == STOP_CROWDED)
        step = FETCH_CROWDED;
    else if ((code != CURLE_OK && f->stop != STOP_ENOUGH) || f->place.lost)
        ends_broken(f, code, status);
    else if (row->step == STEP_FOLLOW || row->step == STEP_FOLLOW_PERMANENT)
        step = fetch_hop(f, status, row->step == STEP_FOLLOW_PERMANENT) ? FETCH_END : FETCH_HOP;
    else
        ends_answered(f, row, status);
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
    r->reached = f->reached;
    r->unreached = f->unreached;
    r->local_error = f->local_error;
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

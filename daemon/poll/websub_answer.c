#include "poll/websub_inside.h"

#include "base/buf.h"
#include "base/failpoint.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"
#include "poll/websub_link.h"

#include <event2/buffer.h>
#include <event2/keyvalq_struct.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define WARN_AGAIN HOUR /* about pushes that do not count */

static void reply(struct evhttp_request *request, int code, const char *text) {
    struct evbuffer *body = evbuffer_new();
    if (!body) out_of_memory(0);
    evbuffer_add(body, text, strlen(text));
    evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type",
                      "text/plain; charset=utf-8");
    evhttp_send_reply(request, code, NULL, body);
    evbuffer_free(body);
}

/* Who is meant by the path: the configured one, a slash, and a name that only the hub knows. */
static struct subscription *find(const struct websub *w, const char *path) {
    const char *base = w->config->websub.path;
    size_t len = strlen(base);
    while (len && base[len - 1] == '/') len--;
    if (strncmp(path, base, len) != 0 || path[len] != '/' || strlen(path + len + 1) != LEASE_TOKEN)
        return NULL;
    return map_get(&w->paths, text_of(path + len + 1));
}

/* -- confirmation of intent (section 5.3), and denial (5.2) ---------------------------------------------- */

struct intent {
    const char *mode, *topic, *challenge, *lease, *reason;
};

/* Seconds in words of a hub → ms; what is missing or unreadable is what we asked for. */
static int64_t granted(const char *lease) {
    char *end = NULL;
    long long n = lease && *lease >= '0' && *lease <= '9' ? strtoll(lease, &end, 10) : 0;
    if (!end || *end || n <= 0) return HUB_LEASE_MS;
    return n > LIMIT_LEASE_MS / 1000 ? LIMIT_LEASE_MS : n * SECOND;
}

static void confirm(struct subscription *s, const struct intent *in) {
    struct lease *l = &s->lease;
    char took[TIME_TEXT];
    int64_t now = time_wall(), lease = granted(in->lease);
    l->asked = false;
    if (l->state == LEASE_LEAVING) {
        subscription_free(s);
        return;
    }
    if (l->state != LEASE_HELD)
        log_about(LOG_LEVEL_INFO, "FEED", subscription_name(s), "feed %s: its hub pushes what is new, for %s",
                  subscription_name(s), duration_about(lease, took));
    l->state = LEASE_HELD;
    l->until = now + lease;
    l->next = lease_renewal(lease, now);
    l->failures = 0;
    l->error[0] = '\0';
    subscription_changed(s);
}

static void deny(struct subscription *s, const char *reason) {
    char why[LEASE_TEXT];
    bool held = s->lease.state == LEASE_HELD;
    snprintf(why, sizeof why, "the hub denies the subscription%s%.100s", reason && *reason ? ": " : "",
             reason ? reason : "");
    for (char *c = why; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7F) *c = '?';
    s->lease.state = LEASE_WANTED;
    s->lease.until = 0;
    subscription_failed(s, DAY, why);
    if (held) s->websub->events.ended(s->websub->events.ctx, s->lease.location);
}

/* Only what we asked for, and only once: a confirmation that is played again finds nobody waiting. */
static void answer_intent(struct subscription *s, struct evhttp_request *request, const struct intent *in) {
    const struct lease *l = &s->lease;
    const char *wanted = l->state == LEASE_LEAVING ? "unsubscribe" : "subscribe";
    if (!in->mode || !in->topic || strcmp(in->topic, l->topic) != 0) {
        reply(request, 404, "not asked for\n");
    } else if (!strcmp(in->mode, "denied") && l->state == LEASE_LEAVING) {
        reply(request, 200, "");
        subscription_free(s);
    } else if (!strcmp(in->mode, "denied")) {
        reply(request, 200, "");
        deny(s, in->reason);
    } else if (!l->asked || strcmp(in->mode, wanted) != 0 || !in->challenge || !*in->challenge ||
               strlen(in->challenge) > LIMIT_CHALLENGE) {
        reply(request, 404, "not asked for\n");
    } else {
        reply(request, 200, in->challenge);
        FAILPOINT("hub-confirmed", NULL);
        confirm(s, in);
    }
}

static void on_get(struct subscription *s, struct evhttp_request *request) {
    const char *query = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(request));
    struct evkeyvalq values;
    if (!query || evhttp_parse_query_str(query, &values)) {
        reply(request, 404, "not asked for\n");
        return;
    }
    const struct intent in = {
        evhttp_find_header(&values, "hub.mode"), evhttp_find_header(&values, "hub.topic"),
        evhttp_find_header(&values, "hub.challenge"), evhttp_find_header(&values, "hub.lease_seconds"),
        evhttp_find_header(&values, "hub.reason")};
    answer_intent(s, request, &in);
    evhttp_clear_headers(&values);
}

/* -- pushes (sections 7 and 8) --------------------------------------------------------------------------- */

static void warn_push(struct subscription *s, const char *what) {
    int64_t now = time_wall();
    if (s->warned && s->warned <= now && now - s->warned < WARN_AGAIN) return;
    s->warned = now;
    log_about(LOG_LEVEL_WARNING, "FEED", subscription_name(s), "feed %s: a push is passed over: %s",
              subscription_name(s), what);
}

/* Does the push come from the hub? */
static bool is_signed(struct subscription *s, const char *header, struct text body) {
    switch (websub_signature(header, s->lease.secret, body)) {
    case SIGNATURE_GOOD: return true;
    case SIGNATURE_GOOD_SHA1:
        if (!s->old_signature)
            log_about(LOG_LEVEL_WARNING, "FEED", subscription_name(s),
                      "feed %s: its hub signs with sha1, which is weak by now", subscription_name(s));
        s->old_signature = true;
        return true;
    case SIGNATURE_NONE: warn_push(s, "it has no signature"); return false;
    case SIGNATURE_UNKNOWN: warn_push(s, "it is signed by an unknown method"); return false;
    case SIGNATURE_BAD: break;
    }
    warn_push(s, "its signature is wrong");
    return false;
}

static void take_push(struct subscription *s, const char *type, struct text body) {
    const struct config_feed *feed = subscription_feed(s);
    if (feed && (int64_t)body.len > feed->max_size) {
        warn_push(s, "it is larger than max_size");
        return;
    }
    struct fetched *f = xcalloc(1, sizeof *f);
    f->location = xstrdup(s->lease.location);
    f->answer = (struct answer){.kind = ANSWER_FEED, .status = 200, .retry_after = -1, .at = time_wall()};
    f->body = xstrndup(body.ptr, body.len);
    f->body_len = body.len;
    f->content_type = xstrdup_or_null(type && strlen(type) <= LIMIT_VALIDATOR ? type : NULL);
    f->final_url = xstrdup(s->lease.topic);
    f->pushed = true;
    s->websub->events.pushed(s->websub->events.ctx, f);
}

static void on_post(struct subscription *s, struct evhttp_request *request) {
    struct websub *w = s->websub;
    const struct evkeyvalq *headers = evhttp_request_get_input_headers((struct evhttp_request *)request);
    struct evbuffer *in = evhttp_request_get_input_buffer(request);
    size_t len = evbuffer_get_length(in);
    struct text body = {(const char *)evbuffer_pullup(in, -1), len};
    if (s->lease.state == LEASE_LEAVING) {
        reply(request, 410, "gone\n");
        return;
    }
    if (w->events.full(w->events.ctx)) {
        reply(request, 503, "later\n");
        return;
    }
    /* A push that does not count is acknowledged, too: who guesses learns nothing (section 8). */
    bool counts = (s->lease.state == LEASE_HELD || s->lease.asked) && len &&
                  is_signed(s, evhttp_find_header(headers, "X-Hub-Signature"), body);
    reply(request, 202, "");
    if (counts) FAILPOINT("push-acknowledged", NULL);
    if (counts) take_push(s, evhttp_find_header(headers, "Content-Type"), body);
}

void websub_answer(void *websub, struct evhttp_request *request, const char *path) {
    struct subscription *s = find(websub, path);
    if (!s)
        reply(request, 404, "nobody here\n");
    else if (evhttp_request_get_command(request) == EVHTTP_REQ_POST)
        on_post(s, request);
    else
        on_get(s, request);
}

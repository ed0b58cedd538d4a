#include "poll/hosts.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "poll/origin.h"

#define SPACING_HEALS DAY /* without a 429 the spacing halves */

/* Puts a host into the heap of those that can start something, or takes it out: the one place where `ready`
 * changes. */
static void host_settle(struct hosts *h, struct host *host) {
    bool held = host->claiming && host->spacing;
    struct heap *fits = &h->ready[host->first && host->first->trial];
    if (host->in != fits) heap_remove(host->in, &host->ready);
    host->in = fits;
    if (!host->first || held || (int64_t)host->running >= (host->spacing ? 1 : 2) * h->parallel) {
        heap_remove(host->in, &host->ready);
        return;
    }
    int64_t at = host->last_start == TIME_NONE ? 0 : host->last_start + host->spacing;
    if (host->paused_until != TIME_NONE && host->paused_until > at) at = host->paused_until;
    if (!heap_has(&host->ready) || host->ready.at != at) heap_set(host->in, &host->ready, at);
}

static void host_free(struct host *host) {
    heap_remove(host->in, &host->ready);
    if (host->tls) curl_share_cleanup(host->tls);
    free(host->key);
    free(host);
}

void hosts_clear(struct hosts *h) {
    struct map_entry *e;
    for (size_t i = 0; (e = map_next(&h->by_key, &i));) host_free(e->value);
    map_clear(&h->by_key);
    for (int trial = 0; trial < 2; trial++) heap_clear(&h->ready[trial]);
}

void hosts_configure(struct hosts *h, int64_t parallel, int64_t spacing) {
    struct map_entry *e;
    int64_t old = h->spacing;
    h->parallel = parallel > 0 ? parallel : 1;
    h->spacing = spacing;
    for (size_t i = 0; (e = map_next(&h->by_key, &i));) {
        struct host *host = e->value;
        if (host->spacing == old || host->spacing < spacing) host->spacing = spacing;
        host_settle(h, host);
    }
}

struct host *hosts_of(struct hosts *h, const char *url) {
    char *key = origin_of(url);
    if (!key) return NULL;
    struct host *host = map_get(&h->by_key, text_of(key));
    if (host) {
        free(key);
        return host;
    }
    host = xcalloc(1, sizeof *host);
    host->key = key;
    host->in = &h->ready[0];
    host->spacing = h->spacing;
    host->last_start = host->paused_until = host->limited_at = TIME_NONE;
    map_add(&h->by_key, text_of(key), host);
    return host;
}

void hosts_sweep(struct hosts *h, int64_t now) {
    struct map_entry *e;
    size_t idle = 0;
    if (h->by_key.n <= h->swept + LIMIT_HOSTS_IDLE) return; /* no walk after every answer */
    h->swept = h->by_key.n;
    for (size_t i = 0; (e = map_next(&h->by_key, &i));) idle += !((struct host *)e->value)->feeds;
    if (idle <= LIMIT_HOSTS_IDLE) return;
    struct host **gone = xcalloc(idle, sizeof *gone);
    size_t n = 0;
    for (size_t i = 0; (e = map_next(&h->by_key, &i));) {
        struct host *host = e->value;
        if (!host->feeds && !host->running && !host->first && !host_paused(host, now) &&
            host->spacing <= h->spacing &&
            (host->last_start == TIME_NONE || now - host->last_start > host->spacing))
            gone[n++] = host;
    }
    for (size_t i = 0; i < n; i++) {
        map_remove(&h->by_key, text_of(gone[i]->key));
        host_free(gone[i]);
    }
    free(gone);
    h->swept = h->by_key.n;
}

/* A redirect comes in with the time at which its feed fell due: before those that came later, but not before
 * those that waited longer, or one that hops for ever would hold up all others. */
void host_wait(struct hosts *h, struct host *host, struct host_wait *w, int64_t since, bool trial) {
    w->host = host;
    w->since = since;
    w->trial = trial;
    w->prev = host->last;
    while (w->prev && w->prev->since > since) w->prev = w->prev->prev;
    w->next = w->prev ? w->prev->next : host->first;
    *(w->prev ? &w->prev->next : &host->first) = w;
    *(w->next ? &w->next->prev : &host->last) = w;
    host_settle(h, host);
}

void host_leave(struct hosts *h, struct host_wait *w) {
    struct host *host = w->host;
    if (!host) return;
    *(w->prev ? &w->prev->next : &host->first) = w->next;
    *(w->next ? &w->next->prev : &host->last) = w->prev;
    *w = (struct host_wait){0};
    host_settle(h, host);
}

/* A day without a 429 halves what it doubled. */
static void host_heal(const struct hosts *h, struct host *host, int64_t now) {
    while (host->spacing > h->spacing && host->limited_at != TIME_NONE &&
           now - host->limited_at >= SPACING_HEALS) {
        host->spacing = schedule_spacing_halved(host->spacing, h->spacing);
        host->limited_at += SPACING_HEALS;
    }
}

static struct heap_node *hosts_first(const struct hosts *h, bool trial) {
    struct heap_node *first = heap_first(&h->ready[0]), *other = trial ? heap_first(&h->ready[1]) : NULL;
    return !first || (other && other->at < first->at) ? other : first;
}

struct host_wait *hosts_take(struct hosts *h, int64_t now, bool trial, struct host **ret_host) {
    struct heap_node *first = hosts_first(h, trial);
    if (!first || first->at > now) return NULL;
    struct host *host = HEAP_OF(first, struct host, ready);
    struct host_wait *w = host->first;
    host_leave(h, w);
    host->claiming++;
    host->running++;
    host_settle(h, host);
    *ret_host = host;
    return w;
}

bool host_has_place(const struct hosts *h, const struct host *host) {
    return (int64_t)(host->running - host->claiming) < h->parallel;
}

void host_started(struct hosts *h, struct host *host, int64_t now) {
    host_heal(h, host, now);
    if (host->claiming) host->claiming--;
    host->last_start = now;
    host_settle(h, host);
}

void host_given_up(struct hosts *h, struct host *host) {
    if (host->claiming) host->claiming--;
    host_ended(h, host);
}

int64_t hosts_when(const struct hosts *h, bool trial) {
    struct heap_node *first = hosts_first(h, trial);
    return first ? first->at : INT64_MAX;
}

void host_goes_on(struct hosts *h, struct host *host, int64_t now) {
    host->running++;
    host->last_start = now;
    host_settle(h, host);
}

void host_ended(struct hosts *h, struct host *host) {
    host->running--;
    host_settle(h, host);
}

bool host_paused(const struct host *host, int64_t now) {
    return host->paused_until != TIME_NONE && host->paused_until > now;
}

void host_limit(struct hosts *h, struct host *host, int64_t pause, int64_t now) {
    host->spacing = schedule_spacing_doubled(host->spacing);
    host->limited_at = now;
    if (!host_paused(host, now) || host->paused_until < now + pause) host->paused_until = now + pause;
    host_settle(h, host);
}

void host_keep(const struct host *host, int64_t boot, int64_t wall, struct feed_host *ret) {
    ret->key = xstrdup(host->key);
    ret->paused_until = host_paused(host, boot) ? wall + host->paused_until - boot : 0;
    ret->spacing = host->spacing;
    ret->limited = host->limited;
    ret->at = wall;
}

void hosts_restore(struct hosts *h, const struct feed_host *kept, int64_t boot, int64_t wall) {
    struct host *host = kept->key && kept->at <= wall ? hosts_of(h, kept->key) : NULL;
    int64_t at = boot - (wall - kept->at), left = kept->paused_until - wall;
    if (!host) return;
    if (left > 0 && left <= LIMIT_RETRY_AFTER_FEED_MS &&
        (!host_paused(host, boot) || host->paused_until < boot + left))
        host->paused_until = boot + left;
    /* Several feeds may have been told; the last word counts. */
    if (host->limited_at == TIME_NONE || host->limited_at < at) {
        host->limited_at = at;
        host->limited = kept->limited;
        host->spacing = kept->spacing < h->spacing         ? h->spacing
                        : kept->spacing > LIMIT_SPACING_MS ? LIMIT_SPACING_MS
                                                           : kept->spacing;
        host_heal(h, host, boot);
    }
    host_settle(h, host);
}

CURLSH *host_tls(struct host *host) {
    if (!host->tls && !strncmp(host->key, "https:", 6) && (host->tls = curl_share_init()))
        curl_share_setopt(host->tls, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    return host->tls;
}

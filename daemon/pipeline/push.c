#include "pipeline/inside.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/url.h"

#include <string.h>

void lease_copy(struct lease *to, const struct lease *from) {
    *to = *from;
    to->location = xstrdup(from->location);
    to->hub = xstrdup(from->hub);
    to->topic = xstrdup(from->topic);
    to->path = xstrdup(from->path);
    to->secret = xstrdup(from->secret);
}

static bool has_lease(struct pipeline *p, const struct config_feed *feed, struct lease *ret) {
    return p->setup->config->websub.on && feed->source == SOURCE_URL &&
           store_lease_load(p->store, feed->location, ret);
}

void pipeline_lease_check(struct pipeline *p, const struct config_feed *feed, struct schedule_state *s,
                          const struct answer *answer, int64_t now) {
    struct lease l;
    if (!has_lease(p, feed, &l)) return;
    if (lease_checked(&l, answer->new_items, now))
        store_lease_note(p->store, &l);
    else if (lease_trusted(&l, now))
        schedule_push(s, feed, now);
    lease_clear(&l);
}

/* A link of the answer's headers, else of its document; absolute. An address that is none is as if absent. */
static char *link_of(const char *header, struct text document, const char *base, struct arena *a) {
    struct text t = header ? url_resolve(text_of(base), text_of(header), a) : document;
    if (!url_is_http(t) && header) t = document;
    return url_is_http(t) && t.len <= LIMIT_URL ? xstrndup(t.ptr, t.len) : NULL;
}

/* A secret goes to the hub: not in the open, where the feed itself does not. */
static bool goes_down(const char *feed, const char *hub) {
    return !strncasecmp(feed, "https:", 6) && strncasecmp(hub, "https:", 6) != 0;
}

void pipeline_find_hub(struct pipeline *p, const struct config_feed *feed, const struct fetched *f,
                       const struct document *document) {
    struct arena arena;
    struct lease l = {0};
    if (!p->setup->config->websub.on || feed->source != SOURCE_URL || !document || !document->complete)
        return;
    const char *url = f->final_url ? f->final_url : feed->location;
    arena_init(&arena, 4 * LIMIT_URL + 4096);
    char *hub = link_of(f->hub, document->hints.hub, url, &arena), *topic = NULL;
    if (hub && goes_down(feed->location, hub)) {
        free(hub);
        hub = NULL;
    }
    if (hub) topic = link_of(f->self, document->hints.self, url, &arena);
    if (hub && !topic) topic = xstrdup(url);
    bool known = store_lease_load(p->store, feed->location, &l);
    bool same =
        known ? hub && l.state != LEASE_LEAVING && !strcmp(l.hub, hub) && !strcmp(l.topic, topic) : !hub;
    if (!same) {
        struct pipeline_event *e = pipeline_hold(p, EVENT_HUB, feed->location);
        e->hub = steal(&hub);
        e->topic = steal(&topic);
    }
    if (known) lease_clear(&l);
    free(hub);
    free(topic);
    arena_clear(&arena);
}

/* A push may hold only what is new: it completes no first document, and leaves validators and due time. */
void pipeline_pushed(struct pipeline *p, const struct config_feed *feed, struct feed_record *record,
                     bool is_feed, char *says, int64_t now) {
    struct lease l;
    if (is_feed && has_lease(p, feed, &l)) {
        lease_pushed(&l, now);
        store_lease_note(p->store, &l);
        lease_clear(&l);
    }
    if (is_feed) store_feed_save(p->store, feed->location, record);
    struct pipeline_event *e = pipeline_hold(p, EVENT_PUSHED, feed->location);
    feed_status_copy(&e->status, &record->status);
    e->says = says ? says : is_feed ? NULL : xstrdup("its hub pushed what is no feed");
}

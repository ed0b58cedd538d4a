#include "pipeline/stories.h"

#include "base/buf.h"
#include "base/failpoint.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "parse/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One answer on its way through the house. */
struct passage {
    struct pipeline *p;
    const struct config_feed *feed;
    struct feed_record record;
    struct answer answer;
    struct document *document; /* NULL: the answer brought none */
    struct item_keys *keys;    /* of its items */
    struct intake_rules rules;
    struct arena arena;  /* of one item */
    struct arena before; /* of a changed item: as it was */
    struct feed_memory *memories;
    size_t n_memories, cap_memories;
    int64_t now;
    struct schedule_news news;
    int64_t *dates; /* of news */
};

/* ---- a file as a feed ---- */

static void path_failed(struct answer *a, const char *path, const char *why) {
    a->kind = ANSWER_NETWORK;
    snprintf(a->error, sizeof a->error, "cannot read %s: %s", path, why);
}

static int read_whole(int fd, size_t size, struct buf *out) {
    while (out->len < size) {
        size_t room = size - out->len < 65536 ? size - out->len : 65536;
        if (buf_reserve(out, room) < 0) return -1;
        ssize_t n = read(fd, out->ptr + out->len, room);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -1;
        if (!n) break;
        out->len += (size_t)n;
    }
    return 0;
}

/* Opens and reads a `path` feed. True: *out has its bytes, *ret_stamp tells this state of the file from
 * others. */
static bool path_read(struct passage *t, struct buf *out, char **ret_stamp) {
    const char *path = t->feed->location;
    struct stat st;
    /* O_NONBLOCK: a pipe that nobody writes must not hold the thread. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    bool read_it = false;
    if (fd < 0 || fstat(fd, &st) < 0) {
        path_failed(&t->answer, path, strerror(errno));
    } else if (!S_ISREG(st.st_mode)) {
        path_failed(&t->answer, path, "it is no regular file");
    } else if (st.st_size > t->feed->max_size || (uint64_t)st.st_size > LIMIT_BODY) {
        path_failed(&t->answer, path, "it is larger than a feed may be (max_size)");
    } else {
        char *stamp = xasprintf("%lld.%09ld %lld %llu", (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
                                (long long)st.st_size, (unsigned long long)st.st_ino);
        if (t->record.stamp && !strcmp(stamp, t->record.stamp)) {
            t->answer.kind = ANSWER_NOT_MODIFIED;
            free(stamp);
        } else if (read_whole(fd, (size_t)st.st_size, out) < 0) {
            path_failed(&t->answer, path, strerror(errno));
            free(stamp);
        } else {
            *ret_stamp = stamp;
            read_it = true;
        }
    }
    if (fd >= 0) close(fd);
    return read_it;
}

/* A body was read on its way here; a file is read now. */
static void read_answer(struct passage *t, struct parsed *parsed) {
    struct buf file;
    char *stamp = NULL;
    buf_init(&file, LIMIT_BODY);
    if (t->feed->source == SOURCE_PATH && path_read(t, &file, &stamp)) {
        const struct parse_input in = {.bytes = buf_text(&file)};
        pipeline_read(&in, &t->answer, parsed);
    }
    t->document = steal(&parsed->document);
    t->keys = steal(&parsed->keys);
    if (t->document && t->document->complete && stamp) {
        free(t->record.stamp);
        t->record.stamp = steal(&stamp);
    }
    free(stamp);
    buf_clear(&file);
}

/* ---- what happens to an item ---- */

/* What an item is, in words that stay the same after a restart: they go into the key of its messages. */
static struct text identity_of(struct passage *t, const struct item_keys *k) {
    const unsigned char *key = k->has_id ? k->id : k->has_pair ? k->pair : k->text;
    char hex[2 * ITEM_KEY_SIZE + 1];
    for (size_t i = 0; i < ITEM_KEY_SIZE; i++) snprintf(hex + 2 * i, 3, "%02x", key[i]);
    return text_of(arena_printf(&t->arena, "%s %s", t->feed->location, hex));
}

/* ---- matching ---- */

static void memory_put(struct passage *t, const char *plugin, struct text bytes) {
    size_t i = 0;
    while (i < t->n_memories && strcmp(t->memories[i].plugin, plugin)) i++;
    if (i == t->n_memories) {
        GROW(t->memories, t->n_memories, t->cap_memories);
        t->memories[t->n_memories++] = (struct feed_memory){xstrdup(plugin), TEXT_NONE};
    } else {
        free((char *)t->memories[i].memory.ptr);
    }
    t->memories[i].memory = (struct text){xstrndup(bytes.ptr, bytes.len), bytes.len};
}

static void memory_load(void *ctx, const char *plugin, struct text bytes) {
    memory_put(ctx, plugin, bytes);
}

static const struct matches *match_item(struct passage *t, size_t i) {
    struct pipeline *p = t->p;
    const struct match_input in = match_input_of(t->document, i, t->feed);
    matcher_memories(p->matcher, t->memories, t->n_memories);
    const struct matches *found = matcher_run(p->matcher, &in);
    for (size_t k = 0; k < found->n_remember; k++) {
        store_memory_set(p->store, t->record.id, found->remember[k].plugin, found->remember[k].memory);
        memory_put(t, found->remember[k].plugin, found->remember[k].memory);
    }
    return found;
}

/* DESIGN 2.4: an alert that did not match the item before fires, if the item was first seen after the alert
 * was born and within its window. */
static bool may_fire_on_change(const struct passage *t, size_t i, const struct known_item *known,
                               uint32_t alert) {
    const struct config_alert *a = &t->p->setup->config->alerts[alert];
    return known->first_seen >= t->p->born[alert] && t->now - known->first_seen <= a->window &&
           !intake_too_old(&t->document->items[i], &t->rules);
}

/* A changed item as it was, where an alert may want to know of the change. */
static bool item_before(struct passage *t, int64_t row, struct item *ret) {
    AUTOFREE char *json = store_item_json(t->p->store, row);
    json_t *j = json ? json_loads(json, JSON_ALLOW_NUL, NULL) : NULL;
    bool read = j && item_from_json(j, &t->before, ret) == 0;
    json_decref(j);
    return read;
}

/* What matched before the change: kept by the alert, since a matcher has one result at a time. */
static struct match *matched_before(struct passage *t, size_t i, const struct item *before, size_t *ret_n) {
    struct match_input in = match_input_of(t->document, i, t->feed);
    in.item = before;
    matcher_memories(t->p->matcher, t->memories, t->n_memories);
    const struct matches *found = matcher_run(t->p->matcher, &in);
    struct match *list = arena_alloc(&t->before, (found->n + 1) * sizeof *list);
    *ret_n = 0;
    for (size_t k = 0; list && k < found->n; k++) {
        struct match *m = &list[*ret_n];
        *m = found->list[k];
        m->terms = arena_alloc(&t->before, (m->n_terms + 1) * sizeof *m->terms);
        if (!m->terms) break;
        memcpy(m->terms, found->list[k].terms, m->n_terms * sizeof *m->terms);
        ++*ret_n;
    }
    return list;
}

static const struct match *match_of(const struct match *list, size_t n, uint32_t alert) {
    for (size_t i = 0; i < n; i++)
        if (list[i].alert == alert) return &list[i];
    return NULL;
}

/* One item in one section of its location. before: NULL, or the item as it was. */
static void take_matches(struct passage *t, struct happening *h, bool new_, const struct known_item *known,
                         const struct item *before) {
    struct store *s = t->p->store;
    size_t n = 0;
    struct match *matched = before ? matched_before(t, h->item, before, &n) : NULL;
    const struct matches *found = match_item(t, h->item);
    h->feed = t->feed;
    for (size_t k = 0; k < found->n; k++) {
        const struct match *m = &found->list[k];
        const struct config_alert *alert = &t->p->setup->config->alerts[m->alert];
        bool fires = known ? may_fire_on_change(t, h->item, known, m->alert) : new_;
        /* An alert that matched before, or in another section of this location, is not told again. */
        if (store_matched(s, h->row, alert->name, alert->level, fires, t->now)) {
            if (fires) pipeline_fire(t->p, h, m);
        } else if (before && store_fired(s, h->row, alert->name)) {
            pipeline_changed(t->p, h, m, before, match_of(matched, n, m->alert));
        }
    }
}

static void take_item(struct passage *t, size_t i, enum verdict verdict, const struct known_item *known,
                      bool settled) {
    struct store *s = t->p->store;
    const struct item *item = &t->document->items[i];
    const struct item_keys *keys = &t->keys[i];
    struct item before;
    bool fresh = verdict == VERDICT_NEW || verdict == VERDICT_FIRST_RUN || verdict == VERDICT_OLD;
    int64_t row = fresh ? store_item_add(s, t->record.id, item, keys, verdict, t->now) : known->row;
    if (fresh) {
        t->record.status.items++;
        t->dates[t->news.n++] = item->published != TIME_NONE ? item->published : item->updated;
    }
    if (verdict == VERDICT_REPEAT && !row) row = store_item_row(s, t->record.id, keys);
    if (!row) return;
    if (!fresh && !settled) store_item_seen(s, t->record.id, row, keys, t->now);
    bool changed = verdict == VERDICT_CHANGED;
    bool had = changed && item_before(t, row, &before);
    if (changed) store_item_change(s, row, item, keys, t->now);
    if (fresh || changed) {
        const struct config_feed *first = t->feed;
        struct happening h = {.feed = first,
                              .document = t->document,
                              .item = i,
                              .row = row,
                              .identity = identity_of(t, keys),
                              .now = t->now};
        if (fresh)
            pipeline_story_of(t->p, &h, &t->arena);
        else
            pipeline_story_known(t->p, &h, &t->arena);
        for (; t->feed; t->feed = t->p->same[t->feed - t->p->setup->config->feeds])
            take_matches(t, &h, verdict == VERDICT_NEW, fresh ? NULL : known, had ? &before : NULL);
        t->feed = first;
    }
    arena_reset(&t->arena);
    arena_reset(&t->before);
}

/* An id that two addresses of this document carry is none for this feed from now on. */
static void learn_shared_ids(struct passage *t) {
    for (size_t i = 0; i < t->document->n_items; i++) {
        unsigned char id[ITEM_KEY_SIZE];
        if (!t->document->items[i].id.len || t->keys[i].has_id) continue;
        item_id_key(&t->document->items[i], &t->arena, id);
        store_id_shared(t->p->store, t->record.id, id, t->now);
    }
    arena_clear(&t->arena);
}

/* Returns what a person is told, or NULL. */
static char *take_document(struct passage *t) {
    struct store *s = t->p->store;
    size_t n = t->document->n_items;
    AUTOFREE struct known_item *known = xcalloc(n + 1, sizeof *known);
    AUTOFREE bool *settled = xcalloc(n + 1, sizeof *settled);
    AUTOFREE enum verdict *verdicts = xcalloc(n + 1, sizeof *verdicts);
    bool before = t->record.status.items > 0;
    struct intake_counts counts;
    char says[300];
    t->rules =
        (struct intake_rules){.first = !t->record.complete,
                              .first_run = t->record.first_run_none ? FIRST_RUN_NONE : t->feed->first_run,
                              .max_item_age = t->feed->max_item_age,
                              .now = t->now};
    if (!t->record.id) store_feed_save(s, t->feed->location, &t->record);
    learn_shared_ids(t);
    t->dates = xcalloc(n + 1, sizeof *t->dates);
    t->news = (struct schedule_news){.dates = t->dates};
    store_items_known(s, t->record.id, t->keys, n, known, settled);
    intake(t->document, t->keys, known, &t->rules, verdicts, &counts);
    store_memory_each(s, t->record.id, memory_load, t);
    for (size_t i = 0; i < n; i++) take_item(t, i, verdicts[i], &known[i], settled[i]);
    t->answer.new_items = counts.new_;
    t->news.first = t->rules.first;
    t->news.listed = t->document->complete ? n : 0; /* a cut one does not tell how many there are */
    t->news.shared = counts.known || counts.changed || !n || !before || t->answer.status == 226;
    intake_says(&counts, &t->rules, says, sizeof says);
    if (t->document->items_cut && counts.new_ + counts.first_run + counts.old) {
        size_t at = strlen(says);
        snprintf(says + at, sizeof says - at, "%sonly the first %u items are read, %zu are left out",
                 at ? "; " : "", LIMIT_ITEMS, t->document->items_cut);
    }
    return *says ? xstrdup(says) : NULL;
}

/* ---- the whole way ---- */

static void settle_feed(struct passage *t, const struct fetched *f, char *says) {
    struct feed_status *status = &t->record.status;
    const struct feed_hints *hints = t->document && t->document->complete ? &t->document->hints : NULL;
    bool good = t->answer.kind == ANSWER_FEED || t->answer.kind == ANSWER_NOT_MODIFIED;
    bool missed = t->document && !t->news.first && !t->news.shared;
    schedule_revive(status, t->answer.section);
    schedule_validators(status, &t->answer, f->etag, f->last_modified, f->final_url);
    pipeline_fleet_tick(t->p, t->now);
    schedule_settle(&status->schedule, t->feed, &t->answer, hints, t->document ? &t->news : NULL,
                    &t->p->fleet, t->p->installation, t->now);
    pipeline_lease_check(t->p, t->feed, &status->schedule, &t->answer, t->now);
    pipeline_find_hub(t->p, t->feed, f, t->document);
    enum moved moved = schedule_moved(&status->move, good, t->answer.permanent, f->final_url,
                                      status->schedule.failing_since, t->now);
    if (f->host.key) {
        free(status->host.key);
        status->host = f->host;
        status->host.key = xstrdup(f->host.key);
    }
    if (good) status->crashes = 0;
    pipeline_feed_notices(t->p, t->feed, status, &t->answer, moved, missed, t->now);
    if (t->document && t->document->complete) {
        t->record.complete = true;
        t->record.first_run_none = false;
    }
    if (t->answer.kind == ANSWER_NOT_MODIFIED || (t->document && t->document->complete))
        t->record.read_at = t->now;
    if (t->document && t->document->title.len) {
        free(status->title);
        status->title = xstrndup(t->document->title.ptr, t->document->title.len);
    }
    store_feed_save(t->p->store, t->feed->location, &t->record);
    struct pipeline_event *e = pipeline_hold(t->p, EVENT_ANSWERED, t->feed->location);
    feed_status_copy(&e->status, status);
    e->says = says;
}

void pipeline_document(struct pipeline *p, const struct fetched *f, struct parsed *parsed) {
    const struct config_feed *feed = map_get(&p->feeds, text_of(f->location));
    if (!feed) return; /* taken out of the configuration meanwhile */
    struct passage t = {.p = p, .feed = feed, .answer = f->answer, .now = time_wall()};
    arena_init(&t.arena, LIMIT_DOCUMENT_ARENA);
    arena_init(&t.before, LIMIT_DOCUMENT_ARENA);
    store_feed_load(p->store, f->location, &t.record);
    bool in_hand = parsed->document || feed->source == SOURCE_PATH;
    if (in_hand) store_in_hand(p->store, HAND_PIPELINE, feed->location);
    read_answer(&t, parsed);
    char *says = t.document ? take_document(&t) : NULL;
    if (in_hand) store_in_hand(p->store, HAND_PIPELINE, NULL);
    if (in_hand) FAILPOINT("document-read", NULL);
    FAILPOINT_HOLDS("answer", f->pushed                              ? "pushed"
                              : t.document                           ? "document"
                              : t.answer.kind == ANSWER_NOT_MODIFIED ? "unchanged"
                                                                     : "failed");
    if (f->pushed) {
        /* What a push brought is as much of the feed's rate as what a poll finds. It may list only what is
         * new, so it does not tell how many items the document has, or that some were missed. */
        t.news.listed = 0;
        if (t.document) schedule_learn(&t.record.status.schedule.learned, &t.news, &p->fleet, t.now);
        pipeline_pushed(p, feed, &t.record, t.document != NULL, says, t.now);
    } else {
        settle_feed(&t, f, says);
    }
    for (size_t i = 0; i < t.n_memories; i++) {
        free((char *)t.memories[i].plugin);
        free((char *)t.memories[i].memory.ptr);
    }
    free(t.memories);
    free(t.keys);
    free(t.dates);
    document_free(t.document);
    feed_record_clear(&t.record);
    arena_clear(&t.before);
    arena_clear(&t.arena);
}

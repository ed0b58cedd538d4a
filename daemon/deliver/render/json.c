/* The webhook's own body: Standard Webhooks' shape {type, timestamp, data}. Growth is append-only. */
#include "deliver/render/render.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "deliver/render/prose.h"

#include <inttypes.h>

/* How much of the facts goes in; it shrinks until the body fits. */
struct measure {
    size_t summary; /* characters */
    size_t entries;
};

static void set_buf(json_t *j, const char *key, const struct buf *b) {
    json_set_text(j, key, buf_text(b));
}

static void set_line(json_t *j, const char *key, struct text t) {
    struct buf b;
    buf_init(&b, LIMIT_FIELD);
    prose_line(&b, t);
    set_buf(j, key, &b);
    buf_clear(&b);
}

static void set_summary(json_t *j, struct text t, size_t max) {
    struct buf b, cut;
    buf_init(&b, LIMIT_FIELD);
    buf_init(&cut, LIMIT_FIELD);
    prose_block(&b, t);
    prose_cut(&cut, buf_text(&b), max, PROSE_CHARACTERS);
    if (max) set_buf(j, "summary", &cut);
    buf_clear(&b);
    buf_clear(&cut);
}

static void set_link(json_t *j, const char *key, struct text t) {
    struct buf b;
    buf_init(&b, LIMIT_FIELD);
    if (!prose_link(&b, t)) set_buf(j, key, &b);
    buf_clear(&b);
}

static void set_lines(json_t *j, const char *key, const struct text *list, size_t n) {
    if (!n) return;
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++) {
        struct buf b;
        buf_init(&b, LIMIT_FIELD);
        prose_line(&b, list[i]);
        if (b.len) json_array_append_new(array, json_stringn(b.ptr, b.len));
        buf_clear(&b);
    }
    json_object_set_new(j, key, array);
}

static void set_int(json_t *j, const char *key, int64_t value) {
    json_object_set_new(j, key, json_integer(value));
}

static json_t *item_part(const struct item *item, const struct measure *m) {
    json_t *j = json_object();
    set_line(j, "id", item->id.len ? item->id : item->url);
    set_link(j, "url", item->url);
    set_line(j, "title", item->title);
    set_summary(j, item->summary, m->summary);
    set_line(j, "author", item->author);
    json_set_time(j, "published", item->published);
    json_set_time(j, "updated", item->updated);
    set_line(j, "language", item->language);
    set_lines(j, "categories", item->categories, item->n_categories);
    json_t *list = json_array();
    for (size_t i = 0; i < item->n_enclosures; i++) {
        const struct enclosure *e = &item->enclosures[i];
        json_t *one = json_object();
        set_link(one, "url", e->url);
        if (!json_object_size(one)) {
            json_decref(one);
            continue;
        }
        set_line(one, "type", e->type);
        if (e->length >= 0) set_int(one, "length", e->length);
        json_array_append_new(list, one);
    }
    if (json_array_size(list)) json_object_set(j, "enclosures", list);
    json_decref(list);
    return j;
}

/* The feed's address without user and password: they stand before the last @ of the authority. */
static void set_feed_url(json_t *j, struct text url) {
    const char *slashes = url.len ? memmem(url.ptr, url.len, "://", 3) : NULL;
    if (!slashes) return;
    size_t scheme = (size_t)(slashes + 3 - url.ptr), end = scheme, at = scheme;
    while (end < url.len && !strchr("/?#", url.ptr[end])) {
        if (url.ptr[end] == '@') at = end + 1;
        end++;
    }
    struct buf b;
    buf_init(&b, LIMIT_FIELD);
    buf_add(&b, url.ptr, scheme);
    buf_add(&b, url.ptr + at, url.len - at);
    set_link(j, "url", buf_text(&b));
    buf_clear(&b);
}

static json_t *feed_part(const struct fact_feed *f) {
    json_t *j = json_object();
    set_line(j, "name", f->name);
    set_line(j, "title", f->title);
    set_line(j, "publisher", f->publisher);
    set_feed_url(j, f->url);
    set_lines(j, "tags", f->tags, f->n_tags);
    return j;
}

/* Later outlets, oldest first; the newest one is `item`. */
static void set_outlets(json_t *story, const struct facts *f, const struct measure *m) {
    if (!render_has_outlets(f)) return;
    size_t n = f->n_entries < m->entries ? f->n_entries : m->entries;
    json_t *list = json_array();
    for (size_t i = f->n_entries - n; i < f->n_entries; i++) {
        const struct fact_entry *e = &f->entries[i];
        json_t *j = json_object();
        set_line(j, "publisher", e->publisher.len ? e->publisher : e->feed);
        set_line(j, "title", e->item.title);
        set_link(j, "url", e->item.url);
        set_line(j, "why", e->why);
        json_set_time(j, "fired", e->fired);
        json_array_append_new(list, j);
    }
    json_object_set_new(story, "outlets", list);
}

static void set_story(json_t *data, const struct facts *f, const struct measure *m) {
    if (!f->story) return;
    json_t *j = json_object();
    AUTOFREE char *id = xasprintf("%" PRId64, f->story);
    json_set_text(j, "id", text_of(id));
    set_int(j, "revision", f->revision ? f->revision : 1);
    set_int(j, "items", f->story_items ? f->story_items : 1);
    set_lines(j, "publishers", f->publishers, f->n_publishers);
    if (f->copies) set_int(j, "copies", f->copies);
    if (f->unconfirmed) set_int(j, "unconfirmed", f->unconfirmed);
    if (f->again) json_object_set_new(j, "again", json_true());
    set_outlets(j, f, m);
    json_object_set_new(data, "story", j);
}

static void set_terms(json_t *data, const struct facts *f) {
    if (!f->n_terms) return;
    json_t *list = json_array();
    for (size_t i = 0; i < f->n_terms; i++) {
        const struct fact_term *t = &f->terms[i];
        json_t *j = json_object();
        set_line(j, "term", t->term);
        set_line(j, "field", t->field);
        if (t->value >= 0) set_int(j, "value", t->value);
        if (t->start >= 0) set_int(j, "start", t->start);
        set_line(j, "text", t->text);
        json_array_append_new(list, j);
    }
    json_object_set_new(data, "terms", list);
}

static void set_entries(json_t *data, const struct facts *f, const struct measure *m) {
    size_t n = f->n_entries < m->entries ? f->n_entries : m->entries;
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        const struct fact_entry *e = &f->entries[i];
        json_t *j = json_object(), *feed = json_object();
        set_line(j, "alert", e->alert);
        json_set_text(j, "level", text_of(level_names[e->level]));
        json_object_set_new(j, "item", item_part(&e->item, m));
        set_line(feed, "name", e->feed);
        json_object_set_new(j, "feed", feed);
        json_set_time(j, "fired", e->fired);
        if (e->more) set_int(j, "more", e->more);
        json_array_append_new(list, j);
    }
    json_object_set_new(data, "items", list);
    int64_t more = f->more + (int64_t)(f->n_entries - n);
    if (more > 0) set_int(data, "more", more);
}

static void set_problem(json_t *data, const struct facts *f) {
    json_t *j = json_object();
    set_line(j, "what", f->problem);
    json_set_time(j, "since", f->problem_since > 0 ? f->problem_since : TIME_NONE);
    json_set_time(j, "last_ok", f->problem_last_ok > 0 ? f->problem_last_ok : TIME_NONE);
    json_object_set_new(data, "problem", j);
}

static json_t *data_part(const struct render_ask *ask, const struct facts *f, const struct measure *m) {
    json_t *data = json_object();
    bool trouble = f->kind == KIND_PROBLEM || f->kind == KIND_RECOVERED;
    json_set_text(data, "id", text_of(ask->key));
    set_line(data, "alert", render_is_list(f) && !f->alert.len ? render_list_alert(f) : f->alert);
    json_set_text(data, "level", text_of(level_names[f->level]));
    const struct fact_entry *newest =
        render_has_outlets(f) && f->n_entries ? &f->entries[f->n_entries - 1] : NULL;
    const struct fact_feed feed = {.name = newest ? newest->feed : TEXT_NONE,
                                   .publisher = newest ? newest->publisher : TEXT_NONE};
    if (!trouble && !render_is_list(f))
        json_object_set_new(data, "item", item_part(newest ? &newest->item : &f->item, m));
    if (!render_is_list(f) && f->feed.name.len)
        json_object_set_new(data, "feed", feed_part(newest ? &feed : &f->feed));
    set_story(data, f, m);
    set_terms(data, f);
    if (render_delay(ask, f)) set_int(data, "delayed_s", render_delay(ask, f) / SECOND);
    if (f->previous_title.len) {
        json_t *previous = json_object();
        set_line(previous, "title", f->previous_title);
        json_object_set_new(data, "previous", previous);
    }
    if (render_is_list(f)) set_entries(data, f, m);
    if (trouble) set_problem(data, f);
    return data;
}

static struct text type_of(const struct facts *f) {
    static const struct text types[] = {
        [KIND_NEW] = {"alert.fired", 11},          [KIND_EDIT] = {"alert.updated", 13},
        [KIND_FOLD] = {"alert.updated", 13},       [KIND_UPDATE] = {"alert.updated", 13},
        [KIND_PROMOTE] = {"alert.updated", 13},    [KIND_SUMMARY] = {"alert.summary", 13},
        [KIND_DIGEST] = {"alert.digest", 12},      [KIND_PROBLEM] = {"feed.problem", 12},
        [KIND_RECOVERED] = {"feed.recovered", 14}, [KIND_TEST] = {"test", 4}};
    return f->type.len ? f->type : types[f->kind];
}

static char *body_text(const struct render_ask *ask, const struct facts *f, const struct measure *m) {
    json_t *body = json_object();
    set_line(body, "type", type_of(f));
    json_set_time(body, "timestamp", f->fired);
    json_object_set_new(body, "data", data_part(ask, f, m));
    char *text = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    return text;
}

int render_json(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    struct measure m = {ask->halve ? LIMIT_WEBHOOK_SUMMARY / 2 : LIMIT_WEBHOOK_SUMMARY,
                        ask->halve && f->n_entries > 1 ? f->n_entries / 2 : f->n_entries};
    for (;;) {
        char *text = body_text(ask, f, &m);
        if (!text) return -1;
        size_t len = strlen(text);
        if (len <= LIMIT_WEBHOOK_BODY) {
            int r = buf_add(out, text, len);
            free(text);
            return r;
        }
        free(text);
        /* Too large: first shorter texts, then fewer entries, which `more` counts. */
        if (m.summary > 250)
            m.summary /= 2;
        else if (m.entries > 1)
            m.entries /= 2;
        else if (m.summary)
            m.summary = 0;
        else
            return -1;
    }
}

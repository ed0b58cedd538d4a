#include "item/message.h"

#include "base/mem.h"
#include "base/time.h"

#include <strings.h>

const char *const message_kind_names[] = {"new",     "edit",   "fold",    "update",    "promote",
                                          "summary", "digest", "problem", "recovered", "test"};
const char *const row_state_names[] = {"held", "pending", "sent", "dead", "merged"};
const char *const outcome_names[] = {"sent", "retry", "dead", "suspend"};

static int index_of(const char *const *names, size_t n, const char *name) {
    for (size_t i = 0; i < n; i++)
        if (!strcasecmp(names[i], name)) return (int)i;
    return -1;
}
#define INDEX_OF(names, name) index_of((names), sizeof(names) / sizeof *(names), (name))

int message_kind_of(const char *name) {
    return INDEX_OF(message_kind_names, name);
}
int row_state_of(const char *name) {
    return INDEX_OF(row_state_names, name);
}

struct row *row_free(struct row *r) {
    if (!r) return NULL;
    free(r->notify);
    free(r->posted);
    free(r->recipient);
    free(r->alert);
    free(r->error);
    free(r->facts);
    free(r);
    return NULL;
}

static json_t *texts_json(const struct text *list, size_t n) {
    json_t *j = json_array();
    for (size_t i = 0; i < n; i++) json_array_append_new(j, json_stringn(list[i].ptr, list[i].len));
    return j;
}

static struct text *texts_from(const json_t *j, struct arena *a, size_t *ret_n) {
    size_t n = json_array_size(j), k = 0;
    struct text *list = n ? arena_alloc(a, n * sizeof *list) : NULL;
    for (size_t i = 0; list && i < n; i++) {
        const json_t *t = json_array_get(j, i);
        if (json_is_string(t))
            list[k++] = arena_dup(a, (struct text){json_string_value(t), json_string_length(t)});
    }
    *ret_n = list ? k : 0;
    return list;
}

static void set_int(json_t *j, const char *key, int64_t value, int64_t absent) {
    if (value != absent) json_object_set_new(j, key, json_integer(value));
}

static int64_t get_int(const json_t *j, const char *key, int64_t absent) {
    const json_t *v = json_object_get(j, key);
    return json_is_integer(v) ? json_integer_value(v) : absent;
}

static json_t *feed_json(const struct fact_feed *f) {
    json_t *j = json_object();
    json_set_text(j, "name", f->name);
    json_set_text(j, "title", f->title);
    json_set_text(j, "publisher", f->publisher);
    json_set_text(j, "url", f->url);
    if (f->n_tags) json_object_set_new(j, "tags", texts_json(f->tags, f->n_tags));
    return j;
}

static json_t *term_json(const struct fact_term *t) {
    json_t *j = json_object();
    json_set_text(j, "term", t->term);
    json_set_text(j, "field", t->field);
    set_int(j, "value", t->value, -1);
    set_int(j, "start", t->start, -1);
    json_set_text(j, "text", t->text);
    return j;
}

static json_t *entry_json(const struct fact_entry *e) {
    json_t *j = json_object();
    json_set_text(j, "alert", e->alert);
    json_set_text(j, "key", e->key);
    json_object_set_new(j, "level", json_string(level_names[e->level]));
    json_object_set_new(j, "item", item_json(&e->item));
    json_set_text(j, "feed", e->feed);
    set_int(j, "fired", e->fired, TIME_NONE);
    json_set_text(j, "publisher", e->publisher);
    json_set_text(j, "why", e->why);
    json_set_text(j, "clock", e->clock);
    set_int(j, "more", e->more, 0);
    return j;
}

json_t *facts_json(const struct facts *f) {
    json_t *j = json_object(), *list;
    json_object_set_new(j, "kind", json_string(message_kind_names[f->kind]));
    json_set_text(j, "type", f->type);
    json_set_text(j, "alert", f->alert);
    json_object_set_new(j, "level", json_string(level_names[f->level]));
    json_object_set_new(j, "fired", json_integer(f->fired));
    json_object_set_new(j, "item", item_json(&f->item));
    json_object_set_new(j, "feed", feed_json(&f->feed));
    set_int(j, "story", f->story, 0);
    set_int(j, "revision", f->revision, 0);
    set_int(j, "story_items", f->story_items, 0);
    if (f->n_publishers) json_object_set_new(j, "publishers", texts_json(f->publishers, f->n_publishers));
    if (f->n_terms) {
        json_object_set_new(j, "terms", list = json_array());
        for (size_t i = 0; i < f->n_terms; i++) json_array_append_new(list, term_json(&f->terms[i]));
    }
    set_int(j, "copies", f->copies, 0);
    set_int(j, "unconfirmed", f->unconfirmed, 0);
    if (f->again) json_object_set_new(j, "again", json_true());
    json_set_text(j, "thread_title", f->thread_title);
    json_set_text(j, "previous_title", f->previous_title);
    json_set_text(j, "headline", f->headline);
    if (f->n_entries) {
        json_object_set_new(j, "entries", list = json_array());
        for (size_t i = 0; i < f->n_entries; i++) json_array_append_new(list, entry_json(&f->entries[i]));
    }
    set_int(j, "more", f->more, 0);
    json_set_text(j, "problem", f->problem);
    set_int(j, "problem_since", f->problem_since, 0);
    set_int(j, "problem_last_ok", f->problem_last_ok, 0);
    return j;
}

static enum level level_in(const json_t *j) {
    const char *name = json_string_value(json_object_get(j, "level"));
    int level = name ? level_of(name) : -1;
    return level < 0 ? LEVEL_URGENT : (enum level)level;
}

static void terms_from(const json_t *list, struct arena *a, struct facts *f) {
    size_t n = json_array_size(list);
    if (!n || !(f->terms = arena_alloc(a, n * sizeof *f->terms))) return;
    f->n_terms = n;
    for (size_t i = 0; i < n; i++) {
        const json_t *j = json_array_get(list, i);
        f->terms[i] =
            (struct fact_term){json_get_text(j, "term", a), json_get_text(j, "field", a),
                               json_get_text(j, "text", a), get_int(j, "start", -1), get_int(j, "value", -1)};
    }
}

static int entries_from(const json_t *list, struct arena *a, struct facts *f) {
    size_t n = json_array_size(list);
    if (!n) return 0;
    if (!(f->entries = arena_alloc(a, n * sizeof *f->entries))) return -1;
    f->n_entries = n;
    for (size_t i = 0; i < n; i++) {
        const json_t *j = json_array_get(list, i);
        struct fact_entry *e = &f->entries[i];
        e->alert = json_get_text(j, "alert", a);
        e->key = json_get_text(j, "key", a);
        e->feed = json_get_text(j, "feed", a);
        e->level = level_in(j);
        e->fired = get_int(j, "fired", TIME_NONE);
        e->publisher = json_get_text(j, "publisher", a);
        e->why = json_get_text(j, "why", a);
        e->clock = json_get_text(j, "clock", a);
        e->more = get_int(j, "more", 0);
        if (item_from_json(json_object_get(j, "item"), a, &e->item) < 0) return -1;
    }
    return 0;
}

int facts_from_json(const json_t *j, struct arena *a, struct facts *ret) {
    const char *name = json_string_value(json_object_get(j, "kind"));
    int kind = name ? message_kind_of(name) : -1;
    if (kind < 0) return -1;
    const json_t *feed = json_object_get(j, "feed");
    struct facts f = {
        .kind = (enum message_kind)kind,
        .type = json_get_text(j, "type", a),
        .alert = json_get_text(j, "alert", a),
        .level = level_in(j),
        .fired = get_int(j, "fired", 0),
        .feed = {.name = json_get_text(feed, "name", a),
                 .title = json_get_text(feed, "title", a),
                 .publisher = json_get_text(feed, "publisher", a),
                 .url = json_get_text(feed, "url", a)},
        .story = get_int(j, "story", 0),
        .revision = get_int(j, "revision", 0),
        .story_items = get_int(j, "story_items", 0),
        .copies = get_int(j, "copies", 0),
        .unconfirmed = get_int(j, "unconfirmed", 0),
        .again = json_is_true(json_object_get(j, "again")),
        .thread_title = json_get_text(j, "thread_title", a),
        .previous_title = json_get_text(j, "previous_title", a),
        .headline = json_get_text(j, "headline", a),
        .more = get_int(j, "more", 0),
        .problem = json_get_text(j, "problem", a),
        .problem_since = get_int(j, "problem_since", 0),
        .problem_last_ok = get_int(j, "problem_last_ok", 0),
    };
    f.feed.tags = texts_from(json_object_get(feed, "tags"), a, &f.feed.n_tags);
    f.publishers = texts_from(json_object_get(j, "publishers"), a, &f.n_publishers);
    terms_from(json_object_get(j, "terms"), a, &f);
    if (item_from_json(json_object_get(j, "item"), a, &f.item) < 0 ||
        entries_from(json_object_get(j, "entries"), a, &f) < 0 || a->failed)
        return -1;
    *ret = f;
    return 0;
}

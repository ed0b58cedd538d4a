#include "base/time.h"
#include "item/item.h"

#include "base/limits.h"
#include "base/mem.h"

#include <stdlib.h>

void json_memory_checked(void) {
    json_set_alloc_funcs(xmalloc, free);
}

void json_set_text(json_t *object, const char *key, struct text t) {
    if (t.len) json_object_set_new(object, key, json_stringn(t.ptr, t.len));
}

void json_set_time(json_t *object, const char *key, int64_t wall) {
    char out[TIME_TEXT];
    if (wall != TIME_NONE) json_object_set_new(object, key, json_string(time_rfc3339(wall, out)));
}

struct text json_get_text(const json_t *object, const char *key, struct arena *a) {
    const json_t *j = json_object_get(object, key);
    if (!json_is_string(j)) return TEXT_NONE;
    return arena_dup(a, (struct text){json_string_value(j), json_string_length(j)});
}

static int64_t json_get_time(const json_t *object, const char *key) {
    const json_t *j = json_object_get(object, key);
    int64_t wall = TIME_NONE;
    if (json_is_string(j))
        time_parse_rfc3339((struct text){json_string_value(j), json_string_length(j)}, &wall);
    return wall;
}

static json_t *enclosure_json(const struct enclosure *e) {
    json_t *j = json_object();
    json_set_text(j, "url", e->url);
    json_set_text(j, "type", e->type);
    if (e->length >= 0) json_object_set_new(j, "length", json_integer(e->length));
    return j;
}

json_t *item_json(const struct item *item) {
    json_t *j = json_object();
    json_set_text(j, "id", item->id);
    json_set_text(j, "url", item->url);
    json_set_text(j, "title", item->title);
    json_set_text(j, "summary", item->summary);
    json_set_text(j, "content", item->content);
    json_set_text(j, "author", item->author);
    json_set_time(j, "published", item->published);
    json_set_time(j, "updated", item->updated);
    json_set_text(j, "language", item->language);
    if (item->n_categories) {
        json_t *list = json_array();
        for (size_t i = 0; i < item->n_categories; i++)
            json_array_append_new(list, json_stringn(item->categories[i].ptr, item->categories[i].len));
        json_object_set_new(j, "categories", list);
    }
    if (item->n_enclosures) {
        json_t *list = json_array();
        for (size_t i = 0; i < item->n_enclosures; i++)
            json_array_append_new(list, enclosure_json(&item->enclosures[i]));
        json_object_set_new(j, "enclosures", list);
    }
    return j;
}

json_t *document_head_json(const struct document *d) {
    json_t *j = json_object();
    json_object_set_new(j, "format", json_string(feed_format_names[d->format]));
    json_set_text(j, "title", d->title);
    json_set_text(j, "link", d->link);
    json_set_text(j, "description", d->description);
    json_set_text(j, "language", d->language);
    json_set_time(j, "updated", d->updated);
    return j;
}

json_t *document_item_json(const struct document *d, size_t i) {
    json_t *item = item_json(&d->items[i]);
    /* The contract's form of an item has no language; the stored form and the webhook's have. */
    json_object_del(item, "language");
    return item;
}

json_t *document_json(const struct document *d) {
    json_t *j = document_head_json(d), *items = json_array();
    for (size_t i = 0; i < d->n_items; i++) json_array_append_new(items, document_item_json(d, i));
    json_object_set_new(j, "items", items);
    return j;
}

int item_from_json(const json_t *j, struct arena *a, struct item *ret) {
    if (!json_is_object(j)) return -1;
    struct item item = {
        .id = json_get_text(j, "id", a),
        .url = json_get_text(j, "url", a),
        .title = json_get_text(j, "title", a),
        .summary = json_get_text(j, "summary", a),
        .content = json_get_text(j, "content", a),
        .author = json_get_text(j, "author", a),
        .language = json_get_text(j, "language", a),
        .published = json_get_time(j, "published"),
        .updated = json_get_time(j, "updated"),
    };
    const json_t *list = json_object_get(j, "categories");
    size_t n = json_array_size(list);
    if (n && (item.categories = arena_alloc(a, n * sizeof *item.categories))) {
        for (size_t i = 0; i < n; i++) {
            const json_t *c = json_array_get(list, i);
            if (json_is_string(c))
                item.categories[item.n_categories++] =
                    arena_dup(a, (struct text){json_string_value(c), json_string_length(c)});
        }
    }
    list = json_object_get(j, "enclosures");
    n = json_array_size(list);
    if (n && (item.enclosures = arena_alloc(a, n * sizeof *item.enclosures))) {
        for (size_t i = 0; i < n; i++) {
            const json_t *e = json_array_get(list, i), *length = json_object_get(e, "length");
            item.enclosures[item.n_enclosures++] =
                (struct enclosure){json_get_text(e, "url", a), json_get_text(e, "type", a),
                                   json_is_integer(length) ? json_integer_value(length) : -1};
        }
    }
    if (a->failed) return -1;
    *ret = item;
    return 0;
}

#include "base/hash.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/time.h"
#include "base/url.h"
#include "item/item.h"
#include "item/words.h"

#include <stdint.h>
#include <stdio.h>

/* Each kind of key begins with its own word, so that keys of different kinds never meet. */
static void key_of(const char *kind, const struct text *parts, size_t n, unsigned char out[ITEM_KEY_SIZE]) {
    struct text all[8] = {text_of(kind)};
    for (size_t i = 0; i < n; i++) all[i + 1] = parts[i];
    sha256_parts(all, n + 1, out);
}

/* An id that is an address changes from http to https, or gains a slash, without being another item; but its
 * fragment may be all that tells two entries of a live blog apart, and stays. */
void item_id_key(const struct item *item, struct arena *a, unsigned char out[ITEM_KEY_SIZE]) {
    struct text parts[2] = {item->id, TEXT_NONE};
    if (url_is_http(item->id)) {
        struct text canonical = url_canonical(item->id, a);
        struct url u;
        url_split(item->id, &u);
        if (canonical.len) {
            parts[0] = canonical;
            parts[1] = u.fragment;
        }
    }
    key_of("id", parts, 2, out);
}

static void pair_key(const struct item *item, struct text canonical, struct arena *a,
                     unsigned char out[ITEM_KEY_SIZE]) {
    struct text parts[] = {canonical, words_folded_line(item->title, a)};
    key_of("pair", parts, 2, out);
}

static void text_key(const struct item *item, unsigned char out[ITEM_KEY_SIZE]) {
    char date[24] = "";
    if (item->published != TIME_NONE) snprintf(date, sizeof date, "%lld", (long long)item->published);
    struct text parts[] = {item->title, text_of(date), item->summary, item->content};
    key_of("text", parts, 4, out);
}

/* All that matching sees. The address counts in its canonical form, so that a session number in a link does
 * not make every poll a change. */
static void content_key(const struct item *item, struct text canonical, unsigned char out[ITEM_KEY_SIZE]) {
    unsigned char categories[ITEM_KEY_SIZE];
    sha256_parts(item->categories, item->n_categories, categories);
    struct text parts[] = {item->title,
                           item->summary,
                           item->content,
                           item->author,
                           item->language,
                           canonical,
                           {(const char *)categories, sizeof categories}};
    key_of("content", parts, 7, out);
}

struct owner { /* of an id in one document: the first address seen with it */
    struct text url;
    bool shared; /* another address carries it, too */
};

/* Counts an address under an id; `spare` is the owner to be, if the id was not seen before. */
static void owner_note(struct map *ids, struct item_keys *k, struct owner *spare, struct text url) {
    struct owner *o = map_add(ids, (struct text){(const char *)k->id, ITEM_KEY_SIZE}, spare);
    if (!o) o = spare;
    if (!url.len) return;
    if (!o->url.len)
        o->url = (struct text){xstrndup(url.ptr, url.len), url.len};
    else if (!text_eq(o->url, url))
        o->shared = true;
}

static void keys_of(const struct item *item, struct map *ids, struct owner *spare, struct item_keys *k) {
    struct arena a; /* one item's folded texts; their sum over a document would be large */
    arena_init(&a, SIZE_MAX / 2);
    struct text url = url_canonical(item->url, &a);
    if (!url.len) url = item->url;
    k->has_pair = url.len > 0;
    if (k->has_pair) pair_key(item, url, &a, k->pair);
    k->has_id = item->id.len > 0;
    if (k->has_id) {
        item_id_key(item, &a, k->id);
        owner_note(ids, k, spare, url);
    }
    if (!k->has_pair) text_key(item, k->text); /* else nothing asks for it */
    content_key(item, url, k->content);
    arena_clear(&a);
}

struct item_keys *item_keys(const struct document *d) {
    size_t n = d->n_items ? d->n_items : 1;
    struct item_keys *keys = xcalloc(n, sizeof *keys);
    struct owner *owners = xcalloc(n, sizeof *owners);
    struct map ids = {0};
    for (size_t i = 0; i < d->n_items; i++) keys_of(&d->items[i], &ids, &owners[i], &keys[i]);
    for (size_t i = 0; i < d->n_items; i++) {
        if (!keys[i].has_id) continue;
        const struct owner *o = map_get(&ids, (struct text){(const char *)keys[i].id, ITEM_KEY_SIZE});
        keys[i].has_id = !o->shared;
    }
    /* The map borrowed the keys: it goes before they are wiped. */
    map_clear(&ids);
    for (size_t i = 0; i < d->n_items; i++) {
        if (!keys[i].has_id) memset(keys[i].id, 0, ITEM_KEY_SIZE);
        free((char *)owners[i].url.ptr);
    }
    free(owners);
    return keys;
}

struct text item_shown_id(const struct item *item, struct arena *a) {
    if (item->id.len) return item->id;
    if (item->url.len) return item->url;
    unsigned char key[ITEM_KEY_SIZE];
    text_key(item, key);
    char out[sizeof "sha256:" + 2 * ITEM_KEY_SIZE] = "sha256:";
    for (size_t i = 0; i < ITEM_KEY_SIZE; i++) snprintf(out + 7 + 2 * i, 3, "%02x", key[i]);
    return arena_dup(a, text_of(out));
}

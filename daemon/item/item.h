/* What a feed says, once it is read: a document and its items. Plain text everywhere (no markup, UTF-8,
 * white space folded, line breaks of blocks kept), addresses absolute, times wall ms in UTC or TIME_NONE.
 * An absent field is TEXT_NONE. All memory of a document, its items included, lives in its one arena. */
#ifndef NEWSALERTD_ITEM_ITEM_H
#define NEWSALERTD_ITEM_ITEM_H

#include "base/arena.h"
#include "base/text.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum feed_format {
    FORMAT_RSS20,
    FORMAT_RSS10,
    FORMAT_RSS09,
    FORMAT_ATOM10,
    FORMAT_ATOM03,
    FORMAT_JSON,
    FORMAT_CAP12
};
extern const char *const feed_format_names[]; /* "rss2.0" … as `parse` prints them */

struct enclosure {
    struct text url, type;
    int64_t length; /* bytes; -1: not said */
};

struct item {
    struct text id; /* the feed's own: GUID, Atom id, rdf:about; not made up */
    struct text url, title, summary, content, author, language;
    int64_t published, updated;
    struct text *categories;
    size_t n_categories;
    struct enclosure *enclosures;
    size_t n_enclosures;
};

/* What the document asks of who polls it, and tells of itself; 0 and absent where it says nothing. */
struct feed_hints {
    int64_t ttl_ms;        /* RSS ttl; sy:updatePeriod / updateFrequency */
    uint32_t skip_hours;   /* bit per hour, GMT */
    uint8_t skip_days;     /* bit per weekday, 0 is Sunday */
    struct text hub, self; /* WebSub */
    struct text next;      /* rel=next, JSON next_url: older items of a paged feed (RFC 5005) */
    struct text archive;   /* rel=prev-archive: the document before this one (RFC 5005) */
    struct text moved;     /* itunes:new-feed-url */
    bool cloud;            /* RSS 2.0 cloud: it would call back */
    bool expired;          /* JSON Feed: it will never say anything new */
    bool blocked;          /* itunes:block: not to be listed in directories */
};

struct document {
    struct arena arena;
    enum feed_format format;
    struct text title, link, description, language;
    int64_t updated;
    struct item *items; /* as the document lists them; repeats are kept */
    size_t n_items;
    size_t items_cut; /* left out because of LIMIT_ITEMS, or of LIMIT_DOCUMENT_ARENA (then not complete) */
    bool unfinished;  /* the document ended inside its last item, which lacks what was to come */
    bool complete;    /* read to its end: only then may its validators be stored */
    struct feed_hints hints;
};

struct document *document_free(struct document *d); /* NULL is fine; returns NULL */

/* -- identity (DESIGN 2.3) -------------------------------------------------------------------------------
 * An item is known in its feed by its id, or by its canonical URL and folded title together. */
#define ITEM_KEY_SIZE 32
struct item_keys {
    unsigned char id[ITEM_KEY_SIZE];      /* of the feed's own id; all zero: none, or an id that two different
                                             URLs carry in this document */
    unsigned char pair[ITEM_KEY_SIZE];    /* of canonical URL + folded title; zero: no URL */
    unsigned char text[ITEM_KEY_SIZE];    /* of title, date and text, for items without URL; else zero */
    unsigned char content[ITEM_KEY_SIZE]; /* of all that matching sees: tells a changed item */
    bool has_id, has_pair;
};
/* Keys of all items of a document, in order; array of n_items, caller frees. */
struct item_keys *item_keys(const struct document *d);
/* The key of the item's own id, shared by other addresses or not; only for an item that has one. The arena
 * holds what is folded on the way. */
void item_id_key(const struct item *item, struct arena *a, unsigned char out[ITEM_KEY_SIZE]);
/* What outputs show as id: the feed's id, else the URL, else "sha256:…" (arena: where a made one lives). */
struct text item_shown_id(const struct item *item, struct arena *a);

/* -- JSON ------------------------------------------------------------------------------------------------ */
/* The `parse` form of DESIGN section 3: fields in their order, absent ones left out. New references. */
json_t *item_json(const struct item *item);
json_t *document_json(const struct document *d);
/* The same without its items, and one of them as it stands there. */
json_t *document_head_json(const struct document *d);
json_t *document_item_json(const struct document *d, size_t i);
/* Back, into an arena. 0 or -1. Unknown members are ignored. */
int item_from_json(const json_t *j, struct arena *a, struct item *ret);
/* Once, before any JSON: jansson (2.14) follows a null pointer where memory is refused, so its allocations
 * are small ones too: they end the process with the one message of base/mem.h. */
void json_memory_checked(void);
/* A string member, left out when t is absent. */
void json_set_text(json_t *object, const char *key, struct text t);
void json_set_time(json_t *object, const char *key, int64_t wall);
struct text json_get_text(const json_t *object, const char *key, struct arena *a);

#endif

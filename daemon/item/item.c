#include "item/item.h"

#include "base/mem.h"

const char *const feed_format_names[] = {"rss2.0",  "rss1.0", "rss0.9x", "atom1.0",
                                         "atom0.3", "json",   "cap1.2"};

struct document *document_free(struct document *d) {
    if (!d) return NULL;
    arena_clear(&d->arena);
    free(d);
    return NULL;
}

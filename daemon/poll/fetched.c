#include "poll/poller.h"

#include <stdlib.h>

struct fetched *fetched_free(struct fetched *f) {
    if (!f) return NULL;
    char *owned[] = {f->location,      f->body,     f->content_type, f->final_url, f->etag,
                     f->last_modified, f->host.key, f->hub,          f->self};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
    free(f);
    return NULL;
}

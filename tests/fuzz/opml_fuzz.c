/* Lists of feeds: whatever comes, names are fit for sections and addresses are http or https. */
#include "base/url.h"
#include "config/opml.h"
#include "config/value.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct problems problems = PROBLEMS_INIT;
    struct opml o;
    opml_read((struct text){(const char *)data, size}, "list", &problems, &o);
    for (size_t i = 0; i < o.n; i++) {
        const struct opml_feed *f = &o.list[i];
        if (!url_is_http(text_of(f->url)) || !*f->title || strpbrk(f->title, ",]\n\r")) abort();
        for (size_t t = 0; t < f->n_tags; t++)
            if (!*f->tags[t] || strpbrk(f->tags[t], ",\n\r")) abort();
    }
    opml_clear(&o);
    problems_clear(&problems);
    return 0;
}

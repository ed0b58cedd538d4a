/* Pages that offer feeds, and Link headers. */
#include "base/mem.h"
#include "base/url.h"
#include "parse/links.h"
#include "poll/websub_link.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct page_links *links = xcalloc(1, sizeof *links);
    struct text hub = TEXT_NONE, self = TEXT_NONE, page = {(const char *)data, size};
    struct arena a;
    arena_init(&a, 8u << 20);
    page_links(page, TEXT("https://site.example/dir/"), &a, links);
    for (size_t i = 0; i < links->n; i++)
        if (!url_is_http(links->list[i].url)) abort();
    websub_links(page, &hub, &self);
    AUTOFREE char *header = xstrndup(page.ptr, page.len);
    websub_signature(header, "secret", page);
    arena_clear(&a);
    free(links);
    return 0;
}

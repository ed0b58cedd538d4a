/* A whole document: charset, sniffing, both tokenizers, every dialect, JSON of what comes out. The first byte
 * says whether the transfer was cut, and whether a base and a Content-Type are given. */
#include "base/mem.h"
#include "parse/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *ptr, size_t len) {
    static const char *const types[] = {NULL, "text/xml; charset=latin1", "text/xml; charset=shift_jis",
                                        "application/rss+xml"};
    if (!len) return 0;
    struct parse_input in = {.bytes = {(const char *)ptr + 1, len - 1}, .cut = ptr[0] & 1};
    if (ptr[0] & 2) in.base = TEXT("https://base.example/a/b?c");
    in.content_type = text_of(types[ptr[0] >> 2 & 3]);
    struct parse_warnings w = {0};
    struct document *d = NULL;
    char *why = NULL;
    if (!parse_document(&in, &w, &d, &why)) {
        json_t *j = document_json(d);
        size_t n = json_array_size(json_object_get(j, "items"));
        if (n != d->n_items) abort();
        for (size_t i = 0; i < n; i++) {
            /* What is no valid UTF-8 does not get into JSON. */
            const json_t *item = json_array_get(json_object_get(j, "items"), i);
            if (d->items[i].title.len && !json_object_get(item, "title")) abort();
            if (d->items[i].summary.len && !json_object_get(item, "summary")) abort();
            if (d->items[i].content.len && !json_object_get(item, "content")) abort();
            if (d->items[i].url.len && !json_object_get(item, "url")) abort();
            if (d->items[i].id.len && !json_object_get(item, "id")) abort();
            if (d->items[i].author.len && !json_object_get(item, "author")) abort();
        }
        json_decref(j);
        document_free(d);
    } else if (!why) {
        abort();
    }
    free(why);
    parse_warnings_clear(&w);
    return 0;
}

/* Any bytes to UTF-8: what comes out is valid and free of forbidden controls, and reading it again changes
 * nothing. The bytes before the first newline are the Content-Type. */
#include "base/buf.h"
#include "parse/charset.h"
#include "parse/utf8.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *ptr, size_t len) {
    const char *line = len ? memchr(ptr, '\n', len) : NULL;
    if (!line) return 0;
    struct text type = {(const char *)ptr, (size_t)(line - (const char *)ptr)};
    struct text bytes = {line + 1, len - type.len - 1};
    struct buf storage;
    struct charset_result r;
    buf_init(&storage, 1 << 24);
    if (!charset_decode(bytes, type, &storage, &r)) {
        for (size_t i = 0, n; i < r.text.len; i += n) {
            unsigned char c = (unsigned char)r.text.ptr[i];
            n = utf8_valid(r.text.ptr + i, r.text.len - i);
            if (!n || (c < ' ' && c != '\t' && c != '\n' && c != '\r')) abort();
        }
    }
    buf_clear(&storage);
    return 0;
}

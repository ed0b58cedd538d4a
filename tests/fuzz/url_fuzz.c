/* Addresses: base and reference, parted by a newline. What is resolved is absolute and stays as it is when
 * it is resolved again; a canonical address is its own canonical address. */
#include "base/limits.h"
#include "base/mem.h"
#include "base/url.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *ptr, size_t len) {
    const char *line = len ? memchr(ptr, '\n', len) : NULL;
    struct text base = TEXT_NONE, reference = {(const char *)ptr, len};
    if (line) {
        base = (struct text){(const char *)ptr, (size_t)(line - (const char *)ptr)};
        reference = (struct text){line + 1, len - base.len - 1};
    }
    struct arena a;
    struct url u;
    arena_init(&a, 1 << 20);
    struct text t = url_resolve(base, reference, &a);
    if (t.ptr) {
        url_split(t, &u);
        if (!u.scheme.ptr || t.len > LIMIT_URL) abort();
        struct text c = url_canonical(t, &a);
        if (c.ptr && !text_eq(url_canonical(c, &a), c)) abort();
        for (size_t i = 0; i < t.len; i++)
            if ((unsigned char)t.ptr[i] <= ' ') abort();
        AUTOFREE char *masked = url_masked(t.ptr);
        (void)masked;
    }
    arena_clear(&a);
    return 0;
}

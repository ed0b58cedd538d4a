/* Markup to text, and its promises: valid UTF-8 in gives valid UTF-8 out, folded, within its cap. */
#include "base/buf.h"
#include "base/mem.h"
#include "parse/charset.h"
#include "parse/html.h"
#include "parse/utf8.h"

static void check(const struct buf *out) {
    for (size_t i = 0, n; i < out->len; i += n) {
        unsigned char c = (unsigned char)out->ptr[i];
        n = utf8_valid(out->ptr + i, out->len - i);
        if (!n || (c < ' ' && c != '\n') || c == 0x7F) abort();
        bool edge = i == 0 || i + 1 == out->len;
        if (c == '\n' && edge) abort();
        if (c == ' ' && (edge || out->ptr[i - 1] == ' ' || out->ptr[i - 1] == '\n')) abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *ptr, size_t len) {
    if (!len) return 0;
    struct buf storage, out;
    struct charset_result r;
    buf_init(&storage, 1 << 20);
    buf_init(&out, ptr[0] & 1 ? 64 : 1 << 20);
    if (!charset_decode((struct text){(const char *)ptr + 1, len - 1}, TEXT_NONE, &storage, &r)) {
        if (html_to_text(r.text, &out) < 0) abort();
        check(&out);
        buf_reset(&out);
        if (html_plain(r.text, &out) < 0) abort();
        check(&out);
    }
    buf_clear(&storage);
    buf_clear(&out);
    return 0;
}

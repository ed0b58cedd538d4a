/* Any bytes to UTF-8: what comes out is valid and free of forbidden controls, and reading it again changes
 * nothing. The bytes before the first newline are the Content-Type. */
#include "base/buf.h"
#include "parse/charset.h"
#include "parse/utf8.h"

#include <stdlib.h>

/* Edits stand in order and in the document; the text's bytes come from it in order. */
static void check_places(struct text bytes, const struct charset_result *r) {
    size_t before = 0;
    for (size_t i = 0; i < r->n_edits; i++) {
        if (r->edits[i].at < before || !r->edits[i].len || r->edits[i].at + r->edits[i].len > bytes.len)
            abort();
        before = r->edits[i].at + r->edits[i].len;
    }
    if (r->n_edits > LIMIT_CHARSET_EDITS || r->repaired + r->dropped < r->n_edits) abort();
    if (strcmp(r->name, "UTF-8") || r->n_edits == LIMIT_CHARSET_EDITS) return;
    before = 0;
    for (size_t i = 0; i < r->text.len; i++) {
        size_t at = charset_origin(r, i);
        if ((unsigned char)r->text.ptr[i] >= 0x80) continue;
        if (at < before || at >= bytes.len || bytes.ptr[at] != r->text.ptr[i]) abort();
        before = at;
    }
}

static void check_again(const struct charset_result *r) {
    struct charset_result again;
    struct buf storage;
    buf_init(&storage, 1 << 24);
    if (charset_decode(r->text, (struct text){"charset=utf-8", 13}, &storage, &again)) abort();
    /* What begins like a mark loses it, once more. */
    if (!strcmp(again.name, "UTF-8") && !again.start && !text_eq(again.text, r->text)) abort();
    buf_clear(&storage);
}

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
            if (n == 3 && utf8_get(r.text.ptr + i, 3) >= 0xFFFE) abort();
        }
        check_places(bytes, &r);
        check_again(&r);
    }
    buf_clear(&storage);
    return 0;
}

/* Texts cut into words, and their promises: words lie in the text, in order, apart, on character boundaries;
 * positions grow; folding what is folded changes nothing. */
#include "item/words.h"
#include "parse/utf8.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *ptr, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *ptr, size_t len) {
    struct text text = {(const char *)ptr, len};
    struct arena a;
    arena_init(&a, 64u << 20);
    for (size_t i = 0, n; i < len; i += n)
        if (!(n = utf8_valid(text.ptr + i, len - i))) goto out; /* texts of items are valid UTF-8 */
    struct na_word *words;
    size_t n = words_cut(text, &a, &words), end = 0;
    for (size_t i = 0; i < n && !a.failed; i++) {
        const struct na_word *w = &words[i];
        if (w->start < end && !(i && w->start == words[i - 1].start)) abort();
        if (w->start > len || w->len > len - w->start || !w->len) abort();
        if (((unsigned char)text.ptr[w->start] & 0xc0) == 0x80) abort();
        if (i && w->position <= words[i - 1].position) abort();
        end = w->start + w->len;
        struct text again = words_fold(text_of_na(w->folded), &a);
        if (!(w->flags & NA_WORD_URL) && !a.failed && !text_eq(again, text_of_na(w->folded))) abort();
    }
out:
    arena_clear(&a);
    return 0;
}

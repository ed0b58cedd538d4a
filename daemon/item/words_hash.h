/* The hash of a word's folded text: good within the process only, keyed at random at first use (base/hash.h),
 * so that nobody outside can make words meet in a table. By blocks of sixteen bytes, since most words are
 * one.
 */
#ifndef NEWSALERTD_ITEM_WORDS_HASH_H
#define NEWSALERTD_ITEM_WORDS_HASH_H

#include "base/hash.h"

#include <endian.h>
#include <string.h>

static inline uint64_t words_hash_start(const struct hash_secret *s) {
    return s->start;
}
/* Sixteen bytes, with zeros behind the word's end. */
static inline uint64_t words_hash_block(const struct hash_secret *s, uint64_t h, uint64_t first,
                                        uint64_t second) {
    h = (h ^ first) * s->factor;
    h = ((h ^ h >> 32) ^ second) * s->factor;
    return h ^ h >> 32;
}
static inline uint64_t words_hash_end(const struct hash_secret *s, uint64_t h, size_t len) {
    h = (h ^ len) * s->factor;
    return h ^ h >> 29;
}

static inline uint64_t words_hash(const char *p, size_t len) {
    const struct hash_secret *s = hash_secret();
    uint64_t h = words_hash_start(s);
    for (size_t at = 0; at < len; at += 16) {
        uint64_t block[2] = {0, 0};
        memcpy(block, p + at, len - at < 16 ? len - at : 16);
        h = words_hash_block(s, h, le64toh(block[0]), le64toh(block[1]));
    }
    return words_hash_end(s, h, len);
}

#endif

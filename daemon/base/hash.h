/* Hashes. hash64 is for tables within the process only (SipHash-1-3, keyed at random at first use, so that
 * nobody outside can make words collide); never store it. SHA-256 is for what is stored. Any thread. */
#ifndef NEWSALERTD_BASE_HASH_H
#define NEWSALERTD_BASE_HASH_H

#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

uint64_t hash64(const void *ptr, size_t len);
/* Random numbers of this process, for a hash of one's own; `factor` is odd. Constant from the first call on.
 */
struct hash_secret {
    uint64_t start, factor;
};
const struct hash_secret *hash_secret(void);

#define SHA256_SIZE 32
/* SHA-256 over parts, each preceded by its length, so that ("a","bc") is not ("ab","c"). */
void sha256_parts(const struct text *parts, size_t n, unsigned char out[SHA256_SIZE]);
void sha256_hex(struct text t, char out[2 * SHA256_SIZE + 1]);
/* RFC 4648 base32 in small letters, without padding: n characters from the front of `bytes`, and a NUL. */
void base32(const unsigned char *bytes, size_t n, char *out);

/* An idempotency key: "na_" and 26 base32 characters. */
#define KEY_SIZE 30
void idempotency_key(const struct text *parts, size_t n, char out[KEY_SIZE]);

#endif

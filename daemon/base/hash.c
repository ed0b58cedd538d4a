#include "base/hash.h"

#include "base/mem.h"

#include <pthread.h>
#include <sys/random.h>

static uint64_t hash_key[2];
static struct hash_secret secret;
static pthread_once_t seeded = PTHREAD_ONCE_INIT;

static void hash_seed(void) {
    if (getrandom(hash_key, sizeof hash_key, 0) != (ssize_t)sizeof hash_key) abort();
    if (getrandom(&secret, sizeof secret, 0) != (ssize_t)sizeof secret) abort();
    secret.factor |= 1;
}

const struct hash_secret *hash_secret(void) {
    pthread_once(&seeded, hash_seed);
    return &secret;
}

#define ROTL(x, b) (((x) << (b)) | ((x) >> (64 - (b))))

static inline void sip_round(uint64_t v[4]) {
    v[0] += v[1], v[1] = ROTL(v[1], 13), v[1] ^= v[0], v[0] = ROTL(v[0], 32);
    v[2] += v[3], v[3] = ROTL(v[3], 16), v[3] ^= v[2];
    v[0] += v[3], v[3] = ROTL(v[3], 21), v[3] ^= v[0];
    v[2] += v[1], v[1] = ROTL(v[1], 17), v[1] ^= v[2], v[2] = ROTL(v[2], 32);
}

uint64_t hash64(const void *ptr, size_t len) {
    pthread_once(&seeded, hash_seed);
    const unsigned char *p = ptr;
    uint64_t v[4] = {hash_key[0] ^ 0x736f6d6570736575u, hash_key[1] ^ 0x646f72616e646f6du,
                     hash_key[0] ^ 0x6c7967656e657261u, hash_key[1] ^ 0x7465646279746573u};
    size_t left = len;
    uint64_t m;
    for (; left >= 8; left -= 8, p += 8) {
        memcpy(&m, p, 8);
        v[3] ^= m;
        sip_round(v);
        v[0] ^= m;
    }
    m = (uint64_t)len << 56;
    for (size_t i = 0; i < left; i++) m |= (uint64_t)p[i] << (8 * i);
    v[3] ^= m;
    sip_round(v);
    v[0] ^= m;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++) sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void base32(const unsigned char *bytes, size_t n, char *out) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
    for (size_t i = 0; i < n; i++) {
        size_t bit = 5 * i;
        unsigned pair = (unsigned)bytes[bit / 8] << 8;
        if (bit % 8 > 3) pair |= bytes[bit / 8 + 1];
        out[i] = letters[(pair >> (11 - bit % 8)) & 31];
    }
    out[n] = '\0';
}

void idempotency_key(const struct text *parts, size_t n, char out[KEY_SIZE]) {
    unsigned char digest[SHA256_SIZE];
    sha256_parts(parts, n, digest);
    memcpy(out, "na_", 3);
    base32(digest, 26, out + 3);
}

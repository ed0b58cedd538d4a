#include "base/hash.h"
#include "base/mem.h"

#include <dlfcn.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* OpenSSL's, loaded when the first digest is asked for: a third of the time of newsalertctl went into loading
 * libcrypto, and most of its verbs never hash. In newsalertd, which links it for TLS, nothing is loaded. */
#define TEXT_OF(x)   #x
#define NAME(number) "libcrypto.so." TEXT_OF(number)
static struct {
    __typeof__(&EVP_MD_CTX_new) begin;
    __typeof__(&EVP_sha256) sha256;
    __typeof__(&EVP_DigestInit_ex) init;
    __typeof__(&EVP_DigestUpdate) update;
    __typeof__(&EVP_DigestFinal_ex) final;
    __typeof__(&EVP_MD_CTX_free) end;
} evp;
static pthread_once_t loaded = PTHREAD_ONCE_INIT;

static void *function(void *library, const char *name) {
    void *p = library ? dlsym(library, name) : NULL;
    if (p) return p;
    fprintf(stderr, "%s cannot be loaded (%s); install it\n", NAME(OPENSSL_SHLIB_VERSION), dlerror());
    exit(EXIT_FAILURE);
}

static void load(void) {
    void *library = dlopen(NAME(OPENSSL_SHLIB_VERSION), RTLD_NOW | RTLD_LOCAL);
    evp.begin = function(library, "EVP_MD_CTX_new");
    evp.sha256 = function(library, "EVP_sha256");
    evp.init = function(library, "EVP_DigestInit_ex");
    evp.update = function(library, "EVP_DigestUpdate");
    evp.final = function(library, "EVP_DigestFinal_ex");
    evp.end = function(library, "EVP_MD_CTX_free");
}

static EVP_MD_CTX *begin(void) {
    pthread_once(&loaded, load);
    EVP_MD_CTX *c = evp.begin();
    if (!c || !evp.init(c, evp.sha256(), NULL)) out_of_memory(0);
    return c;
}

static void end(EVP_MD_CTX *c, unsigned char out[SHA256_SIZE]) {
    evp.final(c, out, NULL);
    evp.end(c);
}

void sha256_parts(const struct text *parts, size_t n, unsigned char out[SHA256_SIZE]) {
    EVP_MD_CTX *c = begin();
    for (size_t i = 0; i < n; i++) {
        char length[24];
        int k = snprintf(length, sizeof length, "%zu:", parts[i].len);
        evp.update(c, length, (size_t)k);
        evp.update(c, parts[i].ptr, parts[i].len);
    }
    end(c, out);
}

void sha256_hex(struct text t, char out[2 * SHA256_SIZE + 1]) {
    unsigned char digest[SHA256_SIZE];
    EVP_MD_CTX *c = begin();
    evp.update(c, t.ptr, t.len);
    end(c, digest);
    for (size_t i = 0; i < SHA256_SIZE; i++) snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

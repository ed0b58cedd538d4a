/* Preloaded: refuses the n-th allocation since main's start, n being REFUSE, and no other; without REFUSE it
 * writes how many there were to the file REFUSE_COUNT names. */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

static atomic_long asked;
static long refuse = -1; /* until main is near */

__attribute__((constructor)) static void begin(void) {
    const char *n = getenv("REFUSE");
    refuse = n ? strtol(n, NULL, 10) : 0;
}

__attribute__((destructor)) static void end(void) {
    const char *path = getenv("REFUSE_COUNT");
    long n = atomic_load(&asked);
    FILE *f = path ? fopen(path, "we") : NULL;
    if (f) fprintf(f, "%ld\n", n), fclose(f);
}

/* OpenSSL's start dies of a refusal by itself (EVP_MD_fetch on a lock that is not there): its own are not
 * asked. */
static int is_openssl(void *caller) {
    Dl_info in;
    return dladdr(caller, &in) && in.dli_fname && strstr(in.dli_fname, "libcrypto");
}

static int refused(void *caller) {
    if (refuse < 0 || is_openssl(caller)) return 0;
    if (atomic_fetch_add(&asked, 1) + 1 != refuse) return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size) {
    return refused(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}
void *calloc(size_t n, size_t size) {
    return refused(__builtin_return_address(0)) ? NULL : __libc_calloc(n, size);
}
void *realloc(void *old, size_t size) {
    return refused(__builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
}

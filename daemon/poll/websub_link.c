#include "poll/websub_link.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

/* -- Link ------------------------------------------------------------------------------------------------ */

static struct text quoted(struct text *rest) {
    struct text t = {rest->ptr + 1, 0};
    size_t i = 1;
    while (i < rest->len && rest->ptr[i] != '"') i += 1 + (rest->ptr[i] == '\\' && i + 1 < rest->len);
    t.len = i - 1;
    size_t used = i < rest->len ? i + 1 : rest->len;
    rest->ptr += used, rest->len -= used;
    return t;
}

static struct text until(struct text *rest, const char *ends) {
    struct text t = {rest->ptr, 0};
    while (t.len < rest->len && !memchr(ends, t.ptr[t.len], strlen(ends))) t.len++; /* NUL is no end */
    rest->ptr += t.len, rest->len -= t.len;
    return text_trim(t);
}

static void skip(struct text *rest) {
    while (rest->len && text_is_space(*rest->ptr)) rest->ptr++, rest->len--;
}

static bool has_token(struct text list, const char *token) {
    while (list.len) {
        skip(&list);
        struct text one = until(&list, " \t");
        if (text_eq_nocase(one, text_of(token))) return true;
    }
    return false;
}

/* The parameters of one link, up to its comma. The first rel counts; an anchor makes it a link of another
 * document. */
static struct text parameters(struct text *rest) {
    struct text rel = TEXT_NONE;
    bool foreign = false;
    while (rest->len && *rest->ptr != ',') {
        if (*rest->ptr != ';') {
            until(rest, ";,"); /* what stands there belongs to nothing */
            continue;
        }
        rest->ptr++, rest->len--;
        skip(rest);
        struct text name = until(rest, "=;,"), value = TEXT_NONE;
        if (rest->len && *rest->ptr == '=') {
            rest->ptr++, rest->len--;
            skip(rest);
            value = rest->len && *rest->ptr == '"' ? quoted(rest) : until(rest, ";,");
            skip(rest);
            if (rest->len && *rest->ptr != ';' && *rest->ptr != ',') until(rest, ";,");
        }
        if (text_eq_nocase(name, TEXT("rel")) && !rel.ptr) rel = value;
        foreign |= text_eq_nocase(name, TEXT("anchor"));
    }
    return foreign ? TEXT_NONE : rel;
}

void websub_links(struct text rest, struct text *hub, struct text *self) {
    while (rest.len) {
        const char *open = memchr(rest.ptr, '<', rest.len);
        const char *close = open ? memchr(open, '>', (size_t)(rest.ptr + rest.len - open)) : NULL;
        if (!close) return;
        struct text target = text_trim((struct text){open + 1, (size_t)(close - open) - 1});
        rest.len = (size_t)(rest.ptr + rest.len - close) - 1;
        rest.ptr = close + 1;
        skip(&rest);
        struct text rel = parameters(&rest);
        if (!hub->len && has_token(rel, "hub")) *hub = target;
        if (!self->len && has_token(rel, "self")) *self = target;
    }
}

/* -- signatures ------------------------------------------------------------------------------------------ */

static int nibble(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* -1: not hexadecimal digits, or more than fit. */
static int from_hex(struct text hex, unsigned char out[EVP_MAX_MD_SIZE]) {
    if (hex.len % 2 || hex.len / 2 > EVP_MAX_MD_SIZE) return -1;
    for (size_t i = 0; i < hex.len; i += 2) {
        int high = nibble(hex.ptr[i]), low = nibble(hex.ptr[i + 1]);
        if (high < 0 || low < 0) return -1;
        out[i / 2] = (unsigned char)(high << 4 | low);
    }
    return (int)(hex.len / 2);
}

enum signature websub_signature(const char *header, const char *secret, struct text body) {
    static const struct {
        struct text name;
        const EVP_MD *(*method)(void);
        enum signature good;
    } methods[] = {{TEXT("sha256"), EVP_sha256, SIGNATURE_GOOD},
                   {TEXT("sha384"), EVP_sha384, SIGNATURE_GOOD},
                   {TEXT("sha512"), EVP_sha512, SIGNATURE_GOOD},
                   {TEXT("sha1"), EVP_sha1, SIGNATURE_GOOD_SHA1}};
    struct text rest = text_trim(text_of(header));
    if (!rest.len) return SIGNATURE_NONE;
    struct text name = until(&rest, "=");
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        unsigned char said[EVP_MAX_MD_SIZE], is[EVP_MAX_MD_SIZE];
        unsigned len = 0;
        if (!text_eq_nocase(name, methods[i].name) || !rest.len) continue;
        int n = from_hex(text_trim((struct text){rest.ptr + 1, rest.len - 1}), said);
        if (!HMAC(methods[i].method(), secret, (int)strlen(secret), (const unsigned char *)body.ptr, body.len,
                  is, &len))
            return SIGNATURE_BAD;
        return n == (int)len && !CRYPTO_memcmp(said, is, len) ? methods[i].good : SIGNATURE_BAD;
    }
    return SIGNATURE_UNKNOWN;
}

#include "deliver/sign.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

int sign_secret(const char *secret, unsigned char out[SIGN_SECRET_MAX]) {
    struct text t = text_of(secret);
    if (text_starts(t, TEXT("whsec_"))) t.ptr += 6, t.len -= 6;
    while (t.len && t.ptr[t.len - 1] == '=') t.len--;
    unsigned bits = 0, n_bits = 0;
    size_t n = 0;
    for (size_t i = 0; i < t.len; i++) {
        char c = t.ptr[i];
        int v = c >= 'A' && c <= 'Z'   ? c - 'A'
                : c >= 'a' && c <= 'z' ? c - 'a' + 26
                : c >= '0' && c <= '9' ? c - '0' + 52
                : c == '+'             ? 62
                : c == '/'             ? 63
                                       : -1;
        if (v < 0) return -1;
        bits = (bits << 6 | (unsigned)v) & 0xFFFF;
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            if (n == SIGN_SECRET_MAX) return -1;
            out[n++] = (unsigned char)(bits >> n_bits);
        }
    }
    return n < SIGN_SECRET_MIN ? -1 : (int)n;
}

static int sign_one(const char *secret, struct text head, struct text body, struct buf *out) {
    unsigned char key[SIGN_SECRET_MAX], mac[EVP_MAX_MD_SIZE], text[4 * ((EVP_MAX_MD_SIZE + 2) / 3) + 1];
    unsigned mac_len = 0;
    struct buf signed_text;
    int len = sign_secret(secret, key);
    if (len < 0) return -1;
    buf_init(&signed_text, head.len + body.len);
    buf_addt(&signed_text, head);
    buf_addt(&signed_text, body);
    const unsigned char *done = signed_text.failed
                                    ? NULL
                                    : HMAC(EVP_sha256(), key, len, (const unsigned char *)signed_text.ptr,
                                           signed_text.len, mac, &mac_len);
    OPENSSL_cleanse(key, sizeof key);
    buf_clear(&signed_text);
    if (!done) return -1;
    EVP_EncodeBlock(text, mac, (int)mac_len);
    return buf_addf(out, "%sv1,%s", out->len ? " " : "", (const char *)text);
}

int sign_webhook(const struct strings *secrets, const char *key, int64_t timestamp, struct text body,
                 struct buf *out) {
    struct buf head;
    buf_init(&head, 256);
    int r = buf_addf(&head, "%s.%" PRId64 ".", key, timestamp);
    for (size_t i = 0; !r && i < secrets->n; i++) r = sign_one(secrets->list[i], buf_text(&head), body, out);
    buf_clear(&head);
    return r;
}

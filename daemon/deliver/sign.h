/* Standard Webhooks signatures (v1: HMAC-SHA256). Pure. */
#ifndef NEWSALERTD_DELIVER_SIGN_H
#define NEWSALERTD_DELIVER_SIGN_H

#include "base/buf.h"
#include "config/config.h"

#define SIGN_SECRET_MIN 24
#define SIGN_SECRET_MAX 64

/* whsec_BASE64 (the prefix may be missing) → bytes. The length, or -1 for what is no such secret. */
int sign_secret(const char *secret, unsigned char out[SIGN_SECRET_MAX]);
/* Appended: "v1,…" for each secret, parted by blanks. 0 or -1. */
int sign_webhook(const struct strings *secrets, const char *key, int64_t timestamp, struct text body,
                 struct buf *out);

#endif

#include "deliver/sender.h"

#include "deliver/render/prose.h"

#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define SECRET_MIN 6 /* shorter ones would blank out ordinary words */
#define QUOTE_MAX  200

void answer_say(struct answer *a, enum answer_kind kind, int code, const char *format, ...) {
    va_list args;
    memset(a, 0, sizeof *a);
    a->kind = kind;
    a->code = code;
    va_start(args, format);
    vsnprintf(a->what, sizeof a->what, format, args);
    va_end(args);
}

static enum failure failure_of(CURLcode code) {
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return FAILURE_DNS;
    case CURLE_COULDNT_CONNECT: return FAILURE_CONNECT;
    case CURLE_OPERATION_TIMEDOUT: return FAILURE_TIME_OUT;
    case CURLE_SSL_CONNECT_ERROR: return FAILURE_TLS;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM: return FAILURE_CERTIFICATE;
    case CURLE_USE_SSL_FAILED: return FAILURE_NO_TLS;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_LOGIN_DENIED:
    case CURLE_NOT_BUILT_IN: return FAILURE_SETUP;
    default: return FAILURE_RESET;
    }
}

void answer_curl(struct answer *a, CURL *easy, CURLcode code) {
    long os_errno = 0;
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_errno);
    answer_say(a, ANSWER_FAILURE, (int)failure_of(code), "%s", net_error(code, os_errno));
}

static void mask_add(struct mask *m, const char *s, size_t len) {
    if (len < SECRET_MIN) return;
    GROW(m->list, m->n, m->cap);
    m->list[m->n++] = xstrndup(s, len);
}

/* What follows the host of an address, and the user and password before it. */
static void mask_add_url(struct mask *m, const char *url) {
    const char *host = url ? strstr(url, "://") : NULL;
    if (!host) return;
    host += 3;
    size_t authority = strcspn(host, "/?#");
    const char *at = memrchr(host, '@', authority);
    if (at) mask_add(m, host, (size_t)(at - host));
    mask_add(m, host + authority, strlen(host + authority));
}

/* Basic and AUTH PLAIN send both in one piece of base64, AUTH LOGIN each in its own. */
static void mask_add_login(struct mask *m, const char *user, const char *password) {
    AUTOFREE char *basic = xasprintf("%s:%s", user, password),
                  *plain = xasprintf("%c%s%c%s", 0, user, 0, password);
    const struct text forms[] = {
        text_of(basic), {plain, strlen(user) + strlen(password) + 2}, text_of(password)};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        AUTOFREE char *text = xmalloc(forms[i].len / 3 * 4 + 5);
        int len =
            EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)forms[i].ptr, (int)forms[i].len);
        while (len > 0 && text[len - 1] == '=') len--; /* whoever repeats it may leave that out */
        mask_add(m, text, (size_t)len);
    }
}

void mask_init(struct mask *m, const struct config_notify *notify) {
    *m = (struct mask){0};
    mask_add_url(m, notify->url);
    if (notify->token) mask_add(m, notify->token, strlen(notify->token));
    if (notify->password) mask_add(m, notify->password, strlen(notify->password));
    if (notify->user && notify->password) mask_add_login(m, notify->user, notify->password);
    if (notify->proxy) mask_add_url(m, notify->proxy);
    for (size_t i = 0; i < notify->secrets.n; i++)
        mask_add(m, notify->secrets.list[i], strlen(notify->secrets.list[i]));
    for (size_t i = 0; i < notify->headers.n; i++) {
        const char *value = strchr(notify->headers.list[i], ':');
        if (!value) continue;
        struct text t = text_trim(text_of(value + 1));
        mask_add(m, t.ptr, t.len);
    }
}

void mask_clear(struct mask *m) {
    for (size_t i = 0; i < m->n; i++) free(m->list[i]);
    free(m->list);
    *m = (struct mask){0};
}

/* Returns the length that is left. */
static size_t mask_bytes(const struct mask *m, char *ptr, size_t len) {
    for (size_t i = 0; i < m->n; i++) {
        size_t secret = strlen(m->list[i]);
        for (char *at = ptr; (at = memmem(at, (size_t)(ptr + len - at), m->list[i], secret)); at += 3) {
            memcpy(at, "***", 3);
            memmove(at + 3, at + secret, (size_t)(ptr + len - at) - secret);
            len -= secret - 3;
        }
    }
    return len;
}

void mask_apply(const struct mask *m, char *text) {
    text[mask_bytes(m, text, strlen(text))] = '\0';
}

char *mask_target(const char *url) {
    const char *host = url ? strstr(url, "://") : NULL;
    if (!host) return xstrdup("(no address)");
    size_t scheme = (size_t)(host + 3 - url), authority = strcspn(url + scheme, "/?#");
    const char *at = memrchr(url + scheme, '@', authority);
    host = at ? at + 1 : url + scheme;
    const char *end = url + scheme + authority;
    return xasprintf("%.*s%.*s%s", (int)scheme, url, (int)(end - host), host,
                     end[0] && end[1] ? "/\xE2\x80\xA6" : "");
}

void answer_quote(struct answer *a, const struct mask *mask, const char *before, struct text t) {
    struct buf line, cut;
    AUTOFREE char *copy = xstrndup(t.ptr ? t.ptr : "", t.len);
    if (mask) t = (struct text){copy, mask_bytes(mask, copy, t.len)};
    buf_init(&line, LIMIT_ANSWER * 3);
    buf_init(&cut, LIMIT_ANSWER * 3);
    prose_line(&line, t);
    prose_cut(&cut, buf_text(&line), QUOTE_MAX, PROSE_BYTES);
    size_t len = strlen(a->what);
    if (cut.len) snprintf(a->what + len, sizeof a->what - len, "%s%s", before, buf_str(&cut));
    buf_clear(&line);
    buf_clear(&cut);
}

char *sender_user_agent(const char *contact) {
    return contact ? xasprintf("newsalertd/" NEWSALERT_VERSION " (%s)", contact)
                   : xstrdup("newsalertd/" NEWSALERT_VERSION);
}

void sender_host(char out[SENDER_HOST]) {
    out[SENDER_HOST - 1] = '\0';
    if (gethostname(out, SENDER_HOST - 1) < 0 || !out[0]) snprintf(out, SENDER_HOST, "localhost");
}

#include "poll/origin.h"

#include "base/mem.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdbool.h>
#include <strings.h>

static bool url_part(CURLU *u, CURLUPart part, unsigned flags, char **ret) {
    char *s;
    if (curl_url_get(u, part, &s, flags)) return false;
    *ret = xstrdup(s);
    curl_free(s);
    return true;
}

char *origin_follow(const char *base, const char *reference) {
    AUTOFREE char *scheme = NULL;
    char *url = NULL;
    CURLU *u = curl_url();
    if (!u) return NULL;
    if ((!base || !curl_url_set(u, CURLUPART_URL, base, 0)) &&
        !curl_url_set(u, CURLUPART_URL, reference, CURLU_URLENCODE | CURLU_NON_SUPPORT_SCHEME) &&
        url_part(u, CURLUPART_SCHEME, 0, &scheme) &&
        (!strcasecmp(scheme, "http") || !strcasecmp(scheme, "https"))) {
        curl_url_set(u, CURLUPART_USER, NULL, 0);
        curl_url_set(u, CURLUPART_PASSWORD, NULL, 0);
        curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
        url_part(u, CURLUPART_URL, 0, &url);
    }
    curl_url_cleanup(u);
    return url;
}

void origin_credentials(const char *url, char **ret_user, char **ret_password) {
    CURLU *u = curl_url();
    if (u && !curl_url_set(u, CURLUPART_URL, url, CURLU_URLENCODE)) {
        url_part(u, CURLUPART_USER, CURLU_URLDECODE, ret_user);
        url_part(u, CURLUPART_PASSWORD, CURLU_URLDECODE, ret_password);
    }
    curl_url_cleanup(u);
}

char *origin_of(const char *url) {
    AUTOFREE char *scheme = NULL, *host = NULL, *port = NULL;
    char *origin = NULL;
    CURLU *u = curl_url();
    if (u && url && !curl_url_set(u, CURLUPART_URL, url, CURLU_URLENCODE) &&
        url_part(u, CURLUPART_SCHEME, 0, &scheme) && url_part(u, CURLUPART_HOST, 0, &host) &&
        url_part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT, &port) &&
        (!strcasecmp(scheme, "http") || !strcasecmp(scheme, "https"))) {
        origin = xasprintf("%s://%s:%s", scheme, host, port);
        for (char *c = origin; *c; c++) *c = (char)tolower((unsigned char)*c);
    }
    curl_url_cleanup(u);
    return origin;
}

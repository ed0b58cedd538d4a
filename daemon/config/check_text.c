/* The checks of value.h that say what is wrong with a text. */
#include "config/value.h"

#include "base/limits.h"
#include "base/zone.h"

#include <ctype.h>
#include <stdio.h>

static bool starts_nocase(struct text t, struct text start) {
    return t.len >= start.len && text_eq_nocase((struct text){t.ptr, start.len}, start);
}

static bool is_control(char c) {
    return (unsigned char)c < ' ' || c == 127;
}

static bool has_blank_or_control(struct text t) {
    for (size_t i = 0; i < t.len; i++)
        if (text_is_space(t.ptr[i]) || is_control(t.ptr[i])) return true;
    return false;
}

/* What stands behind the host of a URL: nothing or a port that is a number. */
static bool port_is_good(struct text url, struct text host) {
    const char *at = host.ptr + host.len, *end = url.ptr + url.len;
    if (at < end && *at == ']') at++;
    if (at == end || *at != ':') return true;
    unsigned port = 0;
    size_t digits = 0;
    for (at++; at < end && isdigit((unsigned char)*at) && digits < 6; at++, digits++)
        port = port * 10 + (unsigned)(*at - '0');
    return digits && port > 0 && port < 65536 && (at == end || strchr("/?#", *at));
}

static const char *check_host_and_port(struct text t) {
    bool user;
    struct text host = value_host(t, &user);
    if (t.len > LIMIT_URL) return "the address is longer than 4096 bytes";
    if (has_blank_or_control(t)) return "an address holds no blanks";
    if (!host.len) return "the address lacks a host";
    return port_is_good(t, host) ? NULL : "the port is a number from 1 to 65535";
}

const char *check_url(struct text t) {
    if (!starts_nocase(t, TEXT("http://")) && !starts_nocase(t, TEXT("https://")))
        return "must begin with http:// or https://";
    return check_host_and_port(t);
}

const char *check_https(struct text t) {
    if (!starts_nocase(t, TEXT("https://"))) return "must begin with https://";
    return check_host_and_port(t);
}

const char *check_proxy(struct text t) {
    if (!starts_nocase(t, TEXT("http://")) && !starts_nocase(t, TEXT("https://")) &&
        !starts_nocase(t, TEXT("socks5h://")))
        return "must begin with http://, https:// or socks5h://";
    return check_host_and_port(t);
}

const char *check_server(struct text t) {
    if (!starts_nocase(t, TEXT("smtp://")) && !starts_nocase(t, TEXT("smtps://")))
        return "write smtp://HOST:587 or smtps://HOST";
    bool user;
    struct text host = value_host(t, &user);
    if (user) return "user and password have keys of their own";
    const char *rest =
        memchr(host.ptr ? host.ptr : "", '/', host.ptr ? (size_t)(t.ptr + t.len - host.ptr) : 0);
    if (rest && rest + 1 < t.ptr + t.len) return "write smtp://HOST:587 or smtps://HOST, nothing behind";
    return check_host_and_port(t);
}

/* The bare address: one @, something on both sides, no blanks. */
static const char *check_bare_address(struct text t) {
    const char *at = memrchr(t.ptr, '@', t.len);
    if (!at || at == t.ptr || at + 1 == t.ptr + t.len) return "not a mail address such as desk@example.org";
    if (t.len > 320) return "a mail address of more than 320 bytes";
    for (size_t i = 0; i < t.len; i++)
        if (text_is_space(t.ptr[i]) || is_control(t.ptr[i]) || strchr("<>(),;:\\\"[]", t.ptr[i]))
            return "not a mail address such as desk@example.org";
    if (memchr(t.ptr, '@', (size_t)(at - t.ptr)))
        return "a mail address holds one @; part addresses by commas";
    return NULL;
}

const char *check_address(struct text t) {
    for (size_t i = 0; i < t.len; i++)
        if (is_control(t.ptr[i])) return "a mail address holds no line breaks or control characters";
    const char *open = memrchr(t.ptr, '<', t.len);
    if (!open) return check_bare_address(t);
    if (t.ptr[t.len - 1] != '>') return "write Name <desk@example.org>";
    return check_bare_address((struct text){open + 1, (size_t)(t.ptr + t.len - open) - 2});
}

const char *check_contact(struct text t) {
    for (size_t i = 0; i < t.len; i++)
        if ((unsigned char)t.ptr[i] < ' ' || (unsigned char)t.ptr[i] > 126 || strchr("()", t.ptr[i]))
            return "goes into a header: plain ASCII without parentheses";
    if (starts_nocase(t, TEXT("http://")) || starts_nocase(t, TEXT("https://"))) return check_url(t);
    return check_bare_address(t) ? "write a URL or a mail address" : NULL;
}

const char *check_header(struct text t) {
    static const struct text ours[] = {TEXT("Content-Length"), TEXT("Transfer-Encoding"), TEXT("Connection")};
    const char *colon = memchr(t.ptr, ':', t.len);
    if (!colon || colon == t.ptr) return "write Name: value";
    struct text name = {t.ptr, (size_t)(colon - t.ptr)};
    for (size_t i = 0; i < name.len; i++)
        if (!isalnum((unsigned char)name.ptr[i]) && !strchr("!#$%&'*+-.^_`|~", name.ptr[i]))
            return "the name of a header holds letters, digits and - only";
    for (size_t i = 0; i < t.len; i++)
        if (is_control(t.ptr[i]) && t.ptr[i] != '\t')
            return "a header holds no line breaks or control characters";
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (text_eq_nocase(name, ours[i])) return "this header is set by newsalertd itself";
    return NULL;
}

/* RFC 5646, roughly: a language and subtags. */
const char *check_language(struct text t) {
    size_t part = 0, in_part = 0;
    for (size_t i = 0; i <= t.len; i++) {
        if (i < t.len && t.ptr[i] != '-') {
            if (!(part ? isalnum((unsigned char)t.ptr[i]) : isalpha((unsigned char)t.ptr[i])))
                return "write a language tag such as en or pt-BR";
            in_part++;
            continue;
        }
        if (in_part < (part ? 1 : 2) || in_part > (part ? 8 : 3))
            return "write a language tag such as en or pt-BR";
        part++;
        in_part = 0;
    }
    return NULL;
}

const char *check_host(struct text t) {
    for (size_t i = 0; i < t.len; i++)
        if (!isalnum((unsigned char)t.ptr[i]) && !strchr("-.[]:_", t.ptr[i])) return "write a host name";
    return t.len > 255 ? "a host name of more than 255 bytes" : NULL;
}

const char *check_name(struct text t) {
    static const struct text taken[] = {TEXT("none"), TEXT("all"), TEXT("log"), TEXT("status")};
    if (t.len > LIMIT_CONFIG_NAME) return "a name of more than 200 bytes";
    for (size_t i = 0; i < t.len; i++)
        if (t.ptr[i] == ',' || t.ptr[i] == ']' || is_control(t.ptr[i]))
            return "a name holds no comma, no ] and no control character";
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (text_eq_nocase(t, taken[i])) return "none, all, log and status have a meaning of their own";
    return NULL;
}

const char *check_file_name(struct text t) {
    if (memchr(t.ptr, '/', t.len) || text_eqs(t, ".") || text_eqs(t, "..") || t.len > 255)
        return "the name of a systemd credential, not a path";
    return NULL;
}

const char *check_command(struct text t) {
    char quote = 0;
    bool any = false;
    for (size_t i = 0; i < t.len; i++) {
        if (is_control(t.ptr[i]) && t.ptr[i] != '\t') return "a command holds no control characters";
        if (quote) {
            if (t.ptr[i] == quote) quote = 0;
        } else if (t.ptr[i] == '\'' || t.ptr[i] == '"') {
            quote = t.ptr[i];
        }
        any = any || !strchr("'\" \t", t.ptr[i]);
    }
    if (quote) return quote == '"' ? "a \" is never closed" : "a ' is never closed";
    return any ? NULL : "names no program";
}

const char *check_whsec(struct text t) {
    static const char wrong[] = "write whsec_ and base64 of 24 to 64 random bytes (openssl rand -base64 32)";
    if (!text_starts(t, TEXT("whsec_"))) return wrong;
    t.ptr += 6;
    t.len -= 6;
    size_t padding = 0, n = t.len;
    while (n && padding < 2 && t.ptr[n - 1] == '=') n--, padding++;
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)t.ptr[i]) && t.ptr[i] != '+' && t.ptr[i] != '/') return wrong;
    if (n % 4 == 1 || (padding && (n + padding) % 4)) return wrong;
    size_t bytes = n / 4 * 3 + (n % 4 ? n % 4 - 1 : 0);
    return bytes < 24 || bytes > 64 ? wrong : NULL;
}

const char *check_codes(struct text t) {
    for (struct text one; value_next(&t, false, &one);) {
        const char *dash = memchr(one.ptr, '-', one.len);
        int64_t from, to;
        struct text first = {one.ptr, dash ? (size_t)(dash - one.ptr) : one.len};
        struct text last = dash ? (struct text){dash + 1, (size_t)(one.ptr + one.len - dash) - 1} : first;
        if (value_int(text_trim(first), &from) < 0 || value_int(text_trim(last), &to) < 0 || from < 100 ||
            to > 599 || from > to)
            return "write answers from 100 to 599, such as 200-299 or 200, 202";
    }
    return NULL;
}

const char *check_zone(struct text t) {
    char name[128];
    if (t.len >= sizeof name) return "no such time zone; write one such as Europe/Berlin";
    snprintf(name, sizeof name, "%.*s", TEXT_ARGS(t));
    return zone_exists(name) ? NULL : "no such time zone; write one such as Europe/Berlin";
}

const char *check_content_type(struct text t) {
    const char *slash = memchr(t.ptr, '/', t.len);
    for (size_t i = 0; i < t.len; i++)
        if ((unsigned char)t.ptr[i] < ' ' || (unsigned char)t.ptr[i] > 126)
            return "write one such as application/json";
    return slash && slash > t.ptr ? NULL : "write one such as application/json";
}

const char *check_method(struct text t) {
    for (size_t i = 0; i < t.len; i++)
        if (!isupper((unsigned char)t.ptr[i])) return "write POST, PUT or PATCH";
    return text_eqs(t, "POST") || text_eqs(t, "PUT") || text_eqs(t, "PATCH") ? NULL
                                                                             : "write POST, PUT or PATCH";
}

const char *check_listen(struct text t) {
    const char *colon = memrchr(t.ptr, ':', t.len);
    int64_t port;
    if (!colon || value_int((struct text){colon + 1, (size_t)(t.ptr + t.len - colon) - 1}, &port) < 0 ||
        port < 1 || port > 65535)
        return "write HOST:PORT";
    return check_host((struct text){t.ptr, (size_t)(colon - t.ptr)});
}

const char *check_web_path(struct text t) {
    if (!t.len || t.ptr[0] != '/') return "must begin with /";
    for (size_t i = 0; i < t.len; i++)
        if (is_control(t.ptr[i]) || strchr(" ?#%", t.ptr[i])) return "a plain path, such as /websub";
    return NULL;
}

const char *check_callback(struct text t) {
    bool user;
    const char *wrong = check_https(t);
    if (wrong) return wrong;
    value_host(t, &user);
    if (user) return "holds a user or password, which hubs would be told";
    for (size_t i = 0; i < t.len; i++)
        if (strchr("?#", t.ptr[i])) return "must be plain: no ? and no #";
    return NULL;
}

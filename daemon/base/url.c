#include "base/url.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"

#include <ctype.h>
#include <stdint.h>

static bool is_scheme_char(char c) {
    return isalnum((unsigned char)c) || c == '+' || c == '-' || c == '.';
}

static const char *last_of(struct text t, char c) {
    for (size_t i = t.len; i--;)
        if (t.ptr[i] == c) return t.ptr + i;
    return NULL;
}

static void split_authority(struct text a, struct url *u) {
    const char *at = last_of(a, '@');
    if (at) {
        u->userinfo = (struct text){a.ptr, (size_t)(at - a.ptr)};
        a.len -= u->userinfo.len + 1;
        a.ptr = at + 1;
    }
    u->host = a;
    /* The colons of an IPv6 literal stand between its brackets. */
    const char *bracket = last_of(a, ']');
    const char *colon = last_of(a, ':');
    if (colon && (!bracket || colon > bracket)) {
        u->host.len = (size_t)(colon - a.ptr);
        u->port = (struct text){colon + 1, a.len - u->host.len - 1};
    }
}

/* The first of `stops` in t from `from` on, or t.len. */
static size_t until(struct text t, size_t from, const char *stops) {
    for (; from < t.len; from++)
        for (const char *s = stops; *s; s++)
            if (t.ptr[from] == *s) return from;
    return from;
}

void url_split(struct text t, struct url *ret) {
    struct url u = {0};
    size_t i = 0;
    if (!t.ptr) t = TEXT("");
    while (i < t.len && is_scheme_char(t.ptr[i])) i++;
    if (i && i < t.len && t.ptr[i] == ':' && isalpha((unsigned char)t.ptr[0])) {
        u.scheme = (struct text){t.ptr, i};
        i++;
    } else {
        i = 0;
    }
    if (t.len - i >= 2 && t.ptr[i] == '/' && t.ptr[i + 1] == '/') {
        size_t end = until(t, i + 2, "/?#");
        u.authority = (struct text){t.ptr + i + 2, end - i - 2};
        split_authority(u.authority, &u);
        i = end;
    }
    size_t end = until(t, i, "?#");
    u.path = (struct text){t.ptr + i, end - i};
    i = end;
    if (i < t.len && t.ptr[i] == '?') {
        end = until(t, i + 1, "#");
        u.query = (struct text){t.ptr + i + 1, end - i - 1};
        i = end;
    }
    if (i < t.len) u.fragment = (struct text){t.ptr + i + 1, t.len - i - 1};
    *ret = u;
}

/* As browsers read an address: ends trimmed, line ends dropped, what no address may hold percent-encoded,
 * but not in the authority, where it would name another host: there it makes the reference none. */
static int clean(struct text t, struct buf *out) {
    char small[LIMIT_URL + 1];
    size_t n = 0;
    while (t.len && (unsigned char)t.ptr[0] <= ' ') t.ptr++, t.len--;
    while (t.len && (unsigned char)t.ptr[t.len - 1] <= ' ') t.len--;
    for (size_t i = 0; i < t.len; i++) {
        if (t.ptr[i] == '\r' || t.ptr[i] == '\n' || t.ptr[i] == '\t') continue;
        if (n == LIMIT_URL) return -1;
        small[n++] = t.ptr[i];
    }
    struct url u;
    struct text whole = {small, n};
    url_split(whole, &u);
    size_t from = u.authority.ptr ? (size_t)(u.authority.ptr - small) : 0;
    size_t to = from + u.authority.len;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)small[i];
        bool host = i >= from && i < to;
        bool strange = c <= ' ' || c == 0x7f || c == '"' || c == '<' || c == '>' || c == '\\';
        if (host && strange) return -1;
        if (strange || (c >= 0x80 && !host))
            buf_addf(out, "%%%02X", c);
        else
            buf_addc(out, (char)c);
    }
    return out->failed ? -1 : 0;
}

/* RFC 3986 section 5.2.4. */
static void add_path(struct buf *out, struct text in) {
    size_t floor = out->len;
    while (in.len) {
        size_t skip = 0;
        if (text_starts(in, TEXT("../"))) {
            skip = 3;
        } else if (text_starts(in, TEXT("./"))) {
            skip = 2;
        } else if (text_starts(in, TEXT("/./"))) {
            skip = 2;
        } else if (text_eqs(in, "/.")) {
            in = TEXT("/");
        } else if (text_starts(in, TEXT("/../")) || text_eqs(in, "/..")) {
            size_t cut = out->len;
            while (cut > floor && out->ptr[--cut] != '/') continue;
            out->len = cut;
            if (in.len == 3)
                in = TEXT("/");
            else
                skip = 3;
        } else if (text_eqs(in, ".") || text_eqs(in, "..")) {
            return;
        } else {
            size_t end = until(in, in.ptr[0] == '/', "/");
            buf_add(out, in.ptr, end);
            skip = end;
        }
        in.ptr += skip;
        in.len -= skip;
    }
}

static void merge_path(struct buf *merged, const struct url *base, struct text path) {
    if (base->authority.ptr && !base->path.len) {
        buf_addc(merged, '/');
    } else {
        const char *slash = last_of(base->path, '/');
        if (slash) buf_add(merged, base->path.ptr, (size_t)(slash - base->path.ptr) + 1);
    }
    buf_addt(merged, path);
}

/* RFC 3986 sections 5.2.2 and 5.3. */
static void transform(const struct url *base, const struct url *r, struct buf *merged, struct buf *out) {
    const struct url *scheme = r->scheme.ptr ? r : base;
    const struct url *authority = r->scheme.ptr || r->authority.ptr ? r : base;
    struct text query = r->query;
    buf_addt(out, scheme->scheme);
    buf_addc(out, ':');
    if (authority->authority.ptr) {
        buf_adds(out, "//");
        buf_addt(out, authority->authority);
    }
    if (authority == r || text_starts(r->path, TEXT("/"))) {
        add_path(out, r->path);
    } else if (!r->path.len) {
        buf_addt(out, base->path);
        if (!query.ptr) query = base->query;
    } else {
        merge_path(merged, base, r->path);
        add_path(out, buf_text(merged));
    }
    if (query.ptr) {
        buf_addc(out, '?');
        buf_addt(out, query);
    }
    if (r->fragment.ptr) {
        buf_addc(out, '#');
        buf_addt(out, r->fragment);
    }
}

/* Most addresses are absolute and hold nothing to mend: what the steps below would give is the same again. */
static bool is_sound(struct text t) {
    if (t.len > LIMIT_URL || !(text_starts(t, TEXT("http://")) || text_starts(t, TEXT("https://"))))
        return false;
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.ptr[i];
        if (c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>' || c == '\\') return false;
        if (c == '.' && t.ptr[i - 1] == '/') return false; /* perhaps a dot segment */
    }
    return true;
}

struct text url_resolve(struct text base, struct text reference, struct arena *a) {
    struct buf cleaned, cleaned_base, merged, out;
    struct url b = {0}, r;
    struct text result = TEXT_NONE;
    if (is_sound(reference)) return arena_dup(a, reference);
    buf_init(&cleaned, 3 * LIMIT_URL);
    buf_init(&cleaned_base, 3 * LIMIT_URL);
    buf_init(&merged, 6 * LIMIT_URL);
    buf_init(&out, LIMIT_URL);
    if (clean(reference, &cleaned) < 0) goto end;
    url_split(buf_text(&cleaned), &r);
    if (!r.scheme.ptr) {
        if (!base.ptr || clean(base, &cleaned_base) < 0) goto end;
        url_split(buf_text(&cleaned_base), &b);
        if (!b.scheme.ptr) goto end;
    }
    transform(&b, &r, &merged, &out);
    if (!out.failed && !merged.failed) result = arena_dup(a, buf_text(&out));
end:
    if (cleaned.starved || cleaned_base.starved || merged.starved || out.starved) a->failed = true;
    buf_clear(&cleaned);
    buf_clear(&cleaned_base);
    buf_clear(&merged);
    buf_clear(&out);
    return result;
}

bool url_is_http(struct text t) {
    struct url u;
    url_split(t, &u);
    if (!text_eq_nocase(u.scheme, TEXT("http")) && !text_eq_nocase(u.scheme, TEXT("https"))) return false;
    for (size_t i = 0; i < t.len; i++)
        if ((unsigned char)t.ptr[i] <= ' ' || t.ptr[i] == 0x7f) return false;
    return u.host.len > 0;
}

/* What publishers add to learn where a reader came from. A trailing * stands for any ending; a row with a
 * value drops the parameter only where it has that value. */
static const struct {
    const char *name, *value;
} tracking[] = {
    {"utm_*", NULL},   {"fbclid", NULL},    {"gclid", NULL},       {"gclsrc", NULL}, {"dclid", NULL},
    {"gbraid", NULL},  {"wbraid", NULL},    {"msclkid", NULL},     {"yclid", NULL},  {"twclid", NULL},
    {"igshid", NULL},  {"mc_cid", NULL},    {"mc_eid", NULL},      {"_hsenc", NULL}, {"_hsmi", NULL},
    {"ns_*", NULL},    {"at_medium", NULL}, {"at_campaign", NULL}, {"cmpid", NULL},  {"cmp", NULL},
    {"smid", NULL},    {"ftcamp", NULL},    {"wt.mc_id", NULL},    {"ocid", NULL},   {"rss", NULL},
    {"source", "rss"}, {"src", "rss"},      {"ref", "rss"},        {"feed", "rss"},  {"partner", "rss"},
    {"from", "rss"},   {"amp", "1"},
};

static bool is_tracking(struct text parameter) {
    size_t eq = until(parameter, 0, "=");
    struct text name = {parameter.ptr, eq};
    struct text value = {parameter.ptr + eq, parameter.len - eq};
    if (value.len) value.ptr++, value.len--;
    for (size_t i = 0; i < sizeof tracking / sizeof *tracking; i++) {
        struct text row = text_of(tracking[i].name);
        if (row.ptr[row.len - 1] == '*') {
            if (name.len >= row.len - 1 && !strncasecmp(name.ptr, row.ptr, row.len - 1)) return true;
        } else if (text_eq_nocase(name, row) &&
                   (!tracking[i].value || text_eq_nocase(value, text_of(tracking[i].value)))) {
            return true;
        }
    }
    return false;
}

static int hex_of(char c) {
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* RFC 3986 section 6.2.2: escapes of unreserved characters say nothing, and hex digits are capitals. The dot
 * stays as it is, or it could make a dot segment. */
static void add_normal(struct buf *out, struct text t) {
    for (size_t i = 0; i < t.len; i++) {
        int high = i + 2 < t.len && t.ptr[i] == '%' ? hex_of(t.ptr[i + 1]) : -1;
        int low = high >= 0 ? hex_of(t.ptr[i + 2]) : -1;
        if (low < 0) {
            if (t.ptr[i] == '%')
                buf_adds(out, "%25"); /* a stray one, which must not become an escape with what follows */
            else
                buf_addc(out, t.ptr[i]);
            continue;
        }
        char c = (char)(high << 4 | low);
        if (isalnum((unsigned char)c) || (c && strchr("-_~", c)))
            buf_addc(out, c);
        else
            buf_addf(out, "%%%02X", (unsigned char)c);
        i += 2;
    }
}

static void add_small(struct buf *out, struct text t) {
    for (size_t i = 0; i < t.len; i++) buf_addc(out, (char)tolower((unsigned char)t.ptr[i]));
}

static void add_query(struct buf *out, struct text query) {
    char before = '?';
    while (query.len) {
        size_t end = until(query, 0, "&");
        struct text parameter = {query.ptr, end};
        if (end && !is_tracking(parameter)) {
            buf_addc(out, before);
            add_normal(out, parameter);
            before = '&';
        }
        if (end < query.len) end++;
        query.ptr += end;
        query.len -= end;
    }
}

struct text url_canonical(struct text t, struct arena *a) {
    struct buf out;
    struct url u;
    struct text result = TEXT_NONE;
    struct text resolved = url_resolve(TEXT_NONE, t, a);
    if (!resolved.ptr) return TEXT_NONE;
    url_split(resolved, &u);
    buf_init(&out, LIMIT_URL);
    if (url_is_http(resolved)) {
        struct text host = u.host;
        /* A colon that no port follows: whatever that is, it names no host. */
        bool literal = host.ptr[0] == '[' && host.ptr[host.len - 1] == ']';
        if (!literal && memchr(host.ptr, ':', host.len)) goto end;
        while (host.len && host.ptr[host.len - 1] == '.') host.len--;
        while (host.len > 4 && text_eq_nocase((struct text){host.ptr, 4}, TEXT("www.")))
            host.ptr += 4, host.len -= 4;
        buf_adds(&out, "http://");
        add_small(&out, host);
        if (u.port.len && !text_eqs(u.port, "443") && !text_eqs(u.port, "80")) {
            buf_addc(&out, ':');
            buf_addt(&out, u.port);
        }
        add_normal(&out, u.path);
        while (out.len && out.ptr[out.len - 1] == '/') out.len--;
        if (u.query.ptr) add_query(&out, u.query);
    } else {
        add_small(&out, u.scheme);
        buf_add(&out, resolved.ptr + u.scheme.len,
                resolved.len - u.scheme.len - (u.fragment.ptr ? u.fragment.len + 1 : 0));
    }
    if (!out.failed) result = arena_dup(a, buf_text(&out));
end:
    if (out.starved) a->failed = true;
    buf_clear(&out);
    return result;
}

char *url_masked(const char *url) {
    struct url u;
    struct buf out;
    url_split(text_of(url), &u);
    buf_init(&out, SIZE_MAX / 2);
    if (u.scheme.ptr) {
        buf_addt(&out, u.scheme);
        buf_addc(&out, ':');
    }
    if (u.authority.ptr) {
        buf_adds(&out, "//");
        buf_addt(&out, u.host);
        if (u.port.ptr) {
            buf_addc(&out, ':');
            buf_addt(&out, u.port);
        }
    }
    buf_addt(&out, u.path);
    for (char before = '?'; u.query.ptr && u.query.len; before = '&') {
        size_t end = until(u.query, 0, "&"), eq = until((struct text){u.query.ptr, end}, 0, "=");
        buf_addc(&out, before);
        if (eq < end) {
            buf_add(&out, u.query.ptr, eq);
            buf_addc(&out, '=');
        }
        if (end) buf_adds(&out, "***");
        if (end < u.query.len) end++;
        u.query.ptr += end;
        u.query.len -= end;
    }
    /* What is shown goes to terminals and logs: no control characters. */
    for (size_t i = 0; i < out.len; i++)
        if ((unsigned char)out.ptr[i] < ' ' || out.ptr[i] == 0x7f) out.ptr[i] = '?';
    return buf_steal(&out);
}

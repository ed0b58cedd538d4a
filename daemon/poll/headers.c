#include "poll/headers.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "poll/websub_link.h"

static void headers_forget(struct headers *h) {
    free(h->location);
    free(h->content_type);
    free(h->etag);
    free(h->last_modified);
    free(h->retry_after);
    free(h->hub);
    free(h->self);
    *h = (struct headers){.total = h->total, .date = TIME_NONE, .expires = TIME_NONE, .max_age = -1};
}

void headers_init(struct headers *h) {
    *h = (struct headers){.date = TIME_NONE, .expires = TIME_NONE, .max_age = -1};
}

void headers_clear(struct headers *h) {
    headers_forget(h);
    headers_init(h);
}

/* Digits only. A number too large for the type is the largest one: "very long" is meant. -1: no number. */
static int64_t seconds_of(struct text t) {
    int64_t n = 0;
    if (!t.len) return -1;
    for (size_t i = 0; i < t.len; i++) {
        if (t.ptr[i] < '0' || t.ptr[i] > '9') return -1;
        n = n > INT32_MAX ? n : n * 10 + (t.ptr[i] - '0');
    }
    return n > INT32_MAX ? INT32_MAX : n;
}

/* Takes the next member of a list, up to a comma outside of quotes. */
static struct text next_member(struct text *list) {
    size_t n = 0;
    bool quoted = false;
    for (; n < list->len && (quoted || list->ptr[n] != ','); n++)
        if (list->ptr[n] == '"') quoted = !quoted;
    struct text member = {list->ptr, n};
    size_t used = n < list->len ? n + 1 : n;
    list->ptr += used, list->len -= used;
    return text_trim(member);
}

/* s-maxage speaks to shared caches, and "no-cache=…" of single headers: neither is for us. */
static void headers_cache_control(struct headers *h, struct text value) {
    while (value.len) {
        struct text m = next_member(&value), name = m, argument = TEXT_NONE;
        const char *equals = m.len ? memchr(m.ptr, '=', m.len) : NULL;
        if (equals) {
            name = text_trim((struct text){m.ptr, (size_t)(equals - m.ptr)});
            argument = text_trim((struct text){equals + 1, m.len - (size_t)(equals - m.ptr) - 1});
            if (argument.len >= 2 && argument.ptr[0] == '"' && argument.ptr[argument.len - 1] == '"')
                argument = (struct text){argument.ptr + 1, argument.len - 2};
        }
        if (text_eq_nocase(name, TEXT("max-age")) && h->max_age < 0) {
            int64_t s = seconds_of(argument);
            if (s >= 0) h->max_age = s * SECOND;
        } else if (!equals &&
                   (text_eq_nocase(name, TEXT("no-store")) || text_eq_nocase(name, TEXT("no-cache")))) {
            h->no_store = true;
        }
    }
}

/* A value that is kept: the first of its name, without control characters. */
static void keep(char **slot, struct text value, size_t limit) {
    if (*slot || !value.len || value.len > limit) return;
    for (size_t i = 0; i < value.len; i++)
        if ((unsigned char)value.ptr[i] < ' ' || value.ptr[i] == 0x7f) return;
    *slot = xstrndup(value.ptr, value.len);
}

static void headers_field(struct headers *h, struct text name, struct text value) {
    int64_t at;
    if (text_eq_nocase(name, TEXT("location"))) {
        /* Control characters stay in: whoever follows refuses them by name. */
        if (!h->location && value.len) h->location = xstrndup(value.ptr, value.len);
    } else if (text_eq_nocase(name, TEXT("content-type"))) {
        keep(&h->content_type, value, LIMIT_VALIDATOR);
    } else if (text_eq_nocase(name, TEXT("etag"))) {
        keep(&h->etag, value, LIMIT_VALIDATOR);
    } else if (text_eq_nocase(name, TEXT("last-modified"))) {
        keep(&h->last_modified, value, LIMIT_VALIDATOR);
    } else if (text_eq_nocase(name, TEXT("retry-after"))) {
        keep(&h->retry_after, value, LIMIT_VALIDATOR);
    } else if (text_eq_nocase(name, TEXT("link"))) {
        struct text hub = TEXT_NONE, self = TEXT_NONE;
        websub_links(value, &hub, &self);
        keep(&h->hub, hub, LIMIT_URL);
        keep(&h->self, self, LIMIT_URL);
    } else if (text_eq_nocase(name, TEXT("date"))) {
        if (!time_http(value, &at)) h->date = at;
    } else if (text_eq_nocase(name, TEXT("expires"))) {
        h->has_expires = true;
        if (!time_http(value, &at)) h->expires = at;
    } else if (text_eq_nocase(name, TEXT("age"))) {
        int64_t s = seconds_of(value);
        if (s >= 0) h->age = s * SECOND;
    } else if (text_eq_nocase(name, TEXT("cache-control"))) {
        headers_cache_control(h, value);
    }
}

int headers_line(struct headers *h, struct text line) {
    if (line.len > LIMIT_HEADERS - h->total) return -1;
    h->total += line.len;
    while (line.len && (line.ptr[line.len - 1] == '\n' || line.ptr[line.len - 1] == '\r')) line.len--;
    if (text_starts(line, TEXT("HTTP/"))) {
        headers_forget(h);
        return 0;
    }
    if (!line.len) h->ended = true;
    if (h->ended) return 0;
    const char *colon = memchr(line.ptr, ':', line.len);
    if (!colon || colon == line.ptr || text_is_space(line.ptr[0])) return 0;
    struct text name = {line.ptr, (size_t)(colon - line.ptr)};
    struct text value = {colon + 1, line.len - name.len - 1};
    headers_field(h, text_trim(name), text_trim(value));
    return 0;
}

int64_t headers_fresh_for(const struct headers *h, int64_t now) {
    int64_t fresh = 0;
    if (h->no_store)
        fresh = 0;
    else if (h->max_age >= 0)
        fresh = h->max_age - h->age;
    else if (h->has_expires && h->expires != TIME_NONE)
        fresh = h->expires - (h->date != TIME_NONE ? h->date : now);
    return fresh > 0 ? fresh : 0;
}

int64_t headers_retry_after(const struct headers *h, int64_t now) {
    int64_t at, wait;
    if (!h->retry_after) return -1;
    struct text t = text_of(h->retry_after);
    int64_t s = seconds_of(t);
    if (s >= 0)
        wait = s * SECOND;
    else if (!time_http(t, &at))
        wait = at - (h->date != TIME_NONE ? h->date : now);
    else
        return -1;
    if (wait < 0) return 0;
    return wait < LIMIT_RETRY_AFTER_FEED_MS ? wait : LIMIT_RETRY_AFTER_FEED_MS;
}

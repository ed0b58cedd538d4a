#include "config/value.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

int value_bool(struct text t, bool *ret) {
    static const char *const words[][2] = {{"no", "yes"}, {"false", "true"}, {"off", "on"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        for (int b = 0; b < 2; b++)
            if (text_eq_nocase(t, text_of(words[i][b]))) {
                *ret = b;
                return 0;
            }
    return -1;
}

int value_int(struct text t, int64_t *ret) {
    int64_t n = 0;
    if (!t.len || t.len > 15) return -1;
    for (size_t i = 0; i < t.len; i++) {
        if (!isdigit((unsigned char)t.ptr[i])) return -1;
        n = n * 10 + (t.ptr[i] - '0');
    }
    *ret = n;
    return 0;
}

int value_size(struct text t, int64_t *ret) {
    static const struct {
        struct text name;
        int64_t bytes;
    } units[] = {{TEXT("KiB"), 1 << 10}, {TEXT("MiB"), 1 << 20}};
    int64_t n, unit = 1;
    for (size_t i = 0; i < 2; i++)
        if (t.len > 3 && text_eq_nocase((struct text){t.ptr + t.len - 3, 3}, units[i].name)) {
            unit = units[i].bytes;
            t = text_trim((struct text){t.ptr, t.len - 3});
        }
    if (value_int(t, &n) < 0 || n > INT64_C(1) << 40) return -1;
    *ret = n * unit;
    return 0;
}

int value_real(struct text t, double *ret) {
    double n = 0, place = 1;
    size_t digits = 0;
    bool stop = false;
    if (t.len > 20) return -1;
    for (size_t i = 0; i < t.len; i++) {
        if (t.ptr[i] == '.' && !stop) {
            stop = true;
            continue;
        }
        if (!isdigit((unsigned char)t.ptr[i])) return -1;
        digits++;
        if (stop)
            n += (t.ptr[i] - '0') * (place /= 10);
        else
            n = n * 10 + (t.ptr[i] - '0');
    }
    if (!digits) return -1;
    *ret = n;
    return 0;
}

int value_rate(struct text t, struct rate *ret) {
    if (text_eq_nocase(t, TEXT("none"))) {
        *ret = (struct rate){0};
        return 0;
    }
    const char *slash = memchr(t.ptr, '/', t.len);
    if (!slash) return -1;
    int64_t count, per;
    struct text unit = text_trim((struct text){slash + 1, (size_t)(t.ptr + t.len - slash) - 1});
    if (value_int(text_trim((struct text){t.ptr, (size_t)(slash - t.ptr)}), &count) < 0) return -1;
    char with_one[40];
    if (unit.len && isalpha((unsigned char)unit.ptr[0]) && unit.len < sizeof with_one - 2) {
        with_one[0] = '1';
        memcpy(with_one + 1, unit.ptr, unit.len);
        unit = (struct text){with_one, unit.len + 1};
    }
    if (duration_parse(unit, &per) < 0 || per <= 0 || count <= 0 || count > 1000000) return -1;
    *ret = (struct rate){count, per};
    return 0;
}

int value_levels(struct text t, unsigned *ret) {
    unsigned bits = 0;
    if (text_eq_nocase(t, TEXT("all"))) {
        *ret = 7;
        return 0;
    }
    for (struct text one; value_next(&t, false, &one);) {
        int level = 0;
        while (level < 3 && !text_eq_nocase(one, text_of(level_names[level]))) level++;
        if (level == 3) return -1;
        bits |= 1u << level;
    }
    if (!bits) return -1;
    *ret = bits;
    return 0;
}

bool value_next(struct text *t, bool quoted, struct text *ret) {
    if (!t->ptr) return false;
    size_t i = 0;
    for (bool in = false; i < t->len; i++) {
        if (quoted && t->ptr[i] == '"') in = !in;
        if (t->ptr[i] == ',' && !in) break;
    }
    *ret = text_trim((struct text){t->ptr, i});
    if (i < t->len) {
        t->ptr += i + 1;
        t->len -= i + 1;
    } else {
        *t = TEXT_NONE;
    }
    return true;
}

/* ---- quiet hours and digests ---- */

static const char days[7][4] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

static int day_of(struct text t) {
    for (int d = 0; d < 7; d++)
        if (text_eq_nocase(t, text_of(days[d]))) return d;
    return -1;
}

/* "22:00" → minutes of the day, or -1. */
static int clock_of(struct text t) {
    if (t.len != 5 || t.ptr[2] != ':') return -1;
    for (size_t i = 0; i < 5; i++)
        if (i != 2 && !isdigit((unsigned char)t.ptr[i])) return -1;
    int hour = (t.ptr[0] - '0') * 10 + t.ptr[1] - '0', minute = (t.ptr[3] - '0') * 10 + t.ptr[4] - '0';
    return hour > 23 || minute > 59 ? -1 : hour * 60 + minute;
}

/* "mon-fri 22:00" → first and last day (0 and 6 without days), and what stands behind. 0 or -1. */
static int days_of(struct text t, int *ret_first, int *ret_last, struct text *ret_rest) {
    *ret_first = 0;
    *ret_last = 6;
    *ret_rest = t;
    if (!t.len || isdigit((unsigned char)t.ptr[0])) return 0;
    size_t n = 0;
    while (n < t.len && !text_is_space(t.ptr[n])) n++;
    struct text word = {t.ptr, n};
    const char *dash = memchr(word.ptr, '-', word.len);
    *ret_first = day_of((struct text){word.ptr, dash ? (size_t)(dash - word.ptr) : word.len});
    *ret_last = dash ? day_of((struct text){dash + 1, (size_t)(word.ptr + word.len - dash) - 1}) : *ret_first;
    *ret_rest = text_trim((struct text){t.ptr + n, t.len - n});
    return *ret_first < 0 || *ret_last < 0 ? -1 : 0;
}

static void week_fill(struct week *w, unsigned start, unsigned minutes) {
    for (unsigned i = 0; i < minutes; i++) {
        unsigned at = (start + i) % WEEK_MINUTES;
        w->bits[at / 64] |= UINT64_C(1) << (at % 64);
    }
}

const char *value_quiet(struct text t, struct week *ret) {
    struct week w = {0};
    size_t n = 0;
    for (struct text one; value_next(&t, false, &one);) {
        int first, last;
        struct text span;
        if (++n > VALUE_HOURS) return "more than 16 spans";
        if (days_of(one, &first, &last, &span) < 0)
            return "a day is mon tue wed thu fri sat or sun, or mon-fri";
        const char *dash = memchr(span.ptr, '-', span.len);
        if (!dash) return "write spans such as 22:00-07:00 or mon-fri 22:00-07:00";
        int from = clock_of(text_trim((struct text){span.ptr, (size_t)(dash - span.ptr)}));
        int to = clock_of(text_trim((struct text){dash + 1, (size_t)(span.ptr + span.len - dash) - 1}));
        if (from < 0 || to < 0) return "times are 00:00 to 23:59, such as 22:00-07:00";
        if (from == to) return "start and end are the same time";
        for (int d = first;; d = (d + 1) % 7) {
            week_fill(&w, (unsigned)(d * 1440 + from), (unsigned)((to - from + 1440) % 1440));
            if (d == last) break;
        }
    }
    *ret = w;
    return NULL;
}

bool week_covers_day(const struct week *w) {
    unsigned run = 0;
    for (unsigned i = 0; i < 2 * WEEK_MINUTES && run < 1440; i++) {
        unsigned at = i % WEEK_MINUTES;
        run = w->bits[at / 64] >> (at % 64) & 1 ? run + 1 : 0;
    }
    return run >= 1440;
}

const char *check_quiet(struct text t) {
    struct week w;
    return value_quiet(t, &w);
}

const char *check_digest(struct text t) {
    size_t n = 0;
    for (struct text one; value_next(&t, false, &one);) {
        int first, last;
        struct text at;
        if (++n > VALUE_HOURS) return "more than 16 times";
        if (days_of(one, &first, &last, &at) < 0 || clock_of(at) < 0)
            return "write times such as 08:00 or mon 08:00 or 08:00, 17:30";
    }
    return NULL;
}

/* ---- hosts ---- */

struct text value_host(struct text url, bool *ret_user) {
    *ret_user = false;
    const char *colons = memmem(url.ptr, url.len, "://", 3);
    if (!colons) return TEXT_NONE;
    struct text t = {colons + 3, (size_t)(url.ptr + url.len - colons) - 3};
    size_t n = 0;
    while (n < t.len && !strchr("/?#\\", t.ptr[n])) n++;
    t.len = n;
    const char *at = memrchr(t.ptr, '@', t.len);
    if (at) {
        *ret_user = true;
        t = (struct text){at + 1, (size_t)(t.ptr + t.len - at) - 1};
    }
    if (t.len && t.ptr[0] == '[') {
        const char *close = memchr(t.ptr, ']', t.len);
        return close ? (struct text){t.ptr + 1, (size_t)(close - t.ptr) - 1} : TEXT_NONE;
    }
    const char *port = memchr(t.ptr, ':', t.len);
    if (port) t.len = (size_t)(port - t.ptr);
    return t.len ? t : TEXT_NONE;
}

/* A literal as 16 bytes of IPv6 (IPv4 mapped). False: it is a name. */
static bool literal_of(struct text host, unsigned char ret[16]) {
    char name[INET6_ADDRSTRLEN];
    if (!host.len || host.len >= sizeof name) return false;
    memcpy(name, host.ptr, host.len);
    name[host.len] = '\0';
    if (inet_pton(AF_INET6, name, ret) == 1) return true;
    memset(ret, 0, 10);
    memset(ret + 10, 0xFF, 2);
    return inet_pton(AF_INET, name, ret + 12) == 1;
}

static bool is_v4(const unsigned char a[16]) {
    static const unsigned char mapped[12] = {[10] = 0xFF, [11] = 0xFF};
    return !memcmp(a, mapped, 12);
}

static bool ends_with(struct text t, struct text end) {
    return t.len >= end.len && text_eq_nocase((struct text){t.ptr + t.len - end.len, end.len}, end);
}

bool host_is_loopback(struct text host) {
    static const unsigned char one[16] = {[15] = 1};
    unsigned char a[16];
    if (literal_of(host, a)) return is_v4(a) ? a[12] == 127 : !memcmp(a, one, 16);
    return text_eq_nocase(host, TEXT("localhost")) || ends_with(host, TEXT(".localhost"));
}

bool host_is_private(struct text host) {
    unsigned char a[16];
    if (host_is_loopback(host)) return true;
    if (literal_of(host, a)) {
        if (!is_v4(a)) return (a[0] & 0xFE) == 0xFC || (a[0] == 0xFE && (a[1] & 0xC0) == 0x80);
        return a[12] == 10 || a[12] == 0 || (a[12] == 172 && (a[13] & 0xF0) == 16) ||
               (a[12] == 192 && a[13] == 168) || (a[12] == 169 && a[13] == 254) ||
               (a[12] == 100 && (a[13] & 0xC0) == 64);
    }
    /* Names that no public resolver knows: single words (RFC 6761, 6762, 8375; .internal is ICANN's). */
    return !memchr(host.ptr, '.', host.len) || ends_with(host, TEXT(".local")) ||
           ends_with(host, TEXT(".internal")) || ends_with(host, TEXT(".home.arpa"));
}

bool value_is_program(const char *name) {
    const char *path = getenv("PATH");
    if (strchr(name, '/')) return !access(name, X_OK);
    for (const char *at = path ? path : "/usr/bin:/bin"; *at;) {
        size_t len = strcspn(at, ":");
        AUTOFREE char *file = xasprintf("%.*s/%s", (int)len, at, name);
        if (len && !access(file, X_OK)) return true;
        at += len + (at[len] == ':');
    }
    return false;
}

char **value_command(struct text t) {
    size_t most = t.len / 2 + 2, n = 0;
    char **words = xcalloc(1, most * sizeof *words + t.len + 1), *out = (char *)(words + most);
    char quote = 0;
    bool in_word = false;
    for (size_t i = 0; i < t.len; i++) {
        char c = t.ptr[i];
        bool blank = !quote && (c == ' ' || c == '\t');
        if (!blank && !in_word) words[n++] = out;
        if (blank && in_word) *out++ = '\0';
        in_word = !blank;
        if (quote ? c == quote : c == '\'' || c == '"')
            quote = quote ? 0 : c;
        else if (!blank)
            *out++ = c;
    }
    return words;
}

#include "base/zone.h"

#include "base/mem.h"
#include "base/time.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool zone_exists(const char *name) {
    char path[160], magic[4];
    if (!*name || *name == '/' || strlen(name) > 100 || strstr(name, "..")) return false;
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("/_+-", *c)) return false;
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    bool yes = read(fd, magic, 4) == 4 && !memcmp(magic, "TZif", 4);
    close(fd);
    return yes;
}

struct zone {
    size_t n;
    int64_t *at;      /* wall ms of each change, rising */
    int64_t *offsets; /* from then on, ms */
    int64_t before;   /* before the first */
};

#define ZONE_FILE 65536u /* bytes; the largest of the database has under 4,000 */

static uint32_t four(const unsigned char *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t eight(const unsigned char *p) {
    return (int64_t)((uint64_t)four(p) << 32 | four(p + 4));
}

/* The counts of a header: isutc, isstd, leap, time, type, char. */
struct zone_head {
    uint32_t counts[6];
};

static int read_head(const unsigned char *p, size_t len, struct zone_head *h) {
    if (len < 44 || memcmp(p, "TZif", 4) != 0) return -1;
    for (size_t i = 0; i < 6; i++) {
        h->counts[i] = four(p + 20 + 4 * i);
        if (h->counts[i] > ZONE_FILE) return -1;
    }
    return 0;
}

static size_t body_size(const struct zone_head *h, size_t time_size) {
    const uint32_t *c = h->counts;
    return c[3] * (time_size + 1) + c[4] * 6 + c[5] + c[2] * (time_size + 4) + c[1] + c[0];
}

/* NEEDSWORK: the rule in the file's last line (for years behind its table) is not read; Debian's files list
 * all changes up to 2037. Are slim files worth the parser? */
static struct zone *parse(const unsigned char *p, size_t len) {
    struct zone_head h;
    if (read_head(p, len, &h) < 0 || p[4] < '2') return NULL;
    size_t skip = 44 + body_size(&h, 4);
    if (skip >= len || read_head(p + skip, len - skip, &h) < 0) return NULL;
    p += skip + 44;
    len -= skip + 44;
    uint32_t times = h.counts[3], types = h.counts[4];
    if (len < body_size(&h, 8) || !types) return NULL;
    const unsigned char *indices = p + 8 * (size_t)times, *table = indices + times;
    struct zone *z = xcalloc(1, sizeof *z);
    z->at = xcalloc(times ? times : 1, sizeof *z->at);
    z->offsets = xcalloc(times ? times : 1, sizeof *z->offsets);
    z->before = (int64_t)(int32_t)four(table) * SECOND;
    for (uint32_t i = 0; i < times; i++) {
        int64_t at = eight(p + 8 * (size_t)i);
        if (indices[i] >= types || at < -(INT64_C(1) << 40) || at > INT64_C(1) << 40) continue;
        z->at[z->n] = at * SECOND;
        z->offsets[z->n++] = (int64_t)(int32_t)four(table + 6 * (size_t)indices[i]) * SECOND;
    }
    return z;
}

struct zone *zone_open(const char *name) {
    char path[160];
    if (name && !zone_exists(name)) return NULL;
    snprintf(path, sizeof path, name ? "/usr/share/zoneinfo/%s" : "/etc/localtime", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return name ? NULL : xcalloc(1, sizeof(struct zone));
    AUTOFREE unsigned char *bytes = xmalloc(ZONE_FILE);
    ssize_t n, len = 0;
    while ((n = read(fd, bytes + len, ZONE_FILE - (size_t)len)) > 0) len += n;
    close(fd);
    struct zone *z = parse(bytes, (size_t)len);
    return z || name ? z : xcalloc(1, sizeof(struct zone));
}

struct zone *zone_free(struct zone *z) {
    if (!z) return NULL;
    free(z->at);
    free(z->offsets);
    free(z);
    return NULL;
}

/* The number of changes up to and including that instant. */
static size_t changes_until(const struct zone *z, int64_t wall) {
    size_t low = 0, high = z->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (z->at[middle] <= wall)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int64_t zone_offset(const struct zone *z, int64_t wall) {
    size_t n = z ? changes_until(z, wall) : 0;
    return n ? z->offsets[n - 1] : z ? z->before : 0;
}

/* Offsets stay within 26 h of each other, so the changes that matter are those of two days around. */
static int64_t instant(const struct zone *z, int64_t shown, bool last) {
    if (!z) return shown;
    int64_t found = TIME_NONE, gap = TIME_NONE;
    size_t from = changes_until(z, shown - 2 * DAY), to = changes_until(z, shown + 2 * DAY);
    for (size_t i = from; i <= to; i++) {
        int64_t offset = i ? z->offsets[i - 1] : z->before, at = shown - offset;
        bool holds = (!i || z->at[i - 1] <= at) && (i == z->n || at < z->at[i]);
        if (holds && (found == TIME_NONE || last)) found = at;
        if (i < z->n && gap == TIME_NONE && shown >= z->at[i] + offset && shown < z->at[i] + z->offsets[i])
            gap = z->at[i];
    }
    return found != TIME_NONE ? found : gap != TIME_NONE ? gap : shown - zone_offset(z, shown);
}

int64_t zone_first(const struct zone *z, int64_t shown) {
    return instant(z, shown, false);
}

int64_t zone_last(const struct zone *z, int64_t shown) {
    return instant(z, shown, true);
}

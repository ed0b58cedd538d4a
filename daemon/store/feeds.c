#include "store/store.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "store/learned.h"
#include "store/sql.h"

#include <stdio.h>
#include <string.h>

/* ---- the schedule's state as JSON: one row a member ---------------------------------------------------- */

#define AT(member) offsetof(struct schedule_state, member)
static const struct {
    const char *name;
    size_t at;
} numbers[] = {
    {"last", AT(last)},           {"last_ok", AT(last_ok)},           {"next", AT(next)},
    {"failures", AT(failures)},   {"paused_until", AT(paused_until)}, {"failing_since", AT(failing_since)},
    {"gone", AT(gone)},           {"fresh_for", AT(fresh_for)},       {"ttl", AT(hints.ttl_ms)},
    {"last_read", AT(last_read)}, {"limited", AT(limited)},           {"status", AT(status)},
    {"interval", AT(interval)},
};
static const struct {
    const char *name;
    size_t at, size;
} words[] = {
    {"error", AT(error), sizeof((struct schedule_state *)0)->error},
    {"why", AT(why), sizeof((struct schedule_state *)0)->why},
    {"why_says", AT(why_says), sizeof((struct schedule_state *)0)->why_says},
};
#undef AT

/* The same for what stands beside the schedule's state; absent when 0 or NULL. */
#define AT(member) offsetof(struct feed_status, member)
static const struct {
    const char *name;
    size_t at;
} kept_numbers[] = {
    {"told", AT(told.bits)},
    {"missed_at", AT(told.missed_at)},
    {"moved_times", AT(move.times)},
    {"moved", AT(move.adopted)},
    {"host_paused_until", AT(host.paused_until)},
    {"host_spacing", AT(host.spacing)},
    {"host_limited", AT(host.limited)},
    {"host_at", AT(host.at)},
    {"section", AT(section)},
    {"crashes", AT(crashes)},
};
static const struct {
    const char *name;
    size_t at;
} kept_words[] = {
    {"moved_to", AT(move.to)},
    {"moved_before", AT(move.before)},
    {"host", AT(host.key)},
};
#undef AT

static void add_number(struct buf *b, const char *name, int64_t n) {
    buf_addf(b, "%c\"%s\":%lld", b->len ? ',' : '{', name, (long long)n);
}

static void add_word(struct buf *b, const char *name, const char *word) {
    json_t *j = json_string(word);
    AUTOFREE char *quoted = json_dumps(j, JSON_ENCODE_ANY);
    if (quoted) buf_addf(b, "%c\"%s\":%s", b->len ? ',' : '{', name, quoted);
    json_decref(j);
}

static void kept_put(struct buf *b, const struct feed_status *f) {
    for (size_t i = 0; i < sizeof kept_numbers / sizeof *kept_numbers; i++) {
        int64_t n = *(const int64_t *)(const void *)((const char *)f + kept_numbers[i].at);
        if (n) add_number(b, kept_numbers[i].name, n);
    }
    for (size_t i = 0; i < sizeof kept_words / sizeof *kept_words; i++) {
        const char *value = *(char *const *)(const void *)((const char *)f + kept_words[i].at);
        if (value) add_word(b, kept_words[i].name, value);
    }
}

static void kept_get(const json_t *j, struct feed_status *f) {
    for (size_t i = 0; i < sizeof kept_numbers / sizeof *kept_numbers; i++)
        *(int64_t *)(void *)((char *)f + kept_numbers[i].at) =
            json_integer_value(json_object_get(j, kept_numbers[i].name));
    for (size_t i = 0; i < sizeof kept_words / sizeof *kept_words; i++)
        *(char **)(void *)((char *)f + kept_words[i].at) =
            xstrdup_or_null(json_string_value(json_object_get(j, kept_words[i].name)));
}

/* Written by hand, and without what a new feed has, too: a tree of JSON for it would cost as much as the
 * whole poll. */
static void schedule_text(const struct feed_status *f, struct buf *b) {
    const struct schedule_state *s = &f->schedule;
    struct schedule_state fresh;
    schedule_init(&fresh);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        int64_t n = *(const int64_t *)(const void *)((const char *)s + numbers[i].at);
        int64_t before = *(const int64_t *)(const void *)((const char *)&fresh + numbers[i].at);
        if (n != before || !i) add_number(b, numbers[i].name, n);
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *value = (const char *)s + words[i].at;
        if (*value) add_word(b, words[i].name, value);
    }
    if (s->hints.skip_hours) add_number(b, "skip_hours", s->hints.skip_hours);
    if (s->hints.skip_days) add_number(b, "skip_days", s->hints.skip_days);
    kept_put(b, f);
    buf_addc(b, '}');
}

static void schedule_read(struct text t, struct feed_status *f) {
    struct schedule_state *s = &f->schedule;
    json_t *j = json_loadb(t.ptr ? t.ptr : "", t.len, 0, NULL);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const json_t *v = json_object_get(j, numbers[i].name);
        if (json_is_integer(v)) *(int64_t *)((char *)s + numbers[i].at) = json_integer_value(v);
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *v = json_string_value(json_object_get(j, words[i].name));
        if (v) snprintf((char *)s + words[i].at, words[i].size, "%s", v);
    }
    s->hints.skip_hours = (uint32_t)json_integer_value(json_object_get(j, "skip_hours"));
    s->hints.skip_days = (uint8_t)json_integer_value(json_object_get(j, "skip_days"));
    kept_get(j, f);
    json_decref(j);
}

/* ---- records ------------------------------------------------------------------------------------------- */

void feed_record_clear(struct feed_record *r) {
    feed_status_clear(&r->status);
    free(r->stamp);
    *r = (struct feed_record){0};
}

#define FEED_QUERY                                                                                           \
    "SELECT id, complete, quiet, read_at, items, title, etag, last_modified, validator_url, stamp, "         \
    "schedule,"                                                                                              \
    " location, learned, due FROM feed LEFT JOIN claim ON claim.feed = feed.id"

static void record_read(sqlite3_stmt *st, struct feed_record *r) {
    *r = (struct feed_record){.id = sqlite3_column_int64(st, 0),
                              .complete = sqlite3_column_int(st, 1),
                              .first_run_none = sqlite3_column_int(st, 2),
                              .read_at = sqlite3_column_int64(st, 3),
                              .stamp = sql_dup(st, 9)};
    schedule_init(&r->status.schedule);
    r->status.items = sqlite3_column_int64(st, 4);
    r->status.title = sql_dup(st, 5);
    r->status.etag = sql_dup(st, 6);
    r->status.last_modified = sql_dup(st, 7);
    r->status.validator_url = sql_dup(st, 8);
    schedule_read(sql_text(st, 10), &r->status);
    const void *learned = sqlite3_column_blob(st, 12);
    learned_from_bytes(learned, (size_t)sqlite3_column_bytes(st, 12), &r->status.schedule.learned);
    if (sqlite3_column_type(st, 13) != SQLITE_NULL) r->status.schedule.next = sqlite3_column_int64(st, 13);
}

void store_feed_load(struct store *s, const char *location, struct feed_record *ret) {
    sqlite3_stmt *st = sql_query(s, FEED_QUERY " WHERE location = ?", "s", location);
    if (sql_next(s, st)) {
        record_read(st, ret);
        sql_done(st);
        return;
    }
    *ret = (struct feed_record){0};
    schedule_init(&ret->status.schedule);
}

void store_feeds_each(struct store *s, void (*each)(void *ctx, const char *location, struct feed_record *r),
                      void *ctx) {
    sqlite3_stmt *st = sql_query(s, FEED_QUERY, "");
    while (sql_next(s, st)) {
        struct feed_record r;
        record_read(st, &r);
        each(ctx, (const char *)sqlite3_column_text(st, 11), &r);
        feed_record_clear(&r);
    }
}

/* Written at most once a day a feed, unless there is news. */
static void feed_is_configured(struct store *s, const char *location, bool quiet, int64_t now) {
    sql_run(s,
            "INSERT INTO feed(location, configured, quiet) VALUES(?, ?, ?)"
            " ON CONFLICT(location) DO UPDATE SET configured = excluded.configured,"
            " quiet = max(quiet, excluded.quiet AND NOT complete)"
            " WHERE configured < excluded.configured - ? OR (excluded.quiet AND NOT quiet)",
            "siii", location, now, (int64_t)quiet, DAY);
}

void store_feed_save(struct store *s, const char *location, struct feed_record *r) {
    if (!r->id) {
        feed_is_configured(s, location, false, time_wall());
        r->id = sql_int(s, 0, "SELECT id FROM feed WHERE location = ?", "s", location);
    }
    const struct feed_status *status = &r->status;
    unsigned char bytes[LEARNED_BYTES];
    struct buf schedule;
    buf_init(&schedule, LIMIT_FEED_STATE);
    schedule_text(status, &schedule);
    sql_run(s,
            "UPDATE feed SET complete = ?, quiet = ?, read_at = ?, items = ?, title = ?, etag = ?,"
            " last_modified = ?, validator_url = ?, stamp = ?, schedule = ?, learned = ? WHERE id = ?",
            "iiiissssstbi", (int64_t)r->complete, (int64_t)r->first_run_none, r->read_at, status->items,
            status->title, status->etag, status->last_modified, status->validator_url, r->stamp,
            buf_text(&schedule), learned_bytes(&status->schedule.learned, bytes), sizeof bytes, r->id);
    sql_run(s, "DELETE FROM claim WHERE feed = ?", "i", r->id);
    buf_clear(&schedule);
}

void store_feed_claim(struct store *s, const char *location, int64_t due) {
    sql_run(s, "INSERT OR REPLACE INTO claim SELECT id, ? FROM feed WHERE location = ?", "is", due, location);
}

void store_feeds_configured(struct store *s, const struct config *config, bool quiet, int64_t now) {
    for (size_t i = 0; i < config->n_feeds; i++) feed_is_configured(s, config->feeds[i].location, quiet, now);
    if (quiet) sql_run(s, "DELETE FROM meta WHERE key = 'after_damage'", "");
}

void store_memory_set(struct store *s, int64_t feed, const char *plugin, struct text bytes) {
    if (!bytes.len) {
        sql_run(s, "DELETE FROM memory WHERE feed = ? AND plugin = ?", "is", feed, plugin);
        return;
    }
    sql_run(s, "INSERT OR REPLACE INTO memory VALUES(?, ?, ?)", "isb", feed, plugin, (const void *)bytes.ptr,
            bytes.len);
}

void store_memory_each(struct store *s, int64_t feed,
                       void (*each)(void *ctx, const char *plugin, struct text bytes), void *ctx) {
    sqlite3_stmt *st = sql_query(s, "SELECT plugin, bytes FROM memory WHERE feed = ?", "i", feed);
    while (sql_next(s, st)) {
        const char *bytes = sqlite3_column_blob(st, 1);
        each(ctx, (const char *)sqlite3_column_text(st, 0),
             (struct text){bytes, (size_t)sqlite3_column_bytes(st, 1)});
    }
}

/* What people are shown of threads and items: pages for `alerts` and `item`. */
#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "base/url.h"
#include "store/sql.h"
#include "store/stories.h"
#include "story/index.h"

static const char *name_in(const char *const *names, int64_t n, int64_t i) {
    return i >= 0 && i < n ? names[i] : "?";
}

/* ---- items ---- */

static json_t *shown_item(struct text stored) {
    json_t *from = json_loadb(stored.ptr ? stored.ptr : "", stored.len, 0, NULL), *j = json_object();
    static const char *const shown[] = {"id", "url", "title", "published"};
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        json_t *value = json_object_get(from, shown[i]);
        if (value) json_object_set(j, shown[i], value);
    }
    if (json_is_object(from) && !json_object_get(j, "id")) {
        struct arena a;
        struct item item;
        arena_init(&a, LIMIT_DOCUMENT_ARENA);
        if (item_from_json(from, &a, &item) == 0) json_set_text(j, "id", item_shown_id(&item, &a));
        arena_clear(&a);
    }
    json_decref(from);
    return j;
}

static void set_why(json_t *j, int64_t why, int64_t score) {
    json_object_set_new(j, "why", json_string(name_in(story_why_names, STORY_WHY_WORDS + 1, why)));
    if (why != STORY_WHY_FIRST) json_object_set_new(j, "score", json_real((double)score / 1000));
}

/* ---- threads ---- */

/* The newest LIMIT_THREAD_ITEMS, in order. */
static json_t *thread_items(struct store *s, int64_t thread) {
    json_t *items = json_array();
    sqlite3_stmt *st =
        sql_query(s,
                  "SELECT * FROM (SELECT e.id, e.at, e.why, e.score, e.feed, e.publisher, i.json FROM event e"
                  " LEFT JOIN item i ON i.id = e.item WHERE e.thread = ? AND e.change = 0 ORDER BY e.id DESC"
                  " LIMIT ?) ORDER BY 1",
                  "ii", thread, (int64_t)LIMIT_THREAD_ITEMS);
    while (sql_next(s, st)) {
        json_t *j = shown_item(sql_text(st, 6));
        json_set_time(j, "at", sqlite3_column_int64(st, 1));
        set_why(j, sqlite3_column_int64(st, 2), sqlite3_column_int64(st, 3));
        json_set_text(j, "feed", sql_text(st, 4));
        json_set_text(j, "publisher", sql_text(st, 5));
        json_array_append_new(items, j);
    }
    return items;
}

static const char *thread_state(bool confirmed, bool expired, bool closed) {
    if (expired) return "expired";
    if (closed) return "closed";
    return confirmed ? "open" : "unconfirmed";
}

json_t *store_alerts_page(struct store *s, int64_t since, int64_t after,
                          bool (*closed)(const void *ctx, const char *alert, int64_t fired), const void *ctx,
                          int64_t *ret_more) {
    json_t *rows = json_array();
    int64_t more = 0, last = 0;
    sqlite3_stmt *st = sql_query(s,
                                 "SELECT id, alert, story, opened, level, confirmed, expired FROM thread"
                                 " WHERE id > ? AND opened >= ? ORDER BY id LIMIT ?",
                                 "iii", after, since, (int64_t)LIMIT_PAGE_ROWS + 1);
    while (sql_next(s, st)) {
        if (json_array_size(rows) == LIMIT_PAGE_ROWS) {
            more = last;
            sql_done(st);
            break;
        }
        last = sqlite3_column_int64(st, 0);
        int64_t story = sqlite3_column_int64(st, 2), opened = sqlite3_column_int64(st, 3);
        int level = sqlite3_column_int(st, 4);
        bool shut = closed(ctx, (const char *)sqlite3_column_text(st, 1), opened);
        json_t *row = json_object();
        json_set_text(row, "alert", sql_text(st, 1));
        json_object_set_new(row, "id", json_integer(last));
        json_object_set_new(row, "story", json_integer(story > 0 ? story : 0));
        json_set_time(row, "fired", opened);
        json_object_set_new(row, "level", json_string(level_names[level >= 0 && level < 3 ? level : 0]));
        json_object_set_new(
            row, "state",
            json_string(thread_state(sqlite3_column_int(st, 5), sqlite3_column_int(st, 6), shut)));
        if (sqlite3_column_int(st, 6))
            json_object_set_new(row, "sources", json_integer(sqlite3_column_int(st, 6)));
        json_object_set_new(row, "items", thread_items(s, last));
        json_array_append_new(rows, row);
    }
    *ret_more = more;
    return rows;
}

/* ---- the life of an item ---- */

static const char *const changes[] = {"new", "title", "clause", "cosmetic"};

static json_t *item_alerts(struct store *s, int64_t item) {
    json_t *list = json_array();
    sqlite3_stmt *st =
        sql_query(s, "SELECT alert, fired, at FROM matched WHERE item = ? ORDER BY id", "i", item);
    while (sql_next(s, st)) {
        json_t *j = json_object();
        json_set_text(j, "alert", sql_text(st, 0));
        json_object_set_new(j, "fired", json_boolean(sqlite3_column_int(st, 1)));
        json_set_time(j, "at", sqlite3_column_int64(st, 2));
        json_array_append_new(list, j);
    }
    return list;
}

static json_t *item_events(struct store *s, int64_t item) {
    json_t *list = json_array();
    sqlite3_stmt *st = sql_query(s,
                                 "SELECT t.alert, e.thread, e.change, e.at, e.why, e.score FROM event e"
                                 " LEFT JOIN thread t ON t.id = e.thread WHERE e.item = ? ORDER BY e.id",
                                 "i", item);
    while (sql_next(s, st)) {
        json_t *j = json_object();
        json_set_text(j, "alert", sql_text(st, 0));
        json_object_set_new(j, "thread", json_integer(sqlite3_column_int64(st, 1)));
        json_object_set_new(j, "change", json_string(name_in(changes, 4, sqlite3_column_int64(st, 2))));
        json_set_time(j, "at", sqlite3_column_int64(st, 3));
        if (!sqlite3_column_int(st, 2)) set_why(j, sqlite3_column_int64(st, 4), sqlite3_column_int64(st, 5));
        json_array_append_new(list, j);
    }
    return list;
}

/* A held row that something took along tells of that. */
static json_t *item_messages(struct store *s, int64_t item) {
    json_t *list = json_array();
    sqlite3_stmt *st = sql_query(
        s,
        "SELECT o.id, o.notify, o.recipient, o.alert, coalesce(m.kind, o.kind),"
        " coalesce(m.state, o.state), o.pool, o.next, o.created, coalesce(m.ended, o.ended),"
        " coalesce(m.error, o.error), o.state, m.id FROM outbox o LEFT JOIN outbox m ON m.id = o.merged"
        " WHERE o.event IN (SELECT id FROM event WHERE item = ?) ORDER BY o.id",
        "i", item);
    while (sql_next(s, st)) {
        json_t *j = json_object();
        int state = sqlite3_column_int(st, 5), own = sqlite3_column_int(st, 11);
        json_object_set_new(
            j, "message",
            json_integer(sqlite3_column_int64(st, sqlite3_column_type(st, 12) != SQLITE_NULL ? 12 : 0)));
        json_set_text(j, "notify", sql_text(st, 1));
        if (sql_text(st, 2).len) json_set_text(j, "to", sql_text(st, 2));
        json_set_text(j, "alert", sql_text(st, 3));
        json_set_text(j, "kind", sql_text(st, 4));
        json_object_set_new(j, "state",
                            json_string(row_state_names[state >= 0 && state <= ROW_MERGED ? state : 0]));
        if (sqlite3_column_type(st, 6) != SQLITE_NULL)
            json_object_set_new(
                j, "held_by",
                json_string(name_in(decide_pool_names, POOL_EXPIRED + 1, sqlite3_column_int64(st, 6))));
        if (own == ROW_HELD && sqlite3_column_int64(st, 7) != INT64_MAX)
            json_set_time(j, "until", sqlite3_column_int64(st, 7));
        json_set_time(j, "created", sqlite3_column_int64(st, 8));
        if (state == ROW_SENT) json_set_time(j, "sent", sqlite3_column_int64(st, 9));
        json_set_text(j, "error", sql_text(st, 10));
        json_array_append_new(list, j);
    }
    return list;
}

static json_t *item_life(struct store *s, sqlite3_stmt *st) {
    static const char *const verdicts[] = {[VERDICT_NEW] = "new",
                                           [VERDICT_FIRST_RUN] = "passed over by first_run",
                                           [VERDICT_OLD] = "passed over by max_item_age"};
    int64_t id = sqlite3_column_int64(st, 0), verdict = sqlite3_column_int64(st, 4);
    json_t *j = shown_item(sql_text(st, 5));
    AUTOFREE char *location = sql_dup(st, 1);
    AUTOFREE char *shown = location && url_is_http(text_of(location)) ? url_masked(location) : NULL;
    json_set_text(j, "feed", text_of(shown ? shown : location));
    json_set_time(j, "seen", sqlite3_column_int64(st, 2));
    if (sqlite3_column_type(st, 3) != SQLITE_NULL) json_set_time(j, "changed", sqlite3_column_int64(st, 3));
    const char *word = verdict >= 0 && verdict <= VERDICT_OLD ? verdicts[verdict] : NULL;
    json_object_set_new(j, "verdict", json_string(word ? word : "?"));
    if (sqlite3_column_type(st, 6) != SQLITE_NULL) {
        json_object_set_new(j, "story", json_integer(sqlite3_column_int64(st, 6)));
        set_why(j, sqlite3_column_int64(st, 7), sqlite3_column_int64(st, 8));
    }
    json_object_set_new(j, "alerts", item_alerts(s, id));
    json_object_set_new(j, "events", item_events(s, id));
    json_object_set_new(j, "messages", item_messages(s, id));
    return j;
}

json_t *store_life_page(struct store *s, const char *id, int64_t after, int64_t *ret_more) {
    json_t *rows = json_array();
    int64_t last = sql_int(s, 0, "SELECT max(id) FROM (SELECT id FROM item WHERE id > ? ORDER BY id LIMIT ?)",
                           "ii", after, (int64_t)LIMIT_LIFE_ITEMS);
    sqlite3_stmt *st =
        sql_query(s,
                  "SELECT i.id, f.location, first_seen, changed, verdict, json, story, why, score"
                  " FROM item i LEFT JOIN feed f ON f.id = i.feed WHERE i.id > ?1 AND i.id <= ?2"
                  " AND (json_extract(json, '$.id') = ?3 OR json_extract(json, '$.url') = ?3)"
                  " ORDER BY i.id LIMIT ?4",
                  "iisi", after, last, id, (int64_t)LIMIT_PAGE_ROWS);
    while (sql_next(s, st)) json_array_append_new(rows, item_life(s, st));
    *ret_more = last;
    return rows;
}

char *store_row_alert(struct store *s, const char *key) {
    return sql_string(s, "SELECT alert FROM outbox WHERE key = ? LIMIT 1", "s", key);
}

char *store_row_facts(struct store *s, const char *key, const char *notify) {
    return sql_string(s, "SELECT facts FROM outbox WHERE key = ? AND notify = ? LIMIT 1", "ss", key, notify);
}

bool store_has_story(struct store *s, int64_t story) {
    return sql_int(s, 0, "SELECT 1 FROM item WHERE story = ? LIMIT 1", "i", story) != 0;
}

#include "store/stories.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "store/sql.h"

/* ---- items and their stories ---- */

void store_item_story(struct store *s, int64_t item, const struct item_story *is, int64_t seen,
                      struct text gist) {
    sql_run(s, "UPDATE item SET story = ?, why = ?, score = ?, near = ? WHERE id = ?", "iiiii", is->story,
            is->why, is->score, is->near, item);
    sql_run(s, "INSERT INTO gist VALUES(?, ?, ?, ?)", "iiib", seen, item, is->story, (const void *)gist.ptr,
            gist.len);
}

int64_t store_story_of(struct store *s, int64_t item) {
    return sql_int(s, 0, "SELECT story FROM item WHERE id = ?", "i", item);
}

/* Items are pruned, and with them the highest number: it is noted before they go (store_prune). */
int64_t store_story_next(struct store *s) {
    return 1 + sql_int(s, 0,
                       "SELECT max(coalesce((SELECT max(story) FROM item WHERE story IS NOT NULL), 0),"
                       " coalesce((SELECT value FROM meta WHERE key = 'story'), 0))",
                       "");
}

struct gist_place store_gists_from(struct store *s, int64_t since, size_t n) {
    struct gist_place before = {since - 1, INT64_MAX};
    sqlite3_stmt *st = sql_query(
        s, "SELECT seen, item FROM gist WHERE seen >= ? ORDER BY seen DESC, item DESC LIMIT 1 OFFSET ?", "ii",
        since, (int64_t)n);
    while (sql_next(s, st))
        before = (struct gist_place){sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1)};
    return before;
}

void store_gists_each(struct store *s, struct gist_place after, size_t n,
                      void (*each)(void *ctx, int64_t item, int64_t story, int64_t seen, struct text gist),
                      void *ctx) {
    sqlite3_stmt *st = sql_query(s,
                                 "SELECT item, story, seen, bytes FROM gist WHERE (seen, item) > (?, ?)"
                                 " ORDER BY seen, item LIMIT ?",
                                 "iii", after.seen, after.item, (int64_t)n);
    while (sql_next(s, st))
        each(ctx, sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1), sqlite3_column_int64(st, 2),
             (struct text){sqlite3_column_blob(st, 3), (size_t)sqlite3_column_bytes(st, 3)});
}

char *store_item_json(struct store *s, int64_t item) {
    return sql_string(s, "SELECT json FROM item WHERE id = ?", "i", item);
}

char *store_item_location(struct store *s, int64_t item) {
    return sql_string(s, "SELECT location FROM item JOIN feed ON feed.id = item.feed WHERE item.id = ?", "i",
                      item);
}

void store_words_load(struct store *s, char **ret_bytes, size_t *ret_len, int64_t *ret_item) {
    *ret_bytes = NULL;
    *ret_len = 0;
    *ret_item = sql_int(s, 0, "SELECT value FROM meta WHERE key = 'words_item'", "");
    sqlite3_stmt *st = sql_query(s, "SELECT value FROM meta WHERE key = 'words'", "");
    if (!sql_next(s, st)) return;
    const void *bytes = sqlite3_column_blob(st, 0);
    *ret_len = (size_t)sqlite3_column_bytes(st, 0);
    if (bytes && *ret_len) *ret_bytes = memcpy(xmalloc(*ret_len), bytes, *ret_len);
    sql_done(st);
}

void store_words_save(struct store *s, struct text bytes) {
    sql_run(s, "INSERT OR REPLACE INTO meta VALUES('words', ?)", "b", (const void *)bytes.ptr, bytes.len);
    sql_run(s, "INSERT OR REPLACE INTO meta SELECT 'words_item', coalesce(max(id), 0) FROM item", "");
}

/* ---- threads and events ---- */

int64_t store_event_add(struct store *s, const struct thread_event *e) {
    sql_run(s,
            "INSERT INTO event(thread, item, change, at, why, score, near, feed, publisher, facts)"
            " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            "iiiiiiisss", e->thread, e->item, e->change, e->at, e->why, e->score, e->near, e->feed,
            e->publisher, e->facts);
    return s->failed ? 0 : sqlite3_last_insert_rowid(s->db);
}

void store_event_thread(struct store *s, int64_t event, int64_t thread) {
    sql_run(s, "UPDATE event SET thread = ? WHERE id = ?", "ii", thread, event);
}

#define EVENT_COLUMNS "id, thread, item, change, at, why, score, near, feed, publisher"

static char *text_in(sqlite3_stmt *st, int column, struct arena *a) {
    return arena_strdup(a, (const char *)sqlite3_column_text(st, column));
}

static void event_read(sqlite3_stmt *st, struct arena *a, struct thread_event *ret) {
    *ret = (struct thread_event){.id = sqlite3_column_int64(st, 0),
                                 .thread = sqlite3_column_int64(st, 1),
                                 .item = sqlite3_column_int64(st, 2),
                                 .change = sqlite3_column_int64(st, 3),
                                 .at = sqlite3_column_int64(st, 4),
                                 .why = sqlite3_column_int64(st, 5),
                                 .score = sqlite3_column_int64(st, 6),
                                 .near = sqlite3_column_int64(st, 7),
                                 .feed = text_in(st, 8, a),
                                 .publisher = text_in(st, 9, a)};
}

bool store_event_load(struct store *s, int64_t event, struct arena *a, struct thread_event *ret) {
    sqlite3_stmt *st = sql_query(s, "SELECT " EVENT_COLUMNS ", facts FROM event WHERE id = ?", "i", event);
    if (!sql_next(s, st)) return false;
    event_read(st, a, ret);
    ret->facts = text_in(st, 10, a);
    sql_done(st);
    return ret->facts != NULL;
}

struct thread_event *store_thread_events(struct store *s, int64_t thread, size_t max, struct arena *a,
                                         size_t *ret_n, int64_t *ret_all) {
    *ret_n = 0;
    *ret_all = sql_int(s, 0, "SELECT count(*) FROM event WHERE thread = ? AND change = 0", "i", thread);
    struct thread_event *list = arena_alloc(a, (max + 1) * sizeof *list);
    sqlite3_stmt *st = sql_query(s,
                                 "SELECT * FROM (SELECT " EVENT_COLUMNS " FROM event WHERE thread = ?"
                                 " AND change = 0 ORDER BY id DESC LIMIT ?) ORDER BY id",
                                 "ii", thread, (int64_t)max);
    while (list && sql_next(s, st)) event_read(st, a, &list[(*ret_n)++]);
    return list;
}

int64_t store_thread_first(struct store *s, int64_t thread) {
    return sql_int(s, 0, "SELECT min(id) FROM event WHERE thread = ? AND change = 0", "i", thread);
}

int64_t store_thread_head(struct store *s, int64_t thread) {
    return sql_int(s, 0,
                   "SELECT max(id) FROM event WHERE thread = ?1 AND facts <> '{}' AND item ="
                   " (SELECT item FROM event WHERE thread = ?1 AND change = 0 ORDER BY id LIMIT 1)",
                   "i", thread);
}

bool store_thread_posted(struct store *s, int64_t thread, const char *notify) {
    return sql_int(s, 0, "SELECT 1 FROM posted WHERE thread = ? AND notify = ?", "is", thread, notify) != 0;
}

void store_thread_save(struct store *s, const struct decide_thread *t, const char *alert, enum level level) {
    sql_run(s,
            "INSERT INTO thread(id, alert, story, opened, level, confirmed, form) VALUES(?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT(id) DO UPDATE SET confirmed = excluded.confirmed, form = excluded.form",
            "isiiiis", t->id, alert, t->story, t->opened, (int64_t)level, (int64_t)t->confirmed, t->form);
}

void store_thread_expired(struct store *s, int64_t thread, size_t sources) {
    sql_run(s, "UPDATE thread SET expired = ? WHERE id = ?", "ii", (int64_t)sources, thread);
}

#define THREAD_COLUMNS "thread.id, thread.story, thread.opened, thread.confirmed, thread.form, thread.alert"

static void read_threads(struct store *s, sqlite3_stmt *st, store_thread_fn each, void *ctx) {
    while (sql_next(s, st)) {
        const struct decide_thread t = {.id = sqlite3_column_int64(st, 0),
                                        .story = sqlite3_column_int64(st, 1),
                                        .opened = sqlite3_column_int64(st, 2),
                                        .confirmed = sqlite3_column_int(st, 3),
                                        .form = (const char *)sqlite3_column_text(st, 4)};
        each(ctx, (const char *)sqlite3_column_text(st, 5), &t);
    }
}

void store_threads_each(struct store *s, int64_t since, store_thread_fn each, void *ctx) {
    read_threads(s,
                 sql_query(s,
                           "SELECT " THREAD_COLUMNS " FROM thread WHERE"
                           " (opened >= ? OR id IN (SELECT thread FROM outbox WHERE state = 0))"
                           " AND story <> 0 ORDER BY id",
                           "i", since),
                 each, ctx);
}

void store_thread_of(struct store *s, const char *alert, int64_t story, int64_t item, store_thread_fn each,
                     void *ctx) {
    read_threads(s,
                 sql_query(s,
                           "SELECT " THREAD_COLUMNS " FROM event JOIN thread ON thread.id = event.thread"
                           " WHERE event.item = ? AND thread.alert = ? AND thread.story = ?"
                           " ORDER BY thread.id DESC LIMIT 1",
                           "isi", item, alert, story),
                 each, ctx);
}

int64_t store_thread_next(struct store *s) {
    return 1 + sql_int(s, 0,
                       "SELECT max(coalesce((SELECT max(id) FROM thread), 0),"
                       " coalesce((SELECT value FROM meta WHERE key = 'thread'), 0))",
                       "");
}

void store_lane_save(struct store *s, const char *alert, const char *notify, const char *form) {
    sql_run(s, "INSERT OR REPLACE INTO lane VALUES(?, ?, ?)", "sss", alert, notify, form);
}

void store_lanes_each(struct store *s,
                      void (*each)(void *ctx, const char *alert, const char *notify, const char *form),
                      void *ctx) {
    sqlite3_stmt *st = sql_query(s, "SELECT alert, notify, form FROM lane", "");
    while (sql_next(s, st))
        each(ctx, (const char *)sqlite3_column_text(st, 0), (const char *)sqlite3_column_text(st, 1),
             (const char *)sqlite3_column_text(st, 2));
}

/* ---- mutes ---- */

int64_t store_mute_add(struct store *s, const struct mute_record *m) {
    sql_run(s, "INSERT INTO mute(what, name, since, until, dropping, why) VALUES(?, ?, ?, ?, ?, ?)", "isiiis",
            (int64_t)m->what, m->name, m->since, m->until == INT64_MAX ? 0 : m->until, (int64_t)m->drop,
            m->why);
    return s->failed ? 0 : sqlite3_last_insert_rowid(s->db);
}

bool store_mute_delete(struct store *s, int64_t id) {
    sql_run(s, "DELETE FROM mute WHERE id = ?", "i", id);
    return !s->failed && sqlite3_changes(s->db) > 0;
}

void store_mutes_ended(struct store *s, int64_t now) {
    sql_run(s, "DELETE FROM mute WHERE until > 0 AND until <= ?", "i", now);
}

void store_mutes_each(struct store *s, void (*each)(void *ctx, const struct mute_record *m), void *ctx) {
    sqlite3_stmt *st =
        sql_query(s, "SELECT id, what, name, since, until, dropping, why FROM mute ORDER BY id", "");
    while (sql_next(s, st)) {
        int64_t until = sqlite3_column_int64(st, 4);
        const struct mute_record m = {.id = sqlite3_column_int64(st, 0),
                                      .what = (enum mute_what)sqlite3_column_int(st, 1),
                                      .name = (const char *)sqlite3_column_text(st, 2),
                                      .since = sqlite3_column_int64(st, 3),
                                      .until = until ? until : INT64_MAX,
                                      .drop = sqlite3_column_int(st, 5),
                                      .why = (const char *)sqlite3_column_text(st, 6)};
        each(ctx, &m);
    }
}

int64_t store_mute_held(struct store *s, int64_t id) {
    return sql_int(s, 0, "SELECT count(*) FROM outbox WHERE state = 0 AND mute = ?", "i", id);
}

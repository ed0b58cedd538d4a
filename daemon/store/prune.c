#include "store/store.h"

#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/time.h"
#include "store/sql.h"
#include "store/stories.h"

#define GIST_LIFE_MS   (8 * DAY) /* the longest window of stories, and a day */
#define THREAD_LIFE_MS (8 * DAY) /* what deciding still needs of a thread: story/decide_inside.h */

/* True: a whole slice went, so there may be more. */
static bool sliced(struct store *s) {
    return !s->failed && sqlite3_changes(s->db) >= LIMIT_PRUNE_SLICE;
}

static bool prune_items(struct store *s, int64_t before) {
    sql_run(s,
            "DELETE FROM matched WHERE item IN (SELECT id FROM item WHERE first_seen < ? ORDER BY first_seen"
            " LIMIT ?)",
            "ii", before, (int64_t)LIMIT_PRUNE_SLICE);
    sql_run(s,
            "DELETE FROM item WHERE id IN (SELECT id FROM item WHERE first_seen < ? ORDER BY first_seen"
            " LIMIT ?)",
            "ii", before, (int64_t)LIMIT_PRUNE_SLICE);
    return sliced(s);
}

static bool prune_gists(struct store *s, int64_t before) {
    sql_run(s,
            "DELETE FROM gist WHERE (seen, item) IN (SELECT seen, item FROM gist WHERE seen < ?"
            " ORDER BY seen LIMIT ?)",
            "ii", before, (int64_t)LIMIT_PRUNE_SLICE);
    return sliced(s);
}

/* Numbers of stories and threads are never given twice, though what had the highest is gone. */
static void note_highest(struct store *s) {
    sql_run(s,
            "INSERT INTO meta VALUES('story', ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value"
            " WHERE value <> excluded.value",
            "i", store_story_next(s) - 1);
    sql_run(s,
            "INSERT INTO meta VALUES('thread', ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value"
            " WHERE value <> excluded.value",
            "i", store_thread_next(s) - 1);
}

/* What is still held keeps its event and its thread. */
static bool prune_events(struct store *s, int64_t before) {
    sql_run(s,
            "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE at < ? AND NOT EXISTS"
            " (SELECT 1 FROM outbox o WHERE o.event = event.id AND o.state = 0) ORDER BY at LIMIT ?)",
            "ii", before, (int64_t)LIMIT_PRUNE_SLICE);
    return sliced(s);
}

static bool prune_threads(struct store *s, int64_t before) {
    sql_run(s,
            "DELETE FROM thread WHERE id IN (SELECT id FROM thread WHERE opened < ? AND NOT EXISTS"
            " (SELECT 1 FROM event e WHERE e.thread = thread.id) ORDER BY opened LIMIT ?)",
            "ii", before, (int64_t)LIMIT_PRUNE_SLICE);
    bool more = sliced(s);
    sql_run(s,
            "DELETE FROM posted WHERE (thread, notify, recipient) IN (SELECT thread, notify, recipient FROM "
            "posted"
            " WHERE NOT EXISTS (SELECT 1 FROM thread t WHERE t.id = posted.thread) LIMIT ?)",
            "i", (int64_t)LIMIT_PRUNE_SLICE);
    return more || sliced(s);
}

static bool prune_rows(struct store *s, int64_t before) {
    sql_run(s,
            "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE state IN (2, 4) AND ended < ?"
            " LIMIT ?)",
            "ii", before, (int64_t)LIMIT_PRUNE_SLICE);
    return sliced(s);
}

/* Rows of a notifier that is not configured wait for its return, but not for ever. */
static bool end_orphans(struct store *s, const struct config *config, int64_t before, int64_t now) {
    bool more = false;
    json_t *names = store_rows_notifiers(s), *name;
    size_t i;
    json_array_foreach(names, i, name) {
        const struct config_notify *n = config_notify(config, json_string_value(name));
        if (n && n->enabled) continue;
        sql_run(s,
                "UPDATE outbox SET state = 3, ended = ?, error = 'the notifier is not configured' WHERE id IN"
                " (SELECT id FROM outbox WHERE notify = ? AND state = 1 AND created < ? LIMIT ?)",
                "isii", now, json_string_value(name), before, (int64_t)LIMIT_PRUNE_SLICE);
        more |= sliced(s);
    }
    json_decref(names);
    return more;
}

/* Marks of what a feed lists no more. They are measured against the feed's own last document, not against
 * the calendar: what a feed that is silent for a year still lists stays known. */
static bool prune_marks(struct store *s) {
    sql_run(s,
            "DELETE FROM seen WHERE (feed, key) IN (SELECT n.feed, n.key FROM seen n JOIN feed f"
            " ON f.id = n.feed WHERE n.listed < f.read_at - ? LIMIT ?)",
            "ii", SEEN_AFTER_LISTED_MS + DAY, (int64_t)LIMIT_PRUNE_SLICE);
    return sliced(s);
}

/* A feed that left the configuration long ago goes with all it knew. */
static bool prune_feeds(struct store *s, const struct config *config, int64_t now) {
    int64_t stay = config->keep > SEEN_AFTER_LISTED_MS ? config->keep : SEEN_AFTER_LISTED_MS;
    bool more = false;
    struct map here = {0};
    for (size_t i = 0; i < config->n_feeds; i++)
        map_add(&here, text_of(config->feeds[i].location), &config->feeds[i]);
    sqlite3_stmt *st = sql_query(s, "SELECT id, location FROM feed WHERE configured < ?", "i", now - stay);
    int64_t gone = 0;
    while (!gone && sql_next(s, st))
        if (!map_get(&here, sql_text(st, 1))) gone = sqlite3_column_int64(st, 0);
    sql_done(st);
    map_clear(&here);
    if (!gone) return false;
    sql_run(s, "DELETE FROM seen WHERE (feed, key) IN (SELECT feed, key FROM seen WHERE feed = ? LIMIT ?)",
            "ii", gone, (int64_t)LIMIT_PRUNE_SLICE);
    more = sliced(s);
    if (!more) {
        sql_run(s, "DELETE FROM memory WHERE feed = ?", "i", gone);
        sql_run(s, "DELETE FROM claim WHERE feed = ?", "i", gone);
        sql_run(s, "DELETE FROM feed WHERE id = ?", "i", gone);
        more = true; /* perhaps another one */
    }
    return more;
}

bool store_prune(struct store *s, const struct config *config, int64_t now) {
    int64_t before = now - config->keep;
    store_feeds_configured(s, config, false, now);
    int64_t threads = now - THREAD_LIFE_MS < before ? now - THREAD_LIFE_MS : before;
    note_highest(s);
    bool more = prune_items(s, before);
    if (!more) more = prune_gists(s, now - GIST_LIFE_MS);
    if (!more) more = prune_events(s, threads);
    if (!more) more = prune_threads(s, threads);
    if (!more) more = prune_rows(s, before);
    if (!more) more = end_orphans(s, config, before, now);
    if (!more) more = prune_marks(s);
    if (!more) more = prune_feeds(s, config, now);
    return more && !s->failed;
}

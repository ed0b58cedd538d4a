/* Held rows: what waits for the end of quiet hours, a digest, room in a limit, a mute … (story/decide.h). */
#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "store/sql.h"
#include "store/stories.h"

void store_held_each(struct store *s, void (*each)(void *ctx, const struct held *h), void *ctx) {
    sqlite3_stmt *st = sql_query(
        s,
        "SELECT o.event, coalesce(t.story, 0), e.at, o.thread, o.pool, min(o.next), o.mute, o.level,"
        " o.alert, o.notify, e.item, e.feed FROM outbox o JOIN event e ON e.id = o.event"
        " JOIN thread t ON t.id = e.thread WHERE o.state = 0 GROUP BY o.event, o.notify"
        " ORDER BY o.event",
        "");
    while (sql_next(s, st)) {
        const struct held h = {.event = sqlite3_column_int64(st, 0),
                               .story = sqlite3_column_int64(st, 1),
                               .at = sqlite3_column_int64(st, 2),
                               .thread = sqlite3_column_int64(st, 3),
                               .pool = (enum decide_pool)sqlite3_column_int(st, 4),
                               .due = sqlite3_column_int64(st, 5),
                               .mute = sqlite3_column_int64(st, 6),
                               .level = (enum level)sqlite3_column_int(st, 7),
                               .alert = (const char *)sqlite3_column_text(st, 8),
                               .notify = (const char *)sqlite3_column_text(st, 9),
                               .item = (const char *)sqlite3_column_text(st, 10),
                               .feed = (const char *)sqlite3_column_text(st, 11)};
        each(ctx, &h);
    }
}

bool store_hold_move(struct store *s, int64_t event, const char *notify, const struct decide_place *p) {
    sql_run(s, "UPDATE outbox SET pool = ?, next = ?, mute = ? WHERE event = ? AND notify = ? AND state = 0",
            "iiiis", (int64_t)p->pool, p->due, p->mute, event, notify);
    return s->failed || sqlite3_changes(s->db) > 0;
}

void store_row_hold(struct store *s, const struct row *row, int64_t event, const struct decide_place *p) {
    sql_run(
        s,
        "INSERT INTO outbox(key, notify, recipient, alert, kind, level, state, created, next, story, facts,"
        " event, pool, mute, thread) VALUES(?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT(key, recipient) DO NOTHING",
        "sssssiiiisiiii", row->key, row->notify, row->recipient ? row->recipient : "", row->alert,
        message_kind_names[row->kind], (int64_t)row->level, row->created, row->next, row->story, row->facts,
        event, (int64_t)p->pool, p->mute, p->thread);
}

void store_hold_drop(struct store *s, int64_t event, const char *notify) {
    sql_run(s, "DELETE FROM outbox WHERE event = ? AND notify = ? AND state = 0", "is", event, notify);
}

void store_hold_end(struct store *s, int64_t event, const char *notify, const char *why, int64_t now) {
    sql_run(s,
            "UPDATE outbox SET state = 3, ended = ?, error = ? WHERE event = ? AND notify = ? AND state = 0",
            "isis", now, why, event, notify);
}

struct strings store_hold_recipients(struct store *s, int64_t event, const char *notify) {
    struct strings list = {0};
    sqlite3_stmt *st =
        sql_query(s, "SELECT DISTINCT recipient FROM outbox WHERE event = ? AND notify = ? AND state = 0",
                  "is", event, notify);
    while (sql_next(s, st)) {
        GROW(list.list, list.n, list.cap);
        list.list[list.n++] = sql_dup(st, 0);
    }
    if (!list.n) {
        GROW(list.list, list.n, list.cap);
        list.list[list.n++] = xstrdup("");
    }
    return list;
}

void store_hold_merged(struct store *s, int64_t event, const char *notify, const char *key, int64_t now) {
    sql_run(
        s,
        "UPDATE outbox SET state = 4, ended = ?1, merged = coalesce((SELECT r.id FROM outbox r WHERE"
        " r.key = ?2 AND r.recipient = outbox.recipient), (SELECT min(r.id) FROM outbox r WHERE r.key = ?2))"
        " WHERE event = ?3 AND notify = ?4 AND state = 0",
        "isis", now, key, event, notify);
}

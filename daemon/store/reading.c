#include "store/store.h"

#include "base/limits.h"
#include "base/mem.h"
#include "store/sql.h"

#include <string.h>
#include <unistd.h>

/* For a process beside the daemon: it neither locks the folder nor writes, and holds no snapshot between two
 * calls, so that the daemon's log of changes can be written back meanwhile. */

int store_open_reading(const char *dir, struct store **ret, char **ret_why) {
    struct store *s = xcalloc(1, sizeof *s);
    s->lock = -1;
    s->dir = xstrdup(dir);
    s->path = xasprintf("%s/newsalertd.db", dir);
    if (access(s->path, F_OK) < 0) {
        *ret_why =
            xasprintf("there is no %s: the daemon has stored nothing yet, or has another `state`", s->path);
        store_close(s);
        return -1;
    }
    int rc = sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_busy_timeout(s->db, LIMIT_DB_WAIT_MS);
    int64_t version = rc == SQLITE_OK ? sql_int(s, -1, "PRAGMA user_version", "") : -1;
    if (rc == SQLITE_OK && version == store_version) {
        *ret = s;
        return 0;
    }
    if (rc == SQLITE_OK && !s->failed)
        *ret_why =
            xasprintf("%s has schema %lld, this program reads %d; use the newsalertctl of the daemon that "
                      "wrote it, or start this version's daemon once",
                      s->path, (long long)version, store_version);
    else
        *ret_why = s->error ? xstrdup(s->error) : store_words(s->db, rc, s->path);
    store_close(s);
    return -1;
}

struct stored_item {
    int64_t id;
    char *location, *json;
    size_t len;
};

int store_items_page(struct store *s, int64_t since, int64_t after,
                     void (*each)(void *ctx, const char *location, struct text json), void *ctx,
                     int64_t *ret_after) {
    struct stored_item page[LIMIT_PAGE_ROWS];
    size_t n = 0, bytes = 0;
    sqlite3_stmt *st = sql_query(s,
                                 "SELECT item.id, location, json FROM item JOIN feed ON feed.id = item.feed"
                                 " WHERE item.id > ? AND first_seen >= ? ORDER BY item.id LIMIT ?",
                                 "iii", after, since, (int64_t)LIMIT_PAGE_ROWS);
    while (n < LIMIT_PAGE_ROWS && sql_next(s, st)) {
        struct text json = sql_text(st, 2);
        page[n] = (struct stored_item){sqlite3_column_int64(st, 0), sql_dup(st, 1),
                                       xstrndup(json.ptr, json.len), json.len};
        bytes += page[n++].len;
        if (bytes > LIMIT_PAGE_BYTES) break;
    }
    sql_done(st);
    for (size_t i = 0; i < n; i++) {
        each(ctx, page[i].location, (struct text){page[i].json, page[i].len});
        free(page[i].location);
        free(page[i].json);
    }
    if (s->failed) return -1;
    *ret_after = n ? page[n - 1].id : 0;
    return 0;
}

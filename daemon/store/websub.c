#include "base/mem.h"
#include "base/time.h"
#include "store/sql.h"

#include <stdio.h>

#define LEASE_COLUMNS                                                                                        \
    "location, hub, topic, path, secret, state, asked, until, next, failures, error, pushed, missed"

static void lease_read(sqlite3_stmt *st, struct lease *l) {
    *l = (struct lease){.location = sql_dup(st, 0),
                        .hub = sql_dup(st, 1),
                        .topic = sql_dup(st, 2),
                        .path = sql_dup(st, 3),
                        .secret = sql_dup(st, 4),
                        .state = (enum lease_state)sqlite3_column_int(st, 5),
                        .asked = sqlite3_column_int(st, 6),
                        .until = sqlite3_column_int64(st, 7),
                        .next = sqlite3_column_int64(st, 8),
                        .failures = sqlite3_column_int64(st, 9),
                        .pushed = sqlite3_column_int64(st, 11),
                        .missed = sqlite3_column_int64(st, 12)};
    struct text error = sql_text(st, 10);
    snprintf(l->error, sizeof l->error, "%.*s", TEXT_ARGS(error));
}

bool store_lease_load(struct store *s, const char *location, struct lease *ret) {
    sqlite3_stmt *st = sql_query(s, "SELECT " LEASE_COLUMNS " FROM lease WHERE location = ?", "s", location);
    bool found = sql_next(s, st);
    if (found) lease_read(st, ret);
    sql_done(st);
    return found;
}

void store_leases_each(struct store *s, void (*each)(void *ctx, const struct lease *l), void *ctx) {
    sqlite3_stmt *st = sql_query(s, "SELECT " LEASE_COLUMNS " FROM lease", "");
    while (sql_next(s, st)) {
        struct lease l;
        lease_read(st, &l);
        each(ctx, &l);
        lease_clear(&l);
    }
}

/* A lease of another path is another lease: what the pipeline knows of the old one does not count. */
void store_lease_save(struct store *s, const struct lease *l) {
    sql_run(
        s,
        "INSERT INTO lease(location, hub, topic, path, secret, state, asked, until, next, failures, error)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(location) DO UPDATE SET hub = excluded.hub,"
        " topic = excluded.topic, secret = excluded.secret, state = excluded.state,"
        " asked = excluded.asked, until = excluded.until, next = excluded.next,"
        " failures = excluded.failures, error = excluded.error,"
        " pushed = iif(path = excluded.path, pushed, 0), missed = iif(path = excluded.path, missed, 0),"
        " path = excluded.path",
        "sssssiiiiis", l->location, l->hub, l->topic, l->path, l->secret, (int64_t)l->state,
        (int64_t)l->asked, l->until, l->next, l->failures, *l->error ? l->error : NULL);
}

void store_lease_note(struct store *s, const struct lease *l) {
    sql_run(s, "UPDATE lease SET pushed = ?, missed = ? WHERE location = ?", "iis", l->pushed, l->missed,
            l->location);
}

void store_lease_forget(struct store *s, const char *location) {
    sql_run(s, "DELETE FROM lease WHERE location = ?", "s", location);
}

/* What `notices` were told of destinations: a row of meta each, as JSON. */
#include "base/mem.h"
#include "store/sql.h"

#define KEY "told/"

void store_told(struct store *s, const char *notify, struct destination_told *ret) {
    *ret = (struct destination_told){0};
    sqlite3_stmt *st = sql_query(s, "SELECT value FROM meta WHERE key = '" KEY "' || ?", "s", notify);
    if (!sql_next(s, st)) return;
    struct text t = sql_text(st, 0);
    json_t *j = json_loadb(t.ptr ? t.ptr : "", t.len, 0, NULL);
    sql_done(st);
    ret->trouble = (int)json_integer_value(json_object_get(j, "trouble"));
    ret->since = json_integer_value(json_object_get(j, "since"));
    ret->full = json_is_true(json_object_get(j, "full"));
    json_decref(j);
}

void store_told_set(struct store *s, const char *notify, const struct destination_told *told) {
    if (!told->trouble && !told->full) {
        sql_run(s, "DELETE FROM meta WHERE key = '" KEY "' || ?", "s", notify);
        return;
    }
    json_t *j = json_pack("{s:i, s:I, s:b}", "trouble", told->trouble, "since", (json_int_t)told->since,
                          "full", told->full);
    AUTOFREE char *text = json_dumps(j, JSON_COMPACT);
    json_decref(j);
    sql_run(s, "INSERT OR REPLACE INTO meta VALUES('" KEY "' || ?, ?)", "ss", notify, text);
}

json_t *store_told_full(struct store *s) {
    json_t *names = json_array();
    sqlite3_stmt *st = sql_query(s,
                                 "SELECT substr(key, length('" KEY "') + 1) FROM meta WHERE key > '" KEY
                                 "' AND key < 'told0' AND value ->> '$.full'",
                                 "");
    while (sql_next(s, st))
        json_array_append_new(names, json_string((const char *)sqlite3_column_text(st, 0)));
    return names;
}

int64_t store_last_sent(struct store *s, const char *notify) {
    return sql_int(s, 0, "SELECT ended FROM outbox WHERE notify = ? AND state = 2 ORDER BY id DESC LIMIT 1",
                   "s", notify);
}

#include "store/store.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "store/sql.h"

#include <string.h>

bool store_row_add(struct store *s, const struct row *row) {
    sql_run(
        s,
        "INSERT INTO outbox(key, notify, recipient, alert, kind, level, state, created, next, story, facts,"
        " thread, event) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0))"
        " ON CONFLICT(key, recipient) DO NOTHING",
        "sssssiiiiisii", row->key, row->notify, row->recipient ? row->recipient : "", row->alert,
        message_kind_names[row->kind], (int64_t)row->level, (int64_t)row->state, row->created, row->next,
        row->story, row->facts, row->thread, row->event);
    return !s->failed && sqlite3_changes(s->db) > 0;
}

void store_result(struct store *s, const struct row_result *r) {
    bool ended = r->outcome == OUTCOME_SENT || r->outcome == OUTCOME_DEAD;
    if (r->outcome == OUTCOME_SENT && r->posted[0])
        sql_run(s,
                "INSERT OR IGNORE INTO posted SELECT thread, notify, recipient, ? FROM outbox WHERE id = ?"
                " AND thread > 0 AND kind NOT IN ('summary', 'digest')",
                "si", r->posted, r->row);
    if (r->outcome == OUTCOME_SENT)
        sql_run(s, "UPDATE outbox SET state = 2, ended = ?, error = NULL WHERE id = ?", "ii", r->at, r->row);
    else if (r->outcome == OUTCOME_DEAD)
        sql_run(s, "UPDATE outbox SET state = 3, ended = ?, attempts = attempts + 1, error = ? WHERE id = ?",
                "isi", r->at, r->error, r->row);
    else
        sql_run(s,
                "UPDATE outbox SET attempts = attempts + 1, next = ?, error = ?, halve = max(halve, ?)"
                " WHERE id = ? AND state = 1",
                "isii", r->next, r->error, (int64_t)r->halve, r->row);
    if (ended)
        sql_run(s, "DELETE FROM temp.hand WHERE id = ?", "i", r->row);
    else
        sql_run(s, "UPDATE temp.hand SET next = ? WHERE id = ?", "ii", r->next, r->row);
}

/* ---- the loop's hand ----------------------------------------------------------------------------------- */

#define ROW_COLUMNS                                                                                          \
    "id, key, notify, recipient, alert, kind, level, state, attempts, created, next, story, halve, error, "  \
    "facts, coalesce(thread, 0), (SELECT name FROM posted p WHERE p.thread = outbox.thread AND"              \
    " p.notify = outbox.notify AND p.recipient = outbox.recipient)"

static struct row *row_read(sqlite3_stmt *st) {
    struct row *r = xcalloc(1, sizeof *r);
    struct text key = sql_text(st, 1);
    r->id = sqlite3_column_int64(st, 0);
    memcpy(r->key, key.ptr, key.len < KEY_SIZE ? key.len : KEY_SIZE - 1);
    r->notify = sql_dup(st, 2);
    if (sql_text(st, 3).len) r->recipient = sql_dup(st, 3);
    r->alert = sql_dup(st, 4);
    int kind = message_kind_of((const char *)sqlite3_column_text(st, 5));
    r->kind = kind < 0 ? KIND_NEW : (enum message_kind)kind;
    r->level = (enum level)sqlite3_column_int(st, 6);
    r->state = (enum row_state)sqlite3_column_int(st, 7);
    r->attempts = sqlite3_column_int(st, 8);
    r->created = sqlite3_column_int64(st, 9);
    r->next = sqlite3_column_int64(st, 10);
    r->story = sqlite3_column_int64(st, 11);
    r->halve = sqlite3_column_int(st, 12);
    r->error = sql_dup(st, 13);
    r->facts = sql_dup(st, 14);
    r->thread = sqlite3_column_int64(st, 15);
    r->posted = sql_dup(st, 16);
    return r;
}

struct hand {
    struct row **rows;
    size_t n, room, cap;
    bool more;
};

static void hand_take(struct store *s, sqlite3_stmt *st, struct hand *h) {
    while (sql_next(s, st)) {
        if (h->n == h->room) {
            h->more = true;
            sql_done(st);
            return;
        }
        GROW(h->rows, h->n, h->cap);
        h->rows[h->n++] = row_read(st);
    }
}

/* Rows that wait for a retry of their own far ahead do not count: a destination where 64 recipients are
 * greylisted still gets its new rows. */
static size_t hand_room(struct store *s, const char *notify, int64_t now) {
    int64_t all = sql_int(s, 0, "SELECT count(*) FROM temp.hand WHERE notify = ?", "s", notify);
    int64_t near = sql_int(s, 0, "SELECT count(*) FROM temp.hand WHERE notify = ? AND next <= ?", "si",
                           notify, now + MINUTE);
    if (near >= LIMIT_ROWS_A_DESTINATION || all >= LIMIT_ROWS_LATER) return 0;
    return LIMIT_ROWS_A_DESTINATION - (size_t)near;
}

static void hand_note(struct store *s, const struct row *r) {
    sql_run(s, "INSERT OR REPLACE INTO temp.hand VALUES(?, ?, ?)", "isi", r->id, r->notify, r->next);
}

/* What is older of the stories of these rows comes along, far though its retry may be: without it in sight
 * the loop would send the later one first. */
static void hand_older(struct store *s, struct hand *h) {
    h->room = SIZE_MAX;
    for (size_t i = 0, n = h->n; i < n; i++) {
        const struct row *r = h->rows[i];
        if (!r->story) continue;
        size_t known = h->n;
        hand_take(s,
                  sql_query(s,
                            "SELECT " ROW_COLUMNS
                            " FROM outbox WHERE notify = ? AND state = 1 AND story = ? AND"
                            " recipient = ? AND id < ? AND id NOT IN (SELECT id FROM temp.hand) ORDER BY id",
                            "sisi", r->notify, r->story, r->recipient ? r->recipient : "", r->id),
                  h);
        for (; known < h->n; known++) hand_note(s, h->rows[known]);
    }
}

struct row **store_hand_out(struct store *s, const char *notify, int64_t now, size_t *ret_n, bool *ret_more) {
    struct hand h = {.room = hand_room(s, notify, now)};
    hand_take(s,
              sql_query(s,
                        "SELECT " ROW_COLUMNS " FROM outbox WHERE notify = ? AND state = 1 AND level = 2"
                        " AND id NOT IN (SELECT id FROM temp.hand) ORDER BY next, id LIMIT ?",
                        "si", notify, (int64_t)h.room + 1),
              &h);
    /* +level: else an index of levels is taken, and all rows that wait are read and sorted for these few. */
    if (!h.more)
        hand_take(s,
                  sql_query(s,
                            "SELECT " ROW_COLUMNS " FROM outbox WHERE notify = ? AND state = 1 AND +level < 2"
                            " AND id NOT IN (SELECT id FROM temp.hand) ORDER BY next, id LIMIT ?",
                            "si", notify, (int64_t)(h.room - h.n) + 1),
                  &h);
    for (size_t i = 0; i < h.n; i++) hand_note(s, h.rows[i]);
    hand_older(s, &h);
    *ret_n = h.n;
    *ret_more = h.more;
    return h.rows;
}

void store_hand_forget(struct store *s, const char *notify) {
    sql_run(s, "DELETE FROM temp.hand WHERE notify = ?", "s", notify);
}

/* ---- merging ------------------------------------------------------------------------------------------- */

struct row **store_rows_waiting(struct store *s, const char *notify, const int64_t *ids, size_t n,
                                int64_t before, size_t *ret_n) {
    struct hand h = {.room = LIMIT_SUMMARY_ROWS};
    for (size_t i = 0; i < n && h.n < h.room; i++) {
        sqlite3_stmt *st =
            sql_query(s, "SELECT " ROW_COLUMNS " FROM outbox WHERE id = ? AND notify = ? AND state = 1", "is",
                      ids[i], notify);
        hand_take(s, st, &h);
    }
    if (h.n) {
        const struct row *first = h.rows[0];
        hand_take(s,
                  sql_query(s,
                            "SELECT " ROW_COLUMNS " FROM outbox WHERE notify = ? AND state = 1 AND next <= ?"
                            " AND recipient = ? AND (level = 2) = ? AND id NOT IN (SELECT id FROM temp.hand)"
                            " ORDER BY next, id LIMIT ?",
                            "sisii", notify, before, first->recipient ? first->recipient : "",
                            (int64_t)(first->level == LEVEL_FLASH), (int64_t)(h.room - h.n)),
                  &h);
    }
    *ret_n = h.n;
    return h.rows;
}

void store_rows_merged(struct store *s, struct row *const *rows, size_t n, const char *key, int64_t now) {
    for (size_t i = 0; i < n; i++)
        sql_run(s,
                "UPDATE outbox SET state = 4, ended = ?, merged = (SELECT id FROM outbox WHERE key = ? AND"
                " recipient = ?) WHERE id = ?",
                "issi", now, key, rows[i]->recipient ? rows[i]->recipient : "", rows[i]->id);
}

void store_hand_return(struct store *s, const int64_t *ids, size_t n) {
    for (size_t i = 0; i < n; i++) sql_run(s, "DELETE FROM temp.hand WHERE id = ?", "i", ids[i]);
}

size_t store_outbox_trim(struct store *s, int64_t max, int64_t now, json_t *given_up, int64_t *ret_waiting) {
    int64_t waiting = sql_int(s, 0, "SELECT count(*) FROM outbox WHERE state IN (0, 1)", "");
    *ret_waiting = waiting;
    if (s->failed || waiting <= max) return 0;
    sqlite3_stmt *st = sql_query(
        s,
        "UPDATE outbox SET state = 3, ended = ?, error = 'outbox full' WHERE id IN (SELECT id FROM outbox"
        " WHERE state IN (0, 1) AND level = 0 AND id NOT IN (SELECT id FROM temp.hand)"
        " ORDER BY id LIMIT ?) RETURNING notify",
        "ii", now, waiting - max);
    size_t n = 0;
    for (; sql_next(s, st); n++) {
        const char *name = (const char *)sqlite3_column_text(st, 0);
        json_int_t before = json_integer_value(json_object_get(given_up, name));
        json_object_set_new(given_up, name, json_integer(before + 1));
    }
    return s->failed ? 0 : n;
}

/* ---- what a person orders ------------------------------------------------------------------------------ */

/* A choice as SQL: (?1 = 0 OR id = ?1) and so on; the unused ones are 0 and null. */
#define CHOSEN                                                                                               \
    " (?1 = 0 OR id = ?1) AND (?2 IS NULL OR notify = ?2) AND (?3 = 0 OR state = 3) AND state IN (0, 1, 3)"

static json_t *ids_of(struct store *s, sqlite3_stmt *st) {
    json_t *ids = json_array();
    while (sql_next(s, st)) json_array_append_new(ids, json_integer(sqlite3_column_int64(st, 0)));
    return ids;
}

static void out_of_hand(struct store *s, const json_t *ids) {
    size_t i;
    json_t *id;
    json_array_foreach(ids, i, id)
        sql_run(s, "DELETE FROM temp.hand WHERE id = ?", "i", (int64_t)json_integer_value(id));
}

json_t *store_rows_retry(struct store *s, const struct row_choice *c, int64_t now) {
    json_t *ids =
        ids_of(s, sql_query(s,
                            "UPDATE outbox SET state = 1, attempts = 0, next = ?4, ended = NULL, halve = 0"
                            " WHERE" CHOSEN " AND state <> 0 RETURNING id",
                            "isii", c->id, c->notify, (int64_t)c->all_dead, now));
    out_of_hand(s, ids);
    return ids;
}

json_t *store_rows_drop(struct store *s, const struct row_choice *c) {
    json_t *ids = ids_of(s, sql_query(s, "DELETE FROM outbox WHERE" CHOSEN " RETURNING id", "isi", c->id,
                                      c->notify, (int64_t)c->all_dead));
    out_of_hand(s, ids);
    return ids;
}

json_t *store_rows_notifiers(struct store *s) {
    json_t *names = json_array();
    sqlite3_stmt *st = sql_query(s, "SELECT DISTINCT notify FROM outbox WHERE state = 1", "");
    while (sql_next(s, st))
        json_array_append_new(names, json_string((const char *)sqlite3_column_text(st, 0)));
    return names;
}

/* ---- pages --------------------------------------------------------------------------------------------- */

static json_t *shown_row(sqlite3_stmt *st) {
    json_t *j = json_object();
    struct row *r = row_read(st);
    json_t *facts = json_loads(r->facts ? r->facts : "", 0, NULL), *item = json_object_get(facts, "item");
    json_object_set_new(j, "id", json_integer(r->id));
    json_object_set_new(j, "key", json_string(r->key));
    json_set_text(j, "to", text_of(r->recipient));
    json_object_set_new(j, "notify", json_string(r->notify));
    json_set_text(j, "alert", text_of(r->alert));
    json_object_set_new(j, "kind", json_string(message_kind_names[r->kind]));
    json_object_set_new(j, "level", json_string(level_names[r->level]));
    json_object_set_new(j, "state", json_string(row_state_names[r->state]));
    json_object_set_new(j, "attempts", json_integer(r->attempts));
    json_set_time(j, "created", r->created);
    if (r->state == ROW_PENDING || (r->state == ROW_HELD && r->next != INT64_MAX))
        json_set_time(j, "next", r->next);
    json_set_text(j, "error", text_of(r->error));
    if (json_object_get(item, "title")) json_object_set(j, "title", json_object_get(item, "title"));
    if (json_object_get(item, "url")) json_object_set(j, "url", json_object_get(item, "url"));
    json_decref(facts);
    row_free(r);
    return j;
}

json_t *store_outbox_page(struct store *s, int state, const char *notify, int64_t after, int64_t *ret_more) {
    json_t *rows = json_array();
    int64_t more = 0, last = 0;
    sqlite3_stmt *st = sql_query(s,
                                 "SELECT " ROW_COLUMNS " FROM outbox WHERE id > ?1 AND (?2 < 0 OR state = ?2)"
                                 " AND (?3 IS NULL OR notify = ?3) ORDER BY id LIMIT ?4",
                                 "iisi", after, (int64_t)state, notify, (int64_t)LIMIT_PAGE_ROWS + 1);
    while (sql_next(s, st)) {
        if (json_array_size(rows) == LIMIT_PAGE_ROWS) {
            more = last;
            sql_done(st);
            break;
        }
        last = sqlite3_column_int64(st, 0);
        json_array_append_new(rows, shown_row(st));
    }
    *ret_more = more;
    return rows;
}

static char *last_error(struct store *s, const char *notify) {
    return sql_string(s,
                      "SELECT error FROM outbox WHERE notify = ? AND state IN (1, 3)"
                      " AND error <> '' ORDER BY max(next, coalesce(ended, 0)) DESC LIMIT 1",
                      "s", notify);
}

json_t *store_counts(struct store *s) {
    json_t *list = json_array(), *row = NULL;
    sqlite3_stmt *st = sql_query(s,
                                 "SELECT notify, state, count(*) FROM outbox WHERE state IN (0, 1, 3)"
                                 " GROUP BY notify, state ORDER BY notify",
                                 "");
    while (sql_next(s, st)) {
        const char *notify = (const char *)sqlite3_column_text(st, 0);
        const char *was = json_string_value(json_object_get(row, "notify"));
        if (!was || strcmp(was, notify) != 0) {
            row = json_object();
            json_object_set_new(row, "notify", json_string(notify));
            json_object_set_new(row, "pending", json_integer(0));
            json_object_set_new(row, "held", json_integer(0));
            json_object_set_new(row, "dead", json_integer(0));
            json_array_append_new(list, row);
        }
        int state = sqlite3_column_int(st, 1);
        json_object_set_new(row, row_state_names[state], json_integer(sqlite3_column_int64(st, 2)));
    }
    size_t i;
    json_array_foreach(list, i, row) {
        AUTOFREE char *error = last_error(s, json_string_value(json_object_get(row, "notify")));
        json_set_text(row, "error", text_of(error));
    }
    return list;
}

#include "store/store.h"

#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/time.h"
#include "store/sql.h"

#include <string.h>

/* A mark is written anew only once a day: a poll that brings nothing new writes nothing. */
#define SEEN_FRESH DAY

struct mark {
    bool stands;
    int64_t item, listed; /* item 0: an id that is shared by two addresses */
};

/* The mark of one key; *ret_known: the item it points to. An item whose row was pruned is known by its marks,
 * and taken as unchanged. */
static struct mark mark_of(struct store *s, int64_t feed, const unsigned char key[ITEM_KEY_SIZE],
                           const struct item_keys *k, struct known_item *ret_known) {
    struct mark m = {0};
    sqlite3_stmt *st = sql_query(s,
                                 "SELECT seen.item, listed, first_seen, content FROM seen LEFT JOIN item"
                                 " ON item.id = seen.item WHERE seen.feed = ? AND key = ?",
                                 "ib", feed, (const void *)key, (size_t)ITEM_KEY_SIZE);
    if (!sql_next(s, st)) return m;
    m = (struct mark){true, sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1)};
    *ret_known = (struct known_item){.row = m.item, .first_seen = sqlite3_column_int64(st, 2)};
    const void *content = sqlite3_column_blob(st, 3);
    bool whole = content && sqlite3_column_bytes(st, 3) == ITEM_KEY_SIZE;
    memcpy(ret_known->content, whole ? content : k->content, ITEM_KEY_SIZE);
    sql_done(st);
    return m;
}

/* Which keys an item goes by: its id, its address with its title; neither: its text. */
static size_t keys_in_use(const struct item_keys *k, const unsigned char *ret[2]) {
    size_t n = 0;
    if (k->has_id) ret[n++] = k->id;
    if (k->has_pair) ret[n++] = k->pair;
    if (!n) ret[n++] = k->text;
    return n;
}

/* *ret: what is known of the item, row 0: nothing. *ret_settled: all its marks stand, and are fresh. */
static void find(struct store *s, int64_t feed, struct item_keys *k, int64_t now, struct known_item *ret,
                 bool *ret_settled) {
    const unsigned char *keys[2];
    struct mark marks[2] = {0};
    struct known_item known = {0};
    *ret = known;
    if (k->has_id) {
        marks[0] = mark_of(s, feed, k->id, k, &known);
        if (marks[0].stands && !marks[0].item) k->has_id = false;
    }
    size_t n = keys_in_use(k, keys);
    if (marks[0].item) *ret = known;
    for (size_t i = k->has_id ? 1 : 0; i < n; i++) {
        marks[i] = mark_of(s, feed, keys[i], k, &known);
        if (!ret->row && marks[i].item) *ret = known;
    }
    bool settled = ret->row != 0;
    for (size_t i = 0; i < n; i++)
        settled &= marks[i].stands && marks[i].item == ret->row && marks[i].listed > now - SEEN_FRESH;
    *ret_settled = settled;
}

int64_t store_item_row(struct store *s, int64_t feed, const struct item_keys *k) {
    struct item_keys copy = *k;
    struct known_item known = {0};
    bool settled;
    if (feed) find(s, feed, &copy, 0, &known, &settled);
    return known.row;
}

void store_items_known(struct store *s, int64_t feed, struct item_keys *keys, size_t n,
                       struct known_item *known, bool *settled) {
    int64_t now = time_wall();
    for (size_t i = 0; i < n; i++) {
        known[i] = (struct known_item){0};
        settled[i] = false;
        if (feed) find(s, feed, &keys[i], now, &known[i], &settled[i]);
    }
}

static char *item_text(const struct item *item) {
    json_t *j = item_json(item);
    char *text = json_dumps(j, JSON_COMPACT);
    json_decref(j);
    return text;
}

int64_t store_item_add(struct store *s, int64_t feed, const struct item *item, const struct item_keys *k,
                       enum verdict verdict, int64_t now) {
    char *text = item_text(item);
    sql_run(s,
            "INSERT INTO item(feed, first_seen, published, verdict, content, json)"
            " VALUES(?, ?, nullif(?, ?), ?, ?, ?)",
            "iiiiibs", feed, now, item->published, TIME_NONE, (int64_t)verdict, (const void *)k->content,
            (size_t)ITEM_KEY_SIZE, text ? text : "{}");
    free(text);
    if (s->failed) return 0;
    int64_t row = sqlite3_last_insert_rowid(s->db);
    store_item_seen(s, feed, row, k, now);
    return row;
}

void store_item_change(struct store *s, int64_t row, const struct item *item, const struct item_keys *k,
                       int64_t now) {
    char *text = item_text(item);
    sql_run(s, "UPDATE item SET changed = ?, published = nullif(?, ?), content = ?, json = ? WHERE id = ?",
            "iiibsi", now, item->published, TIME_NONE, (const void *)k->content, (size_t)ITEM_KEY_SIZE,
            text ? text : "{}", row);
    free(text);
}

void store_item_seen(struct store *s, int64_t feed, int64_t row, const struct item_keys *k, int64_t now) {
    const unsigned char *keys[2];
    size_t n = keys_in_use(k, keys);
    for (size_t i = 0; i < n; i++)
        sql_run(s,
                "INSERT INTO seen VALUES(?, ?, ?, ?) ON CONFLICT(feed, key) DO UPDATE SET"
                " item = excluded.item, listed = excluded.listed WHERE item <> 0",
                "ibii", feed, (const void *)keys[i], (size_t)ITEM_KEY_SIZE, row, now);
}

void store_id_shared(struct store *s, int64_t feed, const unsigned char id[ITEM_KEY_SIZE], int64_t now) {
    sql_run(s,
            "INSERT INTO seen VALUES(?, ?, 0, ?) ON CONFLICT(feed, key) DO UPDATE SET item = 0,"
            " listed = excluded.listed WHERE item <> 0 OR listed < excluded.listed - ?",
            "ibii", feed, (const void *)id, (size_t)ITEM_KEY_SIZE, now, SEEN_FRESH);
}

/* ---- alerts -------------------------------------------------------------------------------------------- */

/* What an alert is, for its birth: the query and the feeds, as written. */
static void alert_digest(const struct config_alert *a, unsigned char out[SHA256_SIZE]) {
    struct text *parts = xcalloc(a->feeds.n + 1, sizeof *parts);
    parts[0] = a->query;
    for (size_t i = 0; i < a->feeds.n; i++) parts[i + 1] = text_of(a->feeds.list[i]);
    sha256_parts(parts, a->feeds.n + 1, out);
    free(parts);
}

/* One walk over the table, not a look-up an alert: there may be a hundred thousand. */
void store_alerts_born(struct store *s, const struct config *config, int64_t now, int64_t **ret_born) {
    int64_t *born = xcalloc(config->n_alerts + 1, sizeof *born);
    unsigned char(*digests)[SHA256_SIZE] = xcalloc(config->n_alerts + 1, SHA256_SIZE);
    struct map by_name = {0};
    for (size_t i = 0; i < config->n_alerts; i++) {
        alert_digest(&config->alerts[i], digests[i]);
        if (config->alerts[i].enabled) map_add(&by_name, text_of(config->alerts[i].name), &born[i]);
    }
    struct strings gone = {0};
    sqlite3_stmt *st = sql_query(s, "SELECT name, digest, born FROM alert", "");
    while (sql_next(s, st)) {
        int64_t *slot = map_get(&by_name, sql_text(st, 0));
        const void *digest = sqlite3_column_blob(st, 1);
        if (slot && digest && sqlite3_column_bytes(st, 1) == SHA256_SIZE &&
            !memcmp(digest, digests[slot - born], SHA256_SIZE)) {
            *slot = sqlite3_column_int64(st, 2);
        } else if (!slot) {
            GROW(gone.list, gone.n, gone.cap);
            gone.list[gone.n++] = sql_dup(st, 0);
        }
    }
    for (size_t i = 0; i < gone.n; i++) {
        sql_run(s, "DELETE FROM alert WHERE name = ?", "s", gone.list[i]);
        free(gone.list[i]);
    }
    free(gone.list);
    for (size_t i = 0; i < config->n_alerts; i++) {
        if (born[i] || !config->alerts[i].enabled) continue;
        born[i] = now;
        sql_run(s, "INSERT OR REPLACE INTO alert VALUES(?, ?, ?)", "sbi", config->alerts[i].name,
                (const void *)digests[i], (size_t)SHA256_SIZE, now);
    }
    map_clear(&by_name);
    free(digests);
    *ret_born = born;
}

bool store_matched(struct store *s, int64_t item, const char *alert, enum level level, bool fired,
                   int64_t now) {
    sql_run(s, "INSERT OR IGNORE INTO matched(item, alert, level, fired, at) VALUES(?, ?, ?, ?, ?)", "isiii",
            item, alert, (int64_t)level, (int64_t)fired, now);
    return !s->failed && sqlite3_changes(s->db) > 0;
}

bool store_fired(struct store *s, int64_t item, const char *alert) {
    return sql_int(s, 0, "SELECT fired FROM matched WHERE item = ? AND alert = ?", "is", item, alert) != 0;
}

/* store: opening and its refusals, identity's look-ups, the outbox, pages, pruning; on a real disk. */
#include "unit.h"

#include "store_folder.h"

#include "store/sql.h"
#include "store/stories.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static struct store *open_store(void) {
    struct store *s = NULL;
    char *why = NULL;
    if (store_open(dir, &s, &why) < 0) fail_msg("%s", why);
    return s;
}

static void refused(const char *expected) {
    struct store *s = NULL;
    char *why = NULL;
    assert_int_equal(store_open(dir, &s, &why), -1);
    assert_null(s);
    if (!strstr(why, expected) || !strstr(why, dir)) fail_msg("\"%s\" does not say \"%s\"", why, expected);
    free(why);
}

static void in_database(const char *sql) {
    AUTOFREE char *path = xasprintf("%s/newsalertd.db", dir);
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static bool never_closed(const void *ctx, const char *alert, int64_t fired) {
    (void)ctx, (void)alert, (void)fired;
    return false;
}

/* ---- opening ------------------------------------------------------------------------------------------- */

static void test_open(void **state) {
    (void)state;
    struct stat st;
    size_t len = strlen(dir);
    snprintf(dir + len, sizeof dir - len, "/a");
    struct store *s = open_store();
    AUTOFREE char *installation = xstrdup(store_installation(s));
    assert_int_equal(strlen(installation), 26);
    assert_int_equal(stat(dir, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(stat(s->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_null(store_set_aside(s));
    assert_false(store_is_after_damage(s));
    assert_int_equal(sql_int(s, -1, "PRAGMA user_version", ""), store_version);
    store_close(s);
    s = open_store();
    assert_string_equal(store_installation(s), installation); /* made with the database, and kept */
    store_close(s);
    dir[len] = '\0';
}

/* What version 3 kept of alerts is there as threads of one item each. */
static void test_from_three(void **state) {
    (void)state;
    store_close(open_store());
    AUTOFREE char *path = xasprintf("%s/newsalertd.db", dir);
    unlink(path);
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    for (size_t i = 0; store_migrations[i].version && store_migrations[i].version <= 3; i++)
        assert_int_equal(sqlite3_exec(db, store_migrations[i].sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(
            db,
            "INSERT INTO item VALUES(1, 1, 5, NULL, NULL, 0, x'00', '{\"id\":\"g\",\"title\":\"T\"}');"
            "INSERT INTO matched VALUES(7, 1, 'fire', 1, 1, 5, 0), (8, 1, 'mill', 1, 0, 5, 0);"
            "PRAGMA user_version = 3",
            NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
    struct store *s = open_store();
    int64_t more;
    json_t *rows = store_alerts_page(s, 0, 0, never_closed, NULL, &more);
    assert_null(store_error(s));
    assert_int_equal(json_array_size(rows), 1);
    json_t *items = json_object_get(json_array_get(rows, 0), "items");
    assert_string_equal(json_string_value(json_object_get(json_array_get(items, 0), "title")), "T");
    assert_int_equal(store_thread_next(s), 8);
    json_decref(rows);
    store_close(s);
}

/* Threads go with `keep`, but for what is held; their numbers and those of stories do not come back. */
static void test_prune_stories(void **state) {
    (void)state;
    struct store *s = open_store();
    const struct config config = {.keep = DAY};
    const int64_t now = 100 * DAY;
    struct thread_event e = {.thread = 3, .item = 1, .at = DAY, .facts = "{}"};
    assert_int_equal(store_begin(s, SYNC_FULL), 0);
    sql_run(s, "INSERT INTO item VALUES(1, 1, 5, NULL, NULL, 0, x'00', '{}', 41, 0, 0, 0)", "");
    for (int64_t t = 3; t <= 4; t++) {
        const struct decide_thread thread = {.id = t, .story = 40 + t, .opened = DAY, .form = "{}"};
        store_thread_save(s, &thread, "fire", LEVEL_URGENT);
        e.thread = t;
        e.id = store_event_add(s, &e);
    }
    const struct decide_place place = {.id = e.id, .pool = POOL_MUTE, .due = INT64_MAX, .thread = 4};
    const struct row held = {.key = "na_k", .notify = (char[]){"n"}, .facts = (char[]){"{}"}};
    store_row_hold(s, &held, e.id, &place);
    for (int i = 0; i < 20 && store_prune(s, &config, now); i++) continue;
    assert_int_equal(store_commit(s), 0);
    assert_int_equal(sql_int(s, -1, "SELECT count(*) FROM item", ""), 0);
    assert_int_equal(sql_int(s, -1, "SELECT min(id) FROM thread", ""), 4);
    assert_int_equal(sql_int(s, -1, "SELECT count(*) FROM event", ""), 1);
    store_hold_drop(s, e.id, "n");
    assert_int_equal(store_begin(s, SYNC_FULL), 0);
    for (int i = 0; i < 20 && store_prune(s, &config, now); i++) continue;
    assert_int_equal(store_commit(s), 0);
    assert_int_equal(sql_int(s, -1, "SELECT count(*) FROM thread", ""), 0);
    assert_int_equal(store_thread_next(s), 5);
    assert_int_equal(store_story_next(s), 42);
    store_close(s);
}

static void test_in_use(void **state) {
    (void)state;
    struct store *s = open_store();
    char pid[32];
    snprintf(pid, sizeof pid, "pid %ld", (long)getpid());
    refused(pid);
    store_close(s);
    store_close(open_store()); /* free again */
}

static void test_newer(void **state) {
    (void)state;
    store_close(open_store());
    in_database("PRAGMA user_version = 4711");
    refused("newer newsalertd (schema 4711");
    refused("newer"); /* and left as it is */
}

static void test_no_folder(void **state) {
    (void)state;
    size_t len = strlen(dir);
    snprintf(dir + len, sizeof dir - len, "/file");
    close(open(dir, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    refused("Not a directory");
    dir[len] = '\0';
}

static void ruin(const char *path, off_t from) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    char junk[512];
    memset(junk, 0x5a, sizeof junk);
    for (off_t at = from; at < st.st_size; at += (off_t)sizeof junk)
        assert_int_equal(pwrite(fd, junk, sizeof junk, at), sizeof junk);
    close(fd);
}

static size_t files_named(const char *part) {
    size_t n = 0;
    DIR *d = opendir(dir);
    for (struct dirent *e; (e = readdir(d));) n += strstr(e->d_name, part) != NULL;
    closedir(d);
    return n;
}

static void test_damaged_at_start(void **state) {
    (void)state;
    struct store *s = open_store();
    AUTOFREE char *installation = xstrdup(store_installation(s)), *path = xstrdup(s->path);
    store_close(s);
    for (int i = 0; i < 2; i++) { /* the header; then a page in the middle */
        ruin(path, i ? 8192 : 0);
        s = open_store();
        assert_non_null(store_set_aside(s));
        assert_int_equal(access(store_set_aside(s), F_OK), 0);
        assert_true(store_is_after_damage(s));
        assert_string_not_equal(store_installation(s), installation);
        store_close(s);
    }
    assert_int_equal(files_named(".db.damaged-"), 2);
    s = open_store(); /* the feeds were not told: that is remembered */
    assert_null(store_set_aside(s));
    assert_true(store_is_after_damage(s));
    struct config_feed feeds[] = {{.name = path, .location = path}};
    const struct config c = {.feeds = feeds, .n_feeds = 1};
    struct feed_record r;
    store_begin(s, SYNC_FULL);
    store_feeds_configured(s, &c, true, 1000);
    assert_int_equal(store_commit(s), 0);
    assert_false(store_is_after_damage(s));
    store_feed_load(s, path, &r);
    assert_true(r.first_run_none);
    feed_record_clear(&r);
    store_close(s);
}

static void test_damaged_later(void **state) {
    (void)state;
    struct store *s = open_store();
    char location[40];
    store_begin(s, SYNC_FULL);
    for (int i = 0; i < 500; i++) {
        struct feed_record r;
        snprintf(location, sizeof location, "https://p.example/%d", i);
        store_feed_load(s, location, &r);
        store_feed_save(s, location, &r);
        feed_record_clear(&r);
    }
    assert_int_equal(store_commit(s), 0);
    assert_int_equal(sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL),
                     SQLITE_OK);
    ruin(s->path, 4096);
    sqlite3_db_release_memory(s->db);
    assert_int_equal(store_begin(s, SYNC_FULL), 0);
    struct feed_record r;
    store_feed_load(s, location, &r);
    assert_int_equal(r.id, 0);
    feed_record_clear(&r);
    assert_non_null(store_error(s));
    assert_int_equal(store_commit(s), -1);
    assert_true(store_damaged(s));
    char *why = NULL;
    assert_int_equal(store_recover(s, &why), 0);
    assert_true(store_is_after_damage(s));
    assert_int_equal(store_begin(s, SYNC_FULL), 0);
    assert_int_equal(store_commit(s), 0);
    assert_false(store_wrote(s)); /* an empty transaction proves nothing of the disk */
    store_close(s);
}

/* ---- feeds and items ----------------------------------------------------------------------------------- */

static void test_feed_record(void **state) {
    (void)state;
    struct store *s = open_store();
    struct feed_record r;
    store_begin(s, SYNC_FULL);
    store_feed_load(s, "https://p.example/f", &r);
    assert_int_equal(r.id, 0);
    assert_int_equal(r.status.schedule.last, TIME_NONE);
    r.status.schedule.last = 1;
    r.status.schedule.next = 2;
    r.status.schedule.failures = 3;
    r.status.schedule.hints.skip_hours = 0x800001;
    r.status.schedule.hints.skip_days = 0x41;
    r.status.schedule.interval = 600000;
    r.status.schedule.learned = (struct schedule_learned){.until = 1795510800000,
                                                          .newest = 1795510700000,
                                                          .items = 12.5,
                                                          .days = 3.25,
                                                          .caused = 0.5,
                                                          .postings = 11,
                                                          .heat = 1.75,
                                                          .gap = 0.25,
                                                          .listed = 30,
                                                          .halved = 1,
                                                          .missed = 7,
                                                          .marks = 2,
                                                          .hour = {[7] = 2.5F},
                                                          .mark = {5, 3600}};
    struct schedule_learned learned = r.status.schedule.learned;
    snprintf(r.status.schedule.error, sizeof r.status.schedule.error, "it said \"no\"");
    r.status.etag = xstrdup("W/\"x\"");
    r.status.title = xstrdup("Ré");
    r.status.items = 9;
    r.complete = true;
    r.stamp = xstrdup("s");
    store_feed_save(s, "https://p.example/f", &r);
    int64_t id = r.id;
    assert_true(id > 0);
    store_memory_set(s, id, "city", TEXT("home\0town"));
    assert_int_equal(store_commit(s), 0);
    assert_true(store_wrote(s));
    feed_record_clear(&r);
    store_close(s);
    s = open_store();
    store_feed_load(s, "https://p.example/f", &r);
    assert_int_equal(r.id, id);
    assert_int_equal(r.status.schedule.next, 2);
    assert_int_equal(r.status.schedule.failures, 3);
    assert_int_equal(r.status.schedule.last_ok, TIME_NONE);
    assert_int_equal(r.status.schedule.hints.skip_hours, 0x800001);
    assert_int_equal(r.status.schedule.hints.skip_days, 0x41);
    assert_int_equal(r.status.schedule.interval, 600000);
    assert_memory_equal(&r.status.schedule.learned, &learned, sizeof learned);
    assert_string_equal(r.status.schedule.error, "it said \"no\"");
    assert_string_equal(r.status.etag, "W/\"x\"");
    assert_null(r.status.last_modified);
    assert_string_equal(r.status.title, "Ré");
    assert_int_equal(r.status.items, 9);
    assert_true(r.complete);
    assert_false(r.first_run_none);
    assert_string_equal(r.stamp, "s");
    feed_record_clear(&r);
    store_close(s);
}

/* A claim holds until the answer is stored; what is learned and cannot be read is learned anew. */
static void test_claim_and_learned(void **state) {
    (void)state;
    static const char *const damage[] = {
        "UPDATE feed SET learned = x'00'", "UPDATE feed SET learned = zeroblob(296)",
        "UPDATE feed SET learned = substr(learned, 1, 295)", "UPDATE feed SET learned = 'text'"};
    struct store *s = open_store();
    struct feed_record r;
    store_begin(s, SYNC_FULL);
    store_feed_load(s, "https://p.example/f", &r);
    r.status.schedule.next = 100;
    r.status.schedule.learned.until = 1795510800000;
    r.status.schedule.learned.items = 12.5;
    store_feed_save(s, "https://p.example/f", &r);
    store_feed_claim(s, "https://p.example/f", 500);
    feed_record_clear(&r);
    store_feed_load(s, "https://p.example/f", &r);
    assert_int_equal(r.status.schedule.next, 500);
    assert_true(r.status.schedule.learned.items == 12.5);
    r.status.schedule.next = 300;
    store_feed_save(s, "https://p.example/f", &r);
    feed_record_clear(&r);
    store_feed_load(s, "https://p.example/f", &r);
    assert_int_equal(r.status.schedule.next, 300);
    for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
        store_feed_save(s, "https://p.example/f", &r);
        assert_int_equal(sqlite3_exec(s->db, damage[i], NULL, NULL, NULL), SQLITE_OK);
        struct feed_record damaged;
        store_feed_load(s, "https://p.example/f", &damaged);
        assert_int_equal(damaged.status.schedule.next, 300);
        assert_int_equal(damaged.status.schedule.learned.until, INT64_MIN);
        assert_true(damaged.status.schedule.learned.items == 0);
        feed_record_clear(&damaged);
    }
    feed_record_clear(&r);
    assert_int_equal(store_commit(s), 0);
    store_close(s);
}

static void test_fleet(void **state) {
    (void)state;
    struct store *s = open_store();
    struct schedule_fleet f = {.pace = 7 * 60000};
    store_begin(s, SYNC_FULL);
    store_fleet_load(s, &f);
    assert_int_equal(f.pace, 7 * 60000); /* nothing is stored */
    assert_int_equal(f.solved, INT64_MIN);
    f.solved = 5, f.debt = -2.5, f.made = 3, f.hour[3] = 0.5F;
    store_fleet_save(s, &f);
    struct schedule_fleet back = {0};
    store_fleet_load(s, &back);
    assert_int_equal(back.pace, 7 * 60000);
    assert_int_equal(back.solved, 5);
    assert_true(back.debt < -2.4 && back.debt > -2.6 && back.made > 2.9 && back.hour[3] > 0.4F);
    assert_int_equal(store_commit(s), 0);
    store_close(s);
}

static int64_t feed_of(struct store *s, const char *location) {
    struct feed_record r;
    store_feed_load(s, location, &r);
    store_feed_save(s, location, &r);
    int64_t id = r.id;
    feed_record_clear(&r);
    return id;
}

static struct item_keys *keys_one(struct item *item) {
    return item_keys(&(struct document){.items = item, .n_items = 1});
}

static void test_known_items(void **state) {
    (void)state;
    struct store *s = open_store();
    store_begin(s, SYNC_FULL);
    int64_t feed = feed_of(s, "https://p.example/f"), other = feed_of(s, "https://q.example/f"),
            now = time_wall();
    struct item item = {
        .id = TEXT("a"), .url = TEXT("https://p.example/1"), .title = TEXT("Flood"), .published = TIME_NONE};
    struct item_keys *k = keys_one(&item);
    struct known_item known;
    bool settled;
    store_items_known(s, feed, k, 1, &known, &settled);
    assert_int_equal(known.row, 0);
    int64_t row = store_item_add(s, feed, &item, k, VERDICT_NEW, now);
    assert_true(row > 0);
    store_items_known(s, feed, k, 1, &known, &settled);
    assert_int_equal(known.row, row);
    assert_int_equal(known.first_seen, now);
    assert_true(settled);
    assert_memory_equal(known.content, k->content, ITEM_KEY_SIZE);
    store_items_known(s, other, k, 1, &known, &settled); /* a feed's ids are its own */
    assert_int_equal(known.row, 0);

    item.id = TEXT("b"); /* made anew: known by address and title, and then by the new id, too */
    struct item_keys *k2 = keys_one(&item);
    store_items_known(s, feed, k2, 1, &known, &settled);
    assert_int_equal(known.row, row);
    assert_false(settled);
    store_item_seen(s, feed, row, k2, now);
    item.url = TEXT("https://p.example/moved");
    struct item_keys *k3 = keys_one(&item);
    assert_int_equal(store_item_row(s, feed, k3), row);

    store_id_shared(s, feed, k2->id, now); /* two addresses carried it: it is no id from now on */
    store_items_known(s, feed, k3, 1, &known, &settled);
    assert_int_equal(known.row, 0);
    assert_false(k3->has_id);
    store_item_seen(s, feed, row, k2, now); /* and never becomes one again */
    struct item_keys *k4 = keys_one(&item);
    store_items_known(s, feed, k4, 1, &known, &settled);
    assert_int_equal(known.row, 0);
    assert_false(k4->has_id);
    assert_int_equal(store_commit(s), 0);
    free(k);
    free(k2);
    free(k3);
    free(k4);
    store_close(s);
}

static void test_rollback(void **state) {
    (void)state;
    struct store *s = open_store();
    store_begin(s, SYNC_FULL);
    feed_of(s, "https://p.example/f");
    sql_run(s, "INSERT INTO nowhere VALUES(1)", "");
    assert_non_null(store_error(s));
    assert_int_equal(feed_of(s, "https://p.example/g"), 0); /* nothing is done after a failure */
    assert_int_equal(store_commit(s), -1);
    store_begin(s, SYNC_FULL);
    assert_null(store_error(s));
    assert_int_equal(sql_int(s, -1, "SELECT count(*) FROM feed", ""), 0);
    store_commit(s);
    store_close(s);
}

static void test_alerts_born(void **state) {
    (void)state;
    struct store *s = open_store();
    char *tag = xstrdup("tag:us"), *a = xstrdup("a"), *b = xstrdup("b");
    struct config_alert alerts[] = {{.name = a, .query = TEXT("flood"), .enabled = true},
                                    {.name = b, .query = TEXT("ice"), .enabled = true}};
    const struct config c = {.alerts = alerts, .n_alerts = 2};
    int64_t *born;
#define BORN(now, first, second)                                                                             \
    store_begin(s, SYNC_FULL);                                                                               \
    store_alerts_born(s, &c, now, &born);                                                                    \
    assert_int_equal(store_commit(s), 0);                                                                    \
    assert_int_equal(born[0], first);                                                                        \
    assert_int_equal(born[1], second);                                                                       \
    free(born)
    BORN(100, 100, 100);
    BORN(200, 100, 100);
    alerts[1].query = TEXT("ice OR snow");
    BORN(300, 100, 300);
    alerts[0].feeds = (struct strings){&tag, 1, 1};
    BORN(400, 400, 300);
    alerts[1].enabled = false; /* away: what came meanwhile it never saw */
    BORN(500, 400, 0);
    alerts[1].enabled = true;
    BORN(600, 400, 600);
#undef BORN
    free(tag);
    free(a);
    free(b);
    store_close(s);
}

/* ---- outbox -------------------------------------------------------------------------------------------- */

static char hook[] = "hook", mail[] = "mail",
            facts[] = "{\"item\":{\"title\":\"T\",\"url\":\"https://p.example/1\"}}";

static bool add(struct store *s, const char *key, char *notify, char *recipient, enum level level,
                int64_t at) {
    struct row row = {.notify = notify,
                      .recipient = recipient,
                      .kind = KIND_NEW,
                      .level = level,
                      .state = ROW_PENDING,
                      .created = at,
                      .next = at,
                      .alert = hook,
                      .facts = facts};
    snprintf(row.key, sizeof row.key, "%s", key);
    return store_row_add(s, &row);
}

/* A hand of rows comes in the order of an index: what waits behind it, 100,000 rows perhaps, is not read. */
static void assert_no_sorting(struct store *s) {
    size_t seen = 0;
    for (size_t i = 0; i < s->n_cache; i++) {
        if (!strstr(s->cache[i].text, "temp.hand) ORDER BY")) continue;
        seen++;
        assert_int_equal(sqlite3_stmt_status(s->cache[i].st, SQLITE_STMTSTATUS_SORT, 0), 0);
        assert_int_equal(sqlite3_stmt_status(s->cache[i].st, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0), 0);
    }
    assert_int_equal(seen, 2);
}

static size_t hand(struct store *s, const char *notify, int64_t now, int64_t *first, bool *more) {
    size_t n;
    struct row **rows = store_hand_out(s, notify, now, &n, more);
    if (n) *first = rows[0]->id;
    for (size_t i = 0; i < n; i++) row_free(rows[i]);
    free(rows);
    return n;
}

static void result(struct store *s, int64_t row, enum outcome outcome, int64_t next) {
    struct row_result r = {.row = row, .outcome = outcome, .at = 5000, .next = next};
    if (outcome != OUTCOME_SENT) snprintf(r.error, sizeof r.error, "it said no");
    store_result(s, &r);
}

static void test_rows(void **state) {
    (void)state;
    struct store *s = open_store();
    char one[] = "ada@a.example", two[] = "ben@b.example";
    int64_t first = 0;
    bool more;
    store_begin(s, SYNC_FULL);
    assert_true(add(s, "na_1", mail, one, LEVEL_URGENT, 1000));
    assert_true(add(s, "na_1", mail, two, LEVEL_URGENT, 1000));
    assert_false(add(s, "na_1", mail, two, LEVEL_URGENT, 1000)); /* (key, recipient) is the row */
    for (int i = 0; i < 100; i++) {
        char key[KEY_SIZE];
        snprintf(key, sizeof key, "na_h%d", i);
        add(s, key, hook, NULL, LEVEL_ROUTINE, 1000 + i);
    }
    add(s, "na_flash", hook, NULL, LEVEL_FLASH, 9000);
    assert_int_equal(hand(s, mail, 2000, &first, &more), 2);
    assert_false(more);
    assert_int_equal(hand(s, hook, 9000, &first, &more), LIMIT_ROWS_A_DESTINATION);
    assert_true(more);
    assert_int_equal(first, 104); /* (a refused row takes a number) flash before all older ones */
    assert_int_equal(hand(s, hook, 9000, &first, &more), 0); /* nothing twice, nothing beyond the cap */
    assert_no_sorting(s);
    assert_true(more);
    result(s, first, OUTCOME_SENT, 0);
    assert_int_equal(hand(s, hook, 9000, &first, &more), 1);
    int64_t sent = first;
    result(s, sent, OUTCOME_SENT, 0);
    assert_int_equal(store_commit(s), 0);
    store_close(s);

    s = open_store(); /* a restart: what is pending is handed out again, what was sent is not */
    store_begin(s, SYNC_FULL);
    assert_int_equal(sql_int(s, 0, "SELECT count(*) FROM outbox WHERE state = 1", ""), 101);
    hand(s, hook, 9000, &first, &more);
    assert_true(first != sent && first != 104);
    result(s, first, OUTCOME_RETRY, 20000);
    assert_int_equal(sql_int(s, 0, "SELECT attempts FROM outbox WHERE id = ?", "i", first), 1);
    assert_int_equal(sql_int(s, 0, "SELECT next FROM outbox WHERE id = ?", "i", first), 20000);
    result(s, first, OUTCOME_DEAD, 0);
    assert_int_equal(sql_int(s, 0, "SELECT state FROM outbox WHERE id = ?", "i", first), ROW_DEAD);
    assert_int_equal(store_commit(s), 0);
    store_close(s);
}

/* 64 rows that wait for hours do not keep a destination's new ones from it. */
static void test_far_retries_do_not_block(void **state) {
    (void)state;
    struct store *s = open_store();
    int64_t first;
    bool more;
    size_t n;
    store_begin(s, SYNC_FULL);
    for (int i = 0; i < 70; i++) {
        char key[KEY_SIZE];
        snprintf(key, sizeof key, "na_%d", i);
        add(s, key, mail, NULL, LEVEL_URGENT, 1000);
    }
    struct row **rows = store_hand_out(s, mail, 1000, &n, &more);
    for (size_t i = 0; i < n; i++) {
        result(s, rows[i]->id, OUTCOME_RETRY, 1000 + 4 * HOUR);
        row_free(rows[i]);
    }
    free(rows);
    assert_int_equal(hand(s, mail, 2000, &first, &more), 6);
    store_commit(s);
    store_close(s);
}

static int64_t ids(json_t *list) {
    int64_t n = (int64_t)json_array_size(list);
    json_decref(list);
    return n;
}

/* A summary takes what the loop names, and what stands behind it in the store and is old enough. */
static void test_merge(void **state) {
    (void)state;
    struct store *s = open_store();
    char one[] = "ada@a.example", two[] = "ben@b.example";
    int64_t first;
    bool more;
    size_t n;
    store_begin(s, SYNC_FULL);
    add(s, "na_1", mail, one, LEVEL_URGENT, 1000);
    add(s, "na_2", mail, one, LEVEL_URGENT, 1000);
    assert_int_equal(hand(s, mail, 2000, &first, &more), 2);
    add(s, "na_3", mail, one, LEVEL_ROUTINE, 3000);
    add(s, "na_4", mail, two, LEVEL_URGENT, 3000);
    add(s, "na_5", mail, one, LEVEL_FLASH, 3000);
    add(s, "na_6", mail, one, LEVEL_URGENT, 5001);
    add(s, "na_7", hook, NULL, LEVEL_URGENT, 3000);
    add(s, "na_8", mail, one, LEVEL_URGENT, 5000);
    const int64_t named[] = {2, 1, 7, 99}; /* 7 is another notifier's */
    struct row **rows = store_rows_waiting(s, mail, named, 4, 5000, &n);
    static const int64_t expected[] = {2, 1, 3, 8};
    assert_int_equal(n, 4);
    for (size_t i = 0; i < n; i++) assert_int_equal(rows[i]->id, expected[i]);
    add(s, "na_sum", mail, one, LEVEL_URGENT, 1000);
    store_rows_merged(s, rows, n, "na_sum", 6000);
    store_hand_return(s, named, 4);
    for (size_t i = 0; i < n; i++) row_free(rows[i]);
    free(rows);
    assert_int_equal(
        sql_int(s, 0, "SELECT count(*) FROM outbox WHERE state = 4 AND ended = 6000 AND merged = 9", ""), 4);
    assert_int_equal(hand(s, mail, 7000, &first, &more), 4); /* na_4, na_5, na_6 and the summary */
    assert_int_equal(ids(store_rows_retry(s, &(struct row_choice){.id = 1}, 7000)), 0);
    rows = store_rows_waiting(s, mail, named, 4, 5000, &n); /* again: all are gone */
    assert_int_equal(n, 0);
    free(rows);
    assert_int_equal(store_commit(s), 0);
    store_close(s);
}

static void test_retry_and_drop(void **state) {
    (void)state;
    struct store *s = open_store();
    store_begin(s, SYNC_FULL);
    add(s, "na_1", hook, NULL, LEVEL_URGENT, 1000);
    add(s, "na_2", hook, NULL, LEVEL_URGENT, 1000);
    add(s, "na_3", mail, NULL, LEVEL_URGENT, 1000);
    result(s, 1, OUTCOME_DEAD, 0);
    result(s, 2, OUTCOME_SENT, 0);
    result(s, 3, OUTCOME_DEAD, 0);
    assert_int_equal(ids(store_rows_retry(s, &(struct row_choice){.id = 2}, 7000)), 0); /* it was sent */
    assert_int_equal(ids(store_rows_retry(s, &(struct row_choice){.id = 99}, 7000)), 0);
    assert_int_equal(ids(store_rows_retry(s, &(struct row_choice){.notify = hook}, 7000)), 1);
    assert_int_equal(sql_int(s, 0, "SELECT next FROM outbox WHERE id = 1 AND state = 1 AND attempts = 0", ""),
                     7000);
    assert_int_equal(ids(store_rows_retry(s, &(struct row_choice){.all_dead = true}, 8000)), 1);
    assert_int_equal(ids(store_rows_drop(s, &(struct row_choice){.id = 2})), 0);
    assert_int_equal(ids(store_rows_drop(s, &(struct row_choice){.notify = mail})), 1);
    assert_int_equal(ids(store_rows_drop(s, &(struct row_choice){.id = 1})), 1);
    assert_int_equal(sql_int(s, 0, "SELECT count(*) FROM outbox", ""), 1);
    store_commit(s);
    store_close(s);
}

static void test_pages_and_counts(void **state) {
    (void)state;
    struct store *s = open_store();
    store_begin(s, SYNC_FULL);
    for (int i = 0; i < (int)LIMIT_PAGE_ROWS + 3; i++) {
        char key[KEY_SIZE];
        snprintf(key, sizeof key, "na_%d", i);
        add(s, key, i % 2 ? hook : mail, NULL, LEVEL_URGENT, 1000);
    }
    result(s, 1, OUTCOME_DEAD, 0);
    int64_t more = 0;
    json_t *page = store_outbox_page(s, -1, NULL, 0, &more);
    assert_int_equal(json_array_size(page), LIMIT_PAGE_ROWS);
    assert_int_equal(more, LIMIT_PAGE_ROWS);
    json_decref(page);
    page = store_outbox_page(s, -1, NULL, more, &more);
    assert_int_equal(json_array_size(page), 3);
    assert_int_equal(more, 0);
    json_decref(page);
    page = store_outbox_page(s, ROW_DEAD, mail, 0, &more);
    assert_int_equal(json_array_size(page), 1);
    char *text = json_dumps(json_array_get(page, 0), JSON_COMPACT);
    assert_string_equal(
        text, "{\"id\":1,\"key\":\"na_0\",\"notify\":\"mail\",\"alert\":\"hook\",\"kind\":\"new\",\"level\":"
              "\"urgent\",\"state\":\"dead\",\"attempts\":1,\"created\":\"1970-01-01T00:00:01Z\",\"error\":"
              "\"it said no\",\"title\":\"T\",\"url\":\"https://p.example/1\"}");
    free(text);
    json_decref(page);
    json_t *counts = store_counts(s);
    text = json_dumps(counts, JSON_COMPACT);
    assert_string_equal(
        text, "[{\"notify\":\"hook\",\"pending\":251,\"held\":0,\"dead\":0},"
              "{\"notify\":\"mail\",\"pending\":251,\"held\":0,\"dead\":1,\"error\":\"it said no\"}]");
    free(text);
    json_decref(counts);
    store_commit(s);
    store_close(s);
}

static void test_outbox_full(void **state) {
    (void)state;
    struct store *s = open_store();
    int64_t first;
    bool more;
    store_begin(s, SYNC_FULL);
    add(s, "na_in_hand", hook, NULL, LEVEL_ROUTINE, 1000);
    hand(s, hook, 1000, &first, &more);
    for (int i = 0; i < 10; i++) {
        char key[KEY_SIZE];
        snprintf(key, sizeof key, "na_%d", i);
        add(s, key, hook, NULL, i < 5 ? LEVEL_URGENT : LEVEL_ROUTINE, 1000);
    }
    json_t *given_up = json_object();
    int64_t waiting;
    assert_int_equal(store_outbox_trim(s, 11, 2000, given_up, &waiting), 0);
    assert_int_equal(waiting, 11);
    assert_int_equal(json_object_size(given_up), 0);
    assert_int_equal(store_outbox_trim(s, 8, 2000, given_up, &waiting), 3);
    assert_int_equal(json_integer_value(json_object_get(given_up, hook)), 3);
    assert_int_equal(sql_int(s, 0,
                             "SELECT count(*) FROM outbox WHERE state = 3 AND error = 'outbox full'"
                             " AND level = 0 AND id IN (7, 8, 9)",
                             ""),
                     3);
    /* never the urgent ones, nor what the loop has */
    assert_int_equal(store_outbox_trim(s, 0, 2000, given_up, &waiting), 2);
    assert_int_equal(waiting, 8);
    json_decref(given_up);
    store_commit(s);
    store_close(s);
}

static void test_told(void **state) {
    (void)state;
    struct store *s = open_store();
    struct destination_told told;
    store_begin(s, SYNC_FULL);
    store_told(s, hook, &told);
    assert_true(!told.trouble && !told.since && !told.full);
    store_told_set(s, hook, &(struct destination_told){2, 1234, false});
    store_told_set(s, "told", &(struct destination_told){0, 0, true});
    store_told(s, hook, &told);
    assert_true(told.trouble == 2 && told.since == 1234 && !told.full);
    json_t *full = store_told_full(s);
    assert_int_equal(json_array_size(full), 1);
    assert_string_equal(json_string_value(json_array_get(full, 0)), "told");
    json_decref(full);
    store_told_set(s, hook, &(struct destination_told){0});
    store_told(s, hook, &told);
    assert_int_equal(told.trouble, 0);
    assert_int_equal(store_last_sent(s, hook), 0);
    add(s, "na_sent", hook, NULL, LEVEL_ROUTINE, 1000);
    sql_run(s, "UPDATE outbox SET state = 2, ended = 5000", "");
    assert_int_equal(store_last_sent(s, hook), 5000);
    assert_int_equal(store_commit(s), 0);
    store_close(s);
}

/* ---- pruning ------------------------------------------------------------------------------------------- */

static void prune_all(struct store *s, const struct config *c, int64_t now) {
    bool more = true;
    for (int i = 0; more && i < 100; i++) {
        store_begin(s, SYNC_FULL);
        more = store_prune(s, c, now);
        assert_int_equal(store_commit(s), 0);
    }
    assert_false(more);
}

static struct config *config_of(const char *text) {
    AUTOFREE char *path = xasprintf("%s/n.conf", dir);
    FILE *f = fopen(path, "we");
    fputs(text, f);
    fclose(f);
    struct problems problems = PROBLEMS_INIT;
    struct config *c = config_read(path, CONFIG_START, &problems);
    assert_int_equal(problems.errors, 0);
    problems_clear(&problems);
    return c;
}

static void test_prune(void **state) {
    (void)state;
    struct store *s = open_store();
    char location[] = "https://p.example/f";
    struct config *c = config_of("keep = 30d\ncontact = a@b.example\n[notify hook]\nkind = terminal\n"
                                 "[feed f]\nurl = https://p.example/f\n");
    int64_t now = time_wall();
    store_begin(s, SYNC_FULL);
    int64_t feed = feed_of(s, location);
    struct item item = {.id = TEXT("a"), .title = TEXT("Old"), .published = TIME_NONE};
    struct item_keys *k = keys_one(&item);
    for (int i = 0; i < 1200; i++) store_item_add(s, feed, &item, k, VERDICT_NEW, now - 31 * DAY);
    int64_t row = store_item_add(s, feed, &item, k, VERDICT_NEW, now - 29 * DAY);
    store_matched(s, 1, "x", LEVEL_URGENT, true, now - 31 * DAY);
    assert_true(store_matched(s, row, "x", LEVEL_URGENT, true, now));
    assert_false(store_matched(s, row, "x", LEVEL_URGENT, true, now));
    add(s, "na_1", hook, NULL, LEVEL_URGENT, now - 40 * DAY); /* pending, of a notifier that is there */
    add(s, "na_2", mail, NULL, LEVEL_URGENT, now - 40 * DAY); /* of one that is gone */
    add(s, "na_3", mail, NULL, LEVEL_URGENT, now - DAY);
    add(s, "na_4", hook, NULL, LEVEL_URGENT, now - 40 * DAY);
    sql_run(s, "UPDATE outbox SET state = 2, ended = ? WHERE key = 'na_4'", "i", now - 31 * DAY);
    add(s, "na_5", hook, NULL, LEVEL_URGENT, now - 400 * DAY); /* dead: until somebody has seen it */
    sql_run(s, "UPDATE outbox SET state = 3, ended = ? WHERE key = 'na_5'", "i", now - 399 * DAY);
    assert_int_equal(store_commit(s), 0);
    prune_all(s, c, now);
    assert_int_equal(sql_int(s, 0, "SELECT count(*) FROM item", ""), 1);
    assert_int_equal(sql_int(s, 0, "SELECT count(*) FROM matched", ""), 1);
    assert_int_equal(
        sql_int(s, 0, "SELECT group_concat(state, '') FROM (SELECT state FROM outbox ORDER BY id)", ""),
        1313);
    /* The item goes, and is still known: as unchanged. */
    prune_all(s, c, now + 5 * DAY);
    struct known_item known;
    bool settled;
    store_items_known(s, feed, k, 1, &known, &settled);
    assert_int_equal(known.row, row);
    assert_memory_equal(known.content, k->content, ITEM_KEY_SIZE);
    /* A mark stays while the feed says nothing new, and 90 days after it stopped listing the item. */
    prune_all(s, c, now + 400 * DAY);
    assert_int_equal(store_item_row(s, feed, k), row);
    sql_run(s, "UPDATE feed SET read_at = ?", "i", now + 50 * DAY);
    prune_all(s, c, now + 400 * DAY);
    assert_int_equal(store_item_row(s, feed, k), row);
    sql_run(s, "UPDATE feed SET read_at = ?", "i", now + 92 * DAY);
    prune_all(s, c, now + 400 * DAY);
    assert_int_equal(store_item_row(s, feed, k), 0);
    /* A feed that left the configuration stays for a while. */
    config_free(c);
    c = config_of("keep = 30d\ncontact = a@b.example\n[notify hook]\nkind = terminal\n");
    prune_all(s, c, now + 480 * DAY);
    assert_int_equal(sql_int(s, 0, "SELECT count(*) FROM feed", ""), 1);
    prune_all(s, c, now + 491 * DAY);
    assert_int_equal(sql_int(s, 0, "SELECT count(*) FROM feed", ""), 0);
    free(k);
    config_free(c);
    store_close(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, gone)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_open),
        TEST(test_from_three),
        TEST(test_from_three),
        TEST(test_prune_stories),
        TEST(test_in_use),
        TEST(test_newer),
        TEST(test_no_folder),
        TEST(test_damaged_at_start),
        TEST(test_damaged_later),
        TEST(test_feed_record),
        TEST(test_claim_and_learned),
        TEST(test_fleet),
        TEST(test_known_items),
        TEST(test_rollback),
        TEST(test_alerts_born),
        TEST(test_rows),
        TEST(test_far_retries_do_not_block),
        TEST(test_retry_and_drop),
        TEST(test_merge),
        TEST(test_pages_and_counts),
        TEST(test_outbox_full),
        TEST(test_told),
        TEST(test_prune),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

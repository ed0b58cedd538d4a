/* Each write, sync and cut of the disk, and each step of a query, fails once, in turn: by a file system of
 * our own under SQLite (a VFS), and by a sqlite3_step of our own in front of its. What comes of it: a commit
 * that said yes is there, one that said no is there whole or not at all, the next one works, and the database
 * is sound. TORTURE=all takes each, else every third. */
#include "unit.h"

#include "store_folder.h"

#include "base/mem.h"
#include "base/time.h"
#include "store/sql.h"
#include "store/stories.h"

#include <dlfcn.h>
#include <unistd.h>

/* ---- what fails: the n-th call ---- */

static struct counter {
    long calls, fail; /* fail 0: none */
    int code;
} disk, steps;

static bool fails(struct counter *w) {
    return ++w->calls == w->fail;
}

static sqlite3_vfs vfs, *real;
static sqlite3_io_methods methods;
static const sqlite3_io_methods *below;

static int disk_write(sqlite3_file *f, const void *bytes, int n, sqlite3_int64 at) {
    return fails(&disk) ? disk.code : below->xWrite(f, bytes, n, at);
}
static int disk_sync(sqlite3_file *f, int flags) {
    return fails(&disk) ? SQLITE_IOERR_FSYNC : below->xSync(f, flags);
}
static int disk_truncate(sqlite3_file *f, sqlite3_int64 size) {
    return fails(&disk) ? SQLITE_IOERR_TRUNCATE : below->xTruncate(f, size);
}
static int disk_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *ret_flags) {
    (void)v;
    int rc = real->xOpen(real, name, f, flags, ret_flags);
    if (!f->pMethods) return rc;
    /* One kind of lock, one table of methods. */
    if (!below) {
        below = f->pMethods;
        methods = *below;
        methods.xWrite = disk_write;
        methods.xSync = disk_sync;
        methods.xTruncate = disk_truncate;
    }
    if (f->pMethods == below) f->pMethods = &methods;
    return rc;
}

/* sqlite3_exec takes no word of a step's but the statement's own: it fails as a whole. */
static bool in_exec;

int sqlite3_step(sqlite3_stmt *st) {
    static int (*step)(sqlite3_stmt *);
    if (!step) *(void **)&step = dlsym(RTLD_NEXT, "sqlite3_step");
    return !in_exec && fails(&steps) ? SQLITE_IOERR : step(st);
}

int sqlite3_exec(sqlite3 *db, const char *sql, int (*row)(void *, int, char **, char **), void *arg,
                 char **why) {
    static int (*exec)(sqlite3 *, const char *, int (*)(void *, int, char **, char **), void *, char **);
    if (!exec) *(void **)&exec = dlsym(RTLD_NEXT, "sqlite3_exec");
    if (in_exec) return exec(db, sql, row, arg, why); /* of SQLite's own, within one of ours */
    if (fails(&steps)) return SQLITE_IOERR;
    in_exec = true;
    int rc = exec(db, sql, row, arg, why);
    in_exec = false;
    return rc;
}

/* ---- what is done ---- */

static char dir[200], notify[] = "hook", facts[] = "{\"item\":{\"title\":\"T\"}}", alert[] = "fire";
#define LOCATION "https://a.example/feed"

static void take_document(struct store *s) {
    struct feed_record record;
    store_feed_load(s, LOCATION, &record);
    store_feed_save(s, LOCATION, &record);
    for (int i = 0; i < 3; i++) {
        const struct item item = {.title = TEXT("T"), .url = TEXT("https://a.example/1")};
        struct item_keys keys = {.has_id = true};
        char key[KEY_SIZE] = {'n', 'a', '_', (char)('1' + i)};
        keys.id[0] = (unsigned char)(i + 1);
        int64_t item_row = store_item_add(s, record.id, &item, &keys, VERDICT_NEW, 1000);
        store_matched(s, item_row, alert, LEVEL_URGENT, true, 1000);
        struct row row = {.notify = notify,
                          .state = ROW_PENDING,
                          .created = 1000,
                          .next = 1000,
                          .alert = alert,
                          .facts = facts,
                          .story = i};
        memcpy(row.key, key, KEY_SIZE);
        store_row_add(s, &row);
    }
    feed_record_clear(&record);
}

static void take_results(struct store *s) {
    size_t n;
    bool more;
    struct row **rows = store_hand_out(s, notify, 2000, &n, &more);
    store_feed_claim(s, LOCATION, 9000);
    for (size_t i = 0; i < n; i++) {
        const struct row_result r = {
            .row = rows[i]->id, .outcome = i ? OUTCOME_RETRY : OUTCOME_SENT, .at = 2000, .next = 5000};
        store_result(s, &r);
        row_free(rows[i]);
    }
    free(rows);
}

static void take_orders(struct store *s) {
    const struct row_choice all = {.notify = notify};
    const struct mute_record mute = {.what = MUTE_ALERT, .name = alert, .since = 1000, .until = 2000};
    json_decref(store_rows_drop(s, &all));
    store_mute_add(s, &mute);
    store_mutes_ended(s, 3000);
}

static void (*const works[])(struct store *s) = {take_document, take_results, take_orders};
#define WORKS 3

/* How much of it is stored: 0 to WORKS; -1: a piece of one. */
static int done(struct store *s) {
    int64_t items = sql_int(s, 0, "SELECT count(*) FROM item", ""),
            rows = sql_int(s, 0, "SELECT count(*) FROM outbox", ""),
            sent = sql_int(s, 0, "SELECT count(*) FROM outbox WHERE state = 2", ""),
            tried = sql_int(s, 0, "SELECT count(*) FROM outbox WHERE attempts = 1", "");
    int is = !items && !rows && !sent                             ? 0
             : items == 3 && rows == 3 && !sent && !tried         ? 1
             : items == 3 && rows == 3 && sent == 1 && tried == 2 ? 2
             : items == 3 && rows == 1 && sent == 1               ? 3
                                                                  : -1;
    return store_error(s) ? -2 : is;
}

/* Each work until it is committed. Returns how many of them failed. */
static int live(struct store *s, int *ret_done) {
    int failures = 0;
    for (int i = done(s); i >= 0 && i < WORKS; i++) {
        int tries = 0;
        for (;; tries++) {
            if (store_begin(s, i == 1 ? SYNC_NORMAL : SYNC_FULL) == 0) works[i](s);
            if (store_commit(s) == 0) break;
            assert_non_null(store_error(s));
            if (tries > 1)
                fail_msg("step %ld, write %ld: work %d: %s", steps.fail, disk.fail, i, store_error(s));
            failures++;
        }
        *ret_done = i + 1;
        store_tidy(s, false);
    }
    s->wal_pages = 1 << 20;
    store_tidy(s, false);
    return failures;
}

static void heal(void) {
    disk.fail = steps.fail = 0;
}

/* One life in which one thing fails, and the next one, in which nothing does. */
static void once(const char *what, long n) {
    struct store *s = NULL;
    AUTOFREE char *why = NULL;
    int stored = 0;
    disk.calls = steps.calls = 0;
    if (store_open(dir, &s, &why) == 0) live(s, &stored);
    store_close(s);
    heal();
    free(steal(&why));
    if (store_open(dir, &s, &why) < 0) fail_msg("%s %ld: %s", what, n, why);
    assert_null(store_set_aside(s));
    int found = done(s);
    if (found < stored) fail_msg("%s %ld: %d was stored, %d is there", what, n, stored, found);
    char *sound = sql_string(s, "PRAGMA integrity_check", "");
    assert_string_equal(sound, "ok");
    free(sound);
    live(s, &stored);
    assert_int_equal(done(s), WORKS);
    store_close(s);
    folder_empty(dir);
}

static long torture(const char *what, struct counter *w) {
    long step = getenv("TORTURE") ? 1 : 3;
    once(what, 0);
    /* How many there are when nothing fails: of the first life alone. */
    struct store *s = NULL;
    AUTOFREE char *why = NULL;
    int stored;
    disk.calls = steps.calls = 0;
    assert_int_equal(store_open(dir, &s, &why), 0);
    live(s, &stored);
    store_close(s);
    long all = w->calls;
    folder_empty(dir);
    for (long n = 1; n <= all; n += step) {
        w->fail = n;
        once(what, n);
    }
    fprintf(stderr, "# %s: %ld\n", what, all);
    return all;
}

static void each_write(void **state) {
    (void)state;
    disk.code = SQLITE_IOERR_WRITE;
    assert_true(torture("write", &disk) > 30);
    disk.code = SQLITE_FULL;
    torture("full", &disk);
}

static void each_step(void **state) {
    (void)state;
    assert_true(torture("step", &steps) > 60);
}

static int healed(void **state) {
    heal();
    return gone(state);
}

int main(void) {
    json_memory_checked();
    real = sqlite3_vfs_find(NULL);
    vfs = *real;
    vfs.zName = "torture";
    vfs.xOpen = disk_open;
    sqlite3_vfs_register(&vfs, 1);
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(each_write, fresh, healed),
                                       cmocka_unit_test_setup_teardown(each_step, fresh, healed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "store/store.h"

#include "base/failpoint.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "store/sql.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the folder and its lock --------------------------------------------------------------------------- */

static int make_folders(const char *dir) {
    AUTOFREE char *path = xstrdup(dir);
    for (char *c = path + 1; *c; c++)
        if (*c == '/') {
            *c = '\0';
            if (mkdir(path, 0700) < 0 && errno != EEXIST && errno != EROFS && errno != EACCES) return -1;
            *c = '/';
        }
    return mkdir(path, 0700) < 0 && errno != EEXIST ? -1 : 0;
}

static char *folder_words(const char *dir, const char *what, int error) {
    const char *advice = error == ENOSPC || error == EDQUOT ? "free some space on its disk"
                         : error == EACCES || error == EPERM || error == EROFS
                             ? "make it writable, or name another folder with `state =`"
                             : "name another folder with `state =`";
    return xasprintf("cannot %s the state folder %s: %s; %s", what, dir, strerror(error), advice);
}

static int lock_folder(struct store *s, char **ret_why) {
    AUTOFREE char *path = xasprintf("%s/lock", s->dir);
    s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (s->lock < 0) {
        *ret_why = folder_words(s->dir, "write to", errno);
        return -1;
    }
    if (flock(s->lock, LOCK_EX | LOCK_NB) < 0) {
        char pid[24] = "";
        ssize_t n = errno == EWOULDBLOCK ? pread(s->lock, pid, sizeof pid - 1, 0) : -1;
        if (n < 0)
            *ret_why = folder_words(s->dir, "lock", errno);
        else {
            pid[strcspn(pid, "\n")] = '\0';
            *ret_why =
                xasprintf("the state folder %s is in use by newsalertd, pid %s; stop that one, or name "
                          "another folder with `state =`",
                          s->dir, *pid ? pid : "unknown");
        }
        return -1;
    }
    store_hand_read(s);
    char pid[24];
    int len = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(s->lock, 0) < 0 || pwrite(s->lock, pid, (size_t)len, 0) != len) {
        *ret_why = folder_words(s->dir, "write to", errno ? errno : ENOSPC);
        return -1;
    }
    return 0;
}

/* ---- opening the database ------------------------------------------------------------------------------ */

static bool is_damage(int code) {
    return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
}

static int pragma_int(sqlite3 *db, const char *text, int *ret_code) {
    sqlite3_stmt *st = NULL;
    int value = 0, rc = sqlite3_prepare_v2(db, text, -1, &st, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) {
        value = sqlite3_column_int(st, 0);
        rc = SQLITE_OK;
    } else if (rc == SQLITE_DONE)
        rc = SQLITE_OK;
    sqlite3_finalize(st);
    *ret_code = rc;
    return value;
}

/* Reads every page once: a damaged one is better found now than in the middle of a night. */
static int check_pages(sqlite3 *db, const char *path) {
    struct stat st;
    if (stat(path, &st) < 0 || st.st_size > LIMIT_DB_CHECK) return SQLITE_OK;
    sqlite3_stmt *q = NULL;
    int rc = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &q, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_step(q);
    if (rc == SQLITE_ROW) {
        const char *said = (const char *)sqlite3_column_text(q, 0);
        rc = said && !strcmp(said, "ok") ? SQLITE_OK : SQLITE_CORRUPT;
    }
    sqlite3_finalize(q);
    return rc;
}

static int migrate(sqlite3 *db, int from) {
    int rc = SQLITE_OK;
    for (const struct migration *m = store_migrations; m->version && rc == SQLITE_OK; m++) {
        if (m->version <= from) continue;
        char version[64];
        snprintf(version, sizeof version, "PRAGMA user_version = %d", m->version);
        rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
        if (rc == SQLITE_OK) rc = sqlite3_exec(db, m->sql, NULL, NULL, NULL);
        if (rc == SQLITE_OK) rc = sqlite3_exec(db, version, NULL, NULL, NULL);
        FAILPOINT("migration-before", NULL);
        if (rc == SQLITE_OK) rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
        FAILPOINT("migration-after", NULL);
        if (rc != SQLITE_OK && !sqlite3_get_autocommit(db)) sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    }
    return rc;
}

static int wal_grew(void *ctx, sqlite3 *db, const char *name, int pages) {
    (void)db, (void)name;
    ((struct store *)ctx)->wal_pages = pages;
    ((struct store *)ctx)->wrote = true;
    return SQLITE_OK;
}

/* 0, -1 (*ret_why), or 1: damaged. The connection is open in the first case only. */
static int open_database(struct store *s, char **ret_why) {
    char settings[400];
    snprintf(settings, sizeof settings,
             "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;"
             "PRAGMA journal_size_limit = %u; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4000;"
             "CREATE TEMP TABLE hand(id INTEGER PRIMARY KEY, notify TEXT NOT NULL, next INTEGER NOT NULL);"
             "CREATE INDEX temp.hand_notify ON hand(notify);",
             LIMIT_DB_JOURNAL);
    /* Made here, so that it is private whatever the umask says. */
    int fd = open(s->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        *ret_why = folder_words(s->dir, "write to", errno);
        return -1;
    }
    close(fd);
    int version = 0;
    s->sync = SYNC_FULL;
    int rc = sqlite3_open_v2(s->path, &s->db,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_extended_result_codes(s->db, 1);
        sqlite3_busy_timeout(s->db, LIMIT_DB_WAIT_MS);
        version = pragma_int(s->db, "PRAGMA user_version", &rc);
    }
    if (rc == SQLITE_OK && version > store_version) {
        *ret_why =
            xasprintf("%s was written by a newer newsalertd (schema %d, this one knows %d); start that "
                      "version, or move the file away",
                      s->path, version, store_version);
        sql_close(s);
        return -1;
    }
    if (rc == SQLITE_OK) rc = check_pages(s->db, s->path);
    if (rc == SQLITE_OK) rc = sqlite3_exec(s->db, settings, NULL, NULL, NULL);
    if (rc == SQLITE_OK) rc = migrate(s->db, version);
    if (rc == SQLITE_OK) {
        sqlite3_wal_hook(s->db, wal_grew, s);
        return 0;
    }
    int result = is_damage(rc) ? 1 : -1;
    if (result < 0) *ret_why = store_words(s->db, rc, s->path);
    sql_close(s);
    return result;
}

static int set_aside(struct store *s, char **ret_why) {
    char when[TIME_TEXT];
    time_rfc3339(time_wall(), when);
    AUTOFREE char *aside = NULL;
    /* Twice in one second is possible; nothing set aside is ever overwritten. */
    for (int i = 0; i < 100; i++) {
        free(aside);
        aside =
            i ? xasprintf("%s.damaged-%s.%d", s->path, when, i) : xasprintf("%s.damaged-%s", s->path, when);
        if (access(aside, F_OK) < 0) break;
    }
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        AUTOFREE char *from = xasprintf("%s%s", s->path, suffixes[i]);
        AUTOFREE char *to = xasprintf("%s%s", aside, suffixes[i]);
        if (rename(from, to) < 0 && errno != ENOENT) {
            *ret_why = xasprintf("%s is damaged, and cannot be set aside: %s; move it away", s->path,
                                 strerror(errno));
            return -1;
        }
        FAILPOINT("set-aside", NULL);
    }
    free(s->set_aside);
    s->set_aside = steal(&aside);
    s->after_damage = true;
    return 0;
}

/* The installation id, and the mark that the feeds are to be told of the damage, stand in the first commit.
 */
static int read_installation(struct store *s, char **ret_why) {
    store_begin(s, SYNC_FULL);
    FAILPOINT_HOLDS("open", NULL);
    sqlite3_stmt *st = sql_query(s, "SELECT value FROM meta WHERE key = 'installation'", "");
    struct text found = TEXT_NONE;
    if (sql_next(s, st)) {
        found = sql_text(st, 0);
        if (found.len == sizeof s->installation - 1) memcpy(s->installation, found.ptr, found.len);
        sql_done(st);
    }
    if (!s->installation[0]) {
        unsigned char random[17];
        if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) abort();
        base32(random, sizeof s->installation - 1, s->installation);
        sql_run(s, "INSERT OR REPLACE INTO meta VALUES('installation', ?)", "s", s->installation);
    }
    if (s->after_damage) sql_run(s, "INSERT OR REPLACE INTO meta VALUES('after_damage', 1)", "");
    /* Written at each start, so that a disk that takes nothing is found now. */
    sql_run(s, "INSERT OR REPLACE INTO meta VALUES('started', ?)", "i", time_wall());
    if (store_commit(s) < 0) {
        *ret_why = xstrdup(s->error);
        sql_close(s);
        return -1;
    }
    s->after_damage = false;
    return 0;
}

static int open_or_begin(struct store *s, bool damaged, char **ret_why) {
    int r = damaged ? 1 : open_database(s, ret_why);
    if (r == 1) {
        if (set_aside(s, ret_why) < 0) return -1;
        r = open_database(s, ret_why);
        if (r == 1) *ret_why = xasprintf("%s: a fresh database is damaged, too; look at the disk", s->path);
    }
    if (r) return -1;
    s->installation[0] = '\0';
    return read_installation(s, ret_why);
}

int store_open(const char *dir, struct store **ret, char **ret_why) {
    struct store *s = xcalloc(1, sizeof *s);
    s->lock = -1;
    s->dir = xstrdup(dir);
    s->path = xasprintf("%s/newsalertd.db", dir);
    if (make_folders(dir) < 0) {
        *ret_why = folder_words(dir, "make", errno);
        store_close(s);
        return -1;
    }
    if (lock_folder(s, ret_why) < 0 || open_or_begin(s, false, ret_why) < 0) {
        store_close(s);
        return -1;
    }
    *ret = s;
    return 0;
}

int store_recover(struct store *s, char **ret_why) {
    sql_close(s);
    store_forget_error(s);
    return open_or_begin(s, true, ret_why);
}

struct store *store_close(struct store *s) {
    if (!s) return NULL;
    sql_close(s);
    if (s->lock >= 0) close(s->lock);
    for (int h = 0; h < HANDS; h++) free(s->crashed[h]);
    free(s->set_aside);
    free(s->error);
    free(s->path);
    free(s->dir);
    free(s);
    return NULL;
}

const char *store_installation(const struct store *s) {
    return s->installation;
}

const char *store_set_aside(const struct store *s) {
    return s->set_aside;
}

bool store_is_after_damage(struct store *s) {
    return sql_int(s, 0, "SELECT value FROM meta WHERE key = 'after_damage'", "") != 0;
}

/* ---- transactions -------------------------------------------------------------------------------------- */

static void exec(struct store *s, const char *text) {
    if (!s->db) sql_fail(s, SQLITE_CANTOPEN);
    if (s->failed) return;
    int rc = sqlite3_exec(s->db, text, NULL, NULL, NULL);
    if (rc != SQLITE_OK) sql_fail(s, rc);
}

void store_forget_error(struct store *s) {
    s->failed = 0;
    free(s->error);
    s->error = NULL;
}

/* After a recover that failed (a full disk) there is no connection: each transaction tries anew. */
static int reopen(struct store *s) {
    AUTOFREE char *why = NULL;
    int r = open_or_begin(s, false, &why);
    store_forget_error(s);
    if (r == 0) return 0;
    s->failed = SQLITE_CANTOPEN;
    s->error = steal(&why);
    return -1;
}

int store_begin(struct store *s, enum store_sync sync) {
    store_forget_error(s);
    if (!s->db && reopen(s) < 0) return -1;
    s->wrote = false;
    FAILPOINT_BEGIN();
    if (s->sync != sync)
        exec(s, sync == SYNC_FULL ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    if (!s->failed) s->sync = sync;
    sql_run(s, "BEGIN IMMEDIATE", "");
    return s->failed ? -1 : 0;
}

int store_commit(struct store *s) {
    FAILPOINT_COMMIT("before");
    sql_run(s, "COMMIT", "");
    if (s->failed) {
        store_rollback(s);
        return -1;
    }
    FAILPOINT_COMMIT("after");
    return 0;
}

bool store_wrote(const struct store *s) {
    return s->wrote;
}

/* SQLite itself rolls back after some errors (a full disk), and leaves the transaction open after others. */
void store_rollback(struct store *s) {
    /* A log that cannot grow may still be written back, and be begun anew: see store_tidy. */
    if (s->failed) s->wal_pages = LIMIT_DB_WAL_BUSY;
    if (s->db && !sqlite3_get_autocommit(s->db)) sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}

const char *store_error(const struct store *s) {
    return s->failed ? s->error : NULL;
}

bool store_damaged(const struct store *s) {
    return is_damage(s->failed);
}

bool store_untidy(const struct store *s) {
    return s->db && s->wal_pages >= LIMIT_DB_WAL_PAGES;
}

void store_tidy(struct store *s, bool busy) {
    if (!s->db || s->wal_pages < (int)(busy ? LIMIT_DB_WAL_BUSY : LIMIT_DB_WAL_PAGES)) return;
    int left = 0;
    FAILPOINT("checkpoint-before", NULL);
    /* Passive: readers and the disk keep their pace; what a reader holds back goes the next time. */
    if (sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &left, NULL) == SQLITE_OK)
        s->wal_pages = 0;
    FAILPOINT("checkpoint-after", NULL);
}

#include "store/sql.h"

#include "base/mem.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

char *store_words(sqlite3 *db, int code, const char *path) {
    int os = db ? sqlite3_system_errno(db) : errno;
    switch (code & 0xff) {
    case SQLITE_FULL: return xasprintf("cannot write %s: the disk is full; free some space", path);
    case SQLITE_IOERR:
        if (os == ENOSPC || os == EDQUOT)
            return xasprintf("cannot write %s: the disk is full; free some space", path);
        return xasprintf("cannot read or write %s: %s; look at the disk", path,
                         os ? strerror(os) : sqlite3_errstr(code));
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return xasprintf("cannot write %s: not permitted; make it and its folder writable", path);
    case SQLITE_CANTOPEN:
        return xasprintf("cannot open %s: %s; its folder must exist and be writable", path,
                         os ? strerror(os) : "not possible");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return xasprintf("%s is locked by another program; end what reads or copies it", path);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return xasprintf("%s is damaged (%s)", path, sqlite3_errstr(code));
    case SQLITE_NOMEM: return xasprintf("no memory for %s", path);
    default: return xasprintf("%s: %s", path, db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
    }
}

void sql_fail(struct store *s, int code) {
    if (s->failed) return;
    s->failed = code ? code : SQLITE_ERROR;
    free(s->error);
    s->error = store_words(s->db, s->failed, s->path);
}

static sqlite3_stmt *sql_prepare(struct store *s, const char *text) {
    if (!s->db) sql_fail(s, SQLITE_CANTOPEN);
    if (s->failed) return NULL;
    for (size_t i = 0; i < s->n_cache; i++)
        if (s->cache[i].text == text) return s->cache[i].st;
    sqlite3_stmt *st = NULL;
    if (s->n_cache == SQL_STATEMENTS) {
        sql_fail(s, SQLITE_MISUSE);
        return NULL;
    }
    int rc = sqlite3_prepare_v3(s->db, text, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL);
    if (rc != SQLITE_OK) {
        sql_fail(s, rc);
        return NULL;
    }
    s->cache[s->n_cache].text = text;
    s->cache[s->n_cache++].st = st;
    return st;
}

static int bind_one(sqlite3_stmt *st, int at, char kind, va_list *args) {
    switch (kind) {
    case 'i': return sqlite3_bind_int64(st, at, va_arg(*args, int64_t));
    case 's': return sqlite3_bind_text(st, at, va_arg(*args, const char *), -1, SQLITE_TRANSIENT);
    case 't': {
        struct text t = va_arg(*args, struct text);
        return t.ptr ? sqlite3_bind_text64(st, at, t.ptr, t.len, SQLITE_TRANSIENT, SQLITE_UTF8)
                     : sqlite3_bind_null(st, at);
    }
    case 'b': {
        const void *ptr = va_arg(*args, const void *);
        size_t len = va_arg(*args, size_t);
        return sqlite3_bind_blob64(st, at, ptr, len, SQLITE_TRANSIENT);
    }
    default: return sqlite3_bind_null(st, at);
    }
}

static sqlite3_stmt *sql_bind(struct store *s, const char *text, const char *values, va_list *args) {
    sqlite3_stmt *st = sql_prepare(s, text);
    for (int i = 0; st && values[i]; i++) {
        int rc = bind_one(st, i + 1, values[i], args);
        if (rc != SQLITE_OK) {
            sql_done(st);
            sql_fail(s, rc);
            return NULL;
        }
    }
    return st;
}

sqlite3_stmt *sql_query(struct store *s, const char *text, const char *values, ...) {
    va_list args;
    va_start(args, values);
    sqlite3_stmt *st = sql_bind(s, text, values, &args);
    va_end(args);
    return st;
}

void sql_run(struct store *s, const char *text, const char *values, ...) {
    va_list args;
    va_start(args, values);
    sqlite3_stmt *st = sql_bind(s, text, values, &args);
    va_end(args);
    while (sql_next(s, st)) {
    }
}

int64_t sql_int(struct store *s, int64_t absent, const char *text, const char *values, ...) {
    va_list args;
    va_start(args, values);
    sqlite3_stmt *st = sql_bind(s, text, values, &args);
    va_end(args);
    if (!sql_next(s, st)) return absent;
    int64_t value = sqlite3_column_type(st, 0) == SQLITE_NULL ? absent : sqlite3_column_int64(st, 0);
    sql_done(st);
    return value;
}

char *sql_string(struct store *s, const char *text, const char *values, ...) {
    va_list args;
    va_start(args, values);
    sqlite3_stmt *st = sql_bind(s, text, values, &args);
    va_end(args);
    if (!sql_next(s, st)) return NULL;
    char *value = sql_dup(st, 0);
    sql_done(st);
    return value;
}

bool sql_next(struct store *s, sqlite3_stmt *st) {
    if (!st) return false;
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) return true;
    if (rc != SQLITE_DONE) sql_fail(s, rc);
    sql_done(st);
    return false;
}

void sql_done(sqlite3_stmt *st) {
    if (!st) return;
    sqlite3_reset(st);
    sqlite3_clear_bindings(st);
}

void sql_close(struct store *s) {
    for (size_t i = 0; i < s->n_cache; i++) sqlite3_finalize(s->cache[i].st);
    s->n_cache = 0;
    sqlite3_close(s->db);
    s->db = NULL;
}

struct text sql_text(sqlite3_stmt *st, int column) {
    /* The pointer first: asking for it may convert, and so change the length. */
    const char *ptr = (const char *)sqlite3_column_text(st, column);
    return ptr ? (struct text){ptr, (size_t)sqlite3_column_bytes(st, column)} : TEXT_NONE;
}

char *sql_dup(sqlite3_stmt *st, int column) {
    struct text t = sql_text(st, column);
    return t.ptr ? xstrndup(t.ptr, t.len) : NULL;
}

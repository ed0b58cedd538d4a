/* The store's own: the connection, and statements with their values in one call. Not for other rooms. */
#ifndef NEWSALERTD_STORE_SQL_H
#define NEWSALERTD_STORE_SQL_H

#include "store/store.h"

#include <sqlite3.h>

#define SQL_STATEMENTS 160 /* distinct statements in this room; a test opens them all */

struct store {
    sqlite3 *db;
    char *dir, *path;
    int lock;
    char *crashed[HANDS]; /* feeds whose documents were in hand when the last process crashed; NULL: none */
    char installation[27];
    char *set_aside;
    int failed;  /* SQLite's extended code of the first error; 0: none */
    char *error; /* the same in words */
    int wal_pages;
    enum store_sync sync; /* as the connection has it now */
    bool wrote;           /* the transaction since the last begin came to the disk */
    bool after_damage;    /* set aside, and not yet noted in the fresh database */
    struct {              /* prepared once a connection, told apart by the address of their text */
        const char *text;
        sqlite3_stmt *st;
    } cache[SQL_STATEMENTS];
    size_t n_cache;
};

/* values: one letter a parameter: i int64_t, s const char * (NULL: null), t struct text, b pointer and
 * size_t, n null. text must be a literal. */
sqlite3_stmt *sql_query(struct store *s, const char *text, const char *values, ...); /* NULL: failed */
void sql_run(struct store *s, const char *text, const char *values, ...);
/* Steps; false: no more rows (then the statement is reset), or failed. NULL is fine. */
bool sql_next(struct store *s, sqlite3_stmt *st);
void sql_done(sqlite3_stmt *st); /* before its end */
int64_t sql_int(struct store *s, int64_t absent, const char *text, const char *values, ...);
char *sql_string(struct store *s, const char *text, const char *values, ...); /* NULL for no row, and null */
/* Reads what the last process left in the lock file, before it is written anew. */
void store_hand_read(struct store *s);
void sql_fail(struct store *s, int code);
void sql_close(struct store *s); /* statements and connection */

struct text sql_text(sqlite3_stmt *st, int column); /* dies with the next step */
char *sql_dup(sqlite3_stmt *st, int column);        /* NULL for null */

/* Words for a failure of SQLite's at this path: what, where, what to do. Heap. */
char *store_words(sqlite3 *db, int code, const char *path);
extern const struct migration {
    int version;
    const char *sql;
} store_migrations[];
extern const int store_version; /* of the newest */

#endif

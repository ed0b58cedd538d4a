/* The state: one folder, one database (SQLite, WAL), one writer. SQL stands in this room only. Owner and only
 * user of a store is the pipeline thread (before it starts, and after it ended, whoever opened it).
 *
 * The folder (0700) holds newsalertd.db, `lock` (flock by the process whose pid is in it; and the feed it
 * reads just now) and what other rooms put there. A database that turns out damaged is set aside as
 * newsalertd.db.damaged-TIME, never deleted, and a fresh one begins.
 *
 * Failure is sticky: after the first error of a transaction all further calls do nothing, reads find nothing,
 * and store_commit rolls back and returns -1; store_error says why, in words for people. So a caller works
 * straight through and asks once. Times are wall ms. */
#ifndef NEWSALERTD_STORE_STORE_H
#define NEWSALERTD_STORE_STORE_H

#include "config/config.h"
#include "intake/intake.h"
#include "item/message.h"
#include "poll/schedule.h"
#include "poll/schedule_push.h"

struct store;

/* 0; -1: *ret_why says what, where and what to do (caller frees). */
int store_open(const char *dir, struct store **ret, char **ret_why);
struct store *store_close(struct store *s); /* NULL is fine; returns NULL */
/* The database turned out damaged while running: sets it aside and begins a fresh one. 0 or -1. */
int store_recover(struct store *s, char **ret_why);

const char *store_installation(const struct store *s); /* made with the database */
const char *store_set_aside(const struct store *s); /* the damaged file of this open or recover; NULL: none */
/* A damaged database was set aside and the feeds were not yet told (store_feeds_configured does). */
bool store_is_after_damage(struct store *s);

enum store_sync {
    SYNC_FULL,  /* documents, rows, what a person ordered: on the disk when commit returns */
    SYNC_NORMAL /* claims and delivery results: kill -9 keeps them, a power cut may repeat a message */
};
int store_begin(struct store *s, enum store_sync sync); /* 0 or -1; forgets the last error */
int store_commit(struct store *s);                      /* 0; -1: rolled back, see store_error */
/* Did the last committed transaction change anything on the disk? One that did not proves nothing of it. */
bool store_wrote(const struct store *s);
void store_rollback(struct store *s);
const char *store_error(const struct store *s); /* NULL: none since the last begin */
bool store_damaged(const struct store *s);      /* the error is damage: store_recover helps */
void store_forget_error(struct store *s);       /* before reads outside a transaction */

/* -- feeds: one a location ------------------------------------------------------------------------------- */
struct feed_record {
    int64_t id; /* 0: not in the store */
    struct feed_status status;
    bool complete;       /* a document was read to its end */
    bool first_run_none; /* begun after a damaged database: its first document alerts on nothing */
    int64_t read_at;     /* last complete document, or word that it did not change */
    char *stamp;         /* of a path: the file's, as last read to its end; NULL */
};
void feed_record_clear(struct feed_record *r);
/* Fills *ret (status of a new feed when there is none). */
void store_feed_load(struct store *s, const char *location, struct feed_record *ret);
void store_feed_save(struct store *s, const char *location, struct feed_record *r); /* sets id of a new one */
void store_feeds_each(struct store *s, void (*each)(void *ctx, const char *location, struct feed_record *r),
                      void *ctx);
/* At start, reload and once in a while: these feeds are in the configuration now. quiet: their first
 * documents alert on nothing, if none was read yet. */
void store_feeds_configured(struct store *s, const struct config *config, bool quiet, int64_t now);
/* Due then, whatever becomes of the request: a claim, before it starts. */
void store_feed_claim(struct store *s, const char *location, int64_t due);
/* A document of this feed is being read (NULL: none is): noted beside the database, so that a crash knows
 * which ones it may have been. Not part of any transaction; each hand may be another thread's. */
enum reading_hand { HAND_READER, HAND_PIPELINE, HANDS };
void store_in_hand(struct store *s, enum reading_hand hand, const char *location);
/* The feed whose document was in that hand when the last process crashed; NULL: none. Caller frees. Only
 * once. */
char *store_crashed(struct store *s, enum reading_hand hand);
/* What all feeds together have taught the schedule; pace stays where nothing is stored. */
void store_fleet_load(struct store *s, struct schedule_fleet *ret);
void store_fleet_save(struct store *s, const struct schedule_fleet *f);
/* What a plugin remembers of a feed. */
void store_memory_set(struct store *s, int64_t feed, const char *plugin, struct text bytes);
void store_memory_each(struct store *s, int64_t feed,
                       void (*each)(void *ctx, const char *plugin, struct text bytes), void *ctx);

/* -- items and seen marks -------------------------------------------------------------------------------- */
/* What is known of n items. An id that was once found to be shared by two addresses loses has_id. settled:
 * all marks of the item stand and are fresh, store_item_seen would write nothing. */
void store_items_known(struct store *s, int64_t feed, struct item_keys *keys, size_t n,
                       struct known_item *known, bool *settled);
int64_t store_item_row(struct store *s, int64_t feed, const struct item_keys *k); /* 0: not known */
int64_t store_item_add(struct store *s, int64_t feed, const struct item *item, const struct item_keys *k,
                       enum verdict verdict, int64_t now); /* the row; 0: failed */
void store_item_change(struct store *s, int64_t row, const struct item *item, const struct item_keys *k,
                       int64_t now);
void store_item_seen(struct store *s, int64_t feed, int64_t row, const struct item_keys *k, int64_t now);
void store_id_shared(struct store *s, int64_t feed, const unsigned char id[ITEM_KEY_SIZE], int64_t now);

/* -- reading beside the daemon (reading.c) --------------------------------------------------------------- */
/* For another process: read only, without the lock. Only store_items_page, store_error and store_close may
 * follow. 0; -1: *ret_why as of store_open. */
int store_open_reading(const char *dir, struct store **ret, char **ret_why);
/* Items above number `after` that were first seen at `since` or later, in the order they were stored: at most
 * LIMIT_PAGE_ROWS of one snapshot, which ends before `each` is called. *ret_after: the last one's number, 0:
 * there was none. 0 or -1. */
int store_items_page(struct store *s, int64_t since, int64_t after,
                     void (*each)(void *ctx, const char *location, struct text json), void *ctx,
                     int64_t *ret_after);

/* -- alerts ---------------------------------------------------------------------------------------------- */
/* Brings the alerts' birth times up to date with a configuration: a new one, or one whose query or feeds
 * changed, or that was away or disabled, is born now. *ret_born: one an alert of config->alerts (caller
 * frees, also after a failure). */
void store_alerts_born(struct store *s, const struct config *config, int64_t now, int64_t **ret_born);
/* True: an alert matched an item for the first time. False: it had matched it before, which stays. */
bool store_matched(struct store *s, int64_t item, const char *alert, enum level level, bool fired,
                   int64_t now);
/* Did the alert fire on the item (and not only match it)? */
bool store_fired(struct store *s, int64_t item, const char *alert);
/* Threads with a number above `after`, not opened before `since`, oldest first, at most LIMIT_PAGE_ROWS: the
 * contract's objects {alert, id, story, fired, level, state, items}; an item says when and why it joined.
 * closed: is a thread of this alert that fired then closed now? *ret_more: the last id when there are more,
 * else 0. */
json_t *store_alerts_page(struct store *s, int64_t since, int64_t after,
                          bool (*closed)(const void *ctx, const char *alert, int64_t fired), const void *ctx,
                          int64_t *ret_more);

/* -- outbox ---------------------------------------------------------------------------------------------- */
/* id is not read. False: a row of this key and recipient stands already (or it failed). */
bool store_row_add(struct store *s, const struct row *row);
void store_result(struct store *s, const struct row_result *r);
/* The loop's hand: rows that were given to the loop are not given again. Not part of any transaction's fate
 * but the one it is changed in; empty after open. */
struct row **store_hand_out(struct store *s, const char *notify, int64_t now, size_t *ret_n, bool *ret_more);
void store_hand_forget(struct store *s, const char *notify);
/* Beyond `max` waiting rows the oldest routine ones, not in the loop's hand, are dead ("outbox full"): their
 * number; given_up gets {notifier: number}. *ret_waiting: how many waited before. */
size_t store_outbox_trim(struct store *s, int64_t max, int64_t now, json_t *given_up, int64_t *ret_waiting);

/* -- what `notices` were told of destinations (told.c) ----------------------------------------------------
 */
struct destination_told {
    int trouble;   /* the worst that was told, as deliver/trouble.h counts; 0: none */
    int64_t since; /* of it, wall ms */
    bool full;     /* its messages were given up for want of room */
};
void store_told(struct store *s, const char *notify, struct destination_told *ret);
void store_told_set(struct store *s, const char *notify, const struct destination_told *told);
json_t *store_told_full(struct store *s);                     /* the names of those that are full */
int64_t store_last_sent(struct store *s, const char *notify); /* wall ms; 0: nothing that is still kept */

/* The pending rows that are to become one summary: those of `ids`, and behind them such of the same notifier,
 * recipient and class (flash, or not) as the loop was not given, due before `before`; oldest first, at most
 * LIMIT_SUMMARY_ROWS. Rows and array are the caller's. */
struct row **store_rows_waiting(struct store *s, const char *notify, const int64_t *ids, size_t n,
                                int64_t before, size_t *ret_n);
/* They are taken along by the row of this key and recipient, which was added in the same transaction. */
void store_rows_merged(struct store *s, struct row *const *rows, size_t n, const char *key, int64_t now);
/* The loop has let go of them. */
void store_hand_return(struct store *s, const int64_t *ids, size_t n);

struct row_choice {     /* which rows: one of these */
    int64_t id;         /* 0: none */
    const char *notify; /* NULL: none */
    bool all_dead;
};
/* New array of ids; drop and retry. retry: pending now, no attempts, out of the loop's hand. */
json_t *store_rows_retry(struct store *s, const struct row_choice *c, int64_t now);
json_t *store_rows_drop(struct store *s, const struct row_choice *c);
/* The notifiers of rows that are pending, each once. */
json_t *store_rows_notifiers(struct store *s);
/* Contract objects, by number; state -1 and notify NULL: any. */
json_t *store_outbox_page(struct store *s, int state, const char *notify, int64_t after, int64_t *ret_more);
json_t *store_counts(struct store *s); /* [{"notify","pending","held","dead","error"}] */

/* -- WebSub: one lease a feed at most -------------------------------------------------------------------- */
bool store_lease_load(struct store *s, const char *location, struct lease *ret); /* lease_clear it */
void store_leases_each(struct store *s, void (*each)(void *ctx, const struct lease *l), void *ctx);
void store_lease_save(struct store *s, const struct lease *l); /* all but `pushed` and `missed` */
void store_lease_note(struct store *s, const struct lease *l); /* these two */
void store_lease_forget(struct store *s, const char *location);

/* -- pruning --------------------------------------------------------------------------------------------- */
/* One slice, in a transaction of the caller's. True: there is more. */
bool store_prune(struct store *s, const struct config *config, int64_t now);
/* Has the write-ahead log grown so much that it is to be emptied at the next rest? */
bool store_untidy(const struct store *s);
/* Empties it when it has grown; never waits for readers. busy: there is no rest, only if it is far too long.
 */
void store_tidy(struct store *s, bool busy);

#endif

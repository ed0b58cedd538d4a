/* Stories as they are stored: which item tells which, threads and what happened to them, held rows, counted
 * sends, mutes. See schema.c, version 4. Part of the store's interface; the same rules. */
#ifndef NEWSALERTD_STORE_STORIES_H
#define NEWSALERTD_STORE_STORIES_H

#include "store/store.h"
#include "story/decide.h"

/* -- items and their stories -- */
struct item_story { /* why: enum story_why; score: thousandths; near: an item's row */
    int64_t story, why, score, near;
};
/* gist: what is read at start, with the time at which the item was seen. */
void store_item_story(struct store *s, int64_t item, const struct item_story *is, int64_t seen,
                      struct text gist);
int64_t store_story_of(struct store *s, int64_t item); /* 0: none */
int64_t store_story_next(struct store *s);             /* above all that were ever given */
/* Items with a story, in the order in which they were seen. */
struct gist_place { /* one of them, or what is before all */
    int64_t seen, item;
};
/* Before the first of those that were seen since, n at most: the latest. */
struct gist_place store_gists_from(struct store *s, int64_t since, size_t n);
/* The next n behind a place. gist: empty, if none is stored. */
void store_gists_each(struct store *s, struct gist_place after, size_t n,
                      void (*each)(void *ctx, int64_t item, int64_t story, int64_t seen, struct text gist),
                      void *ctx);
/* The stored form of an item, and its feed's location; heap, NULL: none. */
char *store_item_json(struct store *s, int64_t item);
char *store_item_location(struct store *s, int64_t item);
/* The counts of words: all items up to this row are in them. Empty text, 0: there are none. heap. */
void store_words_load(struct store *s, char **ret_bytes, size_t *ret_len, int64_t *ret_item);
void store_words_save(struct store *s, struct text bytes);

/* -- threads and events -- */
struct thread_event {
    int64_t id, thread, item, at;
    int64_t change; /* enum decide_change */
    int64_t why, score, near;
    const char *feed, *publisher, *facts; /* feed and publisher may be NULL */
};
int64_t store_event_add(struct store *s, const struct thread_event *e); /* its number; 0: failed */
void store_event_thread(struct store *s, int64_t event, int64_t thread);
/* One; false: there is none. Texts live in the arena. */
bool store_event_load(struct store *s, int64_t event, struct arena *a, struct thread_event *ret);
/* Those of a thread that joined it, in order, without their facts; at most `max`, the newest. Array in the
 * arena. *ret_all: how many there are. */
struct thread_event *store_thread_events(struct store *s, int64_t thread, size_t max, struct arena *a,
                                         size_t *ret_n, int64_t *ret_all);
int64_t store_thread_first(struct store *s, int64_t thread); /* its first event; 0: none */
/* The last event with facts of the item that opened it: how its first message stands by now. 0: none. */
int64_t store_thread_head(struct store *s, int64_t thread);
/* Is the name known by which the notifier's service edits the thread's first message? */
bool store_thread_posted(struct store *s, int64_t thread, const char *notify);
void store_thread_save(struct store *s, const struct decide_thread *t, const char *alert, enum level level);
void store_thread_expired(struct store *s, int64_t thread, size_t sources); /* at least one */
typedef void (*store_thread_fn)(void *ctx, const char *alert, const struct decide_thread *t);
/* Those that opened since then, and those of which something is held. */
void store_threads_each(struct store *s, int64_t since, store_thread_fn each, void *ctx);
/* The newest one of an alert and a story that the item is in, however old; or none. */
void store_thread_of(struct store *s, const char *alert, int64_t story, int64_t item, store_thread_fn each,
                     void *ctx);
int64_t store_thread_next(struct store *s);
void store_lane_save(struct store *s, const char *alert, const char *notify, const char *form);
void store_lanes_each(struct store *s,
                      void (*each)(void *ctx, const char *alert, const char *notify, const char *form),
                      void *ctx);

/* -- held rows -- */
struct held { /* of one event at one notifier, whatever the number of recipients */
    int64_t event, story, at, thread;
    enum decide_pool pool;
    int64_t due, mute;
    enum level level;
    const char *alert, *notify, *item, *feed;
};
void store_held_each(struct store *s, void (*each)(void *ctx, const struct held *h), void *ctx);
/* False: nothing of this event is held there yet, so that rows have to be added (store_row_hold). */
bool store_hold_move(struct store *s, int64_t event, const char *notify, const struct decide_place *p);
/* A held row. */
void store_row_hold(struct store *s, const struct row *row, int64_t event, const struct decide_place *p);
/* They wait no longer: deleted, or dead for that reason. */
void store_hold_drop(struct store *s, int64_t event, const char *notify);
void store_hold_end(struct store *s, int64_t event, const char *notify, const char *why, int64_t now);
/* The recipients of what is held of an event, for a notifier that is gone. Heap, at least one; "" is none. */
struct strings store_hold_recipients(struct store *s, int64_t event, const char *notify);
/* The row of this key (and recipient, if there is one of it) took it along. */
void store_hold_merged(struct store *s, int64_t event, const char *notify, const char *key, int64_t now);

/* -- shown (life.c) -- */
/* Items whose feed's id or address is this: looks at LIMIT_LIFE_ITEMS of them above number `after`. Each with
 * its whole life: when it was seen, its story and why, the alerts that matched, what happened, and what
 * became of each message. *ret_more: where to go on, 0: that was all. */
json_t *store_life_page(struct store *s, const char *id, int64_t after, int64_t *ret_more);
/* The alert of the row with this key; heap, NULL: of none, or of several. */
char *store_row_alert(struct store *s, const char *key);
/* The facts of the row with this key, JSON text; heap, NULL: there is none. */
char *store_row_facts(struct store *s, const char *key, const char *notify);
bool store_has_story(struct store *s, int64_t story);

/* -- mutes -- */
struct mute_record {
    int64_t id;
    enum mute_what what;
    const char *name, *why; /* why may be NULL */
    int64_t since, until;   /* until INT64_MAX: for ever */
    bool drop;
};
int64_t store_mute_add(struct store *s, const struct mute_record *m);
bool store_mute_delete(struct store *s, int64_t id); /* false: there was none */
void store_mutes_ended(struct store *s, int64_t now);
void store_mutes_each(struct store *s, void (*each)(void *ctx, const struct mute_record *m), void *ctx);
int64_t store_mute_held(struct store *s, int64_t id); /* messages that wait for its end */

#endif

/* Inside the pipeline: what its files share. Pipeline thread only, unless said otherwise.
 *
 * pipeline.c   the loop's side: queues, events, start and end
 * reader.c     the reader's thread: bytes to documents, before the pipeline takes them
 * thread.c     the thread: what is done next; setups and reload; pruning
 * batch.c      one transaction over what waits, and what is told after it
 * document.c   one answer through the house
 * push.c       WebSub: what pushes and hubs change
 * notices.c    troubles told to a person
 * fleet.c      the common hours of all feeds, and the pace of a budget
 * answers.c    questions of control
 * summary.c    rows that waited too long for their rate become one summary
 * stories.h    stories: stories.c, fire.c, told.c, compose.c */
#ifndef NEWSALERTD_PIPELINE_INSIDE_H
#define NEWSALERTD_PIPELINE_INSIDE_H

#include "base/map.h"
#include "base/queue.h"
#include "pipeline/pipeline.h"
#include "store/store.h"

#include <pthread.h>

enum message_what {
    MESSAGE_FETCHED,
    MESSAGE_CLAIM,
    MESSAGE_RESULT,
    MESSAGE_WANT,
    MESSAGE_ASK,
    MESSAGE_LEASE,
    MESSAGE_LEASE_GONE,
    MESSAGE_MERGE,
    MESSAGE_DESTINATION,
    MESSAGE_RELOAD
};

struct parse_input;
struct parsed {
    struct document *document; /* NULL: the answer brought none */
    struct item_keys *keys;    /* of its items */
};

struct message { /* loop → pipeline, some by the reader */
    struct link link;
    enum message_what what;
    struct fetched *fetched;
    struct parsed parsed; /* what the reader made of its body, which is gone then */
    char *name;           /* location, notifier, question or file */
    struct row_result result;
    int64_t *ids; /* MERGE */
    size_t n_ids;
    json_t *args;
    struct trouble_report *report; /* DESTINATION */
    struct lease *lease;
    uint64_t ticket;
    int64_t due;          /* of a claim, wall ms */
    struct message *next; /* of those to be done again after a failed commit */
};

enum event_what {
    EVENT_ANSWERED,
    EVENT_CLAIMED,
    EVENT_NOT_COMMITTED,
    EVENT_NOTICE,
    EVENT_ROWS,
    EVENT_STORED,
    EVENT_ANSWER,
    EVENT_RELOADED,
    EVENT_TROUBLE,
    EVENT_HUB,
    EVENT_PUSHED,
    EVENT_MERGED
};

struct feed_copy {
    char *location;
    struct feed_status status;
};

struct pipeline_event { /* pipeline → loop; those of a transaction wait for its commit */
    struct link link;
    enum event_what what;
    char *name, *says, *hub, *topic;
    struct feed_status status;
    struct row **rows;
    size_t n;
    bool more, merged;
    int64_t row, *ids;
    size_t n_ids;
    uint64_t ticket;
    json_t *answer;
    struct setup *setup;
    struct problems problems;
    bool well, destination;  /* of a notice: a recovery; of a destination, not of a feed */
    struct feed_copy *feeds; /* of a reload: what the store knows of feeds that are new in it; n_feeds */
    size_t n_feeds;
    struct pipeline_event *next;
};

struct stories;
struct pipeline {
    struct event_base *base;
    struct pipeline_events events;
    struct queue *queue, *unread; /* unread: for the reader */
    struct mailbox *mailbox;
    struct event *mail;
    pthread_t thread, reader;
    bool running;
    struct lease *leases; /* of the store, until pipeline_leases */
    size_t n_leases, cap_leases;
    struct map states; /* loop's, between start or reload and its end: location → struct feed_copy */
    _Atomic int64_t step, read_step; /* boot ms of each thread's last step */
    _Atomic size_t unread_n;         /* messages that have yet to come by the reader */
    _Atomic size_t under_way;        /* messages put and not yet done, events not yet told */

    struct store *store;
    struct setup *setup;
    struct matcher *matcher;
    struct map feeds;                /* location → const struct config_feed, the first enabled one */
    const struct config_feed **same; /* one a feed: the next enabled section of its location, or NULL */
    int64_t *born;                   /* one an alert */
    uint64_t installation;           /* seed of jitter */
    struct pipeline_event *held, **held_end; /* events of the transaction under way */
    struct strings touched;                  /* notifiers to hand rows out for at its end */
    struct message *again;                   /* results and claims of a failed commit */
    struct stories *stories;
    struct schedule_fleet fleet; /* what all feeds have taught */
    bool trouble;
    bool renew;     /* the database was set aside while running: feeds and alerts are to be written anew */
    int64_t pruned; /* boot ms */
};

void pipeline_message_free(struct message *m);
struct pipeline_event *pipeline_event_new(enum event_what what, const char *name);
void pipeline_event_free(struct pipeline_event *e);
void pipeline_tell(struct pipeline *p, struct pipeline_event *e); /* now, whatever becomes of a transaction */
/* Adds an event that is told when the transaction under way is committed. */
struct pipeline_event *pipeline_hold(struct pipeline *p, enum event_what what, const char *name);
/* Rows of this notifier are handed out at the transaction's end. */
void pipeline_touch(struct pipeline *p, const char *notify);
void pipeline_touched_clear(struct pipeline *p);
/* One transaction over these messages, and over what comes meanwhile. Returns a reload that ended it. */
struct message *pipeline_batch(struct pipeline *p, struct message *shorts, struct message *first_long);
/* Takes a setup into use, quiet: first documents alert on nothing. 0; -1: not stored, nothing changed. */
int pipeline_use_setup(struct pipeline *p, struct setup *fresh, bool quiet);
void pipeline_say_set_aside(const struct pipeline *p);
void *pipeline_thread(void *pipeline);
/* Bytes to a document; what it turns out to be goes into *answer. Any thread. */
void pipeline_read(const struct parse_input *in, struct answer *answer, struct parsed *ret);
void parsed_clear(struct parsed *r);
void *pipeline_reader(void *pipeline);
void pipeline_document(struct pipeline *p, const struct fetched *f, struct parsed *parsed);
/* WebSub, of a feed whose record is loaded and whose answer was settled: trust in its lease, and hubs. */
void pipeline_lease_check(struct pipeline *p, const struct config_feed *feed, struct schedule_state *s,
                          const struct answer *answer, int64_t now);
void pipeline_find_hub(struct pipeline *p, const struct config_feed *feed, const struct fetched *f,
                       const struct document *document);
/* A push was read (a feed, or not), and its items are taken; says passes. */
void pipeline_pushed(struct pipeline *p, const struct config_feed *feed, struct feed_record *record,
                     bool is_feed, char *says, int64_t now);
void lease_copy(struct lease *to, const struct lease *from);
/* Rows for the notifiers of `notices`, and a line of the log. identity: what tells this trouble from others;
 * it goes into the keys. subject: whose trouble it is (a feed's or notifier's name). */
void pipeline_notice(struct pipeline *p, const struct facts *f, const char *subject, const char *identity);
/* What is to be told of a destination, by what its attempts show. */
void pipeline_destination_notice(struct pipeline *p, const struct trouble_report *report);
/* The outbox was full, and so many messages of these notifiers ({name: number}) were given up; or it has
 * room. */
void pipeline_full_notices(struct pipeline *p, const json_t *given_up, int64_t now);
void pipeline_room_notices(struct pipeline *p, int64_t now);
/* What is to be told of a feed after an answer. */
void pipeline_feed_notices(struct pipeline *p, const struct config_feed *feed, struct feed_status *status,
                           const struct answer *answer, enum moved moved, bool missed, int64_t now);
void feed_copy_clear(struct feed_copy *c);
/* From the store: at the start, and when a transaction was rolled back. */
void pipeline_fleet_load(struct pipeline *p);
/* A new setup is in use. */
void pipeline_fleet_configure(struct pipeline *p);
/* Within a transaction: once an hour the pace is solved and what was learned is stored. */
void pipeline_fleet_tick(struct pipeline *p, int64_t now);
void pipeline_answer(struct pipeline *p, const struct message *m);
void pipeline_summary(struct pipeline *p, const struct message *m);
bool pipeline_orders(const struct message *m); /* does the question change what a person ordered? */

#endif

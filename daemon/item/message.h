/* The nouns handed on behind matching: the *facts* of a message (what the outbox stores, what rendering
 * turns into bytes) and the *row* of the outbox that carries them to one destination. */
#ifndef NEWSALERTD_ITEM_MESSAGE_H
#define NEWSALERTD_ITEM_MESSAGE_H

#include "base/hash.h"
#include "base/level.h"
#include "base/limits.h"
#include "item/item.h"

enum message_kind {
    KIND_NEW,
    KIND_EDIT,
    KIND_FOLD,
    KIND_UPDATE,
    KIND_PROMOTE,
    KIND_SUMMARY,
    KIND_DIGEST,
    KIND_PROBLEM,
    KIND_RECOVERED,
    KIND_TEST
};
extern const char *const message_kind_names[]; /* "new" … as `outbox` prints them */
int message_kind_of(const char *name);         /* -1: none */

struct fact_term {
    struct text term, field, text;
    int64_t start; /* bytes into the field; -1: no span */
    int64_t value; /* number among several values; -1: the only one */
};
struct fact_feed {
    struct text name, title, publisher, url; /* url without credentials */
    struct text *tags;
    size_t n_tags;
};
/* One of several alerts that a summary or digest carries; or one later outlet, that an edit or follow-up
 * tells.
 */
struct fact_entry {
    struct text alert, key;
    enum level level;
    struct item item;
    struct text feed, publisher;
    int64_t fired;
    struct text why;   /* of a later outlet: why it joined the story, "url", "copy" or "words" */
    struct text clock; /* when it fired, as the receiver's clocks showed it: "22:14"; absent: not said */
    int64_t more;      /* further items and changes of its thread that this entry stands for */
};

/* Texts are plain, as parsed; each renderer escapes for its own output. item.summary is at most
 * LIMIT_WEBHOOK_SUMMARY characters (of the summary, else of the content); item.content is absent. */
struct facts {
    enum message_kind kind;
    struct text type; /* of kind problem/recovered: "feed.problem", "destination.recovered" …; else absent */
    struct text alert;
    enum level level;
    int64_t fired; /* wall ms */
    struct item item;
    struct fact_feed feed;
    int64_t story, revision, story_items; /* story 0: none */
    struct text *publishers;
    size_t n_publishers;
    struct fact_term *terms;
    size_t n_terms;
    int64_t copies;           /* of the story's items, wire and syndicated ones */
    int64_t unconfirmed;      /* independent publishers so far, of a thread that needs more; 0: it does not */
    bool again;               /* the story had a thread before, whose time was over */
    struct text thread_title; /* of the first item, where that is another one; absent: the item's own */
    struct text previous_title;
    struct fact_entry *entries; /* summary, digest; edit, fold: the later outlets */
    size_t n_entries;
    int64_t more;         /* entries that there is no room for */
    struct text headline; /* of a summary or digest: what it is, in words */
    struct text problem;  /* what, in words */
    int64_t problem_since, problem_last_ok;
};

/* The stored form. facts_json: a new reference. facts_from_json: into the arena; 0 or -1. */
json_t *facts_json(const struct facts *f);
int facts_from_json(const json_t *j, struct arena *a, struct facts *ret);

enum row_state { ROW_HELD, ROW_PENDING, ROW_SENT, ROW_DEAD, ROW_MERGED };
extern const char *const row_state_names[];
int row_state_of(const char *name); /* -1: none */

/* One outbox row: one message to one notifier (e-mail: and one recipient). */
struct row {
    int64_t id;
    char key[KEY_SIZE]; /* idempotency key: the same on every attempt and for all recipients */
    char *notify;       /* the notifier's name */
    char *recipient;    /* e-mail address; NULL elsewhere */
    enum message_kind kind;
    enum level level;
    enum row_state state;
    int attempts;    /* that have ended without success so far */
    int64_t created; /* wall ms: when it fired */
    int64_t next;    /* wall ms of the next attempt */
    int64_t story;   /* 0: none */
    int64_t thread;  /* whose message it is; 0: none */
    int64_t event;   /* the last one it tells of; 0: not known */
    char *posted;    /* what the service calls the first message of the thread; NULL: not known */
    char *alert;     /* NULL: none */
    char *error;     /* last failure, secrets masked; NULL: none */
    char *facts;     /* JSON text */
    bool halve;      /* the last answer was "too long": send half the text */
};
struct row *row_free(struct row *r); /* NULL is fine; returns NULL */

/* What one attempt came to. */
enum outcome { OUTCOME_SENT, OUTCOME_RETRY, OUTCOME_DEAD, OUTCOME_SUSPEND };
extern const char *const outcome_names[];

/* The result of one attempt on its way from deliver/ to store/. */
struct row_result {
    int64_t row;
    char notify[LIMIT_CONFIG_NAME + 1];
    enum outcome outcome;
    int64_t at;                /* wall ms */
    int64_t next;              /* RETRY, SUSPEND: wall ms of the next attempt */
    bool halve;                /* RETRY: "too long" was the answer; send half the text, once */
    char error[512];           /* secrets masked; "" when sent */
    char posted[LIMIT_POSTED]; /* SENT: what the service calls the message; "": it did not say */
};

#endif

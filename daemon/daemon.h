/* The daemon: the object graph, its signals, reload, and the loop. `inside` is for the daemon_*.c files. */
#ifndef NEWSALERTD_DAEMON_H
#define NEWSALERTD_DAEMON_H

#include "base/recent.h"
#include "control/control.h"
#include "deliver/deliver.h"
#include "pipeline/pipeline.h"
#include "poll/poller.h"
#include "poll/websub.h"
#include "setup.h"

/* Exit codes of both programs (DESIGN 3). */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct daemon_options {
    const char *file; /* the configuration */
    bool once;        /* poll every enabled feed once, deliver, exit */
    int log_level;    /* from the command line; -1: as the configuration says */
};

/* Runs to the end; returns the exit code. */
int daemon_run(const struct daemon_options *options);

/* ---- inside ---- */

/* How late the loop's own timer comes while there is work: the longest block of the last two minutes, and
 * since the start. The timer rests while nothing is under way, so that an idle daemon wakes for nothing. */
struct lag {
    struct event *timer;
    int64_t expected;          /* boot ms */
    int64_t minute;            /* boot ms when `now` began */
    int64_t now, before, ever; /* ms */
    struct recent recent;
};

/* --once: what has to be known for its exit code. */
struct once {
    struct event *timer;
    size_t expected, answered, failed_feeds, dead;
    int64_t last_document; /* boot ms */
    int64_t patience;      /* boot ms: no waiting beyond */
    bool counting;         /* the last question to the store is asked */
    char *left_out;        /* feeds of pausing hosts, named */
};

struct daemon {
    struct daemon_options options;
    struct event_base *base;
    struct setup *setup;
    char *state_dir;
    struct net *net;
    struct poller *poller;
    struct deliver *deliver;
    struct pipeline *pipeline;
    struct control *control;
    struct websub *websub; /* NULL with --once */
    struct event *signals[4], *watchdog;
    struct lag lag;
    struct once once;
    int64_t since;  /* wall ms */
    char *trouble;  /* the database fails: why; NULL: it is well */
    json_t *counts; /* rows by destination, as the store last said; NULL: not yet */
    bool reloading, stopping;
    int exit_code;
};

void daemon_lag_start(struct daemon *d); /* work has begun: watch the loop until it is idle again */
int64_t daemon_lag_recent(const struct daemon *d);
/* Asks for a reload; ticket 0: nobody waits for the answer. -1: one is under way. */
int daemon_reload(struct daemon *d, uint64_t ticket);
void daemon_stop(struct daemon *d);

extern const struct control_verb daemon_verbs[];
extern const size_t daemon_n_verbs;
/* The pipeline's answer to a question of control (or of --once, ticket 0). Takes the reference. */
void daemon_answer(void *ctx, uint64_t ticket, json_t *answer);
void daemon_reload_reply(struct daemon *d, uint64_t ticket, const struct problems *problems, bool ok);

void daemon_websub_start(struct daemon *d);
void daemon_on_hub(void *ctx, const char *location, const char *hub, const char *topic);
void daemon_on_pushed(void *ctx, const char *location, const struct feed_status *status, const char *says);

void daemon_once_start(struct daemon *d);
void daemon_once_answered(struct daemon *d, const char *location, const struct feed_status *status);
void daemon_once_counts(struct daemon *d, const json_t *counts);
void daemon_once_clear(struct daemon *d);

#endif

/* Running a program: no shell, a process group of its own, its time and its output capped. On the loop; loop
 * thread only. Used by command feeds and by notifiers that are commands.
 *
 * A run ends when the program exits, at its time-out, or when it writes more than it may. Then the whole
 * group is killed, so that nothing it left behind goes on: at a time-out by SIGTERM, and LIMIT_SPAWN_GRACE_MS
 * later by SIGKILL. The program gets standard input, output and error and no other descriptor, signals as
 * they are by default, and the environment of spawn_environment. Who writes to a program's input ignores
 * SIGPIPE. */
#ifndef NEWSALERTD_NET_SPAWN_H
#define NEWSALERTD_NET_SPAWN_H

#include "base/buf.h"
#include "base/text.h"

#include <event2/event.h>
#include <stdint.h>

struct spawns; /* all runs of one owner */
struct spawns *spawns_new(struct event_base *base);
/* Ends what runs, without done(): SIGTERM, and SIGKILL after a moment at the latest. Waits for it. */
struct spawns *spawns_free(struct spawns *s);

struct spawn_request {
    char *const *argv;        /* ends with NULL; a name without a slash is looked for in PATH */
    char *const *environment; /* all of it; ends with NULL */
    struct text input;        /* for its standard input; empty: it finds the end at once */
    size_t max_output;        /* bytes; more ends the run */
    int64_t timeout;          /* ms */
};

enum spawn_end {
    SPAWN_EXITED,    /* code: its exit status */
    SPAWN_SIGNALLED, /* code: the signal */
    SPAWN_TIMEOUT,
    SPAWN_TOO_MUCH, /* more than max_output */
    SPAWN_NO_MEMORY /* for its output */
};

struct spawn_result {
    enum spawn_end end;
    int code;
    struct buf *output; /* may be stolen */
    struct text errors; /* the end of what it wrote to standard error, LIMIT_SPAWN_ERRORS bytes at most */
    bool errors_cut;    /* there was more before that */
};
/* Called once, from the loop, never from within spawn_start. The result dies when it returns. */
typedef void spawn_done_fn(void *arg, const struct spawn_result *result);

struct spawn;
/* Everything of the request is copied, or used before it returns. NULL: it could not be started, and
 * *ret_why says why ("No such file or directory"; static). */
struct spawn *spawn_start(struct spawns *s, const struct spawn_request *request, spawn_done_fn *done,
                          void *arg, const char **ret_why);
/* Ends it; done() is not called. It is reaped in the background. */
void spawn_cancel(struct spawn *run);
size_t spawns_running(const struct spawns *s);

/* How a run ended, in words: "it ended with exit code 3", "no end within 30s", "" for exit code 0. */
void spawn_words(const struct spawn_result *result, const struct spawn_request *request, char *out,
                 size_t size);

/* The environment that a program gets: of the daemon's own only PATH, HOME, USER, LOGNAME, LANG, LC_*, TZ,
 * TMPDIR; and `more` ("NAME=value", n of them). Never proxies, credentials or sockets of the service
 * manager. Heap, an array that ends with NULL; free with spawn_environment_free. */
char **spawn_environment(const char *const *more, size_t n);
void spawn_environment_free(char **environment);

#endif

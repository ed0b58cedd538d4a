#include "net/spawn.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ_AT_ONCE   (64u << 10) /* of a pipe, between two turns of the loop */
#define END_OF_ALL_MS  300         /* spawns_free: for programs that end by SIGTERM */
#define KILLED_MS      2000        /* … and for those that were killed; only a stuck disk takes longer */
#define PIPES          3
#define MAX_OWN_VALUES 64 /* variables of the daemon's own environment that are handed on */

/* The invariant: a run is in the list from its start until it is reaped. `done` is NULL once it was called or
 * the run was cancelled; what is left then only waits to be reaped. The group lives as long as its leader is
 * not reaped, so it is killed before. */
struct spawn {
    struct spawns *all;
    struct spawn *next, **link;
    pid_t pid;
    int pidfd;
    int fds[PIPES]; /* ours: to its input, from its output and errors; -1: closed */
    struct event *events[PIPES], *ended, *timer;
    spawn_done_fn *done;
    void *arg;
    struct buf output, errors;
    char *input;
    size_t input_len, input_at;
    bool errors_cut, timed_out, too_much, no_memory;
};

struct spawns {
    struct event_base *base;
    struct spawn *first;
    size_t n;
};

/* -- the environment ------------------------------------------------------------------------------------- */

static bool handed_on(const char *variable) {
    static const char *const names[] = {
        "PATH=", "HOME=", "USER=", "LOGNAME=", "LANG=", "LC_", "TZ=", "TMPDIR="};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strncmp(variable, names[i], strlen(names[i]))) return true;
    return false;
}

char **spawn_environment(const char *const *more, size_t n) {
    char **out = xcalloc(n + MAX_OWN_VALUES + 2, sizeof *out);
    size_t k = 0;
    bool path = false;
    for (char *const *e = environ; e && *e && k < MAX_OWN_VALUES; e++) {
        if (!handed_on(*e)) continue;
        path |= !strncmp(*e, "PATH=", 5);
        out[k++] = xstrdup(*e);
    }
    if (!path) out[k++] = xstrdup("PATH=/usr/local/bin:/usr/bin:/bin");
    for (size_t i = 0; i < n; i++) out[k++] = xstrdup(more[i]);
    return out;
}

void spawn_environment_free(char **environment) {
    for (char **e = environment; e && *e; e++) free(*e);
    free(environment);
}

/* -- the end of a run ------------------------------------------------------------------------------------ */

static void spawn_close(struct spawn *run, int i) {
    if (run->events[i]) event_free(run->events[i]);
    if (run->fds[i] >= 0) close(run->fds[i]);
    run->events[i] = NULL;
    run->fds[i] = -1;
}

static void spawn_kill(const struct spawn *run, int sig) {
    kill(-run->pid, sig);
}

static void spawn_forget(struct spawn *run) {
    *run->link = run->next;
    if (run->next) run->next->link = run->link;
    run->all->n--;
    for (int i = 0; i < PIPES; i++) spawn_close(run, i);
    if (run->ended) event_free(run->ended);
    if (run->timer) event_free(run->timer);
    if (run->pidfd >= 0) close(run->pidfd);
    buf_clear(&run->output);
    buf_clear(&run->errors);
    free(run->input);
    free(run);
}

static void spawn_wait(const struct spawn *run, int64_t ms) {
    struct timeval tv = {ms / 1000, ms % 1000 * 1000};
    evtimer_add(run->timer, &tv);
}

/* The end of what it wrote counts: programs say what is wrong at last. */
static void errors_add(struct spawn *run, const char *ptr, size_t len) {
    struct buf *b = &run->errors;
    if (len > LIMIT_SPAWN_ERRORS) {
        ptr += len - LIMIT_SPAWN_ERRORS;
        len = LIMIT_SPAWN_ERRORS;
        run->errors_cut = true;
    }
    if (b->len + len > LIMIT_SPAWN_ERRORS) {
        size_t drop = b->len + len - LIMIT_SPAWN_ERRORS;
        memmove(b->ptr, b->ptr + drop, b->len - drop);
        b->len -= drop;
        run->errors_cut = true;
    }
    buf_add(b, ptr, len);
}

/* One read of a pipe. True: there may be more. */
static bool spawn_read(struct spawn *run, int i) {
    static _Thread_local char bytes[READ_AT_ONCE];
    if (run->fds[i] < 0) return false;
    ssize_t n = read(run->fds[i], bytes, sizeof bytes);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return errno == EINTR;
    if (n <= 0) {
        spawn_close(run, i);
        return false;
    }
    if (i == 2) {
        errors_add(run, bytes, (size_t)n);
    } else if (run->output.len + (size_t)n > run->output.max) {
        run->too_much = true;
    } else if (buf_add(&run->output, bytes, (size_t)n) < 0) {
        run->no_memory = true;
    }
    return true;
}

/* Reaps a leader that has ended, and tells. */
static void spawn_reap(struct spawn *run) {
    int status = 0;
    spawn_kill(run, SIGKILL); /* what it left behind; nobody writes from now on */
    for (int i = 1; i < PIPES; i++)
        for (unsigned left = 64; left && !run->too_much && !run->no_memory && spawn_read(run, i); left--) {
        }
    if (waitpid(run->pid, &status, WNOHANG) == 0) return;
    struct spawn_result r = {.end = SPAWN_EXITED,
                             .code = WEXITSTATUS(status),
                             .output = &run->output,
                             .errors = buf_text(&run->errors),
                             .errors_cut = run->errors_cut};
    if (run->too_much)
        r.end = SPAWN_TOO_MUCH;
    else if (run->no_memory)
        r.end = SPAWN_NO_MEMORY;
    else if (run->timed_out)
        r.end = SPAWN_TIMEOUT;
    else if (WIFSIGNALED(status))
        r.end = SPAWN_SIGNALLED, r.code = WTERMSIG(status);
    spawn_done_fn *done = run->done;
    run->done = NULL;
    if (done) done(run->arg, &r);
    spawn_forget(run);
}

/* -- on the loop ----------------------------------------------------------------------------------------- */

static void spawn_on_end(evutil_socket_t fd, short what, void *arg) {
    (void)fd, (void)what;
    spawn_reap(arg);
}

static void spawn_on_time(evutil_socket_t fd, short what, void *arg) {
    struct spawn *run = arg;
    (void)fd, (void)what;
    bool first = !run->timed_out;
    run->timed_out = true;
    spawn_kill(run, first ? SIGTERM : SIGKILL);
    if (first) spawn_wait(run, LIMIT_SPAWN_GRACE_MS);
}

static void spawn_on_output(evutil_socket_t fd, short what, void *arg) {
    struct spawn *run = arg;
    (void)what;
    spawn_read(run, fd == run->fds[1] ? 1 : 2);
    if (!run->too_much && !run->no_memory) return;
    spawn_close(run, 1);
    spawn_kill(run, SIGKILL);
}

static void spawn_on_input(evutil_socket_t fd, short what, void *arg) {
    struct spawn *run = arg;
    (void)what;
    ssize_t n = write(fd, run->input + run->input_at, run->input_len - run->input_at);
    if (n > 0) run->input_at += (size_t)n;
    bool wait = n < 0 && (errno == EAGAIN || errno == EINTR);
    if (run->input_at == run->input_len || (n <= 0 && !wait)) spawn_close(run, 0);
}

/* -- start ----------------------------------------------------------------------------------------------- */

struct pipes {
    int ours[PIPES], theirs[PIPES];
};

static void pipes_close(struct pipes *p) {
    for (int i = 0; i < PIPES; i++) {
        if (p->ours[i] >= 0) close(p->ours[i]);
        if (p->theirs[i] >= 0) close(p->theirs[i]);
    }
}

/* Out of the way of 0 to 2, in case the daemon was started without them. */
static int pipe_end(int fd) {
    if (fd < 0 || fd >= PIPES) return fd;
    int higher = fcntl(fd, F_DUPFD_CLOEXEC, PIPES);
    close(fd);
    return higher;
}

static int pipes_open(struct pipes *p, bool input) {
    for (int i = 0; i < PIPES; i++) p->ours[i] = p->theirs[i] = -1;
    for (int i = 0; i < PIPES; i++) {
        int ends[2];
        if (!i && !input) {
            if ((p->theirs[0] = pipe_end(open("/dev/null", O_RDONLY | O_CLOEXEC))) < 0) return -1;
            continue;
        }
        if (pipe2(ends, O_CLOEXEC) < 0) return -1;
        p->ours[i] = pipe_end(ends[i == 0]);
        p->theirs[i] = pipe_end(ends[i != 0]);
        if (p->ours[i] < 0 || p->theirs[i] < 0 || fcntl(p->ours[i], F_SETFL, O_NONBLOCK) < 0) return -1;
    }
    return 0;
}

/* 0, or an error number. */
static int spawn_exec(const struct spawn_request *request, const struct pipes *p, pid_t *ret_pid) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    for (int i = 0; i < PIPES; i++) posix_spawn_file_actions_adddup2(&files, p->theirs[i], i);
    posix_spawn_file_actions_addclosefrom_np(&files, PIPES);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    int r = posix_spawnp(ret_pid, request->argv[0], &files, &attributes, request->argv, request->environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return r;
}

static void spawn_listen(struct spawn *run, int i, short what, event_callback_fn call) {
    if (run->fds[i] < 0) return;
    run->events[i] = event_new(run->all->base, run->fds[i], what | EV_PERSIST, call, run);
    if (!run->events[i] || event_add(run->events[i], NULL)) out_of_memory(sizeof *run);
}

struct spawn *spawn_start(struct spawns *s, const struct spawn_request *request, spawn_done_fn *done,
                          void *arg, const char **ret_why) {
    struct pipes p;
    pid_t pid = -1;
    int pidfd = -1, error = pipes_open(&p, request->input.len > 0) < 0 ? errno : 0;
    if (!error) error = spawn_exec(request, &p, &pid);
    if (!error && (pidfd = pidfd_open(pid, 0)) < 0) {
        error = errno;
        kill(-pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    if (error) {
        pipes_close(&p);
        *ret_why = strerrordesc_np(error);
        if (!*ret_why) *ret_why = "the system refuses";
        return NULL;
    }
    struct spawn *run = xcalloc(1, sizeof *run);
    *run = (struct spawn){.all = s, .pid = pid, .pidfd = pidfd, .done = done, .arg = arg};
    for (int i = 0; i < PIPES; i++) {
        close(p.theirs[i]);
        run->fds[i] = p.ours[i];
    }
    buf_init(&run->output, request->max_output);
    buf_init(&run->errors, LIMIT_SPAWN_ERRORS);
    if (request->input.len) run->input = xstrndup(request->input.ptr, request->input.len);
    run->input_len = request->input.len;
    run->next = s->first;
    run->link = &s->first;
    if (run->next) run->next->link = &run->next;
    s->first = run;
    s->n++;
    run->timer = evtimer_new(s->base, spawn_on_time, run);
    run->ended = event_new(s->base, pidfd, EV_READ | EV_PERSIST, spawn_on_end, run);
    if (!run->timer || !run->ended || event_add(run->ended, NULL)) out_of_memory(sizeof *run);
    spawn_listen(run, 0, EV_WRITE, spawn_on_input);
    spawn_listen(run, 1, EV_READ, spawn_on_output);
    spawn_listen(run, 2, EV_READ, spawn_on_output);
    spawn_wait(run, request->timeout > 1 ? request->timeout : 1);
    return run;
}

void spawn_cancel(struct spawn *run) {
    run->done = NULL;
    run->timed_out = true;
    for (int i = 0; i < PIPES; i++) spawn_close(run, i);
    spawn_kill(run, SIGTERM);
    spawn_wait(run, LIMIT_SPAWN_GRACE_MS);
}

/* -- all of them ----------------------------------------------------------------------------------------- */

struct spawns *spawns_new(struct event_base *base) {
    struct spawns *s = xcalloc(1, sizeof *s);
    s->base = base;
    return s;
}

/* Until all have ended, or the time is over. */
static void spawns_wait(struct spawns *s, int64_t until) {
    for (int64_t now; s->first && (now = time_boot()) < until;) {
        struct pollfd one = {.fd = s->first->pidfd, .events = POLLIN};
        poll(&one, 1, (int)(until - now));
        for (struct spawn *run = s->first, *next; run; run = next) {
            next = run->next;
            siginfo_t ended = {0};
            waitid(P_PID, (id_t)run->pid, &ended, WEXITED | WNOHANG | WNOWAIT);
            if (!ended.si_pid) continue;
            spawn_kill(run, SIGKILL); /* what it left behind */
            waitpid(run->pid, NULL, 0);
            spawn_forget(run);
        }
    }
}

struct spawns *spawns_free(struct spawns *s) {
    if (!s) return NULL;
    for (struct spawn *run = s->first; run; run = run->next) spawn_kill(run, SIGTERM);
    spawns_wait(s, time_boot() + END_OF_ALL_MS);
    for (struct spawn *run = s->first; run; run = run->next) spawn_kill(run, SIGKILL);
    spawns_wait(s, time_boot() + KILLED_MS);
    while (s->first) spawn_forget(s->first);
    free(s);
    return NULL;
}

size_t spawns_running(const struct spawns *s) {
    return s->n;
}

void spawn_words(const struct spawn_result *r, const struct spawn_request *request, char *out, size_t size) {
    char span[TIME_TEXT];
    const char *name;
    out[0] = '\0';
    switch (r->end) {
    case SPAWN_EXITED:
        if (r->code) snprintf(out, size, "it ended with exit code %d", r->code);
        break;
    case SPAWN_SIGNALLED:
        name = sigabbrev_np(r->code);
        snprintf(out, size, "it was ended by signal %s%s", name ? "SIG" : "", name ? name : "?");
        break;
    case SPAWN_TIMEOUT:
        snprintf(out, size, "it did not end within %s and was stopped",
                 duration_format(request->timeout, span));
        break;
    case SPAWN_TOO_MUCH:
        snprintf(out, size, "it wrote more than %zu bytes and was stopped", request->max_output);
        break;
    case SPAWN_NO_MEMORY: snprintf(out, size, "no memory for what it wrote"); break;
    }
}

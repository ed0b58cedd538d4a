#include "poll/command.h"

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"
#include "config/value.h"
#include "net/spawn.h"

#include <stdio.h>
#include <string.h>

#define LINE_SHOWN 300 /* bytes of one line of standard error in the log */

/* The invariant: a command is in the line until its program was started; `spawn` is set while it runs. */
struct command {
    struct commands *all;
    struct command *next; /* in the line */
    bool waits;
    char *name, *location;
    char **words, **environment;
    struct spawn_request request;
    struct spawn *spawn;
    command_done_fn *done;
    void *arg;
};

struct commands {
    struct event *turn; /* starts those who may, from the loop */
    struct spawns *spawns;
    struct command *first, **end;
    size_t running;
};

static void command_free(struct command *run) {
    spawn_environment_free(run->environment);
    free(run->words);
    free(run->name);
    free(run->location);
    free(run);
}

static void commands_turn(struct commands *c) {
    if (c->first && c->running < LIMIT_COMMANDS) event_active(c->turn, EV_TIMEOUT, 0);
}

/* -- what it said ---------------------------------------------------------------------------------------- */

/* The last lines of standard error, oldest first. The log shows control characters as '?'. */
static void say_errors(const struct command *run, struct text errors, bool cut) {
    size_t at = errors.len, lines = 0;
    while (at && lines <= LIMIT_COMMAND_LINES) lines += errors.ptr[--at] == '\n' && at + 1 < errors.len;
    if (at) at++; /* behind the line end of one that is left out */
    if (cut || at)
        log_about(LOG_LEVEL_INFO, "FEED", run->name,
                  "feed %s: its command says more; the end of it is:", run->name);
    struct text rest = {errors.ptr + at, errors.len - at};
    while (rest.len) {
        const char *end = memchr(rest.ptr, '\n', rest.len);
        struct text line = {rest.ptr, end ? (size_t)(end - rest.ptr) : rest.len};
        rest.ptr += line.len + (end != NULL);
        rest.len -= line.len + (end != NULL);
        line = text_trim(line);
        if (line.len > LINE_SHOWN) line.len = LINE_SHOWN;
        if (line.len)
            log_about(LOG_LEVEL_INFO, "FEED", run->name, "feed %s: its command says: %.*s", run->name,
                      TEXT_ARGS(line));
    }
}

static struct fetched *answer_new(const struct command *run) {
    struct fetched *f = xcalloc(1, sizeof *f);
    f->location = xstrdup(run->location);
    f->answer = (struct answer){.kind = ANSWER_NETWORK, .retry_after = -1, .at = time_wall()};
    return f;
}

/* The last line of standard error makes the words complete: "…exit code 3: no such table". */
static void add_last_line(char *out, size_t size, struct text errors) {
    errors = text_trim(errors);
    const char *line_end = errors.len ? memrchr(errors.ptr, '\n', errors.len) : NULL;
    struct text last =
        line_end ? (struct text){line_end + 1, (size_t)(errors.ptr + errors.len - line_end) - 1} : errors;
    size_t at = strlen(out);
    last = text_trim(last);
    if (!last.len) return;
    snprintf(out + at, size - at, ": %.*s", TEXT_ARGS(last));
    size_t len = strlen(out);
    for (char *p = out + at; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7F) *p = '?';
    /* Not in the middle of a character. */
    while (len && last.len >= size - at - 2 && ((unsigned char)out[len - 1] & 0x80)) out[--len] = '\0';
}

/* -- life of one ----------------------------------------------------------------------------------------- */

static void command_ends(struct command *run, struct fetched *answer) {
    command_done_fn *done = run->done;
    void *arg = run->arg;
    command_free(run);
    done(arg, answer);
}

static void command_on_done(void *arg, const struct spawn_result *r) {
    struct command *run = arg;
    struct fetched *f = answer_new(run);
    char why[160];
    run->spawn = NULL;
    run->all->running--;
    commands_turn(run->all);
    say_errors(run, r->errors, r->errors_cut);
    spawn_words(r, &run->request, why, sizeof why);
    if (!*why) {
        f->answer.kind = ANSWER_FEED;
        f->body_len = r->output->len;
        f->body = f->body_len ? buf_steal(r->output) : xstrdup("");
    } else {
        if (r->end == SPAWN_TOO_MUCH) f->answer.kind = ANSWER_NOT_FEED;
        snprintf(f->answer.error, sizeof f->answer.error, "its command: %s", why);
        add_last_line(f->answer.error, sizeof f->answer.error, r->errors);
    }
    command_ends(run, f);
}

static void command_run(struct command *run) {
    const char *why = NULL;
    run->spawn = spawn_start(run->all->spawns, &run->request, command_on_done, run, &why);
    if (run->spawn) {
        run->all->running++;
        return;
    }
    struct fetched *f = answer_new(run);
    snprintf(f->answer.error, sizeof f->answer.error, "its command %.100s cannot be started: %s",
             run->words[0] ? run->words[0] : "", why);
    command_ends(run, f);
}

static void commands_on_turn(evutil_socket_t fd, short what, void *arg) {
    struct commands *c = arg;
    (void)fd, (void)what;
    while (c->first && c->running < LIMIT_COMMANDS) {
        struct command *run = c->first;
        c->first = run->next;
        if (!c->first) c->end = &c->first;
        run->waits = false;
        command_run(run);
    }
}

struct command *command_start(struct commands *c, const struct config_feed *feed, command_done_fn *done,
                              void *arg) {
    struct command *run = xcalloc(1, sizeof *run);
    AUTOFREE char *name = xasprintf("NEWSALERT_FEED=%s", feed->name);
    const char *const more[] = {name};
    run->all = c;
    run->name = xstrdup(feed->name);
    run->location = xstrdup(feed->location);
    run->words = value_command(text_of(feed->location));
    run->environment = spawn_environment(more, 1);
    run->request =
        (struct spawn_request){.argv = run->words,
                               .environment = run->environment,
                               .max_output = feed->max_size > 0 ? (size_t)feed->max_size : LIMIT_BODY,
                               .timeout = feed->timeout};
    run->done = done;
    run->arg = arg;
    run->waits = true;
    *c->end = run;
    c->end = &run->next;
    commands_turn(c);
    return run;
}

struct command *command_cancel(struct command *run) {
    if (!run) return NULL;
    struct commands *c = run->all;
    if (run->spawn) {
        spawn_cancel(run->spawn);
        c->running--;
        commands_turn(c);
    } else if (run->waits) {
        struct command **at = &c->first;
        while (*at != run) at = &(*at)->next;
        *at = run->next;
        if (c->end == &run->next) c->end = at;
    }
    command_free(run);
    return NULL;
}

/* -- all of them ----------------------------------------------------------------------------------------- */

struct commands *commands_new(struct event_base *base) {
    struct commands *c = xcalloc(1, sizeof *c);
    c->end = &c->first;
    c->spawns = spawns_new(base);
    c->turn = evtimer_new(base, commands_on_turn, c);
    if (!c->turn) out_of_memory(sizeof *c);
    return c;
}

struct commands *commands_free(struct commands *c) {
    if (!c) return NULL;
    spawns_free(c->spawns);
    event_free(c->turn);
    free(c);
    return NULL;
}

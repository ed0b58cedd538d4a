#include "poll/poller.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/time.h"
#include "poll/command.h"
#include "poll/fetch.h"
#include "poll/hosts.h"
#include "poll/watch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define FIRST_POLLS_SPREAD (60 * SECOND) /* new and overdue feeds, at a start or reload */
#define NOT_COMMITTED_WAIT (30 * SECOND)
#define PATH_SPACING       SECOND /* between two looks at a file that keeps changing */

/* The life of one feed. Only one arrow leads out of each phase, and a feed is in one of the heap (IDLE), a
 * host's queue (QUEUED, or HOPPING between two hops), or neither:
 *
 *     IDLE ─due─▶ QUEUED ─may start─▶ OPEN ─ended─▶ ANSWERED ─poller_answered─▶ IDLE
 *                                      ▲▼ redirect to another host
 *                                    HOPPING
 *
 * A file goes from IDLE to ANSWERED, a command by RUNNING, which counts as no request.                    */
enum phase { PHASE_IDLE, PHASE_QUEUED, PHASE_OPEN, PHASE_HOPPING, PHASE_RUNNING, PHASE_ANSWERED };

struct polled {
    struct poller *poller;
    const struct config_feed *feed; /* the first enabled section with this location, else the first */
    char *location;
    struct feed_status status;
    enum phase phase;
    bool again;           /* asked for while it was under way */
    uint64_t section;     /* hash of what its section says */
    int64_t last_start;   /* boot; TIME_NONE: not yet */
    struct heap_node due; /* boot */
    struct host *home;    /* of the configured URL; NULL: a path, or no address */
    struct host *at;      /* where its request is open */
    struct host_wait wait;
    struct fetch *fetch;
    struct command *command;
};

struct poller {
    struct net *net;
    struct poller_events events;
    struct event *timer;
    int timer_fd;
    struct watch *watch;
    struct commands *commands;
    const struct config *config;
    char *user_agent;
    struct map feeds; /* location → struct polled */
    struct heap due;
    struct hosts hosts;
    size_t open, busy; /* requests under way; feeds in any phase but IDLE */
    bool paused, only_now;
};

/* -- time ------------------------------------------------------------------------------------------------ */

/* libevent's timers stand still while the machine sleeps; a timerfd on CLOCK_BOOTTIME does not. Everything
 * starts from this timer, so that nothing is started from within a caller's call. */
static void poller_arm(struct poller *p) {
    int64_t at = INT64_MAX;
    struct itimerspec when = {0};
    if (!p->paused && p->config) {
        struct heap_node *first = heap_first(&p->due);
        if (first) at = first->at;
        if ((int64_t)p->open < p->config->parallel && hosts_when(&p->hosts) < at) at = hosts_when(&p->hosts);
    }
    if (at != INT64_MAX) { /* all zero would disarm */
        when.it_value.tv_sec = at > 0 ? at / SECOND : 0;
        when.it_value.tv_nsec = at > 0 ? at % SECOND * 1000000 : 1;
        if (!when.it_value.tv_sec && !when.it_value.tv_nsec) when.it_value.tv_nsec = 1;
    }
    if (timerfd_settime(p->timer_fd, TFD_TIMER_ABSTIME, &when, NULL))
        log_error("cannot set the timer of the polls: %s", strerror(errno));
}

static void polled_due(struct polled *f, int64_t at) {
    heap_set(&f->poller->due, &f->due, at);
}

/* -- phases ---------------------------------------------------------------------------------------------- */

static void polled_phase(struct polled *f, enum phase phase) {
    struct poller *p = f->poller;
    p->busy += (phase != PHASE_IDLE) - (f->phase != PHASE_IDLE);
    p->open += (phase == PHASE_OPEN) - (f->phase == PHASE_OPEN);
    f->phase = phase;
}

/* A file that keeps changing is looked at once a second. */
static int64_t polled_soonest(const struct polled *f) {
    int64_t now = time_boot();
    bool wait =
        f->feed->source == SOURCE_PATH && f->last_start != TIME_NONE && f->last_start + PATH_SPACING > now;
    return wait ? f->last_start + PATH_SPACING : now;
}

/* Who asked again meanwhile gets a second poll, unless the first one failed: its back-off holds. */
static void polled_idle(struct polled *f, int64_t at) {
    polled_phase(f, PHASE_IDLE);
    bool failed = f->feed->source == SOURCE_URL && f->status.schedule.failures;
    if (f->again && f->feed->enabled && !failed)
        polled_due(f, polled_soonest(f));
    else if (!f->poller->only_now && !schedule_off(&f->status.schedule, f->feed))
        polled_due(f, at);
    f->again = false;
}

static void polled_hand_on(struct polled *f, struct fetched *answer) {
    polled_phase(f, PHASE_ANSWERED);
    f->poller->events.fetched(f->poller->events.ctx, answer);
}

static void polled_ended(struct polled *f);

/* Those who wait for a host that now pauses: a first request goes back to the heap, a redirect ends. */
static void host_send_away(struct poller *p, struct host *host, int64_t now) {
    while (host->first) {
        struct polled *f = HEAP_OF(host->first, struct polled, wait);
        host_leave(&p->hosts, &f->wait);
        if (f->phase == PHASE_HOPPING) {
            fetch_refuse(f->fetch, host->paused_until - now);
            polled_ended(f);
        } else {
            if (p->only_now)
                log_about(LOG_LEVEL_WARNING, "FEED", f->feed->name,
                          "%s: left out, its host asked for a pause", f->feed->name);
            polled_idle(f, host->paused_until);
        }
    }
}

static void note_limits(struct polled *f, struct host *host, struct fetched *answer, int64_t now) {
    struct poller *p = f->poller;
    if (answer->answer.kind != ANSWER_STATUS || answer->answer.status != 429) {
        if (answer->answer.kind == ANSWER_FEED || answer->answer.kind == ANSWER_NOT_MODIFIED)
            host->limited = 0;
        return;
    }
    char took[TIME_TEXT];
    int64_t pause = schedule_host_pause(++host->limited, answer->answer.retry_after);
    answer->answer.host_pause = pause;
    host_limit(&p->hosts, host, pause, now);
    log_about(LOG_LEVEL_WARNING, "FEED", f->feed->name,
              "%s: %s answered 429 (too many requests), it is left alone for %s", f->feed->name, host->key,
              duration_about(pause, took));
}

/* The fetch has ended, one way or the other. */
static void polled_ended(struct polled *f) {
    struct fetched *answer = fetch_take(f->fetch);
    f->fetch = fetch_free(f->fetch);
    polled_hand_on(f, answer);
}

static void polled_open(struct polled *f, struct host *host);

static void polled_hop(struct polled *f, struct host *from, int64_t now) {
    struct poller *p = f->poller;
    struct host *to = hosts_of(&p->hosts, fetch_url(f->fetch));
    if (to == from) {
        host_started(&p->hosts, to, now);
        polled_open(f, to);
    } else if (!to || host_paused(to, now)) {
        fetch_refuse(f->fetch, to ? to->paused_until - now : -1);
        polled_ended(f);
    } else {
        polled_phase(f, PHASE_HOPPING);
        host_wait(&p->hosts, to, &f->wait, true);
    }
}

static void polled_on_fetch(void *arg, enum fetch_step step) {
    struct polled *f = arg;
    struct poller *p = f->poller;
    struct host *host = f->at;
    int64_t now = time_boot();
    f->at = NULL;
    host_ended(&p->hosts, host);
    if (step == FETCH_HOP) {
        polled_hop(f, host, now);
    } else {
        struct fetched *answer = fetch_take(f->fetch);
        f->fetch = fetch_free(f->fetch);
        note_limits(f, host, answer, now);
        polled_hand_on(f, answer);
        if (host_paused(host, now)) host_send_away(p, host, now);
    }
    poller_arm(p);
}

/* The host has counted the start already. */
static void polled_open(struct polled *f, struct host *host) {
    struct poller *p = f->poller;
    f->at = host;
    polled_phase(f, PHASE_OPEN);
    if (!fetch_start(f->fetch, p->net, host_tls(host), polled_on_fetch, f)) return;
    f->at = NULL;
    host_ended(&p->hosts, host);
    polled_ended(f);
}

static void polled_start(struct polled *f, struct host *host) {
    struct poller *p = f->poller;
    f->last_start = time_boot();
    if (!f->fetch) {
        p->events.claim(p->events.ctx, f->feed);
        f->fetch = fetch_new(f->feed, &f->status, schedule_conditional(&f->status.schedule, time_wall()),
                             p->user_agent);
    }
    if (host) {
        polled_open(f, host);
        return;
    }
    fetch_start(f->fetch, p->net, NULL, polled_on_fetch, f); /* no address: it says so */
    polled_ended(f);
}

/* A file is opened by the pipeline: the loop reads none. */
static void polled_look(struct polled *f) {
    struct poller *p = f->poller;
    struct fetched *answer = xcalloc(1, sizeof *answer);
    f->last_start = time_boot();
    watch_add(p->watch, f->location, f);
    p->events.claim(p->events.ctx, f->feed);
    answer->location = xstrdup(f->location);
    answer->answer = (struct answer){.kind = ANSWER_FEED, .retry_after = -1, .at = time_wall()};
    polled_hand_on(f, answer);
}

static void polled_on_command(void *arg, struct fetched *answer) {
    struct polled *f = arg;
    f->command = NULL;
    polled_hand_on(f, answer);
}

static void polled_run(struct polled *f) {
    struct poller *p = f->poller;
    f->last_start = time_boot();
    p->events.claim(p->events.ctx, f->feed);
    polled_phase(f, PHASE_RUNNING);
    f->command = command_start(p->commands, f->feed, polled_on_command, f);
}

static void polled_fall_due(struct polled *f, int64_t now) {
    struct poller *p = f->poller;
    if (f->feed->source == SOURCE_PATH) {
        polled_look(f);
    } else if (f->feed->source == SOURCE_COMMAND) {
        polled_run(f);
    } else if (!f->home) {
        polled_start(f, NULL);
    } else if (host_paused(f->home, now)) {
        polled_idle(f, f->home->paused_until);
    } else {
        polled_phase(f, PHASE_QUEUED);
        host_wait(&p->hosts, f->home, &f->wait, false);
    }
}

/* Moves what is due into the queues, and starts what may start. */
static void poller_pump(struct poller *p) {
    int64_t now = time_boot();
    struct heap_node *first;
    while (!p->paused && (first = heap_first(&p->due)) && first->at <= now) {
        heap_remove(&p->due, first);
        polled_fall_due(HEAP_OF(first, struct polled, due), now);
    }
    while (!p->paused && (int64_t)p->open < p->config->parallel) {
        struct host *host;
        struct host_wait *w = hosts_take(&p->hosts, now, &host);
        if (!w) break;
        polled_start(HEAP_OF(w, struct polled, wait), host);
    }
    poller_arm(p);
}

static void poller_on_timer(evutil_socket_t fd, short what, void *arg) {
    uint64_t times;
    (void)what;
    if (read(fd, &times, sizeof times) < 0 && errno != EAGAIN)
        log_error("cannot read the timer of the polls: %s", strerror(errno));
    poller_pump(arg);
}

static void poller_on_file(void *arg, void *file) {
    struct poller *p = arg;
    struct polled *f = file;
    if (p->only_now || !f->feed->enabled) return;
    if (f->phase != PHASE_IDLE) {
        f->again = true;
        return;
    }
    int64_t at = polled_soonest(f);
    if (heap_has(&f->due) && f->due.at <= at) return;
    polled_due(f, at);
    poller_arm(p);
}

/* -- life and configuration ------------------------------------------------------------------------------ */

struct poller *poller_new(struct event_base *base, struct net *net, const struct poller_events *events) {
    struct poller *p = xcalloc(1, sizeof *p);
    p->net = net;
    p->events = *events;
    p->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    p->timer =
        p->timer_fd < 0 ? NULL : event_new(base, p->timer_fd, EV_READ | EV_PERSIST, poller_on_timer, p);
    if (!p->timer || event_add(p->timer, NULL)) out_of_memory(sizeof *p);
    p->watch = watch_new(base, poller_on_file, p);
    p->commands = commands_new(base);
    return p;
}

/* Out of whatever it is in. */
static void polled_withdraw(struct polled *f) {
    struct poller *p = f->poller;
    heap_remove(&p->due, &f->due);
    host_leave(&p->hosts, &f->wait);
    f->fetch = fetch_free(f->fetch);
    f->command = command_cancel(f->command);
    if (f->at) host_ended(&p->hosts, f->at);
    f->at = NULL;
    f->again = false;
    polled_phase(f, PHASE_IDLE);
}

static void polled_free(struct polled *f) {
    polled_withdraw(f);
    watch_remove(f->poller->watch, f);
    if (f->home) f->home->feeds--;
    feed_status_clear(&f->status);
    free(f->location);
    free(f);
}

static void polled_free_all(struct map *feeds) {
    struct map_entry *e;
    for (size_t i = 0; (e = map_next(feeds, &i));) polled_free(e->value);
    map_clear(feeds);
}

struct poller *poller_free(struct poller *p) {
    if (!p) return NULL;
    polled_free_all(&p->feeds);
    hosts_clear(&p->hosts);
    heap_clear(&p->due);
    watch_free(p->watch);
    commands_free(p->commands);
    event_free(p->timer);
    close(p->timer_fd);
    free(p->user_agent);
    free(p);
    return NULL;
}

/* Changes when the user changes how a feed is asked for. */
static uint64_t section_of(const struct config_feed *c) {
    AUTOFREE char *text =
        xasprintf("%lld %lld %lld %lld %d %d %d %s\n%s\n%s\n%s\n%s", (long long)c->every,
                  (long long)c->min_every, (long long)c->max_every, (long long)c->timeout, c->obey_hints,
                  c->delta, c->allow_private, c->user ? c->user : "", c->password ? c->password : "",
                  c->token ? c->token : "", c->proxy ? c->proxy : "", c->ca_file ? c->ca_file : "");
    uint64_t h = hash64(text, strlen(text));
    for (size_t i = 0; i < c->headers.n; i++)
        h = h * 31 + hash64(c->headers.list[i], strlen(c->headers.list[i]));
    return h;
}

typedef const struct feed_status *status_fn(void *ctx, const char *location);

static struct polled *polled_new(struct poller *p, const struct config_feed *feed, status_fn *status,
                                 void *ctx) {
    struct polled *f = xcalloc(1, sizeof *f);
    f->poller = p;
    f->feed = feed;
    f->location = xstrdup(feed->location);
    f->last_start = TIME_NONE;
    f->section = section_of(feed);
    schedule_init(&f->status.schedule);
    const struct feed_status *known = status ? status(ctx, feed->location) : NULL;
    if (known) feed_status_copy(&f->status, known);
    if (feed->source == SOURCE_URL && (f->home = hosts_of(&p->hosts, feed->location))) f->home->feeds++;
    return f;
}

/* A host's pause is kept with the feed that was told of it. */
static void polled_restore_pause(struct polled *f, int64_t boot, int64_t wall) {
    const struct schedule_state *s = &f->status.schedule;
    int64_t left = s->paused_until == TIME_NONE || s->status != 429 ? 0 : s->paused_until - wall;
    if (!f->home || left <= 0 || left > LIMIT_RETRY_AFTER_FEED_MS) return;
    if (!host_paused(f->home, boot) || f->home->paused_until < boot + left)
        f->home->paused_until = boot + left;
}

/* What a new configuration changes in a feed that stays. */
static void polled_reconfigure(struct polled *f, const struct config_feed *feed, int64_t boot) {
    uint64_t section = section_of(feed);
    f->feed = feed;
    if (!feed->enabled) {
        heap_remove(&f->poller->due, &f->due);
        host_leave(&f->poller->hosts, &f->wait);
        if (f->phase == PHASE_QUEUED || f->phase == PHASE_HOPPING || f->phase == PHASE_RUNNING)
            polled_withdraw(f);
        watch_remove(f->poller->watch, f);
    } else if (section != f->section) {
        int64_t at = boot + schedule_interval(&f->status.schedule, feed);
        f->status.schedule.gone = 0;
        if (heap_has(&f->due) && f->due.at > at) polled_due(f, at);
    }
    f->section = section;
}

static int by_rank(const void *a, const void *b) {
    const struct polled *const *f = a, *const *g = b;
    uint64_t x = hash64((*f)->location, strlen((*f)->location));
    uint64_t y = hash64((*g)->location, strlen((*g)->location));
    return (x > y) - (x < y);
}

/* Gives a due time to all that have none: what is new or overdue is spread, in an order that is different in
 * every process; files are at once. */
static void poller_spread(struct poller *p, int64_t boot, int64_t wall) {
    struct polled **overdue = xcalloc(p->feeds.n + 1, sizeof *overdue);
    struct map_entry *e;
    size_t n = 0;
    for (size_t i = 0; (e = map_next(&p->feeds, &i));) {
        struct polled *f = e->value;
        if (f->phase != PHASE_IDLE || heap_has(&f->due) || schedule_off(&f->status.schedule, f->feed))
            continue;
        int64_t wait = schedule_wait(&f->status.schedule, f->feed, wall);
        if (wait || f->feed->source == SOURCE_PATH)
            polled_due(f, boot + (f->feed->source == SOURCE_PATH ? 0 : wait));
        else
            overdue[n++] = f;
    }
    qsort(overdue, n, sizeof *overdue, by_rank);
    for (size_t i = 0; i < n; i++) {
        int64_t span = schedule_interval(&overdue[i]->status.schedule, overdue[i]->feed);
        if (span > FIRST_POLLS_SPREAD) span = FIRST_POLLS_SPREAD;
        polled_due(overdue[i], boot + (int64_t)i * span / (int64_t)n);
    }
    free(overdue);
}

static void poller_take_feed(struct poller *p, struct map *fresh, const struct config_feed *feed,
                             status_fn *status, void *ctx, int64_t boot) {
    struct text key = text_of(feed->location);
    if (map_get(fresh, key)) return;
    struct polled *f = map_remove(&p->feeds, key);
    if (f)
        polled_reconfigure(f, feed, boot);
    else
        f = polled_new(p, feed, status, ctx);
    map_add(fresh, text_of(f->location), f);
    if (feed->source == SOURCE_PATH && feed->enabled) watch_add(p->watch, f->location, f);
}

void poller_configure(struct poller *p, const struct config *config, status_fn *status, void *ctx) {
    struct map fresh = {0};
    int64_t boot = time_boot(), wall = time_wall();
    p->config = config;
    free(p->user_agent);
    p->user_agent = config->contact ? xasprintf("newsalertd/%s (+%s)", NEWSALERT_VERSION, config->contact)
                                    : xasprintf("newsalertd/%s", NEWSALERT_VERSION);
    hosts_configure(&p->hosts, config->host_parallel, config->host_spacing);
    for (int enabled = 1; enabled >= 0; enabled--)
        for (size_t i = 0; i < config->n_feeds; i++)
            if (config->feeds[i].enabled == (bool)enabled)
                poller_take_feed(p, &fresh, &config->feeds[i], status, ctx, boot);
    polled_free_all(&p->feeds);
    p->feeds = fresh;
    struct map_entry *e;
    for (size_t i = 0; (e = map_next(&p->feeds, &i));) polled_restore_pause(e->value, boot, wall);
    if (!p->only_now) poller_spread(p, boot, wall);
    hosts_sweep(&p->hosts, boot);
    poller_arm(p);
}

/* -- what others say and ask ----------------------------------------------------------------------------- */

static struct polled *poller_find(const struct poller *p, const char *location) {
    return map_get(&p->feeds, text_of(location));
}

void poller_answered(struct poller *p, const char *location, const struct feed_status *status) {
    struct polled *f = poller_find(p, location);
    if (!f) return;
    feed_status_copy(&f->status, status);
    if (f->phase != PHASE_ANSWERED) return; /* of a life before a reload */
    polled_idle(f, time_boot() + schedule_wait(&f->status.schedule, f->feed, time_wall()));
    hosts_sweep(&p->hosts, time_boot());
    poller_arm(p);
}

void poller_not_committed(struct poller *p, const char *location) {
    struct polled *f = poller_find(p, location);
    if (!f || f->phase != PHASE_ANSWERED) return;
    polled_idle(f, time_boot() + NOT_COMMITTED_WAIT);
    poller_arm(p);
}

void poller_pushed(struct poller *p, const char *location, const struct feed_status *status) {
    struct polled *f = poller_find(p, location);
    if (f) feed_status_copy(&f->status, status);
}

void poller_hurry(struct poller *p, const char *location, int64_t wait) {
    struct polled *f = poller_find(p, location);
    if (!f || f->phase != PHASE_IDLE || !heap_has(&f->due) || f->status.schedule.failures) return;
    if (wait < 0) wait = schedule_interval(&f->status.schedule, f->feed);
    if (f->due.at > time_boot() + wait) polled_due(f, time_boot() + wait);
    poller_arm(p);
}

void poller_pause(struct poller *p, bool paused) {
    if (p->paused == paused) return;
    p->paused = paused;
    poller_arm(p);
}

void poller_only_now(struct poller *p) {
    struct map_entry *e;
    p->only_now = true;
    for (size_t i = 0; (e = map_next(&p->feeds, &i));)
        heap_remove(&p->due, &((struct polled *)e->value)->due);
    poller_arm(p);
}

/* Why a feed is not polled now: NULL: it is. Heap. */
static char *polled_refusal(const struct polled *f, bool named, bool force, int64_t boot, int64_t wall) {
    const struct schedule_state *s = &f->status.schedule;
    char at[TIME_TEXT];
    if (!f->feed->enabled) return named ? xstrdup("it is disabled (enabled = no)") : NULL;
    if (f->home && host_paused(f->home, boot))
        return xasprintf("its host asked for a pause until %s",
                         time_rfc3339(wall + f->home->paused_until - boot, at));
    if (force) return NULL;
    if (s->gone >= 2 && !named)
        return xasprintf("gone (410), left out; newsalertctl poll '%s' asks again", f->feed->name);
    if (named && s->failures && !s->gone && s->next != TIME_NONE && s->next > wall)
        return xasprintf("waits until %s (%s); --force polls now", time_rfc3339(s->next, at), s->why_says);
    return NULL;
}

/* 1: will be polled; 0: not. */
static size_t polled_now(struct polled *f, bool named, bool force, struct buf *refused) {
    AUTOFREE char *why = polled_refusal(f, named, force, time_boot(), time_wall());
    if (why) buf_addf(refused, "%s%s: %s", refused->len ? "\n" : "", f->feed->name, why);
    if (why || !f->feed->enabled) return 0;
    if (f->phase == PHASE_IDLE)
        polled_due(f, time_boot());
    else if (f->phase != PHASE_QUEUED)
        f->again = true;
    return 1;
}

size_t poller_poll_now(struct poller *p, const char *const *names, size_t n, bool force, char **ret_refused) {
    struct buf refused;
    size_t polls = 0;
    buf_init(&refused, LIMIT_CONTROL_BODY);
    for (size_t i = 0; i < p->config->n_feeds && !names; i++) {
        const struct config_feed *feed = &p->config->feeds[i];
        struct polled *f = poller_find(p, feed->location);
        if (f && f->feed == feed) polls += polled_now(f, false, force, &refused);
    }
    for (size_t i = 0; names && i < n; i++) {
        const struct config_feed *feed = config_feed(p->config, names[i]);
        struct polled *f = feed ? poller_find(p, feed->location) : NULL;
        if (f)
            polls += polled_now(f, true, force, &refused);
        else
            buf_addf(&refused, "%s%s: there is no feed of that name", refused.len ? "\n" : "", names[i]);
    }
    *ret_refused = refused.len ? buf_steal(&refused) : NULL;
    buf_clear(&refused);
    poller_arm(p);
    return polls;
}

bool poller_idle(const struct poller *p) {
    struct heap_node *first = heap_first(&p->due);
    return !p->busy && !(first && first->at <= time_boot());
}

size_t poller_rows(const struct poller *p, struct poller_row **ret) {
    struct poller_row *rows = xcalloc(p->config->n_feeds + 1, sizeof *rows);
    size_t n = 0;
    for (size_t i = 0; i < p->config->n_feeds; i++) {
        const struct config_feed *feed = &p->config->feeds[i];
        const struct polled *f = poller_find(p, feed->location);
        if (!f) continue;
        bool busy = f->phase == PHASE_OPEN || f->phase == PHASE_RUNNING || f->phase == PHASE_ANSWERED;
        rows[n++] = (struct poller_row){feed, &f->status, busy};
    }
    *ret = rows;
    return n;
}

#include "daemon.h"

#include "base/failpoint.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"
#include "base/url.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#define LAG_PROBE_MS 20

static struct timeval timeval_of(int64_t ms) {
    return (struct timeval){ms / 1000, (ms % 1000) * 1000};
}

/* ---- the loop's lag ---- */

static bool is_busy(const struct daemon *d) {
    if (d->stopping) return false; /* the rooms go one by one, while the last deliveries end */
    return !poller_idle(d->poller) || !pipeline_idle(d->pipeline) || !deliver_idle(d->deliver, time_boot());
}

static void lag_probe(evutil_socket_t fd, short what, void *arg) {
    (void)fd, (void)what;
    struct daemon *d = arg;
    struct lag *l = &d->lag;
    int64_t now = time_boot(), late = now - l->expected;
    if (now - l->minute > MINUTE) {
        l->before = now - l->minute > 2 * MINUTE ? 0 : l->now;
        l->now = 0;
        l->minute = now;
    }
    recent_add(&l->recent, late);
    if (late > l->now) l->now = late;
    if (late > l->ever) l->ever = late;
    l->expected = 0;
    if (is_busy(d)) daemon_lag_start(d);
}

void daemon_lag_start(struct daemon *d) {
    if (d->lag.expected || !d->lag.timer) return;
    struct timeval wait = timeval_of(LAG_PROBE_MS);
    d->lag.expected = time_boot() + LAG_PROBE_MS;
    evtimer_add(d->lag.timer, &wait);
}

int64_t daemon_lag_recent(const struct daemon *d) {
    int64_t age = time_boot() - d->lag.minute;
    int64_t now = age > 2 * MINUTE ? 0 : d->lag.now, before = age > MINUTE ? 0 : d->lag.before;
    return now > before ? now : before;
}

/* ---- what the poller says ---- */

static void on_claim(void *ctx, const char *location, int64_t due) {
    struct daemon *d = ctx;
    pipeline_claim(d->pipeline, location, due);
    daemon_lag_start(d);
}

static void on_fetched(void *ctx, struct fetched *f) {
    struct daemon *d = ctx;
    FAILPOINT("fetched", NULL);
    pipeline_fetched(d->pipeline, f);
    if (pipeline_full(d->pipeline)) poller_pause(d->poller, true);
    daemon_lag_start(d);
}

/* ---- what the pipeline says ---- */

/* A change in a feed's fortune is logged once, and its recovery once. */
static void say_feed(struct daemon *d, const struct config_feed *feed, const struct feed_status *status) {
    struct feed_seen *seen = poller_seen(d->poller, feed->location);
    if (!seen) return;
    const struct schedule_state *s = &status->schedule;
    int64_t now = time_wall();
    enum feed_state state = schedule_state_name(s, feed, now);
    char wait[TIME_TEXT];
    if (schedule_off(s, feed))
        snprintf(wait, sizeof wait, "no time by itself");
    else
        duration_about(s->next == TIME_NONE ? 0 : s->next - now, wait);
    bool failing = s->failures > 0;
    if (failing && !seen->failing)
        log_about(LOG_LEVEL_WARNING, "FEED", feed->name, "feed %s: %s; trying again in %s", feed->name,
                  s->error, wait);
    else if (failing && state != seen->state)
        log_about(LOG_LEVEL_WARNING, "FEED", feed->name,
                  "feed %s is %s: %s; %lld failures, trying again in %s", feed->name, feed_state_names[state],
                  s->error, (long long)s->failures, wait);
    else if (!failing && seen->failing)
        log_about(LOG_LEVEL_INFO, "FEED", feed->name, "feed %s is well again", feed->name);
    else
        log_about(LOG_LEVEL_DEBUG, "FEED", feed->name, "feed %s: next in %s (%s)", feed->name, wait, s->why);
    seen->failing = failing;
    seen->state = state;
}

static void on_answered(void *ctx, const char *location, const struct feed_status *status, const char *says) {
    struct daemon *d = ctx;
    if (d->stopping) return;
    const struct config_feed *feed = poller_feed(d->poller, location);
    if (feed) say_feed(d, feed, status);
    if (feed && says) log_about(LOG_LEVEL_INFO, "FEED", feed->name, "feed %s: %s", feed->name, says);
    poller_answered(d->poller, location, status);
    if (!pipeline_full(d->pipeline)) poller_pause(d->poller, false);
    if (d->options.once) daemon_once_answered(d, location, status);
}

static void on_claimed(void *ctx, const char *location) {
    struct daemon *d = ctx;
    FAILPOINT("claimed", NULL);
    if (!d->stopping) poller_claimed(d->poller, location);
}

static void on_notice(void *ctx, bool destination, const char *subject, const char *says, bool well) {
    (void)ctx;
    log_about(well ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, destination ? "NOTIFY" : "FEED", subject, "%s: %s",
              subject, says);
}

static void on_not_committed(void *ctx, const char *location, const char *why) {
    struct daemon *d = ctx;
    if (d->stopping) return;
    const struct config_feed *feed = poller_feed(d->poller, location);
    const char *name = feed ? feed->name : "?";     /* never the location: it may hold a password */
    poller_hurry(d->poller, location, 30 * SECOND); /* if it was a push */
    if (!poller_not_committed(d->poller, location)) return;
    log_about(LOG_LEVEL_ERROR, "FEED", name, "feed %s: not stored: %s; it will be read again", name, why);
    if (d->options.once) daemon_once_answered(d, location, NULL);
}

static void on_rows(void *ctx, const char *notify, struct row **rows, size_t n, bool more) {
    struct daemon *d = ctx;
    if (d->stopping) {
        for (size_t i = 0; i < n; i++) row_free(rows[i]);
        return;
    }
    if (n) FAILPOINT("rows", NULL);
    deliver_rows(d->deliver, notify, rows, n, more);
    daemon_lag_start(d);
}

static void on_result_stored(void *ctx, const char *notify, int64_t row) {
    struct daemon *d = ctx;
    FAILPOINT("stored", NULL);
    if (!d->stopping) deliver_result_stored(d->deliver, notify, row);
}

static void on_merged(void *ctx, const char *notify, const int64_t *rows, size_t n, bool merged) {
    struct daemon *d = ctx;
    if (!d->stopping) deliver_merged(d->deliver, notify, rows, n, merged);
}

static void on_trouble(void *ctx, const char *why) {
    struct daemon *d = ctx;
    if (why && !d->trouble) log_error("the state cannot be written: %s; nothing is lost, trying on", why);
    if (!why && d->trouble) log_info("the state can be written again");
    free(d->trouble);
    d->trouble = xstrdup_or_null(why);
}

static const struct feed_status *feed_status_of(void *ctx, const char *location) {
    struct daemon *d = ctx;
    return pipeline_feed_status(d->pipeline, location);
}

static void configure(struct daemon *d) {
    log_set_level(d->options.log_level >= 0 ? (enum log_level)d->options.log_level
                                            : (enum log_level)d->setup->config->log);
    poller_configure(d->poller, d->setup->config, feed_status_of, d);
    if (d->websub) websub_configure(d->websub, d->setup->config);
    pipeline_forget_states(d->pipeline);
    mem_trim(); /* what a start or reload held twice goes back to the system */
    deliver_configure(d->deliver, d->setup->config, d->setup->plugins);
    for (size_t i = 0; i < d->setup->config->n_notifiers; i++)
        if (d->setup->config->notifiers[i].enabled)
            pipeline_want(d->pipeline, d->setup->config->notifiers[i].name);
}

static void log_problems(const struct problems *problems) {
    for (size_t i = 0; i < problems->n; i++) {
        struct problem p = problems->list[i];
        enum log_level level = p.severity == SEVERITY_ERROR ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING;
        p.severity = SEVERITY_ERROR; /* the log says "warning" itself */
        AUTOFREE char *line = problem_format(&p);
        log_line(level, "%s", line);
    }
}

static void on_reloaded(void *ctx, struct setup *fresh, const struct problems *problems, uint64_t ticket) {
    struct daemon *d = ctx;
    d->reloading = false;
    if (d->stopping) {
        setup_unref(fresh);
        return;
    }
    log_problems(problems);
    if (fresh) {
        struct setup *old = d->setup;
        d->setup = fresh;
        configure(d);
        setup_unref(old);
        log_info("reloaded; feeds: %zu, alerts: %zu, notifiers: %zu", fresh->config->n_feeds,
                 fresh->config->n_alerts, fresh->config->n_notifiers);
    } else {
        log_error("not reloaded: %zu error%s; what was in force stays", problems->errors,
                  problems->errors == 1 ? "" : "s");
    }
    sd_notify(0, "READY=1");
    daemon_reload_reply(d, ticket, problems, fresh != NULL);
}

/* ---- what deliver says ---- */

static void on_result(void *ctx, const struct row_result *result) {
    struct daemon *d = ctx;
    if (result->outcome == OUTCOME_DEAD) d->once.dead++;
    pipeline_result(d->pipeline, result);
    daemon_lag_start(d);
}

static void on_want(void *ctx, const char *notify) {
    struct daemon *d = ctx;
    pipeline_want(d->pipeline, notify);
}

static void on_merge(void *ctx, const char *notify, const int64_t *rows, size_t n) {
    struct daemon *d = ctx;
    pipeline_merge(d->pipeline, notify, rows, n);
}

static void on_destination(void *ctx, const struct trouble_report *report) {
    struct daemon *d = ctx;
    pipeline_destination(d->pipeline, report);
}

/* "Mute 2 h" of a pop-up. */
static void mute_for_a_while(struct daemon *d, struct text key, const char *notify) {
    AUTOFREE char *name = xstrndup(key.ptr, key.len), *why = xasprintf("pressed on %s", notify);
    pipeline_ask(d->pipeline, 0, "mute",
                 json_pack("{s:s, s:I, s:s}", "key", name, "for", (json_int_t)(2 * HOUR), "why", why));
    log_about(LOG_LEVEL_INFO, "NOTIFY", notify,
              "%s: the alert of %s is muted for 2 h; see newsalertctl mutes", notify, name);
    daemon_lag_start(d);
}

/* "Why?" of a pop-up: the store has what the message was made of; daemon_answer passes it on. */
static void say_why(struct daemon *d, struct text key, const char *notify) {
    pipeline_ask(d->pipeline, 0, "why", json_pack("{s:s%, s:s}", "key", key.ptr, key.len, "notify", notify));
    daemon_lag_start(d);
}

static void on_acted(void *ctx, const char *notify, struct text key, struct text action) {
    struct daemon *d = ctx;
    if (text_eqs(action, "mute") && !d->stopping) mute_for_a_while(d, key, notify);
    if (text_eqs(action, "why") && !d->stopping) say_why(d, key, notify);
    log_about(LOG_LEVEL_DEBUG, "NOTIFY", notify, "%s: \"%.*s\" was pressed on %.*s", notify,
              TEXT_ARGS(action), TEXT_ARGS(key));
}

/* ---- signals, reload, watchdog ---- */

int daemon_reload(struct daemon *d, uint64_t ticket) {
    if (d->reloading) return -1;
    d->reloading = true;
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)(time_boot() * 1000));
    pipeline_reload(d->pipeline, d->options.file, ticket);
    daemon_lag_start(d);
    return 0;
}

void daemon_stop(struct daemon *d) {
    event_base_loopbreak(d->base);
}

static void on_stop_signal(evutil_socket_t sig, short what, void *arg) {
    (void)sig, (void)what;
    daemon_stop(arg);
}

static void on_reload_signal(evutil_socket_t sig, short what, void *arg) {
    (void)sig, (void)what;
    struct daemon *d = arg;
    if (d->options.once) return;
    if (daemon_reload(d, 0) < 0) log_info("a reload is under way; this one is not needed");
}

static void on_watchdog(evutil_socket_t fd, short what, void *arg) {
    (void)fd, (void)what;
    struct daemon *d = arg;
    if (pipeline_moves(d->pipeline, time_boot())) sd_notify(0, "WATCHDOG=1");
}

static void signals_start(struct daemon *d) {
    static const struct {
        int signal;
        event_callback_fn run;
    } table[] = {{SIGTERM, on_stop_signal}, {SIGINT, on_stop_signal}, {SIGHUP, on_reload_signal}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        d->signals[i] = evsignal_new(d->base, table[i].signal, table[i].run, d);
        evsignal_add(d->signals[i], NULL);
    }
    /* A closed pipe or a full disk is an error of that write, never the end. */
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL);
    uint64_t usec;
    if (!d->options.once && sd_watchdog_enabled(0, &usec) > 0) {
        struct timeval half = timeval_of((int64_t)(usec / 2000));
        d->watchdog = event_new(d->base, -1, EV_PERSIST, on_watchdog, d);
        event_add(d->watchdog, &half);
    }
}

/* ---- start and end ---- */

/* mkdir -p with 0700 for the folders that are made. */
static int make_state_dir(const char *dir) {
    AUTOFREE char *path = xstrdup(dir);
    for (char *c = path + 1;; c++) {
        if (*c && *c != '/') continue;
        char saved = *c;
        *c = '\0';
        if (mkdir(path, 0700) < 0 && errno != EEXIST) return -1;
        if (!saved) return 0;
        *c = saved;
    }
}

static int daemon_open(struct daemon *d) {
    char *why = NULL;
    const struct deliver_events deliver_events = {d, on_result, on_want, on_acted, on_merge, on_destination};
    const struct poller_events poller_events = {d, on_claim, on_fetched};
    const struct pipeline_events pipeline_events = {
        d,           on_answered, on_not_committed, on_rows,   on_result_stored, daemon_answer,
        on_reloaded, on_trouble,  on_claimed,       on_notice, daemon_on_hub,    daemon_on_pushed,
        on_merged};
    if (make_state_dir(d->state_dir) < 0) {
        log_error("cannot make the state folder %s: %s (set `state`, or make it writable)", d->state_dir,
                  strerror(errno));
        return -1;
    }
    if (pipeline_start(d->base, d->setup, d->state_dir, &pipeline_events, &d->pipeline, &why) < 0) {
        log_error("%s", why);
        free(why);
        return -1;
    }
    d->net = net_new(d->base);
    d->deliver = deliver_new(d->base, d->net, &deliver_events);
    d->poller = poller_new(d->base, d->net, &poller_events);
    if (!d->options.once) daemon_websub_start(d);
    d->lag.timer = evtimer_new(d->base, lag_probe, d);
    signals_start(d);
    configure(d);
    if (d->options.once) return 0;
    d->control = control_new(d->base, d->state_dir, daemon_verbs, daemon_n_verbs, d, &why);
    if (!d->control) {
        log_error("%s", why);
        free(why);
        return -1;
    }
    return 0;
}

/* Fetches are dropped; deliveries in flight get a second, and their results are committed. */
static void daemon_close(struct daemon *d) {
    d->stopping = true;
    sd_notify(0, "STOPPING=1");
    d->control = control_free(d->control);
    d->websub = websub_free(d->websub);
    d->poller = poller_free(d->poller);
    if (d->deliver) d->deliver = deliver_free(d->deliver, SECOND);
    d->pipeline = pipeline_stop(d->pipeline);
    if (d->net) d->net = net_free(d->net);
    for (size_t i = 0; i < sizeof d->signals / sizeof *d->signals; i++)
        if (d->signals[i]) event_free(d->signals[i]);
    if (d->watchdog) event_free(d->watchdog);
    if (d->lag.timer) event_free(d->lag.timer);
    daemon_once_clear(d);
    setup_unref(d->setup);
    event_base_free(d->base);
    json_decref(d->counts);
    free(d->trouble);
    free(d->state_dir);
}

/* The configuration holds secrets. Who hunts a crash says: prlimit --core=unlimited --pid PID. */
static void no_core_dump(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_CORE, &limit) < 0) return;
    limit.rlim_cur = 0;
    setrlimit(RLIMIT_CORE, &limit);
}

int daemon_run(const struct daemon_options *options) {
    no_core_dump();
    struct problems problems = PROBLEMS_INIT;
    struct daemon d = {.options = *options, .since = time_wall(), .exit_code = EXIT_DONE};
    d.setup = setup_build(options->file, CONFIG_START, &problems);
    problems_print(&problems, stderr);
    problems_clear(&problems);
    if (!d.setup) return EXIT_USAGE;
    d.state_dir = config_state_dir(d.setup->config);
    d.base = event_base_new();
    if (!d.base) out_of_memory(0);
    if (daemon_open(&d) < 0) {
        d.exit_code = EXIT_FAILED;
    } else {
        log_info("newsalertd %s; feeds: %zu, alerts: %zu, notifiers: %zu", NEWSALERT_VERSION,
                 d.setup->config->n_feeds, d.setup->config->n_alerts, d.setup->config->n_notifiers);
        sd_notifyf(0, "READY=1\nMAINPID=%lld", (long long)getpid());
        if (options->once) daemon_once_start(&d);
        event_base_dispatch(d.base);
    }
    daemon_close(&d);
    return d.exit_code;
}

#include "plugin/instance.h"

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* The keys of every [notify] section, which are checked in config/; here only for "did you mean". */
static const char *const notify_keys[] = {
    "levels", "rate",   "in_flight", "timeout", "retry_first",   "retry_max", "retry_for", "max_age",
    "quiet",  "digest", "timezone",  "excerpt", "break_through", "link",      "enabled",   "kind"};

/* A ticket that is open: the plugin knows it by `number`, which is never used twice, so that a second answer
 * to an old one cannot end a later attempt. */
struct ticket {
    uint64_t number, ticket;
};

/* What a plugin holds as `ctx`. It is never freed: a thread of a plugin that breaks the rule and calls after
 * stop() must find something that says no. One a start, so few. */
struct gate {
    struct gate *next;
    const char *plugin; /* its name, the description's */
    pthread_mutex_t lock;
    struct notifier *notifier; /* NULL: stopped */
    struct na_notifier_host host;
    struct health health;
};

struct notifier {
    const struct na_notifier *driver;
    char *section; /* "[notify desk]" */
    void *instance;
    struct gate *gate;
    struct notifier_events events;
    struct option_set options;
    struct ticket *open;
    size_t n_open, cap_open;
    uint64_t last_number;
    /* Numbers that were cancelled last: an answer that crosses a cancel on its way is no breach. */
    uint64_t cancelled[LIMIT_IN_FLIGHT];
    size_t n_cancelled;
};

/* All gates, so that they stay reachable for a leak checker. */
static struct {
    pthread_mutex_t lock;
    struct gate *list;
} gates = {.lock = PTHREAD_MUTEX_INITIALIZER};

int notifier_options_read(const struct na_plugin *d, const struct config_notify *n, struct problems *problems,
                          struct option_set *ret) {
    AUTOFREE char *name = xasprintf("[notify %s] (kind %s)", n->name, d->name);
    struct option_section where = {name, n->at, true, notify_keys, sizeof notify_keys / sizeof *notify_keys};
    return options_read(d->notifier->options, d->notifier->option_stride, &n->options, &where, problems, ret);
}

/* ---- calls of the plugin, from any thread ----------------------------------------------------------------
 * An event is passed on under the gate's lock, so that none can be on its way when the gate is shut. The lock
 * is recursive: an event may come from within another, as when a plugin answers inside send(). */

/* The notifier, and the lock is held; NULL, and it is not, when it was stopped. */
static struct notifier *gate_enter(struct gate *g, const char *call) {
    pthread_mutex_lock(&g->lock);
    if (g->notifier) return g->notifier;
    pthread_mutex_unlock(&g->lock);
    health_breach(&g->health, BREACH_LATE, "%s()", call);
    return NULL;
}

static void gate_leave(struct gate *g) {
    pthread_mutex_unlock(&g->lock);
}

static void on_log(void *ctx, int level, const char *line) {
    struct gate *g = ctx;
    struct notifier *n = gate_enter(g, "log");
    if (!n) return;
    instance_log(g->plugin, n->section, level, line);
    gate_leave(g);
}

static const char *on_option(void *ctx, const char *name) {
    struct gate *g = ctx;
    struct notifier *n = gate_enter(g, "option");
    if (!n) return NULL;
    const char *value = name ? option_set_get(&n->options, name) : NULL;
    gate_leave(g);
    return value;
}

/* Takes an open ticket out. False: there is none of that number. */
static bool take_ticket(struct notifier *n, uint64_t number, uint64_t *ret_ticket) {
    for (size_t i = 0; i < n->n_open; i++) {
        if (n->open[i].number != number) continue;
        *ret_ticket = n->open[i].ticket;
        n->open[i] = n->open[--n->n_open];
        return true;
    }
    return false;
}

static bool was_cancelled(const struct notifier *n, uint64_t number) {
    for (size_t i = 0; i < n->n_cancelled && i < LIMIT_IN_FLIGHT; i++)
        if (n->cancelled[i] == number) return true;
    return false;
}

static void on_sent(void *ctx, uint64_t number, int result, int64_t retry_after_ms, const char *why) {
    struct gate *g = ctx;
    struct notifier *n = gate_enter(g, "sent");
    if (!n) return;
    uint64_t ticket;
    if (take_ticket(n, number, &ticket)) {
        char text[LIMIT_ERROR_TEXT + 1];
        if (result < NA_SENT || result > NA_SUSPEND) {
            health_breach(&g->health, BREACH_RESULT, "result %d; taken as RETRY", result);
            result = NA_RETRY;
        }
        if (retry_after_ms < 0) retry_after_ms = 0;
        if (retry_after_ms > LIMIT_RETRY_AFTER_DELIVERY_MS) retry_after_ms = LIMIT_RETRY_AFTER_DELIVERY_MS;
        if (why) instance_clean(why, strnlen(why, LIMIT_ERROR_TEXT), LIMIT_ERROR_TEXT, text);
        n->events.sent(n->events.ctx, ticket, result, retry_after_ms, why ? text : NULL);
    } else if (!was_cancelled(n, number)) {
        health_breach(&g->health, BREACH_TICKET, "ticket %llu of %llu", (unsigned long long)number,
                      (unsigned long long)n->last_number);
    }
    gate_leave(g);
}

/* A key or an action as it was given out: short, and text. */
static bool key_is_sane(struct gate *g, struct na_text t) {
    if (t.len && t.len <= LIMIT_PLUGIN_KEY && instance_is_utf8(t.ptr, t.len)) return true;
    health_breach(&g->health, BREACH_RESULT, "a key or action of %zu bytes", t.len);
    return false;
}

static struct text as_text(struct na_text t) {
    return (struct text){t.ptr, t.len};
}

static void on_acted(void *ctx, struct na_text key, struct na_text action) {
    struct gate *g = ctx;
    struct notifier *n = gate_enter(g, "acted");
    if (!n) return;
    if (key_is_sane(g, key) && key_is_sane(g, action) && n->events.acted)
        n->events.acted(n->events.ctx, as_text(key), as_text(action));
    gate_leave(g);
}

static void on_closed(void *ctx, struct na_text key, int reason) {
    struct gate *g = ctx;
    struct notifier *n = gate_enter(g, "closed");
    if (!n) return;
    if (reason < NA_CLOSED_EXPIRED || reason > NA_CLOSED_OTHER) reason = NA_CLOSED_OTHER;
    if (key_is_sane(g, key) && n->events.closed) n->events.closed(n->events.ctx, as_text(key), reason);
    gate_leave(g);
}

static void on_available(void *ctx, int yes, const char *why) {
    struct gate *g = ctx;
    struct notifier *n = gate_enter(g, "available");
    if (!n) return;
    char text[LIMIT_ERROR_TEXT + 1];
    instance_clean(why ? why : "", why ? strnlen(why, LIMIT_ERROR_TEXT) : 0, LIMIT_ERROR_TEXT, text);
    if (n->events.available) n->events.available(n->events.ctx, yes != 0, text);
    gate_leave(g);
}

/* ---- calls of ours, on the loop ---- */

static struct gate *gate_new(const char *plugin, struct notifier *n) {
    struct gate *g = xcalloc(1, sizeof *g);
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&g->lock, &attr);
    pthread_mutexattr_destroy(&attr);
    health_init(&g->health, plugin);
    g->plugin = plugin;
    g->notifier = n;
    g->host = (struct na_notifier_host){.size = sizeof g->host,
                                        .ctx = g,
                                        .log = on_log,
                                        .option = on_option,
                                        .sent = on_sent,
                                        .acted = on_acted,
                                        .closed = on_closed,
                                        .available = on_available};
    pthread_mutex_lock(&gates.lock);
    g->next = gates.list;
    gates.list = g;
    pthread_mutex_unlock(&gates.lock);
    return g;
}

/* Shuts the gate, which stays, and frees the rest. */
static struct notifier *notifier_free(struct notifier *n) {
    struct gate *g = n->gate;
    pthread_mutex_lock(&g->lock);
    g->notifier = NULL;
    pthread_mutex_unlock(&g->lock);
    option_set_clear(&n->options);
    free(n->section);
    free(n->open);
    free(n);
    return NULL;
}

struct notifier *notifier_start(struct plugin *p, const struct config_notify *notify,
                                const struct notifier_events *events) {
    const struct na_plugin *d = p->description;
    struct problems problems = PROBLEMS_INIT;
    struct option_set options = {0};
    if (!d->notifier || notifier_options_read(d, notify, &problems, &options)) {
        log_error("[notify %s]: the plugin %s cannot be its kind, or its keys are wrong (--check-config "
                  "names them)",
                  notify->name, d->name);
        problems_clear(&problems);
        return NULL;
    }
    problems_clear(&problems);
    struct notifier *n = xcalloc(1, sizeof *n);
    n->driver = d->notifier;
    n->section = xasprintf("[notify %s]", notify->name);
    n->events = *events;
    n->options = options;
    n->gate = gate_new(d->name, n);
    if (n->driver->start(&n->gate->host, &n->instance) == NA_OK) return n;
    log_about(LOG_LEVEL_ERROR, "PLUGIN", d->name, "plugin %s could not start for %s; its messages wait",
              d->name, n->section);
    return notifier_free(n);
}

int notifier_send(struct notifier *n, const struct na_message *message, uint64_t ticket) {
    struct gate *g = n->gate;
    pthread_mutex_lock(&g->lock);
    uint64_t number = ++n->last_number;
    GROW(n->open, n->n_open, n->cap_open);
    n->open[n->n_open++] = (struct ticket){number, ticket};
    pthread_mutex_unlock(&g->lock);
    int r = n->driver->send(n->instance, message, number);
    if (r == NA_OK) return 0;
    /* A plugin that answered and then refused has answered. */
    pthread_mutex_lock(&g->lock);
    bool still_open = take_ticket(n, number, &ticket);
    pthread_mutex_unlock(&g->lock);
    return still_open ? -1 : 0;
}

void notifier_cancel(struct notifier *n, uint64_t ticket) {
    struct gate *g = n->gate;
    uint64_t number = 0, same;
    pthread_mutex_lock(&g->lock);
    for (size_t i = 0; i < n->n_open && !number; i++)
        if (n->open[i].ticket == ticket) number = n->open[i].number;
    if (number) {
        take_ticket(n, number, &same);
        n->cancelled[n->n_cancelled++ % LIMIT_IN_FLIGHT] = number;
    }
    pthread_mutex_unlock(&g->lock);
    if (number) n->driver->cancel(n->instance, number);
}

uint64_t notifier_features(const struct notifier *n) {
    return n->driver->features;
}

struct notifier *notifier_stop(struct notifier *n) {
    if (!n) return NULL;
    n->driver->stop(n->instance);
    return notifier_free(n);
}

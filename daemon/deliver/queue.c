#include "deliver/deliver.h"

#include "base/failpoint.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"
#include "deliver/destination.h"
#include "deliver/relay.h"
#include "deliver/sender.h"
#include "deliver/stale.h"

#include <event2/util.h>
#include <stdio.h>

#define WANT_BELOW 16u /* rows in hand: then more are asked for */
#define LONGEST_SLEEP                                                                                        \
    (60 * SECOND)               /* libevent's clock stands still while the machine sleeps, ours does not */
#define FACTS_ARENA (16u << 20) /* of one row; a digest of 1,000 items takes about 6 MiB */

/* One attempt under way. */
struct flight {
    struct post *post;
    struct waiting **rows; /* the first is the one that is rendered, or all make one summary */
    size_t n;
    struct sender sender;
    void *attempt;
};

/* A message of a thread that was sent in this process: rows that the store handed out before it had the
 * result learn its name here. */
#define NAMED 64u
struct named {
    int64_t thread; /* 0: none */
    char *recipient, *posted;
};

/* A destination, and what it sends by. */
struct post {
    struct deliver *deliver;
    struct destination *d;
    struct relay *relay;
    char *relay_keys; /* what the running plugin was started with */
    struct named named[NAMED];
    size_t next_named;
};

struct deliver {
    struct event_base *base;
    struct net *net;
    struct deliver_events events;
    struct event *wake;
    struct post **posts;
    size_t n, cap;
    struct spawns *spawns;
    char *user_agent;
    char host[256];
    bool pumping, again; /* again: something changed while it was pumping */
};

static void wake_in(struct deliver *d, int64_t ms) {
    if (d->pumping && !ms) d->again = true;
    struct timeval wait = {ms / 1000, ms % 1000 * 1000};
    event_add(d->wake, &wait);
}

static uint32_t chance(void) {
    uint32_t bits;
    evutil_secure_rng_get_bytes(&bits, sizeof bits);
    return bits;
}

/* -- results ---- */
static void log_result(const struct post *p, const struct waiting *w, const struct row_result *r,
                       int64_t now) {
    char wait[TIME_TEXT];
    const struct destination *d = p->d;
    switch (r->outcome) {
    case OUTCOME_SENT:
        log_about(LOG_LEVEL_DEBUG, "NOTIFY", d->name, "%s: sent %s", d->name, w->row->key);
        break;
    case OUTCOME_RETRY:
        log_about(LOG_LEVEL_WARNING, "NOTIFY", d->name, "%s: %s, trying again in %s", d->name, r->error,
                  duration_about(r->next > now ? r->next - now : 0, wait));
        break;
    case OUTCOME_DEAD:
        log_about(LOG_LEVEL_ERROR, "NOTIFY", d->name, "%s: %s, given up (newsalertctl retry %lld)", d->name,
                  r->error, (long long)r->row);
        break;
    case OUTCOME_SUSPEND:
        log_about(LOG_LEVEL_ERROR, "NOTIFY", d->name,
                  "%s: %s. Suspended: its messages wait; newsalertctl retry %s, or a reload, goes on at once",
                  d->name, r->error, d->name);
        break;
    }
}

static void report(struct post *p, const struct waiting *w, const struct row_result *r) {
    log_result(p, w, r, r->at);
    p->deliver->events.result(p->deliver->events.ctx, r);
}

static void watch(struct post *p, const struct answer *a, const struct row_result *r) {
    struct trouble_report said;
    bool destination = answer_verdict(a).destination;
    if (!p->d->notify || !trouble_watch(&p->d->trouble, r->outcome, destination, a->what, r->at, &said))
        return;
    snprintf(said.notify, sizeof said.notify, "%s", p->d->name);
    if (p->deliver->events.trouble) p->deliver->events.trouble(p->deliver->events.ctx, &said);
}

static bool same_recipient(const char *a, const char *b) {
    return a && b ? !strcmp(a, b) : !a && !b;
}

static const struct named *name_of(const struct post *p, const struct row *row) {
    for (size_t i = 0; i < NAMED; i++)
        if (row->thread && p->named[i].thread == row->thread &&
            same_recipient(p->named[i].recipient, row->recipient))
            return &p->named[i];
    return NULL;
}

static void learn_name(struct post *p, const struct row *row, const char *posted) {
    if (!row->thread || !*posted || row->kind > KIND_PROMOTE || row->posted || name_of(p, row)) return;
    struct named *n = &p->named[p->next_named++ % NAMED];
    free(n->recipient);
    free(n->posted);
    *n = (struct named){row->thread, xstrdup_or_null(row->recipient), xstrdup(posted)};
}

static void flight_free(struct flight *f) {
    free(f->rows);
    free(f);
}

static void flight_ended(struct flight *f, const struct answer *a) {
    struct post *p = f->post;
    int64_t boot = time_boot(), wall = time_wall();
    struct row_result r;
    if (p->d->notify) FAILPOINT("answered", p->d->notify->kind_name);
    destination_answered(p->d, f->rows[0], a, boot, wall, chance(), &r);
    if (r.outcome == OUTCOME_SENT) {
        if (f->n == 1) snprintf(r.posted, sizeof r.posted, "%s", a->posted);
        learn_name(p, f->rows[0]->row, r.posted);
    }
    report(p, f->rows[0], &r);
    watch(p, a, &r);
    if (p->d->notify) FAILPOINT("reported", p->d->notify->kind_name);
    r.posted[0] = '\0'; /* it is the first row's */
    for (size_t i = 1; i < f->n; i++) {
        destination_follow(f->rows[i], f->rows[0], &r);
        report(p, f->rows[i], &r);
    }
    flight_free(f);
    if (answer_verdict(a).destination) {
        while (destination_gives_up(p->d, wall, &r)) report(p, destination_find(p->d, r.row), &r);
    }
    wake_in(p->deliver, 0);
}

static void on_answer(void *arg, const struct answer *a) {
    flight_ended(arg, a);
}

/* The rows wait again, as if nothing had been tried. */
static void flight_cancel(struct flight *f) {
    f->sender.cancel(f->attempt);
    for (size_t i = 0; i < f->n; i++) {
        f->rows[i]->flight = NULL;
        f->rows[i]->slot = false;
        f->rows[i]->state = WAITING_TURN;
    }
    flight_free(f);
}

/* -- attempts ---- */
/* Facts of one row, or the summary of several that are too old. 0 or -1. */
static int facts_of(const struct flight *f, bool stale, struct arena *a, struct facts *ret,
                    char key[KEY_SIZE]) {
    const struct row *first = f->rows[0]->row;
    memcpy(key, first->key, KEY_SIZE);
    if (!stale) return stale_facts(first, a, ret);
    const struct row **rows = xcalloc(f->n, sizeof *rows);
    for (size_t i = 0; i < f->n; i++) rows[i] = f->rows[i]->row;
    const struct text begin = TEXT("summary");
    int r = stale_summary(rows, f->n, &begin, 1, a, ret, key);
    free(rows);
    return r;
}

static void start(struct post *p, struct flight *f, bool stale, int64_t wall) {
    struct deliver *d = p->deliver;
    struct arena arena;
    struct facts facts;
    struct answer answer;
    char key[KEY_SIZE];
    arena_init(&arena, FACTS_ARENA);
    f->post = p;
    f->sender = sender_of(p->d->notify);
    for (size_t i = 0; i < f->n; i++) {
        f->rows[i]->state = WAITING_ANSWER;
        f->rows[i]->slot = i == 0;
        f->rows[i]->flight = f;
    }
    if (facts_of(f, stale, &arena, &facts, key) < 0) {
        answer_say(&answer, ANSWER_FAILURE, FAILURE_ROW, "the stored facts of this message cannot be read");
    } else {
        const struct row *row = f->rows[0]->row;
        const struct sender_env env = {d->base, d->net, p->relay, d->user_agent, d->spawns};
        const struct named *named = name_of(p, row);
        const char *posted = row->posted ? row->posted : named ? named->posted : NULL;
        const struct render_ask ask = {p->d->notify, key, row->recipient, d->host, wall, row->halve, posted};
        FAILPOINT("send", p->d->notify->kind_name);
        f->attempt = f->sender.start(&env, &ask, &facts, on_answer, f, &answer);
    }
    arena_clear(&arena);
    if (f->attempt)
        FAILPOINT("sending", p->d->notify->kind_name);
    else
        flight_ended(f, &answer);
}

static void ask_to_merge(struct post *p, const struct flight *f) {
    int64_t *ids = xcalloc(f->n, sizeof *ids);
    for (size_t i = 0; i < f->n; i++) ids[i] = f->rows[i]->row->id;
    p->deliver->events.merge(p->deliver->events.ctx, p->d->name, ids, f->n);
    free(ids);
}

static void launch(struct post *p, struct waiting *w, int64_t boot, int64_t wall) {
    struct flight *f = xcalloc(1, sizeof *f);
    size_t most = p->d->n;
    f->rows = xcalloc(most, sizeof *f->rows);
    f->n = destination_stale(p->d, w, boot, wall, f->rows, most);
    bool stale = f->n > 0;
    if (!stale && p->deliver->events.merge) f->n = destination_overdue(p->d, w, boot, f->rows, most);
    if (!stale && f->n) {
        ask_to_merge(p, f);
        flight_free(f);
        return;
    }
    if (!stale) f->rows[f->n++] = w;
    rate_take(&p->d->bucket, boot);
    start(p, f, stale, wall);
}

static size_t in_hand(const struct destination *d) {
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++) n += !d->rows[i]->final;
    return n;
}

static void want(struct post *p) {
    struct destination *d = p->d;
    if (!d->notify || !d->more || d->wanted || d->fruitless || in_hand(d) >= WANT_BELOW) return;
    d->wanted = true;
    p->deliver->events.want(p->deliver->events.ctx, d->name);
}

/* Everything that may go now goes; then the timer stands at the next moment at which something may. */
static void pump(struct deliver *d) {
    int64_t next = NEVER;
    if (d->pumping) return;
    d->pumping = true;
    for (size_t i = 0; i < d->n; i++) {
        struct post *p = d->posts[i];
        struct waiting *w;
        int64_t wake, boot = time_boot();
        while ((w = destination_pick(p->d, boot, &wake))) launch(p, w, boot, time_wall());
        if (wake < next) next = wake;
        want(p);
    }
    d->pumping = false;
    int64_t wait = d->again ? 0 : next - time_boot();
    if (next == NEVER && !d->again) return;
    d->again = false;
    wake_in(d, wait < 0 ? 0 : wait < LONGEST_SLEEP ? wait : LONGEST_SLEEP);
}

static void on_wake(evutil_socket_t fd, short what, void *arg) {
    (void)fd, (void)what;
    pump(arg);
}

/* -- plugins' notifiers ---- */
static void on_acted(void *ctx, struct text key, struct text action) {
    struct post *p = ctx;
    struct deliver *d = p->deliver;
    if (d->events.acted) d->events.acted(d->events.ctx, p->d->name, key, action);
}

static void on_available(void *ctx, bool yes, const char *why) {
    struct post *p = ctx;
    bool was = p->d->available;
    if (yes != was)
        log_about(LOG_LEVEL_INFO, "NOTIFY", p->d->name, "%s: %s%s%s", p->d->name,
                  yes ? "available" : "not available", why ? ": " : "", why ? why : "");
    destination_available(p->d, yes, why, time_boot());
    if (yes && !was) destination_resume(p->d, time_boot(), p->d->since);
    wake_in(p->deliver, 0);
}

static void cancel_flights(struct post *p) {
    for (size_t i = 0; i < p->d->n; i++)
        if (p->d->rows[i]->flight) flight_cancel(p->d->rows[i]->flight);
}

static char *keys_of(const struct config_notify *n) {
    struct buf keys;
    buf_init(&keys, LIMIT_CONFIG_FILE);
    buf_addf(&keys, "%s\n", n->kind_name);
    for (size_t i = 0; i < n->options.n; i++)
        buf_addf(&keys, "%s=%s\n", n->options.list[i].key, n->options.list[i].value);
    return buf_steal(&keys);
}

static void stop_relay(struct post *p) {
    if (!p->relay) return;
    cancel_flights(p);
    p->relay = relay_free(p->relay);
    free(p->relay_keys);
    p->relay_keys = NULL;
    p->d->available = true;
}

static void set_relay(struct post *p, const struct config_notify *n, struct plugins *plugins) {
    if (!n || n->kind != NOTIFY_PLUGIN) {
        stop_relay(p);
        return;
    }
    char *keys = keys_of(n);
    if (p->relay && !strcmp(keys, p->relay_keys)) {
        free(keys);
        return;
    }
    stop_relay(p);
    struct plugin *plugin = plugins ? plugins_by_name(plugins, n->kind_name) : NULL;
    const struct relay_events events = {p, on_acted, on_available};
    if (plugin) p->relay = relay_new(p->deliver->base, plugin, n, &events);
    if (p->relay)
        p->relay_keys = keys;
    else
        free(keys);
}

/* -- the interface ---- */
struct deliver *deliver_new(struct event_base *base, struct net *net, const struct deliver_events *events) {
    struct deliver *d = xcalloc(1, sizeof *d);
    d->base = base;
    d->net = net;
    d->spawns = spawns_new(base);
    d->events = *events;
    sender_host(d->host);
    d->user_agent = sender_user_agent(NULL);
    d->wake = event_new(base, -1, 0, on_wake, d);
    if (!d->wake) out_of_memory(sizeof(void *));
    return d;
}

static bool flying(const struct deliver *d) {
    for (size_t i = 0; i < d->n; i++)
        for (size_t k = 0; k < d->posts[i]->d->n; k++)
            if (d->posts[i]->d->rows[k]->flight) return true;
    return false;
}

struct deliver *deliver_free(struct deliver *d, int64_t grace) {
    if (!d) return NULL;
    d->pumping = true; /* nothing new starts */
    for (int64_t end = time_boot() + grace, now; flying(d) && (now = time_boot()) < end;) {
        wake_in(d, end - now);
        if (event_base_loop(d->base, EVLOOP_ONCE) < 0) break;
    }
    for (size_t i = 0; i < d->n; i++) {
        struct post *p = d->posts[i];
        cancel_flights(p);
        stop_relay(p);
        destination_free(p->d);
        for (size_t k = 0; k < NAMED; k++) {
            free(p->named[k].recipient);
            free(p->named[k].posted);
        }
        free(p);
    }
    spawns_free(d->spawns);
    event_free(d->wake);
    free(d->posts);
    free(d->user_agent);
    free(d);
    return NULL;
}

static struct post *post_named(const struct deliver *d, const char *name) {
    for (size_t i = 0; i < d->n; i++)
        if (!strcmp(d->posts[i]->d->name, name)) return d->posts[i];
    return NULL;
}

static struct post *post_add(struct deliver *d, const char *name) {
    struct post *p = xcalloc(1, sizeof *p);
    p->deliver = d;
    p->d = destination_new(name);
    GROW(d->posts, d->n, d->cap);
    d->posts[d->n++] = p;
    return p;
}

static const struct config_notify *enabled(const struct config *config, const char *name) {
    for (size_t i = 0; i < config->n_notifiers; i++)
        if (!strcmp(config->notifiers[i].name, name))
            return config->notifiers[i].enabled ? &config->notifiers[i] : NULL;
    return NULL;
}

void deliver_configure(struct deliver *d, const struct config *config, struct plugins *plugins) {
    free(d->user_agent);
    d->user_agent = sender_user_agent(config->contact);
    for (size_t i = 0; i < config->n_notifiers; i++)
        if (config->notifiers[i].enabled && !post_named(d, config->notifiers[i].name))
            post_add(d, config->notifiers[i].name);
    for (size_t i = 0; i < d->n; i++) {
        struct post *p = d->posts[i];
        const struct config_notify *n = enabled(config, p->d->name);
        bool fresh = n && !p->d->notify;
        destination_configure(p->d, n, time_boot(), time_wall());
        set_relay(p, n, plugins);
        /* Asked for from the loop, when whoever configures has got everything in place. */
        if (fresh) p->d->more = true;
    }
    wake_in(d, 0);
}

void deliver_rows(struct deliver *d, const char *notify, struct row **rows, size_t n, bool more) {
    struct post *p = post_named(d, notify);
    if (!p) p = post_add(d, notify);
    int64_t boot = time_boot(), wall = time_wall();
    size_t fresh = 0;
    for (size_t i = 0; i < n; i++) fresh += destination_add(p->d, rows[i], boot, wall);
    p->d->more = more && p->d->notify;
    p->d->wanted = false;
    p->d->fruitless = more && !fresh;
    wake_in(d, 0);
}

void deliver_result_stored(struct deliver *d, const char *notify, int64_t row) {
    struct post *p = post_named(d, notify);
    struct waiting *w = p ? destination_find(p->d, row) : NULL;
    if (w) destination_stored(p->d, w);
    wake_in(d, 0);
}

void deliver_merged(struct deliver *d, const char *notify, const int64_t *rows, size_t n, bool merged) {
    struct post *p = post_named(d, notify);
    if (p) destination_merged(p->d, rows, n, merged);
    wake_in(d, 0);
}

void deliver_explain(struct deliver *d, const char *notify, const char *key, const struct facts *f,
                     struct text query) {
    struct post *p = post_named(d, notify);
    if (!p || !p->relay || !p->d->notify) return;
    const struct render_ask ask = {p->d->notify, key, NULL, d->host, time_wall(), false, NULL};
    relay_explain(p->relay, &ask, f, query);
}

void deliver_drop(struct deliver *d, int64_t row) {
    for (size_t i = 0; i < d->n; i++) {
        struct waiting *w = destination_find(d->posts[i]->d, row);
        if (!w) continue;
        if (w->flight) flight_cancel(w->flight);
        destination_remove(d->posts[i]->d, w);
        wake_in(d, 0);
    }
}

void deliver_resume(struct deliver *d, const char *notify) {
    for (size_t i = 0; i < d->n; i++)
        if (!notify || !strcmp(d->posts[i]->d->name, notify))
            destination_resume(d->posts[i]->d, time_boot(), time_wall());
    wake_in(d, 0);
}

bool deliver_idle(const struct deliver *d, int64_t until) {
    for (size_t i = 0; i < d->n; i++)
        if (!destination_idle(d->posts[i]->d, time_boot(), until)) return false;
    return true;
}

size_t deliver_status(const struct deliver *d, struct destination_status **ret) {
    struct destination_status *list = xcalloc(d->n + 1, sizeof *list);
    for (size_t i = 0; i < d->n; i++) {
        const struct destination *to = d->posts[i]->d;
        list[i] = (struct destination_status){
            .notify = to->name,
            .state = !to->notify     ? "not configured"
                     : to->suspended ? "suspended"
                                     : "ok",
            .waiting = in_hand(to),
            .error = to->error,
            .available = to->available,
        };
    }
    *ret = list;
    return d->n;
}

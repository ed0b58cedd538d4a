#include "pipeline_inside.h"

#include "base/failpoint.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"

#include <signal.h>
#include <string.h>

/* Between two tries of a transaction that could not be committed. */
#define AGAIN_MS 1000

struct feed_copy {
    char *location;
    struct feed_status status;
};

/* ---- messages and events ---------------------------------------------------------------------------------
 */

static void message_free(struct message *m) {
    fetched_free(m->fetched);
    free(m->name);
    json_decref(m->args);
    free(m);
}

static void event_free_(struct pipeline_event *e) {
    free(e->name);
    free(e->says);
    feed_status_clear(&e->status);
    for (size_t i = 0; i < e->n; i++) row_free(e->rows[i]);
    free(e->rows);
    json_decref(e->answer);
    setup_unref(e->setup);
    problems_clear(&e->problems);
    free(e);
}

static struct pipeline_event *event_new_(enum event_what what, const char *name) {
    struct pipeline_event *e = xcalloc(1, sizeof *e);
    e->what = what;
    e->name = xstrdup_or_null(name);
    return e;
}

struct pipeline_event *pipeline_hold(struct pipeline *p, enum event_what what, const char *name) {
    struct pipeline_event *e = event_new_(what, name);
    *p->held_end = e;
    p->held_end = &e->next;
    return e;
}

static void tell(struct pipeline *p, struct pipeline_event *e) {
    p->under_way++;
    mailbox_put(p->mailbox, &e->link);
}

void pipeline_touch(struct pipeline *p, const char *notify) {
    for (size_t i = 0; i < p->touched.n; i++)
        if (!strcmp(p->touched.list[i], notify)) return;
    GROW(p->touched.list, p->touched.n, p->touched.cap);
    p->touched.list[p->touched.n++] = xstrdup(notify);
}

static void touched_clear(struct pipeline *p) {
    while (p->touched.n) free(p->touched.list[--p->touched.n]);
}

/* ---- one transaction -------------------------------------------------------------------------------------
 */

static void trouble(struct pipeline *p, const char *why) {
    if (!why && !p->trouble) return;
    p->trouble = why != NULL;
    struct pipeline_event *e = event_new_(EVENT_TROUBLE, NULL);
    e->says = xstrdup_or_null(why);
    tell(p, e);
}

/* Rows for the loop are chosen within the transaction, so that what is handed out is what is committed. */
static void hand_out(struct pipeline *p) {
    int64_t now = time_wall();
    for (size_t i = 0; i < p->touched.n; i++) {
        const char *name = p->touched.list[i];
        const struct config_notify *n = config_notify(p->setup->config, name);
        if (!n || !n->enabled) continue; /* its rows wait until the name is back */
        struct pipeline_event *e = pipeline_hold(p, EVENT_ROWS, name);
        e->rows = store_hand_out(p->store, name, now, &e->n, &e->more);
    }
    touched_clear(p);
}

static void run_message(struct pipeline *p, struct message *m) {
    const struct config_feed *feed;
    struct feed_record record;
    switch (m->what) {
    case MESSAGE_FETCHED: pipeline_document(p, m->fetched); break;
    case MESSAGE_CLAIM:
        feed = map_get(&p->feeds, text_of(m->name));
        if (!feed) break;
        store_feed_load(p->store, m->name, &record);
        record.status.schedule.next = time_wall() + schedule_interval(&record.status.schedule, feed);
        store_feed_save(p->store, m->name, &record);
        feed_record_clear(&record);
        break;
    case MESSAGE_RESULT:
        store_result(p->store, &m->result);
        pipeline_hold(p, EVENT_STORED, m->result.notify)->row = m->result.row;
        break;
    case MESSAGE_WANT: pipeline_touch(p, m->name); break;
    case MESSAGE_ASK: pipeline_answer(p, m); break;
    case MESSAGE_RELOAD: break;
    }
}

/* The messages of a batch, in order; all live until its end is known. */
struct batch {
    struct message *first, **end;
    size_t documents, results;
};

static void batch_run(struct pipeline *p, struct batch *b, struct message *m) {
    m->next = NULL;
    *b->end = m;
    b->end = &m->next;
    b->documents += m->what == MESSAGE_FETCHED;
    b->results += m->what == MESSAGE_RESULT;
    p->step = time_boot();
    run_message(p, m);
}

static bool is_cheap(const struct message *m) {
    return m->what == MESSAGE_CLAIM || m->what == MESSAGE_RESULT || m->what == MESSAGE_WANT ||
           (m->what == MESSAGE_ASK && !pipeline_orders(m));
}

/* A database that takes nothing can still be read, and then above all somebody wants to see it. */
static struct pipeline_event *answer_anyway(struct pipeline *p, const struct message *m, const char *why) {
    store_forget_error(p->store);
    if (!pipeline_orders(m)) {
        pipeline_answer(p, m);
        struct pipeline_event *e = p->held;
        p->held = NULL;
        p->held_end = &p->held;
        if (!store_error(p->store)) return e;
        event_free_(e);
    }
    struct pipeline_event *e = event_new_(EVENT_ANSWER, NULL);
    e->ticket = m->ticket;
    e->answer = json_pack("{s:i, s:s}", "status", 503, "error", why);
    return e;
}

/* After a failed commit: documents were never read, results are tried again, orders are refused. */
static void batch_failed(struct pipeline *p, struct batch *b, const char *why) {
    struct message **end = &p->again;
    while (*end) end = &(*end)->next;
    for (struct message *m = b->first, *next; m; m = next) {
        next = m->next;
        m->next = NULL;
        struct pipeline_event *e = NULL;
        if (m->what == MESSAGE_FETCHED) {
            e = event_new_(EVENT_NOT_COMMITTED, m->fetched->location);
            e->says = xstrdup(why);
        } else if (m->what == MESSAGE_ASK) {
            e = answer_anyway(p, m, why);
        }
        if (e) tell(p, e);
        if (m->what == MESSAGE_RESULT || m->what == MESSAGE_WANT) {
            *end = m;
            end = &m->next;
        } else {
            message_free(m);
            p->under_way--;
        }
    }
}

static void batch_done(struct pipeline *p, struct batch *b) {
    for (struct pipeline_event *e = p->held, *next; e; e = next) {
        next = e->next;
        tell(p, e);
    }
    p->held = NULL;
    p->held_end = &p->held;
    for (struct message *m = b->first, *next; m; m = next) {
        next = m->next;
        message_free(m);
        p->under_way--;
    }
}

static void forget_held(struct pipeline *p) {
    for (struct pipeline_event *e = p->held, *next; e; e = next) {
        next = e->next;
        event_free_(e);
    }
    p->held = NULL;
    p->held_end = &p->held;
    touched_clear(p);
}

static int use_setup(struct pipeline *p, struct setup *fresh, bool quiet);

static void say_set_aside(const struct pipeline *p) {
    log_error(
        "the database was damaged and is set aside as %s; a fresh one begins, what the feeds list now is "
        "taken as seen, and messages that were not sent are lost with it",
        store_set_aside(p->store));
}

static void set_aside(struct pipeline *p) {
    char *why = NULL;
    p->renew = true;
    if (store_recover(p->store, &why) < 0) {
        log_error("%s", why);
        free(why);
    } else {
        say_set_aside(p);
    }
}

static void trim_outbox(struct pipeline *p) {
    int64_t max = p->setup->config->outbox_max;
    size_t n = store_outbox_trim(p->store, max, time_wall());
    if (n)
        log_warning("more than %lld messages wait (outbox_max): the %zu oldest routine ones are dead; "
                    "newsalertctl outbox --state dead lists them, retry revives them",
                    (long long)max, n);
}

/* One transaction over what waits: the short lane whole, then a document, the short lane whole, and so on, up
 * to LIMIT_BATCH_DOCUMENTS or LIMIT_BATCH_MS. A reload ends the batch before it, and is returned. */
static struct message *batch(struct pipeline *p, struct message *shorts, struct message *first_long) {
    struct batch b = {.end = &b.first};
    int64_t began = time_boot();
    bool cheap = !first_long;
    for (struct message *m = shorts; m; m = (struct message *)m->link.next) cheap = cheap && is_cheap(m);
    struct message *reload = NULL, *m = first_long;
    if (p->renew) p->renew = use_setup(p, p->setup, true) < 0;
    bool open = store_begin(p->store, cheap ? SYNC_NORMAL : SYNC_FULL) == 0;
    for (;;) {
        for (struct message *next; shorts; shorts = next) {
            next = (struct message *)shorts->link.next;
            batch_run(p, &b, shorts);
        }
        if (!m) break;
        batch_run(p, &b, m);
        if (b.documents >= LIMIT_BATCH_DOCUMENTS || time_boot() - began > LIMIT_BATCH_MS) break;
        shorts = (struct message *)queue_take_all_short(p->queue);
        m = (struct message *)queue_take_long(p->queue);
        if (m && m->what == MESSAGE_RELOAD) reload = steal(&m);
    }
    if (!cheap) trim_outbox(p);
    hand_out(p);
    if (b.documents) FAILPOINT("before-commit");
    if (b.results) FAILPOINT("before-result-commit");
    if (open && store_commit(p->store) == 0) {
        if (b.documents) FAILPOINT("after-commit");
        if (b.results) FAILPOINT("after-result-commit");
        batch_done(p, &b);
        if (store_wrote(p->store)) trouble(p, NULL);
    } else {
        AUTOFREE char *why =
            xstrdup(store_error(p->store) ? store_error(p->store) : "the database cannot be written");
        forget_held(p);
        if (store_damaged(p->store)) set_aside(p);
        batch_failed(p, &b, why);
        trouble(p, why);
    }
    return reload;
}

/* ---- setups ----------------------------------------------------------------------------------------------
 */

/* Sections with one location are one feed, polled once, whose items belong to each of them. */
static void use_feeds(struct pipeline *p, const struct config *config) {
    map_clear(&p->feeds);
    free(p->same);
    p->same = xcalloc(config->n_feeds + 1, sizeof *p->same);
    for (size_t i = config->n_feeds; i-- > 0;) {
        const struct config_feed *f = &config->feeds[i];
        if (!f->enabled) continue;
        p->same[i] = map_remove(&p->feeds, text_of(f->location));
        map_add(&p->feeds, text_of(f->location), (void *)f);
    }
}

/* Takes a setup into use: feeds by location, birth times, a matcher. 0; -1: not stored, nothing changed. */
static int use_setup(struct pipeline *p, struct setup *fresh, bool quiet) {
    int64_t *born = NULL, now = time_wall();
    if (store_begin(p->store, SYNC_FULL) == 0) {
        store_alerts_born(p->store, fresh->config, now, &born);
        store_feeds_configured(p->store, fresh->config, quiet, now);
        if (p->setup)
            for (size_t i = 0; i < p->setup->config->n_notifiers; i++) {
                const struct config_notify *n =
                    config_notify(fresh->config, p->setup->config->notifiers[i].name);
                if (!n || !n->enabled) store_hand_forget(p->store, p->setup->config->notifiers[i].name);
            }
    }
    if (store_commit(p->store) < 0) {
        free(born);
        return -1;
    }
    matcher_free(p->matcher);
    p->matcher = matcher_new(fresh->rules);
    free(p->born);
    p->born = born;
    use_feeds(p, fresh->config);
    struct setup *old = p->setup;
    p->setup = setup_ref(fresh);
    setup_unref(old);
    return 0;
}

/* Rows of notifiers that are gone wait for their return; whoever took them out is told how many. */
static void say_orphans(struct pipeline *p) {
    store_forget_error(p->store);
    json_t *counts = store_counts(p->store), *row;
    size_t i;
    json_array_foreach(counts, i, row) {
        const char *name = json_string_value(json_object_get(row, "notify"));
        long long n = json_integer_value(json_object_get(row, "pending"));
        const struct config_notify *notify = config_notify(p->setup->config, name);
        if (n && (!notify || !notify->enabled))
            log_warning("%lld messages wait for notifier %s, which is not configured; newsalertctl drop %s "
                        "ends them",
                        n, name, name);
    }
    json_decref(counts);
}

static void reload(struct pipeline *p, struct message *m) {
    struct pipeline_event *e = event_new_(EVENT_RELOADED, NULL);
    e->ticket = m->ticket;
    struct setup *fresh = setup_build(m->name, CONFIG_START, &e->problems);
    if (fresh && use_setup(p, fresh, false) < 0) {
        problem_error(&e->problems, NULL, 0, "not reloaded: %s", store_error(p->store));
        fresh = setup_unref(fresh);
    }
    if (fresh) say_orphans(p);
    e->setup = fresh;
    tell(p, e);
    message_free(m);
    p->under_way--;
}

/* ---- the thread ------------------------------------------------------------------------------------------
 */

static void prune(struct pipeline *p) {
    bool more = false;
    p->pruned = time_boot();
    if (store_begin(p->store, SYNC_NORMAL) < 0) return;
    more = store_prune(p->store, p->setup->config, time_wall());
    if (store_commit(p->store) < 0) more = false;
    if (more) p->pruned -= LIMIT_PRUNE_MS; /* the next slice as soon as nothing waits */
}

/* What a failed commit left goes first again, so that a busy house cannot starve it. */
static struct message *with_again(struct pipeline *p, struct message *shorts) {
    struct message *first = steal(&p->again), *last = first;
    if (!first) return shorts;
    for (; last->next; last = last->next) last->link.next = &last->next->link;
    last->link.next = shorts ? &shorts->link : NULL;
    return first;
}

static void *thread_run(void *arg) {
    struct pipeline *p = arg;
    for (bool goes_on = true; goes_on;) {
        int64_t wait = p->pruned + LIMIT_PRUNE_MS - time_boot();
        if (wait < 0) wait = 0;
        if (p->again && wait > AGAIN_MS) wait = AGAIN_MS;
        goes_on = queue_wait(p->queue, wait);
        p->step = time_boot();
        struct message *shorts = with_again(p, (struct message *)queue_take_all_short(p->queue));
        struct message *m = (struct message *)queue_take_long(p->queue), *then = NULL;
        if (m && m->what == MESSAGE_RELOAD) then = steal(&m);
        if (shorts || m) {
            struct message *next = batch(p, shorts, m);
            if (next) then = next;
        }
        if (then) reload(p, then);
        if (goes_on && !shorts && !m && !then && time_boot() - p->pruned >= LIMIT_PRUNE_MS) prune(p);
        store_tidy(p->store);
    }
    return NULL;
}

/* ---- the loop's side -------------------------------------------------------------------------------------
 */

static void state_put(struct pipeline *p, const char *location, const struct feed_status *status) {
    struct feed_copy *c = map_get(&p->states, text_of(location));
    if (!c) {
        c = xcalloc(1, sizeof *c);
        c->location = xstrdup(location);
        map_add(&p->states, text_of(c->location), c);
    } else {
        feed_status_clear(&c->status);
    }
    feed_status_copy(&c->status, status);
}

static void tell_loop(struct pipeline *p, struct pipeline_event *e) {
    const struct pipeline_events *to = &p->events;
    switch (e->what) {
    case EVENT_ANSWERED:
        state_put(p, e->name, &e->status);
        to->answered(to->ctx, e->name, &e->status, e->says);
        break;
    case EVENT_NOT_COMMITTED: to->not_committed(to->ctx, e->name, e->says); break;
    case EVENT_ROWS:
        to->rows(to->ctx, e->name, e->rows, e->n, e->more);
        e->n = 0; /* the rows have passed, the array has not */
        break;
    case EVENT_STORED: to->result_stored(to->ctx, e->name, e->row); break;
    case EVENT_ANSWER: to->answer(to->ctx, e->ticket, steal(&e->answer)); break;
    case EVENT_RELOADED: to->reloaded(to->ctx, steal(&e->setup), &e->problems, e->ticket); break;
    case EVENT_TROUBLE: to->trouble(to->ctx, e->says); break;
    }
}

/* For LIMIT_EVENTS_MS at a stretch, so that a flood of events does not hold the loop; the descriptor stays
 * readable while some are left. */
static void on_mail(evutil_socket_t fd, short what, void *arg) {
    (void)fd, (void)what;
    struct pipeline *p = arg;
    int64_t began = time_boot();
    struct pipeline_event *e;
    while ((e = (struct pipeline_event *)mailbox_take(p->mailbox))) {
        if (p->running) tell_loop(p, e);
        event_free_(e);
        p->under_way--;
        if (time_boot() - began > LIMIT_EVENTS_MS) break;
    }
}

static void put(struct pipeline *p, enum lane lane, struct message *m, size_t bytes) {
    p->under_way++;
    queue_put(p->queue, lane, true, &m->link, bytes);
}

static struct message *message_new(enum message_what what, const char *name) {
    struct message *m = xcalloc(1, sizeof *m);
    m->what = what;
    m->name = xstrdup_or_null(name);
    return m;
}

void pipeline_fetched(struct pipeline *p, struct fetched *f) {
    struct message *m = message_new(MESSAGE_FETCHED, NULL);
    m->fetched = f;
    bool document = f->body || f->answer.kind == ANSWER_FEED;
    put(p, document ? LANE_LONG : LANE_SHORT, m, f->body_len);
}

bool pipeline_full(const struct pipeline *p) {
    return queue_full(p->queue);
}

size_t pipeline_queued(const struct pipeline *p) {
    return queue_length(p->queue);
}

void pipeline_claim(struct pipeline *p, const struct config_feed *feed) {
    put(p, LANE_SHORT, message_new(MESSAGE_CLAIM, feed->location), 0);
}

void pipeline_result(struct pipeline *p, const struct row_result *result) {
    struct message *m = message_new(MESSAGE_RESULT, NULL);
    m->result = *result;
    put(p, LANE_SHORT, m, 0);
}

void pipeline_want(struct pipeline *p, const char *notify) {
    put(p, LANE_SHORT, message_new(MESSAGE_WANT, notify), 0);
}

void pipeline_ask(struct pipeline *p, uint64_t ticket, const char *what, json_t *args) {
    struct message *m = message_new(MESSAGE_ASK, what);
    m->ticket = ticket;
    m->args = args;
    put(p, LANE_SHORT, m, 0);
}

void pipeline_reload(struct pipeline *p, const char *file, uint64_t ticket) {
    struct message *m = message_new(MESSAGE_RELOAD, file);
    m->ticket = ticket;
    put(p, LANE_LONG, m, 0);
}

bool pipeline_moves(const struct pipeline *p, int64_t boot) {
    return !queue_length(p->queue) || boot - p->step < LIMIT_PIPELINE_MS;
}

bool pipeline_idle(const struct pipeline *p) {
    return !p->under_way;
}

const struct feed_status *pipeline_feed_status(struct pipeline *p, const char *location) {
    const struct feed_copy *c = map_get(&p->states, text_of(location));
    return c ? &c->status : NULL;
}

/* ---- start and end ---------------------------------------------------------------------------------------
 */

static void load_state(void *ctx, const char *location, struct feed_record *r) {
    state_put(ctx, location, &r->status);
}

static void pipeline_free(struct pipeline *p) {
    if (p->mail) event_free(p->mail);
    struct pipeline_event *e;
    while (p->mailbox && (e = (struct pipeline_event *)mailbox_take(p->mailbox))) event_free_(e);
    for (struct message *m = p->again, *next; m; m = next) {
        next = m->next;
        message_free(m);
    }
    p->mailbox = mailbox_free(p->mailbox);
    p->queue = queue_free(p->queue);
    p->store = store_close(p->store);
    matcher_free(p->matcher);
    setup_unref(p->setup);
    map_clear(&p->feeds);
    free(p->same);
    struct map_entry *entry;
    for (size_t i = 0; (entry = map_next(&p->states, &i));) {
        struct feed_copy *c = entry->value;
        feed_status_clear(&c->status);
        free(c->location);
        free(c);
    }
    map_clear(&p->states);
    touched_clear(p);
    free(p->touched.list);
    free(p->born);
    free(p);
}

static uint64_t installation_seed(const struct store *s) {
    char hex[2 * SHA256_SIZE + 1];
    sha256_hex(text_of(store_installation(s)), hex);
    hex[16] = '\0';
    return strtoull(hex, NULL, 16);
}

static int pipeline_open(struct pipeline *p, struct setup *setup, const char *dir, char **ret_why) {
    if (store_open(dir, &p->store, ret_why) < 0) return -1;
    if (store_set_aside(p->store)) say_set_aside(p);
    p->installation = installation_seed(p->store);
    if (use_setup(p, setup, store_is_after_damage(p->store)) < 0) {
        *ret_why = xasprintf("cannot write the state in %s: %s", dir, store_error(p->store));
        return -1;
    }
    store_forget_error(p->store);
    store_feeds_each(p->store, load_state, p);
    p->mailbox = mailbox_new();
    if (!p->mailbox) {
        *ret_why = xstrdup("no descriptor is left for the pipeline");
        return -1;
    }
    return 0;
}

int pipeline_start(struct event_base *base, struct setup *setup, const char *state_dir,
                   const struct pipeline_events *events, struct pipeline **ret, char **ret_why) {
    struct pipeline *p = xcalloc(1, sizeof *p);
    const struct queue_limits limits = {LIMIT_QUEUE_SHORT, LIMIT_QUEUE_LONG, LIMIT_QUEUE_LONG_BYTES};
    p->base = base;
    p->events = *events;
    p->held_end = &p->held;
    p->queue = queue_new(&limits);
    p->pruned = time_boot() - LIMIT_PRUNE_MS + MINUTE;
    p->step = time_boot();
    if (pipeline_open(p, setup, state_dir, ret_why) < 0) {
        pipeline_free(p);
        return -1;
    }
    p->mail = event_new(base, mailbox_fd(p->mailbox), EV_READ | EV_PERSIST, on_mail, p);
    event_add(p->mail, NULL);
    p->running = true;
    /* Signals are the loop's. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&p->thread, NULL, thread_run, p)) out_of_memory(0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    *ret = p;
    return 0;
}

struct pipeline *pipeline_stop(struct pipeline *p) {
    if (!p) return NULL;
    p->running = false;
    queue_close(p->queue);
    pthread_join(p->thread, NULL);
    pipeline_free(p);
    return NULL;
}

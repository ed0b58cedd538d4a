#include "pipeline/stories.h"

#include "base/failpoint.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"

#include <signal.h>
#include <string.h>

/* ---- the loop's side ---- */

void feed_copy_clear(struct feed_copy *c) {
    feed_status_clear(&c->status);
    free(c->location);
}

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
    case EVENT_ANSWERED: to->answered(to->ctx, e->name, &e->status, e->says); break;
    case EVENT_CLAIMED: to->claimed(to->ctx, e->name); break;
    case EVENT_NOTICE: to->notice(to->ctx, e->destination, e->name, e->says, e->well); break;
    case EVENT_NOT_COMMITTED: to->not_committed(to->ctx, e->name, e->says); break;
    case EVENT_ROWS:
        to->rows(to->ctx, e->name, e->rows, e->n, e->more);
        e->n = 0; /* the rows have passed, the array has not */
        break;
    case EVENT_STORED: to->result_stored(to->ctx, e->name, e->row); break;
    case EVENT_ANSWER: to->answer(to->ctx, e->ticket, steal(&e->answer)); break;
    case EVENT_RELOADED:
        for (size_t i = 0; i < e->n_feeds; i++) state_put(p, e->feeds[i].location, &e->feeds[i].status);
        to->reloaded(to->ctx, steal(&e->setup), &e->problems, e->ticket);
        break;
    case EVENT_TROUBLE: to->trouble(to->ctx, e->says); break;
    case EVENT_HUB:
        if (to->hub) to->hub(to->ctx, e->name, e->hub, e->topic);
        break;
    case EVENT_PUSHED:
        if (to->pushed) to->pushed(to->ctx, e->name, &e->status, e->says);
        break;
    case EVENT_MERGED: to->merged(to->ctx, e->name, e->ids, e->n_ids, e->merged); break;
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
        pipeline_event_free(e);
        p->under_way--;
        if (time_boot() - began > LIMIT_EVENTS_MS) break;
    }
}

static void put(struct pipeline *p, enum lane lane, struct message *m, size_t bytes) {
    p->under_way++;
    queue_put(p->queue, lane, true, &m->link, bytes);
}

/* By the reader, who hands it on. */
static void put_unread(struct pipeline *p, struct message *m, size_t bytes) {
    p->under_way++;
    p->unread_n++;
    queue_put(p->unread, LANE_LONG, true, &m->link, bytes);
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
    if (f->body)
        put_unread(p, m, f->body_len);
    else
        put(p, f->answer.kind == ANSWER_FEED ? LANE_LONG : LANE_SHORT, m, 0);
}

bool pipeline_full(const struct pipeline *p) {
    return queue_full(p->unread) || queue_full(p->queue);
}

size_t pipeline_queued(const struct pipeline *p) {
    return queue_length(p->queue) + p->unread_n;
}

void pipeline_claim(struct pipeline *p, const char *location, int64_t due) {
    struct message *m = message_new(MESSAGE_CLAIM, location);
    m->due = due;
    put(p, LANE_SHORT, m, 0);
}

void pipeline_result(struct pipeline *p, const struct row_result *result) {
    struct message *m = message_new(MESSAGE_RESULT, NULL);
    m->result = *result;
    put(p, LANE_SHORT, m, 0);
}

void pipeline_want(struct pipeline *p, const char *notify) {
    put(p, LANE_SHORT, message_new(MESSAGE_WANT, notify), 0);
}

void pipeline_merge(struct pipeline *p, const char *notify, const int64_t *rows, size_t n) {
    struct message *m = message_new(MESSAGE_MERGE, notify);
    m->ids = xcalloc(n, sizeof *rows);
    memcpy(m->ids, rows, n * sizeof *rows);
    m->n_ids = n;
    put(p, LANE_SHORT, m, 0);
}

void pipeline_destination(struct pipeline *p, const struct trouble_report *report) {
    struct message *m = message_new(MESSAGE_DESTINATION, report->notify);
    m->report = xcalloc(1, sizeof *m->report);
    *m->report = *report;
    put(p, LANE_SHORT, m, 0);
}

void pipeline_ask(struct pipeline *p, uint64_t ticket, const char *what, json_t *args) {
    struct message *m = message_new(MESSAGE_ASK, what);
    m->ticket = ticket;
    m->args = args;
    put(p, LANE_SHORT, m, 0);
}

void pipeline_leases(struct pipeline *p, void (*each)(void *ctx, const struct lease *l), void *ctx) {
    for (size_t i = 0; i < p->n_leases; i++) {
        each(ctx, &p->leases[i]);
        lease_clear(&p->leases[i]);
    }
    p->n_leases = 0;
}

void pipeline_lease_save(struct pipeline *p, const struct lease *l) {
    struct message *m = message_new(MESSAGE_LEASE, l->location);
    m->lease = xcalloc(1, sizeof *m->lease);
    lease_copy(m->lease, l);
    put(p, LANE_SHORT, m, 0);
}

void pipeline_lease_forget(struct pipeline *p, const char *location) {
    put(p, LANE_SHORT, message_new(MESSAGE_LEASE_GONE, location), 0);
}

void pipeline_reload(struct pipeline *p, const char *file, uint64_t ticket) {
    struct message *m = message_new(MESSAGE_RELOAD, file);
    m->link.fence = true; /* documents that wait, read or not, meet the old alerts */
    m->ticket = ticket;
    put_unread(p, m, 0);
}

bool pipeline_moves(const struct pipeline *p, int64_t boot) {
    return (!queue_length(p->queue) || boot - p->step < LIMIT_PIPELINE_MS) &&
           boot - p->read_step < LIMIT_PIPELINE_MS;
}

bool pipeline_idle(const struct pipeline *p) {
    return !p->under_way;
}

const struct feed_status *pipeline_feed_status(struct pipeline *p, const char *location) {
    const struct feed_copy *c = map_get(&p->states, text_of(location));
    return c ? &c->status : NULL;
}

void pipeline_forget_states(struct pipeline *p) {
    struct map_entry *e;
    for (size_t i = 0; (e = map_next(&p->states, &i));) {
        feed_copy_clear(e->value);
        free(e->value);
    }
    map_clear(&p->states);
}

/* ---- start and end ---- */

static void load_state(void *ctx, const char *location, struct feed_record *r) {
    state_put(ctx, location, &r->status);
}

static void load_lease(void *ctx, const struct lease *l) {
    struct pipeline *p = ctx;
    GROW(p->leases, p->n_leases, p->cap_leases);
    lease_copy(&p->leases[p->n_leases++], l);
}

static void pipeline_free(struct pipeline *p) {
    while (p->n_leases) lease_clear(&p->leases[--p->n_leases]);
    free(p->leases);
    if (p->mail) event_free(p->mail);
    struct pipeline_event *e;
    while (p->mailbox && (e = (struct pipeline_event *)mailbox_take(p->mailbox))) pipeline_event_free(e);
    for (struct message *m = p->again, *next; m; m = next) {
        next = m->next;
        pipeline_message_free(m);
    }
    p->mailbox = mailbox_free(p->mailbox);
    p->queue = queue_free(p->queue);
    p->unread = queue_free(p->unread);
    p->store = store_close(p->store);
    p->stories = stories_free(p->stories);
    matcher_free(p->matcher);
    setup_unref(p->setup);
    map_clear(&p->feeds);
    free(p->same);
    pipeline_forget_states(p);
    pipeline_touched_clear(p);
    free(p->touched.list);
    free(p->born);
    free(p);
}

/* A feed whose document was in hand when the last process crashed is told so; three times are a failure. With
 * one in each hand it may have been either: a good answer acquits. */
static void note_crash(struct pipeline *p, enum reading_hand hand) {
    AUTOFREE char *location = store_crashed(p->store, hand);
    const struct config_feed *feed = location ? map_get(&p->feeds, text_of(location)) : NULL;
    if (!feed) return;
    struct feed_record record;
    if (store_begin(p->store, SYNC_NORMAL) == 0) {
        FAILPOINT_HOLDS("crash", NULL);
        store_feed_load(p->store, location, &record);
        schedule_crashed(&record.status, feed, p->installation, time_wall());
        log_about(
            LOG_LEVEL_WARNING, "FEED", feed->name,
            "feed %s: newsalertd ended by a fault while it read this feed's document (%lld times so far)",
            feed->name, (long long)record.status.crashes);
        store_feed_save(p->store, location, &record);
        feed_record_clear(&record);
    }
    store_commit(p->store);
}

static uint64_t installation_seed(const struct store *s) {
    char hex[2 * SHA256_SIZE + 1];
    sha256_hex(text_of(store_installation(s)), hex);
    hex[16] = '\0';
    return strtoull(hex, NULL, 16);
}

static int pipeline_open(struct pipeline *p, struct setup *setup, const char *dir, char **ret_why) {
    if (store_open(dir, &p->store, ret_why) < 0) return -1;
    if (store_set_aside(p->store)) pipeline_say_set_aside(p);
    p->installation = installation_seed(p->store);
    if (pipeline_use_setup(p, setup, store_is_after_damage(p->store)) < 0) {
        *ret_why = xasprintf("cannot write the state in %s: %s", dir, store_error(p->store));
        return -1;
    }
    for (enum reading_hand h = 0; h < HANDS; h++)
        note_crash(p, h); /* of a disk that takes nothing others will speak */
    store_forget_error(p->store);
    pipeline_fleet_load(p);
    store_forget_error(p->store);
    store_feeds_each(p->store, load_state, p);
    store_leases_each(p->store, load_lease, p);
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
    p->stories = stories_new();
    p->queue = queue_new(&limits);
    p->unread = queue_new(&limits);
    p->pruned = time_boot() - LIMIT_PRUNE_MS + MINUTE;
    p->step = time_boot();
    p->read_step = INT64_MAX;
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
    if (pthread_create(&p->thread, NULL, pipeline_thread, p)) out_of_memory(0);
    if (pthread_create(&p->reader, NULL, pipeline_reader, p)) out_of_memory(0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    *ret = p;
    return 0;
}

struct pipeline *pipeline_stop(struct pipeline *p) {
    if (!p) return NULL;
    p->running = false;
    queue_close(p->unread);
    pthread_join(p->reader, NULL);
    queue_close(p->queue);
    pthread_join(p->thread, NULL);
    pipeline_free(p);
    return NULL;
}

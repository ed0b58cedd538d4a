#include "pipeline/stories.h"

#include "base/failpoint.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"

#include <string.h>

/* ---- messages and events ---- */

void pipeline_message_free(struct message *m) {
    fetched_free(m->fetched);
    parsed_clear(&m->parsed);
    free(m->name);
    free(m->ids);
    json_decref(m->args);
    free(m->report);
    if (m->lease) lease_clear(m->lease);
    free(m->lease);
    free(m);
}

void pipeline_event_free(struct pipeline_event *e) {
    free(e->name);
    free(e->says);
    free(e->hub);
    free(e->topic);
    feed_status_clear(&e->status);
    for (size_t i = 0; i < e->n; i++) row_free(e->rows[i]);
    free(e->rows);
    free(e->ids);
    json_decref(e->answer);
    setup_unref(e->setup);
    problems_clear(&e->problems);
    for (size_t i = 0; i < e->n_feeds; i++) feed_copy_clear(&e->feeds[i]);
    free(e->feeds);
    free(e);
}

struct pipeline_event *pipeline_event_new(enum event_what what, const char *name) {
    struct pipeline_event *e = xcalloc(1, sizeof *e);
    e->what = what;
    e->name = xstrdup_or_null(name);
    return e;
}

struct pipeline_event *pipeline_hold(struct pipeline *p, enum event_what what, const char *name) {
    struct pipeline_event *e = pipeline_event_new(what, name);
    *p->held_end = e;
    p->held_end = &e->next;
    return e;
}

void pipeline_tell(struct pipeline *p, struct pipeline_event *e) {
    p->under_way++;
    mailbox_put(p->mailbox, &e->link);
}

void pipeline_touch(struct pipeline *p, const char *notify) {
    for (size_t i = 0; i < p->touched.n; i++)
        if (!strcmp(p->touched.list[i], notify)) return;
    GROW(p->touched.list, p->touched.n, p->touched.cap);
    p->touched.list[p->touched.n++] = xstrdup(notify);
}

void pipeline_touched_clear(struct pipeline *p) {
    while (p->touched.n) free(p->touched.list[--p->touched.n]);
}

/* ---- one transaction ---- */

static void trouble(struct pipeline *p, const char *why) {
    if (!why && !p->trouble) return;
    p->trouble = why != NULL;
    struct pipeline_event *e = pipeline_event_new(EVENT_TROUBLE, NULL);
    e->says = xstrdup_or_null(why);
    pipeline_tell(p, e);
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
    pipeline_touched_clear(p);
}

static void run_message(struct pipeline *p, struct message *m) {
    switch (m->what) {
    case MESSAGE_FETCHED: pipeline_document(p, m->fetched, &m->parsed); break;
    case MESSAGE_CLAIM:
        FAILPOINT_HOLDS("claim", NULL);
        store_feed_claim(p->store, m->name, m->due);
        pipeline_hold(p, EVENT_CLAIMED, m->name);
        break;
    case MESSAGE_RESULT:
        FAILPOINT_HOLDS("result", outcome_names[m->result.outcome]);
        store_result(p->store, &m->result);
        pipeline_hold(p, EVENT_STORED, m->result.notify)->row = m->result.row;
        break;
    case MESSAGE_WANT: pipeline_touch(p, m->name); break;
    case MESSAGE_ASK: pipeline_answer(p, m); break;
    case MESSAGE_LEASE:
        FAILPOINT_HOLDS("lease", NULL);
        store_lease_save(p->store, m->lease);
        break;
    case MESSAGE_LEASE_GONE:
        FAILPOINT_HOLDS("lease", "gone");
        store_lease_forget(p->store, m->name);
        break;
    case MESSAGE_MERGE: pipeline_summary(p, m); break;
    case MESSAGE_DESTINATION: pipeline_destination_notice(p, m->report); break;
    case MESSAGE_RELOAD: break;
    }
}

/* The messages of a batch, in order; all live until its end is known. */
struct batch {
    struct message *first, **end;
    size_t documents;
};

static void batch_run(struct pipeline *p, struct batch *b, struct message *m) {
    m->next = NULL;
    *b->end = m;
    b->end = &m->next;
    b->documents += m->what == MESSAGE_FETCHED;
    p->step = time_boot();
    run_message(p, m);
}

/* What a power cut may take back: it is asked or told again, and nothing is lost. A 304 only moves due times.
 */
static bool is_cheap(const struct message *m) {
    if (m->what == MESSAGE_FETCHED) return m->fetched->answer.kind == ANSWER_NOT_MODIFIED;
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
        pipeline_event_free(e);
    }
    struct pipeline_event *e = pipeline_event_new(EVENT_ANSWER, NULL);
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
        if (m->what == MESSAGE_FETCHED || m->what == MESSAGE_CLAIM) {
            e = pipeline_event_new(EVENT_NOT_COMMITTED, m->fetched ? m->fetched->location : m->name);
            e->says = xstrdup(why);
        } else if (m->what == MESSAGE_ASK) {
            e = answer_anyway(p, m, why);
        }
        if (e) pipeline_tell(p, e);
        if (m->what == MESSAGE_RESULT || m->what == MESSAGE_WANT || m->what == MESSAGE_LEASE ||
            m->what == MESSAGE_LEASE_GONE || m->what == MESSAGE_MERGE || m->what == MESSAGE_DESTINATION) {
            *end = m;
            end = &m->next;
        } else {
            pipeline_message_free(m);
            p->under_way--;
        }
    }
}

static void batch_done(struct pipeline *p, struct batch *b) {
    for (struct pipeline_event *e = p->held, *next; e; e = next) {
        next = e->next;
        pipeline_tell(p, e);
    }
    p->held = NULL;
    p->held_end = &p->held;
    for (struct message *m = b->first, *next; m; m = next) {
        next = m->next;
        pipeline_message_free(m);
        p->under_way--;
    }
}

static void forget_held(struct pipeline *p) {
    for (struct pipeline_event *e = p->held, *next; e; e = next) {
        next = e->next;
        pipeline_event_free(e);
    }
    p->held = NULL;
    p->held_end = &p->held;
    pipeline_touched_clear(p);
}

void pipeline_say_set_aside(const struct pipeline *p) {
    log_error(
        "the database was damaged and is set aside as %s; a fresh one begins, what the feeds list now is "
        "taken as seen, and messages that were not sent are lost with it",
        store_set_aside(p->store));
}

static void set_aside(struct pipeline *p) {
    char *why = NULL;
    p->renew = true;
    p->stories->rebuild = p->stories->reindex = true;
    if (store_recover(p->store, &why) < 0) {
        log_error("%s", why);
        free(why);
    } else {
        pipeline_say_set_aside(p);
    }
}

static void trim_outbox(struct pipeline *p) {
    int64_t max = p->setup->config->outbox_max, now = time_wall(), waiting;
    json_t *given_up = json_object();
    size_t n = store_outbox_trim(p->store, max, now, given_up, &waiting);
    if (n) {
        FAILPOINT_HOLDS("outbox", "full");
        pipeline_full_notices(p, given_up, now);
        p->stories->rebuild = true; /* held ones may be among them */
    } else if (waiting < max - max / 10)
        pipeline_room_notices(p, now);
    json_decref(given_up);
    if (n)
        log_warning("more than %lld messages wait (outbox_max): the %zu oldest routine ones are dead; "
                    "newsalertctl outbox --state dead lists them, retry revives them",
                    (long long)max, n);
}

/* What comes next in a transaction that may take so long; false: nothing. Documents that are being read are
 * waited for, or each would be committed by itself. */
static bool batch_next(struct pipeline *p, int64_t until, struct message **ret_shorts,
                       struct message **ret_long) {
    for (;;) {
        bool more = p->unread_n > 0; /* asked first: what was read since lies in the queue */
        *ret_shorts = (struct message *)queue_take_all_short(p->queue);
        *ret_long = (struct message *)queue_take_long(p->queue);
        int64_t left = until - time_boot();
        if (*ret_shorts || *ret_long) return true;
        if (!more || left <= 0) return false;
        queue_wait(p->queue, left);
    }
}

/* One transaction over what waits: the short lane whole, then a document, the short lane whole, and so on, up
 * to LIMIT_BATCH_DOCUMENTS or LIMIT_BATCH_MS. A reload ends the batch before it, and is returned. */
struct message *pipeline_batch(struct pipeline *p, struct message *shorts, struct message *first_long) {
    struct batch b = {.end = &b.first};
    int64_t until = time_boot() + LIMIT_BATCH_MS;
    bool due = pipeline_stories_due(p), cheap = !first_long && !due;
    for (struct message *m = shorts; m; m = (struct message *)m->link.next) cheap = cheap && is_cheap(m);
    struct message *reload = NULL, *m = first_long;
    if (p->renew) p->renew = pipeline_use_setup(p, p->setup, true) < 0;
    bool open = store_begin(p->store, cheap ? SYNC_NORMAL : SYNC_FULL) == 0;
    pipeline_stories_tick(p);
    for (;;) {
        for (struct message *next; shorts; shorts = next) {
            next = (struct message *)shorts->link.next;
            batch_run(p, &b, shorts);
        }
        if (m) batch_run(p, &b, m);
        if (!first_long || reload || b.documents >= LIMIT_BATCH_DOCUMENTS || time_boot() >= until) break;
        if (!batch_next(p, until, &shorts, &m)) break;
        if (m && m->what == MESSAGE_RELOAD) reload = steal(&m);
    }
    pipeline_stories_save(p);
    if (!cheap) trim_outbox(p);
    hand_out(p);
    if (open && store_commit(p->store) == 0) {
        batch_done(p, &b);
        if (store_wrote(p->store)) trouble(p, NULL);
    } else {
        AUTOFREE char *why =
            xstrdup(store_error(p->store) ? store_error(p->store) : "the database cannot be written");
        forget_held(p);
        if (store_damaged(p->store)) set_aside(p);
        store_forget_error(p->store);
        pipeline_fleet_load(p);
        pipeline_stories_failed(p);
        batch_failed(p, &b, why);
        trouble(p, why);
    }
    return reload;
}

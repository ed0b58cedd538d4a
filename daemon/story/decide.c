#include "story/decide.h"

#include "base/mem.h"
#include "story/decide_inside.h"

void decide_out_clear(struct decide_out *o) {
    for (size_t i = 0; i < o->n; i++) {
        for (size_t k = 0; k < o->list[i].n; k++) free(o->list[i].entries[k].item);
        free(o->list[i].entries);
    }
    free(o->list);
    free(o->places);
    *o = (struct decide_out){0};
}

struct decide *decide_new(const struct decide_alert *alerts, size_t n_alerts,
                          const struct decide_notifier *notifiers, size_t n_notifiers, int64_t next_thread) {
    struct decide *d = xcalloc(1, sizeof *d);
    d->alerts = alerts;
    d->notifiers = notifiers;
    d->n_alerts = n_alerts;
    d->n_notifiers = n_notifiers;
    d->next_thread = next_thread > 0 ? next_thread : 1;
    d->wake = d->purged = TIME_NONE;
    return d;
}

struct thread *decide_thread_free(struct thread *t, size_t n_notifiers) {
    for (size_t n = 0; n < n_notifiers; n++) entries_clear(&t->tails[n].folds);
    for (size_t p = 0; p < t->n_publishers; p++) free(t->publishers[p]);
    entries_clear(&t->waiting);
    entries_clear(&t->updates);
    free(t->publishers);
    free(t->tails);
    free(t);
    return NULL;
}

struct decide *decide_free(struct decide *d) {
    if (!d) return NULL;
    for (size_t i = 0; i < d->n_lanes; i++) {
        for (size_t p = 0; p < N_POOLS; p++) entries_clear(&d->lanes[i]->pools[p]);
        free(d->lanes[i]->sent);
        free(d->lanes[i]);
    }
    for (size_t i = 0; i < d->n_threads; i++) decide_thread_free(d->threads[i], d->n_notifiers);
    for (size_t i = 0; i < d->n_mutes; i++) {
        for (size_t n = 0; n < d->n_notifiers; n++) entries_clear(&d->mutes[i].pools[n]);
        free(d->mutes[i].pools);
    }
    table_clear(&d->lane_at);
    table_clear(&d->thread_at);
    free(d->lanes);
    free(d->mutes);
    free(d->threads);
    free(d);
    return NULL;
}

/* ---- threads ---- */

static uint64_t thread_key(size_t alert, int64_t story) {
    return ((uint64_t)alert << 42 ^ (uint64_t)story) * 0x9e3779b97f4a7c15u;
}

struct thread *decide_thread_of(const struct decide *d, size_t alert, int64_t story) {
    uint32_t at = table_get(&d->thread_at, thread_key(alert, story));
    return at == TABLE_NONE ? NULL : d->threads[at];
}

struct thread *decide_thread_add(struct decide *d, int64_t id, size_t alert, int64_t story, int64_t opened) {
    struct thread *t = xcalloc(1, sizeof *t);
    *t = (struct thread){.id = id,
                         .alert = alert,
                         .story = story,
                         .opened = opened,
                         .again = decide_thread_of(d, alert, story) != NULL,
                         .last_update = TIME_NONE,
                         .update_due = TIME_NONE,
                         .tails = xcalloc(d->n_notifiers + 1, sizeof *t->tails)};
    for (size_t n = 0; n < d->n_notifiers; n++)
        t->tails[n] = (struct tail){.due = TIME_NONE, .last = TIME_NONE, .gap = d->alerts[alert].follow_up};
    if (id >= d->next_thread) d->next_thread = id + 1;
    table_set(&d->thread_at, thread_key(alert, story), (uint32_t)d->n_threads);
    GROW(d->threads, d->n_threads, d->cap_threads);
    return d->threads[d->n_threads++] = t;
}

static bool is_waiting(const struct decide *d, const struct thread *t) {
    bool waits = t->waiting.n || t->updates.n;
    for (size_t n = 0; n < d->n_notifiers && !waits; n++) waits = t->tails[n].folds.n > 0;
    return waits;
}

/* Threads that nothing can come of any more, once an hour. */
static void purge(struct decide *d, int64_t now) {
    if (d->purged != TIME_NONE && now - d->purged < HOUR && now >= d->purged) return;
    d->purged = now;
    size_t kept = 0;
    table_clear(&d->thread_at);
    for (size_t i = 0; i < d->n_threads; i++) {
        struct thread *t = d->threads[i];
        if (now - t->opened > THREAD_KEPT && !t->changed && !is_waiting(d, t)) {
            decide_thread_free(t, d->n_notifiers);
            continue;
        }
        table_set(&d->thread_at, thread_key(t->alert, t->story), (uint32_t)kept);
        d->threads[kept++] = t;
    }
    d->n_threads = kept;
}

/* Counts an independent publisher; a copy belongs to the family of what it copies. */
static void count_publisher(struct thread *t, const struct decide_event *e) {
    if (e->copy_of && t->n_publishers) return;
    const char *name = e->publisher ? e->publisher : e->item ? e->item : "";
    for (size_t i = 0; i < t->n_publishers; i++)
        if (!strcmp(t->publishers[i], name)) return;
    GROW(t->publishers, t->n_publishers, t->cap_publishers);
    t->publishers[t->n_publishers++] = xstrdup(name);
    t->changed = true;
}

static enum level thread_level(const struct decide *d, const struct thread *t) {
    return t->confirmed ? d->alerts[t->alert].level : LEVEL_ROUTINE;
}

/* One message of the thread to every notifier of the alert. */
static void tell(struct decide *d, struct thread *t, enum message_kind kind, const struct entries *entries,
                 int64_t at, struct decide_out *out) {
    for (size_t n = 0; n < d->n_notifiers; n++) {
        if (!d->alerts[t->alert].notify[n]) continue;
        struct entries copy = {0};
        for (size_t i = 0; i < entries->n; i++) entries_add(&copy, &entries->list[i]);
        const struct offer o = {at, t->alert, n, kind, thread_level(d, t), true};
        decide_offer(d, &o, &copy, out);
        if (t->tails[n].last == TIME_NONE) t->tails[n].last = at;
    }
    t->changed = true;
}

/* Entries that wait at all notifiers of the thread's alert. */
static void place_all(struct decide *d, const struct thread *t, enum decide_pool pool, int64_t due,
                      const struct entries *entries, size_t from, struct decide_out *out) {
    for (size_t n = 0; n < d->n_notifiers; n++) {
        const struct decide_place where = {
            .notifier = n, .pool = pool, .due = due, .sources = t->n_publishers};
        if (d->alerts[t->alert].notify[n]) decide_placed(d, &where, entries, from, out);
    }
    wake_by(d, due);
}

static void wait_unconfirmed(struct decide *d, struct thread *t, struct entries *one,
                             struct decide_out *out) {
    size_t from = t->waiting.n;
    entries_move(&t->waiting, one);
    place_all(d, t, POOL_UNCONFIRMED, t->opened + d->alerts[t->alert].window + 1, &t->waiting, from, out);
}

/* ---- later outlets ---- */

/* When later outlets are told here: an edit at most once a minute; else a follow-up, each after twice the
 * time of the one before. */
static int64_t fold_due(const struct decide *d, const struct thread *t, size_t notifier, int64_t at) {
    const struct tail *tail = &t->tails[notifier];
    int64_t gap = d->notifiers[notifier].edits ? EDIT_APART : tail->gap;
    int64_t due = tail->last == TIME_NONE ? at : (tail->last < at ? tail->last : at) + gap;
    return due > at ? due : at;
}

static void tell_folds(struct decide *d, struct thread *t, size_t notifier, int64_t at,
                       struct decide_out *out) {
    struct tail *tail = &t->tails[notifier];
    bool edits = d->notifiers[notifier].edits;
    const struct offer o = {at, t->alert, notifier, edits ? KIND_EDIT : KIND_FOLD, thread_level(d, t), false};
    tail->due = TIME_NONE;
    t->changed = true;
    if (!decide_offer(d, &o, &tail->folds, out)) return;
    tail->last = at;
    if (!edits && tail->gap > 0 && tail->gap < DAY * 30) tail->gap *= 2;
}

static void fold_at(struct decide *d, struct thread *t, size_t notifier, const struct decide_entry *entry,
                    struct decide_out *out) {
    struct tail *tail = &t->tails[notifier];
    if (tail->due == TIME_NONE) tail->due = fold_due(d, t, notifier, entry->at);
    entries_add(&tail->folds, entry);
    if (tail->due <= entry->at) {
        tell_folds(d, t, notifier, entry->at, out);
        return;
    }
    const struct decide_place where = {.notifier = notifier, .pool = POOL_FOLD, .due = tail->due};
    decide_placed(d, &where, &tail->folds, tail->folds.n - 1, out);
    wake_by(d, tail->due);
}

static void fold(struct decide *d, struct thread *t, const struct decide_event *e,
                 const struct decide_entry *entry, struct decide_out *out) {
    const struct decide_alert *a = &d->alerts[t->alert];
    /* A fold by words is a guess: on a flash alert it is shown at once, and what waits by copy keeps waiting.
     */
    bool at_once = a->level == LEVEL_FLASH && !e->copy_of;
    for (size_t n = 0; n < d->n_notifiers; n++) {
        if (!a->notify[n]) continue;
        if (at_once) {
            struct entries one = {0};
            entries_add(&one, entry);
            const struct offer o = {e->at, t->alert, n, KIND_FOLD, thread_level(d, t), true};
            decide_offer(d, &o, &one, out);
        } else if (d->notifiers[n].edits || a->follow_up != FOLLOW_UP_NONE) {
            fold_at(d, t, n, entry, out);
        }
    }
}

/* ---- updates ---- */

static void send_updates(struct decide *d, struct thread *t, int64_t at, struct decide_out *out) {
    tell(d, t, KIND_UPDATE, &t->updates, at, out);
    entries_clear(&t->updates);
    t->last_update = at;
    t->update_due = TIME_NONE;
}

static int64_t change(struct decide *d, const struct decide_event *e, const struct decide_entry *entry,
                      struct decide_out *out) {
    struct thread *t = decide_thread_of(d, e->alert, e->story);
    /* An update never opens a thread. */
    if (!t || e->change == CHANGE_COSMETIC || !d->alerts[e->alert].updates) return t ? t->id : 0;
    if (d->alerts[e->alert].hold && !t->confirmed) {
        struct entries one = {0};
        entries_add(&one, entry);
        wait_unconfirmed(d, t, &one, out);
        return t->id;
    }
    entries_add(&t->updates, entry);
    if (t->update_due == TIME_NONE) {
        t->update_due =
            t->last_update == TIME_NONE || t->last_update > e->at ? e->at : t->last_update + UPDATE_APART;
        if (t->update_due <= e->at) {
            send_updates(d, t, e->at, out);
            return t->id;
        }
    }
    place_all(d, t, POOL_UPDATE, t->update_due, &t->updates, t->updates.n - 1, out);
    return t->id;
}

static int64_t join(struct decide *d, const struct decide_event *e, const struct decide_entry *entry,
                    struct decide_out *out) {
    const struct decide_alert *a = &d->alerts[e->alert];
    struct thread *t = decide_thread_of(d, e->alert, e->story);
    bool opens = !t || e->at - t->opened > a->window;
    if (opens) t = decide_thread_add(d, d->next_thread, e->alert, e->story, e->at);
    bool was = t->confirmed;
    count_publisher(t, e);
    t->confirmed = was || t->n_publishers >= (size_t)(a->sources > 1 ? a->sources : 1);
    t->changed |= opens || was != t->confirmed;
    struct entries one = {0};
    entries_add(&one, entry);
    if (!t->confirmed && a->hold) {
        wait_unconfirmed(d, t, &one, out);
    } else if (opens) {
        tell(d, t, KIND_NEW, &one, e->at, out);
    } else if (t->confirmed && !was) {
        entries_move(&t->waiting, &one);
        tell(d, t, KIND_PROMOTE, &t->waiting, e->at, out);
        entries_clear(&t->waiting);
    } else {
        fold(d, t, e, entry, out);
    }
    entries_clear(&one);
    return t->id;
}

/* ---- time ---- */

/* When a thread that nobody confirmed ends; TIME_NONE: it does not wait. */
static int64_t expires(const struct decide *d, const struct thread *t) {
    return t->waiting.n ? t->opened + d->alerts[t->alert].window + 1 : TIME_NONE;
}

static int64_t find_wake(const struct decide *d) {
    int64_t wake = decide_pools_wake(d);
    for (size_t i = 0; i < d->n_threads; i++) {
        const struct thread *t = d->threads[i];
        wake = earlier(earlier(wake, t->update_due), expires(d, t));
        for (size_t n = 0; n < d->n_notifiers; n++) wake = earlier(wake, t->tails[n].due);
    }
    return wake;
}

int64_t decide_wake(const struct decide *d) {
    return d->wake;
}

static void tick_thread(struct decide *d, struct thread *t, int64_t at, struct decide_out *out) {
    int64_t end = expires(d, t);
    if (end != TIME_NONE && end <= at) {
        place_all(d, t, POOL_EXPIRED, INT64_MAX, &t->waiting, 0, out);
        entries_clear(&t->waiting);
    }
    if (t->update_due != TIME_NONE && t->update_due <= at) send_updates(d, t, at, out);
    for (size_t n = 0; n < d->n_notifiers; n++)
        if (t->tails[n].due != TIME_NONE && t->tails[n].due <= at) tell_folds(d, t, n, at, out);
}

static void advance(struct decide *d, int64_t now, struct decide_out *out) {
    while (d->wake != TIME_NONE && d->wake <= now) {
        int64_t at = d->wake;
        d->wake = TIME_NONE;
        /* What falls due at one instant goes together: later outlets join a summary that goes now. */
        for (size_t i = 0; i < d->n_threads; i++) tick_thread(d, d->threads[i], at, out);
        decide_pools_release(d, at, out);
        d->wake = find_wake(d);
    }
}

void decide_tick(struct decide *d, int64_t now, struct decide_out *out) {
    advance(d, now, out);
    purge(d, now);
}

int64_t decide_event(struct decide *d, const struct decide_event *e, struct decide_out *out) {
    const struct decide_entry entry = {e->id, (char *)e->item, e->alert, decide_feed(e->feed), e->story,
                                       e->at};
    advance(d, e->at, out);
    int64_t thread = e->change == CHANGE_NEW ? join(d, e, &entry, out) : change(d, e, &entry, out);
    purge(d, e->at); /* not before: an old thread may have been loaded for this event */
    return thread;
}

bool decide_knows(const struct decide *d, size_t alert, int64_t story) {
    return decide_thread_of(d, alert, story) != NULL;
}

#include "story/decide.h"

#include "base/mem.h"
#include "story/decide_inside.h"

void decide_out_clear(struct decide_out *o) {
    for (size_t i = 0; i < o->n; i++) {
        for (size_t k = 0; k < o->list[i].n; k++) free(o->list[i].entries[k].item);
        free(o->list[i].entries);
    }
    free(o->list);
    *o = (struct decide_out){0};
}

struct decide *decide_new(const struct decide_alert *alerts, size_t n_alerts,
                          const struct decide_notifier *notifiers, size_t n_notifiers) {
    struct decide *d = xcalloc(1, sizeof *d);
    d->alerts = alerts;
    d->notifiers = notifiers;
    d->n_alerts = n_alerts;
    d->n_notifiers = n_notifiers;
    d->lanes = xcalloc(n_alerts * n_notifiers + 1, sizeof *d->lanes);
    d->mutes = xcalloc(n_alerts + 1, sizeof *d->mutes);
    for (size_t i = 0; i < n_alerts; i++) d->mutes[i].until = TIME_NONE;
    return d;
}

struct decide *decide_free(struct decide *d) {
    if (!d) return NULL;
    for (size_t i = 0; i < d->n_alerts * d->n_notifiers; i++) {
        for (size_t p = 0; p < N_POOLS; p++) entries_clear(&d->lanes[i].pools[p]);
        free(d->lanes[i].sent);
    }
    for (size_t i = 0; i < d->n_threads; i++) {
        struct thread *t = &d->threads[i];
        for (size_t n = 0; n < d->n_notifiers; n++) entries_clear(&t->tails[n].folds);
        for (size_t p = 0; p < t->n_publishers; p++) free(t->publishers[p]);
        entries_clear(&t->waiting);
        entries_clear(&t->updates);
        free(t->publishers);
        free(t->tails);
    }
    free(d->lanes);
    free(d->mutes);
    free(d->threads);
    free(d);
    return NULL;
}

/* ---- threads ---- */

/* The newest thread of the story, open or not. */
static struct thread *thread_of(const struct decide *d, size_t alert, int64_t story) {
    for (size_t i = d->n_threads; i--;)
        if (d->threads[i].alert == alert && d->threads[i].story == story) return &d->threads[i];
    return NULL;
}

static struct thread *thread_open(struct decide *d, const struct decide_event *e) {
    GROW(d->threads, d->n_threads, d->cap_threads);
    struct thread *t = &d->threads[d->n_threads++];
    *t = (struct thread){.alert = e->alert,
                         .story = e->story,
                         .opened = e->at,
                         .last_update = TIME_NONE,
                         .update_due = TIME_NONE,
                         .tails = xcalloc(d->n_notifiers + 1, sizeof *t->tails)};
    for (size_t n = 0; n < d->n_notifiers; n++)
        t->tails[n] =
            (struct tail){.due = TIME_NONE, .last = TIME_NONE, .gap = d->alerts[e->alert].follow_up};
    return t;
}

/* Counts an independent publisher; a copy belongs to the family of what it copies. */
static void count_publisher(struct thread *t, const struct decide_event *e) {
    if (e->copy_of && t->n_publishers) return;
    const char *name = e->publisher ? e->publisher : e->item;
    for (size_t i = 0; i < t->n_publishers; i++)
        if (!strcmp(t->publishers[i], name)) return;
    GROW(t->publishers, t->n_publishers, t->cap_publishers);
    t->publishers[t->n_publishers++] = xstrdup(name);
}

static enum level thread_level(const struct decide *d, const struct thread *t) {
    return t->confirmed ? d->alerts[t->alert].level : LEVEL_ROUTINE;
}

/* One message of the thread to every notifier of the alert. Later outlets that wait go with it. */
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
}

/* When later outlets are told here: an edit at most once a minute; else a follow-up, each after twice the
 * time of the one before. */
static int64_t fold_due(const struct decide *d, const struct thread *t, size_t notifier, int64_t at) {
    const struct tail *tail = &t->tails[notifier];
    int64_t gap = d->notifiers[notifier].edits ? EDIT_APART : tail->gap;
    int64_t due = tail->last == TIME_NONE ? at : tail->last + gap;
    return due > at ? due : at;
}

static void tell_folds(struct decide *d, struct thread *t, size_t notifier, bool at_once, int64_t at,
                       struct decide_out *out) {
    struct tail *tail = &t->tails[notifier];
    bool edits = d->notifiers[notifier].edits && !at_once;
    const struct offer o = {at,     t->alert, notifier, edits ? KIND_EDIT : KIND_FOLD, thread_level(d, t),
                            at_once};
    tail->due = TIME_NONE;
    if (!decide_offer(d, &o, &tail->folds, out)) return;
    tail->last = at;
    if (!edits && tail->gap > 0 && tail->gap < DAY * 30) tail->gap *= 2;
}

static void fold(struct decide *d, struct thread *t, const struct decide_event *e, struct decide_out *out) {
    const struct decide_alert *a = &d->alerts[t->alert];
    const struct decide_entry entry = {(char *)e->item, t->alert, t->story, e->at};
    /* A fold by words is a guess: on a flash alert it is shown at once. */
    bool at_once = a->level == LEVEL_FLASH && !e->copy_of;
    for (size_t n = 0; n < d->n_notifiers; n++) {
        struct tail *tail = &t->tails[n];
        if (!a->notify[n]) continue;
        if (!d->notifiers[n].edits && a->follow_up == FOLLOW_UP_NONE && !at_once) continue;
        if (at_once) { /* what waits by copy keeps waiting */
            struct entries one = {0};
            entries_add(&one, &entry);
            const struct offer o = {e->at, t->alert, n, KIND_FOLD, thread_level(d, t), true};
            decide_offer(d, &o, &one, out);
            continue;
        }
        entries_add(&tail->folds, &entry);
        if (tail->due == TIME_NONE) tail->due = fold_due(d, t, n, e->at);
        if (tail->due <= e->at) tell_folds(d, t, n, false, e->at, out);
    }
}

static void send_updates(struct decide *d, struct thread *t, int64_t at, struct decide_out *out) {
    tell(d, t, KIND_UPDATE, &t->updates, at, out);
    entries_clear(&t->updates);
    t->last_update = at;
    t->update_due = TIME_NONE;
}

static void change(struct decide *d, const struct decide_event *e, struct decide_out *out) {
    struct thread *t = thread_of(d, e->alert, e->story);
    /* An update never opens a thread. */
    if (!t || e->change == CHANGE_COSMETIC || !d->alerts[e->alert].updates) return;
    const struct decide_entry entry = {(char *)e->item, e->alert, e->story, e->at};
    if (d->alerts[e->alert].hold && !t->confirmed) {
        entries_add(&t->waiting, &entry);
        return;
    }
    entries_add(&t->updates, &entry);
    if (t->update_due != TIME_NONE) return;
    t->update_due = t->last_update == TIME_NONE ? e->at : t->last_update + UPDATE_APART;
    if (t->update_due <= e->at) send_updates(d, t, e->at, out);
}

void decide_event(struct decide *d, const struct decide_event *e, struct decide_out *out) {
    const struct decide_alert *a = &d->alerts[e->alert];
    decide_tick(d, e->at, out);
    if (e->change != CHANGE_NEW) {
        change(d, e, out);
        return;
    }
    struct thread *t = e->story ? thread_of(d, e->alert, e->story) : NULL;
    bool opens = !t || e->at - t->opened > a->window;
    if (opens) t = thread_open(d, e);
    bool was = t->confirmed;
    count_publisher(t, e);
    t->confirmed = was || t->n_publishers >= (size_t)(a->sources > 1 ? a->sources : 1);
    const struct decide_entry entry = {(char *)e->item, e->alert, e->story, e->at};
    struct entries one = {0};
    entries_add(&one, &entry);
    if (!t->confirmed && a->hold) {
        entries_move(&t->waiting, &one);
    } else if (opens) {
        tell(d, t, KIND_NEW, &one, e->at, out);
    } else if (t->confirmed && !was) {
        entries_move(&t->waiting, &one);
        tell(d, t, KIND_PROMOTE, &t->waiting, e->at, out);
        entries_clear(&t->waiting);
    } else {
        fold(d, t, e, out);
    }
    entries_clear(&one);
}

/* ---- mutes and time ---- */

static void pools_mute_until(struct decide *d, size_t alert, int64_t until) {
    for (size_t n = 0; n < d->n_notifiers; n++) lane_of(d, alert, n)->due[POOL_MUTE] = until;
}

void decide_mute(struct decide *d, size_t alert, int64_t at, int64_t until, bool drop) {
    struct mute *m = &d->mutes[alert];
    bool active = m->until != TIME_NONE && m->until > at;
    m->drop = drop;
    if (!active) m->since = at;
    /* Of two mutes at once the longer counts. */
    if (!active || until > m->until) m->until = until;
    pools_mute_until(d, alert, m->until);
}

void decide_unmute(struct decide *d, size_t alert, int64_t at, struct decide_out *out) {
    d->mutes[alert].until = TIME_NONE;
    pools_mute_until(d, alert, at);
    decide_tick(d, at, out);
}

static int64_t earlier(int64_t a, int64_t b) {
    return a == TIME_NONE ? b : b == TIME_NONE ? a : a < b ? a : b;
}

int64_t decide_wake(const struct decide *d) {
    int64_t wake = decide_pools_wake(d);
    for (size_t i = 0; i < d->n_threads; i++) {
        wake = earlier(wake, d->threads[i].update_due);
        for (size_t n = 0; n < d->n_notifiers; n++) wake = earlier(wake, d->threads[i].tails[n].due);
    }
    return wake;
}

void decide_tick(struct decide *d, int64_t now, struct decide_out *out) {
    for (int64_t at; (at = decide_wake(d)) != TIME_NONE && at <= now;) {
        /* What falls due at one instant goes together: later outlets join a summary that goes now. */
        for (size_t i = 0; i < d->n_threads; i++) {
            struct thread *t = &d->threads[i];
            if (t->update_due != TIME_NONE && t->update_due <= at) send_updates(d, t, at, out);
            for (size_t n = 0; n < d->n_notifiers; n++)
                if (t->tails[n].due != TIME_NONE && t->tails[n].due <= at)
                    tell_folds(d, t, n, false, at, out);
        }
        decide_pools_release(d, at, out);
    }
}

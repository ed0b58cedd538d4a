/* Mute, quiet, digest and limit: what goes out now, and what waits where until when. */
#include "story/decide_inside.h"

#include "base/mem.h"

void entries_add(struct entries *e, const struct decide_entry *one) {
    GROW(e->list, e->n, e->cap);
    e->list[e->n] = *one;
    e->list[e->n++].item = xstrdup(one->item);
}

void entries_move(struct entries *to, struct entries *from) {
    for (size_t i = 0; i < from->n; i++) {
        GROW(to->list, to->n, to->cap);
        to->list[to->n++] = from->list[i];
    }
    free(from->list);
    *from = (struct entries){0};
}

void entries_clear(struct entries *e) {
    for (size_t i = 0; i < e->n; i++) free(e->list[i].item);
    free(e->list);
    *e = (struct entries){0};
}

/* ---- each reason to wait: until when, or TIME_NONE ---- */

static int64_t muted_until(const struct decide *d, size_t alert, int64_t now) {
    int64_t until = d->mutes[alert].until;
    return until != TIME_NONE && until > now ? until : TIME_NONE;
}

static int64_t quiet_until(const struct decide *d, size_t alert, size_t notifier, int64_t now) {
    const struct decide_alert *a = &d->alerts[alert];
    const struct decide_notifier *n = &d->notifiers[notifier];
    int64_t mine = hours_quiet_until(&a->quiet, n->zone ? n->zone : a->zone, now);
    int64_t its = hours_quiet_until(&n->quiet, n->zone ? n->zone : a->zone, now);
    return mine > its ? mine : its;
}

static int64_t limited_until(const struct decide *d, size_t alert, size_t notifier, int64_t now) {
    const struct decide_alert *a = &d->alerts[alert];
    const struct lane *l = lane_of(d, alert, notifier);
    if (!a->limit || l->n_sent < (size_t)a->limit) return TIME_NONE;
    int64_t room = l->sent[l->at_sent] + a->limit_per; /* the oldest of the last `limit` */
    return room > now ? room : TIME_NONE;
}

static bool is_counted(enum message_kind kind) {
    return kind != KIND_EDIT && kind != KIND_DIGEST;
}

static void count_sent(const struct decide *d, size_t alert, size_t notifier, int64_t at) {
    const struct decide_alert *a = &d->alerts[alert];
    struct lane *l = lane_of(d, alert, notifier);
    if (!a->limit) return;
    if (!l->sent) l->sent = xcalloc((size_t)a->limit, sizeof *l->sent);
    l->sent[l->at_sent] = at;
    l->at_sent = (l->at_sent + 1) % (size_t)a->limit;
    if (l->n_sent < (size_t)a->limit) l->n_sent++;
}

/* ---- messages ---- */

static int oldest_first(const void *a, const void *b) {
    const struct decide_entry *x = a, *y = b;
    if (x->alert != y->alert) return x->alert < y->alert ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* qsort is not stable: events of one instant keep their order by insertion. */
static void sort_entries(struct entries *e) {
    for (size_t i = 1; i < e->n; i++) {
        struct decide_entry one = e->list[i];
        size_t k = i;
        for (; k && oldest_first(&e->list[k - 1], &one) > 0; k--) e->list[k] = e->list[k - 1];
        e->list[k] = one;
    }
}

static void emit(const struct offer *o, struct entries *entries, struct decide_out *out) {
    GROW(out->list, out->n, out->cap);
    struct decide_message *m = &out->list[out->n++];
    sort_entries(entries);
    *m = (struct decide_message){.at = o->at,
                                 .notifier = o->notifier,
                                 .alert = o->alert,
                                 .kind = o->kind,
                                 .level = o->level,
                                 .story = entries->list[0].story,
                                 .entries = entries->list,
                                 .n = entries->n};
    for (size_t i = 1; i < m->n; i++) {
        if (m->entries[i].story != m->story) m->story = 0;
        if (m->entries[i].alert != m->alert) m->alert = SIZE_MAX;
    }
    *entries = (struct entries){0};
}

static void hold(struct decide *d, const struct offer *o, enum pool pool, int64_t until,
                 struct entries *entries) {
    struct lane *l = lane_of(d, o->alert, o->notifier);
    if (!l->pools[pool].n || until < l->due[pool]) l->due[pool] = until;
    entries_move(&l->pools[pool], entries);
}

static void drop_since(struct entries *e, int64_t since) {
    size_t kept = 0;
    for (size_t i = 0; i < e->n; i++) {
        if (e->list[i].at < since)
            e->list[kept++] = e->list[i];
        else
            free(e->list[i].item);
    }
    e->n = kept;
}

static bool holds_story(const struct entries *e, int64_t story) {
    for (size_t i = 0; i < e->n; i++)
        if (e->list[i].story == story) return true;
    return false;
}

bool decide_offer(struct decide *d, const struct offer *o, struct entries *entries, struct decide_out *out) {
    const struct decide_alert *a = &d->alerts[o->alert];
    struct lane *l = lane_of(d, o->alert, o->notifier);
    int64_t until = muted_until(d, o->alert, o->at);
    if (!entries->n) return false;
    if (until != TIME_NONE) {
        if (d->mutes[o->alert].drop) drop_since(entries, d->mutes[o->alert].since);
        hold(d, o, POOL_MUTE, until, entries);
        return false;
    }
    /* All of an alert with digests waits for the next; if that falls into quiet hours, for their end. */
    until = a->digest.n && o->kind != KIND_DIGEST ? hours_next(&a->digest, a->zone, o->at) : TIME_NONE;
    if (until != TIME_NONE) {
        hold(d, o, POOL_DIGEST, until, entries);
        return false;
    }
    /* No edit or follow-up of a message that is not out yet, also at the very instant at which it goes. */
    for (size_t p = 0; p < N_POOLS && o->kind != KIND_SUMMARY && o->kind != KIND_DIGEST; p++)
        if ((p == POOL_LIMIT || l->due[p] <= o->at) && holds_story(&l->pools[p], entries->list[0].story)) {
            entries_move(&l->pools[p], entries);
            return false;
        }
    bool breaks = o->passes && o->level >= d->notifiers[o->notifier].break_through;
    until = breaks ? TIME_NONE : quiet_until(d, o->alert, o->notifier, o->at);
    if (until != TIME_NONE) {
        hold(d, o, POOL_QUIET, until, entries);
        return false;
    }
    until = is_counted(o->kind) ? limited_until(d, o->alert, o->notifier, o->at) : TIME_NONE;
    /* What waits already goes first: this joins it. */
    if (until == TIME_NONE && is_counted(o->kind) && l->pools[POOL_LIMIT].n) until = l->due[POOL_LIMIT];
    if (until != TIME_NONE) {
        hold(d, o, POOL_LIMIT, until, entries);
        return false;
    }
    if (is_counted(o->kind)) count_sent(d, o->alert, o->notifier, o->at);
    emit(o, entries, out);
    return true;
}

/* ---- releases ---- */

int64_t decide_pools_wake(const struct decide *d) {
    int64_t wake = TIME_NONE;
    for (size_t i = 0; i < d->n_alerts * d->n_notifiers; i++)
        for (size_t p = 0; p < N_POOLS; p++)
            if (d->lanes[i].pools[p].n && d->lanes[i].due[p] != INT64_MAX &&
                (wake == TIME_NONE || d->lanes[i].due[p] < wake))
                wake = d->lanes[i].due[p];
    return wake;
}

static void release(struct decide *d, size_t alert, size_t notifier, enum pool pool, enum message_kind kind,
                    int64_t now, struct decide_out *out) {
    struct lane *l = lane_of(d, alert, notifier);
    if (!l->pools[pool].n || l->due[pool] > now) return;
    struct entries taken = {0};
    entries_move(&taken, &l->pools[pool]);
    const struct offer o = {now, alert, notifier, kind, d->alerts[alert].level, true};
    decide_offer(d, &o, &taken, out);
}

/* All that was quiet and is no longer, of all alerts of a notifier: one catch-up. Adjacent spans chain. */
static void release_quiet(struct decide *d, size_t notifier, int64_t now, struct decide_out *out) {
    struct entries all = {0};
    struct offer o = {now, 0, notifier, KIND_DIGEST, LEVEL_ROUTINE, true};
    for (size_t a = 0; a < d->n_alerts; a++) {
        struct lane *l = lane_of(d, a, notifier);
        if (!l->pools[POOL_QUIET].n || l->due[POOL_QUIET] > now) continue;
        int64_t muted = muted_until(d, a, now), until = quiet_until(d, a, notifier, now);
        if (muted != TIME_NONE) { /* the mute came later, and holds all */
            const struct offer kept = {now, a, notifier, KIND_DIGEST, d->alerts[a].level, true};
            hold(d, &kept, POOL_MUTE, muted, &l->pools[POOL_QUIET]);
            continue;
        }
        if (until != TIME_NONE) {
            l->due[POOL_QUIET] = until;
            continue;
        }
        if (!all.n) o.alert = a;
        if (d->alerts[a].level > o.level) o.level = d->alerts[a].level;
        entries_move(&all, &l->pools[POOL_QUIET]);
        /* A digest that fell due at the same time goes with it. */
        if (l->pools[POOL_DIGEST].n && l->due[POOL_DIGEST] <= now) entries_move(&all, &l->pools[POOL_DIGEST]);
    }
    if (all.n) emit(&o, &all, out);
}

void decide_pools_release(struct decide *d, int64_t now, struct decide_out *out) {
    for (size_t n = 0; n < d->n_notifiers; n++) {
        for (size_t a = 0; a < d->n_alerts; a++) release(d, a, n, POOL_MUTE, KIND_SUMMARY, now, out);
        release_quiet(d, n, now, out);
        for (size_t a = 0; a < d->n_alerts; a++) {
            release(d, a, n, POOL_DIGEST, KIND_DIGEST, now, out);
            release(d, a, n, POOL_LIMIT, KIND_SUMMARY, now, out);
        }
    }
}

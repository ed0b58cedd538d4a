/* Quiet, digest and limit: what goes out now, and what waits where until when. */
#include "story/decide_inside.h"

#include "base/mem.h"

const char *const decide_pool_names[] = {"quiet",  "digest",      "limit",   "mute",   "follow-up",
                                         "update", "unconfirmed", "dropped", "expired"};

void entries_add(struct entries *e, const struct decide_entry *one) {
    GROW(e->list, e->n, e->cap);
    e->list[e->n] = *one;
    e->list[e->n++].item = xstrdup_or_null(one->item);
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

void decide_placed(const struct decide *d, const struct decide_place *where, const struct entries *entries,
                   size_t from, struct decide_out *out) {
    for (size_t i = from; i < entries->n; i++) {
        const struct decide_entry *e = &entries->list[i];
        const struct thread *t = decide_thread_of(d, e->alert, e->story);
        GROW(out->places, out->n_places, out->cap_places);
        struct decide_place *p = &out->places[out->n_places++];
        *p = *where;
        p->id = e->id;
        p->alert = e->alert;
        p->story = e->story;
        p->thread = t ? t->id : 0;
        p->before = out->n;
    }
}

/* ---- lanes ---- */

static uint64_t lane_key(size_t alert, size_t notifier) {
    return ((uint64_t)alert << 24 ^ notifier) * 0x9e3779b97f4a7c15u;
}

struct lane *decide_lane_find(const struct decide *d, size_t alert, size_t notifier) {
    uint32_t at = table_get(&d->lane_at, lane_key(alert, notifier));
    return at == TABLE_NONE ? NULL : d->lanes[at];
}

struct lane *decide_lane(struct decide *d, size_t alert, size_t notifier) {
    struct lane *l = decide_lane_find(d, alert, notifier);
    if (l) return l;
    l = xcalloc(1, sizeof *l);
    l->alert = alert;
    l->notifier = notifier;
    table_set(&d->lane_at, lane_key(alert, notifier), (uint32_t)d->n_lanes);
    GROW(d->lanes, d->n_lanes, d->cap_lanes);
    return d->lanes[d->n_lanes++] = l;
}

/* ---- each reason to wait: until when, or TIME_NONE ---- */

const struct zone *decide_zone(const struct decide *d, size_t alert, size_t notifier) {
    const struct zone *its = d->notifiers[notifier].zone;
    return its ? its : d->alerts[alert].zone;
}

int64_t decide_quiet_until(const struct decide *d, size_t alert, size_t notifier, int64_t now) {
    const struct hours *const both[] = {d->alerts[alert].quiet, d->notifiers[notifier].quiet};
    int64_t until = TIME_NONE;
    for (int i = 0; i < 2; i++) {
        int64_t end = both[i] ? hours_quiet_until(both[i], decide_zone(d, alert, notifier), now) : TIME_NONE;
        if (end > until) until = end;
    }
    return until;
}

/* The alert's digest, else the notifier's; that one urgent enough messages pass. */
int64_t decide_digest_at(const struct decide *d, size_t alert, size_t notifier, enum level level,
                         int64_t now) {
    const struct decide_alert *a = &d->alerts[alert];
    const struct decide_notifier *n = &d->notifiers[notifier];
    const struct hours *h = a->digest ? a->digest : level < n->break_through ? n->digest : NULL;
    return h ? hours_next(h, decide_zone(d, alert, notifier), now) : TIME_NONE;
}

int64_t decide_room_at(const struct decide *d, size_t alert, size_t notifier, int64_t now) {
    const struct decide_alert *a = &d->alerts[alert];
    const struct lane *l = decide_lane_find(d, alert, notifier);
    if (!a->limit || !l || l->n_sent < (size_t)a->limit) return TIME_NONE;
    int64_t oldest = l->sent[l->at_sent]; /* of the last `limit` */
    if (oldest > now) oldest = now;       /* the clock stepped back */
    return oldest + a->limit_per > now ? oldest + a->limit_per : TIME_NONE;
}

static bool is_counted(enum message_kind kind) {
    return kind != KIND_EDIT && kind != KIND_DIGEST;
}

static void count_sent(struct decide *d, size_t alert, size_t notifier, int64_t at) {
    const struct decide_alert *a = &d->alerts[alert];
    if (!a->limit) return;
    struct lane *l = decide_lane(d, alert, notifier);
    if (!l->sent) l->sent = xcalloc((size_t)a->limit, sizeof *l->sent);
    l->sent[l->at_sent] = at;
    l->at_sent = (l->at_sent + 1) % (size_t)a->limit;
    if (l->n_sent < (size_t)a->limit) l->n_sent++;
    l->changed = true;
}

/* ---- messages ---- */

static int oldest_first(const struct decide_entry *x, const struct decide_entry *y) {
    if (x->alert != y->alert) return x->alert < y->alert ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static void merge(struct decide_entry *list, size_t n, struct decide_entry *room) {
    if (n < 2) return;
    size_t half = n / 2, a = 0, b = half, k = 0;
    merge(list, half, room);
    merge(list + half, n - half, room);
    while (a < half || b < n)
        room[k++] = b == n || (a < half && oldest_first(&list[a], &list[b]) <= 0) ? list[a++] : list[b++];
    memcpy(list, room, n * sizeof *list);
}

/* qsort is not stable: events of one instant keep their order. */
static void sort_entries(struct entries *e) {
    AUTOFREE struct decide_entry *room = xcalloc(e->n + 1, sizeof *room);
    merge(e->list, e->n, room);
}

void decide_emit(struct decide *d, const struct offer *o, struct entries *entries, struct decide_out *out) {
    GROW(out->list, out->n, out->cap);
    struct decide_message *m = &out->list[out->n++];
    sort_entries(entries);
    *m = (struct decide_message){.at = o->at,
                                 .notifier = o->notifier,
                                 .alert = o->alert,
                                 .kind = o->kind,
                                 .level = o->level,
                                 .story = entries->list[0].story,
                                 .since = entries->list[0].at,
                                 .quiet_from = TIME_NONE,
                                 .entries = entries->list,
                                 .n = entries->n};
    for (size_t i = 1; i < m->n; i++) {
        if (m->entries[i].story != m->story) m->story = 0;
        if (m->entries[i].alert != m->alert) m->alert = SIZE_MAX;
        if (m->entries[i].at < m->since) m->since = m->entries[i].at;
    }
    struct thread *t = m->story && m->alert != SIZE_MAX ? decide_thread_of(d, m->alert, m->story) : NULL;
    if (t) {
        m->thread = t->id;
        m->revision = ++t->tails[m->notifier].told;
        m->again = t->again;
        m->unconfirmed = !t->confirmed;
        t->changed = true;
    }
    *entries = (struct entries){0};
}

static void hold(struct decide *d, const struct offer *o, enum decide_pool pool, int64_t until,
                 struct entries *entries, struct decide_out *out) {
    struct lane *l = decide_lane(d, o->alert, o->notifier);
    size_t from = l->pools[pool].n;
    if (!from || until < l->due[pool]) l->due[pool] = until;
    entries_move(&l->pools[pool], entries);
    const struct decide_place where = {.notifier = o->notifier, .pool = pool, .due = l->due[pool]};
    decide_placed(d, &where, &l->pools[pool], from, out);
    wake_by(d, l->due[pool]);
}

static bool holds_story(const struct entries *e, int64_t story) {
    for (size_t i = 0; i < e->n; i++)
        if (e->list[i].story == story) return true;
    return false;
}

/* No edit or follow-up of a message that is not out yet, also at the very instant at which it goes. */
static bool joins_its_first(struct decide *d, const struct offer *o, struct entries *entries,
                            struct decide_out *out) {
    struct lane *l = decide_lane_find(d, o->alert, o->notifier);
    int64_t story = entries->list[0].story;
    if (o->kind == KIND_SUMMARY || o->kind == KIND_DIGEST) return false;
    for (enum decide_pool p = 0; l && p < N_POOLS; p++)
        if ((p == POOL_LIMIT || l->due[p] <= o->at) && holds_story(&l->pools[p], story)) {
            hold(d, o, p, l->due[p], entries, out);
            return true;
        }
    struct mute *m = decide_mute_with(d, o->alert, o->notifier, story);
    if (m) decide_mute_hold(d, m, o->notifier, entries, out);
    return m != NULL;
}

bool decide_admit(struct decide *d, const struct offer *o, struct entries *entries, struct decide_out *out) {
    decide_mute_entries(d, o->notifier, entries, o->at, out);
    if (!entries->n) {
        entries_clear(entries);
        return false;
    }
    /* All of an alert with digests waits for the next; if that falls into quiet hours, for their end. */
    int64_t until =
        o->kind != KIND_DIGEST ? decide_digest_at(d, o->alert, o->notifier, o->level, o->at) : TIME_NONE;
    if (until != TIME_NONE) {
        hold(d, o, POOL_DIGEST, until, entries, out);
        return false;
    }
    if (joins_its_first(d, o, entries, out)) return false;
    bool breaks = o->passes && o->kind != KIND_DIGEST && o->level >= d->notifiers[o->notifier].break_through;
    until = breaks ? TIME_NONE : decide_quiet_until(d, o->alert, o->notifier, o->at);
    if (until != TIME_NONE) {
        hold(d, o, POOL_QUIET, until, entries, out);
        return false;
    }
    struct lane *l = decide_lane_find(d, o->alert, o->notifier);
    until = is_counted(o->kind) ? decide_room_at(d, o->alert, o->notifier, o->at) : TIME_NONE;
    /* What waits already goes first: this joins it. */
    if (until == TIME_NONE && is_counted(o->kind) && l && l->pools[POOL_LIMIT].n) until = l->due[POOL_LIMIT];
    if (until != TIME_NONE) {
        hold(d, o, POOL_LIMIT, until, entries, out);
        return false;
    }
    if (is_counted(o->kind)) count_sent(d, o->alert, o->notifier, o->at);
    return true;
}

bool decide_offer(struct decide *d, const struct offer *o, struct entries *entries, struct decide_out *out) {
    if (!entries->n || !decide_admit(d, o, entries, out)) return false;
    decide_emit(d, o, entries, out);
    return true;
}

/* ---- releases ---- */

int64_t decide_pools_wake(const struct decide *d) {
    int64_t wake = decide_mutes_wake(d);
    for (size_t i = 0; i < d->n_lanes; i++)
        for (size_t p = 0; p < N_POOLS; p++)
            if (d->lanes[i]->pools[p].n && d->lanes[i]->due[p] != INT64_MAX)
                wake = earlier(wake, d->lanes[i]->due[p]);
    return wake;
}

static bool is_due(const struct lane *l, enum decide_pool pool, int64_t now) {
    return l->pools[pool].n && l->due[pool] <= now;
}

static void release(struct decide *d, struct lane *l, enum decide_pool pool, enum message_kind kind,
                    int64_t now, struct decide_out *out) {
    if (!is_due(l, pool, now)) return;
    struct entries taken = {0};
    entries_move(&taken, &l->pools[pool]);
    const struct offer o = {now, l->alert, l->notifier, kind, d->alerts[l->alert].level, true};
    decide_offer(d, &o, &taken, out);
}

/* Lanes come as they were made; what goes together goes in the order of alerts. */
static void sort_alerts(struct lane **list, size_t n) {
    for (size_t i = 1; i < n; i++) {
        struct lane *one = list[i];
        size_t k = i;
        for (; k && list[k - 1]->alert > one->alert; k--) list[k] = list[k - 1];
        list[k] = one;
    }
}

/* When the quiet began that held the first of them. */
static int64_t quiet_from(const struct decide *d, const struct lane *l) {
    const struct hours *const both[] = {d->alerts[l->alert].quiet, d->notifiers[l->notifier].quiet};
    int64_t at = l->pools[POOL_QUIET].list[0].at, from = TIME_NONE;
    for (int i = 0; i < 2; i++)
        if (both[i])
            from = earlier(from, hours_quiet_from(both[i], decide_zone(d, l->alert, l->notifier), at));
    return from == TIME_NONE ? at : from;
}

/* All that was quiet and is no longer, of all alerts of a notifier: one catch-up. Adjacent spans chain. */
static void release_quiet(struct decide *d, struct lane **list, size_t n, int64_t now,
                          struct decide_out *out) {
    struct entries all = {0};
    struct offer o = {now, 0, n ? list[0]->notifier : 0, KIND_DIGEST, LEVEL_ROUTINE, true};
    int64_t from = TIME_NONE;
    for (size_t i = 0; i < n; i++) {
        struct lane *l = list[i];
        if (!is_due(l, POOL_QUIET, now)) continue;
        int64_t until = decide_quiet_until(d, l->alert, l->notifier, now);
        if (until != TIME_NONE) {
            const struct decide_place where = {.notifier = l->notifier, .pool = POOL_QUIET, .due = until};
            l->due[POOL_QUIET] = until;
            decide_placed(d, &where, &l->pools[POOL_QUIET], 0, out);
            continue;
        }
        decide_mute_entries(d, l->notifier, &l->pools[POOL_QUIET], now, out); /* a mute that came later */
        if (!l->pools[POOL_QUIET].n) continue;
        if (!all.n) o.alert = l->alert;
        if (d->alerts[l->alert].level > o.level) o.level = d->alerts[l->alert].level;
        from = earlier(from, quiet_from(d, l));
        entries_move(&all, &l->pools[POOL_QUIET]);
        /* A digest that fell due at the same time goes with it. */
        if (!is_due(l, POOL_DIGEST, now)) continue;
        decide_mute_entries(d, l->notifier, &l->pools[POOL_DIGEST], now, out);
        entries_move(&all, &l->pools[POOL_DIGEST]);
    }
    if (!all.n) return;
    decide_emit(d, &o, &all, out);
    out->list[out->n - 1].quiet_from = from;
}

void decide_pools_release(struct decide *d, int64_t now, struct decide_out *out) {
    decide_mutes_release(d, now, out);
    AUTOFREE struct lane **list = xcalloc(d->n_lanes + 1, sizeof *list);
    for (size_t k = 0; k < d->n_notifiers; k++) {
        size_t n = 0;
        for (size_t i = 0; i < d->n_lanes; i++) {
            struct lane *l = d->lanes[i];
            bool due = false;
            for (enum decide_pool p = 0; p < N_POOLS; p++) due |= is_due(l, p, now);
            if (l->notifier == k && due) list[n++] = l;
        }
        sort_alerts(list, n);
        release_quiet(d, list, n, now, out);
        for (size_t i = 0; i < n; i++) {
            release(d, list[i], POOL_DIGEST, KIND_DIGEST, now, out);
            release(d, list[i], POOL_LIMIT, KIND_SUMMARY, now, out);
        }
    }
}

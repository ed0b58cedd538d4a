/* The stored form of threads and lanes, and building all of it again. */
#include "story/decide_inside.h"

#include "base/mem.h"

#include <jansson.h>

static void set_time(json_t *j, const char *key, int64_t at) {
    if (at != TIME_NONE) json_object_set_new(j, key, json_integer(at));
}

static int64_t time_of(const json_t *j) {
    return json_is_integer(j) ? json_integer_value(j) : TIME_NONE;
}

static char *thread_form(const struct decide *d, const struct thread *t) {
    json_t *j = json_object(), *publishers = json_array(), *tails = json_object();
    if (t->again) json_object_set_new(j, "again", json_true());
    set_time(j, "updated", t->last_update);
    for (size_t i = 0; i < t->n_publishers; i++)
        json_array_append_new(publishers, json_string(t->publishers[i]));
    json_object_set_new(j, "publishers", publishers);
    for (size_t n = 0; n < d->n_notifiers; n++) {
        const struct tail *tail = &t->tails[n];
        if (!d->alerts[t->alert].notify[n] && tail->last == TIME_NONE) continue;
        json_t *one = json_object();
        set_time(one, "last", tail->last);
        json_object_set_new(one, "gap", json_integer(tail->gap));
        json_object_set_new(one, "told", json_integer(tail->told));
        json_object_set_new(tails, d->notifiers[n].name, one);
    }
    json_object_set_new(j, "tails", tails);
    char *form = json_dumps(j, JSON_COMPACT);
    json_decref(j);
    return form;
}

/* From the oldest to the newest. */
static char *lane_form(const struct decide *d, const struct lane *l) {
    json_t *j = json_array();
    size_t limit = (size_t)d->alerts[l->alert].limit;
    for (size_t i = 0; i < l->n_sent; i++)
        json_array_append_new(j, json_integer(l->sent[(l->at_sent + limit - l->n_sent + i) % limit]));
    char *form = json_dumps(j, JSON_COMPACT);
    json_decref(j);
    return form;
}

void decide_save(struct decide *d, const struct decide_saver *to) {
    for (size_t i = 0; i < d->n_threads; i++) {
        struct thread *t = d->threads[i];
        if (!t->changed) continue;
        AUTOFREE char *form = thread_form(d, t);
        const struct decide_thread saved = {t->id,    t->story,     t->opened,
                                            t->alert, t->confirmed, form ? form : "{}"};
        to->thread(to->ctx, &saved);
        t->changed = false;
    }
    for (size_t i = 0; i < d->n_lanes; i++) {
        struct lane *l = d->lanes[i];
        if (!l->changed) continue;
        AUTOFREE char *form = lane_form(d, l);
        const struct decide_lane saved = {l->alert, l->notifier, form ? form : "[]"};
        to->lane(to->ctx, &saved);
        l->changed = false;
    }
}

void decide_load_thread(struct decide *d, const struct decide_thread *saved) {
    json_t *j = json_loads(saved->form, 0, NULL), *publisher;
    struct thread *t = decide_thread_add(d, saved->id, saved->alert, saved->story, saved->opened);
    size_t i;
    t->confirmed = saved->confirmed;
    t->again = json_is_true(json_object_get(j, "again"));
    t->last_update = time_of(json_object_get(j, "updated"));
    json_array_foreach(json_object_get(j, "publishers"), i, publisher) {
        if (!json_is_string(publisher)) continue;
        GROW(t->publishers, t->n_publishers, t->cap_publishers);
        t->publishers[t->n_publishers++] = xstrdup(json_string_value(publisher));
    }
    for (size_t n = 0; n < d->n_notifiers; n++) {
        const json_t *one = json_object_get(json_object_get(j, "tails"), d->notifiers[n].name);
        if (!one) continue;
        t->tails[n].last = time_of(json_object_get(one, "last"));
        t->tails[n].gap = json_integer_value(json_object_get(one, "gap"));
        t->tails[n].told = json_integer_value(json_object_get(one, "told"));
    }
    json_decref(j);
}

void decide_load_lane(struct decide *d, const struct decide_lane *saved) {
    json_t *j = json_loads(saved->form, 0, NULL);
    size_t n = json_array_size(j), limit = (size_t)d->alerts[saved->alert].limit;
    if (limit && n) { /* a lower limit than before: the newest ones count */
        struct lane *l = decide_lane(d, saved->alert, saved->notifier);
        l->sent = xcalloc(limit, sizeof *l->sent);
        for (size_t i = n > limit ? n - limit : 0; i < n; i++)
            l->sent[l->n_sent++] = json_integer_value(json_array_get(j, i));
        l->at_sent = l->n_sent % limit;
    }
    json_decref(j);
}

static bool has(const struct entries *e, int64_t id) {
    return e->n && e->list[e->n - 1].id == id;
}

static void load_in_thread(struct decide *d, const struct decide_entry *e, const struct decide_place *p) {
    struct thread *t = decide_thread_of(d, e->alert, e->story);
    if (!t) return;
    if (p->pool == POOL_FOLD) {
        struct tail *tail = &t->tails[p->notifier];
        entries_add(&tail->folds, e);
        tail->due = earlier(tail->due, p->due);
    } else if (p->pool == POOL_UPDATE) { /* one row a notifier, one entry for all */
        if (!has(&t->updates, e->id)) entries_add(&t->updates, e);
        t->update_due = earlier(t->update_due, p->due);
    } else if (!has(&t->waiting, e->id)) {
        entries_add(&t->waiting, e);
        wake_by(d, t->opened + d->alerts[t->alert].window + 1);
        return;
    }
    wake_by(d, p->due);
}

void decide_load_held(struct decide *d, const struct decide_entry *e, const struct decide_place *p) {
    if (p->pool == POOL_MUTE) {
        for (size_t i = 0; i < d->n_mutes; i++)
            if (d->mutes[i].is.id == p->mute) {
                entries_add(&d->mutes[i].pools[p->notifier], e);
                return;
            }
    }
    if (p->pool >= POOL_FOLD) {
        load_in_thread(d, e, p);
        return;
    }
    /* A mute that ended with what it held still there cannot be; if it is, it is due. */
    enum decide_pool pool = p->pool == POOL_MUTE ? POOL_LIMIT : p->pool;
    struct lane *l = decide_lane(d, e->alert, p->notifier);
    l->due[pool] = l->pools[pool].n ? earlier(l->due[pool], p->due) : p->due;
    entries_add(&l->pools[pool], e);
    wake_by(d, l->due[pool]);
}

static void adapt(struct decide *d, struct lane *l, enum decide_pool pool, int64_t until, int64_t now) {
    if (until == TIME_NONE) until = now;
    if (!l->pools[pool].n || l->due[pool] <= until) return;
    l->due[pool] = until;
    wake_by(d, until);
}

static void no_later(struct decide *d, int64_t *due, int64_t most) {
    if (*due == TIME_NONE || *due <= most) return;
    *due = most;
    wake_by(d, most);
}

/* The clock stepped back behind what it said when the thread was told of. */
static void adapt_thread(struct decide *d, struct thread *t, int64_t now) {
    if (t->opened > now) {
        t->opened = now;
        if (t->waiting.n) wake_by(d, now + d->alerts[t->alert].window + 1);
    }
    no_later(d, &t->update_due, now + UPDATE_APART);
    for (size_t n = 0; n < d->n_notifiers; n++) {
        struct tail *tail = &t->tails[n];
        no_later(d, &tail->due, now + (d->notifiers[n].edits ? EDIT_APART : tail->gap));
    }
}

void decide_adapt(struct decide *d, int64_t now) {
    for (size_t i = 0; i < d->n_threads; i++) adapt_thread(d, d->threads[i], now);
    for (size_t i = 0; i < d->n_lanes; i++) {
        struct lane *l = d->lanes[i];
        enum level level = d->alerts[l->alert].level;
        adapt(d, l, POOL_QUIET, decide_quiet_until(d, l->alert, l->notifier, now), now);
        adapt(d, l, POOL_DIGEST, decide_digest_at(d, l->alert, l->notifier, level, now), now);
        adapt(d, l, POOL_LIMIT, decide_room_at(d, l->alert, l->notifier, now), now);
    }
}

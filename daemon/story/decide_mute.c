/* Mutes: of an alert, a feed or a story. What they hold comes as one summary at their end. */
#include "story/decide_inside.h"

#include "base/mem.h"

const char *const mute_what_names[] = {"alert", "feed", "story"};

/* A hash that stays the same (FNV-1a): it is stored nowhere, but compared with what a mute of yesterday
 * names. */
uint64_t decide_feed(const char *name) {
    uint64_t h = 0xcbf29ce484222325u;
    for (const char *c = name; c && *c; c++) h = (h ^ (unsigned char)*c) * 0x100000001b3u;
    return name ? h | 1 : 0;
}

static bool is_muted(const struct decide_mute *m, const struct decide_entry *e) {
    if (m->what == MUTE_ALERT) return m->alert == e->alert;
    return m->number == (m->what == MUTE_FEED ? e->feed : (uint64_t)e->story);
}

/* Of several, the one that ends last. */
static struct mute *mute_of(const struct decide *d, const struct decide_entry *e, int64_t now) {
    struct mute *last = NULL;
    for (size_t i = 0; i < d->n_mutes; i++) {
        struct mute *m = &d->mutes[i];
        if (m->is.until > now && is_muted(&m->is, e) && (!last || m->is.until > last->is.until)) last = m;
    }
    return last;
}

void decide_mute_hold(struct decide *d, struct mute *m, size_t notifier, struct entries *entries,
                      struct decide_out *out) {
    const struct decide_place where = {
        .notifier = notifier, .pool = POOL_MUTE, .due = m->is.until, .mute = m->is.id};
    size_t from = m->pools[notifier].n;
    entries_move(&m->pools[notifier], entries);
    decide_placed(d, &where, &m->pools[notifier], from, out);
    wake_by(d, m->is.until);
}

void decide_mute_entries(struct decide *d, size_t notifier, struct entries *entries, int64_t now,
                         struct decide_out *out) {
    size_t kept = 0;
    for (size_t i = 0; i < entries->n && d->n_mutes; i++) {
        struct mute *m = mute_of(d, &entries->list[i], now);
        struct entries one = {0};
        if (!m) {
            entries->list[kept++] = entries->list[i];
            continue;
        }
        GROW(one.list, one.n, one.cap);
        one.list[one.n++] = entries->list[i];
        if (m->is.drop && one.list[0].at >= m->is.since) {
            const struct decide_place gone = {.notifier = notifier, .pool = POOL_DROPPED};
            decide_placed(d, &gone, &one, 0, out);
            entries_clear(&one);
        } else {
            decide_mute_hold(d, m, notifier, &one, out);
        }
    }
    if (d->n_mutes) entries->n = kept;
}

struct mute *decide_mute_with(const struct decide *d, size_t alert, size_t notifier, int64_t story) {
    for (size_t i = 0; i < d->n_mutes; i++) {
        const struct entries *e = &d->mutes[i].pools[notifier];
        for (size_t k = 0; k < e->n; k++)
            if (e->list[k].alert == alert && e->list[k].story == story) return &d->mutes[i];
    }
    return NULL;
}

void decide_mute(struct decide *d, const struct decide_mute *m) {
    GROW(d->mutes, d->n_mutes, d->cap_mutes);
    d->mutes[d->n_mutes++] =
        (struct mute){.is = *m, .pools = xcalloc(d->n_notifiers + 1, sizeof(struct entries))};
    wake_by(d, m->until);
}

size_t decide_muted(const struct decide *d, int64_t id) {
    size_t n = 0;
    for (size_t i = 0; i < d->n_mutes; i++)
        for (size_t k = 0; k < d->n_notifiers && d->mutes[i].is.id == id; k++) n += d->mutes[i].pools[k].n;
    return n;
}

int64_t decide_mutes_wake(const struct decide *d) {
    int64_t wake = TIME_NONE;
    for (size_t i = 0; i < d->n_mutes; i++)
        if (d->mutes[i].is.until != INT64_MAX) wake = earlier(wake, d->mutes[i].is.until);
    return wake;
}

/* One summary, of all that may go: each alert's part passes its own quiet hours, digest and limit. */
static void release_to(struct decide *d, size_t notifier, struct entries *held, int64_t now,
                       struct decide_out *out) {
    struct entries all = {0};
    struct offer o = {now, 0, notifier, KIND_SUMMARY, LEVEL_ROUTINE, true};
    while (held->n) {
        size_t alert = held->list[0].alert, kept = 0;
        struct entries part = {0};
        for (size_t i = 0; i < held->n; i++) {
            if (held->list[i].alert != alert) {
                held->list[kept++] = held->list[i];
                continue;
            }
            GROW(part.list, part.n, part.cap);
            part.list[part.n++] = held->list[i];
        }
        held->n = kept;
        const struct offer one = {now, alert, notifier, KIND_SUMMARY, d->alerts[alert].level, true};
        if (!decide_admit(d, &one, &part, out)) continue;
        if (!all.n) o.alert = alert;
        if (one.level > o.level) o.level = one.level;
        entries_move(&all, &part);
    }
    entries_clear(held);
    if (all.n) decide_emit(d, &o, &all, out);
}

static void end_mute(struct decide *d, size_t at, int64_t now, struct decide_out *out) {
    struct mute m = d->mutes[at];
    d->n_mutes--;
    memmove(&d->mutes[at], &d->mutes[at + 1], (d->n_mutes - at) * sizeof *d->mutes);
    for (size_t n = 0; n < d->n_notifiers; n++) release_to(d, n, &m.pools[n], now, out);
    free(m.pools);
}

void decide_mutes_release(struct decide *d, int64_t now, struct decide_out *out) {
    for (size_t i = 0; i < d->n_mutes;) {
        if (d->mutes[i].is.until <= now)
            end_mute(d, i, now, out);
        else
            i++;
    }
}

void decide_unmute(struct decide *d, int64_t id, int64_t at, struct decide_out *out) {
    decide_tick(d, at, out);
    for (size_t i = 0; i < d->n_mutes; i++)
        if (d->mutes[i].is.id == id) {
            end_mute(d, i, at, out);
            break;
        }
    decide_tick(d, at, out);
}

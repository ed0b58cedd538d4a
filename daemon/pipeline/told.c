#include "pipeline/stories.h"

#include "base/failpoint.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "deliver/render/render.h"

#define TOLD_ARENA (32u << 20) /* the events of LIMIT_SUMMARY_ROWS entries, and the facts made of them */

static struct text installation(const struct pipeline *p) {
    return text_of(store_installation(p->store));
}

/* ---- whom a message goes to ---- */

/* Of a notifier that is gone only the held rows know whom its mails went to. */
static struct strings recipients(struct pipeline *p, size_t notifier, int64_t event) {
    const char *name = p->stories->notifiers[notifier].name;
    const struct config_notify *n = config_notify(p->setup->config, name);
    if (!n) return store_hold_recipients(p->store, event, name);
    const char **list;
    struct strings copy = {0};
    copy.n = copy.cap = story_recipients(n, &list);
    copy.list = xcalloc(copy.n, sizeof *copy.list);
    for (size_t i = 0; i < copy.n; i++) copy.list[i] = xstrdup(list[i] ? list[i] : "");
    free(list);
    return copy;
}

static void strings_free(struct strings *s) {
    while (s->n) free(s->list[--s->n]);
    free(s->list);
}

/* ---- what waits ---- */

static enum message_kind kind_of(const struct pipeline *p, const struct thread_event *e,
                                 const struct decide_place *at) {
    if (e->change != CHANGE_NEW) return KIND_UPDATE;
    if (at->pool != POOL_FOLD) return KIND_NEW;
    return p->stories->notifiers[at->notifier].edits ? KIND_EDIT : KIND_FOLD;
}

static void add_held(struct pipeline *p, const struct decide_place *at) {
    const struct decide_alert *alert = &p->stories->alerts[at->alert];
    const char *notify = p->stories->notifiers[at->notifier].name;
    struct arena a;
    struct thread_event e;
    arena_init(&a, TOLD_ARENA);
    if (store_event_load(p->store, at->id, &a, &e)) {
        struct strings to = recipients(p, at->notifier, at->id);
        struct row row = {.notify = (char *)notify,
                          .kind = kind_of(p, &e, at),
                          .level = alert->level,
                          .state = ROW_HELD,
                          .created = e.at,
                          .next = at->due,
                          .story = at->story > 0 ? at->story : 0,
                          .alert = (char *)alert->name,
                          .facts = (char *)e.facts};
        story_key_held(installation(p), alert->name, notify, at->id, row.key);
        for (size_t i = 0; i < to.n; i++) {
            row.recipient = *to.list[i] ? to.list[i] : NULL;
            store_row_hold(p->store, &row, at->id, at);
        }
        strings_free(&to);
    }
    arena_clear(&a);
}

static void expire(struct pipeline *p, const struct decide_place *at, int64_t now) {
    const char *notify = p->stories->notifiers[at->notifier].name;
    AUTOFREE char *why = xasprintf("expired, %zu source%s", at->sources, at->sources == 1 ? "" : "s");
    store_hold_end(p->store, at->id, notify, why, now);
    store_thread_expired(p->store, at->thread, at->sources);
}

static void place(struct pipeline *p, const struct decide_place *at, int64_t now) {
    const char *notify = p->stories->notifiers[at->notifier].name;
    FAILPOINT_HOLDS("held", decide_pool_names[at->pool]);
    if (at->pool == POOL_DROPPED)
        store_hold_drop(p->store, at->id, notify);
    else if (at->pool == POOL_EXPIRED)
        expire(p, at, now);
    else if (!store_hold_move(p->store, at->id, notify, at))
        add_held(p, at);
}

/* ---- what goes ---- */

static void key_of(struct pipeline *p, const struct decide_message *m, struct text first,
                   char ret[KEY_SIZE]) {
    const struct stories *s = p->stories;
    const char *notify = s->notifiers[m->notifier].name;
    if (m->kind == KIND_SUMMARY || m->kind == KIND_DIGEST) {
        char(*keys)[KEY_SIZE] = xcalloc(m->n, sizeof *keys);
        for (size_t i = 0; i < m->n; i++)
            story_key_held(installation(p), s->alerts[m->entries[i].alert].name, notify, m->entries[i].id,
                           keys[i]);
        story_key_list(installation(p), notify, m->kind, keys, m->n, ret);
        free(keys);
    } else if (m->kind == KIND_NEW && first.len) {
        story_key_first(installation(p), s->alerts[m->alert].name, notify, first, ret);
    } else {
        story_key_later(installation(p), s->alerts[m->alert].name, notify, m->thread, m->kind, m->revision,
                        ret);
    }
}

/* -1: its events cannot be read, and there is no message. */
static int add_message(struct pipeline *p, const struct decide_message *m, struct text first, int64_t now,
                       char ret_key[KEY_SIZE]) {
    const struct stories *s = p->stories;
    const char *notify = s->notifiers[m->notifier].name;
    struct arena a;
    struct facts f;
    arena_init(&a, TOLD_ARENA);
    FAILPOINT_HOLDS("told", message_kind_names[m->kind]);
    int r = pipeline_compose(p, m, &a, &f);
    if (r == 0) {
        json_t *j = facts_json(&f);
        AUTOFREE char *facts = json_dumps(j, JSON_COMPACT);
        json_decref(j);
        struct strings to = recipients(p, m->notifier, m->entries[0].id);
        struct row row = {.notify = (char *)notify,
                          .kind = m->kind,
                          .level = m->level,
                          .state = ROW_PENDING,
                          .created = f.fired,
                          .next = now,
                          .story = f.story,
                          .thread = m->thread,
                          .event = m->entries[m->n - 1].id,
                          .alert = m->alert == SIZE_MAX ? NULL : (char *)s->alerts[m->alert].name,
                          .facts = facts ? facts : (char *)"{}"};
        key_of(p, m, first, row.key);
        for (size_t i = 0; i < to.n; i++) {
            row.recipient = *to.list[i] ? to.list[i] : NULL;
            store_row_add(p->store, &row);
        }
        strings_free(&to);
        memcpy(ret_key, row.key, sizeof row.key);
        pipeline_touch(p, notify);
    }
    arena_clear(&a);
    return r;
}

/* A service that names its messages has the first one corrected by a request of its own, before it is told
 * what changed: whoever reads the first one later reads the last state. */
static void correct_first(struct pipeline *p, const struct decide_message *m, int64_t now) {
    const char *name = p->stories->notifiers[m->notifier].name;
    const struct config_notify *n = config_notify(p->setup->config, name);
    const struct format *f = n && n->kind == NOTIFY_WEBHOOK ? format_of(n->format) : NULL;
    if ((m->kind != KIND_UPDATE && m->kind != KIND_PROMOTE) || !f || !f->name_member || !n->story_thread)
        return;
    if (!store_thread_posted(p->store, m->thread, name)) return;
    struct decide_message edit = *m;
    char key[KEY_SIZE];
    edit.kind = KIND_EDIT;
    add_message(p, &edit, TEXT_NONE, now, key);
}

static void send_message(struct pipeline *p, const struct decide_message *m, struct text first, int64_t now) {
    const char *notify = p->stories->notifiers[m->notifier].name;
    char key[KEY_SIZE];
    correct_first(p, m, now);
    if (add_message(p, m, first, now, key) < 0) return;
    for (size_t i = 0; i < m->n; i++) store_hold_merged(p->store, m->entries[i].id, notify, key, now);
}

void pipeline_told(struct pipeline *p, struct decide_out *out, struct text first, int64_t now) {
    size_t k = 0;
    for (size_t i = 0; i <= out->n; i++) {
        for (; k < out->n_places && out->places[k].before <= i; k++) place(p, &out->places[k], now);
        if (i < out->n) send_message(p, &out->list[i], first, now);
    }
    decide_out_clear(out);
}

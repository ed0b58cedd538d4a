#include "story/story.h"

#include "base/mem.h"
#include "base/time.h"

#include <stdio.h>

void story_decision_clear(struct story_decision *d) {
    free(d->messages);
    *d = STORY_DECISION_INIT;
}

static bool alert_wants(const struct config_alert *a, const struct config_notify *n) {
    if (!n->enabled || !(n->levels & (1u << a->level))) return false;
    if (!a->notify.n) return true;
    for (size_t i = 0; i < a->notify.n; i++)
        if (!strcmp(a->notify.list[i], n->name)) return true;
    return false;
}

static void add_message(struct story_decision *d, const struct story_message *m, const char *recipient) {
    GROW(d->messages, d->n, d->cap);
    d->messages[d->n] = *m;
    d->messages[d->n++].recipient = recipient;
}

/* Somebody who is named twice (in to and in cc) gets one mail. */
static void add_recipients(struct story_decision *d, const struct story_message *m,
                           const struct config_notify *n) {
    const struct strings *const lists[] = {&n->to, &n->cc, &n->bcc};
    size_t first = d->n;
    for (size_t l = 0; l < 3; l++)
        for (size_t i = 0; i < lists[l]->n; i++) {
            bool named = false;
            for (size_t k = first; k < d->n && !named; k++)
                named = !strcmp(d->messages[k].recipient, lists[l]->list[i]);
            if (!named) add_message(d, m, lists[l]->list[i]);
        }
}

static void message_key(struct text installation, const struct story_event *e, struct story_message *m) {
    char revision[24];
    snprintf(revision, sizeof revision, "%lld", (long long)m->revision);
    struct text parts[] = {installation,
                           text_of(e->alert->name),
                           text_of(m->notify),
                           e->item,
                           text_of(message_kind_names[m->kind]),
                           text_of(revision)};
    idempotency_key(parts, sizeof parts / sizeof *parts, m->key);
}

void story_decide(const struct config *config, struct text installation, const struct story_event *event,
                  struct story_decision *ret) {
    ret->wake = TIME_NONE;
    for (size_t i = 0; i < config->n_notifiers; i++) {
        const struct config_notify *n = &config->notifiers[i];
        if (!alert_wants(event->alert, n)) continue;
        struct story_message m = {.notify = n->name,
                                  .kind = KIND_NEW,
                                  .level = event->alert->level,
                                  .state = ROW_PENDING,
                                  .next = event->at,
                                  .revision = 1};
        message_key(installation, event, &m);
        if (n->kind == NOTIFY_EMAIL && !n->command) /* a mail program gets one mail for all */
            add_recipients(ret, &m, n);
        else
            add_message(ret, &m, NULL);
    }
}

#include "story/story.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdio.h>

bool story_wants(const struct config_alert *a, const struct config_notify *n) {
    if (!n->enabled || !(n->levels & (1u << a->level))) return false;
    if (!a->notify.n) return true;
    for (size_t i = 0; i < a->notify.n; i++)
        if (!strcmp(a->notify.list[i], n->name)) return true;
    return false;
}

/* Somebody who is named twice (in to and in cc) gets one mail. */
static size_t people(const struct config_notify *n, const char **ret) {
    const struct strings *const lists[] = {&n->to, &n->cc, &n->bcc};
    size_t found = 0;
    for (size_t l = 0; l < 3; l++)
        for (size_t i = 0; i < lists[l]->n; i++) {
            bool named = false;
            for (size_t k = 0; k < found && !named; k++) named = !strcmp(ret[k], lists[l]->list[i]);
            if (!named) ret[found++] = lists[l]->list[i];
        }
    return found;
}

size_t story_recipients(const struct config_notify *n, const char ***ret) {
    *ret = xcalloc(n->to.n + n->cc.n + n->bcc.n + 1, sizeof **ret);
    /* A mail program gets one mail for all. */
    return n->kind == NOTIFY_EMAIL && !n->command ? people(n, *ret) : 1;
}

void story_key_first(struct text installation, const char *alert, const char *notify, struct text item,
                     char ret[KEY_SIZE]) {
    const struct text parts[] = {installation, text_of(alert), text_of(notify), item, TEXT("new"), TEXT("1")};
    idempotency_key(parts, sizeof parts / sizeof *parts, ret);
}

void story_key_later(struct text installation, const char *alert, const char *notify, int64_t thread,
                     enum message_kind kind, int64_t revision, char ret[KEY_SIZE]) {
    char numbers[60];
    snprintf(numbers, sizeof numbers, "thread %" PRId64 " %" PRId64, thread, revision);
    const struct text parts[] = {installation, text_of(alert), text_of(notify),
                                 text_of(message_kind_names[kind]), text_of(numbers)};
    idempotency_key(parts, sizeof parts / sizeof *parts, ret);
}

void story_key_held(struct text installation, const char *alert, const char *notify, int64_t event,
                    char ret[KEY_SIZE]) {
    char number[40];
    snprintf(number, sizeof number, "event %" PRId64, event);
    const struct text parts[] = {installation, text_of(alert), text_of(notify), text_of(number)};
    idempotency_key(parts, sizeof parts / sizeof *parts, ret);
}

static int by_text(const void *a, const void *b) {
    return strcmp(a, b);
}

void story_key_list(struct text installation, const char *notify, enum message_kind kind,
                    char (*keys)[KEY_SIZE], size_t n, char ret[KEY_SIZE]) {
    struct text *parts = xcalloc(n + 3, sizeof *parts);
    qsort(keys, n, sizeof *keys, by_text);
    parts[0] = installation;
    parts[1] = text_of(notify);
    parts[2] = text_of(message_kind_names[kind]);
    for (size_t i = 0; i < n; i++) parts[3 + i] = text_of(keys[i]);
    idempotency_key(parts, 3 + n, ret);
    free(parts);
}

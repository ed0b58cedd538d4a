/* A notifier that does what the title says: sent, twice, foreign, odd, refuse, answer-refuse, later, news;
 * with late = yes a thread of it calls back after it was stopped, which no plugin may. */
#include "bad.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

struct instance {
    const struct na_notifier_host *host;
    uint64_t waiting;
};

static int start(const struct na_notifier_host *h, void **ret_instance) {
    struct instance *i = calloc(1, sizeof *i);
    if (!i || !strcmp(h->option(h->ctx, "late"), "never")) {
        free(i);
        return NA_FAIL;
    }
    i->host = h;
    h->available(h->ctx, 1, h->option(h->ctx, "wait"));
    *ret_instance = i;
    return NA_OK;
}

static int is(struct na_text t, const char *s) {
    return t.len == strlen(s) && !memcmp(t.ptr, s, t.len);
}

static int send(void *instance, const struct na_message *m, uint64_t ticket) {
    struct instance *i = instance;
    const struct na_notifier_host *h = i->host;
    const struct na_text open = {"open", 4}, nothing = {"", 0};
    if (is(m->title, "refuse")) return NA_FAIL;
    if (is(m->title, "later")) {
        i->waiting = ticket;
        return NA_OK;
    }
    if (is(m->title, "answer-refuse")) {
        h->sent(h->ctx, ticket, NA_DEAD, 0, "no such person");
        return NA_FAIL;
    }
    if (is(m->title, "news")) {
        h->acted(h->ctx, m->key, open);
        h->acted(h->ctx, nothing, open);
        h->closed(h->ctx, m->key, NA_CLOSED_BY_PERSON);
        h->closed(h->ctx, m->key, 99);
        h->available(h->ctx, 0, "gone \xff");
    }
    if (is(m->title, "foreign")) h->sent(h->ctx, ticket + 100, NA_SENT, 0, NULL);
    if (is(m->title, "odd"))
        h->sent(h->ctx, ticket, 42, -5, NULL);
    else
        h->sent(h->ctx, ticket, NA_SENT, INT64_MAX, NULL);
    if (is(m->title, "twice")) h->sent(h->ctx, ticket, NA_DEAD, 0, "again");
    return NA_OK;
}

static void cancel(void *instance, uint64_t ticket) {
    struct instance *i = instance;
    /* On its way already: no fault. */
    if (i->waiting == ticket) i->host->sent(i->host->ctx, ticket, NA_SENT, 0, NULL);
}

static void *call_late(void *arg) {
    const struct na_notifier_host *h = arg;
    const struct na_text key = {"k", 1};
    usleep(100000);
    h->sent(h->ctx, 1, NA_SENT, 0, NULL);
    h->closed(h->ctx, key, NA_CLOSED_EXPIRED);
    h->available(h->ctx, 0, NULL);
    h->log(h->ctx, 3, "this line must not be seen");
    if (h->option(h->ctx, "late")) abort();
    return NULL;
}

static void stop(void *instance) {
    struct instance *i = instance;
    const struct na_notifier_host *h = i->host;
    pthread_t thread;
    /* Until it returns, answers count. */
    if (i->waiting) h->sent(h->ctx, i->waiting, NA_RETRY, 0, "stopped");
    if (!strcmp(h->option(h->ctx, "late"), "yes") && !pthread_create(&thread, NULL, call_late, (void *)h))
        pthread_detach(thread);
    free(i);
}

static const struct na_option options[] = {{"late", "one-of yes|no|never", "no", "Whether it is bad."},
                                           {"wait", "duration", "10s", "How long."},
                                           {0}};
static const struct na_notifier notifier = {
    sizeof notifier, options, sizeof options[0], NA_FEATURE_EDITS, start, send, cancel, stop};
BAD_PLUGIN("messenger", .notifier = &notifier)

#include "deliver/relay.h"

#include "base/limits.h"
#include "deliver/render/prose.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define KIND_WHY "why" /* of a message that explains another (newsalert_plugin.h) */

enum news_kind { NEWS_SENT, NEWS_ACTED, NEWS_AVAILABLE };

/* One thing the plugin said. */
struct news {
    struct news *next;
    enum news_kind kind;
    uint64_t ticket;
    int result; /* NEWS_SENT: NA_…; NEWS_AVAILABLE: yes or no */
    int64_t retry_after;
    char *text, *action; /* why; or key and action */
};

struct ticket {
    struct ticket *next;
    struct relay *relay;
    uint64_t number;
    struct event *late; /* the plugin did not answer in time */
    sender_done_fn *done;
    void *arg;
};

struct relay {
    struct notifier *notifier;
    struct relay_events events;
    struct event *wake;
    struct ticket *tickets; /* loop only */
    uint64_t last;
    int fd;
    pthread_mutex_t mutex; /* guards first and end, the only things other threads touch */
    struct news *first, **end;
};

static struct news *news_free(struct news *n) {
    if (!n) return NULL;
    free(n->text);
    free(n->action);
    free(n);
    return NULL;
}

/* [any thread] */
static void post_news(struct relay *r, struct news *n) {
    uint64_t one = 1;
    pthread_mutex_lock(&r->mutex);
    *r->end = n;
    r->end = &n->next;
    pthread_mutex_unlock(&r->mutex);
    /* EAGAIN means that the loop has been woken already. */
    if (write(r->fd, &one, sizeof one) < 0 && errno != EAGAIN) return;
}

static void on_sent(void *ctx, uint64_t ticket, int result, int64_t retry_after_ms, const char *why) {
    struct news *n = xcalloc(1, sizeof *n);
    *n = (struct news){.kind = NEWS_SENT,
                       .ticket = ticket,
                       .result = result,
                       .retry_after = retry_after_ms,
                       .text = xstrdup_or_null(why)};
    post_news(ctx, n);
}
static void on_acted(void *ctx, struct text key, struct text action) {
    struct news *n = xcalloc(1, sizeof *n);
    *n = (struct news){
        .kind = NEWS_ACTED, .text = xstrndup(key.ptr, key.len), .action = xstrndup(action.ptr, action.len)};
    post_news(ctx, n);
}
static void on_closed(void *ctx, struct text key, int reason) {
    (void)ctx, (void)key, (void)reason; /* whether a pop-up was closed changes nothing for its row */
}
static void on_available(void *ctx, bool yes, const char *why) {
    struct news *n = xcalloc(1, sizeof *n);
    *n = (struct news){.kind = NEWS_AVAILABLE, .result = yes, .text = xstrdup_or_null(why)};
    post_news(ctx, n);
}

/* Takes a ticket out of the list; NULL: it has ended already (too late, or cancelled). */
static struct ticket *take_ticket(struct relay *r, uint64_t number) {
    for (struct ticket **p = &r->tickets; *p; p = &(*p)->next) {
        struct ticket *t = *p;
        if (t->number != number) continue;
        *p = t->next;
        return t;
    }
    return NULL;
}

static void ticket_free(struct ticket *t) {
    if (t->late) event_free(t->late);
    free(t);
}

static void end_ticket(struct ticket *t, const struct answer *a) {
    sender_done_fn *done = t->done;
    void *arg = t->arg;
    ticket_free(t);
    done(arg, a);
}

static void take_news(struct relay *r, const struct news *n) {
    struct answer a;
    struct ticket *t;
    switch (n->kind) {
    case NEWS_SENT:
        if (!(t = take_ticket(r, n->ticket))) break;
        answer_say(&a, ANSWER_PLUGIN, n->result, "%s",
                   n->text                ? n->text
                   : n->result == NA_SENT ? "shown"
                                          : "the plugin failed");
        a.retry_after = n->retry_after > 0 ? n->retry_after : 0;
        end_ticket(t, &a);
        break;
    case NEWS_ACTED:
        if (r->events.acted) r->events.acted(r->events.ctx, text_of(n->text), text_of(n->action));
        break;
    case NEWS_AVAILABLE:
        if (r->events.available) r->events.available(r->events.ctx, n->result, n->text);
        break;
    }
}

static void on_wake(evutil_socket_t fd, short what, void *arg) {
    struct relay *r = arg;
    uint64_t count;
    (void)what;
    if (read(fd, &count, sizeof count) < 0 && errno != EAGAIN) return;
    pthread_mutex_lock(&r->mutex);
    struct news *list = r->first;
    r->first = NULL;
    r->end = &r->first;
    pthread_mutex_unlock(&r->mutex);
    while (list) {
        struct news *next = list->next;
        take_news(r, list);
        news_free(list);
        list = next;
    }
}

static void on_late(evutil_socket_t fd, short what, void *arg) {
    struct ticket *t = arg;
    struct answer a;
    (void)fd, (void)what;
    notifier_cancel(t->relay->notifier, t->number);
    take_ticket(t->relay, t->number);
    answer_say(&a, ANSWER_FAILURE, FAILURE_TIME_OUT, "the plugin did not answer in time");
    end_ticket(t, &a);
}

struct relay *relay_new(struct event_base *base, struct plugin *plugin, const struct config_notify *notify,
                        const struct relay_events *events) {
    struct relay *r = xcalloc(1, sizeof *r);
    r->events = *events;
    r->end = &r->first;
    r->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&r->mutex, NULL);
    if (r->fd < 0 || !(r->wake = event_new(base, r->fd, EV_READ | EV_PERSIST, on_wake, r)) ||
        event_add(r->wake, NULL) < 0)
        return relay_free(r);
    const struct notifier_events back = {r, on_sent, on_acted, on_closed, on_available};
    r->notifier = notifier_start(plugin, notify, &back);
    return r->notifier ? r : relay_free(r);
}

struct relay *relay_free(struct relay *r) {
    if (!r) return NULL;
    /* After this no callback comes, so nobody else holds the mutex or adds news. */
    notifier_stop(r->notifier);
    if (r->wake) event_free(r->wake);
    if (r->fd >= 0) close(r->fd);
    while (r->first) {
        struct news *next = r->first->next;
        news_free(r->first);
        r->first = next;
    }
    pthread_mutex_destroy(&r->mutex);
    free(r);
    return NULL;
}

static struct na_text na(const struct buf *b) {
    return (struct na_text){buf_str(b), b->len};
}

/* What an action's button says. */
#define OPEN ((struct na_action){{"open", 4}, {"Open", 4}})
#define MUTE ((struct na_action){{"mute", 4}, {"Mute 2 h", 8}})
#define WHY  ((struct na_action){{"why", 3}, {"Why?", 4}})

/* "la · Invented Gazette" */
static void add_source(const struct fact_entry *e, struct buf *out) {
    struct text source = e->publisher.len ? e->publisher : e->feed;
    prose_line(out, e->alert);
    if (e->alert.len && source.len) buf_adds(out, " \xC2\xB7 ");
    prose_line(out, source);
}

/* What a summary stands for. Heap; the texts lie in `texts`. */
static struct na_entry *entries_of(const struct render_ask *ask, const struct facts *f, struct buf *texts) {
    size_t n = render_is_list(f) ? f->n_entries : 0;
    struct na_entry *list = xcalloc(n + 1, sizeof *list);
    for (size_t i = 0; i < n; i++) {
        const struct fact_entry *e = &f->entries[i];
        size_t title = texts->len;
        render_entry_title(e, texts);
        size_t url = texts->len;
        if (ask->notify->link) prose_link(texts, e->item.url);
        size_t about = texts->len;
        add_source(e, texts);
        list[i].title.len = url - title;
        list[i].url.len = about - url;
        list[i].about.len = texts->len - about;
    }
    const char *at = buf_str(texts); /* it moves no more */
    for (size_t i = 0; i < n; i++) {
        list[i].title.ptr = at;
        list[i].url.ptr = at += list[i].title.len;
        list[i].about.ptr = at += list[i].url.len;
        at += list[i].about.len;
    }
    return list;
}

static int send_notice(struct relay *r, const struct render_ask *ask, const struct facts *f,
                       const struct notice *notice, const char *kind, uint64_t ticket) {
    struct buf texts;
    struct na_action actions[3];
    bool explains = !strcmp(kind, KIND_WHY), alert = f->alert.len && f->kind < KIND_PROBLEM;
    size_t n = 0;
    if (notice->url.len) actions[n++] = OPEN;
    if (alert) actions[n++] = MUTE;
    if (alert && !explains && !render_is_list(f)) actions[n++] = WHY;
    buf_init(&texts, LIMIT_DOCUMENT_ARENA);
    AUTOFREE struct na_entry *entries = entries_of(ask, f, &texts);
    struct na_message m = {
        .size = sizeof m,
        .key = {ask->key, strlen(ask->key)},
        .thread = {notice->thread, strlen(notice->thread)},
        .kind = {kind, strlen(kind)},
        .level = f->level,
        .title = na(&notice->title),
        .body = na(&notice->body),
        .url = na(&notice->url),
        .actions = actions,
        .n_actions = n,
        .action_stride = sizeof *actions,
        .silent = explains || f->kind == KIND_EDIT,
        .expire_ms = f->level == LEVEL_FLASH ? 0 : -1,
        .fired = f->fired / 1000,
        .entries = entries,
        .n_entries = texts.failed || !render_is_list(f) ? 0 : f->n_entries,
        .entry_stride = sizeof *entries,
    };
    int result = notifier_send(r->notifier, &m, ticket);
    buf_clear(&texts);
    return result;
}

void relay_explain(struct relay *r, const struct render_ask *ask, const struct facts *f, struct text query) {
    struct notice notice;
    notice_render(ask, f, &notice);
    buf_reset(&notice.body);
    render_why(f, query, &notice.body);
    send_notice(r, ask, f, &notice, KIND_WHY,
                ++r->last); /* of a ticket that nobody keeps: its answer is dropped */
    notice_clear(&notice);
}

void *relay_start(const struct sender_env *env, const struct render_ask *ask, const struct facts *f,
                  sender_done_fn *done, void *arg, struct answer *ret) {
    struct relay *r = env->relay;
    if (!r) {
        answer_say(ret, ANSWER_FAILURE, FAILURE_SETUP, "the plugin %s did not start", ask->notify->kind_name);
        return NULL;
    }
    struct ticket *t = xcalloc(1, sizeof *t);
    *t = (struct ticket){.next = r->tickets, .relay = r, .number = ++r->last, .done = done, .arg = arg};
    r->tickets = t;
    struct timeval wait = {ask->notify->timeout / 1000, ask->notify->timeout % 1000 * 1000};
    t->late = event_new(env->base, -1, 0, on_late, t);
    struct notice notice;
    notice_render(ask, f, &notice);
    bool taken = t->late && event_add(t->late, &wait) == 0 &&
                 send_notice(r, ask, f, &notice, message_kind_names[f->kind], t->number) == 0;
    notice_clear(&notice);
    if (taken) return t;
    take_ticket(r, t->number);
    ticket_free(t);
    answer_say(ret, ANSWER_PLUGIN, NA_RETRY, "the plugin %s refused the message", ask->notify->kind_name);
    return NULL;
}

void relay_cancel(void *attempt) {
    struct ticket *t = attempt;
    notifier_cancel(t->relay->notifier, t->number);
    take_ticket(t->relay, t->number);
    ticket_free(t);
}

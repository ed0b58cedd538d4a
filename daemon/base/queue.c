#include "base/queue.h"

#include "base/mem.h"

#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct chain {
    struct link *first, **end;
    size_t n, bytes;
};

static void chain_init(struct chain *c) {
    *c = (struct chain){.end = &c->first};
}

static void chain_add(struct chain *c, struct link *l) {
    l->next = NULL;
    *c->end = l;
    c->end = &l->next;
    c->n++;
    c->bytes += l->bytes;
}

static struct link *chain_take_at(struct chain *c, struct link **at) {
    struct link *l = *at;
    if (!l) return NULL;
    *at = l->next;
    if (!l->next) c->end = at;
    c->n--;
    c->bytes -= l->bytes;
    l->next = NULL;
    return l;
}

static struct link *chain_take(struct chain *c) {
    return chain_take_at(c, &c->first);
}

/* ---- struct queue -------------------------------------------------------------------------------------- */

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t something, room;
    struct queue_limits limits;
    struct chain lanes[2];
    size_t held; /* bytes of what was taken last of the long lane */
    bool closed;
};

struct queue *queue_new(const struct queue_limits *limits) {
    struct queue *q = xcalloc(1, sizeof *q);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&q->something, &attr);
    pthread_condattr_destroy(&attr);
    pthread_cond_init(&q->room, NULL);
    pthread_mutex_init(&q->lock, NULL);
    q->limits = *limits;
    chain_init(&q->lanes[LANE_SHORT]);
    chain_init(&q->lanes[LANE_LONG]);
    return q;
}

struct queue *queue_free(struct queue *q) {
    if (!q) return NULL;
    pthread_cond_destroy(&q->something);
    pthread_cond_destroy(&q->room);
    pthread_mutex_destroy(&q->lock);
    free(q);
    return NULL;
}

/* Questions change nothing, so they take a const queue; the lock is not part of what they ask. */
static void queue_lock(const struct queue *q) {
    pthread_mutex_lock(&((struct queue *)q)->lock);
}
static void queue_unlock(const struct queue *q) {
    pthread_mutex_unlock(&((struct queue *)q)->lock);
}

int queue_put(struct queue *q, enum lane lane, bool must, struct link *message, size_t bytes) {
    queue_lock(q);
    bool refused = lane == LANE_SHORT && !must && q->lanes[LANE_SHORT].n >= q->limits.short_;
    if (!refused) {
        message->bytes = bytes;
        chain_add(&q->lanes[lane], message);
        pthread_cond_signal(&q->something);
    }
    queue_unlock(q);
    return refused ? -1 : 0;
}

bool queue_full(const struct queue *q) {
    queue_lock(q);
    const struct chain *c = &q->lanes[LANE_LONG];
    bool full = c->n >= q->limits.long_ || c->bytes >= q->limits.long_bytes;
    queue_unlock(q);
    return full;
}

size_t queue_length(const struct queue *q) {
    queue_lock(q);
    size_t n = q->lanes[LANE_SHORT].n + q->lanes[LANE_LONG].n;
    queue_unlock(q);
    return n;
}

/* Under the lock. */
static void queue_hold(struct queue *q, size_t bytes) {
    q->held = bytes;
    pthread_cond_signal(&q->room);
}

void queue_wait_room(struct queue *q, size_t bytes, size_t most) {
    const struct chain *c = &q->lanes[LANE_LONG];
    queue_lock(q);
    while (!q->closed && c->bytes + q->held && c->bytes + q->held + bytes > most)
        pthread_cond_wait(&q->room, &q->lock);
    queue_unlock(q);
}

bool queue_wait(struct queue *q, int64_t ms) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(ms / 1000);
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
    queue_lock(q);
    queue_hold(q, 0);
    bool some;
    while (!(some = q->lanes[LANE_SHORT].n || q->lanes[LANE_LONG].n) && !q->closed)
        if (pthread_cond_timedwait(&q->something, &q->lock, &until) == ETIMEDOUT) break;
    bool open = !q->closed;
    queue_unlock(q);
    return some || open;
}

struct link *queue_take_all_short(struct queue *q) {
    queue_lock(q);
    struct link *first = q->lanes[LANE_SHORT].first;
    chain_init(&q->lanes[LANE_SHORT]);
    queue_unlock(q);
    return first;
}

struct link *queue_take_long(struct queue *q) {
    queue_lock(q);
    struct chain *c = &q->lanes[LANE_LONG];
    struct link **best = &c->first;
    if (c->first && c->first->passed < QUEUE_PATIENCE)
        for (struct link **at = best; *at && !(*at)->fence; at = &(*at)->next)
            if ((*at)->bytes < (*best)->bytes) best = at;
    if (best != &c->first) c->first->passed++;
    struct link *l = chain_take_at(c, best);
    queue_hold(q, l ? l->bytes : 0);
    queue_unlock(q);
    return l;
}

void queue_close(struct queue *q) {
    queue_lock(q);
    q->closed = true;
    pthread_cond_signal(&q->something);
    pthread_cond_signal(&q->room);
    queue_unlock(q);
}

/* ---- struct mailbox ------------------------------------------------------------------------------------ */

struct mailbox {
    pthread_mutex_t lock;
    struct chain chain;
    int fd;
};

struct mailbox *mailbox_new(void) {
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) return NULL;
    struct mailbox *m = xcalloc(1, sizeof *m);
    pthread_mutex_init(&m->lock, NULL);
    chain_init(&m->chain);
    m->fd = fd;
    return m;
}

struct mailbox *mailbox_free(struct mailbox *m) {
    if (!m) return NULL;
    close(m->fd);
    pthread_mutex_destroy(&m->lock);
    free(m);
    return NULL;
}

int mailbox_fd(const struct mailbox *m) {
    return m->fd;
}

/* The descriptor is readable exactly while the chain is not empty: the first message raises it, the take that
 * finds nothing lowers it, both under the lock. */
void mailbox_put(struct mailbox *m, struct link *message) {
    pthread_mutex_lock(&m->lock);
    message->bytes = 0;
    if (!m->chain.n) eventfd_write(m->fd, 1);
    chain_add(&m->chain, message);
    pthread_mutex_unlock(&m->lock);
}

struct link *mailbox_take(struct mailbox *m) {
    pthread_mutex_lock(&m->lock);
    struct link *l = chain_take(&m->chain);
    if (!m->chain.n) {
        eventfd_t count;
        eventfd_read(m->fd, &count);
    }
    pthread_mutex_unlock(&m->lock);
    return l;
}

bool mailbox_empty(const struct mailbox *m) {
    struct mailbox *mine = (struct mailbox *)m;
    pthread_mutex_lock(&mine->lock);
    bool empty = !m->chain.n;
    pthread_mutex_unlock(&mine->lock);
    return empty;
}

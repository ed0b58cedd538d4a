/* The queues between the threads: loop → reader → pipeline → loop. Their mutexes are the only locks of the
 * house.
 *
 * struct queue   loop → reader → pipeline, two lanes: *short* (answers without a body, results, claims,
 * questions) is drained whole between any two of *long* (documents, reloads). Of the long lane the lightest
 *                goes first, so that large documents hold up each other and not the small ones, but a fence
 *                keeps its place: what was put before it is taken before it. Bounded: the long lane says when
 *                it is full, so that fetching pauses; what is under way by then still goes in. Who runs ahead
 *                of its taker waits for room.
 * struct mailbox pipeline → loop, with an eventfd that is readable while something waits. What stands in it
 *                is bounded by what went through the queue.
 * Messages are the caller's, told apart by their link, the first member. Any thread may put. */
#ifndef NEWSALERTD_BASE_QUEUE_H
#define NEWSALERTD_BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct link { /* the first member of a message */
    struct link *next;
    size_t bytes;    /* what it weighs in the lane; queue_put sets it */
    unsigned passed; /* how often a lighter one went first */
    bool fence;      /* the caller's, before queue_put */
};

enum lane { LANE_SHORT, LANE_LONG };
struct queue_limits {
    size_t short_, long_, long_bytes;
};

struct queue;
struct queue *queue_new(const struct queue_limits *limits);
struct queue *queue_free(struct queue *q); /* must be empty; NULL is fine; returns NULL */
/* 0; -1: the short lane is full (never for `must`: what may not be lost). The long lane takes all. */
int queue_put(struct queue *q, enum lane lane, bool must, struct link *message, size_t bytes);
bool queue_full(const struct queue *q); /* the long lane: stop bringing more */
size_t queue_length(const struct queue *q);
/* Waits until something is there, the queue is closed, or `ms` have passed. False: closed, and empty. */
bool queue_wait(struct queue *q, int64_t ms);
struct link *queue_take_all_short(struct queue *q); /* a chain, oldest first; NULL: none */
/* Waits until so many bytes more than lie in the long lane, and were taken last, make no more than `most`;
 * for what is heavier by itself, until there is nothing. At once when the queue is closed. */
void queue_wait_room(struct queue *q, size_t bytes, size_t most);
/* Who takes the next one, or waits, is done with the last. The lightest of the long lane, or its oldest when
 * QUEUE_PATIENCE lighter ones went first. NULL: none. */
#define QUEUE_PATIENCE 16u
struct link *queue_take_long(struct queue *q);
void queue_close(struct queue *q); /* no more will be put */

struct mailbox;
struct mailbox *mailbox_new(void);               /* NULL: no descriptor (errno) */
struct mailbox *mailbox_free(struct mailbox *m); /* must be empty; NULL is fine; returns NULL */
int mailbox_fd(const struct mailbox *m);         /* readable: call mailbox_take until NULL */
void mailbox_put(struct mailbox *m, struct link *message);
/* One message; NULL: none, and the descriptor is quiet again. */
struct link *mailbox_take(struct mailbox *m);
bool mailbox_empty(const struct mailbox *m);

#endif

/* HTTP + JSON on the Unix socket `control` of the state folder. Knows no other room: daemon.c gives it a
 * table path → function. Loop thread only. */
#ifndef NEWSALERTD_CONTROL_CONTROL_H
#define NEWSALERTD_CONTROL_CONTROL_H

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct control;
struct control_request;

struct control_verb {
    const char *path; /* "/status" */
    bool changes;     /* POST only; else GET */
    /* args: query parameters and the JSON body's members, in one object. Answers now or later, exactly once,
     * with control_reply. */
    void (*run)(void *ctx, struct control_request *request, const json_t *args);
};

/* Listens at `dir`/control (0600; longer paths than sun_path go by /proc/self/fd). NULL: *ret_why, heap. */
struct control *control_new(struct event_base *base, const char *dir, const struct control_verb *verbs,
                            size_t n, void *ctx, char **ret_why);
struct control *control_free(struct control *c); /* open requests are dropped; the socket is removed */
/* status: HTTP's. Takes the reference. Safe when the client has gone. */
void control_reply(struct control_request *request, int status, json_t *answer);
uint64_t control_ticket(const struct control_request *request);                /* to find it again */
struct control_request *control_by_ticket(struct control *c, uint64_t ticket); /* NULL: gone */

/* The client's side (newsalertctl), blocking. 0: *ret_status and *ret_answer (new reference); -1: no daemon
 * or broken answer, *ret_why says (heap). most: ms to wait; a reload of a very large configuration takes its
 * time. */
#define CONTROL_PATIENCE (600 * 1000)
int control_call(const char *dir, const char *path, const json_t *args, bool changes, int64_t most,
                 int *ret_status, json_t **ret_answer, char **ret_why);

#endif

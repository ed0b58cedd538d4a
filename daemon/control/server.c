#include "control/control.h"

#include "base/limits.h"
#include "base/mem.h"
#include "net/accept.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct control {
    struct evhttp *http;
    int dir; /* the state folder: the socket is bound and removed through it */
    const struct control_verb *verbs;
    size_t n;
    void *ctx;
    struct control_request *open; /* requests without an answer so far */
    uint64_t tickets;
};

struct control_request {
    struct control *control;
    struct control_request *next, **back;
    struct evhttp_request *http; /* NULL: the client has gone */
    struct evhttp_connection *connection;
    uint64_t ticket;
};

static int control_address(int dir, struct sockaddr_un *ret) {
    /* sun_path holds 107 bytes; by the descriptor any folder's path is short. */
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    int n = snprintf(ret->sun_path, sizeof ret->sun_path, "/proc/self/fd/%d/control", dir);
    return n > 0 && (size_t)n < sizeof ret->sun_path ? 0 : -1;
}

static void request_forget(struct control_request *r) {
    *r->back = r->next;
    if (r->next) r->next->back = r->back;
    free(r);
}

static void request_gone(struct evhttp_connection *connection, void *arg) {
    (void)connection;
    struct control_request *r = arg;
    r->http = NULL;
    r->connection = NULL;
}

void control_reply(struct control_request *r, int status, json_t *answer) {
    if (r->http) {
        AUTOFREE char *text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;
        struct evbuffer *body = evhttp_request_get_output_buffer(r->http);
        evbuffer_add_printf(body, "%s\n", text ? text : "{}");
        evhttp_add_header(evhttp_request_get_output_headers(r->http), "Content-Type", "application/json");
        evhttp_connection_set_closecb(r->connection, NULL, NULL);
        evhttp_send_reply(r->http, status, status < 300 ? "OK" : "Refused", NULL);
    }
    json_decref(answer);
    request_forget(r);
}

uint64_t control_ticket(const struct control_request *r) {
    return r->ticket;
}

struct control_request *control_by_ticket(struct control *c, uint64_t ticket) {
    struct control_request *r = c->open;
    while (r && r->ticket != ticket) r = r->next;
    return r;
}

/* Query parameters and the members of a JSON body, in one object. NULL: the body is no object. */
static json_t *request_args(struct evhttp_request *http) {
    struct evbuffer *in = evhttp_request_get_input_buffer(http);
    size_t len = evbuffer_get_length(in);
    json_t *args = len ? json_loadb((const char *)evbuffer_pullup(in, -1), len, 0, NULL) : json_object();
    if (!json_is_object(args)) {
        json_decref(args);
        return NULL;
    }
    const char *query = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(http));
    struct evkeyvalq pairs;
    if (query && !evhttp_parse_query_str(query, &pairs)) {
        for (struct evkeyval *kv = pairs.tqh_first; kv; kv = kv->next.tqe_next)
            json_object_set_new(args, kv->key, json_string(kv->value));
        evhttp_clear_headers(&pairs);
    }
    return args;
}

static void request_take(struct evhttp_request *http, void *arg) {
    struct control *c = arg;
    const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(http));
    const struct control_verb *verb = NULL;
    for (size_t i = 0; i < c->n; i++)
        if (path && !strcmp(path, c->verbs[i].path)) verb = &c->verbs[i];
    struct control_request *r = xcalloc(1, sizeof *r);
    r->control = c;
    r->http = http;
    r->connection = evhttp_request_get_connection(http);
    r->ticket = ++c->tickets;
    r->next = c->open;
    r->back = &c->open;
    if (r->next) r->next->back = &r->next;
    c->open = r;
    evhttp_connection_set_closecb(r->connection, request_gone, r);
    bool post = evhttp_request_get_command(http) == EVHTTP_REQ_POST;
    json_t *args = request_args(http);
    if (!verb)
        control_reply(r, 404, json_pack("{s:s}", "error", "no such verb in this version of newsalertd"));
    else if (verb->changes != post)
        control_reply(r, 405, json_pack("{s:s}", "error", verb->changes ? "use POST" : "use GET"));
    else if (!args)
        control_reply(r, 400, json_pack("{s:s}", "error", "the body is not a JSON object"));
    else
        verb->run(c->ctx, r, args);
    json_decref(args);
}

/* A bound, listening socket in `dir`; -1 with errno. An old socket is replaced: the lock on the state folder,
 * taken before, says that nobody listens on it. */
static int control_listen(int dir) {
    struct sockaddr_un address;
    if (control_address(dir, &address) < 0) return -1;
    if (unlinkat(dir, "control", 0) < 0 && errno != ENOENT) return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    mode_t old = umask(0177);
    int failed = bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 16);
    umask(old);
    if (failed) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

struct control *control_new(struct event_base *base, const char *dir, const struct control_verb *verbs,
                            size_t n, void *ctx, char **ret_why) {
    struct control *c = xcalloc(1, sizeof *c);
    *c = (struct control){
        .dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC), .verbs = verbs, .n = n, .ctx = ctx};
    int fd = c->dir < 0 ? -1 : control_listen(c->dir);
    if (fd < 0) {
        *ret_why = xasprintf("cannot listen on %s/control: %s", dir, strerror(errno));
        if (c->dir >= 0) close(c->dir);
        free(c);
        return NULL;
    }
    c->http = evhttp_new(base);
    struct evconnlistener *listener = evconnlistener_new(base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE, 0, fd);
    if (!c->http || !listener || !evhttp_bind_listener(c->http, listener)) out_of_memory(0);
    accept_at_rest(listener);
    evhttp_set_allowed_methods(c->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST);
    evhttp_set_max_body_size(c->http, LIMIT_CONTROL_BODY);
    evhttp_set_max_headers_size(c->http, LIMIT_CONTROL_BODY);
    evhttp_set_timeout(c->http, LIMIT_CONTROL_MS / 1000);
    evhttp_set_gencb(c->http, request_take, c);
    return c;
}

struct control *control_free(struct control *c) {
    if (!c) return NULL;
    while (c->open) {
        if (c->open->http) evhttp_connection_set_closecb(c->open->connection, NULL, NULL);
        request_forget(c->open);
    }
    evhttp_free(c->http);
    unlinkat(c->dir, "control", 0);
    close(c->dir);
    free(c);
    return NULL;
}

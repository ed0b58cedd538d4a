#include "poll/websub_listen.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "net/accept.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define SWEEP_MS 100

/* libevent 2.1 neither counts connections nor bounds their life. So each one's bufferevent is held by a
 * second reference: when it has lost its callbacks, libevent is done with it. Swept while there are any. */
struct connection {
    struct bufferevent *socket;
    int64_t until; /* boot */
};

struct listener {
    struct evhttp *http;
    struct evconnlistener *accepting;
    struct event *sweep;
    listener_fn *answer;
    void *arg;
    struct connection open[LIMIT_PUSH_CONNECTIONS];
    size_t n;
};

static bool is_done(const struct connection *c) {
    void *owner = NULL;
    bufferevent_getcb(c->socket, NULL, NULL, NULL, &owner);
    return !owner;
}

static void listener_on_sweep(evutil_socket_t fd, short what, void *arg) {
    struct listener *l = arg;
    int64_t now = time_boot();
    struct timeval again = {0, SWEEP_MS * 1000};
    (void)fd, (void)what;
    for (size_t i = l->n; i-- > 0;) {
        if (is_done(&l->open[i])) {
            bufferevent_decref(l->open[i].socket);
            l->open[i] = l->open[--l->n];
        } else if (now > l->open[i].until) {
            /* libevent reads the end, and takes it down. */
            shutdown(bufferevent_getfd(l->open[i].socket), SHUT_RDWR);
        }
    }
    if (l->n < LIMIT_PUSH_CONNECTIONS) evconnlistener_enable(l->accepting);
    if (l->n) evtimer_add(l->sweep, &again);
}

/* For a connection that was accepted just now. */
static struct bufferevent *connection_new(struct event_base *base, void *arg) {
    struct listener *l = arg;
    struct timeval soon = {0, SWEEP_MS * 1000};
    struct bufferevent *socket = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    if (!socket) out_of_memory(0);
    if (l->n == LIMIT_PUSH_CONNECTIONS) return socket; /* accepted in the same turn of the loop */
    bufferevent_incref(socket);
    l->open[l->n++] = (struct connection){socket, time_boot() + LIMIT_PUSH_MS};
    if (l->n == LIMIT_PUSH_CONNECTIONS) evconnlistener_disable(l->accepting);
    if (!evtimer_pending(l->sweep, NULL)) evtimer_add(l->sweep, &soon);
    return socket;
}

static void listener_on_request(struct evhttp_request *request, void *arg) {
    struct listener *l = arg;
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
    /* One connection, one request: it makes way for the next one. */
    evhttp_add_header(evhttp_request_get_output_headers(request), "Connection", "close");
    l->answer(l->arg, request, path ? path : "");
}

static int listener_bind(struct listener *l, const char *listen) {
    const char *colon = strrchr(listen, ':');
    bool brackets = *listen == '[' && colon > listen && colon[-1] == ']';
    AUTOFREE char *host = xstrndup(listen + brackets, (size_t)(colon - listen) - 2 * brackets);
    unsigned long port = strtoul(colon + 1, NULL, 10);
    struct evhttp_bound_socket *s =
        evhttp_bind_socket_with_handle(l->http, *host ? host : "127.0.0.1", (ev_uint16_t)port);
    if (!s) return -1;
    l->accepting = evhttp_bound_socket_get_listener(s);
    accept_at_rest(l->accepting);
    return 0;
}

struct listener *listener_open(struct event_base *base, const char *listen, listener_fn *answer, void *arg,
                               char **ret_why) {
    struct listener *l = xcalloc(1, sizeof *l);
    l->answer = answer;
    l->arg = arg;
    l->http = evhttp_new(base);
    l->sweep = evtimer_new(base, listener_on_sweep, l);
    if (!l->http || !l->sweep) out_of_memory(sizeof *l);
    evhttp_set_allowed_methods(l->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST);
    evhttp_set_max_headers_size(l->http, LIMIT_PUSH_HEADERS);
    evhttp_set_max_body_size(l->http, LIMIT_PUSH_BODY);
    evhttp_set_timeout(l->http, LIMIT_PUSH_MS / 1000);
    evhttp_set_bevcb(l->http, connection_new, l);
    evhttp_set_gencb(l->http, listener_on_request, l);
    errno = 0;
    if (listener_bind(l, listen) == 0) return l;
    *ret_why = xasprintf("cannot listen on %s: %s", listen, errno ? strerror(errno) : "no such address");
    return listener_close(l);
}

struct listener *listener_close(struct listener *l) {
    if (!l) return NULL;
    evhttp_free(l->http);
    while (l->n) bufferevent_decref(l->open[--l->n].socket);
    event_free(l->sweep);
    free(l);
    return NULL;
}

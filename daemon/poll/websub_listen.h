/* The listener of WebSub: plain HTTP by libevent on the configured address, behind the user's web server. At
 * most LIMIT_PUSH_CONNECTIONS at once (further ones wait in the kernel), LIMIT_PUSH_MS for each, sizes
 * capped. Loop thread only. */
#ifndef NEWSALERTD_POLL_WEBSUB_LISTEN_H
#define NEWSALERTD_POLL_WEBSUB_LISTEN_H

#include <event2/event.h>
#include <event2/http.h>

struct listener;
/* Answers with evhttp_send_reply before it returns. `path` is that of the request, decoded by nobody. */
typedef void listener_fn(void *arg, struct evhttp_request *request, const char *path);

/* listen: HOST:PORT ([::1]:8911 for IPv6). NULL: *ret_why says why (caller frees). */
struct listener *listener_open(struct event_base *base, const char *listen, listener_fn *answer, void *arg,
                               char **ret_why);
struct listener *listener_close(struct listener *l); /* NULL is fine; returns NULL */

#endif

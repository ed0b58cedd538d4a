/* Word of the kernel that an address or a route came or went. Loop thread. */
#ifndef NEWSALERTD_POLL_NETLINK_H
#define NEWSALERTD_POLL_NETLINK_H

#include <event2/event.h>
#include <stdbool.h>

struct netlink;
/* lost: an address went (connections from it are dead); else one came, or a route. */
typedef void netlink_changed_fn(void *arg, bool lost);

/* Where the kernel does not let us listen, it is silent. Never NULL. */
struct netlink *netlink_new(struct event_base *base, netlink_changed_fn *changed, void *arg);
struct netlink *netlink_free(struct netlink *n);

#endif

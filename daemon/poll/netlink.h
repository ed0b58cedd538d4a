/* Word of the kernel that an address or a route came or went. Loop thread. */
#ifndef NEWSALERTD_POLL_NETLINK_H
#define NEWSALERTD_POLL_NETLINK_H

#include <event2/event.h>

struct netlink;
enum netlink_news {
    NETLINK_CAME, /* an address, a route or a carrier */
    NETLINK_DOWN, /* a link has no carrier now, perhaps not ours */
    NETLINK_WENT  /* an address: connections from it are dead */
};
typedef void netlink_changed_fn(void *arg, enum netlink_news news);

/* Where the kernel does not let us listen, it is silent. Never NULL. */
struct netlink *netlink_new(struct event_base *base, netlink_changed_fn *changed, void *arg);
struct netlink *netlink_free(struct netlink *n);

#endif

#include "poll/netlink.h"

#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct netlink {
    int fd;
    struct event *event;
    netlink_changed_fn *changed;
    void *arg;
};

/* Several messages of one kind are one piece of news. */
static void netlink_read(const char *buffer, size_t len, bool news[NETLINK_WENT + 1]) {
    const struct nlmsghdr *m = (const struct nlmsghdr *)(const void *)buffer;
    for (; NLMSG_OK(m, len); m = NLMSG_NEXT(m, len)) switch (m->nlmsg_type) {
        case RTM_NEWADDR:
        case RTM_NEWROUTE: news[NETLINK_CAME] = true; break;
        case RTM_DELADDR: news[NETLINK_WENT] = true; break;
        case RTM_NEWLINK: {
            const struct ifinfomsg *link = NLMSG_DATA(m);
            news[link->ifi_flags & IFF_RUNNING ? NETLINK_CAME : NETLINK_DOWN] = true;
            break;
        }
        default: break;
        }
}

static void netlink_on_news(evutil_socket_t fd, short what, void *arg) {
    struct netlink *n = arg;
    char buffer[8192] __attribute__((aligned(__alignof__(struct nlmsghdr))));
    bool news[NETLINK_WENT + 1] = {false};
    (void)what;
    for (;;) {
        ssize_t len = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
        if (len < 0 && errno == ENOBUFS)
            news[NETLINK_CAME] = news[NETLINK_WENT] = true; /* some were lost */
        else if (len <= 0)
            break;
        else
            netlink_read(buffer, (size_t)len, news);
    }
    for (int i = NETLINK_WENT; i >= NETLINK_CAME; i--)
        if (news[i]) n->changed(n->arg, (enum netlink_news)i);
}

struct netlink *netlink_new(struct event_base *base, netlink_changed_fn *changed, void *arg) {
    struct netlink *n = xcalloc(1, sizeof *n);
    struct sockaddr_nl address = {.nl_family = AF_NETLINK,
                                  .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
                                               RTMGRP_IPV6_ROUTE | RTMGRP_LINK};
    n->changed = changed;
    n->arg = arg;
    n->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (n->fd < 0 || bind(n->fd, (const struct sockaddr *)&address, sizeof address)) {
        log_info("the kernel does not tell of new addresses (%s); a network that is back is found by trying",
                 strerror(errno));
        return n;
    }
    n->event = event_new(base, n->fd, EV_READ | EV_PERSIST, netlink_on_news, n);
    if (!n->event || event_add(n->event, NULL)) out_of_memory(sizeof *n);
    return n;
}

struct netlink *netlink_free(struct netlink *n) {
    if (!n) return NULL;
    if (n->event) event_free(n->event);
    if (n->fd >= 0) close(n->fd);
    free(n);
    return NULL;
}

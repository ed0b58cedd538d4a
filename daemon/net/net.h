/* One curl multi on the loop, and the policy of addresses. Used by poll/ and deliver/. Loop thread only.
 *
 * A transfer's easy handle is the caller's; it is added when it may start (queues and spacing are the
 * callers'), and done() is called once, from the loop, never from within net_add. In done() the caller may
 * clean the handle up, or add it again. */
#ifndef NEWSALERTD_NET_NET_H
#define NEWSALERTD_NET_NET_H

#include <curl/curl.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

struct net;
typedef void net_done_fn(void *arg, CURL *easy, CURLcode code);

struct net *net_new(struct event_base *base); /* does curl_global_init */
struct net *net_free(struct net *n);          /* drops what is under way, without done() */
/* 0, or -1 (no memory). CURLOPT_PRIVATE is net's. */
int net_add(struct net *n, CURL *easy, net_done_fn *done, void *arg);
void net_cancel(struct net *n, CURL *easy); /* done() will not be called */
/* Handles to be had and given back, so that one need not be made for every request; they come reset. NULL: no
 * memory. Each use is to set a CURLOPT_SHARE with TLS sessions, or net_share: a handle without one makes
 * sessions of its own, which libcurl 7.88 loses when a share is set later. */
CURL *net_easy(struct net *n);
CURLSH *net_share(struct net *n);              /* for requests without TLS; NULL: no memory */
void net_easy_done(struct net *n, CURL *easy); /* not in the multi any more */
size_t net_running(const struct net *n);
/* Kept connections are not used again: the machine slept, or has lost an address. What is under way goes on.
 * Connections that idle for LIMIT_HOST_IDLE_S are closed without this. */
void net_forget_connections(struct net *n);

/* Is this address one that a feed may reach? Loopback, private, link-local, shared, multicast and the v6
 * forms that wrap them need allow_private; cloud metadata (169.254.169.254, fd00:ec2::254) is never allowed.
 */
bool address_allowed(const struct sockaddr *address, bool allow_private);

/* Settings that every handle of ours has: http(s) only, no redirects followed, no cookies, NOSIGNAL,
 * QUICK_EXIT, TLS >= 1.2, CA bundle without CAPATH, proxy only as given, connect time-out. */
void net_easy_defaults(CURL *easy, const char *user_agent);

/* The address rule of one handle: checked on the address actually connected to, on new and on reused
 * connections (OPENSOCKETFUNCTION, PREREQFUNCTION). Not for a handle with a proxy: there the check is the
 * proxy's. The struct must outlive the handle's use. */
struct address_rule {
    bool allow_private;
    bool loopback;                  /* out: the last address tried was this machine's own */
    int no_socket;                  /* out: errno, when there was none to be had */
    bool refused;                   /* out: an address was refused, and which (the last one) */
    char address[INET6_ADDRSTRLEN]; /* "" when it has no text form */
};
void net_easy_addresses(CURL *easy, struct address_rule *rule);
/* A sentence for a failure: "cannot connect to host: …"; never holds a secret. Static or thread-local. */
const char *net_error(CURLcode code, long os_errno);

#endif

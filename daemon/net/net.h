/* One curl multi on the loop, and the policy of addresses. Used by poll/ and deliver/. Loop thread only.
 *
 * A transfer's easy handle is the caller's; it is added when it may start (queues and spacing are the
 * callers'), and done() is called once, from the loop, never from within net_add. In done() the caller may
 * clean the handle up, or add it again. */
#ifndef NEWSALERTD_NET_NET_H
#define NEWSALERTD_NET_NET_H

#include <curl/curl.h>
#include <event2/event.h>
#include <stdbool.h>
#include <sys/socket.h>

struct net;
typedef void net_done_fn(void *arg, CURL *easy, CURLcode code);

struct net *net_new(struct event_base *base); /* does curl_global_init */
struct net *net_free(struct net *n);          /* drops what is under way, without done() */
/* 0, or -1 (no memory). CURLOPT_PRIVATE is net's. */
int net_add(struct net *n, CURL *easy, net_done_fn *done, void *arg);
void net_cancel(struct net *n, CURL *easy); /* done() will not be called */
size_t net_running(const struct net *n);
/* Like net_add, but outside any loop: runs one transfer to its end (newsalertctl). */
CURLcode net_run(CURL *easy);

/* Is this address one that a feed may reach? Loopback, private, link-local, shared, multicast and the v6
 * forms that wrap them need allow_private; cloud metadata (169.254.169.254, fd00:ec2::254) is never allowed.
 */
bool address_allowed(const struct sockaddr *address, bool allow_private);

/* Settings that every handle of ours has: http(s) only, no redirects followed, no cookies, NOSIGNAL,
 * QUICK_EXIT, TLS >= 1.2, CA bundle without CAPATH, proxy only as given, connect time-out. */
void net_easy_defaults(CURL *easy, const char *user_agent);
/* The address rule on new and on reused connections (OPENSOCKETFUNCTION, PREREQFUNCTION). With a proxy the
 * check is the proxy's. *allow_private must outlive the handle's use. */
void net_easy_addresses(CURL *easy, const bool *allow_private);
/* A sentence for a failure: "cannot connect to host: …"; never holds a secret. Static or thread-local. */
const char *net_error(CURLcode code, long os_errno);

#endif

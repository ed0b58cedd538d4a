/* One request for one address without a daemon, by the rules of every poll (redirects hop by hop, the address
 * policy, time and sizes), on a loop of its own; it blocks. For verbs of newsalertctl. */
#ifndef NEWSALERTD_POLL_ONCE_H
#define NEWSALERTD_POLL_ONCE_H

#include "poll/poller.h"

struct fetched *fetch_once(const struct config_feed *feed, const char *user_agent); /* the caller's to free */

#endif

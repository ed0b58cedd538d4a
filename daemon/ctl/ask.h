/* One request for the feed at an address, without a daemon: the rules of every poll (redirects hop by hop,
 * the address policy, time and sizes), on a loop of its own. */
#ifndef NEWSALERTD_CTL_ASK_H
#define NEWSALERTD_CTL_ASK_H

#include "config/config.h"
#include "item/item.h"

/* The feed at `url`, parsed. Where the configuration has a feed of this address, it is asked for as that one,
 * and *ret_feed is it. NULL: said on stderr, with *ret_code the exit code. */
struct document *ask_document(const struct config *c, const char *url, const struct config_feed **ret_feed,
                              int *ret_code);

#endif

/* The feeds that a page offers, or the address itself if it is a feed (discover.c). */
#ifndef NEWSALERTD_CTL_DISCOVER_H
#define NEWSALERTD_CTL_DISCOVER_H

#include "ctl/ctl.h"
#include "ctl/sections.h"

/* "example.org" → "https://example.org"; heap. */
char *discover_address(const char *written);
/* One request; each feed is handed to `each`. Their number; 0: it is there, but neither is nor names one; -1:
 * it cannot be read. *ret_why says what it is or why (heap), when 0 or -1. */
int discover_feeds(const struct ctl_args *a, const char *url,
                   void (*each)(void *ctx, const struct feed_section *feed), void *ctx, char **ret_why);

#endif

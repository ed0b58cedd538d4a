/* Queries that can never be true: a clause that must hold beside one that must not (a -a, ICE NOT ice), sides
 * of NEAR in different fields, and names of feeds and tags that nothing has. Found at compile, and warned of:
 * what cannot be shown to be false is let pass. Pure. */
#ifndef NEWSALERTD_MATCH_NEVER_H
#define NEWSALERTD_MATCH_NEVER_H

#include "config/config.h"
#include "match/query.h"

typedef void never_fn(void *ctx, size_t at, const char *what); /* `what` dies with the call */

/* Of the query alone: tells at most one contradiction. */
void never_contradiction(const struct query_node *root, never_fn *tell, void *ctx);

/* Names that feed: and tag: may mean in one configuration. The configuration must outlive it. */
struct never_names;
struct never_names *never_names_new(const struct config *config);
struct never_names *never_names_free(struct never_names *n);
/* Each feed: and tag: that means nothing here, or no feed that the alert watches. A configuration without
 * feeds (a query alone) has nothing to say. */
void never_unknown(struct never_names *n, const struct config_alert *alert, const struct query_node *root,
                   never_fn *tell, void *ctx);

#endif

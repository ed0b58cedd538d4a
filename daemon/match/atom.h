/* One leaf of a query: its text to a node with terms. Private to query.c. */
#ifndef NEWSALERTD_MATCH_ATOM_H
#define NEWSALERTD_MATCH_ATOM_H

#include "match/prefix.h"

/* Reads the leaf where the parser is. `at`: where it begins with its own prefix, if one stands directly
 * before it. NULL: broken (told). A leaf that is wrong is told, and returned all the same. */
struct query_node *atom_leaf(struct parser *p, const struct prefix *px, size_t at);

#endif

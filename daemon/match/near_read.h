/* What may stand on a side of NEAR and ONEAR, at reading. Private to query.c. */
#ifndef NEWSALERTD_MATCH_NEAR_READ_H
#define NEWSALERTD_MATCH_NEAR_READ_H

#include "match/parser.h"

/* Completes a NEAR node, whose operator `op` stands at `at`: its distance and order. Tells what may not stand
 * on its sides, and asks for all occurrences of the terms that do. */
void near_read(struct parser *p, struct query_node *near, size_t at, struct text op);

#endif

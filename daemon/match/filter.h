/* The filters feed: tag: url: over one item. Pure. */
#ifndef NEWSALERTD_MATCH_FILTER_H
#define NEWSALERTD_MATCH_FILTER_H

#include "base/text.h"

/* Is `pattern` (with *) the whole of `name`? Both folded by case. */
bool filter_name(struct text pattern, struct text name);
/* Does the address have the pattern (with *) as a piece, neither end inside a run of letters and digits? The
 * piece: *ret_start, *ret_len. Case of ASCII letters does not matter. */
bool filter_url(struct text pattern, struct text url, size_t *ret_start, size_t *ret_len);

#endif

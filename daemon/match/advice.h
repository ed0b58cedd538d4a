/* What people write who come from other search languages, and what to write here instead. A table; pure. */
#ifndef NEWSALERTD_MATCH_ADVICE_H
#define NEWSALERTD_MATCH_ADVICE_H

#include "base/arena.h"
#include "base/text.h"

/* Why an unquoted word is refused as another language's (or not built yet), or NULL: it is a word. `next`:
 * the character behind it, 0 at the end. The answer lives in the arena, or is constant. */
const char *advice_for_word(struct text word, char next, struct arena *a);
/* The same for what follows a closing quotation mark directly ("a b"~5). */
const char *advice_after_quote(struct text word, struct arena *a);
/* The same for an unknown prefix (site: intitle: …): the prefix to write here, or NULL. */
const char *advice_for_prefix(struct text prefix);

#endif

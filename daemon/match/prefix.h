/* Prefixes of a query: the language's own (fields and filters), plugins', and those that are refused. Private
 * to query.c and atom.c. */
#ifndef NEWSALERTD_MATCH_PREFIX_H
#define NEWSALERTD_MATCH_PREFIX_H

#include "match/parser.h"

enum prefix_kind { PREFIX_NONE, PREFIX_FIELD, PREFIX_FILTER, PREFIX_PLUGIN, PREFIX_BROKEN };

/* The prefix in force: of the leaf at hand, or of the group around it. */
struct prefix {
    enum prefix_kind kind;
    uint64_t fields;         /* FIELD */
    enum filter_kind filter; /* FILTER */
    struct text name;        /* as known: in small letters where it is ours */
    size_t at;               /* where it stands in the query */
};

/* `name:` at `at`: letters before a colon. Empty: none stands there. */
struct text prefix_at(const struct parser *p, size_t at);
bool prefix_known(const struct parser *p, struct text name);     /* anybody's, built or not */
bool prefix_of_plugin(const struct parser *p, struct text name); /* a plugin declares it */
/* What a name at `at` means; told, and PREFIX_BROKEN, when it means nothing. */
struct prefix prefix_resolve(struct parser *p, size_t at, struct text name);
/* Tells that there is no such prefix, the nearest one, and what to write. */
void prefix_unknown(struct parser *p, size_t at, struct text name);

#endif

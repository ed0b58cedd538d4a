/* Whose plugins are loaded: a plugin is code that runs with the daemon's rights, so its folder and its file
 * must belong to root or to the user, and nobody else may be able to write them. A sticky folder does not
 * help: others could still add files. What is checked is the opened descriptor's stat, never a path.
 *
 * In a user namespace without root (systemd's PrivateUsers=yes for a user unit) all foreign owners, root
 * among them, appear as the overflow uid. That one counts as root for the built-in folder only, which the
 * package put there; a folder of `plugins =` must then be the user's own. Any thread. */
#ifndef NEWSALERTD_PLUGIN_TRUST_H
#define NEWSALERTD_PLUGIN_TRUST_H

#include "base/text.h"

#include <stdbool.h>
#include <sys/stat.h>

struct trust {
    uid_t user;       /* who we are (effective) */
    uid_t overflow;   /* how foreign owners appear in a namespace */
    bool root_mapped; /* uid 0 means root here */
};

void trust_init(struct trust *t); /* of this process */
/* Does a uid_map (user_namespaces(7): lines of "inside outside count") hold uid 0? */
bool trust_maps_root(struct text uid_map);
/* NULL: trusted. Else why not and what to do, for people; caller frees. */
char *trust_objection(const struct trust *t, bool builtin, const struct stat *st, const char *path);

#endif

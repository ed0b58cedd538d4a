/* A setup: one configuration with its plugins opened and its queries compiled, immutable and counted. A
 * start,
 * --check-config, a reload and newsalertctl all build it by this one call, with all problems in one list.
 * What is in flight keeps the setup it began with. References from any thread. */
#ifndef NEWSALERTD_SETUP_H
#define NEWSALERTD_SETUP_H

#include "config/config.h"
#include "match/match.h"
#include "plugin/plugin.h"

struct setup {
    _Atomic int references;
    struct config *config;
    struct plugins *plugins;
    struct rules *rules;
};

/* NULL when there are errors; then `problems` names them all (warnings too, sorted). */
struct setup *setup_build(const char *file, enum config_use use, struct problems *problems);
struct setup *setup_ref(struct setup *s);
struct setup *setup_unref(struct setup *s); /* NULL is fine; returns NULL */

#endif

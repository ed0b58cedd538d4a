/* From raw sections to struct config: which row each key has, duplicates, ${ENV}, secrets, types, defaults,
 * and where the value goes. What more than one key or section has to say about is check.h's. Internal to
 * config/; one thread at a time. */
#ifndef NEWSALERTD_CONFIG_BUILD_H
#define NEWSALERTD_CONFIG_BUILD_H

#include "base/arena.h"
#include "base/map.h"
#include "base/problem.h"
#include "config/config.h"
#include "config/keys.h"
#include "config/reader.h"

/* What config_read hands out: `c` first, so that config_free finds the rest. All texts live in the arena. */
struct config_whole {
    struct config c;
    struct arena arena;
    struct map feeds, alerts, notifiers; /* by name */
};
void config_whole_clear(struct config_whole *w); /* config.c */

struct build {
    struct config_whole *whole;
    struct raw *raw;
    struct problems *problems;
    enum config_use use;
    const struct config_key *rows; /* the table */
    size_t n_rows;
    size_t first_row[N_KEY_SECTIONS + 1]; /* a section's rows stand together */
    /* The section at hand. seen[row] is the key that had that row, good when its stamp is `stamp`. */
    struct {
        unsigned stamp;
        const struct raw_key *key;
    } * seen;
    unsigned stamp;
    struct opml_section *lists; /* the [opml] sections, read */
    size_t n_lists;
    bool list_missing; /* one could not be read: names that it may hold are not missed */
};

void build_init(struct build *b, struct config_whole *whole, struct raw *raw, enum config_use use,
                struct problems *problems);
void build_clear(struct build *b);
void build_all(struct build *b);

/* ---- build_opml.c ---- */

struct opml_section {
    struct raw_section *raw;
    struct config_feed defaults; /* what the section says; `location` is the file */
};
/* Puts the feeds of all lists behind those that have sections, whose places may move. */
void build_opml(struct build *b);
/* `state` alone. */
void build_state(struct build *b);

/* The first key of that row's name in a section (NULL: the top), in any form; NULL: not set. */
const struct raw_key *build_key(const struct build *b, const struct raw_section *s, const char *name);

/* Adds a problem: FILE:LINE: feed "npr": key: …; key NULL: of the section as a whole. s NULL: the top. */
void build_problem(struct build *b, enum severity severity, const struct raw_section *s,
                   const struct raw_key *key, const char *format, ...) __attribute__((format(printf, 5, 6)));
/* A key that names a file which cannot be read gets a warning; NULL is fine. */
void build_file_check(struct build *b, const struct raw_section *s, const char *name, const char *path);
/* A copy in the arena; ends the process when there is no memory. */
char *build_text(struct build *b, struct text t);

#endif

/* OPML 2.0, lists of feeds that readers export: bytes → feeds with the folders they lie in. Pure, any thread.
 *
 * Only http and https addresses are taken: others (javascript:, file:, exec: …) are named with their line, as
 * warnings. A feed that stands in several folders is one feed with all of them as tags. Nesting, number and
 * sizes are capped; entities of the document's own are not read. Texts live in the list's arena. */
#ifndef NEWSALERTD_CONFIG_OPML_H
#define NEWSALERTD_CONFIG_OPML_H

#include "base/arena.h"
#include "base/map.h"
#include "base/problem.h"

#include <stdio.h>

struct opml_feed {
    char *url;
    char *title;    /* fit for a name: no comma, ] or control character, never empty */
    char *language; /* NULL: not said */
    char **tags;    /* folders, outermost first; no commas */
    size_t n_tags, cap_tags;
    unsigned line;
};

struct opml {
    struct arena arena;
    struct opml_feed *list;
    size_t n, cap;
    size_t refused, repeated; /* outlines that are no feed we read; further places of a feed */
};

/* 0; -1: it is no OPML, or broken, which is named as an error; what stood before the fault is there. */
int opml_read(struct text bytes, const char *file, struct problems *problems, struct opml *ret);
void opml_clear(struct opml *o);

/* Names that are to be told apart: `name` itself the first time, then name~2, name~3 … The texts live in the
 * arena, the tables until opml_names_clear. NULL: no memory. */
struct opml_names {
    struct map used, counts;
};
char *opml_name(struct opml_names *names, const char *name, struct arena *a);
void opml_names_clear(struct opml_names *names);
/* A title made fit for the name of a section: commas, ] and control characters become blanks, blanks are
 * folded, and it is cut at `room` bytes. "" when nothing is left; NULL: no memory. */
#define OPML_TITLE 150u
char *opml_title(struct text title, size_t room, struct arena *a);

/* Writing: a list of feeds; those with tags stand in a folder for each. */
struct opml_outline {
    const char *title, *url, *language; /* language NULL: none */
    char *const *tags;
    size_t n_tags;
};
void opml_write(const char *title, const struct opml_outline *list, size_t n, FILE *out);

#endif

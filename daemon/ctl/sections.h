/* [feed] sections to paste into a configuration: import and discover print them. */
#ifndef NEWSALERTD_CTL_SECTIONS_H
#define NEWSALERTD_CTL_SECTIONS_H

#include <stddef.h>
#include <stdio.h>

struct feed_section {
    const char *name, *url; /* name: fit for one (config/opml.h), and taken once */
    const char *comment;    /* a line above it; NULL: none */
    const char *language;   /* NULL: not said */
    char *const *tags;
    size_t n_tags;
};
/* "key = value", as the reader of configurations takes it back. Not for a query, which is taken as it is. */
void section_value_print(const char *key, const char *value, FILE *out);
void feed_section_print(const struct feed_section *f, FILE *out);
void feed_section_print_json(const struct feed_section *f); /* one line on standard output */

#endif

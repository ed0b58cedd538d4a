/* Options that plugins declare (struct na_option), against what a configuration says of them. A plugin never
 * parses configuration: it gets values that are checked, in one spelling. Pure, any thread. */
#ifndef NEWSALERTD_PLUGIN_OPTIONS_H
#define NEWSALERTD_PLUGIN_OPTIONS_H

#include "base/problem.h"
#include "config/config.h"
#include "newsalert_plugin.h"

struct option_setting {
    const char *name; /* the declaration's */
    char *value;
};
struct option_set {
    struct option_setting *list;
    size_t n;
};

/* Where values were looked for, for messages. */
struct option_section {
    const char *name;          /* "[plugin city]" */
    struct place at;           /* the section, or the file that lacks it (line 0) */
    bool is_there;             /* false: the file has no such section */
    const char *const *others; /* names of keys that are not the plugin's, for "did you mean" */
    size_t n_others;
};

/* What is wrong with a list of declarations (a maker's mistake): unknown type, preset that does not fit …;
 * NULL: nothing. Caller frees. options NULL: none declared. */
char *options_fault(const struct na_option *options, size_t stride);
/* Checks `values` (NULL: none) and fills the set with all declared options, presets where nothing is said.
 * 0, or -1 when there are errors in the list; ret is complete only with 0. */
int options_read(const struct na_option *options, size_t stride, const struct option_values *values,
                 const struct option_section *section, struct problems *problems, struct option_set *ret);
const char *option_set_get(const struct option_set *s, const char *name); /* NULL: not declared */
void option_set_clear(struct option_set *s);

#endif

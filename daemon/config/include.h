/* The files of a configuration: opening them once each, finding what an include means, and the drop-ins.
 * Used by the reader only. One thread at a time. */
#ifndef NEWSALERTD_CONFIG_INCLUDE_H
#define NEWSALERTD_CONFIG_INCLUDE_H

#include "base/problem.h"
#include "config/reader.h"

struct include_list { /* names of files, sorted; heap */
    char **list;
    size_t n, cap;
};
void include_list_clear(struct include_list *l);

/* Reads a file whole and appends it to r->files. from, line: the include that asked for it; NULL: nobody.
 * NULL when it cannot be read, or was read before (named in the list). */
struct raw_file *include_open(struct raw *r, const char *name, const struct raw_file *from, unsigned line,
                              struct problems *problems);
/* What `include = PATTERN` means in `from`. 0, or -1 (named in the list). */
int include_find(const struct raw_file *from, struct text pattern, unsigned line, struct include_list *ret,
                 struct problems *problems);
/* FILE.d/ *.conf */
void include_drop_ins(const char *file, struct include_list *ret);

#endif

/* A list of problems with their places: what a configuration, its plugins and queries have wrong, all in
 * one run. One thread at a time. Each reads "file:line: what is wrong, and what to do". */
#ifndef NEWSALERTD_BASE_PROBLEM_H
#define NEWSALERTD_BASE_PROBLEM_H

#include <stddef.h>
#include <stdio.h>

enum severity { SEVERITY_ERROR, SEVERITY_WARNING };

struct problem {
    enum severity severity;
    unsigned line; /* 0: the file as a whole */
    char *file;    /* NULL: no file (a plugin's folder, the machine) */
    char *what;    /* may hold line breaks: a query and its caret follow */
    size_t order;
};

struct problems {
    struct problem *list;
    size_t n, cap, errors, warnings; /* errors and warnings count what was dropped beyond the limit, too */
};

#define PROBLEMS_INIT ((struct problems){0})
void problems_add(struct problems *p, enum severity severity, const char *file, unsigned line,
                  const char *format, ...) __attribute__((format(printf, 5, 6)));
#define problem_error(p, file, line, ...)   problems_add((p), SEVERITY_ERROR, (file), (line), __VA_ARGS__)
#define problem_warning(p, file, line, ...) problems_add((p), SEVERITY_WARNING, (file), (line), __VA_ARGS__)
void problems_sort(struct problems *p); /* by file as first seen, then line, then order of finding */
void problems_print(const struct problems *p, FILE *out);
char *problem_format(const struct problem *p); /* one problem as printed, without line end; caller frees */
void problems_clear(struct problems *p);

/* The nearest of n names within two edits, or NULL: for "did you mean". */
const char *problem_nearest(const char *wrong, const char *const *names, size_t n);

#endif

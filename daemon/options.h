/* One table of options a program: getopt_long, --help, completion and the man page's check come from it. */
#ifndef NEWSALERTD_OPTIONS_H
#define NEWSALERTD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct option_row {
    char letter;          /* 0: none */
    const char *name;     /* long name */
    const char *argument; /* as shown: "FILE"; NULL: none */
    const char *help;
};

extern const struct option_row newsalertd_options[];
extern const size_t newsalertd_n_options;

/* Lines of --help: "  -c, --config FILE   …". */
void options_print(const struct option_row *rows, size_t n, FILE *out);
/* Walks argv by getopt_long with permutation; take() gets each option's row and argument. 0, or -1 after a
 * message on stderr (unknown option, argument missing). argv is permuted: *ret_rest is the index of the first
 * operand. */
int options_parse(const struct option_row *rows, size_t n, int argc, char **argv,
                  int (*take)(void *ctx, const struct option_row *row, const char *argument), void *ctx,
                  int *ret_rest);

#endif

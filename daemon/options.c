#include "options.h"

#include "base/mem.h"
#include "base/problem.h"

#include <getopt.h>
#include <string.h>

const struct option_row newsalertd_options[] = {
    {'c', "config", "FILE", "the configuration (default: $NEWSALERTD_CONF, XDG, then /etc)"},
    {0, "once", NULL, "poll every enabled feed once, deliver what is due, exit"},
    {0, "check-config", NULL, "print every problem as file:line: what; exit 0 or 2"},
    {'v', "verbose", NULL, "log more"},
    {'q', "quiet", NULL, "log only warnings and errors"},
    {'V', "version", NULL, "print version and licence"},
    {'h', "help", NULL, "print this"},
};
const size_t newsalertd_n_options = sizeof newsalertd_options / sizeof *newsalertd_options;

void options_print(const struct option_row *rows, size_t n, FILE *out) {
    for (size_t i = 0; i < n; i++) {
        char left[64], letter[8] = "    ";
        if (rows[i].letter) snprintf(letter, sizeof letter, "-%c, ", rows[i].letter);
        snprintf(left, sizeof left, "%s--%s%s%s", letter, rows[i].name, rows[i].argument ? " " : "",
                 rows[i].argument ? rows[i].argument : "");
        fprintf(out, "  %-26s %s\n", left, rows[i].help);
    }
}

static const char *options_nearest(const struct option_row *rows, size_t n, const char *wrong) {
    const char **names = xcalloc(n + 1, sizeof *names);
    for (size_t i = 0; i < n; i++) names[i] = rows[i].name;
    const char *nearest = problem_nearest(wrong, names, n);
    free(names);
    return nearest;
}

static void say_unknown(const struct option_row *rows, size_t n, char **argv, int letter) {
    if (letter) {
        fprintf(stderr, "%s: unknown option -%c; see %s --help\n", argv[0], letter, argv[0]);
        return;
    }
    AUTOFREE char *wrong = xstrdup(argv[optind - 1] + 2);
    wrong[strcspn(wrong, "=")] = '\0';
    const char *nearest = options_nearest(rows, n, wrong);
    fprintf(stderr, "%s: unknown option --%s%s%s; see %s --help\n", argv[0], wrong,
            nearest ? "; did you mean --" : "", nearest ? nearest : "", argv[0]);
}

static int parse(const struct option_row *rows, size_t n, const struct option *list, const char *letters,
                 int argc, char **argv, int (*take)(void *, const struct option_row *, const char *),
                 void *ctx) {
    int c, index = -1;
    while ((c = getopt_long(argc, argv, letters, list, &index)) != -1) {
        if (c == '?') {
            say_unknown(rows, n, argv, optopt);
            return -1;
        }
        if (c == ':') {
            fprintf(stderr, "%s: %s needs an argument; see %s --help\n", argv[0], argv[optind - 1], argv[0]);
            return -1;
        }
        const struct option_row *row = NULL;
        for (size_t i = 0; c && i < n; i++)
            if (rows[i].letter == c) row = &rows[i];
        if (!c) row = &rows[index];
        if (row && take(ctx, row, optarg) < 0) return -1;
        index = -1;
    }
    return 0;
}

int options_parse(const struct option_row *rows, size_t n, int argc, char **argv,
                  int (*take)(void *ctx, const struct option_row *row, const char *argument), void *ctx,
                  int *ret_rest) {
    AUTOFREE struct option *list = xcalloc(n + 1, sizeof *list);
    AUTOFREE char *letters = xcalloc(2 * n + 2, 1);
    size_t at = 0;
    letters[at++] = ':';
    for (size_t i = 0; i < n; i++) {
        list[i] = (struct option){rows[i].name, rows[i].argument ? required_argument : no_argument, NULL,
                                  rows[i].letter};
        if (!rows[i].letter) continue;
        letters[at++] = rows[i].letter;
        if (rows[i].argument) letters[at++] = ':';
    }
    optind = 0;
    opterr = 0;
    if (parse(rows, n, list, letters, argc, argv, take, ctx) < 0) return -1;
    *ret_rest = optind;
    return 0;
}

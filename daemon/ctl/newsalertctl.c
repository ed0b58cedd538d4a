/* newsalertctl(1): finds the verb and its options. */
#include "base/log.h"
#include "control/control.h"
#include "ctl/ctl.h"
#include "daemon.h"

#include "base/problem.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

static int take(void *ctx, const struct option_row *row, const char *argument) {
    struct ctl_args *a = ctx;
    const struct {
        const char *name, **text;
        bool *flag;
    } table[] = {
        {"config", &a->config, NULL},
        {"state", &a->state, NULL},
        {"state-dir", &a->state_dir, NULL},
        {"base", &a->base, NULL},
        {"content-type", &a->content_type, NULL},
        {"feed", &a->feed, NULL},
        {"notify", &a->notify, NULL},
        {"since", &a->since, NULL},
        {"repeat", &a->repeat, NULL},
        {"id", &a->id, NULL},
        {"stored", &a->stored, NULL},
        {"ca-file", &a->ca_file, NULL},
        {"budget", &a->budget, NULL},
        {"allow-private", NULL, &a->allow_private},
        {"json", NULL, &a->json},
        {"warnings", NULL, &a->warnings},
        {"dry-run", NULL, &a->dry_run},
        {"force", NULL, &a->force},
        {"all-dead", NULL, &a->all_dead},
        {"man", NULL, &a->man},
        {"help", NULL, &a->help},
        {"version", NULL, &a->version},
        {"threshold", &a->threshold, NULL},
        {"why", &a->why, NULL},
        {"forever", NULL, &a->forever},
        {"drop", NULL, &a->drop},
        {"window", &a->window, NULL},
        {"watch", &a->watch, NULL},
        {"query", &a->query, NULL},
        {"to", &a->to, NULL},
        {"via", &a->via, NULL},
        {"level", &a->level, NULL},
        {"password-file", &a->password_file, NULL},
        {"yes", NULL, &a->yes},
        {"no-test", NULL, &a->no_test},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(table[i].name, row->name)) continue;
        if (table[i].text) *table[i].text = argument;
        if (table[i].flag) *table[i].flag = true;
    }
    return 0;
}

static void print_help(void) {
    puts("usage: newsalertctl VERB [options] [operands]\n\nwithout a daemon:");
    for (int online = 0; online < 2; online++) {
        if (online) puts("\nof the running daemon:");
        for (size_t i = 0; i < ctl_n_verbs; i++)
            if ((ctl_verbs[i].needs == CTL_ONLINE) == online)
                printf("  %-18s %s\n", ctl_verbs[i].name, ctl_verbs[i].help);
    }
    puts("\nnewsalertctl VERB --help tells more. Exit codes: 0 done, 1 something failed, 2 usage or\n"
         "configuration error. --version prints the version. See newsalertctl(1).");
}

static bool takes(const struct ctl_verb *verb, const char *name) {
    size_t len = strlen(name);
    for (const char *at = verb->options; (at = strstr(at, name)); at += len)
        if ((at == verb->options || at[-1] == ' ') && (at[len] == ' ' || !at[len])) return true;
    return !strcmp(name, "help");
}

static void print_verb_help(const struct ctl_verb *verb) {
    printf("usage: newsalertctl %s [options]%s%s\n\n%s\n\n", verb->name, *verb->operands ? " " : "",
           verb->operands, verb->help);
    for (size_t i = 0; i < ctl_n_options; i++)
        if (takes(verb, ctl_options[i].name)) options_print(&ctl_options[i], 1, stdout);
}

struct verb_take {
    struct ctl_args *args;
    const struct ctl_verb *verb;
};

static int take_checked(void *ctx, const struct option_row *row, const char *argument) {
    struct verb_take *v = ctx;
    bool folder = !strcmp(row->name, "state") && v->verb && takes(v->verb, "state-dir"); /* settle_state */
    if (v->verb && !takes(v->verb, row->name) && !folder) {
        fprintf(stderr, "newsalertctl: %s takes no --%s; see newsalertctl %s --help\n", v->verb->name,
                row->name, v->verb->name);
        return -1;
    }
    return take(v->args, row, argument);
}

/* The verb is the first operand, wherever options stand; those with an argument of their own are stepped
 * over. */
static const char *first_operand(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-' || !argv[i][1]) return argv[i];
        if (!strcmp(argv[i], "--")) return i + 1 < argc ? argv[i + 1] : NULL;
        bool needs = false;
        for (size_t k = 0; k < ctl_n_options; k++) {
            const struct option_row *o = &ctl_options[k];
            if (!o->argument) continue;
            needs |= argv[i][1] == '-' ? !strcmp(argv[i] + 2, o->name)
                                       : o->letter && argv[i][1] == o->letter && !argv[i][2];
        }
        i += needs;
    }
    return NULL;
}

static int unknown_verb(const char *name) {
    const char *names[64];
    size_t n = 0;
    for (; n < ctl_n_verbs && n < 64; n++) names[n] = ctl_verbs[n].name;
    const char *nearest = problem_nearest(name, names, n);
    return ctl_usage("unknown verb \"%s\"%s%s%s; see newsalertctl --help", name,
                     nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"" : "");
}

/* newsalertd, beside us, goes on in our place. Returns only when that failed. */
static int hand_over(char **argv) {
    static const char name[] = "newsalertd";
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - sizeof name);
    while (n > 0 && path[n - 1] != '/') n--;
    memcpy(path + (n > 0 ? n : 0), name, sizeof name);
    execv(path, argv);
    return ctl_fail("%s cannot be run: %s; install it beside newsalertctl", path, strerror(errno));
}

/* --state is a message's state, the folder is --state-dir. But where no state can be meant, DIR is taken with
 * --state too: so it was written at first. -1: neither. */
static int settle_state(struct ctl_args *a, const struct ctl_verb *verb) {
    bool of_rows = takes(verb, "state");
    if (!a->state || (of_rows && row_state_of(a->state) >= 0)) return 0;
    if (of_rows && !strchr(a->state, '/')) {
        ctl_usage("there is no state \"%s\"; there are held, pending, sent, dead and merged", a->state);
        return -1;
    }
    if (!a->state_dir) a->state_dir = a->state;
    a->state = NULL;
    return 0;
}

int ctl_main(int argc, char **argv) {
    struct ctl_args a = {0};
    argv[0] = (char *)"newsalertctl";
    json_memory_checked();
    log_init("newsalertctl");
    log_set_level(LOG_LEVEL_WARNING);
    const char *name = first_operand(argc, argv);
    const struct ctl_verb *verb = NULL;
    for (size_t i = 0; name && i < ctl_n_verbs; i++)
        if (!strcmp(ctl_verbs[i].name, name)) verb = &ctl_verbs[i];
    if (name && !verb) return unknown_verb(name);
    int rest;
    struct verb_take v = {&a, verb};
    if (options_parse(ctl_options, ctl_n_options, argc, argv, take_checked, &v, &rest) < 0) return EXIT_USAGE;
    if (a.version) {
        puts("newsalertctl " NEWSALERT_VERSION "\nLicence: Apache-2.0; places: GeoNames, CC BY 4.0");
        return EXIT_DONE;
    }
    if (a.help || !verb) {
        if (verb)
            print_verb_help(verb);
        else
            print_help();
        return a.help ? EXIT_DONE : EXIT_USAGE;
    }
    if (settle_state(&a, verb) < 0) return EXIT_USAGE;
    if (!control_call && (verb->needs != CTL_SMALL || a.stored)) return hand_over(argv);
    a.argc = argc - rest - 1;
    a.argv = argv + rest + 1;
    return verb->run(&a);
}

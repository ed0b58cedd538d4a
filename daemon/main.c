/* newsalertd(1): options and exit codes. */
#include "base/log.h"
#include "base/mem.h"
#include "base/problem.h"
#include "ctl/ctl.h"
#include "daemon.h"
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct arguments {
    const char *file;
    bool once, check, help, version;
    int log_level;
};

static int take(void *ctx, const struct option_row *row, const char *argument) {
    struct arguments *a = ctx;
    if (!strcmp(row->name, "config")) a->file = argument;
    if (!strcmp(row->name, "once")) a->once = true;
    if (!strcmp(row->name, "check-config")) a->check = true;
    if (!strcmp(row->name, "help")) a->help = true;
    if (!strcmp(row->name, "version")) a->version = true;
    if (!strcmp(row->name, "verbose")) a->log_level = LOG_LEVEL_DEBUG;
    if (!strcmp(row->name, "quiet")) a->log_level = LOG_LEVEL_WARNING;
    return 0;
}

static void print_help(void) {
    puts("usage: newsalertd [options]\n\n"
         "Polls news feeds, matches each item against standing queries, and sends what\n"
         "fires to the desktop, by e-mail or to webhooks.\n");
    options_print(newsalertd_options, newsalertd_n_options, stdout);
    puts("\nSIGHUP reloads the configuration, SIGTERM ends the daemon.\n"
         "Exit codes: 0 done, 1 something failed, 2 usage or configuration error.\n"
         "See newsalertd(1), newsalertd.conf(5), newsalert-query(7), newsalertctl(1).");
}

static int check(const char *file) {
    struct problems problems = PROBLEMS_INIT;
    struct setup *setup = setup_build(file, CONFIG_CHECK, &problems);
    problems_print(&problems, stderr);
    if (setup)
        fprintf(stderr, "%s: good; feeds: %zu, alerts: %zu, notifiers: %zu%s\n", file, setup->config->n_feeds,
                setup->config->n_alerts, setup->config->n_notifiers,
                problems.warnings ? "; see the warnings above" : "");
    else
        fprintf(stderr, "%zu error%s in %s\n", problems.errors, problems.errors == 1 ? "" : "s", file);
    problems_clear(&problems);
    int code = setup ? EXIT_DONE : EXIT_USAGE;
    setup_unref(setup);
    return code;
}

int main(int argc, char **argv) {
    struct arguments a = {.log_level = -1};
    int rest;
    /* Handed over by newsalertctl, which cannot reach the network. */
    if (!strcmp(program_invocation_short_name, "newsalertctl")) return ctl_main(argc, argv);
    argv[0] = (char *)"newsalertd";
    mem_init();
    json_memory_checked();
    if (options_parse(newsalertd_options, newsalertd_n_options, argc, argv, take, &a, &rest) < 0)
        return EXIT_USAGE;
    if (rest < argc) {
        fprintf(stderr, "newsalertd: \"%s\" is no option; the configuration is named with -c FILE\n",
                argv[rest]);
        return EXIT_USAGE;
    }
    if (a.help) {
        print_help();
        return EXIT_DONE;
    }
    if (a.version) {
        puts("newsalertd " NEWSALERT_VERSION "\nLicence: Apache-2.0; places: GeoNames, CC BY 4.0");
        return EXIT_DONE;
    }
    log_init("newsalertd");
    AUTOFREE char *file = a.file ? xstrdup(a.file) : config_default_file();
    if (a.check) return check(file);
    const struct daemon_options options = {file, a.once, a.log_level};
    return daemon_run(&options);
}

/* newsalertctl: a table of verbs. A verb is one row and one function. */
#ifndef NEWSALERTD_CTL_CTL_H
#define NEWSALERTD_CTL_CTL_H

#include "item/item.h"
#include "options.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* What the options said; operands are argv[0 … argc-1]. Strings live as long as the program's argv. */
struct ctl_args {
    const char *config, *state, *state_dir, *base, *content_type, *feed, *notify, *since, *repeat, *id,
        *stored, *ca_file, *budget;
    bool json, warnings, dry_run, force, all_dead, man, help, version, allow_private;
    const char *threshold, *window, *why;
    bool forever, drop;
    const char *watch, *query, *to, *via, *level, *password_file; /* init */
    bool yes, no_test;
    int argc;
    char **argv;
};

/* Most verbs start without libcurl, SQLite, the public suffix list and the forty libraries behind them, five
 * times as fast: those are linked into newsalertd only, which is newsalertctl too when it is called so, and
 * verbs that need them are handed over to it. So is match with --stored. */
enum ctl_needs { CTL_SMALL, CTL_LARGE, CTL_ONLINE }; /* online: asks the running daemon, and is large */

struct ctl_verb {
    const char *name;
    const char *operands; /* as shown: "FEEDFILE|-…" */
    const char *help;     /* one line */
    const char *options;  /* long names that it takes, parted by blanks (help is always taken) */
    int (*run)(const struct ctl_args *args); /* exit code */
    enum ctl_needs needs;
};
extern const struct ctl_verb ctl_verbs[];
extern const size_t ctl_n_verbs;
extern const struct option_row ctl_options[];
extern const size_t ctl_n_options;

int ctl_parse(const struct ctl_args *args);
int ctl_match(const struct ctl_args *args);
int ctl_places(const struct ctl_args *args);
int ctl_explain(const struct ctl_args *args);
int ctl_import_query(const struct ctl_args *args);
int ctl_query(const struct ctl_args *args);
int ctl_bench_match(const struct ctl_args *args);
int ctl_simulate_schedule(const struct ctl_args *args);
int ctl_plugins(const struct ctl_args *args);
int ctl_config(const struct ctl_args *args);
int ctl_completion(const struct ctl_args *args);
int ctl_test_notify(const struct ctl_args *args);
int ctl_import(const struct ctl_args *args);
int ctl_export(const struct ctl_args *args);
int ctl_discover(const struct ctl_args *args);
int ctl_stories(const struct ctl_args *args);
int ctl_simulate_delivery(const struct ctl_args *args);
int ctl_status(const struct ctl_args *args);
int ctl_feeds(const struct ctl_args *args);
int ctl_alerts(const struct ctl_args *args);
int ctl_outbox(const struct ctl_args *args);
int ctl_reload(const struct ctl_args *args);
int ctl_poll(const struct ctl_args *args);
int ctl_retry(const struct ctl_args *args);
int ctl_drop(const struct ctl_args *args);
int ctl_item(const struct ctl_args *args);
int ctl_mute(const struct ctl_args *args);
int ctl_unmute(const struct ctl_args *args);
int ctl_mutes(const struct ctl_args *args);

int ctl_init(const struct ctl_args *args);
int ctl_doctor(const struct ctl_args *args);

int ctl_main(int argc, char **argv); /* exit code */

/* What is in newsalertd alone; NULL in newsalertctl. Named in the Makefile too (FAR_OBJ). */
#pragma weak control_call
#pragma weak ctl_match_stored
#pragma weak ctl_stories
#pragma weak ctl_init
#pragma weak ctl_doctor
#pragma weak deliver_test
#pragma weak fetch_once

/* match --stored, with the setup that was read. */
struct setup;
int ctl_match_stored(const struct ctl_args *args, struct setup *setup);

/* Messages for people go to stderr as "newsalertctl: …". Returns EXIT_FAILED or EXIT_USAGE. */
int ctl_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
int ctl_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One JSON line on standard output. Takes the reference. */
void ctl_print_json(json_t *j);

/* -- tables for people: columns as wide as their widest cell, colour only on a terminal ---- */
enum ctl_color { CTL_PLAIN, CTL_GOOD, CTL_WARN, CTL_BAD, CTL_DIM };
struct ctl_table;
struct ctl_table *ctl_table_new(const char *const *heads, size_t n);
void ctl_table_cell(struct ctl_table *t, enum ctl_color color, const char *text); /* row after row; copied */
void ctl_table_print(struct ctl_table *t, FILE *out);
struct ctl_table *ctl_table_free(struct ctl_table *t);
/* Text with control characters replaced, at most `width` columns (0: all); heap. */
char *ctl_clean(const char *text, size_t width);

/* A file, or standard input for "-", up to `max` bytes (an endless one ends there); heap, with a NUL behind.
 * NULL: said on stderr. */
char *ctl_read_file(const char *name, size_t max, size_t *ret_len);
/* A feed's file, parsed; its repairs are told on stderr. NULL: said there. */
struct document;
struct document *ctl_read_document(const char *name, const struct ctl_args *a);
/* The configured feed that a file is: by name, else by its `path`; NULL: none. */
struct config;
const struct config_feed *ctl_feed_of_file(const struct config *c, const char *file, const char *name);
/* Is it a query? What is wrong with it, or odd, is said on stderr with a caret. */
bool ctl_is_query(struct text query);
/* What a plugin says of the data that it opened; heap, NULL: nothing. */
char *ctl_plugin_data(const char *name);
/* The same; true: it says that data are missing, and which. */
bool ctl_plugin_lacks_data(const char *name, char **ret_about);

#endif

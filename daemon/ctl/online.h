/* What the verbs that ask the running daemon have in common (online.c). */
#ifndef NEWSALERTD_CTL_ONLINE_H
#define NEWSALERTD_CTL_ONLINE_H

#include "ctl/ctl.h"

/* --state-dir, else what the configuration says (read tolerantly). Heap. */
char *online_state_dir(const struct ctl_args *a);
/* One question; an answer other than 200 is said on stderr and ends the verb. 0 and a new reference, or an
 * exit code. */
int online_ask(const struct ctl_args *a, const char *path, const json_t *args, bool changes, json_t **ret);

struct online_list {
    const char *path;
    const char *const *heads; /* of the table for people */
    size_t n;
    void (*row)(struct ctl_table *t, const json_t *row, int64_t now);
};
/* Fetches page after page; each answer names where the next begins in "more". Takes args. */
int online_print_list(const struct ctl_args *a, const struct online_list *list, json_t *args);

const char *online_text(const json_t *row, const char *key); /* "" where it is absent */
json_int_t online_int(const json_t *row, const char *key);
void online_cell_int(struct ctl_table *t, json_int_t n, enum ctl_color color);
void online_cell_when(struct ctl_table *t, const char *rfc3339, int64_t now); /* "3 min ago", "in 2 h", "" */
enum ctl_color online_color(const char *state);

#endif

/* The reader: bytes of configuration files → sections and keys with their lines, in the order in which they
 * stand. It knows the syntax of contract "configuration" and no key but `include`; what keys mean is
 * build.h's. Nothing is copied: texts point into the files' bytes, which the raw list owns (continuation
 * lines are joined in place, key names are made small in place).
 * Owner: the caller, raw_init … raw_clear. One thread at a time. */
#ifndef NEWSALERTD_CONFIG_READER_H
#define NEWSALERTD_CONFIG_READER_H

#include "base/problem.h"
#include "base/text.h"
#include "config/config.h"

#include <stdbool.h>
#include <sys/types.h>

struct raw_file {
    char *name;   /* as shown in messages */
    char *folder; /* absolute; relative paths of its keys start there */
    char *bytes;
    size_t len;
    dev_t device;
    ino_t inode;
    bool readable_by_others;
    bool warned; /* … about a secret in it: once a file */
};

struct config_key; /* keys.h */

struct raw_key {
    struct text name;  /* small letters */
    struct text value; /* trimmed; ${ENV} is still there */
    struct raw_file *file;
    unsigned line;
    const struct config_key *row; /* set by build; NULL: not one of ours */
    bool wrong; /* set by build: its value was refused, and what follows from it need not be named */
};

struct raw_section {
    struct text kind, name; /* [kind name]; kind in small letters, name empty if there is none */
    struct raw_file *file;
    unsigned line;
    size_t first, n; /* its keys: raw->keys[first] … */
    void *built;     /* set by build: the struct that it became */
};

struct raw_keys {
    struct raw_key *list;
    size_t n, cap;
};

struct raw {
    struct raw_keys top;  /* keys before the first section, of all files */
    struct raw_keys keys; /* all others */
    struct raw_section *sections;
    size_t n_sections, cap_sections;
    struct raw_file **files; /* in the order of reading; the main file first */
    size_t n_files, cap_files;
};

void raw_init(struct raw *r);
void raw_clear(struct raw *r);

/* Reads FILE, what it includes, and the drop-ins FILE.d/ *.conf. 0 also when there are problems in it; -1
 * when FILE itself cannot be read (named in the list). */
int raw_read(struct raw *r, const char *file, struct problems *problems);
/* The same of bytes in memory: nothing is opened, an include is named as a problem. */
void raw_read_bytes(struct raw *r, const char *file, struct text bytes, struct problems *problems);

/* ${ENV}, ${ENV:-default} and $$ of a value → *ret (heap). 0, or -1 with a reason, which names the variable
 * but no value. */
int raw_expand(struct text value, char **ret, char **ret_why);
/* A path as the user wrote it: ~/ is the home folder, a relative one starts in `folder`. Heap. */
char *raw_path(const char *folder, const char *path);

#endif

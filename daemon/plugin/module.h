/* Folders and .so files that were loaded, of the whole process. A .so is never unloaded (RTLD_NODELETE), so
 * what stands here only grows, and outlives every setup: a description, once checked, is good for ever.
 * A folder's descriptor stays open: a file is checked and loaded through it, so that nobody who can move the
 * folder's path can slip another one in between; and it is what tells the same folder at the next reload.
 * Any thread (one lock). */
#ifndef NEWSALERTD_PLUGIN_MODULE_H
#define NEWSALERTD_PLUGIN_MODULE_H

#include "base/problem.h"
#include "newsalert_plugin.h"
#include "plugin/trust.h"

struct module_folder;
struct module {
    struct module *next;
    const struct module_folder *folder;
    char *name, *file; /* "city", "/usr/lib/newsalertd/plugins/city.so" */
    const struct na_plugin *description;
    dev_t dev; /* which file it was, to tell a changed one */
    ino_t ino;
    struct timespec changed;
};

/* Opens a folder and checks whom it belongs to. NULL: there is an error in the list. */
struct module_folder *module_folder_open(const char *path, bool builtin, const struct trust *trust,
                                         struct problems *problems);
/* The names (without .so) of the plugin files in it, sorted; caller frees each and the list. */
char **module_folder_list(const struct module_folder *f, struct problems *problems, size_t *ret_n);
void module_names_free(char **names, size_t n);
/* Loads name.so (once), and checks file, symbol and description. NULL: there is an error in the list. */
struct module *module_open(struct module_folder *f, const char *name, bool builtin, const struct trust *trust,
                           struct problems *problems);
/* A data file by its plain name: in the plugin's own folder, else in `data_folder` (NULL: none). For reading,
 * O_CLOEXEC, checked like a plugin. -1 and why (caller frees; NULL: it is not there). */
int module_data(const struct module *m, const char *name, bool builtin, const char *data_folder,
                const struct trust *trust, char **ret_why);

#endif

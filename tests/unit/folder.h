/* A folder of files goes when its test has ended. */
#ifndef NEWSALERTD_TESTS_FOLDER_H
#define NEWSALERTD_TESTS_FOLDER_H

#include "base/mem.h"

#include <dirent.h>
#include <unistd.h>

static inline void folder_empty(const char *folder) {
    DIR *d = opendir(folder);
    struct dirent *e;
    while (d && (e = readdir(d))) {
        AUTOFREE char *path = xasprintf("%s/%s", folder, e->d_name);
        unlink(path);
    }
    if (d) closedir(d);
}

/* As rmdir(), which fails if a test left more than files. */
static inline int folder_remove(const char *folder) {
    folder_empty(folder);
    return rmdir(folder);
}

#endif

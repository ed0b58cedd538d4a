/* A folder of a test's own for the store, made before it and removed behind it. */
#ifndef NEWSALERTD_TESTS_STORE_FOLDER_H
#define NEWSALERTD_TESTS_STORE_FOLDER_H

#include "base/mem.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

static char dir[200];

static void unlink_all(const char *folder) {
    DIR *d = opendir(folder);
    struct dirent *e;
    while (d && (e = readdir(d))) {
        AUTOFREE char *path = xasprintf("%s/%s", folder, e->d_name);
        unlink(path);
    }
    if (d) closedir(d);
}

static int fresh(void **state) {
    (void)state;
    const char *tmp = getenv("TMPDIR");
    snprintf(dir, sizeof dir, "%s/store-XXXXXX", tmp ? tmp : "/tmp");
    return mkdtemp(dir) ? 0 : -1;
}

static int gone(void **state) {
    (void)state;
    AUTOFREE char *sub = xasprintf("%s/a", dir); /* one test's state folder is not there yet */
    unlink_all(sub);
    rmdir(sub);
    unlink_all(dir);
    return rmdir(dir);
}

#endif

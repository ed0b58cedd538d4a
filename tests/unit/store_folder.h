/* A folder of a test's own for the store, made before it and removed behind it. */
#ifndef NEWSALERTD_TESTS_STORE_FOLDER_H
#define NEWSALERTD_TESTS_STORE_FOLDER_H

#include "folder.h"

#include <stdlib.h>

static char dir[200];

static int fresh(void **state) {
    (void)state;
    const char *tmp = getenv("TMPDIR");
    snprintf(dir, sizeof dir, "%s/store-XXXXXX", tmp ? tmp : "/tmp");
    return mkdtemp(dir) ? 0 : -1;
}

static int gone(void **state) {
    (void)state;
    AUTOFREE char *sub = xasprintf("%s/a", dir); /* one test's state folder is not there yet */
    folder_remove(sub);
    return folder_remove(dir);
}

#endif

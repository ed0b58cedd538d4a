/* One text read by the city plugin from inside, without a daemon: for the fit, the bench and the fuzzer,
 * which are built together with plugins/city. */
#ifndef TEST_CITY_READING_H
#define TEST_CITY_READING_H

#include "city/city.h"

#include "base/text.h"
#include "item/words.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The mapped table; -1, said on stderr. */
static inline int reading_table(struct city_data *d, const char *path) {
    struct city_fault fault = {0, "cannot be opened"};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int r = fd < 0 ? -1 : city_data_open(d, fd, &fault);
    if (r) fprintf(stderr, "%s: byte %zu: %s\n", path, fault.at, fault.why);
    if (fd >= 0) close(fd);
    return r;
}

/* The index of a title and a body, as the daemon makes it; lives in the arena, the texts must outlive it. */
static inline struct na_item reading_item(struct text title, struct text body, struct arena *a,
                                          struct item *item) {
    *item = (struct item){.title = title, .content = body};
    return words_index(item, TEXT_NONE, TEXT_NONE, a);
}

#endif

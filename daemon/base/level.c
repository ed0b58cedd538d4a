#include "base/level.h"

#include <strings.h>

const char *const level_names[3] = {"routine", "urgent", "flash"};

int level_of(const char *name) {
    for (int i = 0; i < 3; i++)
        if (!strcasecmp(name, level_names[i])) return i;
    return -1;
}

#include "base/zone.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool zone_exists(const char *name) {
    char path[160], magic[4];
    if (!*name || *name == '/' || strlen(name) > 100 || strstr(name, "..")) return false;
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("/_+-", *c)) return false;
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    bool yes = read(fd, magic, 4) == 4 && !memcmp(magic, "TZif", 4);
    close(fd);
    return yes;
}

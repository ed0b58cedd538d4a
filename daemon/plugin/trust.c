#include "plugin/trust.h"

#include "base/mem.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A small file of the kernel's, whole. What cannot be read is empty. */
static struct text read_proc(const char *path, char *space, size_t size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return TEXT_NONE;
    ssize_t n = read(fd, space, size - 1);
    close(fd);
    if (n < 0) n = 0;
    space[n] = '\0';
    return (struct text){space, (size_t)n};
}

bool trust_maps_root(struct text uid_map) {
    while (uid_map.len) {
        const char *end = memchr(uid_map.ptr, '\n', uid_map.len);
        size_t n = end ? (size_t)(end - uid_map.ptr) : uid_map.len;
        char line[100];
        unsigned long inside, count;
        snprintf(line, sizeof line, "%.*s", (int)(n < sizeof line ? n : sizeof line - 1), uid_map.ptr);
        if (sscanf(line, "%lu %*u %lu", &inside, &count) == 2 && inside == 0 && count) return true;
        n += end != NULL;
        uid_map.ptr += n;
        uid_map.len -= n;
    }
    return false;
}

void trust_init(struct trust *t) {
    char space[4096];
    struct text map = read_proc("/proc/self/uid_map", space, sizeof space);
    /* A kernel without user namespaces has no such file, and uid 0 is root. */
    t->root_mapped = !map.len || trust_maps_root(map);
    struct text overflow = read_proc("/proc/sys/kernel/overflowuid", space, sizeof space);
    t->overflow = overflow.len ? (uid_t)strtoul(overflow.ptr, NULL, 10) : 65534;
    t->user = geteuid();
}

char *trust_objection(const struct trust *t, bool builtin, const struct stat *st, const char *path) {
    bool root = t->root_mapped ? st->st_uid == 0 : builtin && st->st_uid == t->overflow;
    if (st->st_uid != t->user && !root) {
        if (!t->root_mapped && !builtin)
            return xasprintf(
                "it belongs to uid %lu, and in this user namespace (PrivateUsers=yes) root cannot be "
                "told from others: a folder of `plugins =` and its files must be your own. Copy them "
                "to a folder of yours, or chown %lu %s",
                (unsigned long)st->st_uid, (unsigned long)t->user, path);
        return xasprintf(
            "it belongs to uid %lu, who could run code in newsalertd through it; plugins must belong "
            "to root or to you. When you trust it: chown %lu %s",
            (unsigned long)st->st_uid, (unsigned long)t->user, path);
    }
    if (st->st_mode & (S_IWGRP | S_IWOTH))
        return xasprintf("it is writable by %s, who could run code in newsalertd through it: chmod go-w %s",
                         st->st_mode & S_IWOTH ? "everybody" : "its group", path);
    return NULL;
}

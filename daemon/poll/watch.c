#include "poll/watch.h"

#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

struct watched {
    char *folder, *name;
    void *file;
    int wd; /* -1: the folder cannot be watched now */
};

struct watch {
    int fd; /* -1: no inotify here, files are seen when they are looked at */
    struct event *event;
    watch_changed_fn *changed;
    void *arg;
    struct watched *list;
    size_t n, cap;
};

static void watch_event(struct watch *w, const struct inotify_event *e) {
    for (size_t i = 0; i < w->n; i++) {
        struct watched *f = &w->list[i];
        if (e->mask & IN_Q_OVERFLOW) {
            w->changed(w->arg, f->file);
        } else if (f->wd == e->wd) {
            if (e->mask & IN_IGNORED) f->wd = -1;
            if (e->len && !strcmp(e->name, f->name)) w->changed(w->arg, f->file);
        }
    }
}

static void watch_on_events(evutil_socket_t fd, short what, void *arg) {
    struct watch *w = arg;
    char events[16 * (sizeof(struct inotify_event) + NAME_MAX + 1)]
        __attribute__((aligned(__alignof__(struct inotify_event))));
    (void)what;
    ssize_t n = read(fd, events, sizeof events);
    for (char *p = events; n > 0 && p < events + n;) {
        const struct inotify_event *e = (const struct inotify_event *)(const void *)p;
        p += sizeof *e + e->len;
        watch_event(w, e);
    }
}

struct watch *watch_new(struct event_base *base, watch_changed_fn *changed, void *arg) {
    struct watch *w = xcalloc(1, sizeof *w);
    w->changed = changed;
    w->arg = arg;
    w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (w->fd < 0) {
        log_warning("no inotify (%s): files that are feeds are looked at every few minutes only",
                    strerror(errno));
        return w;
    }
    w->event = event_new(base, w->fd, EV_READ | EV_PERSIST, watch_on_events, w);
    if (!w->event || event_add(w->event, NULL)) out_of_memory(sizeof *w);
    return w;
}

static void watched_clear(struct watched *f) {
    free(f->folder);
    free(f->name);
}

struct watch *watch_free(struct watch *w) {
    if (!w) return NULL;
    for (size_t i = 0; i < w->n; i++) watched_clear(&w->list[i]);
    free(w->list);
    if (w->event) event_free(w->event);
    if (w->fd >= 0) close(w->fd);
    free(w);
    return NULL;
}

void watch_add(struct watch *w, const char *path, void *file) {
    struct watched *f = NULL;
    const char *slash = strrchr(path, '/');
    if (w->fd < 0 || !slash || !slash[1]) return;
    for (size_t i = 0; i < w->n && !f; i++)
        if (w->list[i].file == file) f = &w->list[i];
    if (!f) {
        GROW(w->list, w->n, w->cap);
        f = &w->list[w->n++];
        *f = (struct watched){.folder = xstrndup(path, (size_t)(slash - path) + 1),
                              .name = xstrdup(slash + 1)};
        f->file = file;
        f->wd = -1;
    }
    if (f->wd < 0) f->wd = inotify_add_watch(w->fd, f->folder, IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR);
}

void watch_remove(struct watch *w, void *file) {
    for (size_t i = 0; i < w->n; i++) {
        if (w->list[i].file != file) continue;
        int wd = w->list[i].wd;
        watched_clear(&w->list[i]);
        w->list[i] = w->list[--w->n];
        for (size_t k = 0; k < w->n; k++)
            if (w->list[k].wd == wd) return; /* its folder holds another one */
        if (wd >= 0) inotify_rm_watch(w->fd, wd);
        return;
    }
}

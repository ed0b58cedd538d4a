#include "plugin/module.h"

#include "base/mem.h"
#include "plugin/options.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct module_folder {
    struct module_folder *next;
    int fd;
    char *path; /* as first asked for, for messages */
    dev_t dev;
    ino_t ino;
    struct module *modules;
};

/* What the dynamic linker keeps for the process, we keep for the process: the only list of the room that is
 * not a setup's. */
static struct {
    pthread_mutex_t lock;
    struct module_folder *folders;
} loaded = {.lock = PTHREAD_MUTEX_INITIALIZER};

#define SYMBOL "newsalert_plugin_1"
static const char hint_rebuild[] = "Build it against this newsalert_plugin.h, or take it out of the folder";

/* ---- folders ------------------------------------------------------------------------------------------- */

/* Takes the descriptor. */
static struct module_folder *folder_of(int fd, const struct stat *st, const char *path) {
    pthread_mutex_lock(&loaded.lock);
    struct module_folder *f = loaded.folders;
    while (f && (f->dev != st->st_dev || f->ino != st->st_ino)) f = f->next;
    if (f) {
        close(fd);
    } else {
        f = xcalloc(1, sizeof *f);
        *f = (struct module_folder){loaded.folders, fd, xstrdup(path), st->st_dev, st->st_ino, NULL};
        loaded.folders = f;
    }
    pthread_mutex_unlock(&loaded.lock);
    return f;
}

struct module_folder *module_folder_open(const char *path, bool builtin, const struct trust *trust,
                                         struct problems *problems) {
    struct stat st;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st)) {
        problem_error(problems, path, 0, "cannot be opened as a folder of plugins: %s. %s", strerror(errno),
                      builtin ? "Install newsalertd's plugins there (make install)"
                              : "Make it, or take it out of `plugins =`");
        if (fd >= 0) close(fd);
        return NULL;
    }
    AUTOFREE char *why = trust_objection(trust, builtin, &st, path);
    if (why) {
        problem_error(problems, path, 0, "this folder of plugins is not trusted: %s", why);
        close(fd);
        return NULL;
    }
    return folder_of(fd, &st, path);
}

/* A name is never a path, and needs no quoting anywhere. */
static bool name_is_plain(const char *name) {
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    return n && n <= 64 && !name[n];
}

static int name_cmp(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **module_folder_list(const struct module_folder *f, struct problems *problems, size_t *ret_n) {
    char **names = NULL;
    size_t n = 0, cap = 0;
    int fd = openat(f->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        problem_error(problems, f->path, 0, "this folder of plugins cannot be read: %s", strerror(errno));
        if (fd >= 0) close(fd);
        *ret_n = 0;
        return NULL;
    }
    for (struct dirent *e; (e = readdir(dir));) {
        size_t len = strlen(e->d_name);
        if (e->d_name[0] == '.' || len < 4 || strcmp(e->d_name + len - 3, ".so") != 0) continue;
        AUTOFREE char *name = xstrndup(e->d_name, len - 3);
        if (!name_is_plain(name)) {
            problem_error(problems, f->path, 0,
                          "the name of \"%s\" is no plugin's: letters, digits, - and _, then .so. Rename it",
                          e->d_name);
            continue;
        }
        GROW(names, n, cap);
        names[n++] = steal(&name);
    }
    closedir(dir);
    if (n) qsort(names, n, sizeof *names, name_cmp);
    *ret_n = n;
    return names;
}

void module_names_free(char **names, size_t n) {
    for (size_t i = 0; i < n; i++) free(names[i]);
    free(names);
}

/* ---- descriptions -------------------------------------------------------------------------------------- */

/* Does a struct of the plugin's reach as far as version 1 does, up to and including its last member? */
#define REACHES(s, last) ((s)->size >= offsetof(__typeof__(*(s)), last) + sizeof((s)->last))
#define IS_TOO_OLD(s, what)                                                                                  \
    xasprintf("its " what " has %zu bytes where this newsalertd needs %zu: it was made for an older, "       \
              "unfinished interface",                                                                        \
              (s)->size, sizeof *(s))

static char *matcher_fault(const struct na_matcher *m) {
    if (!REACHES(m, release)) return IS_TOO_OLD(m, "matcher");
    if (!m->prefixes || !m->prefixes[0] || !m->compile || !m->match || !m->release)
        return xstrdup("its matcher lacks prefixes, compile, match or release");
    for (size_t i = 0; m->prefixes[i]; i++) {
        size_t n = strspn(m->prefixes[i], "abcdefghijklmnopqrstuvwxyz");
        if (m->prefixes[i][n] || n > 32)
            return xasprintf("its prefix \"%.40s\" is not made of small letters a-z (at most 32)",
                             m->prefixes[i]);
    }
    return NULL;
}

static char *notifier_fault(const struct na_notifier *n) {
    if (!REACHES(n, stop)) return IS_TOO_OLD(n, "notifier");
    if (!n->start || !n->send || !n->cancel || !n->stop)
        return xstrdup("its notifier lacks start, send, cancel or stop");
    return options_fault(n->options, n->option_stride);
}

/* NULL: all that version 1 asks for is there. Else why not; caller frees. */
static char *description_fault(const struct na_plugin *d, const char *name) {
    if (!d) return xstrdup(SYMBOL "() returned nothing");
    if (!REACHES(d, notifier)) return IS_TOO_OLD(d, "description");
    if (!d->name || strcmp(d->name, name) != 0)
        return xasprintf("it calls itself \"%.64s\"; file and plugin must have one name",
                         d->name ? d->name : "");
    if (!d->version || !d->license || !d->summary) return xstrdup("it lacks version, license or summary");
    if (!d->matcher && !d->notifier) return xstrdup("it neither matches nor notifies");
    char *fault = options_fault(d->options, d->option_stride);
    if (!fault && d->matcher) fault = matcher_fault(d->matcher);
    if (!fault && d->notifier) fault = notifier_fault(d->notifier);
    return fault;
}

/* ---- loading ------------------------------------------------------------------------------------------- */

/* A file of the folder that is a plain file and to be trusted: its descriptor and stat; else -1 and why
 * (NULL: not there). */
static int open_trusted(int folder, const char *folder_path, const char *base, bool builtin,
                        const struct trust *trust, struct stat *ret_st, char **ret_why) {
    *ret_why = NULL;
    int fd = openat(folder, base, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        if (errno == ELOOP)
            *ret_why =
                xstrdup("it is a symbolic link, and what it points at may change hands. Put the file itself "
                        "there");
        else if (errno != ENOENT)
            *ret_why = xasprintf("it cannot be opened: %s", strerror(errno));
        return -1;
    }
    AUTOFREE char *path = xasprintf("%s/%s", folder_path, base);
    if (fstat(fd, ret_st))
        *ret_why = xasprintf("it cannot be looked at: %s", strerror(errno));
    else if (!S_ISREG(ret_st->st_mode))
        *ret_why = xstrdup("it is not a plain file");
    else
        *ret_why = trust_objection(trust, builtin, ret_st, path);
    if (!*ret_why) return fd;
    close(fd);
    return -1;
}

/* dlerror's text begins with the path that dlopen was given, which says nothing to people. */
static const char *dl_reason(const char *path) {
    const char *why = dlerror();
    size_t n = strlen(path);
    if (!why) return "no reason given";
    return strncmp(why, path, n) == 0 && strncmp(why + n, ": ", 2) == 0 ? why + n + 2 : why;
}

/* The name by which dlopen finds the file in the very folder that was checked. The descriptor stays open, so
 * the name stays this file's: dlopen tells libraries by name. */
static char *load_path(const struct module_folder *f, const char *name, const char *file) {
#ifdef __SANITIZE_ADDRESS__
    /* A sanitizer's report finds symbols only by a path that means the same in another process. */
    (void)f, (void)name;
    return xstrdup(file);
#else
    (void)file;
    return xasprintf("/proc/self/fd/%d/%s.so", f->fd, name);
#endif
}

/* The description, or NULL with an error in the list. */
static const struct na_plugin *load(const struct module_folder *f, const char *name, const char *file,
                                    struct problems *problems) {
    AUTOFREE char *path = load_path(f, name, file);
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!handle) {
        problem_error(problems, file, 0, "cannot be loaded: %s. %s", dl_reason(path), hint_rebuild);
        return NULL;
    }
    const struct na_plugin *(*describe)(void);
    void *symbol = dlsym(handle, SYMBOL);
    if (!symbol) {
        problem_error(problems, file, 0,
                      "exports no " SYMBOL
                      "(): it is no plugin of newsalertd, or one for another version of it. %s",
                      hint_rebuild);
        return NULL;
    }
    /* NOLINTNEXTLINE(analyzer-use-of-uninitialized-value): dlsym wrote it */
    memcpy(&describe, &symbol, sizeof describe);
    const struct na_plugin *d = describe();
    AUTOFREE char *fault = description_fault(d, name);
    if (!fault) return d;
    problem_error(problems, file, 0, "is not loaded: %s. %s", fault, hint_rebuild);
    return NULL;
}

static bool same_file(const struct module *m, const struct stat *st) {
    return m->dev == st->st_dev && m->ino == st->st_ino && m->changed.tv_sec == st->st_mtim.tv_sec &&
           m->changed.tv_nsec == st->st_mtim.tv_nsec;
}

static struct module *module_find_or_load(struct module_folder *f, const char *name, const struct stat *st,
                                          struct problems *problems) {
    for (struct module *m = f->modules; m; m = m->next) {
        if (strcmp(m->name, name) != 0) continue;
        if (!same_file(m, st))
            problem_warning(
                problems, m->file, 0,
                "has changed since it was loaded, and the old one stays in use. Restart newsalertd");
        return m;
    }
    AUTOFREE char *file = xasprintf("%s/%s.so", f->path, name);
    const struct na_plugin *d = load(f, name, file, problems);
    if (!d) return NULL;
    struct module *m = xcalloc(1, sizeof *m);
    *m = (struct module){f->modules, f, xstrdup(name), steal(&file), d, st->st_dev, st->st_ino, st->st_mtim};
    f->modules = m;
    return m;
}

struct module *module_open(struct module_folder *f, const char *name, bool builtin, const struct trust *trust,
                           struct problems *problems) {
    struct stat st;
    AUTOFREE char *base = xasprintf("%s.so", name);
    AUTOFREE char *why = NULL;
    int fd = open_trusted(f->fd, f->path, base, builtin, trust, &st, &why);
    if (fd < 0) {
        AUTOFREE char *file = xasprintf("%s/%s", f->path, base);
        problem_error(problems, file, 0, "is not loaded: %s", why ? why : "it is gone");
        return NULL;
    }
    /* Under the lock, so that two loads of one file agree. A plugin's code runs here, but only its
     * constructors and newsalert_plugin_1(), which know nothing of us. */
    pthread_mutex_lock(&loaded.lock);
    struct module *m = module_find_or_load(f, name, &st, problems);
    pthread_mutex_unlock(&loaded.lock);
    close(fd);
    return m;
}

int module_data(const struct module *m, const char *name, bool builtin, const char *data_folder,
                const struct trust *trust, char **ret_why) {
    struct stat st;
    *ret_why = NULL;
    if (!*name || *name == '.' || strchr(name, '/')) {
        *ret_why = xstrdup("a data file is asked for by its plain name, never by a path");
        return -1;
    }
    int fd = open_trusted(m->folder->fd, m->folder->path, name, builtin, trust, &st, ret_why);
    if (fd >= 0 || *ret_why || !data_folder) return fd;
    int folder = open(data_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return -1;
    if (!fstat(folder, &st)) *ret_why = trust_objection(trust, true, &st, data_folder);
    if (!*ret_why) fd = open_trusted(folder, data_folder, name, true, trust, &st, ret_why);
    close(folder);
    return fd;
}

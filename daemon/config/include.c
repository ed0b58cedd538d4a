#include "config/include.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void include_list_clear(struct include_list *l) {
    for (size_t i = 0; i < l->n; i++) free(l->list[i]);
    free(l->list);
    *l = (struct include_list){0};
}

static int name_cmp(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "a/b.conf" → "a/", "b.conf" → "". */
static struct text folder_of(const char *file) {
    const char *slash = strrchr(file, '/');
    return (struct text){file, slash ? (size_t)(slash - file) + 1 : 0};
}

char *raw_path(const char *folder, const char *path) {
    const char *home = getenv("HOME");
    if (!strncmp(path, "~/", 2) && home && *home == '/') return xasprintf("%s/%s", home, path + 2);
    if (*path == '/') return xstrdup(path);
    while (!strncmp(path, "./", 2))
        for (path += 2; *path == '/';) path++;
    size_t len = strlen(folder);
    return xasprintf("%s%s%s", folder, len && folder[len - 1] == '/' ? "" : "/", path);
}

static char *absolute_folder(const char *file) {
    struct text folder = folder_of(file);
    AUTOFREE char *relative = xstrndup(folder.ptr, folder.len > 1 ? folder.len - 1 : folder.len);
    if (*relative == '/') return xstrdup(relative);
    if (!strcmp(relative, ".")) *relative = '\0';
    AUTOFREE char *here = getcwd(NULL, 0);
    return raw_path(here ? here : "/", relative);
}

static int read_all(int fd, struct buf *out) {
    for (;;) {
        if (buf_reserve(out, 65536) < 0) return -1;
        ssize_t n = read(fd, out->ptr + out->len, 65536);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return (int)n;
        out->len += (size_t)n;
        out->ptr[out->len] = '\0';
    }
}

/* At what place a file that cannot be read is named: at the include, else as the file itself. */
static void file_problem(const char *name, const struct raw_file *from, unsigned line, const char *what,
                         struct problems *problems) {
    if (from)
        problem_error(problems, from->name, line, "include: %s: %s", name, what);
    else
        problem_error(problems, name, 0, "%s", what);
}

struct raw_file *include_open(struct raw *r, const char *name, const struct raw_file *from, unsigned line,
                              struct problems *problems) {
    int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat st;
    const char *why = NULL;
    if (fd < 0 && errno == ENOENT && !from)
        why = "there is no such file; newsalertctl init writes one";
    else if (fd < 0 || fstat(fd, &st) < 0)
        why = strerror(errno);
    else if (S_ISDIR(st.st_mode))
        why = "a folder, not a file; for a folder write include = folder/*.conf";
    if (why) {
        file_problem(name, from, line, why, problems);
        if (fd >= 0) close(fd);
        return NULL;
    }
    for (size_t i = 0; i < r->n_files; i++)
        if (r->files[i]->device == st.st_dev && r->files[i]->inode == st.st_ino) {
            problem_warning(problems, from ? from->name : name, line,
                            "include: %s was read before, and a file is read once", name);
            close(fd);
            return NULL;
        }
    struct buf bytes;
    buf_init(&bytes, LIMIT_CONFIG_FILE + 65536);
    errno = 0;
    if (read_all(fd, &bytes) < 0 || bytes.len > LIMIT_CONFIG_FILE)
        why = errno ? strerror(errno) : "too large";
    close(fd);
    if (why) {
        file_problem(name, from, line, why, problems);
        buf_clear(&bytes);
        return NULL;
    }
    struct raw_file *f = xcalloc(1, sizeof *f);
    f->name = xstrdup(name);
    f->folder = absolute_folder(name);
    f->len = bytes.len;
    f->bytes = buf_steal(&bytes);
    f->device = st.st_dev;
    f->inode = st.st_ino;
    f->readable_by_others = st.st_mode & (S_IRGRP | S_IROTH);
    GROW(r->files, r->n_files, r->cap_files);
    r->files[r->n_files++] = f;
    return f;
}

static void escape_glob(struct buf *out, struct text t) {
    for (size_t i = 0; i < t.len; i++) {
        if (strchr("*?[]\\", t.ptr[i])) buf_addc(out, '\\');
        buf_addc(out, t.ptr[i]);
    }
}

int include_find(const struct raw_file *from, struct text pattern, unsigned line, struct include_list *ret,
                 struct problems *problems) {
    AUTOFREE char *expanded = NULL, *why = NULL;
    if (raw_expand(pattern, &expanded, &why) < 0 || !*expanded) {
        problem_error(problems, from->name, line, "include: %s",
                      why ? why : "the value is empty; write a file, or folder/*.conf");
        return -1;
    }
    /* Only what the user wrote is a pattern; the folder in front may have a [ in its name. The names shown
     * stay relative when the file's own name was. */
    struct buf full;
    buf_init(&full, LIMIT_CONFIG_VALUE);
    if (!strncmp(expanded, "~/", 2)) {
        AUTOFREE char *home = raw_path("", expanded);
        buf_adds(&full, home);
    } else {
        if (*expanded != '/') escape_glob(&full, folder_of(from->name));
        buf_adds(&full, expanded);
    }
    glob_t found = {0};
    int failed = glob(buf_str(&full), GLOB_NOSORT, NULL, &found);
    if (failed == GLOB_NOMATCH && !strpbrk(expanded, "*?["))
        problem_warning(problems, from->name, line, "include: there is no file %s", expanded);
    for (size_t i = 0; !failed && i < found.gl_pathc; i++) {
        GROW(ret->list, ret->n, ret->cap);
        ret->list[ret->n++] = xstrdup(found.gl_pathv[i]);
    }
    if (ret->n) qsort(ret->list, ret->n, sizeof *ret->list, name_cmp);
    globfree(&found);
    buf_clear(&full);
    return 0;
}

void include_drop_ins(const char *file, struct include_list *ret) {
    AUTOFREE char *folder = xasprintf("%s.d", file);
    DIR *d = opendir(folder);
    if (!d) return;
    for (struct dirent *e; (e = readdir(d));) {
        size_t len = strlen(e->d_name);
        if (e->d_name[0] == '.' || len < 6 || strcmp(e->d_name + len - 5, ".conf") != 0) continue;
        GROW(ret->list, ret->n, ret->cap);
        ret->list[ret->n++] = xasprintf("%s/%s", folder, e->d_name);
    }
    closedir(d);
    if (ret->n) qsort(ret->list, ret->n, sizeof *ret->list, name_cmp);
}

#include "config/secret.h"

#include "base/limits.h"
#include "base/mem.h"
#include "config/value.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static enum secret_result file_read(const char *path, char **ret, char why[KEY_WHY]) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0) {
        snprintf(why, KEY_WHY, "cannot read %.200s: %s", path, strerror(errno));
        if (fd >= 0) close(fd);
        return SECRET_WRONG;
    }
    size_t len = 0;
    ssize_t n = 0;
    char *bytes = xmalloc(LIMIT_CONFIG_SECRET + 1);
    if (S_ISREG(st.st_mode))
        while (len < LIMIT_CONFIG_SECRET && (n = read(fd, bytes + len, LIMIT_CONFIG_SECRET - len)) > 0)
            len += (size_t)n;
    int error = errno;
    close(fd);
    if (!S_ISREG(st.st_mode) || n < 0 || len == LIMIT_CONFIG_SECRET) {
        snprintf(why, KEY_WHY, "cannot read %.200s: %s", path,
                 !S_ISREG(st.st_mode) ? "not a regular file"
                 : n < 0              ? strerror(error)
                                      : "too long for a secret");
        explicit_bzero(bytes, len);
        free(bytes);
        return SECRET_WRONG;
    }
    bytes[len] = '\0';
    while (len && text_is_space(bytes[len - 1])) bytes[--len] = '\0';
    if (!len || strlen(bytes) != len) {
        snprintf(why, KEY_WHY, "%.200s %s", path, len ? "holds a NUL byte" : "is empty");
        free(bytes);
        return SECRET_WRONG;
    }
    *ret = bytes;
    return SECRET_READ;
}

enum secret_result secret_read(enum key_form form, const char *value, bool list, char **ret,
                               char why[KEY_WHY]) {
    AUTOFREE char *path = NULL;
    if (form == FORM_CREDENTIAL) {
        const char *folder = getenv("CREDENTIALS_DIRECTORY"), *wrong = check_file_name(text_of(value));
        if (wrong) {
            snprintf(why, KEY_WHY, "%s", wrong);
            return SECRET_WRONG;
        }
        if (!folder || !*folder) {
            snprintf(why, KEY_WHY,
                     "the credential %.100s is there in the service only ($CREDENTIALS_DIRECTORY is not set)",
                     value);
            return SECRET_UNCHECKED;
        }
        path = xasprintf("%s/%s", folder, value);
    } else {
        path = xstrdup(value);
    }
    enum secret_result r = file_read(path, ret, why);
    for (char *c = r == SECRET_READ && list ? *ret : NULL; c && *c; c++)
        if (*c == '\n') *c = ',';
    return r;
}

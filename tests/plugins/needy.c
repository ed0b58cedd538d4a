/* Not bad: an option that must be set, and one of each type; reads a data file when it is told to. */
#include "bad.h"

#include <unistd.h>

BAD_NOTHING("needy");
static const struct na_option options[] = {{"index", "path", NULL, "Where the index is."},
                                           {"note", "text", "", "Anything."},
                                           {"exact", "bool", "no", "Whether."},
                                           {"radius", "int 1..500", "50", "How far."},
                                           {"threshold", "real 0..1", "0.5", "How sure."},
                                           {"age", "duration", "1h30m", "How old."},
                                           {"room", "size", "64 KiB", "How much."},
                                           {"mode", "one-of near|far|both", "near", "Which."},
                                           {0}};
/* Opens only where all is as the test wants it; the log says what is not. */
static int look(const struct na_host *h, void **ret_self) {
    static const char *const want[][2] = {{"index", "/srv/index"}, {"note", ""},         {"exact", "yes"},
                                          {"radius", "50"},        {"threshold", ".25"}, {"age", "5400000"},
                                          {"room", "2097152"},     {"mode", "far"}};
    (void)ret_self;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        const char *value = h->option(h->ctx, want[i][0]);
        if (!value || strcmp(value, want[i][1]) != 0) {
            h->log(h->ctx, 3, want[i][0]);
            h->log(h->ctx, 3, value ? value : "(none)");
            return NA_FAIL;
        }
    }
    if (h->option(h->ctx, "undeclared") || h->extension(h->ctx, "anything")) return NA_FAIL;
    char letters[5] = "";
    int fd = h->data(h->ctx, "needy.bin");
    ssize_t n = fd < 0 ? -1 : read(fd, letters, 4);
    if (fd >= 0) close(fd);
    if (n != 4 || strcmp(letters, "data") != 0) return NA_FAIL;
    return h->data(h->ctx, "../needy.bin") < 0 && h->data(h->ctx, "/etc/passwd") < 0 &&
                   h->data(h->ctx, ".") < 0 && h->data(h->ctx, "absent.bin") < 0
               ? NA_OK
               : NA_FAIL;
}
BAD_PLUGIN("needy", .matcher = &matcher, .options = options, .option_stride = sizeof options[0], .open = look)

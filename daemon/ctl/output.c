/* What all verbs share: messages, JSON lines, tables, reading files. */
#include "base/buf.h"
#include "base/mem.h"
#include "ctl/ctl.h"
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>
#include <utf8proc.h>

static void say(const char *format, va_list args) {
    fputs("newsalertctl: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
}

int ctl_fail(const char *format, ...) {
    va_list args;
    va_start(args, format);
    say(format, args);
    va_end(args);
    return EXIT_FAILED;
}

int ctl_usage(const char *format, ...) {
    va_list args;
    va_start(args, format);
    say(format, args);
    va_end(args);
    return EXIT_USAGE;
}

void ctl_print_json(json_t *j) {
    if (json_dumpf(j, stdout, JSON_COMPACT) == 0) putchar('\n');
    json_decref(j);
}

/* Columns that a character takes on a terminal; -1 for one that must not be printed. */
static int columns(utf8proc_int32_t c) {
    utf8proc_category_t category = utf8proc_category(c);
    if (category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF ||
        category == UTF8PROC_CATEGORY_CS || category == UTF8PROC_CATEGORY_ZL ||
        category == UTF8PROC_CATEGORY_ZP)
        return -1;
    return utf8proc_charwidth(c);
}

char *ctl_clean(const char *text, size_t width) {
    struct buf out;
    buf_init(&out, strlen(text) * 3 + 4);
    size_t used = 0;
    const char *end = text + strlen(text);
    while (text < end) {
        utf8proc_int32_t c;
        utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text, end - text, &c);
        if (n < 1) {
            n = 1;
            c = -1;
        }
        int w = c < 0 ? -1 : columns(c);
        size_t takes = w < 0 ? 1 : (size_t)w;
        if (width && used + takes > width - (text + n < end ? 1 : 0)) {
            buf_adds(&out, "…");
            break;
        }
        if (w < 0)
            buf_addc(&out, ' ');
        else
            buf_add(&out, text, (size_t)n);
        used += takes;
        text += n;
    }
    return buf_steal(&out);
}

static size_t text_columns(const char *text) {
    size_t sum = 0;
    const char *end = text + strlen(text);
    while (text < end) {
        utf8proc_int32_t c;
        utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text, end - text, &c);
        int w = n < 1 ? 1 : columns(c);
        sum += w > 0 ? (size_t)w : 0;
        text += n < 1 ? 1 : n;
    }
    return sum;
}

struct ctl_table {
    size_t n;     /* columns */
    char **cells; /* the heads first */
    enum ctl_color *colors;
    size_t n_cells, cap;
};

struct ctl_table *ctl_table_new(const char *const *heads, size_t n) {
    struct ctl_table *t = xcalloc(1, sizeof *t);
    t->n = n;
    for (size_t i = 0; i < n; i++) ctl_table_cell(t, CTL_DIM, heads[i]);
    return t;
}

void ctl_table_cell(struct ctl_table *t, enum ctl_color color, const char *text) {
    if (t->n_cells == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 64;
        t->cells = xrealloc(t->cells, t->cap, sizeof *t->cells);
        t->colors = xrealloc(t->colors, t->cap, sizeof *t->colors);
    }
    t->cells[t->n_cells] = ctl_clean(text ? text : "", 0);
    t->colors[t->n_cells++] = color;
}

void ctl_table_print(struct ctl_table *t, FILE *out) {
    static const char *const codes[] = {"", "\033[32m", "\033[33m", "\033[31m", "\033[2m"};
    bool color = isatty(fileno(out)) && !getenv("NO_COLOR");
    AUTOFREE size_t *wide = xcalloc(t->n, sizeof *wide);
    for (size_t i = 0; i < t->n_cells; i++) {
        size_t w = text_columns(t->cells[i]);
        if (w > wide[i % t->n]) wide[i % t->n] = w;
    }
    for (size_t i = 0; i < t->n_cells; i++) {
        size_t column = i % t->n;
        const char *on = color ? codes[t->colors[i]] : "";
        fprintf(out, "%s%s%s", on, t->cells[i], *on ? "\033[0m" : "");
        if (column + 1 == t->n)
            fputc('\n', out);
        else
            fprintf(out, "%*s", (int)(wide[column] - text_columns(t->cells[i]) + 2), "");
    }
}

struct ctl_table *ctl_table_free(struct ctl_table *t) {
    if (!t) return NULL;
    for (size_t i = 0; i < t->n_cells; i++) free(t->cells[i]);
    free(t->cells);
    free(t->colors);
    free(t);
    return NULL;
}

char *ctl_read_file(const char *name, size_t max, size_t *ret_len) {
    bool in = !strcmp(name, "-");
    int fd = in ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        ctl_fail("cannot read %s: %s", name, strerror(errno));
        return NULL;
    }
    struct buf b;
    buf_init(&b, max);
    ssize_t n = 0;
    while (b.len < max) {
        size_t room = max - b.len < 65536 ? max - b.len : 65536;
        if (buf_reserve(&b, room) < 0) out_of_memory(room);
        n = read(fd, b.ptr + b.len, room);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        b.len += (size_t)n;
    }
    int saved = errno;
    if (!in) close(fd);
    if (n < 0) {
        ctl_fail("cannot read %s: %s", in ? "standard input" : name, strerror(saved));
        buf_clear(&b);
        return NULL;
    }
    if (b.ptr) b.ptr[b.len] = '\0';
    *ret_len = b.len;
    return buf_steal(&b);
}

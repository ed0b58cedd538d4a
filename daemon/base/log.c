#include "base/log.h"

#include "base/buf.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>
#include <utf8proc.h>

/* newsalertctl does without the journal and the seven libraries behind it: its lines get there as text.
 * Linked only where something else needs libsystemd. */
#pragma weak sd_journal_sendv_with_location

#define LOG_LINE_MAX 8192u

static _Atomic int log_level = LOG_LEVEL_INFO;
static const char *log_program = "newsalertd";
static bool log_to_journal;
static bool log_color;

static const struct {
    const char *name, *shown, *color;
    int priority; /* syslog's numbers, as journald wants them */
} log_levels[] = {
    [LOG_LEVEL_ERROR] = {"error", "error: ", "\033[31m", 3},
    [LOG_LEVEL_WARNING] = {"warning", "warning: ", "\033[33m", 4},
    [LOG_LEVEL_INFO] = {"info", "", "", 6},
    [LOG_LEVEL_DEBUG] = {"debug", "debug: ", "\033[2m", 7},
};

void log_init(const char *program) {
    struct stat st;
    unsigned long device, inode;
    const char *stream = getenv("JOURNAL_STREAM");
    log_program = program;
    log_to_journal = sd_journal_sendv_with_location && stream &&
                     sscanf(stream, "%lu:%lu", &device, &inode) == 2 && !fstat(STDERR_FILENO, &st) &&
                     st.st_dev == device && st.st_ino == inode;
    log_color = isatty(STDERR_FILENO) && !getenv("NO_COLOR");
}

void log_set_level(enum log_level level) {
    log_level = level;
}

enum log_level log_get_level(void) {
    return (enum log_level)log_level;
}

/* Controls of C0 and C1, line and paragraph separators, what turns the reading direction. */
static bool log_steers(utf8proc_int32_t c) {
    return (c < ' ' && c != '\n') || (c >= 0x7F && c < 0xA0) || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069);
}

static void log_mask(char *text) {
    utf8proc_int32_t c;
    for (utf8proc_uint8_t *at = (utf8proc_uint8_t *)text; *at;) {
        utf8proc_ssize_t n = utf8proc_iterate(at, -1, &c);
        size_t len = n < 1 ? 1 : (size_t)n;
        if (n < 1 || log_steers(c)) memset(at, '?', len);
        at += len;
    }
}

static void log_write(enum log_level level, const char *field, const char *value, const char *format,
                      va_list args) {
    if ((int)level > log_level) return;
    char text[LOG_LINE_MAX];
    int n = vsnprintf(text, sizeof text, format, args);
    if (n < 0) return;
    log_mask(text);
    if (log_to_journal) {
        char message[LOG_LINE_MAX + 16], priority[16], about[600], id[64];
        snprintf(message, sizeof message, "MESSAGE=%s", text);
        snprintf(priority, sizeof priority, "PRIORITY=%d", log_levels[level].priority);
        snprintf(id, sizeof id, "SYSLOG_IDENTIFIER=%s", log_program);
        snprintf(about, sizeof about, "NEWSALERT_%s=%s", field ? field : "NOTE", value ? value : "");
        struct iovec iov[] = {{message, strlen(message)},
                              {priority, strlen(priority)},
                              {id, strlen(id)},
                              {about, strlen(about)}};
        if (sd_journal_sendv(iov, field ? 4 : 3) == 0) return;
    }
    const char *on = log_color ? log_levels[level].color : "";
    fprintf(stderr, "%s%s: %s%s%s\n", on, log_program, log_levels[level].shown, text, *on ? "\033[0m" : "");
}

void log_line(enum log_level level, const char *format, ...) {
    va_list args;
    va_start(args, format);
    log_write(level, NULL, NULL, format, args);
    va_end(args);
}

void log_about(enum log_level level, const char *field, const char *value, const char *format, ...) {
    va_list args;
    va_start(args, format);
    log_write(level, field, value, format, args);
    va_end(args);
}

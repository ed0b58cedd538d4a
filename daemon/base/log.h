/* The log: lines on standard error, with journald's fields and priorities when it listens there. Any thread.
 *
 * Pure rooms never log: they return a reason, and the edge logs it once, names the feed or alert, and says
 * what happens now. Secrets never come here. Control characters of foreign texts, also those of the
 * reading direction, and broken UTF-8 are shown as '?'. */
#ifndef NEWSALERTD_BASE_LOG_H
#define NEWSALERTD_BASE_LOG_H

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Once at start (and at a reload, for the level), before other threads log. `color`: for a terminal. */
void log_init(const char *program);
void log_set_level(enum log_level level); /* the only mutable global of the house */
enum log_level log_get_level(void);

void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* With one journal field, e.g. ("FEED", "npr"): journalctl NEWSALERT_FEED=npr finds it. */
void log_about(enum log_level level, const char *field, const char *value, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#define log_error(...)   log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)    log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)   log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif

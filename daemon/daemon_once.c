/* --once: every enabled feed is polled once, what is due is delivered, and the exit code tells. */
#include "daemon.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"

#include <unistd.h>

#define ONCE_LOOK_MS 50

static void once_progress(const struct daemon *d) {
    if (isatty(STDERR_FILENO) && log_get_level() >= LOG_LEVEL_INFO)
        fprintf(stderr, "\r\033[K%zu of %zu feeds read", d->once.answered, d->once.expected);
}

void daemon_once_answered(struct daemon *d, const char *location, const struct feed_status *status) {
    (void)location;
    d->once.answered++;
    d->once.last_document = time_boot();
    if (!status || status->schedule.failures > 0) d->once.failed_feeds++;
    once_progress(d);
}

/* Names every destination that still has rows: they stay for the next run. Held ones do not count. */
void daemon_once_counts(struct daemon *d, const json_t *counts) {
    size_t i, pending = 0;
    json_t *row;
    json_array_foreach(json_object_get(counts, "rows"), i, row) {
        json_int_t n = json_integer_value(json_object_get(row, "pending"));
        const char *error = json_string_value(json_object_get(row, "error"));
        if (!n) continue;
        pending++;
        log_error("%s: %lld message%s left for the next run%s%s",
                  json_string_value(json_object_get(row, "notify")), (long long)n, n == 1 ? "" : "s",
                  error ? ": " : "", error ? error : "");
    }
    struct destination_status *destinations;
    size_t n = deliver_status(d->deliver, &destinations), suspended = 0;
    for (size_t k = 0; k < n; k++) suspended += !strcmp(destinations[k].state, "suspended");
    free(destinations);
    if (d->once.failed_feeds)
        log_error("%zu feed%s could not be read", d->once.failed_feeds, d->once.failed_feeds == 1 ? "" : "s");
    if (d->once.dead)
        log_error("%zu message%s could not be delivered and will not be tried again", d->once.dead,
                  d->once.dead == 1 ? "" : "s");
    if (d->once.left_out) log_warning("left out: %s", d->once.left_out);
    if (pending || suspended || d->once.failed_feeds || d->once.dead) d->exit_code = EXIT_FAILED;
    daemon_stop(d);
}

static void once_look(evutil_socket_t fd, short what, void *arg) {
    (void)fd, (void)what;
    struct daemon *d = arg;
    int64_t now = time_boot();
    if (d->once.counting) return;
    if (!poller_idle(d->poller) || !pipeline_idle(d->pipeline)) return;
    int64_t patience = d->once.last_document + d->setup->config->once_wait;
    if (!deliver_idle(d->deliver, patience) && now < patience) return;
    if (isatty(STDERR_FILENO)) fputs("\r\033[K", stderr);
    d->once.counting = true;
    pipeline_ask(d->pipeline, 0, "counts", NULL);
}

void daemon_once_start(struct daemon *d) {
    struct timeval look = {0, ONCE_LOOK_MS * 1000};
    d->once.last_document = time_boot();
    poller_only_now(d->poller);
    d->once.expected = poller_poll_now(d->poller, NULL, 0, false, &d->once.left_out);
    d->once.timer = event_new(d->base, -1, EV_PERSIST, once_look, d);
    event_add(d->once.timer, &look);
    once_progress(d);
}

void daemon_once_clear(struct daemon *d) {
    if (d->once.timer) event_free(d->once.timer);
    free(d->once.left_out);
    d->once = (struct once){0};
}

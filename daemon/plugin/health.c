#include "plugin/health.h"

#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const breach_texts[N_BREACHES] = {
    [BREACH_TERM] = "named a term that it was not given",
    [BREACH_FIELD] = "named a field that the item does not have",
    [BREACH_SPAN] = "reported a span outside the text, or through the middle of a character",
    [BREACH_CONFIDENCE] = "reported a confidence that is not between 0 and 1",
    [BREACH_HITS] = "reported too much of one item",
    [BREACH_NOTE] = "made a note that is too long, or no text",
    [BREACH_MEMORY] = "wanted to remember too much of a feed",
    [BREACH_TICKET] = "answered a ticket that was not open",
    [BREACH_RESULT] = "gave an answer that does not exist",
    [BREACH_LATE] = "called back after it was stopped",
};

void health_init(struct health *h, const char *plugin) {
    *h = (struct health){.plugin = plugin, .lock = PTHREAD_MUTEX_INITIALIZER};
}

void health_clear(struct health *h) {
    pthread_mutex_destroy(&h->lock);
}

void health_breach(struct health *h, enum breach b, const char *format, ...) {
    pthread_mutex_lock(&h->lock);
    bool first = !h->count[b]++;
    pthread_mutex_unlock(&h->lock);
    if (!first) return;
    char what[300];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    log_about(LOG_LEVEL_WARNING, "PLUGIN", h->plugin,
              "plugin %s %s (%s); dropped. More of this kind is counted, not logged", h->plugin,
              breach_texts[b], what);
}

void health_match_failed(struct health *h, const char *feed) {
    if (atomic_exchange(&h->failing, true)) return;
    log_about(
        LOG_LEVEL_WARNING, "PLUGIN", h->plugin,
        "plugin %s failed on an item%s%s: its terms are unknown there, which neither fires an alert nor "
        "satisfies a NOT",
        h->plugin, *feed ? " of " : "", feed);
}

void health_match_worked(struct health *h) {
    if (atomic_load_explicit(&h->failing, memory_order_relaxed) && atomic_exchange(&h->failing, false))
        log_about(LOG_LEVEL_INFO, "PLUGIN", h->plugin, "plugin %s works again", h->plugin);
}

bool health_degraded(struct health *h, char *why, size_t size) {
    size_t at = 0;
    if (size) *why = '\0';
#define SAY(...)                                                                                             \
    do {                                                                                                     \
        int n_ = at < size ? snprintf(why + at, size - at, __VA_ARGS__) : 0;                                 \
        at += n_ > 0 ? (size_t)n_ : 0;                                                                       \
    } while (0)
    bool degraded = atomic_load(&h->failing);
    if (degraded) SAY("its last match failed");
    pthread_mutex_lock(&h->lock);
    for (int b = 0; b < N_BREACHES; b++) {
        if (!h->count[b]) continue;
        SAY("%s%s (%llu times)", degraded ? "; " : "", breach_texts[b], (unsigned long long)h->count[b]);
        degraded = true;
    }
    pthread_mutex_unlock(&h->lock);
#undef SAY
    return degraded;
}

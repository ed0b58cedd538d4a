/* How a plugin behaves: what it did wrong is counted, named once in the log, and shown in `status`. A breach
 * (a wrong id, field, span …) stays until the next reload; a failed match until one that works. Any thread.
 */
#ifndef NEWSALERTD_PLUGIN_HEALTH_H
#define NEWSALERTD_PLUGIN_HEALTH_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum breach {
    BREACH_TERM,
    BREACH_FIELD,
    BREACH_SPAN,
    BREACH_CONFIDENCE,
    BREACH_HITS,
    BREACH_NOTE,
    BREACH_MEMORY,
    BREACH_TICKET,
    BREACH_RESULT,
    BREACH_LATE,
    N_BREACHES
};

struct health {
    const char *plugin; /* its name; whoever owns this keeps it */
    pthread_mutex_t lock;
    uint64_t count[N_BREACHES];
    atomic_bool failing; /* its last match */
};

void health_init(struct health *h, const char *plugin);
void health_clear(struct health *h);
/* What came back was wrong and is dropped. `format` says what exactly, for the log. */
void health_breach(struct health *h, enum breach b, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void health_match_failed(struct health *h, const char *feed);
void health_match_worked(struct health *h);
/* Is it degraded, and why (for people, cut to `size`)? */
bool health_degraded(struct health *h, char *why, size_t size);

#endif

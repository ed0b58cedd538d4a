/* A trace for simulate-schedule: feeds, when their items came out, and what their servers answered, as JSON
 * (contract of polling, last paragraph). Times are wall ms here, seconds in the file. */
#ifndef NEWSALERTD_CTL_SIMULATE_TRACE_H
#define NEWSALERTD_CTL_SIMULATE_TRACE_H

#include "config/config.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct trace_answer {              /* holds from (included) to (excluded) */
    int64_t from, to, retry_after; /* retry_after -1: none */
    int status;                    /* 0: no connection */
};

struct trace_feed {
    const char *id; /* the document's */
    char *shown;    /* the same as JSON, quotes included; heap */
    const char *host;
    struct config_feed config;
    int64_t *items; /* in order */
    size_t n_items;
    int64_t window, fresh_for, ttl;
    struct trace_answer *answers;
    size_t n_answers;
};

struct trace {
    json_t *json; /* texts live in it */
    int64_t start, warmup, end;
    int64_t pace, host_spacing, every, min_every, max_every;
    struct trace_feed *feeds;
    size_t n_feeds;
};

/* 0; -1: *ret_why says what is wrong (heap). */
int trace_read(const char *bytes, size_t len, struct trace *ret, char **ret_why);
void trace_clear(struct trace *t);

#endif

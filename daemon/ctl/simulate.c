/* simulate-schedule: the schedule over a trace, poll by poll, without a network and without a clock. What
 * lies after a poll is not looked at before it, and nothing is left to chance: the same trace gives the same
 * bytes. */
#include "base/heap.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/time.h"
#include "ctl/ctl.h"
#include "ctl/simulate_trace.h"
#include "daemon.h"
#include "poll/schedule.h"
#include "poll/schedule_budget.h"

#include <string.h>

struct sim_host {
    int64_t free_at; /* the next start may be then */
    int64_t spacing, limited, limited_at, paused_until;
};

struct sim_feed {
    const struct trace_feed *trace;
    struct schedule_state state;
    struct heap_node due;
    struct sim_host *host;
    bool has_place; /* its time is the one that its host gave it */
    bool read;      /* a document was read */
    size_t seen;    /* items up to this one are found or lost */
};

struct sim {
    const struct trace *trace;
    struct sim_feed *feeds;
    struct sim_host *hosts;
    size_t n_hosts;
    struct map by_name;
    struct heap due;
    struct schedule_fleet fleet;
    struct schedule_load *loads;
    int64_t budget, now;
    int64_t *delays; /* of items found, ms */
    size_t n_delays, cap_delays, polls, lost;
};

/* ---- time and numbers as they are printed ---- */

static void print_time(int64_t ms) {
    if (ms % SECOND)
        printf("%.3f", (double)ms / SECOND);
    else
        printf("%lld", (long long)(ms / SECOND));
}

/* Polls start at whole seconds, so that two times can be compared; never before what was asked. */
static int64_t at_second(const struct sim *m, int64_t ms) {
    int64_t whole = ms - ((ms % SECOND) + SECOND) % SECOND;
    return whole > m->now ? whole : m->now + SECOND;
}

/* ---- one poll ---- */

static size_t published(const struct trace_feed *f, int64_t now) {
    size_t low = 0, high = f->n_items;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (f->items[middle] <= now)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct trace_answer *answer_at(const struct trace_feed *f, int64_t now) {
    for (size_t i = 0; i < f->n_answers; i++)
        if (f->answers[i].from <= now && now < f->answers[i].to) return &f->answers[i];
    return NULL;
}

/* Redirects lead somewhere: they are followed, to the same feed. */
static struct answer answer_of(const struct trace_feed *f, int64_t now) {
    const struct trace_answer *said = answer_at(f, now);
    struct answer a = {.status = 200, .retry_after = -1, .at = now, .fresh_for = f->fresh_for};
    if (!said) return a;
    a.status = said->status;
    a.retry_after = said->retry_after;
    switch (a.status) {
    case 200:
    case 226:
    case 301:
    case 302:
    case 303:
    case 307:
    case 308: a.kind = ANSWER_FEED; return a;
    case 304:
        a.kind = ANSWER_NOT_MODIFIED;
        a.conditional = true;
        return a;
    case 0: a.kind = ANSWER_NETWORK; break;
    default: a.kind = a.status < 400 ? ANSWER_NOT_FEED : ANSWER_STATUS;
    }
    if (a.retry_after > LIMIT_RETRY_AFTER_FEED_MS) a.retry_after = LIMIT_RETRY_AFTER_FEED_MS;
    snprintf(a.error, sizeof a.error, "answered %d", a.status);
    a.fresh_for = 0;
    return a;
}

static void note_found(struct sim *m, const struct trace_feed *f, size_t i) {
    if (f->items[i] < m->trace->warmup) return;
    GROW(m->delays, m->n_delays, m->cap_delays);
    m->delays[m->n_delays++] = m->now - f->items[i];
}

/* The newest items that the document lists; returns how many of them are new, which stand last. */
static size_t look(struct sim *m, struct sim_feed *f, struct schedule_news *ret) {
    const struct trace_feed *t = f->trace;
    size_t end = published(t, m->now);
    size_t begin = end > (size_t)t->window ? end - (size_t)t->window : 0, from = f->seen;
    for (; from < begin; from++)
        m->lost += f->read && t->items[from] >= m->trace->warmup && t->items[from] < m->trace->end;
    for (size_t i = from; i < end; i++) note_found(m, t, i);
    *ret = (struct schedule_news){.dates = t->items + from,
                                  .n = end - from,
                                  .listed = end - begin,
                                  .shared = !f->read || !f->seen || begin < f->seen,
                                  .first = !f->read};
    f->read = true;
    f->seen = end;
    return ret->n;
}

static void host_said(const struct sim *m, struct sim_host *h, struct answer *a) {
    if (a->kind == ANSWER_FEED || a->kind == ANSWER_NOT_MODIFIED) h->limited = 0;
    if (a->kind != ANSWER_STATUS || a->status != 429) return;
    a->host_pause = schedule_host_pause(++h->limited, a->retry_after);
    h->spacing = schedule_spacing_doubled(h->spacing);
    h->limited_at = m->now;
    if (h->paused_until < m->now + a->host_pause) h->paused_until = m->now + a->host_pause;
}

static void poll_feed(struct sim *m, struct sim_feed *f) {
    struct answer a = answer_of(f->trace, m->now);
    struct feed_hints hints = {.ttl_ms = f->trace->ttl};
    struct schedule_news news;
    bool document = a.kind == ANSWER_FEED;
    if (document) a.new_items = look(m, f, &news);
    host_said(m, f->host, &a);
    schedule_settle(&f->state, &f->trace->config, &a, document ? &hints : NULL, document ? &news : NULL,
                    &m->fleet, 0, m->now);
    m->polls++;
    fputs("{\"t\":", stdout);
    print_time(m->now);
    printf(",\"feed\":%s,\"new\":%zu,\"next\":", f->trace->shown, a.new_items);
    if (schedule_off(&f->state, &f->trace->config)) {
        fputs("null", stdout);
    } else {
        f->state.next = at_second(m, f->state.next);
        print_time(f->state.next);
        heap_set(&m->due, &f->due, f->state.next);
    }
    printf(",\"why\":\"%s\"}\n", f->state.why);
}

/* ---- hosts ---- */

/* May the feed's request start now? If not, it gets the time at which it may. */
static bool may_start(struct sim *m, struct sim_feed *f) {
    struct sim_host *h = f->host;
    if (h->paused_until > m->now) {
        f->has_place = false;
        heap_set(&m->due, &f->due, at_second(m, h->paused_until + SECOND - 1));
        return false;
    }
    if (f->has_place) {
        f->has_place = false;
        return true;
    }
    if (h->spacing > m->trace->host_spacing && m->now - h->limited_at >= DAY) {
        h->spacing = schedule_spacing_halved(h->spacing, m->trace->host_spacing);
        h->limited_at = m->now;
    }
    int64_t at = h->free_at;
    h->free_at = (at > m->now ? at : m->now) + h->spacing;
    if (at <= m->now) return true;
    f->has_place = true;
    heap_set(&m->due, &f->due, at);
    return false;
}

static struct sim_host *host_of(struct sim *m, const char *name) {
    struct sim_host *h = name ? map_get(&m->by_name, text_of(name)) : NULL;
    if (h) return h;
    h = &m->hosts[m->n_hosts++];
    *h =
        (struct sim_host){.free_at = INT64_MIN, .spacing = m->trace->host_spacing, .paused_until = INT64_MIN};
    if (name) map_add(&m->by_name, text_of(name), h);
    return h;
}

/* ---- the whole run ---- */

static void solve(struct sim *m) {
    for (size_t i = 0; i < m->trace->n_feeds; i++)
        m->loads[i] = schedule_load_of(&m->feeds[i].state, &m->trace->feeds[i].config, &m->fleet, m->now);
    schedule_budget_solve(&m->fleet, m->loads, m->trace->n_feeds, m->budget, m->now);
}

static void sim_init(struct sim *m) {
    size_t n = m->trace->n_feeds;
    m->feeds = xcalloc(n + 1, sizeof *m->feeds);
    m->hosts = xcalloc(n + 1, sizeof *m->hosts);
    m->loads = xcalloc(n + 1, sizeof *m->loads);
    schedule_fleet_init(&m->fleet);
    m->fleet.pace = m->trace->pace;
    for (size_t i = 0; i < n; i++) {
        struct sim_feed *f = &m->feeds[i];
        f->trace = &m->trace->feeds[i];
        f->host = host_of(m, f->trace->host);
        schedule_init(&f->state);
        int64_t wait = schedule_spread(i, n, schedule_interval(&f->state, &f->trace->config));
        heap_set(&m->due, &f->due, m->trace->start + wait / SECOND * SECOND);
    }
}

static void sim_run(struct sim *m) {
    struct heap_node *first;
    while ((first = heap_first(&m->due)) && first->at < m->trace->end) {
        heap_remove(&m->due, first);
        m->now = first->at;
        struct sim_feed *f = HEAP_OF(first, struct sim_feed, due);
        if (m->budget && schedule_budget_due(&m->fleet, m->now)) solve(m);
        if (may_start(m, f)) poll_feed(m, f);
    }
}

static void sim_clear(struct sim *m) {
    heap_clear(&m->due);
    map_clear(&m->by_name);
    free(m->feeds);
    free(m->hosts);
    free(m->loads);
    free(m->delays);
}

static int by_size(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The smallest delay that so much of the items do not exceed. */
static void print_delay(const struct sim *m, const char *name, double share) {
    size_t rank = (size_t)(share * (double)m->n_delays);
    if ((double)rank < share * (double)m->n_delays) rank++;
    if (m->n_delays)
        printf(",\"%s\":%.3f", name, (double)m->delays[rank ? rank - 1 : 0] / SECOND);
    else
        printf(",\"%s\":null", name);
}

static void print_summary(struct sim *m) {
    size_t items = 0;
    double sum = 0;
    for (size_t i = 0; i < m->trace->n_feeds; i++)
        for (size_t k = 0; k < m->trace->feeds[i].n_items; k++)
            items += m->trace->feeds[i].items[k] >= m->trace->warmup &&
                     m->trace->feeds[i].items[k] < m->trace->end;
    if (m->n_delays) qsort(m->delays, m->n_delays, sizeof *m->delays, by_size);
    for (size_t i = 0; i < m->n_delays; i++) sum += (double)m->delays[i];
    printf("{\"summary\":{\"polls\":%zu,\"found\":%zu,\"items\":%zu,\"lost\":%zu", m->polls, m->n_delays,
           items, m->lost);
    if (m->n_delays)
        printf(",\"mean_delay\":%.3f", sum / (double)m->n_delays / SECOND);
    else
        fputs(",\"mean_delay\":null", stdout);
    print_delay(m, "p50_delay", 0.50);
    print_delay(m, "p95_delay", 0.95);
    puts("}}");
}

int ctl_simulate_schedule(const struct ctl_args *a) {
    struct trace trace;
    struct sim m = {.trace = &trace};
    char *why = NULL, *end;
    size_t len;
    if (a->argc != 1) return ctl_usage("simulate-schedule takes one TRACE.json (or - for standard input)");
    if (a->budget) {
        m.budget = strtoll(a->budget, &end, 10);
        if (end == a->budget || *end || m.budget < 1 || m.budget > LIMIT_BUDGET)
            return ctl_usage("--budget takes a number of polls a day, not \"%s\"", a->budget);
    }
    AUTOFREE char *bytes = ctl_read_file(a->argv[0], LIMIT_TRACE, &len);
    if (!bytes) return EXIT_USAGE;
    if (trace_read(bytes, len, &trace, &why) < 0) {
        int code = ctl_usage("%s: %s", a->argv[0], why);
        free(why);
        return code;
    }
    sim_init(&m);
    sim_run(&m);
    print_summary(&m);
    sim_clear(&m);
    trace_clear(&trace);
    if (fflush(stdout) || ferror(stdout)) return ctl_fail("cannot write the polls");
    return EXIT_DONE;
}

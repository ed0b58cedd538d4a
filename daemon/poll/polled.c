#include "poll/poller_inside.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"

#include <string.h>

#define PATH_SPACING SECOND       /* between two looks at a file that keeps changing */
#define CROWDED_WAIT (SECOND / 2) /* until room for a large document is looked for again */

/* -- due times ------------------------------------------------------------------------------------------- */

void polled_undue(struct polled *f) {
    heap_remove(f->parked ? &f->poller->parked : &f->poller->due, &f->due);
    f->parked = false;
}

void polled_due(struct polled *f, int64_t at) {
    if (f->parked) polled_undue(f);
    heap_set(&f->poller->due, &f->due, at);
}

static bool is_taken(enum phase phase) {
    return phase == PHASE_CLAIMED || phase == PHASE_READY || phase == PHASE_OPEN;
}

void polled_phase(struct polled *f, enum phase phase) {
    struct poller *p = f->poller;
    bool taken = is_taken(phase), was_taken = is_taken(f->phase);
    p->busy += (phase != PHASE_IDLE) - (f->phase != PHASE_IDLE);
    p->requests += (phase == PHASE_OPEN) - (f->phase == PHASE_OPEN);
    p->taken += taken - was_taken;
    if (f->trial) p->taken_trial += taken - was_taken;
    if (f->phase == PHASE_ANSWERED && phase != PHASE_ANSWERED) {
        p->bodies.taken -= f->handed; /* the pipeline is done with it */
        f->handed = 0;
    }
    f->phase = phase;
    if ((phase == PHASE_IDLE || phase == PHASE_ANSWERED) && p->probe == f) p->probe = NULL;
}

void polled_judge(struct polled *f) {
    const struct schedule_state *s = &f->status.schedule;
    bool proven = f->feed->source == SOURCE_URL && !s->failures && s->last_read != TIME_NONE && !f->slow;
    f->poller->proven += proven - f->proven;
    f->proven = proven;
}

/* A file that keeps changing is looked at once a second. */
int64_t polled_soonest(const struct polled *f) {
    int64_t now = time_boot();
    bool wait =
        f->feed->source == SOURCE_PATH && f->last_start != TIME_NONE && f->last_start + PATH_SPACING > now;
    return wait ? f->last_start + PATH_SPACING : now;
}

/* Who asked again meanwhile gets a second poll, unless the first one failed: its back-off holds. */
void polled_idle(struct polled *f, int64_t at) {
    polled_phase(f, PHASE_IDLE);
    bool failed = f->feed->source == SOURCE_URL && f->status.schedule.failures;
    if (f->again && f->feed->enabled && !failed)
        polled_due(f, polled_soonest(f));
    else if (!f->poller->only_now && !schedule_off(&f->status.schedule, f->feed))
        polled_due(f, at);
    f->again = false;
}

void polled_park(struct polled *f) {
    polled_undue(f);
    polled_withdraw(f);
    f->parked = true;
    heap_set(&f->poller->parked, &f->due, time_boot());
}

/* The host of the address that is asked first: the adopted one, else the configured one. */
void polled_settle_home(struct polled *f) {
    const char *moved = feed_move_address(&f->status.move);
    struct host *home = NULL;
    if (f->feed->source == SOURCE_URL) home = hosts_of(&f->poller->hosts, moved ? moved : f->location);
    if (home == f->home) return;
    if (home) home->feeds++;
    if (f->home) f->home->feeds--;
    f->home = home;
}

/* -- ends ------------------------------------------------------------------------------------------------ */

static void polled_hand_on(struct polled *f, struct fetched *answer) {
    answer->answer.section = f->section;
    if (answer->body_len > f->poller->bodies.small) f->handed = answer->body_len;
    f->poller->bodies.taken += f->handed;
    polled_phase(f, PHASE_ANSWERED);
    f->poller->events.fetched(f->poller->events.ctx, answer);
}

/* The fetch has ended, one way or the other. */
static void polled_ended(struct polled *f) {
    struct fetched *answer = fetch_take(f->fetch);
    f->fetch = fetch_free(f->fetch);
    polled_hand_on(f, answer);
}

/* Those who wait for a host that now pauses: a first request goes back to the heap, a redirect ends. */
static void polled_send_away(struct polled *f, const struct host *host, int64_t now) {
    if (f->fetch) {
        fetch_refuse(f->fetch, host->paused_until - now);
        polled_ended(f);
        return;
    }
    if (f->poller->only_now)
        log_about(LOG_LEVEL_WARNING, "FEED", f->feed->name, "%s: left out, its host asked for a pause",
                  f->feed->name);
    polled_idle(f, host->paused_until);
}

static void host_send_away(struct poller *p, struct host *host, int64_t now) {
    while (host->first) {
        struct polled *f = HEAP_OF(host->first, struct polled, wait);
        host_leave(&p->hosts, &f->wait);
        polled_send_away(f, host, now);
    }
}

static void note_limits(struct polled *f, struct host *host, struct fetched *answer, int64_t now) {
    struct poller *p = f->poller;
    if (answer->answer.kind != ANSWER_STATUS || answer->answer.status != 429) {
        if (answer->answer.kind == ANSWER_FEED || answer->answer.kind == ANSWER_NOT_MODIFIED)
            host->limited = 0;
        return;
    }
    char took[TIME_TEXT];
    int64_t pause = schedule_host_pause(++host->limited, answer->answer.retry_after);
    answer->answer.host_pause = pause;
    host_limit(&p->hosts, host, pause, now);
    host_keep(host, now, time_wall(), &answer->host);
    log_about(LOG_LEVEL_WARNING, "FEED", f->feed->name,
              "%s: %s answered 429 (too many requests), it is left alone for %s", f->feed->name, host->key,
              duration_about(pause, took));
}

/* -- one request ----------------------------------------------------------------------------------------- */

static void polled_open(struct polled *f, struct host *host);

static void polled_hop(struct polled *f, struct host *from, int64_t now) {
    struct poller *p = f->poller;
    struct host *to = hosts_of(&p->hosts, fetch_url(f->fetch));
    if (to == from) {
        host_goes_on(&p->hosts, to, now);
        polled_open(f, to);
    } else if (!to || host_paused(to, now)) {
        fetch_refuse(f->fetch, to ? to->paused_until - now : -1);
        polled_ended(f);
    } else {
        polled_phase(f, PHASE_HOPPING);
        host_wait(&p->hosts, to, &f->wait, f->fell_due, f->trial);
    }
}

/* Its document is larger than there is room for just now: it comes again when others are done. */
static void polled_crowded(struct polled *f, int64_t now) {
    f->room = fetch_room(f->fetch);
    f->fetch = fetch_free(f->fetch);
    polled_phase(f, PHASE_IDLE);
    polled_due(f, now + CROWDED_WAIT);
}

static void polled_end(struct polled *f, struct host *host, int64_t now) {
    struct fetched *answer = fetch_take(f->fetch);
    f->fetch = fetch_free(f->fetch);
    f->room = 0;
    f->slow = now - f->last_start > POLLED_SOON;
    if (network_takes(f, host, answer, now)) return;
    note_limits(f, host, answer, now);
    polled_hand_on(f, answer);
    if (host_paused(host, now)) host_send_away(f->poller, host, now);
}

static void polled_on_fetch(void *arg, enum fetch_step step) {
    struct polled *f = arg;
    struct poller *p = f->poller;
    struct host *host = f->at;
    int64_t now = time_boot();
    f->at = NULL;
    host_ended(&p->hosts, host);
    switch (step) {
    case FETCH_HOP: polled_hop(f, host, now); break;
    case FETCH_END: polled_end(f, host, now); break;
    case FETCH_CROWDED: polled_crowded(f, now); break;
    }
    polled_go_on(p);
    poller_arm(p);
}

/* The host has counted the start already. */
static void polled_open(struct polled *f, struct host *host) {
    struct poller *p = f->poller;
    f->at = host;
    polled_phase(f, PHASE_OPEN);
    if (!fetch_start(f->fetch, p->net, host_tls(host), polled_on_fetch, f)) return;
    f->at = NULL;
    host_ended(&p->hosts, host);
    polled_ended(f);
}

/* What is due then, should we never come to the answer: a claim is committed before its request starts, so
 * that a crash makes no feed due sooner than its own rules allow. */
static void polled_claim(struct polled *f) {
    f->poller->events.claim(f->poller->events.ctx, f->location,
                            time_wall() + schedule_interval(&f->status.schedule, f->feed));
}

static void polled_ready(struct polled *f) {
    struct polled **end = &f->poller->ready;
    while (*end) end = &(*end)->next_ready;
    f->next_ready = NULL;
    *end = f;
    polled_phase(f, PHASE_READY);
}

static void polled_unready(struct polled *f) {
    struct polled **at = &f->poller->ready;
    while (*at != f) at = &(*at)->next_ready;
    *at = f->next_ready;
}

/* Its place is free. */
static void polled_go(struct polled *f, int64_t now) {
    struct poller *p = f->poller;
    struct host *host = f->at;
    polled_unready(f);
    if (host_paused(host, now)) { /* since its turn came */
        f->at = NULL;
        host_given_up(&p->hosts, host);
        polled_send_away(f, host, now);
        return;
    }
    host_started(&p->hosts, host, now);
    if (f->fetch) { /* a redirect */
        polled_open(f, host);
        return;
    }
    f->last_start = now;
    recent_add(&p->late, now - f->fell_due);
    f->fetch = fetch_new(f->feed, &f->status, schedule_conditional(&f->status.schedule, time_wall()),
                         f->home->key, p->user_agent, &p->bodies);
    if (f->room && !fetch_take_place(f->fetch, f->room)) {
        f->at = NULL;
        host_ended(&p->hosts, host);
        polled_crowded(f, now);
    } else {
        polled_open(f, host);
    }
}

void polled_go_on(struct poller *p) {
    int64_t now = time_boot();
    for (struct polled *f = p->ready, *next; f && !p->paused; f = next) {
        next = f->next_ready;
        if ((int64_t)p->requests >= p->config->parallel) break;
        if (host_has_place(&p->hosts, f->at)) polled_go(f, now);
    }
}

void polled_start(struct polled *f, struct host *host) {
    struct poller *p = f->poller;
    f->at = host;
    if (f->phase == PHASE_HOPPING) {
        polled_ready(f);
        polled_go_on(p);
    } else {
        polled_phase(f, PHASE_CLAIMED);
        polled_claim(f);
    }
}

static void polled_on_command(void *arg, struct fetched *answer) {
    struct polled *f = arg;
    f->command = NULL;
    polled_hand_on(f, answer);
}

static void polled_run(struct polled *f) {
    f->last_start = time_boot();
    polled_phase(f, PHASE_RUNNING);
    f->command = command_start(f->poller->commands, f->feed, polled_on_command, f);
}

void poller_claimed(struct poller *p, const char *location) {
    struct polled *f = poller_find(p, location);
    if (!f || f->phase != PHASE_CLAIMED) return;
    if (f->feed->source == SOURCE_COMMAND) {
        polled_run(f);
        return;
    }
    polled_ready(f);
    polled_go_on(p);
    poller_arm(p);
}

/* An address that is none says so, without a host. */
static void polled_without_host(struct polled *f) {
    struct poller *p = f->poller;
    f->last_start = time_boot();
    f->fetch = fetch_new(f->feed, &f->status, false, NULL, p->user_agent, &p->bodies);
    fetch_start(f->fetch, p->net, NULL, polled_on_fetch, f);
    polled_ended(f);
}

/* A file is opened by the pipeline: the loop reads none. */
static void polled_look(struct polled *f) {
    struct poller *p = f->poller;
    struct fetched *answer = xcalloc(1, sizeof *answer);
    f->last_start = time_boot();
    watch_add(p->watch, f->location, f);
    polled_claim(f);
    answer->location = xstrdup(f->location);
    answer->answer = (struct answer){.kind = ANSWER_FEED, .retry_after = -1, .at = time_wall()};
    polled_hand_on(f, answer);
}

void polled_fall_due(struct polled *f, int64_t now) {
    struct poller *p = f->poller;
    if (f->feed->source == SOURCE_PATH) {
        polled_look(f);
    } else if (f->feed->source == SOURCE_COMMAND) {
        polled_phase(f, PHASE_CLAIMED);
        polled_claim(f);
    } else if (!f->home) {
        polled_without_host(f);
    } else if (host_paused(f->home, now)) {
        polled_idle(f, f->home->paused_until);
    } else if (f->room && !bodies_room(&p->bodies, f->room)) {
        polled_due(f, now + CROWDED_WAIT);
    } else {
        polled_phase(f, PHASE_QUEUED);
        f->fell_due = f->due.at < now ? f->due.at : now;
        f->trial = !f->proven;
        host_wait(&p->hosts, f->home, &f->wait, f->fell_due, f->trial);
    }
}

void polled_withdraw(struct polled *f) {
    struct poller *p = f->poller;
    polled_undue(f);
    host_leave(&p->hosts, &f->wait);
    f->fetch = fetch_free(f->fetch);
    f->command = command_cancel(f->command);
    if (f->phase == PHASE_READY) polled_unready(f);
    if (f->at && (f->phase == PHASE_CLAIMED || f->phase == PHASE_READY))
        host_given_up(&p->hosts, f->at);
    else if (f->at)
        host_ended(&p->hosts, f->at);
    f->at = NULL;
    f->again = false;
    polled_phase(f, PHASE_IDLE);
}

/* -- the pipeline's word --------------------------------------------------------------------------------- */

void poller_answered(struct poller *p, const char *location, const struct feed_status *status) {
    struct polled *f = poller_find(p, location);
    if (!f) return;
    const char *before = feed_move_address(&f->status.move), *after = feed_move_address(&status->move);
    bool moved = before != after && (!before || !after || strcmp(before, after) != 0);
    feed_status_copy(&f->status, status);
    polled_judge(f);
    if (moved) polled_settle_home(f);
    if (f->phase != PHASE_ANSWERED) return; /* of a life before a reload */
    polled_idle(f, time_boot() + schedule_wait(&f->status.schedule, f->feed, time_wall()));
    hosts_sweep(&p->hosts, time_boot());
    poller_arm(p);
}

void poller_pushed(struct poller *p, const char *location, const struct feed_status *status) {
    struct polled *f = poller_find(p, location);
    if (f) feed_status_copy(&f->status, status);
}

void poller_hurry(struct poller *p, const char *location, int64_t wait) {
    struct polled *f = poller_find(p, location);
    if (!f || f->phase != PHASE_IDLE || f->parked || !heap_has(&f->due) || f->status.schedule.failures)
        return;
    if (wait < 0) wait = schedule_interval(&f->status.schedule, f->feed);
    if (f->due.at > time_boot() + wait) polled_due(f, time_boot() + wait);
    poller_arm(p);
}

#define NOT_COMMITTED_WAIT (30 * SECOND)

bool poller_not_committed(struct poller *p, const char *location) {
    struct polled *f = poller_find(p, location);
    if (!f || (f->phase != PHASE_ANSWERED && f->phase != PHASE_CLAIMED)) return false;
    bool again = f->again;
    if (f->phase == PHASE_CLAIMED) polled_withdraw(f);
    f->again = again;
    polled_idle(f, time_boot() + NOT_COMMITTED_WAIT);
    poller_arm(p);
    return true;
}

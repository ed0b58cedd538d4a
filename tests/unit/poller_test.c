#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"
#include "poll/poller_inside.h"

#include "http_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

/* -- pages ----------------------------------------------------------------------------------------------- */

static bool page_feed(struct server *s, int fd, const char *request) {
    (void)s, (void)request;
    return server_reply(fd, "200 OK\r\nETag: \"a\"\r\n", "<rss/>");
}

static bool page_slow(struct server *s, int fd, const char *request) {
    server_sleep(400);
    return page_feed(s, fd, request);
}

static bool page_limited(struct server *s, int fd, const char *request) {
    (void)s, (void)request;
    server_sleep(100);
    return server_reply(fd, "429 Slow Down\r\nRetry-After: 60\r\n", "");
}

static bool page_down(struct server *s, int fd, const char *request) {
    (void)s, (void)request;
    server_sleep(100);
    return server_reply(fd, "503 Later\r\nRetry-After: 60\r\n", "");
}

static bool page_over(struct server *s, int fd, const char *request) {
    char head[200];
    (void)request;
    snprintf(head, sizeof head, "302 Over\r\nLocation: http://127.0.0.1:%u/feed/moved\r\n", s->other->port);
    return server_reply(fd, head, "");
}

static bool page_back(struct server *s, int fd, const char *request) {
    (void)s, (void)request;
    return server_reply(fd, "302 Back\r\nLocation: /feed/back\r\n", "");
}

static const struct page pages[] = {{"/feed", page_feed}, {"/slow", page_slow}, {"/limited", page_limited},
                                    {"/over", page_over}, {"/down", page_down}, {"/back", page_back},
                                    {NULL, NULL}};

/* -- a poller with a pipeline that says yes -------------------------------------------------------------- */

#define MANY 64

/* Stands in for the configuration's look-up where this test is linked without it. */
__attribute__((weak)) const struct config_feed *config_feed(const struct config *c, const char *name) {
    for (size_t i = 0; i < c->n_feeds; i++)
        if (!strcmp(c->feeds[i].name, name)) return &c->feeds[i];
    return NULL;
}

struct room {
    struct server *server, *other;
    struct event_base *base;
    struct net *net;
    struct poller *poller;
    struct config config;
    struct config_feed feeds[MANY];
    char names[MANY][16], urls[MANY][200];
    struct fetched *got[MANY];
    size_t n, claims, claims_told;
    const char *claimed[MANY];
    long claim_us; /* how long the pipeline takes to write a claim down */
    bool silent;   /* the pipeline does not answer */
    struct feed_status known;
    bool has_known;
};

static const struct config_feed *room_feed(const struct room *r, const char *location) {
    for (size_t i = 0; i < r->config.n_feeds; i++)
        if (!strcmp(r->feeds[i].location, location)) return &r->feeds[i];
    return NULL;
}

static void claimed_later(evutil_socket_t fd, short what, void *arg) {
    struct room *r = arg;
    (void)fd, (void)what;
    for (; r->claims_told < r->claims; r->claims_told++)
        poller_claimed(r->poller, r->claimed[r->claims_told % MANY]);
}

static void on_claim(void *ctx, const char *location, int64_t due) {
    struct room *r = ctx;
    struct timeval soon = {0, r->claim_us};
    const struct config_feed *feed = room_feed(r, location);
    assert_non_null(feed);
    assert_true(due > time_wall());
    r->claimed[r->claims++ % MANY] = feed->location;
    event_base_once(r->base, -1, EV_TIMEOUT, claimed_later, r, &soon);
}

static void room_answer(struct room *r, const struct fetched *f) {
    struct polled *p = poller_find(r->poller, f->location);
    struct feed_status status = {0};
    if (!p) return;
    feed_status_copy(&status, &p->status);
    schedule_answer(&status.schedule, room_feed(r, f->location), &f->answer, NULL, 7, time_wall());
    schedule_validators(&status, &f->answer, f->etag, f->last_modified, f->final_url);
    if (f->host.key) {
        free(status.host.key);
        status.host = f->host;
        status.host.key = xstrdup(f->host.key);
    }
    poller_answered(r->poller, f->location, &status);
    feed_status_clear(&status);
}

static void answer_later(evutil_socket_t fd, short what, void *arg) {
    struct room *r = arg;
    (void)fd, (void)what;
    for (size_t i = 0; i < r->n; i++) {
        if (r->got[i]->answer.new_items) continue; /* marks the answered ones */
        r->got[i]->answer.new_items = 1;
        room_answer(r, r->got[i]);
    }
}

static void on_fetched(void *ctx, struct fetched *f) {
    struct room *r = ctx;
    assert_true(r->n < MANY);
    r->got[r->n++] = f;
    struct timeval soon = {0, 1000};
    if (!r->silent) event_base_once(r->base, -1, EV_TIMEOUT, answer_later, r, &soon);
}

static void room_add(struct room *r, const char *path) {
    size_t i = r->config.n_feeds++;
    snprintf(r->names[i], sizeof r->names[i], "f%zu", i);
    if (path[0] == '/')
        snprintf(r->urls[i], sizeof r->urls[i], "http://127.0.0.1:%u%s", r->server->port, path);
    else
        snprintf(r->urls[i], sizeof r->urls[i], "%s", path + 1); /* a file */
    r->feeds[i] = (struct config_feed){.name = r->names[i],
                                       .location = r->urls[i],
                                       .source = path[0] == '/' ? SOURCE_URL : SOURCE_PATH,
                                       .every = HOUR,
                                       .min_every = MINUTE,
                                       .timeout = 10000,
                                       .allow_private = true,
                                       .enabled = true};
}

static const struct feed_status *room_status(void *ctx, const char *location) {
    const struct room *r = ctx;
    (void)location;
    return r->has_known ? &r->known : NULL;
}

static void room_configure(struct room *r) {
    poller_configure(r->poller, &r->config, room_status, r);
}

/* All that waits in the heap falls due now: a start spreads first polls over a minute. */
static void room_all_due(struct room *r) {
    for (size_t i = 0; i < r->config.n_feeds; i++) {
        struct polled *f = poller_find(r->poller, r->feeds[i].location);
        if (heap_has(&f->due)) polled_due(f, time_boot());
    }
    poller_arm(r->poller);
}

static void room_run(struct room *r, long ms) {
    struct timeval tv = {ms / 1000, ms % 1000 * 1000};
    event_base_loopexit(r->base, &tv);
    event_base_dispatch(r->base);
}

/* Until n answers have come, at most ten seconds. */
static void room_run_until(struct room *r, size_t n) {
    for (int i = 0; i < 1000 && r->n < n; i++) room_run(r, 10);
    assert_int_equal(r->n, n);
    room_run(r, 30); /* the pipeline's word on the last one */
}

static int room_setup(void **state) {
    struct room *r = calloc(1, sizeof *r);
    const struct poller_events events = {r, on_claim, on_fetched};
    r->server = server_new(pages);
    r->other = server_new(pages);
    r->server->other = r->other;
    r->base = event_base_new();
    r->net = net_new(r->base);
    r->poller = poller_new(r->base, r->net, &events);
    r->config = (struct config){.contact = (char *)"desk@newsroom.test",
                                .feeds = r->feeds,
                                .parallel = 64,
                                .host_parallel = 2,
                                .host_spacing = 100};
    schedule_init(&r->known.schedule);
    *state = r;
    return 0;
}

static int room_teardown(void **state) {
    struct room *r = *state;
    poller_free(r->poller);
    net_free(r->net);
    event_base_free(r->base);
    server_stop(r->server);
    server_stop(r->other);
    for (size_t i = 0; i < r->n; i++) fetched_free(r->got[i]);
    feed_status_clear(&r->known);
    free(r);
    return 0;
}

/* -- tests ----------------------------------------------------------------------------------------------- */

static void one_feed_is_polled_at_once_and_then_waits(void **state) {
    struct room *r = *state;
    room_add(r, "/feed/1");
    room_configure(r);
    room_run_until(r, 1);
    assert_int_equal(r->claims, 1);
    assert_string_equal(r->got[0]->body, "<rss/>");
    assert_non_null(strstr(server_last(r->server, "/feed/1"), "\r\nUser-Agent: newsalertd/"));
    assert_non_null(strstr(server_last(r->server, "/feed/1"), " (+desk@newsroom.test)\r\n"));
    struct polled *f = poller_find(r->poller, r->urls[0]);
    assert_true(poller_idle(r->poller));
    assert_in_range(f->due.at - time_boot(), HOUR - SECOND, HOUR + HOUR / 10);
    assert_string_equal(f->status.validator_url, r->urls[0]);
    room_all_due(r);
    room_run_until(r, 2);
    assert_non_null(strstr(server_last(r->server, "/feed/1"), "\r\nIf-None-Match: \"a\"\r\n"));
    assert_true(r->got[1]->answer.conditional);
}

static void starts_at_one_host_keep_their_distance(void **state) {
    struct room *r = *state;
    for (int i = 0; i < 5; i++)
        room_add(r, (const char *[]){"/slow/1", "/slow/2", "/slow/3", "/slow/4", "/slow/5"}[i]);
    room_configure(r);
    room_all_due(r);
    room_run_until(r, 5);
    assert_int_equal(r->server->most, 2);
    for (size_t i = 1; i < 5; i++)
        if (r->server->at[i] - r->server->at[i - 1] <= 0.09)
            fail_msg("%zu: %f", i, r->server->at[i] - r->server->at[i - 1]);
    /* Two at a time, 400 ms each. */
    assert_true(r->server->at[4] - r->server->at[0] > 0.75);
}

/* A start that is written down slowly does not let the next one come closer. */
static void slow_claims_keep_the_distance_too(void **state) {
    struct room *r = *state;
    r->claim_us = 150000;
    for (int i = 0; i < 4; i++) room_add(r, (const char *[]){"/feed/1", "/feed/2", "/feed/3", "/feed/4"}[i]);
    room_configure(r);
    room_all_due(r);
    room_run(r, 100);
    assert_int_equal(server_count(r->server, "/feed"), 0); /* not before its claim is committed */
    assert_int_equal(r->claims, 1);
    room_run_until(r, 4);
    for (size_t i = 1; i < 4; i++) assert_true(r->server->at[i] - r->server->at[i - 1] > 0.09);
}

static void a_claim_that_is_not_committed_starts_nothing(void **state) {
    struct room *r = *state;
    r->claim_us = 900000;
    room_add(r, "/feed/1");
    room_configure(r);
    room_run(r, 50);
    struct polled *f = poller_find(r->poller, r->urls[0]);
    assert_int_equal(f->phase, PHASE_CLAIMED);
    assert_true(poller_not_committed(r->poller, r->urls[0]));
    assert_false(poller_not_committed(r->poller, r->urls[0]));
    assert_int_equal(f->phase, PHASE_IDLE);
    assert_int_equal(f->home->running, 0);
    assert_in_range(f->due.at - time_boot(), 25 * SECOND, 35 * SECOND);
    room_run(r, 1000);
    assert_int_equal(server_count(r->server, "/feed"), 0);
}

/* -- the network ----------------------------------------------------------------------------------------- */

static struct fetched *unreached(const struct room *r, size_t i, bool local) {
    struct fetched *answer = xcalloc(1, sizeof *answer);
    answer->location = xstrdup(r->urls[i]);
    answer->unreached = true;
    answer->local_error = local;
    answer->answer.kind = ANSWER_NETWORK;
    return answer;
}

static bool tries_in_vain(struct room *r, size_t i, bool local) {
    struct polled *f = poller_find(r->poller, r->urls[i]);
    struct fetched *answer = unreached(r, i, local);
    polled_undue(f);
    bool taken = network_takes(f, f->home, answer, time_boot());
    if (!taken) fetched_free(answer);
    return taken;
}

static void room_of_hosts(struct room *r, size_t n) {
    log_set_level(LOG_LEVEL_ERROR);
    for (size_t i = 0; i < n; i++) {
        room_add(r, "/feed/1");
        snprintf(r->urls[i], sizeof r->urls[i], "http://localhost:%u/%zu", r->server->port + (unsigned)i, i);
    }
    poller_pause(r->poller, true);
    room_configure(r);
}

static void a_lost_network_charges_nobody_and_one_asks(void **state) {
    struct room *r = *state;
    room_of_hosts(r, 8);
    assert_false(tries_in_vain(r, 0, false));
    assert_false(tries_in_vain(r, 1, false));
    assert_true(tries_in_vain(r, 2, false));
    assert_true(poller_network_lost(r->poller) != TIME_NONE);
    struct polled *f = poller_find(r->poller, r->urls[2]);
    assert_true(f->parked);
    int64_t now = time_boot();
    f = poller_find(r->poller, r->urls[3]);
    polled_undue(f);
    assert_false(network_lets(f, now)); /* before the first probe */
    assert_true(f->parked);
    assert_ptr_equal(r->poller->probe, NULL);
    network_probe(r->poller, now + 29 * SECOND);
    assert_ptr_equal(r->poller->probe, NULL);
    network_probe(r->poller, now + 31 * SECOND); /* the one that waited longest */
    f = poller_find(r->poller, r->urls[2]);
    assert_ptr_equal(r->poller->probe, f);
    assert_int_equal(f->phase, PHASE_QUEUED);
    host_leave(&r->poller->hosts, &f->wait);
    network_probe(r->poller, now + 40 * SECOND);
    assert_ptr_equal(r->poller->probe, f); /* one at a time */
    struct fetched *answer = unreached(r, 2, false);
    polled_undue(f);
    assert_true(network_takes(f, f->home, answer, now + 41 * SECOND));
    assert_ptr_equal(r->poller->probe, NULL);
    assert_int_equal(r->poller->network.probe_at, now + 71 * SECOND);
    network_changed(r->poller, NETLINK_CAME);
    assert_true(r->poller->network.probe_at <= time_boot());
    /* An answer, whatever it says, and all that waited are spread over a minute. */
    answer = xcalloc(1, sizeof *answer);
    answer->reached = true;
    answer->answer.kind = ANSWER_STATUS;
    f = poller_find(r->poller, r->urls[4]);
    polled_phase(f, PHASE_OPEN);
    assert_false(network_takes(f, f->home, answer, time_boot()));
    polled_phase(f, PHASE_IDLE);
    fetched_free(answer);
    assert_int_equal(poller_network_lost(r->poller), TIME_NONE);
    for (size_t i = 0; i < 4; i++) { /* also those that were charged before it was clear */
        f = poller_find(r->poller, r->urls[i]);
        assert_false(f->parked);
        assert_true(heap_has(&f->due));
        assert_in_range(f->due.at, time_boot() - SECOND, time_boot() + MINUTE);
    }
}

static void without_a_route_it_is_the_network_at_once(void **state) {
    struct room *r = *state;
    char *refused = NULL;
    const char *names[] = {"f1"};
    room_of_hosts(r, 2);
    assert_true(tries_in_vain(r, 0, true));
    assert_true(poller_network_lost(r->poller) != TIME_NONE);
    /* Who is asked for by a person probes next. */
    assert_int_equal(poller_poll_now(r->poller, names, 1, false, &refused), 1);
    network_probe(r->poller, time_boot());
    assert_ptr_equal(r->poller->probe, poller_find(r->poller, r->urls[1]));
}

static void falls_due_and_is_spread(struct room *r, void (*after)(void *poller, int64_t ms)) {
    room_of_hosts(r, 20);
    for (size_t i = 0; i < 20; i++)
        polled_due(poller_find(r->poller, r->urls[i]), time_boot() + (i < 15 ? -HOUR : HOUR));
    after(r->poller, 8 * HOUR);
    int64_t first = INT64_MAX, last = 0;
    for (size_t i = 0; i < 20; i++) {
        int64_t at = poller_find(r->poller, r->urls[i])->due.at;
        if (i >= 15) {
            assert_true(at > time_boot() + 59 * MINUTE);
            continue;
        }
        if (at < first) first = at;
        if (at > last) last = at;
    }
    assert_in_range(last - first, 50 * SECOND, MINUTE);
}

static void what_fell_due_in_sleep_is_spread(void **state) {
    falls_due_and_is_spread(*state, network_slept);
}

static void what_fell_due_while_stopped_is_spread(void **state) {
    falls_due_and_is_spread(*state, network_stalled);
}

static void a_clock_that_is_set_moves_nothing(void **state) {
    struct room *r = *state;
    room_of_hosts(r, 1);
    struct polled *f = poller_find(r->poller, r->urls[0]);
    struct answer good = {.kind = ANSWER_FEED, .status = 200, .retry_after = -1};
    schedule_answer(&f->status.schedule, f->feed, &good, NULL, 7, time_wall());
    polled_due(f, time_boot() + HOUR);
    int64_t due = f->due.at, next = f->status.schedule.next;
    network_clock_set(r->poller, -3 * DAY);
    assert_int_equal(f->due.at, due);
    assert_int_equal(f->status.schedule.next, next - 3 * DAY);
    network_clock_set(r->poller, 3 * DAY);
    assert_int_equal(f->status.schedule.next, next);
}

/* -- memory, revival ------------------------------------------------------------------------------------- */

static void a_large_document_waits_for_room(void **state) {
    struct room *r = *state;
    room_add(r, "/feed/1");
    r->feeds[0].max_size = 1 << 20;
    room_configure(r);
    r->poller->bodies = (struct bodies){.small = 3, .large = 1 << 20, .taken = 1};
    room_run(r, 300);
    struct polled *f = poller_find(r->poller, r->urls[0]);
    assert_int_equal(r->n, 0);
    assert_true(f->room);
    assert_int_equal(f->phase, PHASE_IDLE);
    assert_int_equal(f->home->running, 0);
    polled_due(f, 0);
    poller_arm(r->poller);
    room_run(r, 200);
    assert_int_equal(server_count(r->server, "/feed/1"), 1); /* no request while there is none */
    r->poller->bodies.taken = 0;
    polled_due(f, 0);
    poller_arm(r->poller);
    room_run_until(r, 1);
    assert_string_equal(r->got[0]->body, "<rss/>");
    assert_int_equal(r->poller->bodies.taken, 0);
    assert_false(f->room);
}

static void a_changed_section_revives_what_is_gone(void **state) {
    struct room *r = *state;
    struct answer gone = {.kind = ANSWER_STATUS, .status = 410, .retry_after = -1};
    room_add(r, "/feed/1");
    r->known.section = (int64_t)schedule_section(&r->feeds[0]);
    for (int i = 0; i < 2; i++)
        schedule_answer(&r->known.schedule, &r->feeds[0], &gone, NULL, 7, time_wall());
    r->has_known = true;
    poller_pause(r->poller, true);
    room_configure(r); /* started as it was stopped */
    assert_false(heap_has(&poller_find(r->poller, r->urls[0])->due));
    r->feeds[0].timeout = 5000; /* edited, and reloaded */
    room_configure(r);
    assert_true(heap_has(&poller_find(r->poller, r->urls[0])->due));
    /* stopped, edited, started */
    const struct poller_events events = {r, on_claim, on_fetched};
    struct poller *again = poller_new(r->base, r->net, &events);
    poller_pause(again, true);
    poller_configure(again, &r->config, room_status, r);
    assert_true(heap_has(&poller_find(again, r->urls[0])->due));
    poller_free(again);
}

static void an_adopted_address_is_asked_first(void **state) {
    struct room *r = *state;
    room_add(r, "/feed/old");
    r->known.move.to = xasprintf("http://127.0.0.1:%u/feed/new", r->other->port);
    r->known.move.adopted = 1;
    r->has_known = true;
    room_configure(r);
    room_run_until(r, 1);
    assert_int_equal(server_count(r->server, "/feed"), 0);
    assert_int_equal(server_count(r->other, "/feed/new"), 1);
    struct polled *f = poller_find(r->poller, r->urls[0]);
    struct host *there = hosts_of(&r->poller->hosts, r->known.move.to);
    assert_ptr_equal(f->home, there);
    assert_int_equal(there->feeds, 1);
}

static void all_hosts_together_keep_to_parallel(void **state) {
    struct room *r = *state;
    r->config.parallel = 1;
    r->config.host_spacing = 0;
    for (int i = 0; i < 4; i++) room_add(r, (const char *[]){"/slow/1", "/slow/2", "/slow/3", "/slow/4"}[i]);
    room_configure(r);
    room_all_due(r);
    room_run_until(r, 4);
    assert_int_equal(r->server->most, 1);
}

static void who_is_ready_goes_away_with_a_429(void **state) {
    struct room *r = *state;
    for (int i = 0; i < 3; i++) room_add(r, (const char *[]){"/limited", "/feed/1", "/feed/2"}[i]);
    r->config.host_parallel = 1;
    r->config.host_spacing = 0;
    log_set_level(LOG_LEVEL_ERROR);
    room_configure(r);
    for (int i = 0; i < 3; i++) polled_due(poller_find(r->poller, r->urls[i]), i);
    poller_arm(r->poller);
    room_run_until(r, 1);
    room_run(r, 100);
    assert_true(r->claims >= 2);
    assert_int_equal(server_count(r->server, "/feed"), 0);
    for (int i = 1; i < 3; i++)
        assert_in_range(poller_find(r->poller, r->urls[i])->due.at - time_boot(), 50 * SECOND, 61 * SECOND);
    assert_int_equal(r->poller->taken, 0);
    assert_null(r->poller->ready);
}

static void first_polls_are_spread(void **state) {
    struct room *r = *state;
    char path[32];
    for (int i = 0; i < 40; i++) {
        snprintf(path, sizeof path, "/feed/%d", i);
        room_add(r, path);
        if (i >= 20) r->feeds[i].every = 10 * SECOND;
    }
    r->feeds[39].enabled = false;
    int64_t now = time_boot(), last = 0;
    room_configure(r);
    for (int i = 0; i < 40; i++) {
        struct polled *f = poller_find(r->poller, r->urls[i]);
        if (i == 39) {
            assert_false(heap_has(&f->due));
            continue;
        }
        assert_in_range(f->due.at, now, now + (i < 20 ? 60 : 10) * SECOND + 50);
        if (f->due.at > last) last = f->due.at;
    }
    assert_true(last > now + 10 * SECOND);
    assert_true(heap_first(&r->poller->due)->at <= time_boot());
}

static void due_times_survive_a_restart(void **state) {
    struct room *r = *state;
    struct answer good = {.kind = ANSWER_FEED, .status = 200, .retry_after = -1};
    room_add(r, "/feed/1");
    schedule_answer(&r->known.schedule, &r->feeds[0], &good, NULL, 7, time_wall() - 30 * MINUTE);
    r->has_known = true;
    room_configure(r);
    struct polled *f = poller_find(r->poller, r->urls[0]);
    assert_in_range(f->due.at - time_boot(), 29 * MINUTE, 37 * MINUTE);
}

static void a_location_in_two_sections_is_polled_once(void **state) {
    struct room *r = *state;
    struct poller_row *rows;
    room_add(r, "/feed/1");
    room_add(r, "/feed/1");
    room_add(r, "/feed/1");
    r->feeds[0].enabled = false;
    room_configure(r);
    room_run_until(r, 1);
    room_run(r, 300);
    assert_int_equal(server_count(r->server, "/feed/1"), 1);
    assert_int_equal(poller_rows(r->poller, &rows), 3);
    for (int i = 0; i < 3; i++) {
        assert_ptr_equal(rows[i].feed, &r->feeds[i]);
        assert_ptr_equal(rows[i].status, rows[0].status);
    }
    free(rows);
    assert_int_equal(poller_poll_now(r->poller, NULL, 0, false, &(char *){NULL}), 1);
}

static void one_open_request_a_feed(void **state) {
    struct room *r = *state;
    const char *names[] = {"f0"};
    char *refused = NULL;
    r->silent = true;
    room_add(r, "/slow/1");
    room_configure(r);
    room_run(r, 100);
    assert_int_equal(poller_poll_now(r->poller, names, 1, false, &refused), 1); /* while it is open */
    assert_null(refused);
    assert_false(poller_idle(r->poller));
    room_run_until(r, 1);
    room_run(r, 300); /* waits for the pipeline's word */
    assert_int_equal(server_count(r->server, "/slow/1"), 1);
    assert_false(poller_idle(r->poller));
    room_answer(r, r->got[0]);
    assert_false(poller_idle(r->poller)); /* asked for again meanwhile */
    room_run_until(r, 2);
    poller_not_committed(r->poller, r->urls[0]);
    struct polled *f = poller_find(r->poller, r->urls[0]);
    assert_in_range(f->due.at - time_boot(), 25 * SECOND, 35 * SECOND);
    assert_int_equal(r->claims, 2);
}

static void asking_again_does_not_pass_a_retry_after(void **state) {
    struct room *r = *state;
    room_add(r, "/down");
    room_configure(r);
    room_run(r, 50);
    assert_int_equal(poller_poll_now(r->poller, NULL, 0, true, &(char *){NULL}), 1);
    room_run_until(r, 1);
    room_run(r, 200);
    assert_int_equal(r->n, 1);
    struct polled *f = poller_find(r->poller, r->urls[0]);
    assert_in_range(f->due.at - time_boot(), 55 * SECOND, HOUR + HOUR / 10);
    assert_true(f->status.schedule.paused_until > time_wall());
}

static void a_429_pauses_its_host_and_nobody_else(void **state) {
    struct room *r = *state;
    char *refused = NULL;
    const char *names[] = {"f1", "f2", "nobody"};
    room_add(r, "/limited");
    room_add(r, "/feed/1");
    room_add(r, "/feed/2");
    room_add(r, "/feed/3");
    snprintf(r->urls[2], sizeof r->urls[2], "http://127.0.0.1:%u/feed/2", r->other->port);
    r->config.host_parallel = 1;
    room_configure(r);
    polled_due(poller_find(r->poller, r->urls[0]), 0); /* the first of all */
    for (int i = 1; i < 4; i++) polled_due(poller_find(r->poller, r->urls[i]), 1);
    poller_arm(r->poller);
    room_run_until(r, 2);
    room_run(r, 300);
    assert_int_equal(server_count(r->server, "/feed"), 0);
    assert_int_equal(server_count(r->other, "/feed/2"), 1);
    for (size_t i = 0; i < 2; i++)
        if (r->got[i]->answer.status == 429) assert_int_equal(r->got[i]->answer.host_pause, 60 * SECOND);
    struct polled *f = poller_find(r->poller, r->urls[1]);
    assert_int_equal(f->phase, PHASE_IDLE);
    assert_in_range(f->due.at - time_boot(), 55 * SECOND, 61 * SECOND);
    assert_int_equal(f->home->spacing, 2 * SECOND);
    polled_due(f, 0); /* it falls due meanwhile */
    poller_arm(r->poller);
    room_run(r, 100);
    assert_int_equal(f->phase, PHASE_IDLE);
    assert_in_range(f->due.at - time_boot(), 55 * SECOND, 61 * SECOND);
    assert_int_equal(poller_poll_now(r->poller, names, 3, true, &refused), 1); /* never a 429, force or not */
    assert_non_null(strstr(refused, "f1: its host asked for a pause until 20"));
    assert_non_null(strstr(refused, "nobody: there is no feed"));
    assert_null(strstr(refused, "f2:"));
    free(refused);
    /* A restart knows of it by the feed that was told. */
    feed_status_copy(&r->known, &poller_find(r->poller, r->urls[0])->status);
    r->has_known = true;
    const struct poller_events events = {r, on_claim, on_fetched};
    struct poller *again = poller_new(r->base, r->net, &events);
    r->config.n_feeds = 1;
    poller_configure(again, &r->config, room_status, r);
    f = poller_find(again, r->urls[0]);
    assert_true(host_paused(f->home, time_boot()));
    assert_in_range(f->home->paused_until - time_boot(), 50 * SECOND, 60 * SECOND);
    assert_int_equal(f->home->spacing, 2 * SECOND);
    assert_int_equal(f->home->limited, 1);
    poller_free(again);
    /* A day later its spacing is halved. */
    r->known.host.at -= DAY + SECOND;
    r->known.host.paused_until -= DAY + SECOND;
    r->known.host.spacing = 8 * SECOND;
    again = poller_new(r->base, r->net, &events);
    poller_configure(again, &r->config, room_status, r);
    f = poller_find(again, r->urls[0]);
    assert_false(host_paused(f->home, time_boot()));
    assert_int_equal(f->home->spacing, 4 * SECOND);
    poller_free(again);
}

static void redirects_queue_at_the_host_they_lead_to(void **state) {
    struct room *r = *state;
    room_add(r, "/over");
    room_add(r, "/back");
    r->config.host_spacing = 300;
    room_configure(r);
    struct host *to = hosts_of(&r->poller->hosts, "http://127.0.0.1:1/");
    assert_ptr_equal(to, hosts_of(&r->poller->hosts, "http://127.0.0.1:1/other"));
    char url[100];
    snprintf(url, sizeof url, "http://127.0.0.1:%u/", r->other->port);
    to = hosts_of(&r->poller->hosts, url);
    to->last_start = time_boot();
    polled_due(poller_find(r->poller, r->urls[0]), 0);
    polled_due(poller_find(r->poller, r->urls[1]), INT64_MAX);
    poller_arm(r->poller);
    double began = server_clock();
    room_run_until(r, 1);
    assert_true(r->other->at[0] - began > 0.25); /* spacing of that host */
    assert_int_equal(r->claims, 1);
    polled_due(poller_find(r->poller, r->urls[1]), 0);
    poller_arm(r->poller);
    room_run_until(r, 2);
    assert_int_equal(server_count(r->server, "/feed/back"), 1);
    assert_true(r->server->at[2] - r->server->at[1] < 0.2); /* within a host it goes on at once */

    host_limit(&r->poller->hosts, to, MINUTE, time_boot());
    room_all_due(r);
    room_run_until(r, 4);
    struct fetched *f = r->got[2]->answer.status == 429 ? r->got[2] : r->got[3];
    assert_int_equal(f->answer.status, 429);
    assert_in_range(f->answer.retry_after, 50 * SECOND, MINUTE);
    assert_int_equal(server_count(r->other, "/"), 1);
}

static void backoff_and_gone_refuse_by_name(void **state) {
    struct room *r = *state;
    const char *names[] = {"f0", "f1", "f2"};
    struct answer bad = {.kind = ANSWER_STATUS, .status = 500, .retry_after = -1}, gone = bad;
    char *refused = NULL;
    gone.status = 410;
    for (int i = 0; i < 3; i++) room_add(r, (const char *[]){"/feed/0", "/feed/1", "/feed/2"}[i]);
    r->feeds[2].enabled = false;
    poller_pause(r->poller, true);
    room_configure(r);
    struct polled *f = poller_find(r->poller, r->urls[0]), *g = poller_find(r->poller, r->urls[1]);
    schedule_answer(&f->status.schedule, f->feed, &bad, NULL, 7, time_wall());
    for (int i = 0; i < 2; i++) schedule_answer(&g->status.schedule, g->feed, &gone, NULL, 7, time_wall());
    heap_remove(&r->poller->due, &g->due);
    assert_int_equal(poller_poll_now(r->poller, names, 3, false, &refused), 1); /* a 410 is asked by name */
    assert_non_null(strstr(refused, "f0: waits until 20"));
    assert_non_null(strstr(refused, "--force"));
    assert_non_null(strstr(refused, "f2: it is disabled"));
    assert_null(strstr(refused, "f1:"));
    free(refused);
    assert_int_equal(poller_poll_now(r->poller, NULL, 0, false, &refused), 0);
    assert_non_null(strstr(refused, "f1: gone (410)"));
    assert_non_null(strstr(refused, "f0: waits until 20"));
    free(refused);
    assert_int_equal(poller_poll_now(r->poller, names, 2, true, &refused), 2);
    assert_null(refused);
    room_run(r, 200); /* paused: nothing starts */
    assert_int_equal(r->n, 0);
    poller_pause(r->poller, false);
    room_run_until(r, 2);
}

static void once_polls_once(void **state) {
    struct room *r = *state;
    char *refused = NULL;
    for (int i = 0; i < 3; i++) room_add(r, (const char *[]){"/feed/0", "/feed/1", "/limited"}[i]);
    r->feeds[0].every = r->feeds[1].every = SECOND;
    r->config.host_parallel = 1;
    room_configure(r);
    poller_only_now(r->poller);
    assert_true(poller_idle(r->poller));
    assert_int_equal(poller_poll_now(r->poller, NULL, 0, false, &refused), 3);
    assert_false(poller_idle(r->poller));
    room_run_until(r, 3);
    room_run(r, 1500);
    assert_int_equal(r->n, 3);
    assert_true(poller_idle(r->poller));
    /* The host pauses now: who waits for it is left out, and the run ends. */
    assert_int_equal(poller_poll_now(r->poller, NULL, 0, false, &refused), 0);
    assert_non_null(strstr(refused, "f0:"));
    free(refused);
}

static void once_ends_when_a_host_pauses_in_the_middle(void **state) {
    struct room *r = *state;
    char *refused = NULL;
    for (int i = 0; i < 3; i++) room_add(r, (const char *[]){"/limited", "/feed/1", "/feed/2"}[i]);
    r->config.host_parallel = 1;
    log_set_level(LOG_LEVEL_ERROR);
    room_configure(r);
    poller_only_now(r->poller);
    assert_int_equal(poller_poll_now(r->poller, NULL, 0, false, &refused), 3);
    room_run_until(r, 1);
    assert_true(poller_idle(r->poller));
    assert_int_equal(server_count(r->server, "/feed"), 0);
}

static void a_file_is_looked_at_when_it_changes(void **state) {
    struct room *r = *state;
    char folder[] = "/tmp/newsalert-poller-XXXXXX", path[100], fresh[100], feed[101];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/feed.xml", folder);
    snprintf(fresh, sizeof fresh, "%s/new", folder);
    snprintf(feed, sizeof feed, "=%s", path);
    room_add(r, feed);
    room_configure(r); /* it need not be there */
    room_run_until(r, 1);
    assert_int_equal(r->got[0]->answer.kind, ANSWER_FEED);
    assert_null(r->got[0]->body);
    assert_string_equal(r->got[0]->location, path);
    room_run(r, 200);
    assert_int_equal(r->n, 1);
    for (int i = 0; i < 2; i++) { /* put in its place, then written over */
        FILE *f = fopen(i ? path : fresh, "w");
        fputs("<rss/>", f);
        fclose(f);
        if (!i) assert_int_equal(rename(fresh, path), 0);
        double began = server_clock();
        room_run_until(r, 2 + (size_t)i);
        assert_true(server_clock() - began < 3);
    }
    FILE *f = fopen(fresh, "w"); /* a neighbour is none of ours */
    fclose(f);
    room_run(r, 1200);
    assert_int_equal(r->n, 3);
    remove(path);
    remove(fresh);
    rmdir(folder);
}

static void a_reload_keeps_what_stays(void **state) {
    struct room *r = *state;
    room_add(r, "/feed/0");
    room_add(r, "/slow/1");
    room_add(r, "/feed/2");
    r->config.host_spacing = 0;
    room_configure(r);
    room_all_due(r);
    for (int i = 0; i < 500 && r->n < 2; i++) room_run(r, 10);
    room_run(r, 20);
    assert_int_equal(r->n, 2); /* the slow one is open */
    assert_int_equal(net_running(r->net), 1);
    struct polled *first = poller_find(r->poller, r->urls[0]);
    int64_t due = first->due.at;
    r->config.n_feeds = 1; /* the others are gone */
    room_configure(r);
    assert_int_equal(net_running(r->net), 0);
    assert_ptr_equal(poller_find(r->poller, r->urls[0]), first);
    assert_int_equal(first->due.at, due);
    assert_string_equal(first->status.etag, "\"a\"");
    r->feeds[0].every = MINUTE; /* a shorter wish counts at once */
    room_configure(r);
    assert_in_range(first->due.at - time_boot(), 0, MINUTE);
    r->feeds[0].enabled = false;
    room_configure(r);
    assert_false(heap_has(&first->due));
    r->feeds[0].enabled = true;
    room_configure(r);
    assert_true(heap_has(&first->due));
    poller_answered(r->poller, r->urls[1], &r->known); /* of a feed that is gone: no harm */
    room_run(r, 600);
    assert_int_equal(r->n, 2);
}

static void hosts_that_only_redirects_named_are_forgotten(void **state) {
    struct room *r = *state;
    room_add(r, "/feed/0");
    room_configure(r);
    for (int i = 0; i < 500; i++) {
        char url[100];
        snprintf(url, sizeof url, "http://h%d.example/", i);
        assert_non_null(hosts_of(&r->poller->hosts, url));
    }
    hosts_sweep(&r->poller->hosts, time_boot());
    assert_int_equal(r->poller->hosts.by_key.n, 1);
}

static void an_address_that_is_none_fails_like_any_other(void **state) {
    struct room *r = *state;
    room_add(r, "/feed");
    r->feeds[0].location = (char *)"http:///";
    room_configure(r);
    room_run_until(r, 1);
    assert_int_equal(r->got[0]->answer.kind, ANSWER_NETWORK);
    assert_true(poller_idle(r->poller));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, room_setup, room_teardown)

int main(void) {
    log_set_level(LOG_LEVEL_ERROR);
    const struct CMUnitTest tests[] = {
        CASE(one_feed_is_polled_at_once_and_then_waits),
        CASE(starts_at_one_host_keep_their_distance),
        CASE(slow_claims_keep_the_distance_too),
        CASE(a_claim_that_is_not_committed_starts_nothing),
        CASE(a_lost_network_charges_nobody_and_one_asks),
        CASE(without_a_route_it_is_the_network_at_once),
        CASE(what_fell_due_in_sleep_is_spread),
        CASE(what_fell_due_while_stopped_is_spread),
        CASE(a_clock_that_is_set_moves_nothing),
        CASE(a_large_document_waits_for_room),
        CASE(a_changed_section_revives_what_is_gone),
        CASE(an_adopted_address_is_asked_first),
        CASE(all_hosts_together_keep_to_parallel),
        CASE(who_is_ready_goes_away_with_a_429),
        CASE(first_polls_are_spread),
        CASE(due_times_survive_a_restart),
        CASE(a_location_in_two_sections_is_polled_once),
        CASE(one_open_request_a_feed),
        CASE(asking_again_does_not_pass_a_retry_after),
        CASE(a_429_pauses_its_host_and_nobody_else),
        CASE(redirects_queue_at_the_host_they_lead_to),
        CASE(backoff_and_gone_refuse_by_name),
        CASE(once_polls_once),
        CASE(once_ends_when_a_host_pauses_in_the_middle),
        CASE(a_file_is_looked_at_when_it_changes),
        CASE(a_reload_keeps_what_stays),
        CASE(hosts_that_only_redirects_named_are_forgotten),
        CASE(an_address_that_is_none_fails_like_any_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The verbs that newsalertctl asks through the socket. `status` and `feeds` come from the loop's memory (only
 * the numbers of rows are the store's), the others from the pipeline thread in pages. */
#include "daemon.h"

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"
#include "base/url.h"
#include "config/value.h"
#include "poll/schedule_notice.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATUS_NOTICES 100 /* of which status speaks; `feeds` has all */

static json_t *refusal(const char *why) {
    return json_pack("{s:s}", "error", why);
}

/* ---- status ---- */

static json_t *feeds_by_state(const struct daemon *d) {
    size_t by_state[FEED_OFF + 1] = {0};
    struct poller_row *rows;
    size_t n = poller_rows(d->poller, &rows);
    int64_t now = time_wall();
    for (size_t i = 0; i < n; i++)
        by_state[schedule_state_name(&rows[i].status->schedule, rows[i].feed, now)]++;
    free(rows);
    json_t *j = json_object();
    for (size_t s = 0; s <= FEED_OFF; s++)
        if (by_state[s]) json_object_set_new(j, feed_state_names[s], json_integer((json_int_t)by_state[s]));
    return j;
}

/* The store's row of one destination, or NULL. */
static json_t *counts_of(const struct daemon *d, const char *notify) {
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(d->counts, "rows"), i, row) {
        const char *name = json_string_value(json_object_get(row, "notify"));
        if (name && !strcmp(name, notify)) return row;
    }
    return NULL;
}

/* error: of the last attempt; NULL: that went well, or there was none. */
static json_t *destination_json(const char *notify, const char *state, const char *error,
                                const json_t *counts) {
    json_t *j = json_object();
    json_object_set_new(j, "notify", json_string(notify));
    json_object_set_new(j, "state", json_string(state));
    if (error && !strcmp(state, "ok")) json_object_set_new(j, "failing", json_true());
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = {"pending", "held", "dead"};
        json_int_t n = json_integer_value(json_object_get(counts, names[i]));
        json_object_set_new(j, names[i], json_integer(n));
    }
    const char *stored = json_string_value(json_object_get(counts, "error"));
    if (error || stored) json_object_set_new(j, "error", json_string(error ? error : stored));
    return j;
}

static json_t *destinations_json(const struct daemon *d) {
    struct destination_status *list;
    size_t n = deliver_status(d->deliver, &list), i;
    json_t *j = json_array(), *row;
    for (size_t k = 0; k < n; k++)
        json_array_append_new(
            j, destination_json(list[k].notify, list[k].state, list[k].error, counts_of(d, list[k].notify)));
    /* Rows whose notifier is no longer configured wait too, and are shown. */
    json_array_foreach(json_object_get(d->counts, "rows"), i, row) {
        const char *name = json_string_value(json_object_get(row, "notify"));
        bool known = false;
        for (size_t k = 0; name && k < n; k++) known |= !strcmp(list[k].notify, name);
        if (name && !known) json_array_append_new(j, destination_json(name, "not configured", NULL, row));
    }
    free(list);
    return j;
}

static json_t *plugins_json(const struct daemon *d) {
    json_t *list = json_array();
    for (size_t i = 0; i < plugins_count(d->setup->plugins); i++) {
        struct plugin *p = plugins_at(d->setup->plugins, i);
        char why[240];
        bool degraded = plugin_degraded(p, why, sizeof why);
        json_t *j = json_pack("{s:s, s:s}", "name", plugin_description(p)->name, "state",
                              degraded ? "degraded" : "ok");
        if (degraded) json_object_set_new(j, "why", json_string(why));
        json_array_append_new(list, j);
    }
    return list;
}

/* What a person has to do something about: the feeds that were told of, with the same words. */
static void add_notice(json_t *list, const struct poller_row *row, enum notice_kind what, const char *says) {
    if (json_array_size(list) >= STATUS_NOTICES) return;
    json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "feed", row->feed->name, "what",
                                          notice_names[what], "says", says));
}

static void add_notices(json_t *list, const struct poller_row *row) {
    const struct feed_status *s = row->status;
    for (int what = 0; what < NOTICES; what++) {
        AUTOFREE char *says = NULL;
        if (what == NOTICE_MOVED || !(s->told.bits & (INT64_C(1) << what))) continue;
        if (what == NOTICE_SILENT)
            says = xstrdup("no new item for much longer than usual");
        else if (what == NOTICE_MISSED)
            says = xstrdup("items were probably missed between two polls");
        add_notice(list, row, (enum notice_kind)what, says ? says : s->schedule.error);
    }
    if (!s->move.adopted) return;
    AUTOFREE char *to = url_masked(s->move.to);
    AUTOFREE char *says = xasprintf("moved for good to %s; change its url (%s:%u)", to,
                                    row->feed->at.file ? row->feed->at.file : "?", row->feed->at.line);
    add_notice(list, row, NOTICE_MOVED, says);
}

static json_t *notices_json(const struct daemon *d) {
    struct poller_row *rows;
    size_t n = poller_rows(d->poller, &rows);
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        if (rows[i].feed->enabled) add_notices(list, &rows[i]);
    free(rows);
    return list;
}

static json_t *status_json(const struct daemon *d) {
    char since[TIME_TEXT];
    json_t *j = json_pack("{s:s, s:I, s:s, s:I, s:I, s:I}", "version", NEWSALERT_VERSION, "pid",
                          (json_int_t)getpid(), "since", time_rfc3339(d->since, since), "loop_lag_ms",
                          (json_int_t)daemon_lag_recent(d), "loop_lag_max_ms", (json_int_t)d->lag.ever,
                          "queue", (json_int_t)pipeline_queued(d->pipeline));
    json_object_set_new(j, "loop_lag_p99_ms", json_integer(recent_percentile(&d->lag.recent, 99)));
    json_object_set_new(j, "poll_late_p99_ms", json_integer(poller_late_p99(d->poller)));
    json_object_set_new(j, "feeds", feeds_by_state(d));
    json_object_set_new(j, "alerts", json_integer((json_int_t)d->setup->config->n_alerts));
    json_object_set_new(j, "destinations", destinations_json(d));
    json_object_set_new(j, "plugins", plugins_json(d));
    json_object_set_new(j, "notices", notices_json(d));
    json_set_time(j, "network_lost", poller_network_lost(d->poller));
    if (d->websub && websub_trouble(d->websub))
        json_object_set_new(j, "websub", json_string(websub_trouble(d->websub)));
    const json_t *mutes = json_object_get(d->counts, "mutes");
    if (json_array_size(mutes)) json_object_set_new(j, "mutes", json_deep_copy(mutes));
    if (d->trouble) json_object_set_new(j, "trouble", json_string(d->trouble));
    return j;
}

static void verb_status(void *ctx, struct control_request *r, const json_t *args) {
    (void)args;
    struct daemon *d = ctx;
    /* A pipeline that is stuck or far behind must not keep the status from being told. */
    if (!pipeline_moves(d->pipeline, time_boot()) || pipeline_queued(d->pipeline) > 1000)
        control_reply(r, 200, status_json(d));
    else
        pipeline_ask(d->pipeline, control_ticket(r), "counts", NULL);
}

/* ---- feeds, poll, reload ---- */

/* Arguments of a command may be secrets. */
static char *feed_shown(const struct config_feed *feed) {
    if (feed->source == SOURCE_URL) return url_masked(feed->location);
    if (feed->source == SOURCE_PATH) return xstrdup(feed->location);
    AUTOFREE char **words = value_command(text_of(feed->location));
    return words[0] && words[1] ? xasprintf("%s …", words[0]) : xstrdup(words[0] ? words[0] : "");
}

static json_t *feed_row_json(const struct daemon *d, const struct poller_row *row, int64_t now) {
    char push[300];
    const struct schedule_state *s = &row->status->schedule;
    AUTOFREE char *shown = feed_shown(row->feed);
    json_t *j = json_object();
    json_object_set_new(j, "feed", json_string(row->feed->name));
    json_object_set_new(j, "url", json_string(shown));
    json_object_set_new(j, "state", json_string(feed_state_names[schedule_state_name(s, row->feed, now)]));
    const char *why = row->parked    ? "the network seems to be gone; it is polled when that is back"
                      : *s->why_says ? s->why_says
                                     : s->why;
    json_object_set_new(j, "why", json_string(why));
    json_object_set_new(j, "reason", json_string(s->why));
    json_set_time(j, "last", s->last);
    json_set_time(j, "next", s->next);
    json_object_set_new(j, "items", json_integer(row->status->items));
    if (s->learned.until != TIME_NONE) /* nothing is known before */
        json_object_set_new(j, "per_day", json_real(schedule_rate(&s->learned)));
    json_object_set_new(j, "failures", json_integer(s->failures));
    if (*s->error) json_object_set_new(j, "error", json_string(s->error));
    AUTOFREE char *moved = row->status->move.adopted ? url_masked(row->status->move.to) : NULL;
    if (moved) json_object_set_new(j, "moved_to", json_string(moved));
    if (d->websub && websub_words(d->websub, row->feed->location, now, push, sizeof push))
        json_object_set_new(j, "push", json_string(push));
    return j;
}

/* In pages, as all lists: ten thousand rows at once would hold the loop. */
static void verb_feeds(void *ctx, struct control_request *r, const json_t *args) {
    struct daemon *d = ctx;
    struct poller_row *rows;
    size_t n = poller_rows(d->poller, &rows);
    const json_t *given = json_object_get(args, "after");
    const char *text = json_string_value(given); /* of a query */
    json_int_t after = text ? strtoll(text, NULL, 10) : json_integer_value(given);
    size_t from = after > 0 && (size_t)after < n ? (size_t)after : 0;
    size_t to = n - from > LIMIT_PAGE_ROWS ? from + LIMIT_PAGE_ROWS : n;
    int64_t now = time_wall();
    json_t *list = json_array();
    for (size_t i = from; i < to; i++) json_array_append_new(list, feed_row_json(d, &rows[i], now));
    free(rows);
    json_t *page = json_pack("{s:o}", "rows", list);
    if (to < n) json_object_set_new(page, "more", json_integer((json_int_t)to));
    control_reply(r, 200, page);
}

static void verb_poll(void *ctx, struct control_request *r, const json_t *args) {
    struct daemon *d = ctx;
    const json_t *feeds = json_object_get(args, "feeds");
    size_t n = json_array_size(feeds);
    const char **names = xcalloc(n + 1, sizeof *names);
    for (size_t i = 0; i < n; i++) {
        const char *name = json_string_value(json_array_get(feeds, i));
        if (!name || !config_feed(d->setup->config, name)) {
            AUTOFREE char *why = xasprintf("no feed is named \"%s\"", name ? name : "?");
            control_reply(r, 404, refusal(why));
            free(names);
            return;
        }
        names[i] = name;
    }
    char *refused = NULL;
    size_t polled = poller_poll_now(d->poller, n ? names : NULL, n,
                                    json_is_true(json_object_get(args, "force")), &refused);
    json_t *answer = json_pack("{s:I}", "polled", (json_int_t)polled);
    if (refused) json_object_set_new(answer, "refused", json_string(refused));
    control_reply(r, refused && !polled ? 409 : 200, answer);
    free(refused);
    free(names);
    daemon_lag_start(d);
}

static void verb_reload(void *ctx, struct control_request *r, const json_t *args) {
    (void)args;
    struct daemon *d = ctx;
    if (daemon_reload(d, control_ticket(r)) < 0)
        control_reply(r, 409, refusal("a reload is under way already; try again in a moment"));
}

void daemon_reload_reply(struct daemon *d, uint64_t ticket, const struct problems *problems, bool ok) {
    struct control_request *r = ticket ? control_by_ticket(d->control, ticket) : NULL;
    if (!r) return;
    json_t *list = json_array();
    for (size_t i = 0; i < problems->n; i++) {
        AUTOFREE char *line = problem_format(&problems->list[i]);
        json_array_append_new(list, json_string(line));
    }
    json_t *answer = json_pack("{s:o}", "problems", list);
    if (!ok) json_object_set_new(answer, "error", json_string("not reloaded; what was in force stays"));
    control_reply(r, ok ? 200 : 422, answer);
}

/* ---- what the pipeline answers ---- */

static void ask(struct daemon *d, struct control_request *r, const char *what, const json_t *args) {
    pipeline_ask(d->pipeline, control_ticket(r), what, json_deep_copy(args));
}

static void verb_outbox(void *ctx, struct control_request *r, const json_t *args) {
    ask(ctx, r, "outbox", args);
}
static void verb_alerts(void *ctx, struct control_request *r, const json_t *args) {
    ask(ctx, r, "alerts", args);
}

static void verb_item(void *ctx, struct control_request *r, const json_t *args) {
    ask(ctx, r, "item", args);
}
static void verb_mutes(void *ctx, struct control_request *r, const json_t *args) {
    ask(ctx, r, "mutes", args);
}
static void verb_mute(void *ctx, struct control_request *r, const json_t *args) {
    ask(ctx, r, "mute", args);
}
static void verb_unmute(void *ctx, struct control_request *r, const json_t *args) {
    ask(ctx, r, "unmute", args);
}

/* A destination's name given to retry resumes it, whether it has rows or not. */
static void verb_retry(void *ctx, struct control_request *r, const json_t *args) {
    struct daemon *d = ctx;
    const char *notify = json_string_value(json_object_get(args, "notify"));
    deliver_resume(d->deliver, notify);
    ask(d, r, "retry", args);
}

static void verb_drop(void *ctx, struct control_request *r, const json_t *args) {
    struct daemon *d = ctx;
    const json_t *id = json_object_get(args, "id");
    if (json_is_integer(id)) deliver_drop(d->deliver, json_integer_value(id));
    ask(d, r, "drop", args);
}

/* Rows that a person dropped are gone from the store. */
static void let_go(struct daemon *d, const json_t *ids) {
    size_t i, n = json_array_size(ids);
    json_t *id;
    json_array_foreach(ids, i, id) deliver_drop(d->deliver, json_integer_value(id));
    if (n)
        log_info("%zu message%s dropped by hand, the first is number %lld", n, n == 1 ? "" : "s",
                 (long long)json_integer_value(json_array_get(ids, 0)));
}

/* To a question of on_acted (daemon.c). */
static void explain(struct daemon *d, const json_t *answer) {
    const char *query = json_string_value(json_object_get(answer, "query"));
    struct arena a;
    struct facts facts;
    arena_init(&a, LIMIT_DOCUMENT_ARENA);
    if (facts_from_json(json_object_get(answer, "facts"), &a, &facts) == 0)
        deliver_explain(d->deliver, json_string_value(json_object_get(answer, "notify")),
                        json_string_value(json_object_get(answer, "key")), &facts, text_of(query));
    arena_clear(&a);
}

void daemon_answer(void *ctx, uint64_t ticket, json_t *answer) {
    struct daemon *d = ctx;
    bool counts = json_object_get(answer, "rows") && json_is_true(json_object_get(answer, "counts"));
    if (counts) {
        json_decref(d->counts);
        d->counts = json_incref(answer);
    }
    const char *refused = json_string_value(json_object_get(answer, "error"));
    if (!ticket && json_object_get(answer, "facts") && !d->stopping) explain(d, answer);
    if (!ticket && refused) log_info("what was pressed on a message came to nothing: %s", refused);
    if (json_is_true(json_object_get(answer, "dropped"))) let_go(d, json_object_get(answer, "ids"));
    struct control_request *r = ticket && d->control ? control_by_ticket(d->control, ticket) : NULL;
    json_int_t status = json_integer_value(json_object_get(answer, "status"));
    if (r && counts)
        control_reply(r, 200, status_json(d));
    else if (r)
        control_reply(r, status ? (int)status : 200, json_incref(answer));
    else if (!ticket && counts && d->options.once)
        daemon_once_counts(d, answer);
    json_decref(answer);
}

const struct control_verb daemon_verbs[] = {
    {"/status", false, verb_status}, {"/feeds", false, verb_feeds},  {"/alerts", false, verb_alerts},
    {"/outbox", false, verb_outbox}, {"/reload", true, verb_reload}, {"/poll", true, verb_poll},
    {"/retry", true, verb_retry},    {"/drop", true, verb_drop},     {"/item", false, verb_item},
    {"/mutes", false, verb_mutes},   {"/mute", true, verb_mute},     {"/unmute", true, verb_unmute},
};
const size_t daemon_n_verbs = sizeof daemon_verbs / sizeof *daemon_verbs;

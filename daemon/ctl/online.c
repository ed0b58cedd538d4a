/* Verbs that ask the running daemon through its socket. */
#include "ctl/online.h"
#include "base/mem.h"
#include "base/time.h"
#include "control/control.h"
#include "daemon.h"

#include <limits.h>
#include <string.h>

char *online_state_dir(const struct ctl_args *a) {
    if (a->state_dir) return xstrdup(a->state_dir);
    struct problems problems = PROBLEMS_INIT;
    AUTOFREE char *file = a->config ? xstrdup(a->config) : config_default_file();
    struct config *c = config_read(file, CONFIG_STATE, &problems);
    char *dir = config_state_dir(c);
    config_free(c);
    problems_clear(&problems);
    return dir;
}

/* One call; *ret is a new reference, HTTP status in *ret_status. 0, or an exit code after a message. */
static int call(const struct ctl_args *a, const char *path, const json_t *args, bool changes, int *ret_status,
                json_t **ret) {
    AUTOFREE char *dir = online_state_dir(a);
    char *why = NULL;
    if (control_call(dir, path, args, changes, CONTROL_PATIENCE, ret_status, ret, &why) < 0) {
        int code = ctl_fail("%s", why);
        free(why);
        return code;
    }
    return 0;
}

int online_ask(const struct ctl_args *a, const char *path, const json_t *args, bool changes, json_t **ret) {
    int status, code = call(a, path, args, changes, &status, ret);
    if (code || status == 200) return code;
    const char *error = json_string_value(json_object_get(*ret, "error"));
    code = ctl_fail("%s", error ? error : "the daemon refused");
    json_decref(*ret);
    return code;
}

const char *online_text(const json_t *row, const char *key) {
    const char *text = json_string_value(json_object_get(row, key));
    return text ? text : "";
}

json_int_t online_int(const json_t *row, const char *key) {
    return json_integer_value(json_object_get(row, key));
}

void online_cell_int(struct ctl_table *t, json_int_t n, enum ctl_color color) {
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)n);
    ctl_table_cell(t, n ? color : CTL_DIM, text);
}

/* "3 min ago", "in 2 h", or "" */
void online_cell_when(struct ctl_table *t, const char *rfc3339, int64_t now) {
    int64_t wall;
    char about[TIME_TEXT], text[TIME_TEXT + 8] = "";
    if (*rfc3339 && !time_parse_rfc3339(text_of(rfc3339), &wall)) {
        bool past = wall <= now;
        duration_about(past ? now - wall : wall - now, about);
        snprintf(text, sizeof text, past ? "%s ago" : "in %s", about);
    }
    ctl_table_cell(t, CTL_PLAIN, text);
}

enum ctl_color online_color(const char *state) {
    static const struct {
        const char *state;
        enum ctl_color color;
    } table[] = {{"ok", CTL_GOOD},
                 {"sent", CTL_GOOD},
                 {"open", CTL_GOOD},
                 {"failing", CTL_WARN},
                 {"paused", CTL_WARN},
                 {"pending", CTL_WARN},
                 {"held", CTL_WARN},
                 {"silent", CTL_WARN},
                 {"degraded", CTL_WARN},
                 {"unconfirmed", CTL_WARN},
                 {"dead", CTL_BAD},
                 {"suspended", CTL_BAD},
                 {"not configured", CTL_WARN},
                 {"off", CTL_DIM},
                 {"merged", CTL_DIM},
                 {"expired", CTL_DIM}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strcmp(state, table[i].state)) return table[i].color;
    return CTL_PLAIN;
}

/* ---- status ---- */

static void print_status(const json_t *s) {
    int64_t since = 0, now = time_wall();
    char about[TIME_TEXT];
    time_parse_rfc3339(text_of(online_text(s, "since")), &since);
    printf("newsalertd %s, pid %lld, running for %s; loop lag %lld ms, queue %lld\n",
           online_text(s, "version"), (long long)online_int(s, "pid"), duration_about(now - since, about),
           (long long)online_int(s, "loop_lag_ms"), (long long)online_int(s, "queue"));
    if (*online_text(s, "websub")) printf("websub: %s\n", online_text(s, "websub"));
    if (*online_text(s, "trouble"))
        printf("TROUBLE: the state cannot be written: %s\n", online_text(s, "trouble"));
    if (*online_text(s, "network_lost"))
        printf("the network seems to be gone since %s; one feed asks from time to time\n",
               online_text(s, "network_lost"));
    printf("feeds:");
    const char *state, *comma = "";
    json_t *n;
    json_object_foreach(json_object_get(s, "feeds"), state, n) {
        printf("%s %lld %s", comma, (long long)json_integer_value(n), state);
        comma = ",";
    }
    printf("%s; alerts: %lld\n\n", *comma ? "" : " none", (long long)online_int(s, "alerts"));
    static const char *const heads[] = {"DESTINATION", "STATE", "PENDING", "HELD", "DEAD", "LAST ERROR"};
    struct ctl_table *t = ctl_table_new(heads, 6);
    size_t i;
    json_t *d;
    json_array_foreach(json_object_get(s, "destinations"), i, d) {
        ctl_table_cell(t, CTL_PLAIN, online_text(d, "notify"));
        state = json_is_true(json_object_get(d, "failing")) ? "failing" : online_text(d, "state");
        ctl_table_cell(t, online_color(state), state);
        online_cell_int(t, online_int(d, "pending"), CTL_WARN);
        online_cell_int(t, online_int(d, "held"), CTL_PLAIN);
        online_cell_int(t, online_int(d, "dead"), CTL_BAD);
        ctl_table_cell(t, CTL_PLAIN, online_text(d, "error"));
    }
    ctl_table_print(t, stdout);
    ctl_table_free(t);
    json_array_foreach(json_object_get(s, "notices"), i, d)
        printf("feed %s is %s: %s\n", online_text(d, "feed"), online_text(d, "what"), online_text(d, "says"));
    json_array_foreach(json_object_get(s, "mutes"), i, d)
        printf("mute %lld of %s is older than a day; messages held: %lld\n", (long long)online_int(d, "id"),
               online_text(d, "what"), (long long)online_int(d, "held"));
    json_array_foreach(json_object_get(s, "plugins"), i, d) if (strcmp(online_text(d, "state"), "ok") != 0)
        printf("plugin %s is %s: %s\n", online_text(d, "name"), online_text(d, "state"),
               online_text(d, "why"));
}

int ctl_status(const struct ctl_args *a) {
    json_t *s;
    int code = online_ask(a, "/status", NULL, false, &s);
    if (code) return code;
    if (a->json) {
        ctl_print_json(s);
        return EXIT_DONE;
    }
    print_status(s);
    json_decref(s);
    return EXIT_DONE;
}

/* ---- lists ---- */

int online_print_list(const struct ctl_args *a, const struct online_list *list, json_t *args) {
    struct ctl_table *t = ctl_table_new(list->heads, list->n);
    int64_t now = time_wall();
    size_t rows = 0, i;
    int code;
    json_t *page, *row, *more;
    do {
        if ((code = online_ask(a, list->path, args, false, &page))) break;
        json_array_foreach(json_object_get(page, "rows"), i, row) {
            rows++;
            if (a->json)
                ctl_print_json(json_incref(row));
            else
                list->row(t, row, now);
        }
        more = json_incref(json_object_get(page, "more"));
        json_object_set_new(args, "after", more ? more : json_null());
        json_decref(page);
    } while (json_is_integer(more));
    if (!code && !a->json && rows) ctl_table_print(t, stdout);
    if (!code && !a->json && !rows) fputs("none\n", stderr);
    ctl_table_free(t);
    json_decref(args);
    return code;
}

/* States as people say them. */
static const char *state_words(const char *state) {
    static const struct {
        const char *state, *words;
    } table[] = {{"new", "not read yet"},
                 {"dead", "failing for days, or gone"},
                 {"silent", "unusually silent"},
                 {"off", "off"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strcmp(state, table[i].state)) return table[i].words;
    return state;
}

static void feeds_row(struct ctl_table *t, const json_t *row, int64_t now) {
    const char *error = online_text(row, "error"), *push = online_text(row, "push");
    const json_t *rate = json_object_get(row, "per_day");
    char per_day[40] = "";
    ctl_table_cell(t, CTL_PLAIN, online_text(row, "feed"));
    ctl_table_cell(t, online_color(online_text(row, "state")), state_words(online_text(row, "state")));
    online_cell_when(t, online_text(row, "last"), now);
    online_cell_when(t, online_text(row, "next"), now);
    if (json_is_number(rate)) snprintf(per_day, sizeof per_day, "%.2g", json_number_value(rate));
    ctl_table_cell(t, CTL_PLAIN, per_day);
    online_cell_int(t, online_int(row, "items"), CTL_PLAIN);
    online_cell_int(t, online_int(row, "failures"), CTL_WARN);
    AUTOFREE char *why =
        xasprintf("%s%s%s%s%s", error, *error ? "; " : "", online_text(row, "why"),
                  strncmp(push, "no pushes", 9) ? "" : "; ", strncmp(push, "no pushes", 9) ? "" : push);
    ctl_table_cell(t, CTL_PLAIN, why);
}

int ctl_feeds(const struct ctl_args *a) {
    static const char *const heads[] = {"FEED", "STATE", "LAST", "NEXT", "PER DAY", "ITEMS", "FAILED", "WHY"};
    const struct online_list list = {"/feeds", heads, 8, feeds_row};
    return online_print_list(a, &list, json_object());
}

static void later_row(struct ctl_table *t, const json_t *item, int64_t now) {
    online_cell_when(t, online_text(item, "at"), now);
    ctl_table_cell(t, CTL_PLAIN, "");
    ctl_table_cell(t, CTL_PLAIN, "");
    ctl_table_cell(t, CTL_DIM, online_text(item, "why"));
    AUTOFREE char *title = ctl_clean(online_text(item, "title"), 68), *shown = xasprintf("+ %s", title);
    ctl_table_cell(t, CTL_DIM, shown);
}

static void alerts_row(struct ctl_table *t, const json_t *row, int64_t now) {
    const json_t *item = json_array_get(json_object_get(row, "items"), 0);
    online_cell_when(t, online_text(row, "fired"), now);
    ctl_table_cell(t, CTL_PLAIN, online_text(row, "alert"));
    ctl_table_cell(t, CTL_PLAIN, online_text(row, "level"));
    AUTOFREE char *expired = xasprintf("expired, %lld source%s", (long long)online_int(row, "sources"),
                                       online_int(row, "sources") == 1 ? "" : "s");
    ctl_table_cell(t, online_color(online_text(row, "state")),
                   online_int(row, "sources") ? expired : online_text(row, "state"));
    AUTOFREE char *title =
        ctl_clean(json_is_object(item) ? online_text(item, "title") : online_text(row, "id"), 72);
    ctl_table_cell(t, CTL_PLAIN, title);
    /* Later outlets each have a line of their own, with why they are here. */
    const json_t *items = json_object_get(row, "items");
    for (size_t i = 1; i < json_array_size(items); i++) later_row(t, json_array_get(items, i), now);
}

int ctl_alerts(const struct ctl_args *a) {
    static const char *const heads[] = {"FIRED", "ALERT", "LEVEL", "STATE", "ITEM"};
    const struct online_list list = {"/alerts", heads, 5, alerts_row};
    json_t *args = json_object();
    int64_t back, since;
    if (a->since) {
        if (!duration_parse(text_of(a->since), &back))
            since = time_wall() - back;
        else if (time_parse_rfc3339(text_of(a->since), &since) < 0) {
            json_decref(args);
            return ctl_usage("--since takes a duration (2h) or a time (2026-11-24T08:00:00Z), not \"%s\"",
                             a->since);
        }
        json_object_set_new(args, "since", json_integer(since));
    }
    return online_print_list(a, &list, args);
}

static void outbox_row(struct ctl_table *t, const json_t *row, int64_t now) {
    online_cell_int(t, online_int(row, "id"), CTL_PLAIN);
    ctl_table_cell(t, CTL_PLAIN, online_text(row, "notify"));
    ctl_table_cell(t, CTL_PLAIN, online_text(row, "alert"));
    ctl_table_cell(t, CTL_PLAIN, online_text(row, "kind"));
    ctl_table_cell(t, online_color(online_text(row, "state")), online_text(row, "state"));
    online_cell_int(t, online_int(row, "attempts"), CTL_PLAIN);
    online_cell_when(t, online_text(row, "created"), now);
    online_cell_when(t, strcmp(online_text(row, "state"), "pending") ? "" : online_text(row, "next"), now);
    AUTOFREE char *said =
        ctl_clean(*online_text(row, "error") ? online_text(row, "error") : online_text(row, "title"), 72);
    ctl_table_cell(t, CTL_PLAIN, said);
}

int ctl_outbox(const struct ctl_args *a) {
    static const char *const heads[] = {"ID",    "TO",      "ALERT", "KIND",          "STATE",
                                        "TRIES", "CREATED", "NEXT",  "TITLE OR ERROR"};
    const struct online_list list = {"/outbox", heads, 9, outbox_row};
    json_t *args = json_object();
    if (a->state) json_object_set_new(args, "state", json_string(a->state));
    if (a->notify) json_object_set_new(args, "notify", json_string(a->notify));
    return online_print_list(a, &list, args);
}

/* ---- changes ---- */

int ctl_reload(const struct ctl_args *a) {
    int status;
    json_t *answer, *line;
    size_t i;
    int code = call(a, "/reload", NULL, true, &status, &answer);
    if (code) return code;
    json_array_foreach(json_object_get(answer, "problems"), i, line)
        fprintf(stderr, "%s\n", json_string_value(line));
    if (status != 200) code = ctl_fail("%s", online_text(answer, "error"));
    if (status == 422) code = EXIT_USAGE;
    if (a->json)
        ctl_print_json(json_incref(answer));
    else if (!code)
        puts("reloaded");
    json_decref(answer);
    return code;
}

int ctl_poll(const struct ctl_args *a) {
    json_t *args = json_object(), *feeds = json_array(), *answer;
    for (int i = 0; i < a->argc; i++) json_array_append_new(feeds, json_string(a->argv[i]));
    json_object_set_new(args, "feeds", feeds);
    json_object_set_new(args, "force", json_boolean(a->force));
    int status, code = call(a, "/poll", args, true, &status, &answer);
    json_decref(args);
    if (code) return code;
    if (*online_text(answer, "error")) code = ctl_fail("%s", online_text(answer, "error"));
    if (*online_text(answer, "refused")) code = ctl_fail("not polled: %s", online_text(answer, "refused"));
    if (a->json)
        ctl_print_json(json_incref(answer));
    else if (json_object_get(answer, "polled"))
        printf("feeds being polled: %lld\n", (long long)online_int(answer, "polled"));
    json_decref(answer);
    return code;
}

/* ID is a row's number, anything else a notifier's name. */
static int change_rows(const struct ctl_args *a, const char *path, const char *done) {
    json_t *args = json_object(), *answer;
    char *end = NULL;
    if (a->all_dead && !a->argc)
        json_object_set_new(args, "all_dead", json_true());
    else if (a->argc == 1) {
        long long id = strtoll(a->argv[0], &end, 10);
        if (*a->argv[0] && !*end)
            json_object_set_new(args, "id", json_integer(id));
        else
            json_object_set_new(args, "notify", json_string(a->argv[0]));
    } else {
        json_decref(args);
        return ctl_usage("name one message (its ID in `outbox`) or one notifier");
    }
    int code = online_ask(a, path, args, true, &answer);
    json_decref(args);
    if (code) return code;
    if (a->json)
        ctl_print_json(json_incref(answer));
    else {
        long long n = online_int(answer, "n");
        printf("%lld message%s %s\n", n, n == 1 ? "" : "s", done);
    }
    json_decref(answer);
    return EXIT_DONE;
}

int ctl_retry(const struct ctl_args *a) {
    return change_rows(a, "/retry", "will be tried now");
}

int ctl_drop(const struct ctl_args *a) {
    return change_rows(a, "/drop", "deleted");
}

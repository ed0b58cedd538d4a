/* Verbs that ask the running daemon through its socket. */
#include "base/mem.h"
#include "base/time.h"
#include "control/control.h"
#include "ctl/ctl.h"
#include "daemon.h"

#include <limits.h>
#include <string.h>

/* The state folder: --state, else what the configuration says (read tolerantly). Heap. */
static char *state_dir(const struct ctl_args *a) {
    if (a->state && row_state_of(a->state) < 0) return xstrdup(a->state);
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
    AUTOFREE char *dir = state_dir(a);
    char *why = NULL;
    if (control_call(dir, path, args, changes, ret_status, ret, &why) < 0) {
        int code = ctl_fail("%s", why);
        free(why);
        return code;
    }
    return 0;
}

/* Like call, and an answer other than 200 is said and ends the verb. */
static int ask(const struct ctl_args *a, const char *path, const json_t *args, bool changes, json_t **ret) {
    int status, code = call(a, path, args, changes, &status, ret);
    if (code || status == 200) return code;
    const char *error = json_string_value(json_object_get(*ret, "error"));
    code = ctl_fail("%s", error ? error : "the daemon refused");
    json_decref(*ret);
    return code;
}

static const char *text_in(const json_t *row, const char *key) {
    const char *text = json_string_value(json_object_get(row, key));
    return text ? text : "";
}

static json_int_t int_in(const json_t *row, const char *key) {
    return json_integer_value(json_object_get(row, key));
}

static void cell_int(struct ctl_table *t, json_int_t n, enum ctl_color color) {
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)n);
    ctl_table_cell(t, n ? color : CTL_DIM, text);
}

/* "3 min ago", "in 2 h", or "" */
static void cell_when(struct ctl_table *t, const char *rfc3339, int64_t now) {
    int64_t wall;
    char about[TIME_TEXT], text[TIME_TEXT + 8] = "";
    if (*rfc3339 && !time_parse_rfc3339(text_of(rfc3339), &wall)) {
        bool past = wall <= now;
        duration_about(past ? now - wall : wall - now, about);
        snprintf(text, sizeof text, past ? "%s ago" : "in %s", about);
    }
    ctl_table_cell(t, CTL_PLAIN, text);
}

static enum ctl_color color_of(const char *state) {
    static const struct {
        const char *state;
        enum ctl_color color;
    } table[] = {{"ok", CTL_GOOD},      {"sent", CTL_GOOD},     {"open", CTL_GOOD},
                 {"failing", CTL_WARN}, {"paused", CTL_WARN},   {"pending", CTL_WARN},
                 {"held", CTL_WARN},    {"silent", CTL_WARN},   {"degraded", CTL_WARN},
                 {"dead", CTL_BAD},     {"suspended", CTL_BAD}, {"not configured", CTL_WARN},
                 {"off", CTL_DIM},      {"merged", CTL_DIM},    {"expired", CTL_DIM}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strcmp(state, table[i].state)) return table[i].color;
    return CTL_PLAIN;
}

/* ---- status ---- */

static void print_status(const json_t *s) {
    int64_t since = 0, now = time_wall();
    char about[TIME_TEXT];
    time_parse_rfc3339(text_of(text_in(s, "since")), &since);
    printf("newsalertd %s, pid %lld, running for %s; loop lag %lld ms, queue %lld\n", text_in(s, "version"),
           (long long)int_in(s, "pid"), duration_about(now - since, about),
           (long long)int_in(s, "loop_lag_ms"), (long long)int_in(s, "queue"));
    if (*text_in(s, "websub")) printf("websub: %s\n", text_in(s, "websub"));
    if (*text_in(s, "trouble")) printf("TROUBLE: the state cannot be written: %s\n", text_in(s, "trouble"));
    if (*text_in(s, "network_lost"))
        printf("the network seems to be gone since %s; one feed asks from time to time\n",
               text_in(s, "network_lost"));
    printf("feeds:");
    const char *state, *comma = "";
    json_t *n;
    json_object_foreach(json_object_get(s, "feeds"), state, n) {
        printf("%s %lld %s", comma, (long long)json_integer_value(n), state);
        comma = ",";
    }
    printf("%s; alerts: %lld\n\n", *comma ? "" : " none", (long long)int_in(s, "alerts"));
    static const char *const heads[] = {"DESTINATION", "STATE", "PENDING", "HELD", "DEAD", "LAST ERROR"};
    struct ctl_table *t = ctl_table_new(heads, 6);
    size_t i;
    json_t *d;
    json_array_foreach(json_object_get(s, "destinations"), i, d) {
        ctl_table_cell(t, CTL_PLAIN, text_in(d, "notify"));
        ctl_table_cell(t, color_of(text_in(d, "state")), text_in(d, "state"));
        cell_int(t, int_in(d, "pending"), CTL_WARN);
        cell_int(t, int_in(d, "held"), CTL_PLAIN);
        cell_int(t, int_in(d, "dead"), CTL_BAD);
        ctl_table_cell(t, CTL_PLAIN, text_in(d, "error"));
    }
    ctl_table_print(t, stdout);
    ctl_table_free(t);
    json_array_foreach(json_object_get(s, "notices"), i, d)
        printf("feed %s is %s: %s\n", text_in(d, "feed"), text_in(d, "what"), text_in(d, "says"));
    json_array_foreach(json_object_get(s, "plugins"), i, d) if (strcmp(text_in(d, "state"), "ok") != 0)
        printf("plugin %s is %s: %s\n", text_in(d, "name"), text_in(d, "state"), text_in(d, "why"));
}

int ctl_status(const struct ctl_args *a) {
    json_t *s;
    int code = ask(a, "/status", NULL, false, &s);
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

struct list {
    const char *path;
    const char *const *heads;
    size_t n;
    void (*row)(struct ctl_table *t, const json_t *row, int64_t now);
};

/* Fetches page after page; each answer names where the next begins in "more". Takes args. */
static int print_list(const struct ctl_args *a, const struct list *list, json_t *args) {
    struct ctl_table *t = ctl_table_new(list->heads, list->n);
    int64_t now = time_wall();
    size_t rows = 0, i;
    int code;
    json_t *page, *row, *more;
    do {
        if ((code = ask(a, list->path, args, false, &page))) break;
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
    const char *error = text_in(row, "error"), *push = text_in(row, "push");
    const json_t *rate = json_object_get(row, "per_day");
    char per_day[40] = "";
    ctl_table_cell(t, CTL_PLAIN, text_in(row, "feed"));
    ctl_table_cell(t, color_of(text_in(row, "state")), state_words(text_in(row, "state")));
    cell_when(t, text_in(row, "last"), now);
    cell_when(t, text_in(row, "next"), now);
    if (json_is_number(rate)) snprintf(per_day, sizeof per_day, "%.2g", json_number_value(rate));
    ctl_table_cell(t, CTL_PLAIN, per_day);
    cell_int(t, int_in(row, "items"), CTL_PLAIN);
    cell_int(t, int_in(row, "failures"), CTL_WARN);
    AUTOFREE char *why =
        xasprintf("%s%s%s%s%s", error, *error ? "; " : "", text_in(row, "why"),
                  strncmp(push, "no pushes", 9) ? "" : "; ", strncmp(push, "no pushes", 9) ? "" : push);
    ctl_table_cell(t, CTL_PLAIN, why);
}

int ctl_feeds(const struct ctl_args *a) {
    static const char *const heads[] = {"FEED", "STATE", "LAST", "NEXT", "PER DAY", "ITEMS", "FAILED", "WHY"};
    const struct list list = {"/feeds", heads, 8, feeds_row};
    return print_list(a, &list, json_object());
}

static void alerts_row(struct ctl_table *t, const json_t *row, int64_t now) {
    const json_t *item = json_array_get(json_object_get(row, "items"), 0);
    cell_when(t, text_in(row, "fired"), now);
    ctl_table_cell(t, CTL_PLAIN, text_in(row, "alert"));
    ctl_table_cell(t, CTL_PLAIN, text_in(row, "level"));
    ctl_table_cell(t, color_of(text_in(row, "state")), text_in(row, "state"));
    AUTOFREE char *title = ctl_clean(json_is_object(item) ? text_in(item, "title") : text_in(row, "id"), 72);
    ctl_table_cell(t, CTL_PLAIN, title);
}

int ctl_alerts(const struct ctl_args *a) {
    static const char *const heads[] = {"FIRED", "ALERT", "LEVEL", "STATE", "ITEM"};
    const struct list list = {"/alerts", heads, 5, alerts_row};
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
    return print_list(a, &list, args);
}

static void outbox_row(struct ctl_table *t, const json_t *row, int64_t now) {
    cell_int(t, int_in(row, "id"), CTL_PLAIN);
    ctl_table_cell(t, CTL_PLAIN, text_in(row, "notify"));
    ctl_table_cell(t, CTL_PLAIN, text_in(row, "alert"));
    ctl_table_cell(t, CTL_PLAIN, text_in(row, "kind"));
    ctl_table_cell(t, color_of(text_in(row, "state")), text_in(row, "state"));
    cell_int(t, int_in(row, "attempts"), CTL_PLAIN);
    cell_when(t, text_in(row, "created"), now);
    cell_when(t, strcmp(text_in(row, "state"), "pending") ? "" : text_in(row, "next"), now);
    AUTOFREE char *said =
        ctl_clean(*text_in(row, "error") ? text_in(row, "error") : text_in(row, "title"), 72);
    ctl_table_cell(t, CTL_PLAIN, said);
}

int ctl_outbox(const struct ctl_args *a) {
    static const char *const heads[] = {"ID",    "TO",      "ALERT", "KIND",          "STATE",
                                        "TRIES", "CREATED", "NEXT",  "TITLE OR ERROR"};
    const struct list list = {"/outbox", heads, 9, outbox_row};
    json_t *args = json_object();
    if (a->state && row_state_of(a->state) >= 0) json_object_set_new(args, "state", json_string(a->state));
    if (a->notify) json_object_set_new(args, "notify", json_string(a->notify));
    return print_list(a, &list, args);
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
    if (status != 200) code = ctl_fail("%s", text_in(answer, "error"));
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
    if (*text_in(answer, "error")) code = ctl_fail("%s", text_in(answer, "error"));
    if (*text_in(answer, "refused")) code = ctl_fail("not polled: %s", text_in(answer, "refused"));
    if (a->json)
        ctl_print_json(json_incref(answer));
    else if (json_object_get(answer, "polled"))
        printf("%lld feeds are being polled\n", (long long)int_in(answer, "polled"));
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
    int code = ask(a, path, args, true, &answer);
    json_decref(args);
    if (code) return code;
    if (a->json)
        ctl_print_json(json_incref(answer));
    else
        printf("%lld messages %s\n", (long long)int_in(answer, "n"), done);
    json_decref(answer);
    return EXIT_DONE;
}

int ctl_retry(const struct ctl_args *a) {
    return change_rows(a, "/retry", "will be tried now");
}

int ctl_drop(const struct ctl_args *a) {
    return change_rows(a, "/drop", "deleted");
}

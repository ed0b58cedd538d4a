/* Verbs of what is held and why: mute, unmute, mutes, and the whole life of an item. */
#include "base/mem.h"
#include "base/time.h"
#include "ctl/online.h"
#include "daemon.h"

#include <string.h>

/* ---- mutes ---- */

int ctl_mute(const struct ctl_args *a) {
    int64_t length = 0;
    if (a->argc < 1 || a->argc > 2)
        return ctl_usage(
            "say what and how long: mute fire 2h, mute feed:gazette 1d, mute story:12 --forever");
    if (a->argc == 2 && (duration_parse(text_of(a->argv[1]), &length) < 0 || length <= 0))
        return ctl_usage("\"%s\" is not how long; write a duration such as 2h or 1d", a->argv[1]);
    if (a->argc == 1 && !a->forever)
        return ctl_usage("a mute needs an end: say how long, such as 2h, or --forever");
    if (a->argc == 2 && a->forever) return ctl_usage("--forever and a duration exclude each other");
    json_t *args = json_pack("{s:s, s:I, s:b, s:b}", "name", a->argv[0], "for", (json_int_t)length, "forever",
                             a->forever, "drop", a->drop),
           *answer;
    if (a->why) json_object_set_new(args, "why", json_string(a->why));
    int code = online_ask(a, "/mute", args, true, &answer);
    json_decref(args);
    if (code) return code;
    const char *until = online_text(answer, "until");
    if (a->json)
        ctl_print_json(json_incref(answer));
    else
        printf("mute %lld: %s is muted %s%s\n", (long long)online_int(answer, "id"), a->argv[0],
               *until ? "until " : "for ever", until);
    json_decref(answer);
    return EXIT_DONE;
}

int ctl_unmute(const struct ctl_args *a) {
    char *end = NULL;
    long long id = a->argc == 1 ? strtoll(a->argv[0], &end, 10) : 0;
    if (a->argc != 1 || !*a->argv[0] || *end)
        return ctl_usage("name one mute by its number; newsalertctl mutes lists them");
    json_t *args = json_pack("{s:I}", "id", (json_int_t)id), *answer;
    int code = online_ask(a, "/unmute", args, true, &answer);
    json_decref(args);
    if (code) return code;
    if (a->json)
        ctl_print_json(json_incref(answer));
    else
        printf("mute %lld has ended; messages held: %lld\n", id, (long long)online_int(answer, "held"));
    json_decref(answer);
    return EXIT_DONE;
}

static void mutes_row(struct ctl_table *t, const json_t *row, int64_t now) {
    online_cell_int(t, online_int(row, "id"), CTL_PLAIN);
    AUTOFREE char *what = ctl_clean(online_text(row, "what"), 40),
                  *why = ctl_clean(online_text(row, "why"), 60);
    ctl_table_cell(t, CTL_PLAIN, what);
    online_cell_when(t, online_text(row, "since"), now);
    if (json_is_true(json_object_get(row, "forever")))
        ctl_table_cell(t, CTL_WARN, "for ever");
    else
        online_cell_when(t, online_text(row, "until"), now);
    if (json_is_true(json_object_get(row, "drop")))
        ctl_table_cell(t, CTL_WARN, "dropped");
    else
        online_cell_int(t, online_int(row, "held"), CTL_PLAIN);
    ctl_table_cell(t, CTL_PLAIN, why);
}

int ctl_mutes(const struct ctl_args *a) {
    static const char *const heads[] = {"ID", "MUTED", "SINCE", "UNTIL", "HELD", "WHY"};
    const struct online_list list = {"/mutes", heads, 6, mutes_row};
    return online_print_list(a, &list, json_object());
}

/* ---- the life of an item ---- */

static void say(const char *label, const char *text) {
    AUTOFREE char *clean = ctl_clean(text, 0);
    if (*clean) printf("  %-9s %s\n", label, clean);
}

static void print_story(const json_t *item) {
    const json_t *score = json_object_get(item, "score");
    if (!json_object_get(item, "story")) return;
    printf("  %-9s %lld, %s", "story", (long long)online_int(item, "story"), online_text(item, "why"));
    if (json_is_number(score)) printf(" (%.2f)", json_number_value(score));
    putchar('\n');
}

static void print_message(const json_t *m) {
    const char *held = online_text(m, "held_by"), *until = online_text(m, "until"),
               *sent = online_text(m, "sent"), *to = online_text(m, "to"), *error = online_text(m, "error");
    AUTOFREE char *why = ctl_clean(error, 0), *whom = ctl_clean(to, 0);
    printf("  %-9s %s%s%s: %s, %s", "message", online_text(m, "notify"), *whom ? " " : "", whom,
           online_text(m, "kind"), online_text(m, "state"));
    if (*sent) printf(" %s", sent);
    if (*held) printf("; held by %s%s%s", held, *until ? " until " : "", until);
    if (*why) printf("; %s", why);
    printf(" (message %lld)\n", (long long)online_int(m, "message"));
}

static void print_life(const json_t *item) {
    size_t i;
    json_t *row;
    AUTOFREE char *title = ctl_clean(online_text(item, "title"), 0);
    printf("%s\n", *title ? title : online_text(item, "id"));
    say("id", online_text(item, "id"));
    say("address", online_text(item, "url"));
    say("feed", online_text(item, "feed"));
    say("published", online_text(item, "published"));
    printf("  %-9s %s, %s\n", "seen", online_text(item, "seen"), online_text(item, "verdict"));
    say("changed", online_text(item, "changed"));
    print_story(item);
    json_array_foreach(json_object_get(item, "alerts"), i, row)
        printf("  %-9s %s %s %s\n", "alert", online_text(row, "alert"),
               json_is_true(json_object_get(row, "fired")) ? "fired" : "matched, passed over",
               online_text(row, "at"));
    json_array_foreach(json_object_get(item, "events"), i, row)
        printf("  %-9s %lld of %s: %s %s %s\n", "thread", (long long)online_int(row, "thread"),
               online_text(row, "alert"), online_text(row, "change"), online_text(row, "at"),
               online_text(row, "why"));
    json_array_foreach(json_object_get(item, "messages"), i, row) print_message(row);
}

int ctl_item(const struct ctl_args *a) {
    if (a->argc != 1) return ctl_usage("name one item, by its feed's id or its address");
    json_t *args = json_pack("{s:s}", "id", a->argv[0]), *page, *row, *more;
    size_t found = 0, i;
    int code;
    do {
        if ((code = online_ask(a, "/item", args, false, &page))) break;
        json_array_foreach(json_object_get(page, "rows"), i, row) {
            found++;
            if (a->json)
                ctl_print_json(json_incref(row));
            else
                print_life(row);
        }
        more = json_incref(json_object_get(page, "more"));
        json_object_set_new(args, "after", more ? more : json_null());
        json_decref(page);
    } while (json_is_integer(more));
    json_decref(args);
    if (!code && !found) return ctl_fail("no item has this id or address, or it is older than `keep`");
    return code;
}

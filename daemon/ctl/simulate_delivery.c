/* simulate-delivery: what a trace of events would send to whom and when (contract/stories.md). */
#include "base/limits.h"
#include "base/mem.h"
#include "config/value.h"
#include "ctl/ctl.h"
#include "daemon.h"
#include "story/decide.h"

#include <string.h>

struct trace {
    json_t *json;
    const char *file;
    struct decide_alert *alerts;
    struct decide_notifier *notifiers;
    size_t n_alerts, n_notifiers;
    struct zone **zones; /* all that were opened */
    size_t n_zones, cap_zones;
    struct hours **hours; /* all that were read */
    size_t n_hours, cap_hours;
    int64_t mutes;
    size_t alone;
    const char **muted; /* what each of them mutes, as written */
    const char *wrong;  /* NULL: none so far */
    const char *where;
};

static void complain(struct trace *t, const char *where, const char *wrong) {
    if (t->wrong) return;
    t->wrong = wrong;
    t->where = where;
}

static const char *string_at(const json_t *j, const char *key) {
    return json_string_value(json_object_get(j, key));
}

static const struct zone *zone_at(struct trace *t, const json_t *j, bool must) {
    const char *name = string_at(j, "timezone");
    if (!name && !must) return NULL;
    struct zone *z = zone_open(name ? name : string_at(t->json, "timezone"));
    if (!z) {
        complain(t, "timezone", "no such time zone");
        return NULL;
    }
    GROW(t->zones, t->n_zones, t->cap_zones);
    t->zones[t->n_zones++] = z;
    return z;
}

static int64_t time_at(struct trace *t, const json_t *j, const char *key) {
    int64_t at = 0;
    const char *text = string_at(j, key);
    if (!text || time_parse_rfc3339(text_of(text), &at) < 0) complain(t, key, "not an RFC 3339 time");
    return at;
}

static int64_t duration_at(struct trace *t, const json_t *j, const char *key, int64_t preset) {
    int64_t ms = preset;
    const char *text = string_at(j, key);
    if (text && !strcmp(text, "none")) return FOLLOW_UP_NONE;
    if (text && (duration_parse(text_of(text), &ms) < 0 || ms <= 0))
        complain(t, key, "not a duration such as 1h30m");
    return ms;
}

static const struct hours *hours_at(struct trace *t, const json_t *j, const char *key,
                                    const char *(*read)(struct text, struct hours *)) {
    const char *text = string_at(j, key);
    if (!text || !*text || !strcmp(text, "none")) return NULL;
    GROW(t->hours, t->n_hours, t->cap_hours);
    struct hours *h = t->hours[t->n_hours++] = xcalloc(1, sizeof *h);
    const char *wrong = read(text_of(text), h);
    if (wrong) complain(t, key, wrong);
    return h;
}

static bool yes_at(const json_t *j, const char *key) {
    const json_t *v = json_object_get(j, key);
    return json_is_true(v) || (json_is_string(v) && !strcmp(json_string_value(v), "yes"));
}

static enum level level_at(struct trace *t, const json_t *j, const char *key, enum level preset) {
    const char *text = string_at(j, key);
    int level = text ? level_of(text) : (int)preset;
    if (level < 0) complain(t, key, "not a level");
    return level < 0 ? preset : (enum level)level;
}

static size_t find_alert(const struct trace *t, const char *name) {
    for (size_t i = 0; name && i < t->n_alerts; i++)
        if (!strcmp(t->alerts[i].name, name)) return i;
    return SIZE_MAX;
}

static void read_notify(struct trace *t, const json_t *list, struct decide_alert *a) {
    bool *notify = xcalloc(t->n_notifiers + 1, sizeof *notify);
    a->notify = notify;
    for (size_t n = 0; n < t->n_notifiers; n++) notify[n] = !json_array_size(list);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        bool found = false;
        for (size_t n = 0; name && n < t->n_notifiers; n++)
            if (!strcmp(t->notifiers[n].name, name)) notify[n] = found = true;
        if (!found) complain(t, "notify", "no notifier has that name");
    }
}

static void read_alert(struct trace *t, const json_t *j, struct decide_alert *a) {
    struct rate limit = {0};
    const char *text = string_at(j, "limit"), *unconfirmed = string_at(j, "unconfirmed");
    const json_t *sources = json_object_get(j, "sources");
    *a = (struct decide_alert){.name = string_at(j, "name"),
                               .level = level_at(t, j, "level", LEVEL_URGENT),
                               .quiet = hours_at(t, j, "quiet", hours_quiet),
                               .digest = hours_at(t, j, "digest", hours_digest),
                               .zone = zone_at(t, j, true),
                               .window = duration_at(t, j, "window", DAY),
                               .follow_up = duration_at(t, j, "follow_up", HOUR),
                               .sources = json_is_integer(sources) ? json_integer_value(sources) : 1,
                               .hold = unconfirmed && !strcmp(unconfirmed, "hold"),
                               .updates = yes_at(j, "updates")};
    if (!a->name) complain(t, "alerts", "an alert without a name");
    if (text && (value_rate(text_of(text), &limit) < 0 || (strcmp(text, "none") != 0 && limit.count <= 0)))
        complain(t, "limit", "not a limit such as 10/1h");
    a->limit = limit.count;
    a->limit_per = limit.per_ms;
    if (a->limit > 1000000) complain(t, "limit", "too many");
    if (a->digest && a->level == LEVEL_FLASH) complain(t, "digest", "a flash alert cannot wait for a digest");
    read_notify(t, json_object_get(j, "notify"), a);
}

static void read_trace(struct trace *t) {
    const json_t *alerts = json_object_get(t->json, "alerts"),
                 *notifiers = json_object_get(t->json, "notifiers");
    size_t i;
    json_t *j;
    t->alerts = xcalloc(json_array_size(alerts) + 1, sizeof *t->alerts);
    t->notifiers = xcalloc(json_array_size(notifiers) + 1, sizeof *t->notifiers);
    json_array_foreach(notifiers, i, j) {
        t->notifiers[t->n_notifiers++] =
            (struct decide_notifier){.name = string_at(j, "name"),
                                     .edits = yes_at(j, "edits"),
                                     .quiet = hours_at(t, j, "quiet", hours_quiet),
                                     .digest = hours_at(t, j, "digest", hours_digest),
                                     .zone = zone_at(t, j, false),
                                     .break_through = level_at(t, j, "break_through", LEVEL_FLASH)};
        if (!string_at(j, "name")) complain(t, "notifiers", "a notifier without a name");
        if (t->wrong) return;
    }
    json_array_foreach(alerts, i, j) {
        read_alert(t, j, &t->alerts[t->n_alerts]);
        t->n_alerts++;
        if (t->wrong) return;
    }
}

static void print_messages(const struct trace *t, struct decide_out *out, int64_t until) {
    char at[TIME_TEXT];
    for (size_t i = 0; i < out->n; i++) {
        const struct decide_message *m = &out->list[i];
        if (m->at > until) continue;
        json_t *items = json_array();
        for (size_t k = 0; k < m->n; k++) {
            const struct decide_entry *e = &m->entries[k];
            json_array_append_new(items, json_pack("{s:s, s:s, s:I, s:s}", "item", e->item, "alert",
                                                   t->alerts[e->alert].name, "story",
                                                   (json_int_t)(e->story > 0 ? e->story : 0), "at",
                                                   time_rfc3339(e->at, at)));
        }
        json_t *j =
            json_pack("{s:s, s:s}", "at", time_rfc3339(m->at, at), "notify", t->notifiers[m->notifier].name);
        if (m->alert != SIZE_MAX) json_object_set_new(j, "alert", json_string(t->alerts[m->alert].name));
        json_object_set_new(j, "kind", json_string(message_kind_names[m->kind]));
        json_object_set_new(j, "level", json_string(level_names[m->level]));
        if (m->story > 0) json_object_set_new(j, "story", json_integer(m->story));
        json_object_set_new(j, "items", items);
        ctl_print_json(j);
    }
    decide_out_clear(out);
}

static int change_of(const char *name) {
    static const char *const names[] = {"new", "title", "clause", "cosmetic"};
    for (int i = 0; i < 4; i++)
        if (!name || !strcmp(name, names[i])) return i;
    return -1;
}

static int what_of(const char **name) {
    static const char *const prefixes[] = {"alert:", "feed:", "story:"};
    for (int i = 0; i < 3; i++)
        if (!strncmp(*name, prefixes[i], strlen(prefixes[i]))) {
            *name += strlen(prefixes[i]);
            return i;
        }
    return MUTE_ALERT;
}

static void run_mute(struct trace *t, struct decide *d, const json_t *j, int64_t at, struct decide_out *out) {
    const char *mute = string_at(j, "mute"), *name = mute ? mute : string_at(j, "unmute");
    struct decide_mute m = {.what = (enum mute_what)what_of(&name), .since = at};
    m.alert = m.what == MUTE_ALERT ? find_alert(t, name) : SIZE_MAX;
    m.number = m.what == MUTE_STORY ? strtoull(name, NULL, 10) : decide_feed(name);
    if (m.what == MUTE_ALERT && m.alert == SIZE_MAX) {
        complain(t, "mute", "no alert has that name");
        return;
    }
    if (!mute) { /* here by what was muted, not by number */
        for (int64_t id = 1; id <= t->mutes; id++)
            if (!strcmp(t->muted[id - 1], string_at(j, "unmute"))) decide_unmute(d, id, at, out);
        return;
    }
    int64_t length = duration_at(t, j, "for", 0);
    bool forever = yes_at(j, "forever");
    if (!length && !forever) complain(t, "mute", "without an end (say \"for\")");
    decide_tick(d, at, out);
    t->muted = xrealloc(t->muted, (size_t)t->mutes + 1, sizeof *t->muted);
    t->muted[t->mutes++] = mute;
    m.id = t->mutes;
    m.until = forever ? INT64_MAX : at + length;
    m.drop = yes_at(j, "drop");
    decide_mute(d, &m);
}

static void run_item(struct trace *t, struct decide *d, const json_t *j, int64_t at, struct decide_out *out) {
    int change = change_of(string_at(j, "change"));
    const json_t *story = json_object_get(j, "story");
    /* Without a story an item is one of its own. */
    int64_t number = json_integer_value(story) ? json_integer_value(story) : -1 - (int64_t)t->alone++;
    const struct decide_event e = {.at = at,
                                   .alert = find_alert(t, string_at(j, "alert")),
                                   .item = string_at(j, "item"),
                                   .publisher = string_at(j, "publisher"),
                                   .feed = string_at(j, "feed"),
                                   .copy_of = string_at(j, "copy_of"),
                                   .story = number,
                                   .change = (enum decide_change)(change < 0 ? 0 : change)};
    if (e.alert == SIZE_MAX)
        complain(t, "alert", "no alert has that name");
    else if (!e.item)
        complain(t, "item", "missing");
    else if (change < 0)
        complain(t, "change", "not new, title, clause or cosmetic");
    else
        decide_event(d, &e, out);
}

static void run_trace(struct trace *t) {
    struct decide_out out = {0};
    size_t i;
    json_t *j;
    int64_t until = time_at(t, t->json, "until"), now = INT64_MIN;
    if (t->wrong) return;
    struct decide *d = decide_new(t->alerts, t->n_alerts, t->notifiers, t->n_notifiers, 1);
    json_array_foreach(json_object_get(t->json, "events"), i, j) {
        int64_t at = time_at(t, j, "at");
        if (t->wrong) break;
        /* A clock that steps back repeats nothing: time stands still until it has caught up. */
        if (at < now) at = now;
        now = at;
        if (at > until) break;
        if (json_object_get(j, "restart")) /* nothing is lost by one: all of this state is stored */
            decide_tick(d, at, &out);
        else if (json_object_get(j, "mute") || json_object_get(j, "unmute"))
            run_mute(t, d, j, at, &out);
        else
            run_item(t, d, j, at, &out);
        if (t->wrong) break;
        print_messages(t, &out, until);
    }
    if (!t->wrong) decide_tick(d, until, &out);
    print_messages(t, &out, until);
    decide_free(d);
}

int ctl_simulate_delivery(const struct ctl_args *a) {
    if (a->argc != 1) return ctl_usage("simulate-delivery takes one TRACE.json");
    size_t len;
    json_error_t error;
    AUTOFREE char *bytes = ctl_read_file(a->argv[0], LIMIT_BODY, &len);
    if (!bytes) return EXIT_FAILED;
    struct trace t = {.file = a->argv[0], .json = json_loadb(bytes, len, 0, &error)};
    if (!t.json) return ctl_usage("%s:%d: no JSON: %s", a->argv[0], error.line, error.text);
    read_trace(&t);
    if (!t.wrong) run_trace(&t);
    int code = t.wrong ? ctl_usage("%s: %s: %s", t.file, t.where, t.wrong) : EXIT_DONE;
    for (size_t i = 0; i < t.n_alerts; i++) free((bool *)t.alerts[i].notify);
    for (size_t i = 0; i < t.n_zones; i++) zone_free(t.zones[i]);
    for (size_t i = 0; i < t.n_hours; i++) free(t.hours[i]);
    free(t.hours);
    free(t.muted);
    free(t.alerts);
    free(t.notifiers);
    free(t.zones);
    json_decref(t.json);
    return code;
}

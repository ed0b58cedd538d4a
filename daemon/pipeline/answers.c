#include "pipeline/stories.h"

#include "base/failpoint.h"
#include "base/mem.h"
#include "base/time.h"

#include <string.h>

static int64_t int_arg(const json_t *args, const char *key) {
    const json_t *j = json_object_get(args, key);
    const char *text = json_string_value(j);
    return text ? strtoll(text, NULL, 10) : json_integer_value(j);
}

static json_t *page(json_t *rows, int64_t more) {
    json_t *j = json_pack("{s:i, s:o}", "status", 200, "rows", rows);
    if (more) json_object_set_new(j, "more", json_integer(more));
    return j;
}

static json_t *refused(int status, const char *why) {
    return json_pack("{s:i, s:s}", "status", status, "error", why);
}

static json_t *answer_outbox(struct pipeline *p, const json_t *args) {
    const char *state = json_string_value(json_object_get(args, "state"));
    if (state && row_state_of(state) < 0)
        return refused(400, "no such state; there are held, pending, sent, dead and merged");
    int64_t more = 0;
    json_t *rows =
        store_outbox_page(p->store, state ? row_state_of(state) : -1,
                          json_string_value(json_object_get(args, "notify")), int_arg(args, "after"), &more);
    return page(rows, more);
}

/* A thread takes items for the alert's window. */
static bool is_closed(const void *ctx, const char *name, int64_t fired) {
    const struct pipeline *p = ctx;
    const struct config_alert *a = config_alert(p->setup->config, name);
    return !a || !a->enabled || fired < time_wall() - a->window;
}

static json_t *answer_alerts(struct pipeline *p, const json_t *args) {
    int64_t more = 0;
    json_t *rows =
        store_alerts_page(p->store, int_arg(args, "since"), int_arg(args, "after"), is_closed, p, &more);
    return page(rows, more);
}

static json_t *answer_counts(struct pipeline *p, const json_t *args) {
    (void)args;
    json_t *j = page(store_counts(p->store), 0);
    json_object_set_new(j, "counts", json_true());
    json_object_set_new(j, "mutes", pipeline_mutes(p, true));
    return j;
}

static json_t *answer_mutes(struct pipeline *p, const json_t *args) {
    (void)args;
    return page(pipeline_mutes(p, false), 0);
}

static json_t *answer_item(struct pipeline *p, const json_t *args) {
    int64_t more = 0;
    const char *id = json_string_value(json_object_get(args, "id"));
    if (!id) return refused(400, "say which: an item's id or address");
    json_t *rows = store_life_page(p->store, id, int_arg(args, "after"), &more);
    return page(rows, more);
}

static json_t *changed(json_t *ids) {
    size_t n = json_array_size(ids);
    json_t *j = json_pack("{s:i, s:I, s:o}", "status", n ? 200 : 404, "n", (json_int_t)n, "ids", ids);
    if (!n) json_object_set_new(j, "error", json_string("no such message; see newsalertctl outbox"));
    return j;
}

static struct row_choice choice_of(const json_t *args) {
    return (struct row_choice){int_arg(args, "id"), json_string_value(json_object_get(args, "notify")),
                               json_is_true(json_object_get(args, "all_dead"))};
}

static bool is_nothing(const struct row_choice *c) {
    return c->id <= 0 && !c->notify && !c->all_dead;
}

static json_t *answer_retry(struct pipeline *p, const json_t *args) {
    const struct row_choice c = choice_of(args);
    if (is_nothing(&c))
        return refused(400, "say which: a message's number, a notifier, or all that are dead");
    json_t *ids = store_rows_retry(p->store, &c, time_wall()), *names = store_rows_notifiers(p->store), *name;
    size_t i;
    json_array_foreach(names, i, name) pipeline_touch(p, json_string_value(name));
    json_decref(names);
    json_t *j = changed(ids);
    /* A configured destination without rows is resumed by the loop: that is done, not missing. */
    if (c.notify && config_notify(p->setup->config, c.notify)) {
        json_object_set_new(j, "status", json_integer(200));
        json_object_del(j, "error");
    }
    return j;
}

/* The loop, too, has to let go of the rows: "dropped" tells it to look at the ids. */
static json_t *answer_drop(struct pipeline *p, const json_t *args) {
    const struct row_choice c = choice_of(args);
    if (is_nothing(&c)) return refused(400, "say which: a message's number, or a notifier");
    json_t *j = changed(store_rows_drop(p->store, &c));
    p->stories->rebuild = true; /* held ones may be among them */
    json_object_set_new(j, "dropped", json_true());
    return j;
}

/* "Why?" of a message: its facts, and its alert's query. The loop hands them to the notifier that asked. */
static json_t *answer_why(struct pipeline *p, const json_t *args) {
    const char *key = json_string_value(json_object_get(args, "key"));
    const char *notify = json_string_value(json_object_get(args, "notify"));
    AUTOFREE char *text = store_row_facts(p->store, key, notify);
    json_t *facts = json_loads(text ? text : "", 0, NULL);
    if (!facts) return refused(404, "no such message; it was deleted");
    const char *name = json_string_value(json_object_get(facts, "alert"));
    const struct config_alert *alert = name ? config_alert(p->setup->config, name) : NULL;
    json_t *j =
        json_pack("{s:i, s:s, s:s, s:o}", "status", 200, "key", key, "notify", notify, "facts", facts);
    if (alert) json_set_text(j, "query", alert->query);
    return j;
}

static const struct {
    const char *name;
    bool orders;
    json_t *(*run)(struct pipeline *p, const json_t *args);
} questions[] = {
    {"outbox", false, answer_outbox}, {"alerts", false, answer_alerts}, {"counts", false, answer_counts},
    {"retry", true, answer_retry},    {"drop", true, answer_drop},      {"mutes", false, answer_mutes},
    {"item", false, answer_item},     {"mute", true, pipeline_mute},    {"unmute", true, pipeline_unmute},
    {"why", false, answer_why},
};

bool pipeline_orders(const struct message *m) {
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        if (!strcmp(questions[i].name, m->name)) return questions[i].orders;
    return false;
}

void pipeline_answer(struct pipeline *p, const struct message *m) {
    json_t *answer = NULL;
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        if (!strcmp(questions[i].name, m->name)) {
            if (questions[i].orders) FAILPOINT_HOLDS("order", m->name);
            answer = questions[i].run(p, m->args);
        }
    if (!answer) answer = json_pack("{s:i, s:s}", "status", 404, "error", "no such question");
    struct pipeline_event *e = pipeline_hold(p, EVENT_ANSWER, NULL);
    e->ticket = m->ticket;
    e->answer = answer;
}

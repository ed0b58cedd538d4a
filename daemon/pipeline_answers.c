#include "pipeline_inside.h"

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

static json_t *answer_outbox(struct pipeline *p, const json_t *args) {
    const char *state = json_string_value(json_object_get(args, "state"));
    int64_t more = 0;
    json_t *rows =
        store_outbox_page(p->store, state ? row_state_of(state) : -1,
                          json_string_value(json_object_get(args, "notify")), int_arg(args, "after"), &more);
    return page(rows, more);
}

static json_t *answer_alerts(struct pipeline *p, const json_t *args) {
    int64_t more = 0;
    json_t *rows = store_alerts_page(p->store, int_arg(args, "since"), int_arg(args, "after"), &more);
    return page(rows, more);
}

static json_t *answer_counts(struct pipeline *p, const json_t *args) {
    (void)args;
    json_t *j = page(store_counts(p->store), 0);
    json_object_set_new(j, "counts", json_true());
    return j;
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

static json_t *answer_retry(struct pipeline *p, const json_t *args) {
    const struct row_choice c = choice_of(args);
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

static json_t *answer_drop(struct pipeline *p, const json_t *args) {
    const struct row_choice c = choice_of(args);
    return changed(store_rows_drop(p->store, &c));
}

static const struct {
    const char *name;
    bool orders;
    json_t *(*run)(struct pipeline *p, const json_t *args);
} questions[] = {
    {"outbox", false, answer_outbox}, {"alerts", false, answer_alerts}, {"counts", false, answer_counts},
    {"retry", true, answer_retry},    {"drop", true, answer_drop},
};

bool pipeline_orders(const struct message *m) {
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        if (!strcmp(questions[i].name, m->name)) return questions[i].orders;
    return false;
}

void pipeline_answer(struct pipeline *p, const struct message *m) {
    json_t *answer = NULL;
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        if (!strcmp(questions[i].name, m->name)) answer = questions[i].run(p, m->args);
    if (!answer) answer = json_pack("{s:i, s:s}", "status", 404, "error", "no such question");
    struct pipeline_event *e = pipeline_hold(p, EVENT_ANSWER, NULL);
    e->ticket = m->ticket;
    e->answer = answer;
}

/* What the schedule has learned, as JSON: of a feed within feed.schedule, of all feeds in a row of meta. */
#include "store/learned.h"

#include "base/mem.h"
#include "base/time.h"
#include "store/sql.h"

#include <stddef.h>
#include <string.h>

struct member {
    const char *name;
    size_t at;
};

#define AT(member) offsetof(struct schedule_learned, member)
static const struct member learned_numbers[] = {
    {"until", AT(until)},
    {"newest", AT(newest)},
    {"listed", AT(listed)},
    {"halved", AT(halved)},
    {"missed", AT(missed)},
    {"marks", AT(marks)},
    {NULL, 0},
};
static const struct member learned_reals[] = {
    {"items", AT(items)},
    {"days", AT(days)},
    {"caused", AT(caused)},
    {"postings", AT(postings)},
    {"heat", AT(heat)},
    {"gap", AT(gap)},
    {NULL, 0},
};
#undef AT
#define AT(member) offsetof(struct schedule_fleet, member)
static const struct member fleet_numbers[] = {
    {"pace", AT(pace)}, {"until", AT(until)}, {"solved", AT(solved)}, {NULL, 0}};
static const struct member fleet_reals[] = {{"polls", AT(polls)},     {"debt", AT(debt)},
                                            {"planned", AT(planned)}, {"forecast", AT(forecast)},
                                            {"made", AT(made)},       {NULL, 0}};
#undef AT

static void put(json_t *j, const struct member *numbers, const struct member *reals, const void *from) {
    for (const struct member *m = numbers; m->name; m++)
        json_object_set_new(j, m->name,
                            json_integer(*(const int64_t *)(const void *)((const char *)from + m->at)));
    for (const struct member *m = reals; m->name; m++)
        json_object_set_new(j, m->name,
                            json_real(*(const double *)(const void *)((const char *)from + m->at)));
}

static void get(const json_t *j, const struct member *numbers, const struct member *reals, void *to) {
    for (const struct member *m = numbers; m->name; m++) {
        const json_t *v = json_object_get(j, m->name);
        if (json_is_integer(v)) *(int64_t *)(void *)((char *)to + m->at) = json_integer_value(v);
    }
    for (const struct member *m = reals; m->name; m++) {
        const json_t *v = json_object_get(j, m->name);
        if (json_is_number(v)) *(double *)(void *)((char *)to + m->at) = json_number_value(v);
    }
}

static json_t *hours_put(const float hour[SCHEDULE_HOURS]) {
    json_t *list = json_array();
    for (int h = 0; h < SCHEDULE_HOURS; h++) json_array_append_new(list, json_real((double)hour[h]));
    return list;
}

static void hours_get(const json_t *list, float hour[SCHEDULE_HOURS]) {
    for (size_t h = 0; h < SCHEDULE_HOURS && h < json_array_size(list); h++)
        hour[h] = (float)json_number_value(json_array_get(list, h));
}

json_t *learned_json(const struct schedule_learned *l) {
    if (l->until == TIME_NONE) return NULL;
    json_t *j = json_object(), *marks = json_array();
    put(j, learned_numbers, learned_reals, l);
    json_object_set_new(j, "hour", hours_put(l->hour));
    for (int64_t i = 0; i < SCHEDULE_MARKS && i < l->marks; i++)
        json_array_append_new(marks, json_integer(l->mark[i]));
    json_object_set_new(j, "mark", marks);
    return j;
}

void learned_from_json(const json_t *j, struct schedule_learned *l) {
    schedule_learned_init(l);
    if (!json_is_object(j)) return;
    get(j, learned_numbers, learned_reals, l);
    hours_get(json_object_get(j, "hour"), l->hour);
    const json_t *marks = json_object_get(j, "mark");
    for (size_t i = 0; i < SCHEDULE_MARKS && i < json_array_size(marks); i++)
        l->mark[i] = (uint32_t)json_integer_value(json_array_get(marks, i));
    schedule_learned_check(l);
}

void store_fleet_load(struct store *s, struct schedule_fleet *ret) {
    int64_t pace = ret->pace;
    schedule_fleet_init(ret);
    ret->pace = pace;
    sqlite3_stmt *st = sql_query(s, "SELECT value FROM meta WHERE key = 'fleet'", "");
    if (!sql_next(s, st)) return;
    struct text t = sql_text(st, 0);
    json_t *j = json_loadb(t.ptr ? t.ptr : "", t.len, 0, NULL);
    sql_done(st);
    get(j, fleet_numbers, fleet_reals, ret);
    hours_get(json_object_get(j, "hour"), ret->hour);
    json_decref(j);
    schedule_fleet_check(ret);
}

void store_fleet_save(struct store *s, const struct schedule_fleet *f) {
    json_t *j = json_object();
    put(j, fleet_numbers, fleet_reals, f);
    json_object_set_new(j, "hour", hours_put(f->hour));
    AUTOFREE char *text = json_dumps(j, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(j);
    sql_run(s, "INSERT OR REPLACE INTO meta VALUES('fleet', ?)", "s", text);
}

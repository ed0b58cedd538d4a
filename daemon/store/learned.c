/* What the schedule has learned: of a feed as a block of bytes, of all feeds as JSON in a row of meta. */
#include "store/learned.h"

#include "base/mem.h"
#include "base/time.h"
#include "store/sql.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

struct member {
    const char *name;
    size_t at;
};

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

/* Every answer reads and writes these figures, and nobody asks for one of them alone: as JSON they cost more
 * than the rest of a poll that brings nothing. They stand as they do in memory, behind a word for their
 * layout, which another machine's bytes do not repeat either: what is not of this layout is learned anew. */
#define LAYOUT 0x4e410001u
struct block {
    uint32_t layout, size;
    struct schedule_learned figures;
};
static_assert(sizeof(struct block) == 296, "other members, or another order: a new LAYOUT");

const void *learned_bytes(const struct schedule_learned *l, unsigned char to[LEARNED_BYTES]) {
    static_assert(sizeof(struct block) == LEARNED_BYTES, "its header says so");
    if (l->until == TIME_NONE) return NULL;
    const struct block b = {LAYOUT, sizeof b, *l};
    memcpy(to, &b, sizeof b);
    return to;
}

void learned_from_bytes(const void *ptr, size_t len, struct schedule_learned *l) {
    struct block b;
    schedule_learned_init(l);
    if (!ptr || len != sizeof b) return;
    memcpy(&b, ptr, sizeof b);
    if (b.layout != LAYOUT || b.size != sizeof b) return;
    *l = b.figures;
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

#include "ctl/simulate_trace.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/time.h"

#include <math.h>
#include <string.h>

#define WINDOW       30
#define LONGEST_DAYS 3660    /* of a trace: a forgotten `start` would run from 1970 on */
#define FURTHEST     1e12    /* seconds from 1970, either way */
#define WINDOW_MOST  1000000 /* more than any feed lists */

/* What is being read, for messages: "feed 3 (gazette): " or "". */
struct reading {
    char where[200];
    char *why;
};

static int wrong(struct reading *r, const char *member, const char *what) {
    r->why = xasprintf("%s\"%s\" %s", r->where, member, what);
    return -1;
}

/* A number of seconds; absent or null: unchanged. */
static int seconds(struct reading *r, const json_t *object, const char *member, double least, int64_t *ret) {
    const json_t *j = json_object_get(object, member);
    if (!j || json_is_null(j)) return 0;
    double s = json_number_value(j);
    if (!json_is_number(j) || !(s >= least && s <= FURTHEST))
        return wrong(r, member,
                     least < 0 ? "is to be a time in seconds since 1970" : "is to be a number of seconds");
    *ret = (int64_t)floor(s * 1000 + 0.5);
    return 0;
}

static int whole(struct reading *r, const json_t *object, const char *member, json_int_t least,
                 json_int_t most, int64_t *ret) {
    const json_t *j = json_object_get(object, member);
    if (!j || json_is_null(j)) return 0;
    json_int_t n = json_integer_value(j);
    if (!json_is_integer(j) || n < least || n > most)
        return wrong(r, member, "is to be a whole number in its range");
    *ret = n;
    return 0;
}

/* every: seconds, a duration as in the configuration, or auto. */
static int every(struct reading *r, const json_t *object, const char *member, int64_t *ret) {
    const json_t *j = json_object_get(object, member);
    const char *text = json_string_value(j);
    if (text && !strcmp(text, "auto")) {
        *ret = 0;
        return 0;
    }
    int64_t ms = *ret;
    if (text ? duration_parse(text_of(text), &ms) < 0 : seconds(r, object, member, 0, &ms) < 0) {
        free(r->why);
        return wrong(r, member, "is to be a number of seconds, a duration or \"auto\"");
    }
    *ret = ms;
    return 0;
}

static int by_time(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int read_items(struct reading *r, const json_t *j, struct trace_feed *f) {
    const json_t *list = json_object_get(j, "items"), *item;
    size_t i;
    if (!json_is_array(list)) return wrong(r, "items", "is to be a list of times");
    f->items = xcalloc(json_array_size(list) + 1, sizeof *f->items);
    json_array_foreach(list, i, item) {
        double s = json_number_value(item);
        if (!json_is_number(item) || !(s >= -FURTHEST && s <= FURTHEST))
            return wrong(r, "items", "is to be a list of times in seconds since 1970");
        f->items[f->n_items++] = (int64_t)floor(s * 1000 + 0.5);
    }
    qsort(f->items, f->n_items, sizeof *f->items, by_time);
    return 0;
}

static int read_answers(struct reading *r, const json_t *j, struct trace_feed *f) {
    const json_t *list = json_object_get(j, "answers"), *one;
    size_t i;
    if (!list || json_is_null(list)) return 0;
    if (!json_is_array(list)) return wrong(r, "answers", "is to be a list");
    f->answers = xcalloc(json_array_size(list) + 1, sizeof *f->answers);
    json_array_foreach(list, i, one) {
        int64_t from = INT64_MIN, to = INT64_MAX, retry_after = -1, status = 200;
        if (!json_is_object(one)) return wrong(r, "answers", "is to be a list of objects");
        if (seconds(r, one, "from", -FURTHEST, &from) < 0 || seconds(r, one, "to", -FURTHEST, &to) < 0 ||
            seconds(r, one, "retry_after", 0, &retry_after) < 0 ||
            whole(r, one, "status", 0, 999, &status) < 0)
            return -1;
        f->answers[f->n_answers++] = (struct trace_answer){from, to, retry_after, (int)status};
    }
    return 0;
}

static int read_feed(struct reading *r, const struct trace *t, const json_t *j, size_t number,
                     struct trace_feed *f) {
    snprintf(r->where, sizeof r->where, "feed %zu: ", number);
    if (!json_is_object(j)) {
        r->why = xasprintf("%sis to be an object", r->where);
        return -1;
    }
    const json_t *host = json_object_get(j, "host"), *id = json_object_get(j, "id");
    f->id = json_string_value(id);
    f->host = json_string_value(host);
    f->window = WINDOW;
    if (!f->id) return wrong(r, "id", "is to be a text");
    if (host && !f->host && !json_is_null(host)) return wrong(r, "host", "is to be a text");
    snprintf(r->where, sizeof r->where, "feed %zu (%.100s): ", number, f->id);
    f->shown = json_dumps(id, JSON_ENCODE_ANY);
    f->config = (struct config_feed){.name = (char *)f->id,
                                     .location = (char *)f->id,
                                     .source = SOURCE_URL,
                                     .every = t->every,
                                     .min_every = t->min_every,
                                     .max_every = t->max_every,
                                     .obey_hints = true,
                                     .enabled = true};
    if (every(r, j, "every", &f->config.every) < 0 || every(r, j, "min_every", &f->config.min_every) < 0 ||
        every(r, j, "max_every", &f->config.max_every) < 0 ||
        whole(r, j, "window", 1, WINDOW_MOST, &f->window) < 0 ||
        seconds(r, j, "max_age", 0, &f->fresh_for) < 0 || seconds(r, j, "ttl", 0, &f->ttl) < 0 ||
        read_items(r, j, f) < 0 || read_answers(r, j, f) < 0)
        return -1;
    if (f->config.min_every < SECOND) f->config.min_every = SECOND;
    if (f->config.max_every < f->config.min_every) f->config.max_every = f->config.min_every;
    return 0;
}

static int read_feeds(struct reading *r, struct trace *t) {
    const json_t *list = json_object_get(t->json, "feeds"), *j;
    struct map ids = {0};
    size_t i;
    int code = 0;
    if (!json_is_array(list)) return wrong(r, "feeds", "is to be a list");
    t->feeds = xcalloc(json_array_size(list) + 1, sizeof *t->feeds);
    json_array_foreach(list, i, j) {
        struct trace_feed *f = &t->feeds[t->n_feeds++];
        code = read_feed(r, t, j, i + 1, f);
        if (!code && map_get(&ids, text_of(f->id))) code = wrong(r, "id", "stands twice");
        if (code < 0) break;
        map_add(&ids, text_of(f->id), f);
    }
    map_clear(&ids);
    r->where[0] = '\0';
    return code;
}

static int read_top(struct reading *r, struct trace *t) {
    const json_t *version = json_object_get(t->json, "version");
    if (!json_is_object(t->json)) {
        r->why = xstrdup("a trace is one JSON object");
        return -1;
    }
    if (version && (!json_is_integer(version) || json_integer_value(version) != 1))
        return wrong(r, "version", "is to be 1");
    t->pace = 10 * MINUTE;
    t->host_spacing = SECOND;
    t->min_every = 5 * MINUTE;
    t->max_every = 4 * HOUR;
    t->warmup = t->end = TIME_NONE;
    if (seconds(r, t->json, "start", -FURTHEST, &t->start) < 0 ||
        seconds(r, t->json, "warmup", -FURTHEST, &t->warmup) < 0 ||
        seconds(r, t->json, "end", -FURTHEST, &t->end) < 0 || every(r, t->json, "pace", &t->pace) < 0 ||
        every(r, t->json, "every", &t->every) < 0 || every(r, t->json, "min_every", &t->min_every) < 0 ||
        every(r, t->json, "max_every", &t->max_every) < 0 ||
        every(r, t->json, "host_spacing", &t->host_spacing) < 0)
        return -1;
    if (t->pace < SECOND) return wrong(r, "pace", "is to be a second or more");
    return 0;
}

/* Without an end: long enough that the last item can be found. */
static int settle_times(struct reading *r, struct trace *t) {
    if (t->warmup == TIME_NONE) t->warmup = t->start;
    if (t->end == TIME_NONE) {
        t->end = t->start;
        for (size_t i = 0; i < t->n_feeds; i++) {
            const struct trace_feed *f = &t->feeds[i];
            int64_t last = (f->n_items ? f->items[f->n_items - 1] : t->start) + f->config.max_every;
            if (last > t->end) t->end = last;
        }
    }
    if (t->end < t->start) return wrong(r, "end", "is before \"start\"");
    if (t->end - t->start > LONGEST_DAYS * DAY)
        return wrong(r, "end", "is more than ten years after \"start\"");
    return 0;
}

int trace_read(const char *bytes, size_t len, struct trace *ret, char **ret_why) {
    json_error_t error;
    struct reading r = {{0}, NULL};
    struct trace t = {.json = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &error)};
    if (!t.json) {
        *ret_why = xasprintf("line %d, column %d: %s", error.line, error.column, error.text);
        return -1;
    }
    if (read_top(&r, &t) < 0 || read_feeds(&r, &t) < 0 || settle_times(&r, &t) < 0) {
        *ret_why = r.why;
        trace_clear(&t);
        return -1;
    }
    *ret = t;
    return 0;
}

void trace_clear(struct trace *t) {
    for (size_t i = 0; i < t->n_feeds; i++) {
        free(t->feeds[i].shown);
        free(t->feeds[i].items);
        free(t->feeds[i].answers);
    }
    free(t->feeds);
    json_decref(t->json);
    *t = (struct trace){0};
}

#include "pipeline/stories.h"

#include "base/mem.h"
#include "base/time.h"

#include <string.h>

#define REMINDED_AFTER DAY /* a mute that is older is named in status */

static json_t *refused(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
static json_t *refused(int status, const char *format, ...) {
    va_list args;
    struct buf why;
    buf_init(&why, 2000);
    va_start(args, format);
    buf_addv(&why, format, args);
    va_end(args);
    json_t *j = json_pack("{s:i, s:s}", "status", status, "error", buf_str(&why));
    buf_clear(&why);
    return j;
}

/* "alert:fire", "feed:gazette", "story:12"; a bare name is an alert. */
static enum mute_what what_of(const char **name) {
    for (int i = 0; i <= MUTE_STORY; i++) {
        size_t n = strlen(mute_what_names[i]);
        if (strncmp(*name, mute_what_names[i], n) != 0 || (*name)[n] != ':') continue;
        *name += n + 1;
        return (enum mute_what)i;
    }
    return MUTE_ALERT;
}

static json_t *no_such(struct pipeline *p, enum mute_what what, const char *name) {
    const struct config *c = p->setup->config;
    if (what == MUTE_ALERT && !config_alert(c, name)) return refused(404, "no alert is named \"%s\"", name);
    if (what == MUTE_FEED && !config_feed(c, name)) return refused(404, "no feed is named \"%s\"", name);
    if (what == MUTE_STORY && !store_has_story(p->store, strtoll(name, NULL, 10)))
        return refused(404, "there is no story %s; newsalertctl alerts has their numbers", name);
    return NULL;
}

static int64_t held_of(struct pipeline *p, int64_t id) {
    return store_mute_held(p->store, id);
}

static json_t *muted(struct pipeline *p, struct mute_record *m) {
    struct stories *s = p->stories;
    char until[TIME_TEXT];
    pipeline_stories_tick(p);
    if (s->rebuild) return refused(503, "the state cannot be read");
    m->id = store_mute_add(p->store, m);
    const struct decide_mute one = {
        .id = m->id,
        .what = m->what,
        .alert = m->what == MUTE_ALERT
                     ? (size_t)(config_alert(p->setup->config, m->name) - p->setup->config->alerts)
                     : SIZE_MAX,
        .number = m->what == MUTE_STORY ? strtoull(m->name, NULL, 10) : decide_feed(m->name),
        .since = m->since,
        .until = m->until,
        .drop = m->drop};
    decide_mute(s->decide, &one);
    json_t *j = json_pack("{s:i, s:I}", "status", 200, "id", (json_int_t)m->id);
    if (m->until != INT64_MAX) json_object_set_new(j, "until", json_string(time_rfc3339(m->until, until)));
    return j;
}

/* key: of a message, whose alert is muted (a pop-up's button). */
json_t *pipeline_mute(struct pipeline *p, const json_t *args) {
    const char *name = json_string_value(json_object_get(args, "name")),
               *key = json_string_value(json_object_get(args, "key"));
    AUTOFREE char *alert = key ? store_row_alert(p->store, key) : NULL;
    if (key && !alert) return refused(404, "there is no such message");
    if (key) name = alert;
    if (!name || !*name) return refused(400, "say what: an alert, feed:NAME or story:N");
    int64_t now = pipeline_stories_now(p), length = json_integer_value(json_object_get(args, "for"));
    bool forever = json_is_true(json_object_get(args, "forever"));
    if (!forever && length <= 0)
        return refused(400, "a mute needs an end: say how long, such as 2h, or --forever");
    struct mute_record m = {.what = key ? MUTE_ALERT : what_of(&name),
                            .why = json_string_value(json_object_get(args, "why")),
                            .since = now,
                            .until = forever || length > INT64_MAX / 2 ? INT64_MAX : now + length,
                            .drop = json_is_true(json_object_get(args, "drop"))};
    m.name = name;
    json_t *wrong = no_such(p, m.what, m.name);
    return wrong ? wrong : muted(p, &m);
}

json_t *pipeline_unmute(struct pipeline *p, const json_t *args) {
    struct stories *s = p->stories;
    int64_t id = json_integer_value(json_object_get(args, "id")), now = pipeline_stories_now(p);
    struct decide_out out = {0};
    pipeline_stories_tick(p);
    if (s->rebuild) return refused(503, "the state cannot be read");
    int64_t held = held_of(p, id);
    if (!store_mute_delete(p->store, id))
        return refused(404, "there is no mute %lld; see newsalertctl mutes", (long long)id);
    decide_unmute(s->decide, id, now, &out);
    pipeline_told(p, &out, TEXT_NONE, now);
    return json_pack("{s:i, s:I, s:I}", "status", 200, "id", (json_int_t)id, "held", (json_int_t)held);
}

struct listing {
    struct pipeline *p;
    json_t *rows;
    int64_t before; /* only what began before */
};

static void list_mute(void *ctx, const struct mute_record *m) {
    struct listing *l = ctx;
    if (m->since >= l->before) return;
    json_t *j = json_object();
    AUTOFREE char *what = xasprintf("%s:%s", mute_what_names[m->what], m->name);
    json_object_set_new(j, "id", json_integer(m->id));
    json_object_set_new(j, "what", json_string(what));
    json_set_text(j, "why", text_of(m->why));
    json_set_time(j, "since", m->since);
    if (m->until == INT64_MAX)
        json_object_set_new(j, "forever", json_true());
    else
        json_set_time(j, "until", m->until);
    json_object_set_new(j, "held", json_integer(held_of(l->p, m->id)));
    if (m->drop) json_object_set_new(j, "drop", json_true());
    json_array_append_new(l->rows, j);
}

json_t *pipeline_mutes(struct pipeline *p, bool old) {
    struct listing l = {p, json_array(), old ? time_wall() - REMINDED_AFTER : INT64_MAX};
    store_mutes_each(p->store, list_mute, &l);
    return l.rows;
}

/* newsalertctl match --stored: the queries over what the store keeps, so that a rule is tried on the past
 * before it is trusted. The database is read beside a running daemon. */
#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "ctl/ctl.h"
#include "ctl/memory.h"
#include "daemon.h"
#include "match/match.h"
#include "setup.h"
#include "store/store.h"

struct stored {
    struct setup *setup;
    struct matcher *matcher;
    const struct config_feed *only; /* --feed; NULL: all */
    struct ctl_memory memory;
    struct arena arena; /* of the item at hand */
    uint64_t *printed;  /* of each alert: the item it was last printed for */
    uint64_t item;
    size_t broken;
};

static void match_as(struct stored *s, const struct item *item, const struct config_feed *feed) {
    const struct match_input in = {item, feed ? text_of(feed->name) : TEXT_NONE, feed,
                                   feed ? text_of(feed->language) : TEXT_NONE};
    const struct matches *found = ctl_memory_run(&s->memory, s->matcher, &in);
    for (size_t i = 0; i < found->n; i++) {
        uint32_t alert = found->list[i].alert;
        if (s->printed[alert] == s->item) continue;
        s->printed[alert] = s->item;
        ctl_print_json(match_json(&found->list[i], &s->setup->config->alerts[alert], item));
    }
}

/* Sections with one location are one feed, whose items belong to each of them. A location that is configured
 * no more has no name and no tags. */
static void take_item(void *ctx, const char *location, struct text json) {
    struct stored *s = ctx;
    const struct config *c = s->setup->config;
    json_t *j = json_loadb(json.ptr, json.len, 0, NULL);
    struct item item;
    bool known = false;
    arena_clear(&s->arena);
    if (item_from_json(j, &s->arena, &item) < 0) {
        s->broken++;
        json_decref(j);
        return;
    }
    s->item++;
    for (size_t i = 0; i < c->n_feeds; i++) {
        const struct config_feed *f = &c->feeds[i];
        if (!f->enabled || strcmp(f->location, location)) continue;
        known = true;
        if (!s->only || s->only == f) match_as(s, &item, f);
    }
    if (!known && !s->only) match_as(s, &item, NULL);
    json_decref(j);
}

static int read_all(struct stored *s, struct store *store, int64_t since) {
    for (int64_t after = 0;;) {
        if (store_items_page(store, since, after, take_item, s, &after) < 0)
            return ctl_fail("%s", store_error(store));
        if (!after) break;
    }
    if (s->broken) return ctl_fail("%zu stored items could not be read and were left out", s->broken);
    return EXIT_DONE;
}

int ctl_match_stored(const struct ctl_args *a, struct setup *setup) {
    int64_t back;
    if (a->argc) return ctl_usage("match takes FEEDFILEs or --stored, not both");
    if (duration_parse(text_of(a->stored), &back) < 0 || back < 0)
        return ctl_usage("--stored takes how far back: a duration such as 7d, not \"%s\"", a->stored);
    AUTOFREE char *dir = a->state_dir ? xstrdup(a->state_dir) : config_state_dir(setup->config);
    AUTOFREE char *why = NULL;
    struct store *store;
    if (store_open_reading(dir, &store, &why) < 0) return ctl_fail("%s", why);
    struct stored s = {.setup = setup,
                       .matcher = matcher_new(setup->rules),
                       .only = a->feed ? config_feed(setup->config, a->feed) : NULL,
                       .printed = xcalloc(setup->config->n_alerts + 1, sizeof(uint64_t))};
    arena_init(&s.arena, LIMIT_DOCUMENT_ARENA);
    int code = read_all(&s, store, time_wall() - back);
    store_close(store);
    matcher_free(s.matcher);
    ctl_memory_clear(&s.memory);
    arena_clear(&s.arena);
    free(s.printed);
    return code;
}

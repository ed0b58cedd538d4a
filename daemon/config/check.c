#include "config/check.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "config/value.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What all checks share. Names are looked for by maps; the lists are only for "did you mean". */
struct check {
    struct build *b;
    const struct config *c;
    struct map tags; /* in small letters */
    const char **feed_names, **notify_names, **tag_names;
    size_t n_tags;
    unsigned guesses;      /* left: each looks at all names, and the fiftieth helps nobody */
    struct week last_week; /* of last_quiet; alerts often share one */
    const char *last_quiet;
    bool said_every; /* of the top: once for all feeds */
};

#define GUESSES 50u

static const char *nearest(struct check *k, const char *wrong, const char *const *names, size_t n) {
    if (!k->guesses) return NULL;
    k->guesses--;
    return problem_nearest(wrong, names, n);
}

static char *small(struct build *b, const char *tag) {
    char *s = build_text(b, text_of(tag));
    for (char *c = s; *c; c++) *c = (char)tolower((unsigned char)*c);
    return s;
}

static void check_init(struct check *k, struct build *b) {
    const struct config *c = &b->whole->c;
    *k = (struct check){.b = b, .c = c, .guesses = GUESSES};
    k->feed_names = xcalloc(c->n_feeds, sizeof *k->feed_names);
    k->notify_names = xcalloc(c->n_notifiers, sizeof *k->notify_names);
    for (size_t i = 0; i < c->n_notifiers; i++) k->notify_names[i] = c->notifiers[i].name;
    for (size_t i = 0; i < c->n_feeds; i++) {
        const struct strings *tags = &c->feeds[i].tags;
        k->feed_names[i] = c->feeds[i].name;
        for (size_t t = 0; t < tags->n; t++) {
            char *tag = small(b, tags->list[t]);
            map_add(&k->tags, text_of(tag), tag);
        }
    }
    k->tag_names = xcalloc(k->tags.n, sizeof *k->tag_names);
    struct map_entry *e;
    for (size_t i = 0; (e = map_next(&k->tags, &i));) k->tag_names[k->n_tags++] = e->value;
}

static void check_clear(struct check *k) {
    free(k->feed_names);
    free(k->notify_names);
    free(k->tag_names);
    map_clear(&k->tags);
}

static void no_such(struct check *k, const struct raw_section *s, const struct raw_key *key, const char *what,
                    const char *name, const char *near) {
    build_problem(k->b, SEVERITY_ERROR, s, key,
                  near ? "there is no %s \"%s\"; did you mean \"%s\"?" : "there is no %s \"%s\"", what, name,
                  near);
}

/* The key in which a list's piece was written: a list may be repeated. */
static const struct raw_key *key_with(const struct build *b, const struct raw_section *s, const char *name,
                                      const char *piece) {
    const struct raw_key *k = s ? b->raw->keys.list + s->first : b->raw->top.list;
    for (const struct raw_key *end = k + (s ? s->n : b->raw->top.n); k < end; k++)
        if (k->row && !strcmp(k->row->name, name) && memmem(k->value.ptr, k->value.len, piece, strlen(piece)))
            return k;
    return build_key(b, s, name);
}

/* ---- the top ---- */

static void check_order(struct build *b, const struct raw_section *s, const char *low, int64_t low_ms,
                        const char *high, int64_t high_ms) {
    char from[TIME_TEXT], to[TIME_TEXT];
    const struct raw_key *key = build_key(b, s, low);
    if (!key) key = build_key(b, s, high);
    if (key && low_ms > high_ms)
        build_problem(b, SEVERITY_ERROR, s, key, "%s %s is longer than %s %s", low,
                      duration_format(low_ms, from), high, duration_format(high_ms, to));
}

static void check_notices(struct check *k) {
    for (size_t i = 0; i < k->c->notices.n; i++) {
        const char *name = k->c->notices.list[i];
        if (!strcasecmp(name, "log") || !strcasecmp(name, "status")) continue;
        const struct raw_key *key = key_with(k->b, NULL, "notices", name);
        if (!config_notify(k->c, name))
            no_such(k, NULL, key, "notifier", name, nearest(k, name, k->notify_names, k->c->n_notifiers));
    }
}

static void check_top(struct check *k) {
    const struct config *c = k->c;
    const char *file = k->b->raw->files[0]->name;
    size_t enabled = 0;
    for (size_t i = 0; i < c->n_notifiers; i++) enabled += c->notifiers[i].enabled;
    if (!c->contact && !build_key(k->b, NULL, "contact"))
        problem_warning(
            k->b->problems, file, 0,
            "contact is missing: a URL or mail address of yours, for publishers who want to write to you");
    if (!enabled)
        problem_warning(k->b->problems, file, 0,
                        "no notifier at all: alerts are recorded, and nobody is told");
    if (c->n_alerts > LIMIT_ALERTS)
        problem_error(k->b->problems, file, 0, "%zu alerts; at most %u can be kept apart", c->n_alerts,
                      LIMIT_ALERTS);
    check_order(k->b, NULL, "min_every", c->min_every, "max_every", c->max_every);
    check_notices(k);
}

/* ---- feeds ---- */

static bool has_authorization(const struct strings *headers) {
    for (size_t i = 0; i < headers->n; i++)
        if (!strncasecmp(headers->list[i], "authorization:", 14)) return true;
    return false;
}

static void check_address_of_feed(struct check *k, const struct raw_section *s, const struct config_feed *f) {
    struct build *b = k->b;
    bool user;
    struct text url = text_of(f->location), host = value_host(url, &user);
    const struct raw_key *at = build_key(b, s, "url"), *every = build_key(b, s, "every");
    bool secret = user || f->password || f->token || has_authorization(&f->headers);
    if (!host.ptr) return;
    if (secret && !strncasecmp(f->location, "http:", 5) && !host_is_loopback(host))
        build_problem(b, SEVERITY_WARNING, s, at,
                      "a password or token goes over plain http, where anybody can read it");
    if (host_is_private(host) && !f->allow_private && !f->proxy)
        build_problem(b, SEVERITY_WARNING, s, at,
                      "%.*s is at home here; allow_private = yes lets the feed reach it", TEXT_ARGS(host));
    if (every && f->every > 0 && f->every < MINUTE && !host_is_private(host))
        build_problem(b, SEVERITY_WARNING, s, every,
                      "more often than once a minute is hard on a public host");
    else if (!every && f->every > 0 && f->every < MINUTE && !host_is_private(host) && !k->said_every) {
        k->said_every = true;
        build_problem(b, SEVERITY_WARNING, NULL, build_key(b, NULL, "every"),
                      "more often than once a minute is hard on public hosts (feed \"%s\")", f->name);
    }
}

/* A program that is not there is named, and may come later. */
void check_program(struct build *b, const struct raw_section *s, const char *command) {
    AUTOFREE char **words = value_command(text_of(command));
    const char *name = words[0] ? words[0] : "";
    if (!value_is_program(name))
        build_problem(b, SEVERITY_WARNING, s, build_key(b, s, "command"),
                      strchr(name, '/') ? "there is no program %s" : "there is no program %s in PATH", name);
}

static void check_feed(struct check *k, const struct raw_section *s, struct config_feed *f) {
    struct build *b = k->b;
    if (build_key(b, s, "min_every") || build_key(b, s, "max_every"))
        check_order(b, s, "min_every", f->min_every, "max_every", f->max_every);
    if (f->password && f->token)
        build_problem(b, SEVERITY_ERROR, s, build_key(b, s, "token"),
                      "password and token exclude each other");
    if (f->source == SOURCE_COMMAND && f->location) check_program(b, s, f->location);
    if (f->source == SOURCE_URL) {
        if (f->location) check_address_of_feed(k, s, f);
        build_file_check(b, s, "ca_file", f->ca_file);
        return;
    }
    const struct raw_key *key = b->raw->keys.list + s->first;
    for (const struct raw_key *end = key + s->n; key < end; key++)
        if (key->row && (key->row->flags & KEY_URL_ONLY))
            build_problem(b, SEVERITY_WARNING, s, key, "means nothing for a feed without url, ignored");
}

/* What a list says for all its feeds. */
static void check_opml(struct check *k, const struct raw_section *s, const struct opml_section *l) {
    const struct config_feed *f = &l->defaults;
    struct build *b = k->b;
    if (build_key(b, s, "min_every") || build_key(b, s, "max_every"))
        check_order(b, s, "min_every", f->min_every, "max_every", f->max_every);
    if (f->password && f->token)
        build_problem(b, SEVERITY_ERROR, s, build_key(b, s, "token"),
                      "password and token exclude each other");
    if (f->password || f->token || has_authorization(&f->headers))
        build_problem(b, SEVERITY_WARNING, s, NULL,
                      "its password or token is sent to every host of the list");
    build_file_check(b, s, "ca_file", f->ca_file);
    const struct raw_key *every = build_key(b, s, "every");
    if (every && f->every > 0 && f->every < MINUTE)
        build_problem(b, SEVERITY_WARNING, s, every, "more often than once a minute is hard on public hosts");
}

/* ---- alerts ---- */

static void check_alert_feeds(struct check *k, const struct raw_section *s, const struct config_alert *a) {
    for (size_t i = 0; i < a->feeds.n; i++) {
        const char *name = a->feeds.list[i];
        if (!strncmp(name, "tag:", 4)) {
            AUTOFREE char *tag = xstrdup(name + 4);
            for (char *c = tag; *c; c++) *c = (char)tolower((unsigned char)*c);
            if (!map_get(&k->tags, text_of(tag)) && !k->b->list_missing)
                no_such(k, s, key_with(k->b, s, "feeds", name), "feed with tag", name + 4,
                        nearest(k, tag, k->tag_names, k->n_tags));
        } else if (!map_get(&k->b->whole->feeds, text_of(name)) &&
                   !(k->b->list_missing && strchr(name, '/'))) {
            no_such(k, s, key_with(k->b, s, "feeds", name), "feed", name,
                    nearest(k, name, k->feed_names, k->c->n_feeds));
        }
    }
}

static void check_alert_notify(struct check *k, const struct raw_section *s, const struct config_alert *a) {
    for (size_t i = 0; i < a->notify.n; i++) {
        const char *name = a->notify.list[i];
        const struct config_notify *n = map_get(&k->b->whole->notifiers, text_of(name));
        if (!strcasecmp(name, "none"))
            build_problem(k->b, SEVERITY_ERROR, s, key_with(k->b, s, "notify", name),
                          "none: an alert that tells nobody is written enabled = no");
        else if (!n)
            no_such(k, s, key_with(k->b, s, "notify", name), "notifier", name,
                    nearest(k, name, k->notify_names, k->c->n_notifiers));
    }
}

/* `all`, alone, is the empty list. */
static void check_all_word(struct build *b, const struct raw_section *s, const char *name,
                           struct strings *l) {
    for (size_t i = 0; i < l->n; i++) {
        if (strcasecmp(l->list[i], "all") != 0) continue;
        if (l->n > 1)
            build_problem(b, SEVERITY_ERROR, s, key_with(b, s, name, l->list[i]), "all stands alone");
        l->n = 0;
    }
}

/* Quiet hours that never end: a list that covers a day, or an alert's and its notifier's together. Spans in
 * two zones are not compared. NEEDSWORK: how far apart are two zones? base/zone.h cannot say yet. */
static void check_alert_quiet(struct check *k, const struct raw_section *s, const struct config_alert *a) {
    const struct raw_key *key = build_key(k->b, s, "quiet");
    if (!k->last_quiet || strcmp(k->last_quiet, a->quiet) != 0) {
        if (value_quiet(text_of(a->quiet), &k->last_week)) return;
        k->last_quiet = a->quiet;
    }
    if (week_covers_day(&k->last_week)) {
        build_problem(k->b, SEVERITY_WARNING, s, key, "these spans cover a whole day");
        return;
    }
    for (size_t i = 0; i < k->c->n_notifiers; i++) {
        const struct config_notify *n = &k->c->notifiers[i];
        struct week w;
        bool to_it = !a->notify.n;
        for (size_t j = 0; j < a->notify.n && !to_it; j++) to_it = !strcmp(a->notify.list[j], n->name);
        bool same_zone = !n->timezone || !a->timezone || !strcmp(n->timezone, a->timezone);
        if (!n->quiet || !to_it || !same_zone || value_quiet(text_of(n->quiet), &w)) continue;
        for (size_t j = 0; j < sizeof w.bits / sizeof *w.bits; j++) w.bits[j] |= k->last_week.bits[j];
        if (week_covers_day(&w))
            build_problem(k->b, SEVERITY_WARNING, s, key,
                          "together with quiet of notifier \"%s\" it covers a whole day", n->name);
    }
}

static void check_alert(struct check *k, const struct raw_section *s, struct config_alert *a) {
    char window[TIME_TEXT], most[TIME_TEXT];
    check_all_word(k->b, s, "feeds", &a->feeds);
    check_all_word(k->b, s, "notify", &a->notify);
    check_alert_feeds(k, s, a);
    check_alert_notify(k, s, a);
    if (a->digest && a->level == LEVEL_FLASH)
        build_problem(k->b, SEVERITY_ERROR, s, build_key(k->b, s, "digest"),
                      "a flash alert cannot wait for a digest; lower its level, or leave digest out");
    if (a->quiet) check_alert_quiet(k, s, a);
    if (a->window <= k->c->story_window) return;
    const struct raw_key *key = build_key(k->b, s, "window");
    if (key)
        build_problem(k->b, SEVERITY_ERROR, s, key, "%s is longer than story_window %s",
                      duration_format(a->window, window), duration_format(k->c->story_window, most));
    else
        a->window = k->c->story_window;
}

void check_all(struct build *b) {
    struct check k;
    check_init(&k, b);
    check_top(&k);
    for (size_t i = 0; i < b->raw->n_sections; i++) {
        struct raw_section *s = &b->raw->sections[i];
        int kind = s->built ? key_section_of(s->kind) : -1;
        if (kind == SECTION_FEED) check_feed(&k, s, s->built);
        if (kind == SECTION_OPML) check_opml(&k, s, s->built);
        if (kind == SECTION_ALERT) check_alert(&k, s, s->built);
        if (kind == SECTION_NOTIFY) check_notify(b, s, s->built);
    }
    check_clear(&k);
}

#include "config/config.h"

#include "base/mem.h"
#include "config/build.h"
#include "config/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define CONFIG_ARENA (SIZE_MAX / 2) /* the files have their own cap, and texts grow little beyond them */

/* The names of files outlive the raw list: places point to them. */
static void take_names(struct config *c, struct raw *raw) {
    c->n_files = raw->n_files;
    c->files = xcalloc(raw->n_files, sizeof *c->files);
    for (size_t i = 0; i < raw->n_files; i++) c->files[i] = steal(&raw->files[i]->name);
}

struct config *config_read(const char *file, enum config_use use, struct problems *problems) {
    struct problems ignored = PROBLEMS_INIT;
    struct raw raw;
    struct build b;
    raw_init(&raw);
    if (raw_read(&raw, file, use == CONFIG_STATE ? &ignored : problems) < 0) {
        for (size_t i = 0; i < ignored.n; i++)
            problem_error(problems, ignored.list[i].file, 0, "%s", ignored.list[i].what);
        problems_clear(&ignored);
        raw_clear(&raw);
        return NULL;
    }
    struct config_whole *w = xcalloc(1, sizeof *w);
    arena_init(&w->arena, CONFIG_ARENA);
    w->c.file = xstrdup(file);
    build_init(&b, w, &raw, use, problems);
    if (use == CONFIG_STATE)
        build_state(&b);
    else
        build_all(&b);
    build_clear(&b);
    take_names(&w->c, &raw);
    raw_clear(&raw);
    problems_clear(&ignored);
    return &w->c;
}

void config_whole_clear(struct config_whole *w) {
    struct config *c = &w->c;
    for (size_t i = 0; i < c->n_notifiers; i++) free(c->notifiers[i].options.list);
    for (size_t i = 0; i < c->n_plugins; i++) free(c->plugins[i].options.list);
    for (size_t i = 0; i < c->n_files; i++) free(c->files[i]);
    free(c->files);
    free(c->file);
    free(c->feeds);
    free(c->alerts);
    free(c->notifiers);
    free(c->plugins);
    map_clear(&w->feeds);
    map_clear(&w->alerts);
    map_clear(&w->notifiers);
    arena_clear(&w->arena);
}

struct config *config_free(struct config *c) {
    if (!c) return NULL;
    struct config_whole *w = (struct config_whole *)c;
    config_whole_clear(w);
    free(w);
    return NULL;
}

/* $NAME if it is an absolute path, as the XDG base directory specification wants it. */
static const char *absolute_env(const char *name) {
    const char *value = getenv(name);
    return value && *value == '/' ? value : NULL;
}

char *config_own_file(void) {
    const char *given = getenv("NEWSALERTD_CONF"), *xdg = absolute_env("XDG_CONFIG_HOME"),
               *home = getenv("HOME");
    if (given && *given) return xstrdup(given);
    return xdg    ? xasprintf("%s/newsalertd/newsalertd.conf", xdg)
           : home ? xasprintf("%s/.config/newsalertd/newsalertd.conf", home)
                  : NULL;
}

char *config_default_file(void) {
    const char *given = getenv("NEWSALERTD_CONF");
    AUTOFREE char *own = config_own_file();
    if (given && *given) return steal(&own);
    char *system = xstrdup(NEWSALERT_SYSCONFDIR "/newsalertd/newsalertd.conf");
    if (own && (access(own, F_OK) == 0 || access(system, F_OK) < 0)) {
        free(system);
        return steal(&own);
    }
    return system;
}

char *config_state_dir(const struct config *config) {
    const char *home = getenv("HOME"), *given = absolute_env("STATE_DIRECTORY"),
               *xdg = absolute_env("XDG_STATE_HOME");
    if (config && config->state) return xstrdup(config->state);
    if (given) return xstrndup(given, strcspn(given, ":")); /* systemd lists several, parted by colons */
    if (xdg) return xasprintf("%s/newsalertd", xdg);
    return xasprintf("%s/.local/state/newsalertd", home && *home ? home : "");
}

const struct config_feed *config_feed(const struct config *c, const char *name) {
    return map_get(&((const struct config_whole *)c)->feeds, text_of(name));
}
const struct config_alert *config_alert(const struct config *c, const char *name) {
    return map_get(&((const struct config_whole *)c)->alerts, text_of(name));
}
const struct config_notify *config_notify(const struct config *c, const char *name) {
    return map_get(&((const struct config_whole *)c)->notifiers, text_of(name));
}

bool config_alert_wants_feed(const struct config_alert *a, const struct config_feed *f) {
    if (!a->feeds.n) return true;
    for (size_t i = 0; i < a->feeds.n; i++) {
        const char *name = a->feeds.list[i];
        if (!strcmp(name, f->name)) return true;
        if (strncmp(name, "tag:", 4) != 0) continue;
        for (size_t t = 0; t < f->tags.n; t++)
            if (!strcasecmp(name + 4, f->tags.list[t])) return true;
    }
    return false;
}

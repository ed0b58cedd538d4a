#include "setup.h"

#include "base/mem.h"
#include "deliver/render/template.h"

#include <string.h>

/* The bodies of format = custom: what they come to is known to rendering only. */
static void check_bodies(const struct config *config, struct problems *problems) {
    char why[TEMPLATE_WHY];
    for (size_t i = 0; i < config->n_notifiers; i++) {
        const struct config_notify *n = &config->notifiers[i];
        if (n->kind != NOTIFY_WEBHOOK || !n->body || !n->format || strcmp(n->format, "custom") != 0) continue;
        if (template_check(text_of(n->body), n->content_type, why) < 0)
            problem_error(problems, n->body_at.file, n->body_at.line, "notify \"%s\": body: %s", n->name,
                          why);
    }
}

struct setup *setup_build(const char *file, enum config_use use, struct problems *problems) {
    struct setup *s = xcalloc(1, sizeof *s);
    s->references = 1;
    s->config = config_read(file, use, problems);
    if (s->config) {
        /* Plugins and queries are checked even when the files have errors: all problems in one run. */
        s->plugins = plugins_load(s->config, problems);
        s->rules = rules_compile(s->config, s->plugins, problems);
        check_bodies(s->config, problems);
    }
    problems_sort(problems);
    return problems->errors ? setup_unref(s) : s;
}

struct setup *setup_ref(struct setup *s) {
    s->references++;
    return s;
}

struct setup *setup_unref(struct setup *s) {
    if (!s || --s->references) return NULL;
    if (s->rules) rules_free(s->rules);
    if (s->plugins) plugins_free(s->plugins);
    config_free(s->config);
    free(s);
    return NULL;
}

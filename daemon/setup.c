#include "setup.h"

#include "base/mem.h"

struct setup *setup_build(const char *file, enum config_use use, struct problems *problems) {
    struct setup *s = xcalloc(1, sizeof *s);
    s->references = 1;
    s->config = config_read(file, use, problems);
    if (s->config) {
        /* Plugins and queries are checked even when the files have errors: all problems in one run. */
        s->plugins = plugins_load(s->config, problems);
        s->rules = rules_compile(s->config, s->plugins, problems);
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

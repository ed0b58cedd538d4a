#include "plugin/plugin.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "plugin/instance.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct plugins {
    struct plugin **list;
    size_t n, cap;
    const char **prefixes;
    size_t n_prefixes, cap_prefixes;
};

/* A plugin by its file's name: loaded, or why not. Names are known before anything is loaded, so that a
 * section of one that is switched off, or broken, is not called unknown as well. */
enum known_state { KNOWN_LOADED, KNOWN_OFF, KNOWN_UNASKED, KNOWN_BROKEN };
struct known {
    char *name;
    enum known_state state;
    const struct module *module; /* NULL: not loaded */
    struct plugin *plugin;       /* NULL: not opened */
};

struct load {
    const struct config *config; /* NULL: none */
    const char *builtin, *data;
    struct trust trust;
    struct problems *problems;
    struct plugins *plugins;
    bool describe; /* load all, open nothing */
    struct known *known;
    size_t n_known, cap_known;
    struct module_folder **folders; /* to tell one that is named twice */
    size_t n_folders, cap_folders;
};

/* Evaluated in match/, or field masks: no plugin may take them. */
static const char *const reserved_prefixes[] = {"title",    "summary", "content", "author",
                                                "category", "feed",    "tag",     "url"};
/* Loaded only where a notifier's kind asks: its libraries (GLib) stay out of a server without a desktop. */
static const char *const on_demand[] = {"desktop"};
static const char *const builtin_kinds[] = {"email", "webhook", "command", "terminal"};

#define N(array) (sizeof(array) / sizeof *(array))

static bool is_one_of(const char *name, const char *const *list, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!strcmp(name, list[i])) return true;
    return false;
}

/* ---- folders ------------------------------------------------------------------------------------------- */

static char builtin_folder[4096];

static void find_builtin_folder(void) {
    char exe[3800];
    struct stat st;
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (n > 0) {
        exe[n] = '\0';
        char *slash = strrchr(exe, '/');
        if (slash) *slash = '\0';
        snprintf(builtin_folder, sizeof builtin_folder, "%s/plugins", exe);
        if (!stat(builtin_folder, &st) && S_ISDIR(st.st_mode)) return;
    }
    snprintf(builtin_folder, sizeof builtin_folder, "%s", NEWSALERT_PLUGINDIR);
}

const char *plugins_builtin_folder(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_builtin_folder);
    return builtin_folder;
}

/* ---- what the configuration says of a name ------------------------------------------------------------- */

static const struct config_plugin *section_of(const struct load *l, const char *name) {
    for (size_t i = 0; l->config && i < l->config->n_plugins; i++)
        if (!strcmp(l->config->plugins[i].name, name)) return &l->config->plugins[i];
    return NULL;
}

static bool is_notifier_of(const struct config_notify *n, const char *name) {
    return n->kind == NOTIFY_PLUGIN && n->kind_name && !strcmp(n->kind_name, name);
}

static bool is_asked_for(const struct load *l, const char *name) {
    for (size_t i = 0; l->config && i < l->config->n_notifiers; i++)
        if (l->config->notifiers[i].enabled && is_notifier_of(&l->config->notifiers[i], name)) return true;
    return false;
}

static struct known *known_by_name(const struct load *l, const char *name) {
    for (size_t i = 0; i < l->n_known; i++)
        if (!strcmp(l->known[i].name, name)) return &l->known[i];
    return NULL;
}

/* The known name that is nearest, or NULL; only notifiers' where `notifiers`. */
static const char *known_nearest(const struct load *l, const char *wrong, bool notifiers) {
    AUTOFREE const char **names = xcalloc(l->n_known + N(builtin_kinds), sizeof *names);
    size_t n = 0;
    for (size_t i = 0; i < l->n_known; i++)
        if (!notifiers || !l->known[i].module || l->known[i].module->description->notifier)
            names[n++] = l->known[i].name;
    for (size_t i = 0; notifiers && i < N(builtin_kinds); i++) names[n++] = builtin_kinds[i];
    return problem_nearest(wrong, names, n);
}

/* ---- one plugin ---------------------------------------------------------------------------------------- */

/* Prefixes that are the daemon's, or that another plugin has, and a name that is a built-in kind's. 0 or -1.
 */
static int check_claims(struct load *l, const struct module *m) {
    const struct na_plugin *d = m->description;
    size_t before = l->problems->errors;
    if (d->notifier && is_one_of(d->name, builtin_kinds, N(builtin_kinds)))
        problem_error(
            l->problems, m->file, 0,
            "is a notifier with the name of a built-in kind of [notify]. Rename it, or take it out");
    for (size_t i = 0; d->matcher && d->matcher->prefixes[i]; i++) {
        const char *prefix = d->matcher->prefixes[i];
        if (is_one_of(prefix, reserved_prefixes, N(reserved_prefixes)))
            problem_error(l->problems, m->file, 0,
                          "claims the prefix %s:, which is newsalertd's own. Take this plugin out", prefix);
        struct plugin *other = plugins_by_prefix(l->plugins, text_of(prefix));
        if (other)
            problem_error(
                l->problems, m->file, 0,
                "claims the prefix \"%s:\", which %s has already. Take one of them out, or say enabled = no "
                "in [plugin %s]",
                prefix, other->module->file, d->name);
    }
    return l->problems->errors == before ? 0 : -1;
}

static void add_plugin(struct load *l, struct plugin *p) {
    struct plugins *all = l->plugins;
    const struct na_matcher *m = p->description->matcher;
    GROW(all->list, all->n, all->cap);
    all->list[all->n++] = p;
    for (size_t i = 0; m && m->prefixes[i]; i++) {
        GROW(all->prefixes, all->n_prefixes, all->cap_prefixes);
        all->prefixes[all->n_prefixes++] = m->prefixes[i];
    }
}

/* Checks what the configuration says to it, and opens it if there is something to do. */
static void add_module(struct load *l, struct known *k, bool builtin) {
    const struct na_plugin *d = k->module->description;
    const struct config_plugin *section = section_of(l, k->name);
    AUTOFREE char *name = xasprintf("[plugin %s]", k->name);
    struct option_section where = {.name = name, .is_there = section != NULL};
    if (section) where.at = section->at;
    if (!section && l->config) where.at.file = l->config->file;
    struct option_set options = {0};
    k->state = KNOWN_BROKEN;
    if (check_claims(l, k->module)) return;
    /* Without a configuration nobody can have set what must be set: such a plugin is left out. */
    struct problems unasked = PROBLEMS_INIT;
    int bad = l->describe ? 0
                          : options_read(d->options, d->option_stride, section ? &section->options : NULL,
                                         &where, l->config ? l->problems : &unasked, &options);
    problems_clear(&unasked);
    if (bad) {
        if (!l->config)
            problem_warning(l->problems, k->module->file, 0,
                            "is left out: it has options that only a configuration can set (-c FILE)");
        return;
    }
    k->state = KNOWN_LOADED;
    if (!l->describe && !d->matcher && !is_asked_for(l, k->name)) {
        option_set_clear(&options);
        return;
    }
    struct plugin *p = instance_new(k->module, builtin, &l->trust, l->data, &options);
    if (!l->describe && instance_open(p)) {
        problem_error(
            l->problems, k->module->file, 0,
            "did not open (its own log line says why). Mend that, or say enabled = no in [plugin %s]",
            k->name);
        k->state = KNOWN_BROKEN;
        instance_free(p);
        return;
    }
    k->plugin = p;
    add_plugin(l, p);
}

static bool is_wanted(const struct load *l, const char *name, enum known_state *ret_else) {
    const struct config_plugin *section = section_of(l, name);
    *ret_else = section && !section->enabled ? KNOWN_OFF : KNOWN_UNASKED;
    if (*ret_else == KNOWN_OFF) return false;
    return l->describe || section || is_asked_for(l, name) || !is_one_of(name, on_demand, N(on_demand));
}

static void add_file(struct load *l, struct module_folder *f, const char *path, const char *name,
                     bool builtin) {
    struct known *k = known_by_name(l, name);
    if (k) {
        problem_error(l->problems, path, 0,
                      "%s.so is in another folder of plugins, too. A name is one plugin's: take one out",
                      name);
        return;
    }
    if (l->n_known == LIMIT_PLUGINS) {
        problem_error(l->problems, path, 0, "there are more than %u plugins; %s.so is not loaded",
                      LIMIT_PLUGINS, name);
        return;
    }
    GROW(l->known, l->n_known, l->cap_known);
    k = &l->known[l->n_known++];
    *k = (struct known){.name = xstrdup(name)};
    if (!is_wanted(l, name, &k->state)) return;
    k->module = module_open(f, name, builtin, &l->trust, l->problems);
    if (k->module)
        add_module(l, k, builtin);
    else
        k->state = KNOWN_BROKEN;
}

static void add_folder(struct load *l, const char *path, bool builtin) {
    struct module_folder *f = module_folder_open(path, builtin, &l->trust, l->problems);
    if (!f) return;
    for (size_t i = 0; i < l->n_folders; i++)
        if (l->folders[i] == f) return;
    GROW(l->folders, l->n_folders, l->cap_folders);
    l->folders[l->n_folders++] = f;
    size_t n;
    char **names = module_folder_list(f, l->problems, &n);
    for (size_t i = 0; i < n; i++) add_file(l, f, path, names[i], builtin);
    module_names_free(names, n);
}

/* ---- sections that name plugins ------------------------------------------------------------------------ */

static void check_section(struct load *l, const struct config_plugin *section) {
    if (known_by_name(l, section->name)) return;
    const char *near = known_nearest(l, section->name, false);
    problem_error(l->problems, section->at.file, section->at.line,
                  "[plugin %s]: there is no such plugin in the plugin folders%s%s%s", section->name,
                  near ? "; did you mean " : ". Install it, or take the section out", near ? near : "",
                  near ? "?" : "");
}

static void unknown_kind(struct load *l, const struct config_notify *n) {
    struct buf all;
    buf_init(&all, 4096);
    for (size_t i = 0; i < N(builtin_kinds); i++) buf_addf(&all, "%s%s", i ? ", " : "", builtin_kinds[i]);
    for (size_t i = 0; i < l->n_known; i++) {
        const struct module *m = l->known[i].module;
        if (m ? m->description->notifier != NULL : is_one_of(l->known[i].name, on_demand, N(on_demand)))
            buf_addf(&all, ", %s", l->known[i].name);
    }
    const char *near = known_nearest(l, n->kind_name, true);
    problem_error(l->problems, n->kind_at.file, n->kind_at.line,
                  "[notify %s]: kind = %s: there is no such kind%s%s%s Known: %s", n->name, n->kind_name,
                  near ? "; did you mean " : ", built in or by a plugin", near ? near : "", near ? "?" : ".",
                  buf_str(&all));
    buf_clear(&all);
}

static void check_notifier(struct load *l, const struct config_notify *n) {
    if (n->kind != NOTIFY_PLUGIN || !n->kind_name) return;
    const struct known *k = known_by_name(l, n->kind_name);
    if (!k) {
        unknown_kind(l, n);
        return;
    }
    if (k->state == KNOWN_OFF && n->enabled)
        problem_error(
            l->problems, n->kind_at.file, n->kind_at.line,
            "[notify %s]: its plugin is switched off by enabled = no in [plugin %s]; switch this notifier "
            "off, too",
            n->name, k->name);
    if (!k->module) return;
    if (!k->module->description->notifier) {
        problem_error(l->problems, n->kind_at.file, n->kind_at.line,
                      "[notify %s]: the plugin %s does not notify, so it is no kind of [notify]", n->name,
                      k->name);
        return;
    }
    struct option_set options = {0};
    if (!notifier_options_read(k->module->description, n, l->problems, &options)) option_set_clear(&options);
}

/* ---- all ----------------------------------------------------------------------------------------------- */

static int plugin_cmp(const void *a, const void *b) {
    const struct plugin *const *x = a, *const *y = b;
    return strcmp((*x)->description->name, (*y)->description->name);
}

static struct plugins *load_all(const struct plugin_places *places, const struct config *config,
                                bool describe, struct problems *problems) {
    struct load l = {.config = config,
                     .builtin = places->builtin ? places->builtin : plugins_builtin_folder(),
                     .data = places->data ? places->data : NEWSALERT_DATADIR,
                     .problems = problems,
                     .plugins = xcalloc(1, sizeof *l.plugins),
                     .describe = describe};
    if (places->trust)
        l.trust = *places->trust;
    else
        trust_init(&l.trust);
    add_folder(&l, l.builtin, true);
    for (size_t i = 0; config && i < config->plugin_folders.n; i++)
        add_folder(&l, config->plugin_folders.list[i], false);
    for (size_t i = 0; config && !describe && i < config->n_plugins; i++)
        check_section(&l, &config->plugins[i]);
    for (size_t i = 0; config && !describe && i < config->n_notifiers; i++)
        check_notifier(&l, &config->notifiers[i]);
    if (l.plugins->n) qsort(l.plugins->list, l.plugins->n, sizeof(struct plugin *), plugin_cmp);
    for (size_t i = 0; i < l.n_known; i++) free(l.known[i].name);
    free(l.known);
    free(l.folders);
    return l.plugins;
}

struct plugins *plugins_load(const struct config *config, struct problems *problems) {
    return load_all(&(struct plugin_places){0}, config, false, problems);
}

struct plugins *plugins_describe(const struct config *config, struct problems *problems) {
    return load_all(&(struct plugin_places){0}, config, true, problems);
}

struct plugins *plugins_load_from(const struct plugin_places *places, const struct config *config,
                                  struct problems *problems) {
    return load_all(places, config, false, problems);
}

struct plugins *plugins_free(struct plugins *p) {
    if (!p) return NULL;
    for (size_t i = 0; i < p->n; i++) instance_free(p->list[i]);
    free(p->list);
    free(p->prefixes);
    free(p);
    return NULL;
}

size_t plugins_count(const struct plugins *p) {
    return p->n;
}

struct plugin *plugins_at(const struct plugins *p, size_t i) {
    return i < p->n ? p->list[i] : NULL;
}

struct plugin *plugins_by_name(const struct plugins *p, const char *name) {
    for (size_t i = 0; i < p->n; i++)
        if (!strcmp(p->list[i]->description->name, name)) return p->list[i];
    return NULL;
}

struct plugin *plugins_by_prefix(const struct plugins *p, struct text prefix) {
    for (size_t i = 0; i < p->n; i++) {
        const struct na_matcher *m = p->list[i]->description->matcher;
        for (size_t k = 0; m && m->prefixes[k]; k++)
            if (text_eq_nocase(prefix, text_of(m->prefixes[k]))) return p->list[i];
    }
    return NULL;
}

const char *const *plugins_prefixes(const struct plugins *p, size_t *ret_n) {
    *ret_n = p->n_prefixes;
    return p->prefixes;
}

const struct na_plugin *plugin_description(const struct plugin *p) {
    return p->description;
}

const char *plugin_file(const struct plugin *p) {
    return p->module->file;
}

bool plugin_degraded(const struct plugin *p, char *why, size_t why_size) {
    /* The health has its own lock; who asks does not change the plugin. */
    return health_degraded((struct health *)&p->health, why, why_size);
}

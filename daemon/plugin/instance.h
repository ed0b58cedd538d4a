/* One opened plugin of one setup, as the files of this room see it (plugin.h: what others see). */
#ifndef NEWSALERTD_PLUGIN_INSTANCE_H
#define NEWSALERTD_PLUGIN_INSTANCE_H

#include "plugin/health.h"
#include "plugin/module.h"
#include "plugin/options.h"
#include "plugin/plugin.h"

struct plugin {
    const struct module *module;
    const struct na_plugin *description;
    bool builtin; /* its folder is the built-in one */
    struct trust trust;
    char *data_folder; /* NULL: none */
    struct option_set options;
    struct na_host host;
    void *self;
    bool opened;
    struct health health;
};

/* Takes the options. */
struct plugin *instance_new(const struct module *module, bool builtin, const struct trust *trust,
                            const char *data_folder, struct option_set *options);
int instance_open(struct plugin *p); /* 0, or -1: the plugin does not want to */
struct plugin *instance_free(struct plugin *p);
/* The plugin's keys of a [notify] section, checked. 0, or -1 with errors in the list. (notifier.c) */
int notifier_options_read(const struct na_plugin *d, const struct config_notify *n, struct problems *problems,
                          struct option_set *ret);
/* A line of a plugin's for the log: its level is syslog's. */
void instance_log(const char *plugin, const char *section, int level, const char *line);

/* Text of a plugin's, at most `max` bytes, made valid UTF-8: what is not becomes '?'. Returns out. */
char *instance_clean(const char *text, size_t len, size_t max, char *out);
/* Is it UTF-8 (no surrogates, no NUL)? */
bool instance_is_utf8(const char *text, size_t len);

#endif

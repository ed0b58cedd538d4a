/* Verbs that print the program's own tables: plugins, config, completion; and test-notify. */
#include "base/mem.h"
#include "config/keys.h"
#include "ctl/ctl.h"
#include "daemon.h"
#include "deliver/deliver.h"
#include "setup.h"

#include <string.h>

/* ---- plugins ---- */

static void join_prefixes(const struct na_plugin *d, char *out, size_t size) {
    out[0] = '\0';
    if (!d->matcher) return;
    for (const char *const *p = d->matcher->prefixes; *p; p++) {
        size_t at = strlen(out);
        snprintf(out + at, size - at, "%s%s%s", at ? " " : "", *p, **p ? ":" : "words");
    }
}

static json_t *options_json(const struct na_option *options, size_t stride) {
    json_t *list = json_array();
    for (size_t i = 0; options; i++) {
        const struct na_option *o = NA_AT(const struct na_option, options, stride, i);
        if (!o->name) break;
        json_t *j = json_pack("{s:s, s:s, s:s}", "name", o->name, "type", o->type, "help", o->help);
        if (o->preset) json_object_set_new(j, "default", json_string(o->preset));
        json_array_append_new(list, j);
    }
    return list;
}

static json_t *plugin_json(struct plugin *p) {
    const struct na_plugin *d = plugin_description(p);
    char prefixes[256];
    join_prefixes(d, prefixes, sizeof prefixes);
    json_t *j = json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", d->name, "version", d->version, "license",
                          d->license, "summary", d->summary, "file", plugin_file(p));
    if (d->matcher) json_object_set_new(j, "prefixes", json_string(prefixes));
    json_object_set_new(j, "notifies", json_boolean(d->notifier != NULL));
    json_object_set_new(j, "options", options_json(d->options, d->option_stride));
    if (d->notifier)
        json_object_set_new(j, "notify_options",
                            options_json(d->notifier->options, d->notifier->option_stride));
    return j;
}

static void print_options(const char *where, const json_t *options) {
    size_t i;
    json_t *o;
    if (json_array_size(options)) printf("\n%s\n", where);
    json_array_foreach(options, i, o) {
        const char *preset = json_string_value(json_object_get(o, "default"));
        printf("  %s (%s; %s%s)\n      %s\n", json_string_value(json_object_get(o, "name")),
               json_string_value(json_object_get(o, "type")), preset ? "default " : "must be set",
               preset ? preset : "", json_string_value(json_object_get(o, "help")));
    }
}

static void print_plugin(const json_t *j) {
    const char *name = json_string_value(json_object_get(j, "name"));
    const char *prefixes = json_string_value(json_object_get(j, "prefixes"));
    AUTOFREE char *matcher = xasprintf("options of [plugin %s]:", name);
    AUTOFREE char *notifier = xasprintf("options of [notify NAME] with kind = %s:", name);
    printf("%s %s - %s\n%s, licence %s\n", name, json_string_value(json_object_get(j, "version")),
           json_string_value(json_object_get(j, "summary")), json_string_value(json_object_get(j, "file")),
           json_string_value(json_object_get(j, "license")));
    if (prefixes) printf("prefixes: %s\n", prefixes);
    AUTOFREE char *data = ctl_plugin_data(name);
    if (data) printf("data: %s\n", data);
    print_options(matcher, json_object_get(j, "options"));
    print_options(notifier, json_object_get(j, "notify_options"));
}

static void print_plugins(struct plugins *plugins) {
    static const char *const heads[] = {"PLUGIN", "VERSION", "PREFIXES", "SUMMARY"};
    struct ctl_table *t = ctl_table_new(heads, 4);
    for (size_t i = 0; i < plugins_count(plugins); i++) {
        const struct na_plugin *d = plugin_description(plugins_at(plugins, i));
        char prefixes[256];
        join_prefixes(d, prefixes, sizeof prefixes);
        ctl_table_cell(t, CTL_PLAIN, d->name);
        ctl_table_cell(t, CTL_PLAIN, d->version);
        ctl_table_cell(t, CTL_PLAIN, d->notifier ? "(notifier)" : prefixes);
        ctl_table_cell(t, CTL_PLAIN, d->summary);
    }
    ctl_table_print(t, stdout);
    ctl_table_free(t);
}

int ctl_plugins(const struct ctl_args *a) {
    struct problems problems = PROBLEMS_INIT;
    struct config *config = a->config ? config_read(a->config, CONFIG_CHECK, &problems) : NULL;
    struct plugins *plugins = plugins_describe(config, &problems);
    int code = problems.errors ? EXIT_USAGE : EXIT_DONE;
    problems_print(&problems, stderr);
    problems_clear(&problems);
    struct plugin *one = a->argc ? plugins_by_name(plugins, a->argv[0]) : NULL;
    if (a->argc && !one) {
        code = ctl_fail("no plugin is named \"%s\"; see newsalertctl plugins", a->argv[0]);
    } else if (one || a->json) {
        for (size_t i = 0; i < plugins_count(plugins); i++) {
            struct plugin *p = plugins_at(plugins, i);
            if (one && p != one) continue;
            json_t *j = plugin_json(p);
            if (a->json) {
                ctl_print_json(j);
            } else {
                print_plugin(j);
                json_decref(j);
            }
        }
    } else {
        print_plugins(plugins);
    }
    plugins_free(plugins);
    config_free(config);
    return code;
}

/* ---- config ---- */

int ctl_config(const struct ctl_args *a) {
    if (a->man) {
        config_keys_man(stdout);
        return EXIT_DONE;
    }
    const char *key = a->argc ? a->argv[0] : NULL;
    if (a->json) return config_keys_json(key, stdout) ? ctl_fail("no key is named \"%s\"", key) : EXIT_DONE;
    AUTOFREE char *help = config_key_help(key);
    if (!help) return ctl_fail("no key is named \"%s\"; see newsalertctl config", key);
    fputs(help, stdout);
    return EXIT_DONE;
}

/* ---- test-notify ---- */

int ctl_test_notify(const struct ctl_args *a) {
    if (a->argc != 1) return ctl_usage("test-notify takes the NAME of one notifier");
    struct problems problems = PROBLEMS_INIT;
    AUTOFREE char *file = a->config ? xstrdup(a->config) : config_default_file();
    struct setup *s = setup_build(file, CONFIG_CHECK, &problems);
    if (!s) problems_print(&problems, stderr);
    problems_clear(&problems);
    if (!s) return EXIT_USAGE;
    const struct config_notify *notify = config_notify(s->config, a->argv[0]);
    int code;
    if (!notify)
        code = ctl_usage("no notifier is named \"%s\" in %s", a->argv[0], file);
    else
        code = deliver_test(s->config, notify, s->plugins, a->dry_run, stdout) ? EXIT_FAILED : EXIT_DONE;
    setup_unref(s);
    return code;
}

/* ---- completion ---- */

static void print_options_of(const struct ctl_verb *verb, const char *before, const char *after) {
    AUTOFREE char *options = xstrdup(verb->options);
    for (char *save = NULL, *o = strtok_r(options, " ", &save); o; o = strtok_r(NULL, " ", &save))
        printf("%s%s%s", before, o, after);
}

/* The shells' words stand in single quotation marks. */
static char *help_unquoted(const struct ctl_verb *verb) {
    char *help = xstrdup(verb->help);
    for (char *c = help; *c; c++)
        if (*c == '\'') *c = ' ';
    return help;
}

static void complete_bash(void) {
    puts("_newsalertctl() {\n"
         "    local cur=${COMP_WORDS[COMP_CWORD]} verb= i\n"
         "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "        case ${COMP_WORDS[i]} in\n"
         "        -c | --config | --state-dir | --state) ((i++)) ;;\n"
         "        -*) ;;\n"
         "        *) verb=${COMP_WORDS[i]}; break ;;\n"
         "        esac\n"
         "    done\n"
         "    local words\n"
         "    case $verb in");
    printf("    '') words=\"");
    for (size_t i = 0; i < ctl_n_verbs; i++) printf("%s ", ctl_verbs[i].name);
    puts("--help --version\" ;;");
    for (size_t i = 0; i < ctl_n_verbs; i++) {
        printf("    %s) words=\"", ctl_verbs[i].name);
        print_options_of(&ctl_verbs[i], "--", " ");
        puts("--help\" ;;");
    }
    puts("    esac\n"
         "    case $verb in completion) words=\"$words bash zsh fish\" ;; esac\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\") $(compgen -f -- \"$cur\"))\n"
         "}\n"
         "complete -F _newsalertctl newsalertctl");
}

static void complete_zsh(void) {
    puts("#compdef newsalertctl\nlocal -a verbs\nverbs=(");
    for (size_t i = 0; i < ctl_n_verbs; i++) {
        AUTOFREE char *help = help_unquoted(&ctl_verbs[i]);
        printf("    '%s:%s'\n", ctl_verbs[i].name, help);
    }
    puts(")\nif (( CURRENT == 2 )); then\n    _describe verb verbs\n    return\nfi\ncase $words[2] in");
    for (size_t i = 0; i < ctl_n_verbs; i++) {
        printf("%s) _arguments", ctl_verbs[i].name);
        print_options_of(&ctl_verbs[i], " '--", "'");
        puts(" '--help' '*:file:_files' ;;");
    }
    puts("esac");
}

static void complete_fish(void) {
    for (size_t i = 0; i < ctl_n_verbs; i++) {
        AUTOFREE char *help = help_unquoted(&ctl_verbs[i]);
        printf("complete -c newsalertctl -n __fish_use_subcommand -a %s -d '%s'\n", ctl_verbs[i].name, help);
        AUTOFREE char *before =
            xasprintf("complete -c newsalertctl -n '__fish_seen_subcommand_from %s' -l ", ctl_verbs[i].name);
        print_options_of(&ctl_verbs[i], before, "\n");
    }
}

int ctl_completion(const struct ctl_args *a) {
    const char *shell = a->argc == 1 ? a->argv[0] : "";
    if (!strcmp(shell, "bash"))
        complete_bash();
    else if (!strcmp(shell, "zsh"))
        complete_zsh();
    else if (!strcmp(shell, "fish"))
        complete_fish();
    else
        return ctl_usage("completion takes bash, zsh or fish");
    return EXIT_DONE;
}

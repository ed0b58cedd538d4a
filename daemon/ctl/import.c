/* import FILE.opml: a list of feeds to [feed] sections on standard output, to paste or to redirect. */
#include "base/limits.h"
#include "base/mem.h"
#include "config/opml.h"
#include "config/value.h"
#include "ctl/ctl.h"
#include "ctl/sections.h"
#include "daemon.h"

#include <string.h>

/* Names and addresses that a configuration (-c) has already. */
struct known {
    struct config *config;
    struct map urls;
};

static int known_read(const struct ctl_args *a, struct known *k, struct opml_names *names) {
    struct problems problems = PROBLEMS_INIT;
    if (!a->config) return EXIT_DONE;
    k->config = config_read(a->config, CONFIG_CHECK, &problems);
    size_t errors = problems.errors;
    if (errors) problems_print(&problems, stderr);
    problems_clear(&problems);
    if (errors) return EXIT_USAGE;
    for (size_t i = 0; i < k->config->n_feeds; i++) {
        const struct config_feed *f = &k->config->feeds[i];
        map_add(&names->used, text_of(f->name), f->name);
        map_add(&k->urls, text_of(f->location), (void *)f);
    }
    return EXIT_DONE;
}

static void known_clear(struct known *k) {
    map_clear(&k->urls);
    config_free(k->config);
}

static size_t print_list(const struct ctl_args *a, struct opml *list, const struct known *known,
                         struct opml_names *names) {
    size_t there = 0;
    for (size_t i = 0; i < list->n; i++) {
        const struct opml_feed *f = &list->list[i];
        if (map_get(&known->urls, text_of(f->url))) {
            there++;
            continue;
        }
        const char *title = check_name(text_of(f->title)) ? "feed" : f->title;
        const struct feed_section s = {.name = opml_name(names, title, &list->arena),
                                       .url = f->url,
                                       .language = f->language,
                                       .tags = f->tags,
                                       .n_tags = f->n_tags};
        if (!s.name) out_of_memory(0);
        if (a->json)
            feed_section_print_json(&s);
        else
            feed_section_print(&s, stdout);
    }
    return there;
}

int ctl_import(const struct ctl_args *a) {
    if (a->argc != 1) return ctl_usage("import takes one FILE.opml (or - for standard input)");
    struct known known = {0};
    struct opml_names names = {0};
    struct problems problems = PROBLEMS_INIT;
    struct opml list;
    size_t len;
    int code = known_read(a, &known, &names);
    AUTOFREE char *bytes = code ? NULL : ctl_read_file(a->argv[0], LIMIT_OPML, &len);
    if (!code && !bytes) code = EXIT_FAILED;
    if (!code) {
        const char *name = !strcmp(a->argv[0], "-") ? "standard input" : a->argv[0];
        bool broken = opml_read((struct text){bytes, len}, name, &problems, &list) < 0;
        size_t there = print_list(a, &list, &known, &names);
        problems_print(&problems, stderr);
        if (there) fprintf(stderr, "newsalertctl: feeds that are in %s already: %zu\n", a->config, there);
        if (broken)
            code = EXIT_FAILED;
        else if (!list.n)
            code = ctl_fail("%s lists no feed", name);
        opml_clear(&list);
    }
    problems_clear(&problems);
    opml_names_clear(&names);
    known_clear(&known);
    return code;
}

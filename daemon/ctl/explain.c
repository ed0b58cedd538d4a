/* newsalertctl explain: why one alert's query is true or false of the items of a feed. */
#include "match/explain.h"
#include "base/limits.h"
#include "base/mem.h"
#include "ctl/ask.h"
#include "ctl/ctl.h"
#include "daemon.h"
#include "plugin/plugin.h"

#include <string.h>
#include <unistd.h>

/* The configuration with one alert in it, its query compiled. */
struct one {
    struct config *config;
    struct plugins *plugins;
    struct config_alert alert; /* its texts are the configuration's */
    struct config alone;
    bool disabled;
    struct rules *rules;
};

static void one_close(struct one *o) {
    rules_free(o->rules);
    plugins_free(o->plugins);
    config_free(o->config);
}

static const struct config_alert *alert_named(const struct config *c, const char *name) {
    for (size_t i = 0; i < c->n_alerts; i++)
        if (!strcmp(c->alerts[i].name, name)) return &c->alerts[i];
    return NULL;
}

/* 0, or the exit code; then nothing is open. */
static int one_open(const struct ctl_args *a, const char *name, struct one *o) {
    struct problems problems = PROBLEMS_INIT;
    AUTOFREE char *file = a->config ? xstrdup(a->config) : config_default_file();
    int code = 0;
    *o = (struct one){.config = config_read(file, CONFIG_CHECK, &problems)};
    const struct config_alert *alert = o->config ? alert_named(o->config, name) : NULL;
    if (o->config && !alert)
        code = ctl_usage("no alert is named \"%s\" in %s", name, file);
    else if (o->config && a->feed && !config_feed(o->config, a->feed))
        code = ctl_usage("no feed is named \"%s\" in %s", a->feed, file);
    if (alert && !code) {
        o->plugins = plugins_load(o->config, &problems);
        o->alert = *alert;
        o->disabled = !alert->enabled;
        o->alert.enabled = true;
        o->alone = *o->config;
        o->alone.alerts = &o->alert;
        o->alone.n_alerts = 1;
        o->rules = rules_compile(&o->alone, o->plugins, &problems);
    }
    if (problems.errors) {
        problems_print(&problems, stderr);
        code = EXIT_USAGE;
    }
    problems_clear(&problems);
    if (code) one_close(o);
    return code;
}

/* -- for people ------------------------------------------------------------------------------------------ */

struct paint {
    const char *value[3], *dim, *off;
};

static struct paint paint_of(FILE *out) {
    if (!isatty(fileno(out)) || getenv("NO_COLOR")) return (struct paint){{"", "", ""}, "", ""};
    return (struct paint){
        {[FALSE_] = "\033[31m", [UNKNOWN_] = "\033[33m", [TRUE_] = "\033[32m"}, "\033[2m", "\033[0m"};
}

/* A text of a feed, safe for a terminal; heap. */
static char *clean(struct text t) {
    AUTOFREE char *copy = xstrndup(t.ptr ? t.ptr : "", t.len);
    return ctl_clean(copy, 0);
}

static void print_node(const struct explain_node *n, int depth, const struct paint *p) {
    AUTOFREE char *name = clean(n->name), *why = clean(n->why);
    printf("%*s%s%-7s%s %s  %s%s%s\n", depth * 2, "", p->value[n->value], truth_names[n->value], p->off, name,
           p->dim, why, p->off);
    for (size_t i = 0; i < n->n_children; i++) print_node(&n->children[i], depth + 1, p);
}

static void print_nearest(const struct explanation *e) {
    printf("nearest: %s had ", e->root->value == TRUE_ ? "it would not fire," : "it would fire,");
    for (size_t i = 0; i < e->n_nearest; i++) {
        AUTOFREE char *name = clean(e->nearest[i].node->reading);
        printf("%s%s been %s", i ? ", and " : "", name, truth_names[e->nearest[i].wanted ? TRUE_ : FALSE_]);
    }
    printf("\n");
}

static void print_for_people(const struct explanation *e, const struct item *item) {
    struct paint p = paint_of(stdout);
    struct arena a;
    arena_init(&a, LIMIT_FIELD);
    AUTOFREE char *id = clean(item_shown_id(item, &a)), *title = clean(item->title);
    arena_clear(&a);
    printf("%s%s%s  %s\n", p.dim, id, p.off, title);
    print_node(e->root, 0, &p);
    print_nearest(e);
}

/* -- the verb -------------------------------------------------------------------------------------------- */

static bool wanted(const struct ctl_args *a, const struct item *item) {
    if (!a->id) return true;
    struct arena arena;
    arena_init(&arena, LIMIT_FIELD);
    bool yes = text_eqs(item_shown_id(item, &arena), a->id) || text_eqs(item->url, a->id);
    arena_clear(&arena);
    return yes;
}

/* Returns the number of items that were explained. */
static size_t explain_document(const struct ctl_args *a, struct one *o, const struct document *d,
                               const struct config_feed *feed) {
    struct matcher *m = matcher_new(o->rules);
    bool people = !a->json && isatty(STDOUT_FILENO);
    size_t n = 0;
    for (size_t i = 0; i < d->n_items; i++) {
        if (!wanted(a, &d->items[i])) continue;
        struct arena arena;
        arena_init(&arena, LIMIT_DOCUMENT_ARENA);
        const struct match_input in = match_input_of(d, i, feed);
        const struct explanation *e = explain(m, &in, 0, o->plugins, &arena);
        if (e && people && n) putchar('\n');
        if (e && people)
            print_for_people(e, in.item);
        else if (e)
            ctl_print_json(explain_json(e, &o->alert, in.item));
        n += e != NULL;
        arena_clear(&arena);
    }
    matcher_free(m);
    return n;
}

int ctl_explain(const struct ctl_args *a) {
    if (a->argc != 2)
        return ctl_usage("explain takes an ALERT, and a FEEDFILE (or - for standard input) or a URL");
    struct one o;
    int code = one_open(a, a->argv[0], &o);
    if (code) return code;
    const struct config_feed *feed = NULL;
    bool url = strstr(a->argv[1], "://") != NULL;
    code = EXIT_FAILED;
    struct document *d =
        url ? ask_document(o.config, a->argv[1], &feed, &code) : ctl_read_document(a->argv[1], a);
    if (!url || a->feed) feed = ctl_feed_of_file(o.config, a->argv[1], a->feed);
    if (d) code = EXIT_DONE;
    if (d && !explain_document(a, &o, d, feed))
        code = a->id ? ctl_fail("%s has no item with the id \"%s\"", a->argv[1], a->id)
                     : ctl_fail("%s has no items", a->argv[1]);
    if (d && feed && !config_alert_wants_feed(&o.alert, feed))
        fprintf(stderr,
                "newsalertctl: the alert \"%s\" does not watch the feed \"%s\" (its `feeds`), so it cannot "
                "fire there\n",
                o.alert.name, feed->name);
    if (d && o.disabled) fprintf(stderr, "newsalertctl: the alert \"%s\" is not enabled\n", o.alert.name);
    document_free(d);
    one_close(&o);
    return code;
}

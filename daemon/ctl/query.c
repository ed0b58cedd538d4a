/* newsalertctl query: one query, as it is read: its tree, its terms by plugin, what wakes it, what is odd. */
#include "base/limits.h"
#include "base/mem.h"
#include "ctl/ctl.h"
#include "daemon.h"
#include "item/words.h"
#include "match/match.h"
#include "match/plan.h"
#include "plugin/plugin.h"

#include <string.h>

/* The query, compiled as the only alert of a configuration. */
struct reading {
    struct config *config; /* NULL: none was named */
    struct plugins *plugins;
    struct arena arena;
    struct query *query;
    struct rules *rules;
    struct problems problems; /* of the configuration */
    struct problems remarks;  /* of the query, its terms' included */
};

/* What is said of an alert, without the alert's name, which nobody gave. */
static const char *without_name(const char *what) {
    static const char name[] = "alert \"query\": ";
    return strncmp(what, name, sizeof name - 1) ? what : what + sizeof name - 1;
}

static void compile_alone(struct reading *r, struct text query) {
    static char name[] = "query";
    struct config_alert alert = {.name = name, .query = query, .enabled = true};
    struct config alone = {.alerts = &alert, .n_alerts = 1};
    if (r->config) {
        alone.feeds = r->config->feeds;
        alone.n_feeds = r->config->n_feeds;
    }
    r->rules = rules_compile(&alone, r->plugins, &r->remarks);
    problems_sort(&r->remarks);
}

static void read_query(struct reading *r, const char *config, struct text query) {
    r->config = config ? config_read(config, CONFIG_CHECK, &r->problems) : NULL;
    r->plugins = plugins_load(r->config, &r->problems);
    arena_init(&r->arena, LIMIT_DOCUMENT_ARENA);
    const struct query_prefixes prefixes = rules_prefixes(r->plugins);
    r->query = query_parse(query, &prefixes, &r->arena);
    compile_alone(r, query);
}

static void reading_clear(struct reading *r) {
    rules_free(r->rules);
    arena_clear(&r->arena);
    plugins_free(r->plugins);
    config_free(r->config);
    problems_clear(&r->problems);
    problems_clear(&r->remarks);
}

/* -- terms by plugin ------------------------------------------------------------------------------------- */

static void take_understood(void *ctx, enum term_remark what, uint64_t id, size_t at, size_t len,
                            const char *why) {
    char **understood = ctx;
    (void)id, (void)at, (void)len;
    if (what == TERM_UNDERSTOOD && !*understood) *understood = xstrdup(why);
}

/* How its plugin understands a term: "Portland, Oregon, US"; NULL: it says nothing. Heap. */
static char *understood(struct plugin *p, const struct query_term *t) {
    char *text = NULL;
    struct term_set *set = NULL;
    const struct na_term term = {.flags = t->flags,
                                 .fields = NA_FIELD(NA_N_FIELDS) - 1,
                                 .prefix = na_of_text(t->prefix),
                                 .value = na_of_text(t->value),
                                 .suffix = na_of_text(t->suffix)};
    if (plugin_compile(p, &term, 1, take_understood, &text, &set) == 0) term_set_free(set);
    return text;
}

/* The leaves in the order of the query, beside their JSON. */
static void name_plugins(const struct reading *r, const struct query_node *n, json_t *terms, size_t *at) {
    if (n->op == NODE_TERM || n->op == NODE_FILTER) {
        json_t *j = json_array_get(terms, (*at)++);
        struct plugin *p = n->op == NODE_TERM ? plugins_by_prefix(r->plugins, n->terms->prefix) : NULL;
        if (!p) return;
        json_object_set_new(j, "plugin", json_string(plugin_description(p)->name));
        AUTOFREE char *says = n->terms->prefix.len ? understood(p, n->terms) : NULL;
        if (says) json_object_set_new(j, "understood", json_string(says));
    }
    for (size_t i = 0; i < n->n_children; i++) name_plugins(r, n->children[i], terms, at);
}

static json_t *reading_json(struct reading *r, const struct plan *plan) {
    json_t *j = query_json(r->query), *anchors = json_array(), *warnings = json_array();
    size_t at = 0;
    name_plugins(r, r->query->root, json_object_get(j, "terms"), &at);
    for (size_t i = 0; i < plan->n_anchors; i++)
        json_array_append_new(anchors,
                              json_stringn(plan->anchors[i]->shown.ptr, plan->anchors[i]->shown.len));
    json_object_set_new(j, "anchors", anchors);
    json_object_set_new(j, "cost", json_string(plan_cost_names[plan->cost]));
    /* With what the plugins and the configuration have to say. */
    for (size_t i = 0; i < r->remarks.n; i++) {
        const char *what = without_name(r->remarks.list[i].what);
        json_array_append_new(warnings, json_pack("{s:o}", "what", json_stringn(what, strcspn(what, "\n"))));
    }
    for (size_t i = 0; i < json_array_size(warnings); i++) {
        json_t *old = json_array_get(json_object_get(j, "warnings"), i);
        json_t *place = old ? json_object_get(old, "at") : NULL;
        if (place) json_object_set(json_array_get(warnings, i), "at", place);
    }
    json_object_set_new(j, "warnings", warnings);
    return j;
}

/* -- for people ------------------------------------------------------------------------------------------ */

static void print_node(const struct query_node *n, unsigned depth, struct arena *a) {
    bool leaf = n->op == NODE_TERM || n->op == NODE_FILTER;
    struct text name = leaf ? n->shown : query_operator(n, a);
    printf("%*s%.*s\n", (int)depth * 2, "", TEXT_ARGS(name));
    for (size_t i = 0; i < n->n_children; i++) print_node(n->children[i], depth + 1, a);
}

static const char *string_at(const json_t *j, const char *key) {
    const char *s = json_string_value(json_object_get(j, key));
    return s ? s : "";
}

static void print_list(const json_t *list, const char *between) {
    for (size_t i = 0; i < json_array_size(list); i++)
        printf("%s%s", i ? between : "", json_string_value(json_array_get(list, i)));
}

static void print_term(const json_t *t) {
    const char *plugin = string_at(t, "plugin"), *value = string_at(t, "value"),
               *suffix = string_at(t, "suffix");
    printf("  %-10s %s", *plugin ? plugin : "(itself)", string_at(t, "term"));
    const json_t *spellings = json_object_get(t, "spellings"), *fields = json_object_get(t, "fields");
    if (spellings) {
        printf(": ");
        print_list(spellings, " | ");
        printf("   in ");
        print_list(fields, ", ");
    } else if (*value) {
        printf(": %s%s%s", value, *suffix ? " / " : "", suffix);
    }
    if (*string_at(t, "understood")) printf(" = %s", string_at(t, "understood"));
    putchar('\n');
}

static void print_for_people(const json_t *j, struct reading *r, const struct plan *plan) {
    print_node(r->query->root, 0, &r->arena);
    printf("\nterms:\n");
    const json_t *terms = json_object_get(j, "terms");
    for (size_t i = 0; i < json_array_size(terms); i++) print_term(json_array_get(terms, i));
    if (plan->n_anchors) {
        printf("\nwoken by: ");
        print_list(json_object_get(j, "anchors"), ", ");
    }
    printf("\ncost: %s (%s)\n", plan_cost_names[plan->cost], plan_cost_says[plan->cost]);
}

/* -- the verb -------------------------------------------------------------------------------------------- */

/* Is it a query? */
static bool say_remarks(const struct reading *r) {
    for (size_t i = 0; i < r->remarks.n; i++)
        fprintf(stderr, "%s%s\n", r->remarks.list[i].severity == SEVERITY_ERROR ? "" : "warning: ",
                without_name(r->remarks.list[i].what));
    return r->query->root && !r->remarks.errors;
}

bool ctl_is_query(struct text query) {
    struct reading r = {.problems = PROBLEMS_INIT, .remarks = PROBLEMS_INIT};
    read_query(&r, NULL, query);
    bool yes = say_remarks(&r);
    reading_clear(&r);
    return yes;
}

int ctl_query(const struct ctl_args *a) {
    if (a->argc != 1) return ctl_usage("query takes one 'QUERY', in quotes for the shell");
    struct reading r = {.problems = PROBLEMS_INIT, .remarks = PROBLEMS_INIT};
    read_query(&r, a->config, text_of(a->argv[0]));
    for (size_t i = 0; i < r.problems.n; i++) {
        AUTOFREE char *line = problem_format(&r.problems.list[i]);
        if (r.problems.list[i].severity == SEVERITY_ERROR) fprintf(stderr, "%s\n", line);
    }
    int code = say_remarks(&r) && !r.problems.errors ? EXIT_DONE : EXIT_USAGE;
    if (code == EXIT_DONE) {
        const struct plan plan = plan_of(r.rules, 0, r.query->root, &r.arena);
        json_t *j = reading_json(&r, &plan);
        if (!a->json) print_for_people(j, &r, &plan);
        if (a->json)
            ctl_print_json(j);
        else
            json_decref(j);
    } else if (a->json && !r.query->root) {
        ctl_print_json(query_json(r.query));
    }
    reading_clear(&r);
    return code;
}

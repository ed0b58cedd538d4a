/* newsalertctl query: one query, as it is read. */
#include "base/limits.h"
#include "base/mem.h"
#include "ctl/ctl.h"
#include "daemon.h"
#include "match/match.h"
#include "plugin/plugin.h"

#include <string.h>

static void print_node(const struct query_node *n, unsigned depth) {
    static const char *const ops[] = {"AND", "OR", "NOT"};
    if (n->op == NODE_TERM || n->op == NODE_FILTER) {
        printf("%*s%.*s%s\n", (int)depth * 2, "", TEXT_ARGS(n->shown),
               n->n_terms > 1 ? "   (in all its spellings)" : "");
        return;
    }
    printf("%*s%s\n", (int)depth * 2, "", ops[n->op]);
    for (size_t i = 0; i < n->n_children; i++) print_node(n->children[i], depth + 1);
}

/* What plugins have to say of the terms: the query is compiled as the only alert of an empty configuration.
 */
static void compile_alone(struct text query, struct plugins *plugins, struct problems *problems) {
    char name[] = "query";
    struct config_alert alert = {.name = name, .query = query, .enabled = true};
    const struct config c = {.alerts = &alert, .n_alerts = 1};
    rules_free(rules_compile(&c, plugins, problems));
}

int ctl_query(const struct ctl_args *a) {
    if (a->argc != 1) return ctl_usage("query takes one 'QUERY', in quotes for the shell");
    struct problems problems = PROBLEMS_INIT;
    struct config *config = a->config ? config_read(a->config, CONFIG_CHECK, &problems) : NULL;
    struct plugins *plugins = plugins_load(config, &problems);
    struct arena arena;
    arena_init(&arena, LIMIT_DOCUMENT_ARENA);
    const struct query_prefixes prefixes = rules_prefixes(plugins);
    struct text text = text_of(a->argv[0]);
    struct query *q = query_parse(text, &prefixes, &arena);
    for (size_t i = 0; i < q->n_remarks; i++) {
        AUTOFREE char *caret = query_caret(text, q->remarks[i].at);
        fprintf(stderr, "%s%.*s\n%s\n", q->remarks[i].error ? "" : "warning: ", TEXT_ARGS(q->remarks[i].what),
                caret);
    }
    if (q->root) {
        compile_alone(text, plugins, &problems);
        problems_sort(&problems);
        for (size_t i = 0; i < problems.n; i++)
            if (problems.list[i].severity == SEVERITY_ERROR) fprintf(stderr, "%s\n", problems.list[i].what);
        if (a->json)
            ctl_print_json(query_json(q));
        else
            print_node(q->root, 0);
    }
    int code = q->root && !problems.errors ? EXIT_DONE : EXIT_USAGE;
    arena_clear(&arena);
    plugins_free(plugins);
    config_free(config);
    problems_clear(&problems);
    return code;
}

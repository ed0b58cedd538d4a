/* newsalertctl import-query: a query of another search language in ours, and what is not the same. */
#include "base/limits.h"
#include "base/mem.h"
#include "ctl/ctl.h"
#include "daemon.h"
#include "match/foreign.h"
#include "match/match.h"

static int kind_of(const char *name) {
    for (int i = 0; i < N_FOREIGN; i++)
        if (!strcasecmp(foreign_names[i], name)) return i;
    return -1;
}

static int unknown_kind(const char *name) {
    const char *nearest = problem_nearest(name, foreign_names, N_FOREIGN);
    AUTOFREE char *list = xstrdup("");
    for (size_t i = 0; i < N_FOREIGN; i++) {
        char *longer = xasprintf("%s%s%s", list, i ? ", " : "", foreign_names[i]);
        free(list);
        list = longer;
    }
    return ctl_usage("import-query knows no \"%s\"%s%s%s: it reads %s", name,
                     nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "", list);
}

static void print_json(const char *kind, const struct foreign *f) {
    json_t *notes = json_array(), *lost = json_array();
    for (size_t i = 0; i < f->n_notes; i++)
        json_array_append_new(f->notes[i].lost ? lost : notes,
                              json_stringn(f->notes[i].what.ptr, f->notes[i].what.len));
    json_t *j = json_object();
    json_object_set_new(j, "kind", json_string(kind));
    json_object_set_new(j, "query", f->query.len ? json_stringn(f->query.ptr, f->query.len) : json_null());
    json_object_set_new(j, "lost", lost);
    json_object_set_new(j, "notes", notes);
    ctl_print_json(j);
}

int ctl_import_query(const struct ctl_args *a) {
    if (a->argc != 2) return ctl_usage("import-query takes a KIND and one 'TEXT', in quotes for the shell");
    int kind = kind_of(a->argv[0]);
    if (kind < 0) return unknown_kind(a->argv[0]);
    struct problems problems = PROBLEMS_INIT;
    struct config *config = a->config ? config_read(a->config, CONFIG_CHECK, &problems) : NULL;
    struct plugins *plugins = plugins_load(config, &problems);
    const struct query_prefixes prefixes = rules_prefixes(plugins);
    struct arena arena;
    arena_init(&arena, LIMIT_DOCUMENT_ARENA);
    const struct foreign *f =
        foreign_translate((enum foreign_kind)kind, text_of(a->argv[1]), &prefixes, &arena);
    if (a->json) {
        print_json(foreign_names[kind], f);
    } else {
        if (f->query.len) printf("%.*s\n", TEXT_ARGS(f->query));
        for (size_t i = 0; i < f->n_notes; i++)
            fprintf(stderr, "newsalertctl: %s%.*s\n",
                    f->notes[i].lost ? "not translated: " : "note: ", TEXT_ARGS(f->notes[i].what));
    }
    int code = f->n_lost ? EXIT_FAILED : EXIT_DONE;
    arena_clear(&arena);
    plugins_free(plugins);
    config_free(config);
    problems_clear(&problems);
    return code;
}

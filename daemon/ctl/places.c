/* The verb places: which cities the items of feeds speak of; and what a plugin says of its data. */
#include "base/limits.h"
#include "base/mem.h"
#include "ctl/ctl.h"
#include "daemon.h"
#include "item/words.h"
#include "parse/parse.h"
#include "plugin/plugin.h"

#include <string.h>

/* ---- a plugin's data ---- */

/* What the plugin notes of an item without fields: key "about" or "missing". Heap; NULL: nothing. */
static char *about(struct plugin *p, bool *ret_missing) {
    struct plugin_hits hits;
    const struct na_item none = {
        .size = sizeof none, .field_stride = sizeof(struct na_field), .word_stride = sizeof(struct na_word)};
    char *said = NULL;
    plugin_hits_init(&hits);
    plugin_match(p, NULL, &none, NA_MATCH_EXPLAIN, &hits);
    for (size_t i = 0; i < hits.n_notes && !said; i++) {
        *ret_missing = text_eqs(hits.notes[i].key, "missing");
        if (*ret_missing || text_eqs(hits.notes[i].key, "about"))
            said = xstrndup(hits.notes[i].text.ptr, hits.notes[i].text.len);
    }
    plugin_hits_clear(&hits);
    return said;
}

bool ctl_plugin_lacks_data(const char *name, char **ret_about) {
    struct problems problems = PROBLEMS_INIT;
    struct plugins *plugins = plugins_load(NULL, &problems);
    struct plugin *p = plugins_by_name(plugins, name);
    bool missing = false;
    *ret_about = p && plugin_description(p)->matcher ? about(p, &missing) : NULL;
    plugins_free(plugins);
    problems_clear(&problems);
    return missing;
}

char *ctl_plugin_data(const char *name) {
    char *said;
    ctl_plugin_lacks_data(name, &said);
    return said;
}

/* ---- places ---- */

static json_t *place_json(const struct plugin_note *note, const struct na_item *item) {
    json_t *j = json_loadb(note->text.ptr, note->text.len, 0, NULL);
    json_t *confidence = j ? json_incref(json_object_get(j, "confidence")) : NULL;
    if (!json_is_object(j)) {
        json_decref(j);
        return NULL;
    }
    json_object_del(j, "confidence");
    for (size_t i = 0; i < item->n_fields && note->field < NA_N_FIELDS; i++) {
        const struct na_field *f = NA_AT(const struct na_field, item->fields, item->field_stride, i);
        if (f->kind != note->field || f->value != note->value) continue;
        json_object_set_new(j, "field", json_string(field_names[note->field]));
        json_object_set_new(j, "start", json_integer(note->start));
        json_object_set_new(j, "text", json_stringn(f->text.ptr + note->start, note->len));
    }
    if (confidence) json_object_set_new(j, "confidence", confidence);
    return j;
}

struct places_run {
    struct plugin *plugin;
    struct plugin_hits hits;
    char *memory; /* what it remembered of the items so far */
    size_t memory_len;
};

static void print_item(struct places_run *run, const struct document *d, size_t i) {
    struct arena arena;
    arena_init(&arena, LIMIT_DOCUMENT_ARENA);
    struct na_item item = words_index(&d->items[i], TEXT_NONE, d->language, &arena);
    item.memory = (struct na_text){run->memory, run->memory_len};
    plugin_match(run->plugin, NULL, &item, NA_MATCH_EXPLAIN, &run->hits);
    json_t *line = json_object(), *places = json_array();
    json_set_text(line, "id", item_shown_id(&d->items[i], &arena));
    for (size_t k = 0; k < run->hits.n_notes; k++) {
        json_t *j = text_eqs(run->hits.notes[k].key, "place") ? place_json(&run->hits.notes[k], &item) : NULL;
        if (j) json_array_append_new(places, j);
    }
    json_object_set_new(line, "places", places);
    /* Nine digits: degrees as the table has them, without the noise of binary fractions. */
    json_dumpf(line, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(line);
    if (run->hits.remember) {
        free(run->memory);
        run->memory = xstrndup(run->hits.memory.len ? run->hits.memory.ptr : "", run->hits.memory.len);
        run->memory_len = run->hits.memory.len;
    }
    arena_clear(&arena);
}

/* The plugin that owns city:, with its table; NULL: said on stderr. */
static struct plugin *places_plugin(struct plugins *plugins) {
    struct plugin *p = plugins_by_prefix(plugins, TEXT("city"));
    bool missing = false;
    if (!p) {
        ctl_fail("there is no plugin for city:; see newsalertctl plugins");
        return NULL;
    }
    AUTOFREE char *said = about(p, &missing);
    if (missing) ctl_fail("%s", said);
    return missing ? NULL : p;
}

int ctl_places(const struct ctl_args *a) {
    if (!a->argc) return ctl_usage("places needs a FEEDFILE (or - for standard input)");
    struct problems problems = PROBLEMS_INIT;
    struct config *config = a->config ? config_read(a->config, CONFIG_CHECK, &problems) : NULL;
    struct plugins *plugins = a->config && !config ? NULL : plugins_load(config, &problems);
    int code = EXIT_DONE;
    if (problems.errors) {
        problems_print(&problems, stderr);
        code = EXIT_USAGE;
    }
    struct places_run run = {.plugin = code == EXIT_DONE ? places_plugin(plugins) : NULL};
    if (code == EXIT_DONE && !run.plugin) code = EXIT_FAILED;
    plugin_hits_init(&run.hits);
    for (int i = 0; run.plugin && i < a->argc; i++) {
        struct document *d = ctl_read_document(a->argv[i], a);
        if (!d) code = EXIT_FAILED;
        for (size_t k = 0; d && k < d->n_items; k++) print_item(&run, d, k);
        document_free(d);
    }
    free(run.memory);
    plugin_hits_clear(&run.hits);
    plugins_free(plugins);
    config_free(config);
    problems_clear(&problems);
    return code;
}

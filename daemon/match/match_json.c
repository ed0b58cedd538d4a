#include "match/match.h"

static json_t *term_json(const struct match_term *t) {
    json_t *j = json_object();
    json_set_text(j, "term", t->term);
    json_object_set_new(j, "field", json_string(t->field_name));
    if (t->many) json_object_set_new(j, "value", json_integer(t->value));
    if (t->has_span) {
        json_object_set_new(j, "start", json_integer(t->start));
        json_set_text(j, "text", t->text);
    }
    return j;
}

json_t *match_json(const struct match *match, const struct config_alert *alert, const struct item *item) {
    struct arena a;
    arena_init(&a, 1u << 20);
    json_t *j = json_object(), *terms = json_array();
    json_object_set_new(j, "alert", json_string(alert->name));
    json_set_text(j, "id", item_shown_id(item, &a));
    json_set_text(j, "url", item->url);
    json_set_text(j, "title", item->title);
    json_set_time(j, "published", item->published);
    for (size_t i = 0; i < match->n_terms; i++) json_array_append_new(terms, term_json(&match->terms[i]));
    json_object_set_new(j, "terms", terms);
    arena_clear(&a);
    return j;
}

#include "ctl/sections.h"

#include "ctl/ctl.h"

#include <string.h>

/* A dollar sign would begin ${ENV}, and a \ at the end of a line joins the next one. */
void section_value_print(const char *key, const char *value, FILE *out) {
    size_t len = strlen(value);
    fprintf(out, "%s = ", key);
    for (size_t i = 0; i < len; i++) {
        if (value[i] == '$') fputc('$', out);
        if (value[i] == '\\' && i + 1 == len)
            fputs("%5C", out);
        else
            fputc((unsigned char)value[i] < ' ' ? ' ' : value[i], out);
    }
    fputc('\n', out);
}

void feed_section_print(const struct feed_section *f, FILE *out) {
    if (f->comment) fprintf(out, "# %s\n", f->comment);
    fprintf(out, "[feed %s]\n", f->name);
    section_value_print("url", f->url, out);
    if (f->language) section_value_print("language", f->language, out);
    for (size_t i = 0; i < f->n_tags; i++) section_value_print("tags", f->tags[i], out);
    fputc('\n', out);
}

void feed_section_print_json(const struct feed_section *f) {
    json_t *j = json_pack("{s:s, s:s}", "feed", f->name, "url", f->url), *tags = json_array();
    if (f->language) json_object_set_new(j, "language", json_string(f->language));
    for (size_t i = 0; i < f->n_tags; i++) json_array_append_new(tags, json_string(f->tags[i]));
    if (f->n_tags)
        json_object_set_new(j, "tags", tags);
    else
        json_decref(tags);
    if (f->comment) json_object_set_new(j, "type", json_string(f->comment));
    ctl_print_json(j);
}

#include "parse/reader.h"

/* Common Alerting Protocol 1.0 to 1.2: the alert is the one item of its document. Several `info` blocks are
 * languages or areas of it: the first headline is the title, the texts of all are the content. An alert that
 * stands in an Atom entry, or whose members do, is read by the rules of atom.c. */
#define CORE (SPACE_NONE | SPACE_CAP | SPACE_OTHER)

static enum context root(struct reader *r, const struct element *e) {
    (void)e;
    r->d->format = FORMAT_CAP12;
    reader_begin_item(r);
    return IN_ITEM;
}

/* Paragraphs: each on a line of its own, in the order of the document. */
void value_paragraph(struct reader *r, const struct rule *rule, struct text raw) {
    struct text more = text_trim(value_plain(r, raw, FORM_HTML)), *content = &r->draft->item.content;
    (void)rule;
    /* Joining copies what is there, so the sum of all joins is capped by their number. */
    if (!more.len || r->draft->n_paragraphs++ >= LIMIT_CAP_PARAGRAPHS) return;
    if (content->len + 1 + more.len > LIMIT_FIELD) return;
    char *both = arena_alloc(&r->d->arena, content->len + 1 + more.len);
    if (!both) return;
    size_t n = content->len;
    if (n) {
        memcpy(both, content->ptr, n);
        both[n++] = '\n';
    }
    memcpy(both + n, more.ptr, more.len);
    *content = (struct text){both, n + more.len};
}

/* The event is a category, and the title where there is no headline. */
void value_event(struct reader *r, const struct rule *rule, struct text raw) {
    add_category(r, raw, FORM_HTML);
    set_text(r, FIELD_TITLE, rule->rank, value_plain(r, raw, FORM_HTML));
}

#define VALUE(contexts, name, field, rank, function)                                                         \
    { contexts, CORE, name, field, rank, NULL, function, 0, NULL }
#define ENTER(contexts, name, context)                                                                       \
    { contexts, CORE, name, FIELD_NONE, 0, NULL, NULL, context, NULL }
static const struct rule rules[] = {
    VALUE(IN_ITEM, "identifier", FIELD_ID, 0, value_id),
    VALUE(IN_ITEM, "sent", FIELD_PUBLISHED, 0, value_date),
    ENTER(IN_ITEM, "info", IN_INFO),
    VALUE(IN_INFO, "headline", FIELD_TITLE, 0, value_html),
    VALUE(IN_INFO, "event", FIELD_NONE, 1, value_event),
    VALUE(IN_INFO, "category", FIELD_NONE, 0, value_category),
    VALUE(IN_INFO, "web", FIELD_URL, 0, value_url),
    VALUE(IN_INFO, "description", FIELD_NONE, 0, value_paragraph),
    VALUE(IN_INFO, "instruction", FIELD_NONE, 0, value_paragraph),
    ENTER(IN_INFO, "area", IN_AREA),
    VALUE(IN_AREA, "areaDesc", FIELD_NONE, 0, value_paragraph),
};

const struct dialect dialect_cap = {rules, sizeof rules / sizeof *rules, false, root};

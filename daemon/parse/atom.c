#include "parse/reader.h"

/* Atom 1.0 (RFC 4287) and 0.3. A feed without its namespace is read by its shape. */
#define CORE (SPACE_NONE | SPACE_ATOM10 | SPACE_ATOM03)
#define CAP  (IN_ITEM | IN_ALERT | IN_INFO)

static enum context root(struct reader *r, const struct element *e) {
    struct text version = text_trim(element_get(e, SPACE_NONE, "version"));
    bool old = e->space == SPACE_ATOM03 || (e->space == SPACE_NONE && text_starts(version, TEXT("0.")));
    r->d->format = old ? FORMAT_ATOM03 : FORMAT_ATOM10;
    if (text_eq_nocase(e->name, TEXT("feed"))) return IN_CHANNEL;
    reader_begin_item(r);
    return IN_ITEM;
}

static bool ends_with(struct text t, const char *end) {
    struct text e = text_of(end);
    return t.len >= e.len && text_eq_nocase((struct text){t.ptr + t.len - e.len, e.len}, e);
}

static bool begins_with(struct text t, const char *front) {
    struct text f = text_of(front);
    return t.len >= f.len && !strncasecmp(t.ptr, f.ptr, f.len);
}

/* RFC 4287 sections 3.1.1 and 4.1.3.3; `mode` is of Atom 0.3. */
static enum form form_of(const struct reader *r, const struct element *e, bool content) {
    struct text type = text_trim(element_get(e, SPACE_NONE, "type"));
    struct text mode = text_trim(element_get(e, SPACE_NONE, "mode"));
    const char *semicolon = type.len ? memchr(type.ptr, ';', type.len) : NULL;
    if (semicolon) type = text_trim((struct text){type.ptr, (size_t)(semicolon - type.ptr)});
    if (text_eq_nocase(mode, TEXT("base64"))) return FORM_BASE64;
    if (text_eq_nocase(mode, TEXT("escaped")))
        return text_eq_nocase(type, TEXT("text/plain")) ? FORM_TEXT : FORM_HTML;
    if (text_eq_nocase(type, TEXT("html")) || text_eq_nocase(type, TEXT("text/html"))) {
        /* Atom 0.3 without a mode has markup as children, if any: both read alike. */
        return FORM_HTML;
    }
    if (text_eq_nocase(type, TEXT("xhtml")) || text_eq_nocase(type, TEXT("application/xhtml+xml")))
        return FORM_XHTML;
    if (!type.len && r->d->format == FORMAT_ATOM03 && text_eq_nocase(mode, TEXT("xml"))) return FORM_XHTML;
    if (!type.len || text_eq_nocase(type, TEXT("text")) || begins_with(type, "text/")) {
        if (ends_with(type, "/xml")) return FORM_XHTML;
        return FORM_TEXT;
    }
    if (ends_with(type, "+xml") || ends_with(type, "/xml")) return FORM_XHTML;
    /* Anything else is base64 of something that is no text. In a title, a type nobody knows means nothing. */
    return content && memchr(type.ptr, '/', type.len) ? FORM_REFUSED : FORM_TEXT;
}

static bool start_text(struct reader *r, const struct rule *rule, const struct element *e) {
    (void)rule;
    r->form = form_of(r, e, false);
    return true;
}

static bool start_content(struct reader *r, const struct rule *rule, const struct element *e) {
    (void)rule;
    r->form = form_of(r, e, true);
    return r->form != FORM_REFUSED && !text_trim(element_get(e, SPACE_NONE, "src")).len;
}

/* A text that has elements in it was meant as markup, whatever its type says. */
static void value_construct(struct reader *r, const struct rule *rule, struct text raw) {
    if (r->form == FORM_TEXT && r->has_elements) r->form = FORM_HTML;
    value_form(r, rule, raw);
}

static bool start_atom_item(struct reader *r, const struct rule *rule, const struct element *e) {
    return start_item(r, rule, e);
}

static bool start_category(struct reader *r, const struct rule *rule, const struct element *e) {
    (void)rule;
    struct text label = element_get(e, SPACE_NONE, "label");
    if (!text_trim(label).len) label = element_get(e, SPACE_NONE, "term");
    add_category(r, label, FORM_TEXT);
    return !text_trim(label).len; /* Atom 0.3 and mixtures have the category as text */
}

#define VALUE(contexts, spaces, name, field, rank, function)                                                 \
    { contexts, spaces, name, field, rank, NULL, function, 0, NULL }
#define CONSTRUCT(contexts, name, field, rank)                                                               \
    { contexts, CORE, name, field, rank, start_text, value_construct, 0, NULL }
#define ENTER(contexts, spaces, name, start, context, end)                                                   \
    { contexts, spaces, name, FIELD_NONE, 0, start, NULL, context, end }
static const struct rule rules[] = {
    ENTER(IN_CHANNEL, CORE, "entry", start_atom_item, IN_ITEM, end_item),
    CONSTRUCT(IN_ITEM | IN_CHANNEL, "title", FIELD_TITLE, 0),
    VALUE(IN_ITEM, SPACE_DC, "title", FIELD_TITLE, 1, value_html),
    VALUE(IN_ITEM | IN_MEDIA, SPACE_MEDIA, "title", FIELD_TITLE, 2, value_html),
    {IN_ITEM | IN_CHANNEL, CORE, "link", FIELD_URL, 0, start_link, NULL, 0, NULL},
    VALUE(IN_ITEM, CORE, "id", FIELD_ID, 0, value_id),

    VALUE(IN_ITEM, CORE, "published", FIELD_PUBLISHED, 0, value_date),
    VALUE(IN_ITEM, CORE, "issued", FIELD_PUBLISHED, 1, value_date),
    VALUE(IN_ITEM, CORE, "created", FIELD_PUBLISHED, 2, value_date),
    VALUE(IN_ITEM, SPACE_DC, "date", FIELD_PUBLISHED, 3, value_date),
    VALUE(IN_ITEM | IN_CHANNEL, CORE, "updated", FIELD_UPDATED, 0, value_date),
    VALUE(IN_ITEM | IN_CHANNEL, CORE, "modified", FIELD_UPDATED, 1, value_date),

    CONSTRUCT(IN_ITEM, "summary", FIELD_SUMMARY, 0),
    VALUE(IN_ITEM | IN_MEDIA, SPACE_MEDIA, "description", FIELD_SUMMARY, 1, value_html),
    CONSTRUCT(IN_CHANNEL, "subtitle", FIELD_SUMMARY, 0),
    CONSTRUCT(IN_CHANNEL, "tagline", FIELD_SUMMARY, 1),
    {IN_ITEM, CORE, "content", FIELD_CONTENT, 0, start_content, value_construct, 0, NULL},
    VALUE(IN_ITEM, SPACE_CONTENT, "encoded", FIELD_CONTENT, 1, value_html),

    {IN_ITEM | IN_CHANNEL, CORE, "author", FIELD_AUTHOR, 0, start_person, NULL, IN_PERSON, end_person},
    VALUE(IN_ITEM, SPACE_DC, "creator", FIELD_AUTHOR, 1, value_person),
    {IN_ITEM | IN_CHANNEL, CORE, "contributor", FIELD_AUTHOR, 2, start_person, NULL, IN_PERSON, end_person},
    /* Of the feed that an entry was taken from only the author counts, where the entry has none. */
    ENTER(IN_ITEM, CORE, "source", NULL, IN_SOURCE, NULL),
    {IN_SOURCE, CORE, "author", FIELD_AUTHOR, 3, start_person, NULL, IN_PERSON, end_person},
    VALUE(IN_PERSON, CORE, "name", FIELD_NONE, 0, value_person_name),
    VALUE(IN_PERSON, CORE, "email", FIELD_NONE, 0, value_person_mail),

    {IN_ITEM, CORE, "category", FIELD_NONE, 0, start_category, value_category, 0, NULL},
    VALUE(IN_ITEM, SPACE_DC, "subject", FIELD_NONE, 0, value_category),
    VALUE(IN_ITEM | IN_MEDIA, SPACE_MEDIA, "category", FIELD_NONE, 0, value_category),
    /* An alert (CAP) as a child or in the content of an entry, or its members beside the entry's own, as the
     * weather services write it. What the entry itself says goes first. */
    ENTER(IN_ITEM, SPACE_CAP, "alert", NULL, IN_ALERT, NULL),
    ENTER(CAP, SPACE_CAP, "info", NULL, IN_INFO, NULL),
    ENTER(CAP, SPACE_CAP, "area", NULL, IN_AREA, NULL),
    VALUE(CAP, SPACE_CAP, "headline", FIELD_TITLE, 3, value_html),
    VALUE(CAP, SPACE_CAP, "event", FIELD_NONE, 4, value_event),
    VALUE(CAP, SPACE_CAP, "category", FIELD_NONE, 0, value_category),
    VALUE(CAP, SPACE_CAP, "identifier", FIELD_ID, 1, value_id),
    VALUE(CAP, SPACE_CAP, "sent", FIELD_PUBLISHED, 4, value_date),
    VALUE(CAP, SPACE_CAP, "web", FIELD_URL, 5, value_url),
    VALUE(CAP, SPACE_CAP, "description", FIELD_NONE, 0, value_paragraph),
    VALUE(CAP, SPACE_CAP, "instruction", FIELD_NONE, 0, value_paragraph),
    VALUE(CAP | IN_AREA, SPACE_CAP, "areaDesc", FIELD_NONE, 0, value_paragraph),

    ENTER(IN_ITEM | IN_MEDIA, SPACE_MEDIA, "group", NULL, IN_MEDIA, NULL),
    ENTER(IN_ITEM | IN_MEDIA, SPACE_MEDIA, "content", start_media, IN_MEDIA, NULL),
    VALUE(IN_CHANNEL | IN_ITEM, SPACE_DC, "language", FIELD_LANGUAGE, 3, value_text),
};

const struct dialect dialect_atom = {rules, sizeof rules / sizeof *rules, false, root};

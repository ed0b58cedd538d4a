#include "parse/reader.h"

#include "base/time.h"
#include "base/url.h"
#include "parse/html.h"

#include <ctype.h>

/* RSS 0.9x, 1.0 (RDF), 1.1, 2.0 and the modules in use. In RDF the items stand beside the channel; both
 * places, and several channels, are read in every version. */
#define CORE (SPACE_NONE | SPACE_RSS10 | SPACE_RSS09)
#define ATOM (SPACE_ATOM10 | SPACE_ATOM03)
#define ITEM (IN_ITEM | IN_MEDIA)

static enum context root(struct reader *r, const struct element *e) {
    struct text version = text_trim(element_get(e, SPACE_NONE, "version"));
    if (text_eq_nocase(e->name, TEXT("rss")))
        r->d->format = text_starts(version, TEXT("0.9")) ? FORMAT_RSS09 : FORMAT_RSS20;
    else
        r->d->format = FORMAT_RSS10;
    return text_eq_nocase(e->name, TEXT("channel")) ? IN_CHANNEL : IN_ROOT;
}

/* Which RDF dialect it is, the namespace of its channel says. */
static bool start_channel(struct reader *r, const struct rule *rule, const struct element *e) {
    if (r->d->format == FORMAT_RSS10 && e->space == SPACE_RSS09) r->d->format = FORMAT_RSS09;
    return start_enter(r, rule, e);
}

static bool start_rss_item(struct reader *r, const struct rule *rule, const struct element *e) {
    if (!start_item(r, rule, e)) return false;
    if (r->d->format == FORMAT_RSS10 && e->space == SPACE_RSS09) r->d->format = FORMAT_RSS09;
    struct text about = element_get(e, SPACE_RDF, "about");
    if (!about.ptr) about = element_get(e, SPACE_NONE, "about");
    set_text(r, FIELD_ID, 1, about.len > LIMIT_ID ? TEXT_NONE : about);
    if (about.len > 4 && !strncasecmp(about.ptr, "http", 4)) set_url(r, 20, about);
    return true;
}

static bool start_guid(struct reader *r, const struct rule *rule, const struct element *e) {
    (void)rule;
    r->guid_is_url = !text_eq_nocase(text_trim(element_get(e, SPACE_NONE, "isPermaLink")), TEXT("false"));
    return true;
}

static void value_guid(struct reader *r, const struct rule *rule, struct text raw) {
    raw = text_trim(raw);
    value_id(r, rule, raw);
    bool http = raw.len > 8 && (!strncasecmp(raw.ptr, "http://", 7) || !strncasecmp(raw.ptr, "https://", 8));
    if (r->guid_is_url && http) set_url(r, 10, raw);
}

static bool start_enclosure(struct reader *r, const struct rule *rule, const struct element *e) {
    (void)rule;
    struct text url = element_get(e, SPACE_NONE, "url");
    if (!url.len) url = element_get(e, SPACE_RDF, "resource");
    if (!url.len) url = element_get(e, SPACE_ENC, "url");
    struct text type = element_get(e, SPACE_NONE, "type"), length = element_get(e, SPACE_NONE, "length");
    if (!type.len) type = element_get(e, SPACE_ENC, "type");
    if (!length.len) length = element_get(e, SPACE_ENC, "length");
    add_enclosure(r, url, type, length);
    return false;
}

static bool start_itunes_category(struct reader *r, const struct rule *rule, const struct element *e) {
    (void)rule;
    add_category(r, element_get(e, SPACE_NONE, "text"), FORM_TEXT);
    return false;
}

/* -- hints
 * ---------------------------------------------------------------------------------------------------- */

static int64_t number(struct text t) {
    int64_t v = 0;
    t = text_trim(t);
    if (!t.len || t.len > 9) return -1;
    for (size_t i = 0; i < t.len; i++) {
        if (!isdigit((unsigned char)t.ptr[i])) return -1;
        v = v * 10 + (t.ptr[i] - '0');
    }
    return v;
}

static void value_ttl(struct reader *r, const struct rule *rule, struct text raw) {
    (void)rule;
    int64_t minutes = number(raw);
    if (minutes > 0 && !r->d->hints.ttl_ms) r->d->hints.ttl_ms = minutes * MINUTE;
}

static void value_hour(struct reader *r, const struct rule *rule, struct text raw) {
    (void)rule;
    int64_t hour = number(raw);
    if (hour >= 0 && hour <= 24) r->d->hints.skip_hours |= UINT32_C(1) << (hour % 24);
}

static void value_day(struct reader *r, const struct rule *rule, struct text raw) {
    (void)rule;
    static const char *const days[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
    raw = text_trim(raw);
    for (unsigned i = 0; i < 7; i++)
        if (raw.len >= 3 && !strncasecmp(raw.ptr, days[i], 3)) r->d->hints.skip_days |= (uint8_t)(1u << i);
}

static void value_period(struct reader *r, const struct rule *rule, struct text raw) {
    (void)rule;
    static const struct {
        const char *name;
        int64_t ms;
    } periods[] = {
        {"hourly", HOUR}, {"daily", DAY}, {"weekly", 7 * DAY}, {"monthly", 30 * DAY}, {"yearly", 365 * DAY}};
    raw = text_trim(raw);
    for (size_t i = 0; i < sizeof periods / sizeof *periods; i++)
        if (text_eq_nocase(raw, text_of(periods[i].name))) r->sy_period = periods[i].ms;
}

static void value_frequency(struct reader *r, const struct rule *rule, struct text raw) {
    (void)rule;
    r->sy_frequency = number(raw);
}

static bool start_cloud(struct reader *r, const struct rule *rule, const struct element *e) {
    (void)rule, (void)e;
    r->d->hints.cloud = true;
    return false;
}

static void value_new_url(struct reader *r, const struct rule *rule, struct text raw) {
    (void)rule;
    raw = text_trim(raw);
    if (url_is_http(raw) && !r->d->hints.moved.ptr)
        r->d->hints.moved = url_resolve(r->in->base, raw, &r->d->arena);
}

static void value_block(struct reader *r, const struct rule *rule, struct text raw) {
    (void)rule;
    r->d->hints.blocked = text_eq_nocase(text_trim(raw), TEXT("yes"));
}

/* -- the table: place, namespaces, element, field, rank, what is done
 * ------------------------------------------- */

#define VALUE(contexts, spaces, name, field, rank, function)                                                 \
    { contexts, spaces, name, field, rank, NULL, function, 0, NULL }
#define ENTER(contexts, spaces, name, start, context, end)                                                   \
    { contexts, spaces, name, FIELD_NONE, 0, start, NULL, context, end }
static const struct rule rules[] = {
    ENTER(IN_ROOT, CORE, "channel", start_channel, IN_CHANNEL, NULL),
    ENTER(IN_ROOT | IN_CHANNEL, CORE, "item", start_rss_item, IN_ITEM, end_item),
    ENTER(IN_CHANNEL, CORE, "items", NULL, IN_CHANNEL, NULL),

    VALUE(IN_ITEM | IN_CHANNEL, CORE, "title", FIELD_TITLE, 0, value_html),
    VALUE(IN_ITEM | IN_CHANNEL, SPACE_DC | SPACE_DCTERMS, "title", FIELD_TITLE, 1, value_html),
    VALUE(IN_ITEM | IN_CHANNEL, SPACE_ITUNES, "title", FIELD_TITLE, 2, value_html),
    VALUE(ITEM, SPACE_MEDIA, "title", FIELD_TITLE, 3, value_html),

    {IN_ITEM | IN_CHANNEL, CORE, "link", FIELD_URL, 0, start_link, value_url, 0, NULL},
    {IN_ITEM | IN_CHANNEL, ATOM, "link", FIELD_URL, 1, start_link, NULL, 0, NULL},
    {IN_ITEM, CORE, "guid", FIELD_ID, 0, start_guid, value_guid, 0, NULL},
    VALUE(IN_ITEM, ATOM, "id", FIELD_ID, 2, value_id),
    VALUE(IN_ITEM, SPACE_DC | SPACE_DCTERMS, "identifier", FIELD_ID, 3, value_id),

    VALUE(IN_ITEM, CORE, "pubDate", FIELD_PUBLISHED, 0, value_date),
    VALUE(IN_ITEM, SPACE_DC, "date", FIELD_PUBLISHED, 1, value_date),
    VALUE(IN_ITEM, SPACE_DCTERMS, "created", FIELD_PUBLISHED, 2, value_date),
    VALUE(IN_ITEM, SPACE_DCTERMS, "issued", FIELD_PUBLISHED, 3, value_date),
    VALUE(IN_ITEM, SPACE_DCTERMS, "date", FIELD_PUBLISHED, 4, value_date),
    VALUE(IN_ITEM, ATOM, "published", FIELD_PUBLISHED, 5, value_date),
    VALUE(IN_ITEM, ATOM, "issued", FIELD_PUBLISHED, 6, value_date),
    VALUE(IN_ITEM, CORE, "date", FIELD_PUBLISHED, 7, value_date),
    VALUE(IN_ITEM, ATOM, "updated", FIELD_UPDATED, 0, value_date),
    VALUE(IN_ITEM, SPACE_DCTERMS, "modified", FIELD_UPDATED, 1, value_date),
    VALUE(IN_CHANNEL, CORE, "lastBuildDate", FIELD_UPDATED, 0, value_date),
    VALUE(IN_CHANNEL, CORE, "pubDate", FIELD_UPDATED, 1, value_date),
    VALUE(IN_CHANNEL, SPACE_DC, "date", FIELD_UPDATED, 2, value_date),
    VALUE(IN_CHANNEL, ATOM, "updated", FIELD_UPDATED, 3, value_date),
    VALUE(IN_CHANNEL, SPACE_DCTERMS, "modified", FIELD_UPDATED, 4, value_date),

    VALUE(IN_ITEM | IN_CHANNEL, CORE, "description", FIELD_SUMMARY, 0, value_html),
    VALUE(IN_CHANNEL, SPACE_DC, "description", FIELD_SUMMARY, 3, value_html),
    VALUE(IN_ITEM | IN_CHANNEL, SPACE_ITUNES, "summary", FIELD_SUMMARY, 1, value_html),
    VALUE(IN_ITEM | IN_CHANNEL, SPACE_ITUNES, "subtitle", FIELD_SUMMARY, 2, value_html),
    VALUE(IN_ITEM, SPACE_DC, "description", FIELD_SUMMARY, 3, value_html),
    VALUE(ITEM, SPACE_MEDIA, "description", FIELD_SUMMARY, 4, value_html),
    VALUE(IN_ITEM, ATOM, "summary", FIELD_SUMMARY, 5, value_html),
    VALUE(IN_ITEM, SPACE_CONTENT, "encoded", FIELD_CONTENT, 0, value_html),
    VALUE(IN_ITEM, SPACE_XHTML, "body", FIELD_CONTENT, 1, value_html),
    VALUE(IN_ITEM, SPACE_XHTML, "div", FIELD_CONTENT, 2, value_html),
    VALUE(IN_ITEM, CORE | SPACE_OTHER, "fullitem", FIELD_CONTENT, 3, value_html),
    VALUE(IN_ITEM, ATOM, "content", FIELD_CONTENT, 4, value_html),

    VALUE(IN_ITEM | IN_CHANNEL, SPACE_DC, "creator", FIELD_AUTHOR, 0, value_person),
    VALUE(IN_ITEM | IN_CHANNEL, CORE, "author", FIELD_AUTHOR, 1, value_person),
    VALUE(IN_ITEM | IN_CHANNEL, SPACE_ITUNES, "author", FIELD_AUTHOR, 2, value_person),
    {IN_ITEM | IN_CHANNEL, ATOM, "author", FIELD_AUTHOR, 3, start_person, NULL, IN_PERSON, end_person},
    VALUE(IN_PERSON, ATOM, "name", FIELD_NONE, 0, value_person_name),
    VALUE(IN_PERSON, ATOM, "email", FIELD_NONE, 0, value_person_mail),

    VALUE(IN_ITEM, CORE, "category", FIELD_NONE, 0, value_category),
    VALUE(IN_ITEM, SPACE_DC | SPACE_DCTERMS, "subject", FIELD_NONE, 0, value_category),
    VALUE(ITEM, SPACE_MEDIA, "category", FIELD_NONE, 0, value_category),
    {IN_ITEM, SPACE_ITUNES, "category", FIELD_NONE, 0, start_itunes_category, NULL, 0, NULL},
    {IN_ITEM, CORE | SPACE_ENC, "enclosure", FIELD_NONE, 0, start_enclosure, NULL, 0, NULL},
    ENTER(ITEM, SPACE_MEDIA, "group", NULL, IN_MEDIA, NULL),
    ENTER(ITEM, SPACE_MEDIA, "content", start_media, IN_MEDIA, NULL),

    VALUE(IN_CHANNEL, CORE, "language", FIELD_LANGUAGE, 0, value_text),
    VALUE(IN_ITEM | IN_CHANNEL, SPACE_DC, "language", FIELD_LANGUAGE, 1, value_text),
    VALUE(IN_CHANNEL, CORE, "ttl", FIELD_NONE, 0, value_ttl),
    ENTER(IN_CHANNEL, CORE, "skipHours", NULL, IN_HOURS, NULL),
    ENTER(IN_CHANNEL, CORE, "skipDays", NULL, IN_DAYS, NULL),
    VALUE(IN_HOURS, CORE, "hour", FIELD_NONE, 0, value_hour),
    VALUE(IN_DAYS, CORE, "day", FIELD_NONE, 0, value_day),
    {IN_CHANNEL, CORE, "cloud", FIELD_NONE, 0, start_cloud, NULL, 0, NULL},
    VALUE(IN_CHANNEL, SPACE_ITUNES, "new-feed-url", FIELD_NONE, 0, value_new_url),
    VALUE(IN_CHANNEL, SPACE_ITUNES, "block", FIELD_NONE, 0, value_block),
    VALUE(IN_CHANNEL, SPACE_SY, "updatePeriod", FIELD_NONE, 0, value_period),
    VALUE(IN_CHANNEL, SPACE_SY, "updateFrequency", FIELD_NONE, 0, value_frequency),
};

const struct dialect dialect_rss = {rules, sizeof rules / sizeof *rules, true, root};

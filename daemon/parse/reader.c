#include "parse/reader.h"

#include "base/mem.h"
#include "base/time.h"
#include "base/url.h"

#include <ctype.h>

static const struct root roots[] = {
    {"rss", 0, &dialect_rss, {NULL}, false},
    {"rdf", 0, &dialect_rss, {NULL}, false},
    {"channel", SPACE_RSS10 | SPACE_NONE, &dialect_rss, {"purl.org/net/rss1.1"}, false},
    {"feed", 0, &dialect_atom, {"xmlns", "version"}, true},
    {"entry", SPACE_ATOM10 | SPACE_ATOM03, &dialect_atom, {"/Atom", "/atom/"}, false},
    {"alert", 0, &dialect_cap, {":cap:", "/cap/"}, false},
};

const struct root *reader_root(struct text name) {
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        if (text_eq_nocase(name, text_of(roots[i].name))) return &roots[i];
    return NULL;
}

static void draft_clear(struct draft *d) {
    *d = (struct draft){.item = {.published = TIME_NONE, .updated = TIME_NONE}};
    memset(d->rank, RANK_NONE, sizeof d->rank);
}

struct reader *reader_new(const struct parse_input *in, struct document *d, struct parse_warnings *w) {
    struct reader *r = xcalloc(1, sizeof *r);
    r->in = in;
    r->d = d;
    r->warnings = w;
    draft_clear(&r->feed);
    draft_clear(&r->item);
    r->draft = &r->feed;
    buf_init(&r->value, LIMIT_MARKUP);
    buf_init(&r->plain, LIMIT_FIELD);
    return r;
}

struct reader *reader_free(struct reader *r) {
    if (!r) return NULL;
    buf_clear(&r->value);
    buf_clear(&r->plain);
    free(r->items);
    free(r);
    return NULL;
}

struct text element_get(const struct element *e, enum space space, const char *name) {
    if (!e->n) return TEXT_NONE;
    struct text wanted = text_of(name);
    for (size_t i = 0; i < e->n; i++) {
        const struct attribute *a = &e->attributes[i];
        if (a->space == space && text_eq_nocase(a->name, wanted)) return a->value;
    }
    return TEXT_NONE;
}

bool reader_wants(const struct reader *r, enum field field, unsigned char rank) {
    if (field >= FIELD_N) return true;
    /* Authors of one rank are joined, of all other fields the first counts. */
    return rank < r->draft->rank[field] || (field == FIELD_AUTHOR && rank == r->draft->rank[field]);
}

/* -- items
 * --------------------------------------------------------------------------------------------------- */

void reader_begin_item(struct reader *r) {
    draft_clear(&r->item);
    r->draft = &r->item;
}

/* An item that lacks what memory was refused for is not that item: it is left out, and so is what follows. */
static bool is_full(struct reader *r) {
    if (!r->full && (r->d->arena.failed || r->starved)) {
        r->full = true;
        parse_warn(r->warnings, r->at, "the document needs more than %u MiB; from here on it is not read",
                   LIMIT_DOCUMENT_ARENA >> 20);
    }
    return r->full;
}

void reader_end_item(struct reader *r) {
    struct item *item = &r->item.item;
    r->draft = &r->feed;
    if (is_full(r)) {
        r->d->items_cut++;
        return;
    }
    bool named = item->title.len || item->url.len;
    bool something = named || item->id.len || item->summary.len || item->content.len;
    if (r->cut ? !named : !something) {
        parse_warn(r->warnings, r->at,
                   r->cut ? "the last item is not finished and is left out"
                          : "an item with nothing in it is left out");
        return;
    }
    if (r->cut) r->d->unfinished = true;
    GROW(r->items, r->n_items, r->cap_items);
    r->items[r->n_items++] = *item;
}

bool reader_has_room(struct reader *r, size_t at) {
    if (r->n_items < LIMIT_ITEMS && !r->full) return true;
    if (!r->d->items_cut++ && !r->full)
        parse_warn(r->warnings, at, "only the first %u items of a feed are read", LIMIT_ITEMS);
    return false;
}

bool start_item(struct reader *r, const struct rule *rule, const struct element *e) {
    (void)rule;
    if (r->draft == &r->item) return false;
    if (!reader_has_room(r, e->at)) return false;
    reader_begin_item(r);
    set_text(r, FIELD_LANGUAGE, 1, element_get(e, SPACE_XML, "lang"));
    return true;
}

void end_item(struct reader *r, const struct rule *rule) {
    (void)rule;
    reader_end_item(r);
}

bool start_enter(struct reader *r, const struct rule *rule, const struct element *e) {
    (void)rule;
    set_text(r, FIELD_LANGUAGE, 2, element_get(e, SPACE_XML, "lang"));
    return true;
}

/* -- values
 * -------------------------------------------------------------------------------------------------- */

/* What fits, cut at a character. */
static void add_value(struct reader *r, struct text t) {
    struct buf *b = &r->value;
    if (r->value_full) return;
    size_t room = b->max - b->len;
    if (t.len > room) {
        while (room && ((unsigned char)t.ptr[room] & 0xC0) == 0x80) room--;
        t.len = room;
        r->value_full = true;
        parse_warn(r->warnings, r->at, "a value of more than %u bytes is cut", LIMIT_MARKUP);
    }
    buf_addt(b, t);
}

/* XML text that is to be read as markup again. */
static void add_escaped(struct reader *r, struct text t) {
    size_t from = 0;
    for (size_t i = 0; i < t.len; i++) {
        if (t.ptr[i] != '<' && t.ptr[i] != '&') continue;
        add_value(r, (struct text){t.ptr + from, i - from});
        add_value(r, t.ptr[i] == '<' ? TEXT("&lt;") : TEXT("&amp;"));
        from = i + 1;
    }
    add_value(r, (struct text){t.ptr + from, t.len - from});
}

static void add_tag(struct reader *r, const struct frame *f, bool end) {
    if (!f->tag[0]) return;
    add_value(r, end ? TEXT("</") : TEXT("<"));
    add_value(r, text_of(f->tag));
    add_value(r, TEXT(">"));
}

static void name_frame(struct frame *f, struct text name) {
    if (name.len >= sizeof f->tag || !name.len || !isalpha((unsigned char)name.ptr[0])) return;
    for (size_t i = 0; i < name.len; i++)
        if (!isalnum((unsigned char)name.ptr[i])) return;
    memcpy(f->tag, name.ptr, name.len);
    f->tag[name.len] = '\0';
}

static void begin_value(struct reader *r, const struct rule *rule) {
    r->rule = rule;
    r->value_depth = r->depth;
    r->value_full = r->has_elements = false;
    buf_reset(&r->value);
}

static void end_value(struct reader *r) {
    const struct rule *rule = r->rule;
    r->rule = NULL;
    /* What the end of the document cut is no title, date or address; of a text, some is better than none. */
    if (r->cut && rule->field != FIELD_SUMMARY && rule->field != FIELD_CONTENT) return;
    if (r->value.starved) r->starved = true;
    rule->value(r, rule, buf_text(&r->value));
}

/* -- events
 * -------------------------------------------------------------------------------------------------- */

static const struct rule *find_rule(const struct dialect *d, enum context context, const struct element *e) {
    for (size_t i = 0; i < d->n; i++) {
        const struct rule *rule = &d->rules[i];
        if ((rule->contexts & context) && (rule->spaces & e->space) &&
            (rule->name[0] | 32) == (e->name.ptr[0] | 32) && text_eq_nocase(text_of(rule->name), e->name))
            return rule;
    }
    return NULL;
}

static void push(struct reader *r, const struct element *e, struct frame *f) {
    struct text base = element_get(e, SPACE_XML, "base");
    if (base.len && f->context != IN_NOTHING) {
        struct text absolute = url_resolve(f->base.ptr ? f->base : r->in->base, base, &r->d->arena);
        if (absolute.ptr) f->base = absolute;
    }
    r->frames[r->depth++] = *f;
}

static void start_root(struct reader *r, const struct element *e, struct frame *f) {
    const struct root *root = reader_root(e->name);
    bool known = root && (!root->spaces || (root->spaces & e->space));
    f->context = known ? IN_ROOT : IN_NOTHING;
    push(r, e, f);
    if (!known) return;
    r->dialect = root->dialect;
    r->frames[0].context = r->dialect->root(r, e);
    set_text(r, FIELD_LANGUAGE, 2, element_get(e, SPACE_XML, "lang"));
}

/* Is this a CAP alert as the whole content of an Atom entry? */
static bool holds_alert(const struct reader *r, const struct element *e) {
    return e->space == SPACE_CAP && r->depth == r->value_depth && r->rule->field == FIELD_CONTENT &&
           r->dialect == &dialect_atom && text_eq_nocase(e->name, TEXT("alert")) &&
           !text_trim(buf_text(&r->value)).len;
}

static void on_start(void *self, enum space space, struct text name, const struct attribute *attributes,
                     size_t n, size_t at) {
    struct reader *r = self;
    struct element e = {space, name, attributes, n, at};
    struct frame f = {.context = IN_NOTHING};
    r->at = at;
    if (!r->depth) {
        start_root(r, &e, &f);
        return;
    }
    const struct frame *outer = &r->frames[r->depth - 1];
    f.base = outer->base;
    if (r->rule && holds_alert(r, &e)) {
        r->rule = NULL; /* its value is the alert: read by rules, not as text */
        f.context = IN_ALERT;
        push(r, &e, &f);
        return;
    }
    if (r->rule) {
        f.context = IN_VALUE;
        r->has_elements = true;
        name_frame(&f, name);
        add_tag(r, &f, false);
        push(r, &e, &f);
        return;
    }
    const struct rule *rule = outer->context == IN_NOTHING ? NULL : find_rule(r->dialect, outer->context, &e);
    if (!rule) {
        push(r, &e, &f);
        return;
    }
    /* The element's own base counts for its own attributes, so the frame goes first. */
    f.context = rule->value ? IN_VALUE : rule->enter;
    push(r, &e, &f);
    struct frame *own = &r->frames[r->depth - 1];
    r->form = FORM_HTML;
    bool wanted = rule->start ? rule->start(r, rule, &e) : true;
    if (!wanted || (rule->value && !reader_wants(r, rule->field, rule->rank))) {
        own->context = IN_NOTHING;
    } else if (rule->value) {
        begin_value(r, rule);
    } else if (rule->enter) {
        own->rule = rule;
    } else {
        own->context = IN_NOTHING;
    }
}

static void on_text(void *self, struct text t) {
    struct reader *r = self;
    if (!r->rule) return;
    if (r->form == FORM_XHTML)
        add_escaped(r, t);
    else
        add_value(r, t);
}

static void on_end(void *self) {
    struct reader *r = self;
    struct frame *f = &r->frames[r->depth - 1];
    if (r->rule && r->depth == r->value_depth)
        end_value(r);
    else if (r->rule)
        add_tag(r, f, true);
    else if (f->rule && f->rule->end)
        f->rule->end(r, f->rule);
    /* A root that is itself the item ends with it. */
    if (r->depth == 1 && r->draft == &r->item) reader_end_item(r);
    r->depth--;
}

static void on_cut(void *self) {
    ((struct reader *)self)->cut = true;
}

void reader_events(struct reader *r, struct events *ret) {
    *ret = (struct events){r, on_start, on_text, on_end, on_cut};
}

/* -- the end
 * --------------------------------------------------------------------------------------------------- */

static void resolve_late(struct reader *r, struct text *url) {
    struct url u;
    if (!url->len) return;
    url_split(*url, &u);
    if (u.scheme.ptr) return;
    struct text link = r->d->link;
    bool use_link = r->dialect->base_is_link && url_is_http(link);
    *url = url_resolve(use_link ? link : r->in->base, *url, &r->d->arena);
}

static void finish_items(struct reader *r) {
    struct document *d = r->d;
    for (size_t i = 0; i < d->n_items; i++) {
        struct item *item = &d->items[i];
        if (!item->author.len) item->author = r->feed.item.author;
        if (text_eq_nocase(item->language, d->language)) item->language = TEXT_NONE;
        if (!r->relative) continue;
        resolve_late(r, &item->url);
        size_t kept = 0;
        for (size_t k = 0; k < item->n_enclosures; k++) {
            resolve_late(r, &item->enclosures[k].url);
            if (item->enclosures[k].url.len) item->enclosures[kept++] = item->enclosures[k];
        }
        item->n_enclosures = kept;
    }
}

int reader_finish(struct reader *r) {
    struct document *d = r->d;
    const struct item *feed = &r->feed.item;
    is_full(r);
    /* What was full for texts still has to take the list of those that are there. */
    d->arena.max += LIMIT_DOCUMENT_SPARE;
    d->arena.failed = false;
    d->title = feed->title;
    d->description = feed->summary;
    d->language = feed->language;
    d->updated = feed->updated;
    d->link = feed->url;
    if (r->relative) {
        struct url u;
        url_split(d->link, &u);
        if (d->link.len && !u.scheme.ptr) d->link = url_resolve(r->in->base, d->link, &d->arena);
    }
    if (!d->hints.ttl_ms && r->sy_period)
        d->hints.ttl_ms = r->sy_period / (r->sy_frequency > 0 ? r->sy_frequency : 1);
    if (r->n_items && (d->items = arena_alloc(&d->arena, r->n_items * sizeof *d->items))) {
        memcpy(d->items, r->items, r->n_items * sizeof *d->items);
        d->n_items = r->n_items;
    }
    finish_items(r);
    return d->arena.failed ? -1 : r->full ? 1 : 0;
}

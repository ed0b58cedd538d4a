#include "parse/reader.h"

#include "base/time.h"
#include "base/url.h"
#include "parse/charset.h"
#include "parse/date.h"
#include "parse/entities.h"
#include "parse/html.h"

#include <ctype.h>

/* Cut to at most n bytes, at a character. */
static struct text cut_text(struct text t, size_t n) {
    if (t.len <= n) return t;
    while (n && ((unsigned char)t.ptr[n] & 0xC0) == 0x80) n--;
    t.len = n;
    return t;
}

/* -- base64 (Atom 0.3) --------------------------------------------------------------------------------- */

static int digit64(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* In place. Returns the length. */
static size_t decode64(char *p, size_t len) {
    size_t n = 0;
    uint32_t bits = 0;
    unsigned have = 0;
    for (size_t i = 0; i < len; i++) {
        int digit = digit64(p[i]);
        if (digit < 0) continue;
        bits = bits << 6 | (uint32_t)digit;
        have += 6;
        if (have < 8) continue;
        have -= 8;
        p[n++] = (char)(bits >> have & 0xFF);
    }
    return n;
}

/* -- text ---------------------------------------------------------------------------------------------- */

struct text value_plain(struct reader *r, struct text raw, enum form form) {
    buf_reset(&r->plain);
    int status = form == FORM_TEXT ? html_plain(raw, &r->plain) : html_to_text(raw, &r->plain);
    if (status < 0) r->starved = true;
    if (status > 0) parse_warn(r->warnings, r->at, "a text of more than %u bytes is cut", LIMIT_FIELD);
    return buf_text(&r->plain);
}

static struct text *text_slot(struct item *item, enum field field) {
    switch (field) {
    case FIELD_TITLE: return &item->title;
    case FIELD_URL: return &item->url;
    case FIELD_ID: return &item->id;
    case FIELD_SUMMARY: return &item->summary;
    case FIELD_CONTENT: return &item->content;
    case FIELD_AUTHOR: return &item->author;
    case FIELD_LANGUAGE: return &item->language;
    default: return NULL;
    }
}

void set_text(struct reader *r, enum field field, unsigned char rank, struct text plain) {
    struct text *slot = text_slot(&r->draft->item, field);
    plain = text_trim(plain);
    if (field == FIELD_LANGUAGE) plain = cut_text(plain, LIMIT_TYPE);
    if (!slot || !plain.len || !reader_wants(r, field, rank)) return;
    *slot = arena_dup(&r->d->arena, plain);
    if (slot->ptr) r->draft->rank[field] = rank;
}

void value_html(struct reader *r, const struct rule *rule, struct text raw) {
    set_text(r, rule->field, rule->rank, value_plain(r, raw, FORM_HTML));
}

void value_text(struct reader *r, const struct rule *rule, struct text raw) {
    set_text(r, rule->field, rule->rank, value_plain(r, raw, FORM_TEXT));
}

void value_form(struct reader *r, const struct rule *rule, struct text raw) {
    enum form form = r->form == FORM_TEXT ? FORM_TEXT : FORM_HTML;
    if (r->form != FORM_BASE64) {
        set_text(r, rule->field, rule->rank, value_plain(r, raw, form));
        return;
    }
    struct charset_result charset;
    struct buf storage;
    /* Windows-1252 can become three bytes a byte. */
    buf_init(&storage, 3 * LIMIT_MARKUP);
    raw.len = decode64(r->value.ptr ? r->value.ptr : (char[1]){0}, raw.len);
    if (!charset_decode(raw, TEXT_NONE, &storage, &charset))
        set_text(r, rule->field, rule->rank, value_plain(r, charset.text, form));
    buf_clear(&storage);
}

void value_id(struct reader *r, const struct rule *rule, struct text raw) {
    set_text(r, rule->field, rule->rank, cut_text(text_trim(raw), LIMIT_ID));
}

void value_date(struct reader *r, const struct rule *rule, struct text raw) {
    int64_t wall;
    char space[2 * LIMIT_DATE];
    struct buf plain;
    raw = cut_text(text_trim(raw), sizeof space - 1);
    if (!raw.len) return;
    /* Most dates hold neither tags nor references. */
    buf_init(&plain, sizeof space);
    if (memchr(raw.ptr, '&', raw.len) || memchr(raw.ptr, '<', raw.len)) {
        if (html_to_text(raw, &plain) < 0) r->starved = true;
        raw = buf_text(&plain);
    }
    if (date_parse(raw, &wall) < 0) {
        parse_warn(r->warnings, r->at, "not understood as a date: %.*s", (int)cut_text(raw, 60).len, raw.ptr);
    } else if (reader_wants(r, rule->field, rule->rank)) {
        r->draft->rank[rule->field] = rule->rank;
        *(rule->field == FIELD_PUBLISHED ? &r->draft->item.published : &r->draft->item.updated) = wall;
    }
    buf_clear(&plain);
}

/* -- addresses ----------------------------------------------------------------------------------------- */

static bool is_refused(struct text scheme) {
    static const char *const refused[] = {"javascript", "data", "vbscript", "about", "blob", "file"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (text_eq_nocase(scheme, text_of(refused[i]))) return true;
    return false;
}

/* References decoded into `space`; TEXT_NONE: it does not fit. */
static struct text decode_address(struct text raw, char *space, size_t size) {
    size_t n = 0;
    while (raw.len) {
        char out[REFERENCE_MAX];
        size_t len = 0, used = raw.ptr[0] == '&' ? reference_read(raw, REFERENCE_CLOSED, out, &len) : 0;
        if (!used) {
            used = len = 1;
            out[0] = raw.ptr[0];
        }
        if (n + len > size) return TEXT_NONE;
        memcpy(space + n, out, len);
        n += len;
        raw.ptr += used;
        raw.len -= used;
    }
    return text_trim((struct text){space, n});
}

struct text reader_address(struct reader *r, struct text raw) {
    char space[2 * LIMIT_URL];
    struct text t = text_trim(raw), base = r->depth ? r->frames[r->depth - 1].base : TEXT_NONE;
    struct url u;
    if (!t.len || t.len > LIMIT_URL) return TEXT_NONE;
    if (memchr(t.ptr, '&', t.len)) t = decode_address(t, space, sizeof space);
    if (!t.len) return TEXT_NONE;
    url_split(t, &u);
    if (is_refused(u.scheme)) return TEXT_NONE;
    if (!u.scheme.ptr && !base.ptr && r->dialect && r->dialect->base_is_link) {
        /* The feed's link may still come. */
        r->relative = true;
        return arena_dup(&r->d->arena, t);
    }
    return url_resolve(base.ptr ? base : r->in->base, t, &r->d->arena);
}

void set_url(struct reader *r, unsigned char rank, struct text raw) {
    if (!reader_wants(r, FIELD_URL, rank)) return;
    struct text url = reader_address(r, raw);
    if (!url.len) return;
    r->draft->item.url = url;
    r->draft->rank[FIELD_URL] = rank;
}

void value_url(struct reader *r, const struct rule *rule, struct text raw) {
    set_url(r, rule->rank, raw);
}

/* Is `token` one of the relations of a link? Those of IANA may be written as addresses. */
static bool rel_has(struct text rel, const char *token) {
    static const struct text iana = {"http://www.iana.org/assignments/relation/", 41};
    while (rel.len) {
        rel = text_trim(rel);
        size_t n = 0;
        while (n < rel.len && !text_is_space(rel.ptr[n])) n++;
        struct text one = {rel.ptr, n};
        if (text_starts(one, iana)) one.ptr += iana.len, one.len -= iana.len;
        if (text_eq_nocase(one, text_of(token))) return true;
        rel.ptr += n;
        rel.len -= n;
    }
    return false;
}

/* A link with href. The rule's rank is that of the best of them; a page goes before an address of unknown
 * type, and that before others. */
bool start_link(struct reader *r, const struct rule *rule, const struct element *e) {
    struct text rel = element_get(e, SPACE_NONE, "rel"), type = element_get(e, SPACE_NONE, "type");
    struct text href = element_get(e, SPACE_NONE, "href");
    bool in_item = r->draft == &r->item;
    if (!href.ptr) return rule->value != NULL;
    if (!text_trim(rel).len || rel_has(rel, "alternate")) {
        bool page = type.len && (text_eq_nocase(type, TEXT("text/html")) ||
                                 text_eq_nocase(type, TEXT("application/xhtml+xml")));
        set_url(r, (unsigned char)(rule->rank + (page ? 0 : type.len ? 2 : 1)), href);
    } else if (in_item && rel_has(rel, "enclosure")) {
        add_enclosure(r, href, type, element_get(e, SPACE_NONE, "length"));
    } else if (!in_item && rel_has(rel, "hub") && !r->d->hints.hub.ptr) {
        r->d->hints.hub = url_resolve(r->in->base, href, &r->d->arena);
    }
    if (!in_item && rel_has(rel, "next") && !r->d->hints.next.ptr)
        r->d->hints.next = url_resolve(r->in->base, href, &r->d->arena);
    if (!in_item && rel_has(rel, "prev-archive") && !r->d->hints.archive.ptr)
        r->d->hints.archive = url_resolve(r->in->base, href, &r->d->arena);
    if (!in_item && rel_has(rel, "self") && !r->d->hints.self.ptr)
        r->d->hints.self = url_resolve(r->in->base, href, &r->d->arena);
    return false;
}

/* -- lists --------------------------------------------------------------------------------------------- */

/* Room for one more in an arena array that doubles from 4 to its maximum; NULL: none. */
static void *grow(struct reader *r, void *list, size_t n, size_t size, size_t max) {
    if (n == max) return NULL;
    if (n && (n < 4 || (n & (n - 1)))) return list;
    size_t cap = n ? n * 2 : 4;
    void *fresh = arena_alloc(&r->d->arena, cap * size);
    if (fresh && n) memcpy(fresh, list, n * size);
    return fresh;
}

void add_category(struct reader *r, struct text raw, enum form form) {
    struct item *item = &r->draft->item;
    struct text plain = cut_text(text_trim(value_plain(r, raw, form)), LIMIT_CATEGORY);
    if (!plain.len || r->draft != &r->item) return;
    for (size_t i = 0; i < item->n_categories; i++)
        if (text_eq(item->categories[i], plain)) return;
    struct text *list = grow(r, item->categories, item->n_categories, sizeof *list, LIMIT_CATEGORIES);
    if (!list) return;
    item->categories = list;
    item->categories[item->n_categories] = arena_dup(&r->d->arena, plain);
    item->n_categories += item->categories[item->n_categories].ptr != NULL;
}

void value_category(struct reader *r, const struct rule *rule, struct text raw) {
    (void)rule;
    add_category(r, raw, FORM_HTML);
}

static int64_t length_of(struct text t) {
    int64_t v = 0;
    t = text_trim(t);
    if (!t.len || t.len > 15) return -1;
    for (size_t i = 0; i < t.len; i++) {
        if (!isdigit((unsigned char)t.ptr[i])) return -1;
        v = v * 10 + (t.ptr[i] - '0');
    }
    return v;
}

void add_enclosure(struct reader *r, struct text url, struct text type, struct text length) {
    struct item *item = &r->draft->item;
    if (r->draft != &r->item) return;
    struct enclosure e = {.url = reader_address(r, url), .length = length_of(length)};
    if (!e.url.len) return;
    type = text_trim(type);
    if (type.len <= LIMIT_TYPE) e.type = arena_dup(&r->d->arena, type);
    for (size_t i = 0; i < item->n_enclosures; i++)
        if (text_eq(item->enclosures[i].url, e.url)) return;
    struct enclosure *list = grow(r, item->enclosures, item->n_enclosures, sizeof *list, LIMIT_ENCLOSURES);
    if (!list) return;
    item->enclosures = list;
    item->enclosures[item->n_enclosures++] = e;
}

bool start_media(struct reader *r, const struct rule *rule, const struct element *e) {
    (void)rule;
    struct text url = element_get(e, SPACE_NONE, "url");
    if (url.len)
        add_enclosure(r, url, element_get(e, SPACE_NONE, "type"), element_get(e, SPACE_NONE, "fileSize"));
    return true;
}

/* -- people -------------------------------------------------------------------------------------------- */

/* Is `name` one of the names of "A, B, C"? */
static bool is_listed(struct text list, struct text name) {
    for (size_t i = 0; i + name.len <= list.len; i++) {
        if (i && (i < 2 || list.ptr[i - 1] != ' ' || list.ptr[i - 2] != ',')) continue;
        size_t end = i + name.len;
        if (end < list.len && list.ptr[end] != ',') continue;
        if (text_eq((struct text){list.ptr + i, name.len}, name)) return true;
    }
    return false;
}

void add_author(struct reader *r, unsigned char rank, struct text name) {
    struct draft *d = r->draft;
    unsigned char *have = &d->rank[FIELD_AUTHOR];
    name = cut_text(text_trim(name), LIMIT_AUTHOR);
    if (!name.len || rank > *have) return;
    struct text *author = &d->item.author;
    if (rank < *have) {
        *author = arena_dup(&r->d->arena, name);
        *have = rank;
        d->n_authors = 1;
        return;
    }
    if (d->n_authors == LIMIT_AUTHORS || author->len + 2 + name.len > LIMIT_AUTHOR) return;
    if (is_listed(*author, name)) return;
    const char *both = arena_printf(&r->d->arena, "%.*s, %.*s", TEXT_ARGS(*author), TEXT_ARGS(name));
    if (both) *author = text_of(both);
    d->n_authors++;
}

/* "mail (Name)", "Name <mail>", "Name", "mail": the name, else the mail. */
void value_person(struct reader *r, const struct rule *rule, struct text raw) {
    /* Here "<mail>" is no tag. */
    bool mail_in_brackets = raw.len && memchr(raw.ptr, '@', raw.len) && !memmem(raw.ptr, raw.len, "</", 2);
    struct text t = text_trim(value_plain(r, raw, mail_in_brackets ? FORM_TEXT : FORM_HTML));
    const char *open = t.len ? memchr(t.ptr, '(', t.len) : NULL, *close = NULL;
    if (open && memchr(t.ptr, '@', (size_t)(open - t.ptr)) && t.ptr[t.len - 1] == ')') {
        struct text name = text_trim((struct text){open + 1, t.len - (size_t)(open - t.ptr) - 2});
        struct text mail = text_trim((struct text){t.ptr, (size_t)(open - t.ptr)});
        t = name.len ? name : mail;
    } else if (t.len && (open = memchr(t.ptr, '<', t.len)) &&
               (close = memchr(open, '>', t.len - (size_t)(open - t.ptr)))) {
        struct text name = text_trim((struct text){t.ptr, (size_t)(open - t.ptr)});
        struct text mail = text_trim((struct text){open + 1, (size_t)(close - open) - 1});
        t = name.len ? name : mail;
    }
    if (t.len > 1 && t.ptr[0] == '"' && t.ptr[t.len - 1] == '"') t.ptr++, t.len -= 2;
    if (t.len > 7 && !strncasecmp(t.ptr, "mailto:", 7)) t.ptr += 7, t.len -= 7;
    const char *line = t.len ? memchr(t.ptr, '\n', t.len) : NULL;
    if (line) t.len = (size_t)(line - t.ptr);
    add_author(r, rule->rank, t);
}

bool start_person(struct reader *r, const struct rule *rule, const struct element *e) {
    (void)e;
    r->person_name = r->person_mail = TEXT_NONE;
    r->person_rank = rule->rank;
    return r->draft->rank[FIELD_AUTHOR] >= rule->rank;
}

void value_person_name(struct reader *r, const struct rule *rule, struct text raw) {
    (void)rule;
    if (r->person_name.len) return;
    struct text t = cut_text(text_trim(value_plain(r, raw, FORM_TEXT)), LIMIT_AUTHOR);
    r->person_name = arena_dup(&r->d->arena, t);
}

void value_person_mail(struct reader *r, const struct rule *rule, struct text raw) {
    (void)rule;
    if (r->person_mail.len) return;
    struct text t = cut_text(text_trim(value_plain(r, raw, FORM_TEXT)), LIMIT_AUTHOR);
    r->person_mail = arena_dup(&r->d->arena, t);
}

void end_person(struct reader *r, const struct rule *rule) {
    (void)rule;
    add_author(r, r->person_rank, r->person_name.len ? r->person_name : r->person_mail);
}

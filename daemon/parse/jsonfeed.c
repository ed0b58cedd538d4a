#include "parse/jsonfeed.h"

#include "base/mem.h"
#include "base/time.h"
#include "base/url.h"
#include "parse/date.h"

#include <ctype.h>
#include <jansson.h>

/* What a look over the brackets tells, before any tree is built. */
struct piece {
    uint32_t from, to;
};
struct outline {
    size_t values;       /* at least as many as the trees will have nodes */
    size_t begin;        /* of what the root's "items" list holds; 0: there is none */
    struct piece *items; /* its objects that are finished; heap */
    size_t n_items, cap_items;
    bool closed, deep;
};

static void add_item(struct outline *o, size_t from, size_t to) {
    if (o->values > LIMIT_JSON_VALUES) return;
    GROW(o->items, o->n_items, o->cap_items);
    o->items[o->n_items++] = (struct piece){(uint32_t)from, (uint32_t)to};
}

static struct outline outline_of(struct text t) {
    struct outline o = {0};
    char open[LIMIT_NESTING];
    size_t depth = 0, from = 0;
    bool string = false, listed = false; /* inside the root's "items" */
    struct text key = TEXT_NONE;         /* the newest string of the root */
    for (size_t i = 0; i < t.len; i++) {
        char c = t.ptr[i];
        if (string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                string = false;
            if (!string && depth == 1) key.len = i - (size_t)(key.ptr - t.ptr);
            continue;
        }
        switch (c) {
        case '"':
            string = true;
            if (depth == 1) key = (struct text){t.ptr + i + 1, 0};
            break;
        case ',':
        case ':': o.values++; break;
        case '{':
        case '[':
            o.values++;
            if (depth == LIMIT_NESTING) {
                o.deep = true;
                return o;
            }
            if (depth == 1) {
                listed = c == '[' && text_eqs(key, "items");
                if (listed) o.begin = i + 1, o.n_items = 0; /* the last of several counts */
            }
            if (depth == 2) from = i;
            open[depth++] = c;
            break;
        case '}':
        case ']':
            if (depth) depth--;
            if (depth == 2 && listed && open[2] == '{') add_item(&o, from, i + 1);
            if (!depth) {
                o.closed = true;
                return o;
            }
            break;
        default: break;
        }
    }
    return o;
}

/* The value of an escape \\uXXXX at i; -1: there is none. */
static int escape_at(struct text t, size_t i) {
    int value = 0;
    if (i + 6 > t.len || t.ptr[i] != '\\' || t.ptr[i + 1] != 'u') return -1;
    for (size_t k = i + 2; k < i + 6; k++) {
        char c = t.ptr[k];
        int digit = c >= '0' && c <= '9'                 ? c - '0'
                    : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                         : -1;
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* Half of a pair by itself, as of a title that was cut in the middle of an emoji, becomes U+FFFD. Returns how
 * many there were; 0: ret is empty. */
static size_t mend_surrogates(struct text t, struct buf *ret) {
    size_t n = 0, done = 0;
    for (size_t i = 0; i < t.len; i++) {
        if (t.ptr[i] != '\\') continue;
        int value = escape_at(t, i), next = escape_at(t, i + 6);
        bool high = value >= 0xD800 && value < 0xDC00, low = value >= 0xDC00 && value < 0xE000;
        if (high && next >= 0xDC00 && next < 0xE000) {
            i += 11;
        } else if (high || low) {
            buf_add(ret, t.ptr + done, i - done);
            buf_adds(ret, "\\uFFFD");
            done = i + 6;
            i += 5;
            n++;
        } else {
            i++; /* whatever is escaped is no backslash */
        }
    }
    if (n) buf_add(ret, t.ptr + done, t.len - done);
    return n;
}

static json_t *load_once(struct text t) {
    return json_loadb(t.ptr, t.len, JSON_ALLOW_NUL | JSON_DISABLE_EOF_CHECK, NULL);
}

static json_t *load(struct reader *r, struct text t, size_t at) {
    json_t *j = load_once(t);
    if (j) return j;
    struct buf b;
    buf_init(&b, LIMIT_BODY * 4);
    size_t n = mend_surrogates(t, &b);
    if (n && !b.failed && (j = load_once(buf_text(&b))))
        parse_warn(r->warnings, at, "halves of surrogate pairs became U+FFFD: %zu", n);
    buf_clear(&b);
    return j;
}

/* The tree of all but the items, each of which has a 0 in its place: one item's tree at a time is enough.
 * NULL: it is broken. Or else, where the document is cut, of what stands before the items. */
static json_t *load_head(struct reader *r, struct text t, const struct outline *o, size_t at, bool whole) {
    struct buf b;
    size_t done = 0;
    buf_init(&b, LIMIT_BODY * 4);
    for (size_t i = 0; whole && i < o->n_items; i++) {
        buf_add(&b, t.ptr + done, o->items[i].from - done);
        buf_addc(&b, '0');
        done = o->items[i].to;
    }
    if (whole) {
        buf_add(&b, t.ptr + done, t.len - done);
    } else {
        buf_add(&b, t.ptr, o->begin);
        buf_adds(&b, "]}");
    }
    json_t *root = b.failed ? NULL : load(r, buf_text(&b), at);
    buf_clear(&b);
    return root;
}

/* Of the whole, or of what was finished. */
static json_t *load_outline(struct reader *r, struct text t, const struct outline *o, size_t at,
                            bool *ret_cut) {
    *ret_cut = false;
    if (!o->begin || o->deep) return NULL;
    json_t *root = o->closed && o->values <= LIMIT_JSON_VALUES ? load_head(r, t, o, at, true) : NULL;
    if (root || !o->n_items) return root;
    root = load_head(r, t, o, at, false);
    if (root) {
        *ret_cut = true;
        parse_warn(r->warnings, at + o->items[o->n_items - 1].to,
                   "the document is broken or cut behind here");
    }
    return root;
}

static struct text member(const json_t *j, const char *name) {
    const json_t *v = json_object_get(j, name);
    if (!json_is_string(v)) return TEXT_NONE;
    return (struct text){json_string_value(v), json_string_length(v)};
}

static void set_date(struct reader *r, const json_t *j, const char *name, int64_t *ret) {
    struct text t = member(j, name);
    int64_t wall;
    if (!t.len) return;
    if (date_parse(t, &wall) < 0)
        parse_warn(r->warnings, r->at, "not understood as a date: %s", name);
    else
        *ret = wall;
}

/* Version 1.1 has `authors`, version 1 one `author`. */
static void read_authors(struct reader *r, const json_t *j) {
    const json_t *list = json_object_get(j, "authors");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *author = json_array_get(list, i);
        struct text name = member(author, "name");
        if (name.len) add_author(r, 0, value_plain(r, name, FORM_TEXT));
    }
    struct text one = member(json_object_get(j, "author"), "name");
    if (one.len) add_author(r, 1, value_plain(r, one, FORM_TEXT));
}

static void read_attachments(struct reader *r, const json_t *list) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *a = json_array_get(list, i), *size = json_object_get(a, "size_in_bytes");
        char length[24] = "";
        if (json_is_integer(size) && json_integer_value(size) >= 0)
            snprintf(length, sizeof length, "%lld", (long long)json_integer_value(size));
        add_enclosure(r, member(a, "url"), member(a, "mime_type"), text_of(length));
    }
}

static void read_id(struct reader *r, const json_t *id) {
    char number[40];
    if (json_is_integer(id)) {
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(id));
        set_text(r, FIELD_ID, 0, text_of(number));
    } else if (json_is_real(id)) {
        snprintf(number, sizeof number, "%.17g", json_real_value(id));
        set_text(r, FIELD_ID, 0, text_of(number));
    } else if (json_is_string(id) && json_string_length(id) <= LIMIT_ID) {
        set_text(r, FIELD_ID, 0, (struct text){json_string_value(id), json_string_length(id)});
    }
}

static void read_item(struct reader *r, const json_t *j) {
    reader_begin_item(r);
    read_id(r, json_object_get(j, "id"));
    set_text(r, FIELD_TITLE, 0, value_plain(r, member(j, "title"), FORM_TEXT));
    set_url(r, 0, member(j, "url"));
    set_url(r, 1, member(j, "external_url"));
    set_text(r, FIELD_SUMMARY, 0, value_plain(r, member(j, "summary"), FORM_TEXT));
    set_text(r, FIELD_CONTENT, 0, value_plain(r, member(j, "content_html"), FORM_HTML));
    set_text(r, FIELD_CONTENT, 1, value_plain(r, member(j, "content_text"), FORM_TEXT));
    set_text(r, FIELD_LANGUAGE, 0, member(j, "language"));
    set_date(r, j, "date_published", &r->item.item.published);
    set_date(r, j, "date_modified", &r->item.item.updated);
    read_authors(r, j);
    const json_t *tags = json_object_get(j, "tags");
    for (size_t i = 0; i < json_array_size(tags); i++) {
        const json_t *tag = json_array_get(tags, i);
        if (json_is_string(tag))
            add_category(r, (struct text){json_string_value(tag), json_string_length(tag)}, FORM_TEXT);
    }
    read_attachments(r, json_object_get(j, "attachments"));
    reader_end_item(r);
}

/* Relative addresses go against home_page_url, then feed_url, then the document's own. */
static void set_base(struct reader *r, struct text home, struct text self) {
    struct text base = url_is_http(text_trim(home)) ? home : self;
    r->frames[0] = (struct frame){.context = IN_ROOT};
    if (base.len) r->frames[0].base = url_resolve(r->in->base, base, &r->d->arena);
    r->depth = 1;
}

static void read_feed(struct reader *r, const json_t *root) {
    struct text home = member(root, "home_page_url"), self = member(root, "feed_url");
    set_url(r, 0, home);
    set_base(r, home, self);
    if (self.len) r->d->hints.self = url_resolve(r->in->base, self, &r->d->arena);
    set_text(r, FIELD_TITLE, 0, value_plain(r, member(root, "title"), FORM_TEXT));
    set_text(r, FIELD_SUMMARY, 0, value_plain(r, member(root, "description"), FORM_TEXT));
    set_text(r, FIELD_LANGUAGE, 0, member(root, "language"));
    read_authors(r, root);
    const json_t *hub = json_array_get(json_object_get(root, "hubs"), 0);
    struct text address = member(hub, "url");
    if (address.len) r->d->hints.hub = url_resolve(r->in->base, address, &r->d->arena);
    struct text next = member(root, "next_url");
    if (next.len) r->d->hints.next = url_resolve(r->in->base, next, &r->d->arena);
    r->d->hints.expired = json_is_true(json_object_get(root, "expired"));
}

/* An item that is broken in itself is left out. */
static void read_items(struct reader *r, struct text t, const struct outline *o, size_t at, bool *cut) {
    for (size_t i = 0; i < o->n_items; i++) {
        struct piece p = o->items[i];
        r->at = at + p.from;
        if (!reader_has_room(r, r->at)) continue;
        json_t *item = load(r, (struct text){t.ptr + p.from, p.to - p.from}, r->at);
        if (item) {
            read_item(r, item);
        } else {
            *cut = true;
            parse_warn(r->warnings, r->at, "an item is broken and is left out");
        }
        json_decref(item);
    }
}

enum json_result jsonfeed_read(struct reader *r, struct text t, size_t at) {
    bool cut = false;
    struct outline o = outline_of(t);
    json_t *root = load_outline(r, t, &o, at, &cut);
    struct text version = member(root, "version");
    bool feed = json_is_array(json_object_get(root, "items")) &&
                ((version.len && memmem(version.ptr, version.len, "jsonfeed.org/version/", 21)) ||
                 (!version.len && json_is_string(json_object_get(root, "title"))));
    if (feed) {
        r->d->format = FORMAT_JSON;
        read_feed(r, root);
        read_items(r, t, &o, at, &cut);
    }
    json_decref(root);
    free(o.items);
    return !feed ? JSON_NO_FEED : cut ? JSON_CUT : JSON_COMPLETE;
}

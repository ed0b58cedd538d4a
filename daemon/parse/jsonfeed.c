#include "parse/jsonfeed.h"

#include "base/mem.h"
#include "base/time.h"
#include "base/url.h"
#include "parse/date.h"

#include <ctype.h>
#include <jansson.h>

/* What a look over the brackets tells, before any tree is built. */
struct outline {
    size_t values;    /* at least as many as the tree will have nodes */
    size_t last_item; /* behind the newest element of a list that is a member of the root; 0: none */
    bool closed, deep;
    uint32_t *items; /* where each object of the root's "items" begins, for warnings; heap */
    size_t n_items, cap_items;
};

static struct outline outline_of(struct text t) {
    struct outline o = {0};
    char open[LIMIT_NESTING];
    size_t depth = 0;
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
            if (depth == 1 && c == '[') {
                listed = text_eqs(key, "items");
                if (listed) o.n_items = 0; /* the last of several counts */
            }
            if (depth == 2 && c == '{' && listed && open[1] == '[' && o.n_items < LIMIT_ITEMS) {
                GROW(o.items, o.n_items, o.cap_items);
                o.items[o.n_items++] = (uint32_t)i;
            }
            open[depth++] = c;
            break;
        case '}':
        case ']':
            if (depth) depth--;
            if (depth == 2 && open[1] == '[' && o.values <= LIMIT_JSON_VALUES) o.last_item = i + 1;
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

static json_t *load(struct text t) {
    return json_loadb(t.ptr, t.len, JSON_ALLOW_NUL | JSON_DISABLE_EOF_CHECK, NULL);
}

/* The tree of the whole, or of what was finished. */
static json_t *load_outline(struct reader *r, struct text t, const struct outline *o, size_t at,
                            bool *ret_cut) {
    bool whole = o->closed && o->values <= LIMIT_JSON_VALUES;
    json_t *root = whole ? load(t) : NULL;
    *ret_cut = false;
    if (root || !o->last_item) return root;
    struct buf b;
    buf_init(&b, LIMIT_BODY * 4);
    buf_add(&b, t.ptr, o->last_item);
    buf_adds(&b, "]}");
    if (!b.failed) root = load(buf_text(&b));
    buf_clear(&b);
    if (root) {
        *ret_cut = true;
        parse_warn(r->warnings, at + o->last_item, "the document is broken or cut behind here");
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
    if (!reader_has_room(r, r->at)) return;
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

enum json_result jsonfeed_read(struct reader *r, struct text t, size_t at) {
    bool cut = false;
    struct outline o = outline_of(t);
    json_t *root = o.deep ? NULL : load_outline(r, t, &o, at, &cut);
    if (!root) {
        free(o.items);
        return JSON_NO_FEED;
    }
    struct text version = member(root, "version");
    const json_t *items = json_object_get(root, "items");
    bool feed = json_is_array(items) &&
                ((version.len && memmem(version.ptr, version.len, "jsonfeed.org/version/", 21)) ||
                 (!version.len && json_is_string(json_object_get(root, "title"))));
    if (feed) {
        r->d->format = FORMAT_JSON;
        read_feed(r, root);
        for (size_t i = 0, object = 0; i < json_array_size(items); i++) {
            if (!json_is_object(json_array_get(items, i))) continue;
            if (object < o.n_items) r->at = at + o.items[object];
            object++;
            read_item(r, json_array_get(items, i));
        }
    }
    json_decref(root);
    free(o.items);
    return !feed ? JSON_NO_FEED : cut ? JSON_CUT : JSON_COMPLETE;
}

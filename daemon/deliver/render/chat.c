#include "deliver/render/chat.h"

#include "base/limits.h"
#include "base/mem.h"

#include <inttypes.h>
#include <string.h>

#define TITLE_MAX   300 /* of any unit: a headline is shorter, and what is longer hides the rest */
#define EXCERPT_MAX 4000

/* How much of the facts goes in; it shrinks until the text fits. */
struct measure {
    size_t title, excerpt, entries;
};

static void plain(struct buf *out, struct text line) {
    buf_addt(out, line);
}
const struct chat_dialect chat_plain = {PROSE_BYTES, plain, NULL, "\n", "\xE2\x80\xA2 ", {"", ""}};

/* ---- escapes ---- */
void chat_html(struct buf *out, struct text t) {
    prose_escaped(out, t, prose_html);
}

void chat_defuse(struct buf *out, struct text t, const char *signs, const char *line_start) {
    size_t digits = 0;
    while (digits < t.len && t.ptr[digits] >= '0' && t.ptr[digits] <= '9') digits++;
    bool list = digits && digits < t.len && (t.ptr[digits] == '.' || t.ptr[digits] == ')');
    if (*line_start && t.len && (list || strchr(line_start, t.ptr[0]))) buf_adds(out, PROSE_ZW);
    for (size_t i = 0; i < t.len; i++) {
        buf_addc(out, t.ptr[i]);
        if (strchr(signs, t.ptr[i])) buf_adds(out, PROSE_ZW);
    }
}

/* Any punctuation of ASCII may stand behind a backslash (CommonMark 2.4). Mentions and channel names are no
 * part of that, so their signs are followed by U+200B. */
void chat_markdown(struct buf *out, struct text t) {
    for (size_t i = 0; i < t.len; i++) {
        if (strchr("\\`*_{}[]()<>#+-.!|:&", t.ptr[i])) buf_addc(out, '\\');
        buf_addc(out, t.ptr[i]);
        if (t.ptr[i] == '@' || t.ptr[i] == '~') buf_adds(out, PROSE_ZW);
    }
}

void chat_markdown_url(struct buf *out, struct text url) {
    for (size_t i = 0; i < url.len; i++)
        if (strchr("()[]", url.ptr[i]))
            buf_addf(out, "%%%02X", (unsigned)url.ptr[i]);
        else
            buf_addc(out, url.ptr[i]);
}

void chat_percent(struct buf *out, struct text t) {
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (letter || (c && strchr("-._~", c)))
            buf_addc(out, (char)c);
        else
            buf_addf(out, "%%%02X", c);
    }
}

/* ---- pieces ---- */
void chat_cut(struct buf *out, struct text t, chat_escape_fn *escape, enum prose_unit unit, size_t max) {
    struct buf cut, escaped;
    buf_init(&cut, LIMIT_FIELD);
    buf_init(&escaped, LIMIT_FIELD * 8);
    for (size_t want = max; want; want = want * 3 / 4) {
        buf_reset(&cut);
        buf_reset(&escaped);
        prose_cut(&cut, t, want, unit);
        (escape ? escape : plain)(&escaped, buf_text(&cut));
        if (prose_length(buf_text(&escaped), unit) <= max) {
            buf_addt(out, buf_text(&escaped));
            break;
        }
    }
    buf_clear(&cut);
    buf_clear(&escaped);
}

void chat_title(const struct render_ask *ask, const struct facts *f, chat_escape_fn *escape,
                enum prose_unit unit, size_t max, struct buf *out) {
    struct buf title;
    buf_init(&title, LIMIT_FIELD);
    render_title(ask, f, &title);
    chat_cut(out, buf_text(&title), escape, unit, max);
    buf_clear(&title);
}

bool chat_url(const struct render_ask *ask, const struct facts *f, size_t max, struct buf *out) {
    struct buf url;
    buf_init(&url, LIMIT_URL * 3);
    bool shown = ask->notify->link && !prose_link(&url, f->item.url) && url.len <= max;
    if (shown) buf_addt(out, buf_text(&url));
    buf_clear(&url);
    return shown;
}

/* Each line is escaped by itself: what opens a block does so at a line's start. */
static void add_lines(struct buf *out, struct text t, const struct chat_dialect *d) {
    while (t.len) {
        const char *end = memchr(t.ptr, '\n', t.len);
        size_t n = end ? (size_t)(end - t.ptr) : t.len;
        d->escape(out, (struct text){t.ptr, n});
        if (end) buf_adds(out, d->newline);
        t.ptr += n + (end ? 1 : 0), t.len -= n + (end ? 1 : 0);
    }
}

static void new_line(struct buf *out, size_t before, const struct chat_dialect *d) {
    if (out->len > before) buf_adds(out, d->newline);
}

/* A title that leads to its item, where it has an address that may be shown. */
static void add_linked(struct buf *out, struct text title, struct text url, bool link,
                       const struct chat_dialect *d) {
    struct buf address;
    buf_init(&address, LIMIT_URL * 3);
    bool shown = link && !prose_link(&address, url);
    if (shown && d->link)
        d->link(out, buf_text(&address), title);
    else
        d->escape(out, title);
    if (shown && !d->link) {
        buf_adds(out, d->newline);
        buf_addt(out, buf_text(&address));
    }
    buf_clear(&address);
}

static void add_title(const struct render_ask *ask, const struct facts *f, const struct chat_dialect *d,
                      bool link, size_t max, struct buf *out) {
    struct buf title;
    buf_init(&title, LIMIT_FIELD);
    chat_title(ask, f, NULL, d->unit, max, &title);
    buf_adds(out, d->strong[0]);
    if (d->link)
        add_linked(out, buf_text(&title), f->item.url, link && ask->notify->link, d);
    else
        d->escape(out, buf_text(&title));
    buf_adds(out, d->strong[1]);
    buf_clear(&title);
}

static void add_entries(const struct render_ask *ask, const struct facts *f, const struct chat_dialect *d,
                        const struct measure *m, struct buf *out) {
    size_t n = f->n_entries < m->entries ? f->n_entries : m->entries, before = out->len;
    struct buf title, cut;
    buf_init(&title, LIMIT_FIELD);
    buf_init(&cut, LIMIT_FIELD);
    for (size_t i = 0; i < n; i++) {
        new_line(out, before, d);
        buf_reset(&title);
        buf_reset(&cut);
        render_entry_title(&f->entries[i], &title);
        prose_cut(&cut, buf_text(&title), m->title, d->unit);
        buf_adds(out, d->bullet);
        add_linked(out, buf_text(&cut), f->entries[i].item.url, ask->notify->link, d);
    }
    int64_t more = f->more + (int64_t)(f->n_entries - n);
    if (more > 0) {
        new_line(out, before, d);
        buf_addf(out, "and %" PRId64 " more", more);
    }
    buf_clear(&title);
    buf_clear(&cut);
}

static void add_line(struct buf *out, struct text line, size_t before, const struct chat_dialect *d,
                     size_t max) {
    struct buf cut;
    buf_init(&cut, LIMIT_FIELD);
    prose_cut(&cut, line, max, d->unit);
    new_line(out, before, d);
    d->escape(out, buf_text(&cut));
    buf_clear(&cut);
}

/* Who else told it, and the titles of those of whom that is a guess. */
static void add_outlets(const struct render_ask *ask, const struct facts *f, const struct chat_dialect *d,
                        const struct measure *m, size_t before, struct buf *out) {
    const struct fact_entry *guesses[LIMIT_GUESSES];
    struct buf line, cut;
    buf_init(&line, LIMIT_FIELD);
    buf_init(&cut, LIMIT_FIELD);
    render_outlets(f, &line);
    add_line(out, buf_text(&line), before, d, m->title);
    size_t n = render_guesses(f, guesses, m->entries < LIMIT_GUESSES ? m->entries : LIMIT_GUESSES);
    for (size_t i = 0; i < n; i++) {
        buf_reset(&line);
        buf_reset(&cut);
        render_guess(guesses[i], &line);
        prose_cut(&cut, buf_text(&line), m->title, d->unit);
        new_line(out, before, d);
        buf_adds(out, d->bullet);
        add_linked(out, buf_text(&cut), guesses[i]->item.url, ask->notify->link, d);
    }
    buf_clear(&line);
    buf_clear(&cut);
}

static void add_item(const struct render_ask *ask, const struct facts *f, const struct chat_dialect *d,
                     const struct measure *m, struct buf *out) {
    struct buf text, cut;
    buf_init(&text, LIMIT_FIELD);
    buf_init(&cut, LIMIT_FIELD);
    size_t before = out->len;
    if (f->previous_title.len) {
        render_diff(f->previous_title, f->item.title, &text);
        prose_cut(&cut, buf_text(&text), m->title, d->unit);
        d->escape(out, buf_text(&cut));
        buf_reset(&text);
        buf_reset(&cut);
    }
    if (f->kind != KIND_FOLD) render_excerpt(ask, &f->item, &text);
    prose_cut(&cut, buf_text(&text), m->excerpt, d->unit);
    if (cut.len) new_line(out, before, d);
    add_lines(out, buf_text(&cut), d);
    if (render_has_outlets(f)) add_outlets(ask, f, d, m, before, out);
    buf_clear(&text);
    buf_clear(&cut);
}

static void add_all(const struct render_ask *ask, const struct facts *f, const struct chat_dialect *d,
                    unsigned parts, const struct measure *m, struct buf *out) {
    struct buf part;
    buf_init(&part, LIMIT_FIELD);
    size_t before = out->len;
    if (parts & CHAT_TITLE) add_title(ask, f, d, (parts & CHAT_LINK) != 0, m->title, out);
    size_t mark = out->len;
    if (mark > before) buf_adds(out, d->newline);
    size_t body = out->len;
    if (render_is_list(f)) {
        add_entries(ask, f, d, m, out);
    } else if (f->kind == KIND_PROBLEM || f->kind == KIND_RECOVERED) {
        render_problem(f, &part);
        add_lines(out, buf_text(&part), d);
    } else {
        add_item(ask, f, d, m, out);
    }
    if (out->len == body) out->len = mark;
    if (parts & CHAT_BYLINE) {
        struct buf cut;
        buf_init(&cut, LIMIT_FIELD);
        buf_reset(&part);
        render_byline(ask, f, false, &part);
        prose_cut(&cut, buf_text(&part), m->title, d->unit);
        if (cut.len) new_line(out, before, d);
        d->escape(out, buf_text(&cut));
        buf_clear(&cut);
    }
    if ((parts & CHAT_LINK) && (!d->link || !(parts & CHAT_TITLE))) {
        buf_reset(&part);
        if (chat_url(ask, f, LIMIT_URL * 3, &part)) {
            new_line(out, before, d);
            buf_addt(out, buf_text(&part));
        }
    }
    buf_clear(&part);
}

/* False: nothing is left that could go. */
static bool shrink(struct measure *m) {
    if (m->excerpt > 40)
        m->excerpt = m->excerpt * 3 / 4;
    else if (m->title > 120)
        m->title = m->title * 3 / 4;
    else if (m->entries > 1)
        m->entries = m->entries * 3 / 4;
    else if (m->title > 20)
        m->title /= 2;
    else
        return false;
    return true;
}

int chat_text(const struct render_ask *ask, const struct facts *f, const struct chat_dialect *d,
              unsigned parts, size_t max, struct buf *out) {
    struct measure m = {TITLE_MAX, ask->halve ? EXCERPT_MAX / 2 : EXCERPT_MAX,
                        ask->halve && f->n_entries > 1 ? (f->n_entries + 1) / 2 : f->n_entries};
    struct buf text;
    buf_init(&text, LIMIT_FIELD * 4);
    int r = -1;
    do {
        buf_reset(&text);
        add_all(ask, f, d, parts, &m, &text);
        if (!text.failed && prose_length(buf_text(&text), d->unit) <= max) {
            r = buf_addt(out, buf_text(&text));
            break;
        }
    } while (shrink(&m));
    /* A link longer than all the room: the message counts more. */
    if (r && (parts & CHAT_LINK)) r = chat_text(ask, f, d, parts & ~(unsigned)CHAT_LINK, max, out);
    buf_clear(&text);
    return r;
}

/* ---- JSON ---- */
void chat_set(json_t *j, const char *key, const struct buf *b) {
    json_object_set_new(j, key, json_stringn(buf_str(b), b->len));
}

int chat_dump(json_t *j, struct buf *out) {
    char *text = json_dumps(j, JSON_COMPACT);
    json_decref(j);
    int r = text ? buf_adds(out, text) : -1;
    free(text);
    return r;
}

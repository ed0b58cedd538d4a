/* For a terminal, and for a notifier plugin: plain text, no control characters but our own colours. */
#include "deliver/render/render.h"

#include "base/limits.h"
#include "base/time.h"
#include "deliver/render/prose.h"

#include <inttypes.h>
#include <utf8proc.h>

#define INDENT       "    "
#define NOTICE_TITLE 200 /* contract: a pop-up's summary */

static const char *const level_colors[] = {"\033[36m", "\033[1;33m", "\033[1;31m"};

static size_t columns(struct text t) {
    size_t n = 0;
    while (t.len) {
        int32_t c;
        size_t k = prose_character(t, &c);
        n += c < 0 ? 1 : (size_t)utf8proc_charwidth(c);
        t.ptr += k, t.len -= k;
    }
    return n;
}

/* Appended: words, wrapped at `width` (0: not), the following lines indented. `column`: where it begins. */
static void wrap(struct buf *out, struct text t, size_t column, size_t width) {
    bool first = true;
    while (t.len) {
        const char *blank = memchr(t.ptr, ' ', t.len);
        struct text word = {t.ptr, blank ? (size_t)(blank - t.ptr) : t.len};
        size_t w = columns(word);
        if (!first && width && column + 1 + w > width) {
            buf_adds(out, "\n" INDENT);
            column = sizeof INDENT - 1;
        } else if (!first) {
            buf_addc(out, ' ');
            column++;
        }
        buf_addt(out, word);
        column += w;
        first = false;
        t.ptr += word.len + (blank ? 1 : 0), t.len -= word.len + (blank ? 1 : 0);
    }
}

static void indented(struct buf *out, struct text t, struct terminal_look look, const char *color) {
    while (t.len) {
        const char *end = memchr(t.ptr, '\n', t.len);
        size_t n = end ? (size_t)(end - t.ptr) : t.len;
        if (n) {
            buf_adds(out, INDENT);
            if (look.color) buf_adds(out, color);
            wrap(out, (struct text){t.ptr, n}, sizeof INDENT - 1, look.width);
            if (look.color && *color) buf_adds(out, "\033[0m");
            buf_addc(out, '\n');
        }
        t.ptr += n + (end ? 1 : 0), t.len -= n + (end ? 1 : 0);
    }
}

static void terminal_entries(const struct render_ask *ask, const struct facts *f, struct terminal_look look,
                             struct buf *out) {
    struct buf line;
    buf_init(&line, LIMIT_FIELD);
    for (size_t i = 0; i < f->n_entries; i++) {
        buf_reset(&line);
        buf_adds(&line, "- ");
        render_entry_title(&f->entries[i], &line);
        indented(out, buf_text(&line), look, "");
        buf_reset(&line);
        if (ask->notify->link && !prose_link(&line, f->entries[i].item.url)) {
            buf_addf(out, INDENT "  %s\n", buf_str(&line));
        }
    }
    if (f->more > 0) buf_addf(out, INDENT "and %" PRId64 " more\n", f->more);
    buf_clear(&line);
}

int render_terminal(const struct render_ask *ask, const struct facts *f, struct terminal_look look,
                    struct buf *out) {
    struct buf line;
    buf_init(&line, LIMIT_FIELD);
    const char *level = level_names[f->level];
    if (look.color) buf_adds(out, level_colors[f->level]);
    buf_adds(out, level);
    if (look.color) buf_adds(out, "\033[0m");
    buf_addc(out, ' ');
    struct text alert = render_is_list(f) ? render_list_alert(f) : f->alert;
    if (alert.len) {
        buf_addc(&line, '[');
        prose_line(&line, alert);
        buf_adds(&line, "] ");
    }
    size_t title = line.len;
    render_title(ask, f, &line);
    struct text head = buf_text(&line);
    buf_add(out, head.ptr, title);
    if (look.color) buf_adds(out, "\033[1m");
    wrap(out, (struct text){head.ptr + title, head.len - title},
         strlen(level) + 1 + columns((struct text){head.ptr, title}), look.width);
    if (look.color) buf_adds(out, "\033[0m");
    buf_addc(out, '\n');
    buf_reset(&line);
    if (f->kind == KIND_PROBLEM || f->kind == KIND_RECOVERED)
        render_problem(f, &line);
    else if (f->previous_title.len)
        render_diff(f->previous_title, f->item.title, &line);
    else if (!render_is_list(f) && f->kind != KIND_FOLD)
        render_excerpt(ask, &f->item, &line);
    render_outlets(f, &line);
    indented(out, buf_text(&line), look, "");
    if (render_is_list(f) || render_has_outlets(f)) terminal_entries(ask, f, look, out);
    buf_reset(&line);
    if (ask->notify->link && !prose_link(&line, f->item.url)) buf_addf(out, INDENT "%s\n", buf_str(&line));
    struct facts named = *f; /* the first line has named the alert */
    named.alert = TEXT_NONE;
    buf_reset(&line);
    if (!render_is_list(f)) render_byline(ask, &named, false, &line);
    indented(out, buf_text(&line), look, "\033[2m");
    buf_clear(&line);
    return out->failed ? -1 : 0;
}

/* Who else told it, and the titles of those of whom that is a guess: the newest few. */
static void notice_outlets(const struct facts *f, struct buf *out) {
    const struct fact_entry *guesses[3];
    size_t n = render_guesses(f, guesses, sizeof guesses / sizeof *guesses);
    render_outlets(f, out);
    buf_addc(out, '\n');
    for (size_t i = 0; i < n; i++) {
        buf_adds(out, "\xE2\x80\xA2 ");
        render_guess(guesses[i], out);
        buf_addc(out, '\n');
    }
}

/* The body of a pop-up: publisher · age · excerpt. */
static void notice_body(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    struct facts shown = *f;
    shown.alert = TEXT_NONE;
    if (f->kind == KIND_PROBLEM || f->kind == KIND_RECOVERED) {
        render_problem(f, out);
        return;
    }
    if (render_is_list(f)) {
        size_t n = f->n_entries < 5 ? f->n_entries : 5;
        for (size_t i = 0; i < n; i++) {
            if (i) buf_addc(out, '\n');
            render_entry_title(&f->entries[i], out);
        }
        return;
    }
    if (f->previous_title.len) {
        render_diff(f->previous_title, f->item.title, out);
        buf_addc(out, '\n');
    }
    if (render_has_outlets(f)) notice_outlets(f, out);
    render_byline(ask, &shown, false, out);
    struct buf text;
    buf_init(&text, LIMIT_FIELD);
    render_excerpt(ask, &f->item, &text);
    if (out->len && text.len) buf_adds(out, " \xC2\xB7 ");
    buf_addt(out, buf_text(&text));
    buf_clear(&text);
}

void notice_render(const struct render_ask *ask, const struct facts *f, struct notice *ret) {
    buf_init(&ret->title, LIMIT_FIELD);
    buf_init(&ret->body, LIMIT_FIELD);
    buf_init(&ret->url, LIMIT_URL * 3);
    struct buf title;
    buf_init(&title, LIMIT_FIELD);
    render_title(ask, f, &title);
    prose_cut(&ret->title, buf_text(&title), NOTICE_TITLE, PROSE_CHARACTERS);
    buf_clear(&title);
    notice_body(ask, f, &ret->body);
    if (ask->notify->link) prose_link(&ret->url, f->item.url);
    render_thread_key(f, ret->thread);
}

void notice_clear(struct notice *n) {
    buf_clear(&n->title);
    buf_clear(&n->body);
    buf_clear(&n->url);
}

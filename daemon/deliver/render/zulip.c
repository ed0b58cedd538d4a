/* Zulip's messages, as a form. Its Markdown knows no backslash, so U+200B stands behind what would call
 * somebody or begin markup, also inside a link's text. The topic is the story's first title, so that all of
 * one story stands together. */
#include "deliver/render/chat.h"

#include "base/limits.h"

#define TOPIC_MAX   60
#define CONTENT_MAX 10000

static void escape(struct buf *out, struct text t) {
    chat_defuse(out, t, "@#*_~`[]:$|", ">-+/");
}
static void link(struct buf *out, struct text url, struct text label) {
    buf_addc(out, '[');
    escape(out, label);
    buf_adds(out, "](");
    chat_markdown_url(out, url);
    buf_addc(out, ')');
}
static const struct chat_dialect dialect = {PROSE_UTF16, escape, link, "\n", "* ", {"**", "**"}};

static void field(struct buf *out, const char *name, struct text value) {
    buf_addf(out, "%s%s=", out->len ? "&" : "", name);
    chat_percent(out, value);
}

int render_zulip(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    struct buf b, title;
    buf_init(&b, LIMIT_FIELD);
    buf_init(&title, LIMIT_FIELD);
    field(out, "type", TEXT("stream"));
    field(out, "to", text_of(ask->notify->to.n ? ask->notify->to.list[0] : ""));
    if (ask->notify->topic)
        prose_line(&title, text_of(ask->notify->topic));
    else if (render_is_list(f) || f->kind == KIND_PROBLEM || f->kind == KIND_RECOVERED)
        render_title(ask, f, &title);
    else if (f->kind == KIND_TEST)
        render_title(ask, f, &title);
    else if (f->thread_title.len)
        prose_line(&title, f->thread_title);
    else
        render_item_title(&f->item, &title);
    prose_cut(&b, buf_text(&title), TOPIC_MAX, PROSE_UTF16);
    field(out, "topic", buf_text(&b));
    buf_reset(&b);
    int r = chat_text(ask, f, &dialect, CHAT_TITLE | CHAT_BYLINE | CHAT_LINK,
                      ask->halve ? CONTENT_MAX / 2 : CONTENT_MAX, &b);
    field(out, "content", buf_text(&b));
    buf_clear(&b);
    buf_clear(&title);
    return r < 0 || out->failed ? -1 : 0;
}

int address_zulip(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    (void)f;
    return render_base(ask->notify->url, "/api/v1/messages", out);
}

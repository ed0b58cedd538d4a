/* Google Chat's webhooks: a card. Its header is plain; a textParagraph takes a little HTML. `text` is left
 * out, since it would obey <users/all>. Messages of one story share a thread. */
#include "deliver/render/chat.h"

#include "base/limits.h"

#include <string.h>

#define BODY_MAX  32000
#define TITLE_MAX 400
#define TEXT_MAX  12000

static void escape(struct buf *out, struct text t) {
    static const struct prose_escape table[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {0, NULL}};
    prose_escaped(out, t, table);
}
static void link(struct buf *out, struct text url, struct text label) {
    buf_adds(out, "<a href=\"");
    chat_html(out, url);
    buf_adds(out, "\">");
    escape(out, label);
    buf_adds(out, "</a>");
}
static const struct chat_dialect dialect = {PROSE_BYTES, escape, link, "<br>", "\xE2\x80\xA2 ", {"", ""}};

static json_t *open_button(const struct buf *url) {
    json_t *widget = json_object(), *list = json_object(), *buttons = json_array(), *button = json_object(),
           *click = json_object(), *open = json_object();
    chat_set(open, "url", url);
    json_object_set_new(click, "openLink", open);
    json_object_set_new(button, "text", json_string("Open"));
    json_object_set_new(button, "onClick", click);
    json_array_append_new(buttons, button);
    json_object_set_new(list, "buttons", buttons);
    json_object_set_new(widget, "buttonList", list);
    return widget;
}

static json_t *widgets(const struct render_ask *ask, const struct facts *f, size_t max, int *ret) {
    json_t *list = json_array();
    struct buf b;
    buf_init(&b, LIMIT_FIELD);
    *ret = chat_text(ask, f, &dialect, 0, max, &b);
    if (b.len) {
        json_t *widget = json_object(), *text = json_object();
        chat_set(text, "text", &b);
        json_object_set_new(widget, "textParagraph", text);
        json_array_append_new(list, widget);
    }
    buf_reset(&b);
    if (chat_url(ask, f, LIMIT_URL, &b)) json_array_append_new(list, open_button(&b));
    buf_clear(&b);
    return list;
}

int render_google_chat(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    int r;
    char thread[KEY_SIZE];
    json_t *body = json_object(), *cards = json_array(), *one = json_object(), *card = json_object(),
           *header = json_object(), *sections = json_array(), *section = json_object();
    struct buf b;
    buf_init(&b, LIMIT_FIELD);
    chat_title(ask, f, NULL, PROSE_BYTES, TITLE_MAX, &b);
    chat_set(header, "title", &b);
    buf_reset(&b);
    struct buf byline;
    buf_init(&byline, LIMIT_FIELD);
    render_byline(ask, f, false, &byline);
    prose_cut(&b, buf_text(&byline), TITLE_MAX, PROSE_BYTES);
    if (b.len) chat_set(header, "subtitle", &b);
    buf_clear(&byline);
    buf_clear(&b);
    json_t *list = widgets(ask, f, ask->halve ? TEXT_MAX / 2 : TEXT_MAX, &r);
    json_object_set_new(card, "header", header);
    if (json_array_size(list)) {
        json_object_set(section, "widgets", list);
        json_array_append(sections, section);
        json_object_set(card, "sections", sections);
    }
    json_decref(list);
    json_decref(section);
    json_decref(sections);
    json_object_set_new(one, "cardId", json_string(ask->key));
    json_object_set_new(one, "card", card);
    json_array_append_new(cards, one);
    json_object_set_new(body, "cardsV2", cards);
    if (!render_is_list(f) && ask->notify->story_thread) {
        json_t *t = json_object();
        render_thread_key(f, thread);
        json_object_set_new(t, "threadKey", json_string(thread));
        json_object_set_new(body, "thread", t);
    }
    if (r < 0) {
        json_decref(body);
        return -1;
    }
    size_t before = out->len;
    r = chat_dump(body, out);
    return r || out->len - before > BODY_MAX ? -1 : 0;
}

int address_google_chat(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    (void)f;
    const char *url = ask->notify->url;
    buf_adds(out, url);
    if (!ask->notify->story_thread || strstr(url, "messageReplyOption=")) return 0;
    return buf_addf(out, "%cmessageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD",
                    strchr(url, '?') ? '&' : '?');
}

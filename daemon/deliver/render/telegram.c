/* Telegram's sendMessage with parse_mode HTML: & < > " are the whole escape. The token stands in the address,
 * so the address never shows. The limit of 4,096 UTF-16 units counts what is left after parsing; what is
 * written is never shorter. */
#include "deliver/render/chat.h"

#include "base/limits.h"

#define MESSAGE_MAX 4096

/* @name calls a person, /command a bot. */
static void escape(struct buf *out, struct text t) {
    for (size_t i = 0; i < t.len; i++) {
        prose_escaped(out, (struct text){t.ptr + i, 1}, prose_html);
        if (t.ptr[i] == '@' || (!i && t.ptr[i] == '/')) buf_adds(out, PROSE_ZW);
    }
}
static void link(struct buf *out, struct text url, struct text label) {
    buf_adds(out, "<a href=\"");
    chat_html(out, url);
    buf_adds(out, "\">");
    escape(out, label);
    buf_adds(out, "</a>");
}
static const struct chat_dialect dialect = {PROSE_UTF16, escape,          link,
                                            "\n",        "\xE2\x80\xA2 ", {"<b>", "</b>"}};

int render_telegram(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    json_t *body = json_object(), *preview = json_object();
    struct buf b;
    buf_init(&b, LIMIT_FIELD);
    json_object_set_new(body, "chat_id", json_string(ask->notify->to.n ? ask->notify->to.list[0] : ""));
    int r = chat_text(ask, f, &dialect, CHAT_TITLE | CHAT_BYLINE | CHAT_LINK,
                      ask->halve ? MESSAGE_MAX / 2 : MESSAGE_MAX, &b);
    chat_set(body, "text", &b);
    buf_clear(&b);
    json_object_set_new(body, "parse_mode", json_string("HTML"));
    json_object_set_new(preview, "is_disabled", json_true());
    json_object_set_new(body, "link_preview_options", preview);
    json_object_set_new(body, "disable_notification", json_boolean(f->level == LEVEL_ROUTINE));
    if (r < 0) {
        json_decref(body);
        return -1;
    }
    return chat_dump(body, out);
}

int address_telegram(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    (void)f;
    render_base(ask->notify->api ? ask->notify->api : "https://api.telegram.org", "/bot", out);
    return buf_addf(out, "%s/sendMessage", ask->notify->token ? ask->notify->token : "");
}

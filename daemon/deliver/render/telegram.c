/* Telegram's sendMessage with parse_mode HTML: & < > " are the whole escape. The token stands in the address,
 * so the address never shows. The limit of 4,096 UTF-16 units counts what is left after parsing; what is
 * written is never shorter. */
#include "deliver/render/chat.h"

#include "base/limits.h"

#include <stdlib.h>

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
    if (render_edits(ask, f))
        json_object_set_new(body, "message_id", json_integer(strtoll(ask->posted, NULL, 10)));
    else if (ask->posted && f->kind <= KIND_PROMOTE && ask->notify->story_thread)
        json_object_set_new(body, "reply_parameters",
                            json_pack("{s:I, s:b}", "message_id", (json_int_t)strtoll(ask->posted, NULL, 10),
                                      "allow_sending_without_reply", 1));
    if (r < 0) {
        json_decref(body);
        return -1;
    }
    return chat_dump(body, out);
}

int address_telegram(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    render_base(ask->notify->api ? ask->notify->api : "https://api.telegram.org", "/bot", out);
    return buf_addf(out, "%s/%s", ask->notify->token ? ask->notify->token : "",
                    render_edits(ask, f) ? "editMessageText" : "sendMessage");
}

/* A group that became a supergroup has another number; the refusal names it. */
bool follow_telegram(const json_t *answer, struct buf *body, struct buf *ret_where) {
    const json_t *to = json_object_get(json_object_get(answer, "parameters"), "migrate_to_chat_id");
    if (!json_is_integer(to)) return false;
    json_t *message = json_loadb(body->ptr, body->len, 0, NULL);
    if (!message) return false;
    buf_addf(ret_where, "%" JSON_INTEGER_FORMAT, json_integer_value(to));
    chat_set(message, "chat_id", ret_where);
    buf_reset(body);
    return chat_dump(message, body) == 0;
}

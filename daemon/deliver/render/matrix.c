/* Matrix: a notice in a room (client-server API, v1.7 and later). m.mentions is empty, so @room in a headline
 * pings nobody. The row's key is the transaction id: the server keeps a repeated one out itself. */
#include "deliver/render/chat.h"

#include "base/limits.h"
#include "base/mem.h"

#define EVENT_MAX 32768 /* servers take 65,536, with their own fields and signatures */
#define HTML_MAX  8000  /* an edit holds all of it twice */
#define PLAIN_MAX 4000

static void link(struct buf *out, struct text url, struct text label) {
    buf_adds(out, "<a href=\"");
    chat_html(out, url);
    buf_adds(out, "\">");
    chat_html(out, label);
    buf_adds(out, "</a>");
}
static const struct chat_dialect html = {PROSE_BYTES, chat_html,       link,
                                         "<br>",      "\xE2\x80\xA2 ", {"<strong>", "</strong>"}};

/* An edit holds the new content, and, for clients that know no edits, the same as a message. Anything else
 * stands in the thread of the first message; clients that know no threads show an answer to it. */
static void relate(const struct render_ask *ask, const struct facts *f, json_t *body) {
    if (!render_edits(ask, f)) {
        json_object_set_new(body, "m.relates_to",
                            json_pack("{s:s, s:s, s:b, s:{s:s}}", "rel_type", "m.thread", "event_id",
                                      ask->posted, "is_falling_back", 1, "m.in_reply_to", "event_id",
                                      ask->posted));
        return;
    }
    json_t *content = json_deep_copy(body);
    AUTOFREE char *marked = xasprintf("* %s", json_string_value(json_object_get(body, "body")));
    json_object_set_new(body, "body", json_string(marked));
    json_object_set_new(body, "m.new_content", content);
    json_object_set_new(body, "m.relates_to",
                        json_pack("{s:s, s:s}", "rel_type", "m.replace", "event_id", ask->posted));
}

int render_matrix(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    const unsigned parts = CHAT_TITLE | CHAT_BYLINE | CHAT_LINK;
    json_t *body = json_object();
    struct buf b;
    buf_init(&b, LIMIT_FIELD);
    json_object_set_new(body, "msgtype", json_string("m.notice"));
    int r = chat_text(ask, f, &chat_plain, parts, ask->halve ? PLAIN_MAX / 2 : PLAIN_MAX, &b);
    chat_set(body, "body", &b);
    buf_reset(&b);
    json_object_set_new(body, "format", json_string("org.matrix.custom.html"));
    r |= chat_text(ask, f, &html, parts, ask->halve ? HTML_MAX / 2 : HTML_MAX, &b);
    chat_set(body, "formatted_body", &b);
    json_object_set_new(body, "m.mentions", json_object());
    if (ask->posted && f->kind <= KIND_PROMOTE && ask->notify->story_thread) relate(ask, f, body);
    buf_clear(&b);
    if (r < 0) {
        json_decref(body);
        return -1;
    }
    size_t before = out->len;
    r = chat_dump(body, out);
    return r || out->len - before > EVENT_MAX ? -1 : 0;
}

int address_matrix(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    (void)f;
    render_base(ask->notify->url, "/_matrix/client/v3/rooms/", out);
    chat_percent(out, text_of(ask->notify->to.n ? ask->notify->to.list[0] : ""));
    return buf_addf(out, "/send/m.room.message/%s", ask->key);
}

/* Mattermost's and Rocket.Chat's incoming webhooks: Slack's older shape, an attachment with a title that
 * leads to the item. Mattermost obeys backslashes but calls @all and @channel all the same; Rocket.Chat knows
 * no escapes: there U+200B stands behind each sign. */
#include "deliver/render/chat.h"

#include "base/limits.h"

#define MATTERMOST_MAX  16383
#define ROCKETCHAT_MAX  5000 /* a server's setting; that is where it stands */
#define TITLE_MAX       300
#define FALLBACK_MAX    1000
#define MATTERMOST_TEXT 8000
#define ROCKETCHAT_TEXT 3000

static void rocket(struct buf *out, struct text t) {
    chat_defuse(out, t, "@#*_~`[]!", ">-+");
}
static void rocket_link(struct buf *out, struct text url, struct text label) {
    buf_addc(out, '[');
    rocket(out, label);
    buf_adds(out, "](");
    chat_markdown_url(out, url);
    buf_addc(out, ')');
}
static void markdown_link(struct buf *out, struct text url, struct text label) {
    buf_addc(out, '[');
    chat_markdown(out, label);
    buf_adds(out, "](");
    chat_markdown_url(out, url);
    buf_addc(out, ')');
}

static const struct chat_dialect mattermost = {PROSE_UTF16, chat_markdown,   markdown_link,
                                               "\n",        "\xE2\x80\xA2 ", {"", ""}};
static const struct chat_dialect rocketchat = {PROSE_UTF16, rocket,          rocket_link,
                                               "\n",        "\xE2\x80\xA2 ", {"", ""}};
static const char *const colors[] = {
    [LEVEL_ROUTINE] = "#4a6fa5", [LEVEL_URGENT] = "#e0a030", [LEVEL_FLASH] = "#c0392b"};

static json_t *attachment(const struct render_ask *ask, const struct facts *f, const struct chat_dialect *d,
                          size_t max, int *ret) {
    json_t *j = json_object();
    struct buf b;
    buf_init(&b, LIMIT_FIELD);
    chat_title(ask, f, d->escape, PROSE_UTF16, TITLE_MAX, &b);
    chat_set(j, "title", &b);
    buf_reset(&b);
    if (chat_url(ask, f, LIMIT_URL, &b)) chat_set(j, "title_link", &b);
    buf_reset(&b);
    *ret = chat_text(ask, f, d, CHAT_BYLINE, max, &b);
    chat_set(j, "text", &b);
    json_object_set_new(j, "color", json_string(colors[f->level]));
    buf_clear(&b);
    return j;
}

static int whole(json_t *body, json_t *one, int r, struct buf *out) {
    json_t *list = json_array();
    json_array_append_new(list, one);
    json_object_set_new(body, "attachments", list);
    if (r < 0) {
        json_decref(body);
        return -1;
    }
    return chat_dump(body, out);
}

int render_mattermost(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    int r;
    json_t *body = json_object(), *one = attachment(ask, f, &mattermost, MATTERMOST_TEXT, &r);
    struct buf b;
    buf_init(&b, LIMIT_FIELD);
    chat_title(ask, f, chat_markdown, PROSE_UTF16, FALLBACK_MAX, &b);
    chat_set(one, "fallback", &b);
    buf_clear(&b);
    if (ask->notify->channel) json_object_set_new(body, "channel", json_string(ask->notify->channel));
    if (ask->notify->username) json_object_set_new(body, "username", json_string(ask->notify->username));
    return whole(body, one, r, out);
}

int render_rocketchat(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    int r;
    json_t *body = json_object(), *one = attachment(ask, f, &rocketchat, ROCKETCHAT_TEXT, &r);
    struct buf b;
    buf_init(&b, LIMIT_FIELD);
    chat_title(ask, f, rocket, PROSE_UTF16, TITLE_MAX, &b);
    chat_set(body, "text", &b);
    buf_clear(&b);
    json_set_time(one, "ts", f->fired);
    json_object_set_new(body, "parseUrls", json_false());
    return whole(body, one, r, out);
}

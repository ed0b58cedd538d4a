/* Discord's webhooks. The message is one embed: footer and author are plain there, title and description are
 * Markdown. allowed_mentions names nobody, so whatever a headline says, nobody is called. Its API counts code
 * points and refuses (50035) what is longer; UTF-16 units are never fewer. */
#include "deliver/render/chat.h"

#include "base/limits.h"
#include "base/time.h"

#include <string.h>

#define TITLE_MAX       256
#define DESCRIPTION_MAX 4096
#define FOOTER_MAX      1024 /* of 2,048 */
#define AUTHOR_MAX      256
#define URL_MAX         2048
#define ALL_MAX         6000 /* title, description, footer and author together */

static void escape(struct buf *out, struct text t) {
    for (size_t i = 0; i < t.len; i++) {
        if (strchr("\\*_~`|>#-[]()<:", t.ptr[i])) buf_addc(out, '\\');
        buf_addc(out, t.ptr[i]);
        if (t.ptr[i] == '@') buf_adds(out, PROSE_ZW);
    }
}

static void link(struct buf *out, struct text url, struct text label) {
    buf_addc(out, '[');
    escape(out, label);
    buf_adds(out, "](");
    chat_markdown_url(out, url);
    buf_addc(out, ')');
}

static const struct chat_dialect dialect = {PROSE_UTF16, escape, link, "\n", "\xE2\x80\xA2 ", {"", ""}};

static const int colors[] = {[LEVEL_ROUTINE] = 0x4A6FA5, [LEVEL_URGENT] = 0xE0A030, [LEVEL_FLASH] = 0xC0392B};

static void set_plain(json_t *parent, const char *object, const char *key, struct text t, size_t max,
                      size_t *left) {
    struct buf cut;
    buf_init(&cut, LIMIT_FIELD);
    prose_cut(&cut, t, max, PROSE_UTF16);
    if (cut.len) {
        json_t *j = json_object();
        chat_set(j, key, &cut);
        json_object_set_new(parent, object, j);
        *left -= prose_length(buf_text(&cut), PROSE_UTF16);
    }
    buf_clear(&cut);
}

int render_discord(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    json_t *embed = json_object(), *embeds = json_array(), *body = json_object(), *mentions = json_object();
    struct buf b;
    size_t left = ALL_MAX;
    buf_init(&b, LIMIT_FIELD);
    render_byline(ask, f, false, &b);
    set_plain(embed, "footer", "text", buf_text(&b), FOOTER_MAX, &left);
    buf_reset(&b);
    struct text source = f->kind == KIND_TEST || render_is_list(f) ? TEXT_NONE : render_source(&f->feed);
    prose_line(&b, source);
    set_plain(embed, "author", "name", buf_text(&b), AUTHOR_MAX, &left);
    buf_reset(&b);
    chat_title(ask, f, escape, PROSE_UTF16, TITLE_MAX, &b);
    chat_set(embed, "title", &b);
    left -= prose_length(buf_text(&b), PROSE_UTF16);
    buf_reset(&b);
    size_t most = left < DESCRIPTION_MAX ? left : DESCRIPTION_MAX;
    int r = chat_text(ask, f, &dialect, 0, ask->halve ? most / 2 : most, &b);
    if (b.len) chat_set(embed, "description", &b);
    buf_reset(&b);
    if (chat_url(ask, f, URL_MAX, &b)) chat_set(embed, "url", &b);
    json_set_time(embed, "timestamp", f->fired);
    json_object_set_new(embed, "color", json_integer(colors[f->level]));
    json_array_append_new(embeds, embed);
    json_object_set_new(body, "embeds", embeds);
    json_object_set_new(mentions, "parse", json_array());
    json_object_set_new(body, "allowed_mentions", mentions);
    buf_clear(&b);
    if (r < 0) {
        json_decref(body);
        return -1;
    }
    return chat_dump(body, out);
}

/* wait=true: the answer comes when the message stands, with its id. */
int address_discord(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    const char *url = ask->notify->url;
    if (render_edits(ask, f)) {
        size_t path = strcspn(url, "?#");
        buf_add(out, url, path);
        while (out->len && out->ptr[out->len - 1] == '/') out->ptr[--out->len] = '\0';
        buf_adds(out, "/messages/");
        chat_percent(out, text_of(ask->posted));
        return buf_adds(out, url + path);
    }
    buf_adds(out, url);
    if (strstr(url, "wait=")) return 0;
    return buf_adds(out, strchr(url, '?') ? "&wait=true" : "?wait=true");
}

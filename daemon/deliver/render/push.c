/* Services that take plain text: ntfy, Gotify, Apprise and Signal. Nothing needs an escape there. */
#include "deliver/render/chat.h"

#include "base/limits.h"

#define NTFY_SILENT  2
#define NTFY_TITLE   250
#define NTFY_MESSAGE 4096 /* bytes; more would become a file */
#define TITLE_MAX    250
#define MESSAGE_MAX  8000
#define SIGNAL_MAX   2000 /* longer ones are shown as an attachment */

/* By level: routine, urgent, flash. */
static const int ntfy_priority[] = {[LEVEL_ROUTINE] = 3, [LEVEL_URGENT] = 4, [LEVEL_FLASH] = 5};
static const int gotify_priority[] = {[LEVEL_ROUTINE] = 2, [LEVEL_URGENT] = 5, [LEVEL_FLASH] = 8};
static const char *const apprise_type[] = {
    [LEVEL_ROUTINE] = "info", [LEVEL_URGENT] = "warning", [LEVEL_FLASH] = "failure"};

static void set_title(json_t *j, const struct render_ask *ask, const struct facts *f, size_t max) {
    struct buf b;
    buf_init(&b, LIMIT_FIELD);
    chat_title(ask, f, NULL, PROSE_BYTES, max, &b);
    chat_set(j, "title", &b);
    buf_clear(&b);
}

static int set_message(json_t *j, const char *key, const struct render_ask *ask, const struct facts *f,
                       unsigned parts, size_t max) {
    struct buf b;
    buf_init(&b, LIMIT_FIELD);
    int r = chat_text(ask, f, &chat_plain, parts, ask->halve ? max / 2 : max, &b);
    if (!b.len && !r) chat_title(ask, f, NULL, PROSE_BYTES, max, &b); /* an empty message is refused */
    chat_set(j, key, &b);
    buf_clear(&b);
    return r;
}

static int ended(json_t *body, int r, struct buf *out) {
    if (!r) return chat_dump(body, out);
    json_decref(body);
    return -1;
}

int render_ntfy(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    json_t *body = json_object(), *tags = json_array();
    struct buf b;
    buf_init(&b, LIMIT_URL * 3);
    json_object_set_new(body, "topic", json_string(ask->notify->topic ? ask->notify->topic : ""));
    set_title(body, ask, f, NTFY_TITLE);
    int r = set_message(body, "message", ask, f, CHAT_BYLINE, NTFY_MESSAGE);
    /* An edit makes no noise. */
    int priority = f->kind == KIND_EDIT ? NTFY_SILENT : ntfy_priority[f->level];
    json_object_set_new(body, "priority", json_integer(priority));
    if (f->kind <= KIND_PROMOTE && f->story && ask->notify->story_thread) { /* one notification a story */
        char thread[KEY_SIZE];
        render_thread_key(f, thread);
        json_object_set_new(body, "sequence_id", json_string(thread));
    }
    struct text alert = render_is_list(f) ? render_list_alert(f) : f->alert;
    prose_line(&b, alert);
    if (b.len) json_array_append_new(tags, json_stringn(b.ptr, b.len));
    json_object_set_new(body, "tags", tags);
    buf_reset(&b);
    if (chat_url(ask, f, LIMIT_URL, &b)) {
        json_t *actions = json_array(), *open = json_object();
        chat_set(body, "click", &b);
        json_object_set_new(open, "action", json_string("view"));
        json_object_set_new(open, "label", json_string("Open"));
        chat_set(open, "url", &b);
        json_array_append_new(actions, open);
        json_object_set_new(body, "actions", actions);
    }
    buf_clear(&b);
    return ended(body, r, out);
}

int render_gotify(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    json_t *body = json_object(), *extras = json_object(), *display = json_object();
    struct buf b;
    buf_init(&b, LIMIT_URL * 3);
    set_title(body, ask, f, TITLE_MAX);
    int r = set_message(body, "message", ask, f, CHAT_BYLINE, MESSAGE_MAX);
    json_object_set_new(body, "priority", json_integer(gotify_priority[f->level]));
    json_object_set_new(display, "contentType", json_string("text/plain"));
    json_object_set_new(extras, "client::display", display);
    if (chat_url(ask, f, LIMIT_URL, &b)) {
        json_t *notification = json_object(), *click = json_object();
        chat_set(click, "url", &b);
        json_object_set_new(notification, "click", click);
        json_object_set_new(extras, "client::notification", notification);
    }
    json_object_set_new(body, "extras", extras);
    buf_clear(&b);
    return ended(body, r, out);
}

int render_apprise(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    json_t *body = json_object();
    set_title(body, ask, f, TITLE_MAX);
    int r = set_message(body, "body", ask, f, CHAT_BYLINE | CHAT_LINK, MESSAGE_MAX);
    json_object_set_new(body, "type", json_string(apprise_type[f->level]));
    json_object_set_new(body, "format", json_string("text"));
    if (ask->notify->topic) json_object_set_new(body, "tag", json_string(ask->notify->topic));
    return ended(body, r, out);
}

int render_signal(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    json_t *body = json_object(), *list = json_array();
    int r = set_message(body, "message", ask, f, CHAT_TITLE | CHAT_BYLINE | CHAT_LINK, SIGNAL_MAX);
    json_object_set_new(body, "number", json_string(ask->notify->from ? ask->notify->from : ""));
    for (size_t i = 0; i < ask->notify->to.n; i++)
        json_array_append_new(list, json_string(ask->notify->to.list[i]));
    json_object_set_new(body, "recipients", list);
    return ended(body, r, out);
}

int address_gotify(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    (void)f;
    return render_base(ask->notify->url, "/message", out);
}
int address_signal(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    (void)f;
    return render_base(ask->notify->url, "/v2/send", out);
}

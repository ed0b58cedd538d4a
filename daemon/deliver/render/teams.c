/* Teams by a Workflows flow: an Adaptive Card 1.4. A TextBlock is Markdown and a message's text takes <at>,
 * so foreign text stands in the TextRuns of RichTextBlocks, which are plain, and no entities are sent. The
 * whole body is at most 28 KB. */
#include "deliver/render/chat.h"

#include "base/limits.h"

#include <inttypes.h>
#include <string.h>

#define BODY_MAX  28000
#define TITLE_MAX 500
#define LINES_MAX 60

/* The card's own markup for a person's name, which some clients look for in any text. */
static void escape(struct buf *out, struct text t) {
    for (size_t i = 0; i < t.len; i++) {
        struct text rest = {t.ptr + i, t.len - i};
        buf_addc(out, t.ptr[i]);
        if (text_starts(rest, TEXT("<at")) || text_starts(rest, TEXT("</at"))) buf_adds(out, PROSE_ZW);
    }
}

enum look { LOOK_TITLE, LOOK_TEXT, LOOK_BYLINE };

static void add_block(json_t *list, struct text t, enum look look, struct text url) {
    if (!t.len) return;
    struct buf text, address;
    buf_init(&text, LIMIT_FIELD);
    buf_init(&address, LIMIT_URL * 3);
    escape(&text, t);
    json_t *block = json_object(), *inlines = json_array(), *run = json_object();
    json_object_set_new(run, "type", json_string("TextRun"));
    chat_set(run, "text", &text);
    if (look == LOOK_TITLE) {
        json_object_set_new(run, "weight", json_string("Bolder"));
        json_object_set_new(run, "size", json_string("Medium"));
    } else if (look == LOOK_BYLINE) {
        json_object_set_new(run, "isSubtle", json_true());
        json_object_set_new(run, "size", json_string("Small"));
    }
    if (url.len && !prose_link(&address, url)) {
        json_t *action = json_object();
        json_object_set_new(action, "type", json_string("Action.OpenUrl"));
        chat_set(action, "url", &address);
        json_object_set_new(run, "selectAction", action);
    }
    json_array_append_new(inlines, run);
    json_object_set_new(block, "type", json_string("RichTextBlock"));
    json_object_set_new(block, "inlines", inlines);
    json_array_append_new(list, block);
    buf_clear(&text);
    buf_clear(&address);
}

/* A run shows no line breaks: one block a line. */
static void add_lines(json_t *list, struct text t) {
    for (size_t n = 0; t.len && n < LINES_MAX; n++) {
        const char *end = memchr(t.ptr, '\n', t.len);
        size_t len = end ? (size_t)(end - t.ptr) : t.len;
        add_block(list, (struct text){t.ptr, len}, LOOK_TEXT, TEXT_NONE);
        t.ptr += len + (end ? 1 : 0), t.len -= len + (end ? 1 : 0);
    }
}

static void add_entries(const struct render_ask *ask, const struct facts *f, size_t most, json_t *list) {
    struct buf b, cut;
    buf_init(&b, LIMIT_FIELD);
    buf_init(&cut, LIMIT_FIELD);
    size_t n = f->n_entries < most ? f->n_entries : most;
    for (size_t i = 0; i < n; i++) {
        const struct item *item = &f->entries[i].item;
        buf_reset(&b);
        buf_reset(&cut);
        render_entry_title(&f->entries[i], &b);
        buf_adds(&cut, "\xE2\x80\xA2 ");
        prose_cut(&cut, buf_text(&b), TITLE_MAX / 2, PROSE_BYTES);
        add_block(list, buf_text(&cut), LOOK_TEXT, ask->notify->link ? item->url : TEXT_NONE);
    }
    int64_t more = f->more + (int64_t)(f->n_entries - n);
    if (more > 0) {
        buf_reset(&b);
        buf_addf(&b, "and %" PRId64 " more", more);
        add_block(list, buf_text(&b), LOOK_TEXT, TEXT_NONE);
    }
    buf_clear(&b);
    buf_clear(&cut);
}

static json_t *card(const struct render_ask *ask, const struct facts *f, size_t text_max, size_t entries) {
    json_t *j = json_object(), *list = json_array();
    struct buf b;
    buf_init(&b, LIMIT_FIELD);
    chat_title(ask, f, NULL, PROSE_BYTES, TITLE_MAX, &b);
    add_block(list, buf_text(&b), LOOK_TITLE, TEXT_NONE);
    buf_reset(&b);
    if (render_is_list(f))
        add_entries(ask, f, entries, list);
    else if (!chat_text(ask, f, &chat_plain, 0, text_max, &b))
        add_lines(list, buf_text(&b));
    buf_reset(&b);
    render_byline(ask, f, false, &b);
    struct buf cut;
    buf_init(&cut, LIMIT_FIELD);
    prose_cut(&cut, buf_text(&b), TITLE_MAX, PROSE_BYTES);
    add_block(list, buf_text(&cut), LOOK_BYLINE, TEXT_NONE);
    buf_clear(&cut);
    json_object_set_new(j, "$schema", json_string("http://adaptivecards.io/schemas/adaptive-card.json"));
    json_object_set_new(j, "type", json_string("AdaptiveCard"));
    json_object_set_new(j, "version", json_string("1.4"));
    json_object_set_new(j, "body", list);
    buf_reset(&b);
    if (chat_url(ask, f, LIMIT_URL, &b)) {
        json_t *actions = json_array(), *open = json_object();
        json_object_set_new(open, "type", json_string("Action.OpenUrl"));
        json_object_set_new(open, "title", json_string("Open"));
        chat_set(open, "url", &b);
        json_array_append_new(actions, open);
        json_object_set_new(j, "actions", actions);
    }
    buf_clear(&b);
    return j;
}

int render_teams(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    size_t text_max = ask->halve ? 4000 : 8000, entries = f->n_entries < LINES_MAX ? f->n_entries : LINES_MAX;
    if (ask->halve && entries > 1) entries /= 2;
    for (;;) {
        json_t *body = json_object(), *list = json_array(), *one = json_object();
        json_object_set_new(body, "type", json_string("message"));
        json_object_set_new(one, "contentType", json_string("application/vnd.microsoft.card.adaptive"));
        json_object_set_new(one, "contentUrl", json_null());
        json_object_set_new(one, "content", card(ask, f, text_max, entries));
        json_array_append_new(list, one);
        json_object_set_new(body, "attachments", list);
        char *text = json_dumps(body, JSON_COMPACT);
        json_decref(body);
        if (!text) return -1;
        size_t len = strlen(text);
        int r = len <= BODY_MAX ? buf_add(out, text, len) : 1;
        free(text);
        if (r <= 0) return r;
        if (entries > 1)
            entries = entries * 3 / 4;
        else if (text_max > 100)
            text_max /= 2;
        else
            return -1;
    }
}

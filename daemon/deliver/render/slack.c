/* Slack's incoming hooks (Block Kit). The title stands in a header and the byline in a context, both
 * plain_text, which Slack does not parse; only the excerpt is mrkdwn, where `& < >` are the whole escape and
 * nothing of ours can become <!channel>, <@user> or <#channel>. Slack cannot edit by a hook. */
#include "deliver/render/render.h"

#include "base/limits.h"
#include "deliver/render/prose.h"

#include <inttypes.h>

#define HEADER_MAX   150
#define SECTION_MAX  3000
#define CONTEXT_MAX  1000
#define FALLBACK_MAX 4000 /* Slack takes 40,000 but cuts what it shows */
#define OUTLET_MAX   220  /* one line of later outlets; with GUESSES_MOST more they fit beside a link */
#define GUESSES_MOST 4
#define BLOCKS_MAX   50

static const struct prose_escape mrkdwn[] = {
    {'&', "&amp;"},      {'<', "&lt;"},       {'>', "&gt;"},       {'*', "*" PROSE_ZW},
    {'_', "_" PROSE_ZW}, {'~', "~" PROSE_ZW}, {'`', "`" PROSE_ZW}, {0, NULL}};
static const struct prose_escape entities[] = {{'&', "&amp;"}, {0, NULL}};

/* Cut first, escaped then. Escaping lengthens, so the cut is repeated shorter until the result fits. */
static void add_mrkdwn(struct buf *out, struct text t, size_t max) {
    struct buf cut, escaped;
    buf_init(&cut, LIMIT_FIELD);
    buf_init(&escaped, LIMIT_FIELD);
    for (size_t want = max; want; want = want * 3 / 4) {
        buf_reset(&cut);
        buf_reset(&escaped);
        prose_cut(&cut, t, want, PROSE_UTF16);
        prose_escaped(&escaped, buf_text(&cut), mrkdwn);
        if (prose_length(buf_text(&escaped), PROSE_UTF16) <= max) break;
    }
    buf_addt(out, buf_text(&escaped));
    buf_clear(&cut);
    buf_clear(&escaped);
}

/* <URL|label>, or nothing when it is no link, or longer than a section takes. */
static void add_link(struct buf *out, struct text url, struct text label, size_t max) {
    struct buf link;
    buf_init(&link, LIMIT_URL * 3);
    if (!prose_link(&link, url) && link.len + 200 < max) {
        buf_addc(out, '<');
        prose_escaped(out, buf_text(&link), entities);
        buf_addc(out, '|');
        add_mrkdwn(out, label, max - link.len - 100 > 300 ? 300 : 100);
        buf_addc(out, '>');
    } else {
        add_mrkdwn(out, label, 300);
    }
    buf_clear(&link);
}

static json_t *text_object(const char *type, struct text t) {
    json_t *j = json_object();
    json_object_set_new(j, "type", json_string(type));
    json_set_text(j, "text", t);
    if (!strcmp(type, "plain_text"))
        json_object_set_new(j, "emoji", json_false());
    else
        json_object_set_new(j, "verbatim", json_true());
    return j;
}

static void block(json_t *blocks, const char *kind, struct text t) {
    if (!t.len || json_array_size(blocks) >= BLOCKS_MAX) return;
    json_t *j = json_object();
    json_object_set_new(j, "type", json_string(kind));
    if (!strcmp(kind, "context")) {
        json_t *elements = json_array();
        json_array_append_new(elements, text_object("plain_text", t));
        json_object_set_new(j, "elements", elements);
    } else {
        json_object_set_new(j, "text", text_object(!strcmp(kind, "header") ? "plain_text" : "mrkdwn", t));
    }
    json_array_append_new(blocks, j);
}

/* Who else told it: a line, and one for each title that is a guess. */
static void outlets(const struct render_ask *ask, const struct facts *f, struct buf *text) {
    const struct fact_entry *guesses[LIMIT_GUESSES];
    struct buf line;
    if (!render_has_outlets(f)) return;
    buf_init(&line, LIMIT_FIELD);
    render_outlets(f, &line);
    if (text->len) buf_addc(text, '\n');
    add_mrkdwn(text, buf_text(&line), OUTLET_MAX);
    size_t n = render_guesses(f, guesses, GUESSES_MOST);
    for (size_t i = 0; i < n; i++) {
        buf_reset(&line);
        render_guess(guesses[i], &line);
        buf_adds(text, "\n\xE2\x80\xA2 ");
        add_link(text, ask->notify->link ? guesses[i]->item.url : TEXT_NONE, buf_text(&line), OUTLET_MAX);
    }
    buf_clear(&line);
}

static void item_section(const struct render_ask *ask, const struct facts *f, json_t *blocks) {
    struct buf text, part;
    buf_init(&text, LIMIT_FIELD);
    buf_init(&part, LIMIT_FIELD);
    if (f->previous_title.len) {
        render_diff(f->previous_title, f->item.title, &part);
        add_mrkdwn(&text, buf_text(&part), HEADER_MAX);
        buf_reset(&part);
    }
    outlets(ask, f, &text);
    if (f->kind != KIND_FOLD) render_excerpt(ask, &f->item, &part);
    size_t max = ask->halve ? SECTION_MAX / 4 : SECTION_MAX / 2;
    if (part.len && text.len) buf_addc(&text, '\n');
    add_mrkdwn(&text, buf_text(&part), max);
    if (ask->notify->link && f->item.url.len) {
        buf_reset(&part);
        add_link(&part, f->item.url, TEXT("Open"), SECTION_MAX - max - HEADER_MAX);
        if (part.len && part.ptr[0] == '<') {
            if (text.len) buf_addc(&text, '\n');
            buf_addt(&text, buf_text(&part));
        }
    }
    block(blocks, "section", buf_text(&text));
    buf_clear(&text);
    buf_clear(&part);
}

static void list_sections(const struct render_ask *ask, const struct facts *f, json_t *blocks) {
    struct buf section, line, title;
    buf_init(&section, LIMIT_FIELD);
    buf_init(&line, LIMIT_FIELD);
    buf_init(&title, LIMIT_FIELD);
    size_t n = ask->halve ? (f->n_entries + 1) / 2 : f->n_entries, i = 0;
    for (; i < n; i++) {
        const struct fact_entry *e = &f->entries[i];
        buf_reset(&line);
        buf_reset(&title);
        render_entry_title(e, &title);
        buf_adds(&line, "\xE2\x80\xA2 ");
        add_link(&line, ask->notify->link ? e->item.url : TEXT_NONE, buf_text(&title), SECTION_MAX / 2);
        if (section.len &&
            prose_length(buf_text(&section), PROSE_UTF16) + prose_length(buf_text(&line), PROSE_UTF16) + 1 >
                SECTION_MAX) {
            if (json_array_size(blocks) >= BLOCKS_MAX - 2) break;
            block(blocks, "section", buf_text(&section));
            buf_reset(&section);
        }
        if (section.len) buf_addc(&section, '\n');
        buf_addt(&section, buf_text(&line));
    }
    block(blocks, "section", buf_text(&section));
    int64_t more = f->more + (int64_t)(f->n_entries - i);
    if (more > 0) {
        buf_reset(&section);
        buf_addf(&section, "and %" PRId64 " more", more);
        block(blocks, "section", buf_text(&section));
    }
    buf_clear(&section);
    buf_clear(&line);
    buf_clear(&title);
}

static void sections(const struct render_ask *ask, const struct facts *f, json_t *blocks) {
    if (render_is_list(f)) {
        list_sections(ask, f, blocks);
    } else if (f->kind == KIND_PROBLEM || f->kind == KIND_RECOVERED) {
        struct buf plain, text;
        buf_init(&plain, LIMIT_FIELD);
        buf_init(&text, LIMIT_FIELD);
        render_problem(f, &plain);
        add_mrkdwn(&text, buf_text(&plain), SECTION_MAX);
        block(blocks, "section", buf_text(&text));
        buf_clear(&plain);
        buf_clear(&text);
    } else {
        item_section(ask, f, blocks);
    }
}

int render_slack(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    struct buf title, cut, byline;
    buf_init(&title, LIMIT_FIELD);
    buf_init(&cut, LIMIT_FIELD);
    buf_init(&byline, LIMIT_FIELD);
    if (f->level == LEVEL_FLASH) buf_adds(&title, "FLASH: ");
    render_title(ask, f, &title);
    render_byline(ask, f, false, &byline);

    json_t *body = json_object(), *blocks = json_array();
    add_mrkdwn(&cut, buf_text(&title), FALLBACK_MAX);
    json_set_text(body, "text", buf_text(&cut));
    buf_reset(&cut);
    prose_cut(&cut, buf_text(&title), HEADER_MAX, PROSE_UTF16);
    block(blocks, "header", buf_text(&cut));
    sections(ask, f, blocks);
    buf_reset(&cut);
    prose_cut(&cut, buf_text(&byline), CONTEXT_MAX, PROSE_UTF16);
    block(blocks, "context", buf_text(&cut));
    json_object_set_new(body, "blocks", blocks);
    json_object_set_new(body, "unfurl_links", json_false());
    json_object_set_new(body, "unfurl_media", json_false());
    json_object_set_new(body, "link_names", json_false());

    char *text = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    int r = text ? buf_adds(out, text) : -1;
    free(text);
    buf_clear(&title);
    buf_clear(&cut);
    buf_clear(&byline);
    return r;
}

#include "deliver/render/template.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "deliver/render/chat.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DEPTH_MAX 8

/* ---- names ---- */
typedef void fact_fn(const struct render_ask *ask, const struct facts *f, struct buf *out);

static void fact_title(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    render_title(ask, f, out);
}
static void fact_text(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    if (chat_text(ask, f, &chat_plain, 0, LIMIT_WEBHOOK_SUMMARY * 4, out) < 0) buf_adds(out, "");
}
static void fact_url(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    chat_url(ask, f, LIMIT_URL * 3, out);
}
static void fact_byline(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    render_byline(ask, f, false, out);
}
static void fact_source(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    (void)ask;
    prose_line(out, render_source(&f->feed));
}
static void fact_alert(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    (void)ask;
    prose_line(out, render_is_list(f) ? render_list_alert(f) : f->alert);
}
static void fact_level(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    (void)ask;
    buf_adds(out, level_names[f->level]);
}
static void fact_kind(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    (void)ask;
    buf_adds(out, message_kind_names[f->kind]);
}
static void fact_feed(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    (void)ask;
    prose_line(out, f->feed.name);
}
static void fact_author(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    (void)ask;
    prose_line(out, f->item.author);
}
static void fact_published(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    (void)ask;
    char text[TIME_TEXT];
    if (f->item.published != TIME_NONE) buf_adds(out, time_rfc3339(f->item.published, text));
}
static void fact_fired(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    (void)ask;
    char text[TIME_TEXT];
    if (f->fired != TIME_NONE) buf_adds(out, time_rfc3339(f->fired, text));
}
static void fact_key(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    (void)f;
    buf_adds(out, ask->key);
}
static void fact_host(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    (void)f;
    buf_adds(out, ask->host ? ask->host : "");
}

static const struct {
    const char *name;
    fact_fn *write;
} names[] = {
    {"title", fact_title},         {"text", fact_text},     {"url", fact_url},     {"byline", fact_byline},
    {"source", fact_source},       {"alert", fact_alert},   {"level", fact_level}, {"kind", fact_kind},
    {"feed", fact_feed},           {"author", fact_author}, {"fired", fact_fired}, {"key", fact_key},
    {"published", fact_published}, {"host", fact_host},
};
#define N_NAMES (sizeof names / sizeof *names)

/* ---- escapes ---- */
static void escape_plain(struct buf *out, struct text t) {
    buf_addt(out, t);
}
static void escape_json(struct buf *out, struct text t) {
    json_t *j = json_stringn(t.ptr ? t.ptr : "", t.len);
    char *text = j ? json_dumps(j, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    size_t len = text ? strlen(text) : 0;
    if (len >= 2) buf_add(out, text + 1, len - 2);
    free(text);
    json_decref(j);
}
static void escape_slack(struct buf *out, struct text t) {
    static const struct prose_escape table[] = {
        {'&', "&amp;"},      {'<', "&lt;"},       {'>', "&gt;"},       {'*', "*" PROSE_ZW},
        {'_', "_" PROSE_ZW}, {'~', "~" PROSE_ZW}, {'`', "`" PROSE_ZW}, {0, NULL}};
    prose_escaped(out, t, table);
}

static const struct {
    const char *name;
    chat_escape_fn *write;
    const char *for_type; /* the default where the content type holds this */
} escapes[] = {
    {"json", escape_json, "json"},   {"html", chat_html, "html"}, {"xml", chat_html, "xml"},
    {"url", chat_percent, "form-"},  {"md", chat_markdown, NULL}, {"slack", escape_slack, NULL},
    {"plain", escape_plain, "text"},
};
#define N_ESCAPES (sizeof escapes / sizeof *escapes)

static size_t escape_for(const char *content_type) {
    for (size_t i = 0; i < N_ESCAPES; i++)
        if (escapes[i].for_type && content_type && strcasestr(content_type, escapes[i].for_type)) return i;
    return content_type ? N_ESCAPES - 1 : 0;
}

/* ---- reading ---- */
enum piece_kind { PIECE_TEXT, PIECE_FACT, PIECE_IF, PIECE_END, PIECE_WRONG };
struct piece {
    enum piece_kind kind;
    struct text text; /* PIECE_TEXT: what it stands for */
    size_t name, escape;
};

static int name_of(struct text t, size_t *ret) {
    for (size_t i = 0; i < N_NAMES; i++)
        if (text_eqs(t, names[i].name)) return *ret = i, 0;
    return -1;
}

/* What stands between ${ and }. */
static struct piece inside(struct text t, size_t preset, char why[TEMPLATE_WHY]) {
    struct piece p = {PIECE_FACT, t, 0, preset};
    t = text_trim(t);
    if (text_eqs(t, "end")) return p.kind = PIECE_END, p;
    if (text_starts(t, TEXT("if "))) {
        p.kind = PIECE_IF;
        t = text_trim((struct text){t.ptr + 3, t.len - 3});
    }
    const char *bar = p.kind == PIECE_FACT && t.len ? memchr(t.ptr, '|', t.len) : NULL;
    if (bar) {
        struct text by = text_trim((struct text){bar + 1, t.len - (size_t)(bar + 1 - t.ptr)});
        t = text_trim((struct text){t.ptr, (size_t)(bar - t.ptr)});
        size_t i = 0;
        while (i < N_ESCAPES && !text_eqs(by, escapes[i].name)) i++;
        if (i == N_ESCAPES) {
            snprintf(why, TEMPLATE_WHY, "%.*s is no escape; there are json, html, xml, url, md, slack, plain",
                     (int)(by.len < 40 ? by.len : 40), by.ptr);
            return p.kind = PIECE_WRONG, p;
        }
        p.escape = i;
    }
    if (name_of(t, &p.name) < 0) {
        int n = snprintf(why, TEMPLATE_WHY, "${%.*s} is unknown; there are", (int)(t.len < 30 ? t.len : 30),
                         t.ptr);
        for (size_t i = 0; i < N_NAMES && n > 0 && n < TEMPLATE_WHY; i++)
            n += snprintf(why + n, TEMPLATE_WHY - (size_t)n, " %s", names[i].name);
        p.kind = PIECE_WRONG;
    }
    return p;
}

/* The next piece; shortens *t. */
static struct piece next_piece(struct text *t, size_t preset, char why[TEMPLATE_WHY]) {
    const char *dollar = memchr(t->ptr, '$', t->len);
    size_t before = dollar ? (size_t)(dollar - t->ptr) : t->len;
    struct piece p = {PIECE_TEXT, {t->ptr, before}, 0, 0};
    if (!before && t->len > 1 && t->ptr[1] == '$') {
        p.text = (struct text){t->ptr, 1};
        before = 2;
    } else if (!before && t->len > 1 && t->ptr[1] == '{') {
        const char *end = memchr(t->ptr, '}', t->len);
        if (!end) {
            snprintf(why, TEMPLATE_WHY, "a ${ is never closed; write } behind the name, or $$ for the sign");
            p.kind = PIECE_WRONG;
            return p;
        }
        p = inside((struct text){t->ptr + 2, (size_t)(end - t->ptr - 2)}, preset, why);
        before = (size_t)(end + 1 - t->ptr);
    } else if (!before) {
        p.text = (struct text){t->ptr, 1};
        before = 1;
    }
    t->ptr += before, t->len -= before;
    return p;
}

static int render(const struct render_ask *ask, const struct facts *f, struct text t, size_t preset,
                  struct buf *out, char why[TEMPLATE_WHY]) {
    struct buf fact;
    size_t depth = 0, hidden = 0; /* hidden: the depth from which on nothing shows; 0: all shows */
    int r = 0;
    buf_init(&fact, LIMIT_FIELD);
    while (t.len && !r) {
        struct piece p = next_piece(&t, preset, why);
        buf_reset(&fact);
        if (p.kind == PIECE_FACT || p.kind == PIECE_IF) names[p.name].write(ask, f, &fact);
        switch (p.kind) {
        case PIECE_TEXT:
            if (!hidden) buf_addt(out, p.text);
            break;
        case PIECE_FACT:
            if (!hidden) escapes[p.escape].write(out, buf_text(&fact));
            break;
        case PIECE_IF:
            if (++depth > DEPTH_MAX) {
                snprintf(why, TEMPLATE_WHY, "more than %d ${if …} in each other", DEPTH_MAX);
                r = -1;
            }
            if (!fact.len && !hidden) hidden = depth;
            break;
        case PIECE_END:
            if (!depth) {
                snprintf(why, TEMPLATE_WHY, "${end} without ${if …}");
                r = -1;
            } else if (hidden == depth--) {
                hidden = 0;
            }
            break;
        case PIECE_WRONG: r = -1;
        }
    }
    if (!r && depth) {
        snprintf(why, TEMPLATE_WHY, "${if …} without ${end}");
        r = -1;
    }
    buf_clear(&fact);
    return r ? -1 : out->failed ? -1 : 0;
}

void template_each(const struct render_ask *ask, const struct facts *f,
                   void (*each)(void *arg, const char *name, struct text value), void *arg) {
    struct buf fact;
    buf_init(&fact, LIMIT_FIELD);
    for (size_t i = 0; i < N_NAMES; i++) {
        buf_reset(&fact);
        names[i].write(ask, f, &fact);
        each(arg, names[i].name, buf_text(&fact));
    }
    buf_clear(&fact);
}

int template_render(const struct render_ask *ask, const struct facts *f, struct text body,
                    const char *content_type, struct buf *out) {
    char why[TEMPLATE_WHY];
    return render(ask, f, body, escape_for(content_type), out, why);
}

int template_check(struct text body, const char *content_type, char why[TEMPLATE_WHY]) {
    static const struct config_notify notify = {.excerpt = 280, .link = true};
    static const struct text evil = TEXT("\"}],\\ {\"a\":<b>&\n'; --");
    const struct render_ask ask = {&notify, "na_key", NULL, "host.example", 0, false, NULL};
    struct facts hostile = {.kind = KIND_NEW, .alert = evil, .level = LEVEL_URGENT, .fired = 0},
                 empty = {.kind = KIND_NEW, .fired = TIME_NONE};
    hostile.item = (struct item){.title = evil,
                                 .summary = evil,
                                 .author = evil,
                                 .updated = TIME_NONE,
                                 .url = TEXT("https://a.example/\"")};
    hostile.feed = (struct fact_feed){.name = evil, .title = evil};
    empty.item = (struct item){.published = TIME_NONE, .updated = TIME_NONE};
    const struct facts *facts[] = {&hostile, &empty};
    size_t preset = escape_for(content_type);
    int r = 0;
    for (size_t i = 0; i < 2 && !r; i++) {
        struct buf out;
        buf_init(&out, LIMIT_WEBHOOK_BODY);
        json_error_t error;
        r = render(&ask, facts[i], body, preset, &out, why);
        json_t *j = !r && preset == 0 ? json_loadb(buf_str(&out), out.len, JSON_DECODE_ANY, &error) : NULL;
        if (!r && preset == 0 && !j) {
            snprintf(why, TEMPLATE_WHY, "with %s it is no JSON (line %d, column %d: %.80s)",
                     i ? "all facts absent" : "hostile text", error.line, error.column, error.text);
            r = -1;
        }
        json_decref(j);
        buf_clear(&out);
    }
    return r;
}

int render_custom(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    const struct config_notify *n = ask->notify;
    return template_render(ask, f, text_of(n->body ? n->body : ""), n->content_type, out);
}

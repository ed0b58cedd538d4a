/* One mail: headers, text/plain (flowed) and text/html, the same bytes on each attempt but for the word
 * "delayed". Only the HTML part is markup, and all in it that is foreign is escaped. */
#include "deliver/render/render.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "deliver/render/mime.h"
#include "deliver/render/prose.h"

#include <inttypes.h>

#define MAIL_MAX (4u << 20) /* one mail of ours; a digest of 1,000 items takes about 1 MiB */

/* Texts of one message, made once and used in both parts. */
struct letter {
    struct buf title, excerpt, url, byline, terms, previous, outlets;
};

static void letter_init(struct letter *l, const struct render_ask *ask, const struct facts *f) {
    struct buf *all[] = {&l->title, &l->excerpt, &l->url, &l->byline, &l->terms, &l->previous, &l->outlets};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) buf_init(all[i], LIMIT_FIELD);
    render_title(ask, f, &l->title);
    if (f->kind == KIND_PROBLEM || f->kind == KIND_RECOVERED)
        render_problem(f, &l->excerpt);
    else if (!render_is_list(f) && f->kind != KIND_FOLD)
        render_excerpt(ask, &f->item, &l->excerpt);
    render_outlets(f, &l->outlets);
    if (ask->notify->link) prose_link(&l->url, f->item.url);
    render_byline(ask, f, true, &l->byline);
    for (size_t i = 0; i < f->n_terms; i++) {
        size_t k = 0; /* a term stands once, in however many fields it was found */
        while (k < i && !text_eq(f->terms[k].term, f->terms[i].term)) k++;
        if (k < i) continue;
        buf_adds(&l->terms, l->terms.len ? ", " : "matched: ");
        prose_line(&l->terms, f->terms[i].term);
    }
    if (f->previous_title.len) {
        render_diff(f->previous_title, f->item.title, &l->previous);
    }
}

static void letter_clear(struct letter *l) {
    struct buf *all[] = {&l->title, &l->excerpt, &l->url, &l->byline, &l->terms, &l->previous, &l->outlets};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) buf_clear(all[i]);
}

/* -- headers ---- */
/* All mailboxes of a list that may stand in this mail's header: one with a non-ASCII local part would make
 * the whole mail need SMTPUTF8, so it is named only to those who need that anyway. */
static void address_header(struct buf *out, const char *name, const struct strings *list, bool utf8) {
    bool any = false;
    for (size_t i = 0; i < list->n; i++) {
        struct mailbox m;
        if (mailbox_init(&m, text_of(list->list[i])) < 0) continue;
        if (!m.utf8 || utf8) {
            if (any)
                buf_adds(out, ",\r\n ");
            else
                buf_addf(out, "%s: ", name);
            mailbox_add(&m, out, any ? 1 : strlen(name) + 2);
            any = true;
        }
        mailbox_clear(&m);
    }
    if (any)
        buf_adds(out, "\r\n");
    else if (!strcmp(name, "To"))
        buf_adds(out, "To: undisclosed-recipients:;\r\n");
}

static struct text subject_alert(const struct facts *f) {
    struct text alert = render_is_list(f) ? render_list_alert(f) : f->alert;
    return alert.len && f->kind != KIND_PROBLEM && f->kind != KIND_RECOVERED ? alert : TEXT("newsalertd");
}

static void subject(struct buf *out, const struct facts *f, const struct letter *l) {
    struct buf line, cut;
    buf_init(&line, LIMIT_FIELD);
    buf_init(&cut, LIMIT_FIELD);
    buf_addc(&line, '[');
    prose_line(&line, subject_alert(f));
    buf_adds(&line, "] ");
    buf_addt(&line, buf_text(&l->title));
    prose_cut(&cut, buf_text(&line), LIMIT_MAIL_SUBJECT, PROSE_CHARACTERS);
    mime_header(out, "Subject", buf_text(&cut));
    buf_clear(&line);
    buf_clear(&cut);
}

/* A name as labels of a domain: letters and digits, all else becomes a hyphen. */
static void add_label(struct buf *out, struct text name) {
    size_t before = out->len;
    for (size_t i = 0; i < name.len && out->len - before < 60; i++) {
        char c = name.ptr[i];
        if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
        bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (good)
            buf_addc(out, c);
        else if (out->len > before && out->ptr[out->len - 1] != '-')
            buf_addc(out, '-');
    }
    if (out->len > before && out->ptr[out->len - 1] == '-') out->ptr[--out->len] = '\0';
    if (out->len == before) buf_adds(out, "alert");
}

/* One list an alert; what belongs to no alert comes from the list of the whole. */
static void list_id(struct buf *out, const struct render_ask *ask, const struct facts *f) {
    struct text alert = subject_alert(f);
    struct buf name;
    buf_init(&name, LIMIT_FIELD);
    buf_adds(&name, "newsalertd");
    if (!text_eqs(alert, "newsalertd")) {
        buf_addc(&name, ' ');
        prose_line(&name, alert);
    }
    buf_adds(out, "List-Id: ");
    mime_phrase(out, buf_text(&name), 9);
    buf_adds(out, "\r\n <");
    if (!text_eqs(alert, "newsalertd")) {
        add_label(out, alert);
        buf_addc(out, '.');
    }
    buf_addf(out, "newsalertd.%s>\r\n", ask->host && *ask->host ? ask->host : "localhost");
    buf_clear(&name);
}

static void thread_headers(struct buf *out, const struct facts *f, struct text domain) {
    if (f->kind > KIND_PROMOTE) return;
    char key[KEY_SIZE];
    render_thread_key(f, key);
    buf_addf(out, "In-Reply-To: <%s@%.*s>\r\nReferences: <%s@%.*s>\r\n", key, TEXT_ARGS(domain), key,
             TEXT_ARGS(domain));
}

static int headers(struct buf *out, const struct render_ask *ask, const struct facts *f,
                   const struct letter *l) {
    struct mailbox from, to;
    char when[TIME_TEXT];
    if (mailbox_init(&from, text_of(ask->notify->from)) < 0) return -1;
    bool all = !ask->recipient; /* the program knows what its server can */
    if (mailbox_init(&to, all ? text_of(ask->notify->from) : text_of(ask->recipient)) < 0) {
        mailbox_clear(&from);
        return -1;
    }
    bool utf8 = all || to.utf8 || from.utf8;
    buf_addf(out, "Date: %s\r\nFrom: ", time_rfc5322(f->fired > 0 ? f->fired : ask->now, when));
    mailbox_add(&from, out, 6);
    buf_adds(out, "\r\n");
    address_header(out, "To", &ask->notify->to, utf8);
    address_header(out, "Cc", &ask->notify->cc, utf8);
    if (all) address_header(out, "Bcc", &ask->notify->bcc, utf8);
    subject(out, f, l);
    struct text domain = mailbox_domain(&from);
    buf_addf(out, "Message-ID: <%s@%.*s>\r\n", ask->key, TEXT_ARGS(domain));
    thread_headers(out, f, domain);
    list_id(out, ask, f);
    buf_adds(out, "Auto-Submitted: auto-generated\r\nPrecedence: bulk\r\n");
    struct buf line;
    buf_init(&line, LIMIT_FIELD);
    prose_line(&line, subject_alert(f));
    buf_addf(&line, "; %s", level_names[f->level]);
    mime_header(out, "X-Newsalert", buf_text(&line));
    buf_clear(&line);
    if (f->level == LEVEL_FLASH) buf_adds(out, "Importance: high\r\n");
    buf_adds(out, "MIME-Version: 1.0\r\n");
    mailbox_clear(&from);
    mailbox_clear(&to);
    return 0;
}

/* -- the plain part ---- */
static void paragraph(struct buf *out, struct text t) {
    if (!t.len) return;
    if (out->len) buf_addc(out, '\n');
    buf_addt(out, t);
    buf_addc(out, '\n');
}

static size_t shown_entries(const struct render_ask *ask, const struct facts *f) {
    return ask->halve ? (f->n_entries + 1) / 2 : f->n_entries;
}

static void entry_byline(const struct fact_entry *e, struct buf *out) {
    char when[TIME_TEXT];
    if (e->fired > 0) buf_addf(out, "%s", time_rfc3339(e->fired, when));
    if (e->feed.len) {
        buf_adds(out, out->len ? " \xC2\xB7 " : "");
        prose_line(out, e->feed);
    }
    if (e->alert.len) {
        buf_adds(out, " \xC2\xB7 alert ");
        prose_line(out, e->alert);
    }
}

static void plain_entries(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    size_t n = shown_entries(ask, f);
    for (size_t i = 0; i < n; i++) {
        const struct fact_entry *e = &f->entries[i];
        struct buf one;
        buf_init(&one, LIMIT_FIELD);
        render_item_title(&e->item, &one);
        paragraph(out, buf_text(&one));
        buf_reset(&one);
        entry_byline(e, &one);
        buf_addt(out, buf_text(&one));
        buf_addc(out, '\n');
        buf_reset(&one);
        if (ask->notify->link && !prose_link(&one, e->item.url)) {
            buf_addt(out, buf_text(&one));
            buf_addc(out, '\n');
        }
        buf_clear(&one);
    }
    int64_t more = f->more + (int64_t)(f->n_entries - n);
    if (more > 0) buf_addf(out, "\nand %" PRId64 " more\n", more);
}

static void plain_part(struct buf *out, const struct render_ask *ask, const struct facts *f,
                       const struct letter *l) {
    struct buf text, flowed;
    buf_init(&text, MAIL_MAX);
    buf_init(&flowed, MAIL_MAX);
    paragraph(&text, buf_text(&l->title));
    paragraph(&text, buf_text(&l->previous));
    paragraph(&text, buf_text(&l->excerpt));
    paragraph(&text, buf_text(&l->outlets));
    if (l->outlets.len || render_is_list(f)) plain_entries(ask, f, &text);
    paragraph(&text, buf_text(&l->url));
    paragraph(&text, buf_text(&l->byline));
    if (l->terms.len) {
        buf_addt(&text, buf_text(&l->terms));
        buf_addc(&text, '\n');
    }
    mime_flowed(&flowed, buf_text(&text));
    mime_quoted_printable(out, buf_text(&flowed));
    out->failed = out->failed || text.failed || flowed.failed;
    buf_clear(&text);
    buf_clear(&flowed);
}

/* -- the HTML part ---- */
static void html_text(struct buf *out, const char *open, struct text t, const char *close) {
    if (!t.len) return;
    buf_adds(out, open);
    for (;;) {
        const char *end = memchr(t.ptr, '\n', t.len);
        size_t n = end ? (size_t)(end - t.ptr) : t.len;
        prose_escaped(out, (struct text){t.ptr, n}, prose_html);
        if (!end) break;
        buf_adds(out, "<br>\n");
        t.ptr += n + 1, t.len -= n + 1;
    }
    buf_adds(out, close);
}

static void html_link(struct buf *out, struct text url, struct text label) {
    if (url.len) {
        buf_adds(out, "<a href=\"");
        prose_escaped(out, url, prose_html);
        buf_adds(out, "\" rel=\"noreferrer\">");
    }
    html_text(out, "", label, url.len ? "</a>" : "");
}

static void html_entries(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    size_t n = shown_entries(ask, f);
    buf_adds(out, "<ul>\n");
    for (size_t i = 0; i < n; i++) {
        const struct fact_entry *e = &f->entries[i];
        struct buf title, url;
        buf_init(&title, LIMIT_FIELD);
        buf_init(&url, LIMIT_URL * 3);
        render_item_title(&e->item, &title);
        if (ask->notify->link) prose_link(&url, e->item.url);
        buf_adds(out, "<li dir=\"auto\">");
        html_link(out, buf_text(&url), buf_text(&title));
        buf_reset(&title);
        entry_byline(e, &title);
        html_text(out, "<br><small>", buf_text(&title), "</small>");
        buf_adds(out, "</li>\n");
        buf_clear(&title);
        buf_clear(&url);
    }
    buf_adds(out, "</ul>\n");
    int64_t more = f->more + (int64_t)(f->n_entries - n);
    if (more > 0) buf_addf(out, "<p>and %" PRId64 " more</p>\n", more);
}

static void html_part(struct buf *out, const struct render_ask *ask, const struct facts *f,
                      const struct letter *l) {
    struct buf html;
    buf_init(&html, MAIL_MAX);
    buf_adds(&html, "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head>\n<body dir=\"auto\">\n"
                    "<h2 dir=\"auto\">");
    html_link(&html, buf_text(&l->url), buf_text(&l->title));
    buf_adds(&html, "</h2>\n");
    html_text(&html, "<p dir=\"auto\">", buf_text(&l->previous), "</p>\n");
    html_text(&html, "<p dir=\"auto\">", buf_text(&l->excerpt), "</p>\n");
    html_text(&html, "<p dir=\"auto\">", buf_text(&l->outlets), "</p>\n");
    if (l->outlets.len || render_is_list(f)) html_entries(ask, f, &html);
    html_text(&html, "<p dir=\"auto\"><small>", buf_text(&l->byline), "</small></p>\n");
    html_text(&html, "<p dir=\"auto\"><small>", buf_text(&l->terms), "</small></p>\n");
    buf_adds(&html, "</body></html>\n");
    mime_quoted_printable(out, buf_text(&html));
    out->failed = out->failed || html.failed;
    buf_clear(&html);
}

int render_mail(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    struct letter l;
    letter_init(&l, ask, f);
    int r = headers(out, ask, f, &l);
    if (!r) {
        /* "=_" cannot stand in quoted-printable text, so no part can end early. */
        buf_addf(out, "Content-Type: multipart/alternative;\r\n boundary=\"=_%s\"\r\n\r\n", ask->key);
        buf_addf(out,
                 "--=_%s\r\nContent-Type: text/plain; charset=utf-8; format=flowed\r\n"
                 "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
                 ask->key);
        plain_part(out, ask, f, &l);
        buf_addf(out,
                 "--=_%s\r\nContent-Type: text/html; charset=utf-8\r\n"
                 "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
                 ask->key);
        html_part(out, ask, f, &l);
        buf_addf(out, "--=_%s--\r\n", ask->key);
    }
    letter_clear(&l);
    return r < 0 || out->failed ? -1 : 0;
}

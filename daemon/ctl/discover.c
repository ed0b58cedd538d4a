/* discover URL: the feeds that a page offers, or the address itself if it is a feed. One request, with the
 * rules of every poll: redirects hop by hop, the address policy, time and sizes. Nothing is guessed, and what
 * the page names is not asked for. */
#include "ctl/discover.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/url.h"
#include "config/opml.h"
#include "config/value.h"
#include "daemon.h"
#include "parse/charset.h"
#include "parse/links.h"
#include "parse/parse.h"
#include "poll/once.h"

#include <string.h>

/* What the configuration says at its top, if there is one that can be read: who we are, and what may be
 * reached. Nothing of it is needed. */
static void settings(const struct ctl_args *a, struct config_feed *feed, char **ret_user_agent) {
    struct problems problems = PROBLEMS_INIT;
    AUTOFREE char *file = a->config ? xstrdup(a->config) : config_default_file();
    struct config *c = config_read(file, CONFIG_CHECK, &problems);
    const char *contact = c ? c->contact : NULL;
    *ret_user_agent = contact ? xasprintf("newsalertd/%s (+%s)", NEWSALERT_VERSION, contact)
                              : xasprintf("newsalertd/%s", NEWSALERT_VERSION);
    feed->allow_private = a->allow_private || (c && c->allow_private);
    feed->timeout = c && c->timeout > 0 ? c->timeout : 30 * 1000;
    feed->max_size = LIMIT_BODY;
    feed->ca_file = (char *)a->ca_file;
    problems_clear(&problems);
    config_free(c);
}

struct finding {
    void (*each)(void *ctx, const struct feed_section *feed);
    void *ctx;
    struct opml_names names;
    int n;
};

static void found(struct finding *to, struct arena *arena, struct text title, const char *url,
                  const char *comment) {
    struct url parts;
    const char *name = opml_title(title, OPML_TITLE, arena);
    url_split(text_of(url), &parts);
    if (!name || !*name || check_name(text_of(name))) name = opml_title(parts.host, OPML_TITLE, arena);
    const struct feed_section s = {
        .name = opml_name(&to->names, name && *name ? name : "feed", arena), .url = url, .comment = comment};
    if (!s.name) out_of_memory(0);
    to->each(to->ctx, &s);
    to->n++;
}

/* The address is a feed itself. False: it is none, and *ret_why says what it is. */
static bool is_feed(struct finding *to, const char *url, const struct fetched *f, char **ret_why) {
    const struct parse_input in = {.bytes = {f->body, f->body_len},
                                   .content_type = text_of(f->content_type),
                                   .base = text_of(f->final_url),
                                   .cut = f->cut};
    struct document *d = NULL;
    if (parse_document(&in, NULL, &d, ret_why) < 0) return false;
    if (f->final_url && strcmp(f->final_url, url))
        fprintf(stderr, "newsalertctl: it is redirected to %s; if that is for good, write that address\n",
                f->final_url);
    found(to, &d->arena, d->title, url, NULL);
    document_free(d);
    return true;
}

static void find_links(struct finding *to, const struct fetched *f) {
    struct arena arena;
    struct buf storage;
    struct charset_result charset;
    struct page_links *links = xcalloc(1, sizeof *links);
    arena_init(&arena, LIMIT_DOCUMENT_ARENA);
    buf_init(&storage, (size_t)LIMIT_BODY * 3 + 4096);
    if (!charset_decode((struct text){f->body, f->body_len}, text_of(f->content_type), &storage, &charset))
        page_links(charset.text, text_of(f->final_url), &arena, links);
    for (size_t i = 0; i < links->n; i++) {
        const struct page_link *l = &links->list[i];
        AUTOFREE char *url = xstrndup(l->url.ptr, l->url.len), *type = xstrndup(l->type.ptr, l->type.len);
        found(to, &arena, l->title.len ? l->title : links->title, url, type);
    }
    buf_clear(&storage);
    arena_clear(&arena);
    free(links);
}

char *discover_address(const char *written) {
    return strstr(written, "://") ? xstrdup(written) : xasprintf("https://%s", written);
}

int discover_feeds(const struct ctl_args *a, const char *url,
                   void (*each)(void *ctx, const struct feed_section *feed), void *ctx, char **ret_why) {
    AUTOFREE char *user_agent = NULL, *address = xstrdup(url), *what = NULL;
    char name[] = "discover";
    struct config_feed feed = {.name = name, .location = address, .enabled = true};
    struct finding to = {.each = each, .ctx = ctx};
    settings(a, &feed, &user_agent);
    struct fetched *f = fetch_once(&feed, user_agent);
    if (!f->body) {
        *ret_why = xstrdup(*f->answer.error ? f->answer.error : "no document");
        to.n = -1;
    } else if (!is_feed(&to, url, f, &what)) {
        find_links(&to, f);
        if (!to.n) *ret_why = xasprintf("%s, and it names no feed", what);
    }
    opml_names_clear(&to.names);
    fetched_free(f);
    return to.n;
}

static void print_one(void *ctx, const struct feed_section *feed) {
    const struct ctl_args *a = ctx;
    if (a->json)
        feed_section_print_json(feed);
    else
        feed_section_print(feed, stdout);
}

int ctl_discover(const struct ctl_args *a) {
    if (a->argc != 1) return ctl_usage("discover takes one URL");
    AUTOFREE char *url = discover_address(a->argv[0]), *why = NULL, *shown = url_masked(url);
    const char *wrong = check_url(text_of(url));
    if (wrong) return ctl_usage("\"%s\": %s", a->argv[0], wrong);
    if (discover_feeds(a, url, print_one, (void *)a, &why) > 0) return EXIT_DONE;
    return ctl_fail("%s: %s", shown, why);
}

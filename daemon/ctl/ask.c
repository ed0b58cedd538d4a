#include "ctl/ask.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/url.h"
#include "config/value.h"
#include "ctl/ctl.h"
#include "daemon.h"
#include "parse/parse.h"
#include "poll/once.h"

#include <string.h>

static const struct config_feed *feed_at(const struct config *c, const char *url) {
    for (size_t i = 0; i < c->n_feeds; i++)
        if (c->feeds[i].source == SOURCE_URL && !strcmp(c->feeds[i].location, url)) return &c->feeds[i];
    return NULL;
}

struct document *ask_document(const struct config *c, const char *url, const struct config_feed **ret_feed,
                              int *ret_code) {
    AUTOFREE char *shown = url_masked(url);
    AUTOFREE char *location = xstrdup(url),
                  *agent = c->contact ? xasprintf("newsalertd/%s (+%s)", NEWSALERT_VERSION, c->contact)
                                      : xasprintf("newsalertd/%s", NEWSALERT_VERSION);
    AUTOFREE char *why = NULL;
    char name[] = "explain";
    struct config_feed other = {.name = name,
                                .location = location,
                                .enabled = true,
                                .allow_private = c->allow_private,
                                .timeout = c->timeout,
                                .max_size = LIMIT_BODY};
    const struct config_feed *feed = feed_at(c, url);
    struct document *d = NULL;
    const char *wrong = check_url(text_of(url));
    if (wrong) {
        *ret_code = ctl_usage("%s: %s", shown, wrong);
        return NULL;
    }
    struct fetched *f = fetch_once(feed ? feed : &other, agent);
    const struct parse_input in = {.bytes = {f->body, f->body_len},
                                   .content_type = text_of(f->content_type),
                                   .base = text_of(f->final_url),
                                   .cut = f->cut};
    if (!f->body)
        *ret_code = ctl_fail("%s: %s", shown, *f->answer.error ? f->answer.error : "no document");
    else if (parse_document(&in, NULL, &d, &why) < 0)
        *ret_code = ctl_fail("%s: %s", shown, why);
    if (d) *ret_feed = feed;
    fetched_free(f);
    return d;
}

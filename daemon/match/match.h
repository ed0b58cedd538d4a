/* All standing queries, compiled together, and their truth over one item. Floor 3: pure, no I/O; plugins are
 * called through plugin/. Compiled in any one thread; matching is the pipeline thread's. */
#ifndef NEWSALERTD_MATCH_MATCH_H
#define NEWSALERTD_MATCH_MATCH_H

#include "config/config.h"
#include "item/words.h"
#include "match/query.h"
#include "plugin/plugin.h"

struct rules;
enum truth { FALSE_, UNKNOWN_, TRUE_ }; /* Kleene's three, in order */

/* Compiles the queries of all enabled alerts; problems come with file:line, alert's name and caret. Never
 * NULL; usable when problems->errors did not grow. The plugins must outlive the rules. */
struct rules *rules_compile(const struct config *config, struct plugins *plugins, struct problems *problems);
struct rules *rules_free(struct rules *r);
size_t rules_terms(const struct rules *r); /* distinct terms, for status and benches */
/* The prefixes that the plugins declare, as query_parse asks for them. Dies with the plugins. */
struct query_prefixes rules_prefixes(struct plugins *plugins);

struct match_input {
    const struct item *item;
    struct text feed_name;          /* may be absent: no name, no tags */
    const struct config_feed *feed; /* NULL: none configured; then an alert's `feeds` does not restrict */
    struct text language;           /* the document's, where the item has none */
};

/* Item i of a document as it is matched. The feed's own `language` beats the document's. feed: may be NULL.
 */
struct match_input match_input_of(const struct document *d, size_t i, const struct config_feed *feed);
struct text match_language(const struct document *d, const struct config_feed *feed);

struct match_term {
    struct text term;       /* as written, dies with the rules */
    uint32_t field, value;  /* NA_TITLE … ; feed, tag: see field_name */
    const char *field_name; /* "title" … "feed", "tag" */
    bool has_span, many;    /* many: the field has several values */
    uint32_t start;         /* byte of the field's text */
    struct text text;       /* the field's own bytes */
};
struct match {
    uint32_t alert; /* index into config->alerts */
    struct match_term *terms;
    size_t n_terms;
};
struct matches {
    struct match *list; /* in the order of the configuration */
    size_t n;
    struct {
        const char *plugin;
        struct text memory;
    } * remember; /* feed memories to commit */
    size_t n_remember;
    bool degraded; /* a plugin failed on this item */
};
/* Working memory of one matching thread; reused from item to item. */
struct matcher;
struct matcher *matcher_new(const struct rules *rules);
struct matcher *matcher_free(struct matcher *m);
/* What plugins remembered of the feed whose items come next; the list must live until it is replaced. */
struct feed_memory {
    const char *plugin; /* its name */
    struct text memory;
};
void matcher_memories(struct matcher *m, const struct feed_memory *list, size_t n);
/* What fires on one item. The result lives until the next call with this matcher. */
const struct matches *matcher_run(struct matcher *m, const struct match_input *input);

/* The JSON line of `newsalertctl match`. New reference. */
json_t *match_json(const struct match *match, const struct config_alert *alert, const struct item *item);

#endif

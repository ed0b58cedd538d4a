#include "match/never.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/problem.h"
#include "item/fold.h"
#include "match/filter.h"

/* One feed: its name and tags, folded by case. */
struct folded_feed {
    const struct config_feed *feed;
    struct text name, *tags;
    size_t n_tags;
};
struct never_names {
    struct arena arena;
    struct folded_feed *feeds;
    const char **names, **tags; /* as written, for "did you mean" */
    size_t n, n_tags;
};

struct never_names *never_names_new(const struct config *config) {
    struct never_names *n = xcalloc(1, sizeof *n);
    size_t tags = 0;
    arena_init(&n->arena, LIMIT_RULES_ARENA);
    for (size_t i = 0; i < config->n_feeds; i++) tags += config->feeds[i].tags.n;
    n->feeds = xcalloc(config->n_feeds + 1, sizeof *n->feeds);
    n->names = xcalloc(config->n_feeds + 1, sizeof *n->names);
    n->tags = xcalloc(tags + 1, sizeof *n->tags);
    for (size_t i = 0; i < config->n_feeds; i++) {
        const struct config_feed *f = &config->feeds[i];
        struct folded_feed *to = &n->feeds[n->n++];
        *to = (struct folded_feed){.feed = f, .name = fold_case(text_of(f->name), &n->arena)};
        to->tags = arena_alloc(&n->arena, (f->tags.n + 1) * sizeof *to->tags);
        n->names[i] = f->name;
        for (size_t k = 0; to->tags && k < f->tags.n; k++) {
            n->tags[n->n_tags++] = f->tags.list[k];
            to->tags[to->n_tags++] = fold_case(text_of(f->tags.list[k]), &n->arena);
        }
    }
    return n;
}

struct never_names *never_names_free(struct never_names *n) {
    if (!n) return NULL;
    arena_clear(&n->arena);
    free(n->feeds);
    free(n->names);
    free(n->tags);
    free(n);
    return NULL;
}

static bool fits(const struct folded_feed *f, const struct query_node *leaf) {
    if (leaf->filter == FILTER_FEED) return filter_name(leaf->pattern, f->name);
    for (size_t i = 0; i < f->n_tags; i++)
        if (filter_name(leaf->pattern, f->tags[i])) return true;
    return false;
}

static void check_leaf(const struct never_names *n, const struct config_alert *alert,
                       const struct query_node *leaf, never_fn *tell, void *ctx) {
    bool there = false, watched = false;
    for (size_t i = 0; i < n->n && !watched; i++) {
        if (!fits(&n->feeds[i], leaf)) continue;
        there = true;
        watched = config_alert_wants_feed(alert, n->feeds[i].feed);
    }
    if (watched) return;
    bool feed = leaf->filter == FILTER_FEED;
    AUTOFREE char *value = xstrndup(leaf->pattern.ptr, leaf->pattern.len);
    const char *near = leaf->pattern.len < 4
                           ? NULL
                           : problem_nearest(value, feed ? n->names : n->tags, feed ? n->n : n->n_tags);
    AUTOFREE char *what =
        there ? xasprintf("%.*s is never true here: the alert's `feeds` leaves out each such feed",
                          TEXT_ARGS(leaf->shown))
              : xasprintf("%.*s is never true: no feed %s%s%s%s", TEXT_ARGS(leaf->shown),
                          feed ? "is named so" : "has this tag", near ? " (did you mean " : "",
                          near ? near : "", near ? "?)" : "");
    tell(ctx, leaf->at, what);
}

void never_unknown(struct never_names *n, const struct config_alert *alert, const struct query_node *root,
                   never_fn *tell, void *ctx) {
    if (!n->n) return;
    if (root->op == NODE_FILTER && root->filter != FILTER_URL) check_leaf(n, alert, root, tell, ctx);
    for (size_t i = 0; i < root->n_children; i++) never_unknown(n, alert, root->children[i], tell, ctx);
}

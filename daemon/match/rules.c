#include "match/rules.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "match/never.h"

/* Bytes of queries that are read before their memory is used anew: as many as stay in the nearest cache. */
#define QUERY_ARENA (16u << 10)

/* What lives only while all queries are compiled. */
struct compiler {
    struct rules *rules;
    struct plugins *plugins;
    struct problems *problems;
    struct query_prefixes prefixes;
    struct arena query; /* the query at hand; emptied now and then */
    struct arena terms; /* keys and texts of the distinct terms */
    struct map known;   /* key of a term → its number + 1 */
    struct buf key;
    struct na_term *list; /* by our numbers; na.id is the plugin's */
    size_t cap;
    uint8_t *cost;
    struct plugin *keyword; /* the plugin of words; looked up once */
    bool keyword_missed;
    struct never_names *names;
    const struct config_alert *alert; /* the one at hand */
};

/* -- terms ----------------------------------------------------------------------------------------------- */

/* The bytes that make two terms the same: prefix, flags, value and suffix; or the words as compared. */
static struct text term_key(struct compiler *c, const struct query_term *t) {
    struct buf *b = &c->key;
    buf_reset(b);
    buf_addt(b, t->prefix);
    buf_addc(b, '\0');
    buf_addc(b, (char)(t->flags & ~(uint64_t)NA_TERM_ALL)); /* one term, whoever else wants all of it */
    if (t->prefix.len) {
        buf_addt(b, t->value);
        buf_addc(b, '\0');
        buf_addt(b, t->suffix);
    }
    for (size_t i = 0; i < t->n_patterns; i++) {
        const struct na_pattern *p = &t->patterns[i];
        buf_addc(b, (char)(p->flags + 1));
        buf_addt(b, text_of_na(p->flags & NA_PATTERN_EXACT ? p->exact : p->folded));
        buf_addc(b, '\0');
    }
    return buf_text(b);
}

static struct na_text keep(struct compiler *c, struct na_text t) {
    struct text copy = arena_dup(&c->terms, text_of_na(t));
    return copy.len ? na_of_text(copy) : (struct na_text){"", 0};
}

/* How often a term may be expected in a text, as far as its look says: long words, phrases and acronyms are
 * rarer. Only the order counts. */
static uint8_t term_cost(const struct query_term *t) {
    size_t best = t->prefix.len ? 12 : 60;
    for (size_t i = 0; i < t->n_patterns; i++) {
        const struct na_pattern *p = &t->patterns[i];
        size_t len = p->folded.len < 12 ? p->folded.len : 12, cost = 50 - 3 * len;
        if (p->flags & (NA_PATTERN_WILD | NA_PATTERN_ANY)) cost += 8;
        if (p->flags & (NA_PATTERN_ACRONYM | NA_PATTERN_HASH_SIGN | NA_PATTERN_AT_SIGN)) cost /= 3;
        if (cost < best) best = cost;
    }
    return (uint8_t)(t->n_patterns > 1 ? best / 2 + 1 : best);
}

static size_t plug_of(struct rules *r, struct plugin *plugin) {
    for (size_t i = 0; i < r->n_plugs; i++)
        if (r->plugs[i].plugin == plugin) return i;
    GROW(r->plugs, r->n_plugs, r->cap_plugs);
    r->plugs[r->n_plugs] = (struct rule_plug){.plugin = plugin};
    return r->n_plugs++;
}

static uint32_t add_term(struct compiler *c, const struct query_term *t, struct plugin *plugin,
                         struct text key) {
    struct rules *r = c->rules;
    uint32_t number = (uint32_t)r->n_terms;
    if (r->n_terms == r->cap_terms) {
        r->cap_terms = r->cap_terms ? r->cap_terms * 2 : 64;
        r->term_plug = xrealloc(r->term_plug, r->cap_terms, sizeof *r->term_plug);
        c->list = xrealloc(c->list, r->cap_terms, sizeof *c->list);
        c->cost = xrealloc(c->cost, r->cap_terms, sizeof *c->cost);
    }
    r->n_terms++;
    size_t plug = plug_of(r, plugin);
    struct rule_plug *p = &r->plugs[plug];
    GROW(p->terms, p->n, p->cap);
    struct na_pattern *patterns =
        t->n_patterns ? arena_alloc(&c->terms, t->n_patterns * sizeof *patterns) : NULL;
    for (size_t i = 0; patterns && i < t->n_patterns; i++) {
        patterns[i] = t->patterns[i];
        patterns[i].folded = keep(c, t->patterns[i].folded);
        patterns[i].exact = keep(c, t->patterns[i].exact);
    }
    c->list[number] = (struct na_term){
        .id = p->n,
        .flags = t->flags,
        .prefix = keep(c, na_of_text(t->prefix)),
        .value = keep(c, na_of_text(t->value)),
        .suffix = keep(c, na_of_text(t->suffix)),
        .patterns = patterns,
        .n_patterns = patterns ? t->n_patterns : 0,
        .pattern_stride = sizeof *patterns,
    };
    p->terms[p->n++] = number;
    r->term_plug[number] = (uint8_t)plug;
    c->cost[number] = term_cost(t);
    map_add(&c->known, arena_dup(&c->terms, key), (void *)((uintptr_t)number + 1));
    return number;
}

/* The number of a term, which may be known from another query; false: nobody owns its prefix. */
static bool intern(struct compiler *c, const struct query_term *t, uint64_t fields, uint32_t *ret) {
    struct text key = term_key(c, t);
    uintptr_t known = (uintptr_t)map_get(&c->known, key);
    if (known) {
        *ret = (uint32_t)(known - 1);
    } else {
        struct plugin *plugin = t->prefix.len ? plugins_by_prefix(c->plugins, t->prefix) : c->keyword;
        if (!plugin) return false;
        *ret = add_term(c, t, plugin, key);
    }
    c->list[*ret].fields |= fields;
    c->list[*ret].flags |= t->flags & NA_TERM_ALL;
    return true;
}

/* -- queries --------------------------------------------------------------------------------------------- */

static uint32_t add_links(struct rules *r, const uint32_t *links, size_t n) {
    uint32_t first = (uint32_t)r->n_links;
    for (size_t i = 0; i < n; i++) {
        GROW(r->links, r->n_links, r->cap_links);
        r->links[r->n_links++] = links[i];
    }
    return first;
}

/* A text that stands in the query itself lives as long as the configuration. */
static struct text keep_shown(struct rules *r, struct text query, struct text t) {
    bool inside = t.ptr >= query.ptr && t.ptr < query.ptr + query.len;
    return inside ? t : arena_dup(&r->arena, t);
}

static uint32_t add_leaf(struct compiler *c, struct text query, const struct query_node *n) {
    struct rules *r = c->rules;
    GROW(r->leaves, r->n_leaves, r->cap_leaves);
    struct text shown = keep_shown(r, query, n->shown);
    r->leaves[r->n_leaves] = (struct rule_leaf){
        .shown = shown.ptr,
        .shown_len = (uint16_t)shown.len,
        .at = (uint16_t)n->at,
        .value_at = (uint16_t)n->value_at,
        .filter = (uint8_t)n->filter,
    };
    return (uint32_t)r->n_leaves++;
}

static uint32_t add_pattern(struct rules *r, struct text pattern) {
    GROW(r->patterns, r->n_patterns, r->cap_patterns);
    r->patterns[r->n_patterns] = arena_dup(&r->arena, pattern);
    return (uint32_t)r->n_patterns++;
}

/* Children before parents. Depth is bounded by the parser. */
static uint32_t add_node(struct compiler *c, struct text query, const struct query_node *n) {
    struct rules *r = c->rules;
    struct rule_node node = {.op = (uint8_t)n->op, .fields = (uint8_t)n->fields};
    uint32_t few[16], *links = n->n_children > 16 ? xmalloc(n->n_children * sizeof *links) : few;
    size_t k = 0;
    for (size_t i = 0; i < n->n_children; i++) links[k++] = add_node(c, query, n->children[i]);
    for (size_t i = 0; i < n->n_terms; i++) {
        if (intern(c, &n->terms[i], n->fields, &links[k])) {
            k++;
        } else if (!c->keyword_missed) {
            c->keyword_missed = true;
            problem_error(
                c->problems, NULL, 0,
                "the plugin \"keyword\" is not there: words cannot be searched; install it beside the "
                "other plugins");
        }
    }
    if (n->op == NODE_TERM || n->op == NODE_FILTER) node.leaf = add_leaf(c, query, n);
    if (n->n_terms && text_eqs(n->terms[0].prefix, "lang")) node.fields = RULE_LANGUAGE;
    if (n->op == NODE_NEAR) node.leaf = n->distance | (n->ordered ? RULE_ORDERED : 0);
    node.n = (uint16_t)k;
    node.first = n->op == NODE_FILTER ? add_pattern(r, n->pattern) : add_links(r, links, k);
    if (links != few) free(links);
    GROW(r->nodes, r->n_nodes, r->cap_nodes);
    r->nodes[r->n_nodes] = node;
    return (uint32_t)r->n_nodes++;
}

static void tell(struct problems *problems, bool error, const struct config_alert *alert, size_t at,
                 struct text what) {
    AUTOFREE char *caret = query_caret(alert->query, at);
    problems_add(problems, error ? SEVERITY_ERROR : SEVERITY_WARNING, alert->query_at.file,
                 alert->query_at.line, "alert \"%s\": %.*s\n%s", alert->name, TEXT_ARGS(what), caret);
}

static void warn_never(void *ctx, size_t at, const char *what) {
    struct compiler *c = ctx;
    tell(c->problems, false, c->alert, at, text_of(what));
}

static void add_query(struct compiler *c, uint32_t index) {
    struct rules *r = c->rules;
    const struct config_alert *alert = &r->config->alerts[index];
    struct query *q = query_parse(alert->query, &c->prefixes, &c->query);
    for (size_t i = 0; i < q->n_remarks; i++) /* The reading of a broken query is no news. */
        if (q->remarks[i].error || !q->n_errors)
            tell(c->problems, q->remarks[i].error, alert, q->remarks[i].at, q->remarks[i].what);
    if (q->root) {
        c->alert = alert;
        never_unknown(c->names, alert, q->root, warn_never, c);
        struct rule_query rule = {.alert = index,
                                  .nodes = (uint32_t)r->n_nodes,
                                  .links = (uint32_t)r->n_links,
                                  .leaves = (uint32_t)r->n_leaves,
                                  .some_feeds = alert->feeds.n > 0};
        rule.root = add_node(c, alert->query, q->root);
        rule.n_leaves = (uint16_t)(r->n_leaves - rule.leaves);
        GROW(r->queries, r->n_queries, r->cap_queries);
        r->queries[r->n_queries++] = rule;
    }
    if (c->query.used > QUERY_ARENA) arena_reset(&c->query);
}

/* -- plugins --------------------------------------------------------------------------------------------- */

/* What plugins said of terms, by our numbers; told at every alert that has the term. */
struct said {
    uint32_t term;
    bool error;
    size_t at;
    char *why;
    struct said *next; /* of the same term */
};
struct said_list {
    const struct rule_plug *plug;
    struct said **by_term;
    size_t n_terms, n;
};

static void on_remark(void *ctx, enum term_remark what, uint64_t id, size_t at, size_t len, const char *why) {
    struct said_list *list = ctx;
    (void)len;
    if (what == TERM_UNDERSTOOD || id >= list->plug->n) return;
    struct said *s = xmalloc(sizeof *s);
    uint32_t term = list->plug->terms[id];
    *s = (struct said){term, what == TERM_BAD, at, xstrdup(why), list->by_term[term]};
    list->by_term[term] = s;
    list->n++;
}

/* Byte `at` of a leaf's value, in the query; inside /…/ a \/ there is one byte of the value. */
static size_t place_in_query(struct text query, size_t value_at, size_t at) {
    size_t i = value_at;
    if (!value_at || query.ptr[value_at - 1] != '/') return value_at + at;
    for (; at && i < query.len; at--, i++) i += i + 1 < query.len && !memcmp(query.ptr + i, "\\/", 2);
    return i;
}

static void tell_said(struct compiler *c, const struct said_list *list) {
    const struct rules *r = c->rules;
    for (size_t q = 0; q < r->n_queries && list->n; q++) {
        const struct config_alert *alert = &r->config->alerts[r->queries[q].alert];
        for (uint32_t i = r->queries[q].nodes; i <= r->queries[q].root; i++) {
            const struct rule_node *n = &r->nodes[i];
            for (size_t k = 0; n->op == NODE_TERM && k < n->n; k++)
                for (const struct said *s = list->by_term[r->links[n->first + k]]; s; s = s->next)
                    tell(c->problems, s->error, alert,
                         place_in_query(alert->query, r->leaves[n->leaf].value_at, s->at), text_of(s->why));
        }
    }
}

static void compile_plug(struct compiler *c, struct rule_plug *plug, struct said_list *list) {
    struct na_term *terms = xmalloc(plug->n * sizeof *terms);
    for (size_t i = 0; i < plug->n; i++) terms[i] = c->list[plug->terms[i]];
    list->plug = plug;
    size_t said = list->n;
    if (plugin_compile(plug->plugin, terms, plug->n, on_remark, list, &plug->set) < 0 && list->n == said)
        problem_error(c->problems, NULL, 0,
                      "the plugin \"%s\" could not take the terms of the queries; its log says why",
                      plugin_description(plug->plugin)->name);
    free(terms);
}

static void compile_plugs(struct compiler *c) {
    struct rules *r = c->rules;
    struct said_list list = {.by_term = xcalloc(r->n_terms + 1, sizeof(struct said *)),
                             .n_terms = r->n_terms};
    for (size_t i = 0; i < r->n_plugs; i++) compile_plug(c, &r->plugs[i], &list);
    tell_said(c, &list);
    for (size_t i = 0; i < list.n_terms; i++)
        for (struct said *s = list.by_term[i], *next; s; s = next) {
            next = s->next;
            free(s->why);
            free(s);
        }
    free(list.by_term);
}

/* -- all ------------------------------------------------------------------------------------------------- */

static bool known_prefix(void *ctx, struct text prefix) {
    return plugins_by_prefix(ctx, prefix) != NULL;
}

struct query_prefixes rules_prefixes(struct plugins *plugins) {
    struct query_prefixes p = {.ctx = plugins, .known = known_prefix};
    p.names = plugins_prefixes(plugins, &p.n_names);
    return p;
}

/* Whether the query is few terms of one spelling in one OR or AND. */
static void find_shape(const struct rules *r, struct rule_query *q) {
    const struct rule_node *root = &r->nodes[q->root];
    bool alone = root->op == NODE_TERM;
    size_t n = alone ? 1 : root->n;
    if ((!alone && root->op != NODE_OR && root->op != NODE_AND) || n > RULE_FEW || n != q->n_leaves) return;
    for (size_t i = 0; i < n; i++) {
        const struct rule_node *c = alone ? root : &r->nodes[r->links[root->first + i]];
        if (c->op != NODE_TERM || c->n != 1 || c->fields == RULE_LANGUAGE || c->leaf != q->leaves + i) return;
        q->few_fields[i] = c->fields;
        q->few_terms[i] = r->links[c->first];
    }
    q->shape = root->op == NODE_AND ? SHAPE_AND : SHAPE_OR;
}

/* Moves the arrays into one piece of memory, without the room that they grew into. */
static void settle(struct rules *r) {
    struct {
        void **array;
        size_t size;
    } list[7] = {{(void **)&r->queries, r->n_queries * sizeof *r->queries},
                 {(void **)&r->nodes, r->n_nodes * sizeof *r->nodes},
                 {(void **)&r->links, r->n_links * sizeof *r->links},
                 {(void **)&r->leaves, r->n_leaves * sizeof *r->leaves},
                 {(void **)&r->term_plug, r->n_terms * sizeof *r->term_plug},
                 {(void **)&r->wake_at, (r->n_terms + 2) * sizeof *r->wake_at},
                 {(void **)&r->wake, (r->wake_at[r->n_terms] + 1) * sizeof *r->wake}};
    size_t total = 0;
    for (size_t i = 0; i < 7; i++) total += (list[i].size + 63) / 64 * 64;
    char *p = r->settled = xlarge(total + 1);
    for (size_t i = 0; i < 7; i++) {
        if (list[i].size && *list[i].array) memcpy(p, *list[i].array, list[i].size);
        free(*list[i].array);
        *list[i].array = p;
        p += (list[i].size + 63) / 64 * 64;
    }
    for (size_t i = 0; i < r->n_plugs; i++) {
        struct rule_plug *plug = &r->plugs[i];
        plug->terms = xrealloc(plug->terms, plug->n, sizeof *plug->terms);
        plug->same = true;
        for (size_t k = 0; k < plug->n && plug->same; k++) plug->same = plug->terms[k] == k;
    }
}

struct rules *rules_compile(const struct config *config, struct plugins *plugins, struct problems *problems) {
    struct rules *r = xcalloc(1, sizeof *r);
    r->config = config;
    arena_init(&r->arena, LIMIT_RULES_ARENA);
    struct compiler c = {.rules = r,
                         .plugins = plugins,
                         .problems = problems,
                         .prefixes = rules_prefixes(plugins),
                         .keyword = plugins_by_prefix(plugins, TEXT(""))};
    c.names = never_names_new(config);
    arena_init(&c.query, LIMIT_RULES_ARENA);
    arena_init(&c.terms, LIMIT_RULES_ARENA);
    buf_init(&c.key, 8 * LIMIT_QUERY);
    for (size_t i = 0; i < config->n_alerts; i++) /* One without a query has been named by config/. */
        if (config->alerts[i].enabled && config->alerts[i].query.ptr) add_query(&c, (uint32_t)i);
    if (c.terms.failed || r->arena.failed)
        problem_error(problems, config->file, 0,
                      "the queries need more memory than there is; take some alerts out");
    else
        compile_plugs(&c);
    rules_file(r, c.cost);
    for (size_t i = 0; i < r->n_queries; i++) find_shape(r, &r->queries[i]);
    settle(r);
    never_names_free(c.names);
    map_clear(&c.known);
    buf_clear(&c.key);
    arena_clear(&c.query);
    arena_clear(&c.terms);
    free(c.list);
    free(c.cost);
    if (r->n_queries > 1000) mem_trim();
    return r;
}

struct rules *rules_free(struct rules *r) {
    if (!r) return NULL;
    for (size_t i = 0; i < r->n_plugs; i++) {
        term_set_free(r->plugs[i].set);
        free(r->plugs[i].terms);
    }
    arena_clear(&r->arena);
    free(r->plugs);
    free(r->settled);
    free(r->patterns);
    free(r->always);
    free(r);
    return NULL;
}

size_t rules_terms(const struct rules *r) {
    return r->n_terms;
}

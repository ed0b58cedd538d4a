/* Items against fifty fixed queries, with the real keyword plugin, and what must hold whatever the text is:
 * hits lie in their fields, on character boundaries; a query is true with what it implies (a phrase with its
 * words, a NEAR with both sides, title: with the bare word, = with any case), and no query with what it
 * excludes. The input is title, summary and content, parted by NUL. */
#include "../../plugins/keyword.c"

#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "match/match.h"
#include "parse/utf8.h"

/* ---- a host of one plugin ---- */

struct plugin {
    const struct na_plugin *description;
};
struct term_set {
    void *set;
};
static struct plugin keyword_plugin = {&plugin};

struct plugin *plugins_by_prefix(const struct plugins *p, struct text prefix) {
    (void)p;
    return prefix.len ? NULL : &keyword_plugin;
}
const char *const *plugins_prefixes(const struct plugins *p, size_t *ret_n) {
    static const char *const names[] = {""};
    (void)p;
    *ret_n = 1;
    return names;
}
const struct na_plugin *plugin_description(const struct plugin *p) {
    return p->description;
}
int plugin_compile(struct plugin *p, const struct na_term *terms, size_t n, term_remark_fn *remark, void *ctx,
                   struct term_set **ret) {
    const struct na_compile c = {
        .size = sizeof c, .terms = terms, .n_terms = n, .term_stride = sizeof *terms};
    (void)remark, (void)ctx;
    *ret = xcalloc(1, sizeof **ret);
    return p->description->matcher->compile(NULL, &c, &(*ret)->set);
}
struct term_set *term_set_free(struct term_set *s) {
    if (s) matcher.release(NULL, s->set);
    free(s);
    return NULL;
}
void plugin_hits_init(struct plugin_hits *h) {
    *h = (struct plugin_hits){0};
    arena_init(&h->arena, 1 << 20);
}
void plugin_hits_reset(struct plugin_hits *h) {
    arena_clear(&h->arena);
    h->n_hits = h->n_unknown = h->n_notes = 0;
    h->remember = h->failed = h->full = false;
}
void plugin_hits_clear(struct plugin_hits *h) {
    arena_clear(&h->arena);
    free(h->hits);
}

struct sink {
    const struct na_item *item;
    struct plugin_hits *hits;
};

static bool is_boundary(struct na_text t, size_t at) {
    return at == t.len || ((unsigned char)t.ptr[at] & 0xC0) != 0x80;
}

static int emit(void *ctx, uint64_t term, uint64_t field, uint64_t value, size_t start, size_t len,
                double confidence) {
    struct sink *s = ctx;
    struct plugin_hits *h = s->hits;
    const struct na_field *f = NULL;
    for (size_t i = 0; i < s->item->n_fields; i++)
        if (s->item->fields[i].kind == field && s->item->fields[i].value == value) f = &s->item->fields[i];
    if (!f || !len || start > f->text.len || len > f->text.len - start) abort();
    if (!is_boundary(f->text, start) || !is_boundary(f->text, start + len)) abort();
    GROW(h->hits, h->n_hits, h->cap_hits);
    h->hits[h->n_hits++] = (struct plugin_hit){(uint32_t)term,  (uint32_t)field, (uint32_t)value,
                                               (uint32_t)start, (uint32_t)len,   (float)confidence};
    return 0;
}

void plugin_match(struct plugin *p, const struct term_set *set, const struct na_item *item, uint64_t flags,
                  struct plugin_hits *hits) {
    struct sink s = {item, hits};
    const struct na_match m = {.size = sizeof m, .ctx = &s, .flags = flags, .emit = emit};
    if (p->description->matcher->match(NULL, set->set, item, &m) != NA_OK) abort();
}

/* ---- queries, and what each implies ---- */

static const struct {
    const char *query;
    int implies[3]; /* numbers of queries that are true, too; 0 ends (query 0 is nobody's) */
} queries[] = {
    /* 0 */ {"zzzz", {0}},
    /* 1 */ {"ice", {0}},
    {"ICE", {1}},
    {"=ICE", {1}},
    {"#ice", {1}},
    {"@ice", {1}},
    {"title:ice", {1}},
    {"title:ICE", {2, 6}},
    {"\"ice raid\"", {1, 9}},
    /* 9 */ {"raid", {0}},
    {"ice NEAR/3 raid", {1, 9}},
    {"ice ONEAR/3 raid", {10}},
    {"ice ONEAR/0 raid", {11, 8}},
    {"ice NEAR/0 raid", {10}},
    {"ice NOT raid", {1}},
    /* 15 */ {"ice*", {0}},
    {"*ice*", {0}},
    {"ice NEAR/5 ice", {1}},
    {"ice NEAR/2 ice", {17}},
    {"cease-fire", {0}},
    /* 20 */ {"ceasefire", {19}},
    {"\"cease fire\"", {22, 23}},
    {"cease", {0}},
    {"fire", {0}},
    {"=Fire", {23}},
    /* 25 */ {"(ice OR fire) NEAR/4 (raid OR cease)", {0}},
    {"ice NEAR/2 fire NEAR/2 raid", {1, 23, 9}},
    {"ice NEAR/9 (fire NEAR/2 raid)", {1, 28}},
    {"fire NEAR/2 raid", {23, 9}},
    {"\"ice * raid\"", {1, 9, 10}},
    /* 30 */ {"O'Brien", {0}},
    {"=O'Brien", {30}},
    {"l'Ukraine", {33}},
    {"ukraine", {0}},
    {"U.S.", {0}},
    /* 35 */ {"us", {0}},
    {"北京", {37, 38}},
    {"北", {0}},
    {"京", {0}},
    {"café", {0}},
    /* 40 */ {"=café", {39}},
    {"Straße", {0}},
    {"F-35", {0}},
    {"9/11", {0}},
    {"1000000", {0}},
    /* 45 */ {"3.5", {0}},
    {"wom?n", {0}},
    {"=\"Two Words\"", {48}},
    {"\"two words\"", {0}},
    {"summary:(ice NEAR/3 raid)", {10}},
    /* 50 */ {"ёлка OR шторм OR ΣΊΣΥΦΟΣ OR İstanbul", {0}},
};
enum { N_QUERIES = sizeof queries / sizeof *queries };

static struct config_alert alerts[N_QUERIES];
static struct config config = {.alerts = alerts, .n_alerts = N_QUERIES};
static struct rules *rules;
static struct matcher *machine;

static void set_up(void) {
    static char name[] = "q";
    struct problems problems = PROBLEMS_INIT;
    for (size_t i = 0; i < N_QUERIES; i++)
        alerts[i] = (struct config_alert){.name = name, .query = text_of(queries[i].query), .enabled = true};
    rules = rules_compile(&config, NULL, &problems);
    if (problems.errors) abort();
    problems_clear(&problems);
    machine = matcher_new(rules);
}

static void check(const struct matches *m) {
    bool fired[N_QUERIES] = {false};
    for (size_t i = 0; i < m->n; i++) {
        fired[m->list[i].alert] = true;
        if (!m->list[i].n_terms) abort();
    }
    for (size_t i = 0; i < N_QUERIES; i++)
        for (size_t k = 0; k < 3 && fired[i] && queries[i].implies[k]; k++)
            if (!fired[queries[i].implies[k]]) abort();
    if (fired[14] != (fired[1] && !fired[9])) abort();
    if (fired[19] != (fired[20] || fired[21])) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *ptr, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *ptr, size_t len) {
    const char *p = (const char *)ptr, *end = p + len;
    struct text fields[3] = {TEXT_NONE, TEXT_NONE, TEXT_NONE};
    if (!rules) set_up();
    for (size_t i = 0, n; i < len; i += n)
        if (!(n = utf8_valid(p + i, len - i))) return 0; /* texts of items are valid UTF-8 */
    for (size_t i = 0; i < 3 && p < end; i++) {
        const char *stop = i < 2 ? memchr(p, '\0', (size_t)(end - p)) : NULL;
        if (!stop) stop = end;
        fields[i] = (struct text){p, (size_t)(stop - p)};
        p = stop + (stop < end);
    }
    const struct item item = {
        .title = fields[0], .summary = fields[1], .content = fields[2], .published = TIME_NONE};
    const struct match_input in = {&item, TEXT_NONE, NULL, TEXT_NONE};
    check(matcher_run(machine, &in));
    return 0;
}

/* Rules and matcher with the real keyword plugin, behind a small host of its own: which queries fire on which
 * items, what is reported, what unknown does. */
#include "unit.h"

#include "../../plugins/keyword.c"

#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "match/explain.h"
#include "match/matcher.h"

/* ---- the host: keyword, and "city", which knows one place and can be told to fail
 * -------------------------- */

struct plugin {
    const struct na_plugin *description;
};
struct term_set {
    struct plugin *plugin;
    void *set;
    size_t n;
};
static const struct na_plugin city_plugin = {.size = sizeof city_plugin, .name = "city"};
static struct plugin plugins[2] = {{&plugin}, {&city_plugin}};
static bool city_fails, city_unknown, no_keyword;
static size_t n_compiled[2]; /* terms handed over */
static char city_memory[32];

struct plugin *plugins_by_prefix(const struct plugins *p, struct text prefix) {
    (void)p;
    if (text_eqs(prefix, "")) return no_keyword ? NULL : &plugins[0];
    return text_eqs(prefix, "city") ? &plugins[1] : NULL;
}
const char *const *plugins_prefixes(const struct plugins *p, size_t *ret_n) {
    static const char *const names[] = {"", "city"};
    (void)p;
    *ret_n = 2;
    return names;
}
const struct na_plugin *plugin_description(const struct plugin *p) {
    return p->description;
}

int plugin_compile(struct plugin *p, const struct na_term *terms, size_t n, term_remark_fn *remark, void *ctx,
                   struct term_set **ret) {
    struct term_set *s = xcalloc(1, sizeof *s);
    const struct na_compile c = {
        .size = sizeof c, .terms = terms, .n_terms = n, .term_stride = sizeof *terms};
    s->plugin = p;
    s->n = n;
    n_compiled[p - plugins] = n;
    *ret = s;
    if (p == &plugins[0]) return p->description->matcher->compile(NULL, &c, &s->set);
    int r = 0;
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(terms[i].id, i);
        struct text value = text_of_na(terms[i].value);
        if (text_eqs(value, "Nowhere")) {
            remark(ctx, TERM_BAD, i, 2, 3, "there is no such city");
            r = -1;
        }
        if (text_eqs(value, "Springfield")) remark(ctx, TERM_WARNING, i, 0, 3, "many have this name");
    }
    return r;
}
struct term_set *term_set_free(struct term_set *s) {
    if (s && s->set) s->plugin->description->matcher->release(NULL, s->set);
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
    h->remember = h->failed = false;
}
void plugin_hits_clear(struct plugin_hits *h) {
    arena_clear(&h->arena);
    free(h->hits);
    free(h->unknown);
    free(h->notes);
}

static int emit(void *ctx, uint64_t term, uint64_t field, uint64_t value, size_t start, size_t len,
                double confidence) {
    struct plugin_hits *h = ctx;
    GROW(h->hits, h->n_hits, h->cap_hits);
    h->hits[h->n_hits++] = (struct plugin_hit){(uint32_t)term,  (uint32_t)field, (uint32_t)value,
                                               (uint32_t)start, (uint32_t)len,   (float)confidence};
    return 0;
}

void plugin_match(struct plugin *p, const struct term_set *set, const struct na_item *item, uint64_t flags,
                  struct plugin_hits *hits) {
    const struct na_match m = {.size = sizeof m, .ctx = hits, .flags = flags, .emit = emit};
    if (p == &plugins[0]) {
        hits->failed = p->description->matcher->match(NULL, set->set, item, &m) != NA_OK;
        return;
    }
    hits->failed = city_fails;
    snprintf(city_memory, sizeof city_memory, "%.*s", (int)item->memory.len, item->memory.ptr);
    for (size_t i = 0; i < set->n; i++) {
        if (city_unknown) {
            GROW(hits->unknown, hits->n_unknown, hits->cap_unknown);
            hits->unknown[hits->n_unknown].term = (uint32_t)i;
            hits->unknown[hits->n_unknown++].why = "no idea";
            continue;
        }
        const char *at = memmem(item->fields[0].text.ptr, item->fields[0].text.len, "Napa", 4);
        if (flags & NA_MATCH_EXPLAIN) {
            GROW(hits->notes, hits->n_notes, hits->cap_notes);
            hits->notes[hits->n_notes++] = (struct plugin_note){
                .term = i, .field = UINT32_MAX, .key = TEXT("looked at"), .text = TEXT("the title")};
        }
        if (at) emit(hits, i, item->fields[0].kind, 0, (size_t)(at - item->fields[0].text.ptr), 4, 1);
    }
    hits->remember = true;
    hits->memory = TEXT("home");
}

bool config_alert_wants_feed(const struct config_alert *a, const struct config_feed *f) {
    for (size_t i = 0; i < a->feeds.n; i++)
        if (!strcmp(a->feeds.list[i], f->name) || (!strcmp(a->feeds.list[i], "tag:US") && f->tags.n))
            return true;
    return !a->feeds.n;
}

struct text item_shown_id(const struct item *item, struct arena *a) {
    (void)a;
    return item->id.len ? item->id : item->url;
}

/* ---- helpers
 * ------------------------------------------------------------------------------------------------ */

/* Rules over up to eight queries, the list ends with NULL. */
struct bench {
    struct config config;
    struct config_alert alerts[8];
    struct problems problems;
    struct rules *rules;
    struct matcher *matcher;
};

static void bench_open(struct bench *b, const char *const *queries) {
    static char file[] = "x.conf", names[8][4] = {"q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7"};
    *b = (struct bench){.config = {.file = file, .alerts = b->alerts}};
    for (size_t i = 0; queries[i]; i++)
        b->alerts[b->config.n_alerts++] = (struct config_alert){.name = names[i],
                                                                .query = text_of(queries[i]),
                                                                .query_at = {file, (unsigned)i + 10},
                                                                .enabled = true};
    b->rules = rules_compile(&b->config, NULL, &b->problems);
    b->matcher = matcher_new(b->rules);
}
static void bench_close(struct bench *b) {
    matcher_free(b->matcher);
    rules_free(b->rules);
    problems_clear(&b->problems);
}

static const struct matches *run(struct bench *b, const struct item *item) {
    const struct match_input in = {item, TEXT("npr"), NULL, TEXT("en")};
    return matcher_run(b->matcher, &in);
}

/* Does the query fire on an item with this title, summary and content? */
static bool fires_on(const char *query, const char *title, const char *summary, const char *content) {
    struct bench b;
    bench_open(&b, (const char *const[]){query, NULL});
    if (b.problems.errors) fail_msg("%s: %s", query, b.problems.list[0].what);
    const struct item item = {.title = text_of(title),
                              .summary = text_of(summary),
                              .content = text_of(content),
                              .published = TIME_NONE};
    bool yes = run(&b, &item)->n == 1;
    bench_close(&b);
    return yes;
}
static bool fires(const char *query, const char *text) {
    return fires_on(query, NULL, text, NULL);
}

#define yes(query, text)                                                                                     \
    do {                                                                                                     \
        if (!fires(query, text)) fail_msg("%s does not fire on \"%s\"", query, text);                        \
    } while (0)
#define no(query, text)                                                                                      \
    do {                                                                                                     \
        if (fires(query, text)) fail_msg("%s fires on \"%s\"", query, text);                                 \
    } while (0)

/* ---- words ---- */

static void acronyms(void **state) {
    (void)state;
    const char *const good[] = {"the ICE men",     "ICE's men", "ICE’s men", "I.C.E. men", "I.C.E",
                                "an ICE-led raid", "(ICE)",     "#ICE",      "ＩＣＥ",     "…ICE—"};
    const char *const bad[] = {"ice on the road",
                               "Ice",
                               "police came",
                               "the POLICE came",
                               "office",
                               "OFFICE hours now",
                               "ICEs",
                               "I C E",
                               "iCE",
                               "https://x.example/ICE"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) yes("ICE", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) no("ICE", bad[i]);
    yes("ice", "Ice and ICE");
    yes("\"ICE raid\"", "an ICE Raid");
    no("\"ICE raid\"", "an ice raid");
    no("NGO", "two NGOs");
    yes("COVID-19", "COVID-19");
    yes("COVID-19", "COVID 19");
    yes("COVID-19", "COVID19");
    no("COVID-19", "covid 19");
}

static void all_capitals_fields(void **state) {
    (void)state;
    assert_false(fires_on("ICE", "SNOW AND ICE WARNING", "snow and ice on the roads", NULL));
    assert_true(fires_on("ICE", "ICE RAIDS ON MONDAY", "then ICE came", NULL));
    assert_true(fires_on("ICE", "ICE RAIDS ON MONDAY", "agents came", NULL));
    assert_true(fires_on("ICE", "ICE RAIDS ON MONDAY", NULL, NULL));
    assert_false(fires_on("ICE", "Ice raids", "on ICy roads", NULL));
    assert_false(fires_on("ICE", "POLICE OFFICE CLOSED", NULL, NULL));
}

/* The worked examples of the language that are built. */
static void examples(void **state) {
    (void)state;
    no("WHO", "Who said so? The who's who");
    yes("WHO", "WHO's chief");
    yes("WHO", "W.H.O. says");
    yes("\"Coast Guard\" NOT (navy OR drill)", "the coast-guard’s cutter");
    no("\"Coast Guard\" NOT (navy OR drill)", "Coast Guard in Navy drill");
    assert_true(fires_on("evacua* (Napa OR Sonoma)", "Évacuations ordered", "in Sonoma", NULL));
    yes("wildfire OR flood Napa", "Wildfire in Yuba");
    yes("Sao Paulo", "Em Paulo, são…");
    no("\"São Paulo\"", "Em Paulo, são…");
    no("title:(strike OR walkout)", "strike");
    assert_true(fires_on("title:(strike OR walkout)", "Walkout", NULL, NULL));
    yes("北京", "在北京市");
    no("北京", "北方，京都");
    yes("OTAN", "l’OTAN dit");
    no("OTAN", "Otan");
    no("=Apple", "apple pie");
    no("=Apple", "APPLE'S DAY OUT");
    yes("=Apple", "Apple's");
}

static void phrases(void **state) {
    (void)state;
    yes("\"National Guard\"", "the national, (guard)");
    no("\"National Guard\"", "national\nguard");
    no("\"National Guard\"", "national www.x.example guard");
    no("\"National Guard\"", "guard national");
    no("\"National Guard\"", "nationalguard");
    assert_false(fires_on("\"National Guard\"", "national", "guard", NULL));
    yes("\"of the city\"", "mayor of the of the city");
    yes("\"a b a c\"", "a b a b a c");
    yes("cease-fire", "a cease-fire");
    yes("cease-fire", "a cease fire");
    yes("cease-fire", "a ceasefire");
    no("ceasefire", "a cease-fire");
    no("9-11", "call 911");
    yes("9-11", "9/11");
    yes("F-35", "F35 and");
    yes("\"head * state\"", "head of state");
    no("\"head * state\"", "head state");
    no("\"head * state\"", "head\nx state");
    yes("AT&T", "at AT&T now");
    yes("\"fire migra*\"", "a fire migrates");
    yes("\"wom?n * march\"", "women who march");
    no("\"x y\"", "x");
}

static void wildcards(void **state) {
    (void)state;
    yes("migra*", "Migrants");
    yes("migra*", "migra");
    no("migra*", "immigrants");
    yes("*guard", "the lifeguard");
    yes("*guard*", "lifeguards");
    no("*guard", "guards");
    yes("wom?n", "woman");
    yes("wom?n", "WOMEN");
    no("wom?n", "womn");
    yes("w*m*n", "womeeen");
    no("w*m*n", "womens");
    yes("a?cd*", "abcdef");
    yes("caf?s", "cafés");
    yes("evacuationorder*", "evacuationorders");
    yes("verylongheadofawordindeed*", "verylongheadofawordindeeds");
    no("verylongheadofawordindeed*", "verylongheadofawordindex");
    yes("*ß*ab", "strasse-xssxab");
}

static void signs(void **state) {
    (void)state;
    yes("#ice", "now #ICE");
    no("#ice", "now ICE");
    no("#ice", "x#ice");
    yes("@desk", "by @Desk");
    no("@desk", "desk@desk");
    yes("=São", "São");
    no("=São", "Sao");
    no("=São", "SÃO");
    yes("=Macy's", "Macy’s");
    no("=Macy's", "Macy");
    yes("=Macy", "Macy’s");
    yes("=O'Brien", "O’Brien");
    yes("=\"Two Words\"", "in Two Words");
    no("=\"Two Words\"", "in Two words");
}

static void near(void **state) {
    (void)state;
    yes("fire ONEAR/2 Malibu", "Fire near old Malibu");
    no("fire ONEAR/2 Malibu", "Malibu: fire");
    no("fire ONEAR/2 Malibu", "fire up in old Malibu");
    yes("fire NEAR/2 Malibu", "Malibu: fire");
    yes("a NEAR/0 b", "a b");
    yes("a NEAR/0 b", "b a");
    no("a NEAR/0 b", "a x b");
    yes("a NEAR/1 b", "a x b");
    no("a NEAR/1 b", "a x y b");
    /* a line break takes a number, several in a row one; so does an address */
    no("a NEAR/0 b", "a\nb");
    yes("a NEAR/1 b", "a\nb");
    yes("a NEAR/1 b", "a\n\n\nb");
    yes("a NEAR/1 b", "a https://x.example/c b");
    no("a NEAR/0 b", "a https://x.example/c b");
    /* two occurrences, not overlapping */
    no("a NEAR/5 a", "a");
    yes("a NEAR/5 a", "a x a");
    no("\"a b\" NEAR/5 b", "a b");
    yes("\"a b\" NEAR/5 b", "a b x b");
    yes("\"a b\" NEAR/0 b", "b a b");
    no("\"a a\" NEAR/5 \"a a\"", "a a a");
    yes("\"a a\" NEAR/5 \"a a\"", "a a a a");
    /* groups, wildcards, acronyms, hyphens, signs */
    yes("(a OR b) NEAR/1 (c OR d)", "x d b");
    yes("migra* NEAR/2 ICE", "ICE holds migrants");
    no("migra* NEAR/2 ICE", "ice holds migrants");
    yes("cease-fire NEAR/1 talks", "ceasefire talks");
    yes("cease-fire NEAR/0 talks", "talks: cease fire");
    yes("#ice NEAR/0 x", "x #ICE");
    /* spans of NEAR reach from the first to the last word */
    yes("a NEAR/1 b NEAR/1 c", "a x b x c");
    yes("a NEAR/1 b NEAR/1 c", "c x a x b");
    no("a NEAR/1 b NEAR/1 c", "a c b"); /* c lies within */
    yes("a NEAR/4 b NEAR/1 c", "a b y z b x c");
    no("a ONEAR/1 b ONEAR/1 c", "c a b");
    yes("c ONEAR/1 (a NEAR/1 b)", "c b a");
    yes("(a NEAR/0 b OR d) NEAR/0 c", "d c");
    yes("(a NEAR/0 b OR d) NEAR/0 c", "c b a");
    /* never over fields */
    assert_false(fires_on("a NEAR/9 b", "a", "b", NULL));
    assert_true(fires_on("a NEAR/0 b", "a", "b", "a b"));
    assert_false(fires_on("title:(a NEAR/9 b)", "a", "a b", NULL));
    assert_false(fires_on("title:a NEAR/9 summary:b", "a b", "a b", NULL));
    yes("x NOT a NEAR/1 b", "x a x x b");
    no("x NOT a NEAR/1 b", "x a x b");
    yes("city:Napa NEAR/1 fire", "fire in Napa");
    no("city:Napa NEAR/1 fire", "fire up in Napa");
}

static void near_unknown(void **state) {
    (void)state;
    city_unknown = true;
    no("city:Napa NEAR/1 fire", "fire in Napa");
    no("fire NOT city:Napa NEAR/1 fire", "fire in Napa");   /* NOT unknown */
    yes("fire NOT city:Napa NEAR/1 flood", "fire in Napa"); /* false without a flood, whatever Napa is */
    yes("(city:Napa OR in) NEAR/1 fire", "fire in Napa");
    city_unknown = false;
}

static void logic(void **state) {
    (void)state;
    no("alpha -beta", "alpha beta");
    yes("alpha -beta", "alpha");
    yes("alpha (beta OR NOT gamma)", "alpha");
    no("alpha (beta OR NOT gamma)", "alpha gamma");
    assert_false(fires_on("alpha NOT beta", "alpha", NULL, "beta")); /* NOT looks at the whole item */
    assert_true(fires_on("alpha NOT title:beta", "alpha", NULL, "beta"));
    assert_false(fires_on("alpha NOT title:beta", "beta", NULL, "alpha"));
    assert_true(fires_on("alpha beta gamma", "alpha", "beta", "gamma"));
    no("feed:bbc", "x");
    yes("feed:NPR", "x");
    yes("feed:n*", "x");
    yes("feed:n*p*r", "x");
    yes("feed:*p*", "x");
    no("feed:n*x*", "x");
    no("feed:n*p*p*r", "x"); /* the parts do not overlap */
    no("feed:n*npr", "x");
    yes("x NOT feed:bbc", "x");
    no("x NOT feed:npr", "x");
    no("tag:us", "x");
    yes("NOT (NOT alpha)", "alpha");
    no("NOT (NOT alpha)", "beta");
}

static bool url_has(const char *pattern, const char *url) {
    struct bench b;
    AUTOFREE char *query = xasprintf("url:%s", pattern);
    bench_open(&b, (const char *const[]){query, NULL});
    const struct item item = {.title = TEXT("x"), .url = text_of(url), .published = TIME_NONE};
    bool found = run(&b, &item)->n == 1;
    bench_close(&b);
    return found;
}

static void url_filter(void **state) {
    (void)state;
    assert_true(url_has("ice.gov", "https://www.ICE.gov/news"));
    assert_false(url_has("ice.gov", "https://police.gov/news"));
    assert_false(url_has("ice.gov", "https://ice.government.example/"));
    assert_true(url_has("ice.gov/new*", "https://ice.gov/newsroom"));
    assert_true(url_has("*ice.gov", "https://police.gov/"));
    assert_true(url_has("ice.gov/*/7", "https://ice.gov/a/b/7"));
    assert_false(url_has("ice.gov/*/7", "https://ice.gov/a/b/77"));
    assert_true(url_has("ice", "https://x.example/police/ice-1"));
    assert_false(url_has("ice", ""));
}

/* ---- many queries
 * ------------------------------------------------------------------------------------------- */

static void terms_are_shared(void **state) {
    (void)state;
    struct bench b;
    bench_open(&b, (const char *const[]){"alpha beta", "title:alpha OR Beta", "ALPHA", "\"alpha beta\"",
                                         "“Alpha  beta” OR alpha-beta", NULL});
    assert_int_equal(b.problems.errors, 0);
    /* alpha, beta, ALPHA, [alpha beta], [alphabeta] */
    assert_int_equal(rules_terms(b.rules), 5);
    assert_int_equal(n_compiled[0], 5);
    bench_close(&b);
}

static void fires_in_order(void **state) {
    (void)state;
    struct bench b;
    bench_open(&b, (const char *const[]){"beta", "alpha", "feed:npr", "gamma", "alpha beta", NULL});
    b.alerts[1].enabled = false; /* after compile: does not count */
    const struct item item = {.title = TEXT("alpha beta"), .published = TIME_NONE};
    for (int round = 0; round < 3; round++) {
        const struct matches *m = run(&b, &item);
        assert_int_equal(m->n, 4);
        const uint32_t want[] = {0, 1, 2, 4};
        for (size_t i = 0; i < 4; i++) assert_int_equal(m->list[i].alert, want[i]);
        const struct item other = {.title = TEXT("delta"), .published = TIME_NONE};
        m = run(&b, &other); /* nothing of the item before is left */
        assert_int_equal(m->n, 1);
        assert_int_equal(m->list[0].alert, 2);
    }
    b.matcher->stamp = UINT32_MAX - 1; /* the stamp runs over */
    for (int round = 0; round < 4; round++) assert_int_equal(run(&b, &item)->n, 4);
    bench_close(&b);
}

static void queries_sleep(void **state) {
    (void)state;
    struct bench b;
    /* Filed under the rarest word: "the" alone wakes nobody. */
    bench_open(&b, (const char *const[]){"the evacuation", "the OR a", "the NOT fire",
                                         "feed:npr the evacuation", NULL});
    const struct item item = {.title = TEXT("the road"), .published = TIME_NONE};
    assert_int_equal(run(&b, &item)->n, 2);
    assert_int_equal(b.matcher->n_looked_at, 2);
    assert_int_equal(b.rules->n_always, 0);
    bench_close(&b);
}

static void disabled_and_feeds(void **state) {
    (void)state;
    struct bench b;
    char *wanted[] = {(char[]){"npr"}};
    bench_open(&b, (const char *const[]){"alpha", "alpha", "alpha tag:US", NULL});
    b.alerts[1].feeds = (struct strings){wanted, 1, 1};
    matcher_free(b.matcher);
    rules_free(b.rules);
    b.rules = rules_compile(&b.config, NULL, &b.problems);
    b.matcher = matcher_new(b.rules);
    char name[] = "bbc", *tags[] = {(char[]){"us"}};
    struct config_feed feed = {.name = name, .tags = {tags, 1, 1}};
    const struct item item = {.title = TEXT("alpha"), .published = TIME_NONE};
    struct match_input in = {&item, TEXT("bbc"), &feed, TEXT_NONE};
    const struct matches *m = matcher_run(b.matcher, &in);
    assert_int_equal(m->n, 2);
    assert_int_equal(m->list[1].alert, 2);
    in = (struct match_input){&item, TEXT_NONE, NULL,
                              TEXT_NONE}; /* no configured feed: `feeds` does not restrict */
    m = matcher_run(b.matcher, &in);
    assert_int_equal(m->n, 2);
    assert_int_equal(m->list[1].alert, 1);
    bench_close(&b);
    bench_open(&b, (const char *const[]){NULL});
    b.config.n_alerts = 1;
    b.alerts[0] = (struct config_alert){.name = name, .query = TEXT("((("), .enabled = false};
    rules_free(rules_compile(&b.config, NULL, &b.problems));
    assert_int_equal(b.problems.errors, 0);
    bench_close(&b);
}

/* ---- what is reported
 * --------------------------------------------------------------------------------------- */

static void reports(const char *query, const struct item *item, const char *want) {
    struct bench b;
    bench_open(&b, (const char *const[]){query, NULL});
    if (b.problems.errors) fail_msg("%s: %s", query, b.problems.list[0].what);
    const struct matches *m = run(&b, item);
    assert_int_equal(m->n, 1);
    json_t *j = match_json(&m->list[0], &b.alerts[0], item);
    AUTOFREE char *got = json_dumps(json_object_get(j, "terms"), JSON_COMPACT | JSON_ENSURE_ASCII);
    json_decref(j);
    bench_close(&b);
    assert_string_equal(got, want);
}

static void terms(void **state) {
    (void)state;
    struct text categories[] = {TEXT("Weather"), TEXT("ICE news")};
    const struct item item = {
        .title = TEXT("The National Guard and ICE’s men"),
        .summary = TEXT("I.C.E. and the national guard; ICE. #ICE again"),
        .content = TEXT("a cease fire"),
        .url = TEXT("https://ice.example/1"),
        .categories = categories,
        .n_categories = 2,
        .published = TIME_NONE,
    };
    reports(
        "\"National Guard\" ICE", &item,
        "[{\"term\":\"\\\"National Guard\\\"\",\"field\":\"title\",\"start\":4,\"text\":\"National Guard\"},"
        "{\"term\":\"ICE\",\"field\":\"title\",\"start\":23,\"text\":\"ICE\"},"
        "{\"term\":\"ICE\",\"field\":\"summary\",\"start\":0,\"text\":\"I.C.E.\"},"
        "{\"term\":\"\\\"National Guard\\\"\",\"field\":\"summary\",\"start\":15,\"text\":\"national "
        "guard\"}]");
    reports("#ICE", &item, "[{\"term\":\"#ICE\",\"field\":\"summary\",\"start\":36,\"text\":\"#ICE\"}]");
    reports("cease-fire NOT flood", &item,
            "[{\"term\":\"cease-fire\",\"field\":\"content\",\"start\":2,\"text\":\"cease fire\"}]");
    /* No leaf under NOT, none under a false clause, a repeated one once, group's prefix and straight quotes.
     */
    reports("(flood men) OR (content:(cease OR “cease fire”) NOT snow) OR content:cease", &item,
            "[{\"term\":\"content:cease\",\"field\":\"content\",\"start\":2,\"text\":\"cease\"},"
            "{\"term\":\"content:\\\"cease fire\\\"\",\"field\":\"content\",\"start\":2,\"text\":\"cease "
            "fire\"}]");
    reports("feed:npr category:ICE url:ice.example cease", &item,
            "[{\"term\":\"cease\",\"field\":\"content\",\"start\":2,\"text\":\"cease\"},"
            "{\"term\":\"category:ICE\",\"field\":\"category\",\"value\":1,\"start\":0,\"text\":\"ICE\"},"
            "{\"term\":\"url:ice.example\",\"field\":\"url\",\"start\":8,\"text\":\"ice.example\"},"
            "{\"term\":\"feed:npr\",\"field\":\"feed\"}]");
}

/* Of NEAR the first pair of each field: the one that ends first, then the closer one. */
static void near_terms(void **state) {
    (void)state;
    const struct item item = {.title = TEXT("a x a b x b"),
                              .summary = TEXT("b b a"),
                              .content = TEXT("a y z b"),
                              .published = TIME_NONE};
#define AT(term, field, start, text)                                                                         \
    "{\"term\":\"" term "\",\"field\":\"" field "\",\"start\":" start ",\"text\":\"" text "\"}"
    reports("a NEAR/1 b", &item,
            "[" AT("a", "title", "4", "a") "," AT("b", "title", "6", "b") "," AT(
                "b", "summary", "2", "b") "," AT("a", "summary", "4", "a") "]");
    reports("title:(a NEAR/5 a)", &item,
            "[" AT("title:a", "title", "0", "a") "," AT("title:a", "title", "4", "a") "]");
    /* a leaf under NEAR is not reported where no pair is, nor the branch that is not in the pair */
    reports("title:(a NEAR/0 (b OR x)) OR flood", &item,
            "[" AT("title:a", "title", "0", "a") "," AT("title:x", "title", "2", "x") "]");
    reports("a NEAR/1 x NEAR/2 b", &item,
            "[" AT("x", "title", "2", "x") "," AT("a", "title", "4", "a") "," AT("b", "title", "6", "b") "]");
#undef AT
}

static void whole_line(void **state) {
    (void)state;
    struct bench b;
    bench_open(&b, (const char *const[]){"alpha", NULL});
    const struct item item = {.id = TEXT("i1"),
                              .url = TEXT("https://x.example/1"),
                              .title = TEXT("alpha"),
                              .published = 1764000000000};
    json_t *j = match_json(&run(&b, &item)->list[0], &b.alerts[0], &item);
    AUTOFREE char *got = json_dumps(j, JSON_COMPACT);
    json_decref(j);
    assert_string_equal(
        got, "{\"alert\":\"q0\",\"id\":\"i1\",\"url\":\"https://x.example/1\",\"title\":\"alpha\","
             "\"published\":\"2025-11-24T16:00:00Z\",\"terms\":[{\"term\":\"alpha\",\"field\":\"title\","
             "\"start\":0,\"text\":\"alpha\"}]}");
    bench_close(&b);
}

/* ---- explain
 * ----------------------------------------------------------------------------------------------------- */

static void explains(const char *query, const struct item *item, const char *want) {
    struct bench b;
    struct arena a;
    arena_init(&a, 1 << 20);
    bench_open(&b, (const char *const[]){query, NULL});
    const struct match_input in = {item, TEXT("npr"), NULL, TEXT("en")};
    const struct explanation *e = explain(b.matcher, &in, 0, NULL, &a);
    assert_non_null(e);
    json_t *j = explain_json(e, &b.alerts[0], item);
    AUTOFREE char *got = json_dumps(j, JSON_COMPACT);
    json_decref(j);
    assert_string_equal(got, want);
    assert_int_equal(b.matcher->flags, 0);
    bench_close(&b);
    arena_clear(&a);
}

static void why(void **state) {
    (void)state;
    const struct item item = {.id = TEXT("i"), .title = TEXT("fire in Napa"), .published = TIME_NONE};
#define HEAD "{\"alert\":\"q0\",\"id\":\"i\",\"verdict\":"
    explains(
        "city:Napa", &item,
        HEAD
        "\"true\",\"tree\":{\"term\":\"city:Napa\",\"value\":\"true\",\"why\":\"title has \\\"Napa\\\" at "
        "8; looked at: the title\"},\"nearest\":{\"term\":\"city:Napa\",\"value\":\"true\",\"wanted\":"
        "\"false\",\"path\":[]}}");
    explains(
        "fire NEAR/0 Napa", &item,
        HEAD
        "\"false\",\"tree\":{\"op\":\"NEAR/0\",\"value\":\"false\",\"why\":\"title has 1 between them at "
        "nearest, 0 may be\",\"children\":[{\"term\":\"fire\",\"value\":\"true\",\"why\":\"title has "
        "\\\"fire\\\" at 0\"},{\"term\":\"Napa\",\"value\":\"true\",\"why\":\"title has \\\"Napa\\\" at "
        "8\"}]},\"nearest\":{\"op\":\"NEAR/0\",\"value\":\"false\",\"wanted\":\"true\",\"path\":[]}}");
    city_unknown = true;
    explains(
        "fire NOT city:Napa", &item,
        HEAD
        "\"unknown\",\"tree\":{\"op\":\"AND\",\"value\":\"unknown\",\"why\":\"1 of 2 clauses are "
        "true\",\"children\":[{\"term\":\"fire\",\"value\":\"true\",\"why\":\"title has \\\"fire\\\" at "
        "0\"},{\"op\":\"NOT\",\"value\":\"unknown\",\"why\":\"its clause is "
        "unknown\",\"children\":[{\"term\":\"city:Napa\",\"value\":\"unknown\",\"why\":\"the plugin city "
        "cannot tell: no "
        "idea\"}]}]},\"nearest\":{\"term\":\"city:Napa\",\"value\":\"unknown\",\"wanted\":\"false\","
        "\"path\":[1,0]}}");
    city_unknown = false;
    city_fails = true;
    explains(
        "city:Napa", &item,
        HEAD
        "\"unknown\",\"tree\":{\"term\":\"city:Napa\",\"value\":\"unknown\",\"why\":\"the plugin city failed "
        "on this item; looked at: the title\"},\"nearest\":{\"term\":\"city:Napa\",\"value\":\"unknown\","
        "\"wanted\":\"true\",\"path\":[]}}");
    city_fails = false;
#undef HEAD
}

/* What comes closest to a leaf that is false. */
static void why_not(void **state) {
    (void)state;
    const struct item item = {.title = TEXT("Ice and the guard of São Paulo"),
                              .summary = TEXT("the national flood"),
                              .author = TEXT("Ann"),
                              .published = TIME_NONE};
    static const char *const cases[][2] = {
        {"ICE", "title has \"Ice\", which is not in capitals"},
        {"=guard title:flood", "summary has \"flood\", which this clause does not search"},
        {"=Sao", "title has \"São\", which is not as written"},
        {"#flood", "summary has \"flood\" without the sign before it"},
        {"\"national guard\"", "its words do not stand side by side in one field"},
        {"\"coast guard\"", "\"coast\" is nowhere in title, summary"},
        {"storm", "nowhere in title, summary"},
        {"content:storm", "in no field: the item lacks all that this clause searches"},
        {"guard NEAR/9 flood", "its sides do not stand beside each other in one field"},
        {"storm NEAR/9 flood", "its first side does not occur"},
        {"paulo ONEAR/9 guard", "they stand in the other order in title"},
        {"feed:bbc", "the feed is npr"},
        {"tag:us", "the feed has no tags"},
        {"url:x", "the item has no address"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bench b;
        struct arena a;
        arena_init(&a, 1 << 20);
        bench_open(&b, (const char *const[]){cases[i][0], NULL});
        const struct match_input in = {&item, TEXT("npr"), NULL, TEXT("en")};
        const struct explanation *e = explain(b.matcher, &in, 0, NULL, &a);
        const struct explain_node *n = e->nearest[0].node;
        assert_int_equal(e->n_nearest, 1);
        if (!text_eqs(n->why, cases[i][1])) fail_msg("%s: %.*s", cases[i][0], TEXT_ARGS(n->why));
        bench_close(&b);
        arena_clear(&a);
    }
    /* Of as many clauses, the one that something comes close to. */
    struct bench b;
    struct arena a;
    arena_init(&a, 1 << 20);
    bench_open(&b, (const char *const[]){"storm OR ICE OR snow", NULL});
    const struct match_input in = {&item, TEXT("npr"), NULL, TEXT("en")};
    const struct explanation *e = explain(b.matcher, &in, 0, NULL, &a);
    assert_true(text_eqs(e->nearest[0].node->name, "ICE"));
    bench_close(&b);
    arena_clear(&a);
}

/* ---- plugins
 * ------------------------------------------------------------------------------------------------ */

static void unknown_is_kleene(void **state) {
    (void)state;
    for (int how = 0; how < 2; how++) {
        city_fails = how == 0;
        city_unknown = how == 1;
        yes("alpha OR city:Napa", "alpha");
        no("alpha OR city:Napa", "beta");
        no("alpha NOT city:Napa", "alpha");
        no("alpha city:Napa", "alpha");
        no("alpha (beta OR NOT city:Napa)", "alpha");
        yes("alpha NOT (beta city:Napa)", "alpha"); /* false AND unknown is false */
        struct bench b;
        bench_open(&b, (const char *const[]){"alpha OR city:Napa", NULL});
        const struct item item = {.title = TEXT("alpha"), .published = TIME_NONE};
        assert_true(run(&b, &item)->degraded);
        bench_close(&b);
    }
    city_fails = city_unknown = false;
    assert_true(fires_on("alpha city:Napa", "alpha in Napa", NULL, NULL));
    assert_false(fires_on("alpha NOT city:Napa", "alpha in Napa", NULL, NULL));
}

static void memory_of_a_feed(void **state) {
    (void)state;
    struct bench b;
    bench_open(&b, (const char *const[]){"city:Napa", "alpha", NULL});
    const struct feed_memory memory[] = {{"other", TEXT("x")}, {"city", TEXT("Yuba")}};
    matcher_memories(b.matcher, memory, 2);
    const struct item item = {.title = TEXT("Napa"), .published = TIME_NONE};
    const struct matches *m = run(&b, &item);
    assert_string_equal(city_memory, "Yuba");
    assert_int_equal(m->n_remember, 1);
    assert_string_equal(m->remember[0].plugin, "city");
    assert_true(text_eqs(m->remember[0].memory, "home"));
    assert_false(m->degraded);
    bench_close(&b);
}

static void problems(void **state) {
    (void)state;
    struct bench b;
    bench_open(&b, (const char *const[]){"(\"National Guard\" OR ICE AND city:\"Los Angeles\"",
                                         "alpha OR beta gamma", "alpha city:\"Nowhere\"",
                                         "city:Nowhere OR city:Springfield", NULL});
    AUTOFREE char *first = problem_format(&b.problems.list[0]);
    assert_string_equal(first, "x.conf:10: alert \"q0\": this parenthesis is never closed\n"
                               "    (\"National Guard\" OR ICE AND city:\"Los Angeles\"\n"
                               "    ^");
    assert_int_equal(b.problems.errors, 3);
    assert_int_equal(b.problems.warnings, 2);
    AUTOFREE char *third = problem_format(&b.problems.list[2]);
    assert_string_equal(third, "x.conf:12: alert \"q2\": there is no such city\n"
                               "    alpha city:\"Nowhere\"\n"
                               "                  ^");
    bench_close(&b);
    no_keyword = true;
    bench_open(&b, (const char *const[]){"alpha", "beta", NULL});
    assert_int_equal(b.problems.errors, 1);
    assert_non_null(strstr(b.problems.list[0].what, "keyword"));
    bench_close(&b);
    no_keyword = false;
}

/* NEAR over an item that says one word ten thousand times looks at each place a few times only. */
static void near_is_linear(void **state) {
    (void)state;
    const char *const queries[] = {"a NEAR/99 a", "a NEAR/99 b",       "a NEAR/5 a NEAR/5 a NEAR/5 b",
                                   "b ONEAR/9 a", "a NEAR/9 (a OR b)", NULL};
    const bool want[] = {true, false, false, false, true};
    for (size_t n = 1000; n <= 10000; n *= 10) {
        struct bench b;
        bench_open(&b, queries);
        char *text = xmalloc(2 * n);
        for (size_t i = 0; i < 2 * n; i++) text[i] = i % 2 ? ' ' : 'a';
        const struct item item = {.title = {text, 2 * n}, .summary = TEXT("b"), .published = TIME_NONE};
        const struct matches *m = run(&b, &item);
        bool fired[8] = {false};
        for (size_t i = 0; i < m->n; i++) fired[m->list[i].alert] = true;
        for (size_t i = 0; i < 5; i++) assert_int_equal(fired[i], want[i]);
        assert_int_equal(b.matcher->n_links, n + 1);
        assert_true(b.matcher->cap_spans <= 4 * n + 2 * LIMIT_NEAR_PAIRS);
        free(text);
        bench_close(&b);
    }
}

static void names_that_nothing_has(void **state) {
    (void)state;
    static struct config_feed feeds[2];
    char npr[] = "npr", bbc[] = "BBC", us[] = "us", local[] = "Local News", only[] = "tag:US";
    char *tags[] = {us, local}, *wanted[] = {only};
    feeds[0] = (struct config_feed){.name = npr, .tags = {tags, 2, 2}};
    feeds[1] = (struct config_feed){.name = bbc};
    char name[] = "q";
    struct config_alert alerts[] = {
        {.name = name,
         .query = TEXT("feed:npr OR feed:bb* OR tag:us OR tag:\"local news\" OR url:x"),
         .enabled = true},
        {.name = name, .query = TEXT("a feed:nprr"), .enabled = true},
        {.name = name, .query = TEXT("a -tag:eu*"), .enabled = true},
        {.name = name, .query = TEXT("a feed:bbc"), .enabled = true, .feeds = {wanted, 1, 1}},
    };
    struct config config = {.feeds = feeds, .n_feeds = 2, .alerts = alerts, .n_alerts = 4};
    struct problems p = PROBLEMS_INIT;
    rules_free(rules_compile(&config, NULL, &p));
    assert_int_equal(p.errors, 0);
    assert_int_equal(p.warnings, 3);
    const char *const says[] = {"no feed is named so (did you mean npr?)\n    a feed:nprr\n      ^",
                                "no feed has this tag\n    a -tag:eu*\n       ^",
                                "the alert's `feeds` leaves out"};
    for (size_t i = 0; i < 3; i++)
        if (!strstr(p.list[i].what, says[i])) fail_msg("%s", p.list[i].what);
    problems_clear(&p);
}

/* An item that says everything ten thousand times costs no more hits than one that says it once a field. */
static void hits_are_few(void **state) {
    (void)state;
    struct bench b;
    bench_open(&b, (const char *const[]){"alpha", "alph*", "\"alpha alpha\"", NULL});
    size_t n = 60000;
    char *text = xmalloc(n);
    for (size_t i = 0; i < n; i += 6) memcpy(text + i, "alpha ", 6);
    const struct item item = {.title = {text, n}, .content = {text, n}, .published = TIME_NONE};
    assert_int_equal(run(&b, &item)->n, 3);
    assert_int_equal(b.matcher->n_links, 6);
    bench_close(&b);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acronyms),
        cmocka_unit_test(all_capitals_fields),
        cmocka_unit_test(examples),
        cmocka_unit_test(phrases),
        cmocka_unit_test(wildcards),
        cmocka_unit_test(signs),
        cmocka_unit_test(near),
        cmocka_unit_test(near_unknown),
        cmocka_unit_test(logic),
        cmocka_unit_test(url_filter),
        cmocka_unit_test(terms_are_shared),
        cmocka_unit_test(fires_in_order),
        cmocka_unit_test(queries_sleep),
        cmocka_unit_test(disabled_and_feeds),
        cmocka_unit_test(terms),
        cmocka_unit_test(near_terms),
        cmocka_unit_test(whole_line),
        cmocka_unit_test(why),
        cmocka_unit_test(why_not),
        cmocka_unit_test(unknown_is_kleene),
        cmocka_unit_test(memory_of_a_feed),
        cmocka_unit_test(problems),
        cmocka_unit_test(names_that_nothing_has),
        cmocka_unit_test(hits_are_few),
        cmocka_unit_test(near_is_linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

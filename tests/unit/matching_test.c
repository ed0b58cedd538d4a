/* Compiling and matching through the bounds, with the plugins of tests/plugins and the skeleton. */
#include "unit.h"

#include "base/limits.h"
#include "base/mem.h"
#include "item/words.h"
#include "plugin/plugin.h"

#include <sys/stat.h>
#include <unistd.h>

struct heard {
    size_t n;
    enum term_remark what[8];
    uint64_t id[8];
    size_t at[8], len[8];
    char why[8][200];
};

static void hear(void *ctx, enum term_remark what, uint64_t id, size_t at, size_t len, const char *why) {
    struct heard *h = ctx;
    assert_true(h->n < 8);
    h->what[h->n] = what;
    h->id[h->n] = id;
    h->at[h->n] = at;
    h->len[h->n] = len;
    snprintf(h->why[h->n++], sizeof h->why[0], "%s", why);
}

/* One plugin in a folder of its own, its compiled terms and an item. */
struct bench {
    struct plugins *plugins;
    struct plugin *plugin;
    struct term_set *set;
    struct plugin_hits hits;
    struct item item;
    struct arena arena;
    struct heard heard;
    char *folder, *file;
};

static void copy_file(const char *from, const char *to) {
    FILE *in = fopen(from, "rbe"), *out = fopen(to, "wbe");
    if (!in || !out) fail_msg("%s is not built (make plugins badplugins)", from);
    char bytes[4096];
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, in));) assert_int_equal(fwrite(bytes, 1, n, out), n);
    assert_int_equal(fclose(out), 0);
    fclose(in);
    assert_int_equal(chmod(to, 0644), 0);
}

static void bench_open(struct bench *b, const char *from, const char *name) {
    struct problems problems = PROBLEMS_INIT;
    *b = (struct bench){.folder =
                            xasprintf("%s/plugins-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp")};
    assert_non_null(mkdtemp(b->folder));
    b->file = xasprintf("%s/%s.so", b->folder, name);
    AUTOFREE char *source = xasprintf(TEST_BUILD "/%s/%s.so", from, name);
    copy_file(source, b->file);
    const struct plugin_places places = {.builtin = b->folder};
    b->plugins = plugins_load_from(&places, NULL, &problems);
    if (problems.n) problems_print(&problems, stdout);
    assert_int_equal(problems.n, 0);
    b->plugin = plugins_by_name(b->plugins, name);
    assert_non_null(b->plugin);
    plugin_hits_init(&b->hits);
    arena_init(&b->arena, 16u << 20);
}

static void bench_close(struct bench *b) {
    term_set_free(b->set);
    plugin_hits_clear(&b->hits);
    plugins_free(b->plugins);
    arena_clear(&b->arena);
    unlink(b->file);
    rmdir(b->folder);
    free(b->file);
    free(b->folder);
}

static int compile(struct bench *b, size_t n, const char *const *values) {
    struct na_term terms[8] = {0};
    const char *prefix = plugin_description(b->plugin)->matcher->prefixes[0];
    for (size_t i = 0; i < n; i++)
        terms[i] = (struct na_term){.id = i,
                                    .fields = NA_FIELD(NA_TITLE) | NA_FIELD(NA_SUMMARY),
                                    .prefix = {prefix, strlen(prefix)},
                                    .value = {values[i], strlen(values[i])},
                                    .pattern_stride = sizeof(struct na_pattern)};
    b->heard.n = 0;
    b->set = term_set_free(b->set);
    return plugin_compile(b->plugin, terms, n, hear, &b->heard, &b->set);
}
#define COMPILE(b, ...)                                                                                      \
    compile((b), sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *), (const char *[]){__VA_ARGS__})

static void match(struct bench *b, const char *title, const char *summary, int64_t published,
                  const char *memory) {
    b->item = (struct item){.title = text_of(title), .summary = text_of(summary)};
    struct na_item i = words_index(&b->item, TEXT("wire"), TEXT_NONE, &b->arena);
    i.published = published;
    i.memory = (struct na_text){memory, memory ? strlen(memory) : 0};
    plugin_match(b->plugin, b->set, &i, NA_MATCH_EXPLAIN, &b->hits);
}

/* ---- compile ------------------------------------------------------------------------------------------- */

static void test_remarks(void **state) {
    (void)state;
    struct bench b;
    bench_open(&b, "tests/plugins", "talker");
    assert_int_equal(COMPILE(&b, "river", "bad"), -1);
    assert_null(b.set);
    assert_int_equal(b.heard.n, 1);
    assert_true(b.heard.what[0] == TERM_BAD && b.heard.id[0] == 1 && b.heard.at[0] == 1 &&
                b.heard.len[0] == 2);
    assert_string_equal(b.heard.why[0], "it is bad");
    /* A compile that fails without a word still leaves an error with a place. */
    assert_int_equal(COMPILE(&b, "river", "refuse"), -1);
    assert_int_equal(b.heard.n, 1);
    assert_true(b.heard.what[0] == TERM_BAD && b.heard.id[0] == 0);
    assert_non_null(strstr(b.heard.why[0], "talker"));
    /* cut() cuts and folds as texts are. */
    assert_int_equal(COMPILE(&b, "Pont Caf\xc3\xa9"), 0);
    assert_int_equal(b.heard.n, 1);
    assert_true(b.heard.what[0] == TERM_UNDERSTOOD);
    assert_non_null(b.set);
    /* No terms: no set, and no call. */
    assert_int_equal(compile(&b, 0, NULL), 0);
    assert_null(b.set);
    bench_close(&b);
}

/* ---- match --------------------------------------------------------------------------------------------- */

static void test_liar(void **state) {
    (void)state;
    struct bench b;
    char why[2000];
    bench_open(&b, "tests/plugins", "liar");
    assert_false(plugin_degraded(b.plugin, why, sizeof why));
    assert_int_equal(COMPILE(&b, "river"), 0);
    /* Only the remark of a real term came through, and its caret stays within the value. */
    assert_int_equal(b.heard.n, 1);
    assert_true(b.heard.what[0] == TERM_WARNING && b.heard.at[0] == 5 && b.heard.len[0] == 0);
    assert_string_equal(b.heard.why[0], "beyond the value's end ?");
    match(&b, "\xc3\xa9tang", "text", 1, NULL);
    assert_false(b.hits.failed);
    assert_int_equal(b.hits.n_hits, 1);
    assert_true(b.hits.hits[0].term == 0 && b.hits.hits[0].field == NA_TITLE && b.hits.hits[0].start == 0 &&
                b.hits.hits[0].len == 2 && b.hits.hits[0].confidence == 0.5f);
    assert_int_equal(b.hits.n_unknown, 0);
    assert_int_equal(b.hits.n_notes, 0);
    assert_false(b.hits.remember);
    assert_true(plugin_degraded(b.plugin, why, sizeof why));
    static const char *const said[] = {
        "named a term that it was not given (7 times)",
        "named a field that the item does not have (5 times)",
        "reported a span outside the text, or through the middle of a character (7 times)",
        "a confidence that is not between 0 and 1 (3 times)",
        "made a note that is too long, or no text (3 times)",
        "wanted to remember too much of a feed (1 times)"};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        if (!strstr(why, said[i])) fail_msg("%s\nlacks: %s", why, said[i]);
    /* Cut to the room there is, and no further. */
    char little[8] = "xxxxxxx";
    assert_true(plugin_degraded(b.plugin, little, 5));
    assert_string_equal(little, "name");
    assert_string_equal(little + 5, "xx");
    /* No set: no term is real, notes are. */
    b.set = term_set_free(b.set);
    match(&b, "\xc3\xa9tang", NULL, 1, NULL);
    assert_int_equal(b.hits.n_hits, 0);
    assert_int_equal(b.hits.n_notes, 1);
    assert_true(b.hits.notes[0].term == UINT64_MAX && b.hits.notes[0].field == UINT32_MAX);
    bench_close(&b);
}

static void test_failing_match(void **state) {
    (void)state;
    struct bench b;
    char why[200];
    bench_open(&b, "tests/plugins", "talker");
    assert_int_equal(COMPILE(&b, "hit", "fail"), 0);
    match(&b, "ab", NULL, 13, NULL);
    assert_true(b.hits.failed);
    /* What came before the failure does not count. */
    assert_int_equal(b.hits.n_hits, 0);
    assert_false(b.hits.remember);
    assert_true(plugin_degraded(b.plugin, why, sizeof why));
    assert_string_equal(why, "its last match failed");
    match(&b, "ab", NULL, 14, NULL);
    assert_false(b.hits.failed);
    assert_int_equal(b.hits.n_hits, 1);
    assert_int_equal(b.hits.hits[0].len, 0);
    assert_true(b.hits.remember);
    assert_false(plugin_degraded(b.plugin, why, sizeof why));
    bench_close(&b);
}

static void test_unknown_notes_memory(void **state) {
    (void)state;
    struct bench b;
    bench_open(&b, "tests/plugins", "talker");
    assert_int_equal(COMPILE(&b, "unknown", "note"), 0);
    match(&b, "ab", NULL, 1, "before");
    assert_int_equal(b.hits.n_unknown, 1);
    assert_int_equal(b.hits.unknown[0].term, 0);
    assert_string_equal(b.hits.unknown[0].why, "the index is away ?");
    assert_int_equal(b.hits.n_notes, 2);
    assert_true(text_eq(b.hits.notes[0].key, TEXT("memory")) &&
                text_eq(b.hits.notes[0].text, TEXT("before")));
    assert_true(text_eq(b.hits.notes[1].key, TEXT("place")) && b.hits.notes[1].term == 1 &&
                b.hits.notes[1].len == 2);
    assert_true(b.hits.remember && text_eq(b.hits.memory, TEXT("{\"name\":\"Oakhaven\"}")));
    /* The next item begins anew. */
    assert_int_equal(COMPILE(&b, "hit"), 0);
    match(&b, "ab", NULL, 1, NULL);
    assert_true(!b.hits.n_unknown && !b.hits.n_notes && b.hits.n_hits == 1);
    bench_close(&b);
}

static void test_too_much(void **state) {
    (void)state;
    struct bench b;
    char why[300];
    bench_open(&b, "tests/plugins", "talker");
    assert_int_equal(COMPILE(&b, "much"), 0);
    match(&b, "ab", NULL, 1, NULL);
    assert_int_equal(b.hits.n_hits, LIMIT_HITS_A_ITEM);
    assert_true(plugin_degraded(b.plugin, why, sizeof why));
    assert_string_equal(why, "reported too much of one item (1 times)");
    assert_int_equal(COMPILE(&b, "many notes"), 0);
    match(&b, "ab", NULL, 1, NULL);
    assert_true(b.hits.n_notes > 900 && b.hits.n_notes < 1100);
    assert_true(b.hits.arena.used <= LIMIT_HITS_ARENA);
    assert_true(plugin_degraded(b.plugin, why, sizeof why));
    bench_close(&b);
}

/* ---- the newer one, and the one to copy ---------------------------------------------------------------- */

static void test_newer(void **state) {
    (void)state;
    struct bench b;
    bench_open(&b, "tests/plugins", "new_abi");
    assert_int_equal(COMPILE(&b, "anything"), 0);
    match(&b, "ab", NULL, 1, NULL);
    assert_int_equal(b.hits.n_hits, 1);
    bench_close(&b);
}

static void assert_hit(struct bench *b, size_t i, uint32_t term, uint32_t field, const char *title,
                       const char *text) {
    assert_true(i < b->hits.n_hits);
    const struct plugin_hit *h = &b->hits.hits[i];
    assert_int_equal(h->term, term);
    assert_int_equal(h->field, field);
    AUTOFREE char *got = xstrndup(title + h->start, h->len);
    assert_string_equal(got, text);
}

static void test_skeleton(void **state) {
    (void)state;
    struct bench b;
    static const char title[] = "LIVE UPDATES: river rises", summary[] = "Exclusive! No live updates here.";
    bench_open(&b, "plugins", "skeleton");
    assert_int_equal(COMPILE(&b, "live updates", "Exclusive", "river"), 0);
    assert_int_equal(b.heard.n, 3);
    assert_string_equal(b.heard.why[0], "2 words, after at most 0 others");
    match(&b, title, summary, 1, NULL);
    assert_int_equal(b.hits.n_hits, 2);
    assert_hit(&b, 0, 0, NA_TITLE, title, "LIVE UPDATES");
    assert_hit(&b, 1, 1, NA_SUMMARY, summary, "Exclusive");
    /* Never over a line break, and not from a longer word. */
    match(&b, "Live\nupdates", "Exclusively", 1, NULL);
    assert_int_equal(b.hits.n_hits, 0);
    assert_int_equal(COMPILE(&b, "\xe2\x80\x94", "https://press.example/"), -1);
    assert_int_equal(b.heard.n, 2);
    assert_string_equal(b.heard.why[0], "there is no word in it");
    assert_string_equal(b.heard.why[1], "an address is no word");
    bench_close(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_remarks),       cmocka_unit_test(test_liar),
        cmocka_unit_test(test_failing_match), cmocka_unit_test(test_unknown_notes_memory),
        cmocka_unit_test(test_too_much),      cmocka_unit_test(test_newer),
        cmocka_unit_test(test_skeleton),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

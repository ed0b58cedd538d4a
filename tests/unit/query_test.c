/* Queries: their trees, what leaves become, and each refusal with the place of its caret. */
#include "unit.h"

#include "base/limits.h"
#include "base/mem.h"
#include "item/words.h"
#include "match/query.h"

static bool knows(void *ctx, struct text prefix) {
    (void)ctx;
    return text_eqs(prefix, "") || text_eqs(prefix, "city") || text_eqs(prefix, "place");
}
static const char *const prefix_names[] = {"", "city", "place"};
static const struct query_prefixes prefixes = {NULL, knows, prefix_names, 3};

static bool knows_all(void *ctx, struct text prefix) {
    return knows(ctx, prefix) || text_eqs(prefix, "regex") || text_eqs(prefix, "lang");
}
static const char *const all_names[] = {"", "city", "place", "lang", "regex"};
static const struct query_prefixes with_regex = {NULL, knows_all, all_names, 5};

static struct arena arena;

static int set_up(void **state) {
    (void)state;
    arena_init(&arena, 1 << 26);
    return 0;
}
static int tear_down(void **state) {
    (void)state;
    arena_clear(&arena);
    return 0;
}

static struct query *parse(const char *text) {
    return query_parse(text_of(text), &prefixes, &arena);
}

/* The query with all its parentheses. */
static void reads(const char *text, const char *want) {
    struct query *q = parse(text);
    if (!q->root) fail_msg("%s: %.*s", text, TEXT_ARGS(q->remarks[0].what));
    char got[4096];
    snprintf(got, sizeof got, "%.*s", TEXT_ARGS(query_reading(q->root, &arena)));
    assert_string_equal(got, want);
}

/* Refused, with the caret at the column of ^ in `caret`, in words that hold `says`. */
static void refuses(const char *text, const char *caret, const char *says) {
    struct query *q = parse(text);
    if (q->root) fail_msg("%s was taken", text);
    assert_true(q->n_errors >= 1);
    size_t i = 0;
    while (!q->remarks[i].error) i++;
    if (!memmem(q->remarks[i].what.ptr, q->remarks[i].what.len, says, strlen(says)))
        fail_msg("%s: \"%.*s\" does not say \"%s\"", text, TEXT_ARGS(q->remarks[i].what), says);
    AUTOFREE char *shown = query_caret(q->text, q->remarks[i].at);
    AUTOFREE char *want = xasprintf("    %s\n    %s", text, caret);
    assert_string_equal(shown, want);
}

/* The spellings of a query of one leaf, parted by " | "; an acronym ends in !, and = # @ stand before. */
static void spells(const char *text, const char *want) {
    struct query *q = parse(text);
    if (!q->root) fail_msg("%s: %.*s", text, TEXT_ARGS(q->remarks[0].what));
    assert_int_equal(q->root->op, NODE_TERM);
    char got[4096] = "";
    for (size_t i = 0; i < q->root->n_terms; i++) {
        const struct query_term *t = &q->root->terms[i];
        for (size_t k = 0; k < t->n_patterns; k++) {
            const struct na_pattern *p = &t->patterns[k];
            size_t len = strlen(got);
            struct text w = text_of_na(p->flags & NA_PATTERN_EXACT ? p->exact : p->folded);
            snprintf(got + len, sizeof got - len, "%s%s%s%s%.*s%s%s",
                     k   ? " "
                     : i ? " | "
                         : "",
                     p->flags & NA_PATTERN_EXACT ? "=" : "", p->flags & NA_PATTERN_HASH_SIGN ? "#" : "",
                     p->flags & NA_PATTERN_AT_SIGN ? "@" : "", TEXT_ARGS(w),
                     p->flags & NA_PATTERN_ACRONYM ? "!" : "", p->flags & NA_PATTERN_WILD ? "~" : "");
        }
    }
    assert_string_equal(got, want);
}

static void trees(void **state) {
    (void)state;
    reads("a", "a");
    reads("a b", "a AND b");
    reads("a AND b", "a AND b");
    reads("a OR b", "a OR b");
    reads("a OR b c", "a OR (b AND c)");
    reads("(a OR b) c", "(a OR b) AND c");
    reads("a NOT b", "a AND NOT b");
    reads("a -b", "a AND NOT b");
    reads("a AND NOT b", "a AND NOT b");
    reads("a -(b OR c)", "a AND NOT (b OR c)");
    reads("a AND (b OR NOT c)", "a AND (b OR NOT c)");
    reads("((a))", "a");
    reads("  a\tb\xC2\xA0"
          "c ",
          "a AND b AND c");
    reads("a\"b c\"d", "a AND \"b c\" AND d");
    reads("\"OR\" \"and\" \"NOT\"", "\"OR\" AND \"and\" AND \"NOT\"");
    reads("NOT title:x y", "NOT title:x AND y");
    reads("near around Near/by", "near AND around AND Near/by");
    reads("(\"National Guard\" OR ICE) AND city:\"Los Angeles\" NOT sports",
          "(\"National Guard\" OR ICE) AND city:\"Los Angeles\" AND NOT sports");
}

static void what_is_shown(void **state) {
    (void)state;
    reads("title:(strike OR \"walk out\")", "title:strike OR title:\"walk out\"");
    reads("title:strike", "title:strike");
    reads("“São Paulo” OR „a b“ OR «c»", "\"São Paulo\" OR \"a b\" OR \"c\"");
    reads("title:“a b”", "title:\"a b\"");
    reads("city:(Paris/FR OR “New York”/US)", "city:Paris/FR OR city:\"New York\"/US");
    reads("feed:(npr OR bbc*) x", "(feed:npr OR feed:bbc*) AND x");
    reads("title:(=Apple OR #ice)", "title:=Apple OR title:#ice");
}

static void fields(void **state) {
    (void)state;
    assert_int_equal(parse("x")->root->fields, QUERY_FIELDS);
    assert_int_equal(parse("title:x")->root->fields, NA_FIELD(NA_TITLE));
    assert_int_equal(parse("summary:x")->root->fields, NA_FIELD(NA_SUMMARY));
    assert_int_equal(parse("content:x")->root->fields, NA_FIELD(NA_CONTENT));
    assert_int_equal(parse("author:x")->root->fields, NA_FIELD(NA_AUTHOR));
    assert_int_equal(parse("category:x")->root->fields, NA_FIELD(NA_CATEGORY));
    struct query_node *n = parse("author:(a OR b)")->root;
    for (size_t i = 0; i < 2; i++) assert_int_equal(n->children[i]->fields, NA_FIELD(NA_AUTHOR));
}

static void words_of_leaves(void **state) {
    (void)state;
    spells("Évacuations", "evacuations");
    spells("ICE", "ice!");
    spells("I.C.E.", "ice!");
    spells("ICE's", "ice!");
    spells("ice", "ice");
    spells("F", "f");
    spells("NGOs", "ngos");
    spells("G20", "g20");
    spells("AT&T", "at! t");
    spells("9/11", "9 11");
    spells("example.com", "example com");
    spells("12:30", "12 30");
    spells("\"ICE raid\"", "ice! raid");
    spells("l'Ukraine", "l ukraine");
    spells("北京", "北 京");
    spells("\"why, oh why?\"", "why oh why");
}

static void spellings(void **state) {
    (void)state;
    spells("cease-fire", "cease fire | ceasefire");
    spells("\"a cease-fire now\"", "a cease fire now | a ceasefire now");
    spells("F-35", "f 35 | f35");
    spells("9-11", "9 11");
    spells("COVID-19", "covid! 19 | covid19!");
    spells("a‑b", "a b | ab");
    spells("state-of-art", "state of art | stateof art | state ofart | stateofart");
    spells("=cease-fire", "=cease =fire");
    spells("#cease-fire", "#cease fire");
    spells("U.S.-led", "us! led | usled");
    spells("Macy's-led", "macy led");
    spells("北-京", "北 京");
}

static void signs(void **state) {
    (void)state;
    spells("=Apple", "=Apple");
    spells("=\"Two Words\"", "=Two =Words");
    spells("=Macy's", "=Macy's");
    spells("=O'Brien", "=OBrien");
    spells("#ICE", "#ice");
    spells("@name", "@name");
    spells("=e\xCC\x81t\xC3\xA9", "=été");
}

static void wildcards(void **state) {
    (void)state;
    spells("migra*", "migra*~");
    spells("*guard", "*guard~");
    spells("wom?n", "wom?n~");
    spells("ICE*s", "ice*s~");
    spells("\"wom?n march?\"", "wom?n~ march");
    spells("\"head * state\"", "head * state");
    spells("\"fire migra*\"", "fire migra*~");
    spells("MIGR*", "migr*~"); /* never an acronym */
    spells("cease-fir*", "cease fir*~ | ceasefir*~");
    refuses("ab*", "^", "too wide");
    refuses("x *", "  ^", "too wide");
    refuses("*", "^", "too wide");
    refuses("\"* guard\"", " ^", "too wide");
    refuses("\"guard *\"", "       ^", "too wide");
    refuses("\"a b ab* c\"", "     ^", "too wide");
    refuses("北京*", "    ^", "wildcards");
    refuses("title:??", "      ^", "too wide");
}

static void filters(void **state) {
    (void)state;
    struct query_node *n = parse("feed:NPR*")->root;
    assert_int_equal(n->op, NODE_FILTER);
    assert_int_equal(n->filter, FILTER_FEED);
    assert_true(text_eqs(n->pattern, "npr*"));
    n = parse("url:https://ice.example/a x")->root->children[0];
    assert_int_equal(n->filter, FILTER_URL);
    assert_true(text_eqs(n->pattern, "https://ice.example/a"));
    n = parse("tag:\"Local News\"")->root;
    assert_int_equal(n->filter, FILTER_TAG);
    assert_true(text_eqs(n->pattern, "local news"));
    reads("url:(https://a.example OR b.example/c)", "url:https://a.example OR url:b.example/c");
    refuses("feed:\"\" x", "     ^", "lacks a value");
    refuses("url:/a/ x", "    ^", "url:x");
}

static void check_plugin(const char *text, const char *prefix, const char *value, const char *suffix) {
    struct query *q = query_parse(text_of(text), &with_regex, &arena);
    if (!q->root) fail_msg("%s: %.*s", text, TEXT_ARGS(q->remarks[0].what));
    const struct query_term *t = q->root->terms;
    assert_true(text_eqs(t->prefix, prefix));
    assert_true(text_eqs(t->value, value));
    assert_true(text_eqs(t->suffix, suffix));
    assert_memory_equal(q->text.ptr + q->root->value_at, value, 1);
}

static void plugin_prefixes(void **state) {
    (void)state;
    check_plugin("city:Portland/OR", "city", "Portland", "OR");
    check_plugin("city:\"Los Angeles\"", "city", "Los Angeles", "");
    check_plugin("city:\"Los Angeles\"/CA", "city", "Los Angeles", "CA");
    check_plugin("city:Paris", "city", "Paris", "");
    check_plugin("lang:en*", "lang", "en*", "");
    check_plugin("regex:\"a/b\"", "regex", "a/b", "");
    check_plugin("/fo+ (ba|r)/", "regex", "fo+ (ba|r)", "");
    check_plugin("title:/a\\/b\\d/i", "regex", "a/b\\d", "");
    struct query *q = query_parse(TEXT("title:/x+/i"), &with_regex, &arena);
    assert_int_equal(q->root->terms->flags, NA_TERM_NOCASE);
    assert_int_equal(q->root->fields, NA_FIELD(NA_TITLE));
    assert_true(text_eqs(q->root->shown, "title:/x+/i"));
    refuses("city:/x/", "     ^", "not after city:");
    refuses("city:\"\"", "     ^", "lacks a value");
    refuses("city:", "^", "lacks a value");
    refuses("a city: b", "  ^", "lacks a value");
    refuses("city:Portland/", "     ^", "after the slash");
}

static void regexes(void **state) {
    (void)state;
    static const struct {
        const char *query;
        size_t at;
        const char *says;
    } wrong[] = {
        {"lang:/x/", 5, "not after lang:"},
        {"regex:/x/", 6, "write /x/"},
        {"a //", 2, "empty"},
        {"a /x", 2, "never closed"},
        {"a /x\\/", 2, "never closed"},
        {"a /x/q", 5, "only i"},
        {"feed:/x/", 5, "not after feed:"},
        {"a NEAR/3 lang:en", 9, "no word"},
        {"regex:\"\"", 6, "lacks a value"},
        {"title:regex:\"x\"", 6, "prefix"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct query *q = query_parse(text_of(wrong[i].query), &with_regex, &arena);
        if (!q->n_errors) fail_msg("%s was taken", wrong[i].query);
        if (q->remarks[0].at != wrong[i].at || !strstr(q->remarks[0].what.ptr, wrong[i].says))
            fail_msg("%s: %zu: %s", wrong[i].query, q->remarks[0].at, q->remarks[0].what.ptr);
    }
    char *longest = arena_alloc(&arena, LIMIT_REGEX + 4);
    memset(longest, 'x', LIMIT_REGEX + 2);
    longest[0] = longest[LIMIT_REGEX + 1] = '/';
    assert_int_equal(query_parse((struct text){longest, LIMIT_REGEX + 2}, &with_regex, &arena)->n_errors, 0);
    longest[LIMIT_REGEX + 1] = 'x';
    longest[LIMIT_REGEX + 2] = '/';
    struct query *q = query_parse((struct text){longest, LIMIT_REGEX + 3}, &with_regex, &arena);
    assert_int_equal(q->n_errors, 1);
    assert_non_null(strstr(q->remarks[0].what.ptr, "1000 bytes"));
}

static void unknown_prefixes(void **state) {
    (void)state;
    refuses("a tilte:x", "  ^", "title:");
    refuses("a tilte:x", "  ^", "quote it: \"tilte:x\"");
    refuses("citty:Paris", "^", "city:");
    refuses("foo:bar", "^", "no prefix \"foo:\"");
    refuses("site:x.example", "^", "write url:");
    refuses("inurl:x", "^", "write url:");
    refuses("intitle:x", "^", "write title:");
    refuses("headline:\"a b\"", "^", "write title:");
    refuses("language:en", "^", "write lang:");
    refuses("https://x.example/a", "^", "url:");
    refuses("title:tag:x", "      ^", "prefix");
    refuses("title:title:x", "      ^", "prefix");
    refuses("title:(a OR author:b)", "            ^", "prefix");
    refuses("city:(a OR title:b)", "           ^", "prefix");
    refuses("feed:tag:x", "     ^", "prefix");
    refuses("title:-x", "      ^", "before the prefix");
    reads("Breaking: fire", "Breaking: AND fire");
    reads("12:30 a.b:c", "12:30 AND a.b:c");
    refuses("title: x", "^", "no space after the colon");
}

static void broken_structure(void **state) {
    (void)state;
    refuses("(\"National Guard\" OR ICE AND city:\"Los Angeles\"", "^", "this parenthesis is never closed");
    refuses("a (b", "  ^", "never closed");
    refuses("a )", "  ^", "no parenthesis is open");
    refuses(")", "^", "no parenthesis is open");
    refuses("a \"b c", "  ^", "quotation mark is never closed");
    refuses("a “b c", "  ^", "quotation mark is never closed");
    refuses("a /b c", "  ^", "never closed");
    refuses("a ()", "  ^", "nothing between");
    refuses("AND a", "^", "left side");
    refuses("a AND", "  ^", "right side");
    refuses("a AND AND b", "  ^", "right side");
    refuses("a AND OR b", "  ^", "right side");
    refuses("OR a", "^", "left side");
    refuses("a OR", "  ^", "right side");
    refuses("(a OR) b", "   ^", "right side");
    refuses("(OR a) b", " ^", "left side");
    refuses("a NOT", "  ^", "lacks");
    refuses("a NOT NOT b", "      ^", "twice");
    refuses("a NOT -b", "      ^", "twice");
    refuses("a --b", "   ^", "twice");
    refuses("", "^", "empty");
    refuses("   ", "^", "empty");
    refuses("a — b", "  ^", "no letter or digit");
    refuses("a - b", "  ^", "-");
    refuses("🙂", "^", "no letter or digit");
    refuses("\"\"", "^", "no letter or digit");
    refuses("a =", "  ^", "no letter or digit");
    refuses("www.x.example", "^", "url:");
}

static void only_negative(void **state) {
    (void)state;
    refuses("NOT sports", "^", "nothing occurs");
    refuses("-sports", "^", "nothing occurs");
    refuses("fire OR NOT flood", "        ^", "nothing occurs");
    refuses("NOT a NOT b", "^", "nothing occurs");
    refuses("a OR (NOT b AND -c)", "      ^", "nothing occurs");
    refuses("NOT feed:npr", "^", "nothing occurs");
    reads("feed:npr", "feed:npr");
    reads("a (b OR NOT c)", "a AND (b OR NOT c)");
    reads("NOT (NOT a)", "NOT NOT a");
}

static void other_languages(void **state) {
    (void)state;
    refuses("a and b", "  ^", "write AND, or \"and\"");
    refuses("a or b", "  ^", "write OR, or \"or\"");
    refuses("not b", "^", "write NOT, or \"not\"");
    refuses("a near/5 b", "  ^", "write NEAR/5");
    refuses("a && b", "  ^", "write AND");
    refuses("a&&b", "^", "write AND");
    refuses("a & b", "  ^", "AND");
    refuses("a || b", "  ^", "write OR");
    refuses("a | b", "  ^", "write OR");
    refuses("a|b", "^", "write OR");
    refuses("a !b", "  ^", "write NOT b");
    refuses("a +b", "  ^", "write b");
    refuses("a W/5 b", "  ^", "write NEAR/5");
    refuses("a w/5 b", "  ^", "write NEAR/5");
    refuses("a /5 b", "  ^", "write NEAR/5");
    refuses("a PRE/5 b", "  ^", "write ONEAR/5");
    refuses("a NEAR/5f b", "  ^", "write ONEAR/5");
    refuses("a NEAR b", "  ^", "write NEAR/5");
    refuses("a AROUND(5) b", "  ^", "write NEAR/5");
    refuses("\"a b\"~5", "     ^", "NEAR/5");
    refuses("xy~", "^", "write xy");
    refuses("xy~2", "^", "write xy");
    refuses("xy^2", "^", "write xy");
    refuses("a –b", "  ^", "write -b");
    refuses("a −\"b c\"", "  ^", "write -");
}

static void without_their_plugins(void **state) {
    (void)state;
    refuses("a /re+/ b", "  ^", "the plugin \"regex\", which is not there");
    refuses("a title:/re/", "        ^", "the plugin \"regex\"");
    refuses("lang:en a", "^", "the plugin \"lang\", which is not there");
    refuses("a regex:\"x\"", "  ^", "the plugin \"regex\"");
}

static void near(void **state) {
    (void)state;
    reads("a NEAR/5 b", "a NEAR/5 b");
    reads("a ONEAR/0 b", "a ONEAR/0 b");
    reads("a NEAR/99 b", "a NEAR/99 b");
    reads("a NEAR/05 b", "a NEAR/5 b");
    reads("a NEAR/3 b ONEAR/2 c", "(a NEAR/3 b) ONEAR/2 c");
    reads("a NEAR/3 (b NEAR/2 c)", "a NEAR/3 (b NEAR/2 c)");
    reads("a b NEAR/3 c d", "a AND (b NEAR/3 c) AND d");
    reads("a OR b NEAR/3 c", "a OR (b NEAR/3 c)");
    reads("(a OR \"b c\") NEAR/3 (d OR e*xx OR (f OR g))", "(a OR \"b c\") NEAR/3 (d OR e*xx OR (f OR g))");
    reads("x NOT a NEAR/3 b", "x AND NOT (a NEAR/3 b)");
    reads("x -a NEAR/3 b", "x AND NOT (a NEAR/3 b)");
    reads("title:(a NEAR/3 b)", "title:a NEAR/3 title:b");
    reads("\"a\"NEAR/3\"b\"", "\"a\" NEAR/3 \"b\"");
    reads("a NEAR/3(b OR c)", "a NEAR/3 (b OR c)");
    reads("city:Paris NEAR/5 fire", "city:Paris NEAR/5 fire");
    reads("\"NEAR/5\" x", "\"NEAR/5\" AND x");
    refuses("NEAR/5 a", "^", "lacks its left side");
    refuses("a AND (NEAR/5 b)", "       ^", "lacks its left side");
    refuses("a NEAR/5", "  ^", "NEAR/5 lacks its right side");
    refuses("(a ONEAR/5) b", "   ^", "ONEAR/5 lacks its right side");
    refuses("a NEAR/5 AND b", "  ^", "lacks its right side");
    refuses("a NEAR/5 NEAR/3 b", "  ^", "lacks its right side");
    refuses("a AND NEAR/3 b", "  ^", "AND lacks its right side");
    refuses("a NOT NEAR/3 b", "  ^", "lacks what it should exclude");
    refuses("a NEAR/100 b", "  ^", "0 to 99");
    refuses("a NEAR/4294967301 b", "  ^", "0 to 99");
    refuses("a ONEAR/100 b", "  ^", "write ONEAR/99");
    refuses("a NEAR/x b", "  ^", "0 to 99");
    refuses("a ONEAR/ b", "  ^", "write ONEAR/5");
    refuses("a NEAR/-1 b", "  ^", "0 to 99");
    refuses("title:NEAR/5", "      ^", "quote them");
    refuses("title:AND x", "      ^", "quote it: \"AND\"");
    /* what may not stand on its sides */
    refuses("a NEAR/3 NOT b", "         ^", "NOT has no place");
    refuses("a NEAR/3 -b", "         ^", "NOT has no place");
    refuses("a NEAR/3 (b OR NOT c)", "               ^", "NOT has no place");
    refuses("a NEAR/3 (-b)", "          ^", "NOT has no place");
    refuses("a NEAR/3 (b AND c)", "            ^", "AND has no place");
    refuses("a NEAR/3 (b c)", "            ^", "AND has no place");
    refuses("(b (c d)) NEAR/3 a", "   ^", "AND has no place");
    refuses("a NEAR/3 feed:npr", "         ^", "feed:npr is no word");
    refuses("(a OR tag:us) ONEAR/3 b", "      ^", "tag:us is no word");
    refuses("url:x NEAR/3 b", "^", "url:x is no word");
    struct query *q = query_parse(TEXT("a NEAR/3 lang:en"), &with_regex, &arena);
    assert_int_equal(q->remarks[0].at, 9);
    q = query_parse(TEXT("a NEAR/3 /b+/"), &with_regex, &arena);
    assert_int_equal(q->n_errors, 0);
    assert_int_equal(q->root->distance, 3);
    assert_false(q->root->ordered);
    for (size_t i = 0; i < 2; i++) assert_true(q->root->children[i]->terms->flags & NA_TERM_ALL);
    q = query_parse(TEXT("a NEAR/3 (b c -d) NEAR/3 feed:e"), &with_regex, &arena);
    assert_int_equal(q->n_errors, 2); /* all of them in one run */
}

static void all_errors_of_one_query(void **state) {
    (void)state;
    struct query *q = parse("ab* foo:x \"b\" or NEAR/3 (c");
    assert_int_equal(q->n_errors, 4);
    assert_null(q->root);
    const size_t at[] = {0, 4, 14, 24};
    for (size_t i = 0; i < 4; i++) assert_int_equal(q->remarks[i].at, at[i]);
}

static void warnings(void **state) {
    (void)state;
    struct query *q = parse("wildfire OR flood Napa");
    assert_non_null(q->root);
    assert_int_equal(q->n_remarks, 1);
    assert_false(q->remarks[0].error);
    assert_non_null(strstr(q->remarks[0].what.ptr, "wildfire OR (flood AND Napa)"));
    assert_int_equal(parse("wildfire OR (flood Napa)")->n_remarks, 0);
    assert_int_equal(parse("(wildfire OR flood) Napa")->n_remarks, 0);
    assert_int_equal(parse("a OR b NOT c")->n_remarks, 1);
    assert_int_equal(parse("x (a OR b c)")->n_remarks, 1);
}

/* One warning, at the caret, that the query can never be true; "": none. */
static void never(const char *text, const char *caret) {
    struct query *q = query_parse(text_of(text), &with_regex, &arena);
    if (!q->root) fail_msg("%s: %.*s", text, TEXT_ARGS(q->remarks[0].what));
    size_t n = 0, at = 0;
    for (size_t i = 0; i < q->n_remarks; i++)
        if (memmem(q->remarks[i].what.ptr, q->remarks[i].what.len, "never", 5)) n++, at = q->remarks[i].at;
    if (n != (*caret != '\0')) fail_msg("%s: %zu warnings", text, n);
    if (n) assert_int_equal(at, strlen(caret) - 1);
}

static void contradictions(void **state) {
    (void)state;
    never("a -a", "   ^");
    never("a NOT A", "      ^");
    never("ICE NOT ice", "        ^"); /* an acronym is also the word */
    never("ice NOT ICE", "");
    never("\"National Guard\" NOT guard", "                     ^");
    never("\"National Guard\" NOT \"guard x\"", "");
    never("migrants -migra*", "          ^");
    never("migra* -migrants", "");
    never("wom?n -women", "");
    never("women -wom?n", "       ^");
    never("=Apple -apple", "        ^");
    never("apple -=Apple", "");
    never("#ice -ice", "      ^");
    never("cease-fire -ceasefire", ""); /* one of its spellings is left */
    never("ceasefire -cease-fire", "           ^");
    never("title:x -x", "         ^");
    never("x -title:x", "");
    never("title:x -summary:x", "");
    never("(a OR b) -a -b", "             ^");
    never("(a OR b) -a", "");
    never("a (b OR c) NOT (b OR a)", "                     ^");
    never("a NOT (a b)", "");
    never("a b NOT (a b)", "^");
    never("a NEAR/2 b -b", "            ^");
    never("x NOT (NOT x)", "");
    never("feed:npr -feed:n*", "          ^");
    never("feed:n* -feed:npr", "");
    never("city:Paris -city:Paris", "            ^");
    never("city:Paris -city:Paris/US", "");
    never("a (b OR a -a)", "");
    never("a OR b -b", "");
    never("title:a NEAR/3 summary:b", "        ^");
    never("title:(a NEAR/3 b)", "");
    never("a OR (title:x ONEAR/1 author:y)", "              ^");
}

static const char *repeated(const char *before, const char *part, size_t n, const char *after) {
    char *p = arena_alloc(&arena, strlen(before) + n * strlen(part) + strlen(after) + 1), *q = p;
    q = stpcpy(q, before);
    while (n--) q = stpcpy(q, part);
    stpcpy(q, after);
    return p;
}

static void check_limit(const char *ok, const char *beyond, const char *says) {
    struct query *q = parse(ok);
    if (!q->root) fail_msg("%.60s…: %.*s", ok, TEXT_ARGS(q->remarks[0].what));
    q = parse(beyond);
    assert_null(q->root);
    if (!strstr(q->remarks[0].what.ptr, says)) fail_msg("%.*s", TEXT_ARGS(q->remarks[0].what));
}

static void limits(void **state) {
    (void)state;
    check_limit(repeated("", "x ", 512, ""), repeated("", "x ", 513, ""), "512");
    check_limit(repeated("\"", "x ", 32, "\""), repeated("\"", "x ", 33, "\""), "32 words");
    check_limit("a-b-c-d", "a-b-c-d-e", "8 spellings");
    check_limit(repeated("x", " ", LIMIT_QUERY - 1, ""), repeated("x", " ", LIMIT_QUERY, ""), "8192 bytes");
    const char *deep = repeated("", "(", 32, "x"), *deeper = repeated("", "(", 33, "x");
    check_limit(repeated(deep, ")", 32, ""), repeated(deeper, ")", 33, ""), "32 deep");
    assert_int_equal(parse(repeated(deeper, ")", 33, ""))->remarks[0].at, 32);
}

static void carets(void **state) {
    (void)state;
    /* Wide characters take two columns, marks none. */
    AUTOFREE char *wide = query_caret(TEXT("北京 e\xCC\x81 x"), 11);
    assert_string_equal(wide, "    北京 e\xCC\x81 x\n           ^");
    const char *text = repeated("", "word ", 200, "");
    AUTOFREE char *far = query_caret(text_of(text), 500);
    char *line = strchr(far, '\n');
    assert_non_null(line);
    assert_true(line - far < 120);
    assert_true(strlen(line) < 70);
    /* The caret stands under the w of a word. */
    struct text first = {far + 4 + strlen("…"), 0};
    assert_int_equal(first.ptr[strlen(line + 1) - 1 - 4 - 1], 'w');
    AUTOFREE char *control = query_caret(TEXT("a\033[1mb\x7F"), 1);
    assert_null(strchr(control, '\033'));
}

static void json(void **state) {
    (void)state;
    json_t *j = query_json(parse("(cease-fire OR city:Portland/OR) NOT feed:npr"));
    AUTOFREE char *text = json_dumps(j, JSON_COMPACT);
    assert_string_equal(text, "{\"query\":\"(cease-fire OR city:Portland/OR) NOT "
                              "feed:npr\",\"tree\":{\"op\":\"AND\",\"children\":[{\"op\":\"OR\","
                              "\"children\":[{\"term\":\"cease-fire\"},{\"term\":\"city:Portland/"
                              "OR\"}]},{\"op\":\"NOT\",\"children\":[{"
                              "\"term\":\"feed:npr\"}]}]},\"terms\":[{\"term\":\"cease-fire\",\"prefix\":"
                              "\"\",\"fields\":[\"title\","
                              "\"summary\",\"content\"],\"spellings\":[\"cease "
                              "fire\",\"ceasefire\"]},{\"term\":\"city:Portland/OR\","
                              "\"prefix\":\"city\",\"value\":\"Portland\",\"suffix\":\"OR\"},{\"term\":"
                              "\"feed:npr\",\"prefix\":\"feed\","
                              "\"value\":\"npr\"}],\"warnings\":[],\"errors\":[]}");
    json_decref(j);
    j = query_json(parse("a OR"));
    assert_int_equal(json_array_size(json_object_get(j, "errors")), 1);
    assert_null(json_object_get(j, "tree"));
    json_decref(j);
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(trees),
        T(what_is_shown),
        T(fields),
        T(words_of_leaves),
        T(spellings),
        T(signs),
        T(wildcards),
        T(filters),
        T(plugin_prefixes),
        T(regexes),
        T(unknown_prefixes),
        T(broken_structure),
        T(only_negative),
        T(other_languages),
        T(without_their_plugins),
        T(near),
        T(all_errors_of_one_query),
        T(warnings),
        T(contradictions),
        T(limits),
        T(carets),
        T(json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

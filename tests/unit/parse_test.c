#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "parse/parse.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#define GOLDEN TEST_SOURCE "/tests/golden/parse"

/* -- golden folders without the program ------------------------------------------------------------------ */

static bool read_file(const char *folder, const char *name, struct buf *out) {
    char path[4096], piece[4096];
    snprintf(path, sizeof path, "%s/%s/%s", GOLDEN, folder, name);
    FILE *f = fopen(path, "rbe");
    if (!f) return false;
    for (size_t n; (n = fread(piece, 1, sizeof piece, f));) buf_add(out, piece, n);
    fclose(f);
    return true;
}

/* `args` holds "--base URL" or "--content-type TYPE", the value perhaps quoted. */
static void read_args(struct buf *args, struct parse_input *in) {
    while (args->len && args->ptr[args->len - 1] == '\n') args->ptr[--args->len] = '\0';
    struct text all = buf_text(args), value = all;
    size_t option = 0;
    while (option < all.len && all.ptr[option] != ' ') option++;
    value.ptr += option;
    value.len -= option;
    value = text_trim(value);
    if (value.len > 1 && value.ptr[0] == '"') value.ptr++, value.len -= 2;
    all.len = option;
    if (text_eqs(all, "--base"))
        in->base = value;
    else if (text_eqs(all, "--content-type"))
        in->content_type = value;
    else
        fail_msg("an unknown argument: %s", buf_str(args));
}

static void check_folder(const char *folder) {
    static const char *const names[] = {"feed.xml", "feed.json", "feed.html"};
    struct buf feed, args, expected;
    struct parse_input in = {0};
    struct document *d = NULL;
    char *why = NULL;
    bool found = false;
    buf_init(&feed, 32 << 20);
    buf_init(&args, 4096);
    buf_init(&expected, 32 << 20);
    for (size_t i = 0; i < 3 && !found; i++) found = read_file(folder, names[i], &feed);
    assert_true(found);
    if (read_file(folder, "args", &args)) read_args(&args, &in);
    in.bytes = buf_text(&feed);
    int status = parse_document(&in, NULL, &d, &why);
    if (read_file(folder, "expected.err", &expected)) {
        assert_int_equal(status, -1);
        struct text part = text_trim(buf_text(&expected));
        assert_true(part.len > 0);
        assert_non_null(memmem(why, strlen(why), part.ptr, part.len));
    } else {
        assert_true(read_file(folder, "expected.json", &expected));
        assert_int_equal(status, 0);
        json_t *got = document_json(d), *want = json_loadb(expected.ptr, expected.len, 0, NULL);
        assert_non_null(want);
        /* Dumped, so that the order of members counts. */
        AUTOFREE char *got_text = json_dumps(got, JSON_INDENT(1)),
                      *want_text = json_dumps(want, JSON_INDENT(1));
        if (strcmp(got_text, want_text)) print_error("%s\n", folder);
        assert_string_equal(got_text, want_text);
        json_decref(got);
        json_decref(want);
    }
    free(why);
    document_free(d);
    buf_clear(&feed);
    buf_clear(&args);
    buf_clear(&expected);
}

static void test_golden(void **state) {
    (void)state;
    struct dirent **list;
    int n = scandir(GOLDEN, &list, NULL, alphasort), folders = 0;
    assert_true(n > 0);
    for (int i = 0; i < n; i++) {
        if (list[i]->d_name[0] != '.') {
            check_folder(list[i]->d_name);
            folders++;
        }
        free(list[i]);
    }
    free(list);
    assert_true(folders >= 60);
}

/* -- what golden folders do not show
 * ------------------------------------------------------------------------- */

static struct document *parse(struct text bytes, bool cut, struct parse_warnings *w) {
    struct parse_input in = {.bytes = bytes, .base = TEXT("https://base.example/d/feed"), .cut = cut};
    struct document *d = NULL;
    char *why = NULL;
    if (parse_document(&in, w, &d, &why) < 0) fail_msg("%s", why);
    return d;
}

static void test_complete(void **state) {
    (void)state;
    static const char whole[] = "<rss version='2.0'><channel><item><title>A</title></item></channel></rss>";
    struct document *d = parse(text_of(whole), false, NULL);
    assert_true(d->complete);
    document_free(d);
    d = parse(text_of(whole), true, NULL);
    assert_false(d->complete);
    document_free(d);
    /* At whatever byte the document is cut: never complete, and never an item that is not there. */
    for (size_t n = 30; n < sizeof whole - 1; n++) {
        d = parse((struct text){whole, n}, false, NULL);
        assert_false(d->complete);
        assert_true(d->n_items <= 1);
        /* With the name of its end tag the item is finished, before that it is not. */
        bool ended = n >= (size_t)(strstr(whole, "</item>") - whole) + 6;
        if (d->n_items) assert_int_equal(d->unfinished, !ended);
        document_free(d);
    }
    d = parse(TEXT("{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{\"id\":\"1\"},{\"id\":"),
              false, NULL);
    assert_false(d->complete);
    assert_int_equal(d->n_items, 1);
    document_free(d);
}

static void test_hints(void **state) {
    (void)state;
    struct document *d =
        parse(TEXT("<rss version='2.0' "
                   "xmlns:atom='http://www.w3.org/2005/Atom'><channel><ttl>90</ttl><skipHours><hour>0</hour>"
                   "<hour>24</hour><hour>5</hour><hour>x</hour></skipHours><skipDays><day>Sunday</"
                   "day><day>saturday</day>"
                   "</skipDays><atom:link rel='hub' href='https://hub.example/'/><atom:link rel='self' "
                   "href='/self'/>"
                   "</channel></rss>"),
              false, NULL);
    assert_true(d->hints.ttl_ms == 90 * 60000);
    assert_int_equal(d->hints.skip_hours, 1u | 1u << 5);
    assert_int_equal(d->hints.skip_days, 1u | 1u << 6);
    assert_true(text_eqs(d->hints.hub, "https://hub.example/"));
    assert_true(text_eqs(d->hints.self, "https://base.example/self"));
    document_free(d);
    d = parse(TEXT("<rss version='2.0' xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'><channel>"
                   "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency></"
                   "channel></rss>"),
              false, NULL);
    assert_true(d->hints.ttl_ms == 30 * 60000);
    document_free(d);
    d = parse(TEXT("<feed xmlns='http://www.w3.org/2005/Atom'><link rel='self hub' href='x'/></feed>"), false,
              NULL);
    assert_true(text_eqs(d->hints.hub, "https://base.example/d/x"));
    assert_true(text_eqs(d->hints.self, "https://base.example/d/x"));
    document_free(d);
    d = parse(TEXT("{\"version\":\"https://jsonfeed.org/version/1\",\"feed_url\":\"https://f.example/"
                   "\",\"hubs\":[{\"type\":"
                   "\"WebSub\",\"url\":\"https://hub.example/\"}],\"items\":[]}"),
              false, NULL);
    assert_true(text_eqs(d->hints.hub, "https://hub.example/"));
    assert_true(text_eqs(d->hints.self, "https://f.example/"));
    document_free(d);
}

static void test_other_hints(void **state) {
    (void)state;
    struct document *d =
        parse(TEXT("<rss version='2.0' xmlns:atom='http://www.w3.org/2005/Atom' "
                   "xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'><channel>"
                   "<cloud domain='c.example' port='80' path='/x' registerProcedure='' protocol='http-post'/>"
                   "<itunes:new-feed-url>https://new.example/rss</itunes:new-feed-url><itunes:block>Yes</"
                   "itunes:block>"
                   "<atom:link rel='next' href='?page=2'/><atom:link rel='prev-archive' href='/2025'/>"
                   "<item><title>A</title><atom:link rel='next' href='/no'/></item></channel></rss>"),
              false, NULL);
    assert_true(d->hints.cloud && d->hints.blocked && !d->hints.expired);
    assert_true(text_eqs(d->hints.moved, "https://new.example/rss"));
    assert_true(text_eqs(d->hints.next, "https://base.example/d/feed?page=2"));
    assert_true(text_eqs(d->hints.archive, "https://base.example/2025"));
    document_free(d);
    d = parse(TEXT("{\"version\":\"https://jsonfeed.org/version/1\",\"expired\":true,\"next_url\":\"/"
                   "p2\",\"items\":[]}"),
              false, NULL);
    assert_true(d->hints.expired);
    assert_true(text_eqs(d->hints.next, "https://base.example/p2"));
    document_free(d);
    d = parse(TEXT("<rss version='2.0'><channel><sy:updatePeriod>weekly</sy:updatePeriod></channel></rss>"),
              false, NULL);
    assert_true(d->hints.ttl_ms == INT64_C(7) * 24 * 3600000);
    assert_false(d->hints.cloud || d->hints.blocked || d->hints.expired);
    document_free(d);
}

static void test_warnings(void **state) {
    (void)state;
    struct parse_warnings w = {0};
    struct document *d =
        parse(TEXT("<rss><channel><item><title>A & B < C</title></item></foo></channel></rss>"), false, &w);
    assert_true(w.total >= 2);
    assert_string_equal(w.list[w.n - 1].what, "</foo> closes nothing");
    assert_int_equal(w.list[w.n - 1].at, 51);
    document_free(d);
    parse_warnings_clear(&w);
    assert_null(w.list);
}

static void repeat(struct buf *b, const char *s, size_t n) {
    for (size_t i = 0; i < n; i++) buf_adds(b, s);
    assert_false(b->failed);
}

/* Sound documents and, with a bare '&' in front, broken ones: the caps are the same for both tokenizers. */
static struct document *parse_big(struct buf *b, const char *front, const char *unit, size_t n,
                                  const char *back, bool broken) {
    buf_init(b, LIMIT_BODY);
    buf_adds(b, front);
    if (broken) buf_adds(b, "<x>&</x>");
    repeat(b, unit, n);
    buf_adds(b, back);
    struct document *d = parse(buf_text(b), false, NULL);
    buf_clear(b);
    return d;
}

static void test_cap_items(void **state) {
    (void)state;
    struct buf b;
    for (int broken = 0; broken < 2; broken++) {
        struct document *d = parse_big(&b, "<rss><channel>", "<item><title>x</title></item>", LIMIT_ITEMS + 7,
                                       "</channel></rss>", broken);
        assert_int_equal(d->n_items, LIMIT_ITEMS);
        assert_int_equal(d->items_cut, 7);
        assert_true(d->complete);
        document_free(d);
    }
}

static void test_cap_nesting(void **state) {
    (void)state;
    struct buf b;
    for (int broken = 0; broken < 2; broken++) {
        buf_init(&b, LIMIT_BODY);
        buf_adds(&b, "<rss><channel><item><title>A</title><description>");
        if (broken) buf_adds(&b, "&");
        repeat(&b, "<d>", 100000);
        buf_adds(&b, "deep");
        repeat(&b, "</d>", 100000);
        buf_adds(&b, "</description></item><item><title>B</title></item></channel></rss>");
        struct document *d = parse(buf_text(&b), false, NULL);
        assert_int_equal(d->n_items, 2);
        assert_true(text_eqs(d->items[1].title, "B"));
        assert_true(d->complete);
        document_free(d);
        buf_clear(&b);
    }
}

static void test_cap_attributes(void **state) {
    (void)state;
    struct buf b;
    for (int broken = 0; broken < 2; broken++) {
        buf_init(&b, LIMIT_BODY);
        buf_adds(&b, "<rss><channel><item><title>A</title><enclosure url='https://a.example/1'");
        for (int i = 0; i < 40000; i++) buf_addf(&b, " a%d='%d'", i, i);
        buf_addf(&b, "/>%s</item></channel></rss>", broken ? "&" : "");
        struct document *d = parse(buf_text(&b), false, NULL);
        assert_int_equal(d->n_items, 1);
        assert_int_equal(d->items[0].n_enclosures, 1);
        document_free(d);
        buf_clear(&b);
    }
}

static void test_cap_text(void **state) {
    (void)state;
    struct buf b;
    struct document *d =
        parse_big(&b, "<rss><channel><item><title>A</title><description>", "\xC3\xA9t\xC3\xA9 ", 400000,
                  "</description><link>https://a.example/</link></item></channel></rss>", false);
    assert_int_equal(d->n_items, 1);
    assert_true(d->items[0].summary.len <= LIMIT_FIELD && d->items[0].summary.len > LIMIT_FIELD - 4);
    assert_true(text_eqs(d->items[0].url, "https://a.example/"));
    json_t *j = document_json(d); /* only valid UTF-8 gets in there */
    assert_non_null(json_object_get(json_array_get(json_object_get(j, "items"), 0), "summary"));
    json_decref(j);
    document_free(d);
}

static void test_cap_lists(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, LIMIT_BODY);
    buf_adds(&b, "<rss><channel><item><title>A</title>");
    for (int i = 0; i < 5000; i++)
        buf_addf(&b, "<category>c%d</category><enclosure url='https://a.example/%d'/>", i, i);
    buf_adds(&b, "</item></channel></rss>");
    struct document *d = parse(buf_text(&b), false, NULL);
    assert_int_equal(d->items[0].n_categories, LIMIT_CATEGORIES);
    assert_int_equal(d->items[0].n_enclosures, LIMIT_ENCLOSURES);
    document_free(d);
    buf_clear(&b);
}

static void test_cap_body(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, LIMIT_BODY + 4096);
    buf_adds(&b, "<rss><channel><item><title>A</title></item><item><title>");
    while (b.len < LIMIT_BODY) buf_add(&b, "0123456789abcdef0123456789abcdef", 32);
    buf_adds(&b, "</title></item></channel></rss>");
    struct document *d = parse(buf_text(&b), false, NULL);
    assert_int_equal(d->n_items, 1);
    assert_false(d->complete);
    document_free(d);
    buf_clear(&b);
}

static void test_cap_json(void **state) {
    (void)state;
    struct buf b;
    struct parse_input in = {0};
    struct document *d = NULL;
    char *why = NULL;
    buf_init(&b, LIMIT_BODY);
    buf_adds(&b, "{\"version\":\"https://jsonfeed.org/version/1\",\"items\":");
    repeat(&b, "[", 200000);
    in.bytes = buf_text(&b);
    assert_int_equal(parse_document(&in, NULL, &d, &why), -1);
    assert_non_null(strstr(why, "JSON"));
    free(why);
    buf_clear(&b);
    /* More values than a tree may have: the items before that are read. */
    buf_init(&b, LIMIT_BODY);
    buf_adds(
        &b,
        "{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{\"id\":\"1\"},{\"id\":\"2\",\"x\":[1");
    repeat(&b, ",1", LIMIT_JSON_VALUES);
    buf_adds(&b, "]}]}");
    d = parse(buf_text(&b), false, NULL);
    assert_int_equal(d->n_items, 1);
    assert_false(d->complete);
    document_free(d);
    buf_clear(&b);
}

/* Texts that need more than the arena: the items before that are given, and the document counts as cut. */
static void test_cap_arena(void **state) {
    (void)state;
    struct buf b, one;
    buf_init(&b, LIMIT_BODY);
    buf_init(&one, LIMIT_BODY);
    /* An alert's paragraphs are copied as they are joined, so little text makes the arena full. */
    buf_adds(&b,
             "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:cap='urn:oasis:names:tc:emergency:cap:1.2'>");
    buf_adds(&one, "<entry><title>A</title>");
    for (int i = 0; i < 60; i++) {
        buf_adds(&one, "<cap:description>");
        repeat(&one, "word ", 3000);
        buf_adds(&one, "</cap:description>");
    }
    buf_adds(&one, "</entry>");
    for (int i = 0; i < 3; i++) buf_addt(&b, buf_text(&one));
    buf_adds(&b, "</feed>");
    struct parse_warnings w = {0};
    struct document *d = parse(buf_text(&b), false, &w);
    assert_false(d->complete);
    assert_true(d->n_items < 3);
    assert_int_equal(d->n_items + d->items_cut, 3);
    assert_non_null(strstr(w.list[w.n - 1].what, "MiB"));
    for (size_t i = 0; i < d->n_items; i++) assert_true(d->items[i].content.len > 800000);
    document_free(d);
    parse_warnings_clear(&w);
    buf_clear(&b);
    buf_clear(&one);
}

/* Bytes of an old charset become up to three: the first half of the document is read, or a quarter. */
static void test_cap_decoded(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, LIMIT_BODY);
    buf_adds(&b, "<?xml version='1.0' "
                 "encoding='windows-1252'?><rss><channel><item><title>A</title></item><item><description>");
    while (b.len < LIMIT_BODY - 64)
        buf_adds(&b, "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80");
    buf_adds(&b, "</description></item></channel></rss>");
    struct document *d = parse(buf_text(&b), false, NULL);
    assert_int_equal(d->n_items, 1);
    assert_true(text_eqs(d->items[0].title, "A"));
    assert_false(d->complete);
    document_free(d);
    buf_clear(&b);
}

/* What made readers quadratic. Each of these is 4 to 16 MiB; a reader that is not linear takes hours. */
static void test_no_quadratic_reading(void **state) {
    (void)state;
    static const char *const units[] = {
        "<p>",      "<a x=\"", "<a x='y\" ", "<a x=<a/", "<![CDATA[", "<?x ",      "<? >",       "</x>",
        "<!-- ",    "&amp",    "<b <b ",     "<script>", "&lt;p ",    "&lt;a x='", "&lt;head>",  "&lt;title>",
        "&lt;!-- ", "<item>",  "<title>",    "]]>",      "&#",        "<br",       "&lt;script>"};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        struct buf b;
        size_t n = (4u << 20) / strlen(units[i]);
        struct document *d = parse_big(&b, "<rss><channel><item><title>A</title><description>", units[i], n,
                                       "</description></item></channel></rss>", true);
        assert_true(d->n_items >= 1);
        document_free(d);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_complete),
        cmocka_unit_test(test_hints),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_other_hints),
        cmocka_unit_test(test_cap_arena),
        cmocka_unit_test(test_cap_decoded),
        cmocka_unit_test(test_cap_items),
        cmocka_unit_test(test_cap_nesting),
        cmocka_unit_test(test_cap_attributes),
        cmocka_unit_test(test_cap_text),
        cmocka_unit_test(test_cap_lists),
        cmocka_unit_test(test_cap_body),
        cmocka_unit_test(test_cap_json),
        cmocka_unit_test(test_no_quadratic_reading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "config/opml.c"

#include "unit.h"

/* Reads a list; *said is what it says, each problem a line. */
static int read_list(const char *text, size_t len, struct opml *o, char **said) {
    struct problems problems = PROBLEMS_INIT;
    struct buf b;
    buf_init(&b, 1 << 20);
    int r = opml_read((struct text){text, len}, "l", &problems, o);
    for (size_t i = 0; i < problems.n; i++) {
        AUTOFREE char *line = problem_format(&problems.list[i]);
        buf_addf(&b, "%s\n", line);
    }
    *said = b.len ? buf_steal(&b) : xstrdup("");
    problems_clear(&problems);
    buf_clear(&b);
    return r;
}

static void check_said(const char *text, int result, size_t n, const char *wanted) {
    struct opml o;
    AUTOFREE char *said = NULL;
    assert_int_equal(read_list(text, strlen(text), &o, &said), result);
    assert_string_equal(said, wanted);
    assert_int_equal(o.n, n);
    opml_clear(&o);
}

#define BODY(inside) "<opml version=\"2.0\"><body>" inside "</body></opml>"
#define FEED(url)    "<outline text=\"T\" xmlUrl=\"" url "\"/>"

static void test_addresses(void **state) {
    (void)state;
    check_said(BODY(FEED("https://a.example/f") FEED("http://b.example/")), 0, 2, "");
    check_said(BODY("\n" FEED("javascript:alert(1)") "\n" FEED("file:///etc/passwd") "\n" FEED("exec:id")), 0,
               0,
               "l:2: warning: \"T\": \"javascript:\" is left out: only http:// and https:// are read\n"
               "l:3: warning: \"T\": \"file:\" is left out: only http:// and https:// are read\n"
               "l:4: warning: \"T\": \"exec:\" is left out: only http:// and https:// are read\n");
    check_said(BODY(FEED("feed.xml") FEED("https:///x") FEED("https://a b.example/") FEED("http&#10;s://x/")),
               0, 0,
               "l:1: warning: \"T\": \"feed.xml\" is left out: only http:// and https:// are read\n"
               "l:1: warning: \"T\" is left out: the address lacks a host\n"
               "l:1: warning: \"T\" is left out: an address holds no blanks\n"
               "l:1: warning: \"T\": \"http?s:\" is left out: only http:// and https:// are read\n");
    /* the same place twice, and outlines that are no feeds */
    check_said(BODY(FEED("https://a.example/f")
                        FEED("https://a.example/f") "<outline text=\"x\" url=\"https://c.example/\"/>"
                                                    "<outline/>" FEED("")),
               0, 1, "");
}

static void test_broken(void **state) {
    (void)state;
    check_said("<rss/>", -1, 0, "l:1: this is no OPML: it begins with <rss>\n");
    check_said(BODY(FEED("https://a.example/f")) "junk", -1, 1,
               "l:1: the file is broken here: junk after document element\n");
    check_said("<opml>\n" FEED("https://a.example/f") "\n<outline text=\"a&b\"/></opml>", -1, 1,
               "l:3: the file is broken here: not well-formed (invalid token)\n");
    check_said("<!DOCTYPE opml [<!ENTITY a \"b\">]><opml/>", -1, 0,
               "l:1: it declares entities of its own, which are not read\n");
    check_said("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" BODY(FEED("https://a.example/\xe9")), 0, 1,
               "");
}

static void test_folders(void **state) {
    (void)state;
    static const char text[] =
        BODY("<outline text=\"A, b\"><outline text=\"a B\"><outline title=\" C \"><outline "
             "text=\"\">" FEED("https://x.example/") "</outline></outline></outline></"
                                                     "outline><outline text=\"D\">" FEED(
                                                         "https://x.example/") "</outline>");
    struct opml o;
    AUTOFREE char *said = NULL;
    assert_int_equal(read_list(text, strlen(text), &o, &said), 0);
    assert_int_equal(o.n, 1);
    assert_int_equal(o.repeated, 1);
    assert_int_equal(o.list[0].n_tags, 3);
    assert_string_equal(o.list[0].tags[0], "A b");
    assert_string_equal(o.list[0].tags[1], "C");
    assert_string_equal(o.list[0].tags[2], "D");
    opml_clear(&o);
}

static void check_title(const char *title, const char *wanted) {
    struct arena a;
    arena_init(&a, 1 << 16);
    assert_string_equal(opml_title(text_of(title), 8, &a), wanted);
    arena_clear(&a);
}

static void test_titles(void **state) {
    (void)state;
    check_title("  a \n\t b,c]d ", "a b c d");
    check_title("12345678", "12345678");
    check_title("123456789", "12345678");
    check_title("123456 ]9", "123456 9");
    check_title("1234567 9", "1234567");
    check_title("1234567é", "1234567");
    check_title("123456é", "123456é");
    check_title("12345€x", "12345€");
    check_title("123456€", "123456");
    check_title("a\xc2\x85z", "a z");
    check_title(",]", "");
}

static void test_names(void **state) {
    (void)state;
    struct opml_names names = {0};
    struct arena a;
    arena_init(&a, 1 << 20);
    map_add(&names.used, text_of("taken"), &a);
    assert_string_equal(opml_name(&names, "x", &a), "x");
    assert_string_equal(opml_name(&names, "x", &a), "x~2");
    assert_string_equal(opml_name(&names, "x~3", &a), "x~3");
    assert_string_equal(opml_name(&names, "x", &a), "x~4");
    assert_string_equal(opml_name(&names, "taken", &a), "taken~2");
    opml_names_clear(&names);
    arena_clear(&a);
}

/* What is written is read again as it was. */
static void test_written(void **state) {
    (void)state;
    char one[] = "One", two[] = "Two & <3>";
    char *both[] = {one, two};
    const struct opml_outline list[] = {{"A \"b\" & c", "https://a.example/?x=1&y='2'", "de", NULL, 0},
                                        {"B", "https://b.example/", NULL, both, 2},
                                        {"C", "https://c.example/", NULL, both + 1, 1}};
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    opml_write("T", list, 3, f);
    fclose(f);
    struct opml o;
    AUTOFREE char *said = NULL;
    assert_int_equal(read_list(text, len, &o, &said), 0);
    assert_string_equal(said, "");
    assert_int_equal(o.n, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(o.list[i].title, list[i].title);
        assert_string_equal(o.list[i].url, list[i].url);
        assert_int_equal(o.list[i].n_tags, list[i].n_tags);
        for (size_t t = 0; t < list[i].n_tags; t++) assert_string_equal(o.list[i].tags[t], list[i].tags[t]);
    }
    assert_string_equal(o.list[0].language, "de");
    opml_clear(&o);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_addresses), cmocka_unit_test(test_broken),
                                       cmocka_unit_test(test_folders),   cmocka_unit_test(test_titles),
                                       cmocka_unit_test(test_names),     cmocka_unit_test(test_written)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "base/mem.h"
#include "base/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static struct arena arena;

static int setup(void **state) {
    (void)state;
    arena_init(&arena, 1 << 20);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    arena_clear(&arena);
    return 0;
}

static void assert_text(struct text got, const char *want) {
    char line[512];
    snprintf(line, sizeof line, "%.*s", TEXT_ARGS(got));
    assert_string_equal(line, want ? want : "");
    if (!want) assert_null(got.ptr);
}

/* RFC 3986 section 5.4, all of 5.4.1 and 5.4.2. */
static void test_rfc3986_examples(void **state) {
    (void)state;
    static const struct {
        const char *reference, *target;
    } examples[] = {
        {"g:h", "g:h"},
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q#s"},
        {"g#s", "http://a/b/c/g#s"},
        {"g?y#s", "http://a/b/c/g?y#s"},
        {";x", "http://a/b/c/;x"},
        {"g;x", "http://a/b/c/g;x"},
        {"g;x?y#s", "http://a/b/c/g;x?y#s"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"../../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {".g", "http://a/b/c/.g"},
        {"g..", "http://a/b/c/g.."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/./x", "http://a/b/c/g?y/./x"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"g#s/./x", "http://a/b/c/g#s/./x"},
        {"g#s/../x", "http://a/b/c/g#s/../x"},
        {"http:g", "http:g"},
    };
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
        assert_text(url_resolve(TEXT("http://a/b/c/d;p?q"), text_of(examples[i].reference), &arena),
                    examples[i].target);
}

static void test_cleaning(void **state) {
    (void)state;
    static const struct {
        const char *base, *reference, *target;
    } rows[] = {
        {NULL, " http://a.example/x\n", "http://a.example/x"},
        {NULL, "http://a.exa\r\n\tmple/x y", "http://a.example/x%20y"},
        {NULL, "http://a.example/\xC3\xA9?\xC3\xA9", "http://a.example/%C3%A9?%C3%A9"},
        {NULL, "http://b\xC3\xBC.example/%C3%a9", "http://b\xC3\xBC.example/%C3%a9"},
        {NULL, "http://a.example", "http://a.example"},
        {"http://a.example", "x", "http://a.example/x"},
        {"http://a.example?q", "x", "http://a.example/x"},
        {"https://a.example/b", "//c.example/d", "https://c.example/d"},
        {NULL, "/x", NULL},
        {"b/c", "/x", NULL},
        {NULL, "http://a.example\\@b.example/", NULL},
        {NULL, "http://a b.example/", NULL},
        {NULL, "", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_text(url_resolve(text_of(rows[i].base), text_of(rows[i].reference), &arena), rows[i].target);
}

static void test_too_long(void **state) {
    (void)state;
    char long_url[5000] = "http://a.example/";
    memset(long_url + 17, 'x', sizeof long_url - 18);
    assert_null(url_resolve(TEXT_NONE, text_of(long_url), &arena).ptr);
    long_url[4096] = '\0';
    assert_int_equal(url_resolve(TEXT_NONE, text_of(long_url), &arena).len, 4096);
}

static void test_split(void **state) {
    (void)state;
    struct url u;
    url_split(TEXT("http://user:pw@[::1]:8080/p?q#f"), &u);
    assert_text(u.scheme, "http");
    assert_text(u.userinfo, "user:pw");
    assert_text(u.host, "[::1]");
    assert_text(u.port, "8080");
    assert_text(u.path, "/p");
    assert_text(u.query, "q");
    assert_text(u.fragment, "f");
    url_split(TEXT("http://h/?"), &u);
    assert_non_null(u.query.ptr);
    assert_int_equal(u.query.len, 0);
    assert_null(u.fragment.ptr);
    assert_null(u.port.ptr);
    url_split(TEXT("1a:b"), &u);
    assert_null(u.scheme.ptr);
}

static void test_is_http(void **state) {
    (void)state;
    assert_true(url_is_http(TEXT("http://a.example")));
    assert_true(url_is_http(TEXT("HTTPS://a.example/")));
    assert_false(url_is_http(TEXT("http:///x")));
    assert_false(url_is_http(TEXT("ftp://a.example/")));
    assert_false(url_is_http(TEXT("a.example")));
    assert_false(url_is_http(TEXT("http://a.example/\n")));
}

static void test_canonical(void **state) {
    (void)state;
    static const char *const same[] = {
        "http://a.example/x?id=1",
        "https://a.example/x/?id=1#top",
        "HTTPS://WWW.A.Example:443/x?id=1&utm_source=rss&UTM_medium=feed",
        "http://a.example:80/x?fbclid=9&id=1",
        "https://a.example/y/../x?id=1&gclid=3&rss=1",
        "https://user@a.example./%78?id=1",
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_text(url_canonical(text_of(same[i]), &arena), "http://a.example/x?id=1");
    assert_text(url_canonical(TEXT("https://a.example:8443/"), &arena), "http://a.example:8443");
    assert_text(url_canonical(TEXT("http://a.example/X?source=desk"), &arena),
                "http://a.example/X?source=desk");
    assert_text(url_canonical(TEXT("URN:x#f"), &arena), "urn:x");
    assert_text(url_canonical(TEXT("not an address"), &arena), NULL);
}

static void test_masked(void **state) {
    (void)state;
    static const struct {
        const char *url, *shown;
    } rows[] = {
        {"https://user:pw@h.example:8/p?token=secret&x&y=1#frag",
         "https://h.example:8/p?token=***&***&y=***"},
        {"https://h.example/p", "https://h.example/p"},
        {"https://h.example/\x1b[31m", "https://h.example/?[31m"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTOFREE char *shown = url_masked(rows[i].url);
        assert_string_equal(shown, rows[i].shown);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rfc3986_examples, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cleaning, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_long, setup, teardown),
        cmocka_unit_test_setup_teardown(test_split, setup, teardown),
        cmocka_unit_test_setup_teardown(test_is_http, setup, teardown),
        cmocka_unit_test_setup_teardown(test_canonical, setup, teardown),
        cmocka_unit_test_setup_teardown(test_masked, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

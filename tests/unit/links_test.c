#include "parse/links.c"

#include "base/mem.h"

#include "unit.h"

/* The links of a page as "url type title" lines. */
static void check(const char *page, const char *wanted) {
    struct arena a;
    struct page_links *l = xcalloc(1, sizeof *l);
    char got[2000] = "";
    /* On the heap without a NUL, so that a sanitizer sees a byte too many. */
    size_t len = strlen(page);
    char *own = malloc(len ? len : 1);
    memcpy(own, page, len);
    arena_init(&a, 1 << 20);
    page_links((struct text){own, len}, TEXT("https://site.example/dir/page.html"), &a, l);
    for (size_t i = 0; i < l->n; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%.*s %.*s %.*s\n", TEXT_ARGS(l->list[i].url),
                 TEXT_ARGS(l->list[i].type), TEXT_ARGS(l->list[i].title));
    assert_string_equal(got, wanted);
    arena_clear(&a);
    free(own);
    free(l);
}

#define RSS   "type=\"application/rss+xml\""
#define FOUND " application/rss+xml \n"

static void test_kinds(void **state) {
    (void)state;
    check("", "");
    check("<link rel=alternate " RSS " href=/f>", "https://site.example/f" FOUND);
    check("<LINK REL='ALTERNATE home' TYPE='Application/Atom+XML' HREF='f.xml' TITLE='A &amp; B'/>",
          "https://site.example/dir/f.xml application/atom+xml A & B\n");
    check("<a rel=alternate " RSS " href='//other.example/f'>x</a>", "https://other.example/f" FOUND);
    check("<link rel=alternate type='application/feed+json' href=j><link rel=alternate type=text/xml href=x>",
          "https://site.example/dir/j application/feed+json \nhttps://site.example/dir/x text/xml \n");
    check("<link rel=alternate type=application/json href=j><link rel=alternate type=text/html href=x>"
          "<link rel=stylesheet " RSS " href=y><link rel='alternate stylesheet' " RSS " href=z>"
          "<link " RSS " href=y><link rel=alternate href=z><link rel=alternate " RSS ">",
          "");
    check("<link rel=alternate " RSS " href=f><link rel=alternate " RSS " href=f#x>",
          "https://site.example/dir/f" FOUND "https://site.example/dir/f#x" FOUND);
    check("<link rel=alternate " RSS " href=f><link rel=alternate " RSS " href='./f'>",
          "https://site.example/dir/f" FOUND);
}

static void test_addresses(void **state) {
    (void)state;
    check("<base href=/news/><link rel=alternate " RSS " href=f>", "https://site.example/news/f" FOUND);
    check("<base href='http://b.example'><base href=/2/><link rel=alternate " RSS " href=f>",
          "http://b.example/f" FOUND);
    check("<base href='javascript:x'><link rel=alternate " RSS " href=f>",
          "https://site.example/dir/f" FOUND);
    check("<link rel=alternate " RSS " href='?a=1&amp;b=2&copy=3'>",
          "https://site.example/dir/page.html?a=1&b=2&copy=3" FOUND);
    check("<link rel=alternate " RSS " href='javascript:x'><link rel=alternate " RSS " href='file:///x'>"
          "<link rel=alternate " RSS " href='feed://x.example/'>",
          "");
}

static void test_markup(void **state) {
    (void)state;
    check("<!-- <link rel=alternate " RSS " href=f> --><script>'<link rel=alternate " RSS " href=f>'</script>"
          "<STYLE><link rel=alternate " RSS " href=f></style ><title><link rel=alternate " RSS
          " href=f></title>"
          "<link rel=alternate " RSS " href=g>",
          "https://site.example/dir/g" FOUND);
    check("<link\nrel\n=\nalternate\n" RSS "/href=f/>", "https://site.example/dir/f/" FOUND);
    check("<link rel=alternate rel=x " RSS " href=f href=g>", "https://site.example/dir/f" FOUND);
    check("<link rel=alternate " RSS " title='a > b' href=f>",
          "https://site.example/dir/f application/rss+xml a > b\n");
    static const char *const ends[] = {
        "<",          "<!--",          "<!-->",        "<l",          "<link",   "<link ",    "<link rel",
        "<link rel=", "<link rel='",   "<link rel='x", "<link rel=x", "<script", "<script>",  "<script></",
        "<title>",    "<title></titl", "< link>",      "</link>",     "<link =", "<link ==x>"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) check(ends[i], "");
}

static void test_many(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 16u << 20);
    for (int i = 0; i < 2000; i++) buf_addf(&b, "<link rel=alternate " RSS " href=/f%d>", i);
    for (int i = 0; i < 300000; i++) buf_adds(&b, "<script><a <!x \"");
    struct arena a;
    struct page_links *l = xcalloc(1, sizeof *l);
    arena_init(&a, 1 << 20);
    page_links(buf_text(&b), TEXT("https://site.example/"), &a, l);
    assert_int_equal(l->n, LIMIT_PAGE_LINKS);
    arena_clear(&a);
    buf_clear(&b);
    free(l);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_kinds), cmocka_unit_test(test_addresses),
                                       cmocka_unit_test(test_markup), cmocka_unit_test(test_many)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

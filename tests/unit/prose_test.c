/* Cleaning, cutting, escaping, links. */
#include "unit.h"

#include "deliver/render/prose.h"

static void is(struct buf *b, const char *expected) {
    assert_string_equal(buf_str(b), expected);
    buf_reset(b);
}

static void cleaned(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 1 << 16);
    prose_line(&b, TEXT("  a\r\n\tb\0c\x7F\x1B[31m  \xE2\x80\xA8"
                        "d\xC2\x85 "));
    is(&b, "a b c [31m d");
    prose_line(&b, TEXT("\xE2\x80\xAE"
                        "gnp.exe\xE2\x81\xA9 \xD7\xA9\xD7\x9C"));
    is(&b, "gnp.exe \xD7\xA9\xD7\x9C");
    prose_line(&b, TEXT("a\xFF\xC3"
                        "b\xED\xA0\x80"));
    is(&b, "a\xEF\xBF\xBD\xEF\xBF\xBD"
           "b\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    prose_block(&b, TEXT("\n\n a \r\n\r\n\r\n\r\nb\tc\nd\n\n"));
    is(&b, "a\n\nb c\nd");
    buf_clear(&b);
}

/* At every width: never longer than asked, valid, and no grapheme halved. */
static void cut_at_graphemes(void **state) {
    (void)state;
    static const char family[] =
        "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7"; /* one grapheme, 5 UTF-16 units */
    struct buf text, b;
    buf_init(&text, 1 << 16);
    buf_init(&b, 1 << 16);
    for (int i = 0; i < 4; i++) buf_adds(&text, family);
    for (int unit = PROSE_CHARACTERS; unit <= PROSE_BYTES; unit++) {
        size_t whole = prose_length(buf_text(&text), (enum prose_unit)unit);
        for (size_t max = 0; max <= whole; max++) {
            buf_reset(&b);
            prose_cut(&b, buf_text(&text), max, (enum prose_unit)unit);
            assert_true(prose_length(buf_text(&b), (enum prose_unit)unit) <= max);
            size_t n = b.len;
            if (max < whole && n) {
                assert_true(n >= 3 && !memcmp(b.ptr + n - 3, PROSE_ELLIPSIS, 3));
                n -= 3;
            }
            assert_int_equal(n % (sizeof family - 1), 0);
        }
        assert_int_equal(b.len, text.len);
    }
    buf_clear(&text);
    buf_clear(&b);
}

static void escaped(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 1 << 16);
    prose_escaped(&b, TEXT("<a href='x'>\"&\"</a>"), prose_html);
    is(&b, "&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;&lt;/a&gt;");
    buf_clear(&b);
}

static void links(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 1 << 16);
    assert_int_equal(prose_link(&b, TEXT(" HTTPS://x.test/a b\"<>|\\^`{}\r\n\xC3\xA9?q=1&r=[2] ")), 0);
    is(&b, "HTTPS://x.test/a%20b%22%3C%3E%7C%5C%5E%60%7B%7D%0D%0A%C3%A9?q=1&r=[2]");
    static const char *const bad[] = {
        "", "javascript:alert(1)", "http://", "https:///x", "ftp://x.test", "//x.test", "http:x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(prose_link(&b, text_of(bad[i])), -1);
        assert_int_equal(b.len, 0);
    }
    buf_clear(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(cleaned), cmocka_unit_test(cut_at_graphemes),
                                       cmocka_unit_test(escaped), cmocka_unit_test(links)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "base/buf.h"
#include "parse/html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void check(const char *value, const char *want, int (*convert)(struct text, struct buf *)) {
    struct buf out;
    buf_init(&out, 1 << 20);
    assert_int_equal(convert(text_of(value), &out), 0);
    if (strcmp(buf_str(&out), want)) print_error("%s\n", value);
    assert_string_equal(buf_str(&out), want);
    buf_clear(&out);
}

static void test_markup(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"", ""},
        {"  ", ""},
        {"a<br>b<br/><br />c", "a\nb\nc"},
        {"<p>a</p> <p>b</p>", "a\nb"},
        {"<div><div><div>a</div></div></div>b", "a\nb"},
        {"a <b> b </b> c", "a b c"},
        {"a<script>x</scripty>y</script >b", "ab"},
        {"a<STYLE>x</style>b", "ab"},
        {"a<script>never closed", "a"},
        {"a<head><title>t</title></head>b", "ab"},
        {"a<head>b", "ab"},
        {"<textarea>a <b> &amp; c</textarea>", "a <b> & c"},
        {"<noscript>a</noscript>", "a"},
        {"a<!-- > -->b<!---->c<!-->d", "abcd"},
        {"a<!x>b<?php echo ?>c", "abc"},
        {"a<![CDATA[<b>]]>c", "a<b>c"},
        {"a < b <= c <3 </ d", "a < b <= c <3 </ d"},
        {"<a title='x > y' b=\"z > w\">t</a>", "t"},
        {"<p class=it's>t</p>", "t"},
        {"<a href=\"never>text</a> more", "text more"},
        {"a<b", "a"},
        {"a<", "a<"},
        {"a&", "a&"},
        {"<x-y>a</x-y>", "a"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) check(rows[i][0], rows[i][1], html_to_text);
}

static void test_references(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"&lt;&gt;&amp;&quot;&apos;", "<>&\"'"},
        {"&AMP;&AMP &notit; &notin;", "&& \xC2\xACit; \xE2\x88\x89"},
        {"&CounterClockwiseContourIntegral;", "\xE2\x88\xB3"},
        {"&nGt;", "\xE2\x89\xAB\xE2\x83\x92"},
        {"&#65;&#x42;&#X43;&#68", "ABCD"},
        {"&#0;&#xD800;&#x110000;&#99999999999;", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"&#128;&#159;", "\xE2\x82\xAC\xC5\xB8"},
        {"&#;&#x;&;&foo;", "&#;&#x;&;&foo;"},
        {"a&nbsp;b&emsp;c", "a b c"},
        {"so&shy;ft zero&#8203;width", "soft zerowidth"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) check(rows[i][0], rows[i][1], html_to_text);
}

static void test_encoded_twice(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"AT&amp;amp;T", "AT&T"},
        {"&amp;eacute;&amp;#8217;", "\xC3\xA9\xE2\x80\x99"},
        {"&lt;b&gt;x&lt;/b&gt; y", "x y"},
        {"&lt;p&gt;x&lt;/p&gt;&lt;p&gt;y&lt;/p&gt;", "x\ny"},
        {"the &lt;b&gt; tag", "the <b> tag"},
        {"<i>AT&amp;amp;T</i>", "AT&amp;T"}, /* there was a tag: the author meant what it says */
        {"&amp;amp;amp;amp;", "&amp;amp;"},  /* once more, once only */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) check(rows[i][0], rows[i][1], html_to_text);
}

static void test_plain(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"a <b>c</b> d", "a <b>c</b> d"},
        {"AT&amp;T", "AT&T"},
        {"&copy 2026", "&copy 2026"},
        {" a\n\nb ", "a b"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) check(rows[i][0], rows[i][1], html_plain);
}

/* At every cap the text is cut at a character, and the same front comes out. */
static void test_cut(void **state) {
    (void)state;
    static const char want[] = "h\xC3\xA9llo w\xE2\x82\xACrld";
    for (size_t max = 1; max <= sizeof want; max++) {
        struct buf out;
        buf_init(&out, max);
        int status = html_to_text(TEXT("<b>h&eacute;llo</b> \n w&euro;rld"), &out);
        assert_int_equal(status, max < sizeof want - 1);
        assert_true(out.len <= max && (status == 0 || out.len + 3 >= max));
        assert_memory_equal(buf_str(&out), want, out.len);
        assert_true(out.len == sizeof want - 1 || ((unsigned char)want[out.len] & 0xC0) != 0x80);
        buf_clear(&out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_markup), cmocka_unit_test(test_references),
                                       cmocka_unit_test(test_encoded_twice), cmocka_unit_test(test_plain),
                                       cmocka_unit_test(test_cut)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "base/buf.h"
#include "base/limits.h"
#include "parse/charset.h"
#include "parse/entities.h"
#include "parse/html.h"
#include "parse/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

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
        {"<p:x>a</p:x>b", "ab"},
        {"a<svg><b>x</b></svg>b<svg/>c", "abc"},
        {"a<template>b", "ab"},
        {"a<!--->b<!-- -- > -->c", "abc"},
        {"a<!-- b", "a"},
        {"<tr><td>a</td><th>b</th></tr><tr><td>c", "a b\nc"},
        /* A tag that is cut, and prose that only begins like one. */
        {"a <a href='x", "a"},
        {"a <a href=", "a"},
        {"a <img src", "a"},
        {"a </p", "a"},
        {"prices <EUR 5 and falling", "prices <EUR 5 and falling"},
        {"a <! b", "a <! b"},
        {"<b>a</b> <c d e <f", "a <c d e"},
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
        {"word\xE2\x81\xA0joiner \xEF\xBB\xBF"
         "bom",
         "wordjoiner bom"},
        {"\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7", "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7"},
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

/* All 2,231: each with its semicolon, the old ones without it too, all others not. */
static void test_every_reference(void **state) {
    (void)state;
    static const struct {
        const char *name, *characters;
        bool bare;
    } entities[] = {
#include "parse/entities.inc"
    };
    size_t n = sizeof entities / sizeof *entities, references = 0;
    for (size_t i = 0; i < n; i++) {
        char text[64], out[REFERENCE_MAX];
        size_t len = 0, name = strlen(entities[i].name);
        if (i) assert_true(strcmp(entities[i - 1].name, entities[i].name) < 0);
        snprintf(text, sizeof text, "&%s;x", entities[i].name);
        for (int rule = REFERENCE_CLOSED; rule <= REFERENCE_HTML; rule++) {
            assert_int_equal(reference_read(text_of(text), (enum reference_rule)rule, out, &len), name + 2);
            assert_true(text_eqs((struct text){out, len}, entities[i].characters));
        }
        assert_true(len <= REFERENCE_MAX && len <= (name + 2) * 6 / 5);
        references++;
        snprintf(text, sizeof text, "&%s x", entities[i].name);
        assert_int_equal(reference_read(text_of(text), REFERENCE_CLOSED, out, &len), 0);
        size_t used = reference_read(text_of(text), REFERENCE_HTML, out, &len);
        if (entities[i].bare) {
            assert_int_equal(used, name + 1);
            assert_true(text_eqs((struct text){out, len}, entities[i].characters));
            references++;
        } else {
            /* Perhaps a shorter name of the old ones: "&notin " is "¬in ". */
            assert_true(used < name + 1);
        }
    }
    assert_int_equal(references, 2231);
}

static void test_every_number(void **state) {
    (void)state;
    for (uint32_t c = 0; c <= 0x110010; c += c < 0x3000 ? 1 : 13) {
        char text[32], out[REFERENCE_MAX], want[4];
        size_t len = 0, n;
        bool none = !c || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF);
        n = utf8_put(none                     ? UTF8_REPLACEMENT
                     : c >= 0x80 && c <= 0x9F ? charset_windows((unsigned char)c)
                                              : c,
                     want);
        for (int k = 0; k < 3; k++) {
            snprintf(text, sizeof text, k == 0 ? "&#%u;" : k == 1 ? "&#x%X;" : "&#X%x;", c);
            assert_int_equal(reference_read(text_of(text), REFERENCE_CLOSED, out, &len), strlen(text));
            assert_true(text_eq((struct text){out, len}, (struct text){want, n}));
        }
    }
}

/* A value of the largest size: cut at the field's cap, and no more memory than that. */
static void test_cap(void **state) {
    (void)state;
    struct buf value, out;
    buf_init(&value, LIMIT_MARKUP);
    buf_init(&out, LIMIT_FIELD);
    while (value.len + 64 < LIMIT_MARKUP)
        buf_adds(&value, "<p>h&eacute;llo w\xC3\xB6rld, \xE6\x97\xA5\xE6\x9C\xAC");
    assert_int_equal(html_to_text(buf_text(&value), &out), 1);
    assert_true(out.len <= LIMIT_FIELD && out.len > LIMIT_FIELD - 8);
    assert_true(out.cap <= LIMIT_FIELD + 1);
    for (size_t i = 0, n; i < out.len; i += n) assert_true((n = utf8_valid(out.ptr + i, out.len - i)) > 0);
    buf_clear(&out);
    buf_clear(&value);
}

static double seconds(struct text value, struct buf *out) {
    struct timespec from, to;
    buf_reset(out);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    assert_true(html_to_text(value, out) >= 0);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

/* Eight times the text costs about eight times the time; what is quadratic would cost sixty-four times. */
static void test_growth(void **state) {
    (void)state;
    static const char *const pieces[] = {
        "<",           "<a ",        "<a>",          "</a",          "<a b='",
        "<a b=\"x>",   "<!",         "<!--",         "<!x",          "<?",
        "<![CDATA[",   "<script>",   "<style ",      "<title>",      "<textarea>",
        "<svg>",       "<template>", "<head>",       "</script",     "&",
        "&#",          "&#1",        "&amp",         "&amp;lt;b",    "&lt;b&gt;",
        "&notanyname", "&amp;#1",    "<svg></sv",    "<title></tit", " ",
        "\xC2\xA0",    "a<br>",      "<p",           "<b/",          "<a  ",
        "<a b",        "&lt;br",     "\xE2\x80\x8B", "<iframe>",     "<a b= ",
    };
    enum { SMALL = 64 << 10, LARGE = 8 * SMALL };
    struct buf value, out;
    buf_init(&value, LARGE + 64);
    buf_init(&out, LIMIT_FIELD);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        buf_reset(&value);
        while (value.len < LARGE) buf_adds(&value, pieces[i]);
        double small = 1, large = 1;
        for (int k = 0; k < 3; k++) {
            double s = seconds((struct text){value.ptr, SMALL}, &out), l = seconds(buf_text(&value), &out);
            if (s < small) small = s;
            if (l < large) large = l;
        }
        /* 200 µs and more are something to compare with. */
        if (large > 24 * small + 0.002) print_error("%s: %g s, then %g s\n", pieces[i], small, large);
        assert_true(large <= 24 * small + 0.002);
    }
    buf_clear(&value);
    buf_clear(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_markup),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_every_reference),
        cmocka_unit_test(test_every_number),
        cmocka_unit_test(test_encoded_twice),
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_cap),
        cmocka_unit_test(test_growth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

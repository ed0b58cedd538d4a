#include "parse/charset.h"
#include "parse/utf8.h"

#include <iconv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const struct {
    const char *label, *name;
} labels[] = {
#include "parse/charset_labels.inc"
};

/* Every label leads to a decoder that is there. */
static void test_every_label(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        assert_string_equal(charset_of_label(text_of(labels[i].label)), labels[i].name);
        iconv_t cd = iconv_open("UTF-8", labels[i].name);
        assert_true(cd != (iconv_t)-1);
        iconv_close(cd);
    }
    assert_null(charset_of_label(TEXT("utf-7")));
    assert_string_equal(charset_of_label(TEXT(" Latin1 ")), "windows-1252");
}

static void check(struct text bytes, const char *type, const char *want, const char *name) {
    struct charset_result r;
    struct buf storage;
    buf_init(&storage, 1 << 20);
    assert_int_equal(charset_decode(bytes, text_of(type), &storage, &r), 0);
    char got[256];
    snprintf(got, sizeof got, "%.*s", TEXT_ARGS(r.text));
    assert_string_equal(got, want);
    assert_string_equal(r.name, name);
    buf_clear(&storage);
}

static void test_evidence(void **state) {
    (void)state;
    check(TEXT("\xEF\xBB\xBF"
               "a\xC3\xA9"),
          "text/xml; charset=latin1", "a\xC3\xA9", "UTF-8");
    check(TEXT("a\xE9"), "text/xml; charset=latin1", "a\xC3\xA9", "windows-1252");
    check(TEXT("a\xC3\xA9"), "text/xml; charset=\"UTF-8\"", "a\xC3\xA9", "UTF-8");
    check(TEXT("a\xC3\xA9"), "text/xml; charset=nonsense", "a\xC3\xA9", "UTF-8");
    check(TEXT("a\xC3\xA9"), "text/xml; charset=utf-16", "a\xC3\xA9", "UTF-8");
    check(TEXT("+AGE-"), "text/xml; charset=utf-7", "+AGE-", "UTF-8");
    check(TEXT("\xE1"), "text/xml; charset = 'KOI8-R'", "\xD0\x90", "KOI8-R");
    check(TEXT("<\0?\0x\0"), NULL, "<?x", "UTF-16LE");
    check(TEXT("\xFF\xFE"
               "a\0"),
          NULL, "a", "UTF-16LE");
    check(TEXT("\0\0\xFE\xFF\0\0\0a"), NULL, "a", "UTF-32BE");
    check(TEXT("<?xml version='1.0' encoding='windows-1251'?>\xC0"), NULL,
          "<?xml version='1.0' encoding='windows-1251'?>\xD0\x90", "CP1251");
    check(TEXT(""), NULL, "", "UTF-8");
}

static void test_mending(void **state) {
    (void)state;
    check(TEXT("\xC3\xA9 \xE9 \x93\xFF"), NULL, "\xC3\xA9 \xC3\xA9 \xE2\x80\x9C\xC3\xBF", "UTF-8");
    check(TEXT("\xED\xA0\x80"), NULL, "\xC3\xAD\xC2\xA0\xE2\x82\xAC", "UTF-8");
    check(TEXT("a\0b\x01"
               "c\td\r\n"),
          NULL, "abc\td\r\n", "UTF-8");
    check(TEXT("0123456789\0abcdefghijk\xE2\x82"), NULL, "0123456789abcdefghijk\xC3\xA2\xE2\x80\x9A",
          "UTF-8");
    check(TEXT("\x81\x30"), "text/xml; charset=gb2312",
          "\xEF\xBF\xBD"
          "0",
          "GB18030");
    struct charset_result r;
    struct buf storage;
    buf_init(&storage, 1 << 20);
    assert_int_equal(charset_decode(TEXT("ab\xE9\xE8 c\xE9"), TEXT_NONE, &storage, &r), 0);
    assert_int_equal(r.repaired, 2);
    assert_int_equal(r.first, 2);
    buf_clear(&storage);
    /* It does not fit. */
    buf_init(&storage, 4);
    assert_int_equal(charset_decode(TEXT("abcdefgh\xE9"), TEXT_NONE, &storage, &r), -1);
    buf_clear(&storage);
}

static void test_sound_is_not_copied(void **state) {
    (void)state;
    struct charset_result r;
    struct buf storage;
    struct text sound = TEXT("plain ASCII, and caf\xC3\xA9, long enough for a few words of eight bytes");
    buf_init(&storage, 1 << 20);
    assert_int_equal(charset_decode(sound, TEXT_NONE, &storage, &r), 0);
    assert_ptr_equal(r.text.ptr, sound.ptr);
    assert_int_equal(r.text.len, sound.len);
    assert_null(storage.ptr);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_label), cmocka_unit_test(test_evidence),
                                       cmocka_unit_test(test_mending),
                                       cmocka_unit_test(test_sound_is_not_copied)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

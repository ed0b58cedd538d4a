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
    assert_int_equal(r.n_edits, 2);
    assert_int_equal(r.edits[0].at, 2);
    assert_int_equal(r.edits[0].len, 2);
    assert_int_equal(r.edits[1].at, 6);
    buf_clear(&storage);
    /* It does not fit. */
    buf_init(&storage, 4);
    assert_int_equal(charset_decode(TEXT("abcdefgh\xE9"), TEXT_NONE, &storage, &r), -1);
    buf_clear(&storage);
}

/* One letter or two of each family, as publishers write them, with a label that only browsers know. */
static void test_families(void **state) {
    (void)state;
    static const struct {
        const char *type, *bytes, *want, *name;
    } rows[] = {
        {"charset=l1", "caf\xE9 \x80", "café €", "windows-1252"},
        {"charset=us-ascii", "\x93q\x94", "“q”", "windows-1252"},
        {"charset=l2", "\xB1", "ą", "ISO-8859-2"},
        {"charset=latin3", "\xA1", "Ħ", "ISO-8859-3"},
        {"charset=l4", "\xA2", "ĸ", "ISO-8859-4"},
        {"charset=cyrillic", "\xB4", "Д", "ISO-8859-5"},
        {"charset=arabic", "\xC7", "ا", "ISO-8859-6"},
        {"charset=sun_eu_greek", "\xE1", "α", "ISO-8859-7"},
        {"charset=visual", "\xE0", "א", "ISO-8859-8"},
        {"charset=logical", "\xE0", "א", "ISO-8859-8"},
        {"charset=latin6", "\xBD", "―", "ISO-8859-10"},
        {"charset=iso885913", "\xF0", "š", "ISO-8859-13"},
        {"charset=iso885914", "\xD0", "Ŵ", "ISO-8859-14"},
        {"charset=l9", "\xA4", "€", "ISO-8859-15"},
        {"charset=iso-8859-16", "\xAA", "Ș", "ISO-8859-16"},
        {"charset=koi", "\xC4", "д", "KOI8-R"},
        {"charset=koi8-u", "\xA4", "є", "KOI8-U"},
        {"charset=mac", "\x8E", "é", "MACINTOSH"},
        {"charset=x-mac-cyrillic", "\x84", "Д", "MAC-CYRILLIC"},
        {"charset=tis-620", "\xA1", "ก", "CP874"},
        {"charset=iso-8859-11", "\xA1", "ก", "CP874"},
        {"charset=x-cp1250", "\x9C", "ś", "CP1250"},
        {"charset=x-cp1251", "\xC4", "Д", "CP1251"},
        {"charset=x-cp1253", "\xE1", "α", "CP1253"},
        {"charset=latin5", "\xFE", "ş", "CP1254"},
        {"charset=x-cp1255", "\xE0", "א", "CP1255"},
        {"charset=x-cp1256", "\xC7", "ا", "CP1256"},
        {"charset=x-cp1257", "\xF0", "š", "CP1257"},
        {"charset=x-cp1258", "\xFE", "₫", "CP1258"},
        {"charset=866", "\x84", "Д", "CP866"},
        {"charset=gb2312", "\xD6\xD0\x81\x30\x81\x30", "中\xC2\x80", "GB18030"},
        {"charset=x-gbk", "\x81\x40", "丂", "GB18030"},
        {"charset=big5", "\xA4\xA4\x87\x40", "中䏰", "BIG5-HKSCS"},
        {"charset=x-sjis", "\x87\x40\x93\xFA", "①日", "CP932"},
        {"charset=ms_kanji", "\xB1\\", "ｱ\\", "CP932"},
        {"charset=x-euc-jp", "\xAD\xA1\xC6\xFC", "①日", "EUC-JP-MS"},
        {"charset=csiso2022jp", "\x1B$B\x46\x7C\x1B(B<", "日<", "ISO-2022-JP"},
        {"charset=ks_c_5601-1987", "\x81\x41\xB0\xA1", "갂가", "CP949"},
        {"charset=iso-2022-kr", "\x1B$)C\x0E\x30\x21\x0F<", "가<", "ISO-2022-KR"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check(text_of(rows[i].bytes), rows[i].type, rows[i].want, rows[i].name);
}

/* What is wrong in a legacy charset costs one character, never the feed: markup behind it stays. */
static void test_wrong_bytes_of_legacy_charsets(void **state) {
    (void)state;
    static const struct {
        const char *type, *bytes, *want, *name;
    } rows[] = {
        {"charset=shift_jis", "\x93\xFA\xFD<b>\x93\xFA\x81<i>", "日\uFFFD<b>日\uFFFD<i>", "CP932"},
        {"charset=euc-jp", "\xC6\xFC\xFF<b>\x8E<", "日\uFFFD<b>\uFFFD<", "EUC-JP-MS"},
        {"charset=euc-kr", "\xB0\xA1\xFF<b>\xB0<", "가\uFFFD<b>\uFFFD<", "CP949"},
        {"charset=big5", "\xA4\xA4\xFF<b>\xA4<", "中\uFFFD<b>\uFFFD<", "BIG5-HKSCS"},
        {"charset=gbk", "\xD6\xD0\xFF<b>\x81<", "中\uFFFD<b>\uFFFD<", "GB18030"},
        {"charset=windows-1253", "\xE1\xFF<", "α\uFFFD<", "CP1253"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check(text_of(rows[i].bytes), rows[i].type, rows[i].want, rows[i].name);
}

static void test_wide(void **state) {
    (void)state;
    check(TEXT("<\0r\0s\0"), NULL, "<rs", "UTF-16LE");
    check(TEXT("\0<\0!\0-"), NULL, "<!-", "UTF-16BE");
    check(TEXT("<\0\0\0r\0\0\0"), NULL, "<r", "UTF-32LE");
    check(TEXT("\0\0\0<\0\0\0r"), NULL, "<r", "UTF-32BE");
    check(TEXT("{\0\"\0"), NULL, "{\"", "UTF-16LE");
    check(TEXT("\xFF\xFE\0\0<\0\0\0"), NULL, "<", "UTF-32LE");
    check(TEXT("\xFE\xFF\0<\xD8\x3D\xDE\x00"), NULL, "<😀", "UTF-16BE");
    /* A label that does not say the order, or says the wrong one: the bytes do. */
    check(TEXT("\0<\0?\0x"), "text/xml; charset=utf-16", "<?x", "UTF-16BE");
    check(TEXT("\0<\0?\0x"), "text/xml; charset=utf-16le", "<?x", "UTF-16BE");
    check(TEXT("<\0?\0"), "text/xml; charset=iso-8859-1", "<?", "UTF-16LE");
    /* Lone surrogates, an odd last byte, numbers that are no character. */
    check(TEXT("\xFF\xFE<\0\x3D\xD8<\0a"), NULL, "<\uFFFD<\uFFFD", "UTF-16LE");
    check(TEXT("\xFF\xFE\0\0<\0\0\0\0\0\x11\0r\0\0\0"), NULL, "<\uFFFDr", "UTF-32LE");
    /* NULs alone make no wide document. */
    check(TEXT("<a>\0b"), NULL, "<a>b", "UTF-8");
}

static struct charset_result decode(struct text bytes, const char *type, struct buf *storage) {
    struct charset_result r;
    buf_init(storage, 1 << 20);
    assert_int_equal(charset_decode(bytes, text_of(type), storage, &r), 0);
    return r;
}

static void test_lies(void **state) {
    (void)state;
    static const struct {
        const char *type, *bytes, *name;
        bool lie;
    } rows[] = {
        {"charset=utf-8", "<?xml encoding='windows-1251'?>\xC4", "CP1251", true},
        {"charset=utf-8", "<?xml encoding='windows-1251'?>\xD0\x94", "UTF-8", false},
        {"charset=utf-8", "<?xml encoding='windows-1251'?>", "UTF-8", false},
        {"charset=utf-8", "<?xml encoding='utf-8'?>\xC4", "UTF-8", false},
        {"charset=utf-16", "<?xml encoding='koi8-r'?>", "KOI8-R", true},
        {"charset=nonsense", "<?xml encoding='koi8-r'?>", "KOI8-R", true},
        {NULL, "<?xml encoding='utf-16'?>", "UTF-8", true},
        {NULL, "<?xml encoding='nonsense'?>", "UTF-8", true},
        {"charset=utf-7", "+ADw-", "UTF-8", true},
        {"charset=x-user-defined", "\xE9", "UTF-8", true},
        {"charset=replacement", "\xE9", "UTF-8", true},
        {"charset=hz-gb-2312", "a", "UTF-8", true},
        {"text/xml", "<?xml encoding='koi8-r'?>", "KOI8-R", false},
        {"text/xml;charset=koi8-r, text/xml", "a", "KOI8-R", false},
        {"text/xml; charset=\"koi8-r\"; x=y", "a", "KOI8-R", false},
        {"text/xml; x-charset=koi8-r", "a", "UTF-8", false},
        {"text/xml; charset=", "a", "UTF-8", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf storage;
        struct charset_result r = decode(text_of(rows[i].bytes), rows[i].type, &storage);
        if (strcmp(r.name, rows[i].name) || r.lie != rows[i].lie) print_error("row %zu: %s\n", i, r.name);
        assert_string_equal(r.name, rows[i].name);
        assert_int_equal(r.lie, rows[i].lie);
        buf_clear(&storage);
    }
}

/* Every edit lies where the document has it, and every byte of the text knows where it came from. */
static void test_places(void **state) {
    (void)state;
    struct buf storage;
    /*                    0  1   2   3    4 5   6       9 10 */
    struct text bytes = TEXT("\xEF\xBB\xBF"
                             "a\xE9\x80"
                             "b\x01\x02"
                             "c\xEF\xBF\xBF"
                             "d");
    struct charset_result r = decode(bytes, NULL, &storage);
    assert_true(text_eqs(r.text, "aé€bcd"));
    assert_int_equal(r.start, 3);
    assert_int_equal(r.repaired, 1);
    assert_int_equal(r.dropped, 3);
    assert_int_equal(r.n_edits, 3);
    assert_int_equal(r.edits[0].at, 4);
    assert_int_equal(r.edits[0].len, 2);
    assert_int_equal(r.edits[1].at, 7);
    assert_int_equal(r.edits[1].len, 2);
    assert_true(r.edits[1].control);
    assert_int_equal(r.edits[2].at, 10);
    for (size_t i = 0; i < r.text.len; i++)
        if (r.text.ptr[i] >= 'a' && r.text.ptr[i] <= 'd')
            assert_int_equal(bytes.ptr[charset_origin(&r, i)], r.text.ptr[i]);
    buf_clear(&storage);
    r = decode(TEXT("\xEF\xBB\xBF"
                    "abc"),
               NULL, &storage);
    assert_int_equal(charset_origin(&r, 2), 5);
    buf_clear(&storage);
    r = decode(TEXT("ab\xFF"
                    "c"),
               "charset=windows-1253", &storage);
    assert_int_equal(r.n_edits, 1);
    assert_int_equal(r.edits[0].at, 2);
    buf_clear(&storage);
    r = decode(TEXT("\x93\xFA\xFD<"), "charset=shift_jis", &storage);
    assert_int_equal(r.n_edits, 1);
    assert_int_equal(r.edits[0].at, 2);
    buf_clear(&storage);
    /* More than are kept. */
    struct buf many;
    buf_init(&many, 1 << 16);
    for (int i = 0; i < 1000; i++) buf_adds(&many, "é\xE9 ");
    r = decode(buf_text(&many), NULL, &storage);
    assert_int_equal(r.repaired, 1000);
    assert_int_equal(r.n_edits, LIMIT_CHARSET_EDITS);
    assert_int_equal(r.edits[LIMIT_CHARSET_EDITS - 1].at, 4 * LIMIT_CHARSET_EDITS - 2);
    buf_clear(&storage);
    buf_clear(&many);
}

/* Old Java and Oracle write characters beyond U+FFFF as two surrogates. */
static void test_surrogates_of_cesu8(void **state) {
    (void)state;
    check(TEXT("a\xED\xA0\xBD\xED\xB8\x80 é"), NULL, "a😀 é", "UTF-8");
}

/* The table of a charset of single bytes says what its decoder says. */
static void test_tables(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        const char *name = labels[i].name;
        if (strncmp(name, "ISO-8859", 8) && strncmp(name, "CP125", 5) && strncmp(name, "KOI8", 4)) continue;
        for (unsigned c = 0x80; c < 0x100; c++) {
            char byte = (char)c, *in = &byte, want[16] = "", *to = want, type[64];
            size_t left = 1, room = sizeof want - 1;
            iconv_t cd = iconv_open("UTF-8", name);
            if (iconv(cd, &in, &left, &to, &room) == (size_t)-1) memcpy(want, "\uFFFD", 4);
            iconv(cd, NULL, NULL, &to, &room);
            iconv_close(cd);
            snprintf(type, sizeof type, "charset=%s", labels[i].label);
            check((struct text){&byte, 1}, type, want, name);
        }
    }
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_label),
        cmocka_unit_test(test_evidence),
        cmocka_unit_test(test_mending),
        cmocka_unit_test(test_families),
        cmocka_unit_test(test_wrong_bytes_of_legacy_charsets),
        cmocka_unit_test(test_wide),
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_surrogates_of_cesu8),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_sound_is_not_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Header lines, mailboxes, quoted-printable and flowed text. */
#include "unit.h"

#include "deliver/render/mime.h"
#include "deliver/render/prose.h"

static void header_is(const char *name, const char *value, const char *expected) {
    struct buf b;
    buf_init(&b, 1 << 16);
    mime_header(&b, name, text_of(value));
    assert_string_equal(buf_str(&b), expected);
    buf_clear(&b);
}

static void headers(void **state) {
    (void)state;
    header_is("Subject", "plain", "Subject: plain\r\n");
    header_is("Subject", "a\r\nBcc: b@c.test\n\n\x01x", "Subject: a Bcc: b@c.test x\r\n");
    header_is("Subject", "caf\xC3\xA9", "Subject: =?UTF-8?B?Y2Fmw6k=?=\r\n");
    header_is("Subject", "looks =?like one", "Subject: =?UTF-8?B?bG9va3MgPT9saWtlIG9uZQ==?=\r\n");
    header_is("Subject",
              "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen",
              "Subject: one two three four five six seven eight nine ten eleven twelve\r\n"
              " thirteen fourteen fifteen\r\n");
}

/* Whatever the length, no encoded word is over 75 octets, no line over 76, and no character is split. */
static void encoded_words_are_whole(void **state) {
    (void)state;
    for (size_t len = 1; len < 120; len++) {
        struct buf text, b;
        buf_init(&text, 1 << 16);
        buf_init(&b, 1 << 16);
        for (size_t i = 0; i < len; i++) buf_adds(&text, i % 3 ? "\xF0\x9F\x98\x80" : "x\xC3\xA9");
        mime_header(&b, "Subject", buf_text(&text));
        for (const char *p = b.ptr, *end; (end = strstr(p, "\r\n")); p = end + 2) {
            assert_true(end - p <= 76);
            const char *word = strstr(p, "=?UTF-8?B?");
            assert_non_null(word);
            const char *close = strstr(word, "?=");
            assert_true(close && close + 2 - word <= 75 && close < end);
            /* Decoded by itself, each word is UTF-8. */
            unsigned char out[64];
            size_t n = 0;
            unsigned bits = 0, have = 0;
            for (const char *c = word + 10; c < close && *c != '='; c++) {
                static const char digits[] =
                    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
                bits = (bits << 6 | (unsigned)(strchr(digits, *c) - digits)) & 0xFFFF;
                have += 6;
                if (have >= 8) out[n++] = (unsigned char)(bits >> (have -= 8));
            }
            struct text t = {(const char *)out, n};
            while (t.len) {
                int32_t code;
                size_t k = prose_character(t, &code);
                assert_true(code >= 0);
                t.ptr += k, t.len -= k;
            }
        }
        buf_clear(&text);
        buf_clear(&b);
    }
}

static void mailboxes(void **state) {
    (void)state;
    static const struct {
        const char *in, *name, *address;
        bool utf8;
    } good[] = {
        {"a@b.test", "", "a@b.test", false},
        {" Desk <desk@example.test> ", "Desk", "desk@example.test", false},
        {"\"Doe, J\" <j.doe+x@example.test>", "Doe, J", "j.doe+x@example.test", false},
        {"root@localhost", "", "root@localhost", false},
        {"x@b\xC3\xBC"
         "cher.test",
         "", "x@xn--bcher-kva.test", false},
        {"j\xC3\xB6rg@example.test", "", "j\xC3\xB6rg@example.test", true},
        {"a\r\nBcc: x <a@b.test>", "a Bcc: x", "a@b.test", false},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct mailbox m;
        assert_int_equal(mailbox_init(&m, text_of(good[i].in)), 0);
        assert_string_equal(buf_str(&m.name), good[i].name);
        assert_string_equal(buf_str(&m.address), good[i].address);
        assert_int_equal(m.utf8, good[i].utf8);
        mailbox_clear(&m);
    }
    static const char *const bad[] = {"",
                                      "a",
                                      "@b.test",
                                      "a@",
                                      "a b@c.test",
                                      "<>",
                                      "a@b.test>",
                                      "a@b.test\r\nDATA",
                                      "a@b c",
                                      "a<b@c.test",
                                      "a@b.test>,<c@d.test",
                                      "a\xFF@b.test",
                                      "a@b.test, c@d.test",
                                      "a@b\x01.test",
                                      "a\xC2\x85@b.test"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct mailbox m;
        assert_int_equal(mailbox_init(&m, text_of(bad[i])), -1);
    }
}

static void quoted_printable(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 1 << 16);
    mime_quoted_printable(&b, TEXT("a=b \nc\xC3\xA9\t\n.\n"));
    assert_string_equal(buf_str(&b), "a=3Db=20\r\nc=C3=A9=09\r\n.\r\n");
    /* 76 characters fit; of 77 the last goes on. */
    for (size_t n = 70; n < 90; n++) {
        char line[128];
        memset(line, 'x', n);
        buf_reset(&b);
        mime_quoted_printable(&b, (struct text){line, n});
        for (const char *p = b.ptr, *end; (end = strstr(p, "\r\n")); p = end + 2) assert_true(end - p <= 76);

        assert_int_equal(b.len, n <= 76 ? n + 2 : n + 5);
    }
    buf_clear(&b);
}

static void flowed(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 1 << 16);
    mime_flowed(&b, TEXT("> q\nFrom x\n indented\nends in a blank \n\nlast"));
    assert_string_equal(buf_str(&b), " > q\n From x\n  indented\nends in a blank\n\nlast\n");
    buf_reset(&b);
    mime_flowed(&b, TEXT("word word word word word word word word word word word word word word word word"));
    assert_string_equal(buf_str(&b),
                        "word word word word word word word word word word word word word word \n"
                        "word word\n");
    buf_clear(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers),   cmocka_unit_test(encoded_words_are_whole),
        cmocka_unit_test(mailboxes), cmocka_unit_test(quoted_printable),
        cmocka_unit_test(flowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

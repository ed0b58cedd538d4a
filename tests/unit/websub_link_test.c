#include "poll/websub_link.c"

#include "unit.h"

static void check(const char *header, const char *hub, const char *self) {
    struct text h = TEXT_NONE, s = TEXT_NONE;
    websub_links(text_of(header), &h, &s);
    char got[300], wanted[300];
    snprintf(got, sizeof got, "%.*s|%.*s", TEXT_ARGS(h), TEXT_ARGS(s));
    snprintf(wanted, sizeof wanted, "%s|%s", hub, self);
    assert_string_equal(got, wanted);
}

static void links(void **state) {
    (void)state;
    check("", "", "");
    check("<https://h.example/>; rel=\"hub\"", "https://h.example/", "");
    check("<https://h.example/>;rel=hub, <https://s.example/>;rel=self", "https://h.example/",
          "https://s.example/");
    check("<https://a.example/,x;y>; title=\"a, b; rel=hub\"; rel=\"self hub\"", "https://a.example/,x;y",
          "https://a.example/,x;y");
    check("<https://a.example/>; rel=hub, <https://b.example/>; rel=hub", "https://a.example/", "");
    check("<https://a.example/>; rel=alternate; rel=hub", "", "");
    check("<https://a.example/>; REL=HUB", "https://a.example/", "");
    check("<https://a.example/>; anchor=\"#x\"; rel=hub, </s> ; rel = \"self\"", "", "/s");
    check("<https://a.example/>; title=\"\\\"; rel=hub\"", "", "");
    static const char *const broken[] = {"<",
                                         "<x",
                                         "<x>",
                                         "<x>;",
                                         "<x>; rel",
                                         "<x>; rel=",
                                         "<x>; rel=\"",
                                         "<x>; rel=\"hu",
                                         "x; rel=hub",
                                         ">x<; rel=hub",
                                         "<x>; rel=\"\\",
                                         ",,,",
                                         ";;;",
                                         "<x> rel=hub junk"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) check(broken[i], "", "");
    struct text h = TEXT_NONE, t = TEXT_NONE;
    websub_links(TEXT("<x>\0; a\0=\0b\0; rel\0=hub, <y>; rel=hub"), &h, &t);
    assert_true(text_eqs(h, "y"));
}

static void signatures(void **state) {
    (void)state;
    static const struct text body = TEXT("what is new");
    unsigned char mac[EVP_MAX_MD_SIZE];
    static const struct {
        const char *name;
        const EVP_MD *(*method)(void);
        enum signature is;
    } table[] = {{"sha256", EVP_sha256, SIGNATURE_GOOD},  {"sha384", EVP_sha384, SIGNATURE_GOOD},
                 {"sha512", EVP_sha512, SIGNATURE_GOOD},  {"SHA256", EVP_sha256, SIGNATURE_GOOD},
                 {"sha1", EVP_sha1, SIGNATURE_GOOD_SHA1}, {"md5", EVP_md5, SIGNATURE_UNKNOWN},
                 {"sha256", EVP_sha1, SIGNATURE_BAD},     {"sha1", EVP_sha256, SIGNATURE_BAD}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char header[200];
        unsigned len = 0;
        HMAC(table[i].method(), "secret", 6, (const unsigned char *)body.ptr, body.len, mac, &len);
        int at = snprintf(header, sizeof header, " %s=", table[i].name);
        for (unsigned k = 0; k < len; k++)
            at += snprintf(header + at, sizeof header - (size_t)at, k % 2 ? "%02x" : "%02X", mac[k]);
        assert_int_equal(websub_signature(header, "secret", body), table[i].is);
        enum signature wrong = table[i].is == SIGNATURE_UNKNOWN ? SIGNATURE_UNKNOWN : SIGNATURE_BAD;
        assert_int_equal(websub_signature(header, "Secret", body), wrong);
        assert_int_equal(websub_signature(header, "secret", TEXT("what is neW")), wrong);
        header[at - 1] = header[at - 1] == '0' ? '1' : '0';
        assert_int_equal(websub_signature(header, "secret", body), wrong);
        header[at - 1] = '\0';
        assert_int_equal(websub_signature(header, "secret", body), wrong);
    }
    assert_int_equal(websub_signature(NULL, "secret", body), SIGNATURE_NONE);
    assert_int_equal(websub_signature(" ", "secret", body), SIGNATURE_NONE);
    assert_int_equal(websub_signature("sha256", "secret", body), SIGNATURE_UNKNOWN);
    assert_int_equal(websub_signature("sha256=", "secret", body), SIGNATURE_BAD);
    /* RFC 4231, test case 2 */
    assert_int_equal(
        websub_signature("sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", "Jefe",
                         TEXT("what do ya want for nothing?")),
        SIGNATURE_GOOD);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(links), cmocka_unit_test(signatures)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "unit.h"

#include "config/value.c"

static void test_numbers(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t n; /* -1: refused */
    } ints[] =
        {{"0", 0}, {"12", 12}, {"", -1}, {"-1", -1}, {"1x", -1}, {"1 2", -1}, {"99999999999999999999", -1}},
      sizes[] = {{"500", 500}, {"512KiB", 524288}, {"4 MiB", 4194304}, {"4mib", 4194304},
                 {"4MB", -1},  {"KiB", -1},        {"1.5MiB", -1},     {"99999999999999MiB", -1}};
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++) {
        int64_t n = -1;
        assert_int_equal(value_int(text_of(ints[i].text), &n), ints[i].n < 0 ? -1 : 0);
        assert_int_equal(n, ints[i].n);
    }
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int64_t n = -1;
        assert_int_equal(value_size(text_of(sizes[i].text), &n), sizes[i].n < 0 ? -1 : 0);
        assert_int_equal(n, sizes[i].n);
    }
    double real = 0;
    assert_int_equal(value_real(TEXT("0.35"), &real), 0);
    assert_true(real > 0.3499 && real < 0.3501);
    assert_int_equal(value_real(TEXT("."), &real), -1);
    assert_int_equal(value_real(TEXT("1e3"), &real), -1);
    assert_int_equal(value_real(TEXT("0,5"), &real), -1);
}

static void test_bool(void **state) {
    (void)state;
    bool b = false;
    assert_int_equal(value_bool(TEXT("YES"), &b), 0);
    assert_true(b);
    assert_int_equal(value_bool(TEXT("off"), &b), 0);
    assert_false(b);
    assert_int_equal(value_bool(TEXT("1"), &b), -1);
    assert_int_equal(value_bool(TEXT("y"), &b), -1);
}

static void test_rates(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t count, per; /* count -1: refused */
    } cases[] = {{"5/s", 5, 1000}, {"10/1h", 10, 3600000},  {"5/2s", 5, 2000},   {" 3 / m ", 3, 60000},
                 {"none", 0, 0},   {"1/1h30m", 1, 5400000}, {"0/s", -1, 0},      {"5", -1, 0},
                 {"5/", -1, 0},    {"/s", -1, 0},           {"5/x", -1, 0},      {"5/0s", -1, 0},
                 {"-5/s", -1, 0},  {"5/5", -1, 0},          {"9999999/s", -1, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rate r = {-1, 0};
        assert_int_equal(value_rate(text_trim(text_of(cases[i].text)), &r), cases[i].count < 0 ? -1 : 0);
        assert_int_equal(r.count, cases[i].count);
        if (cases[i].count >= 0) assert_int_equal(r.per_ms, cases[i].per);
    }
}

static void test_levels(void **state) {
    (void)state;
    unsigned bits = 0;
    assert_int_equal(value_levels(TEXT("all"), &bits), 0);
    assert_int_equal(bits, 7);
    assert_int_equal(value_levels(TEXT("flash, Urgent"), &bits), 0);
    assert_int_equal(bits, 1u << LEVEL_FLASH | 1u << LEVEL_URGENT);
    assert_int_equal(value_levels(TEXT("flash, all"), &bits), -1);
    assert_int_equal(value_levels(TEXT("flash,"), &bits), -1);
}

static void test_lists(void **state) {
    (void)state;
    struct text t = TEXT(" a b ,c,\"x, y\" <u@v>, "), one;
    static const char *const plain[] = {"a b", "c", "\"x", "y\" <u@v>", ""}, *const quoted[] = {
                                                                                 "a b", "c", "\"x, y\" <u@v>",
                                                                                 ""};
    struct text again = t;
    for (size_t i = 0; i < 5; i++) {
        assert_true(value_next(&t, false, &one));
        assert_true(text_eqs(one, plain[i]));
    }
    assert_false(value_next(&t, false, &one));
    for (size_t i = 0; i < 4; i++) {
        assert_true(value_next(&again, true, &one));
        assert_true(text_eqs(one, quoted[i]));
    }
    assert_false(value_next(&again, true, &one));
}

static bool is_quiet(const struct week *w, int day, int hour, int minute) {
    unsigned at = (unsigned)((day * 24 + hour) * 60 + minute);
    return w->bits[at / 64] >> (at % 64) & 1;
}

static void test_quiet(void **state) {
    (void)state;
    struct week w;
    assert_null(value_quiet(TEXT("22:00-07:00"), &w));
    assert_true(is_quiet(&w, 0, 22, 0) && is_quiet(&w, 1, 6, 59) && is_quiet(&w, 0, 3, 0));
    assert_false(is_quiet(&w, 0, 7, 0) || is_quiet(&w, 0, 21, 59));
    assert_false(week_covers_day(&w));
    /* A day names the evening: Friday's night ends on Saturday. */
    assert_null(value_quiet(TEXT("mon-fri 22:00-07:00, SUN 13:00-14:30"), &w));
    assert_true(is_quiet(&w, 4, 23, 0) && is_quiet(&w, 5, 6, 0) && is_quiet(&w, 6, 14, 29));
    assert_false(is_quiet(&w, 5, 23, 0) || is_quiet(&w, 0, 6, 0) || is_quiet(&w, 6, 14, 30));
    assert_null(value_quiet(TEXT("sat-mon 10:00-11:00"), &w)); /* around the week's end */
    assert_true(is_quiet(&w, 5, 10, 0) && is_quiet(&w, 6, 10, 0) && is_quiet(&w, 0, 10, 0));
    assert_false(is_quiet(&w, 1, 10, 0));
    assert_null(value_quiet(TEXT("sun 20:00-08:00, mon 08:00-20:00"), &w));
    assert_true(week_covers_day(&w));
    assert_null(value_quiet(TEXT("sun 20:00-08:00, mon 08:00-19:59"), &w));
    assert_false(week_covers_day(&w));
    static const char *const wrong[] = {
        "22:00",          "22:00-22:00",     "22-07",        "24:00-07:00",       "22:00-07:60",
        "mo 22:00-07:00", "mon-22:00-07:00", "22:00-07:00,", "fri-x 01:00-02:00", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_non_null(value_quiet(text_of(wrong[i]), &w));
    assert_null(check_digest(TEXT("08:00, mon 17:30")));
    assert_non_null(check_digest(TEXT("8:00")));
    assert_non_null(check_digest(TEXT("08:00 mon")));
}

typedef const char *check_fn(struct text t);

static void check_each(check_fn *check, const char *const *right, const char *const *wrong) {
    for (; *right; right++) {
        const char *why = check(text_of(*right));
        if (why) fail_msg("%s: %s", *right, why);
    }
    for (; *wrong; wrong++)
        if (!check(text_of(*wrong))) fail_msg("%s is taken", *wrong);
}
#define S(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_checks(void **state) {
    (void)state;
    check_each(
        check_url,
        S("http://a.example", "HTTPS://a.example:8443/x?y=z#w", "http://[::1]:80/", "https://u:p@a.example/"),
        S("ftp://a.example/", "http://", "https:///x", "a.example", "http://a b/", "http://a:0/",
          "http://a:99999/", "http://a:8x/", "http://a:/", "file:///etc/passwd"));
    check_each(check_proxy, S("socks5h://127.0.0.1:9050", "http://p.example:3128"),
               S("socks5://a.example", "p.example:3128"));
    check_each(check_server, S("smtp://m.example:587", "smtps://m.example", "smtp://[::1]:25/"),
               S("m.example", "http://m.example", "smtp://u@m.example", "smtp://m.example/x", "smtp://"));
    check_each(check_contact, S("desk@newsroom.test", "https://newsroom.test/contact"),
               S("desk", "desk@newsroom.test (me)", "d\xC3\xA9sk@newsroom.test", "ftp://newsroom.test"));
    check_each(check_address,
               S("desk@newsroom.test", "Desk <desk@newsroom.test>", "\"A, B\" <a@b.test>", "\xC3\xBC@b.test"),
               S("desk", "a@b.test\r\nBcc: x@y.test", "a@b.test, c@d.test", "a@b@c.test", "@b.test", "a@",
                 "A <a@b.test", "a b@c.test"));
    check_each(check_header, S("X-A: b", "Authorization: Bearer x", "X-Empty:"),
               S("X-A", ": b", "X A: b", "X-A: b\r\nX-B: c", "content-length: 5"));
    check_each(check_language, S("en", "pt-BR", "zh-Hant-TW"), S("english", "e", "en_US", "en-", "-en"));
    check_each(check_name, S("a", "two words", "tag:x", "\xC3\xA9"),
               S("a,b", "a]b", "a\tb", "none", "ALL", "log", "status"));
    check_each(check_file_name, S("smtp", "a.b"), S("../smtp", "a/b", "..", "."));
    check_each(check_command, S("/usr/sbin/sendmail -i -t", "a 'b c' \"d\""), S("a 'b", "a \"b", "''", " "));
    check_each(
        check_whsec,
        S("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz" /* 24 bytes */,
          "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
          "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE",
          "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMw=="),
        S("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=" /* 23 */,
          "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ=" /* 65 */
          ,
          "whsec_", "whsec_MDEyMzQ1Njc4OTAx*jM0NTY3ODkwMTIz", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz="));
    check_each(check_codes, S("200", "200-299", "200, 202, 300-304"),
               S("99", "200-", "299-200", "600", "ok", "200,"));
    check_each(check_zone, S("Europe/Berlin", "UTC"),
               S("Europe/Atlantis", "../etc/passwd", "/etc/localtime"));
    check_each(check_listen, S("127.0.0.1:8080", ":80"), S("8080", "a:0", "a:x"));
}

static void test_hosts(void **state) {
    (void)state;
    static const struct {
        const char *url, *host;
        bool user, loopback, private;
    } cases[] = {
        {"https://a.example:443/x", "a.example", false, false, false},
        {"https://u:p@ss@a.example/", "a.example", true, false, false},
        {"http://a.example/@x", "a.example", false, false, false},
        {"http://[::1]:80/", "::1", false, true, true},
        {"http://127.8.9.1", "127.8.9.1", false, true, true},
        {"http://LOCALHOST/", "LOCALHOST", false, true, true},
        {"http://x.localhost", "x.localhost", false, true, true},
        {"http://localhost.example", "localhost.example", false, false, false},
        {"http://10.1.2.3/", "10.1.2.3", false, false, true},
        {"http://172.31.0.1/", "172.31.0.1", false, false, true},
        {"http://172.32.0.1/", "172.32.0.1", false, false, false},
        {"http://192.168.1.1/", "192.168.1.1", false, false, true},
        {"http://[fd00::1]/", "fd00::1", false, false, true},
        {"http://[2001:db8::1]/", "2001:db8::1", false, false, false},
        {"http://[::ffff:127.0.0.1]/", "::ffff:127.0.0.1", false, true, true},
        {"http://nas/", "nas", false, false, true},
        {"http://nas.local/", "nas.local", false, false, true},
        {"http:///x", NULL, false, false, false},
        {"mailto:x", NULL, false, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool user = true;
        struct text host = value_host(text_of(cases[i].url), &user);
        assert_true(cases[i].host ? text_eqs(host, cases[i].host) : !host.ptr);
        assert_int_equal(user, cases[i].user);
        if (!host.ptr) continue;
        assert_int_equal(host_is_loopback(host), cases[i].loopback);
        assert_int_equal(host_is_private(host), cases[i].private);
    }
}

static void check_words(const char *command, const char *wanted) {
    char got[400] = "";
    assert_null(check_command(text_of(command)));
    AUTOFREE char **words = value_command(text_of(command));
    for (char **w = words; *w; w++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s[%s]", w == words ? "" : " ", *w);
    assert_string_equal(got, wanted);
}

static void test_command_words(void **state) {
    (void)state;
    check_words("date", "[date]");
    check_words("  a  b\tc ", "[a] [b] [c]");
    check_words("a 'b c' \"d 'e\" f\"g h\"i", "[a] [b c] [d 'e] [fg hi]");
    check_words("a '' \"\" b", "[a] [] [] [b]");
    check_words("a ''", "[a] []");
    check_words("a $(b) `c` \\ ; | > *", "[a] [$(b)] [`c`] [\\] [;] [|] [>] [*]");
    check_words("x y z x y z x y z x y z x y z x y z x y z",
                "[x] [y] [z] [x] [y] [z] [x] [y] [z] [x] [y] [z] [x] [y] [z] [x] [y] [z] [x] [y] [z]");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_bool),  cmocka_unit_test(test_rates),
        cmocka_unit_test(test_levels),  cmocka_unit_test(test_lists), cmocka_unit_test(test_quiet),
        cmocka_unit_test(test_checks),  cmocka_unit_test(test_hosts), cmocka_unit_test(test_command_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

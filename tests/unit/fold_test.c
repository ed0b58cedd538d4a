/* Folding: the fast way for Latin letters gives what the slow way gives, and the whole is stable. */
#include "unit.h"

#include "../../daemon/item/fold.c"

static void fast_and_slow_agree(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 1 << 24);
    for (int32_t c = 1; c < 0x3000; c++) {
        char one[8] = "a";
        size_t len = 1 + (size_t)utf8proc_encode_char(c, (utf8proc_uint8_t *)one + 1);
        struct text t = {one + (char_class((uint32_t)c) & CHAR_MARK ? 0 : 1), 0};
        t.len = (size_t)(one + len - t.ptr);
        struct text fast = fold_text(t, &a), slow = fold_points(t, COMPATIBLE, true, &a);
        if (!text_eq(fast, slow))
            fail_msg("U+%04X: %.*s, %.*s", (unsigned)c, TEXT_ARGS(fast), TEXT_ARGS(slow));
    }
    arena_clear(&a);
}

static void folding_twice_changes_nothing(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 1 << 28);
    for (int32_t c = 1; c < 0x20000; c++) {
        if (c >= 0xD800 && c < 0xE000) continue;
        char one[8];
        struct text t = {one, (size_t)utf8proc_encode_char(c, (utf8proc_uint8_t *)one)};
        struct text once = fold_points(t, COMPATIBLE, true, &a);
        struct text twice = fold_points(once, COMPATIBLE, true, &a);
        if (!text_eq(once, twice))
            fail_msg("U+%04X: %.*s, %.*s", (unsigned)c, TEXT_ARGS(once), TEXT_ARGS(twice));
        if (c % 4096 == 0) arena_clear(&a);
    }
    arena_clear(&a);
}

static void reads_utf8(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        uint32_t c;
    } cases[] = {
        {"a", 1, 'a'},
        {"é", 2, 0xE9},
        {"€", 3, 0x20AC},
        {"🙂", 4, 0x1F642},
        {"\xC0\x80", 1, 0xFFFD},
        {"\xED\xA0\x80", 1, 0xFFFD},
        {"\xF4\x90\x80\x80", 1, 0xFFFD},
        {"\xE2\x82", 1, 0xFFFD},
        {"\x80", 1, 0xFFFD},
        {"\xC3(", 1, 0xFFFD},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t c;
        assert_int_equal(char_read(cases[i].bytes, cases[i].bytes + strlen(cases[i].bytes), &c),
                         cases[i].len);
        assert_int_equal(c, cases[i].c);
    }
}

static void long_texts(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 1 << 26);
    size_t n = 20000;
    char *text = malloc(n * 3);
    for (size_t i = 0; i < n; i++)
        memcpy(text + 3 * i, "\xEF\xB7\xBA", 3); /* the longest expansion there is */
    struct text t = fold_text((struct text){text, n * 3}, &a);
    assert_true(t.len > n * 18);
    for (size_t i = 0; i + 1 < n * 3; i += 2) memcpy(text + i, "\xCC\x81", 2); /* a pile of marks */
    assert_true(fold_text((struct text){text, n * 3}, &a).len > 0);
    free(text);
    assert_true(text_eqs(fold_case(TEXT("NPR Été"), &a), "npr été"));
    assert_true(text_eqs(fold_nfc(TEXT("e\xCC\x81"), &a), "é"));
    arena_clear(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fast_and_slow_agree),
        cmocka_unit_test(folding_twice_changes_nothing),
        cmocka_unit_test(reads_utf8),
        cmocka_unit_test(long_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

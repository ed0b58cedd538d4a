#include "unit.h"

#include "base/buf.h"

static void test_adds_and_terminates(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 100);
    assert_string_equal(buf_str(&b), "");
    assert_int_equal(buf_adds(&b, "one"), 0);
    assert_int_equal(buf_addc(&b, ' '), 0);
    assert_int_equal(buf_addf(&b, "%d+%s", 2, "three"), 0);
    assert_string_equal(buf_str(&b), "one 2+three");
    assert_int_equal(b.len, 11);
    buf_clear(&b);
    assert_int_equal(b.max, 100);
}

static void test_refuses_whole_what_does_not_fit(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 8);
    assert_int_equal(buf_adds(&b, "12345"), 0);
    assert_int_equal(buf_adds(&b, "6789"), -1);
    assert_string_equal(buf_str(&b), "12345");
    assert_true(b.failed);
    /* A small piece that would fit is refused as well: there must be no holes. */
    assert_int_equal(buf_addc(&b, 'x'), -1);
    buf_reset(&b);
    assert_int_equal(buf_adds(&b, "12345678"), 0);
    assert_int_equal(buf_addf(&b, "%s", "9"), -1);
    buf_clear(&b);
}

static void test_huge_lengths_do_not_wrap(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 64);
    buf_addc(&b, 'a');
    assert_int_equal(buf_reserve(&b, SIZE_MAX), -1);
    assert_true(b.failed);
    buf_clear(&b);
}

static void test_steal_leaves_an_empty_buffer(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 64);
    buf_adds(&b, "mine");
    char *s = buf_steal(&b);
    assert_string_equal(s, "mine");
    assert_int_equal(b.len, 0);
    assert_int_equal(buf_adds(&b, "again"), 0);
    assert_string_equal(buf_str(&b), "again");
    free(s);
    buf_clear(&b);
    s = buf_steal(&b);
    assert_string_equal(s, "");
    free(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adds_and_terminates),
        cmocka_unit_test(test_refuses_whole_what_does_not_fit),
        cmocka_unit_test(test_huge_lengths_do_not_wrap),
        cmocka_unit_test(test_steal_leaves_an_empty_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

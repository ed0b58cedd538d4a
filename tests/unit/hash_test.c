#include "unit.h"

#include "base/hash.h"

static void test_sha256_known_answers(void **state) {
    (void)state;
    char hex[2 * SHA256_SIZE + 1];
    sha256_hex(TEXT(""), hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha256_hex(TEXT("abc"), hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void test_base32_known_answer(void **state) {
    (void)state;
    char out[17];
    /* RFC 4648 section 10: "foobar" is MZXW6YTBOI */
    base32((const unsigned char *)"foobar\0\0\0", 10, out);
    assert_string_equal(out, "mzxw6ytboi");
}

static void test_parts_are_told_apart(void **state) {
    (void)state;
    char one[KEY_SIZE], two[KEY_SIZE], again[KEY_SIZE];
    const struct text a[] = {TEXT("a"), TEXT("bc")}, b[] = {TEXT("ab"), TEXT("c")};
    idempotency_key(a, 2, one);
    idempotency_key(b, 2, two);
    idempotency_key(a, 2, again);
    assert_string_not_equal(one, two);
    assert_string_equal(one, again);
    assert_int_equal(strlen(one), KEY_SIZE - 1);
    assert_memory_equal(one, "na_", 3);
    assert_null(strchr(one, '.'));
}

static void test_hash64_spreads(void **state) {
    (void)state;
    unsigned buckets[64] = {0};
    char key[16];
    for (unsigned i = 0; i < 64000; i++) {
        int n = snprintf(key, sizeof key, "word%u", i);
        buckets[hash64(key, (size_t)n) & 63]++;
    }
    for (size_t i = 0; i < 64; i++) assert_in_range(buckets[i], 800, 1200);
    assert_true(hash64("ab", 2) == hash64("ab", 2));
    assert_true(hash64("ab", 2) != hash64("ab\0", 3));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256_known_answers),
        cmocka_unit_test(test_base32_known_answer),
        cmocka_unit_test(test_parts_are_told_apart),
        cmocka_unit_test(test_hash64_spreads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

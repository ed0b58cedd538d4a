#include "unit.h"

#include "base/arena.h"

static void test_pieces_do_not_overlap(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 8u << 20);
    char *pieces[2000];
    for (size_t i = 0; i < 2000; i++) {
        pieces[i] = arena_alloc(&a, i % 97 + 1);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        assert_int_equal(pieces[i][i % 97], 0);
        memset(pieces[i], (int)(i & 0x7f), i % 97 + 1);
    }
    for (size_t i = 0; i < 2000; i++)
        for (size_t k = 0; k <= i % 97; k++) assert_int_equal(pieces[i][k], (char)(i & 0x7f));
    arena_clear(&a);
}

static void test_maximum(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 1000);
    assert_non_null(arena_alloc(&a, 900));
    assert_false(a.failed);
    assert_null(arena_alloc(&a, 200));
    assert_true(a.failed);
    assert_null(arena_dup(&a, (struct text){"x", SIZE_MAX}).ptr);
    assert_null(arena_alloc(&a, SIZE_MAX));
    arena_clear(&a);
    assert_non_null(arena_alloc(&a, 1000));
    arena_clear(&a);
}

static void test_texts(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 1u << 20);
    struct text t = arena_dup(&a, TEXT("words"));
    assert_string_equal(t.ptr, "words");
    assert_null(arena_dup(&a, TEXT("")).ptr);
    assert_null(arena_strdup(&a, NULL));
    assert_string_equal(arena_printf(&a, "%d %s", 3, "mills"), "3 mills");
    /* A large piece keeps the rest of the small block in use. */
    assert_non_null(arena_alloc(&a, 200000));
    assert_string_equal(arena_strdup(&a, "after"), "after");
    arena_clear(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_do_not_overlap),
        cmocka_unit_test(test_maximum),
        cmocka_unit_test(test_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "unit.h"

#include "base/map.h"

static void test_grows_and_finds(void **state) {
    (void)state;
    struct map m = {0};
    static char keys[5000][8];
    assert_null(map_get(&m, TEXT("nothing")));
    for (size_t i = 0; i < 5000; i++) {
        snprintf(keys[i], sizeof keys[i], "k%zu", i);
        assert_null(map_add(&m, text_of(keys[i]), keys[i]));
    }
    assert_int_equal(m.n, 5000);
    for (size_t i = 0; i < 5000; i++) assert_ptr_equal(map_get(&m, text_of(keys[i])), keys[i]);
    assert_ptr_equal(map_add(&m, TEXT("k7"), keys[8]), keys[7]);
    assert_ptr_equal(map_get(&m, TEXT("k7")), keys[7]);
    map_clear(&m);
}

static void test_removed_slots_are_used_again(void **state) {
    (void)state;
    struct map m = {0};
    static char keys[40][8];
    for (size_t i = 0; i < 40; i++) snprintf(keys[i], sizeof keys[i], "k%zu", i);
    for (size_t round = 0; round < 1000; round++) {
        for (size_t i = 0; i < 40; i++) assert_null(map_add(&m, text_of(keys[i]), keys[i]));
        for (size_t i = 0; i < 40; i++) assert_ptr_equal(map_remove(&m, text_of(keys[i])), keys[i]);
    }
    assert_int_equal(m.n, 0);
    assert_true(m.cap <= 128);
    assert_null(map_remove(&m, TEXT("k1")));
    map_clear(&m);
}

static void test_walk_sees_each_once(void **state) {
    (void)state;
    struct map m = {0};
    int values[10] = {0};
    static const char *const keys[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
    for (size_t i = 0; i < 10; i++) map_add(&m, text_of(keys[i]), &values[i]);
    map_remove(&m, TEXT("c"));
    struct map_entry *e;
    for (size_t i = 0; (e = map_next(&m, &i));) ++*(int *)e->value;
    for (size_t i = 0; i < 10; i++) assert_int_equal(values[i], i != 2);
    map_clear(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grows_and_finds),
        cmocka_unit_test(test_removed_slots_are_used_again),
        cmocka_unit_test(test_walk_sees_each_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

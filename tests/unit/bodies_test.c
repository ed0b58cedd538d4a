#include "poll/bodies.h"

#include "base/limits.h"
#include "unit.h"

static void all_together_stay_below_the_cap(void **state) {
    (void)state;
    for (size_t parallel = 1; parallel <= 1024; parallel *= 2) {
        struct bodies b = {0};
        size_t places = 0;
        bodies_configure(&b, parallel);
        assert_true(b.small > 0 && b.small <= LIMIT_BODY_SMALL);
        while (bodies_take(&b, LIMIT_BODY)) places++;
        assert_true(places >= 2);
        assert_true(b.small * parallel + places * LIMIT_BODY <= LIMIT_BODIES);
        bodies_give(&b, LIMIT_BODY);
        assert_true(bodies_room(&b, LIMIT_BODY));
    }
}

static void one_larger_than_all_places_has_them_alone(void **state) {
    (void)state;
    struct bodies b = {.small = 1, .large = 10};
    assert_true(bodies_take(&b, 20));
    assert_false(bodies_room(&b, 1));
    bodies_give(&b, 20);
    assert_true(bodies_take(&b, 1));
    assert_false(bodies_room(&b, 20));
    assert_true(bodies_take(&b, 9));
    assert_false(bodies_room(&b, 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_together_stay_below_the_cap),
        cmocka_unit_test(one_larger_than_all_places_has_them_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

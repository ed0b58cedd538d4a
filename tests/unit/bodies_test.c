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
        struct body_place held[9] = {0};
        struct buf body = {0};
        while (body_place_take(&held[places], &b, &body, LIMIT_BODY, 0)) places++;
        assert_true(places >= 1);
        assert_true(b.small * parallel + places * LIMIT_BODY <= LIMIT_BODIES);
        body_place_give(&held[0]);
        assert_true(bodies_room(&b, LIMIT_BODY));
    }
}

static void one_larger_than_all_places_has_them_alone(void **state) {
    (void)state;
    struct bodies b = {.small = 1, .large = 10};
    struct body_place one = {0}, two = {0};
    struct buf body = {0};
    assert_true(body_place_take(&one, &b, &body, 20, 0));
    assert_false(bodies_room(&b, 1));
    body_place_give(&one);
    assert_true(body_place_take(&one, &b, &body, 1, 0));
    assert_false(bodies_room(&b, 20));
    assert_true(body_place_take(&two, &b, &body, 9, 0));
    assert_false(bodies_room(&b, 1));
    body_place_give(&one);
    body_place_give(&one);
    assert_int_equal(b.taken, 9);
    assert_true(body_place_take(&two, &b, &body, 20, 0)); /* it is alone, and grows */
    assert_int_equal(b.taken, 20);
    assert_true(body_place_take(&two, &b, &body, 5, 0));
    assert_int_equal(b.taken, 20);
}

/* One that comes at its pace keeps its place; one that lies there loses it, and with it what it holds. */
static void a_slow_one_loses_its_place(void **state) {
    (void)state;
    struct bodies b = {.small = 1, .large = 100};
    struct body_place slow = {0}, quick = {0}, third = {0}, fourth = {0};
    struct buf slow_body, quick_body, body = {0};
    buf_init(&slow_body, 4 << 20);
    buf_init(&quick_body, 4 << 20);
    assert_true(body_place_take(&slow, &b, &slow_body, 50, 1000));
    assert_true(body_place_take(&quick, &b, &quick_body, 50, 1000));
    assert_int_equal(buf_reserve(&quick_body, 3 << 20), 0);
    quick_body.len = 3 << 20;
    buf_adds(&slow_body, "a byte or two");
    assert_false(body_place_take(&third, &b, &body, 50, 2000)); /* all have a second */
    assert_false(body_place_take(&third, &b, &body, 60, 3000)); /* the slow one's would not be enough */
    assert_false(slow.lost);
    assert_true(body_place_take(&third, &b, &body, 50, 3000));
    assert_true(slow.lost && !quick.lost);
    assert_null(slow_body.ptr);
    assert_int_equal(b.taken, 100);
    assert_false(body_place_take(&fourth, &b, &body, 50, 3000));
    body_place_give(&slow);
    body_place_give(&quick);
    body_place_give(&third);
    assert_int_equal(b.taken, 0);
    assert_null(b.first);
    buf_clear(&quick_body);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_together_stay_below_the_cap),
        cmocka_unit_test(a_slow_one_loses_its_place),
        cmocka_unit_test(one_larger_than_all_places_has_them_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

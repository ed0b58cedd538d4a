#include "base/heap.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct thing {
    int number;
    struct heap_node node;
};

static void earliest_comes_first_and_equals_in_order(void **state) {
    (void)state;
    struct heap h = {0};
    struct thing things[100] = {0};
    for (int i = 0; i < 100; i++) {
        things[i].number = i;
        heap_set(&h, &things[i].node, (i * 37) % 10);
    }
    int last_at = -1, last_number = -1;
    for (int n = 0; n < 100; n++) {
        struct thing *t = HEAP_OF(heap_first(&h), struct thing, node);
        assert_true(t->node.at > last_at || (t->node.at == last_at && t->number > last_number));
        last_at = (int)t->node.at, last_number = t->number;
        heap_remove(&h, &t->node);
        assert_false(heap_has(&t->node));
    }
    assert_null(heap_first(&h));
    heap_clear(&h);
}

static void a_node_moves_and_leaves_from_the_middle(void **state) {
    (void)state;
    struct heap h = {0};
    struct thing things[50] = {0};
    for (int i = 0; i < 50; i++) heap_set(&h, &things[i].node, i);
    for (int i = 0; i < 50; i += 2) heap_remove(&h, &things[i].node);
    heap_remove(&h, &things[0].node); /* is not in: nothing happens */
    heap_set(&h, &things[49].node, -1);
    heap_set(&h, &things[1].node, 100);
    assert_int_equal(h.n, 25);
    assert_ptr_equal(heap_first(&h), &things[49].node);
    heap_remove(&h, &things[49].node);
    for (int i = 3; i < 49; i += 2) {
        assert_ptr_equal(heap_first(&h), &things[i].node);
        heap_remove(&h, &things[i].node);
    }
    assert_ptr_equal(heap_first(&h), &things[1].node);
    heap_clear(&h);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(earliest_comes_first_and_equals_in_order),
        cmocka_unit_test(a_node_moves_and_leaves_from_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

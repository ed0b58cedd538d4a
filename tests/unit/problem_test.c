#include "unit.h"

#include "base/limits.h"
#include "base/problem.h"

static void test_sorted_by_file_then_line(void **state) {
    (void)state;
    struct problems p = PROBLEMS_INIT;
    problem_error(&p, "b.conf", 9, "nine");
    problem_error(&p, "a.conf", 2, "two");
    problem_warning(&p, "b.conf", 1, "one");
    problem_error(&p, "b.conf", 9, "nine again");
    problems_sort(&p);
    static const char *const wanted[] = {"b.conf:1: warning: one", "b.conf:9: nine", "b.conf:9: nine again",
                                         "a.conf:2: two"};
    assert_int_equal(p.n, 4);
    assert_int_equal(p.errors, 3);
    assert_int_equal(p.warnings, 1);
    for (size_t i = 0; i < 4; i++) {
        char *line = problem_format(&p.list[i]);
        assert_string_equal(line, wanted[i]);
        free(line);
    }
    problems_clear(&p);
}

static void test_capped_but_counted(void **state) {
    (void)state;
    struct problems p = PROBLEMS_INIT;
    for (unsigned i = 0; i < LIMIT_PROBLEMS + 50; i++) problem_error(&p, "a.conf", i, "wrong");
    assert_int_equal(p.n, LIMIT_PROBLEMS);
    assert_int_equal(p.errors, LIMIT_PROBLEMS + 50);
    problems_clear(&p);
}

static void test_nearest(void **state) {
    (void)state;
    static const char *const names[] = {"first_run", "timeout", "every", "tags"};
    assert_string_equal(problem_nearest("frist_run", names, 4), "first_run");
    assert_string_equal(problem_nearest("Timeut", names, 4), "timeout");
    assert_string_equal(problem_nearest("tag", names, 4), "tags");
    assert_null(problem_nearest("colour", names, 4));
    assert_null(problem_nearest("x", names, 4));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sorted_by_file_then_line),
        cmocka_unit_test(test_capped_but_counted),
        cmocka_unit_test(test_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "unit.h"

#include "base/mem.h"
#include "plugin/options.h"

/* One option of a type: how a written value reads. NULL: refused, with a message that names what would fit.
 */
static char *read_one(const char *type, const char *written, char **ret_said) {
    const struct na_option options[] = {{"it", type, "", "For the test."}, {0}};
    struct option_value value = {(char *)"it", (char *)written, {"/etc/news/conf", 7}};
    const struct option_values values = {&value, 1, 1};
    const struct option_section section = {
        .name = "[plugin p]", .at = {"/etc/news/conf", 3}, .is_there = true};
    struct problems problems = PROBLEMS_INIT;
    struct option_set set = {0};
    AUTOFREE char *fault = options_fault(options, sizeof *options);
    assert_null(fault);
    int r = options_read(options, sizeof *options, &values, &section, &problems, &set);
    assert_int_equal(r, problems.errors ? -1 : 0);
    *ret_said = problems.n ? problem_format(&problems.list[0]) : NULL;
    char *got = r ? NULL : xstrdup(option_set_get(&set, "it"));
    option_set_clear(&set);
    problems_clear(&problems);
    return got;
}

static void test_values(void **state) {
    (void)state;
    static const struct {
        const char *type, *written, *read; /* read NULL: refused */
        const char *said;
    } rows[] = {
        {"text", "a b", "a b", NULL},
        {"text", "", "", NULL},
        {"bool", "Yes", "yes", NULL},
        {"bool", "off", "no", NULL},
        {"bool", "true", "yes", NULL},
        {"bool", "1", NULL, "yes or no"},
        {"int 1..500", "1", "1", NULL},
        {"int 1..500", "+0500", "500", NULL},
        {"int 1..500", "0", NULL, "a whole number from 1 to 500"},
        {"int 1..500", "501", NULL, "a whole number from 1 to 500"},
        {"int 1..500", "5x", NULL, "from 1 to 500"},
        {"int 1..500", "99999999999999999999", NULL, "from 1 to 500"},
        {"int 1..500", "", NULL, "it has no value"},
        {"int -5..5", "-5", "-5", NULL},
        {"int", "-123456789012", "-123456789012", NULL},
        {"real 0..1", "0.25", "0.25", NULL},
        {"real 0..1", "1e-3", "1e-3", NULL},
        {"real 0..1", "1.1", NULL, "a number from 0 to 1"},
        {"real 0..1", "nan", NULL, "a number from 0 to 1"},
        {"real -1.5..1.5", "-1.5", "-1.5", NULL},
        {"duration", "1h30m", "5400000", NULL},
        {"duration", "soon", NULL, "a duration"},
        {"size", "4096", "4096", NULL},
        {"size", "64 KiB", "65536", NULL},
        {"size", "2mib", "2097152", NULL},
        {"size", "9223372036854775807 MiB", NULL, "a size"},
        {"size", "-1", NULL, "a size"},
        {"path", "/x/y", "/x/y", NULL},
        {"path", "y.bin", "/etc/news/y.bin", NULL},
        {"one-of near|far", "FAR", "far", NULL},
        {"one-of near|far", "farther", NULL, "one of near, far"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTOFREE char *said = NULL;
        AUTOFREE char *got = read_one(rows[i].type, rows[i].written, &said);
        if (rows[i].read) {
            if (!got || strcmp(got, rows[i].read) != 0)
                fail_msg("%s = %s: %s", rows[i].type, rows[i].written, got);
            continue;
        }
        if (got) fail_msg("%s = %s is taken as %s", rows[i].type, rows[i].written, got);
        assert_non_null(said);
        if (strncmp(said, "/etc/news/conf:7: ", 18) != 0 || !strstr(said, rows[i].said)) fail_msg("%s", said);
    }
}

static void test_declarations(void **state) {
    (void)state;
    static const struct {
        struct na_option option;
        const char *fault; /* NULL: none */
    } rows[] = {
        {{"a", "text", NULL, "x"}, NULL},
        {{"a_1", "int 1..5", "5", "x"}, NULL},
        {{"A", "text", NULL, "x"}, "small letters"},
        {{"", "text", NULL, "x"}, "small letters"},
        {{"a", "colour", NULL, "x"}, "\"colour\""},
        {{"a", "int 5..1", NULL, "x"}, "\"int 5..1\""},
        {{"a", "int 1", NULL, "x"}, "\"int 1\""},
        {{"a", "one-of", NULL, "x"}, "\"one-of\""},
        {{"a", "one-of a||b", NULL, "x"}, "\"one-of a||b\""},
        {{"a", "bool maybe", NULL, "x"}, "\"bool maybe\""},
        {{"a", "int 1..5", "6", "x"}, "default"},
        {{"a", "text", NULL, NULL}, "help"},
        {{"a", NULL, NULL, "x"}, "type"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct na_option options[] = {rows[i].option, {0}};
        AUTOFREE char *fault = options_fault(options, sizeof *options);
        if (!rows[i].fault ? fault != NULL : !fault || !strstr(fault, rows[i].fault))
            fail_msg("row %zu: %s", i, fault ? fault : "no fault");
    }
    const struct na_option twice[] = {{"a", "text", "", "x"}, {"a", "bool", "no", "x"}, {0}};
    AUTOFREE char *fault = options_fault(twice, sizeof *twice);
    assert_non_null(strstr(fault, "twice"));
    AUTOFREE char *narrow = options_fault(twice, 8);
    assert_non_null(strstr(narrow, "stride"));
    assert_null(options_fault(NULL, 0));
}

static void test_keys(void **state) {
    (void)state;
    const struct na_option options[] = {
        {"index", "path", NULL, "Where it is."}, {"radius", "int 1..500", "50", "How far."}, {0}};
    struct option_value list[] = {{(char *)"radios", (char *)"3", {"c", 5}},
                                  {(char *)"Radius", (char *)"3", {"c", 6}},
                                  {(char *)"radius", (char *)"4", {"c", 9}},
                                  {(char *)"levles", (char *)"4", {"c", 10}},
                                  {(char *)"zebra", (char *)"4", {"c", 11}}};
    const struct option_values values = {list, 5, 5};
    const char *const others[] = {"levels"};
    const struct option_section section = {"[plugin p]", {"c", 4}, true, others, 1};
    struct problems problems = PROBLEMS_INIT;
    struct option_set set = {0};
    assert_int_equal(options_read(options, sizeof *options, &values, &section, &problems, &set), -1);
    problems_sort(&problems);
    static const char *const said[] = {
        "c:4: [plugin p] needs index: Where it is.",
        "c:5: [plugin p] has no option \"radios\"; did you mean radius?",
        "c:9: radius stands here and in line 6: say it once",
        "c:10: [plugin p] has no option \"levles\"; did you mean levels?",
        "c:11: [plugin p] has no option \"zebra\"; it has index, radius",
    };
    assert_int_equal(problems.n, 5);
    for (size_t i = 0; i < 5; i++) {
        AUTOFREE char *line = problem_format(&problems.list[i]);
        assert_string_equal(line, said[i]);
    }
    assert_int_equal(set.n, 0);
    problems_clear(&problems);

    const struct option_section absent = {.name = "[plugin p]", .at = {"c", 0}};
    assert_int_equal(options_read(options, sizeof *options, NULL, &absent, &problems, &set), -1);
    AUTOFREE char *line = problem_format(&problems.list[0]);
    assert_string_equal(line, "c: a section [plugin p] with index = … is needed: Where it is.");
    problems_clear(&problems);
    assert_null(option_set_get(&set, "radius"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_declarations),
        cmocka_unit_test(test_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

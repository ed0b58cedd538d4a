/* story: whom a message goes to, and its keys. */
#include "unit.h"

#include "story/story.h"

#define ALL_LEVELS 7u
#define S(literal) ((char[]){literal})

static char *to[] = {S("ada@a.example"), S("ben@b.example")}, *cc[] = {S("ada@a.example"), S("cy@c.example")},
            *named[] = {S("hook")};
static const struct config_notify hook = {.name = S("hook"), .levels = ALL_LEVELS, .enabled = true},
                                  mail = {.name = S("mail"),
                                          .kind = NOTIFY_EMAIL,
                                          .levels = ALL_LEVELS,
                                          .enabled = true,
                                          .to = {to, 2, 2},
                                          .cc = {cc, 2, 2}},
                                  loud = {.name = S("loud"), .levels = 1u << LEVEL_FLASH, .enabled = true},
                                  off = {.name = S("off"), .levels = ALL_LEVELS};

static void test_who(void **state) {
    (void)state;
    const struct config_alert urgent = {.name = S("flood"), .level = LEVEL_URGENT},
                              flash = {.name = S("flood"), .level = LEVEL_FLASH},
                              one = {.name = S("flood"), .level = LEVEL_FLASH, .notify = {named, 1, 1}};
    assert_true(story_wants(&urgent, &hook));
    assert_true(story_wants(&urgent, &mail));
    assert_false(story_wants(&urgent, &loud)); /* it wants flash */
    assert_false(story_wants(&urgent, &off));
    assert_true(story_wants(&flash, &loud));
    assert_true(story_wants(&one, &hook));
    assert_false(story_wants(&one, &mail));
}

static void test_recipients(void **state) {
    (void)state;
    const char **list;
    assert_int_equal(story_recipients(&hook, &list), 1);
    assert_null(list[0]);
    free(list);
    assert_int_equal(story_recipients(&mail, &list), 3);
    assert_string_equal(list[0], "ada@a.example");
    assert_string_equal(list[1], "ben@b.example");
    assert_string_equal(list[2], "cy@c.example");
    free(list);
    struct config_notify program = mail;
    program.command = S("/usr/sbin/sendmail -i -t"); /* it reads them in the header */
    assert_int_equal(story_recipients(&program, &list), 1);
    assert_null(list[0]);
    free(list);
}

static void test_keys(void **state) {
    (void)state;
    char keys[8][KEY_SIZE], again[KEY_SIZE];
    const struct text here = TEXT("here");
    story_key_first(here, "flood", "hook", TEXT("i1"), keys[0]);
    story_key_first(here, "flood", "hook", TEXT("i2"), keys[1]);
    story_key_first(here, "ice", "hook", TEXT("i1"), keys[2]);
    story_key_first(TEXT("there"), "flood", "hook", TEXT("i1"), keys[3]);
    story_key_later(here, "flood", "hook", 7, KIND_EDIT, 2, keys[4]);
    story_key_later(here, "flood", "hook", 7, KIND_EDIT, 3, keys[5]);
    story_key_later(here, "flood", "hook", 7, KIND_UPDATE, 3, keys[6]);
    story_key_held(here, "flood", "hook", 7, keys[7]);
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(strlen(keys[i]), KEY_SIZE - 1);
        assert_memory_equal(keys[i], "na_", 3);
        for (size_t k = 0; k < i; k++) assert_string_not_equal(keys[i], keys[k]);
    }
    story_key_first(here, "flood", "hook", TEXT("i1"), again);
    assert_string_equal(again, keys[0]);
    /* What is taken along makes the key, in whatever order it is named. */
    char a[2][KEY_SIZE], b[2][KEY_SIZE], list_a[KEY_SIZE], list_b[KEY_SIZE];
    memcpy(a[0], keys[0], KEY_SIZE);
    memcpy(a[1], keys[1], KEY_SIZE);
    memcpy(b[0], keys[1], KEY_SIZE);
    memcpy(b[1], keys[0], KEY_SIZE);
    story_key_list(here, "hook", KIND_DIGEST, a, 2, list_a);
    story_key_list(here, "hook", KIND_DIGEST, b, 2, list_b);
    assert_string_equal(list_a, list_b);
    story_key_list(here, "hook", KIND_SUMMARY, a, 2, list_b);
    assert_string_not_equal(list_a, list_b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who),
        cmocka_unit_test(test_recipients),
        cmocka_unit_test(test_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* story: one message a notifier and recipient, with a key of its own. */
#include "unit.h"

#include "story/story.h"

#define ALL_LEVELS 7u
#define S(literal) ((char[]){literal})

static char *to[] = {S("ada@a.example"), S("ben@b.example")}, *cc[] = {S("ada@a.example"), S("cy@c.example")},
            *named[] = {S("hook")};
static struct config_notify notifiers[] = {
    {.name = S("hook"), .kind = NOTIFY_WEBHOOK, .levels = ALL_LEVELS, .enabled = true},
    {.name = S("mail"),
     .kind = NOTIFY_EMAIL,
     .levels = ALL_LEVELS,
     .enabled = true,
     .to = {to, 2, 2},
     .cc = {cc, 2, 2}},
    {.name = S("loud"), .kind = NOTIFY_TERMINAL, .levels = 1u << LEVEL_FLASH, .enabled = true},
    {.name = S("off"), .kind = NOTIFY_TERMINAL, .levels = ALL_LEVELS, .enabled = false},
};
static const struct config config = {.notifiers = notifiers, .n_notifiers = 4};

static struct story_decision decide(const struct config_alert *a, const char *installation,
                                    const char *item) {
    struct story_decision d = STORY_DECISION_INIT;
    const struct story_event e = {EVENT_FIRED, a, text_of(item), 1234};
    story_decide(&config, text_of(installation), &e, &d);
    return d;
}

static void test_all_notifiers(void **state) {
    (void)state;
    const struct config_alert a = {.name = S("flood"), .level = LEVEL_URGENT};
    struct story_decision d = decide(&a, "here", "i1");
    assert_int_equal(d.n, 4); /* hook, and three people of mail; loud wants flash, off is off */
    assert_string_equal(d.messages[0].notify, "hook");
    assert_null(d.messages[0].recipient);
    assert_string_equal(d.messages[1].recipient, "ada@a.example");
    assert_string_equal(d.messages[2].recipient, "ben@b.example");
    assert_string_equal(d.messages[3].recipient, "cy@c.example");
    for (size_t i = 0; i < d.n; i++) {
        assert_int_equal(d.messages[i].kind, KIND_NEW);
        assert_int_equal(d.messages[i].level, LEVEL_URGENT);
        assert_int_equal(d.messages[i].state, ROW_PENDING);
        assert_int_equal(d.messages[i].next, 1234);
    }
    assert_string_equal(d.messages[1].key, d.messages[2].key); /* all recipients share one */
    assert_string_not_equal(d.messages[0].key, d.messages[1].key);
    story_decision_clear(&d);
}

static void test_levels_and_names(void **state) {
    (void)state;
    const struct config_alert flash = {.name = S("flood"), .level = LEVEL_FLASH};
    struct story_decision d = decide(&flash, "here", "i1");
    assert_int_equal(d.n, 5);
    assert_string_equal(d.messages[4].notify, "loud");
    story_decision_clear(&d);
    const struct config_alert one = {.name = S("flood"), .level = LEVEL_FLASH, .notify = {named, 1, 1}};
    d = decide(&one, "here", "i1");
    assert_int_equal(d.n, 1);
    story_decision_clear(&d);
}

static void test_keys(void **state) {
    (void)state;
    const struct config_alert a = {.name = S("flood"), .notify = {named, 1, 1}},
                              b = {.name = S("ice"), .notify = {named, 1, 1}};
    struct story_decision d[] = {decide(&a, "here", "i1"), decide(&a, "here", "i1"), decide(&a, "here", "i2"),
                                 decide(&b, "here", "i1"), decide(&a, "there", "i1")};
    assert_string_equal(d[0].messages[0].key, d[1].messages[0].key);
    assert_int_equal(strlen(d[0].messages[0].key), 29);
    assert_memory_equal(d[0].messages[0].key, "na_", 3);
    for (size_t i = 2; i < 5; i++) assert_string_not_equal(d[0].messages[0].key, d[i].messages[0].key);
    for (size_t i = 0; i < 5; i++) story_decision_clear(&d[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_notifiers),
        cmocka_unit_test(test_levels_and_names),
        cmocka_unit_test(test_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

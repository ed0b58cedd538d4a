/* intake: new, changed, known, repeated, passed over (DESIGN 2.2 to 2.4). */
#include "unit.h"

#include "base/mem.h"
#include "base/time.h"
#include "config/config.h"
#include "intake/intake.h"

#define NOW (INT64_C(1764000000) * 1000)

static struct item dated(int64_t published) {
    static int n;
    static char urls[256][40];
    snprintf(urls[n % 256], sizeof urls[0], "https://p.example/%d", n);
    return (struct item){
        .url = text_of(urls[n++ % 256]), .title = TEXT("T"), .published = published, .updated = TIME_NONE};
}

static enum verdict judge(struct item item, const struct intake_rules *rules) {
    struct document d = {.items = &item, .n_items = 1};
    struct item_keys *k = item_keys(&d);
    struct known_item known = {0};
    enum verdict v;
    struct intake_counts c;
    intake(&d, k, &known, rules, &v, &c);
    free(k);
    return v;
}

static void test_first_document(void **state) {
    (void)state;
    struct intake_rules r = {.first = true, .first_run = HOUR, .max_item_age = 7 * DAY, .now = NOW};
    assert_int_equal(judge(dated(NOW - 59 * MINUTE), &r), VERDICT_NEW);
    assert_int_equal(judge(dated(NOW - HOUR), &r), VERDICT_FIRST_RUN);
    assert_int_equal(judge(dated(NOW - 3 * DAY), &r), VERDICT_FIRST_RUN);
    assert_int_equal(judge(dated(NOW - 30 * DAY), &r), VERDICT_FIRST_RUN);
    assert_int_equal(judge(dated(TIME_NONE), &r), VERDICT_FIRST_RUN);
    assert_int_equal(judge(dated(NOW + 10 * MINUTE), &r), VERDICT_NEW);
    assert_int_equal(judge(dated(NOW + 10 * MINUTE + 1), &r), VERDICT_FIRST_RUN);
    struct item updated = dated(TIME_NONE);
    updated.updated = NOW - MINUTE;
    assert_int_equal(judge(updated, &r), VERDICT_NEW);
    r.first_run = FIRST_RUN_NONE;
    assert_int_equal(judge(dated(NOW), &r), VERDICT_FIRST_RUN);
    assert_int_equal(judge(dated(NOW + MINUTE), &r), VERDICT_FIRST_RUN);
    r.first_run = FIRST_RUN_ALL;
    assert_int_equal(judge(dated(NOW - 6 * DAY), &r), VERDICT_NEW);
    assert_int_equal(judge(dated(TIME_NONE), &r), VERDICT_NEW);
    assert_int_equal(judge(dated(NOW - 8 * DAY), &r), VERDICT_OLD);
}

static void test_later_document(void **state) {
    (void)state;
    struct intake_rules r = {.first = false, .first_run = HOUR, .max_item_age = 7 * DAY, .now = NOW};
    assert_int_equal(judge(dated(NOW - 3 * DAY), &r), VERDICT_NEW);
    assert_int_equal(judge(dated(TIME_NONE), &r), VERDICT_NEW);
    assert_int_equal(judge(dated(NOW + DAY), &r), VERDICT_NEW);
    assert_int_equal(judge(dated(NOW - 7 * DAY - 1), &r), VERDICT_OLD);
    r.max_item_age = AGE_NONE;
    assert_int_equal(judge(dated(NOW - 700 * DAY), &r), VERDICT_NEW);
}

static void test_known_changed_repeat(void **state) {
    (void)state;
    struct item items[6] = {dated(NOW), dated(NOW), dated(NOW), dated(NOW), dated(NOW), dated(NOW)};
    items[2] = items[0];                     /* the same address and title */
    items[3].id = items[4].id = TEXT("one"); /* the same id ... */
    items[4].url = items[3].url;
    items[4].title = TEXT("Another title"); /* ... with another title */
    struct document d = {.items = items, .n_items = 6};
    struct item_keys *k = item_keys(&d);
    struct known_item known[6] = {{0}};
    known[0].row = 7;
    memcpy(known[0].content, k[0].content, ITEM_KEY_SIZE);
    known[1].row = 8; /* other content */
    known[5].row = 8; /* the store says it is the one above, by a key of old */
    known[2] = known[0];
    enum verdict v[6];
    struct intake_counts c;
    const struct intake_rules r = {.first_run = HOUR, .max_item_age = 7 * DAY, .now = NOW};
    intake(&d, k, known, &r, v, &c);
    const enum verdict expected[] = {VERDICT_KNOWN, VERDICT_CHANGED, VERDICT_REPEAT,
                                     VERDICT_NEW,   VERDICT_REPEAT,  VERDICT_REPEAT};
    for (size_t i = 0; i < 6; i++) assert_int_equal(v[i], expected[i]);
    assert_int_equal(c.known, 1);
    assert_int_equal(c.changed, 1);
    assert_int_equal(c.new_, 1);
    assert_int_equal(c.repeat, 3);
    free(k);
}

static void says(struct intake_counts c, struct intake_rules r, const char *expected) {
    char out[200];
    intake_says(&c, &r, out, sizeof out);
    assert_string_equal(out, expected);
}

static void test_says(void **state) {
    (void)state;
    const struct intake_rules r = {.first_run = HOUR, .max_item_age = 8 * DAY},
                              none = {.first_run = FIRST_RUN_NONE};
    says((struct intake_counts){.new_ = 3}, r, "");
    says((struct intake_counts){.first_run = 500}, r, "passed over 500 items older than 1h (first_run)");
    says((struct intake_counts){.first_run = 1}, r, "passed over 1 item older than 1h (first_run)");
    says((struct intake_counts){.first_run = 20}, none, "passed over 20 items (first_run = none)");
    says((struct intake_counts){.old = 2}, r, "passed over 2 items older than 8d (max_item_age)");
    says((struct intake_counts){.first_run = 5, .old = 1}, r,
         "passed over 5 items older than 1h (first_run), and 1 item older than 8d (max_item_age)");
    char tiny[10];
    intake_says(&(struct intake_counts){.first_run = 5, .old = 1}, &r, tiny, sizeof tiny);
    assert_int_equal(strlen(tiny), 9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_document),
        cmocka_unit_test(test_later_document),
        cmocka_unit_test(test_known_changed_repeat),
        cmocka_unit_test(test_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

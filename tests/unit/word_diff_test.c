/* The word diff: what it shows, and its bounds. */
#include "unit.h"

#include "base/mem.h"
#include "item/word_diff.h"

static void check(const char *old, const char *now, const char *want) {
    struct arena a;
    struct buf out;
    struct word_diff_part *parts;
    arena_init(&a, 16u << 20);
    buf_init(&out, 1u << 16);
    size_t n = word_diff(text_of(old), text_of(now), &a, &parts);
    word_diff_write(parts, n, &out);
    assert_false(a.failed);
    assert_string_equal(buf_str(&out), want);
    for (size_t i = 0; i < n; i++) {
        assert_true(parts[i].text.len > 0);
        /* Parts of one side never follow each other, and the old one of a change stands first. */
        if (i) assert_int_not_equal(parts[i].side, parts[i - 1].side);
        if (i) assert_false(parts[i - 1].side == DIFF_NEW && parts[i].side == DIFF_OLD);
    }
    buf_clear(&out);
    arena_clear(&a);
}

static void shows(void **state) {
    (void)state;
    check("", "", "");
    check("Three dead in fire", "Three dead in fire", "Three dead in fire");
    check("Three dead in fire", "Five dead in fire", "[-Three-] {+Five+} dead in fire");
    check("Mayor resigns", "Mayor of Belmar resigns", "Mayor {+of Belmar+} resigns");
    check("Mayor of Belmar resigns", "Mayor resigns", "Mayor [-of Belmar-] resigns");
    check("Old words here", "Quite other ones", "[-Old words here-] {+Quite other ones+}");
    check("Bridge closed", "", "[-Bridge closed-]");
    check("", "Bridge closed", "{+Bridge closed+}");
    check("a b c d", "a c b d", "a [-b-] c {+b+} d");
    check("Bridge to open", "Bridge to open in May", "Bridge to open {+in May+}");
    check("Rain, wind and hail", "Wind and hail", "[-Rain,-] Wind and hail");
}

static void no_change(void **state) {
    (void)state;
    /* What is kept is the new text's, as written. */
    check("mayor  QUITS:", "Mayor quits!", "Mayor quits!");
    check("“Unfair”, says Zoe", "\"Unfair\" says Zoë", "\"Unfair\" says Zoë");
    check("the U.S. vote", "The US vote", "The US vote");
    check("???", "!", "!");
    check("a — b", "a b", "a b");
}

static void tokens(void **state) {
    (void)state;
    check("A wire-cutter was found", "A bolt-cutter was found",
          "A [-wire-cutter-] {+bolt-cutter+} was found");
    check("8-year-old hurt", "9-year-old hurt", "[-8-year-old-] {+9-year-old+} hurt");
    check("$4bn deal", "$5bn deal", "[-$4bn-] {+$5bn+} deal");
    check("在北京市", "在南京市", "在[-北-]{+南+}京市");
    check("see https://a.example/1 now", "see https://a.example/2 now",
          "see [-https://a.example/1-] {+https://a.example/2+} now");
}

static void bounds(void **state) {
    (void)state;
    struct arena a;
    struct word_diff_part *parts;
    size_t len = 200000;
    char *old = xmalloc(len), *now = xmalloc(len);
    for (size_t i = 0; i < len; i += 2) {
        old[i] = (char)('a' + i / 2 % 7);
        now[i] = (char)('a' + i / 2 % 5);
        old[i + 1] = now[i + 1] = ' ';
    }
    arena_init(&a, 64u << 20);
    /* a b c d e at the front and e at the end are in both; what is between is too long, and stands as
     * replaced. */
    assert_int_equal(word_diff((struct text){old, len}, (struct text){now, len}, &a, &parts), 4);
    assert_int_equal(parts[0].side, DIFF_BOTH);
    assert_int_equal(parts[1].side, DIFF_OLD);
    assert_int_equal(parts[2].side, DIFF_NEW);
    assert_int_equal(parts[3].side, DIFF_BOTH);
    assert_int_equal(parts[2].text.len, len - 1 - strlen("a b c d e ") - strlen(" a b c d e"));
    arena_clear(&a);
    arena_init(&a, 4096); /* too small to cut: both whole */
    assert_int_equal(word_diff((struct text){old, len}, (struct text){now, len}, &a, &parts), 2);
    assert_true(a.failed);
    assert_int_equal(parts[0].side, DIFF_OLD);
    arena_clear(&a);
    arena_init(&a, 8);
    assert_int_equal(word_diff(TEXT("one"), TEXT("two"), &a, &parts), 0);
    assert_true(a.failed);
    arena_clear(&a);
    free(old);
    free(now);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows),
        cmocka_unit_test(no_change),
        cmocka_unit_test(tokens),
        cmocka_unit_test(bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Titles without labels and outlets, standing titles, and shingles of texts. */
#include "unit.h"

#include "base/buf.h"
#include "story/copy.h"

static void test_bare(void **state) {
    (void)state;
    static const struct {
        const char *title, *want;
    } rows[] = {
        {"Mayor quits over land deal", "Mayor quits over land deal"},
        {"UPDATE 2-Mayor quits over land deal", "Mayor quits over land deal"},
        {"WRAPUP 1-Mayor quits", "Mayor quits"},
        {"BREAKING: Mayor quits", "Mayor quits"},
        {"Live: Mayor quits", "Mayor quits"},
        {"LIVE UPDATES | Mayor quits", "Mayor quits"},
        {"[VIDEO] Mayor quits", "Mayor quits"},
        {"Mayor quits [VIDEO]", "Mayor quits"},
        {"Mayor quits (video)", "Mayor quits"},
        {"Exclusive – BREAKING – Mayor quits", "Mayor quits"},
        {"Mayor quits over land deal - Channel Nine", "Mayor quits over land deal"},
        {"Mayor quits over land deal | Morning Post", "Mayor quits over land deal"},
        {"Mayor quits over land deal — Morning Post", "Mayor quits over land deal"},
        {"Mayor quits over land deal | World | Morning Post", "Mayor quits over land deal"},
        {"Mayor quits over land deal - post.example", "Mayor quits over land deal"},
        /* no label, no outlet */
        {"Live music returns to harbour", "Live music returns to harbour"},
        {"Update of rules delayed", "Update of rules delayed"},
        {"Mayor quits - and nobody cares", "Mayor quits - and nobody cares"},
        {"Mayor quits (again)", "Mayor quits (again)"},
        {"Live:", "Live:"},
        {"A - B", "A - B"},
        {"", ""},
        {"[", "["},
        {"]", "]"},
        {" - ", "-"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text t = copy_bare_title(text_of(rows[i].title));
        if (!text_eqs(t, rows[i].want))
            fail_msg("%s: \"%.*s\", not \"%s\"", rows[i].title, TEXT_ARGS(t), rows[i].want);
    }
}

static void test_folded(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 1u << 20);
    struct text one = copy_folded_title(TEXT("UPDATE 3-“Unfair”: Zoë’s café shut | Morning Post"), &a),
                two = copy_folded_title(TEXT("'UNFAIR' - Zoe's cafe shut"), &a);
    assert_true(text_eq(one, two));
    assert_true(
        text_eqs(copy_standing_title(copy_folded_title(TEXT("Crossword of Monday, 2 November 2026"), &a), &a),
                 "crossword of"));
    assert_true(text_eqs(copy_standing_title(TEXT("weather forecast"), &a), "weather forecast"));
    assert_int_equal(copy_standing_title(TEXT("monday 2"), &a).len, 0);
    assert_int_equal(copy_standing_title(TEXT_NONE, &a).len, 0);
    arena_clear(&a);
}

/* Words number from to to - 1 of an endless text that depends on the seed. */
static void text_into(struct buf *b, unsigned seed, unsigned from, unsigned to) {
    buf_reset(b);
    for (unsigned i = from; i < to; i++) buf_addf(b, "w%u ", (i * 2654435761u ^ seed) % 5000);
}

static bool copied(struct text x, struct text y) {
    struct arena a;
    struct shingles s, t;
    arena_init(&a, 16u << 20);
    copy_shingles(x, 7, &a, &s);
    copy_shingles(y, 7, &a, &t);
    assert_true(s.n <= SHINGLES_MAX && t.n <= SHINGLES_MAX);
    arena_clear(&a);
    assert_int_equal(copy_of(&s, &t), copy_of(&t, &s));
    return copy_of(&s, &t);
}

static void test_shingles(void **state) {
    (void)state;
    struct buf x, y;
    buf_init(&x, 1u << 20);
    buf_init(&y, 1u << 20);
    for (unsigned seed = 1; seed < 40; seed++) {
        text_into(&x, seed, 0, 180);
        text_into(&y, seed, 0, 180);
        assert_true(copied(buf_text(&x), buf_text(&y)));
        text_into(&y, seed, 0, 60); /* cut to a third: all of the shorter one is in the longer */
        assert_true(copied(buf_text(&x), buf_text(&y)));
        text_into(&y, seed, 0, 4000); /* beyond the first 200 words nothing counts */
        assert_true(copied(buf_text(&x), buf_text(&y)));
        text_into(&y, seed + 1000, 0, 180);
        assert_false(copied(buf_text(&x), buf_text(&y)));
        text_into(&y, seed, 0, 90); /* half of it is other text */
        buf_adds(&y, "and now something else entirely ");
        for (unsigned i = 0; i < 90; i++) buf_addf(&y, "v%u ", i);
        assert_false(copied(buf_text(&x), buf_text(&y)));
    }
    /* Ten words are the least. */
    text_into(&x, 3, 0, 10);
    assert_true(copied(buf_text(&x), buf_text(&x)));
    text_into(&x, 3, 0, 9);
    assert_false(copied(buf_text(&x), buf_text(&x)));
    assert_false(copied(TEXT_NONE, TEXT_NONE));
    /* One sentence again and again is a sample of five shingles: never a copy of itself by chance of size. */
    buf_reset(&x);
    for (unsigned i = 0; i < 500; i++) buf_adds(&x, "one two three four five ");
    assert_true(copied(buf_text(&x), buf_text(&x)));
    buf_clear(&x);
    buf_clear(&y);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bare),
        cmocka_unit_test(test_folded),
        cmocka_unit_test(test_shingles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

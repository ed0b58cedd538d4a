/* Which edits of an article matter: a table of titles, and of texts. */
#include "unit.h"

#include "story/diff.h"

static enum diff_change change(struct diff_version old, struct diff_version now) {
    struct arena a;
    arena_init(&a, 16u << 20);
    enum diff_change r = diff_change_of(&old, &now, &a);
    assert_false(a.failed);
    arena_clear(&a);
    return r;
}

static const struct {
    const char *old, *now;
    enum diff_change want;
} titles[] = {
    /* case, punctuation, quotes, accents, white space, labels and outlets */
    {"Mayor quits", "Mayor quits", DIFF_EQUAL},
    {"Mayor quits over land deal", "MAYOR QUITS OVER LAND DEAL", DIFF_EQUAL},
    {"Mayor quits over land deal", "  Mayor quits  over\tland deal.", DIFF_EQUAL},
    {"'Enough is enough,' mayor says", "“Enough is enough”, mayor says", DIFF_EQUAL},
    {"Cafe owner fined", "Café owner fined", DIFF_EQUAL},
    {"Mayor quits over land deal", "UPDATE 3-Mayor quits over land deal", DIFF_EQUAL},
    {"LIVE: Mayor quits over land deal", "Mayor quits over land deal | Morning Post", DIFF_EQUAL},
    {"BREAKING: Mayor quits over land deal", "Mayor quits over land deal - Channel Nine", DIFF_EQUAL},
    {"U.S. envoy in talks", "US envoy in talks", DIFF_EQUAL},
    {"Envoy's talks fail", "Envoy’s talks fail", DIFF_EQUAL},
    {"Talks fail - again", "Talks fail again", DIFF_EQUAL},
    {"", "", DIFF_EQUAL},
    {"?", "!", DIFF_EQUAL},
    /* spelling */
    {"Goverment to raise taxes", "Government to raise taxes", DIFF_SPELLING},
    {"Officials recieve threats", "Officials receive threats", DIFF_SPELLING},
    {"Two kiled in crash", "Two killed in crash", DIFF_SPELLING},
    {"Man taken to hosptial", "Man taken to hospital", DIFF_SPELLING},
    {"Teh mayor quits", "The mayor quits", DIFF_SPELLING},
    {"Cease-fire holds", "Ceasefire holds", DIFF_SPELLING},
    {"Web site is down", "Website is down", DIFF_SPELLING},
    {"Goverment warns of accomodation shortage", "Government warns of accommodation shortage", DIFF_SPELLING},
    /* numbers, as digits and words */
    {"3 dead in fire", "4 dead in fire", DIFF_TITLE},
    {"Three dead in fire", "Five dead in fire", DIFF_TITLE},
    {"Storm costs $1.5bn", "Storm costs $15bn", DIFF_TITLE},
    {"Storm costs 1234567 crowns", "Storm costs 1234657 crowns", DIFF_TITLE},
    {"Vote on 12-11 split", "Vote on 1211 split", DIFF_TITLE},
    {"Fire: 7 dead", "Fire: dead", DIFF_TITLE},
    /* names and places: one letter is enough */
    {"Talks with Marchant go on", "Talks with Merchant go on", DIFF_TITLE},
    {"Talks with Lindqvsit go on", "Talks with Lindqvist go on", DIFF_TITLE},
    {"Fire near Brackwater", "Fire near Brickwater", DIFF_TITLE},
    {"Brackwtaer burns", "Brackwater burns", DIFF_TITLE}, /* at the front it may be a name */
    {"Ölmüzt in flames", "Ölmützt in flames", DIFF_TITLE},
    {"Fire in town", "Fire in Belmar", DIFF_TITLE},
    /* negations */
    {"Minister is to resign", "Minister is not to resign", DIFF_TITLE},
    {"Minister is now guilty", "Minister is not guilty", DIFF_TITLE},
    {"Strike isn't over", "Strike is over", DIFF_TITLE},
    {"Ship found without crew", "Ship found with crew", DIFF_TITLE},
    {"Minister couldn't resign", "Minister could resign", DIFF_TITLE},
    {"Minister admits taking bribes", "Minister denies taking bribes", DIFF_TITLE},
    {"Der Streik ist nicht vorbei", "Der Streik ist vorbei", DIFF_TITLE},
    {"Man fined for lying", "Man find for lying", DIFF_TITLE},
    /* other words, however like each other */
    {"Coach fired after defeat", "Coach hired after defeat", DIFF_TITLE},
    {"Suspect held", "Suspects held", DIFF_TITLE},
    {"County rejects plan", "Country rejects plan", DIFF_TITLE},
    {"The conviction was quashed", "The conviction was upheld", DIFF_TITLE},
    {"Pact is legal", "Pact is illegal", DIFF_TITLE},
    {"Profits increased", "Profits decreased", DIFF_TITLE},
    {"Police shot at crowd", "Police shout at crowd", DIFF_TITLE},
    {"Suspect arrested", "Suspect arrested in harbour", DIFF_TITLE},
    {"Ship hits bridge", "Bridge hits ship", DIFF_TITLE},
    {"Fire", "", DIFF_TITLE},
    {"", "Fire", DIFF_TITLE},
    {"在北京市", "在南京市", DIFF_TITLE},
};

static void test_titles(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        const struct diff_version old = {.title = text_of(titles[i].old)},
                                  now = {.title = text_of(titles[i].now)};
        enum diff_change got = change(old, now);
        if (got != titles[i].want)
            fail_msg("%s → %s: %d, not %d", titles[i].old, titles[i].now, got, titles[i].want);
        /* What changed one way changes the other way, too; a mistake may only be mended. */
        got = change(now, old);
        if (titles[i].want != DIFF_SPELLING && got != titles[i].want)
            fail_msg("%s → %s: %d, not %d", titles[i].now, titles[i].old, got, titles[i].want);
    }
}

#define V(t, s, c) ((struct diff_version){TEXT(t), TEXT(s), TEXT(c)})

static void test_texts(void **state) {
    (void)state;
    const struct diff_version v = V("Fire in Belmar", "Two people died.", "Two people died, police said.");
    assert_int_equal(change(v, v), DIFF_EQUAL);
    assert_int_equal(change(v, V("Fire in Belmar", "Two people died", "TWO people died police said")),
                     DIFF_EQUAL);
    assert_int_equal(
        change(V("Fire", "The goverment said so.", ""), V("Fire", "The government said so.", "")),
        DIFF_SPELLING);
    assert_int_equal(change(v, V("Fire in Belmar", "Three people died.", "Two people died, police said.")),
                     DIFF_TEXT);
    assert_int_equal(change(v, V("Fire in Belmar", "Two people died.", "Two people died, it was said.")),
                     DIFF_TEXT);
    assert_int_equal(change(v, V("Fire in Belmar", "", "Two people died, police said.")), DIFF_TEXT);
    /* The title tells before the text does. */
    assert_int_equal(change(v, V("Fire in Corvale", "Nobody died.", "")), DIFF_TITLE);
    assert_int_equal(change(V("Teh fire", "Two died.", ""), V("The fire", "Three died.", "")), DIFF_TEXT);
    assert_int_equal(change(V("Teh fire", "Two died.", ""), V("The fire", "Two died.", "")), DIFF_SPELLING);
}

static void test_no_room(void **state) {
    (void)state;
    struct arena a;
    const struct diff_version old = V("Fire in Belmar", "a", ""), now = V("Fire in belmar", "a", "");
    arena_init(&a, 16);
    assert_int_equal(diff_change_of(&old, &old, &a), DIFF_EQUAL);
    assert_int_equal(diff_change_of(&old, &now, &a), DIFF_TITLE); /* errs to what matters */
    assert_true(a.failed);
    arena_clear(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_titles),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

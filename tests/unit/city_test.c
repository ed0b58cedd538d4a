/* The city plugin from inside: the table of clue words, the mapped file and its refusals, the home of a feed.
 * What it finds in texts is tested in tests/e2e/city and tests/golden/places. */
#include "unit.h"

#include "city_table.h"

#include "city/clues.c"
#include "city/data.c"
#include "city/home.c"

#include <fcntl.h>
#include <unistd.h>

static void test_clue_words(void **state) {
    (void)state;
    struct clue_index words;
    clue_index_fill(&words);
    for (size_t i = 1; i < sizeof clue_words / sizeof *clue_words; i++)
        if (strcmp(clue_words[i - 1].word, clue_words[i].word) >= 0)
            fail_msg("%s: not in order", clue_words[i].word);
    for (size_t i = 0; i < sizeof clue_words / sizeof *clue_words; i++)
        assert_int_equal(word_tells(&words, (struct na_text){clue_words[i].word, strlen(clue_words[i].word)}),
                         clue_words[i].tells);
    assert_int_equal(word_tells(&words, (struct na_text){"mayo", 4}), 0);
    assert_int_equal(word_tells(&words, (struct na_text){"mayorx", 6}), 0);
    assert_int_equal(word_tells(&words, (struct na_text){NULL, 0}), 0);
    assert_true(word_tells(&words, (struct na_text){"mayor", 5}) & WORD_TITLE);
}

static const struct city_name *find(const struct city_data *d, const char *text) {
    return city_find(d, city_hash(CITY_HASH_START, text, strlen(text)), text, strlen(text));
}

static void test_lookup(void **state) {
    (void)state;
    struct table t;
    struct city_data d;
    struct city_fault why;
    char text[64];
    table_fill(&t);
    assert_int_equal(city_data_use(&d, &t, sizeof t, &why), 0);
    assert_int_equal(find(&d, "alpha")->longest, 2);
    assert_int_equal(find(&d, "alpha town")->n_refs, 2);
    assert_null(find(&d, "alpha tow"));
    assert_null(find(&d, ""));
    city_place_text(&d, 0, text, sizeof text);
    assert_string_equal(text, "Alpha Town, FR");
}

static void refuses(struct table *t, size_t size, const void *where, const char *part) {
    struct city_data d;
    struct city_fault fault = {0};
    assert_int_equal(city_data_use(&d, t, size, &fault), -1);
    if (!strstr(fault.why, part)) fail_msg("%s: not %s", fault.why, part);
    assert_int_equal(fault.at, (const char *)where - (const char *)t);
}

static void test_refusals(void **state) {
    (void)state;
    struct table t;
    table_fill(&t);
    refuses(&t, sizeof t.head - 1, (char *)&t + sizeof t.head - 1, "ends inside");
    refuses(&t, sizeof t - 8, (char *)&t + sizeof t - 8, "ends here");
    t.head.version++;
    refuses(&t, sizeof t, &t.head.version, "version");
    table_fill(&t);
    t.head.order = 0x04030201;
    refuses(&t, sizeof t, &t.head.order, "machine");
    table_fill(&t);
    t.head.magic[3] ^= 1;
    refuses(&t, sizeof t, &t, "no compiled");
    table_fill(&t);
    t.texts[3] ^= 1;
    refuses(&t, sizeof t, &t.head.checksum, "checksum");
    /* A good checksum over bad numbers. */
    table_fill(&t);
    t.head.sections[SECTION_REFS].n = 1000;
    table_seal(&t);
    refuses(&t, sizeof t, &t.head.sections[SECTION_REFS], "past its end");
    table_fill(&t);
    memset(t.head.licence, 'x', sizeof t.head.licence);
    refuses(&t, sizeof t, t.head.licence, "without end");
    table_fill(&t);
    t.places[1].country = 9;
    table_seal(&t);
    refuses(&t, sizeof t, &t.places[1], "outside");
    table_fill(&t);
    t.names[1].key = 30;
    table_seal(&t);
    refuses(&t, sizeof t, &t.names[1], "outside");
    table_fill(&t);
    t.refs[1] = (uint32_t)REF_NAME << 28 | 2;
    table_seal(&t);
    refuses(&t, sizeof t, &t.refs[1], "outside");
    table_fill(&t);
    for (size_t i = 0; i < 4; i++) t.slots[i] = 1; /* a search would never end */
    table_seal(&t);
    refuses(&t, sizeof t, t.slots, "full");
    table_fill(&t);
    memset(t.regions[0].code, 'X', sizeof t.regions[0].code);
    table_seal(&t);
    refuses(&t, sizeof t, &t.regions[0], "outside");
    table_fill(&t);
    t.texts[31] = 'x';
    table_seal(&t);
    refuses(&t, sizeof t, &t.head.sections[SECTION_TEXTS], "without end");
}

/* What is no file of cities at all: empty, a folder. */
static void test_no_files(void **state) {
    (void)state;
    struct city_data d;
    struct city_fault fault = {0};
    int fd = open("/", O_RDONLY | O_CLOEXEC);
    assert_int_equal(city_data_open(&d, fd, &fault), -1);
    assert_non_null(strstr(fault.why, "no compiled"));
    close(fd);
    fd = memfd_create("city", 0);
    assert_int_equal(city_data_open(&d, fd, &fault), -1);
    assert_string_equal(fault.why, "is empty");
    assert_int_equal(write(fd, CITY_MAGIC, 8), 8);
    assert_int_equal(city_data_open(&d, fd, &fault), -1);
    assert_non_null(strstr(fault.why, "inside its head"));
    assert_int_equal(fault.at, 8);
    close(fd);
}

/* Every word of the file replaced by every extreme, with a good checksum: refused, or safe to use. */
static void test_every_word(void **state) {
    (void)state;
    static const uint32_t extremes[] = {0, 1, 3, 31, 33, 0x7fffffff, 0xffffffff, 0x80000000};
    struct table t;
    size_t used = 0;
    for (size_t at = 0; at < sizeof t / 4; at++)
        for (size_t e = 0; e < sizeof extremes / sizeof *extremes; e++) {
            struct city_data d;
            struct city_fault why;
            char text[64];
            table_fill(&t);
            memcpy((char *)&t + 4 * at, &extremes[e], 4);
            if (4 * at >= sizeof t.head) table_seal(&t);
            if (city_data_use(&d, &t, sizeof t, &why)) continue;
            used++;
            (void)find(&d, "alpha town");
            (void)find(&d, "beta");
            for (uint32_t i = 0; i < d.n_places; i++) city_place_text(&d, i, text, sizeof text);
        }
    assert_true(used > 20);
}

static void test_homes(void **state) {
    (void)state;
    struct table t;
    struct city_data d;
    struct homes h;
    struct city_fault why;
    table_fill(&t);
    assert_int_equal(city_data_use(&d, &t, sizeof t, &why), 0);
#define READ(text) homes_read(&h, (struct na_text){text, strlen(text)}, &d)
    READ("1 10.000 FR 5.000 XX 3.000");
    assert_int_equal(h.n, 1);
    assert_true(homes_share(&h, 0) > 0.49 && homes_share(&h, 0) < 0.51);
    READ("1 2.000 FR 2.000"); /* too few to say anything */
    assert_true(homes_share(&h, 0) == 0);
    READ("1 10 FR 900"); /* a share is at most 1 */
    assert_true(homes_share(&h, 0) == 1);
    static const char *const bad[] = {"",          "2 10 FR 5",   "garbage",    "1 nan FR 5",
                                      "1 -4 FR 5", "1 10 FR nan", "1 1e99 FR 5"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        READ(bad[i]);
        assert_true(homes_share(&h, 0) == 0);
    }
}

static void test_km(void **state) {
    (void)state;
    struct city_place a = {.lat = 4885341, .lon = 234880}, b = {.lat = 5150853, .lon = -12574};
    assert_true(city_km(&a, &b) > 335 && city_km(&a, &b) < 350); /* Paris to London */
    struct city_place c = {.lat = 0, .lon = 17990000}, e = {.lat = 0, .lon = -17990000};
    assert_true(city_km(&c, &e) < 30); /* across the date line */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clue_words), cmocka_unit_test(test_lookup),     cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_no_files),   cmocka_unit_test(test_every_word), cmocka_unit_test(test_homes),
        cmocka_unit_test(test_km),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

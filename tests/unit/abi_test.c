/* The public header is binary interface: what stands where, on x86-64, for good. A test that fails here means
 * that plugins which people have built would read the wrong bytes: append instead (NA_HAS), or give the break
 * a new symbol name. New members get new lines at the end of their struct. */
#include "unit.h"

#include "newsalert_plugin.h"

#define AT(s, member, offset, bytes)                                                                         \
    assert_int_equal(offsetof(struct s, member), offset);                                                    \
    assert_int_equal(sizeof(((struct s *)0)->member), bytes)

static void test_na_text(void **state) {
    (void)state;
    assert_int_equal(sizeof(struct na_text), 16);
    AT(na_text, ptr, 0, 8);
    AT(na_text, len, 8, 8);
}

static void test_na_option(void **state) {
    (void)state;
    assert_int_equal(sizeof(struct na_option), 32);
    AT(na_option, name, 0, 8);
    AT(na_option, type, 8, 8);
    AT(na_option, preset, 16, 8);
    AT(na_option, help, 24, 8);
}

static void test_na_pattern(void **state) {
    (void)state;
    assert_int_equal(sizeof(struct na_pattern), 48);
    AT(na_pattern, folded, 0, 16);
    AT(na_pattern, exact, 16, 16);
    AT(na_pattern, hash, 32, 8);
    AT(na_pattern, flags, 40, 8);
}

static void test_na_term(void **state) {
    (void)state;
    assert_int_equal(sizeof(struct na_term), 96);
    AT(na_term, id, 0, 8);
    AT(na_term, flags, 8, 8);
    AT(na_term, fields, 16, 8);
    AT(na_term, prefix, 24, 16);
    AT(na_term, value, 40, 16);
    AT(na_term, suffix, 56, 16);
    AT(na_term, patterns, 72, 8);
    AT(na_term, n_patterns, 80, 8);
    AT(na_term, pattern_stride, 88, 8);
}

static void test_na_word(void **state) {
    (void)state;
    assert_int_equal(sizeof(struct na_word), 56);
    AT(na_word, start, 0, 4);
    AT(na_word, len, 4, 4);
    AT(na_word, position, 8, 4);
    AT(na_word, flags, 12, 4);
    AT(na_word, hash, 16, 8);
    AT(na_word, folded, 24, 16);
    AT(na_word, exact, 40, 16);
}

static void test_na_field(void **state) {
    (void)state;
    assert_int_equal(sizeof(struct na_field), 48);
    AT(na_field, kind, 0, 8);
    AT(na_field, value, 8, 8);
    AT(na_field, text, 16, 16);
    AT(na_field, words, 32, 8);
    AT(na_field, n_words, 40, 8);
}

static void test_na_item(void **state) {
    (void)state;
    assert_int_equal(sizeof(struct na_item), 80);
    AT(na_item, size, 0, 8);
    AT(na_item, fields, 8, 8);
    AT(na_item, n_fields, 16, 8);
    AT(na_item, field_stride, 24, 8);
    AT(na_item, word_stride, 32, 8);
    AT(na_item, published, 40, 8);
    AT(na_item, feed, 48, 16);
    AT(na_item, memory, 64, 16);
}

static void test_na_host(void **state) {
    (void)state;
    assert_int_equal(sizeof(struct na_host), 48);
    AT(na_host, size, 0, 8);
    AT(na_host, ctx, 8, 8);
    AT(na_host, log, 16, 8);
    AT(na_host, option, 24, 8);
    AT(na_host, data, 32, 8);
    AT(na_host, extension, 40, 8);
}

static void test_na_compile(void **state) {
    (void)state;
    assert_int_equal(sizeof(struct na_compile), 72);
    AT(na_compile, size, 0, 8);
    AT(na_compile, ctx, 8, 8);
    AT(na_compile, terms, 16, 8);
    AT(na_compile, n_terms, 24, 8);
    AT(na_compile, term_stride, 32, 8);
    AT(na_compile, bad_term, 40, 8);
    AT(na_compile, warn_term, 48, 8);
    AT(na_compile, understood, 56, 8);
    AT(na_compile, cut, 64, 8);
}

static void test_na_match(void **state) {
    (void)state;
    assert_int_equal(sizeof(struct na_match), 56);
    AT(na_match, size, 0, 8);
    AT(na_match, ctx, 8, 8);
    AT(na_match, flags, 16, 8);
    AT(na_match, emit, 24, 8);
    AT(na_match, unknown, 32, 8);
    AT(na_match, note, 40, 8);
    AT(na_match, remember, 48, 8);
}

static void test_na_matcher(void **state) {
    (void)state;
    assert_int_equal(sizeof(struct na_matcher), 40);
    AT(na_matcher, size, 0, 8);
    AT(na_matcher, prefixes, 8, 8);
    AT(na_matcher, compile, 16, 8);
    AT(na_matcher, match, 24, 8);
    AT(na_matcher, release, 32, 8);
}

static void test_na_action(void **state) {
    (void)state;
    assert_int_equal(sizeof(struct na_action), 32);
    AT(na_action, id, 0, 16);
    AT(na_action, label, 16, 16);
}

static void test_na_entry(void **state) {
    (void)state;
    assert_int_equal(sizeof(struct na_entry), 48);
    AT(na_entry, title, 0, 16);
    AT(na_entry, url, 16, 16);
    AT(na_entry, about, 32, 16);
}

static void test_na_message(void **state) {
    (void)state;
    assert_int_equal(sizeof(struct na_message), 184);
    AT(na_message, size, 0, 8);
    AT(na_message, key, 8, 16);
    AT(na_message, thread, 24, 16);
    AT(na_message, kind, 40, 16);
    AT(na_message, level, 56, 8);
    AT(na_message, title, 64, 16);
    AT(na_message, body, 80, 16);
    AT(na_message, url, 96, 16);
    AT(na_message, actions, 112, 8);
    AT(na_message, n_actions, 120, 8);
    AT(na_message, action_stride, 128, 8);
    AT(na_message, silent, 136, 8);
    AT(na_message, expire_ms, 144, 8);
    AT(na_message, fired, 152, 8);
    AT(na_message, entries, 160, 8);
    AT(na_message, n_entries, 168, 8);
    AT(na_message, entry_stride, 176, 8);
}

static void test_na_notifier_host(void **state) {
    (void)state;
    assert_int_equal(sizeof(struct na_notifier_host), 64);
    AT(na_notifier_host, size, 0, 8);
    AT(na_notifier_host, ctx, 8, 8);
    AT(na_notifier_host, log, 16, 8);
    AT(na_notifier_host, option, 24, 8);
    AT(na_notifier_host, sent, 32, 8);
    AT(na_notifier_host, acted, 40, 8);
    AT(na_notifier_host, closed, 48, 8);
    AT(na_notifier_host, available, 56, 8);
}

static void test_na_notifier(void **state) {
    (void)state;
    assert_int_equal(sizeof(struct na_notifier), 64);
    AT(na_notifier, size, 0, 8);
    AT(na_notifier, options, 8, 8);
    AT(na_notifier, option_stride, 16, 8);
    AT(na_notifier, features, 24, 8);
    AT(na_notifier, start, 32, 8);
    AT(na_notifier, send, 40, 8);
    AT(na_notifier, cancel, 48, 8);
    AT(na_notifier, stop, 56, 8);
}

static void test_na_plugin(void **state) {
    (void)state;
    assert_int_equal(sizeof(struct na_plugin), 88);
    AT(na_plugin, size, 0, 8);
    AT(na_plugin, name, 8, 8);
    AT(na_plugin, version, 16, 8);
    AT(na_plugin, license, 24, 8);
    AT(na_plugin, summary, 32, 8);
    AT(na_plugin, options, 40, 8);
    AT(na_plugin, option_stride, 48, 8);
    AT(na_plugin, open, 56, 8);
    AT(na_plugin, close, 64, 8);
    AT(na_plugin, matcher, 72, 8);
    AT(na_plugin, notifier, 80, 8);
}

static void test_numbers(void **state) {
    (void)state;
    assert_int_equal(NA_OK, 0);
    assert_int_equal(NA_FAIL, -1);
    assert_int_equal(NA_TITLE, 0);
    assert_int_equal(NA_SUMMARY, 1);
    assert_int_equal(NA_CONTENT, 2);
    assert_int_equal(NA_AUTHOR, 3);
    assert_int_equal(NA_CATEGORY, 4);
    assert_int_equal(NA_URL, 5);
    assert_int_equal(NA_LANGUAGE, 6);
    assert_int_equal(NA_N_FIELDS, 7);
    assert_int_equal(NA_TERM_NOCASE, 1);
    assert_int_equal(NA_TERM_ALL, 2);
    assert_int_equal(NA_PATTERN_ACRONYM, 1);
    assert_int_equal(NA_PATTERN_EXACT, 2);
    assert_int_equal(NA_PATTERN_HASH_SIGN, 4);
    assert_int_equal(NA_PATTERN_AT_SIGN, 8);
    assert_int_equal(NA_PATTERN_WILD, 16);
    assert_int_equal(NA_PATTERN_ANY, 32);
    assert_int_equal(NA_WORD_NO_SMALL, 1);
    assert_int_equal(NA_WORD_ACRONYM, 2);
    assert_int_equal(NA_WORD_DIGIT, 4);
    assert_int_equal(NA_WORD_URL, 8);
    assert_int_equal(NA_WORD_BREAK, 16);
    assert_int_equal(NA_WORD_POSSESSIVE, 32);
    assert_int_equal(NA_WORD_HASH_SIGN, 64);
    assert_int_equal(NA_WORD_AT_SIGN, 128);
    assert_int_equal(NA_WORD_CAPITAL, 256);
    assert_int_equal(NA_MATCH_EXPLAIN, 1);
    assert_int_equal(NA_SENT, 0);
    assert_int_equal(NA_RETRY, 1);
    assert_int_equal(NA_DEAD, 2);
    assert_int_equal(NA_SUSPEND, 3);
    assert_int_equal(NA_ROUTINE, 0);
    assert_int_equal(NA_URGENT, 1);
    assert_int_equal(NA_FLASH, 2);
    assert_int_equal(NA_FEATURE_EDITS, 1);
    assert_int_equal(NA_FEATURE_ACTIONS, 2);
    assert_int_equal(NA_CLOSED_EXPIRED, 1);
    assert_int_equal(NA_CLOSED_BY_PERSON, 2);
    assert_int_equal(NA_CLOSED_BY_US, 3);
    assert_int_equal(NA_CLOSED_OTHER, 4);
    assert_true(NA_FIELD(NA_LANGUAGE) == 64 && NA_NONE == UINT64_MAX);
}

/* An older, smaller struct does not have what was appended later; a larger one does. */
static void test_has(void **state) {
    (void)state;
    struct na_plugin p = {.size = offsetof(struct na_plugin, notifier)};
    assert_true(NA_HAS(&p, matcher));
    assert_false(NA_HAS(&p, notifier));
    p.size += 7;
    assert_false(NA_HAS(&p, notifier));
    p.size += 1;
    assert_true(NA_HAS(&p, notifier));
    struct {
        struct na_word word;
        uint64_t later;
    } words[3] = {{.word.start = 1}, {.word.start = 2}, {.word.start = 3}};
    assert_int_equal(NA_AT(const struct na_word, words, sizeof words[0], 2)->start, 3);
    assert_true(NA_HAS_AT(sizeof words[0], &words[0], later));
    assert_false(NA_HAS_AT(sizeof(struct na_word), &words[0], later));
}

int main(void) {
#if !defined(__x86_64__)
    /* The order is the same everywhere; the numbers are of this machine. */
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_numbers), cmocka_unit_test(test_has)};
#else
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_na_text),
        cmocka_unit_test(test_na_option),
        cmocka_unit_test(test_na_pattern),
        cmocka_unit_test(test_na_term),
        cmocka_unit_test(test_na_word),
        cmocka_unit_test(test_na_field),
        cmocka_unit_test(test_na_item),
        cmocka_unit_test(test_na_host),
        cmocka_unit_test(test_na_compile),
        cmocka_unit_test(test_na_match),
        cmocka_unit_test(test_na_matcher),
        cmocka_unit_test(test_na_action),
        cmocka_unit_test(test_na_entry),
        cmocka_unit_test(test_na_message),
        cmocka_unit_test(test_na_notifier_host),
        cmocka_unit_test(test_na_notifier),
        cmocka_unit_test(test_na_plugin),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_has),
    };
#endif
    return cmocka_run_group_tests(tests, NULL, NULL);
}

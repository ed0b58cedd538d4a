/* The table of calm words: a feed whose author looks for colliding words costs no more look-ups than another.
 */
#include "unit.h"

#include "../../daemon/item/words_index.c"

enum { N_WORDS = 4000 };

/* A hash without a key, as a hostile author could compute it. */
static uint32_t unkeyed(const char *p, size_t len) {
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < len; i++) h = (h ^ (unsigned char)p[i]) * 16777619u;
    return h;
}

/* Slots between where a word should stand and where it does, over all words. */
static size_t displaced(const struct calm_words *c) {
    size_t sum = 0;
    for (size_t i = 0; i < c->cap; i++)
        if (c->slots[i].folded.len) sum += (i - c->slots[i].hash) & (c->cap - 1);
    return sum;
}

static size_t cost_of(char (*words)[8], size_t n) {
    struct arena a;
    arena_init(&a, 1 << 26);
    char *text = arena_alloc(&a, n * 9);
    size_t len = 0;
    for (size_t i = 0; i < n; i++) len += (size_t)snprintf(text + len, 10, "%s ", words[i]);
    struct na_word *cut;
    const size_t n_cut = words_cut((struct text){text, len}, &a, &cut);
    assert_int_equal(n_cut, n);
    const struct na_field field = {NA_CONTENT, 0, {text, len}, cut, n_cut};
    const struct field_case calm = {false};
    struct calm_words c = calm_words(&field, &calm, 1);
    size_t cost = displaced(&c);
    free(c.slots);
    arena_clear(&a);
    return cost;
}

static void flooding_is_linear(void **state) {
    (void)state;
    static char flood[N_WORDS][8], honest[N_WORDS][8];
    uint32_t n = 0, bits = 0;
    for (uint32_t i = 0; n < N_WORDS; i++) { /* words that an unkeyed hash puts into one slot of 512 */
        char word[8];
        int len = snprintf(word, sizeof word, "w%x", i);
        if ((unkeyed(word, (size_t)len) & 511) != bits) continue;
        memcpy(flood[n++], word, sizeof word);
    }
    for (uint32_t i = 0; i < N_WORDS; i++) snprintf(honest[i], sizeof honest[i], "h%x", i);
    /* At half load a word is half a slot away on average; twice that leaves room for chance. */
    assert_true(cost_of(flood, N_WORDS) < N_WORDS);
    assert_true(cost_of(honest, N_WORDS) < N_WORDS);
}

/* One word ten thousand times is one slot. */
static void one_word_is_one_slot(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 1 << 26);
    size_t n = 10000;
    char *text = arena_alloc(&a, n * 4);
    for (size_t i = 0; i < n; i++) memcpy(text + 4 * i, "ice ", 4);
    const struct item item = {
        .title = TEXT("SNOW AND ICE"), .content = {text, 4 * n}, .published = TIME_NONE};
    const struct na_item na = words_index(&item, TEXT_NONE, TEXT_NONE, &a);
    assert_int_equal(na.fields[1].n_words, n);
    assert_false(na.fields[0].words[2].flags & NA_WORD_ACRONYM);
    const struct field_case cases[] = {{true}, {false}};
    struct calm_words c = calm_words(na.fields, cases, 2);
    size_t used = 0;
    for (size_t i = 0; i < c.cap; i++) used += c.slots[i].folded.len > 0;
    assert_int_equal(used, 1);
    free(c.slots);
    arena_clear(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flooding_is_linear),
        cmocka_unit_test(one_word_is_one_slot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

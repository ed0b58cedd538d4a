/* item/identity.c: which two entries are one item (DESIGN 2.3). */
#include "unit.h"

#include "base/mem.h"
#include "base/time.h"
#include "item/item.h"

#define N 4

/* A document of up to N items; those without id, url and title end it. */
static struct item_keys *keys_of(struct item items[N]) {
    struct document d = {.items = items};
    while (d.n_items < N &&
           (items[d.n_items].id.len || items[d.n_items].url.len || items[d.n_items].title.len))
        d.n_items++;
    struct item_keys *k = item_keys(&d);
    assert_non_null(k);
    return k;
}

#define ITEM(i, u, t)                                                                                        \
    { .id = TEXT(i), .url = TEXT(u), .title = TEXT(t), .published = TIME_NONE, .updated = TIME_NONE }
#define SAME(a, b, member) (!memcmp((a)->member, (b)->member, ITEM_KEY_SIZE))

static const unsigned char zero[ITEM_KEY_SIZE];

static void test_id_alone(void **state) {
    (void)state;
    struct item items[N] = {ITEM("a1", "https://p.example/1", "Flood"),
                            ITEM("a1", "https://p.example/1", "Flood, again"),
                            ITEM("a2", "https://p.example/1", "Flood")};
    struct item_keys *k = keys_of(items);
    assert_true(k[0].has_id && k[1].has_id && k[2].has_id);
    assert_true(SAME(&k[0], &k[1], id));
    assert_false(SAME(&k[0], &k[2], id));
    assert_true(SAME(&k[0], &k[2], pair)); /* ids made anew: the address and the title tell */
    assert_false(SAME(&k[0], &k[1], pair));
    assert_false(SAME(&k[0], &k[1], content));
    assert_true(SAME(&k[0], &k[2], content));
    free(k);
}

static void test_http_to_https(void **state) {
    (void)state;
    struct item items[N] = {
        ITEM("http://p.example/1", "http://www.p.example/1?utm_source=rss", "Flood at the Mill"),
        ITEM("https://p.example/1", "https://p.example/1/", "flood at the mill!"),
        ITEM("https://p.example/live#1", "https://p.example/live", "Live"),
        ITEM("https://p.example/live#2", "https://p.example/live", "Live")};
    struct item_keys *k = keys_of(items);
    assert_true(SAME(&k[0], &k[1], id));
    assert_true(SAME(&k[0], &k[1], pair));
    assert_false(SAME(&k[2], &k[3], id)); /* the fragment of an id counts */
    assert_true(k[2].has_id && k[3].has_id);
    free(k);
}

static void test_shared_id_is_none(void **state) {
    (void)state;
    struct item items[N] = {ITEM("x", "https://p.example/1", "One"), ITEM("x", "https://p.example/2", "Two"),
                            ITEM("y", "https://p.example/3", "Three"),
                            ITEM("y", "http://p.example/3/", "Three")};
    struct item_keys *k = keys_of(items);
    assert_false(k[0].has_id || k[1].has_id);
    assert_memory_equal(k[0].id, zero, ITEM_KEY_SIZE);
    assert_true(k[2].has_id && k[3].has_id); /* two spellings of one address */
    struct arena a;
    unsigned char key[ITEM_KEY_SIZE];
    arena_init(&a, 1 << 20);
    item_id_key(&items[0], &a, key);
    assert_memory_not_equal(key, zero, ITEM_KEY_SIZE);
    item_id_key(&items[2], &a, key);
    assert_memory_equal(key, k[2].id, ITEM_KEY_SIZE);
    arena_clear(&a);
    free(k);
}

static void test_neither_id_nor_url(void **state) {
    (void)state;
    struct item items[N] = {ITEM("", "", "Notice"), ITEM("", "", "Notice"), ITEM("", "", "Other"),
                            ITEM("", "", "Notice")};
    items[3].published = 1000;
    struct item_keys *k = keys_of(items);
    assert_false(k[0].has_id || k[0].has_pair);
    assert_true(SAME(&k[0], &k[1], text));
    assert_false(SAME(&k[0], &k[2], text));
    assert_false(SAME(&k[0], &k[3], text));
    free(k);
}

/* Every field that matching sees makes a change; the date, and how a link is decorated, do not. */
static void test_content(void **state) {
    (void)state;
    struct text one[] = {TEXT("storm")}, two[] = {TEXT("storm"), TEXT("sea")};
    const struct item base = {.id = TEXT("a"),
                              .url = TEXT("https://p.example/1"),
                              .title = TEXT("T"),
                              .summary = TEXT("S"),
                              .content = TEXT("C"),
                              .author = TEXT("A"),
                              .language = TEXT("en"),
                              .categories = one,
                              .n_categories = 1,
                              .published = 5,
                              .updated = 6};
    struct item same[] = {base, base, base};
    same[0].published = 99;
    same[1].url = TEXT("http://www.p.example/1?utm_medium=feed");
    same[2].id = TEXT("b");
    struct item other[] = {base, base, base, base, base, base, base};
    other[0].title = TEXT("T2");
    other[1].summary = TEXT("S2");
    other[2].content = TEXT("C2");
    other[3].author = TEXT("A2");
    other[4].language = TEXT("pt");
    other[5].categories = two, other[5].n_categories = 2;
    other[6].summary = TEXT("SC"), other[6].content = TEXT_NONE; /* not the same bytes in another field */
    struct item first = base;
    struct item_keys *k = item_keys(&(struct document){.items = &first, .n_items = 1});
    for (size_t i = 0; i < 3; i++) {
        struct item_keys *o = item_keys(&(struct document){.items = &same[i], .n_items = 1});
        assert_memory_equal(k->content, o->content, ITEM_KEY_SIZE);
        free(o);
    }
    for (size_t i = 0; i < 7; i++) {
        struct item_keys *o = item_keys(&(struct document){.items = &other[i], .n_items = 1});
        assert_memory_not_equal(k->content, o->content, ITEM_KEY_SIZE);
        free(o);
    }
    free(k);
}

static void test_shown_id(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 4096);
    struct item with_id = ITEM("tag:p.example,2026:1", "https://p.example/1", "T");
    struct item with_url = ITEM("", "https://p.example/1", "T");
    struct item bare = ITEM("", "", "T");
    assert_true(text_eqs(item_shown_id(&with_id, &a), "tag:p.example,2026:1"));
    assert_true(text_eqs(item_shown_id(&with_url, &a), "https://p.example/1"));
    struct text made = item_shown_id(&bare, &a);
    assert_int_equal(made.len, 7 + 64);
    assert_true(text_starts(made, TEXT("sha256:")));
    assert_true(text_eq(made, item_shown_id(&bare, &a)));
    arena_clear(&a);
}

static void test_empty_document(void **state) {
    (void)state;
    free(item_keys(&(struct document){0}));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_id_alone),          cmocka_unit_test(test_http_to_https),
        cmocka_unit_test(test_shared_id_is_none), cmocka_unit_test(test_neither_id_nor_url),
        cmocka_unit_test(test_content),           cmocka_unit_test(test_shown_id),
        cmocka_unit_test(test_empty_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

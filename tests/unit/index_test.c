/* Which story an item tells: each rule with its limits, what a restart keeps, and the cap. */
#include "unit.h"

#include "base/limits.h"
#include "base/time.h"
#undef LIMIT_STORY_ITEMS
#define LIMIT_STORY_ITEMS 300u /* so that the cap is reached in no time */

#include "story/index.c"

static struct story_index *fresh(void) {
    const struct story_options o = {.seed = 5};
    return story_index_new(&o);
}

static int64_t next_id;

static struct story_answer tell(struct story_index *x, int64_t hours, const char *publisher,
                                const char *title, const char *lead, const char *url) {
    struct story_answer r;
    const struct story_item item = {.id = ++next_id,
                                    .title = text_of(title),
                                    .summary = text_of(lead),
                                    .url = text_of(url),
                                    .publisher = text_of(publisher),
                                    .seen = hours * HOUR};
    story_of(x, &item, &r, NULL);
    assert_true(r.first == (r.why == STORY_WHY_FIRST));
    assert_true(r.first ? !r.with : r.with > 0 && r.with < next_id);
    assert_true(r.score >= 0 && r.score <= 1);
    if (r.why == STORY_WHY_URL || r.why == STORY_WHY_COPY) assert_true(r.score == 1);
    if (r.why == STORY_WHY_WORDS) assert_true(r.score < 1);
    return r;
}

static void test_url(void **state) {
    (void)state;
    struct story_index *x = fresh();
    struct story_answer a = tell(x, 0, "p", "Harvest fair opens", "", "http://www.fair.example/x/"), b;
    b = tell(x, 1, "q", "Pumpkins wherever one looks", "", "https://fair.example/x?utm_source=rss#top");
    assert_int_equal(b.why, STORY_WHY_URL);
    assert_int_equal(b.story, a.story);
    /* Each item prolongs the window of 48 hours; after it, the address opens another story. */
    assert_int_equal(tell(x, 49, "q", "Fair ends", "", "https://fair.example/x").story, a.story);
    b = tell(x, 98, "q", "Fair begins", "", "https://fair.example/x");
    assert_true(b.first && b.story > a.story);
    x = story_index_free(x);
}

static void test_life(void **state) {
    (void)state;
    struct story_index *x = fresh();
    int64_t story = tell(x, 0, "p", "Strike at the harbour", "", "https://a.example/1").story;
    for (int64_t h = 40; h <= 160; h += 40)
        assert_int_equal(tell(x, h, "p", "Strike again", "", "https://a.example/1").story, story);
    /* 7 days after its first item it takes no more, though its newest one is young. */
    assert_int_not_equal(tell(x, 169, "p", "Strike on", "", "https://a.example/1").story, story);
    x = story_index_free(x);
}

static void test_copy(void **state) {
    (void)state;
    struct story_index *x = fresh();
    struct story_answer a = tell(x, 0, "p", "Goats eat minutes of Brackwater's council", "", ""), b;
    b = tell(x, 1, "q", "UPDATE 2-GOATS eat minutes of Brackwater’s council | Morning Post", "", "");
    assert_int_equal(b.why, STORY_WHY_COPY);
    assert_int_equal(b.story, a.story);
    /* Three words of content do not make a copy. */
    tell(x, 2, "p", "Rain in spring", "", "");
    assert_true(tell(x, 3, "q", "Rain in spring", "", "").why != STORY_WHY_COPY);
    /* One publisher's title of the day before is a column, another's is not. */
    a = tell(x, 4, "p", "Weather forecast for coast and hills", "", "");
    assert_int_equal(tell(x, 15, "p", "Weather forecast for coast and hills", "", "").story, a.story);
    assert_true(tell(x, 28, "p", "Weather forecast for coast and hills", "", "").first);
    assert_int_equal(tell(x, 39, "q", "Weather forecast for coast and hills", "", "").why, STORY_WHY_COPY);
    x = story_index_free(x);
}

static void test_copy_of_text(void **state) {
    (void)state;
    static const char lead[] =
        "Seventeen goats escaped from a farm near Brackwater on Monday and walked into the town hall, where "
        "they ate the minutes of the last meeting before the fire brigade led them away with carrots.";
    struct story_index *x = fresh();
    struct story_answer a = tell(x, 0, "p", "Goats escape in Brackwater", lead, ""), b;
    b = tell(x, 1, "q", "Town hall visited by animals", lead, "");
    assert_int_equal(b.why, STORY_WHY_COPY);
    assert_int_equal(b.story, a.story);
    b = tell(x, 2, "q", "Besuch im Rathaus", lead, ""); /* in whatever language the title is */
    assert_int_equal(b.story, a.story);
    x = story_index_free(x);
}

static void test_words(void **state) {
    (void)state;
    struct story_index *x = fresh();
    struct story_answer a = tell(x, 0, "p", "Three die as fire guts mill in Brackwater", "", ""), b;
    b = tell(x, 1, "q", "Brackwater mill blaze kills three", "", "");
    assert_int_equal(b.why, STORY_WHY_WORDS);
    assert_int_equal(b.story, a.story);
    /* The same in another town, on one day. */
    assert_true(tell(x, 2, "q", "Three die as fire guts mill in Dolverton", "", "").first);
    /* Two words, and another language. */
    assert_true(tell(x, 3, "r", "Mill fire", "", "").first);
    tell(x, 4, "r", "The dam of Dolverton has broken and the valley of Varnak is flooded", "", "");
    assert_true(
        tell(x, 4, "r", "Der Damm in Dolverton ist gebrochen und das Tal von Varnak ist flooded", "", "")
            .first);
    /* One shared word tells a kind, not an event. */
    assert_true(tell(x, 5, "r", "Old water mill becomes a museum of bread", "", "").first);
    x = story_index_free(x);
}

/* A part that many names have, a place where much happens, and a firm's name alone beside other names are no
 * event. */
static void test_names(void **state) {
    (void)state;
    struct story_index *x = fresh();
    tell(x, 0, "p", "Quarterly profit of Kolt Motors falls by a third", "", "");
    assert_true(tell(x, 1, "q", "Record profit for Senn Motors", "", "").first);
    struct story_answer a = tell(x, 2, "p", "Ferry hits a pier near San Tarbet, 40 injured", "", ""), b;
    b = tell(x, 3, "q", "San Tarbet ferry crash: 40 in hospital", "", "");
    assert_int_equal(b.story, a.story);
    assert_true(tell(x, 3, "r", "Council of San Tarbet opens new pool", "", "").first);
    tell(x, 4, "p", "Vans of Skelby are recalled from Orlitz", "", "");
    assert_true(tell(x, 4, "q", "Chief of Skelby leaves for Varnak", "", "").first);
    tell(x, 4, "r", "Mayor of Lower Brandholm resigns", "", "");
    assert_true(tell(x, 4, "s", "Brandholm Times wins a prize for cartoons", "", "").first);
    x = story_index_free(x);

    /* A person is one, with one word more. */
    x = fresh();
    a = tell(x, 0, "p", "Trial of Runa Sell opens in fraud case", "", "");
    tell(x, 1, "q", "Runa Sell denies fraud in trial", "", "");
    b = tell(x, 2, "r", "Lawyer asks court to free Runa Sell in fraud case", "", "");
    assert_int_equal(b.story, a.story);
    x = story_index_free(x);
}

/* A story has the language of the first of its items that tells one. */
static void test_language(void **state) {
    (void)state;
    struct story_index *x = fresh();
    int64_t story = tell(x, 0, "p", "Orlitz: Dolverton 18 Varnak", "", "").story;
    assert_int_equal(tell(x, 1, "q", "Orlitz and Dolverton: the 18 of Varnak were found", "", "").story,
                     story);
    assert_true(tell(x, 1, "r", "Orlitz und Dolverton: 18 Tote nach dem Bruch in Varnak", "", "").first);
    /* Everyday words tell it, too, not only the small ones. */
    story = tell(x, 2, "p", "Tarsia earthquake: 30 dead", "", "").story;
    assert_int_equal(tell(x, 2, "q", "Tarsia earthquake death toll rises to 30", "", "").story, story);
    assert_true(tell(x, 3, "r", "Erdbeben in Tarsia: Mindestens 30 Tote", "", "").first);
    x = story_index_free(x);
}

static void test_threshold(void **state) {
    (void)state;
    const struct story_options strict = {.threshold = 1, .window = HOUR, .seed = 5, .next = 70};
    struct story_index *x = story_index_new(&strict);
    struct story_answer a = tell(x, 0, "p", "Three die as fire guts mill in Brackwater", "", "");
    assert_int_equal(a.story, 70);
    assert_int_equal(tell(x, 1, "q", "Brackwater mill blaze kills three", "", "").story, 71);
    assert_true(tell(x, 3, "q", "Three die as fire guts mill in Brackwater", "", "").first); /* the window */
    x = story_index_free(x);
}

/* ---- restarts ---- */

#define TRACE 240u

struct traced {
    char title[128], lead[256];
};

static uint64_t random_state;
static unsigned below(unsigned n) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random_state >> 33) % n;
}

static void make_trace(struct traced t[TRACE]) {
    static const char *const words[] = {"fire",   "mill",       "mayor",     "quits",   "storm",
                                        "ferry",  "Brackwater", "Dolverton", "Elmscar", "Varnak",
                                        "strike", "bridge",     "museum",    "goats"};
    for (size_t i = 0; i < TRACE; i++) {
        t[i].title[0] = t[i].lead[0] = '\0';
        for (unsigned w = 0; w < 6; w++) {
            size_t n = strlen(t[i].title);
            snprintf(t[i].title + n, sizeof t[i].title - n, "%s ", words[below(14)]);
        }
        for (unsigned w = 0; i % 2 && w < 12; w++) {
            size_t n = strlen(t[i].lead);
            snprintf(t[i].lead + n, sizeof t[i].lead - n, "%s the %u ", words[below(14)], below(9));
        }
    }
}

static struct story_item traced_item(const struct traced *t, size_t i) {
    return (struct story_item){.id = (int64_t)i + 1,
                               .title = text_of(t[i].title),
                               .summary = text_of(t[i].lead),
                               .publisher = TEXT("p"),
                               .seen = (int64_t)i * HOUR / 2};
}

/* An index that was filled with what is stored answers as the one that lived on. */
/* The same answers after a restart at any point, whether the items come back by their texts or by gists. */
static void restart(bool by_gist) {
    static struct traced t[TRACE];
    static struct story_answer lived[TRACE];
    static struct buf gists[TRACE];
    for (random_state = 1; random_state < 6; random_state++) {
        uint64_t seed = random_state;
        make_trace(t);
        struct story_index *x = fresh();
        for (size_t i = 0; i < TRACE; i++) {
            const struct story_item item = traced_item(t, i);
            buf_init(&gists[i], LIMIT_STORY_GIST);
            story_of(x, &item, &lived[i], &gists[i]);
        }
        x = story_index_free(x);
        for (size_t cut = 10; cut < TRACE; cut += 53) {
            x = fresh();
            for (size_t i = 0; i < TRACE; i++) {
                const struct story_item item = traced_item(t, i);
                struct story_answer r;
                if (i < cut && by_gist) {
                    assert_int_equal(story_index_put_gist(x, buf_text(&gists[i]), item.id, item.seen,
                                                          lived[i].story, false),
                                     0);
                    continue;
                }
                if (i < cut) {
                    story_index_put(x, &item, lived[i].story, false);
                    continue;
                }
                story_of(x, &item, &r, NULL);
                assert_int_equal(r.story, lived[i].story);
                assert_int_equal(r.why, lived[i].why);
                assert_int_equal(r.with, lived[i].with);
                assert_true(r.score == lived[i].score);
            }
            x = story_index_free(x);
        }
        random_state = seed;
        for (size_t i = 0; i < TRACE; i++) buf_clear(&gists[i]);
    }
}

static void test_restart(void **state) {
    (void)state;
    restart(false);
}

static void test_restart_gists(void **state) {
    (void)state;
    restart(true);
}

/* Bytes that are no gist are refused, and change nothing. */
static void test_bad_gists(void **state) {
    (void)state;
    struct story_index *x = fresh();
    struct story_index_status before, after;
    struct story_answer r;
    struct buf good, bad;
    const struct story_item item = {.id = 1,
                                    .title = TEXT("Goats eat minutes of Brackwater's council"),
                                    .summary = TEXT("Seventeen goats escaped from a farm near Brackwater on "
                                                    "Monday and walked into the town hall.")};
    buf_init(&good, LIMIT_STORY_GIST);
    buf_init(&bad, LIMIT_STORY_GIST);
    story_of(x, &item, &r, &good);
    story_index_status(x, &before);
    for (size_t n = 0; n < good.len; n++)
        assert_int_equal(story_index_put_gist(x, (struct text){good.ptr, n}, 2, 0, 2, false), -1);
    buf_addt(&bad, buf_text(&good));
    buf_addc(&bad, 0);
    assert_int_equal(story_index_put_gist(x, buf_text(&bad), 2, 0, 2, false), -1);
    bad.len = good.len;
    bad.ptr[0] ^= 1;
    assert_int_equal(story_index_put_gist(x, buf_text(&bad), 2, 0, 2, false), -1);
    story_index_status(x, &after);
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(story_index_put_gist(x, buf_text(&good), 2, 0, 2, false), 0);
    buf_clear(&good);
    buf_clear(&bad);
    x = story_index_free(x);
}

static void test_counts(void **state) {
    (void)state;
    static struct traced t[TRACE];
    struct buf counts, again;
    struct story_index *x = fresh(), *y = fresh();
    random_state = 9;
    make_trace(t);
    for (size_t i = 0; i < TRACE; i++) {
        const struct story_item item = traced_item(t, i);
        struct story_answer r;
        story_of(x, &item, &r, NULL);
    }
    buf_init(&counts, LIMIT_STORY_COUNTS);
    buf_init(&again, LIMIT_STORY_COUNTS);
    assert_int_equal(story_index_counts(x, &counts), 0);
    assert_int_equal(story_index_take_counts(y, buf_text(&counts)), 0);
    /* Items whose words the snapshot has change nothing of it. */
    for (size_t i = 0; i < TRACE; i++) {
        const struct story_item item = traced_item(t, i);
        story_index_put(y, &item, (int64_t)i + 1, true);
    }
    assert_int_equal(story_index_counts(y, &again), 0);
    assert_true(text_eq(buf_text(&counts), buf_text(&again)));
    /* What is none of ours is refused, and changes nothing. */
    const struct story_options other = {.seed = 6};
    struct story_index *z = story_index_new(&other);
    assert_int_equal(story_index_take_counts(z, buf_text(&counts)), -1);
    assert_int_equal(story_index_take_counts(y, (struct text){counts.ptr, counts.len - 1}), -1);
    assert_int_equal(story_index_take_counts(y, (struct text){counts.ptr, 12}), -1);
    assert_int_equal(story_index_take_counts(y, TEXT_NONE), -1);
    counts.ptr[0] ^= 1;
    assert_int_equal(story_index_take_counts(y, buf_text(&counts)), -1);
    buf_reset(&again);
    assert_int_equal(story_index_counts(z, &again), 0);
    assert_true(again.len < 64); /* nothing was counted */
    buf_clear(&counts);
    buf_clear(&again);
    x = story_index_free(x);
    y = story_index_free(y);
    z = story_index_free(z);
}

/* A snapshot of many words, whose entries are made one by one. */
static void test_many_counts(void **state) {
    (void)state;
    struct story_index *x = fresh(), *y = fresh();
    struct buf counts, again;
    char title[96];
    for (unsigned i = 0; i < 4000; i++) {
        snprintf(title, sizeof title, "t%u u%u v%u", i, i, i);
        tell(x, 0, "p", title, "", "");
    }
    buf_init(&counts, LIMIT_STORY_COUNTS);
    buf_init(&again, LIMIT_STORY_COUNTS);
    assert_int_equal(story_index_counts(x, &counts), 0);
    assert_true(counts.len > 12000 * sizeof(struct stored_word));
    assert_int_equal(story_index_take_counts(y, buf_text(&counts)), 0);
    assert_int_equal(story_index_counts(y, &again), 0);
    assert_int_equal(counts.len, again.len);
    buf_clear(&counts);
    buf_clear(&again);
    x = story_index_free(x);
    y = story_index_free(y);
}

static void test_cap(void **state) {
    (void)state;
    struct story_index *x = fresh();
    struct story_index_status s;
    char title[64], url[64];
    for (unsigned i = 0; i < LIMIT_STORY_ITEMS + 50; i++) {
        snprintf(title, sizeof title, "t%u u%u v%u w%u", i, i, i, i);
        snprintf(url, sizeof url, "https://a.example/%u", i);
        assert_true(tell(x, 0, "p", title, "", url).first);
    }
    story_index_status(x, &s);
    assert_int_equal(s.items, LIMIT_STORY_ITEMS);
    assert_int_equal(s.stories, LIMIT_STORY_ITEMS);
    assert_int_equal(s.left, 50);
    /* The oldest have left, the newest are there. */
    assert_true(tell(x, 0, "p", "a b c d", "", "https://a.example/3").first);
    assert_int_equal(tell(x, 0, "p", "e f g h", "", "https://a.example/340").why, STORY_WHY_URL);
    x = story_index_free(x);
}

static void test_odd_input(void **state) {
    (void)state;
    struct story_index *x = fresh();
    static char huge[200000];
    memset(huge, 'x', sizeof huge - 1);
    for (size_t i = 7; i < sizeof huge - 1; i += 9) huge[i] = ' ';
    assert_true(tell(x, 0, "", "", "", "").first);
    assert_true(tell(x, 0, "", "", "", "").first); /* two empty ones are no copies */
    assert_true(tell(x, 0, "", "—", "", "").first);
    tell(x, 0, "", huge, huge, huge);
    tell(x, -5, "", "The clock stepped back", "", "");
    tell(x, 100000, "", "And forth", "", "");
    tell(x, 0, "", "\xff\xfe broken \xc3", "\xe2\x80", "");
    x = story_index_free(x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_url),         cmocka_unit_test(test_life),
        cmocka_unit_test(test_copy),        cmocka_unit_test(test_copy_of_text),
        cmocka_unit_test(test_words),       cmocka_unit_test(test_names),
        cmocka_unit_test(test_language),    cmocka_unit_test(test_threshold),
        cmocka_unit_test(test_restart),     cmocka_unit_test(test_restart_gists),
        cmocka_unit_test(test_bad_gists),   cmocka_unit_test(test_counts),
        cmocka_unit_test(test_many_counts), cmocka_unit_test(test_cap),
        cmocka_unit_test(test_odd_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

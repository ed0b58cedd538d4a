/* Publishers: one rule a row of the contract, and the agencies that bylines, datelines and credits name. */
#include "unit.h"

#include "story/publisher.h"

static void test_domains(void **state) {
    (void)state;
    static const struct {
        const char *url, *want;
    } rows[] = {
        {"https://www.news.example.com/2026/11/x", "example.com"},
        {"https://WWW.Example.COM/", "example.com"},
        {"https://edition.news.co.uk/x", "news.co.uk"},
        {"https://news.co.uk", "news.co.uk"},
        {"http://a.b.c.asahi.or.jp/", "asahi.or.jp"},
        {"https://ada.github.io/feed.xml", "ada.github.io"}, /* one host, many owners */
        {"https://example.com.:8080/x", "example.com"},
        {"http://user:pw@rss.example.org/x", "example.org"},
        {"http://192.0.2.7/feed", "192.0.2.7"},
        {"http://localhost/feed", "localhost"},
        {"https://com/", "com"},
        {"", ""},
        {"not an address", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena a;
        arena_init(&a, 4096);
        struct text t = publisher_domain(text_of(rows[i].url), &a);
        if (!text_eqs(t, rows[i].want)) fail_msg("%s: %.*s, not %s", rows[i].url, TEXT_ARGS(t), rows[i].want);
        arena_clear(&a);
    }
}

static void check_publisher(const char *configured, const char *item, const char *feed, const char *want) {
    struct arena a;
    arena_init(&a, 4096);
    struct text t = publisher_of(text_of(configured), text_of(item), text_of(feed), &a);
    if (!text_eqs(t, want)) fail_msg("%.*s, not %s", TEXT_ARGS(t), want);
    arena_clear(&a);
}

static void test_order(void **state) {
    (void)state;
    check_publisher("The Post", "https://a.example.com/1", "https://b.example.org/f", "The Post");
    check_publisher("", "https://a.example.com/1", "https://b.example.org/f", "example.com");
    check_publisher("", "", "https://b.example.org/f", "example.org");
    check_publisher("", "mailto:x", "https://b.example.org/f", "example.org");
    check_publisher("", "", "", "");
    /* Two hosts of one owner are one publisher. */
    check_publisher("", "https://sport.example.com/1", "", "example.com");
    check_publisher("", "https://www.example.com/2", "", "example.com");
}

static const struct {
    const char *author, *text, *want;
} agencies[] = {
    /* datelines */
    {"", "LONDON (AP) — A ship sank on Monday.", "AP"},
    {"", "KELTON, Nov 3 (Reuters) - A dam was drained.", "Reuters"},
    {"", "PARIS (AFP) – The minister left.", "AFP"},
    {"", "Berlin (dpa) - Der Zug fuhr nicht.", "dpa"},
    {"", "Kiel (dpa/lno) - Der Zug fuhr nicht.", "dpa"},
    {"", "(ANSA) - ROMA, 3 NOV - Un treno.", "ANSA"},
    {"", "BEIJING, Nov. 3 (Xinhua) -- The bridge opened.", "Xinhua"},
    {"", "Nov. 3 (UPI) -- The bridge opened.", "UPI"},
    {"", "Senator Smith (PA) said on Monday that he would go.", ""},
    {"", "The access point (AP) failed.", ""},
    /* bylines */
    {"The Associated Press", "", "AP"},
    {"By JANE EXAMPLE ASSOCIATED PRESS", "", "AP"},
    {"Australian Associated Press", "", "AAP"},
    {"AP", "", "AP"},
    {"By AP", "", "AP"},
    {"AP Singh", "", ""},
    {"AFP/Jane Example", "", "AFP"},
    {"Jane Example, dpa", "", "dpa"},
    {"Reuters Staff", "", "Reuters"},
    {"DPA", "", "dpa"},
    {"Press Trust of India", "", "PTI"},
    {"Jane Example", "", ""},
    /* credits */
    {"", "The ship sank. (AP)", "AP"},
    {"", "The ship sank (Reuters)", "Reuters"},
    {"", "Der Zug fuhr nicht. /dpa", "dpa"},
    {"", "Der Zug fuhr nicht/dpa", "dpa"},
    {"", "The ship sank. © 2026 Agence France-Presse", "AFP"},
    {"", "The ship sank.\nSource: AFP", "AFP"},
    {"", "The ship sank. Copyright 2026 The Associated Press.", "AP"},
    {"", "The ship sank. The Associated Press contributed to this report.", "AP"},
    {"", "The ship sank. 'We tried everything', he told Reuters.", ""},
    {"", "The ship sank. Nobody survived, Reuters reported.", ""},
    {"", "The ship sank, he told Reuters.", ""},
    {"", "Reuters sacked its chief after a long meeting with many words on Monday evening.", ""},
    {"", "", ""},
    {"", "(", ""},
    {"", "(AP", ""},
};

static void test_agencies(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof agencies / sizeof *agencies; i++) {
        struct text t = publisher_agency(text_of(agencies[i].author), text_of(agencies[i].text));
        if (!text_eqs(t, agencies[i].want))
            fail_msg("%s | %s: %.*s, not %s", agencies[i].author, agencies[i].text, TEXT_ARGS(t),
                     agencies[i].want);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_domains),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_agencies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

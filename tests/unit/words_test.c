/* The rules for words of texts: cutting, joining, folding, positions, flags, the index of an item. */
#include "unit.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "item/words.h"

/* The folded words of a text, parted by blanks; a line break before one shows as |, an address as <>. */
static void check(const char *text, const char *want) {
    struct arena a;
    struct na_word *w;
    char got[1024] = "";
    arena_init(&a, 1 << 24);
    size_t n = words_cut(text_of(text), &a, &w);
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(got);
        snprintf(got + len, sizeof got - len, "%s%s%.*s", i ? " " : "", w[i].flags & NA_WORD_BREAK ? "|" : "",
                 w[i].flags & NA_WORD_URL ? 2 : (int)w[i].folded.len,
                 w[i].flags & NA_WORD_URL ? "<>" : w[i].folded.ptr);
    }
    assert_string_equal(got, want);
    arena_clear(&a);
}

/* Word number i: the bytes of its span, and its exact text. */
static void check_word(const char *text, size_t i, const char *span, const char *exact, uint32_t flags) {
    struct arena a;
    struct na_word *w;
    arena_init(&a, 1 << 20);
    size_t n = words_cut(text_of(text), &a, &w);
    assert_true(i < n);
    char got[256];
    snprintf(got, sizeof got, "%.*s", (int)w[i].len, text + w[i].start);
    assert_string_equal(got, span);
    snprintf(got, sizeof got, "%.*s", (int)w[i].exact.len, w[i].exact.ptr);
    assert_string_equal(got, exact);
    assert_int_equal(w[i].flags, flags);
    arena_clear(&a);
}

static void separators(void **state) {
    (void)state;
    check("", "");
    check("— & … 🙂", "");
    check("one_two.Three:four/five&six-seven–eight—nine", "one two three four five six seven eight nine");
    check("end.Next a:b", "end next a b");
    check("coöper\xC2\xAD"
          "ation zero\xE2\x80\x8B"
          "width \xEF\xBB\xBF"
          "bom",
          "cooperation zerowidth bom");
    check("bad \xFF\xC3 utf8", "bad utf8");
}

/* Words are read by blocks of bytes: each kind, of each length, gives the same at each place of a text, and
 * with each kind of neighbour, as alone. */
static void places(void **state) {
    (void)state;
    static const char *const kinds[] = {
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmn", "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMN",
        "A1b2C3d4E5f6G7h8I9j0A1b2C3d4E5f6G7h8I9j0", "0123456789012345678901234567890123456789",
        "éaßbcÀdefghijklÖmnöpqrstuvwxyzáéabcdefgh"};
    static const char *const behind[] = {"", " z", "'s z", ". z", "-z", "\nz", "—z", "北"};
    struct arena a, b;
    struct na_word *alone, *w;
    arena_init(&a, 1 << 20);
    arena_init(&b, 1 << 20);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (size_t len = 1; len <= 40; len++) {
            if ((kinds[k][len] & 0xC0) == 0x80) continue;
            arena_reset(&a);
            assert_int_equal(words_cut((struct text){kinds[k], len}, &a, &alone), 1);
            for (size_t before = 0; before < 70; before++)
                for (size_t n = 0; n < sizeof behind / sizeof *behind; n++) {
                    char text[200];
                    memset(text, 'x', before);
                    if (before) text[before - 1] = ' ';
                    memcpy(text + before, kinds[k], len);
                    strcpy(text + before + len, behind[n]);
                    arena_reset(&b);
                    size_t i = before > 1, cut = words_cut(text_of(text), &b, &w);
                    assert_true(cut > i);
                    assert_int_equal(w[i].start, before);
                    assert_int_equal(w[i].len, len);
                    assert_int_equal(w[i].hash, alone->hash);
                    assert_int_equal(w[i].flags & ~(uint32_t)NA_WORD_POSSESSIVE, alone->flags);
                    assert_true(text_eq(text_of_na(w[i].folded), text_of_na(alone->folded)));
                }
        }
    arena_clear(&a);
    arena_clear(&b);
}

/* What stands between two words tells the second its line break, sign and position, at each place of a text.
 */
static void gaps(void **state) {
    (void)state;
    static const struct {
        const char *between;
        uint32_t flags;
        unsigned step;
    } table[] = {{" ", 0, 1},
                 {"-", 0, 1},
                 {"' ", 0, 1},
                 {"; \"", 0, 1},
                 {"# ", 0, 1},
                 {" #", NA_WORD_HASH_SIGN, 1},
                 {", @", NA_WORD_AT_SIGN, 1},
                 {"#", 0, 1},
                 {".\n", NA_WORD_BREAK, 2},
                 {"\n\n\n\n", NA_WORD_BREAK, 2},
                 {" \r\n (", NA_WORD_BREAK, 2},
                 {". \n#", NA_WORD_BREAK | NA_WORD_HASH_SIGN, 2},
                 {" … ", 0, 1},
                 {" http://y.example/#a ", 0, 2},
                 {"\nwww.y.example\n", NA_WORD_BREAK, 4}};
    static const char *const tails[] = {
        "", " z", " zz zz zz zz zz zz zz zz zz zz zz zz zz zz zz zz zz zz zz zz zz zz zz zz zz zz zz zz"};
    struct arena a;
    struct na_word *w;
    arena_init(&a, 1 << 20);
    for (size_t k = 0; k < sizeof table / sizeof *table; k++)
        for (size_t before = 1; before < 140; before++)
            for (size_t t = 0; t < 3; t++) {
                char text[400];
                memset(text, 'x', before);
                if (before > 12) text[before - 12] = ' '; /* so that the word is short */
                int len =
                    snprintf(text + before, sizeof text - before, "%ssecond%s", table[k].between, tails[t]);
                arena_reset(&a);
                size_t n = words_cut((struct text){text, before + (size_t)len}, &a, &w), i = before > 12;
                size_t next = i + 1;
                while (next < n && (w[next].flags & NA_WORD_URL)) next++;
                assert_true(next < n);
                assert_int_equal(w[i].start + w[i].len, before);
                assert_int_equal(w[next].start, before + strlen(table[k].between));
                assert_int_equal(w[next].flags, table[k].flags);
                assert_int_equal(w[next].position - w[i].position, table[k].step);
            }
    arena_clear(&a);
}

static void apostrophes(void **state) {
    (void)state;
    check("ICE's ICE’s O'Brien can’t Macyʼs rock‘n", "ice ice obrien cant macy rockn");
    check("l'Ukraine l’OTAN dell'acqua qu'il D'Angelo aujourd'hui",
          "l ukraine l otan dell acqua qu il d angelo "
          "aujourdhui");
    check("protesters' 'quoted' 1990's", "protesters quoted 1990 s");
    check("T's the d's", "t the d");
    check("İstanbul'da Macy's-led", "istanbulda macy led");
    check("I.C.E.'s U.S.’s I.C.E's", "ice us ice");
    check_word("of ICE’s men", 1, "ICE", "ICE",
               NA_WORD_NO_SMALL | NA_WORD_ACRONYM | NA_WORD_POSSESSIVE | NA_WORD_CAPITAL);
    check_word("O'Brien", 0, "O'Brien", "OBrien", NA_WORD_CAPITAL);
}

static void full_stops(void **state) {
    (void)state;
    check("U.S. I.C.E e.g. p.m. J. D. Vance", "us ice eg pm j d vance");
    check("U.S.Army the end.U.S. x.y", "us army the end us xy");
    check("É.U. go", "eu go");
    check("A.B.D'de A.B.D.'de a.b.cd", "abdde abd de ab cd");
    check_word("the I.C.E. men", 1, "I.C.E.", "ICE", NA_WORD_NO_SMALL | NA_WORD_ACRONYM | NA_WORD_CAPITAL);
    check_word("the I.C.E men", 1, "I.C.E", "ICE", NA_WORD_NO_SMALL | NA_WORD_ACRONYM | NA_WORD_CAPITAL);
    check_word("a U.S.-led", 1, "U.S.", "US", NA_WORD_NO_SMALL | NA_WORD_ACRONYM | NA_WORD_CAPITAL);
}

static void numbers(void **state) {
    (void)state;
    check("3.5 1,000,000 12,34 1,0000 1,000km 10.0.0.1 5.", "3.5 1000000 12 34 1 0000 1000km 10.0.0.1 5");
    check("F-35 9/11 COVID-19 1,000.5", "f 35 9 11 covid 19 1000.5");
    check_word("F35s", 0, "F35s", "F35s", NA_WORD_DIGIT | NA_WORD_CAPITAL);
    check_word("2026", 0, "2026", "2026", NA_WORD_DIGIT);
}

static void scripts_without_spaces(void **state) {
    (void)state;
    check("在北京市", "在 北 京 市");
    check("東京タワーへ go", "東 京 タ ワ ー へ go");
    check("서울 กิน", "서 울 ก ิ น");
    check("ICE在北京", "ice 在 北 京");
    /* Half width, decomposed kana and jamo are the same words. */
    check("\xEF\xBD\xB6\xEF\xBE\x9E", "ガ");
    check("\xE3\x82\xAB\xE3\x82\x99", "ガ");
    check("\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", "한");
}

static void addresses(void **state) {
    (void)state;
    check("see https://ice.example/raid-now?x=1, then", "see <> then");
    check("<http://a.example/ice> www.ice.example/x HTTPS://B.example", "<> <> <>");
    check("can'thttp://x.example/ice ICE'shttp://x.example/ snow’www.x.example/ice l'https://x.example",
          "cant <> ice <> snow <> l <>");
    check("U.S.www.x.example/ice", "us <>");
    check("Awww. nice seehttp://x.example/ice", "awww nice see <>");
    check("見てhttp://x.example/氷 だ", "見 て <> だ");
    check("a \"www.x.example\" b http: //c", "a <> b http c");
}

static void folding(void **state) {
    (void)state;
    check("Évacuations ÜBER Straße STRASSE ẞ ﬁre ＩＣＥ", "evacuations uber strasse strasse ss fire ice");
    check("İ I ı i ΣΊΣΥΦΟΣ σίσυφος", "i i i i σισυφοσ σισυφοσ");
    check("Łódź Øre đ Æsir œuvre ðegn Þór", "lodz ore d aesir oeuvre degn thor");
    check("e\xCC\x81te São Nguyễn", "ete sao nguyen");
    check("ёлка Йод їжак до\xCC\x81ма", "елка йод їжак дома");
    check("שָׁלוֹם كِتَابـــ", "שלום كتاب");
    check("é = E\xCC\x81", "e e");
    check("Ⅻ ①", "xii 1");
}

static void positions(void **state) {
    (void)state;
    struct arena a;
    struct na_word *w;
    arena_init(&a, 1 << 20);
    size_t n = words_cut(TEXT("one (two)\n\n \nthree www.x.example four"), &a, &w);
    assert_int_equal(n, 5);
    const uint32_t want[] = {0, 1, 3, 4, 5};
    for (size_t i = 0; i < n; i++) assert_int_equal(w[i].position, want[i]);
    assert_true(w[2].flags & NA_WORD_BREAK);
    assert_false(w[3].flags & NA_WORD_BREAK);
    check("a\nb", "a |b");
    arena_clear(&a);
}

static void signs(void **state) {
    (void)state;
    check_word("go #ICE", 1, "ICE", "ICE",
               NA_WORD_NO_SMALL | NA_WORD_ACRONYM | NA_WORD_CAPITAL | NA_WORD_HASH_SIGN);
    check_word("a#b @c", 1, "b", "b", 0);
    check_word("a#b @c", 2, "c", "c", NA_WORD_AT_SIGN);
    check_word("# d", 0, "d", "d", 0);
    check_word("p.m.#e", 1, "e", "e", NA_WORD_HASH_SIGN); /* no word character before the sign */
    check_word("ICE's#e", 1, "e", "e", 0);
    check_word("(#e)", 0, "e", "e", NA_WORD_HASH_SIGN);
}

static void long_words_and_limits(void **state) {
    (void)state;
    struct arena a;
    struct na_word *w;
    arena_init(&a, 1 << 28);
    size_t len = 1000;
    char *text = xmalloc(len);
    memset(text, 'x', len);
    size_t n = words_cut((struct text){text, len}, &a, &w);
    assert_true(n >= 4);
    size_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        assert_true(w[i].folded.len <= LIMIT_WORD);
        sum += w[i].len;
    }
    assert_int_equal(sum, len);
    free(text);
    len = 2 * (LIMIT_WORDS_A_FIELD + 10);
    text = xmalloc(len);
    for (size_t i = 0; i < len; i++) text[i] = i % 2 ? ' ' : 'x';
    assert_int_equal(words_cut((struct text){text, len}, &a, &w), LIMIT_WORDS_A_FIELD);
    free(text);
    arena_clear(&a);
    arena_init(&a, 100); /* too small: says so, and gives nothing */
    assert_int_equal(words_cut(TEXT("One two"), &a, &w), 0);
    assert_true(a.failed);
    arena_clear(&a);
}

static void folded_lines(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 1 << 20);
    struct text t = words_folded_line(TEXT("  The U.S.: “Évacuations”\nhttps://x.example/y go"), &a);
    assert_true(text_eqs(t, "the us evacuations go"));
    assert_int_equal(words_folded_line(TEXT("—"), &a).len, 0);
    assert_int_equal(words_folded_line(TEXT_NONE, &a).len, 0);
    assert_true(text_eqs(words_fold(TEXT("São, Paulo!"), &a), "sao, paulo!"));
    arena_clear(&a);
}

/* May the first ICE of the title be an acronym, beside this summary? */
static bool acronym(const char *title, const char *summary) {
    struct arena a;
    arena_init(&a, 1 << 20);
    const struct item item = {.title = text_of(title), .summary = text_of(summary), .published = TIME_NONE};
    const struct na_item na = words_index(&item, TEXT_NONE, TEXT("en"), &a);
    bool found = false, yes = false;
    for (size_t i = 0; i < na.fields[0].n_words && !found; i++) {
        const struct na_word *w = &na.fields[0].words[i];
        found = text_eqs(text_of_na(w->folded), "ice");
        yes = w->flags & NA_WORD_ACRONYM;
    }
    assert_true(found);
    assert_int_equal(na.published, INT64_MIN);
    arena_clear(&a);
    return yes;
}

static void all_capitals_fields(void **state) {
    (void)state;
    assert_false(acronym("SNOW AND ICE WARNING", "snow and ice on the roads"));
    assert_true(acronym("ICE RAIDS ON MONDAY", "ICE came, on ice"));
    assert_true(acronym("ICE RAIDS ON MONDAY", "Agents came"));
    assert_true(acronym("ICE RAIDS ON MONDAY", ""));
    assert_true(acronym("ICE RAIDS ON MONDAY", "Ice came"));  /* neither small nor capital */
    assert_true(acronym("ICE", "snow and ice on the roads")); /* one word is no shouting */
    assert_true(acronym("ICE and snow", "snow and ice on the roads"));
    assert_false(acronym("ICE’s ROADS", "the ice melts")); /* the possessive is cut first */
    assert_false(acronym("Ice and snow", "nothing"));
    assert_true(acronym("ICE WARNING", "BLACK ICE AGAIN")); /* no mixed-case field */
}

static void index_of_an_item(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 1 << 20);
    struct text categories[] = {TEXT("Local news"), TEXT_NONE, TEXT("ICE")};
    const struct item item = {.title = TEXT("A title"),
                              .url = TEXT("https://x.example/1"),
                              .author = TEXT("Ann Example"),
                              .categories = categories,
                              .n_categories = 3,
                              .published = 1764000000500};
    const struct na_item na = words_index(&item, TEXT("wire"), TEXT("fr"), &a);
    assert_int_equal(na.n_fields, 6);
    assert_int_equal(na.published, 1764000000);
    assert_true(text_eqs(text_of_na(na.feed), "wire"));
    const uint64_t kinds[] = {NA_TITLE, NA_AUTHOR, NA_CATEGORY, NA_CATEGORY, NA_URL, NA_LANGUAGE};
    for (size_t i = 0; i < 6; i++) assert_int_equal(na.fields[i].kind, kinds[i]);
    assert_int_equal(na.fields[2].value, 0);
    assert_int_equal(na.fields[3].value, 2);
    assert_int_equal(na.fields[0].n_words, 2);
    assert_null(na.fields[4].words);
    assert_true(text_eqs(text_of_na(na.fields[5].text), "fr"));
    arena_clear(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(separators),
        cmocka_unit_test(places),
        cmocka_unit_test(gaps),
        cmocka_unit_test(apostrophes),
        cmocka_unit_test(full_stops),
        cmocka_unit_test(numbers),
        cmocka_unit_test(scripts_without_spaces),
        cmocka_unit_test(addresses),
        cmocka_unit_test(folding),
        cmocka_unit_test(positions),
        cmocka_unit_test(signs),
        cmocka_unit_test(long_words_and_limits),
        cmocka_unit_test(folded_lines),
        cmocka_unit_test(all_capitals_fields),
        cmocka_unit_test(index_of_an_item),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

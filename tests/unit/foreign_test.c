/* Queries of other search languages: a row for each line of the contract's "Coming from elsewhere". */
#include "unit.h"

#include "base/limits.h"
#include "match/foreign.h"

static bool known(void *ctx, struct text prefix) {
    (void)ctx;
    return text_eqs(prefix, "lang") || text_eqs(prefix, "regex") || text_eqs(prefix, "city");
}
static const char *const names[] = {"lang", "regex", "city"};
static const struct query_prefixes prefixes = {NULL, known, names, 3};

static const struct row {
    enum foreign_kind kind;
    const char *there, *here;
    const char *lost; /* a piece of the one note of what is lost; NULL: nothing is */
} rows[] = {
    /* Google */
    {FOREIGN_GOOGLE, "\"coast guard\" drill", "\"coast guard\" drill", NULL},
    {FOREIGN_GOOGLE, "a OR b c", "(a OR b) c", NULL},
    {FOREIGN_GOOGLE, "c a|b", "c \"a|b\"", NULL},
    {FOREIGN_GOOGLE, "c a | b", "c (a OR b)", NULL},
    {FOREIGN_GOOGLE, "fire -drill", "fire NOT drill", NULL},
    {FOREIGN_GOOGLE, "fire -\"fire drill\"", "fire NOT \"fire drill\"", NULL},
    {FOREIGN_GOOGLE, "intitle:raid", "title:raid", NULL},
    {FOREIGN_GOOGLE, "intitle:\"night raid\"", "title:\"night raid\"", NULL},
    {FOREIGN_GOOGLE, "allintitle: wild fire", "title:(wild fire)", NULL},
    {FOREIGN_GOOGLE, "inurl:news site:ice.example", "url:news url:ice.example", NULL},
    {FOREIGN_GOOGLE, "bridge AROUND(5) closed", "bridge NEAR/5 closed", NULL},
    {FOREIGN_GOOGLE, "fire (a OR b)", "fire (a OR b)", NULL},
    {FOREIGN_GOOGLE, "you and me", "you \"and\" me", NULL},
    {FOREIGN_GOOGLE, "fire before:2024", "fire", "before:2024"},
    {FOREIGN_GOOGLE, "fire source:gazette", "fire", "choose the feeds"},
    {FOREIGN_GOOGLE, "fire filetype:pdf", "fire", "filetype:pdf"},
    {FOREIGN_GOOGLE, "bridge AROUND(120) closed", "bridge NEAR/99 closed", "120"},
    {FOREIGN_GOOGLE, "(fire OR flood", "fire OR flood", "never closed"},
    {FOREIGN_GOOGLE, "fire) flood", "fire flood", "no parenthesis"},
    /* Lucene, Elasticsearch */
    {FOREIGN_LUCENE, "fire AND flood OR storm", "(fire flood) OR storm", NULL},
    {FOREIGN_LUCENE, "title:(fire OR flood) AND evac*", "title:(fire OR flood) evac*", NULL},
    {FOREIGN_LUCENE, "fire && (a || b) && !c", "fire (a OR b) NOT c", NULL},
    {FOREIGN_LUCENE, "+fire -drill smoke", "fire NOT drill", NULL},
    {FOREIGN_LUCENE, "fire flood", "fire OR flood", NULL},
    {FOREIGN_LUCENE, "/fi(re|x)/ AND b", "/fi(re|x)/ b", NULL},
    {FOREIGN_LUCENE, "\"fire flood\"~4", "fire NEAR/4 flood", NULL},
    {FOREIGN_LUCENE, "colour~2 AND b", "colour b", "likeness"},
    {FOREIGN_LUCENE, "fire^3 AND b", "fire b", "weight"},
    {FOREIGN_LUCENE, "fire AND year:[2020 TO 2024]", "fire", "year:[2020 TO 2024]"},
    /* LexisNexis */
    {FOREIGN_LEXIS, "bridge w/5 closed", "bridge NEAR/5 closed", NULL},
    {FOREIGN_LEXIS, "bridge /5 closed", "bridge NEAR/5 closed", NULL},
    {FOREIGN_LEXIS, "bridge PRE/3 closed", "bridge ONEAR/3 closed", NULL},
    {FOREIGN_LEXIS, "ALLCAPS(ice) and raid", "ICE raid", NULL},
    {FOREIGN_LEXIS, "evacuat! and flood", "evacuat* flood", NULL},
    {FOREIGN_LEXIS, "wom*n and flood", "wom?n flood", NULL},
    {FOREIGN_LEXIS, "a and b or c", "a (b OR c)", NULL},
    {FOREIGN_LEXIS, "a w/5 b or c", "a NEAR/5 (b OR c)", NULL},
    {FOREIGN_LEXIS, "coast guard and drill", "\"coast guard\" drill", NULL},
    {FOREIGN_LEXIS, "fire and not drill", "fire NOT drill", NULL},
    {FOREIGN_LEXIS, "HEADLINE(fire or flood)", "title:(fire OR flood)", NULL},
    {FOREIGN_LEXIS, "fire w/s flood", "fire flood", "same sentence"},
    {FOREIGN_LEXIS, "fire w/p flood", "fire flood", "same paragraph"},
    {FOREIGN_LEXIS, "ATLEAST5(fire) and flood", "fire flood", "how often"},
    {FOREIGN_LEXIS, "PLURAL(fires) and flood", "fires flood", "stemmed"},
    {FOREIGN_LEXIS, "fire not w/5 drill", "fire NOT drill", "NOT near"},
    /* Factiva */
    {FOREIGN_FACTIVA, "rail adj3 union", "rail ONEAR/2 union", NULL},
    {FOREIGN_FACTIVA, "rail adj union", "rail ONEAR/0 union", NULL},
    {FOREIGN_FACTIVA, "oil near5 spill", "oil NEAR/4 spill", NULL},
    {FOREIGN_FACTIVA, "hd=strike and rail", "title:strike rail", NULL},
    {FOREIGN_FACTIVA, "rail line hd=strike", "\"rail line\" title:strike", NULL},
    {FOREIGN_FACTIVA, "rail wc>500", "rail", "number of words"},
    {FOREIGN_FACTIVA, "rail xy=1", "rail", "no such prefix"},
    {FOREIGN_FACTIVA, "hd=(strike or walkout)", "title:(strike OR walkout)", NULL},
    {FOREIGN_FACTIVA, "la=en and fire", "lang:en fire", NULL},
    {FOREIGN_FACTIVA, "coast guard or navy", "\"coast guard\" OR navy", NULL},
    {FOREIGN_FACTIVA, "fire same flood", "fire flood", "same paragraph"},
    {FOREIGN_FACTIVA, "fire /F50/ flood", "fire flood", "first words"},
    {FOREIGN_FACTIVA, "fire and atleast3 flood", "fire flood", "how often"},
    {FOREIGN_FACTIVA, "fire and wc>500", "fire", "number of words"},
    {FOREIGN_FACTIVA, "fire and ns=e21", "fire", "category:"},
    /* Brandwatch */
    {FOREIGN_BRANDWATCH, "apple NEAR/3 pie", "apple NEAR/3 pie", NULL},
    {FOREIGN_BRANDWATCH, "apple NEAR/3f pie", "apple ONEAR/3 pie", NULL},
    {FOREIGN_BRANDWATCH, "raw:Apple OR {Apple Pie}", "=Apple OR =\"Apple Pie\"", NULL},
    {FOREIGN_BRANDWATCH, "apple continent:europe", "apple", "continent:europe"},
    {FOREIGN_BRANDWATCH, "apple sentiment:negative", "apple", "sentiment:negative"},
    {FOREIGN_BRANDWATCH, "apple reach:>100", "apple", "reach:>100"},
    /* Talkwalker, Meltwater */
    {FOREIGN_TALKWALKER, "(bank OR lender) AND breach NOT drill", "(bank OR lender) breach NOT drill", NULL},
    {FOREIGN_TALKWALKER, "bank NEAR/4 breach", "bank NEAR/4 breach", NULL},
    {FOREIGN_TALKWALKER, "lang:en AND ++Apple", "lang:en =Apple", NULL},
    {FOREIGN_TALKWALKER, "bank SENTENCE breach", "bank breach", "same sentence"},
    {FOREIGN_MELTWATER, "bank near/4 breach and not drill", "bank NEAR/4 breach NOT drill", NULL},
    {FOREIGN_MELTWATER, "\"bank breach\"~5", "bank NEAR/5 breach", NULL},
    {FOREIGN_MELTWATER, "language:de AND title:bank", "lang:de title:bank", NULL},
    {FOREIGN_MELTWATER, "bank AND country:us", "bank", "country:us"},
    /* hostile */
    {FOREIGN_GOOGLE, "", "", "nothing is left"},
    {FOREIGN_GOOGLE, "-", "", "nothing is left"},
    {FOREIGN_LEXIS, "and or w/5", "", "nothing is left"},
    {FOREIGN_GOOGLE, "\"", "", "nothing is left"},
    {FOREIGN_GOOGLE, "-fire", "NOT fire", "refused here"},
};

static void each_row(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena a;
        arena_init(&a, 16u << 20);
        const struct foreign *f = foreign_translate(rows[i].kind, text_of(rows[i].there), &prefixes, &a);
        const char *what = NULL;
        bool found = false;
        for (size_t k = 0; k < f->n_notes; k++) {
            if (!f->notes[k].lost) continue;
            what = f->notes[k].what.ptr;
            found |= rows[i].lost && memmem(what, f->notes[k].what.len, rows[i].lost, strlen(rows[i].lost));
        }
        if (!text_eqs(f->query, rows[i].here))
            fail_msg("%s: %s: is %.*s, not %s", foreign_names[rows[i].kind], rows[i].there,
                     TEXT_ARGS(f->query), rows[i].here);
        if (rows[i].lost ? !found : what != NULL)
            fail_msg("%s: %s: %s", foreign_names[rows[i].kind], rows[i].there,
                     what ? what : "nothing was lost");
        arena_clear(&a);
    }
}

/* A word in capitals is a narrower word here; side by side and stems are told of. */
static void notes(void **state) {
    (void)state;
    static const struct {
        enum foreign_kind kind;
        const char *text, *note;
    } table[] = {{FOREIGN_MELTWATER, "ICE AND raid", "ICE"},
                 {FOREIGN_GOOGLE, "fire", "stemmed"},
                 {FOREIGN_LUCENE, "a b", "side by side"},
                 {FOREIGN_FACTIVA, "evacuat$2", "number of further letters"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct arena a;
        arena_init(&a, 16u << 20);
        const struct foreign *f = foreign_translate(table[i].kind, text_of(table[i].text), &prefixes, &a);
        assert_int_equal(f->n_lost, 0);
        assert_int_equal(f->n_notes, 1);
        assert_non_null(
            memmem(f->notes[0].what.ptr, f->notes[0].what.len, table[i].note, strlen(table[i].note)));
        arena_clear(&a);
    }
}

/* Any bytes, of any length: an answer, no crash, in little time. */
static void hostile(void **state) {
    (void)state;
    static const char *const pieces[] = {
        "(",   ")",   "\"",       "a",    "OR",           " ", "-", "{",       "}",       "[",
        "w/5", "hd=", "ALLCAPS(", "\xC3", "\xE2\x80\x9C", "~", "/", "AROUND(", "atleast", "and",
        "not", "+",   "title:"};
    uint64_t seed = 88172645463325252u;
    for (int round = 0; round < 3000; round++) {
        char text[256];
        size_t len = 0;
        for (int k = 0; k < 24; k++) {
            seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
            const char *piece = pieces[seed % (sizeof pieces / sizeof *pieces)];
            memcpy(text + len, piece, strlen(piece));
            len += strlen(piece);
        }
        struct arena a;
        arena_init(&a, 16u << 20);
        const struct foreign *f =
            foreign_translate((enum foreign_kind)(seed % N_FOREIGN), (struct text){text, len}, &prefixes, &a);
        assert_true(f->query.len || f->n_lost);
        arena_clear(&a);
    }
    struct arena a;
    arena_init(&a, 64u << 20);
    char *deep = malloc(LIMIT_QUERY + 2);
    assert_non_null(deep);
    memset(deep, '(', LIMIT_QUERY + 2);
    assert_true(foreign_translate(FOREIGN_LEXIS, (struct text){deep, LIMIT_QUERY}, &prefixes, &a)->n_lost);
    assert_true(
        foreign_translate(FOREIGN_LEXIS, (struct text){deep, LIMIT_QUERY + 1}, &prefixes, &a)->n_lost);
    memset(deep, '-', LIMIT_QUERY);
    assert_true(foreign_translate(FOREIGN_GOOGLE, (struct text){deep, LIMIT_QUERY}, &prefixes, &a)->n_lost);
    free(deep);
    arena_clear(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row),
        cmocka_unit_test(notes),
        cmocka_unit_test(hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

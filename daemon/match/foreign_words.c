#include "match/foreign.h"

const char *const foreign_names[N_FOREIGN] = {"google",  "talkwalker", "meltwater", "lexis",
                                              "factiva", "brandwatch", "lucene"};

#define ALL   ((1u << N_FOREIGN) - 1)
#define MEDIA (F(TALKWALKER) | F(MELTWATER) | F(BRANDWATCH))
#define SMALL (F(MELTWATER) | F(LEXIS) | F(FACTIVA))

const struct foreign_word foreign_words[] = {
    {ALL & ~SMALL, "AND", false, OP_AND, NULL},
    {ALL & ~SMALL, "OR", false, OP_OR, NULL},
    {ALL & ~SMALL, "NOT", false, OP_NOT, NULL},
    {SMALL, "AND", true, OP_AND, NULL},
    {SMALL, "OR", true, OP_OR, NULL},
    {SMALL, "NOT", true, OP_NOT, NULL},
    {F(LUCENE) | F(LEXIS), "&&", false, OP_AND, NULL},
    {F(LEXIS), "&", false, OP_AND, NULL},
    {F(LUCENE), "||", false, OP_OR, NULL},
    {F(GOOGLE), "|", false, OP_OR, NULL},
    {F(LEXIS), "W/S", true, OP_AND, "the same sentence"},
    {F(LEXIS), "/S", true, OP_AND, "the same sentence"},
    {F(LEXIS), "PRE/S", true, OP_AND, "before it in the same sentence"},
    {F(LEXIS), "W/P", true, OP_AND, "the same paragraph"},
    {F(LEXIS), "/P", true, OP_AND, "the same paragraph"},
    {F(LEXIS), "PRE/P", true, OP_AND, "before it in the same paragraph"},
    {F(LEXIS), "W/SEG", true, OP_AND, "the same segment"},
    {F(LEXIS), "W/SENT", true, OP_AND, "the same sentence"},
    {F(LEXIS), "W/PARA", true, OP_AND, "the same paragraph"},
    {F(FACTIVA), "SAME", true, OP_AND, "the same paragraph"},
    {MEDIA, "SENTENCE", false, OP_AND, "the same sentence"},
    {MEDIA, "PARAGRAPH", false, OP_AND, "the same paragraph"},
    {F(FACTIVA), "ADJ", true, OP_ONEAR, NULL},
    {F(FACTIVA), "NEAR", true, OP_NEAR, NULL},
    {0, NULL, false, OP_NONE, NULL},
};

/* The longer of two that begin alike stands first. */
const struct foreign_distance foreign_distances[] = {
    {F(GOOGLE), "AROUND(", ")", OP_NEAR, 0},
    {MEDIA, "ONEAR/", "", OP_ONEAR, 0},
    {F(BRANDWATCH), "NEAR/", "f", OP_ONEAR, 0},
    {MEDIA, "NEAR/", "", OP_NEAR, 0},
    {F(LEXIS), "PRE/", "", OP_ONEAR, 0},
    {F(LEXIS), "W/", "", OP_NEAR, 0},
    {F(LEXIS), "NEAR/", "", OP_NEAR, 0},
    {F(LEXIS), "ONEAR/", "", OP_ONEAR, 0},
    {F(LEXIS), "/", "", OP_NEAR, 0},
    {F(FACTIVA), "ADJ", "", OP_ONEAR, -1},
    {F(FACTIVA), "NEAR", "", OP_NEAR, -1},
    {F(FACTIVA), "W/", "", OP_NEAR, -1},
    {0, NULL, NULL, OP_NONE, 0},
};

#define NO_PLACE                                                                                             \
    "where it was published or by whom is not in the item; choose the feeds instead (feeds =, tag:)"
#define NO_DATE   "alerts are of what is new; max_item_age and match --stored choose by age"
#define NO_FIGURE "no feed says how a text was received"
#define NO_TOPIC  "there are no codes for topics; category: has what the feed itself says"

const struct foreign_prefix foreign_prefixes[] = {
    {F(GOOGLE), "allintitle:", "title:", NULL},
    {F(GOOGLE), "intitle:", "title:", NULL},
    {F(GOOGLE), "allinurl:", "url:", NULL},
    {F(GOOGLE), "inurl:", "url:", NULL},
    {F(GOOGLE), "site:", "url:", NULL},
    {F(GOOGLE), "allintext:", "", NULL},
    {F(GOOGLE), "intext:", "", NULL},
    {F(GOOGLE), "inauthor:", "author:", NULL},
    {F(GOOGLE), "author:", "author:", NULL},
    {F(GOOGLE), "before:", NULL, NO_DATE},
    {F(GOOGLE), "after:", NULL, NO_DATE},
    {F(GOOGLE), "when:", NULL, NO_DATE},
    {F(GOOGLE), "source:", NULL, NO_PLACE},
    {F(GOOGLE), "location:", NULL, NO_PLACE},
    {F(FACTIVA), "hd=", "title:", NULL},
    {F(FACTIVA), "by=", "author:", NULL},
    {F(FACTIVA), "la=", "lang:", NULL},
    {F(FACTIVA), "hlp=", "", "headline and first paragraph: here the whole text is searched"},
    {F(FACTIVA), "lp=", "", "the first paragraph: here the whole text is searched"},
    {F(FACTIVA), "td=", "", NULL},
    {F(FACTIVA), "sn=", NULL, NO_PLACE},
    {F(FACTIVA), "rst=", NULL, NO_PLACE},
    {F(FACTIVA), "sc=", NULL, NO_PLACE},
    {F(FACTIVA), "date ", NULL, NO_DATE},
    {F(FACTIVA), "ns=", NULL, NO_TOPIC},
    {F(FACTIVA), "in=", NULL, NO_TOPIC},
    {F(FACTIVA), "re=", NULL, NO_TOPIC},
    {F(FACTIVA), "co=", NULL, NO_TOPIC},
    {F(FACTIVA), "wc>", NULL, "the number of words cannot be asked for"},
    {F(FACTIVA), "wc<", NULL, "the number of words cannot be asked for"},
    {MEDIA | F(LUCENE), "title:", "title:", NULL},
    {MEDIA | F(LUCENE), "headline:", "title:", NULL},
    {MEDIA, "ingress:", "summary:", NULL},
    {F(LUCENE), "summary:", "summary:", NULL},
    {MEDIA | F(LUCENE), "content:", "content:", NULL},
    {MEDIA | F(LUCENE), "author:", "author:", NULL},
    {MEDIA | F(LUCENE), "url:", "url:", NULL},
    {MEDIA | F(LUCENE), "language:", "lang:", NULL},
    {MEDIA | F(LUCENE), "lang:", "lang:", NULL},
    {F(MELTWATER), "languageCode:", "lang:", NULL},
    {F(BRANDWATCH), "site:", "url:", NULL},
    {F(BRANDWATCH), "raw:", "=", NULL},
    {F(BRANDWATCH), "continent:", NULL, NO_PLACE},
    {MEDIA, "country:", NULL, NO_PLACE},
    {MEDIA, "countryCode:", NULL, NO_PLACE},
    {MEDIA, "sourcecountry:", NULL, NO_PLACE},
    {MEDIA, "sourcetype:", NULL, NO_PLACE},
    {MEDIA, "source:", NULL, NO_PLACE},
    {MEDIA, "region:", NULL, NO_PLACE},
    {MEDIA, "sentiment:", NULL, NO_FIGURE},
    {MEDIA, "reach:", NULL, NO_FIGURE},
    {MEDIA, "engagement:", NULL, NO_FIGURE},
    {0, NULL, NULL, NULL},
};

const struct foreign_function foreign_functions[] = {
    {F(LEXIS), "ALLCAPS", false, true, "", NULL},
    {F(LEXIS), "NOCAPS", false, false, "",
     "small letters only cannot be asked for; =word takes the case as written"},
    {F(LEXIS), "CAPS", false, false, "",
     "a capital somewhere cannot be asked for; =Word takes the case as written"},
    {F(LEXIS), "SINGULAR", false, false, "",
     "words are not stemmed here: only the form that is written is found"},
    {F(LEXIS), "PLURAL", false, false, "",
     "words are not stemmed here: only the form that is written is found"},
    {F(LEXIS), "ATLEAST", true, false, "", "how often a word occurs cannot be asked for: once is enough"},
    {F(LEXIS), "HEADLINE", false, false, "title:", NULL},
    {F(LEXIS), "HLEAD", false, false, "", "headline and lead: here the whole text is searched"},
    {F(LEXIS), "LEAD", false, false, "", "the first paragraphs: here the whole text is searched"},
    {F(LEXIS), "BODY", false, false, "", NULL},
    {F(LEXIS), "BYLINE", false, false, "author:", NULL},
    {F(LEXIS), "LANGUAGE", false, false, "lang:", NULL},
    {F(FACTIVA), "ATLEAST", true, false, "", "how often a word occurs cannot be asked for: once is enough"},
    {0, NULL, false, false, NULL, NULL},
};

#define STEMS "words are not stemmed or replaced by synonyms here: write evacuat*, or OR of words"

const struct foreign_grammar foreign_grammars[N_FOREIGN] = {
    [FOREIGN_GOOGLE] = {BESIDE_AND, true, true, true, NULL, NULL, STEMS},
    [FOREIGN_TALKWALKER] = {BESIDE_AND, false, true, true, NULL, NULL, NULL},
    [FOREIGN_MELTWATER] = {BESIDE_AND, false, true, false, NULL, NULL, NULL},
    [FOREIGN_LEXIS] = {BESIDE_PHRASE, true, false, false, "!", "*",
                       "plurals are not found by themselves here: write word OR words"},
    [FOREIGN_FACTIVA] = {BESIDE_PHRASE, false, false, false, NULL, NULL, NULL},
    [FOREIGN_BRANDWATCH] = {BESIDE_AND, false, true, false, NULL, NULL, NULL},
    [FOREIGN_LUCENE] = {BESIDE_OR, false, true, true, NULL, NULL, NULL},
};

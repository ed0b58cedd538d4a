#include "city.h"

#include <string.h>

/* Sorted by name, for bsearch; the test of the room checks the order. */
static const struct {
    const char *word;
    unsigned tells;
} clue_words[] = {
#define IN  WORD_IN
#define TO  WORD_TO
#define FN  WORD_FUNCTION
#define TI  WORD_TITLE
#define ORG WORD_ORGANISATION
#define PRE WORD_ORGANISATION_BEFORE
#define AFT WORD_PLACE_AFTER
#define BEF WORD_PLACE_BEFORE
#define RG  WORD_REGION
#define TH  WORD_THING
#define DI  WORD_DIRECTION
#define SAY WORD_SPEECH
#define SP  WORD_SPORT
#define SW  WORD_PERHAPS_SPORT
#include "clues.inc"
};

unsigned word_tells(struct na_text t) {
    if (!t.len) return 0;
    size_t from = 0, to = sizeof clue_words / sizeof *clue_words;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        int cmp = (unsigned char)*t.ptr - (unsigned char)*clue_words[mid].word;
        if (!cmp) cmp = strncmp(t.ptr, clue_words[mid].word, t.len);
        if (!cmp && clue_words[mid].word[t.len]) cmp = -1;
        if (!cmp) return clue_words[mid].tells;
        if (cmp < 0)
            to = mid;
        else
            from = mid + 1;
    }
    return 0;
}

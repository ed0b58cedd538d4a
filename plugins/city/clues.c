#include "city.h"

#include <string.h>

/* In order, so that a word is found by eye and stands once; the test of the room checks it. */
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
#define SPK WORD_SPEECH
#define SP  WORD_SPORT
#define SW  WORD_PERHAPS_SPORT
#define AR  WORD_ARTS
#define AW  WORD_PERHAPS_ARTS
#define AC  WORD_ACT
#include "clues.inc"
};

/* Texts are asked for word by word: length, both ends and the middle tell most words apart. */
static unsigned slot_of(const char *p, size_t len) {
    uint32_t h = (uint32_t)len * 0x9e3779b1u;
    h = (h ^ (unsigned char)p[0]) * 0x85ebca6bu;
    h = (h ^ (unsigned char)p[len - 1]) * 0x85ebca6bu;
    h = (h ^ (unsigned char)p[len / 2]) * 0x85ebca6bu;
    h = (h ^ (unsigned char)p[len > 1]) * 0x85ebca6bu;
    return (h ^ h >> 15) % CLUE_SLOTS;
}

void clue_index_fill(struct clue_index *x) {
    memset(x, 0, sizeof *x);
    for (size_t i = 0; i < sizeof clue_words / sizeof *clue_words; i++) {
        unsigned at = slot_of(clue_words[i].word, strlen(clue_words[i].word));
        while (x->slots[at]) at = (at + 1) % CLUE_SLOTS;
        x->slots[at] = (uint16_t)(i + 1);
    }
}

unsigned word_tells(const struct clue_index *x, struct na_text t) {
    if (!t.len) return 0;
    for (unsigned at = slot_of(t.ptr, t.len); x->slots[at]; at = (at + 1) % CLUE_SLOTS) {
        const char *word = clue_words[x->slots[at] - 1].word;
        if (!strncmp(word, t.ptr, t.len) && !word[t.len]) return clue_words[x->slots[at] - 1].tells;
    }
    return 0;
}

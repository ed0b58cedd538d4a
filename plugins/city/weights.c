#include "city.h"

/* weights.inc is made by tests/city/fit.py. */
#define NOT(name, w)
#define CHOICE(name, w) [CHOICE_##name] = (w),
#define SCALE           NOT
#define CLUE            NOT
CITY_TUNED double choice_weights[N_CHOICES] = {
#include "weights.inc"
};
#undef CHOICE
#undef SCALE
#define CHOICE         NOT
#define SCALE(name, w) [SCALE_##name] = (w),
CITY_TUNED double scale_weights[N_SCALES] = {
#include "weights.inc"
};
#undef SCALE
#undef CLUE
#define SCALE         NOT
#define CLUE(name, w) [CLUE_##name] = (w),
CITY_TUNED double clue_weights[N_CLUES] = {
#include "weights.inc"
};

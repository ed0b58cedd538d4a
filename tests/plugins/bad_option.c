/* Declares a default that does not fit its type. */
#include "bad.h"

BAD_NOTHING("badoption");
static const struct na_option options[] = {{"radius", "int 1..500", "900", "How far."}, {0}};
BAD_PLUGIN("bad_option", .matcher = &matcher, .options = options, .option_stride = sizeof options[0])

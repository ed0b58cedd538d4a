/* Claims the same prefix as its twin. */
#include "bad.h"

BAD_NOTHING("twin");
BAD_PLUGIN("twin_b", .matcher = &matcher)

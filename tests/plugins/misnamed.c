/* Calls itself otherwise than its file. */
#include "bad.h"

BAD_NOTHING("misnamed");
BAD_PLUGIN("keyword", .matcher = &matcher)

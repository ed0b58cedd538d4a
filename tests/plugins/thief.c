/* Claims a prefix that is newsalertd's own. */
#include "bad.h"

BAD_NOTHING("thief", "title");
BAD_PLUGIN("thief", .matcher = &matcher)

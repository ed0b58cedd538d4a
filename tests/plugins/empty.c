/* Neither matches nor notifies. */
#include "bad.h"

BAD_PLUGIN("empty", .open = NULL)

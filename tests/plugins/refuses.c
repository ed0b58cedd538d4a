/* Does not open. */
#include "bad.h"

BAD_NOTHING("refuses");
static int refuse(const struct na_host *host, void **ret_self) {
    (void)ret_self;
    host->log(host->ctx, 3, "the moon is in the wrong\nquarter");
    return NA_FAIL;
}
BAD_PLUGIN("refuses", .matcher = &matcher, .open = refuse)

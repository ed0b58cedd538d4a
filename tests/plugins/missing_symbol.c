/* Links to something that nobody has. */
#include "bad.h"

extern int newsalert_nobody_has_this(void);
BAD_NOTHING("missing");
static int call_it(const struct na_host *host, void **ret_self) {
    (void)host, (void)ret_self;
    return newsalert_nobody_has_this();
}
BAD_PLUGIN("missing_symbol", .matcher = &matcher, .open = call_it)

/* Old ABI, broken since: its symbol has another number. */
#include "bad.h"

NA_EXPORT const struct na_plugin *newsalert_plugin_0(void);
const struct na_plugin *newsalert_plugin_0(void) {
    return NULL;
}

/* Old ABI: made before the notifier was appended to the description. */
#include "bad.h"

BAD_NOTHING("oldabi");
static const struct na_plugin plugin = {.size = offsetof(struct na_plugin, notifier),
                                        .name = "old_abi",
                                        .version = "0",
                                        .license = "Apache-2.0",
                                        .summary = "for tests",
                                        .matcher = &matcher};
const struct na_plugin *newsalert_plugin_1(void) {
    return &plugin;
}

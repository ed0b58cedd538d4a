/* Bytes of a configuration file: read, checked and built. Includes are not followed. */
#include "config/build.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    struct problems problems = PROBLEMS_INIT;
    struct config_whole whole = {0};
    struct raw raw;
    struct build build;
    arena_init(&whole.arena, SIZE_MAX / 2);
    raw_init(&raw);
    raw_read_bytes(&raw, "fuzz.conf", (struct text){(const char *)bytes, len}, &problems);
    build_init(&build, &whole, &raw, CONFIG_CHECK, &problems);
    build_all(&build);
    build_clear(&build);
    for (size_t i = 0; i < whole.c.n_alerts; i++)
        for (size_t f = 0; f < whole.c.n_feeds; f++)
            if (config_alert_wants_feed(&whole.c.alerts[i], &whole.c.feeds[f]) && !whole.c.feeds[f].name)
                __builtin_trap();
    config_whole_clear(&whole);
    raw_clear(&raw);
    problems_clear(&problems);
    return 0;
}

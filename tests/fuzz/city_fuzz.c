/* The compiled table of cities: any bytes over a good one, with the checksum made good, are refused or safe
 * to use. The first two bytes say where; the rest is put there. */
#include "../unit/city_table.h"

#include "city/data.c"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct table t;
    struct city_data d;
    struct city_fault fault = {0};
    char text[64];
    if (size < 2) return 0;
    size_t at = (size_t)(data[0] << 8 | data[1]) % sizeof t;
    data += 2, size -= 2;
    table_fill(&t);
    memcpy((char *)&t + at, data, size < sizeof t - at ? size : sizeof t - at);
    table_seal(&t);
    if (city_data_use(&d, &t, sizeof t, &fault)) {
        if (!fault.why || fault.at > sizeof t) abort();
        return 0;
    }
    for (size_t n = 0; n <= size && n < 24; n++)
        (void)city_find(&d, city_hash(CITY_HASH_START, (const char *)data, n), (const char *)data, n);
    for (uint32_t i = 0; i < d.n_places; i++) city_place_text(&d, i, text, sizeof text);
    return 0;
}

/* Dates: whatever is understood lies between 1970 and 9999, and is understood the same when written by us. */
#include "base/time.h"
#include "parse/date.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *ptr, size_t len) {
    int64_t wall, again;
    if (date_parse((struct text){(const char *)ptr, len}, &wall) < 0) return 0;
    if (wall < 0 || wall >= time_days(10000, 1, 1) * DAY) abort();
    char out[TIME_TEXT];
    if (date_parse(text_of(time_rfc3339(wall, out)), &again) < 0 || again != wall / SECOND * SECOND) abort();
    if (date_parse(text_of(time_rfc5322(wall, out)), &again) < 0 || again != wall / SECOND * SECOND) abort();
    return 0;
}

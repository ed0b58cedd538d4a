/* Dates a second, by family: what parse/date.c does in process. Best of a few rounds of CPU time. */
#include "base/time.h"
#include "parse/date.h"

#include <stdio.h>
#include <time.h>

static double cpu(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Millions a second. */
static double rate(const char *const *dates, size_t n) {
    enum { REPEAT = 20000, ROUNDS = 5 };
    double best = 0;
    int64_t wall, sum = 0;
    struct text t[8];
    for (size_t i = 0; i < n; i++) t[i] = text_of(dates[i]);
    for (int round = 0; round < ROUNDS; round++) {
        double began = cpu();
        for (int k = 0; k < REPEAT; k++)
            for (size_t i = 0; i < n; i++)
                if (!date_parse(t[i], &wall)) sum += wall;
        double now = (double)(n * REPEAT) / (cpu() - began) / 1e6;
        if (now > best) best = now;
    }
    return sum ? best : 0;
}

int main(int argc, char **argv) {
    const char *only = argc > 1 ? argv[1] : "";
    static const struct {
        const char *name;
        size_t n;
        const char *dates[4];
        const char *what;
    } families[] = {
        {"date-rfc822",
         3,
         {"Tue, 12 May 2009 07:05:40 GMT", "Tue, 12 May 2009 07:05:40 -0500",
          "Sat, 07 Nov 2026 23:30:00 PST"},
         "RSS as most write it"},
        {"date-iso", 3, {"2011-02-03T04:05:06Z", "2011-02-03T04:05:06.123-08:00", "2011-02-03"}, "ISO 8601"},
        {"date-words",
         3,
         {"Tuesday, May 12, 2009 - 7:05am", "12/05/2009 07:05", "Sept. 8, 2011, 6:40 p.m."},
         "as people write it"},
        {"date-languages",
         3,
         {"mar. 12 d\xC3\xA9"
          "c. 2009 07:05",
          "12 \xD0\xBC\xD0\xB0\xD1\x8F 2009",
          "2009\xE5\xB9\xB4"
          "5\xE6\x9C\x88"
          "12\xE6\x97\xA5"},
         "names of other languages"},
        {"date-zones",
         2,
         {"Sat, 04 Jul 2026 12:00:00 America/New_York", "4 Jul 2026 12:00:00 Europe/Berlin"},
         "zones of the tz database"},
        {"date-none", 2, {"yesterday, or the day before", "soon"}, ""},
    };
    for (size_t i = 0; i < sizeof families / sizeof *families - 1; i++)
        if (strstr(families[i].name, only))
            printf("%-18s %10.1f %-5s %s\n", families[i].name, rate(families[i].dates, families[i].n), "M/s",
                   families[i].what);
    return 0;
}

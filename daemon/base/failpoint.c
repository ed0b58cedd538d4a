#include "base/failpoint.h"

#ifdef NEWSALERT_FAILPOINTS
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void failpoint(const char *name) {
    static _Atomic long passed; /* of the one place that the environment names */
    const char *wanted = getenv("NEWSALERT_FAIL");
    size_t len = strlen(name);
    if (!wanted || strncmp(wanted, name, len) != 0 || (wanted[len] && wanted[len] != ':')) return;
    long n = wanted[len] == ':' ? strtol(wanted + len + 1, NULL, 10) : 1;
    if (++passed == n) {
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
}
#else
/* ISO C wants something in every file. */
typedef int failpoint_none;
#endif

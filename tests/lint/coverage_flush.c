/* Linked into a build with --coverage only: a process that ends without exit's handlers writes its counters
 * first. */
#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

void __gcov_dump(void)
    __attribute__((visibility("hidden"))); /* of the program or plugin that this is linked into */
_Noreturn void __real__exit(int status);
int __real_execv(const char *path, char *const argv[]);
int __real_kill(pid_t pid, int sig);
#pragma GCC visibility push(hidden)
_Noreturn void __wrap__exit(int status);
int __wrap_execv(const char *path, char *const argv[]);
int __wrap_kill(pid_t pid, int sig);
#pragma GCC visibility pop

void __wrap__exit(int status) {
    __gcov_dump();
    __real__exit(status);
}

int __wrap_execv(const char *path, char *const argv[]) {
    __gcov_dump();
    return __real_execv(path, argv);
}

/* A fail point kills its own process (base/failpoint.c). */
int __wrap_kill(pid_t pid, int sig) {
    if (sig == SIGKILL && pid == getpid()) __gcov_dump();
    return __real_kill(pid, sig);
}

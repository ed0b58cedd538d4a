/* Places at which a crash test may kill the process: FAILPOINT("before-commit"). Compiled in only by
 * `make FAILPOINTS=1`; then NEWSALERT_FAIL=NAME in the environment makes the process kill itself (SIGKILL, as
 * kill -9 would) when it comes there, NEWSALERT_FAIL=NAME:N when it comes there for the N-th time.
 * There are before-commit and after-commit of a transaction with documents, before-result-commit and
 * after-result-commit of one with results of deliveries. */
#ifndef NEWSALERTD_BASE_FAILPOINT_H
#define NEWSALERTD_BASE_FAILPOINT_H

#ifdef NEWSALERT_FAILPOINTS
void failpoint(const char *name);
#define FAILPOINT(name) failpoint(name)
#else
#define FAILPOINT(name) ((void)0)
#endif

#endif

/* Places at which a crash test kills the process, compiled in only where the tests want them (the Makefile's
 * newsalertd-failpoints). NEWSALERT_FAIL=NAME makes the process kill itself (SIGKILL, as kill -9 would) when
 * it comes there, NAME:N when it comes there for the N-th time. All names stand in failpoint.c, where the
 * tests read them; a place whose name does not is an abort.
 *
 *   FAILPOINT("rows", NULL)          dies here
 *   FAILPOINT("send", kind)          dies here as send-webhook, send-email …
 *   FAILPOINT_HOLDS("result", "sent") what the transaction under way holds: it dies before its commit as
 *                                    result-sent-before, after it as result-sent-after. Pipeline thread only,
 *                                    as are FAILPOINT_BEGIN and FAILPOINT_COMMIT, which stand in store.c. */
#ifndef NEWSALERTD_BASE_FAILPOINT_H
#define NEWSALERTD_BASE_FAILPOINT_H

#ifdef NEWSALERT_FAILPOINTS
void failpoint(const char *name, const char *which); /* which: NULL, or what follows the name after a dash */
void failpoint_holds(const char *name, const char *which);
void failpoint_begin(void);
void failpoint_commit(const char *side);
#define FAILPOINT(name, which)       failpoint(name, which)
#define FAILPOINT_HOLDS(name, which) failpoint_holds(name, which)
#define FAILPOINT_BEGIN()            failpoint_begin()
#define FAILPOINT_COMMIT(side)       failpoint_commit(side)
#else
#define FAILPOINT(name, which)       ((void)0)
#define FAILPOINT_HOLDS(name, which) ((void)0)
#define FAILPOINT_BEGIN()            ((void)0)
#define FAILPOINT_COMMIT(side)       ((void)0)
#endif

#endif

#include "base/failpoint.h"

#ifdef NEWSALERT_FAILPOINTS
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_SIZE 64

/* clang-format off */
static const char *const places[] = {
    /* the store outside transactions */
    "migration-before", "migration-after", "set-aside", "checkpoint-before", "checkpoint-after",
    /* a poll, from its claim to its document */
    "claimed", "fetched", "document-in-hand", "document-read",
    /* a delivery: rows come, an attempt begins and is under way, its answer is there, goes to the pipeline, is stored */
    "rows",
    "send-webhook", "send-email", "send-command", "send-terminal", "send-desktop",
    "sending-webhook", "sending-email", "sending-command", "sending-desktop",
    "answered-webhook", "answered-email", "answered-command", "answered-terminal", "answered-desktop",
    "reported-webhook", "reported-email", "reported-command", "reported-terminal", "reported-desktop",
    "stored",
    /* WebSub: the hub is asked, confirms, pushes */
    "hub-asked", "hub-confirmed", "push-acknowledged",
};
/* What a transaction may hold; each is two places, NAME-before and NAME-after its commit. */
static const char *const commits[] = {
    "open", "setup", "crash", "prune", "claim",
    "answer-document", "answer-unchanged", "answer-failed", "answer-pushed",
    "result-sent", "result-retry", "result-dead", "result-suspend",
    "told-new", "told-edit", "told-fold", "told-update", "told-promote", "told-summary", "told-digest",
    "held-quiet", "held-digest", "held-limit", "held-mute", "held-follow-up", "held-update", "held-unconfirmed",
    "held-dropped", "held-expired",
    "rate-summary", "outbox-full", "notice-feed", "notice-destination",
    "order-mute", "order-unmute", "order-retry", "order-drop",
    "lease", "lease-gone",
};
/* clang-format on */
#define COUNT(list) (sizeof(list) / sizeof *(list))
static bool held[COUNT(commits)]; /* by the transaction under way */

static size_t find(const char *const *list, size_t n, const char *name, const char *which,
                   char ret[NAME_SIZE]) {
    snprintf(ret, NAME_SIZE, "%s%s%s", name, which ? "-" : "", which ? which : "");
    for (size_t i = 0; i < n; i++)
        if (!strcmp(list[i], ret)) return i;
    fprintf(stderr, "no fail point is named %s\n", ret);
    abort();
}

static void pass(const char *name) {
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

void failpoint(const char *name, const char *which) {
    char whole[NAME_SIZE];
    find(places, COUNT(places), name, which, whole);
    pass(whole);
}

void failpoint_holds(const char *name, const char *which) {
    char whole[NAME_SIZE];
    held[find(commits, COUNT(commits), name, which, whole)] = true;
}

void failpoint_begin(void) {
    memset(held, 0, sizeof held);
}

void failpoint_commit(const char *side) {
    for (size_t i = 0; i < COUNT(commits); i++) {
        char whole[NAME_SIZE];
        snprintf(whole, sizeof whole, "%s-%s", commits[i], side);
        if (held[i]) pass(whole);
    }
}
#else
/* ISO C wants something in every file. */
typedef int failpoint_none;
#endif

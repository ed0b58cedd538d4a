/* What answers mean: one table of HTTP statuses, one of failed transfers. Pure (libcurl's names only). What
 * follows of each, poll/schedule decides by kind and status. RFC 9110, RFC 6585. */
#ifndef NEWSALERTD_POLL_ANSWERS_H
#define NEWSALERTD_POLL_ANSWERS_H

#include "poll/schedule.h"

#include <curl/curl.h>

enum answer_step {
    STEP_READ, /* a document should come with it */
    STEP_UNCHANGED /* 304 */,
    STEP_FOLLOW,           /* for this time */
    STEP_FOLLOW_PERMANENT, /* may be adopted */
    STEP_FAIL
};

struct answer_row {
    int from, to; /* statuses */
    enum answer_step step;
    enum answer_kind kind; /* of STEP_FAIL */
    const char *says;
};
/* Never NULL. */
const struct answer_row *answer_row_of(long status);

struct failure_row {
    CURLcode code;
    bool slow;      /* DNS and TLS: what people repair, so it may be asked more rarely */
    bool unreached; /* the host was not resolved or connected to: it may be the network */
};
const struct failure_row *failure_row_of(CURLcode code); /* NULL: an ordinary failure */
/* Nothing came back: on a new connection, or on a kept one whose other end has vanished (connected: time it
 * took, 0 for none or a kept one). */
bool failure_is_silence(CURLcode code, long os_errno, int64_t connected);
/* Errors of this machine: no route, no descriptors. */
bool failure_is_local(long os_errno);

#endif

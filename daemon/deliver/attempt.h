/* What an answer means, and when to try again: contract/delivery.md, "Attempts". One table of answers for all
 * senders. Pure: time and chance are arguments. Times are ms. */
#ifndef NEWSALERTD_DELIVER_ATTEMPT_H
#define NEWSALERTD_DELIVER_ATTEMPT_H

#include "base/limits.h"
#include "base/text.h"
#include "item/message.h"

enum answer_kind {
    ANSWER_HTTP,    /* code: the status */
    ANSWER_SMTP,    /* code: the reply code */
    ANSWER_FAILURE, /* code: enum failure; nothing that counts was answered */
    ANSWER_PLUGIN,  /* code: NA_SENT … */
    ANSWER_COMMAND, /* code: the exit code of kind = command */
    ANSWER_SENDMAIL /* code: the exit code of a mail program (sysexits) */
};

enum failure {
    FAILURE_DNS,
    FAILURE_CONNECT,
    FAILURE_TLS,         /* the handshake broke */
    FAILURE_CERTIFICATE, /* not trusted, or for another name */
    FAILURE_NO_TLS,      /* the server offers no STARTTLS, and `tls` wants it */
    FAILURE_TIME_OUT,
    FAILURE_RESET, /* the connection broke, or ended without an answer */
    FAILURE_WRITE, /* this side: standard output */
    FAILURE_SETUP, /* what is configured cannot be used at all */
    FAILURE_ROW    /* this message cannot be sent: no address, cannot be rendered */
};

/* Where an SMTP reply came. Bits, so that a row of the table can name several. */
enum smtp_stage { STAGE_HELLO = 1, STAGE_AUTH = 2, STAGE_MAIL = 4, STAGE_RCPT = 8, STAGE_DATA = 16 };
#define STAGE_ANY 31

struct answer {
    enum answer_kind kind;
    int code;
    enum smtp_stage stage;
    int64_t retry_after; /* ms that the receiver asks to wait; 0: it asks nothing */
    bool unsigned_2xx;   /* HTTP: 2xx without the format's own sign of success */
    bool too_long;       /* the answer says so, beside its code */
    int64_t pause;       /* ms until the receiver takes the next one, though it took this; 0: now */
    bool special;        /* the service's own meaning of this status, in place of the common table: */
    enum outcome special_outcome;
    char what[LIMIT_ERROR_TEXT]; /* for people; no secrets */
    char posted[LIMIT_POSTED];   /* what the service calls the message; "": it did not say */
};

struct verdict {
    enum outcome outcome;
    bool destination; /* the failure is not the row's own: nothing else is tried there until its wait is over
                       */
    bool slow_down;   /* halves the rate */
    bool no_probe;    /* suspended for good, until a person or a new start resumes it */
    bool too_long;    /* one retry with half the text */
};
struct verdict answer_verdict(const struct answer *a);

struct attempt_limits {
    int64_t retry_first, retry_max, retry_for;
};
/* min(first * 4^(n-1), max) +-20 %, n = 1 after the first failure. chance: any 32 random bits. A longer
 * retry_after replaces the wait (capped at LIMIT_RETRY_AFTER_DELIVERY_MS, never shortened by the jitter). */
int64_t attempt_wait(const struct attempt_limits *l, int failures, int64_t retry_after, uint32_t chance);
/* When did a row's 48 hours begin? Of what the store knows (created, next, attempts): time in suspension and
 * held time leave no attempts, so they do not count. Wall ms. */
int64_t attempt_began(const struct attempt_limits *l, int64_t created, int64_t next, int attempts);
/* Has it been tried long enough? Flash never has. */
bool attempt_gives_up(const struct attempt_limits *l, enum level level, int64_t began, int64_t now);

/* A Retry-After header: seconds or an HTTP date. ms from `now` (wall), 0 when it asks nothing. */
int64_t attempt_retry_after(struct text value, int64_t now);

#endif

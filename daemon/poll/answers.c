#include "poll/answers.h"

#include <errno.h>

/* The first row that holds a status counts; the last one holds all. */
static const struct answer_row rows[] = {
    {200, 200, STEP_READ, ANSWER_FEED, "a document"},
    {226, 226, STEP_READ, ANSWER_FEED, "what is new in a document"},
    {304, 304, STEP_UNCHANGED, ANSWER_NOT_MODIFIED, "not modified"},
    {301, 301, STEP_FOLLOW_PERMANENT, ANSWER_REDIRECTS, "moved for good"},
    {308, 308, STEP_FOLLOW_PERMANENT, ANSWER_REDIRECTS, "moved for good"},
    {302, 303, STEP_FOLLOW, ANSWER_REDIRECTS, "found elsewhere"},
    {307, 307, STEP_FOLLOW, ANSWER_REDIRECTS, "found elsewhere"},
    {204, 204, STEP_FAIL, ANSWER_NOT_FEED, "nothing in it"},
    {205, 205, STEP_FAIL, ANSWER_NOT_FEED, "nothing in it"},
    {206, 206, STEP_FAIL, ANSWER_NOT_FEED, "a part only, which was not asked for"},
    {300, 300, STEP_FAIL, ANSWER_NOT_FEED, "several choices"},
    {305, 306, STEP_FAIL, ANSWER_NOT_FEED, "another proxy is wanted, which is not done"},
    {400, 400, STEP_FAIL, ANSWER_STATUS, "bad request"},
    {401, 401, STEP_FAIL, ANSWER_STATUS, "user name or password needed, or not accepted"},
    {402, 402, STEP_FAIL, ANSWER_STATUS, "to be paid for"},
    {403, 403, STEP_FAIL, ANSWER_STATUS, "access refused"},
    {404, 404, STEP_FAIL, ANSWER_STATUS, "not found"},
    {405, 405, STEP_FAIL, ANSWER_STATUS, "method not allowed"},
    {406, 406, STEP_FAIL, ANSWER_STATUS, "no acceptable form"},
    {407, 407, STEP_FAIL, ANSWER_STATUS, "the proxy wants user name and password"},
    {408, 408, STEP_FAIL, ANSWER_STATUS, "the server waited too long"},
    {410, 410, STEP_FAIL, ANSWER_STATUS, "gone for good"},
    {421, 421, STEP_FAIL, ANSWER_STATUS, "the wrong server"},
    {429, 429, STEP_FAIL, ANSWER_STATUS, "too many requests"},
    {451, 451, STEP_FAIL, ANSWER_STATUS, "unavailable for legal reasons"},
    {400, 499, STEP_FAIL, ANSWER_STATUS, "refused"},
    {500, 500, STEP_FAIL, ANSWER_STATUS, "the server failed"},
    {501, 501, STEP_FAIL, ANSWER_STATUS, "not built"},
    {502, 502, STEP_FAIL, ANSWER_STATUS, "bad gateway"},
    {503, 503, STEP_FAIL, ANSWER_STATUS, "not available now"},
    {504, 504, STEP_FAIL, ANSWER_STATUS, "gateway time-out"},
    {500, 599, STEP_FAIL, ANSWER_STATUS, "the server failed"},
    {0, 0x7fffffff, STEP_FAIL, ANSWER_NOT_FEED, "not an answer with a feed"},
};

const struct answer_row *answer_row_of(long status) {
    size_t i = 0;
    while (i + 1 < sizeof rows / sizeof *rows && (status < rows[i].from || status > rows[i].to)) i++;
    return &rows[i];
}

static const struct failure_row failures[] = {
    {CURLE_COULDNT_RESOLVE_HOST, true, true},
    {CURLE_COULDNT_RESOLVE_PROXY, true, true},
    {CURLE_COULDNT_CONNECT, false, true},
    {CURLE_SSL_CONNECT_ERROR, true, false},
    {CURLE_PEER_FAILED_VERIFICATION, true, false},
    {CURLE_SSL_CERTPROBLEM, true, false},
    {CURLE_SSL_CIPHER, true, false},
    {CURLE_SSL_CACERT_BADFILE, true, false},
    {CURLE_SSL_CRL_BADFILE, true, false},
    {CURLE_SSL_ISSUER_ERROR, true, false},
    {CURLE_SSL_INVALIDCERTSTATUS, true, false},
    {CURLE_SSL_PINNEDPUBKEYNOTMATCH, true, false},
    {CURLE_SSL_ENGINE_INITFAILED, true, false},
};

const struct failure_row *failure_row_of(CURLcode code) {
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++)
        if (failures[i].code == code) return &failures[i];
    return NULL;
}

bool failure_is_silence(CURLcode code, long os_errno, int64_t connected) {
    if (code == CURLE_OPERATION_TIMEDOUT) return !connected;
    return (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR) &&
           (os_errno == EHOSTUNREACH || os_errno == ETIMEDOUT || failure_is_local(os_errno));
}

bool failure_is_local(long os_errno) {
    static const int local[] = {ENETUNREACH, ENETDOWN, EADDRNOTAVAIL, EMFILE, ENFILE, ENOBUFS, ENOMEM};
    for (size_t i = 0; i < sizeof local / sizeof *local; i++)
        if (local[i] == os_errno) return true;
    return false;
}

/* What a webhook's answer says beyond its status: the service's own sign of success, how long it asks to
 * wait, whether the message was too long. Which signs count stands in the row of the format
 * (render/formats.c); of format = custom, in the notifier. No I/O, no clock. */
#ifndef NEWSALERTD_DELIVER_HTTP_SIGNS_H
#define NEWSALERTD_DELIVER_HTTP_SIGNS_H

#include "deliver/sender.h"

struct http_signs {
    const struct format *format;
    const struct mask *mask;      /* of what is quoted; NULL: nothing is secret */
    char *success, *success_body; /* custom: "200-299", and a piece of the body; NULL: the format's own */
    char retry_after[LIMIT_HTTP_DATE];
    bool editing;             /* a message of before is to be changed */
    int64_t remaining, reset; /* of the rate, as headers say it: requests, ms; -1: they do not say */
};

void http_signs_init(struct http_signs *s, const struct format *format, const struct config_notify *notify);
void http_signs_clear(struct http_signs *s);
/* One line of the answer's head; a status line forgets what the ones before it said. */
void http_sign_header(struct http_signs *s, struct text line);
/* The whole answer, status 200 or more. */
void http_signs_judge(const struct http_signs *s, int status, struct text body, int64_t now,
                      struct answer *ret);

#endif

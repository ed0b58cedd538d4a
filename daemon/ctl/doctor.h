/* newsalertctl doctor: what its checks share (doctor.c, doctor_outside.c). */
#ifndef NEWSALERTD_CTL_DOCTOR_H
#define NEWSALERTD_CTL_DOCTOR_H

#include "ctl/ctl.h"
#include "setup.h"

/* What a check found: all is well; a person may want to know; a person has something to do. */
enum finding { FINDING_OK, FINDING_NOTE, FINDING_TODO };

struct doctor {
    const struct ctl_args *args;
    struct setup *setup; /* NULL: the configuration has errors; then the checks that need it are left out */
    char *state;         /* folder */
    json_t *status;      /* of the running daemon; NULL: none answers */
    int64_t until;       /* boot ms: what is not looked at by then is left out, and said */
    struct ctl_table *table;
    size_t todo;
};

/* One sentence of what was seen, one of what to do (NULL: nothing). Never a secret. */
void doctor_say(struct doctor *d, enum finding finding, const char *check, const char *advice,
                const char *format, ...) __attribute__((format(printf, 5, 6)));
/* How long one look may take, ms; 0: the time is over, which is said once a check. */
int64_t doctor_patience(struct doctor *d, const char *check);

void doctor_unit(struct doctor *d);
void doctor_notifiers(struct doctor *d);
void doctor_feeds(struct doctor *d);

#endif

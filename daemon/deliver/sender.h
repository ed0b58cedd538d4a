/* One attempt by one way out: what http.c, smtp.c, program.c, terminal.c and relay.c have in common. Loop
 * thread only.
 *
 * start() borrows everything for the call: what an attempt needs later it copies, so that a reload may free
 * the configuration while it is under way. It returns the attempt, and then done() is called once, from the
 * loop, unless cancel() came first; or NULL: it has ended at once, and *ret says how. */
#ifndef NEWSALERTD_DELIVER_SENDER_H
#define NEWSALERTD_DELIVER_SENDER_H

#include "base/mem.h"
#include "deliver/attempt.h"
#include "deliver/render/render.h"
#include "net/net.h"
#include "net/spawn.h"

struct relay;
struct sender_env {
    struct event_base *base;
    struct net *net;
    struct relay *relay;    /* of this destination; NULL where it is no plugin's */
    const char *user_agent; /* newsalertd/VERSION (contact) */
    struct spawns *spawns;  /* programs */
};

typedef void sender_done_fn(void *arg, const struct answer *answer);
typedef void *sender_start_fn(const struct sender_env *env, const struct render_ask *ask,
                              const struct facts *f, sender_done_fn *done, void *arg, struct answer *ret);
typedef void sender_cancel_fn(void *attempt); /* frees it; done() will not be called */

sender_start_fn http_start, smtp_start, program_start, sendmail_start, terminal_start, relay_start;
sender_cancel_fn http_cancel, smtp_cancel, program_cancel, terminal_cancel, relay_cancel;

struct sender {
    sender_start_fn *start;
    sender_cancel_fn *cancel;
};
/* "newsalertd/VERSION (contact)", contact may be NULL; heap. */
char *sender_user_agent(const char *contact);
/* A handle's way to the mail server of ask->notify: address, TLS, login. */
void smtp_connection(CURL *easy, const char *user_agent, const struct render_ask *ask);
#define SENDER_HOST 256
void sender_host(char out[SENDER_HOST]); /* this machine's name */
struct sender sender_of(const struct config_notify *notify);

void answer_say(struct answer *a, enum answer_kind kind, int code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Of a transfer that came to no reply that counts. */
void answer_curl(struct answer *a, CURL *easy, CURLcode code);

/* What must not show in an error, copied from a notifier: the address behind its host, tokens, passwords, and
 * the forms in which a login goes over the wire. */
struct mask {
    char **list;
    size_t n, cap;
};
void mask_init(struct mask *m, const struct config_notify *notify);
void mask_clear(struct mask *m);
void mask_apply(const struct mask *m, char *text); /* each secret becomes "***" in place */
/* scheme://host/… for people; heap. */
char *mask_target(const char *url);
/* Foreign text (an answer's body) as one short line, appended to what the answer says. mask: applied before
 * it is cut, so that no half of a secret stays; NULL: the text is our own. */
void answer_quote(struct answer *a, const struct mask *mask, const char *before, struct text t);

#endif

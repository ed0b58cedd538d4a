/* Values of the configuration: text → value, one function a kind of value, and checks of texts. Pure, any
 * thread. Parsers return 0 or -1; checks return NULL when the text is fine, else what is wrong with it: a
 * static half sentence that goes behind "key: ". */
#ifndef NEWSALERTD_CONFIG_VALUE_H
#define NEWSALERTD_CONFIG_VALUE_H

#include "base/text.h"
#include "config/config.h"

#include <stdbool.h>
#include <stdint.h>

int value_bool(struct text t, bool *ret);        /* yes/no, true/false, on/off */
int value_int(struct text t, int64_t *ret);      /* decimal digits, not negative */
int value_size(struct text t, int64_t *ret);     /* 500000, 512KiB, 4MiB */
int value_real(struct text t, double *ret);      /* 0.35; a full stop in every locale */
int value_rate(struct text t, struct rate *ret); /* 5/s, 10/1h, none */
int value_levels(struct text t, unsigned *ret);  /* all, or a list of levels → bits */
/* The pieces of a list: takes the next one off *t, trimmed. A comma inside "…" does not part when `quoted`.
 * False: there are no more. "a,,b" has an empty piece. */
bool value_next(struct text *t, bool quoted, struct text *ret);

/* Quiet hours as minutes of a week from Monday 00:00, one bit each: `mon-fri 22:00-07:00, 13:00-14:00`. */
#define VALUE_HOURS  16u /* spans or times in one value */
#define WEEK_MINUTES 10080u
struct week {
    uint64_t bits[(WEEK_MINUTES + 63) / 64];
};
const char *value_quiet(struct text t, struct week *ret);
/* Does a span of 24 hours lie in it? */
bool week_covers_day(const struct week *w);
const char *check_quiet(struct text t);
const char *check_digest(struct text t); /* 08:00 · mon 08:00 · 08:00, 17:30 */

const char *check_url(struct text t); /* http(s)://host… */
const char *check_https(struct text t);
const char *check_proxy(struct text t);   /* http, https, socks5h */
const char *check_server(struct text t);  /* smtp[s]://host[:port] */
const char *check_contact(struct text t); /* a URL or a mail address */
const char *check_address(struct text t); /* desk@example.org, or Desk <desk@example.org> */
const char *check_header(struct text t);  /* Name: value */
const char *check_language(struct text t);
const char *check_host(struct text t);
const char *check_name(struct text t);      /* of a section */
const char *check_file_name(struct text t); /* of a credential: no path */
const char *check_command(struct text t);   /* quotes are closed */
/* The words of a command that passed its check, NULL behind the last: split at blanks; '…' and "…" keep them,
 * nothing else has a meaning. One heap block; caller frees. */
char **value_command(struct text t);
bool value_is_program(const char *name); /* can be run; without a slash it stands in PATH */
const char *check_whsec(struct text t);  /* whsec_ and base64 of 24 to 64 bytes */
const char *check_codes(struct text t);  /* 200-299, 304 */
const char *check_zone(struct text t);
const char *check_content_type(struct text t);
const char *check_method(struct text t);
const char *check_listen(struct text t);   /* [HOST]:PORT */
const char *check_callback(struct text t); /* https, without user, query and fragment */
const char *check_web_path(struct text t); /* /hub */

/* The host of a URL without port and brackets, and whether user:password@ stands before it. TEXT_NONE: no
 * URL. */
struct text value_host(struct text url, bool *ret_user);
bool host_is_loopback(struct text host);
/* Does the name or literal belong to a network of one's own (loopback included)? Other names count as
 * public: nothing is looked up. */
bool host_is_private(struct text host);

#endif

/* Facts → bytes of one format. Pure: no clock, no I/O, no globals; each attempt renders anew, so a changed
 * format helps old rows too. contract/delivery.md, "Webhook", "Chat formats", "E-mail", "Desktop".
 *
 * A webhook format is one function and one row of the table in formats.c. */
#ifndef NEWSALERTD_DELIVER_RENDER_RENDER_H
#define NEWSALERTD_DELIVER_RENDER_RENDER_H

#include "base/buf.h"
#include "config/config.h"
#include "item/message.h"

/* What a renderer is told besides the facts. Borrowed for the call. */
struct render_ask {
    const struct config_notify *notify;
    const char *key;       /* of the row */
    const char *recipient; /* e-mail: of the row */
    const char *host;      /* this machine's name, for List-Id and the test message */
    int64_t now;           /* wall ms of this attempt */
    bool halve;            /* the last answer was "too long": half the text */
    const char *posted;    /* what the service calls the thread's first message; NULL: not known */
};

/* -- webhook formats ---- */
typedef int render_fn(const struct render_ask *ask, const struct facts *f, struct buf *out); /* 0 or -1 */

/* How `token` goes along. */
enum format_auth { AUTH_BEARER, AUTH_GOTIFY /* X-Gotify-Key */, AUTH_PATH /* it stands in the address */ };
/* What a service's own answer says besides its status. */
struct format_status {
    int status; /* 0: the end */
    enum outcome outcome;
    const char *says;
};

/* The service said that the receiver has moved (what it answered): rewrites the body for the new place, and
 * appends that place's name. False: it said no such thing. */
typedef bool follow_fn(const json_t *answer, struct buf *body, struct buf *ret_where);

struct format {
    const char *name;
    const char *content_type;
    const char *method; /* NULL: POST */
    /* The 2xx body that means success: this text, trimmed; or JSON with this member, which must be true or
     * the value; where it is false, the service refuses the message. All NULL: any 2xx does. */
    const char *success_body, *success_member, *success_value;
    const char *wait_member;             /* JSON path of how long a 429 asks to wait, parts joined by "." */
    int64_t wait_unit;                   /* ms that one of it is */
    const char *too_long[4];             /* pieces of a 4xx body that mean "too long"; ends with NULL */
    const struct format_status *special; /* NULL: the common table says it all */
    struct rate rate;                    /* where `rate` is not set */
    int64_t burst;
    bool edits; /* the service can change a message: a later outlet is an edit, else a fold */
    /* How the message is named in the answer to it (a JSON path), by which it is edited; NULL: it is known by
     * a name of ours, or each state of it is a message. And how: NULL: as it is sent. */
    const char *name_member, *edit_method;
    const char *gone[4]; /* pieces of an answer that mean "not there any more, or as it is"; ends with NULL */
    bool signs;          /* Standard Webhooks headers */
    enum format_auth auth;
    render_fn *address; /* where it is sent to; NULL: `url` as it stands */
    render_fn *render;
    follow_fn *follow; /* NULL: its receivers do not move */
};
const struct format *format_of(const char *name); /* NULL name: json. NULL: no such format */
const struct format *format_at(size_t i);         /* NULL: that was the last */
render_fn render_json, render_slack, render_discord, render_mattermost, render_rocketchat, render_teams,
    render_google_chat, render_zulip, render_matrix, render_telegram, render_ntfy, render_gotify,
    render_apprise, render_signal, render_custom;
render_fn address_discord, address_google_chat, address_zulip, address_matrix, address_telegram,
    address_gotify, address_signal;
follow_fn follow_telegram;
/* Is the first message changed in place? */
static inline bool render_edits(const struct render_ask *ask, const struct facts *f) {
    return f->kind == KIND_EDIT && ask->posted;
}
/* Appended: a server's address without the slashes at its end, and a path of it. 0 or -1. */
int render_base(const char *url, const char *path, struct buf *out);

/* -- the other notifiers ---- */
/* Without a recipient it is for a program that reads them in the header: with Bcc, which that takes out.
 * A whole mail, CRLF, no line over 78 characters where the text allows it. -1: the recipient or the sender is
 * no address. */
int render_mail(const struct render_ask *ask, const struct facts *f, struct buf *out);

struct terminal_look {
    bool color;
    size_t width; /* columns; 0: lines are not wrapped */
};
int render_terminal(const struct render_ask *ask, const struct facts *f, struct terminal_look look,
                    struct buf *out);

/* For a notifier plugin: plain text. The buffers hold the texts; url may be empty. */
struct notice {
    struct buf title, body, url;
    char thread[KEY_SIZE];
};
void notice_render(const struct render_ask *ask, const struct facts *f, struct notice *ret);
void notice_clear(struct notice *n);
/* Why the alert fired: its query (absent: it is gone), and where its terms were found. At most five lines. */
void render_why(const struct facts *f, struct text query, struct buf *out);

/* -- said alike by all ---- */
#define RENDER_LATE_AFTER MINUTE /* an attempt this long after the alert fired says "delayed" */

/* What the message is about, one clean line, not cut: the item's title; "14 items"; "12 more alerts"; "Feed
 * npr: problem". */
void render_title(const struct render_ask *ask, const struct facts *f, struct buf *out);
/* An item's title, else the begin of its text, else its address. */
void render_item_title(const struct item *item, struct buf *out);
/* The same of an entry of a list, behind its time: "22:14 Title (+2)". */
void render_entry_title(const struct fact_entry *e, struct buf *out);
/* The publisher, else the feed's title or name. May be empty. */
struct text render_source(const struct fact_feed *feed);
/* The item's text, cut to the notifier's `excerpt` (half of it with `halve`), several lines. */
void render_excerpt(const struct render_ask *ask, const struct item *item, struct buf *out);
/* "alert la · Invented Gazette · 3 min ago · delayed 2 h": one clean line. With `dates` the time itself
 * stands there, for what is read later and must be the same on each attempt. */
void render_byline(const struct render_ask *ask, const struct facts *f, bool dates, struct buf *out);
/* What is wrong, since when, and when it was last good: up to three lines. */
void render_problem(const struct facts *f, struct buf *out);
/* ms late, or 0. */
int64_t render_delay(const struct render_ask *ask, const struct facts *f);
/* The key of the story's thread, the same for all its messages: of alert and story number, else of the item.
 */
void render_thread_key(const struct facts *f, char out[KEY_SIZE]);
/* -- of a story (story.c) ---- */
/* Is it an edit or a follow-up that tells of later outlets? */
bool render_has_outlets(const struct facts *f);
/* Independent ones, copies in brackets: "+11 outlets (7 copies)"; and with their names behind it. */
void render_outlet_count(const struct facts *f, struct buf *out);
void render_outlets(const struct facts *f, struct buf *out);
/* The outlets that joined by their words: a guess, so each one's title is shown. Their number, at most max.
 */
size_t render_guesses(const struct facts *f, const struct fact_entry **ret, size_t max);
void render_guess(const struct fact_entry *e, struct buf *out); /* "Title (outlet)" */
/* What became of a title, word by word: "[-old-] {+new+}". */
void render_diff(struct text before, struct text now, struct buf *out);
/* Are the facts a list (summary, digest)? */
bool render_is_list(const struct facts *f);
/* The one alert of all entries, else TEXT_NONE. */
struct text render_list_alert(const struct facts *f);

#endif

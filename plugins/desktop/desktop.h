/* desktop.h - the notifier plugin `desktop`: pop-ups by org.freedesktop.Notifications 1.2.
 *
 * Why GDBus and not libnotify.  Each call of libnotify that talks to the server is synchronous, waits 25 s
 * for one that is mute, and cannot be broken off; it also shares one process-wide bus connection, and starts
 * a server by itself. A thread that must end within a second can call none of them. What is left of libnotify
 *     without those calls is a handful of constants, so the protocol is spoken here: three methods, three
 *     signals. All calls are asynchronous and can be cancelled.
 * Thread.  One of its own an instance, with its own GMainContext (the thread's default before the first
 * call). All fields of struct desktop are that thread's, save those marked [fixed]. The loop's calls only
 * copy their arguments and attach an idle source. GLib's and GDBus' own threads live on after stop(). Bus.  A
 * private connection to $DBUS_SESSION_BUS_ADDRESS or $XDG_RUNTIME_DIR/bus, never one that GLib finds or
 *     starts by itself. States of the link, each with what leads on:
 *       NO_BUS      connect fails or was lost                     timer, 1 s doubling to 60 s → CONNECTING
 *       CONNECTING  bounded by CALL_MS                            → NO_SERVER, or straight to ASKING
 *       NO_SERVER   nobody owns the name, nobody can be started   NameOwnerChanged → ASKING
 *       IDLE        nobody owns it, the bus can start a server    first send → STARTING (never before a send)
 *       STARTING    StartServiceByName is under way               NameOwnerChanged → ASKING
 *       ASKING      GetCapabilities is under way, or failed       answer → READY; failure: timer → asked
 * again READY       pop-ups can be shown                          a time-out of Notify → ASKING, as a probe
 *     The daemon hears available(yes) in IDLE, STARTING and READY.
 * Owner.  struct desktop owns all its pop-ups; a pop-up owns its texts. Calls under way carry the epoch of
 * the server they were made to: with a new owner, or another connection, their answers are stale and touch
 *     nothing but their own argument. */
#ifndef NEWSALERT_DESKTOP_H
#define NEWSALERT_DESKTOP_H

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

#include "newsalert_plugin.h"

enum {
    CALL_MS = 5000,       /* a desktop that needs longer for an answer counts as mute */
    START_MS = 20000,     /* a server may need a while to come up on a machine that has just booted */
    LATE_MS = 600 * 1000, /* for so long a pop-up of a mute server is remembered, and not asked for again */
    OPEN_MS = 10000,      /* the portal may have to be started first */
    STOP_MS = 700,        /* of the second that stop() may take */
    WAIT_MAX_S = 60,      /* the longest pause between two tries */
    POPUPS_MAX = 256,     /* pop-ups waiting or shown, and tickets; the daemon has a few in flight */
    TITLE_MAX = 200,      /* characters; more is cut by every server anyway */
    BODY_MAX = 1000,      /* characters; a pop-up shows a few lines */
    URL_MAX = 4096,       /* bytes; a longer address is left out */
    ACTIONS_MAX = 8,      /* buttons; servers show two or three */
    MORE_LINES = 5,       /* titles listed in the pop-up "N more alerts" */
    LIST_MAX = 1000,      /* the newest so many alerts are on the page that it opens */
    MORE_SEEN_S = 30      /* a pop-up whose expiry the server chose counts as on screen for so long */
};

enum { CAN_ACTIONS = 1, CAN_BODY = 2, CAN_MARKUP = 4, CAN_LINKS = 8 }; /* capabilities of the server */

enum link { NO_BUS, CONNECTING, NO_SERVER, IDLE, STARTING, ASKING, READY };

/* One alert of several that a pop-up stands for: a line of the page that its action opens. Texts cleaned. */
struct entry {
    char *key, *title, *url, *about; /* key: of the message; NULL: of a summary's line */
};

/* One message, from send() until its pop-up is gone. */
enum popup_state { WAITING, ASKED, SHOWN };
struct popup {
    struct desktop *desktop;
    enum popup_state state;
    char *key, *thread, *title, *body, *url; /* texts as they came, cleaned, not yet escaped; "" for none */
    GPtrArray *actions;                      /* id, label, id, label … */
    guint64 level;
    gboolean silent;
    gboolean edit;      /* of a later outlet: does not open again what somebody closed */
    gboolean why;       /* explains the pop-up of its thread, whose key it has */
    GPtrArray *entries; /* struct entry: what a summary stands for; may be empty */
    gboolean more;      /* joined "N more alerts": it has no pop-up of its own */
    gint64 expire_ms;   /* of the message; -1: by level */
    guint64 ticket;
    gboolean has_ticket; /* the daemon waits for sent() */
    GSource *deadline;   /* ASKED, with a ticket */
    guint32 id;          /* SHOWN: the server's number */
    gint64 seen_until;   /* SHOWN: monotonic µs until which it counts as on screen */
};

struct desktop {
    struct na_notifier_host host; /* [fixed] a copy, as far as the host's goes */
    gint64 expire_ms;             /* [fixed] options */
    guint on_screen;
    gboolean sound;
    char *address, *no_address; /* [fixed] the bus, or why there is none */
    GMainContext *context;      /* [fixed] */
    GThread *thread;            /* [fixed] */
    gint n_tickets;             /* atomic: tickets that wait for sent() */

    gboolean stopping;
    guint calls;          /* asynchronous calls whose callback has not run */
    GCancellable *cancel; /* of this connection's calls */
    GDBusConnection *bus;
    gulong closed_handler;
    guint name_watch, server_watch; /* signal subscriptions */
    enum link link;
    guint64 epoch;           /* grows with each owner and each connection */
    char *owner;             /* unique name of the server; NULL: none */
    guint caps;              /* CAN_… */
    gboolean default_button; /* the server shows a button for the action `default` */
    GSource *timer;          /* the one thing the link waits for */
    guint wait_s;            /* the next pause */
    int told;                /* what available() said last: -1 nothing yet, 0, 1 */
    char *told_why;

    GPtrArray *popups;
    GPtrArray *more;      /* struct entry: what "N more alerts" stands for, the newest LIST_MAX */
    guint n_more;         /* … all of them */
    char *list;           /* [fixed] the file of the page; NULL: there is no private folder for it */
    GPtrArray *dismissed; /* threads whose pop-up somebody closed or clicked, the last DISMISSED_MAX */
    char *token;          /* activation token that came with the click about to follow */
    guint32 token_for;    /* … the id it belongs to */
};

/* -- desktop.c: threads, lifecycle ---------------------------------------------------------------------- */

/* reply and error are both NULL when the answer is stale: then only `arg` may be touched. */
typedef void desktop_done_fn(struct desktop *d, void *arg, GVariant *reply, const GError *error);
/* One asynchronous call on the bus. args may be floating and is taken. reply_type like "(u)"; done may be
 * NULL. */
void desktop_call(struct desktop *d, const char *name, const char *path, const char *interface,
                  const char *method, GVariant *args, const char *reply_type, int timeout_ms,
                  desktop_done_fn *done, void *arg);
/* The same with descriptors, which the arguments name by their index. fds: borrowed; NULL: none. */
void desktop_call_with(struct desktop *d, const char *name, const char *path, const char *interface,
                       const char *method, GVariant *args, GUnixFDList *fds, const char *reply_type,
                       int timeout_ms, desktop_done_fn *done, void *arg);
GSource *desktop_after(struct desktop *d, guint ms, GSourceFunc function, void *arg);
GSource *desktop_no_timer(GSource *timer); /* NULL is fine; returns NULL */
void desktop_log(struct desktop *d, int level, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* -- bus.c: the link ------------------------------------------------------------------------------------- */

void bus_find(const char *session, const char *runtime, char **ret_address, char **ret_why);
void bus_start(struct desktop *d);
void bus_stop(struct desktop *d); /* lets go of the connection; calls under way are cancelled */
/* A call of the notification server, as it is now. */
void bus_ask(struct desktop *d, const char *method, GVariant *args, const char *reply_type, int timeout_ms,
             desktop_done_fn *done, void *arg);
void bus_wake_server(struct desktop *d); /* IDLE → STARTING */
void bus_mute(struct desktop *d);        /* READY → ASKING: the server left a call unanswered */
void bus_alive(struct desktop *d); /* … and answered it after all: asks at once, not after the pause */

/* -- popup.c: what is on screen -------------------------------------------------------------------------- */

struct popup *popup_new(const struct na_message *m, guint64 ticket);
void popup_free(void *popup);
void popups_add(struct desktop *d, struct popup *p);
void popups_pump(struct desktop *d);                    /* shows what waits, as far as the link allows */
void popups_fail(struct desktop *d, const char *why);   /* what waits goes back to the daemon */
void popups_forget(struct desktop *d, const char *why); /* … and all others are gone with their server */
void popups_cancel(struct desktop *d, guint64 ticket);
void popups_on_signal(struct desktop *d, const char *signal, GVariant *args);

GPtrArray *popup_entries(const struct popup *p); /* what its page lists; empty: it has none */

/* -- list.c: the page of all alerts that a pop-up stands for ---- */

struct entry *entry_new(struct na_text key, struct na_text title, struct na_text url, struct na_text about);
void entry_free(void *entry);
char *list_place(const char *runtime); /* where the page will be; NULL: nowhere */
/* Writes the page of the pop-up, readable by its owner alone. FALSE: it cannot (logged). */
gboolean list_write(struct desktop *d, const struct popup *p);
void list_remove(struct desktop *d);

/* -- notify.c: one pop-up as the arguments of Notify ----------------------------------------------------- */

GVariant *notify_arguments(const struct desktop *d, const struct popup *p, guint32 replaces);
gint64 notify_expiry(const struct desktop *d, const struct popup *p);

/* -- text.c: pure; results are the caller's ---- */

char *text_line(struct na_text t, size_t max);  /* one line, cleaned and cut */
char *text_lines(struct na_text t, size_t max); /* line breaks stay */
char *text_escaped(const char *s);              /* for servers that parse markup */
char *text_literal(const char *s);  /* for those that do not: holds nothing that looks like an entity */
char *text_web(struct na_text url); /* unsafe signs percent-encoded; "" when not http(s) */

/* -- open.c ---------------------------------------------------------------------------------------------- */

void open_url(struct desktop *d, const char *url, const char *token);
void open_file(struct desktop *d, const char *path, const char *token);

#endif

/* The configuration: contract/configuration.md. config_read reads the files, checks every key against the
 * one table (keys.h), reports all problems of all files in one list, and returns an immutable struct.
 * [plugin NAME] sections, and the keys of [notify] sections whose kind is a plugin's, are kept as text with
 * their lines: the plugin declares them, plugin/ checks them.
 * Owner: whoever called config_read; frees with config_free. Not changed after, so any thread may read.
 * Durations and times are ms. Strings that are not set are NULL, lists are empty. */
#ifndef NEWSALERTD_CONFIG_CONFIG_H
#define NEWSALERTD_CONFIG_CONFIG_H

#include "base/level.h"
#include "base/problem.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

struct place { /* where a thing stands: the line on which its key or section starts */
    const char *file;
    unsigned line;
};

struct strings {
    char **list;
    size_t n, cap;
};

struct rate { /* N per unit; count 0: none */
    int64_t count, per_ms;
};

struct option_value { /* a key of a plugin, as written */
    char *key, *value;
    struct place at;
};
struct option_values {
    struct option_value *list;
    size_t n, cap;
};

#define FIRST_RUN_ALL  INT64_MAX
#define FIRST_RUN_NONE INT64_C(0)
#define AGE_NONE       INT64_MAX /* max_item_age = none */

enum feed_source { SOURCE_URL, SOURCE_PATH, SOURCE_COMMAND };

struct config_feed {
    char *name;
    struct place at;
    enum feed_source source;
    char *location; /* the url, the path (absolute), or the command line: what a feed *is* across reloads */
    int64_t every;  /* 0: auto */
    int64_t min_every, max_every, timeout;
    bool obey_hints, delta, enabled, allow_private;
    struct strings tags, headers;
    char *publisher, *language;
    char *user, *password, *token; /* secrets, already read from file or credential */
    char *proxy, *ca_file;
    int64_t first_run, max_item_age; /* FIRST_RUN_…, AGE_NONE */
    int64_t max_size;
    size_t list; /* of a feed that an [opml NAME] section lists: bytes of "NAME/" in its name; 0: has a
                    section */
};

struct config_alert {
    char *name;
    struct place at, query_at;
    struct text query;     /* as written; not expanded */
    struct strings feeds;  /* names and tag:X; empty: all */
    struct strings notify; /* names; empty: all */
    enum level level;
    bool updates, group_story, unconfirmed_hold, enabled;
    int64_t window, follow_up; /* follow_up -1: none */
    int64_t sources;
    struct rate limit;
    char *quiet, *digest, *timezone;
};

enum notify_kind { NOTIFY_WEBHOOK, NOTIFY_EMAIL, NOTIFY_COMMAND, NOTIFY_TERMINAL, NOTIFY_PLUGIN };
enum mail_tls { MAIL_TLS_REQUIRED, MAIL_TLS_OPPORTUNISTIC, MAIL_TLS_NONE };
enum tristate { TRI_AUTO = -1, TRI_NO = 0, TRI_YES = 1 };

struct config_notify {
    char *name;
    struct place at;
    enum notify_kind kind;
    char *kind_name;  /* "webhook", "desktop" … */
    unsigned levels;  /* bit per enum level */
    struct rate rate; /* meant only when rate_set */
    bool rate_set;
    int64_t in_flight, timeout, retry_first, retry_max, retry_for;
    int64_t max_age; /* AGE_NONE */
    char *quiet, *digest, *timezone;
    enum level break_through;
    int64_t excerpt; /* characters */
    bool link, enabled;
    /* webhook */
    char *format, *url;     /* url is a secret: hooks carry their token in it */
    struct strings secrets; /* whsec_…, new first */
    char *from, *channel, *username, *topic, *api, *method, *content_type, *body, *body_file, *success,
        *success_body;
    struct place body_at; /* of body or body_file; a body_file's text stands in body */
    struct strings headers;
    bool story_thread;
    /* webhook and e-mail */
    char *user, *password, *token, *ca_file, *proxy;
    struct strings to, cc, bcc;
    /* e-mail */
    char *server, *command, *hello;
    enum mail_tls tls;
    bool token_is_oauth;
    /* terminal */
    enum tristate color;
    int64_t width; /* 0: auto */
    /* plugin */
    struct option_values options;
    struct place kind_at; /* where `kind` stands; the section, if it does not */
};

struct config_plugin {
    char *name;
    struct place at;
    bool enabled;
    struct option_values options;
};

struct config_websub {
    bool on; /* there is a section */
    struct place at;
    char *callback; /* https address under which hubs reach `listen` */
    char *listen;   /* HOST:PORT */
    char *path;     /* of requests as they arrive at `listen`; begins with a slash */
};

struct config {
    char *file;   /* the main file */
    char **files; /* all files read, for `place.file` to point at */
    size_t n_files;
    char *contact, *state, *timezone;
    struct strings plugin_folders; /* `plugins =`, beyond the built-in one */
    int64_t every, min_every, max_every, pace, timeout, host_spacing, first_run, max_item_age, keep;
    int64_t budget, parallel, host_parallel;
    bool allow_private;
    struct strings notices;
    int64_t story_window, outbox_max, once_wait;
    double story_threshold; /* 0: not set */
    int log;                /* enum log_level */
    struct place state_at;
    struct config_websub websub;
    struct config_feed *feeds;
    size_t n_feeds;
    struct config_alert *alerts;
    size_t n_alerts;
    struct config_notify *notifiers;
    size_t n_notifiers;
    struct config_plugin *plugins;
    size_t n_plugins;
};

enum config_use {
    CONFIG_START, /* a secret that cannot be read is an error */
    CONFIG_CHECK, /* --check-config, newsalertctl: a credential outside the service is a warning */
    CONFIG_STATE  /* only `state` is wanted; nothing else is checked (newsalertctl's online verbs) */
};

/* Reads FILE, its includes and drop-ins. Always returns a struct (perhaps partly filled) unless the file
 * cannot be opened at all (NULL, with an error in the list); it may be used only if problems->errors == 0. */
struct config *config_read(const char *file, enum config_use use, struct problems *problems);
struct config *config_free(struct config *c); /* NULL is fine; returns NULL */

/* The file without -c: $NEWSALERTD_CONF, XDG, /etc. Caller frees. Never NULL. */
char *config_default_file(void);
/* … and where a user's own belongs, whether it is there or not; NULL: there is no home. Caller frees. */
char *config_own_file(void);
/* The state folder that `config` (NULL: no configuration) means. Caller frees. */
char *config_state_dir(const struct config *config);

/* Lookups; NULL when there is none. Only for what config_read returned: the tables stand behind the struct.
 */
const struct config_feed *config_feed(const struct config *c, const char *name);
const struct config_alert *config_alert(const struct config *c, const char *name);
const struct config_notify *config_notify(const struct config *c, const char *name);
/* Does a feed fall under an alert's `feeds` (names, tag:X; empty: all)? */
bool config_alert_wants_feed(const struct config_alert *a, const struct config_feed *f);

#endif
